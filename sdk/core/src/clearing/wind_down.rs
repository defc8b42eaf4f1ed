//! Ends an underlying whose feed is dead, so that nobody's account stays frozen by it.
//!
//! - A day without a good price begins it: contracts take reductions only, and collateral ramps to weight zero.
//! - A price that is not Wide undoes it, for a day: the feed is not dead then.
//! - After that day contracts are settled at the last good moving average: `settle` closes the positions, for anybody.
//!   Collateral whose weight has come down to zero is priced no longer, and its owner may withdraw it.

use crate::error::{BallastError, Result};
use crate::margin::per_lot;
use crate::state::{Board, NO_ROW, UnderlyingRow};
use crate::units::{NOTIONAL_PER_USD, PerLot, PerToken, Price, Ratio, Timestamp, magnitude, signed};

/// What a step of winding down did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WoundDown {
    /// Whether it is the first.
    pub began: bool,
    /// Contracts that were settled.
    pub contracts: u8,
    /// Kinds of collateral that are priced no longer.
    pub vaults: u8,
}

/// Begins to wind an underlying down or, a day later, ends what may be ended by then.
///
/// # Errors
/// `UnknownUnderlying`, `PriceMissing`, `FeedAlive`, `NothingToWindDown`.
pub fn wind_down(board: &mut Board, underlying: u8, clock: Timestamp) -> Result<WoundDown> {
    let now = board.time(clock);
    let row = *board.underlying(underlying)?;
    if row.price == Price::ZERO {
        return Err(BallastError::PriceMissing);
    }
    if row.feed.wound_down_at == Timestamp::ZERO {
        if !row.feed.is_dead(now) {
            return Err(BallastError::FeedAlive);
        }
        return begin(board, underlying, &row, now);
    }
    if !row.feed.is_wound_down(now) {
        return Err(BallastError::NothingToWindDown);
    }
    let (contracts, vaults) = (settle_contracts(board, &row, now)?, close_vaults(board, &row, now)?);
    if contracts == 0 && vaults == 0 {
        return Err(BallastError::NothingToWindDown);
    }
    Ok(WoundDown { began: false, contracts, vaults })
}

fn begin(board: &mut Board, underlying: u8, row: &UnderlyingRow, now: Timestamp) -> Result<WoundDown> {
    let mut next = row.first_vault;
    while next != NO_ROW {
        let vault = board.vault_mut(next)?;
        let terms = vault.weight_terms;
        vault.weight.retarget(&terms, Ratio::ZERO, now)?;
        vault.sigma_weight = Ratio::ZERO;
        vault.initial_weight = Ratio::ZERO;
        next = vault.next;
    }
    board.underlying_mut(underlying)?.feed.wound_down_at = now;
    Ok(WoundDown { began: true, ..WoundDown::default() })
}

/// Marks become what positions are settled at: whole units a lot, so that both sides of a position come out exactly.
fn settle_contracts(board: &mut Board, row: &UnderlyingRow, now: Timestamp) -> Result<u8> {
    let average = if row.feed.good_ema == Price::ZERO { row.ema } else { row.feed.good_ema };
    let (mut next, mut settled) = (row.first_contract, 0_u8);
    while next != NO_ROW {
        let contract = board.contract_mut(next)?;
        if contract.settled_at == Timestamp::ZERO {
            contract.mark = in_whole_units(per_lot(average, row, contract)?)?;
            contract.ema_mark = contract.mark;
            contract.settled_at = now;
            settled = settled.saturating_add(1);
        }
        next = contract.next;
    }
    Ok(settled)
}

/// To the nearest 1e-6 USD a lot.
fn in_whole_units(value: PerLot) -> Result<PerLot> {
    let rounded = magnitude(value.0)?.saturating_add(NOTIONAL_PER_USD >> 1);
    let rest = rounded.checked_rem(NOTIONAL_PER_USD).unwrap_or(0);
    Ok(PerLot(signed(rounded.saturating_sub(rest))?))
}

fn close_vaults(board: &mut Board, row: &UnderlyingRow, now: Timestamp) -> Result<u8> {
    let (mut next, mut closed) = (row.first_vault, 0_u8);
    while next != NO_ROW {
        let vault = board.vault_mut(next)?;
        if vault.value != PerToken::ZERO && vault.weight.effective(&vault.weight_terms, now)? == Ratio::ZERO {
            vault.value = PerToken::ZERO;
            vault.ema_value = PerToken::ZERO;
            closed = closed.saturating_add(1);
        }
        next = vault.next;
    }
    Ok(closed)
}
