//! The scan range that the model asks for.

use crate::error::Result;
use crate::math;
use crate::units::{ONE, Ratio, SCAN_ONE, Scan, Usd, Variance, magnitude};

/// How volatility, open interest and depth become a scan range.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, bytemuck::Pod, bytemuck::Zeroable)]
#[cfg_attr(feature = "anchor", derive(anchor_lang::AnchorSerialize, anchor_lang::AnchorDeserialize))]
pub struct TargetTerms {
    /// Standard deviations that margin must survive.
    pub k: Ratio,
    /// Seconds that a liquidation may take.
    pub horizon: u64,
    /// The target is never below this.
    pub minimum: Scan,
    /// The target is never above this.
    pub maximum: Scan,
    /// Share of depth that one side's open interest may reach before the target rises with it.
    pub gamma: Ratio,
    /// How much a breach of coverage teaches: see [`super::Coverage::correction`].
    pub learning: Ratio,
}

impl Default for TargetTerms {
    /// k for 99 % coverage of an hour on BTC and ETH, 2020 to 2022. Gamma one: depth is what trades within 1 %, so all of
    /// one side can be closed into the book within a percent, which is less than any scan range of theirs.
    fn default() -> Self {
        Self {
            k: Ratio(4_500_000_000),
            horizon: 3_600,
            minimum: Scan(5_000_000_000),
            maximum: SCAN_ONE,
            gamma: Ratio::percent(100),
            learning: Ratio(3_000_000),
        }
    }
}

impl TargetTerms {
    /// `clamp(k (1 + correction) sigma sqrt(h) x max(1, sqrt(OI / (gamma depth))), minimum, maximum)`, rounded up.
    ///
    /// The square root is the law of market impact: what a liquidation of the whole side costs grows with the root
    /// of its size over what the market carries. Without depth any open interest asks for the maximum.
    ///
    /// # Errors
    /// `Overflow` if an input or a term is negative.
    pub fn target(&self, variance: Variance, correction: Ratio, open_interest: Usd, depth: Usd) -> Result<Scan> {
        let move_of_horizon = variance.over(self.horizon)?;
        let open_interest = magnitude(open_interest.0)?;
        let carried = math::mul_div_floor(magnitude(depth.0)?, self.gamma.unsigned()?, ONE.0.unsigned_abs())?;
        let corrected = ONE.plus(correction)?.unsigned()?;
        let k = math::mul_div_ceil(self.k.unsigned()?, corrected, ONE.0.unsigned_abs())?;

        // What leaves the carrier is above every maximum.
        let calm = math::mul_div_ceil(move_of_horizon.0, k, ONE.0.unsigned_abs());
        let target = if open_interest <= carried {
            calm
        } else {
            calm.and_then(|calm| math::mul_div_ceil(calm, root_of_ratio(open_interest, carried)?, SCAN_ONE.0))
        };
        Ok(Scan(target.unwrap_or(u64::MAX)).max(self.minimum).min(self.maximum))
    }
}

/// `sqrt(a / b)` in 1e-12, rounded up.
fn root_of_ratio(a: u64, b: u64) -> Result<u64> {
    let ratio = math::mul_div_ceil(a, SCAN_ONE.0, b)?;
    math::isqrt_ceil(math::wide_u(ratio, SCAN_ONE.0))
}
