//! Insolvent accounts that are closed against others.

use super::common::{
    BTC, BTC_LARGE, BTC_PERP, BTC_PRICE, SOL, SOL_PRICE, Snapshot, World, hold, key, market, moved, usd,
};
use super::{ALL, set_equity, stand_at};
use ballast_core::clearing::{self, Deleveraged, Deleveraging};
use ballast_core::error::{BallastError, Result};
use ballast_core::margin::{CLOSE_OUT, MAINTENANCE};
use ballast_core::units::{Timestamp, Usd};

/// A long of 100,000 USD that a fall by an eighth made insolvent, six minutes in liquidation, and the winner opposite.
fn abandoned() -> (World, usize, usize, usize) {
    let (mut world, _, keeper, winner) = market();
    let account = world.account(4, usd(11_000));
    hold(&mut world, account, winner, BTC_PERP, 10_000);
    world.pass(5);
    world.price(BTC, moved(BTC_PRICE, -1_250));
    world.price(SOL, SOL_PRICE);
    world.liquidate(account, keeper, None, BTC_PERP, 0).unwrap();
    world.pass(360);
    world.renew();
    (world, account, keeper, winner)
}

fn maintenance(world: &World, account: usize) -> i64 {
    world.exposure(account).requirement(MAINTENANCE).unwrap().0
}

#[test]
fn a_rich_winner_is_not_closed_where_that_makes_it_weaker() {
    let (mut world, account, keeper, _) = abandoned();
    let hedged = world.account(5, usd(1_000_000));
    hold(&mut world, hedged, keeper, BTC_PERP, -9_000);
    hold(&mut world, hedged, keeper, BTC_LARGE, 900);
    world.pass(5);
    world.price(BTC, moved(BTC_PRICE, -1_350));
    let before = Snapshot::of(&world);
    assert_eq!(world.deleverage(account, hedged, BTC_PERP, ALL), Err(BallastError::OppositeWeakened));
    before.assert_unchanged(&world);
}

#[test]
fn a_winner_below_maintenance_is_closed_where_that_makes_it_no_weaker_and_stays_in_liquidation() {
    let (mut world, account, _, winner) = abandoned();
    set_equity(&mut world, account, -1_000_000);
    world.accounts[winner].cash = Usd::ZERO;
    let tenths = 9 * maintenance(&world, winner) / 10;
    let gained = world.equity(winner).0;
    let mut held = world.accounts[winner].position(world.contracts[BTC_PERP].id);
    held.basis.0 += tenths - gained;
    world.accounts[winner].put(held).unwrap();
    let began = Timestamp(world.clock.0 - 60);
    world.accounts[winner].liquidation_at = began;
    let done = world.deleverage(account, winner, BTC_PERP, 100).unwrap();
    assert_eq!((done.closed.0, done.given_up), (100, Usd(10_000)));
    assert!(world.equity(winner).0 < maintenance(&world, winner));
    assert_eq!(world.accounts[winner].liquidation_at, began);
}

/// All of it is closed at the price at which nothing of its equity is left, and nothing is needed any more.
#[test]
fn a_winner_at_maintenance_may_give_up_all_that_it_needs_no_more() {
    let (mut world, account, _, winner) = abandoned();
    let needed = maintenance(&world, winner);
    world.accounts[winner].cash = Usd::ZERO;
    let mut held = world.accounts[winner].position(world.contracts[BTC_PERP].id);
    held.basis.0 += needed - world.equity(winner).0;
    world.accounts[winner].put(held).unwrap();
    set_equity(&mut world, account, -needed);
    assert_eq!((world.equity(winner).0, world.equity(account).0), (needed, -needed));
    let done = world.deleverage(account, winner, BTC_PERP, ALL).unwrap();
    assert_eq!((done.given_up.0, done.resolved.resolved), (needed, true));
    assert_eq!((world.equity(winner).0, maintenance(&world, winner)), (0, 0));
}

#[test]
fn a_winner_that_reaches_close_out_leaves_liquidation() {
    let (mut world, account, _, winner) = abandoned();
    world.accounts[winner].liquidation_at = world.clock;
    world.deleverage(account, winner, BTC_PERP, 100).unwrap();
    assert!(world.meets(winner, CLOSE_OUT));
    assert_eq!(world.accounts[winner].liquidation_at, Timestamp::ZERO);
}

fn with_reserve(world: &mut World, account: usize, opposite: usize, reserve: usize) -> Result<Deleveraged> {
    let [account, opposite, reserve] = world.accounts.get_disjoint_mut([account, opposite, reserve]).unwrap();
    let accounts = Deleveraging {
        account,
        opposite,
        reserve: Some(reserve),
        contract: &mut world.contracts[BTC_PERP],
        others: &mut [],
        fund: &mut world.fund,
        board: &mut world.board,
    };
    clearing::deleverage(accounts, &world.exchange, 100, world.clock)
}

#[test]
fn what_the_reserve_gives_comes_first_and_is_told() {
    let (mut world, account, _, winner) = abandoned();
    let reserve = world.account(4, usd(50_000));
    let [named, held] = world.accounts.get_disjoint_mut([account, reserve]).unwrap();
    clearing::set_top_up(named, Some((held, key(60))), usd(7), false).unwrap();
    set_equity(&mut world, account, -10_000_000);
    let done = with_reserve(&mut world, account, winner, reserve).unwrap();
    assert_eq!((done.topped_up, done.closed.0), (usd(7), 100));
    assert_eq!((done.given_up, world.accounts[reserve].cash), (Usd(30_000), usd(49_993)));
    // at close-out with what is left of the reserve: nothing is closed
    world.accounts[account].top_up.daily_limit = usd(40_000);
    let done = with_reserve(&mut world, account, winner, reserve).unwrap();
    assert_eq!((done.closed.0, done.given_up, done.in_liquidation), (0, Usd::ZERO, false));
    assert!(done.topped_up > usd(5_000) && world.accounts[account].liquidation_at == Timestamp::ZERO);
    world.assert_books();
}

#[test]
fn who_has_no_equity_left_is_not_insolvent_yet() {
    let (mut world, account, _, winner) = abandoned();
    set_equity(&mut world, account, 0);
    let before = Snapshot::of(&world);
    assert_eq!(world.deleverage(account, winner, BTC_PERP, ALL), Err(BallastError::NotInsolvent));
    before.assert_unchanged(&world);
    set_equity(&mut world, account, -1);
    assert_eq!(world.deleverage(account, winner, BTC_PERP, ALL).unwrap().given_up, Usd(1));
}

#[test]
fn below_close_out_liquidation_goes_on_after_a_part() {
    let (mut world, account, _, winner) = abandoned();
    let done = world.deleverage(account, winner, BTC_PERP, 9_999).unwrap();
    assert!(done.in_liquidation && !done.resolved.resolved);
    stand_at(&mut world, account, CLOSE_OUT, 0);
    assert_eq!(world.deleverage(account, winner, BTC_PERP, ALL).map(|done| done.closed.0), Ok(0));
    assert_eq!(world.accounts[account].liquidation_at, Timestamp::ZERO);
}
