//! Calls, top-ups and releases.

use super::common::{BTC, BTC_PERP, SOL_VAULT, Snapshot, World, hold, key, market, usd};
use super::stand_at;
use ballast_core::clearing::{self, Call};
use ballast_core::error::BallastError;
use ballast_core::margin::{CLOSE_OUT, INITIAL, MAINTENANCE, TARGET};
use ballast_core::units::{Ratio, Timestamp, Usd};

const REWARD: Usd = Usd(50_000);

/// A long, and a reserve of its owner that tops it up and takes its excess.
pub(crate) fn reserved(limit: Usd) -> (World, usize, usize, usize) {
    let (mut world, account, keeper, maker) = market();
    let reserve = world.account(1, usd(50_000));
    let [named, held] = world.accounts.get_disjoint_mut([account, reserve]).unwrap();
    clearing::set_top_up(named, Some((held, key(60))), limit, true).unwrap();
    hold(&mut world, account, maker, BTC_PERP, 10_000);
    (world, account, keeper, reserve)
}

#[test]
fn a_call_opens_a_unit_below_target_and_closes_at_it() {
    let (mut world, account, keeper, maker) = market();
    hold(&mut world, account, maker, BTC_PERP, 10_000);
    world.ramp(BTC, Ratio::percent(5), Ratio::percent(6));
    stand_at(&mut world, account, TARGET, 0);
    let before = Snapshot::of(&world);
    assert_eq!(world.rebalance(account, None, Some(keeper)), Err(BallastError::NothingToRebalance));
    before.assert_unchanged(&world);
    stand_at(&mut world, account, TARGET, -1);
    let cash = world.accounts[keeper].cash;
    let done = world.rebalance(account, None, Some(keeper)).unwrap();
    assert_eq!((done.call, done.reward, done.topped_up, done.released), (Call::Opened, REWARD, Usd(0), Usd(0)));
    assert_eq!(done.equity.0, done.requirement.0 - 1);
    assert_eq!(world.accounts[account].called_at, world.clock);
    assert_eq!(world.accounts[keeper].cash.0 - cash.0, REWARD.0);
    let before = Snapshot::of(&world);
    assert_eq!(world.rebalance(account, None, Some(keeper)), Err(BallastError::NothingToRebalance), "it is open");
    before.assert_unchanged(&world);
    stand_at(&mut world, account, TARGET, 0);
    let done = world.rebalance(account, None, Some(keeper)).unwrap();
    assert_eq!((done.call, done.reward), (Call::Closed, REWARD));
    assert_eq!(world.accounts[account].called_at, Timestamp::ZERO);
}

#[test]
fn a_keeper_is_paid_three_times_a_day_and_only_what_the_account_has() {
    let (mut world, account, keeper, maker) = market();
    hold(&mut world, account, maker, BTC_PERP, 10_000);
    world.ramp(BTC, Ratio::percent(5), Ratio::percent(6));
    let mut rewards = Vec::new();
    for units in [-1, 0, -1, 0, -1] {
        stand_at(&mut world, account, TARGET, units);
        rewards.push(world.rebalance(account, None, Some(keeper)).unwrap().reward.0);
    }
    assert_eq!(rewards, [50_000, 50_000, 50_000, 0, 0]);
    assert_eq!(world.accounts[account].rewards_paid, 3);
    // another day
    world.pass(86_400);
    world.renew();
    world.ramp(BTC, Ratio::percent(5), Ratio::percent(6));
    stand_at(&mut world, account, TARGET, 0);
    assert_eq!(world.rebalance(account, None, Some(keeper)).unwrap().reward, REWARD);
    assert_eq!(world.accounts[account].rewards_paid, 1);
    // nobody is paid when nobody asks to be
    stand_at(&mut world, account, TARGET, -1);
    assert_eq!(world.rebalance(account, None, None).unwrap().reward, Usd::ZERO);
    // the last unit of cash pays, one less does not
    for (cash, reward) in [(49_999, Usd::ZERO), (50_000, REWARD)] {
        let (mut world, account, keeper, maker) = market();
        world.deposit(account, Some(SOL_VAULT), 100_000_000_000).unwrap();
        hold(&mut world, account, maker, BTC_PERP, 9_000);
        world.set_cash(account, Usd(cash));
        world.ramp(BTC, Ratio::percent(5), Ratio::percent(40));
        assert_eq!(world.rebalance(account, None, Some(keeper)).unwrap().reward, reward);
        assert_eq!(world.accounts[account].cash.0, cash - reward.0);
    }
}

#[test]
fn a_keeper_is_paid_what_maintenance_does_not_need() {
    for (units, reward) in [(REWARD.0, REWARD), (REWARD.0 - 1, Usd::ZERO)] {
        let (mut world, account, keeper, maker) = market();
        hold(&mut world, account, maker, BTC_PERP, 10_000);
        world.ramp(BTC, Ratio::percent(4), Ratio::percent(8));
        stand_at(&mut world, account, MAINTENANCE, units);
        let done = world.rebalance(account, None, Some(keeper)).unwrap();
        assert_eq!((done.call, done.reward), (Call::Opened, reward));
        assert!(world.meets(account, MAINTENANCE));
    }
}

/// Below target it is topped up to initial.
#[test]
fn a_top_up_reaches_initial_within_its_limit_and_the_reserve() {
    let short = |world: &World, account: usize| {
        let exposure = world.exposure(account);
        exposure.requirement(INITIAL).unwrap().0 - exposure.equity(INITIAL).unwrap().0
    };
    let (mut world, account, keeper, reserve) = reserved(usd(40_000));
    world.ramp(BTC, Ratio::percent(5), Ratio::percent(6));
    stand_at(&mut world, account, TARGET, -1);
    let wanted = short(&world, account);
    let mut poor = world.clone();
    let mut bounded = world.clone();
    let done = world.rebalance(account, Some(reserve), Some(keeper)).unwrap();
    assert_eq!((done.topped_up.0, done.call, done.reward), (wanted, Call::None, REWARD));
    assert_eq!(world.accounts[reserve].cash.0, 50_000_000_000 - wanted);
    assert_eq!(world.accounts[account].top_up.used_today.0, wanted);
    assert_eq!(short(&world, account), REWARD.0);
    world.assert_books();

    poor.set_cash(reserve, Usd(7));
    let done = poor.rebalance(account, Some(reserve), Some(keeper)).unwrap();
    assert_eq!((done.topped_up, done.call, done.reward), (Usd(7), Call::None, Usd::ZERO), "too little to be paid for");

    bounded.accounts[account].top_up.daily_limit = Usd(9_999_999);
    bounded.set_cash(account, Usd(bounded.accounts[account].cash.0 - 20_000_000));
    let done = bounded.rebalance(account, Some(reserve), Some(keeper)).unwrap();
    assert_eq!((done.topped_up.0, done.call, done.reward), (9_999_999, Call::Opened, REWARD));
    bounded.accounts[account].top_up.daily_limit = Usd(19_999_998);
    let done = bounded.rebalance(account, Some(reserve), Some(keeper)).unwrap();
    assert_eq!((done.topped_up.0, done.call, done.reward), (9_999_999, Call::Updated, Usd::ZERO));
    bounded.accounts[account].top_up.daily_limit = Usd(29_999_998);
    let done = bounded.rebalance(account, Some(reserve), Some(keeper)).unwrap();
    assert_eq!((done.topped_up.0, done.call, done.reward), (10_000_000, Call::Closed, REWARD));
}

#[test]
fn a_reserve_that_is_not_the_owners_or_holds_positions_gives_and_takes_nothing() {
    let (mut world, account, keeper, reserve) = reserved(usd(40_000));
    stand_at(&mut world, account, TARGET, -1);
    let done = world.clone().rebalance(account, Some(keeper), None).unwrap();
    assert_eq!((done.topped_up, done.call), (Usd::ZERO, Call::Opened));
    world.accounts[reserve].position_count = 1;
    let done = world.clone().rebalance(account, Some(reserve), None);
    assert_eq!(done.map(|done| done.topped_up), Ok(Usd::ZERO));
    world.accounts[reserve].position_count = 0;
    world.set_cash(account, usd(1_000_000));
    assert_eq!(world.rebalance(account, Some(keeper), None), Err(BallastError::NothingToRebalance));
}

/// At a price that is not Good an open call is answered, none is opened or closed, nothing is released.
#[test]
fn at_a_stale_price_it_only_tops_up() {
    let (mut world, account, keeper, reserve) = reserved(usd(40_000));
    stand_at(&mut world, account, TARGET, -20_000_000);
    world.accounts[account].top_up.daily_limit = usd(5);
    world.pass(61);
    for (called, call) in [(Timestamp::ZERO, Call::None), (world.clock, Call::Updated)] {
        let mut world = world.clone();
        world.accounts[account].called_at = called;
        let done = world.rebalance(account, Some(reserve), Some(keeper)).unwrap();
        assert_eq!((done.topped_up, done.call, done.reward), (usd(5), call, Usd::ZERO));
        assert_eq!(world.accounts[account].called_at, called);
    }
    world.set_cash(account, usd(1_000_000));
    let before = Snapshot::of(&world);
    assert_eq!(world.rebalance(account, Some(reserve), Some(keeper)), Err(BallastError::PriceStale));
    before.assert_unchanged(&world);
}

/// What lies above 1.5 x initial is released, if it is worth moving; once a day; never more than the cash.
#[test]
fn excess_of_ten_dollars_is_released_and_less_stays() {
    let (mut world, account, keeper, reserve) = reserved(usd(40_000));
    let kept = |world: &World| (world.exposure(account).requirement(INITIAL).unwrap().0 + 1) / 2;
    let units = kept(&world);
    stand_at(&mut world, account, INITIAL, units + 9_999_999);
    assert_eq!(world.rebalance(account, Some(reserve), Some(keeper)), Err(BallastError::NothingToRebalance));
    stand_at(&mut world, account, INITIAL, units + 10_000_000);
    let mut without = world.clone();
    without.accounts[account].top_up.releases = 0;
    assert_eq!(without.rebalance(account, Some(reserve), Some(keeper)), Err(BallastError::NothingToRebalance));
    assert_eq!(world.clone().rebalance(account, None, Some(keeper)), Err(BallastError::NothingToRebalance));
    let had = world.accounts[reserve].cash.0;
    let done = world.rebalance(account, Some(reserve), Some(keeper)).unwrap();
    assert_eq!((done.released, done.reward, done.call), (usd(10), REWARD, Call::None));
    assert_eq!(world.accounts[reserve].cash.0 - had, 10_000_000);
    world.assert_books();
    stand_at(&mut world, account, INITIAL, units + 50_000_000);
    assert_eq!(world.rebalance(account, Some(reserve), Some(keeper)), Err(BallastError::NothingToRebalance), "today");
    world.pass(86_400);
    world.renew();
    let units = kept(&world);
    stand_at(&mut world, account, INITIAL, units + 50_000_000);
    assert_eq!(world.rebalance(account, Some(reserve), Some(keeper)).unwrap().released, usd(50));
}

#[test]
fn no_more_is_released_than_there_is_cash() {
    let (mut world, account, _, reserve) = reserved(usd(40_000));
    world.deposit(account, Some(SOL_VAULT), 1_000_000_000_000).unwrap();
    world.set_cash(account, usd(25));
    world.board.vaults[usize::from(SOL_VAULT)].initial_weight = Ratio::percent(90);
    let done = world.rebalance(account, Some(reserve), None).unwrap();
    assert_eq!((done.released, world.accounts[account].cash), (usd(25), Usd::ZERO));
}

/// A rebalancing that brings an account in liquidation to close-out ends the liquidation.
#[test]
fn a_top_up_to_close_out_ends_a_liquidation() {
    let (mut world, account, keeper, reserve) = reserved(usd(40_000));
    stand_at(&mut world, account, MAINTENANCE, -1);
    world.liquidate(account, keeper, None, BTC_PERP, 0).unwrap();
    world.rebalance(account, Some(reserve), None).unwrap();
    assert!(world.meets(account, CLOSE_OUT));
    assert_eq!(world.accounts[account].liquidation_at, Timestamp::ZERO);
}

/// Who meets target is not called, and not topped up either, though it lies below initial.
#[test]
fn an_account_at_target_is_not_topped_up() {
    for (units, tops_up) in [(0, false), (-1, true)] {
        let (mut world, account, _, reserve) = reserved(usd(40_000));
        stand_at(&mut world, account, TARGET, units);
        assert!(!world.meets(account, INITIAL));
        let done = world.rebalance(account, Some(reserve), None);
        assert_eq!(done.is_ok_and(|done| done.topped_up > Usd::ZERO), tops_up);
    }
}
