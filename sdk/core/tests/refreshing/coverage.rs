//! Coverage as refresh writes it.

use ballast_core::clearing::{Refreshed, create_underlying, measure};
use ballast_core::error::BallastError;
use ballast_core::model::{Coverage, Enters, Update, Window};
use ballast_core::units::{Price, Ratio, Scan, Timestamp};
use proptest::prelude::*;

use crate::common::{BTC, BTC_PRICE, Dice, World, moved, underlying_terms};

fn coverage(world: &World) -> Coverage {
    world.board.underlyings[usize::from(BTC)].coverage
}

fn refresh(world: &mut World, price: i64) -> Refreshed {
    world.refresh(BTC, price, price, price / 5_000, None).unwrap()
}

#[test]
fn a_wide_price_moves_neither_volatility_nor_coverage() {
    let mut world = World::new();
    let row = |world: &World| world.board.underlyings[usize::from(BTC)];
    let before = row(&world);
    world.pass(4_000);
    let price = moved(BTC_PRICE, -5_000);
    let done = world.refresh(BTC, price, price, price / 50, None).unwrap();
    let after = row(&world);
    assert!(done.wide && !done.measured.sampled && done.measured.closed.is_none());
    assert_eq!((after.volatility, after.coverage, after.ramp), (before.volatility, before.coverage, before.ramp));
    assert_eq!(after.price, Price(price as u64), "the board has it");
    // the next good one closes the window that it could not
    world.pass(5);
    let done = refresh(&mut world, BTC_PRICE);
    assert_eq!(done.measured.closed.map(|window| window.lowest), Some(Price(BTC_PRICE as u64)));
}

#[test]
fn a_wide_first_price_opens_no_window() {
    let mut world = World::new();
    let row = create_underlying(&world.set_up(), &mut world.board, None, &underlying_terms(4), world.clock).unwrap();
    let window = |world: &World| world.board.underlyings[usize::from(row)].coverage.window;
    world.refresh(row, BTC_PRICE, BTC_PRICE, BTC_PRICE / 50, None).unwrap();
    assert_eq!(window(&world), Window::default());
    world.pass(5);
    world.price(row, moved(BTC_PRICE, 10));
    assert_eq!((window(&world).price, window(&world).started_at), (Price(moved(BTC_PRICE, 10) as u64), world.clock));
}

#[test]
fn a_long_silence_is_closed_by_the_next_price() {
    let mut world = World::new();
    let opened = coverage(&world).window;
    assert_eq!(opened.price, Price(BTC_PRICE as u64));
    world.pass(86_400 * 3);
    let done = refresh(&mut world, moved(BTC_PRICE, -2_000));
    let closed = done.measured.closed.unwrap();
    assert_eq!((closed.started_at, closed.lowest), (opened.started_at, Price(moved(BTC_PRICE, -2_000) as u64)));
    let now = coverage(&world);
    assert_eq!((now.windows, now.effective.down, now.effective.up), (1, 1, 0));
    assert_eq!((now.window.price, now.window.started_at), (Price(moved(BTC_PRICE, -2_000) as u64), world.clock));
}

#[test]
fn a_window_begins_with_what_holds_after_its_first_price() {
    let mut world = World::new();
    world.ramp(BTC, Ratio::percent(2), Ratio::percent(9));
    world.pass(3_700);
    let done = refresh(&mut world, moved(BTC_PRICE, 100));
    let window = coverage(&world).window;
    assert_eq!((window.effective, window.target), (done.measured.effective, done.measured.target));
    assert_eq!(window.target, world.board.underlyings[usize::from(BTC)].ramp.target);
}

#[test]
fn a_breach_raises_k_and_with_it_the_target() {
    let mut world = World::new();
    world.board.underlyings[usize::from(BTC)].target_terms.learning = Ratio(10_000_000);
    let mut plain = world.clone();
    plain.board.underlyings[usize::from(BTC)].target_terms.learning = Ratio::ZERO;
    let mut targets = [0.0; 2];
    for (world, target) in [&mut world, &mut plain].into_iter().zip(&mut targets) {
        world.pass(3_900);
        *target = refresh(world, moved(BTC_PRICE, 700)).measured.target.0 as f64;
    }
    assert_eq!(coverage(&world).correction, Ratio(9_900_000));
    assert!((targets[0] / targets[1] - 1.0099).abs() < 1e-9, "{targets:?}");
}

#[test]
fn a_step_that_fails_changes_nothing() {
    let world = World::new();
    let mut row = world.board.underlyings[usize::from(BTC)];
    let before = row;
    let nothing = Update { price: Price::ZERO, published_at: world.clock, previous_published_at: Timestamp(0) };
    assert_eq!(measure(&mut row, nothing, Enters::Everything, world.clock), Err(BallastError::PriceNotPositive));
    let prehistoric = Update { price: Price(1), published_at: Timestamp(-5), previous_published_at: Timestamp(-9) };
    assert_eq!(measure(&mut row, prehistoric, Enters::Everything, world.clock), Err(BallastError::Overflow));
    assert_eq!(row, before);
}

/// A price as it was accepted, with the ranges in force after it.
struct Accepted {
    at: i64,
    price: f64,
    effective: f64,
    target: f64,
}

/// Windows, and breaches up, down and either of effective, target, and effective while it lags.
fn recount(path: &[Accepted]) -> (u64, [u64; 9]) {
    let (mut windows, mut counts, mut rest) = (0, [0; 9], path);
    while let Some(end) = rest.iter().position(|price| price.at - rest[0].at >= 3_600) {
        let moves =
            |side: f64| rest[..=end].iter().map(|one| side * (one.price / rest[0].price - 1.0)).fold(0.0, f64::max);
        let (rose, fell) = (moves(1.0), moves(-1.0));
        let (effective, target) = (rest[0].effective, rest[0].target);
        let lagging = if effective < 0.8 * target { effective } else { f64::INFINITY };
        for (place, range) in [effective, target, lagging].into_iter().enumerate() {
            for (side, beyond) in [rose > range, fell > range, rose.max(fell) > range].into_iter().enumerate() {
                counts[3 * place + side] += u64::from(beyond);
            }
        }
        windows += 1;
        rest = &rest[end..];
    }
    (windows, counts)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn counts_are_those_of_the_accepted_prices(seed in 1_u64.., wild in 20_i64..400) {
        let mut world = World::new();
        let mut dice = Dice(seed);
        let scan = |scan: Scan| scan.0 as f64 / 1e12;
        let mut path = Vec::new();
        let first = coverage(&world).window;
        let row = &world.board.underlyings[usize::from(BTC)];
        path.push(Accepted {
            at: first.started_at.0, price: first.price.0 as f64, effective: scan(first.effective), target: scan(row.ramp.target),
        });
        let mut price = BTC_PRICE;
        for _ in 0..600 {
            let wait = if dice.chance(3) { dice.below(30_000) } else { dice.below(700) };
            world.pass(1 + wait);
            price = moved(price, dice.between(-wild, wild)).clamp(BTC_PRICE / 9, BTC_PRICE * 9) / 1_000 * 1_000 + 7;
            let confidence = if dice.chance(5) { price / 50 } else { price / 5_000 };
            let done = world.refresh(BTC, price, price, confidence, None).unwrap();
            if !done.wide {
                let (effective, target) = (scan(done.measured.effective), scan(done.measured.target));
                path.push(Accepted { at: world.clock.0, price: price as f64, effective, target });
            }
        }
        let (windows, counts) = recount(&path);
        let seen = coverage(&world);
        let flat = [seen.effective, seen.target, seen.lagging].map(|of| [of.up, of.down, of.either]).concat();
        prop_assert_eq!((seen.windows, flat), (windows, counts.to_vec()));
        prop_assert!(windows > 30);
    }
}
