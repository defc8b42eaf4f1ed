//! The crate's units as plain numbers: dollars and fractions.

use ballast_core::units::{PerLot, PerToken, Ratio, Scan, Timestamp, Usd, Variance};

/// One unit of [`Usd`], in dollars.
pub const UNIT: f64 = 1e-6;

pub fn dollars(amount: Usd) -> f64 {
    amount.0 as f64 / 1e6
}

pub fn per_lot(value: PerLot) -> f64 {
    value.0 as f64 / 1e12
}

pub fn per_token(value: PerToken) -> f64 {
    value.0 as f64 / 1e15
}

pub fn ratio(value: Ratio) -> f64 {
    value.0 as f64 / 1e9
}

pub fn scan(value: Scan) -> f64 {
    value.0 as f64 / 1e12
}

pub fn variance(value: Variance) -> f64 {
    value.0 as f64 / 1e18
}

pub fn to_usd(amount: f64) -> Usd {
    Usd((amount * 1e6).round() as i64)
}

pub fn to_ratio(value: f64) -> Ratio {
    Ratio((value * 1e9).round() as i64)
}

pub fn to_scan(value: f64) -> Scan {
    Scan((value * 1e12).round() as u64)
}

pub fn to_variance(value: f64) -> Variance {
    Variance((value * 1e18).round() as u64)
}

pub fn to_per_lot(value: f64) -> PerLot {
    PerLot((value * 1e12).round() as i64)
}

pub fn seconds(from: Timestamp, to: Timestamp) -> f64 {
    (to.0 - from.0).max(0) as f64
}

/// Whether two amounts agree within 1e-7 of their size and one unit's rounding.
pub fn agree(value: f64, truth: f64, unit: f64) -> bool {
    (value - truth).abs() <= 1e-7 * truth.abs() + 1.01 * unit + 1e-15
}

/// Fails unless [`agree`].
#[track_caller]
pub fn close(what: &str, seed: u64, value: f64, truth: f64, unit: f64) {
    assert!(agree(value, truth, unit), "{what}, seed {seed}: the crate has {value}, the reference {truth}");
}
