//! Names who may trade for the account, until when and within which limits, and never withdraw. The default key takes the
//! right away.
//!
//! - Every fill that the delegate signs counts: what it trades, and what it loses against mark, fees included.
//! - What is used of a day stays used when the delegate or the limits change.

use anchor_lang::prelude::*;
use ballast_core::state::{DelegateLimits, MarginAccount};
use ballast_core::units::Timestamp;
use ballast_core::{BallastError, clearing, units};

use crate::events::DelegateSet;
use crate::instructions::{address_of, clock};

pub fn set_delegate(
    ctx: Context<SetDelegate>,
    delegate: units::Key,
    until: Timestamp,
    limits: DelegateLimits,
) -> Result<()> {
    clearing::set_delegate(&mut *ctx.accounts.margin_account.load_mut()?, delegate, until, &limits, clock()?)?;
    emit!(DelegateSet { account: ctx.accounts.margin_account.key(), delegate: address_of(delegate), until, limits });
    Ok(())
}

#[derive(Accounts)]
pub struct SetDelegate<'info> {
    /// The owner.
    pub owner: Signer<'info>,
    /// The margin account.
    #[account(mut, constraint = margin_account.load()?.owner == crate::instructions::key_of(&owner) @ BallastError::NotOwner)]
    pub margin_account: AccountLoader<'info, MarginAccount>,
}
