//! The risk model's step: what an accepted price makes of an underlying's requirement.

use crate::error::Result;
use crate::model::{Enters, Update, Window};
use crate::state::UnderlyingRow;
use crate::units::{Scan, Timestamp, Variance};

/// What a price made of the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Measured {
    /// Whether it is a sample of the volatility.
    pub sampled: bool,
    /// Variance afterwards.
    pub variance: Variance,
    /// Target scan range afterwards.
    pub target: Scan,
    /// Effective scan range afterwards.
    pub effective: Scan,
    /// The window of coverage that the price closed.
    pub closed: Option<Window>,
}

/// Takes a price into volatility, target, ramp and coverage. Between samples the target stands, so that nobody chooses
/// when it moves.
///
/// Changes nothing if it fails.
///
/// # Errors
/// `PriceNotPositive`, `Overflow`.
pub fn measure(row: &mut UnderlyingRow, update: Update, enters: Enters, now: Timestamp) -> Result<Measured> {
    let (mut volatility, mut ramp, mut coverage) = (row.volatility, row.ramp, row.coverage);
    let counts = enters != Enters::Nothing;
    let closed = if counts { coverage.observe(&row.target_terms, update.price, update.published_at)? } else { None };
    let sampled = enters == Enters::Everything && volatility.observe(&row.volatility_terms, update)?.is_some();
    let at_least = row.index.at_least(&row.index_terms, now)?;
    let variance = volatility.variance(&row.volatility_terms, at_least)?;
    if sampled {
        let depth = row.depth.in_force(&row.depth_terms, now)?;
        let target = row.target_terms.target(variance, coverage.correction, row.open_interest, depth)?;
        ramp.retarget(&row.ramp_terms, target, now)?;
    }
    let effective = ramp.effective(&row.ramp_terms, now)?;
    if counts {
        coverage.open(update.price, update.published_at, effective, ramp.target);
    }
    row.volatility = volatility;
    row.ramp = ramp;
    row.coverage = coverage;
    Ok(Measured { sampled, variance, target: ramp.target, effective, closed })
}
