//! Tests of coverage: does a margin that promises a rate of breaches keep it, and do breaches come alone?
//!
//! - Unconditional: Kupiec 1995, *Techniques for Verifying the Accuracy of Risk Measurement Models*.
//! - Independence and conditional: Christoffersen 1998, *Evaluating Interval Forecasts*.
//! - Colours: Basel Committee 1996, *Supervisory Framework for the Use of "Backtesting"*.
//!
//! Each of the first two is a likelihood ratio `-2 ln(L0 / L1)`, which is chi-squared if the promise is kept; a p-value
//! below 5 % rejects it.

use crate::numbers::real;
use serde::Serialize;
use statrs::distribution::{Binomial, DiscreteCDF};
use statrs::function::erf::erfc;

/// Cumulative probability below which a count is green: in 95 of 100 honest tests there are fewer breaches.
const GREEN_BELOW: f64 = 0.95;
/// Cumulative probability below which a count is yellow.
const YELLOW_BELOW: f64 = 0.9999;

/// What a likelihood ratio says.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct TestOfCoverage {
    /// The likelihood ratio, at least 0; larger is worse.
    pub statistic: f64,
    /// Probability of a larger one if the promise is kept.
    pub p_value: f64,
}

impl TestOfCoverage {
    /// One degree of freedom: the square of a standard normal number.
    fn with_one_degree(statistic: f64) -> Self {
        // Rounding may leave a perfect fit a hair below zero.
        let statistic = statistic.max(0.0);
        Self { statistic, p_value: erfc((0.5 * statistic).sqrt()) }
    }

    /// Two degrees of freedom: exponential with mean 2.
    fn with_two_degrees(statistic: f64) -> Self {
        Self { statistic, p_value: (-0.5 * statistic).exp() }
    }
}

/// Kupiec's test that `breaches` of `bars` come from the probability `p`:
/// `-2 ln[((1-p)^(T-x) p^x) / ((1-x/T)^(T-x) (x/T)^x)]`, chi-squared with one degree of freedom.
///
/// At x = 0 and x = T the factors with power 0 are 1. Without bars nothing can be rejected. Breaches beyond the bars
/// count as bars.
#[must_use]
pub fn kupiec(breaches: u64, bars: u64, p: f64) -> TestOfCoverage {
    let hits = real(breaches.min(bars));
    let misses = real(bars.saturating_sub(breaches));
    let promised = log_likelihood(misses, hits, p);
    let measured = log_likelihood(misses, hits, share(hits, misses));
    TestOfCoverage::with_one_degree(-2.0 * (promised - measured))
}

/// Christoffersen's conditional coverage: both tests at once, chi-squared with two degrees of freedom.
#[must_use]
pub fn conditional_coverage(unconditional: TestOfCoverage, independence: TestOfCoverage) -> TestOfCoverage {
    TestOfCoverage::with_two_degrees(unconditional.statistic + independence.statistic)
}

/// How often calm and breach followed each other, in windows that do not overlap: overlapping ones breach together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Transitions {
    /// n00: calm after calm.
    pub from_calm_to_calm: u64,
    /// n01: a breach after calm.
    pub from_calm_to_breach: u64,
    /// n10: calm after a breach.
    pub from_breach_to_calm: u64,
    /// n11: a breach after a breach.
    pub from_breach_to_breach: u64,
    #[serde(skip)]
    last: Option<bool>,
}

impl Transitions {
    /// Counts the next window; the first has no window before it.
    pub const fn record(&mut self, breach: bool) {
        let counter = match (self.last, breach) {
            (None, _) => None,
            (Some(false), false) => Some(&mut self.from_calm_to_calm),
            (Some(false), true) => Some(&mut self.from_calm_to_breach),
            (Some(true), false) => Some(&mut self.from_breach_to_calm),
            (Some(true), true) => Some(&mut self.from_breach_to_breach),
        };
        if let Some(counter) = counter {
            *counter = counter.saturating_add(1);
        }
        self.last = Some(breach);
    }

    /// Christoffersen's test that a breach is as likely after a breach as after calm, chi-squared with one degree of
    /// freedom. Without a breach, or with nothing else, there is nothing to tell apart and it does not reject.
    #[must_use]
    pub fn independence(&self) -> TestOfCoverage {
        let [n00, n01] = [real(self.from_calm_to_calm), real(self.from_calm_to_breach)];
        let [n10, n11] = [real(self.from_breach_to_calm), real(self.from_breach_to_breach)];
        let alike = log_likelihood(n00 + n10, n01 + n11, share(n01 + n11, n00 + n10));
        let apart = log_likelihood(n00, n01, share(n01, n00)) + log_likelihood(n10, n11, share(n11, n10));
        TestOfCoverage::with_one_degree(-2.0 * (alike - apart))
    }
}

/// Basel's colour of a count of breaches, by the probability of at most as many if the promise is kept. Of 250 bars at
/// 1 % green is 0 to 4, yellow 5 to 9, red 10 and more; the probability carries that to any other number of bars.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Traffic {
    /// Below 95 %: as promised.
    Green,
    /// Below 99.99 %: in doubt.
    Yellow,
    /// The promise is broken.
    Red,
}

impl Traffic {
    /// The colour of `breaches` in `bars` at the promised probability `p`. A `p` that is no probability is red.
    #[must_use]
    pub fn of(breaches: u64, bars: u64, p: f64) -> Self {
        if bars == 0 {
            return Self::Green;
        }
        let at_most_as_many = Binomial::new(p, bars).map_or(f64::NAN, |promise| promise.cdf(breaches));
        if at_most_as_many < GREEN_BELOW {
            Self::Green
        } else if at_most_as_many < YELLOW_BELOW {
            Self::Yellow
        } else {
            Self::Red
        }
    }
}

/// `part / (part + rest)`, 0 of nothing.
fn share(part: f64, rest: f64) -> f64 {
    let all = part + rest;
    if all > 0.0 { part / all } else { 0.0 }
}

/// `ln((1-p)^misses p^hits)`, with 0^0 = 1.
fn log_likelihood(misses: f64, hits: f64, p: f64) -> f64 {
    let power = |exponent: f64, log: f64| if exponent > 0.0 { exponent * log } else { 0.0 };
    power(misses, (-p).ln_1p()) + power(hits, p.ln())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::arithmetic_side_effects, reason = "small numbers")]

    use proptest::prelude::*;

    use super::*;

    /// Breaches, bars, statistic, p-value at the promise of one in a hundred.
    const KUPIEC: [(u64, u64, f64, f64); 5] = [
        (3, 250, 0.094_940_122_664, 0.757_988_321_373),
        (10, 250, 12.955_491_062_356, 0.000_318_984_508),
        (20, 1_000, 7.827_239_152_923, 0.005_146_464_982),
        (120, 8_760, 10.851_775_863_270, 0.000_987_010_577),
        (60, 8_760, 9.875_371_957_436, 0.001_675_057_312),
    ];
    /// n00, n01, n10, n11; statistic, p-value.
    const INDEPENDENCE: [([u64; 4], f64, f64); 3] = [
        ([8_588, 84, 83, 4], 6.144_746_346_280, 0.013_180_306_969),
        ([980, 10, 9, 1], 2.792_769_472_989, 0.094_690_449_316),
        ([900, 40, 30, 30], 93.266_996_992_650, 0.000_000_000_000),
    ];
    /// Most breaches that are green and yellow in a year of hours.
    const GREEN_OF_A_YEAR: u64 = 102;
    const YELLOW_OF_A_YEAR: u64 = 123;

    #[track_caller]
    fn assert_close(actual: f64, expected: f64) {
        assert!((actual - expected).abs() <= 1e-6 * expected.abs().max(1.0), "{actual} is not {expected}");
    }

    fn transitions(calm_calm: u64, calm_breach: u64, breach_calm: u64, breach_breach: u64) -> Transitions {
        Transitions {
            from_calm_to_calm: calm_calm,
            from_calm_to_breach: calm_breach,
            from_breach_to_calm: breach_calm,
            from_breach_to_breach: breach_breach,
            last: None,
        }
    }

    #[test]
    fn kupiec_does_not_reject_the_known_ranges_at_five_percent() {
        for (bars, accepted) in [(8_760, 70..=106), (1_000, 5..=16), (250, 1..=6)] {
            for breaches in 0..=2 * accepted.end() {
                let test = kupiec(breaches, bars, 0.01);
                assert_eq!(test.p_value > 0.05, accepted.contains(&breaches), "{breaches} of {bars}: {test:?}");
                assert_eq!(test.statistic < 3.841_458_8, accepted.contains(&breaches));
            }
        }
    }

    #[test]
    fn kupiec_agrees_with_numbers_calculated_elsewhere() {
        // Python 3, math.log and math.erfc.
        for (breaches, bars, statistic, p_value) in KUPIEC {
            let test = kupiec(breaches, bars, 0.01);
            assert_close(test.statistic, statistic);
            assert_close(test.p_value, p_value);
        }
    }

    #[test]
    fn kupiec_holds_at_its_limits() {
        assert_close(kupiec(0, 250, 0.01).statistic, -500.0 * 0.99_f64.ln());
        assert_close(kupiec(250, 250, 0.01).statistic, -500.0 * 0.01_f64.ln());
        assert_close(kupiec(300, 250, 0.01).statistic, -500.0 * 0.01_f64.ln());
        assert_eq!(kupiec(0, 0, 0.01), TestOfCoverage { statistic: 0.0, p_value: 1.0 });
        assert_close(kupiec(10, 1_000, 0.01).p_value, 1.0);
        assert_eq!(kupiec(1, 10, 0.0).p_value, 0.0);
    }

    #[test]
    fn transitions_count_pairs() {
        let mut counted = Transitions::default();
        for breach in [false, false, true, true, false, true] {
            counted.record(breach);
        }
        counted.last = None;
        assert_eq!(counted, transitions(1, 2, 1, 1));
    }

    #[test]
    fn independence_agrees_with_numbers_calculated_elsewhere() {
        for ([n00, n01, n10, n11], statistic, p_value) in INDEPENDENCE {
            let test = transitions(n00, n01, n10, n11).independence();
            assert_close(test.statistic, statistic);
            assert_close(test.p_value, p_value);
        }
    }

    #[test]
    fn nothing_to_tell_apart_is_not_rejected() {
        for counted in [transitions(0, 0, 0, 0), transitions(99, 0, 0, 0), transitions(0, 0, 0, 99)] {
            assert_eq!(counted.independence(), TestOfCoverage { statistic: 0.0, p_value: 1.0 });
        }
    }

    #[test]
    fn conditional_coverage_is_the_sum_with_two_degrees() {
        let half = TestOfCoverage { statistic: 2.995_732_27, p_value: 0.083_5 };
        let both = conditional_coverage(half, half);
        assert_close(both.statistic, 5.991_464_54);
        assert_close(both.p_value, 0.05);
    }

    #[test]
    fn colours_are_those_of_basel() {
        for breaches in 0..=20 {
            let expected = match breaches {
                ..=4 => Traffic::Green,
                5..=9 => Traffic::Yellow,
                _ => Traffic::Red,
            };
            assert_eq!(Traffic::of(breaches, 250, 0.01), expected, "{breaches}");
        }
    }

    #[test]
    fn colours_carry_to_other_lengths() {
        // Cumulative binomial by summation in Python: 8,760 bars at 1 %.
        assert_eq!(Traffic::of(GREEN_OF_A_YEAR, 8_760, 0.01), Traffic::Green);
        assert_eq!(Traffic::of(GREEN_OF_A_YEAR + 1, 8_760, 0.01), Traffic::Yellow);
        assert_eq!(Traffic::of(YELLOW_OF_A_YEAR, 8_760, 0.01), Traffic::Yellow);
        assert_eq!(Traffic::of(YELLOW_OF_A_YEAR + 1, 8_760, 0.01), Traffic::Red);
        assert_eq!(Traffic::of(0, 0, 0.01), Traffic::Green);
        assert_eq!(Traffic::of(10, 10, 0.01), Traffic::Red);
        assert_eq!(Traffic::of(0, 10, f64::NAN), Traffic::Red);
    }

    proptest! {
        #[test]
        fn probabilities_are_probabilities(breaches in 0_u64..20_000, bars in 0_u64..20_000, p in 0.0..=1.0_f64) {
            let test = kupiec(breaches, bars, p);
            prop_assert!(test.statistic >= 0.0 && (0.0..=1.0).contains(&test.p_value), "{test:?}");
        }

        #[test]
        fn independence_is_a_probability(counts in any::<[u16; 4]>()) {
            let [n00, n01, n10, n11] = counts.map(u64::from);
            let test = transitions(n00, n01, n10, n11).independence();
            prop_assert!(test.statistic >= 0.0 && (0.0..=1.0).contains(&test.p_value), "{test:?}");
        }

        #[test]
        fn colours_never_lighten_with_breaches(bars in 1_u64..5_000, breaches in 0_u64..200) {
            let shade = |breaches| match Traffic::of(breaches, bars, 0.01) {
                Traffic::Green => 0,
                Traffic::Yellow => 1,
                Traffic::Red => 2,
            };
            prop_assert!(shade(breaches + 1) >= shade(breaches));
        }
    }
}
