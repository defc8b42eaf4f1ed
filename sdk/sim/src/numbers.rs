//! The simulator's own conversions between floats, in which history and reports are, and the core's integers.

use ballast_core::units::{Price, Scan, Usd};

/// Units of a [`Scan`] in one.
const SCAN: f64 = 1e12;
/// Units of a [`Usd`] in one dollar.
const USD: f64 = 1e6;
/// Units of a [`Price`] in one dollar.
const PRICE: f64 = 1e8;

/// A count as a number; exact below 2^53.
#[must_use]
#[expect(clippy::as_conversions, clippy::cast_precision_loss, reason = "exact below 2^53, and no count here is above")]
pub const fn real(count: u64) -> f64 {
    count as f64
}

/// The nearest whole number, if there is one that is not negative and fits.
#[must_use]
#[expect(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the range is checked before"
)]
pub fn whole(value: f64) -> Option<u64> {
    let rounded = value.round();
    (rounded.is_finite() && (0.0..9.2e18).contains(&rounded)).then_some(rounded as u64)
}

/// A scan range as a fraction.
#[must_use]
pub const fn fraction(scan: Scan) -> f64 {
    real(scan.0) / SCAN
}

/// A price in USD per 10^exponent tokens.
#[must_use]
pub const fn dollars_of(price: Price) -> f64 {
    real(price.0) / PRICE
}

/// A price in the core's unit, per 10^exponent tokens.
#[must_use]
pub fn price(dollars: f64, exponent: i8) -> Option<Price> {
    whole(dollars * 10_f64.powi(i32::from(exponent)) * PRICE).filter(|units| *units > 0).map(Price)
}

/// An amount in dollars.
#[must_use]
pub const fn dollars(amount: Usd) -> f64 {
    let magnitude = real(amount.0.unsigned_abs()) / USD;
    if amount.0 < 0 { -magnitude } else { magnitude }
}

/// An amount of whole units of USD; amounts beyond the carrier are its end.
#[must_use]
pub fn usd(dollars: f64) -> Usd {
    Usd(signed(dollars * USD))
}

/// The nearest whole number, at most so far from zero as the carrier goes.
#[must_use]
pub fn signed(value: f64) -> i64 {
    let magnitude = whole(value.abs()).and_then(|units| i64::try_from(units).ok()).unwrap_or(i64::MAX);
    if value < 0.0 { magnitude.saturating_neg() } else { magnitude }
}

/// A signed count as a number; exact within 2^53.
#[must_use]
pub const fn signed_real(value: i64) -> f64 {
    let magnitude = real(value.unsigned_abs());
    if value < 0 { -magnitude } else { magnitude }
}
