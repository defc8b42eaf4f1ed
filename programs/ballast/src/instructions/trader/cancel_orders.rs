//! Cancels every signed order of the account below a sequence, for good. Only the owner may: a delegate could otherwise
//! spend all sequences.

use anchor_lang::prelude::*;
use ballast_core::state::MarginAccount;
use ballast_core::{BallastError, clearing};

use crate::events::OrdersCancelled;

pub fn cancel_orders(ctx: Context<CancelOrders>, sequence: u64) -> Result<()> {
    clearing::cancel_orders(&mut *ctx.accounts.margin_account.load_mut()?, sequence)?;
    emit!(OrdersCancelled { account: ctx.accounts.margin_account.key(), below: sequence });
    Ok(())
}

#[derive(Accounts)]
pub struct CancelOrders<'info> {
    /// The owner.
    pub owner: Signer<'info>,
    /// The margin account.
    #[account(mut, constraint = margin_account.load()?.owner == crate::instructions::key_of(&owner) @ BallastError::NotOwner)]
    pub margin_account: AccountLoader<'info, MarginAccount>,
}
