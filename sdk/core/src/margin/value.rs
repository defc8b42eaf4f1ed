//! What a lot and a token are worth at a price.

use crate::error::{BallastError, Result};
use crate::state::{ContractRow, UnderlyingRow, VaultRow};
use crate::units::{PerLot, PerToken, Price, signed};

/// How a value is brought to a coarser unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rounding {
    Down,
    Nearest,
}

/// `value x 10^shift`.
pub(crate) fn scaled(value: u64, shift: i32, rounding: Rounding) -> Result<u64> {
    let power = 10_u64.checked_pow(shift.unsigned_abs());
    if shift >= 0 {
        return power.and_then(|power| value.checked_mul(power)).ok_or(BallastError::Overflow);
    }
    // beyond 10^19 nothing is left of a u64
    let Some(power) = power else { return Ok(0) };
    let half = match rounding {
        Rounding::Down => 0,
        Rounding::Nearest => power >> 1,
    };
    value.checked_add(half).and_then(|value| value.checked_div(power)).ok_or(BallastError::Overflow)
}

/// Value of a lot at a price: a lot is 10^e tokens, so 1e-8 USD per 10^n tokens is 10^(4 + e - n) of 1e-12 USD.
pub(crate) fn per_lot(price: Price, row: &UnderlyingRow, contract: &ContractRow) -> Result<PerLot> {
    lot_value(price, row, contract.size_exponent)
}

/// The same for a lot of 10^size_exponent tokens.
pub(crate) fn lot_value(price: Price, row: &UnderlyingRow, size_exponent: i8) -> Result<PerLot> {
    let shift = i32::from(size_exponent).saturating_sub(i32::from(row.price_exponent)).saturating_add(4);
    Ok(PerLot(signed(scaled(price.0, shift, Rounding::Nearest)?)?))
}

/// Value of a mint's smallest unit: 1e-8 USD per 10^n tokens is 10^(7 - n - decimals) of 1e-15 USD. Rounded down; one above
/// 18,446 USD counts as that much, since a price must be accepted whatever it makes of a mint.
pub(crate) fn per_token(price: Price, row: &UnderlyingRow, vault: &VaultRow) -> PerToken {
    let shift = 7_i32.saturating_sub(i32::from(row.price_exponent)).saturating_sub(i32::from(vault.decimals));
    PerToken(scaled(price.0, shift, Rounding::Down).unwrap_or(u64::MAX))
}
