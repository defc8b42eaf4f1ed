//! The ramp from the scan range in force to the target: a speed limit, known for any future time.

use crate::error::{BallastError, Result};
use crate::math;
use crate::units::{DAY, ONE, Ratio, Scan, Timestamp, signed};

/// Slowest ramp that governance may set, a day.
pub const SLOWEST: Ratio = Ratio::percent(5);
/// Largest rise within a day that governance may set: what the initial level holds in reserve.
pub const LARGEST_RISE: Ratio = Ratio::percent(30);
/// Fastest fall that governance may set, a day.
pub const FASTEST_FALL: Ratio = Ratio::percent(50);

/// Seconds of a block, of which the ramp remembers the lowest scan range: a quarter of a day.
pub const BLOCK: u64 = 21_600;
/// Blocks that the ramp remembers: with the present one they reach back a day at least.
pub const BLOCKS: usize = 5;

/// Seconds after which a ramp has arrived wherever it leads: 194 days, in which the slowest grows 2,000-fold.
const LONGEST: u64 = 1 << 24;

/// How fast the effective scan range may change. Build it with [`RampTerms::new`].
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, bytemuck::Pod, bytemuck::Zeroable)]
#[cfg_attr(feature = "anchor", derive(anchor_lang::AnchorSerialize, anchor_lang::AnchorDeserialize))]
pub struct RampTerms {
    /// Largest rise within any day.
    pub up: Ratio,
    /// Largest fall in a day.
    pub down: Ratio,
    /// log2(1 - down), in 2^-40; negative.
    pub down_log2: i64,
}

impl Default for RampTerms {
    /// 25 % up within any day and half of it at once, 20 % down a day. The rise of a day stays within what the initial level holds in reserve
    /// (30 %): who met it a day ago, with cash, is not liquidated by the ramp alone. Collateral has a ramp of its own.
    fn default() -> Self {
        Self { up: Ratio::percent(25), down: Ratio::percent(20), down_log2: -353_963_683_636 }
    }
}

impl RampTerms {
    /// Terms with their logarithm.
    ///
    /// # Errors
    /// `ParameterOutOfBounds` unless the rise is from [`SLOWEST`] to [`LARGEST_RISE`], the fall to [`FASTEST_FALL`].
    pub fn new(up: Ratio, down: Ratio) -> Result<Self> {
        if !(SLOWEST..=LARGEST_RISE).contains(&up) || !(SLOWEST..=FASTEST_FALL).contains(&down) {
            return Err(BallastError::ParameterOutOfBounds);
        }
        Ok(Self { up, down, down_log2: math::log2_q40(ONE.minus(down)?.unsigned()?)? })
    }
}

/// A scan range on its way.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, bytemuck::Pod, bytemuck::Zeroable)]
#[cfg_attr(feature = "anchor", derive(anchor_lang::AnchorSerialize, anchor_lang::AnchorDeserialize))]
pub struct Ramp {
    /// Scan range in force since the target was set, until the ramp moves: what the lows allow at once is in it.
    pub start: Scan,
    /// When the target was set.
    pub started_at: Timestamp,
    /// Where the ramp leads: the model's target.
    pub target: Scan,
    /// Lowest scan range that was in force in the block of `started_at` and in the four before, each at the place that is
    /// its number modulo five.
    pub lows: [Scan; BLOCKS],
}

/// A rising ramp at the start of a block.
struct Climb<'a> {
    terms: &'a RampTerms,
    target: Scan,
    value: Scan,
    block: u64,
    lows: [Scan; BLOCKS],
}

impl Climb<'_> {
    /// Rises as far as the lows of the remembered blocks allow: by all of a day's rise above the lowest of them, by half
    /// of it above the lower of the present block's and the one's before.
    fn rise(&mut self) -> Result<()> {
        let of_day = self.lows.iter().copied().min().unwrap_or(Scan::ZERO);
        let recent = self.low_of(self.block).min(self.low_of(self.block.saturating_sub(1)));
        let ceiling = grown(of_day, self.terms.up)?.min(grown(recent, Ratio(self.terms.up.0 >> 1))?);
        self.value = self.value.max(ceiling.min(self.target));
        Ok(())
    }

    fn low_of(&self, block: u64) -> Scan {
        self.lows.get(place_of(block)).copied().unwrap_or(Scan::ZERO)
    }

    /// Steps into the next block: the oldest is forgotten.
    fn step(&mut self) -> Result<()> {
        self.block = self.block.saturating_add(1);
        self.set_low(Scan(u64::MAX));
        self.rise()?;
        self.set_low(self.value);
        Ok(())
    }

    fn set_low(&mut self, low: Scan) {
        if let Some(place) = self.lows.get_mut(place_of(self.block)) {
            *place = low;
        }
    }

    fn has_arrived(&self) -> bool {
        self.value >= self.target
    }
}

impl Ramp {
    /// A ramp that has arrived.
    #[must_use]
    pub const fn at(scan: Scan, now: Timestamp) -> Self {
        Self { start: scan, started_at: now, target: scan, lows: [scan; BLOCKS] }
    }

    /// A ramp that leads away from a scan range which was in force for a day.
    ///
    /// # Errors
    /// As [`Ramp::effective`].
    pub fn from(scan: Scan, terms: &RampTerms, target: Scan, now: Timestamp) -> Result<Self> {
        let mut ramp = Self::at(scan, now);
        ramp.retarget(terms, target, now)?;
        Ok(ramp)
    }

    /// Scan range that open positions are held to at `now`.
    ///
    /// Rising, it is never above `1 + up` times the lowest scan range that was in force within the last day (in its
    /// block of six hours and the four before), nor above `1 + up / 2` times the lowest of its block and the one before, and
    /// otherwise at the target: what a storm's first hour asks for comes at once, the rest within six to twelve. Falling, it loses at most `down` a day,
    /// compounding: with t in days `max(s*, s0 (1 - down)^t)`. So requirements take no disruptive steps (EMIR RTS
    /// 153/2013, art. 28) and the whole way is known in advance; between samples it changes at the start of a block only.
    ///
    /// Falling it rounds up, within one unit and 1e-12 of the value; rising it rounds down, so that the bound is exact. A
    /// time before the start counts as the start; after 194 days it is the target.
    ///
    /// # Errors
    /// Never, if the terms are made by [`RampTerms::new`]; other terms may give `Overflow` or a wrong range.
    pub fn effective(&self, terms: &RampTerms, now: Timestamp) -> Result<Scan> {
        let elapsed = now.since(self.started_at);
        if self.start == self.target || elapsed >= LONGEST {
            return Ok(self.target);
        }
        if self.is_rising() {
            let block = block_of(now);
            return if block <= block_of(self.started_at) {
                Ok(self.start)
            } else {
                Ok(self.climb(terms, block)?.value)
            };
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

    /// Sets another target, from the scan range in force. The same target changes no way, so that a busy keeper speeds
    /// nothing; a rising ramp only takes note of the blocks that have passed, which would have to be climbed again by
    /// everybody who asks.
    ///
    /// # Errors
    /// As [`Ramp::effective`].
    pub fn retarget(&mut self, terms: &RampTerms, target: Scan, now: Timestamp) -> Result<()> {
        let has_climbed = self.is_rising() && block_of(now) > block_of(self.started_at);
        if target == self.target && !has_climbed {
            return Ok(());
        }
        self.turn(terms, target, now)
    }

    /// Starts the same way anew from the scan range in force, before its terms change: other terms act from now on only.
    ///
    /// # Errors
    /// As [`Ramp::effective`].
    pub fn rebase(&mut self, terms: &RampTerms, now: Timestamp) -> Result<()> {
        self.turn(terms, self.target, now)
    }

    fn turn(&mut self, terms: &RampTerms, target: Scan, now: Timestamp) -> Result<()> {
        let now = now.max(self.started_at);
        let (start, lows) = if self.is_rising() {
            let mut climb = self.climb(terms, block_of(now))?;
            // it has arrived where these are left: they only make it forget
            while climb.block < block_of(now) && climb.lows.iter().any(|low| *low != climb.value) {
                climb.step()?;
            }
            (climb.value, climb.lows)
        } else {
            (self.effective(terms, now)?, self.lows_of_fall(terms, now)?)
        };
        let mut climb = Climb { terms, target, value: start, block: block_of(now), lows };
        if start < target {
            climb.rise()?;
        }
        *self = Self { start: climb.value, started_at: now, target, lows };
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
        if self.is_rising() {
            let end = self.started_at.after(LONGEST)?;
            let climb = self.climb(terms, block_of(end))?;
            return Ok(if climb.has_arrived() { start_of(climb.block)?.max(self.started_at) } else { end });
        }
        let way = math::log2_ratio_q40(self.target.0, self.start.0)?;
        self.started_at.after(math::mul_div_ceil(way.unsigned_abs(), DAY, terms.down_log2.unsigned_abs())?)
    }

    /// The rising ramp in a later block, or where it arrives if that is before.
    fn climb<'a>(&self, terms: &'a RampTerms, until: u64) -> Result<Climb<'a>> {
        let block = block_of(self.started_at);
        let mut climb = Climb { terms, target: self.target, value: self.start, block, lows: self.lows };
        while climb.block < until && !climb.has_arrived() {
            climb.step()?;
        }
        Ok(climb)
    }

    /// Lows of the present block and the four before, for a ramp that falls or has arrived: each block's is where it ends.
    fn lows_of_fall(&self, terms: &RampTerms, now: Timestamp) -> Result<[Scan; BLOCKS]> {
        let (first, last) = (block_of(self.started_at), block_of(now));
        let mut lows = self.lows;
        for block in first.max(last.saturating_sub(4))..=last {
            let low = self.effective(terms, now.min(start_of(block.saturating_add(1))?))?;
            if let Some(place) = lows.get_mut(place_of(block)) {
                *place = if block == first { low.min(*place) } else { low };
            }
        }
        Ok(lows)
    }
}

/// A scan range and so much more, rounded down; what does not fit has passed every target.
fn grown(low: Scan, up: Ratio) -> Result<Scan> {
    Ok(Scan(math::mul_div_floor(low.0, ONE.plus(up)?.unsigned()?, ONE.0.unsigned_abs()).unwrap_or(u64::MAX)))
}

/// Number of the block that a time lies in.
fn block_of(time: Timestamp) -> u64 {
    time.since(Timestamp::ZERO).checked_div(BLOCK).unwrap_or(0)
}

/// When a block starts.
fn start_of(block: u64) -> Result<Timestamp> {
    block.checked_mul(BLOCK).ok_or(BallastError::Overflow).and_then(signed).map(Timestamp)
}

/// Place of a block among the remembered.
fn place_of(block: u64) -> usize {
    usize::try_from(block.checked_rem(5).unwrap_or(0)).unwrap_or(0)
}
