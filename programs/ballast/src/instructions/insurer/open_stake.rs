//! Opens an owner's stake in the insurance fund. Each owner has one.

use anchor_lang::prelude::*;
use ballast_core::clearing;
use ballast_core::state::{Exchange, Stake, seeds};

use crate::events::StakeOpened;
use crate::instructions::key_of;

pub fn open_stake(ctx: Context<OpenStake>) -> Result<()> {
    let accounts = &ctx.accounts;
    clearing::open_stake(
        &mut *accounts.stake.load_init()?,
        key_of(&accounts.exchange),
        key_of(&accounts.owner),
        ctx.bumps.stake,
    );
    emit!(StakeOpened { stake: accounts.stake.key(), owner: accounts.owner.key() });
    Ok(())
}

#[derive(Accounts)]
pub struct OpenStake<'info> {
    /// Pays the rent.
    #[account(mut)]
    pub payer: Signer<'info>,
    /// The owner.
    pub owner: Signer<'info>,
    /// The exchange.
    pub exchange: AccountLoader<'info, Exchange>,
    /// The stake.
    #[account(
        init, payer = payer, space = Stake::SPACE,
        seeds = [seeds::STAKE, exchange.key().as_ref(), owner.key().as_ref()], bump
    )]
    pub stake: AccountLoader<'info, Stake>,
    /// Creates the account.
    pub system_program: Program<'info, System>,
}
