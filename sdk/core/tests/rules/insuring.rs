//! Stakes, claims of the fund and charges, at their edges.

use super::ALL;
use super::common::{BTC, BTC_PERP, BTC_PRICE, SOL, SOL_PRICE, Snapshot, World, hold, key, market, moved, usd};
use ballast_core::clearing;
use ballast_core::error::BallastError;
use ballast_core::margin::MAINTENANCE;
use ballast_core::state::{Stake, VERSION};
use ballast_core::units::{Shares, Timestamp, Tokens, Usd};
use bytemuck::Zeroable;

const THOUSAND: u64 = 1_000_000_000;

/// The exchange owns 1,000 USD of its fund; a stake without shares.
fn insured() -> (World, usize) {
    let mut world = World::new();
    world.fund_insurance(THOUSAND).unwrap();
    let stake = world.open_stake(1);
    (world, stake)
}

#[test]
fn a_stake_opens_empty() {
    let mut stake = Stake { shares: Shares(9), ..Stake::zeroed() };
    clearing::open_stake(&mut stake, key(1), key(2), 3);
    assert_eq!(stake, Stake { version: VERSION, bump: 3, exchange: key(1), owner: key(2), ..Stake::zeroed() });
}

#[test]
fn stakes_reach_the_vaults_cap_and_not_beyond() {
    let (mut world, stake) = insured();
    world.quote.cap = Tokens(THOUSAND + 10);
    let before = Snapshot::of(&world);
    assert_eq!(world.stake(stake, 11), Err(BallastError::VaultCap));
    before.assert_unchanged(&world);
    world.stake(stake, 10).unwrap();
}

#[test]
fn a_stake_mints_the_least_that_was_named_or_nothing() {
    let (world, place) = insured();
    let mint = |least: u64| {
        let mut world = world.clone();
        let bought = (Tokens(70), Shares(least));
        let clock = world.clock;
        let stake = &mut world.stakes[place];
        clearing::stake(stake, &mut world.fund, &mut world.quote, &world.exchange, bought, clock)
            .map(|done| done.minted)
    };
    assert_eq!(mint(70), Ok(Shares(70)));
    assert_eq!(mint(71), Err(BallastError::TooFewShares));
}

/// At ten thousand shares a unit stakes live on; with one share more they are worth nothing.
#[test]
fn shares_are_wiped_below_a_ten_thousandth_of_a_unit() {
    for (more, generation) in [(0, 0), (1, 1)] {
        let (mut world, stake) = insured();
        world.stake(stake, THOUSAND).unwrap();
        world.fund.shares = Shares(20_000_000 * 10_000 + more);
        world.fund.exchange_shares = Shares(world.fund.shares.0 - THOUSAND);
        world.fund.balance = usd(20);
        world.fund_insurance(1).unwrap();
        assert_eq!(world.fund.generation, generation, "{more}");
    }
}

#[test]
fn a_stake_of_an_earlier_generation_is_forgotten_once() {
    let (mut world, stake) = insured();
    world.stake(stake, THOUSAND).unwrap();
    world.fund.generation = 3;
    let done = world.unstake(stake).unwrap();
    assert_eq!((done.shares, done.paid, done.left), (Shares(THOUSAND), Tokens::ZERO, Shares::ZERO));
    assert_eq!((world.stakes[stake].generation, world.stakes[stake].shares), (3, Shares::ZERO));
    assert_eq!(world.unstake(stake), Err(BallastError::NotLeaving));
}

#[test]
fn rounding_of_charges_alone_is_paid_to_the_fund_too() {
    let mut world = World::new();
    world.board.contracts[0].deficit.surplus = Usd(4);
    world.contracts[BTC_PERP].pool = Usd(9);
    world.collect_fees(BTC_PERP).unwrap();
    assert_eq!((world.board.contracts[0].deficit.surplus, world.contracts[BTC_PERP].pool), (Usd::ZERO, Usd(5)));
    assert_eq!((world.fund.balance, world.fund.owed), (Usd(4), Usd::ZERO));
}

/// An account of 100,000 USD that a fall by a quarter made insolvent.
fn failing() -> (World, usize, usize) {
    let (mut world, _, keeper, maker) = market();
    let account = world.account(4, usd(12_000));
    hold(&mut world, account, maker, BTC_PERP, 10_000);
    world.pass(5);
    world.price(BTC, moved(BTC_PRICE, -2_500));
    world.price(SOL, SOL_PRICE);
    (world, account, keeper)
}

/// What a lot was charged within the hour counts against what it is charged for another loss; an hour later nothing does.
#[test]
fn losses_within_an_hour_are_charged_together() {
    for (ago, together) in [(3_599, true), (3_600, false)] {
        let (mut world, account, keeper) = failing();
        let needed = world.exposure(account).requirement(MAINTENANCE).unwrap().0;
        let (began, row) = (Timestamp(world.clock.0 - ago), &mut world.board.contracts[0]);
        (row.charged_at, row.charged_short, row.charged_long) = (began, Usd(7), Usd(9));
        let done = world.liquidate(account, keeper, None, BTC_PERP, ALL).unwrap();
        assert!(done.resolved.deficit > Usd::ZERO);
        let row = &world.board.contracts[0];
        let half = needed / 10_000 / 2;
        assert_eq!(row.charged_short, Usd(half), "half of a lot's maintenance");
        let expected = if together { (began, Usd(half - 7), Usd(9)) } else { (world.clock, Usd(half), Usd::ZERO) };
        assert_eq!((row.charged_at, row.loss_short, row.charged_long), expected);
    }
}

#[test]
fn nothing_is_charged_or_noted_where_nothing_lacks() {
    let (mut world, account, _, maker) = market();
    hold(&mut world, account, maker, BTC_PERP, 100);
    world.pass(7_200);
    world.renew();
    let row = &world.board.contracts[0];
    assert_eq!((row.charged_at, row.loss_long, row.loss_short), (Timestamp::ZERO, Usd::ZERO, Usd::ZERO));
    // where nobody stands a charge finds nobody, and the hour begins anew
    let mut world = World::new();
    world.pass(7_200);
    world.lack(BTC_PERP, usd(5));
    world.renew();
    let row = &world.board.contracts[0];
    assert_eq!((row.charged_at, row.loss_long, row.loss_short), (world.clock, Usd::ZERO, Usd::ZERO));
    assert_eq!(row.deficit.of_longs, usd(5));
}
