//! Settles one contract of an account; anybody may send it, since equity stays as it is.
//!
//! - A loss moves from basis to cash as far as cash reaches, a gain as far as the contract's pool reaches.
//! - Gains are valued at the worse of spot and moving average, at a Good price.

use anchor_lang::prelude::*;
use ballast_core::state::{Board, Contract, MarginAccount};
use ballast_core::{BallastError, clearing};

use crate::events::Settled;
use crate::instructions::clock;

pub fn settle(ctx: Context<Settle>) -> Result<()> {
    let accounts = &ctx.accounts;
    let settled = clearing::settle(
        &mut *accounts.margin_account.load_mut()?,
        &mut *accounts.contract.load_mut()?,
        &*accounts.board.load()?,
        clock()?,
    )?;
    emit!(Settled { account: accounts.margin_account.key(), contract: accounts.contract.key(), paid: settled.paid });
    Ok(())
}

#[derive(Accounts)]
pub struct Settle<'info> {
    /// The board.
    pub board: AccountLoader<'info, Board>,
    /// The contract; the transition checks that it is its row's.
    #[account(mut)]
    pub contract: AccountLoader<'info, Contract>,
    /// The margin account.
    #[account(mut, constraint = margin_account.load()?.exchange == board.load()?.exchange @ BallastError::WrongExchange)]
    pub margin_account: AccountLoader<'info, MarginAccount>,
}
