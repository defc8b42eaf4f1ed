//! Pacing: how much of a market liquidations take in a minute.
//!
//! In total a share of depth, divided among the positions in liquidation by what they are worth. A position counts once
//! a minute, with what it was worth at its first step, so that no number of calls makes its part larger. What a minute
//! leaves is gone.

use crate::error::{BallastError, Result};
use crate::math;
use crate::units::{Ratio, Timestamp, Usd, magnitude, signed};

/// Seconds of a minute.
const MINUTE: u64 = 60;
/// Whatever depth is, a position gives up this part of it a minute, one in so many: silence of the reporters, or of a
/// market, shields nobody.
const LEAST_PART: u64 = 10;
/// 1e-6 USD in a dollar.
const PER_DOLLAR: u64 = 1_000_000;

/// What liquidations take of an underlying's depth.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, bytemuck::Pod, bytemuck::Zeroable)]
#[cfg_attr(feature = "anchor", derive(anchor_lang::AnchorSerialize, anchor_lang::AnchorDeserialize))]
pub struct Pacing {
    /// Unix minute of what follows.
    pub minute: u64,
    /// Worth of the positions that were in liquidation in that minute, 1e-6 USD.
    pub registered: Usd,
    /// Worth of those of the minute before, 1e-6 USD.
    pub registered_before: Usd,
    /// Taken in that minute, 1e-6 USD.
    pub taken: Usd,
}

/// What a position has given up in a minute.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, bytemuck::Pod, bytemuck::Zeroable)]
#[cfg_attr(feature = "anchor", derive(anchor_lang::AnchorSerialize, anchor_lang::AnchorDeserialize))]
pub struct Pace {
    /// Unix minute; 0 before the first.
    pub minute: u32,
    /// Taken in that minute, whole USD, rounded up.
    pub taken: u32,
}

/// What a position may give up now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// What may be taken of it.
    pub allowed: Usd,
    /// Whether nothing was taken in this minute yet: then at least a lot may be.
    pub first: bool,
    pacing: Pacing,
    pace: Pace,
}

fn minute_of(now: Timestamp) -> u64 {
    now.since(Timestamp::ZERO).checked_div(MINUTE).unwrap_or(0)
}

impl Pace {
    fn taken_in(self, minute: u64) -> u64 {
        if u64::from(self.minute) == minute { u64::from(self.taken).saturating_mul(PER_DOLLAR) } else { 0 }
    }
}

impl Pacing {
    /// What stands in a minute, before the position counts in it.
    const fn in_minute(&self, minute: u64) -> Self {
        match minute.checked_sub(self.minute) {
            Some(0) => *self,
            Some(1) => Self { minute, registered: Usd::ZERO, registered_before: self.registered, taken: Usd::ZERO },
            _ => Self { minute, registered: Usd::ZERO, registered_before: Usd::ZERO, taken: Usd::ZERO },
        }
    }

    /// What may be taken of a position that is worth so much: its part of `share x depth`, as far as others have left it,
    /// less what it has given up in this minute; at least a tenth of what it was worth.
    ///
    /// # Errors
    /// `Overflow`.
    pub fn allowance(&self, pace: Pace, worth: Usd, depth: Usd, share: Ratio, now: Timestamp) -> Result<Allowance> {
        let minute = minute_of(now);
        let mut pacing = self.in_minute(minute);
        let first = u64::from(pace.minute) != minute;
        let taken = pace.taken_in(minute);
        let own = magnitude(worth.0)?.saturating_add(taken);
        if first {
            pacing.registered = pacing.registered.plus(Usd(signed(own)?))?;
        }
        let budget = magnitude(depth.fraction_down(share)?.0)?;
        let all = magnitude(pacing.registered.max(pacing.registered_before).0)?.max(own);
        let part = if all == 0 { 0 } else { math::mul_div_floor(budget, own, all)? };
        let left = budget.saturating_sub(magnitude(pacing.taken.0)?);
        let least = own.div_ceil(LEAST_PART);
        let allowed = part.saturating_sub(taken).min(left).max(least.saturating_sub(taken));
        Ok(Allowance { allowed: Usd(signed(allowed)?), first, pacing, pace })
    }
}

impl Allowance {
    /// Pacing and the position's part in it, once so much was taken.
    ///
    /// # Errors
    /// `Overflow`.
    pub fn take(&self, value: Usd) -> Result<(Pacing, Pace)> {
        let taken = self.pacing.taken.plus(value)?;
        let own = self.pace.taken_in(self.pacing.minute).saturating_add(magnitude(value.0)?).div_ceil(PER_DOLLAR);
        let minute = u32::try_from(self.pacing.minute).map_err(|_| BallastError::Overflow)?;
        let pace = Pace { minute, taken: u32::try_from(own).unwrap_or(u32::MAX) };
        Ok((Pacing { taken, ..self.pacing }, pace))
    }
}
