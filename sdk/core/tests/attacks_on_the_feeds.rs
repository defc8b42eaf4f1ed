//! Attacks by bad prices: feeds that are silent, wide, wrong or just back.
#![allow(
    missing_docs,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    clippy::indexing_slicing,
    clippy::integer_division,
    clippy::unwrap_used,
    reason = "tests may panic"
)]

mod common;

use ballast_core::clearing::{Tightening, VaultTightening, tighten};
use ballast_core::error::BallastError;
use ballast_core::margin::{Exposure, MAINTENANCE};
use ballast_core::units::{Ratio, Timestamp, Tokens, Usd, Variance};
use common::{
    BTC, BTC_PERP, BTC_PRICE, SOL, SOL_PERP, SOL_PRICE, SOL_VAULT, Snapshot, World, hold, market, moved, usd,
};

const ALL: u64 = u64::MAX >> 1;

/// Ways in which the feed of SOL goes bad, all with the price where it was.
fn spoil(world: &mut World, way: usize) {
    world.pass(5);
    match way {
        0 => drop(world.refresh(SOL, SOL_PRICE, SOL_PRICE, SOL_PRICE / 50, None).unwrap()),
        1 => world.print(SOL, SOL_PRICE, moved(SOL_PRICE, 4_000)),
        // silent
        _ => world.pass(100),
    }
    world.print(BTC, BTC_PRICE, BTC_PRICE);
}

fn set_standing(world: &mut World, account: usize, percent: i64) {
    let needed = world.exposure(account).requirement(MAINTENANCE).unwrap().0;
    let change = needed * percent / 100 - world.equity(account).0;
    world.set_cash(account, Usd(world.accounts[account].cash.0 + change));
}

#[test]
fn shield_of_dust() {
    let shields: [fn(&mut World, usize, usize); 3] = [
        |world, account, maker| hold(world, account, maker, SOL_PERP, 1),
        |world, account, maker| hold(world, account, maker, SOL_PERP, -1),
        // eleven dollars: less than ten is not even looked at
        |world, account, _| world.deposit(account, Some(SOL_VAULT), 75_000_000).unwrap(),
    ];
    for shield in shields {
        for way in 0..3 {
            let (mut world, account, keeper, maker) = market();
            hold(&mut world, account, maker, BTC_PERP, 500_000);
            shield(&mut world, account, maker);
            set_standing(&mut world, account, 90);
            spoil(&mut world, way);

            let done = world.liquidate(account, keeper, None, BTC_PERP, ALL).unwrap();

            assert!(done.taken.lots() > 10_000 && !done.in_liquidation, "way {way}: {done:?}");
            world.assert_books();
        }
    }
}

#[test]
fn a_bad_feed_is_not_taken_from() {
    for (way, rule) in [(0, BallastError::PriceWide), (1, BallastError::PriceDiverged), (2, BallastError::PriceStale)] {
        let (mut world, account, keeper, maker) = market();
        hold(&mut world, account, maker, BTC_PERP, 500_000);
        hold(&mut world, account, maker, SOL_PERP, 100);
        world.deposit(account, Some(SOL_VAULT), 75_000_000_000).unwrap();
        set_standing(&mut world, account, 60);
        spoil(&mut world, way);
        let before = Snapshot::of(&world);
        assert_eq!(world.liquidate(account, keeper, None, SOL_PERP, ALL), Err(rule));
        assert_eq!(world.sell_collateral(account, keeper, None, SOL_VAULT, ALL), Err(rule));
        before.assert_unchanged(&world);
        world.liquidate(account, keeper, None, BTC_PERP, ALL).unwrap();
    }
}

#[test]
fn a_position_that_bears_the_account_shields_it_while_its_price_is_unknown() {
    for way in 0..3 {
        let (mut world, account, keeper, maker) = market();
        hold(&mut world, account, maker, BTC_PERP, 5_000);
        hold(&mut world, account, maker, SOL_PERP, 100_000);
        // sound wherever in the band the price of SOL may be, if that is where it helps
        set_standing(&mut world, account, 90);
        spoil(&mut world, way);
        let before = Snapshot::of(&world);
        let taken = world.liquidate(account, keeper, None, BTC_PERP, ALL);
        assert_eq!(taken, Err(BallastError::NotLiquidatable));
        before.assert_unchanged(&world);
        // the price is known again
        world.pass(5);
        world.renew();
        world.price(SOL, SOL_PRICE);
        world.liquidate(account, keeper, None, BTC_PERP, ALL).unwrap();
    }
}

/// A long of 500,000 dollars, a little below maintenance after a crash of a quarter that the average has not seen.
fn crashed(percent: i64) -> (World, usize, usize) {
    let (mut world, account, keeper, maker) = market();
    world.scan(BTC, Ratio::percent(5));
    hold(&mut world, account, maker, BTC_PERP, 50_000);
    world.pass(5);
    world.print(BTC, moved(BTC_PRICE, -1_800), BTC_PRICE);
    world.pass(5);
    world.print(BTC, moved(BTC_PRICE, -2_500), BTC_PRICE);
    set_standing(&mut world, account, percent);
    (world, account, keeper)
}

/// Goes on for so many seconds, with the price where it is or back inside the band. The scan range stays.
fn goes_on(world: &mut World, seconds: u64, basis_points: i64) {
    world.pass(seconds);
    world.scan(BTC, Ratio::percent(5));
    world.print(BTC, moved(BTC_PRICE, basis_points), BTC_PRICE);
}

#[test]
fn hold_in_the_crash() {
    let (mut world, account, keeper) = crashed(90);
    let liquidate = |world: &mut World| world.liquidate(account, keeper, None, BTC_PERP, 1);
    assert_eq!(liquidate(&mut world), Err(BallastError::PriceDiverged));
    // a touch of the band does not arm it again
    goes_on(&mut world, 300, -1_900);
    goes_on(&mut world, 298, -2_500);
    assert_eq!(liquidate(&mut world), Err(BallastError::PriceDiverged));
    goes_on(&mut world, 2, -2_500);
    assert_eq!(liquidate(&mut world), Err(BallastError::PriceDiverged), "ten minutes, but this time it is young");
    goes_on(&mut world, 58, -2_500);
    liquidate(&mut world).unwrap();
    for _ in 0..48 {
        goes_on(&mut world, 30, -1_900);
        goes_on(&mut world, 30, -2_500);
        liquidate(&mut world).unwrap();
    }
    // fifty minutes later the hour is over
    goes_on(&mut world, 62, -2_500);
    assert_eq!(liquidate(&mut world), Err(BallastError::PriceDiverged));
    world.assert_books();
}

/// The hour's hold was spent on a brief touch; forty minutes later comes one print that is false.
#[test]
fn a_false_print_after_the_hold_is_spent() {
    let (mut world, account, keeper, maker) = market();
    world.scan(BTC, Ratio::percent(5));
    hold(&mut world, account, maker, BTC_PERP, 50_000);
    set_standing(&mut world, account, 300);
    goes_on(&mut world, 5, 2_100);
    goes_on(&mut world, 5, 0);
    goes_on(&mut world, 2_400, 0);
    goes_on(&mut world, 5, -2_500);
    let before = Snapshot::of(&world);
    assert_eq!(world.liquidate(account, keeper, None, BTC_PERP, ALL), Err(BallastError::PriceDiverged));
    before.assert_unchanged(&world);
    let mut real = world.clone();
    goes_on(&mut world, 5, 0);
    assert_eq!(world.liquidate(account, keeper, None, BTC_PERP, ALL), Err(BallastError::NotLiquidatable));
    // a crash is still there a minute later
    goes_on(&mut real, 60, -2_500);
    assert!(real.liquidate(account, keeper, None, BTC_PERP, ALL).unwrap().taken.lots() > 0);
}

/// In a crash venues disagree for an hour: half the price is gone, to within 2 %.
#[test]
fn wide_for_an_hour_at_half_the_price() {
    let (mut world, account, keeper, maker) = market();
    world.fund_insurance(1_000_000_000_000).unwrap();
    world.scan(BTC, Ratio::percent(5));
    hold(&mut world, account, maker, BTC_PERP, 50_000);
    hold(&mut world, account, maker, SOL_PERP, 1_000);
    set_standing(&mut world, account, 130);
    let wide = |world: &mut World, basis_points: i64| {
        world.pass(30);
        let price = moved(BTC_PRICE, basis_points);
        world.refresh(BTC, price, moved(price, 1_000), price / 50, None).unwrap();
        world.price(SOL, SOL_PRICE);
        world.scan(BTC, Ratio::percent(5));
    };
    // a small move to within 2 % says nothing: the account may be sound
    wide(&mut world, -400);
    assert_eq!(world.liquidate(account, keeper, None, SOL_PERP, ALL), Err(BallastError::NotLiquidatable));
    for _ in 0..120 {
        wide(&mut world, -5_000);
    }
    let before = world.accounts[maker];
    let done = world.liquidate(account, keeper, None, SOL_PERP, ALL).unwrap();
    assert_eq!(done.taken.lots(), 1_000, "what has a good price");
    let done = world.liquidate(account, keeper, None, BTC_PERP, ALL).unwrap();
    assert!(done.taken.lots() == 50_000 && done.resolved.resolved, "and the rest, which is insolvent wherever it is");
    assert!(world.accounts[maker] == before);
    world.assert_books();
}

/// What a Wide print says counts against an account only, and only where its error is less than the band is it taken at.
#[test]
fn a_wide_print_is_taken_at_only_below_critical_and_where_it_is_sharp() {
    for (confidence, basis_points, expected) in [
        (50, -5_000, Ok(())),
        // three times 10 % of half the price are more than two scan ranges of 5 %
        (10, -5_000, Err(BallastError::PriceWide)),
        // above critical at 98.6 % of the last price
        (50, -700, Err(BallastError::PriceWide)),
    ] {
        let (mut world, account, keeper, maker) = market();
        world.fund_insurance(1_000_000_000_000).unwrap();
        world.scan(BTC, Ratio::percent(5));
        hold(&mut world, account, maker, BTC_PERP, 50_000);
        set_standing(&mut world, account, 100);
        world.pass(30);
        let price = moved(BTC_PRICE, basis_points);
        world.refresh(BTC, price, moved(price, 1_000), price / confidence, None).unwrap();
        let before = Snapshot::of(&world);
        let done = world.liquidate(account, keeper, None, BTC_PERP, ALL);
        assert_eq!(done.map(|_| ()), expected, "{confidence} {basis_points}");
        if expected.is_err() {
            before.assert_unchanged(&world);
        }
    }
}

#[test]
fn no_hold_below_critical_at_the_bands_edge() {
    let (mut world, account, keeper) = crashed(100);
    let at_edge = |world: &World| {
        let now = world.board.time(world.clock);
        Exposure::for_liquidation(&world.accounts[account], &world.board, now).unwrap()
    };
    // above critical by a dollar at the edge: 90,200 dollars a coin; the margin is that of the low edge, 73,800
    let half = 738_000_000_000 * 50 / 100 * (25 + 10) / 1_000;
    let (seen, waived) = at_edge(&world);
    assert!(!waived);
    let surplus = seen.equity(MAINTENANCE).unwrap().0 - half;
    let cash = world.accounts[account].cash.0;
    world.set_cash(account, Usd(cash - surplus + 1_000_000));
    assert_eq!(world.liquidate(account, keeper, None, BTC_PERP, ALL), Err(BallastError::PriceDiverged));
    world.set_cash(account, Usd(cash - surplus - 1_000_000));
    assert!(at_edge(&world).1);
    let done = world.liquidate(account, keeper, None, BTC_PERP, ALL).unwrap();
    assert!(done.taken.lots() > 0);
    world.assert_books();
}

#[test]
fn one_false_print() {
    let (mut world, account, keeper, maker) = market();
    hold(&mut world, account, maker, BTC_PERP, 50_000);
    set_standing(&mut world, account, 300);
    let variance = |world: &World| {
        let row = &world.board.underlyings[usize::from(BTC)];
        row.volatility.variance(&row.volatility_terms, Variance(0)).unwrap()
    };
    let (before, ramp) = (variance(&world), world.board.underlyings[usize::from(BTC)].ramp.target);
    // on the grid of samples: it would be one
    for step in 0..2 {
        world.pass(298);
        world.print(BTC, moved(BTC_PRICE, -4_000), moved(BTC_PRICE, -step * 10));
        let taken = world.liquidate(account, keeper, None, BTC_PERP, ALL);
        assert_eq!(taken, Err(BallastError::PriceDiverged), "equity at the print is far below zero");
    }
    world.pass(2);
    world.price(BTC, BTC_PRICE);
    world.renew();
    assert_eq!(world.liquidate(account, keeper, None, BTC_PERP, ALL), Err(BallastError::NotLiquidatable));
    assert!(variance(&world) <= before, "volatility has not seen it");
    assert!(world.board.underlyings[usize::from(BTC)].ramp.target <= ramp);
}

#[test]
fn a_restarted_auction() {
    let (mut world, account, keeper, maker) = market();
    hold(&mut world, account, maker, BTC_PERP, 500_000);
    hold(&mut world, account, maker, SOL_PERP, 1_000);
    set_standing(&mut world, account, 95);
    // SOL is wide, and as printed it would carry the account
    world.pass(5);
    world.refresh(SOL, SOL_PRICE * 30, SOL_PRICE * 30, SOL_PRICE, None).unwrap();
    world.print(BTC, BTC_PRICE, BTC_PRICE);
    assert!(world.meets(account, ballast_core::margin::CLOSE_OUT));
    world.liquidate(account, keeper, None, BTC_PERP, 0).unwrap();
    let began = world.accounts[account].liquidation_at;
    assert!(began.0 > 0);

    // neither a dollar nor a lot less nor a rebalancing ends the liquidation, which would restart its auction
    world.deposit(account, None, 1_000_000).unwrap();
    world.fill(maker, account, BTC_PERP, 1).unwrap();
    let _ = world.rebalance(account, None, None);

    assert_eq!(world.accounts[account].liquidation_at, began);
    world.pass(300);
    world.refresh(SOL, SOL_PRICE * 30, SOL_PRICE * 30, SOL_PRICE, None).unwrap();
    world.print(BTC, BTC_PRICE, BTC_PRICE);
    let done = world.liquidate(account, keeper, None, BTC_PERP, ALL).unwrap();
    assert!(done.fee > Usd::ZERO);
    world.assert_books();
}

#[test]
fn the_first_price_after_an_outage() {
    let (mut world, account, keeper, maker) = market();
    world.scan(BTC, Ratio::percent(5));
    hold(&mut world, account, maker, BTC_PERP, 50_000);
    set_standing(&mut world, account, 120);
    world.pass(400);
    world.price(BTC, moved(BTC_PRICE, -300));
    let liquidate = |world: &mut World| world.liquidate(account, keeper, None, BTC_PERP, ALL);
    assert!(!world.meets(account, MAINTENANCE));
    assert_eq!(liquidate(&mut world), Err(BallastError::LiquidationWaits));
    // its owner may answer, but a gain of the other side is paid
    world.settle(account, BTC_PERP).unwrap();
    world.settle(maker, BTC_PERP).unwrap();
    world.pass(60);
    world.price(BTC, moved(BTC_PRICE, -300));
    world.pass(59);
    assert_eq!(liquidate(&mut world), Err(BallastError::LiquidationWaits));
    let mut at_once = world.clone();
    world.pass(1);
    liquidate(&mut world).unwrap();
    // once an hour: the next outage gives no time
    at_once.pass(1_000);
    at_once.price(BTC, moved(BTC_PRICE, -600));
    liquidate(&mut at_once).unwrap();
}

#[test]
fn one_lot_in_a_feed_that_comes_back() {
    let (mut world, account, keeper, maker) = market();
    hold(&mut world, account, maker, BTC_PERP, 50_000);
    hold(&mut world, account, maker, SOL_PERP, 1);
    set_standing(&mut world, account, 90);
    for _ in 0..5 {
        world.pass(60);
        world.price(BTC, BTC_PRICE);
    }
    world.price(SOL, moved(SOL_PRICE, -500));
    assert_eq!(world.liquidate(account, keeper, None, SOL_PERP, 1), Err(BallastError::LiquidationWaits));
    world.liquidate(account, keeper, None, BTC_PERP, ALL).unwrap();
}

/// What is insolvent at every edge is taken, and resolved when the feed is back.
#[test]
fn insolvent_behind_a_silent_lot() {
    let (mut world, account, keeper, maker) = market();
    world.fund_insurance(1_000_000_000_000).unwrap();
    hold(&mut world, account, maker, BTC_PERP, 50_000);
    hold(&mut world, account, maker, SOL_PERP, 1);
    world.pass(5);
    world.print(BTC, moved(BTC_PRICE, -1_000), BTC_PRICE);
    world.set_cash(account, usd(10_000));
    world.pass(55);
    world.print(BTC, moved(BTC_PRICE, -1_000), BTC_PRICE);
    world.pass(5);
    let done = world.liquidate(account, keeper, None, BTC_PERP, ALL).unwrap();
    assert!(done.taken.lots() == 50_000 && done.in_liquidation && !done.resolved.resolved, "{done:?}");
    assert_eq!(world.liquidate(account, keeper, None, SOL_PERP, ALL), Err(BallastError::PriceStale));
    world.pass(5);
    world.price(SOL, SOL_PRICE);
    world.print(BTC, moved(BTC_PRICE, -1_000), BTC_PRICE);
    let done = world.liquidate(account, keeper, None, SOL_PERP, ALL).unwrap();
    assert!(done.resolved.resolved);
    world.assert_books();
}

/// The risk manager's stolen key closes the quote vault; a divergence holds liquidation, and no call is opened in it.
#[test]
fn quote_cap_of_zero_in_a_hold() {
    let (mut world, account, _, maker) = market();
    world.scan(BTC, Ratio::percent(5));
    hold(&mut world, account, maker, BTC_PERP, 50_000);
    let closed = Tightening::Vault(VaultTightening { cap: Some(Tokens::ZERO), ..VaultTightening::default() });
    tighten(&mut world.board, Some(&mut world.quote), &closed, world.clock).unwrap();
    goes_on(&mut world, 5, -2_500);
    set_standing(&mut world, account, 90);
    assert_eq!(world.rebalance(account, None, None), Err(BallastError::PriceDiverged));
    assert_eq!(world.accounts[account].called_at, Timestamp::ZERO);

    world.deposit(account, None, 1_000_000_000).unwrap();
    world.fund_insurance(1_000_000_000).unwrap();

    // new money stays out
    let before = Snapshot::of(&world);
    let stranger = world.accounts.len() - 2;
    assert_eq!(world.accounts[stranger].position_count, 0);
    assert_eq!(world.deposit(stranger, None, 1), Err(BallastError::VaultCap));
    before.assert_unchanged(&world);
    world.assert_books();
}
