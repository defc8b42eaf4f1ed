//! Accepts prices of a list of underlyings and writes what follows: volatility, target, ramps, marks, funding.
//!
//! - Remaining accounts, for each underlying: its oracle account, then all its contracts and all vaults that it prices, each
//!   in the order of the board's list.
//! - Later publish times only, one price an underlying and slot; the keeper of a volatility sample is paid.

use core::cell::Ref;

use anchor_lang::prelude::*;
use ballast_core::clearing::Refreshing;
use ballast_core::state::{Board, Contract, Exchange, MarginAccount, NO_ROW, Vault};
use ballast_core::units::Timestamp;
use ballast_core::{BallastError, clearing};

use crate::events::Refreshed;
use crate::oracle;

pub fn refresh<'info>(ctx: Context<'info, Refresh<'info>>, underlyings: Vec<u8>) -> Result<()> {
    let clock = Clock::get()?;
    let accounts = &ctx.accounts;
    let exchange = accounts.exchange.load()?;
    let mut board = accounts.board.load_mut()?;
    let mut keeper = accounts.keeper.as_ref().map(AccountLoader::load_mut).transpose()?;
    let mut remaining = ctx.remaining_accounts.iter();
    for underlying in underlyings {
        let oracle = remaining.next().ok_or(BallastError::OracleKind)?;
        let reading = oracle::read(oracle, board.underlying(underlying)?, &exchange)?;
        let contracts = contracts_on(&board, underlying, &mut remaining)?;
        let contracts = contracts.iter().map(AccountLoader::load).collect::<Result<Vec<Ref<'_, Contract>>>>()?;
        let vaults = vaults_of(&board, underlying, &mut remaining)?;
        let vaults = vaults.iter().map(AccountLoader::load).collect::<Result<Vec<Ref<'_, Vault>>>>()?;
        let refreshing = Refreshing { contracts: &contracts, vaults: &vaults, keeper: keeper.as_deref_mut() };
        let now = Timestamp(clock.unix_timestamp);
        let done = clearing::refresh(&mut board, underlying, &reading, refreshing, now, clock.slot)?;
        emit!(Refreshed {
            board: accounts.board.key(),
            underlying,
            sampled: done.measured.sampled,
            wide: done.wide,
            diverged: done.diverged,
            after_outage: done.after_outage,
            price: done.price,
            published_at: done.published_at,
            variance: done.measured.variance,
            target: done.measured.target,
            effective: done.measured.effective,
            charged: done.charged,
        });
    }
    Ok(())
}

/// As many of the remaining accounts as the board lists contracts on an underlying.
fn contracts_on<'info>(
    board: &Board,
    underlying: u8,
    remaining: &mut core::slice::Iter<'info, AccountInfo<'info>>,
) -> Result<Vec<AccountLoader<'info, Contract>>> {
    let mut next = board.underlying(underlying)?.first_contract;
    let mut contracts = Vec::new();
    while next != NO_ROW {
        let account = remaining.next().ok_or(BallastError::ContractMissing)?;
        contracts.push(AccountLoader::try_from(account)?);
        next = board.contract(next)?.next;
    }
    Ok(contracts)
}

/// As many of the remaining accounts as the board lists vaults that an underlying prices.
fn vaults_of<'info>(
    board: &Board,
    underlying: u8,
    remaining: &mut core::slice::Iter<'info, AccountInfo<'info>>,
) -> Result<Vec<AccountLoader<'info, Vault>>> {
    let mut next = board.underlying(underlying)?.first_vault;
    let mut vaults = Vec::new();
    while next != NO_ROW {
        let account = remaining.next().ok_or(BallastError::VaultMissing)?;
        vaults.push(AccountLoader::try_from(account)?);
        next = board.vault(next)?.next;
    }
    Ok(vaults)
}

#[derive(Accounts)]
pub struct Refresh<'info> {
    /// The exchange, which names the oracle programs.
    pub exchange: AccountLoader<'info, Exchange>,
    /// Its board.
    #[account(mut, constraint = board.load()?.exchange == crate::instructions::key_of(&exchange) @ BallastError::WrongBoard)]
    pub board: AccountLoader<'info, Board>,
    /// The keeper's margin account, which is paid.
    #[account(mut, constraint = keeper.load()?.exchange == crate::instructions::key_of(&exchange) @ BallastError::WrongExchange)]
    pub keeper: Option<AccountLoader<'info, MarginAccount>>,
}
