//! Sets the top-up policy: a reserve of the same owner, a daily limit, whether excess is released back to it.
//!
//! - Without a reserve the policy ends.
//! - A reserve holds no positions.

use anchor_lang::prelude::*;
use ballast_core::state::MarginAccount;
use ballast_core::units::Usd;
use ballast_core::{BallastError, clearing};

use crate::events::TopUpSet;
use crate::instructions::{key_of, require_distinct};

pub fn set_top_up(ctx: Context<SetTopUp>, daily_limit: Usd, releases: bool) -> Result<()> {
    let accounts = &ctx.accounts;
    let mut reserve_key = Pubkey::default();
    if let Some(reserve) = &accounts.reserve {
        require_distinct(reserve, &accounts.margin_account)?;
        reserve_key = reserve.key();
        clearing::set_top_up(
            &mut *accounts.margin_account.load_mut()?,
            Some((&*reserve.load()?, key_of(reserve))),
            daily_limit,
            releases,
        )?;
    } else {
        clearing::set_top_up(&mut *accounts.margin_account.load_mut()?, None, daily_limit, releases)?;
    }
    emit!(TopUpSet { account: accounts.margin_account.key(), reserve: reserve_key, daily_limit, releases });
    Ok(())
}

#[derive(Accounts)]
pub struct SetTopUp<'info> {
    /// The owner.
    pub owner: Signer<'info>,
    /// The margin account.
    #[account(mut, constraint = margin_account.load()?.owner == crate::instructions::key_of(&owner) @ BallastError::NotOwner)]
    pub margin_account: AccountLoader<'info, MarginAccount>,
    /// The reserve; none ends the policy.
    pub reserve: Option<AccountLoader<'info, MarginAccount>>,
}
