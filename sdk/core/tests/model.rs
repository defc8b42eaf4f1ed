//! Laws of the risk model, and its numbers against formulas in `f64` that share nothing with the crate.
#![allow(
    missing_docs,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    clippy::float_cmp,
    clippy::indexing_slicing,
    clippy::integer_division,
    clippy::unwrap_used,
    reason = "tests may panic, and compare with floats"
)]

use ballast_core::error::BallastError;
use ballast_core::model::{
    Funding, FundingTerms, PremiumMeter, Ramp, RampTerms, TargetTerms, Update, Volatility, VolatilityTerms, WeightRamp,
    WeightTerms, open_interest,
};
use ballast_core::units::{PerLot, Price, Ratio, SCAN_ONE, Scan, Timestamp, Usd, Variance};
use proptest::prelude::*;

const NOON: i64 = 1_750_075_200;
const DAY: f64 = 86_400.0;
const YEAR: f64 = 31_536_000.0;

fn at(seconds: u64) -> Timestamp {
    Timestamp(NOON + i64::try_from(seconds).unwrap())
}

fn percent(parts: i32) -> Ratio {
    Ratio::percent(parts.into())
}

#[track_caller]
fn assert_close(value: f64, truth: f64, relative: f64) {
    assert!((value - truth).abs() <= relative * truth.abs(), "{value} is not {truth}");
}

mod volatility {
    use super::*;

    /// Random numbers without a crate: xorshift64*, and the sum of twelve for a bell.
    struct Dice(u64);

    impl Dice {
        fn below(&mut self, limit: u64) -> u64 {
            self.0 ^= self.0 >> 12;
            self.0 ^= self.0 << 25;
            self.0 ^= self.0 >> 27;
            (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % limit
        }

        fn uniform(&mut self) -> f64 {
            self.below(1 << 30) as f64 / f64::from(1 << 30)
        }

        fn bell(&mut self) -> f64 {
            (0..12).map(|_| self.uniform()).sum::<f64>() - 6.0
        }
    }

    /// The model as DESIGN writes it, in floats.
    struct Reference {
        variances: [f64; 4],
        last: Option<(f64, i64)>,
    }

    impl Reference {
        fn observe(&mut self, terms: &VolatilityTerms, update: Update) {
            let price = update.price.0 as f64;
            let (previous, published) = (update.previous_published_at.0, update.published_at.0);
            let grid_time = (previous + 1..=published).rev().take(300).find(|t| t % 300 == 0);
            let Some((last_price, last_time)) = self.last else {
                self.last = Some((price, grid_time.unwrap_or(published)));
                return;
            };
            let first_missed = (last_time + 1..=last_time + 300).find(|t| t % 300 == 0).unwrap();
            let time = match grid_time {
                Some(t) if t > last_time => t,
                _ if published >= first_missed + 600 => published,
                _ => return,
            };
            let dt = (time - last_time) as f64;
            let r = ((price - last_price) / last_price).ln_1p();
            for i in 0..4 {
                let (v, c) = (self.variances[i], terms.clips[i] as f64);
                let clip = v.clamp(terms.floor.0 as f64 * 1e-18, terms.cap.0 as f64 * 1e-18);
                let keep = (-dt / terms.half_lives[i] as f64).exp2();
                let take = -(-dt / terms.half_lives[i] as f64 * std::f64::consts::LN_2).exp_m1();
                self.variances[i] = keep * v + take * (r * r).min(c * c * clip * dt) / dt;
            }
            self.last = Some((price, time));
        }

        fn variance(&self, terms: &VolatilityTerms) -> f64 {
            let mixture: f64 = (0..4).map(|i| self.variances[i] * terms.weights[i].0 as f64 * 1e-9).sum();
            mixture.clamp(terms.floor.0 as f64 * 1e-18, terms.cap.0 as f64 * 1e-18)
        }
    }

    fn annual(percents: i32) -> Variance {
        Variance::annual(percent(percents)).unwrap()
    }

    fn on_grid(step: u64, price: u64) -> Update {
        Update { price: Price(price), published_at: at(step * 300), previous_published_at: at(step * 300 - 1) }
    }

    #[test]
    fn defaults_are_ten_to_four_hundred_percent_a_year() {
        let terms = VolatilityTerms::default();
        assert_eq!((terms.floor, terms.cap), (annual(10), annual(400)));
        assert_eq!(terms.weights.iter().map(|weight| weight.0).sum::<i64>(), 1_000_000_000);
        assert_close(annual(65).0 as f64, 0.65 * 0.65 / YEAR * 1e18, 1e-10);
        assert_close(annual(65).over(3_600).unwrap().0 as f64, 0.65 * (3_600.0 / YEAR).sqrt() * 1e12, 1e-9);
    }

    /// Regimes of 20 to 160 % a year, publications every 1 to 400 s, silences and jumps.
    #[test]
    fn mixture_follows_the_formula_over_ten_thousand_steps() {
        let terms = VolatilityTerms::default();
        let start = annual(60);
        let mut volatility = Volatility::starting(start);
        let mut reference = Reference { variances: [start.0 as f64 * 1e-18; 4], last: None };
        let mut dice = Dice(0x1234_5678_9abc_def1);
        let (mut price, mut time, mut sigma) = (6.0e12_f64, NOON, 0.6);
        let (mut samples, mut worst) = (0, 0.0_f64);
        for step in 0..10_000 {
            if step % 1_000 == 0 {
                sigma = 0.2 + 1.4 * dice.uniform();
            }
            let wait = match dice.below(200) {
                0 => 1 + i64::try_from(dice.below(20_000)).unwrap(),
                _ => 1 + i64::try_from(dice.below(400)).unwrap(),
            };
            let jump = if dice.below(500) == 0 { 0.1 * dice.bell() } else { 0.0 };
            price *= (sigma * (wait as f64 / YEAR).sqrt() * dice.bell() + jump).exp();
            // Sometimes the oracle published in between and nobody brought it here.
            let previous = if dice.below(4) == 0 { time + wait - 1 } else { time };
            time += wait;
            let update = Update {
                price: Price(price as u64),
                published_at: Timestamp(time),
                previous_published_at: Timestamp(previous),
            };
            samples += usize::from(volatility.observe(&terms, update).unwrap().is_some());
            reference.observe(&terms, update);

            assert_eq!(reference.last, Some((volatility.sample_price.0 as f64, volatility.sampled_at.0)));
            for (variance, truth) in volatility.variances.iter().zip(reference.variances) {
                worst = worst.max((variance.0 as f64 * 1e-18 / truth - 1.0).abs());
            }
            let mixture = volatility.variance(&terms, Variance::ZERO).unwrap();
            assert_close(mixture.0 as f64 * 1e-18, reference.variance(&terms), 1e-7);
        }
        println!("{samples} samples; a component is off by at most {worst:e}");
        assert!(samples > 3_000 && worst < 1e-7);
    }

    #[test]
    fn slow_component_has_no_bias_at_the_floor() {
        let terms = VolatilityTerms::default();
        let mut volatility = Volatility::starting(annual(10));
        let mut reference = Reference { variances: [annual(10).0 as f64 * 1e-18; 4], last: None };
        let (mut dice, mut price) = (Dice(5), 1e12);
        for step in 1..52_000 {
            price *= (0.1 * (300.0 / YEAR).sqrt() * dice.bell()).exp();
            let update = on_grid(step, price as u64);
            volatility.observe(&terms, update).unwrap();
            reference.observe(&terms, update);
        }
        for (variance, truth) in volatility.variances.iter().zip(reference.variances) {
            assert_close(variance.0 as f64 * 1e-18, truth, 1e-6);
        }
    }

    #[test]
    fn first_price_only_starts_the_series() {
        let terms = VolatilityTerms::default();
        let mut volatility = Volatility::starting(annual(60));
        let off_grid = Update { price: Price(100_000), published_at: at(17), previous_published_at: at(16) };
        let sample = volatility.observe(&terms, off_grid).unwrap().unwrap();
        assert_eq!((sample.at, sample.elapsed, sample.log_return), (at(17), 0, 0));
        assert_eq!(volatility.variances, [annual(60); 4]);
    }

    #[test]
    fn grid_sample_is_the_first_update_at_or_after_its_time() {
        let terms = VolatilityTerms::default();
        let mut volatility = Volatility::starting(annual(60));
        volatility.observe(&terms, on_grid(1, 100_000)).unwrap();
        let mut observe = |published, previous| {
            let update =
                Update { price: Price(100_100), published_at: at(published), previous_published_at: at(previous) };
            volatility.observe(&terms, update).unwrap().map(|sample| sample.at)
        };
        assert_eq!(observe(599, 400), None, "before the time");
        assert_eq!(observe(602, 601), None, "not the first after it");
        assert_eq!(observe(602, 600), None, "another one was published at the very time");
        assert_eq!(observe(602, 599), Some(at(600)));
        assert_eq!(observe(602, 599), None, "the same time again");
        assert_eq!(observe(899, 602), None);
        assert_eq!(observe(1_499, 1_490), None, "a step less than two after the missed 900");
        assert_eq!(observe(1_500, 1_500), Some(at(1_500)), "two steps after it: any price, its true time");
        assert_eq!(observe(3_333, 1_500), Some(at(3_300)), "several times at once: the latest");
    }

    #[test]
    fn false_print_of_forty_percent_and_back_changes_sigma_by_less_than_a_tenth() {
        let terms = VolatilityTerms::default();
        let mut volatility = Volatility::starting(annual(60));
        volatility.observe(&terms, on_grid(1, 100_000_000)).unwrap();
        volatility.observe(&terms, on_grid(2, 60_000_000)).unwrap();
        volatility.observe(&terms, on_grid(3, 100_000_000)).unwrap();
        let after = volatility.variance(&terms, Variance::ZERO).unwrap();
        let change = (after.0 as f64 / annual(60).0 as f64).sqrt() - 1.0;
        assert!((0.0..0.1).contains(&change), "sigma changed by {change}");
    }

    #[test]
    fn component_revives_after_a_standstill() {
        let terms = VolatilityTerms::default();
        let mut volatility = Volatility::starting(Variance::ZERO);
        for step in 1..100 {
            let price = if step % 2 == 0 { 100_000_000 } else { 100_300_000 };
            volatility.observe(&terms, on_grid(step, price)).unwrap();
        }
        assert!(volatility.variance(&terms, Variance::ZERO).unwrap() > annual(30));
    }

    #[test]
    fn mixture_stays_within_floor_and_cap_and_above_the_index() {
        let terms = VolatilityTerms::default();
        let calm = Volatility::starting(annual(1));
        assert_eq!(calm.variance(&terms, Variance::ZERO), Ok(annual(10)));
        assert_eq!(calm.variance(&terms, annual(70)), Ok(annual(70)));
        assert_eq!(calm.variance(&terms, annual(900)), Ok(annual(400)));
        assert_eq!(Volatility::starting(annual(900)).variance(&terms, Variance::ZERO), Ok(annual(400)));
    }

    #[test]
    fn failure_changes_nothing() {
        let terms = VolatilityTerms::default();
        let mut volatility = Volatility::starting(annual(60));
        volatility.observe(&terms, on_grid(1, 100_000)).unwrap();
        let before = volatility;
        assert_eq!(volatility.observe(&terms, on_grid(2, 0)), Err(BallastError::PriceNotPositive));
        let no_memory = VolatilityTerms { half_lives: [1, 1, 1, 0], ..terms };
        assert_eq!(volatility.observe(&no_memory, on_grid(2, 100)), Err(BallastError::Overflow));
        let prehistoric = Update { published_at: Timestamp(-5), ..on_grid(2, 100) };
        assert_eq!(volatility.observe(&terms, prehistoric), Err(BallastError::Overflow));
        assert_eq!(volatility, before);
    }

    proptest! {
        /// Whoever brings updates may drop some, and bring others in between: the samples that do come in are the
        /// same for everybody, as long as nobody is silent for two steps.
        #[test]
        fn nobody_chooses_the_sample(
            waits in prop::collection::vec((1_u64..250, 90_000_u64..110_000), 20..200),
            dropped in prop::collection::vec(any::<bool>(), 200),
        ) {
            let terms = VolatilityTerms::default();
            let mut all = Volatility::starting(annual(60));
            let mut some = all;
            let (mut time, mut stream) = (0, Vec::new());
            for (wait, price) in waits {
                stream.push(Update { price: Price(price), published_at: at(time + wait), previous_published_at: at(time) });
                time += wait;
            }
            all.observe(&terms, stream[0]).unwrap();
            some.observe(&terms, stream[0]).unwrap();
            let mut samples = Vec::new();
            let mut missed = false;
            for (update, drop) in stream[1..].iter().zip(dropped) {
                if let Some(sample) = all.observe(&terms, *update).unwrap() {
                    samples.push((sample.at, sample.price));
                    // At most one sample in a row is dropped.
                    missed = drop && !missed;
                    if missed { continue; }
                } else if drop {
                    continue;
                }
                if let Some(sample) = some.observe(&terms, *update).unwrap() {
                    prop_assert!(samples.contains(&(sample.at, sample.price)));
                }
            }
        }

        /// A move hidden by skipping samples before or after it shows when the next sample comes: the variance is no
        /// smaller than what honest samples give, but for the decay within the gap.
        #[test]
        fn gaps_cannot_hide_a_move(jump_permille in -300_i64..300, steps in 2_u64..100, jump_at in 1_u64..100) {
            let jump_at = jump_at.min(steps);
            let terms = VolatilityTerms::default();
            let moved = u64::try_from(1_000_000_000 + jump_permille * 1_000_000).unwrap();
            let mut honest = Volatility::starting(annual(60));
            honest.observe(&terms, on_grid(1, 1_000_000_000)).unwrap();
            let mut silent = honest;
            for step in 1..=steps {
                let price = if step < jump_at { 1_000_000_000 } else { moved };
                honest.observe(&terms, on_grid(1 + step, price)).unwrap();
            }
            silent.observe(&terms, on_grid(1 + steps, moved)).unwrap();
            for i in 0..4 {
                let decay = (-((steps - 1) as f64) * 300.0 / terms.half_lives[i] as f64).exp2();
                let (honest, silent) = (honest.variances[i].0 as f64, silent.variances[i].0 as f64);
                prop_assert!(silent >= honest * decay * (1.0 - 1e-7), "component {i}: {silent} hides {honest}");
            }
        }

        #[test]
        fn any_numbers_give_a_variance_or_an_error(
            variances in prop::array::uniform4(any::<u64>()), price in any::<u64>(), last in any::<u64>(),
            published in any::<i64>(), previous in any::<i64>(), sampled in any::<i64>(),
        ) {
            let terms = VolatilityTerms::default();
            let mut volatility = Volatility {
                variances: variances.map(Variance), sample_price: Price(last), sampled_at: Timestamp(sampled),
            };
            let update = Update {
                price: Price(price), published_at: Timestamp(published), previous_published_at: Timestamp(previous),
            };
            if volatility.observe(&terms, update).is_ok() {
                let variance = volatility.variance(&terms, Variance::ZERO).unwrap();
                prop_assert!(variance >= terms.floor && variance <= terms.cap);
            }
        }
    }
}

mod target {
    use super::*;

    #[test]
    fn default_of_a_calm_and_of_a_crowded_market() {
        let terms = TargetTerms::default();
        let variance = Variance::annual(percent(60)).unwrap();
        let dollars = |amount| Usd::dollars(amount).unwrap();
        let calm = terms.target(variance, dollars(1_000_000), dollars(50_000_000)).unwrap();
        assert_close(calm.0 as f64, 4.5 * 0.6 * (3_600.0 / YEAR).sqrt() * 1e12, 1e-9);
        let crowded = terms.target(variance, dollars(100_000_000), dollars(50_000_000)).unwrap();
        assert_close(crowded.0 as f64, calm.0 as f64 * 2.0, 1e-9);
        assert_eq!(terms.target(variance, dollars(1), Usd::ZERO), Ok(SCAN_ONE));
        assert_eq!(terms.target(variance, Usd::ZERO, Usd::ZERO), Ok(calm));
        assert_eq!(terms.target(Variance(1), Usd::ZERO, Usd::ZERO), Ok(terms.minimum));
        assert_eq!(terms.target(variance, Usd(-1), Usd::ZERO), Err(BallastError::Overflow));
    }

    proptest! {
        #[test]
        fn follows_the_formula(
            variance in 1_000_000_u64..1_000_000_000_000, open_interest in 0_i64..1 << 56, depth in 1_000_000_000_i64..1 << 56,
            k in 1_000_000_000_i64..10_000_000_000, horizon in 60_u64..604_800, gamma in 10_000_000_i64..2_000_000_000,
        ) {
            let terms = TargetTerms { k: Ratio(k), horizon, gamma: Ratio(gamma), ..TargetTerms::default() };
            let target = terms.target(Variance(variance), Usd(open_interest), Usd(depth)).unwrap();
            let crowd = open_interest as f64 / (gamma as f64 * 1e-9 * depth as f64);
            let formula = k as f64 * 1e-9 * (variance as f64 * 1e-18 * horizon as f64).sqrt() * crowd.sqrt().max(1.0);
            let truth = formula.clamp(0.01, 1.0) * 1e12;
            let value = target.0 as f64;
            prop_assert!(value >= truth * (1.0 - 1e-14) && value <= truth * (1.0 + 1e-7), "{value} is not {truth}");
        }

        #[test]
        fn rises_with_variance_and_open_interest_and_falls_with_depth(
            variance in any::<u32>(), open_interest in any::<u32>(), depth in any::<u32>(), more in any::<u32>(),
        ) {
            let terms = TargetTerms::default();
            let target = |variance: u64, open_interest: i64, depth: i64| {
                terms.target(Variance(variance * 100), Usd(open_interest * 1_000), Usd(depth * 1_000)).unwrap()
            };
            let (v, o, d, m) = (u64::from(variance), i64::from(open_interest), i64::from(depth), i64::from(more));
            let base = target(v, o, d);
            prop_assert!(target(v + u64::from(more), o, d) >= base);
            prop_assert!(target(v, o + m, d) >= base);
            prop_assert!(target(v, o, d + m) <= base);
        }

        #[test]
        fn any_numbers_give_a_target_within_bounds_or_an_error(
            variance in any::<u64>(), open_interest in any::<i64>(), depth in any::<i64>(),
        ) {
            let terms = TargetTerms::default();
            match terms.target(Variance(variance), Usd(open_interest), Usd(depth)) {
                Ok(target) => prop_assert!(target >= terms.minimum && target <= terms.maximum),
                Err(error) => prop_assert!(error == BallastError::Overflow && (open_interest < 0 || depth < 0)),
            }
        }
    }
}

mod ramp {
    use super::*;

    fn scans() -> impl Strategy<Value = Scan> {
        (10_000_000_000_u64..=1_000_000_000_000).prop_map(Scan)
    }

    fn any_terms() -> impl Strategy<Value = RampTerms> {
        (5..=50_i32, 5..=50_i32).prop_map(|(up, down)| RampTerms::new(percent(up), percent(down)).unwrap())
    }

    /// Seconds up to a minute, a day, or a month.
    fn spans() -> impl Strategy<Value = u64> {
        prop_oneof![0_u64..60, 0_u64..86_400, 0_u64..2_592_000]
    }

    fn ramp(start: Scan, target: Scan) -> Ramp {
        Ramp { start, started_at: at(0), target }
    }

    #[test]
    fn defaults_are_a_quarter_up_and_fifteen_percent_down() {
        assert_eq!(RampTerms::new(percent(25), percent(15)), Ok(RampTerms::default()));
        for (up, down) in [(4, 15), (51, 15), (25, 4), (25, 51), (-25, 15)] {
            assert_eq!(RampTerms::new(percent(up), percent(down)), Err(BallastError::ParameterOutOfBounds));
        }
    }

    #[test]
    fn a_day_up_and_a_day_down() {
        let terms = RampTerms::default();
        let rising = ramp(Scan(40_000_000_000), Scan(90_000_000_000));
        assert_eq!(rising.effective(&terms, at(0)), Ok(Scan(40_000_000_000)));
        assert_eq!(rising.effective(&terms, Timestamp(0)), Ok(Scan(40_000_000_000)));
        assert_close(rising.effective(&terms, at(86_400)).unwrap().0 as f64, 50_000_000_000.0, 1e-10);
        assert_eq!(rising.effective(&terms, at(5 * 86_400)), Ok(Scan(90_000_000_000)));
        assert_eq!(rising.effective(&terms, Timestamp(i64::MAX)), Ok(Scan(90_000_000_000)));
        let falling = ramp(Scan(40_000_000_000), Scan(10_000_000_000));
        assert_close(falling.effective(&terms, at(86_400)).unwrap().0 as f64, 34_000_000_000.0, 1e-10);
        assert_eq!(falling.effective(&terms, Timestamp(i64::MAX)), Ok(Scan(10_000_000_000)));
    }

    #[test]
    fn lag_is_bounded() {
        let terms = RampTerms::default();
        let mut ramp = Ramp::at(Scan(20_000_000_000), at(0));
        ramp.retarget(&terms, SCAN_ONE, at(100)).unwrap();
        assert_eq!(ramp.effective(&terms, at(100)), Ok(Scan(400_000_000_000)));
        assert_close(ramp.effective(&terms, at(100 + 86_400)).unwrap().0 as f64, 500_000_000_000.0, 1e-10);
        // The closed form alone, with a start that no retargeting leaves.
        let below = super::ramp::ramp(Scan(0), SCAN_ONE);
        assert_eq!(below.effective(&terms, at(1_000_000)), Ok(Scan(400_000_000_000)));
    }

    proptest! {
        #[test]
        fn follows_the_formula(terms in any_terms(), start in scans(), target in scans(), span in spans()) {
            let value = ramp(start, target).effective(&terms, at(span)).unwrap().0 as f64;
            let (s0, s, days) = (start.0 as f64, target.0 as f64, span as f64 / DAY);
            let truth = if s0 < s {
                (0.4 * s).max(s.min(s0 * (1.0 + terms.up.0 as f64 * 1e-9).powf(days)))
            } else {
                s.max(s0 * (1.0 - terms.down.0 as f64 * 1e-9).powf(days))
            };
            // log2 is rounded to 2^-41 a day.
            let off = 1.0 + truth * (1e-12 + 4e-13 * days);
            prop_assert!((value - truth).abs() <= off, "{value} is not {truth}");
        }

        #[test]
        fn stays_between_start_and_target_and_moves_one_way(
            terms in any_terms(), start in scans(), target in scans(), span in spans(), more in spans(),
        ) {
            let ramp = ramp(start, target);
            let (early, late) = (ramp.effective(&terms, at(span)).unwrap(), ramp.effective(&terms, at(span + more)).unwrap());
            if ramp.is_rising() {
                prop_assert!(start <= early && early <= late && late <= target);
                prop_assert!(u128::from(early.0) * 5 >= u128::from(target.0) * 2);
            } else {
                prop_assert!(start >= early && early >= late && late >= target);
            }
            prop_assert_eq!(ramp.requirement_at(&terms, at(span)), Ok(early));
        }

        #[test]
        fn composes(terms in any_terms(), start in scans(), target in scans(), first in spans(), second in spans()) {
            // As retargeting leaves it: within the bound on lag.
            let whole = ramp(start.max(Scan((target.0 * 2).div_ceil(5))), target);
            let mut rest = whole;
            rest.retarget(&terms, Scan(target.0 ^ 1), at(first)).unwrap();
            rest.target = target;
            let (once, twice) =
                (whole.requirement_at(&terms, at(first + second)).unwrap(), rest.requirement_at(&terms, at(first + second)).unwrap());
            prop_assert!(once.0.abs_diff(twice.0) <= 3 + once.0 / 200_000_000_000, "{once:?} is not {twice:?}");
        }

        /// However often and to whatever targets the ramp is led, it keeps its speed limit; only the bound on lag,
        /// 0.4 of the target, may lift it faster.
        #[test]
        fn never_outruns_its_rate(
            terms in any_terms(), start in scans(), moves in prop::collection::vec((scans(), spans()), 1..50),
        ) {
            let mut ramp = Ramp::at(start, at(0));
            let (mut time, mut last) = (0, start.0 as f64);
            for (target, span) in moves {
                time += span;
                let before = ramp.effective(&terms, at(time)).unwrap().0 as f64;
                let days = span as f64 / DAY;
                let slack = 1e-11;
                prop_assert!(before <= last * (1.0 + terms.up.0 as f64 * 1e-9).powf(days) * (1.0 + slack) + 1.0);
                prop_assert!(before >= last * (1.0 - terms.down.0 as f64 * 1e-9).powf(days) * (1.0 - slack) - 1.0);
                ramp.retarget(&terms, target, at(time)).unwrap();
                let after = ramp.effective(&terms, at(time)).unwrap().0 as f64;
                prop_assert!(after == before || (after == (target.0 * 2).div_ceil(5) as f64 && after > before));
                last = after;
            }
        }

        #[test]
        fn the_same_target_changes_nothing(terms in any_terms(), start in scans(), target in scans(), times in prop::collection::vec(spans(), 1..50)) {
            let mut busy = ramp(start, target);
            for time in times {
                busy.retarget(&terms, target, at(time)).unwrap();
            }
            prop_assert_eq!(busy, ramp(start, target));
        }

        /// Every sample changes the target a little; that moves the requirement no faster than leaving it alone.
        #[test]
        fn a_busy_keeper_speeds_nothing(terms in any_terms(), start in scans(), target in scans()) {
            let idle = ramp(start, target);
            let mut busy = idle;
            for step in 1..288 {
                busy.retarget(&terms, Scan(target.0 ^ (step % 2)), at(step * 300)).unwrap();
            }
            let (idle, busy) = (idle.effective(&terms, at(86_400)).unwrap().0 as f64, busy.effective(&terms, at(86_400)).unwrap().0 as f64);
            // 0.4 of the target may lift both: the busy one then starts to rise from there.
            if start.0 * 5 >= target.0 * 2 {
                prop_assert!((busy / idle - 1.0).abs() < 1e-7, "{busy} is not {idle}");
            }
        }

        #[test]
        fn reaches_its_target_when_it_says(terms in any_terms(), start in scans(), target in scans()) {
            let ramp = ramp(start, target);
            let arrival = ramp.reaches(&terms).unwrap();
            prop_assert_eq!(ramp.effective(&terms, arrival.after(1).unwrap()), Ok(target));
            if arrival > at(2) && ramp.start.0.abs_diff(target.0) > 10 {
                let before = ramp.effective(&terms, Timestamp(arrival.0 - 2)).unwrap();
                prop_assert!(before != target);
            }
        }

        #[test]
        fn any_numbers_give_a_scan_range_or_an_error(
            start in any::<u64>(), target in any::<u64>(), started in any::<i64>(), now in any::<i64>(), other in any::<u64>(),
            up in any::<i64>(), down in any::<i64>(),
        ) {
            let terms = RampTerms { up_log2: up, down_log2: down, ..RampTerms::default() };
            let mut ramp = Ramp { start: Scan(start), started_at: Timestamp(started), target: Scan(target) };
            let _ = (ramp.effective(&terms, Timestamp(now)), ramp.reaches(&terms), ramp.retarget(&terms, Scan(other), Timestamp(now)));
        }
    }
}

mod weight {
    use super::*;

    fn weights() -> impl Strategy<Value = Ratio> {
        (0_i64..=1_000_000_000).prop_map(Ratio)
    }

    fn any_terms() -> impl Strategy<Value = WeightTerms> {
        (0_i64..=1_000_000_000, 0_i64..=1_000_000_000).prop_map(|(fall, rise)| WeightTerms {
            fall_per_day: Ratio(fall),
            rise_per_day: Ratio(rise),
            ..WeightTerms::default()
        })
    }

    fn ramp(start: Ratio, target: Ratio) -> WeightRamp {
        WeightRamp { start, started_at: at(0), target }
    }

    #[test]
    fn target_is_what_volatility_leaves() {
        let terms = WeightTerms::default();
        let target = |percents| terms.target(Variance::annual(percent(percents)).unwrap()).unwrap();
        assert_eq!(target(10), percent(95));
        assert_close(target(80).0 as f64, (1.0 - 4.5 * 0.8 * (21_600.0 / YEAR).sqrt()) * 1e9, 1e-8);
        assert_eq!(target(1_000), Ratio::ZERO);
    }

    #[test]
    fn a_day_down_and_a_day_up() {
        let terms = WeightTerms::default();
        let falling = ramp(percent(90), percent(60));
        assert_eq!(falling.effective(&terms, Timestamp(0)), Ok(percent(90)));
        assert_eq!(falling.effective(&terms, at(1)), Ok(Ratio(900_000_000 - 1_158)));
        assert_eq!(falling.effective(&terms, at(86_400)), Ok(percent(80)));
        assert_eq!(falling.effective(&terms, Timestamp(i64::MAX)), Ok(percent(60)));
        let rising = ramp(percent(60), percent(90));
        assert_eq!(rising.effective(&terms, at(1)), Ok(Ratio(600_000_000 + 578)));
        assert_eq!(rising.effective(&terms, at(86_400)), Ok(percent(65)));
        assert_eq!(rising.effective(&terms, Timestamp(i64::MAX)), Ok(percent(90)));
    }

    proptest! {
        #[test]
        fn follows_the_formula(terms in any_terms(), start in weights(), target in weights(), span in 0_u64..2_592_000) {
            let value = ramp(start, target).effective(&terms, at(span)).unwrap().0 as f64;
            let (w0, w, days) = (start.0 as f64, target.0 as f64, span as f64 / DAY);
            let truth = if w0 < w { w.min(w0 + terms.rise_per_day.0 as f64 * days) } else { w.max(w0 - terms.fall_per_day.0 as f64 * days) };
            prop_assert!(value <= truth + 1e-3 && value > truth - 1.001, "{value} is not {truth}");
        }

        #[test]
        fn never_outruns_its_rate_nor_crosses_its_target(
            terms in any_terms(), start in weights(), moves in prop::collection::vec((weights(), 0_u64..300_000), 1..50),
        ) {
            let mut ramp = WeightRamp::at(start, at(0));
            let (mut time, mut last) = (0, start.0);
            for (target, span) in moves {
                time += span;
                let now = ramp.effective(&terms, at(time)).unwrap().0;
                let span = i64::try_from(span).unwrap();
                prop_assert!(i128::from(now - last) * 86_400 <= i128::from(terms.rise_per_day.0) * i128::from(span));
                prop_assert!(i128::from(last - now - 1) * 86_400 <= i128::from(terms.fall_per_day.0) * i128::from(span));
                let (low, high) = (ramp.start.min(ramp.target).0, ramp.start.max(ramp.target).0);
                prop_assert!(low <= now && now <= high);
                ramp.retarget(&terms, target, at(time)).unwrap();
                prop_assert_eq!(ramp.effective(&terms, at(time)), Ok(Ratio(now)));
                last = now;
            }
        }

        #[test]
        fn composes_and_the_same_target_changes_nothing(
            terms in any_terms(), start in weights(), target in weights(), first in 0_u64..300_000, second in 0_u64..300_000,
        ) {
            let whole = ramp(start, target);
            let mut same = whole;
            same.retarget(&terms, target, at(first)).unwrap();
            prop_assert_eq!(same, whole);
            let rest = WeightRamp { start: whole.effective(&terms, at(first)).unwrap(), started_at: at(first), target };
            let (once, twice) = (whole.effective(&terms, at(first + second)).unwrap(), rest.effective(&terms, at(first + second)).unwrap());
            prop_assert!(twice <= once && once.0 - twice.0 <= 1);
        }

        #[test]
        fn any_numbers_give_a_weight_or_an_error(
            start in any::<i64>(), target in any::<i64>(), started in any::<i64>(), now in any::<i64>(),
            fall in any::<i64>(), rise in any::<i64>(), variance in any::<u64>(),
        ) {
            let terms = WeightTerms { fall_per_day: Ratio(fall), rise_per_day: Ratio(rise), ..WeightTerms::default() };
            let ramp = WeightRamp { start: Ratio(start), started_at: Timestamp(started), target: Ratio(target) };
            let _ = ramp.effective(&terms, Timestamp(now));
            if let Ok(weight) = terms.target(Variance(variance)) {
                prop_assert!(weight >= Ratio::ZERO && weight <= percent(95));
            }
        }
    }
}

mod interest {
    use super::*;

    #[test]
    fn a_spike_of_minutes_hardly_counts() {
        let average = open_interest::average(Usd(1_000_000_000), Usd(100_000_000_000), 300).unwrap();
        assert!(average < Usd(1_350_000_000));
        assert_eq!(open_interest::average(Usd(5), Usd(9), 0), Ok(Usd(5)));
        assert_eq!(open_interest::average(Usd(5), Usd(9), u64::MAX), Ok(Usd(9)));
        assert_eq!(open_interest::average(Usd(-5), Usd(9), 1), Err(BallastError::Overflow));
    }

    proptest! {
        #[test]
        fn follows_the_formula(previous in 0_i64..1 << 60, current in 0_i64..1 << 60, elapsed in 0_u64..1_000_000) {
            let average = open_interest::average(Usd(previous), Usd(current), elapsed).unwrap();
            let kept = (-(elapsed as f64) / open_interest::AVERAGE_HALF_LIFE as f64).exp2();
            let truth = current as f64 + (previous as f64 - current as f64) * kept;
            prop_assert!((average.0 as f64 - truth).abs() <= 1.0 + 1e-12 * truth.max(previous.max(current) as f64));
            // With a mean age of one day, exp(-t / day).
            let exponential = (-(elapsed as f64) / DAY).exp();
            prop_assert!((kept - exponential).abs() < 1e-5);
            prop_assert!(average.0 >= previous.min(current) && average.0 <= previous.max(current));
        }
    }
}

mod funding {
    use super::*;

    const MARK: PerLot = PerLot(60_000_000_000_000);

    /// Mark and a premium in 1e-6 of it.
    fn above_mark(parts: i64) -> PerLot {
        PerLot(MARK.0 + MARK.0 / 1_000_000 * parts)
    }

    #[test]
    fn minute_is_averaged_by_size_and_closes_when_it_is_over() {
        let mut meter = PremiumMeter::default();
        meter.record(at(0), 1, above_mark(1_000), MARK, 1_000).unwrap();
        meter.record(at(59), 3, above_mark(-1_000), MARK, 1_000).unwrap();
        assert_eq!(meter.cumulative_at(at(59)), Ok(0));
        assert_eq!(meter.cumulative_at(at(60)), Ok(-500_000));
        assert_eq!(meter.cumulative_at(at(6_000)), Ok(-500_000), "empty minutes add nothing");
        meter.record(at(6_000), 50, above_mark(2_000), MARK, 2).unwrap();
        assert_eq!((meter.lots, meter.cumulative), (2, -500_000));
        meter.record(at(10), 2, above_mark(0), MARK, 2).unwrap();
        assert_eq!(meter.cumulative_at(at(6_060)), Ok(500_000), "an earlier clock counts for the last minute");
    }

    #[test]
    fn fill_never_fails_for_its_size() {
        let mut meter = PremiumMeter::default();
        meter.record(at(0), u64::MAX, above_mark(1_000), MARK, u64::MAX).unwrap();
        meter.record(at(0), 1_000_000_000_000, above_mark(1_000), MARK, u64::MAX).unwrap();
        let before = meter;
        for _ in 0..20 {
            meter.record(at(0), 1_000_000_000_000, above_mark(1_000), MARK, u64::MAX).unwrap();
        }
        assert!(meter.lots > before.lots);
        assert_eq!(meter.cumulative_at(at(60)), Ok(1_000_000));
        assert_eq!(meter.record(at(0), 1, MARK, PerLot(0), 1), Err(BallastError::PriceNotPositive));
    }

    #[test]
    fn a_day_of_premium_is_paid_in_a_day() {
        let terms = FundingTerms::default();
        let mut funding = Funding::default();
        assert_eq!(funding.advance(&terms, 7, MARK, at(100)), Ok(None));
        assert_eq!(funding.advance(&terms, 7, MARK, at(3_599)), Ok(None));
        let mut paid = 0;
        for hour in 1..=24 {
            // 0.3 % above mark in each minute.
            let change = funding
                .advance(&terms, 7 + i64::try_from(hour * 60).unwrap() * 3_000_000, MARK, at(hour * 3_600 + 5))
                .unwrap();
            assert_eq!(change, Some(Usd(7_500)));
            paid += 7_500;
        }
        assert_eq!(funding.index, Usd(paid));
        assert_close(paid as f64, MARK.0 as f64 * 1e-6 * 0.003, 1e-12);
    }

    #[test]
    fn late_keeper_pays_all_hours_at_once() {
        let terms = FundingTerms { hour_cap: percent(1), day_cap: percent(5) };
        let mut funding = Funding::default();
        funding.advance(&terms, 0, MARK, at(0)).unwrap();
        let change = funding.advance(&terms, 5 * 60 * 3_000_000, MARK, at(5 * 3_600 + 1_800)).unwrap();
        assert_eq!(change, Some(Usd(5 * 7_500)));
        assert_eq!(funding.funded_at, at(5 * 3_600));
        assert_eq!(funding.advance(&terms, 0, MARK, at(6 * 3_600 - 1)), Ok(None));
    }

    #[test]
    fn caps_hold_and_forget() {
        let terms = FundingTerms { hour_cap: percent(1), day_cap: percent(2) };
        let mut funding = Funding::default();
        funding.advance(&terms, 0, MARK, at(0)).unwrap();
        let mut cumulative = 0;
        let mut changes = Vec::new();
        for hour in 1..=14 {
            cumulative += 60 * 1_000_000_000;
            changes.push(funding.advance(&terms, cumulative, MARK, at(hour * 3_600)).unwrap().unwrap());
        }
        // Noon to midnight: two hours of 1 %, then nothing; after midnight again.
        let (full, none) = (Usd(600_000), Usd(0));
        let day = [vec![full; 2], vec![none; 9], vec![full; 2], vec![none]].concat();
        assert_eq!(changes, day);
        // A cap that is lowered below what is paid takes nothing back.
        let lower = FundingTerms { day_cap: percent(1), ..terms };
        assert_eq!(funding.advance(&lower, cumulative + 60_000_000_000, MARK, at(15 * 3_600)), Ok(Some(none)));
        assert_eq!(funding.advance(&lower, cumulative + 120_000_000_000, MARK, at(40 * 3_600)), Ok(Some(Usd(600_000))));
    }

    #[test]
    fn failure_changes_nothing() {
        let terms = FundingTerms::default();
        let mut funding = Funding::default();
        funding.advance(&terms, 0, MARK, at(0)).unwrap();
        let before = funding;
        assert_eq!(funding.advance(&terms, 1, PerLot(-1), at(3_600)), Err(BallastError::PriceNotPositive));
        funding.index = Usd(i64::MAX);
        assert_eq!(funding.advance(&terms, 60_000_000_000, MARK, at(3_600)), Err(BallastError::Overflow));
        assert_eq!(funding, Funding { index: Usd(i64::MAX), ..before });
    }

    proptest! {
        #[test]
        fn meter_follows_the_formula(fills in prop::collection::vec((0_u64..100, 1_u64..10_000, -10_000_i64..10_000), 1..200)) {
            let mut meter = PremiumMeter::default();
            let (mut time, mut minutes) = (0, std::collections::BTreeMap::<u64, (f64, f64)>::new());
            for (wait, lots, parts) in fills {
                time += wait;
                meter.record(at(time), lots, above_mark(parts), MARK, 5_000).unwrap();
                let minute = minutes.entry(time / 60).or_default();
                let lots = lots.min(5_000) as f64;
                minute.0 += lots * parts as f64 * 1e-6;
                minute.1 += lots;
            }
            let truth: f64 = minutes.values().map(|(weighted, lots)| weighted / lots * 1e9).sum();
            let sum = meter.cumulative_at(at(time + 60)).unwrap() as f64;
            prop_assert!((sum - truth).abs() <= 1e-3 + minutes.len() as f64);
        }

        #[test]
        fn meter_and_funding_of_opposite_premiums_are_opposite(
            steps in prop::collection::vec((0_u64..5_000, 1_u64..10_000, -10_000_i64..10_000), 1..100),
        ) {
            let terms = FundingTerms::default();
            let (mut meters, mut fundings) = ([PremiumMeter::default(); 2], [Funding::default(); 2]);
            let mut time = 0;
            for (wait, lots, parts) in steps {
                time += wait;
                let mut changes = [0; 2];
                for (side, sign) in [1, -1].into_iter().enumerate() {
                    meters[side].record(at(time), lots, above_mark(sign * parts), MARK, 5_000).unwrap();
                    let cumulative = meters[side].cumulative_at(at(time)).unwrap();
                    changes[side] = fundings[side].advance(&terms, cumulative, MARK, at(time)).unwrap().unwrap_or(Usd(0)).0;
                }
                prop_assert_eq!(changes[0], -changes[1]);
            }
        }

        #[test]
        fn premium_of_one_sign_is_paid_one_way(steps in prop::collection::vec((0_u64..20_000, 0_i64..100_000_000_000), 1..100), mark in 1_i64..1 << 55) {
            let terms = FundingTerms::default();
            let mut funding = Funding::default();
            let (mut time, mut cumulative, mut sum) = (0, 0, 0);
            for (wait, more) in steps {
                time += wait;
                cumulative += more;
                let change = funding.advance(&terms, cumulative, PerLot(mark), at(time)).unwrap().unwrap_or(Usd(0));
                prop_assert!(change.0 >= 0);
                sum += change.0;
                prop_assert!((0..1_000_000).contains(&funding.remainder.0));
            }
            prop_assert_eq!(funding.index, Usd(sum));
        }

        #[test]
        fn caps_hold(steps in prop::collection::vec((0_u64..20_000, -200_000_000_000_i64..200_000_000_000), 1..200)) {
            let terms = FundingTerms { hour_cap: Ratio(2_000_000), day_cap: Ratio(9_000_000) };
            // A whole unit per 1e-9 of rate, so that the index shows the rate.
            let mark = PerLot(1_000_000_000_000_000);
            let mut funding = Funding::default();
            funding.advance(&terms, 0, mark, at(0)).unwrap();
            let (mut time, mut cumulative, mut funded) = (0, 0, 0);
            let mut days = std::collections::BTreeMap::<i64, i64>::new();
            for (wait, more) in steps {
                time += wait;
                cumulative += more;
                if let Some(Usd(rate)) = funding.advance(&terms, cumulative, mark, at(time)).unwrap() {
                    let hours = i64::try_from(time / 3_600).unwrap() - funded;
                    prop_assert!(hours > 0 && rate.abs() <= hours * terms.hour_cap.0);
                    let day = days.entry(at(time).0 / 86_400).or_default();
                    *day += rate;
                    prop_assert!(day.abs() <= terms.day_cap.0);
                    prop_assert_eq!(Ratio(*day), funding.paid_today);
                    funded += hours;
                }
            }
        }

        /// Uncapped, the sum of all payments is the average premium of all minutes for their share of a day.
        #[test]
        fn rate_follows_the_formula(steps in prop::collection::vec((1_u64..20_000, 20_000_000_i64..1_000_000_000), 50..300), mark in 1_i64 << 40..1 << 55) {
            let terms = FundingTerms { hour_cap: percent(100), day_cap: percent(10_000) };
            let mut funding = Funding::default();
            funding.advance(&terms, 0, PerLot(mark), at(0)).unwrap();
            let (mut time, mut cumulative, mut paid_for) = (0, 0, 0);
            for (wait, more) in steps {
                time += wait;
                cumulative += more;
                if funding.advance(&terms, cumulative, PerLot(mark), at(time)).unwrap().is_some() {
                    paid_for = cumulative;
                }
            }
            let truth = paid_for as f64 / 1_440.0 * 1e-9 * mark as f64;
            let paid = funding.index.0 as f64 * 1e6 + funding.remainder.0 as f64;
            prop_assert!((paid - truth).abs() <= 300.0 + 1e-7 * truth + mark as f64 * 1e-9, "{paid} is not {truth}");
        }

        #[test]
        fn any_numbers_give_a_result_or_an_error(
            numbers in prop::array::uniform9(any::<i64>()), lots in any::<u64>(), cap in any::<u64>(), now in any::<i64>(), price in any::<i64>(), mark in any::<i64>(),
        ) {
            let [minute, weighted, cumulative, index, remainder, seen, funded, day, paid] = numbers;
            let mut meter = PremiumMeter { minute: Timestamp(minute), weighted, lots: cap, cumulative };
            let _ = (meter.cumulative_at(Timestamp(now)), meter.record(Timestamp(now), lots, PerLot(price), PerLot(mark), cap));
            let mut funding = Funding {
                index: Usd(index), remainder: PerLot(remainder), cumulative_seen: seen, funded_at: Timestamp(funded), day, paid_today: Ratio(paid),
            };
            let _ = funding.advance(&FundingTerms::default(), cumulative, PerLot(mark), Timestamp(now));
            let wild = FundingTerms { hour_cap: Ratio(price), day_cap: Ratio(weighted) };
            let _ = funding.advance(&wild, cumulative, PerLot(mark), Timestamp(now));
        }
    }
}
