//! The risk model: measured volatility and open interest give a target, ramps lead the requirement to it.
//!
//! | module | gives |
//! |---|---|
//! | [`volatility`] | variance of the price, from samples on a grid of 300 s |
//! | [`open_interest`] | one-day average of open interest |
//! | [`target`] | the scan range that the model asks for now |
//! | [`ramp`] | the scan range that open positions are held to, at any time |
//! | [`haircut`] | the weight of a collateral, at any time |
//! | [`funding`] | the premium of a perpetual, and what its longs pay for it |
//!
//! All state is plain numbers, all rules are pure functions of it, its terms and the time.

pub mod funding;
pub mod haircut;
pub mod open_interest;
pub mod ramp;
pub mod target;
pub mod volatility;

pub use funding::{Funding, FundingTerms, PremiumMeter};
pub use haircut::{WeightRamp, WeightTerms};
pub use ramp::{Ramp, RampTerms};
pub use target::TargetTerms;
pub use volatility::{Sample, Update, Volatility, VolatilityTerms};

use crate::error::{BallastError, Result};
use crate::math;

/// One of the results of [`math::decay`].
const DECAY_ONE: u64 = 1_000_000_000_000_000_000;

/// `kept x old + (1 - kept) x new`, `kept` in 1e-18, to nearest: a rounding with a direction would add up to a bias
/// of half a unit over `1 - kept`, which is small for a slow average.
///
/// # Errors
/// `Overflow` if `kept` is above one.
fn blend(old: u64, new: u64, kept: u64) -> Result<u64> {
    let taken = DECAY_ONE.checked_sub(kept).ok_or(BallastError::Overflow)?;
    // Both products are below 2^124.
    let sum = math::wide_u(old, kept).wrapping_add(math::wide_u(new, taken)).wrapping_add(u128::from(DECAY_ONE >> 1));
    math::udiv_floor(sum, DECAY_ONE)
}
