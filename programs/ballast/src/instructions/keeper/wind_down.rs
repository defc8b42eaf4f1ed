//! Ends what may be ended of an underlying that a proposal began to wind down a day ago. Anybody may send it.
//!
//! - Contracts are settled at the last good moving average, collateral without weight is priced no longer.
//! - Whatever the feed: a contract with a deficit that nobody holds lots of is settled.
//! - Remaining accounts: contracts on the underlying whose deficits the insurance fund shall cover, within its limits.

use core::cell::RefMut;

use anchor_lang::prelude::*;
use ballast_core::state::{Board, Contract, InsuranceFund};
use ballast_core::{BallastError, clearing};

use crate::events::UnderlyingWoundDown;
use crate::instructions::{clock, distinct_contracts};

pub fn wind_down<'info>(ctx: Context<'info, WindDown<'info>>, underlying: u8) -> Result<()> {
    let accounts = &ctx.accounts;
    let contracts = distinct_contracts(ctx.remaining_accounts)?;
    let mut contracts = contracts.iter().map(AccountLoader::load_mut).collect::<Result<Vec<RefMut<'_, Contract>>>>()?;
    let done = clearing::wind_down(
        &mut *accounts.board.load_mut()?,
        &mut contracts.iter_mut().map(|contract| &mut **contract).collect::<Vec<&mut Contract>>(),
        &mut *accounts.insurance_fund.load_mut()?,
        underlying,
        clock()?,
    )?;
    emit!(UnderlyingWoundDown {
        board: accounts.board.key(),
        underlying,
        contracts: done.contracts,
        vaults: done.vaults,
        covered: done.covered,
    });
    Ok(())
}

#[derive(Accounts)]
pub struct WindDown<'info> {
    /// The board.
    #[account(mut)]
    pub board: AccountLoader<'info, Board>,
    /// The insurance fund.
    #[account(mut, constraint = insurance_fund.load()?.exchange == board.load()?.exchange @ BallastError::WrongInsuranceFund)]
    pub insurance_fund: AccountLoader<'info, InsuranceFund>,
}
