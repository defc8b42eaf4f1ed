//! What one position adds to an exposure.

use crate::error::{BallastError, Result};
use crate::math;
use crate::state::{ContractRow, Position};
use crate::units::{Notional, PerLot, Size, Usd, signed};

/// What one position adds to an exposure.
pub(super) struct Contribution {
    pub net: Notional,
    pub gross: u128,
    pub pnl: Notional,
    /// PnL at the worse of spot and moving average. Only a loss counts.
    pub worse: Notional,
}

impl Contribution {
    #[inline(always)]
    pub(super) fn of(position: &Position, row: &ContractRow) -> Result<Self> {
        let basis = Notional::of(accrued_basis(position, row)?);
        if position.size == Size::ZERO {
            return Ok(Self { net: Notional(0), gross: 0, pnl: basis, worse: basis });
        }
        let (net, gross) = valued(position.size, row.mark)?;
        let pnl = sum(net, basis);
        // the moving average is worse for a long position when it is below spot, for a short one when above
        let is_worse = if position.size > Size::ZERO { row.ema_mark < row.mark } else { row.ema_mark > row.mark };
        let worse = if is_worse { sum(valued(position.size, row.ema_mark)?.0, basis) } else { pnl };
        Ok(Self { net, gross, pnl, worse })
    }
}

/// Value of a position, with and without its sign. One of 2^100 (1.2e18 USD) has no requirement within its carrier, and
/// without such values no sum over an account can leave 128 bits: so this is the one check, and the sums need none.
#[inline]
fn valued(size: Size, value: PerLot) -> Result<(Notional, u128)> {
    let gross = math::wide_u(size.0.unsigned_abs(), value.0.unsigned_abs());
    if gross >> 100 != 0 {
        return Err(BallastError::Overflow);
    }
    let net = gross.cast_signed();
    Ok((Notional(if (size.0 < 0) == (value.0 < 0) { net } else { net.wrapping_neg() }), gross))
}

/// Sum of values that [`valued`] has let through, and of basis, which is below 2^83.
#[inline]
pub(super) const fn sum(a: Notional, b: Notional) -> Notional {
    Notional(a.0.wrapping_add(b.0))
}

/// Difference of the same.
#[inline]
pub(super) const fn difference(a: Notional, b: Notional) -> Notional {
    Notional(a.0.wrapping_sub(b.0))
}

/// Basis of a position after funding and losses up to the contract's present indices, exactly.
///
/// # Errors
/// `Overflow`.
#[inline]
pub fn accrued_basis(position: &Position, row: &ContractRow) -> Result<Usd> {
    let mut basis = position.basis;
    if position.size == Size::ZERO {
        return Ok(basis);
    }
    if position.funding_index != row.funding.index {
        basis = basis.minus(position.size.times_index(row.funding.index.minus(position.funding_index)?)?)?;
    }
    let loss_index = row.loss_index(position.side);
    if position.loss_index != loss_index {
        let lots = Size(signed(position.size.lots())?);
        basis = basis.minus(lots.times_index(loss_index.minus(position.loss_index)?)?)?;
    }
    Ok(basis)
}
