//! How often the market moved further than the requirement: counted, so that anybody can test it.
//!
//! A window is one horizon. At its start stand a price and the scan ranges in force; the highest and the lowest price
//! until its end say whether they were enough, for longs and for shorts.

use super::TargetTerms;
use crate::error::{BallastError, Result};
use crate::math;
use crate::units::{ONE, Price, Ratio, SCAN_ONE, Scan, Timestamp};

/// The effective scan range lags while it is below this part of the target, in fifths.
const LAGGING_FIFTHS: u64 = 4;

/// Windows in which a price may leave the requirement, on either side: what k aims at.
pub const AIM: Ratio = Ratio::percent(1);
/// What coverage may change of k at most, up or down.
pub const LARGEST_CORRECTION: Ratio = Ratio::percent(20);

/// The window that is open.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, bytemuck::Pod, bytemuck::Zeroable)]
#[cfg_attr(feature = "anchor", derive(anchor_lang::AnchorSerialize, anchor_lang::AnchorDeserialize))]
pub struct Window {
    /// Price at its start; zero before the first.
    pub price: Price,
    /// Publish time of that price.
    pub started_at: Timestamp,
    /// Effective scan range at its start.
    pub effective: Scan,
    /// Target scan range at its start.
    pub target: Scan,
    /// Highest price since.
    pub highest: Price,
    /// Lowest price since.
    pub lowest: Price,
}

/// Windows in which a price left a range, by the side that lost.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, bytemuck::Pod, bytemuck::Zeroable)]
#[cfg_attr(feature = "anchor", derive(anchor_lang::AnchorSerialize, anchor_lang::AnchorDeserialize))]
pub struct Breaches {
    /// Prices rose further: shorts lost more than their margin.
    pub up: u64,
    /// Prices fell further: longs did.
    pub down: u64,
    /// Either, or both in one window.
    pub either: u64,
}

/// Coverage of an underlying since it was created.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, bytemuck::Pod, bytemuck::Zeroable)]
#[cfg_attr(feature = "anchor", derive(anchor_lang::AnchorSerialize, anchor_lang::AnchorDeserialize))]
pub struct Coverage {
    /// The window that is open.
    pub window: Window,
    /// Windows that have ended.
    pub windows: u64,
    /// Breaches of the effective scan range.
    pub effective: Breaches,
    /// Breaches of the target scan range.
    pub target: Breaches,
    /// Windows that began while the effective scan range was below 0.8 of the target.
    pub lagging_windows: u64,
    /// Breaches of the effective scan range in those.
    pub lagging: Breaches,
    /// What the breaches have taught: k counts for `1 + correction` of itself. Each window with a breach of the effective
    /// scan range adds `learning x (1 - aim)`, each without takes `learning x aim` away, within 20 %: a stochastic
    /// approximation of the quantile (Robbins and Monro 1951), slow enough that a year decides.
    pub correction: Ratio,
}

impl Window {
    /// Whether the price rose, and whether it fell, by more than a scan range. Exact.
    #[must_use]
    pub fn breaches(&self, scan: Scan) -> (bool, bool) {
        let allowed = math::wide_u(self.price.0, scan.0);
        let beyond = |moved: u64| math::wide_u(moved, SCAN_ONE.0) > allowed;
        (beyond(self.highest.0.saturating_sub(self.price.0)), beyond(self.price.0.saturating_sub(self.lowest.0)))
    }
}

impl Breaches {
    const fn count(&mut self, (up, down): (bool, bool)) {
        if up {
            self.up = self.up.saturating_add(1);
        }
        if down {
            self.down = self.down.saturating_add(1);
        }
        if up || down {
            self.either = self.either.saturating_add(1);
        }
    }
}

impl Coverage {
    /// Takes an accepted price in. The first price at or after the end of a window counts in it and closes it; then
    /// [`Self::open`] begins the next. Silence hides nothing: a window without a price at its end is closed by the next
    /// one, however late.
    ///
    /// Returns the window that was closed.
    ///
    /// # Errors
    /// `Overflow` of terms outside their bounds.
    pub fn observe(&mut self, terms: &TargetTerms, price: Price, at: Timestamp) -> Result<Option<Window>> {
        if self.window.price == Price::ZERO {
            return Ok(None);
        }
        self.window.highest = self.window.highest.max(price);
        self.window.lowest = self.window.lowest.min(price);
        if at.since(self.window.started_at) < terms.horizon {
            return Ok(None);
        }
        let closed = self.window;
        let of_effective = closed.breaches(closed.effective);
        self.correction = self.corrected(terms.learning, of_effective.0 || of_effective.1)?;
        self.windows = self.windows.saturating_add(1);
        self.effective.count(of_effective);
        self.target.count(closed.breaches(closed.target));
        if closed.lags() {
            self.lagging_windows = self.lagging_windows.saturating_add(1);
            self.lagging.count(of_effective);
        }
        self.window.price = Price::ZERO;
        Ok(Some(closed))
    }

    /// Begins a window, unless one is open, with the requirement that holds from now on.
    pub fn open(&mut self, price: Price, at: Timestamp, effective: Scan, target: Scan) {
        if self.window.price == Price::ZERO {
            self.window = Window { price, started_at: at, effective, target, highest: price, lowest: price };
        }
    }

    fn corrected(&self, learning: Ratio, breached: bool) -> Result<Ratio> {
        let learning = i128::from(learning.0);
        let weight = if breached { i128::from(AIM.0).checked_sub(i128::from(ONE.0)) } else { Some(i128::from(AIM.0)) };
        let step = weight.and_then(|weight| learning.checked_mul(weight)).ok_or(BallastError::Overflow)?;
        let step = math::div_floor(step, ONE.0.unsigned_abs())?;
        let bounds = LARGEST_CORRECTION.0;
        Ok(Ratio(self.correction.0.saturating_sub(step).clamp(bounds.saturating_neg(), bounds)))
    }
}

impl Window {
    /// Whether the effective scan range was below 0.8 of the target at the start.
    #[must_use]
    pub fn lags(&self) -> bool {
        math::wide_u(self.effective.0, 5) < math::wide_u(self.target.0, LAGGING_FIFTHS)
    }
}
