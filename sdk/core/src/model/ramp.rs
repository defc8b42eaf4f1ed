//! The ramp from the scan range in force to the target: a speed limit, known for any future time.

use crate::error::{BallastError, Result};
use crate::math;
use crate::units::{DAY, ONE, Ratio, Scan, Timestamp, signed};

/// Slowest ramp that governance may set, a day.
pub const SLOWEST: Ratio = Ratio::percent(5);
/// Fastest ramp that governance may set, a day.
pub const FASTEST: Ratio = Ratio::percent(50);

/// Seconds after which a ramp has arrived wherever it leads (194 days, in which the slowest grows 12,000-fold): with
/// logarithms below 2^40 every product of both fits 64 bits.
const LONGEST: u64 = 1 << 24;

/// How fast the effective scan range may change. Build it with [`RampTerms::new`].
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, bytemuck::Pod, bytemuck::Zeroable)]
#[cfg_attr(feature = "anchor", derive(anchor_lang::AnchorSerialize, anchor_lang::AnchorDeserialize))]
pub struct RampTerms {
    /// Largest rise in a day.
    pub up: Ratio,
    /// Largest fall in a day.
    pub down: Ratio,
    /// log2(1 + up), in 2^-40.
    pub up_log2: i64,
    /// log2(1 - down), in 2^-40; negative.
    pub down_log2: i64,
}

impl Default for RampTerms {
    /// 25 % up and 15 % down a day: on BTC and ETH, 2020 to 2024, it takes the largest daily rise of the requirement
    /// from 2.6-fold to 1.25-fold for three percent more margin, at unchanged coverage.
    fn default() -> Self {
        Self { up: Ratio::percent(25), down: Ratio::percent(15), up_log2: 353_963_683_636, down_log2: -257_797_272_683 }
    }
}

impl RampTerms {
    /// Terms with their logarithms.
    ///
    /// # Errors
    /// `ParameterOutOfBounds` unless both are from [`SLOWEST`] to [`FASTEST`].
    pub fn new(up: Ratio, down: Ratio) -> Result<Self> {
        let bounds = SLOWEST..=FASTEST;
        if !bounds.contains(&up) || !bounds.contains(&down) {
            return Err(BallastError::ParameterOutOfBounds);
        }
        Ok(Self {
            up,
            down,
            up_log2: math::log2_q40(ONE.plus(up)?.unsigned()?)?,
            down_log2: math::log2_q40(ONE.minus(down)?.unsigned()?)?,
        })
    }
}

/// A scan range on its way.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, bytemuck::Pod, bytemuck::Zeroable)]
#[cfg_attr(feature = "anchor", derive(anchor_lang::AnchorSerialize, anchor_lang::AnchorDeserialize))]
pub struct Ramp {
    /// Scan range in force when the target was set.
    pub start: Scan,
    /// When the target was set.
    pub started_at: Timestamp,
    /// Where the ramp leads: the model's target.
    pub target: Scan,
}

impl Ramp {
    /// A ramp that has arrived.
    #[must_use]
    pub const fn at(scan: Scan, now: Timestamp) -> Self {
        Self { start: scan, started_at: now, target: scan }
    }

    /// Scan range that open positions are held to at `now`.
    ///
    /// Rises by at most `up` and falls by at most `down` a day, compounding, and never crosses the target (EMIR RTS
    /// 153/2013, art. 28: no disruptive steps), but is never below 0.4 of it: with t in days,
    /// `max(0.4 s*, min(s*, s0 (1 + up)^t))` rising, `max(s*, s0 (1 - down)^t)` falling.
    ///
    /// Rounds up, within one unit and 1e-12 of the value. A time before the start counts as the start; after 194 days
    /// it is the target.
    ///
    /// # Errors
    /// Never, if the terms are made by [`RampTerms::new`]; other terms may give `Overflow` or a wrong range.
    pub fn effective(&self, terms: &RampTerms, now: Timestamp) -> Result<Scan> {
        let elapsed = now.since(self.started_at);
        if self.start == self.target || elapsed >= LONGEST {
            return Ok(self.target);
        }
        if self.is_rising() {
            let exponent = terms.up_log2.unsigned_abs().wrapping_mul(elapsed).div_ceil(DAY);
            // A result that does not fit has passed every target.
            let risen = math::grow_up(self.start.0, signed(exponent)?).map_or(self.target, Scan);
            return Ok(risen.min(self.target).max(least(self.target)));
        }
        let exponent = terms.down_log2.unsigned_abs().wrapping_mul(elapsed).checked_div(DAY).unwrap_or(0);
        let fallen = math::grow_up(self.start.0, signed(exponent)?.saturating_neg())?;
        Ok(Scan(fallen).max(self.target))
    }

    /// Scan range that open positions will be held to at a future time, if the target stays.
    ///
    /// # Errors
    /// As [`Ramp::effective`].
    pub fn requirement_at(&self, terms: &RampTerms, time: Timestamp) -> Result<Scan> {
        self.effective(terms, time)
    }

    /// Whether the ramp tightens.
    #[must_use]
    pub fn is_rising(&self) -> bool {
        self.start < self.target
    }

    /// Sets another target, from the scan range in force. The same target changes nothing, so that a busy keeper
    /// speeds nothing. A start below 0.4 of the target is lifted to it, where [`Ramp::effective`] is already.
    ///
    /// # Errors
    /// As [`Ramp::effective`].
    pub fn retarget(&mut self, terms: &RampTerms, target: Scan, now: Timestamp) -> Result<()> {
        if target == self.target {
            return Ok(());
        }
        let start = self.effective(terms, now)?.max(least(target));
        *self = Self { start, started_at: now.max(self.started_at), target };
        Ok(())
    }

    /// When the target is reached, to the second.
    ///
    /// # Errors
    /// `Overflow` if one of start and target is zero and the other is not, or the terms are not made by
    /// [`RampTerms::new`].
    pub fn reaches(&self, terms: &RampTerms) -> Result<Timestamp> {
        if self.start == self.target {
            return Ok(self.started_at);
        }
        let speed = if self.is_rising() { terms.up_log2 } else { terms.down_log2 };
        let way = math::log2_ratio_q40(self.target.0, self.start.0)?;
        self.started_at.after(math::mul_div_ceil(way.unsigned_abs(), DAY, speed.unsigned_abs())?)
    }
}

/// The least that may be in force while the ramp leads to `target`: 0.4 of it, rounded up.
fn least(target: Scan) -> Scan {
    // Above 2^63 the product saturates, and the result is less than 0.4 of a target no terms allow.
    Scan(math::times::<2>(target.0).unwrap_or(u64::MAX).div_ceil(5))
}
