//! Depth of a market: the median of what reporters measure, and what silence makes of it.

use crate::error::{BallastError, Result};
use crate::math;
use crate::units::{Timestamp, Usd, magnitude, signed};

/// Reporters of an exchange.
pub const REPORTERS: usize = 5;

/// How reports become depth.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, bytemuck::Pod, bytemuck::Zeroable)]
#[cfg_attr(feature = "anchor", derive(anchor_lang::AnchorSerialize, anchor_lang::AnchorDeserialize))]
pub struct DepthTerms {
    /// Fresh reports without which no median is taken.
    pub quorum: u64,
    /// Seconds for which a report is fresh, and for which a median stands.
    pub longest_age: u64,
    /// Seconds in which depth halves without a quorum; reports lower it no faster.
    pub half_life: u64,
    /// Where silence leads, 1e-6 USD. An exchange without reporters has this depth.
    pub floor: Usd,
}

impl Default for DepthTerms {
    /// A median of three needs two stolen keys. A day of silence halves depth, which raises the target by two fifths at
    /// most, about what the ramp passes on in a day and a half.
    fn default() -> Self {
        Self { quorum: 3, longest_age: 600, half_life: 86_400, floor: Usd::ZERO }
    }
}

/// What one reporter measured.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, bytemuck::Pod, bytemuck::Zeroable)]
#[cfg_attr(feature = "anchor", derive(anchor_lang::AnchorSerialize, anchor_lang::AnchorDeserialize))]
pub struct DepthReport {
    /// USD that trades within 1 % of the price, per side, 1e-6 USD.
    pub depth: Usd,
    /// When it was posted; 0 before the first.
    pub at: Timestamp,
}

/// Depth of an underlying's market.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, bytemuck::Pod, bytemuck::Zeroable)]
#[cfg_attr(feature = "anchor", derive(anchor_lang::AnchorSerialize, anchor_lang::AnchorDeserialize))]
pub struct Depth {
    /// What the target counts with: the median, which falls no faster than by half in a half-life, 1e-6 USD.
    pub value: Usd,
    /// The last median as it was, 1e-6 USD.
    pub median: Usd,
    /// Time of that median; 0 before the first.
    pub at: Timestamp,
    /// The last report of each reporter.
    pub reports: [DepthReport; REPORTERS],
}

impl Depth {
    /// Writes a reporter's measurement and, if enough reports are fresh, their median. Of an even number the lower of
    /// the two in the middle counts.
    ///
    /// # Errors
    /// `AmountZero` for a depth that is not above zero; `UnknownReporter` for a place beyond [`REPORTERS`]; `Overflow`
    /// of a half-life of zero.
    pub fn report(&mut self, terms: &DepthTerms, reporter: usize, depth: Usd, now: Timestamp) -> Result<()> {
        if depth <= Usd::ZERO {
            return Err(BallastError::AmountZero);
        }
        let mut next = *self;
        *next.reports.get_mut(reporter).ok_or(BallastError::UnknownReporter)? = DepthReport { depth, at: now };
        if let Some(median) = next.median_of_fresh(terms, now) {
            let least = self.least_at(terms, now)?;
            next = Self { value: median.max(least), median, at: now, ..next };
        }
        *self = next;
        Ok(())
    }

    /// Depth that the target counts with at `now`: the median while it stands, then on its way to the floor, halving its
    /// distance in a half-life. One that is below the floor stays. To nearest.
    ///
    /// # Errors
    /// `Overflow` of a half-life of zero.
    pub fn in_force(&self, terms: &DepthTerms, now: Timestamp) -> Result<Usd> {
        if self.at == Timestamp::ZERO {
            return Ok(terms.floor);
        }
        let silent = now.since(self.at).saturating_sub(terms.longest_age);
        if silent == 0 || self.value <= terms.floor {
            return Ok(self.value);
        }
        let (value, floor) = (magnitude(self.value.0)?, magnitude(terms.floor.0)?);
        signed(math::approach(value, floor, silent, terms.half_life)?).map(Usd)
    }

    /// Depth that carries added risk while the target counts with `in_force`: that, or the last median where it is less. So
    /// a fall of depth stops new risk at once, while it reaches open positions by the half-life and the ramp.
    #[must_use]
    pub fn for_added_risk(&self, in_force: Usd) -> Usd {
        if self.at == Timestamp::ZERO { in_force } else { in_force.min(self.median) }
    }

    /// Below this no report brings depth at `now`; zero before the first median.
    fn least_at(&self, terms: &DepthTerms, now: Timestamp) -> Result<Usd> {
        if self.at == Timestamp::ZERO {
            return Ok(Usd::ZERO);
        }
        let least = math::approach(magnitude(self.value.0)?, 0, now.since(self.at), terms.half_life)?;
        signed(least).map(Usd)
    }

    fn median_of_fresh(&self, terms: &DepthTerms, now: Timestamp) -> Option<Usd> {
        let is_fresh = |report: &DepthReport| report.at != Timestamp::ZERO && now.since(report.at) <= terms.longest_age;
        // absent ones sort last
        let mut depths = self.reports.map(|report| if is_fresh(&report) { report.depth } else { Usd(i64::MAX) });
        depths.sort_unstable();
        let fresh = self.reports.iter().filter(|report| is_fresh(report)).count();
        let enough = u64::try_from(fresh).is_ok_and(|fresh| fresh >= terms.quorum.max(1));
        let middle = fresh.checked_sub(1)? >> 1;
        depths.get(middle).copied().filter(|_| enough)
    }
}
