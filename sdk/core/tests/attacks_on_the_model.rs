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

use ballast_core::error::BallastError;
use ballast_core::margin::{INITIAL, MAINTENANCE, TARGET};
use ballast_core::model::RampTerms;
use ballast_core::units::{Ratio, SCAN_ONE, Usd};
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

/// Somebody holds the keys of all reporters and says that the market is empty. Nothing moves by itself: the target follows
/// with a sample, what open positions are held to by a quarter in the first day. Added risk is what stops at once.
#[test]
fn silence_as_a_weapon() {
    let (mut world, trader, maker, _) = market();
    world.board.underlyings[0].target_terms.maximum = SCAN_ONE;
    for reporter in 0..5 {
        world.post_depth(BTC, reporter, usd(10_000_000)).unwrap();
    }
    world.fill(trader, maker, BTC_PERP, 1_000_000).unwrap();
    // the requirement has been where it is for days
    for _ in 0..(2 * 288) {
        world.pass(300);
        world.post_depth(BTC, 0, usd(10_000_000)).unwrap();
        world.price(BTC, BTC_PRICE);
    }
    let (target, effective) = (world.board.underlyings[0].ramp.target, world.effective(BTC));
    let stolen = |world: &mut World| {
        for reporter in 0..5 {
            world.post_depth(BTC, reporter, Usd(1)).unwrap();
        }
    };
    stolen(&mut world);
    assert_eq!((world.board.underlyings[0].ramp.target, world.effective(BTC)), (target, effective));
    assert_eq!(world.fill(trader, maker, BTC_PERP, 1), Err(BallastError::OpenInterestDepth));
    world.fill(maker, trader, BTC_PERP, 1).unwrap();
    let most = effective.0 + effective.0 / 4;
    for _ in 0..288 {
        world.pass(300);
        stolen(&mut world);
        world.price(BTC, BTC_PRICE);
        assert!(world.effective(BTC).0 <= most, "{effective:?} became {:?} within a day", world.effective(BTC));
    }
    let after = world.board.underlyings[0].ramp.target;
    assert!(after > target && world.board.underlyings[0].depth.value.0 >= 4_900_000_000_000, "half of it in a day");
}

/// Cash is at par: debts are in the same unit, so a false print of the quote token makes nobody liquidatable. It stops new
/// risk, as a true one would.
#[test]
fn false_depeg() {
    let (mut world, trader, maker, _) = market();
    let quote = world.price_quote();
    world.set_cash(trader, usd(800));
    world.fill(trader, maker, BTC_PERP, 1_000).unwrap();
    let standing = |world: &World| {
        let exposure = world.exposure(trader);
        [TARGET, MAINTENANCE].map(|level| (exposure.equity(level).unwrap(), exposure.requirement(level).unwrap()))
    };
    let before = standing(&world);
    world.price(quote, 50_000_000);
    assert_eq!(world.board.quote_discount, Ratio::percent(50));
    assert_eq!(standing(&world), before);
    assert!(!world.meets(trader, INITIAL) && world.meets(trader, TARGET));
    assert_eq!(world.fill(trader, maker, BTC_PERP, 1), Err(BallastError::BelowInitialMargin));
    world.fill(maker, trader, BTC_PERP, 1).unwrap();
}

/// One false print of -40 % and back: requirements rise by no more than a day allows, and two days later what is left of it
/// in the target of a market two days old is less than a fifth.
#[test]
fn one_print_three_weeks() {
    let mut world = World::new();
    let wobble = |world: &mut World, step: i64| {
        world.pass(300);
        world.price(BTC, moved(BTC_PRICE, 30 * (step % 2)));
    };
    for step in 0..500 {
        wobble(&mut world, step);
    }
    let mut spared = world.clone();
    let before = world.effective(BTC);
    world.pass(300);
    world.price(BTC, moved(BTC_PRICE, -4_000));
    wobble(&mut spared, 0);
    for step in 1..576 {
        wobble(&mut world, step);
        wobble(&mut spared, step);
        let most = before.0.max(spared.effective(BTC).0) * 5 / 4 + 1;
        assert!(step > 287 || world.effective(BTC).0 <= most, "{before:?} became {:?}", world.effective(BTC));
    }
    let target = |world: &World| world.board.underlyings[0].ramp.target;
    let (after, without) = (target(&world), target(&spared));
    assert!(
        after > without && after <= without.times_up(Ratio(1_200_000_000)).unwrap(),
        "{without:?} became {after:?}"
    );
}
