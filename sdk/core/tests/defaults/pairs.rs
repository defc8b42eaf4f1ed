use ballast_core::clearing::Offer;
use ballast_core::error::BallastError;
use ballast_core::margin::{CLOSE_OUT, INITIAL, MAINTENANCE};
use ballast_core::math;
use ballast_core::units::{PerLot, Usd};
use proptest::prelude::*;

use crate::common::{BTC_LARGE, BTC_PERP, SOL_PERP, Snapshot, World, hold, market};
use crate::{ALL, set_standing};

/// Long and short on one underlying, as much of each, with this part of maintenance, in a thousand.
fn hedged(thousandths: i64) -> (World, usize, usize, usize) {
    let (mut world, account, keeper, maker) = market();
    hold(&mut world, account, maker, BTC_PERP, 10_000);
    hold(&mut world, account, maker, BTC_LARGE, -1_000);
    set_standing(&mut world, account, thousandths);
    (world, account, keeper, maker)
}

#[test]
fn a_hedge_goes_with_what_it_hedges() {
    let (mut world, account, keeper, _) = hedged(800);
    for contract in [BTC_PERP, BTC_LARGE] {
        assert_eq!(world.liquidate(account, keeper, None, contract, ALL), Err(BallastError::NoMarginFreed));
    }
    let done = world.liquidate_pair(account, keeper, BTC_LARGE, BTC_PERP, ALL).unwrap();
    assert_eq!(done.hedge_taken.0, -10 * done.taken.0, "as much of either");
    assert!(!done.in_liquidation && world.meets(account, CLOSE_OUT));
    assert_eq!(world.size(keeper, BTC_PERP), -10 * world.size(keeper, BTC_LARGE));
    world.assert_books();
}

#[test]
fn a_pair_takes_the_fewest_lots_and_lowers_nothing() {
    let (mut world, account, keeper, _) = hedged(700);
    world.liquidate(account, keeper, None, BTC_PERP, 0).unwrap();
    world.pass(900);
    world.renew();
    let mut fewer = world.clone();
    let (equity, maintenance) = (world.equity(account).0, maintenance(&world, account));
    let done = world.liquidate_pair(account, keeper, BTC_LARGE, BTC_PERP, ALL).unwrap();
    assert!(done.fee > Usd::ZERO && !done.in_liquidation);
    assert!(
        math::wide(world.equity(account).0 + 1, maintenance) >= math::wide(equity, self::maintenance(&world, account))
    );
    let some = fewer.liquidate_pair(account, keeper, BTC_LARGE, BTC_PERP, done.taken.lots() - 2).unwrap();
    assert!(some.in_liquidation, "two lots fewer would have done");
    world.assert_books();
}

fn maintenance(world: &World, account: usize) -> i64 {
    world.exposure(account).requirement(MAINTENANCE).unwrap().0
}

#[test]
fn a_pair_is_refused_where_it_is_none() {
    let (mut world, account, keeper, maker) = hedged(20_000);
    hold(&mut world, account, maker, SOL_PERP, -10);
    set_standing(&mut world, account, 800);
    let before = Snapshot::of(&world);
    assert_eq!(world.liquidate_pair(account, keeper, BTC_LARGE, SOL_PERP, ALL), Err(BallastError::NotAHedge));
    let missing = Offer { hedge: Some(77), ..Offer::of(ALL) };
    assert_eq!(world.liquidate_for(account, keeper, None, BTC_PERP, missing), Err(BallastError::ContractMissing));
    before.assert_unchanged(&world);
    // the hedge of nothing
    let (mut world, account, keeper, maker) = market();
    hold(&mut world, account, maker, BTC_PERP, 10_000);
    set_standing(&mut world, account, 800);
    assert_eq!(world.liquidate_pair(account, keeper, BTC_PERP, BTC_LARGE, ALL), Err(BallastError::NotAHedge));
}

#[test]
fn an_insolvent_account_is_taken_leg_by_leg() {
    let (mut world, account, keeper, _) = hedged(800);
    set_standing(&mut world, account, -100);
    assert!(world.equity(account) < Usd::ZERO);
    let done = world.liquidate_pair(account, keeper, BTC_LARGE, BTC_PERP, ALL).unwrap();
    assert_eq!((done.taken.0, done.hedge_taken.0), (-1_000, 0));
    world.assert_books();
}

#[test]
fn a_keeper_names_its_worst_price() {
    let (mut world, account, keeper, maker) = market();
    hold(&mut world, account, maker, BTC_PERP, 10_000);
    set_standing(&mut world, account, 800);
    world.liquidate(account, keeper, None, BTC_PERP, 0).unwrap();
    world.pass(300);
    world.renew();
    let mark = world.mark(BTC_PERP).0;
    // half of one percent, of which a quarter goes to insurance
    let net = PerLot(mark - mark * 375 / 100_000);
    let before = Snapshot::of(&world);
    let better = Offer { most: ALL, hedge: None, worst: Some(PerLot(net.0 - mark / 1_000_000)) };
    let refused = world.liquidate_for(account, keeper, None, BTC_PERP, better);
    assert_eq!(refused, Err(BallastError::KeeperPriceWorse));
    before.assert_unchanged(&world);
    let offer = Offer { most: ALL, hedge: None, worst: Some(PerLot(net.0 + mark / 1_000_000)) };
    world.liquidate_for(account, keeper, None, BTC_PERP, offer).unwrap();
    // the keeper sells where it takes a short, at no less
    let (mut world, account, keeper, maker) = market();
    hold(&mut world, account, maker, BTC_PERP, -10_000);
    set_standing(&mut world, account, 800);
    let low = Offer { most: ALL, hedge: None, worst: Some(PerLot(mark + mark / 1_000)) };
    assert_eq!(world.liquidate_for(account, keeper, None, BTC_PERP, low), Err(BallastError::KeeperPriceWorse));
    let at_mark = Offer { worst: Some(PerLot(mark)), ..low };
    world.liquidate_for(account, keeper, None, BTC_PERP, at_mark).unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn a_pair_never_lowers_equity_against_maintenance(
        long in 1..5_000_i64, short in 1..500_i64, sol in -400..400_i64, thousandths in 1..999_i64, seconds in 0..900_u64,
        first in any::<bool>(), most in prop_oneof![Just(ALL), 1..200_u64],
    ) {
        let (mut world, account, keeper, maker) = market();
        hold(&mut world, account, maker, BTC_PERP, long);
        hold(&mut world, account, maker, BTC_LARGE, -short);
        hold(&mut world, account, maker, SOL_PERP, sol);
        set_standing(&mut world, account, thousandths);
        prop_assume!(!world.meets(account, MAINTENANCE) && world.equity(account) >= Usd::ZERO);
        world.liquidate(account, keeper, None, BTC_PERP, 0).unwrap();
        world.pass(seconds);
        world.renew();
        let (equity, needed) = (world.equity(account).0, maintenance(&world, account));
        let before = Snapshot::of(&world);
        let (main, hedge) = if first { (BTC_PERP, BTC_LARGE) } else { (BTC_LARGE, BTC_PERP) };
        match world.liquidate_pair(account, keeper, main, hedge, most) {
            Ok(_) => {
                let (after, left) = (world.equity(account).0, maintenance(&world, account));
                prop_assert!(after >= 0 && left < needed);
                prop_assert!(math::wide(after + 1, needed) >= math::wide(equity, left - 1), "E/M fell");
                prop_assert!(world.meets(keeper, INITIAL));
                world.assert_books();
            }
            Err(rule) => {
                prop_assert_eq!(rule, BallastError::NoMarginFreed);
                before.assert_unchanged(&world);
            }
        }
    }
}

#[test]
fn a_keeper_without_room_for_both_legs_takes_none() {
    let (mut world, account, keeper, _) = hedged(800);
    let mut full = world.accounts[keeper];
    full.position_count = 15;
    world.accounts[keeper] = full;
    let taken = world.liquidate_pair(account, keeper, BTC_LARGE, BTC_PERP, ALL);
    assert_eq!(taken, Err(BallastError::PositionsFull));
}
