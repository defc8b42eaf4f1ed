//! Open interest as the target sees it: averaged, so that a spike of minutes does not move anybody's margin.

use crate::error::Result;
use crate::math;
use crate::units::{Usd, magnitude, signed};

/// Half-life whose average age is one day: 86,400 s x ln 2.
pub const AVERAGE_HALF_LIFE: u64 = 59_888;

/// One-day exponential average of one side's open notional, after `elapsed_seconds` at `current`; to nearest.
///
/// # Errors
/// `Overflow` of a negative amount.
pub fn average(previous: Usd, current: Usd, elapsed_seconds: u64) -> Result<Usd> {
    let average = math::approach(magnitude(previous.0)?, magnitude(current.0)?, elapsed_seconds, AVERAGE_HALF_LIFE)?;
    signed(average).map(Usd)
}
