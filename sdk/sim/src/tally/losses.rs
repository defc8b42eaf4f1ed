//! The distribution of losses, in memory that does not grow: what a constant margin would have done on them.

use std::fmt;

use hdrhistogram::Histogram;

use crate::numbers::real;

/// Units of a loss of 100 %: losses are counted in 1e-9, the unit of core's `Ratio`.
const UNITS: f64 = 1e9;
/// The largest loss that is told apart, in units: 1,000 times the price. Larger ones count as this one.
const LARGEST: u64 = 1_000_000_000_000;
/// Significant digits: a loss is known to one part in ten thousand, and to the unit below 0.003 %.
const DIGITS: u8 = 4;
/// By how much of one a product of a rate and a count may miss a whole number.
const WHOLE: f64 = 1e-6;

/// A histogram of losses, as fractions of the price; negative ones count as zero. 3.5 MB, however many there are.
///
/// Losses that share a bucket (one part in ten thousand) cannot be told apart: a constant drawn from it lies at the
/// upper edge of a bucket, so that it is never too small for what it promises.
#[derive(Clone)]
pub struct Losses {
    counts: Histogram<u64>,
}

impl Losses {
    /// Without losses.
    #[must_use]
    pub fn new() -> Self {
        let Ok(counts) = Histogram::new_with_bounds(1, LARGEST, DIGITS) else {
            unreachable!("bounds and digits are constants within the histogram's limits");
        };
        Self { counts }
    }

    /// Counts a loss. What is not a number counts as the largest, so that it cannot hide.
    pub fn record(&mut self, loss: f64) {
        self.counts.saturating_record(if loss.is_nan() { LARGEST } else { units(loss) });
    }

    /// Number of losses.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.counts.len()
    }

    /// The smallest constant margin that at most the share `rate` of the losses exceeds; 0 without losses.
    #[must_use]
    pub fn constant_for(&self, rate: f64) -> f64 {
        self.constant_for_breaches(whole(rate * real(self.count()) + WHOLE))
    }

    /// The smallest constant margin that at most `breaches` of the losses exceed.
    #[must_use]
    pub fn constant_for_breaches(&self, breaches: u64) -> f64 {
        let mut above = self.count();
        if above <= breaches {
            return 0.0;
        }
        for bucket in self.counts.iter_recorded() {
            above = above.saturating_sub(bucket.count_at_value());
            if above <= breaches {
                return fraction(self.counts.highest_equivalent(bucket.value_iterated_to()));
            }
        }
        0.0
    }

    /// The share of losses that a constant margin does not cover; those in its own bucket count as covered.
    #[must_use]
    pub fn rate_of(&self, constant: f64) -> f64 {
        if self.counts.is_empty() {
            return 0.0;
        }
        let covered = self.counts.count_between(0, units(constant));
        real(self.count().saturating_sub(covered)) / real(self.count())
    }

    /// The sum of what losses exceed a constant margin by, each loss taken at the middle of its bucket.
    #[must_use]
    pub fn shortfall_of(&self, constant: f64) -> f64 {
        self.counts
            .iter_recorded()
            .map(|bucket| {
                let loss = fraction(self.counts.median_equivalent(bucket.value_iterated_to()));
                real(bucket.count_at_value()) * (loss - constant).max(0.0)
            })
            .sum()
    }
}

impl Default for Losses {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Losses {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Losses").field("count", &self.count()).finish_non_exhaustive()
    }
}

/// A loss in units, to the nearest.
fn units(loss: f64) -> u64 {
    whole(loss * UNITS + 0.5)
}

/// The whole part of a number: 0 if it is negative or none, the largest there is if it is beyond.
#[expect(clippy::as_conversions, reason = "a cast from a float saturates at both ends")]
const fn whole(number: f64) -> u64 {
    number as u64
}

fn fraction(units: u64) -> f64 {
    real(units) / UNITS
}

#[cfg(test)]
mod tests {
    #![allow(clippy::as_conversions, reason = "small counts")]

    use proptest::prelude::*;

    use super::*;

    fn of(losses: impl IntoIterator<Item = f64>) -> Losses {
        let mut counted = Losses::new();
        losses.into_iter().for_each(|loss| counted.record(loss));
        counted
    }

    /// 0.1 %, 0.2 %, ... 10 %.
    fn hundred() -> Losses {
        of((1..=100).map(|step| f64::from(step) * 0.001))
    }

    #[test]
    fn a_constant_is_exceeded_as_often_as_asked() {
        for (rate, constant) in [(0.01, 0.099), (0.10, 0.090), (0.0, 0.100), (1.0, 0.0), (0.015, 0.099)] {
            let found = hundred().constant_for(rate);
            assert!((found - constant).abs() <= 1.1e-4 * constant, "{rate}: {found}");
            assert!(hundred().rate_of(found) <= rate);
        }
        assert!((hundred().rate_of(0.0905) - 0.10).abs() < 1e-12);
    }

    #[test]
    fn a_shortfall_is_the_sum_of_excesses() {
        // 9.1 % ... 10 % above 9.05 %: 0.05 % + 0.15 % + ... + 0.95 %.
        assert!((hundred().shortfall_of(0.0905) - 0.05).abs() < 1e-4);
        assert_eq!(hundred().shortfall_of(0.2), 0.0);
    }

    #[test]
    fn small_losses_are_exact() {
        assert_eq!(of([1e-9, 2e-9, 3e-9]).constant_for_breaches(1), 2e-9);
    }

    #[test]
    fn nothing_needs_nothing() {
        let none = Losses::new();
        assert_eq!((none.constant_for(0.01), none.rate_of(0.0), none.shortfall_of(0.0)), (0.0, 0.0, 0.0));
    }

    #[test]
    fn odd_losses_are_kept_at_the_ends() {
        let odd = of([-1.0, f64::NEG_INFINITY, f64::NAN, f64::INFINITY]);
        assert_eq!(odd.rate_of(0.0), 0.5);
        assert_eq!(odd.rate_of(999.0), 0.5);
    }

    proptest! {
        #[test]
        fn constants_keep_their_promise_and_are_the_smallest(
            losses in proptest::collection::vec(0.0..0.5_f64, 1..200),
            rate in 0.0..1.0_f64,
        ) {
            let counted = of(losses.iter().copied());
            let constant = counted.constant_for(rate);
            prop_assert!(counted.rate_of(constant) <= rate + 1e-7);
            let exact = losses.iter().filter(|loss| **loss > constant + 1e-9).count();
            prop_assert!(exact as f64 <= rate * losses.len() as f64 + 1e-6);
            let smaller = counted.rate_of(constant * 0.9998 - 2e-9);
            prop_assert!(constant == 0.0 || smaller > rate - 1e-7);
        }

        #[test]
        fn shortfalls_agree_with_the_sum(
            losses in proptest::collection::vec(0.0..0.5_f64, 1..200),
            constant in 0.0..0.5_f64,
        ) {
            let exact: f64 = losses.iter().map(|loss| (loss - constant).max(0.0)).sum();
            let found = of(losses.iter().copied()).shortfall_of(constant);
            prop_assert!((found - exact).abs() <= 1e-4 * losses.len() as f64 * 0.5, "{found} {exact}");
        }
    }
}
