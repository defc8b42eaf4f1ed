//! The mixture over random histories: grid, clip, gaps and index.

use ballast_core::model;
use ballast_core::model::volatility::YEAR;
use ballast_core::model::{Update, VolatilityTerms};
use ballast_core::units::{Price, Timestamp};

use super::build::NOW;
use super::dice::Dice;
use super::model::Volatility;
use super::units::{close, ratio, to_ratio, to_variance, variance};

fn terms(dice: &mut Dice) -> VolatilityTerms {
    let mut terms = VolatilityTerms {
        floor: to_variance(dice.scale(0.01, 0.2).powi(2) / YEAR as f64),
        cap: to_variance(dice.scale(2.0, 10.0).powi(2) / YEAR as f64),
        ..VolatilityTerms::default()
    };
    if dice.chance(0.5) {
        terms.half_lives = [0; 2].map(|_| dice.scale(3_600.0, 1e7) as u64);
        terms.clips = [0; 2].map(|_| dice.whole(2, 20) as u64);
        let shares = [0.0; 2].map(|_: f64| dice.unit());
        let sum: f64 = shares.iter().sum();
        terms.weights = shares.map(|share| to_ratio(share / sum));
    }
    terms
}

/// One step of a price: quiet, wild, or none.
fn moved(dice: &mut Dice, price: f64) -> f64 {
    let bell: f64 = (0..12).map(|_| dice.unit()).sum::<f64>() - 6.0;
    let jump = if dice.chance(0.02) { dice.between(-0.5, 0.5) } else { 0.0 };
    if dice.chance(0.05) { price } else { (price * (0.002 * bell + jump).exp()).clamp(1e4, 1e15) }
}

#[test]
fn mixture_follows_the_reference_over_random_histories() {
    let mut samples = 0;
    for seed in 0..600 {
        let mut dice = Dice::new(seed);
        let terms = terms(&mut dice);
        let start = to_variance(dice.scale(0.3, 3.0).powi(2) / YEAR as f64);
        let mut measured = model::Volatility::starting(start);
        let mut truth = Volatility {
            half_lives: terms.half_lives.map(|seconds| seconds as f64),
            weights: terms.weights.map(ratio),
            clips: terms.clips.map(|clip| clip as f64),
            floor: variance(terms.floor),
            cap: variance(terms.cap),
            variances: [variance(start); 2],
            last: None,
            first: 0,
        };
        let mut price = dice.scale(1e6, 1e12);
        let mut time = NOW.0 + dice.whole(0, 1_000);
        let longest = [10, 100, 400, 2_000, 100_000][dice.whole(0, 4) as usize];
        for step in 0..300 {
            price = moved(&mut dice, price);
            time += dice.whole(1, longest);
            let previous = time - if dice.chance(0.7) { dice.whole(1, 3) } else { dice.whole(1, longest) };
            let update = Update {
                price: Price(price as u64),
                published_at: Timestamp(time),
                previous_published_at: Timestamp(previous),
            };
            let sample = measured.observe(&terms, update).unwrap();
            let sampled = truth.observe(update.price.0 as f64, time, previous);
            assert_eq!(sample.is_some(), sampled, "seed {seed}, step {step}: {update:?}");
            samples += u64::from(sampled);
            if let (Some(sample), Some((_, at))) = (sample, truth.last) {
                assert_eq!(sample.at.0, at, "seed {seed}, step {step}");
            }
            for i in 0..2 {
                let (value, exact) = (variance(measured.variances[i]), truth.variances[i]);
                // each rounding of 1e-18 is remembered for a half-life
                let memory = (terms.half_lives[i] as f64 / 300.0).sqrt().max(1.0);
                close(&format!("component {i} at step {step}"), seed, value, exact, 2e-18 * memory);
            }
            let index = to_variance(dice.scale(0.1, 5.0).powi(2) / YEAR as f64);
            let mixed = variance(measured.variance(&terms, index).unwrap());
            close("mixture", seed, mixed, truth.mixture(variance(index)), 1e-16);
        }
    }
    assert!(samples > 50_000, "{samples} samples");
}

#[test]
fn sigma_is_the_root_of_variance_over_a_horizon() {
    for seed in 0..10_000 {
        let mut dice = Dice::new(seed);
        let sigma = dice.scale(0.01, 20.0);
        let annual = ballast_core::units::Variance::annual(to_ratio(sigma)).unwrap();
        close("annual variance", seed, variance(annual), ratio(to_ratio(sigma)).powi(2) / YEAR as f64, 1e-18);
        let horizon = dice.whole(60, 604_800) as u64;
        let moved = annual.over(horizon).unwrap().0 as f64 / 1e12;
        close("sigma over a horizon", seed, moved, (variance(annual) * horizon as f64).sqrt(), 1e-12);
    }
}
