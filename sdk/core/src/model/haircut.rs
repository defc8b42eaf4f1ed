//! The weight of a collateral: what its volatility leaves of it, ramped.

use crate::error::Result;
use crate::math;
use crate::units::{DAY, ONE, Ratio, Timestamp, Usd, Variance, magnitude, signed};

/// Half-life whose average age is thirty days: 2,592,000 s x ln 2.
pub const DEPOSITS_HALF_LIFE: u64 = 1_796_638;

/// Seconds that a ramp is followed, 136 years: with a rate of at most one a day its product fits 64 bits.
const LONGEST: u64 = 1 << 32;

/// How much a collateral counts.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, bytemuck::Pod, bytemuck::Zeroable)]
#[cfg_attr(feature = "anchor", derive(anchor_lang::AnchorSerialize, anchor_lang::AnchorDeserialize))]
pub struct WeightTerms {
    /// Least haircut.
    pub base_haircut: Ratio,
    /// Standard deviations that the haircut must survive.
    pub k: Ratio,
    /// Seconds that selling the collateral may take.
    pub horizon: u64,
    /// Largest fall of the weight in a day.
    pub fall_per_day: Ratio,
    /// Largest rise of the weight in a day.
    pub rise_per_day: Ratio,
}

impl Default for WeightTerms {
    /// As many deviations as a position's scan range, over six hours, since collateral is sold in pieces; at least
    /// 5 %. Ten points down a day, as a called owner needs days to replace collateral; five up, as no one needs it fast.
    fn default() -> Self {
        Self {
            base_haircut: Ratio::percent(5),
            k: Ratio(4_500_000_000),
            horizon: 21_600,
            fall_per_day: Ratio::percent(10),
            rise_per_day: Ratio::percent(5),
        }
    }
}

impl WeightTerms {
    /// `1 - max(base haircut, k sigma sqrt(h))`, from 0 to 1, rounded down.
    ///
    /// # Errors
    /// `Overflow` if `k` is negative or the haircut leaves the carrier.
    pub fn target(&self, variance: Variance) -> Result<Ratio> {
        let haircut = variance.over(self.horizon)?.times_up(self.k)?.ratio_up()?;
        ONE.minus(haircut.max(self.base_haircut).max(Ratio::ZERO).min(ONE))
    }
}

/// How much of one mint the exchange holds, against what its market can take.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, bytemuck::Pod, bytemuck::Zeroable)]
#[cfg_attr(feature = "anchor", derive(anchor_lang::AnchorSerialize, anchor_lang::AnchorDeserialize))]
pub struct Concentration {
    /// Deposits of all accounts that count in full, 1e-6 USD.
    pub scale: Usd,
    /// Value of the deposits, thirty-day average, 1e-6 USD.
    pub deposits: Usd,
    /// Time of that average.
    pub averaged_at: Timestamp,
}

impl Concentration {
    /// Takes the present value of the deposits into the average; to nearest.
    ///
    /// # Errors
    /// `Overflow` of a negative amount.
    pub fn observe(&mut self, deposits: Usd, now: Timestamp) -> Result<()> {
        let elapsed = now.since(self.averaged_at);
        let average = math::approach(magnitude(self.deposits.0)?, magnitude(deposits.0)?, elapsed, DEPOSITS_HALF_LIFE)?;
        self.deposits = Usd(signed(average)?);
        self.averaged_at = now.max(self.averaged_at);
        Ok(())
    }

    /// What is left of a weight while `deposits` are held: `weight x min(1, scale / deposits)`, rounded down.
    ///
    /// Mango v4 scales its weights so. A vault twice as large as its market counts half: what all deposits together are
    /// worth in a sale stays at the scale.
    ///
    /// # Errors
    /// `Overflow` of a negative amount or weight.
    pub fn applied(&self, weight: Ratio, deposits: Usd) -> Result<Ratio> {
        if deposits <= self.scale {
            return Ok(weight);
        }
        let left = math::mul_div_floor(weight.unsigned()?, magnitude(self.scale.0)?, magnitude(deposits.0)?)?;
        signed(left).map(Ratio)
    }
}

/// A weight on its way.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, bytemuck::Pod, bytemuck::Zeroable)]
#[cfg_attr(feature = "anchor", derive(anchor_lang::AnchorSerialize, anchor_lang::AnchorDeserialize))]
pub struct WeightRamp {
    /// Weight in force when the target was set.
    pub start: Ratio,
    /// When the target was set.
    pub started_at: Timestamp,
    /// Where the ramp leads.
    pub target: Ratio,
}

impl WeightRamp {
    /// A ramp that has arrived.
    #[must_use]
    pub const fn at(weight: Ratio, now: Timestamp) -> Self {
        Self { start: weight, started_at: now, target: weight }
    }

    /// Weight at `now`: falls and rises in a straight line, at most so much a day, and never crosses the target.
    /// Rounds down. A time before the start counts as the start.
    ///
    /// # Errors
    /// `Overflow` if a rate is negative.
    pub fn effective(&self, terms: &WeightTerms, now: Timestamp) -> Result<Ratio> {
        let elapsed = now.since(self.started_at).min(LONGEST);
        if self.start < self.target {
            let risen = elapsed.wrapping_mul(at_most_one(terms.rise_per_day)?).checked_div(DAY).unwrap_or(0);
            Ok(self.start.plus(Ratio(signed(risen)?))?.min(self.target))
        } else {
            let fallen = elapsed.wrapping_mul(at_most_one(terms.fall_per_day)?).div_ceil(DAY);
            Ok(self.start.minus(Ratio(signed(fallen)?))?.max(self.target))
        }
    }

    /// Sets another target, from the weight in force. The same target changes nothing.
    ///
    /// # Errors
    /// As [`WeightRamp::effective`].
    pub fn retarget(&mut self, terms: &WeightTerms, target: Ratio, now: Timestamp) -> Result<()> {
        if target == self.target {
            return Ok(());
        }
        self.turn(terms, target, now)
    }

    /// Starts the same way anew from the weight in force, before its terms change: other terms act from now on only.
    ///
    /// # Errors
    /// As [`WeightRamp::effective`].
    pub fn rebase(&mut self, terms: &WeightTerms, now: Timestamp) -> Result<()> {
        self.turn(terms, self.target, now)
    }

    fn turn(&mut self, terms: &WeightTerms, target: Ratio, now: Timestamp) -> Result<()> {
        *self = Self { start: self.effective(terms, now)?, started_at: now.max(self.started_at), target };
        Ok(())
    }
}

/// A rate a day, of which more than one cannot show.
fn at_most_one(rate: Ratio) -> Result<u64> {
    rate.min(ONE).unsigned()
}
