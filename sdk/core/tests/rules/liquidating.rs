//! Liquidations.

use super::common::{
    BTC, BTC_LARGE, BTC_PERP, BTC_VAULT, SOL, SOL_PERP, SOL_PRICE, SOL_VAULT, Snapshot, World, hold, key, market, usd,
};
use super::{ALL, set_equity, stand_at};
use ballast_core::clearing::{self, Resolved};
use ballast_core::error::BallastError;
use ballast_core::margin::{CLOSE_OUT, MAINTENANCE, TARGET, fee_bound};
use ballast_core::units::{Ratio, Timestamp, Usd};

/// A long of 100,000 USD of BTC.
fn long() -> (World, usize, usize, usize) {
    let (mut world, account, keeper, maker) = market();
    hold(&mut world, account, maker, BTC_PERP, 10_000);
    (world, account, keeper, maker)
}

#[test]
fn an_account_at_maintenance_is_not_liquidatable_and_a_unit_below_it_is() {
    let (mut world, account, keeper, _) = long();
    stand_at(&mut world, account, MAINTENANCE, 0);
    let before = Snapshot::of(&world);
    assert_eq!(world.liquidate(account, keeper, None, BTC_PERP, 0), Err(BallastError::NotLiquidatable));
    before.assert_unchanged(&world);
    stand_at(&mut world, account, MAINTENANCE, -1);
    let done = world.liquidate(account, keeper, None, BTC_PERP, 0).unwrap();
    assert!(done.in_liquidation, "a step that takes nothing starts it and says so");
    assert_eq!(world.accounts[account].liquidation_at, world.clock);
}

#[test]
fn begun_it_goes_on_to_close_out_to_the_unit() {
    for (units, goes_on) in [(-1, true), (0, false)] {
        let (mut world, account, keeper, _) = long();
        stand_at(&mut world, account, MAINTENANCE, -1);
        world.liquidate(account, keeper, None, BTC_PERP, 0).unwrap();
        stand_at(&mut world, account, CLOSE_OUT, units);
        let done = world.liquidate(account, keeper, None, BTC_PERP, ALL).unwrap();
        assert_eq!((done.in_liquidation, done.taken.lots() > 0), (false, goes_on));
        assert_eq!(world.accounts[account].liquidation_at, Timestamp::ZERO);
    }
}

/// What has recovered by itself takes nothing from the reserve, though it is below target.
#[test]
fn an_account_that_has_recovered_is_not_topped_up() {
    let (mut world, account, keeper, _) = long();
    let reserve = world.account(1, usd(50_000));
    let [named, held] = world.accounts.get_disjoint_mut([account, reserve]).unwrap();
    clearing::set_top_up(named, Some((held, key(60))), usd(40_000), false).unwrap();
    stand_at(&mut world, account, MAINTENANCE, -1);
    world.liquidate(account, keeper, None, BTC_PERP, 0).unwrap();
    world.ramp(BTC, Ratio::percent(5), Ratio::percent(20));
    stand_at(&mut world, account, CLOSE_OUT, 0);
    assert!(!world.meets(account, TARGET));
    let done = world.liquidate(account, keeper, Some(reserve), BTC_PERP, ALL).unwrap();
    assert_eq!((done.topped_up, done.in_liquidation), (Usd::ZERO, false));
    assert_eq!(world.accounts[reserve].cash, usd(50_000));
}

/// What the reserve can give ends a liquidation that has begun: it reaches close-out, which may lie above target.
#[test]
fn a_reserve_ends_a_liquidation_that_has_begun() {
    let (mut world, account, keeper, _) = long();
    let reserve = world.account(1, usd(50_000));
    let [named, held] = world.accounts.get_disjoint_mut([account, reserve]).unwrap();
    clearing::set_top_up(named, Some((held, key(60))), usd(40_000), false).unwrap();
    stand_at(&mut world, account, MAINTENANCE, -1);
    // without the reserve at hand it begins
    world.liquidate(account, keeper, None, BTC_PERP, 0).unwrap();
    let done = world.liquidate(account, keeper, Some(reserve), BTC_PERP, ALL).unwrap();
    assert_eq!((done.taken.lots(), done.in_liquidation), (0, false));
    assert!(done.topped_up > Usd::ZERO && world.meets(account, CLOSE_OUT));
    assert_eq!(world.accounts[account].liquidation_at, Timestamp::ZERO);
}

/// With an equity of nothing an account is not insolvent yet: nobody pays a reward for it, nothing is resolved.
#[test]
fn insurance_pays_for_accounts_below_nothing_only() {
    for (units, rewarded) in [(0, false), (-1, true)] {
        let (mut world, account, keeper, _) = long();
        world.fund_insurance(1_000_000_000).unwrap();
        world.price(BTC, super::common::moved(super::common::BTC_PRICE, -1_000));
        world.price(super::common::SOL, super::common::SOL_PRICE);
        set_equity(&mut world, account, units);
        let done = world.liquidate(account, keeper, None, BTC_PERP, ALL).unwrap();
        assert_eq!((done.from_insurance > Usd::ZERO, done.resolved.resolved), (rewarded, rewarded));
        assert_eq!(done.taken.lots(), 10_000);
        assert!(rewarded || done.resolved == Resolved::default());
    }
}

#[test]
fn a_keeper_pays_the_funds_part_with_its_last_unit_of_cash() {
    let (mut world, account, _, _) = long();
    let keeper = world.account(7, usd(1));
    world.deposit(keeper, Some(BTC_VAULT), 100_000_000).unwrap();
    stand_at(&mut world, account, MAINTENANCE, -1_000_000);
    world.liquidate(account, keeper, None, BTC_PERP, 0).unwrap();
    world.pass(300);
    world.renew();
    let mut tried = world.clone();
    tried.set_cash(keeper, usd(100_000));
    let part = tried.liquidate(account, keeper, None, BTC_PERP, ALL).unwrap().to_insurance;
    assert!(part > Usd::ZERO);
    world.set_cash(keeper, Usd(part.0 - 1));
    let before = Snapshot::of(&world);
    assert_eq!(world.liquidate(account, keeper, None, BTC_PERP, ALL), Err(BallastError::FeeUnpaid));
    before.assert_unchanged(&world);
    world.set_cash(keeper, part);
    world.liquidate(account, keeper, None, BTC_PERP, ALL).unwrap();
    assert_eq!(world.accounts[keeper].cash, Usd::ZERO);
}

/// A remainder of 100 USD stays; one of a unit less goes with the rest.
#[test]
fn a_remainder_of_a_hundred_dollars_stays() {
    for (below, taken) in [(0, 9), (1_000_000, 10)] {
        let (mut world, account, keeper, maker) = market();
        world.price(BTC, super::common::BTC_PRICE - below);
        hold(&mut world, account, maker, BTC_LARGE, 10);
        stand_at(&mut world, account, MAINTENANCE, -1);
        let needs = |world: &World| world.exposure(account).requirement(MAINTENANCE).unwrap().0;
        // a tenth of maintenance: nine lots are taken for the tenth that may be kept
        let equity = needs(&world) / 10 + needs(&world) / 100;
        set_equity(&mut world, account, equity);
        let done = world.liquidate(account, keeper, None, BTC_LARGE, ALL).unwrap();
        assert_eq!(done.taken.lots(), taken);
    }
}

/// Without equity no fee keeps E/M from falling, and without a requirement there is nothing to pay one from.
#[test]
fn there_is_no_fee_without_equity_or_without_a_requirement() {
    let (mut world, account, keeper, _) = long();
    let entry = world.exposure(account).entries()[0];
    assert!(fee_bound(&world.exposure(account), &entry).unwrap() > Ratio::ZERO);
    assert_eq!(fee_bound(&world.exposure(keeper), &entry), Ok(Ratio::ZERO), "the keeper holds nothing");
    world.set_cash(account, Usd::ZERO);
    world.price(BTC, super::common::moved(super::common::BTC_PRICE, -100));
    world.price(super::common::SOL, super::common::SOL_PRICE);
    assert!(world.equity(account) < Usd::ZERO);
    assert_eq!(fee_bound(&world.exposure(account), &entry), Ok(Ratio::ZERO));
}

#[test]
fn collateral_of_ten_dollars_counts_and_a_unit_less_does_not() {
    let (mut world, account, ..) = market();
    // 1/15 SOL at 150 USD
    world.deposit(account, Some(SOL_VAULT), 66_666_667).unwrap();
    let with = world.equity(account);
    let mut less = world.clone();
    less.accounts[account].take_collateral(SOL_VAULT, ballast_core::units::Tokens(1)).unwrap();
    assert_eq!(with.0 - less.equity(account).0, 9_000_000);
    // to the unit: 10 USD of BTC are 10,000 of its smallest units
    world.deposit(account, Some(BTC_VAULT), 10_000).unwrap();
    assert_eq!(world.equity(account).0 - with.0, 9_000_000);
}

/// A keeper's other positions must have prices, though they need not be good.
#[test]
fn a_keeper_with_an_old_price_takes_nothing() {
    let (mut world, account, keeper, maker) = long();
    hold(&mut world, keeper, maker, SOL_PERP, 10);
    stand_at(&mut world, account, MAINTENANCE, -1_000_000);
    let price = world.board.underlyings[usize::from(BTC)].price.0 as i64;
    for (seconds, taken) in [(60, true), (61, false)] {
        let mut world = world.clone();
        world.price(SOL, SOL_PRICE);
        world.pass(seconds);
        world.price(BTC, price);
        let before = Snapshot::of(&world);
        let done = world.liquidate(account, keeper, None, BTC_PERP, ALL);
        assert_eq!(done.err(), (!taken).then_some(BallastError::PriceStale));
        if !taken {
            before.assert_unchanged(&world);
        }
    }
}

/// Where a lot is coarse the last one may turn the net, if less than half of it does: then it frees less than the others, and
/// the fee is less.
#[test]
fn the_last_lot_turns_the_net_where_that_leaves_less_of_it() {
    for (hedge, taken) in [(-2, 10), (-4, 10), (-5, 9), (-6, 9), (-8, 9)] {
        for sign in [1, -1] {
            let (mut world, account, keeper, maker) = market();
            hold(&mut world, account, maker, BTC_LARGE, 10 * sign);
            hold(&mut world, account, maker, BTC_PERP, hedge * sign);
            let maintenance = |world: &World| world.exposure(account).requirement(MAINTENANCE).unwrap().0;
            let (needed, equity) = (maintenance(&world), maintenance(&world) / 10);
            set_equity(&mut world, account, equity);
            world.liquidate(account, keeper, None, BTC_LARGE, 0).unwrap();
            world.pass(600);
            world.renew();
            let done = world.liquidate(account, keeper, None, BTC_LARGE, ALL).unwrap();
            assert_eq!(done.taken.lots(), taken, "{hedge}");
            let (left, needs) = (world.equity(account).0, maintenance(&world));
            assert!(i128::from(left + 1) * i128::from(needed) >= i128::from(equity) * i128::from(needs - 1));
            assert!(done.fee > Usd::ZERO && left >= 0);
        }
    }
}
