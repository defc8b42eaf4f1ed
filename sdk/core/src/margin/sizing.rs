//! How much a liquidation takes, and for which fee.
//!
//! Notation: E equity, M maintenance, N net notional of the underlying, s its effective scan range, f its largest fee.
//! While lots are taken from the side of the net, each unit of notional frees `s + f` of maintenance and `1.1 s + f` of
//! close-out, because both the net and the larger side shrink by it.

use super::{CLOSE_OUT, Exposure, Level, MAINTENANCE, UnderlyingExposure};
use crate::error::{BallastError, Result};
use crate::math;
use crate::state::Position;
use crate::units::{Fine, PerLot, Ratio, Scan, Size, Usd, magnitude, signed};

/// Positions worth less after a liquidation go whole.
pub(crate) const REMAINDER: Usd = Usd(100_000_000);

/// What a keeper may take from a position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taking {
    /// Lots, without direction.
    pub lots: u64,
    /// Fee on their value.
    pub fee: Ratio,
    /// Whether each lot frees what the formula says. Where not, what is freed bounds the fee: a lot that turns the net
    /// around, or two legs.
    pub even: bool,
}

/// Margin that a unit of notional frees at a level, while it is taken from the side of the net.
fn freed(entry: &UnderlyingExposure, level: Level) -> Result<Scan> {
    level.scan(entry)?.plus(entry.fee.scan()?)
}

/// Lots of a position that can be taken before the net of its underlying is flat, to the nearest lot; zero when the
/// position hedges it. Also tells whether they leave the net on its side.
fn lots_of_net(entry: &UnderlyingExposure, position: &Position, mark: PerLot) -> Result<(u64, bool)> {
    let along = (entry.net.0 > 0 && position.size.0 > 0) || (entry.net.0 < 0 && position.size.0 < 0);
    if !along {
        return Ok((0, true));
    }
    let (net, mark) = (entry.net.0.unsigned_abs(), magnitude(mark.0)?);
    let lots = math::udiv_floor(net, mark).unwrap_or(u64::MAX);
    if lots >= position.size.lots() {
        return Ok((position.size.lots(), true));
    }
    // one lot more leaves less net than it takes: where a lot is coarse, nothing else would free any
    let rest = net.wrapping_sub(math::wide_u(lots, mark));
    let turns = rest.saturating_mul(2) > u128::from(mark);
    Ok((lots.saturating_add(u64::from(turns)), !turns))
}

/// Largest fee that keeps E/M from falling: `(E/M) x (margin freed / notional taken)`, never below zero, rounded down.
///
/// With it `E' M >= E M'`, so no liquidation lowers E/M and none makes a solvent account insolvent. Where a feed is bad, E and
/// M are those at the edge that favours the account: at the true price, worse for it, a fee may lower E/M by what lies
/// between. A bound by the other edge would be zero whenever it matters, and nobody would come.
///
/// # Errors
/// `Overflow`.
pub fn fee_bound(exposure: &Exposure, entry: &UnderlyingExposure) -> Result<Ratio> {
    let equity = exposure.equity(MAINTENANCE)?;
    let maintenance = exposure.requirement(MAINTENANCE)?;
    if equity.0 <= 0 || maintenance.0 <= 0 {
        return Ok(Ratio::ZERO);
    }
    let bound = math::mul_div_floor(freed(entry, MAINTENANCE)?.0, magnitude(equity.0)?, magnitude(maintenance.0)?)?;
    Ok(Ratio(signed(bound.checked_div(1_000).unwrap_or(0))?))
}

/// The fewest lots after which the account is at close-out, for a fee of at most `fee`.
///
/// For one linear underlying `f = (r_target - r) / (r_target - fee)` of the position; here the same in lots:
/// `(close-out - E) / (mark x (freed - fee))`, rounded up. All that the net allows when that is not enough. A remainder
/// under 100 USD goes whole.
///
/// # Errors
/// `NoMarginFreed` when the position hedges the rest of its underlying; `Overflow`.
pub fn fewest_lots(
    exposure: &Exposure,
    entry: &UnderlyingExposure,
    position: &Position,
    mark: PerLot,
    fee: Ratio,
) -> Result<Taking> {
    let (most, even) = lots_of_net(entry, position, mark)?;
    if most == 0 {
        return Err(BallastError::NoMarginFreed);
    }
    let fee = fee.min(fee_bound(exposure, entry)?);
    let gap = exposure.requirement(CLOSE_OUT)?.minus(exposure.equity(CLOSE_OUT)?)?;
    let per_unit = freed(entry, CLOSE_OUT)?.minus(fee.scan()?)?;
    // 1e-24 USD per lot, in 1e-12 USD, rounded down so that lots round up
    let per_lot = Fine(math::wide_u(magnitude(mark.0)?, per_unit.0));
    let per_lot = math::udiv_floor(per_lot.0, 1_000_000_000_000)?;
    let needed = match math::mul_div_ceil(magnitude(gap.0.max(0))?, 1_000_000, per_lot) {
        Ok(lots) => lots.max(1).min(most),
        Err(_) => most,
    };
    let left = position.size.lots().saturating_sub(needed);
    let left_value = Size(signed(left)?).at(mark).usd_up()?;
    let lots = if left_value < REMAINDER { most } else { needed };
    Ok(Taking { lots, fee, even: even || lots < most })
}

/// The fewest lots of two opposite positions on one underlying after which the account is at close-out, for a fee of at
/// most `fee` on both. Each unit of notional taken from both sides frees the largest fee and leaves the net as it is.
/// Returns what is taken of the first; of the second goes what is worth the same.
///
/// # Errors
/// `Overflow`.
pub(crate) fn fewest_pairs(
    exposure: &Exposure,
    entry: &UnderlyingExposure,
    (first, mark): (&Position, PerLot),
    (second, other_mark): (&Position, PerLot),
    fee: Ratio,
) -> Result<Taking> {
    let lot = magnitude(mark.0)?;
    let hedged = math::wide_u(second.size.lots(), magnitude(other_mark.0)?);
    // a lot that the second does not match whole goes with all of the second
    let most = math::udiv_ceil(hedged, lot).unwrap_or(u64::MAX).min(first.size.lots());
    let (freed, twice) = (entry.fee.scan()?, fee.scan()?.plus(fee.scan()?)?);
    let (equity, maintenance) = (exposure.equity(MAINTENANCE)?, exposure.requirement(MAINTENANCE)?);
    let bound = if equity <= Usd::ZERO || maintenance <= Usd::ZERO {
        Scan::ZERO
    } else {
        Scan(math::mul_div_floor(freed.0, magnitude(equity.0)?, magnitude(maintenance.0)?)?)
    };
    let gap = exposure.requirement(CLOSE_OUT)?.minus(exposure.equity(CLOSE_OUT)?)?;
    let per_unit = freed.minus(twice.min(bound)).unwrap_or(Scan::ZERO);
    let per_lot = math::udiv_floor(math::wide_u(lot, per_unit.0), 1_000_000_000_000)?;
    let needed = match math::mul_div_ceil(magnitude(gap.0.max(0))?, 1_000_000, per_lot) {
        Ok(lots) => lots.max(1).min(most),
        Err(_) => most,
    };
    let left_value = Size(signed(most.saturating_sub(needed))?).at(mark).usd_up()?;
    Ok(Taking { lots: if left_value < REMAINDER { most } else { needed }, fee, even: false })
}
