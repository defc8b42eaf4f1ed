//! The simulator against the model's formulas in floats, written apart from it.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::indexing_slicing,
    clippy::integer_division,
    clippy::unwrap_used,
    reason = "tests may"
)]

use ballast_core::state::parameters::UnderlyingTerms;
use ballast_sim::backtest::{Backtest, FittedOn};
use ballast_sim::bars::Bar;
use ballast_sim::baselines::Reference;
use ballast_sim::history::Source;
use ballast_sim::model::Model;
use ballast_sim::span::Span;
use ballast_sim::synthetic;

const HOURS_OF_YEAR: f64 = 8_760.0;

/// The model of an hour's bars, as the formulas say it.
struct Reference64 {
    terms: UnderlyingTerms,
    variances: [f64; 2],
    correction: f64,
    age: f64,
    effective: f64,
    /// The target that the ramp leads to.
    aim: f64,
    /// Every scan range that was in force and its time, hour by hour.
    past: Vec<(i64, f64)>,
    breaches: [u64; 3],
}

impl Reference64 {
    fn new(terms: UnderlyingTerms, at: i64) -> Self {
        let sigma = terms.starting_sigma.0 as f64 * 1e-9;
        let mut this = Self {
            terms,
            variances: [sigma * sigma / HOURS_OF_YEAR; 2],
            correction: 0.0,
            age: 0.0,
            effective: 0.0,
            aim: 0.0,
            past: Vec::new(),
            breaches: [0; 3],
        };
        this.aim = this.target();
        this.effective = this.aim;
        this.past.push((at, this.effective));
        this
    }

    fn target(&self) -> f64 {
        let year = |sigma: i64| (sigma as f64 * 1e-9).powi(2) / HOURS_OF_YEAR;
        let mixture: f64 = (0..2).map(|i| self.terms.weights[i].0 as f64 * 1e-9 * self.variances[i]).sum();
        let variance = mixture.clamp(year(self.terms.sigma_floor.0), year(self.terms.sigma_cap.0));
        let target = self.terms.k.0 as f64 * 1e-9 * (1.0 + self.correction) * variance.sqrt();
        target.clamp(self.terms.scan_minimum.0 as f64 * 1e-9, self.terms.scan_maximum.0 as f64 * 1e-9)
    }

    fn observe(&mut self, bar: &Bar, previous_close: f64) {
        let (up, down) = (bar.high / previous_close - 1.0, 1.0 - bar.low / previous_close);
        let (up, down) = (up > self.effective, down > self.effective);
        let learning = self.terms.learning.0 as f64 * 1e-9;
        for (count, happened) in self.breaches.iter_mut().zip([up, down, up || down]) {
            *count += u64::from(happened);
        }
        self.correction += if up || down { learning * 0.99 } else { -learning * 0.01 };
        self.correction = self.correction.clamp(-0.2, 0.2);

        self.age += 1.0;
        let square = (bar.close / previous_close).ln().powi(2);
        for i in 0..2 {
            let half_life = self.terms.half_lives[i] as f64 / 3_600.0;
            let share = (1.0 - (-1.0 / half_life).exp2()).max(1.0 / (500.0 + self.age));
            let year = |sigma: i64| (sigma as f64 * 1e-9).powi(2) / HOURS_OF_YEAR;
            let own = self.variances[i].clamp(year(self.terms.sigma_floor.0), year(self.terms.sigma_cap.0));
            let most = (self.terms.clips[i] * self.terms.clips[i]) as f64 * own;
            self.variances[i] += share * (square.min(most) - self.variances[i]);
        }
        self.step(bar.opened_at + 3_600);
    }

    /// First on with the old target until now, then towards the new one.
    fn step(&mut self, at: i64) {
        let least = self.effective * (1.0 - self.terms.down.0 as f64 * 1e-9).powf(1.0 / 24.0);
        self.effective = if self.effective > self.aim {
            self.aim.max(least)
        } else {
            self.aim.min(self.most(at)).max(self.effective)
        };
        self.past.push((at, self.effective));
        self.aim = self.target();
        if self.aim > self.effective {
            self.effective = self.aim.min(self.most(at)).max(self.effective);
        }
        self.past.push((at, self.effective));
    }

    /// At most so much above the lowest of this block of six hours and the four before.
    fn most(&self, at: i64) -> f64 {
        let first_block = at / 21_600 - 4;
        let low = self.past.iter().rev().take(80).filter(|(then, _)| then / 21_600 >= first_block);
        let low = low.map(|(_, effective)| *effective).fold(f64::INFINITY, f64::min);
        let recent = self.past.iter().rev().take(80).filter(|(then, _)| then / 21_600 >= first_block + 3);
        let recent = recent.map(|(_, effective)| *effective).fold(f64::INFINITY, f64::min);
        let up = self.terms.up.0 as f64 * 1e-9;
        ((1.0 + up) * low).min((1.0 + up / 2.0) * recent)
    }
}

#[test]
fn the_requirement_follows_the_formulas_for_a_year() {
    let bars = synthetic::bars(8_760, 2);
    let terms = UnderlyingTerms::default();
    let mut model = Model::new(&terms, &bars[0]).unwrap();
    let mut reference = Reference64::new(terms, bars[0].opened_at);
    let mut previous = bars[0].open;
    let mut worst = 0.0_f64;
    for bar in &bars {
        let requirement = model.observe(bar, 3_600).unwrap();
        reference.observe(bar, previous);
        previous = bar.close;
        worst = worst.max((requirement.effective / reference.effective - 1.0).abs());
        worst = worst.max((requirement.target / reference.target() - 1.0).abs());
    }
    assert!(worst < 1e-6, "off by {worst:e}");
    let coverage = &model.row().coverage;
    assert_eq!(coverage.windows, 8_760);
    let counted = [coverage.effective.up, coverage.effective.down, coverage.effective.either];
    assert_eq!(counted, reference.breaches);
    assert!(counted.iter().all(|count| *count > 10), "a year without breaches tests nothing: {counted:?}");
}

fn backtest(bars: &[Bar], from: i64, name: &str) -> ballast_sim::backtest::Backtested {
    let file = std::env::temp_dir().join(format!("ballast-{name}-{}.csv", std::process::id()));
    std::fs::write(&file, synthetic::to_csv(bars)).unwrap();
    let backtest = Backtest {
        source: Source::prices(&file),
        span: Span { from, to: i64::MAX },
        terms: UnderlyingTerms::default(),
        horizon: 3_600,
        reference: Reference::STANDARD,
    };
    let mut seen = 0;
    let tested = backtest.run(&mut |_, _, _| seen += 1).unwrap();
    std::fs::remove_file(file).unwrap();
    assert_eq!(seen, tested.figures.bars);
    tested
}

#[test]
fn a_backtest_counts_what_the_chain_would_count() {
    let bars = synthetic::bars(3_000, 4);
    let tested = backtest(&bars, bars[1_000].opened_at, "counts");
    assert_eq!((tested.figures.bars, tested.figures.windows), (2_000, 2_000));
    assert_eq!(tested.baselines_fitted_on, FittedOn::BarsBefore);
    let mut reference = Reference64::new(UnderlyingTerms::default(), bars[0].opened_at);
    let (mut previous, mut before) = (bars[0].open, [0; 3]);
    for (place, bar) in bars.iter().enumerate() {
        if place == 1_000 {
            before = reference.breaches;
        }
        reference.observe(bar, previous);
        previous = bar.close;
    }
    let expected = [0, 1, 2].map(|side| reference.breaches[side] - before[side]);
    assert_eq!([tested.figures.breaches_up, tested.figures.breaches_down, tested.figures.breaches], expected);
    assert_eq!(tested.baselines.len(), 9);
    // the fitted constant on the same windows, counted here
    let constant = tested.scales.constant;
    let pairs = bars[999..].windows(2);
    let breaches =
        pairs.filter(|pair| (pair[1].high / pair[0].close - 1.0).max(1.0 - pair[1].low / pair[0].close) > constant);
    assert_eq!(tested.baselines["constant"].breaches, breaches.count() as u64);
}

#[test]
fn without_earlier_bars_the_baselines_are_fitted_in_hindsight_and_it_says_so() {
    let tested = backtest(&synthetic::bars(401, 4), i64::MIN, "hindsight");
    assert_eq!(tested.baselines_fitted_on, FittedOn::JudgedBars);
    let constant = &tested.baselines["constant"];
    // the first bar is what it starts from
    assert_eq!(constant.windows, 400);
    assert!((3..=4).contains(&constant.breaches), "{}", constant.breaches);
}

#[test]
fn a_rise_never_exceeds_a_quarter_within_a_day() {
    for seed in 0..6 {
        let mut bars = synthetic::bars(2_000, seed);
        // and a crash that no volatility foresaw
        for bar in &mut bars[1_500..] {
            for price in [&mut bar.open, &mut bar.high, &mut bar.low, &mut bar.close] {
                *price *= 0.6;
            }
        }
        let tested = backtest(&bars, i64::MIN, &format!("rise{seed}"));
        assert!(tested.figures.largest_rise_within_24h.unwrap() <= 1.25);
    }
}

#[test]
fn a_gap_is_one_long_window_and_hides_nothing() {
    let mut bars = synthetic::bars(200, 4);
    bars.drain(100..103);
    for bar in &mut bars[100..] {
        for price in [&mut bar.open, &mut bar.high, &mut bar.low, &mut bar.close] {
            *price *= 0.7;
        }
    }
    let tested = backtest(&bars, i64::MIN, "gap");
    assert_eq!((tested.quality.gaps, tested.quality.missing_bars), (1, 3));
    // 197 bars, and the gap between two of them
    assert_eq!((tested.figures.bars, tested.figures.windows), (197, 198));
    assert!(tested.figures.breaches_down > 0);
    assert!(tested.figures.worst_shortfall > 0.2);
}
