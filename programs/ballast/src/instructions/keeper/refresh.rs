//! Accepts prices of a list of underlyings and writes what follows: volatility, target, ramps, marks, funding.
//!
//! - Remaining accounts, for each underlying: its oracle account, then all its contracts in the order of the board's list.
//! - Later publish times only, one price an underlying and slot; the keeper of a volatility sample is paid.

use core::cell::Ref;

use anchor_lang::prelude::*;
use ballast_core::state::{Board, Contract, Exchange, MarginAccount, NO_ROW};
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
        let now = Timestamp(clock.unix_timestamp);
        let refreshed =
            clearing::refresh(&mut board, underlying, &reading, &contracts, keeper.as_deref_mut(), now, clock.slot)?;
        emit!(Refreshed {
            board: accounts.board.key(),
            underlying,
            sampled: refreshed.sampled,
            price: refreshed.price,
            published_at: refreshed.published_at,
            variance: refreshed.variance,
            target: refreshed.target,
            effective: refreshed.effective,
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
