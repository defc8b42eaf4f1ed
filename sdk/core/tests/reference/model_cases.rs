//! Ramp, target, weight and averages.

use ballast_core::model::{Ramp, RampTerms, TargetTerms, WeightRamp, open_interest};
use ballast_core::units::Timestamp;

use super::account::way;
use super::build::{self, NOW};
use super::dice::Dice;
use super::model::{self, BLOCK, Speed, Target};
use super::units::{UNIT, close, dollars, ratio, scan, seconds, to_ratio, to_scan, to_usd, to_variance, variance};

fn speed(terms: &RampTerms) -> Speed {
    Speed { up: ratio(terms.up), down: ratio(terms.down) }
}

#[test]
fn effective_range_follows_the_window_at_any_time() {
    for seed in 0..20_000 {
        let mut dice = Dice::new(seed);
        let terms = build::ramp_terms(&mut dice);
        let (start, target) = (dice.scale(0.001, 2.0), dice.scale(0.001, 2.0));
        let ramp = build::ramp_from(&mut dice, start, target, 100_000);
        let time = Timestamp(ramp.started_at.0 + dice.scale(1.0, 1e7) as i64 - 100);
        let truth = way(&ramp).effective(speed(&terms), time.0);
        close("effective", seed, scan(ramp.effective(&terms, time).unwrap()), truth, 1e-11);
        close("requirement ahead", seed, scan(ramp.requirement_at(&terms, time).unwrap()), truth, 1e-11);
        let mut next = ramp;
        let target = to_scan(dice.scale(0.001, 2.0));
        next.retarget(&terms, target, time).unwrap();
        // what the lows allow at once is in the next start
        let [.., before, present] = way(&next).lows;
        let lowest = way(&next).lows.into_iter().fold(f64::INFINITY, f64::min);
        let most = (lowest * (1.0 + ratio(terms.up))).min(before.min(present) * (1.0 + ratio(terms.up) / 2.0));
        let at_once = truth.max(scan(target).min(most));
        close("start of the next", seed, scan(next.start), at_once, 1e-11);
        let later = time.0.max(ramp.started_at.0) + dice.scale(1.0, 1e6) as i64;
        let truth = way(&next).effective(speed(&terms), later);
        close("retargeted", seed, scan(next.effective(&terms, Timestamp(later)).unwrap()), truth, 1e-11);
    }
}

#[test]
fn target_follows_volatility_open_interest_and_depth() {
    for seed in 0..20_000 {
        let mut dice = Dice::new(seed);
        let terms = TargetTerms {
            k: to_ratio(dice.between(2.0, 10.0)),
            horizon: dice.whole(300, 86_400) as u64,
            minimum: to_scan(dice.scale(0.001, 0.05)),
            maximum: to_scan(dice.scale(0.05, 2.0)),
            gamma: to_ratio(dice.scale(0.01, 100.0)),
            ..TargetTerms::default()
        };
        let truth = Target {
            k: ratio(terms.k),
            horizon: terms.horizon as f64,
            gamma: ratio(terms.gamma),
            minimum: scan(terms.minimum),
            maximum: scan(terms.maximum),
        };
        let measured = to_variance(dice.scale(0.05, 20.0).powi(2) / model::YEAR);
        let (held, depth) = (to_usd(dice.scale(1e3, 1e10)), to_usd(dice.scale(1e4, 1e9)));
        let held = if dice.chance(0.05) { to_usd(0.0) } else { held };
        let depth = if dice.chance(0.05) { to_usd(0.0) } else { depth };
        let correction = to_ratio(dice.between(-0.2, 0.2));
        let expected = truth.of(variance(measured), ratio(correction), dollars(held), dollars(depth));
        close("target", seed, scan(terms.target(measured, correction, held, depth).unwrap()), expected, 2e-12);
    }
}

#[test]
fn weight_follows_volatility_and_its_straight_ramp() {
    for seed in 0..20_000 {
        let mut dice = Dice::new(seed);
        let terms = build::weight_terms(&mut dice);
        let measured = to_variance(dice.scale(0.05, 5.0).powi(2) / model::YEAR);
        let target = model::weight(ratio(terms.base_haircut), ratio(terms.k), variance(measured), terms.horizon as f64);
        let weight = terms.target(measured).unwrap();
        close("weight", seed, ratio(weight), target, 1e-9);

        let ramp =
            WeightRamp { start: to_ratio(dice.unit()), started_at: build::ago(&mut dice, 200_000), target: weight };
        let time = Timestamp(ramp.started_at.0 + dice.whole(-1_000, 2_000_000));
        let (fall, rise) = (ratio(terms.fall_per_day), ratio(terms.rise_per_day));
        let elapsed = seconds(ramp.started_at, time);
        let truth = model::ramped_weight(ratio(ramp.start), ratio(weight), fall, rise, elapsed);
        close("ramped weight", seed, ratio(ramp.effective(&terms, time).unwrap()), truth, 1e-9);
    }
}

#[test]
fn open_interest_is_averaged_over_a_day() {
    for seed in 0..10_000 {
        let mut dice = Dice::new(seed);
        let (previous, current) = (to_usd(dice.scale(1.0, 1e12)), to_usd(dice.scale(1.0, 1e12)));
        let elapsed = dice.scale(1.0, 1e6) as u64;
        let averaged = dollars(open_interest::average(previous, current, elapsed).unwrap());
        let (previous, current) = (dollars(previous), dollars(current));
        close("average", seed, averaged, model::average(previous, current, elapsed as f64, 59_888.0), UNIT);
        // the half-life in whole seconds is a day's average age to 2e-6
        let day = current + (previous - current) * (-(elapsed as f64) / model::DAY).exp();
        assert!((averaged - day).abs() <= 1e-6 * previous.max(current), "seed {seed}: {averaged} and {day}");
    }
}

#[test]
fn a_falling_ramp_arrives_at_the_second_of_its_logarithm() {
    for seed in 0..5_000 {
        let mut dice = Dice::new(seed);
        let terms = build::ramp_terms(&mut dice);
        let target = dice.scale(0.01, 1.0);
        let ramp = Ramp::from(to_scan(target * dice.scale(1.01, 4.0)), &terms, to_scan(target), NOW).unwrap();
        let exact = (scan(ramp.target) / scan(ramp.start)).ln() / (1.0 - ratio(terms.down)).ln() * model::DAY;
        let arrival = (ramp.reaches(&terms).unwrap().0 - NOW.0) as f64;
        assert!(
            (arrival - exact.ceil()).abs() <= f64::from(u8::from((exact - exact.round()).abs() < 1e-2)),
            "seed {seed}: {arrival} and {exact}"
        );
        let then = Timestamp(NOW.0 + arrival as i64 + 1);
        assert_eq!(ramp.effective(&terms, then), Ok(ramp.target), "seed {seed}");
    }
}

#[test]
fn a_rising_ramp_arrives_at_the_first_block_at_which_the_reference_does() {
    for seed in 0..5_000 {
        let mut dice = Dice::new(seed);
        let terms = build::ramp_terms(&mut dice);
        let start = dice.scale(0.01, 1.0);
        let target = to_scan(start * dice.scale(1.01, 8.0));
        let ramp = Ramp::from(to_scan(start), &terms, target, NOW).unwrap();
        let first = NOW.0.div_euclid(BLOCK);
        let arrived = |at: &i64| way(&ramp).effective(speed(&terms), *at) >= scan(ramp.target) * (1.0 - 1e-9);
        let mut stops = [NOW.0].into_iter().chain((first + 1..).map(|block| block * BLOCK));
        let expected = stops.find(arrived).unwrap();
        assert_eq!(ramp.reaches(&terms), Ok(Timestamp(expected)), "seed {seed}");
        assert_eq!(ramp.effective(&terms, Timestamp(expected)), Ok(ramp.target), "seed {seed}");
        if expected > NOW.0 {
            assert!(ramp.effective(&terms, Timestamp(expected - 1)).unwrap() < ramp.target, "seed {seed}");
        }
    }
}
