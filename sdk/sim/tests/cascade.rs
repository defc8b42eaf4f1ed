//! The cascade of 2025-10-10: depth fell by 98 % while the price fell, and what was liquidated moved the price further.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::cast_precision_loss,
    clippy::indexing_slicing,
    clippy::integer_division,
    clippy::unwrap_used,
    reason = "tests may"
)]

use ballast_core::model::Ramp;
use ballast_core::state::parameters::UnderlyingTerms;
use ballast_core::units::{Ratio, Variance};
use ballast_sim::bars::Bar;
use ballast_sim::history::{Moment, Source};
use ballast_sim::numbers;
use ballast_sim::replay::{Market, Replay, Replayed};
use ballast_sim::span::Span;
use ballast_sim::synthetic;

/// USD within a percent before, and what is left of it while the market falls.
const DEPTH: f64 = 300_000.0;
const LEFT: f64 = 0.02;
/// Hours before the crash; seconds of a bar in it.
const CALM: usize = 1_000;
const BAR: u64 = 300;

/// How requirements answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rule {
    /// As they are.
    Ramp,
    /// Target and depth of the moment at once: no ramp, no half-life.
    Step,
    /// One margin for ever, in parts in ten thousand.
    Constant(i64),
}

fn replay() -> Replay {
    Replay {
        source: Source::prices("unused.csv"),
        span: Span::ALL,
        terms: UnderlyingTerms::default(),
        traders: 400,
        seed: 10,
        impact: true,
        depth: DEPTH,
        insurance: 50_000.0,
    }
}

/// An hour in bars of five minutes: 31 % down in half of it, half of that back in the other.
fn crash(before: &Bar) -> Vec<Bar> {
    let mut price = before.close;
    let mut opened_at = before.closed_at(synthetic::PERIOD);
    let mut bars = Vec::new();
    for step in 0..12 {
        let open = price;
        price *= if step < 6 { 0.94 } else { 1.03 };
        bars.push(Bar { opened_at, open, high: open.max(price), low: open.min(price), close: price, volume: 1.0 });
        opened_at += 300;
    }
    bars
}

/// The target as it would be if depth counted as it is, put in force at once.
fn step(market: &mut Market, depth: f64) {
    let now = market.house.now();
    let row = &mut market.house.board.underlyings[0];
    let variance = row.volatility.variance(&row.volatility_terms, Variance(0)).unwrap();
    let target = row.target_terms.target(variance, row.coverage.correction, row.open_interest, numbers::usd(depth));
    row.ramp = Ramp::at(target.unwrap(), now);
}

fn constant(market: &mut Market, scan: Ratio) {
    let (now, scan) = (market.house.now(), scan.scan().unwrap());
    let row = &mut market.house.board.underlyings[0];
    (row.target_terms.minimum, row.target_terms.maximum, row.ramp) = (scan, scan, Ramp::at(scan, now));
}

fn run(rule: Rule, crashes: bool) -> Replayed {
    let replay = replay();
    let calm = synthetic::bars(CALM, 21);
    let mut market = Market::new(&replay, &calm[0]).unwrap();
    for bar in &calm {
        if let Rule::Constant(parts) = rule {
            constant(&mut market, Ratio::basis_points(parts));
        }
        market.play(&Moment { bar: *bar, index: None, depth: Some(DEPTH) }, synthetic::PERIOD).unwrap();
    }
    let mut quiet = calm[CALM - 1].close;
    for bar in crash(&calm[CALM - 1]).into_iter().filter(|_| crashes) {
        let depth = DEPTH * LEFT;
        if rule == Rule::Step {
            step(&mut market, depth);
        }
        market.play(&Moment { bar, index: None, depth: Some(depth) }, BAR).unwrap();
        assert_eq!(market.house.discrepancy().unwrap(), None);
        quiet = bar.close;
    }
    // a quiet day tells who would have been sound
    let mut opened_at = (market.house.now().0 + 3_600) / 3_600 * 3_600;
    for _ in 0..26 {
        let close = quiet;
        let bar = Bar { opened_at, open: close, high: close, low: close, close, volume: 1.0 };
        market.play(&Moment { bar, index: None, depth: Some(DEPTH) }, synthetic::PERIOD).unwrap();
        opened_at += 3_600;
    }
    market.finish(0).unwrap()
}

/// What the crash did, of what a run counts.
struct Crash {
    liquidations: u64,
    notional: f64,
    bad_debt: f64,
}

fn crash_of(rule: Rule) -> Crash {
    let (before, done) = (run(rule, false), run(rule, true));
    assert!(done.largest_impact > 0.1, "liquidations move the market: {}", done.largest_impact);
    Crash {
        liquidations: done.liquidations - before.liquidations,
        notional: done.notional_liquidated - before.notional_liquidated,
        bad_debt: done.bad_debt - before.bad_debt,
    }
}

#[track_caller]
fn assert_about(value: f64, expected: f64) {
    assert!((value / expected - 1.0).abs() < 0.1, "{value} is not about {expected}");
}

/// The same book of 400 traders through the same fall of 31 % in half an hour, by three rules. The ramp takes 266 accounts
/// and leaves 582 dollars to insurance.
///
/// Lost if depth counted at once, as an empty book would have it: 717 more accounts, 61,200 dollars more sold into it. Lost
/// with a constant margin, which needs fewer liquidations before and more after: 8,863 dollars at 1.25 %, 2,083 at 3 %.
#[test]
fn cascade_2025_10_10() {
    let ramp = crash_of(Rule::Ramp);
    assert_about(ramp.liquidations as f64, 266.0);
    assert_about(ramp.bad_debt, 582.0);

    let step = crash_of(Rule::Step);
    assert_about((step.liquidations - ramp.liquidations) as f64, 717.0);
    assert_about(step.notional - ramp.notional, 61_220.0);

    for (margin, lost) in [(125, 8_863.0), (300, 2_083.0)] {
        assert_about(crash_of(Rule::Constant(margin)).bad_debt, lost);
    }
}
