//! Attacks on the fund, and through it on those who stake.

use ballast_core::error::BallastError;
use ballast_core::units::{Ratio, Shares, Timestamp, Usd};

use crate::common::{
    BTC, BTC_LARGE, BTC_PERP, BTC_PRICE, NOON, SOL, SOL_PERP, SOL_PRICE, World, hold, market, moved, usd,
};
use crate::{COOLDOWN, THOUSAND, UNSTAKE_WINDOW, earn, insured, leave};

const ALL: u64 = u64::MAX >> 1;

#[test]
fn first_staker() {
    // the exchange has 1 m USD in its fund, and fees have come in; the first share buys none of it
    let mut world = World::new();
    world.fund_insurance(1_000 * THOUSAND).unwrap();
    earn(&mut world, 200 * THOUSAND);
    let thief = world.open_stake(1);
    world.stake(thief, 1).unwrap();
    let shares = world.stakes[thief].shares;
    world.request_unstake(thief, shares).unwrap();
    world.pass(COOLDOWN);
    assert_eq!(world.unstake(thief).unwrap().paid.0, 1);
    world.stake(thief, THOUSAND).unwrap();
    let shares = world.stakes[thief].shares;
    assert_eq!(leave(&mut world, thief, shares), THOUSAND);
    world.assert_books();
}

#[test]
fn inflation_by_gifts() {
    // a unit staked first, then gifts, so that the next stake buys less than a share; at worst a share is lost to rounding
    let (mut world, thief, victim) = insured();
    world.stake(thief, 1).unwrap();
    let mut given = 1;
    // tokens sent to the vault change nothing: the ledger does not know them
    world.tokens[0] += 1_000_000 * THOUSAND;
    world.tokens[0] -= 1_000_000 * THOUSAND;
    // contributions mint for the exchange, fees are the only income; say that the thief pays a million of them
    world.fund_insurance(1_000 * THOUSAND).unwrap();
    earn(&mut world, 1_000 * THOUSAND);
    given += 2_000 * THOUSAND;
    world.stake(victim, THOUSAND).unwrap();
    let shares = world.stakes[victim].shares;
    let kept = leave(&mut world, victim, shares);
    assert!(kept >= THOUSAND - 2, "{kept}");
    let shares = world.stakes[thief].shares;
    assert!(leave(&mut world, thief, shares) <= 3, "of {given}");
    world.assert_books();
}

#[test]
fn a_dear_share_before_the_first_stake() {
    // one unit contributed by a stranger, then income: the exchange is not locked out of its own fund
    let mut world = World::new();
    world.fund_insurance(1).unwrap();
    earn(&mut world, 500 * THOUSAND);
    world.fund_insurance(THOUSAND).unwrap();
    let alice = world.open_stake(1);
    assert_eq!(world.stake(alice, 77).unwrap().minted, Shares(77));
}

#[test]
fn entering_before_claims_are_repaid() {
    // the fund has paid 1,500 for a claim that its contract will repay; who enters now pays for it
    let (mut world, _, keeper, maker) = market();
    world.fund_insurance(100 * THOUSAND).unwrap();
    let (alice, thief) = (world.open_stake(7), world.open_stake(8));
    world.stake(alice, 100 * THOUSAND).unwrap();
    let account = world.account(4, usd(12_000));
    hold(&mut world, account, maker, BTC_PERP, 10_000);
    hold(&mut world, account, maker, SOL_PERP, 1_000);
    world.pass(5);
    world.price(SOL, moved(SOL_PRICE, 1_000));
    hold(&mut world, account, maker, SOL_PERP, -1_000);
    world.pass(5);
    world.price(BTC, moved(BTC_PRICE, -1_600));
    world.price(SOL, moved(SOL_PRICE, 1_000));
    world.liquidate(account, keeper, None, BTC_PERP, ALL).unwrap();
    assert_eq!(world.fund.owed, usd(1_500));
    world.assert_books();

    world.stake(thief, 100 * THOUSAND).unwrap();
    world.settle(maker, SOL_PERP).unwrap();
    world.collect_fees(SOL_PERP).unwrap();
    assert_eq!(world.fund.owed, Usd::ZERO);
    let shares = world.stakes[thief].shares;
    let paid = leave(&mut world, thief, shares);
    assert!((100 * THOUSAND - 2..=100 * THOUSAND).contains(&paid), "{paid}");
    world.assert_books();
}

#[test]
fn leaving_at_the_sight_of_a_loss() {
    let (mut world, account, keeper, maker) = market();
    world.fund_insurance(10 * THOUSAND).unwrap();
    let (alice, thief) = (world.open_stake(7), world.open_stake(8));
    world.stake(alice, 10 * THOUSAND).unwrap();
    world.stake(thief, 10 * THOUSAND).unwrap();
    world.set_cash(account, usd(10_000));
    hold(&mut world, account, maker, BTC_PERP, 10_000);
    world.pass(5);
    world.price(BTC, moved(BTC_PRICE, -1_200));
    world.price(SOL, SOL_PRICE);
    assert!(world.equity(account) < Usd::ZERO, "everybody sees it");
    let shares = world.stakes[thief].shares;
    world.request_unstake(thief, shares).unwrap();
    assert_eq!(world.unstake(thief), Err(BallastError::UnstakeTooEarly));
    let done = world.liquidate(account, keeper, None, BTC_PERP, ALL).unwrap();
    let lost = done.resolved.by_insurance.0 + done.from_insurance.0;
    assert!(lost > usd(2_000).0);
    world.pass(COOLDOWN);
    let paid = world.unstake(thief).unwrap().paid.0;
    assert_eq!(paid, (30 * THOUSAND - lost as u64) / 3, "a third, like alice");
}

#[test]
fn always_ready_to_leave() {
    // who asks again and again is payable for two days of nine, not for ever
    let (mut world, thief, _) = insured();
    world.stake(thief, THOUSAND).unwrap();
    let (mut ready, hours) = (0, 9 * 24 * 4);
    for hour in 0..hours {
        let held = world.stakes[thief];
        if world.clock >= held.payable_at.after(UNSTAKE_WINDOW).unwrap() {
            world.request_unstake(thief, held.shares).unwrap();
        }
        let trial = world.clone().unstake(thief);
        ready += u32::from(trial.is_ok());
        assert!(hour >= 168 || trial.is_err());
        world.pass(3_600);
    }
    assert_eq!(ready, hours * 2 / 9);
}

/// Longs against one's own shorts of the same contracts, with as little as initial asks for; the price gaps, the longs are
/// insolvent, and one's own keeper takes them over. Returns what the fund lost.
fn straddles(world: &mut World, thief: u8, contracts: &[usize]) -> Usd {
    let keeper = world.account(thief, usd(4_000_000));
    let mut longs = Vec::new();
    for contract in contracts {
        let (long, short) = (world.account(thief, usd(60_000)), world.account(thief, usd(200_000)));
        world.fill(long, short, *contract, if *contract == BTC_LARGE { 4_000 } else { 40_000 }).unwrap();
        longs.push((long, *contract));
    }
    let before = world.fund.balance;
    world.pass(5);
    world.price(BTC, moved(BTC_PRICE, -3_000));
    for (long, contract) in longs {
        assert!(world.equity(long) < Usd::ZERO);
        world.liquidate(long, keeper, None, contract, ALL).unwrap();
        world.assert_books();
    }
    before.minus(world.fund.balance).unwrap()
}

/// A market in which the fund holds 10 m USD and covers 20,000 a day of one contract, 30,000 of all.
fn thick(contracts: usize) -> World {
    let mut world = World::new();
    world.scan(BTC, Ratio::percent(1));
    while world.contracts.len() < contracts {
        world.add_contract(BTC, -4);
    }
    world.fund_insurance(10_000 * THOUSAND).unwrap();
    world.fund.draw_per_contract = usd(20_000);
    world.fund.draw_per_day = usd(30_000);
    world
}

fn at(world: &mut World, time: i64) {
    world.clock = Timestamp(time);
    world.price(BTC, BTC_PRICE);
    world.price(SOL, SOL_PRICE);
}

#[test]
fn straddles_drain_it() {
    let mut world = thick(7);
    let drained = straddles(&mut world, 1, &[BTC_PERP]);
    assert_eq!(drained, usd(20_000), "the limit of the contract");
    at(&mut world, NOON + 60);
    assert_eq!(world.fill(1, 2, BTC_PERP, 1), Err(BallastError::ContractReduceOnly), "its deficit closes the contract");
    let drained = straddles(&mut world, 2, &[BTC_LARGE, 3, 4, 5, 6]);
    assert_eq!(drained, usd(10_000), "what is left of the day, whatever is lost");
    assert_eq!(world.fund.balance, usd(10_000_000 - 30_000));
}

#[test]
fn straddles_around_midnight_take_two_days_limits_and_no_more() {
    let mut world = thick(8);
    let midnight = (NOON / 86_400 + 1) * 86_400;
    at(&mut world, midnight - 60);
    assert_eq!(straddles(&mut world, 1, &[BTC_PERP, BTC_LARGE]), usd(30_000));
    at(&mut world, midnight);
    assert_eq!(straddles(&mut world, 2, &[3, 4, 5]), usd(30_000));
    at(&mut world, midnight + 86_300);
    assert_eq!(straddles(&mut world, 3, &[6, 7]), Usd::ZERO);
}
