//! What one side of a contract pays for losses of the other that nobody has covered.

use crate::error::{BallastError, Result};
use crate::math;
use crate::state::ContractRow;
use crate::units::{Fine, Ratio, Scan, Timestamp, Usd, magnitude, signed};

/// Seconds in which a lot is charged at most half of its maintenance, and between two charges for what is left of a deficit.
const BETWEEN_CHARGES: u64 = 3_600;

/// A charge through the loss index: whole units a lot, rounded up, in an hour at most half of a lot's maintenance, over
/// however many accounts a loss is split.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Charge {
    per_lot: Usd,
    /// What the side pays in total; it may exceed the loss by less than a unit a lot.
    pub charged: Usd,
}

impl Charge {
    pub(super) const NONE: Self = Self { per_lot: Usd::ZERO, charged: Usd::ZERO };

    /// What so many lots opposite to a side pay for a loss of it.
    pub(super) fn of(
        loss: Usd,
        lots: u64,
        (row, side): (&ContractRow, i8),
        effective: Scan,
        fee: Ratio,
    ) -> Result<Self> {
        if loss <= Usd::ZERO || lots == 0 {
            return Ok(Self::NONE);
        }
        let of_lot = Fine(math::wide_u(magnitude(row.mark.0)?, effective.plus(fee.scan()?)?.0));
        let paid = if side >= 0 { row.charged_short } else { row.charged_long };
        let most = (magnitude(of_lot.usd_down()?.0)? >> 1).saturating_sub(magnitude(paid.0)?);
        let per_lot = math::mul_div_ceil(magnitude(loss.0)?, 1, lots)?.min(most);
        let charged = per_lot.checked_mul(lots).ok_or(BallastError::Overflow)?;
        Ok(Self { per_lot: Usd(signed(per_lot)?), charged: Usd(signed(charged)?) })
    }

    /// Raises the index of the lots opposite to a side.
    pub(super) fn write(self, row: &mut ContractRow, side: i8) -> Result<()> {
        let (index, paid) = if side >= 0 {
            (&mut row.loss_short, &mut row.charged_short)
        } else {
            (&mut row.loss_long, &mut row.charged_long)
        };
        (*index, *paid) = (index.plus(self.per_lot)?, paid.plus(self.per_lot)?);
        Ok(())
    }
}

/// Begins another hour of charges once the last is over.
pub(super) const fn renew(row: &mut ContractRow, now: Timestamp) {
    if now.since(row.charged_at) >= BETWEEN_CHARGES {
        row.charged_at = now;
        row.charged_long = Usd::ZERO;
        row.charged_short = Usd::ZERO;
    }
}

/// Charges what is left of a contract's deficit to the other side, at most once an hour. Returns what the lots pay.
pub(super) fn again(row: &mut ContractRow, lots: u64, effective: Scan, fee: Ratio, now: Timestamp) -> Result<Usd> {
    if !row.deficit.is_open() || row.settled_at != Timestamp::ZERO || now.since(row.charged_at) < BETWEEN_CHARGES {
        return Ok(Usd::ZERO);
    }
    let (mut charged, mut next) = (Usd::ZERO, *row);
    renew(&mut next, now);
    for side in [1, -1] {
        let charge = Charge::of(next.deficit.of(side), lots, (&next, side), effective, fee)?;
        charge.write(&mut next, side)?;
        let (deficit, surplus) = next.deficit.relieved(side, charge.charged)?;
        next.deficit = deficit.with_surplus(surplus)?;
        charged = charged.plus(charge.charged)?;
    }
    *row = next;
    Ok(charged)
}
