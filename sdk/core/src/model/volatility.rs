//! Volatility of a price: two exponential averages of squared returns, mixed.
//!
//! Samples lie on a grid of 300 s, so that nobody chooses them; five minutes is where quoting noise stops mattering.
//! Horizons from hours to months side by side are the idea of HAR-RV (Corsi 2009, A Simple Approximate Long-Memory
//! Model of Realized Volatility). Two suffice: a third and a fourth gained nothing out of sample (docs/calibration.md).

use crate::error::{BallastError, Result};
use crate::math;
use crate::units::{Price, Ratio, Scan, Timestamp, Variance, magnitude};

/// Number of averages in the mixture.
pub const COMPONENTS: usize = 2;
/// Seconds between the times of the grid.
pub const GRID: u64 = 300;
/// Seconds after the first missed time of the grid from which any price counts: two steps.
pub const PATIENCE: u64 = 600;
/// Seconds that a series counts as old when it starts, so that its starting volatility weighs something: 500 hours.
pub const HEAD_START: u64 = 1_800_000;
/// Seconds of a year of 365 days, by which volatility is quoted where markets never close.
pub const YEAR: u64 = 31_536_000;

/// 5^12: with 2^12 it is 1e12, which leads from 1e-30, the unit of a squared return, to 1e-18.
const FIVE_TO_12: u64 = 244_140_625;
/// Units of [`Variance`] times this are the square of a unit of [`Scan`].
const SQUARE_SCANS_PER_VARIANCE: u64 = 1_000_000;
/// Units of a ratio of one.
const ONE: u64 = 1_000_000_000;

/// How volatility is measured.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, bytemuck::Pod, bytemuck::Zeroable)]
#[cfg_attr(feature = "anchor", derive(anchor_lang::AnchorSerialize, anchor_lang::AnchorDeserialize))]
pub struct VolatilityTerms {
    /// Seconds after which a sample counts half, a component each.
    pub half_lives: [u64; COMPONENTS],
    /// Weight of each component in the mixture; their sum is one.
    pub weights: [Ratio; COMPONENTS],
    /// A return counts for at most this many times the component's own volatility; whole multiples.
    pub clips: [u64; COMPONENTS],
    /// The mixture is never below this.
    pub floor: Variance,
    /// The mixture is never above this.
    pub cap: Variance,
}

impl Default for VolatilityTerms {
    /// Half a day and 120 days, 60 to 40: fitted on BTC and ETH, 2020 to 2022. The clips are insurance against a false print: at 10 and 20 sigmas they change
    /// nothing that BTC and ETH did in 2020 to 2022. From 10 % to 500 % a year.
    fn default() -> Self {
        Self {
            half_lives: [43_200, 10_368_000],
            weights: [Ratio::percent(60), Ratio::percent(40)],
            clips: [10, 20],
            floor: Variance(317_097_920),
            cap: Variance(792_744_799_594),
        }
    }
}

/// What is remembered of a price's past.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, bytemuck::Pod, bytemuck::Zeroable)]
#[cfg_attr(feature = "anchor", derive(anchor_lang::AnchorSerialize, anchor_lang::AnchorDeserialize))]
pub struct Volatility {
    /// Average squared return per second, a component each.
    pub variances: [Variance; COMPONENTS],
    /// Price of the last sample; zero before the first.
    pub sample_price: Price,
    /// Time of the last sample: on the grid, or the price's own after a gap.
    pub sampled_at: Timestamp,
    /// Time of the first sample.
    pub started_at: Timestamp,
}

/// A price as its oracle published it.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, bytemuck::Pod, bytemuck::Zeroable)]
#[cfg_attr(feature = "anchor", derive(anchor_lang::AnchorSerialize, anchor_lang::AnchorDeserialize))]
pub struct Update {
    /// The price.
    pub price: Price,
    /// Time of this price.
    pub published_at: Timestamp,
    /// Time of the price that the oracle published before this one.
    pub previous_published_at: Timestamp,
}

/// A price that entered the volatility.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, bytemuck::Pod, bytemuck::Zeroable)]
#[cfg_attr(feature = "anchor", derive(anchor_lang::AnchorSerialize, anchor_lang::AnchorDeserialize))]
pub struct Sample {
    /// The price.
    pub price: Price,
    /// Time that it counts for.
    pub at: Timestamp,
    /// Seconds since the sample before; 0 for the first, which only starts the series.
    pub elapsed: u64,
    /// ln of the price over that of the sample before, 1e-15.
    pub log_return: i64,
}

impl Volatility {
    /// All components at `variance`, which governance sets; no sample yet.
    #[must_use]
    pub const fn starting(variance: Variance) -> Self {
        Self {
            variances: [variance; COMPONENTS],
            sample_price: Price::ZERO,
            sampled_at: Timestamp::ZERO,
            started_at: Timestamp::ZERO,
        }
    }

    /// Takes a price in, if it is a sample: the one of a time t of the grid is the update that was published at or
    /// after t while the one before was published before t. If none has come two steps after the first missed time,
    /// any price is, at its own time. The first price of all only starts the series.
    ///
    /// With r the return since the last sample, dt the seconds, H a half-life and c a clip:
    /// `v <- v + g (min(r^2/dt, c^2 v) - v)`, `g = max(1 - 2^(-dt/H), dt / (head start + age))`: a series that is younger
    /// than a half-life takes the mean of what it has seen, so that a new market is known within weeks. A skipped sample
    /// hides nothing, because r spans the gap. The v that clips is taken within floor and cap, so that a component revives
    /// after a standstill and never runs away.
    ///
    /// Rounds to nearest. Changes nothing if it fails.
    ///
    /// # Errors
    /// `PriceNotPositive`; `Overflow` if a time is negative, a half-life zero, or the samples lie millennia apart.
    pub fn observe(&mut self, terms: &VolatilityTerms, update: Update) -> Result<Option<Sample>> {
        if update.price == Price::ZERO {
            return Err(BallastError::PriceNotPositive);
        }
        let Some(at) = self.sample_time(update)? else {
            return Ok(None);
        };
        let mut sample = Sample { price: update.price, at, elapsed: 0, log_return: 0 };
        if self.has_sample() {
            sample.elapsed = at.since(self.sampled_at);
            sample.log_return = math::ln_ratio(update.price.0, self.sample_price.0)?;
            self.variances = self.absorb(terms, sample)?;
        } else {
            self.started_at = at;
        }
        self.sample_price = sample.price;
        self.sampled_at = sample.at;
        Ok(Some(sample))
    }

    /// The mixture of the components, at least `at_least` (what an external index asks for; zero without one),
    /// within floor and cap. Rounds to nearest.
    ///
    /// # Errors
    /// `Overflow` if a weight is negative, or the mixture leaves the carrier.
    pub fn variance(&self, terms: &VolatilityTerms, at_least: Variance) -> Result<Variance> {
        let mut sum = u128::from(ONE >> 1);
        for (variance, weight) in self.variances.iter().zip(terms.weights) {
            sum = sum.checked_add(math::wide_u(variance.0, weight.unsigned()?)).ok_or(BallastError::Overflow)?;
        }
        let mixture = Variance(math::udiv_floor(sum, ONE)?);
        Ok(mixture.max(at_least).max(terms.floor).min(terms.cap))
    }

    /// Whether there has been a price.
    fn has_sample(&self) -> bool {
        self.sample_price != Price::ZERO
    }

    /// Time for which an update is a sample, if it is one.
    fn sample_time(&self, update: Update) -> Result<Option<Timestamp>> {
        let grid_time = on_grid(update.published_at)?;
        let is_first_since = update.previous_published_at < grid_time;
        if !self.has_sample() {
            return Ok(Some(if is_first_since { grid_time } else { update.published_at }));
        }
        if is_first_since && grid_time > self.sampled_at {
            return Ok(Some(grid_time));
        }
        let missed = on_grid(self.sampled_at)?.after(GRID)?;
        Ok((update.published_at >= missed.after(PATIENCE)?).then_some(update.published_at))
    }

    /// The components after a sample.
    fn absorb(&self, terms: &VolatilityTerms, sample: Sample) -> Result<[Variance; COMPONENTS]> {
        let observed = sample.variance()?;
        let mut variances = self.variances;
        let memory = HEAD_START.saturating_add(sample.at.since(self.started_at));
        for ((variance, half_life), clip) in variances.iter_mut().zip(terms.half_lives).zip(terms.clips) {
            let own = (*variance).max(terms.floor).min(terms.cap);
            let most = own.0.saturating_mul(clip.saturating_mul(clip));
            variance.0 = math::approach_within(variance.0, observed.min(most), sample.elapsed, half_life, memory)?;
        }
        Ok(variances)
    }
}

impl Sample {
    /// Squared return per second in 1e-18, to nearest; the largest `u64` stands for all beyond it, as a clip follows.
    fn variance(&self) -> Result<u64> {
        let per_second =
            self.elapsed.checked_mul(FIVE_TO_12).filter(|divisor| *divisor > 0).ok_or(BallastError::Overflow)?;
        let magnitude = self.log_return.unsigned_abs();
        // A return is below 45e15, so its square is below 2^111 and the sum does not wrap.
        let square = (math::wide_u(magnitude, magnitude) >> 12).wrapping_add(u128::from(per_second >> 1));
        Ok(math::udiv_floor(square, per_second).unwrap_or(u64::MAX))
    }
}

impl Variance {
    /// The variance of a yearly volatility, over a year of 365 days; to nearest.
    ///
    /// # Errors
    /// `Overflow` of a negative volatility, or one above 2.4e10.
    pub fn annual(sigma: Ratio) -> Result<Self> {
        let sigma = sigma.unsigned()?;
        math::udiv_floor(math::wide_u(sigma, sigma).wrapping_add(u128::from(YEAR >> 1)), YEAR).map(Self)
    }

    /// Standard deviation of the price over a horizon in seconds: `sqrt(variance x horizon)`, rounded up.
    ///
    /// # Errors
    /// `Overflow` outside the carrier.
    pub fn over(self, horizon: u64) -> Result<Scan> {
        math::isqrt_ceil(math::wide_mul(math::wide_u(self.0, horizon), SQUARE_SCANS_PER_VARIANCE)?).map(Scan)
    }
}

/// The last time of the grid at or before a time.
fn on_grid(time: Timestamp) -> Result<Timestamp> {
    let beyond = magnitude(time.0)?.checked_rem(GRID).ok_or(BallastError::Overflow)?;
    time.0.checked_sub_unsigned(beyond).map(Timestamp).ok_or(BallastError::Overflow)
}
