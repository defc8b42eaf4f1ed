//! The mixture on its grid, with clips and gaps.

use ballast_core::model::volatility::{COMPONENTS, HEAD_START};

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
    variances: [f64; COMPONENTS],
    last: Option<(f64, i64)>,
    first_time: i64,
}

impl Reference {
    fn starting(variance: Variance) -> Self {
        Self { variances: [variance.0 as f64 * 1e-18; COMPONENTS], last: None, first_time: 0 }
    }

    fn observe(&mut self, terms: &VolatilityTerms, update: Update) {
        let price = update.price.0 as f64;
        let (previous, published) = (update.previous_published_at.0, update.published_at.0);
        let grid_time = (previous + 1..=published).rev().take(300).find(|t| t % 300 == 0);
        let Some((last_price, last_time)) = self.last else {
            self.first_time = grid_time.unwrap_or(published);
            self.last = Some((price, self.first_time));
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
        for i in 0..COMPONENTS {
            let (v, c) = (self.variances[i], terms.clips[i] as f64);
            let clip = v.clamp(terms.floor.0 as f64 * 1e-18, terms.cap.0 as f64 * 1e-18);
            let faded = -(-dt / terms.half_lives[i] as f64 * std::f64::consts::LN_2).exp_m1();
            let gain = faded.max(dt / (1_800_000.0 + (time - self.first_time) as f64)).min(1.0);
            self.variances[i] = v + gain * ((r * r / dt).min(c * c * clip) - v);
        }
        self.last = Some((price, time));
    }

    fn variance(&self, terms: &VolatilityTerms) -> f64 {
        let mixture: f64 = (0..COMPONENTS).map(|i| self.variances[i] * terms.weights[i].0 as f64 * 1e-9).sum();
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
fn defaults_are_hours_and_months_from_ten_to_five_hundred_percent_a_year() {
    let terms = VolatilityTerms::default();
    assert_eq!((terms.half_lives, terms.clips), ([12 * 3_600, 120 * 86_400], [10, 20]));
    assert_eq!(terms.weights, [percent(60), percent(40)]);
    assert_eq!((terms.floor, terms.cap), (annual(10), annual(500)));
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
    let mut reference = Reference::starting(start);
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
    let mut reference = Reference::starting(annual(10));
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
    assert_eq!(volatility.variances, [annual(60); COMPONENTS]);
}

#[test]
fn grid_sample_is_the_first_update_at_or_after_its_time() {
    let terms = VolatilityTerms::default();
    let mut volatility = Volatility::starting(annual(60));
    volatility.observe(&terms, on_grid(1, 100_000)).unwrap();
    let mut observe = |published, previous| {
        let update = Update { price: Price(100_100), published_at: at(published), previous_published_at: at(previous) };
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

/// The clips bound what a print can do: the fast component forgets it within days, the slow one hardly sees it.
#[test]
fn false_print_of_forty_percent_and_back_adds_less_than_two_thirds_to_sigma_and_a_twelfth_after_two_days() {
    let terms = VolatilityTerms::default();
    let mut volatility = Volatility::starting(annual(60));
    let mut quiet = volatility;
    for step in 1..580 {
        let wobble = if step % 2 == 0 { 100_000_000 } else { 100_185_000 };
        quiet.observe(&terms, on_grid(step, wobble)).unwrap();
        let price = if step == 2 { 60_000_000 } else { wobble };
        volatility.observe(&terms, on_grid(step, price)).unwrap();
        let sigma = |of: &Volatility| (of.variance(&terms, Variance::ZERO).unwrap().0 as f64).sqrt();
        let added = sigma(&volatility) / sigma(&quiet) - 1.0;
        assert!(added < 2.0 / 3.0, "sigma rose by {added} in step {step}");
        assert!(step < 579 || (0.0..1.0 / 12.0).contains(&added), "{added} is left after two days");
    }
}

/// Half of what a young series learns comes from its first five hundred hours, whatever its half-lives say.
#[test]
fn a_new_market_is_known_within_weeks() {
    let terms = VolatilityTerms::default();
    let mut volatility = Volatility::starting(annual(100));
    let mut old = Volatility { started_at: Timestamp(0), ..volatility };
    old.observe(&terms, on_grid(1, 100_000_000)).unwrap();
    old.started_at = Timestamp(0);
    volatility.observe(&terms, on_grid(1, 100_000_000)).unwrap();
    assert_eq!(volatility.started_at, at(300));
    // three weeks without any move
    for step in 2..6_048 {
        volatility.observe(&terms, on_grid(step, 100_000_000)).unwrap();
        old.observe(&terms, on_grid(step, 100_000_000)).unwrap();
    }
    let left = |of: Volatility| of.variances[1].0 as f64 / annual(100).0 as f64;
    // the plain mean of 500 hours at the start and 504 of nothing
    assert_close(left(volatility), 1_800_000.0 / (1_800_000.0 + 6_046.0 * 300.0), 1e-3);
    assert_close(left(old), (-6_046.0 * 300.0 / 10_368_000.0_f64).exp2(), 1e-6);
    assert_eq!(volatility.started_at, at(300), "a series starts once");
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
    assert_eq!(calm.variance(&terms, annual(900)), Ok(annual(500)));
    assert_eq!(Volatility::starting(annual(900)).variance(&terms, Variance::ZERO), Ok(annual(500)));
}

#[test]
fn failure_changes_nothing() {
    let terms = VolatilityTerms::default();
    let mut volatility = Volatility::starting(annual(60));
    volatility.observe(&terms, on_grid(1, 100_000)).unwrap();
    let before = volatility;
    assert_eq!(volatility.observe(&terms, on_grid(2, 0)), Err(BallastError::PriceNotPositive));
    let no_memory = VolatilityTerms { half_lives: [1, 0], ..terms };
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
        for i in 0..COMPONENTS {
            // what an honest series forgets within the gap: at most its largest gain a step
            let share = (1.0 - (-300.0 / terms.half_lives[i] as f64).exp2()).max(300.0 / HEAD_START as f64);
            let decay = (1.0 - share).powf((steps - 1) as f64);
            let (honest, silent) = (honest.variances[i].0 as f64, silent.variances[i].0 as f64);
            prop_assert!(silent >= honest * decay * (1.0 - 1e-7), "component {i}: {silent} hides {honest}");
        }
    }

    #[test]
    fn any_numbers_give_a_variance_or_an_error(
        variances in prop::array::uniform2(any::<u64>()), price in any::<u64>(), last in any::<u64>(),
        published in any::<i64>(), previous in any::<i64>(), sampled in any::<i64>(), started in any::<i64>(),
    ) {
        let terms = VolatilityTerms::default();
        let mut volatility = Volatility {
            variances: variances.map(Variance), sample_price: Price(last), sampled_at: Timestamp(sampled),
            started_at: Timestamp(started),
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
