//! Asks for shares of the insurance fund to be paid once the cooldown has passed.
//!
//! Until then they bear losses as before. A request replaces the one before.

use anchor_lang::prelude::*;
use ballast_core::state::{InsuranceFund, Stake};
use ballast_core::units::Shares;
use ballast_core::{BallastError, clearing};

use crate::events::UnstakeRequested;
use crate::instructions::clock;

pub fn request_unstake(ctx: Context<RequestUnstake>, shares: Shares) -> Result<()> {
    let accounts = &ctx.accounts;
    let payable_at = clearing::request_unstake(
        &mut *accounts.stake.load_mut()?,
        &*accounts.insurance_fund.load()?,
        shares,
        clock()?,
    )?;
    emit!(UnstakeRequested { stake: accounts.stake.key(), shares, payable_at });
    Ok(())
}

#[derive(Accounts)]
pub struct RequestUnstake<'info> {
    /// The owner.
    pub owner: Signer<'info>,
    /// The insurance fund.
    pub insurance_fund: AccountLoader<'info, InsuranceFund>,
    /// The owner's stake in it.
    #[account(
        mut,
        constraint = stake.load()?.exchange == insurance_fund.load()?.exchange @ BallastError::WrongInsuranceFund,
        constraint = stake.load()?.owner == crate::instructions::key_of(&owner) @ BallastError::NotOwner
    )]
    pub stake: AccountLoader<'info, Stake>,
}
