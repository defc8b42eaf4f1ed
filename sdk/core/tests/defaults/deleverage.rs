use ballast_core::error::BallastError;
use ballast_core::margin::MAINTENANCE;
use ballast_core::math;
use ballast_core::state::MarginAccount;
use ballast_core::units::{Timestamp, Usd};
use proptest::prelude::*;

use crate::ALL;
use crate::common::{
    BTC, BTC_LARGE, BTC_PERP, BTC_PRICE, SOL, SOL_PERP, SOL_PRICE, SOL_VAULT, Snapshot, World, hold, market, moved, usd,
};

/// A long of 100,000 USD with 10,000 that a fall of so many parts in ten thousand made insolvent, and the maker that has
/// gained as much; six minutes into liquidation, without a keeper.
fn abandoned(by: i64) -> (World, usize, usize, usize) {
    let (mut world, _, keeper, maker) = market();
    let account = world.account(4, usd(10_000));
    hold(&mut world, account, maker, BTC_PERP, 10_000);
    world.pass(5);
    world.price(BTC, moved(BTC_PRICE, -by));
    world.price(SOL, SOL_PRICE);
    world.liquidate(account, keeper, None, BTC_PERP, 0).unwrap();
    world.pass(360);
    world.renew();
    (world, account, keeper, maker)
}

#[test]
fn an_insolvent_account_without_a_keeper_is_closed_against_a_winner_at_its_zero_equity_price() {
    let (mut world, account, _, maker) = abandoned(1_200);
    let (lack, makers) = (-world.equity(account).0, world.equity(maker).0);
    let done = world.deleverage(account, maker, BTC_PERP, ALL).unwrap();
    assert_eq!((done.closed.0, done.given_up.0), (10_000, lack));
    assert_eq!(world.equity(maker).0, makers - lack, "the winner carries what the account lacks, out of its gain");
    assert!(done.resolved.resolved && world.accounts[account].is_empty());
    assert_eq!((done.resolved.by_insurance, done.resolved.by_index, done.resolved.deficit), Default::default());
    assert_eq!(world.contracts[BTC_PERP].open_interest, 0);
    world.assert_books();
}

#[test]
fn deleveraging_takes_no_more_than_the_gain_on_the_lots() {
    let (mut world, account, keeper, maker) = abandoned(1_200);
    // another winner that came late has gained little
    let late = world.account(5, usd(50_000));
    hold(&mut world, late, keeper, BTC_PERP, -5_000);
    world.pass(5);
    world.price(BTC, moved(BTC_PRICE, -1_201));
    let (lates, lack) = (world.equity(late).0, -world.equity(account).0);
    let done = world.deleverage(account, late, BTC_PERP, ALL).unwrap();
    assert_eq!((done.closed.0, done.given_up), (5_000, usd(5)), "5,000 lots have gained 0.1 cents each");
    let a_lot = done.resolved.by_index.0 / 15_000;
    assert!(a_lot > 0, "and the rest of the lots' share is charged to all that are opposite");
    assert_eq!(world.equity(late).0, lates - 5_000_000 - a_lot * 5_000);
    assert!(-world.equity(account).0 <= lack && done.in_liquidation && !done.resolved.resolved);
    let done = world.deleverage(account, maker, BTC_PERP, ALL).unwrap();
    assert!(done.resolved.resolved);
    world.assert_books();
}

#[test]
fn deleverage_fails_before_five_minutes_or_with_equity() {
    let (mut world, account, _, maker) = abandoned(1_200);
    let recent = Timestamp(world.clock.0 - 299);
    let noted = world.accounts[account];
    for recently in [MarginAccount { liquidation_at: recent, ..noted }, MarginAccount { insolvent_at: recent, ..noted }]
    {
        world.accounts[account] = recently;
        let before = Snapshot::of(&world);
        assert_eq!(world.deleverage(account, maker, BTC_PERP, ALL), Err(BallastError::DeleverageTooSoon));
        before.assert_unchanged(&world);
    }
    let (mut world, account, _, maker) = abandoned(900);
    assert!(world.equity(account) > Usd::ZERO);
    let before = Snapshot::of(&world);
    assert_eq!(world.deleverage(account, maker, BTC_PERP, ALL), Err(BallastError::NotInsolvent));
    before.assert_unchanged(&world);
}

#[test]
fn deleverage_only_notes_an_insolvency_that_nobody_saw() {
    let (mut world, account, _, maker) = abandoned(1_200);
    world.accounts[account].end_liquidation();
    let makers = world.accounts[maker];
    let done = world.deleverage(account, maker, BTC_PERP, ALL).unwrap();
    assert_eq!((done.closed.0, done.given_up, done.in_liquidation), (0, Usd::ZERO, true));
    let held = world.accounts[account];
    assert_eq!((held.insolvent_at, held.liquidation_at), (world.clock, world.clock));
    assert_eq!((world.size(account, BTC_PERP), world.accounts[maker]), (10_000, makers));
    assert_eq!(world.deleverage(account, maker, BTC_PERP, ALL), Err(BallastError::DeleverageTooSoon));
    world.pass(300);
    world.renew();
    assert!(world.deleverage(account, maker, BTC_PERP, ALL).unwrap().resolved.resolved);
}

#[test]
fn deleverage_fails_against_who_has_not_gained() {
    let (mut world, account, keeper, maker) = abandoned(1_200);
    let (loser, late) = (world.account(5, usd(50_000)), world.account(6, usd(50_000)));
    hold(&mut world, loser, maker, BTC_PERP, 100);
    hold(&mut world, late, keeper, BTC_PERP, -100);
    let before = Snapshot::of(&world);
    assert_eq!(world.deleverage(account, loser, BTC_PERP, ALL), Err(BallastError::NotOpposite));
    assert_eq!(world.deleverage(account, late, BTC_PERP, ALL), Err(BallastError::NoGainOpposite));
    assert_eq!(world.deleverage(account, maker, BTC_LARGE, ALL), Err(BallastError::PositionMissing));
    assert_eq!(world.deleverage(account, maker, BTC_PERP, 0), Err(BallastError::SizeNotPositive));
    before.assert_unchanged(&world);
}

#[test]
fn deleverage_fails_when_it_would_endanger_the_winner() {
    let (mut world, account, keeper, _) = abandoned(1_200);
    // a winner whose other leg loses what this one gains: closing it would bare that leg
    let hedged = world.account(5, usd(50_000));
    hold(&mut world, hedged, keeper, BTC_PERP, -9_000);
    hold(&mut world, hedged, keeper, BTC_LARGE, 900);
    world.pass(5);
    world.price(BTC, moved(BTC_PRICE, -1_300));
    let maintenance = world.exposure(hedged).requirement(MAINTENANCE).unwrap().0;
    world.set_cash(hedged, Usd(world.accounts[hedged].cash.0 - world.equity(hedged).0 + maintenance));
    assert!(world.meets(hedged, MAINTENANCE));
    let before = Snapshot::of(&world);
    assert_eq!(world.deleverage(account, hedged, BTC_PERP, ALL), Err(BallastError::OppositeWeakened));
    before.assert_unchanged(&world);
}

#[test]
fn deleverage_waits_for_collateral_to_be_sold() {
    let (mut world, _, keeper, maker) = market();
    let account = world.account(4, usd(5_000));
    world.deposit(account, Some(SOL_VAULT), 20_000_000_000).unwrap();
    hold(&mut world, account, maker, BTC_PERP, 7_000);
    world.pass(5);
    world.price(BTC, moved(BTC_PRICE, -1_500));
    world.price(SOL, SOL_PRICE);
    world.liquidate(account, keeper, None, BTC_PERP, 0).unwrap();
    world.pass(300);
    world.renew();
    assert_eq!(world.deleverage(account, maker, BTC_PERP, ALL), Err(BallastError::CollateralRemains));
    world.deleverage(account, maker, BTC_PERP, 3_000).unwrap();
    world.sell_collateral(account, keeper, None, SOL_VAULT, ALL).unwrap();
    assert!(world.deleverage(account, maker, BTC_PERP, ALL).unwrap().resolved.resolved);
    world.assert_books();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn deleveraging_endangers_nobody_and_makes_no_money(
        fall in 1_000..2_500_i64, lots in 1..10_000_u64, other in -800..800_i64, cash in 1..60_000_i64, late in 0..1_200_i64,
        short in any::<bool>(),
    ) {
        let sign = if short { -1 } else { 1 };
        let (mut world, _, keeper, maker) = market();
        let (account, winner) = (world.account(4, usd(10_000)), world.account(5, usd(2_000_000)));
        hold(&mut world, account, maker, BTC_PERP, 10_000 * sign);
        world.pass(5);
        world.price(BTC, moved(BTC_PRICE, -late * sign));
        world.price(SOL, SOL_PRICE);
        hold(&mut world, winner, keeper, BTC_PERP, -7_000 * sign);
        hold(&mut world, winner, keeper, SOL_PERP, other);
        world.pass(5);
        world.price(BTC, moved(BTC_PRICE, -fall * sign));
        world.price(SOL, SOL_PRICE);
        world.set_cash(winner, usd(cash));
        prop_assume!(world.equity(account) < Usd::ZERO);
        world.liquidate(account, maker, None, BTC_PERP, 0).unwrap();
        world.pass(301);
        world.renew();
        let before = world.clone();
        let opposite = world.contracts[BTC_PERP].open_interest as i64;
        let standing = |world: &World| {
            let seen = world.exposure(winner);
            (seen.equity(MAINTENANCE).unwrap(), seen.requirement(MAINTENANCE).unwrap())
        };
        let ((equity, needed), lack) = (standing(&world), world.equity(account));
        match world.deleverage(account, winner, BTC_PERP, lots) {
            Ok(done) => {
                let (after, left) = standing(&world);
                let charged = done.resolved.by_index.0 / opposite * 7_000;
                let unshared = after.0 + charged;
                prop_assert!(math::wide(unshared, needed.0) >= math::wide(equity.0, left.0));
                prop_assert!(equity < needed || unshared >= left.0);
                prop_assert!(equity.0 - unshared <= done.given_up.0 && done.given_up.0 <= -lack.0);
                prop_assert!(done.resolved.resolved || world.equity(account) >= lack);
                prop_assert!(done.resolved.resolved || world.equity(account) <= Usd::ZERO);
                world.assert_books();
            }
            Err(rule) => {
                prop_assert!(matches!(rule, BallastError::NoGainOpposite | BallastError::OppositeWeakened));
                Snapshot::of(&before).assert_unchanged(&world);
            }
        }
    }
}
