//! A history of nobody's market, for who has none at hand: hourly bars with clustered volatility and jumps, seeded.
//!
//! The logarithm of volatility wanders back to its mean within days, jumps come a few times a month, and each bar is
//! twelve steps, so that highs and lows are those of a path. It looks like crypto; it says nothing about it.

use std::fmt::Write as _;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

use crate::bars::Bar;
use crate::numbers::real;

/// Seconds of a bar.
pub const PERIOD: u64 = 3_600;
/// First bar: 2020-01-01.
const START: i64 = 1_577_836_800;
/// Steps of a bar.
const STEPS: u32 = 12;
/// Mean yearly volatility.
const MEAN_SIGMA: f64 = 0.6;
/// Part of its distance to the mean that log volatility keeps in an hour: half-life two days.
const KEEPS: f64 = 0.985_6;
/// Standard deviation of log volatility.
const SPREAD: f64 = 0.6;
/// Chance of a jump in an hour.
const JUMP_CHANCE: f64 = 0.005;
/// Standard deviation of a jump.
const JUMP: f64 = 0.03;
/// Hours of a year.
const HOURS: f64 = 8_760.0;

/// Bars of a seed.
#[must_use]
pub fn bars(count: usize, seed: u64) -> Vec<Bar> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let (mut price, mut level) = (10_000.0_f64, 0.0_f64);
    let mut bars = Vec::with_capacity(count);
    let mut opened_at = START;
    for _ in 0..count {
        let shock: f64 = StandardNormal.sample(&mut random);
        level = KEEPS * level + SPREAD * (1.0 - KEEPS * KEEPS).sqrt() * shock;
        let step = MEAN_SIGMA * level.exp() / (HOURS * f64::from(STEPS)).sqrt();
        let jump_at = if random.random_bool(JUMP_CHANCE) { random.random_range(0..STEPS) } else { STEPS };
        let open = price;
        let (mut high, mut low) = (price, price);
        for at in 0..STEPS {
            let normal: f64 = StandardNormal.sample(&mut random);
            let jump: f64 = if at == jump_at { StandardNormal.sample(&mut random) } else { 0.0 };
            price = (price * (step * normal + JUMP * jump).exp()).clamp(1.0, 1e7);
            high = high.max(price);
            low = low.min(price);
        }
        let volume = real(random.random_range(1..1_000));
        bars.push(Bar { opened_at, open, high, low, close: price, volume });
        opened_at = opened_at.saturating_add_unsigned(PERIOD);
    }
    bars
}

/// Bars as a file.
#[must_use]
pub fn to_csv(bars: &[Bar]) -> String {
    let mut text = "timestamp,open,high,low,close,volume\n".to_owned();
    for bar in bars {
        let Bar { opened_at, open, high, low, close, volume } = bar;
        let _never_fails = writeln!(text, "{opened_at},{open:.8},{high:.8},{low:.8},{close:.8},{volume}");
    }
    text
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::arithmetic_side_effects, reason = "tests may")]
mod tests {
    use super::*;
    use crate::bars::Bars;

    #[test]
    fn a_seed_gives_one_history_and_it_can_be_read_back() {
        let made = bars(500, 3);
        assert_eq!(made, bars(500, 3));
        assert_ne!(made, bars(500, 4));
        let read = Bars::from_reader("synthetic", std::io::Cursor::new(to_csv(&made))).unwrap();
        let read: Vec<Bar> = read.collect::<Result<_, _>>().unwrap();
        assert_eq!(read.len(), 500);
        assert!((read[499].close / made[499].close - 1.0).abs() < 1e-9);
    }

    #[test]
    fn volatility_clusters() {
        let made = bars(20_000, 1);
        let squares: Vec<f64> = made.iter().map(|bar| (bar.close / bar.open).ln().powi(2).min(1e-3)).collect();
        let mean = squares.iter().sum::<f64>() / 20_000.0;
        let covariance: f64 = squares.windows(2).map(|pair| (pair[0] - mean) * (pair[1] - mean)).sum();
        let variance: f64 = squares.iter().map(|square| (square - mean).powi(2)).sum();
        assert!(covariance / variance > 0.1, "neighbours are alike: {:.2}", covariance / variance);
    }
}
