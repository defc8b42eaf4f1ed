//! Finds the accounts that keepers may take something of.

use super::top_up;
use crate::error::{BallastError, Result};
use crate::margin::{CLOSE_OUT, CRITICAL, Counts, Exposure, MAINTENANCE, Moment, TARGET, counts, put_to_edges};
use crate::math;
use crate::state::{Board, Exchange, MarginAccount, Pausable};
use crate::units::{Ratio, Timestamp, Usd, signed};

/// An account that liquidation has found.
#[derive(Debug)]
pub(super) struct Found {
    pub exposure: Exposure,
    pub topped_up: Usd,
    /// Whether it was in liquidation or below maintenance before the top-up.
    pub entered: bool,
    /// Whether it stays in liquidation after the top-up.
    pub liquidatable: bool,
    /// Share of the largest fee that the auction has reached.
    pub auction: Ratio,
    pub started_at: Timestamp,
}

impl Found {
    /// Notes what became of the account's liquidation, and since when its equity is below zero.
    pub(super) fn note(&self, account: &mut MarginAccount, stays: bool, now: Timestamp) -> Result<()> {
        if stays {
            account.stay_in_liquidation(self.started_at, self.exposure.equity(MAINTENANCE)?, now);
        } else {
            account.end_liquidation();
        }
        Ok(())
    }
}

/// Walks over an account as a liquidation does that takes something of an underlying. What has no Good price counts at
/// the edge that favours the account, and is not taken. Cash that comes from a reserve counts: a hold that stands with it is
/// not waived. Tells whether holds are waived.
///
/// # Errors
/// `PriceStale`, `PriceWide`, `PriceDiverged`, `LiquidationWaits`.
#[inline(never)]
pub(super) fn look(
    exposure: &mut Exposure,
    account: &MarginAccount,
    topped_up: Usd,
    board: &Board,
    taken: Option<u8>,
    now: Timestamp,
) -> Result<bool> {
    exposure.walk(account, board, Moment::at(now))?;
    exposure.add_cash(topped_up)?;
    if exposure.counts_at_spot(now) {
        return Ok(false);
    }
    let waived = put_to_edges(exposure, account, board, now)?;
    require_takable(board, taken, waived, now)?;
    Ok(waived)
}

/// Finds out whether an account is to be liquidated, after its top-up, by taking something of an underlying. Writes
/// nothing.
///
/// # Errors
/// `PriceStale`, `PriceWide`, `PriceDiverged`, `LiquidationWaits`, `NotLiquidatable`, `LiquidationPaused`.
#[inline(never)]
pub(super) fn find(
    account: &MarginAccount,
    reserve: Option<&MarginAccount>,
    board: &Board,
    exchange: &Exchange,
    taken: Option<u8>,
    now: Timestamp,
) -> Result<Found> {
    let found = seek(account, reserve, board, exchange, taken, now)?;
    if found.entered { Ok(found) } else { Err(BallastError::NotLiquidatable) }
}

/// The same for any account, sound ones included.
///
/// # Errors
/// `PriceStale`, `PriceWide`, `PriceDiverged`, `LiquidationWaits`, `LiquidationPaused`.
#[inline(never)]
pub(super) fn seek(
    account: &MarginAccount,
    reserve: Option<&MarginAccount>,
    board: &Board,
    exchange: &Exchange,
    taken: Option<u8>,
    now: Timestamp,
) -> Result<Found> {
    let mut exposure = Exposure::EMPTY;
    let waived = look(&mut exposure, account, Usd::ZERO, board, taken, now)?;
    let begun = account.liquidation_at != Timestamp::ZERO;
    // begun it ends at close-out; both levels count the same as equity
    let level = if begun { CLOSE_OUT } else { MAINTENANCE };
    let ends_at = exposure.requirement(level)?;
    let equity = exposure.equity(MAINTENANCE)?;
    let entered = begun || equity < ends_at;
    let topped_up = if equity >= ends_at || reserve.is_none() {
        Usd::ZERO
    } else {
        // begun it ends at close-out, which lies above target where that has not risen
        let wanted = top_up::shortfall(&exposure, TARGET)?.max(ends_at.minus(equity)?);
        top_up::available(account, reserve, wanted, now)?
    };
    // more cash takes a waiver away and gives none
    let sound = if topped_up == Usd::ZERO || !waived {
        exposure.add_cash(topped_up)?;
        equity.plus(topped_up)? >= ends_at
    } else {
        exposure = Exposure::EMPTY;
        look(&mut exposure, account, topped_up, board, taken, now)?;
        exposure.equity(MAINTENANCE)? >= exposure.requirement(level)?
    };
    if !sound {
        require_not_paused(exchange, &exposure, now)?;
    }
    let started_at = if begun { account.liquidation_at } else { now };
    let auction = auction(started_at, exchange, now)?;
    Ok(Found { exposure, topped_up, entered, liquidatable: !sound, auction, started_at })
}

/// A pause of liquidation stops all of it, one of deposits or trading that of accounts above critical.
pub(super) fn require_not_paused(exchange: &Exchange, exposure: &Exposure, now: Timestamp) -> Result<()> {
    let unarmed = exchange.is_paused(Pausable::Deposits, now) || exchange.is_paused(Pausable::Trading, now);
    if exchange.is_paused(Pausable::Liquidation, now) || (unarmed && exposure.meets(CRITICAL)?) {
        return Err(BallastError::LiquidationPaused);
    }
    Ok(())
}

/// Share of the largest fee or discount that an auction has reached.
pub(super) fn auction(started_at: Timestamp, exchange: &Exchange, now: Timestamp) -> Result<Ratio> {
    let grown = math::mul_div_floor(
        now.since(started_at).min(exchange.auction_seconds),
        1_000_000_000,
        exchange.auction_seconds,
    )?;
    signed(grown).map(Ratio)
}

/// Fails for an underlying of which nothing may be taken at its present price.
fn require_takable(board: &Board, taken: Option<u8>, waived: bool, now: Timestamp) -> Result<()> {
    let Some(underlying) = taken else { return Ok(()) };
    let (counts, validity) = counts(board.underlying(underlying)?, now)?;
    match counts {
        Counts::AtSpot => Ok(()),
        Counts::Held if waived => Ok(()),
        Counts::Held | Counts::AtEdge => Err(validity.rule()),
    }
}
