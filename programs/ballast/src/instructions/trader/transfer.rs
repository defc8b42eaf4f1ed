//! Moves cash or collateral between two margin accounts of one owner. No token moves.
//!
//! - The giving account is as free to give as for a withdrawal.

use anchor_lang::prelude::*;
use ballast_core::clearing::Asset;
use ballast_core::state::{Board, Exchange, MarginAccount};
use ballast_core::units::Tokens;
use ballast_core::{BallastError, clearing};

use crate::events::Transferred;
use crate::instructions::{clock, require_distinct};

pub fn transfer(ctx: Context<Transfer>, asset: Asset, amount: Tokens) -> Result<()> {
    let accounts = &ctx.accounts;
    require_distinct(&accounts.from, &accounts.to)?;
    clearing::transfer(
        &mut *accounts.from.load_mut()?,
        &mut *accounts.to.load_mut()?,
        &*accounts.board.load()?,
        &*accounts.exchange.load()?,
        asset,
        amount,
        clock()?,
    )?;
    emit!(Transferred { from: accounts.from.key(), to: accounts.to.key(), asset, amount });
    Ok(())
}

#[derive(Accounts)]
pub struct Transfer<'info> {
    /// The owner of both accounts.
    pub owner: Signer<'info>,
    /// The exchange.
    pub exchange: AccountLoader<'info, Exchange>,
    /// Its board.
    #[account(constraint = board.load()?.exchange == crate::instructions::key_of(&exchange) @ BallastError::WrongBoard)]
    pub board: AccountLoader<'info, Board>,
    /// The giving account.
    #[account(
        mut,
        constraint = from.load()?.exchange == crate::instructions::key_of(&exchange) @ BallastError::WrongExchange,
        constraint = from.load()?.owner == crate::instructions::key_of(&owner) @ BallastError::NotOwner
    )]
    pub from: AccountLoader<'info, MarginAccount>,
    /// The receiving account; the transition checks that it has the same owner.
    #[account(mut, constraint = to.load()?.exchange == crate::instructions::key_of(&exchange) @ BallastError::WrongExchange)]
    pub to: AccountLoader<'info, MarginAccount>,
}
