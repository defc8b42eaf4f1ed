//! Ends an underlying whose feed is dead, so that nobody's account stays frozen by it.
//!
//! - A proposal begins it, if there has been no good price for a day when it is executed: contracts take reductions only,
//!   and collateral ramps to weight zero.
//! - A price that is not Wide undoes it, for a day: the feed is not dead then.
//! - After that day anybody goes on: contracts are settled at the last good moving average, and `settle` closes the
//!   positions. Collateral whose weight has come down to zero is priced no longer, and its owner may withdraw it.
//! - The insurance fund covers, within its limits, what settled contracts lack.
//!
//! Whatever its feed, a contract that lacks something while nobody holds a lot is settled too: nobody is left to be
//! charged, and claims on it would wait for ever.

use super::cover::draw;
use crate::error::{BallastError, Result};
use crate::margin::per_lot;
use crate::state::{Board, Contract, ContractRow, InsuranceFund, NO_ROW, UnderlyingRow, VaultRow};
use crate::units::{NOTIONAL_PER_USD, PerLot, PerToken, Price, Ratio, Timestamp, Usd, magnitude, signed};

/// What a step of winding down did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WoundDown {
    /// Contracts that were settled.
    pub contracts: u8,
    /// Kinds of collateral that are priced no longer.
    pub vaults: u8,
    /// Deficits that the insurance fund covered.
    pub covered: Usd,
}

/// Begins to wind an underlying down.
///
/// # Errors
/// `UnknownUnderlying`, `PriceMissing`, `WindingDown`, `FeedAlive`.
pub(crate) fn begin(board: &mut Board, underlying: u8, clock: Timestamp) -> Result<()> {
    let now = board.time(clock);
    let row = *board.underlying(underlying)?;
    if row.price == Price::ZERO {
        return Err(BallastError::PriceMissing);
    }
    if row.feed.wound_down_at != Timestamp::ZERO {
        return Err(BallastError::WindingDown);
    }
    if !row.feed.is_dead(now) {
        return Err(BallastError::FeedAlive);
    }
    for_each_vault(board, &row, |vault| vault.weight.effective(&vault.weight_terms, now).map(|_| ()))?;
    for_each_vault(board, &row, |vault| {
        let terms = vault.weight_terms;
        vault.weight.retarget(&terms, Ratio::ZERO, now)?;
        vault.sigma_weight = Ratio::ZERO;
        vault.initial_weight = Ratio::ZERO;
        Ok(())
    })?;
    board.underlying_mut(underlying)?.feed.wound_down_at = now;
    Ok(())
}

/// Ends of an underlying that is being wound down what may be ended by now, settles those of `contracts` on it that lack
/// something and that nobody holds, and covers the deficits of the settled ones.
///
/// # Errors
/// `UnknownUnderlying`, `NothingToWindDown`, `WrongContract` for a contract on another underlying.
pub fn wind_down(
    board: &mut Board,
    contracts: &mut [&mut Contract],
    fund: &mut InsuranceFund,
    underlying: u8,
    clock: Timestamp,
) -> Result<WoundDown> {
    let now = board.time(clock);
    let row = *board.underlying(underlying)?;
    for contract in &*contracts {
        if board.terms_of(contract)?.underlying != underlying {
            return Err(BallastError::WrongContract);
        }
    }
    let mut done = if row.feed.is_wound_down(now) { end(board, &row, now)? } else { WoundDown::default() };
    for contract in contracts {
        if is_deserted(board, contract)? {
            board.contract_mut(contract.row)?.settled_at = now;
            done.contracts = done.contracts.saturating_add(1);
        }
        done.covered = done.covered.plus(cover(board, contract, fund, now)?)?;
    }
    if done == WoundDown::default() { Err(BallastError::NothingToWindDown) } else { Ok(done) }
}

/// Settles the contracts on an underlying, and prices collateral without weight no longer.
fn end(board: &mut Board, row: &UnderlyingRow, now: Timestamp) -> Result<WoundDown> {
    let average = if row.feed.good_ema == Price::ZERO { row.ema } else { row.feed.good_ema };
    // what can fail comes before the first write
    for_each_contract(board, row, |contract| in_whole_units(per_lot(average, row, contract)?).map(|_| ()))?;
    for_each_vault(board, row, |vault| ends(vault, now).map(|_| ()))?;

    let mut done = WoundDown::default();
    for_each_contract(board, row, |contract| {
        if contract.settled_at == Timestamp::ZERO {
            contract.mark = in_whole_units(per_lot(average, row, contract)?)?;
            contract.ema_mark = contract.mark;
            contract.settled_at = now;
            done.contracts = done.contracts.saturating_add(1);
        }
        Ok(())
    })?;
    for_each_vault(board, row, |vault| {
        if ends(vault, now)? {
            vault.value = PerToken::ZERO;
            vault.ema_value = PerToken::ZERO;
            done.vaults = done.vaults.saturating_add(1);
        }
        Ok(())
    })?;
    Ok(done)
}

/// Whether a contract lacks something and has no lots that could be charged for it. It takes reductions only, so there
/// will be none.
fn is_deserted(board: &Board, contract: &Contract) -> Result<bool> {
    let row = board.contract(contract.row)?;
    Ok(row.deficit.is_open() && contract.open_interest == 0 && row.settled_at == Timestamp::ZERO)
}

/// Pays a settled contract's deficit into its pool, as far as the fund may be drawn on.
fn cover(board: &mut Board, contract: &mut Contract, fund: &mut InsuranceFund, now: Timestamp) -> Result<Usd> {
    let row = board.contract_mut(contract.row)?;
    if row.settled_at == Timestamp::ZERO || !row.deficit.is_open() || fund.balance == Usd::ZERO {
        return Ok(Usd::ZERO);
    }
    let drawn = draw(fund, contract, row.deficit.uncovered()?, now)?;
    contract.pool = contract.pool.plus(drawn)?;
    (row.deficit, _) = row.deficit.relieved(1, drawn)?;
    Ok(drawn)
}

/// Whether a kind of collateral is priced no longer from now on.
fn ends(vault: &VaultRow, now: Timestamp) -> Result<bool> {
    Ok(vault.value != PerToken::ZERO && vault.weight.effective(&vault.weight_terms, now)? == Ratio::ZERO)
}

fn for_each_contract(
    board: &mut Board,
    row: &UnderlyingRow,
    mut act: impl FnMut(&mut ContractRow) -> Result<()>,
) -> Result<()> {
    let mut next = row.first_contract;
    while next != NO_ROW {
        let contract = board.contract_mut(next)?;
        act(contract)?;
        next = contract.next;
    }
    Ok(())
}

fn for_each_vault(
    board: &mut Board,
    row: &UnderlyingRow,
    mut act: impl FnMut(&mut VaultRow) -> Result<()>,
) -> Result<()> {
    let mut next = row.first_vault;
    while next != NO_ROW {
        let vault = board.vault_mut(next)?;
        act(vault)?;
        next = vault.next;
    }
    Ok(())
}

/// To the nearest 1e-6 USD a lot, so that both sides of a position come out exactly.
fn in_whole_units(value: PerLot) -> Result<PerLot> {
    let rounded = magnitude(value.0)?.saturating_add(NOTIONAL_PER_USD >> 1);
    let rest = rounded.checked_rem(NOTIONAL_PER_USD).unwrap_or(0);
    Ok(PerLot(signed(rounded.saturating_sub(rest))?))
}
