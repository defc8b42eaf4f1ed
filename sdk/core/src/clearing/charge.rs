//! What one side of a contract pays for losses of the other that nobody has covered.

use crate::error::{BallastError, Result};
use crate::math;
use crate::state::ContractRow;
use crate::units::{Fine, PerLot, Ratio, Scan, Timestamp, Usd, magnitude, signed};

/// Seconds between two charges for what is left of a deficit.
const BETWEEN_CHARGES: u64 = 3_600;

/// A charge through the loss index: whole units a lot, rounded up, at most half of a lot's maintenance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Charge {
    per_lot: Usd,
    /// What the side pays in total; it may exceed the loss by less than a unit a lot.
    pub charged: Usd,
}

impl Charge {
    pub(super) const NONE: Self = Self { per_lot: Usd::ZERO, charged: Usd::ZERO };

    /// What so many lots pay for a loss.
    pub(super) fn of(loss: Usd, lots: u64, mark: PerLot, effective: Scan, fee: Ratio) -> Result<Self> {
        if loss <= Usd::ZERO || lots == 0 {
            return Ok(Self::NONE);
        }
        let of_lot = Fine(math::wide_u(magnitude(mark.0)?, effective.plus(fee.scan()?)?.0));
        let most = magnitude(of_lot.usd_down()?.0)? >> 1;
        let per_lot = math::mul_div_ceil(magnitude(loss.0)?, 1, lots)?.min(most);
        let charged = per_lot.checked_mul(lots).ok_or(BallastError::Overflow)?;
        Ok(Self { per_lot: Usd(signed(per_lot)?), charged: Usd(signed(charged)?) })
    }

    /// Raises the index of the lots opposite to a side.
    pub(super) fn write(self, row: &mut ContractRow, side: i8) -> Result<()> {
        let index = if side >= 0 { &mut row.loss_short } else { &mut row.loss_long };
        *index = index.plus(self.per_lot)?;
        Ok(())
    }
}

/// Charges what is left of a contract's deficit to the other side, at most once an hour. Returns what the lots pay.
pub(super) fn again(row: &mut ContractRow, lots: u64, effective: Scan, fee: Ratio, now: Timestamp) -> Result<Usd> {
    if !row.deficit.is_open() || row.settled_at != Timestamp::ZERO || now.since(row.charged_at) < BETWEEN_CHARGES {
        return Ok(Usd::ZERO);
    }
    let (mut charged, mut next) = (Usd::ZERO, *row);
    for side in [1, -1] {
        let charge = Charge::of(next.deficit.of(side), lots, row.mark, effective, fee)?;
        charge.write(&mut next, side)?;
        let (deficit, surplus) = next.deficit.relieved(side, charge.charged)?;
        next.deficit = deficit.with_surplus(surplus)?;
        charged = charged.plus(charge.charged)?;
    }
    next.charged_at = now;
    *row = next;
    Ok(charged)
}
