//! Attacks on what positions are held to, each named as in its list, each without its profit.
#![allow(
    missing_docs,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing,
    clippy::integer_division,
    clippy::unwrap_used,
    reason = "tests may panic"
)]

mod common;

use ballast_core::clearing;
use ballast_core::error::BallastError;
use ballast_core::margin::{INITIAL, MAINTENANCE, TARGET};
use ballast_core::model::RampTerms;
use ballast_core::units::{Price, Ratio, Scan, Usd};
use common::{BTC, BTC_PERP, BTC_PRICE, World, market, moved, usd};

/// "Tightening" the rate of a ramp to a thousand percent would make it a step.
#[test]
fn ramp_turned_into_a_step() {
    for (up, down) in [(1_000, 15), (51, 15), (25, 51), (4, 15), (25, 4)] {
        let terms = RampTerms::new(Ratio::percent(up), Ratio::percent(down));
        assert_eq!(terms, Err(BallastError::ParameterOutOfBounds), "{up} % up, {down} % down");
    }
}

/// Nine accounts need together what one of their size needs: open interest counts for all of them.
#[test]
fn splitting() {
    let mut world = World::new();
    let maker = world.account(9, usd(100_000_000));
    let one = world.account(1, usd(10_000_000));
    world.fill(one, maker, BTC_PERP, 90_000).unwrap();
    let parts: Vec<usize> = (0..9).map(|_| world.account(2, usd(2_000_000))).collect();
    for part in &parts {
        world.fill(*part, maker, BTC_PERP, 10_000).unwrap();
    }
    for level in [INITIAL, TARGET, MAINTENANCE] {
        let whole = world.exposure(one).requirement(level).unwrap().0;
        let split: i64 = parts.iter().map(|part| world.exposure(*part).requirement(level).unwrap().0).sum();
        assert!((whole..whole + 9).contains(&split), "{whole} against {split}");
    }
}

/// A depth that falls moves nothing by itself: the target follows with a sample, the requirement on its ramp.
#[test]
fn silence_as_a_weapon() {
    let (mut world, trader, maker, _) = market();
    let clock = world.clock;
    clearing::post_depth(&mut world.board, BTC, usd(10_000_000), clock).unwrap();
    world.fill(trader, maker, BTC_PERP, 1_000).unwrap();
    world.pass(300);
    world.price(BTC, BTC_PRICE);
    let (target, effective) = (world.board.underlyings[0].ramp.target, world.effective(BTC));
    let depth = world.board.underlyings[0].depth.0;
    let clock = world.clock;
    clearing::post_depth(&mut world.board, BTC, Usd(depth / 25), clock).unwrap();
    assert_eq!((world.board.underlyings[0].ramp.target, world.effective(BTC)), (target, effective));
    world.pass(3_600);
    world.price(BTC, BTC_PRICE);
    let hour = world.effective(BTC);
    let most = effective.times_up(Ratio(1_010_000_000)).unwrap();
    let floor = Scan(world.board.underlyings[0].ramp.target.0.div_ceil(5) * 2);
    assert!(hour <= most.max(floor), "{effective:?} became {hour:?} in an hour");
}

/// Cash is at par: debts are in the same unit, so a falling quote token makes nobody bankrupt.
#[test]
fn false_depeg() {
    let (mut world, trader, maker, _) = market();
    world.fill(trader, maker, BTC_PERP, 1_000).unwrap();
    let before = world.equity(trader);
    // the price of the quote token is an underlying like any other, and no cash is valued by it
    world.board.underlyings[1].price = Price(88_000_000);
    assert_eq!(world.equity(trader), before);
}

/// One false print of -40 % and back raises the target for a day by less than a tenth.
#[test]
fn one_print_three_weeks() {
    let mut world = World::new();
    for _ in 0..500 {
        world.pass(300);
        world.price(BTC, BTC_PRICE);
    }
    let before = world.board.underlyings[0].ramp.target;
    for price in [moved(BTC_PRICE, -4_000), BTC_PRICE] {
        world.pass(300);
        world.price(BTC, price);
    }
    let after = world.board.underlyings[0].ramp.target;
    assert!(after <= before.times_up(Ratio(1_100_000_000)).unwrap(), "{before:?} became {after:?}");
}
