//! Pays a claim on a settled contract that has a deficit as far as its pool carries all claims; the rest is given up.
//!
//! - From a week after the contract was settled. Until then losses are collected and the insurance fund covers.
//! - Only the owner gives a claim up: who waits may be paid more.

use anchor_lang::prelude::*;
use ballast_core::state::{Board, Contract, MarginAccount};
use ballast_core::{BallastError, clearing};

use crate::events::SettledInPart;
use crate::instructions::clock;

pub fn settle_in_part(ctx: Context<SettleInPart>) -> Result<()> {
    let accounts = &ctx.accounts;
    let settled = clearing::settle_in_part(
        &mut *accounts.margin_account.load_mut()?,
        &mut *accounts.contract.load_mut()?,
        &mut *accounts.board.load_mut()?,
        clock()?,
    )?;
    emit!(SettledInPart {
        account: accounts.margin_account.key(),
        contract: accounts.contract.key(),
        paid: settled.paid,
        given_up: settled.given_up,
    });
    Ok(())
}

#[derive(Accounts)]
pub struct SettleInPart<'info> {
    /// The owner.
    pub owner: Signer<'info>,
    /// The board, whose row keeps the deficit.
    #[account(mut)]
    pub board: AccountLoader<'info, Board>,
    /// The contract; the transition checks that it is its row's.
    #[account(mut)]
    pub contract: AccountLoader<'info, Contract>,
    /// The margin account.
    #[account(
        mut,
        constraint = margin_account.load()?.owner == crate::instructions::key_of(&owner) @ BallastError::NotOwner,
        constraint = margin_account.load()?.exchange == board.load()?.exchange @ BallastError::WrongExchange
    )]
    pub margin_account: AccountLoader<'info, MarginAccount>,
}
