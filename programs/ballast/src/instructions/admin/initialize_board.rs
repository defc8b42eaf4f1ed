//! Gives an exchange its board, once.
//!
//! The board is larger than a program may create: the client creates it, zeroed, in the same transaction.

use anchor_lang::prelude::*;
use ballast_core::state::{Board, Exchange};
use ballast_core::{BallastError, clearing};

use crate::events::BoardInitialized;
use crate::instructions::key_of;

pub fn initialize_board(ctx: Context<InitializeBoard>) -> Result<()> {
    let accounts = &ctx.accounts;
    clearing::initialize_board(
        &mut *accounts.exchange.load_mut()?,
        &mut *accounts.board.load_init()?,
        key_of(&accounts.exchange),
        key_of(&accounts.board),
    )?;
    emit!(BoardInitialized { exchange: accounts.exchange.key(), board: accounts.board.key() });
    Ok(())
}

#[derive(Accounts)]
pub struct InitializeBoard<'info> {
    /// The admin.
    #[account(constraint = exchange.load()?.admin == crate::instructions::key_of(&admin) @ BallastError::NotAdmin)]
    pub admin: Signer<'info>,
    /// The exchange.
    #[account(mut)]
    pub exchange: AccountLoader<'info, Exchange>,
    /// The board: an account of the program, all zero.
    #[account(zero)]
    pub board: AccountLoader<'info, Board>,
}
