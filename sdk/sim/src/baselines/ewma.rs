//! The market's volatility of late, bare: no ramp, no floor. What a value-at-risk margin is before anybody tames it.

use super::{Baseline, FULLY_FUNDED};
use crate::bars::Bar;
use crate::numbers::real;

/// Seconds after which a return counts half: a day, the fastest that venues and clearing houses use for crypto.
pub const EWMA_HALF_LIFE: u64 = 86_400;
/// Seconds of history before the average counts: four half-lives, when fifteen sixteenths of its final weight is there.
const WARM_UP: u64 = 345_600;

/// `scale x sigma x sqrt(horizon)`, sigma from an exponential average of squared returns from close to close.
///
/// `v <- L v + (1 - L) r^2 / dt`, `L = 2^(-dt / half-life)`, divided by the weight gathered so far, so that nothing needs
/// to be assumed before the first bar. With daily bars it averages little more than two returns.
#[derive(Clone, Debug)]
pub struct Ewma {
    scale: f64,
    /// Square root of the horizon's seconds.
    horizon_root: f64,
    last: Option<(i64, f64)>,
    weighted_variance: f64,
    weight: f64,
    seen: u64,
}

/// A return from one close to the next.
#[derive(Clone, Copy, Debug)]
pub(super) struct Step {
    /// Squared logarithm of the ratio of the prices.
    pub(super) squared_return: f64,
    /// Time between them.
    pub(super) seconds: u64,
}

impl Ewma {
    /// `scale` standard deviations over `horizon` seconds.
    #[must_use]
    pub fn new(scale: f64, horizon: u64) -> Self {
        Self { scale, horizon_root: real(horizon).sqrt(), last: None, weighted_variance: 0.0, weight: 0.0, seen: 0 }
    }

    /// Takes a closed bar. A gap counts with its true length; the first return is from the open.
    pub(super) fn step(&mut self, bar: &Bar, period: u64) -> Step {
        let closed_at = bar.closed_at(period);
        let (seconds, price) = self.last.map_or((period, bar.open), |(at, price)| (closed_at.abs_diff(at), price));
        let seconds = seconds.max(1);
        let squared_return = (bar.close / price).ln().powi(2);
        let kept = (-real(seconds) / real(EWMA_HALF_LIFE)).exp2();
        self.weighted_variance = kept * self.weighted_variance + (1.0 - kept) * squared_return / real(seconds);
        self.weight = kept * self.weight + (1.0 - kept);
        self.seen = self.seen.saturating_add(seconds);
        self.last = Some((closed_at, bar.close));
        Step { squared_return, seconds }
    }

    /// The margin of a variance per second.
    pub(super) fn margin_of(&self, variance: f64) -> f64 {
        self.scale * variance.sqrt() * self.horizon_root
    }
}

impl Baseline for Ewma {
    fn name(&self) -> &'static str {
        "ewma"
    }

    fn margin(&self) -> f64 {
        if self.weight > 0.0 { self.margin_of(self.weighted_variance / self.weight) } else { FULLY_FUNDED }
    }

    fn observe(&mut self, bar: &Bar, period: u64) {
        self.step(bar, period);
    }

    fn is_ready(&self) -> bool {
        self.seen >= WARM_UP
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{assert_close, hourly, observe, zigzag};
    use super::*;

    #[test]
    fn steady_moves_give_their_own_size() {
        let mut ewma = Ewma::new(4.0, 3_600);
        observe(&mut ewma, &zigzag(0.01, 200));
        // An hour moves by 1 %, four of it over an hour.
        assert_close(ewma.margin(), 0.04);
        let mut longer = Ewma::new(4.0, 4 * 3_600);
        observe(&mut longer, &zigzag(0.01, 200));
        assert_close(longer.margin(), 0.08);
    }

    #[test]
    fn a_return_counts_half_after_a_day() {
        // A move of 1 %, then calm: weights 1 and 2^(-1/24) ... 2^(-24/24) of geometric sum.
        let mut closes = vec![101.0];
        closes.extend([101.0; 24]);
        let mut ewma = Ewma::new(1.0, 3_600);
        observe(&mut ewma, &hourly(&closes));
        let kept = 0.5_f64.powf(1.0 / 24.0);
        let share = (1.0 - kept) * kept.powi(24) / (1.0 - kept.powi(25));
        assert_close(ewma.margin(), 1.01_f64.ln() * share.sqrt());
    }

    #[test]
    fn before_the_first_bar_it_is_fully_funded_and_later_ready() {
        let mut ewma = Ewma::new(4.0, 3_600);
        assert_eq!((ewma.margin(), ewma.is_ready()), (1.0, false));
        observe(&mut ewma, &zigzag(0.01, 95));
        assert!(!ewma.is_ready());
        let mut ewma = Ewma::new(4.0, 3_600);
        observe(&mut ewma, &zigzag(0.01, 96));
        assert!(ewma.is_ready());
    }

    #[test]
    fn a_gap_counts_with_its_length() {
        let mut bars = hourly(&[101.0, 102.01]);
        bars[1].opened_at = 4 * 3_600;
        let mut ewma = Ewma::new(1.0, 3_600);
        observe(&mut ewma, &bars);
        let squared = 1.01_f64.ln().powi(2);
        let (first, second) = (1.0 - 0.5_f64.powf(1.0 / 24.0), 1.0 - 0.5_f64.powf(4.0 / 24.0));
        let variance = (first * (1.0 - second) * squared + second * squared / 4.0) / (first * (1.0 - second) + second);
        assert_close(ewma.margin(), variance.sqrt());
    }
}
