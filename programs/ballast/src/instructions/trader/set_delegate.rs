//! Names who may trade for the account until a time, and never withdraw. The default key takes the right away.

use anchor_lang::prelude::*;
use ballast_core::state::MarginAccount;
use ballast_core::units::Timestamp;
use ballast_core::{BallastError, clearing, units};

use crate::events::DelegateSet;
use crate::instructions::{address_of, clock};

pub fn set_delegate(ctx: Context<SetDelegate>, delegate: units::Key, until: Timestamp) -> Result<()> {
    clearing::set_delegate(&mut *ctx.accounts.margin_account.load_mut()?, delegate, until, clock()?)?;
    emit!(DelegateSet { account: ctx.accounts.margin_account.key(), delegate: address_of(delegate), until });
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
