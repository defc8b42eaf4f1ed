//! Closes a margin account that holds nothing; its rent goes to the owner.

use anchor_lang::prelude::*;
use ballast_core::BallastError;
use ballast_core::state::MarginAccount;

use crate::events::AccountClosed;

pub fn close_account(ctx: Context<CloseAccount>) -> Result<()> {
    emit!(AccountClosed { account: ctx.accounts.margin_account.key(), owner: ctx.accounts.owner.key() });
    Ok(())
}

#[derive(Accounts)]
pub struct CloseAccount<'info> {
    /// The owner, who receives the rent.
    #[account(mut)]
    pub owner: Signer<'info>,
    /// The margin account.
    #[account(
        mut, close = owner,
        constraint = margin_account.load()?.owner == crate::instructions::key_of(&owner) @ BallastError::NotOwner,
        constraint = margin_account.load()?.is_empty() @ BallastError::AccountNotEmpty
    )]
    pub margin_account: AccountLoader<'info, MarginAccount>,
}
