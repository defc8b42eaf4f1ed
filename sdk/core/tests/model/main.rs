//! Laws of the risk model, and its numbers against formulas in `f64` that share nothing with the crate.
#![allow(
    missing_docs,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    clippy::float_cmp,
    clippy::indexing_slicing,
    clippy::integer_division,
    clippy::unwrap_used,
    reason = "tests may panic, and compare with floats"
)]

mod concentration;
mod coverage;
mod depth;
mod feed;
mod funding;
mod index;
mod interest;
mod pacing;
mod ramp;
mod ramp_window;
mod target;
mod volatility;
mod weight;

use ballast_core::error::BallastError;
use ballast_core::model::{
    Concentration, Coverage, Depth, DepthTerms, Funding, FundingTerms, Index, IndexTerms, PremiumMeter, Ramp,
    RampTerms, TargetTerms, Update, Volatility, VolatilityTerms, WeightRamp, WeightTerms, open_interest,
};
use ballast_core::units::{PerLot, Price, Ratio, SCAN_ONE, Scan, Timestamp, Usd, Variance};
use proptest::prelude::*;

const NOON: i64 = 1_750_075_200;
const DAY: f64 = 86_400.0;
const YEAR: f64 = 31_536_000.0;

fn at(seconds: u64) -> Timestamp {
    Timestamp(NOON + i64::try_from(seconds).unwrap())
}

fn percent(parts: i32) -> Ratio {
    Ratio::percent(parts.into())
}

#[track_caller]
fn assert_close(value: f64, truth: f64, relative: f64) {
    assert!((value - truth).abs() <= relative * truth.abs(), "{value} is not {truth}");
}
