//! Attacks that no list had: found by reading the transitions as a thief would.
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

use ballast_core::clearing::{self, Reading};
use ballast_core::error::BallastError;
use ballast_core::margin::{CLOSE_OUT, MAINTENANCE};
use ballast_core::units::{Ratio, Timestamp, Usd};
use common::{
    BTC, BTC_PERP, BTC_PRICE, BTC_VAULT, SOL, SOL_PERP, SOL_VAULT, Snapshot, World, hold, key, market, moved, usd,
};

const ALL: u64 = u64::MAX >> 1;

/// What an account can take out of the exchange now: gains that the pool pays, then cash.
fn takes_out(world: &mut World, account: usize) -> Usd {
    let _ = world.settle(account, BTC_PERP);
    let cash = world.accounts[account].cash;
    if cash > Usd::ZERO && world.withdraw(account, None, cash.0 as u64).is_ok() { cash } else { Usd::ZERO }
}

/// A thief's two accounts against each other, a hundred thousand dollars at initial margin; beside them an honest long
/// and an honest short of as much, well backed.
struct Straddle {
    world: World,
    long: usize,
    short: usize,
    honest_long: usize,
    honest_short: usize,
    paid_in: Usd,
}

fn straddle() -> Straddle {
    let mut world = World::new();
    world.scan(BTC, Ratio::percent(5));
    let (long, short) = (world.account(1, usd(8_000)), world.account(1, usd(8_000)));
    let (honest_long, honest_short) = (world.account(2, usd(50_000)), world.account(3, usd(50_000)));
    world.fill(long, short, BTC_PERP, 10_000).unwrap();
    world.fill(honest_long, honest_short, BTC_PERP, 10_000).unwrap();
    world.pass(5);
    Straddle { world, long, short, honest_long, honest_short, paid_in: usd(16_000) }
}

/// A print that nobody trusts (half as much again, and Wide) pays no gain; but both sides may reduce at it. What they
/// close so is owed at no price any more: the winner takes the cash that honest losers were settled for.
#[test]
fn a_false_print_locked_in() {
    let Straddle { mut world, long, short, honest_short, paid_in, .. } = straddle();
    world.refresh(BTC, moved(BTC_PRICE, 5_000), BTC_PRICE, BTC_PRICE / 10, None).unwrap();
    world.settle(honest_short, BTC_PERP).unwrap();
    // a hair better than mark for the side that has lost more than all
    let closed = world.fill_off(short, long, BTC_PERP, 10_000, -10);
    let taken = takes_out(&mut world, long);
    assert_eq!((closed.err(), taken), (Some(BallastError::PriceWide), Usd::ZERO), "of {paid_in:?} paid in");
}

/// The same beyond four scan ranges from the average.
#[test]
fn a_diverged_print_locked_in() {
    let Straddle { mut world, long, short, honest_short, .. } = straddle();
    world.print(BTC, moved(BTC_PRICE, 3_000), BTC_PRICE);
    world.settle(honest_short, BTC_PERP).unwrap();
    let closed = world.fill_off(short, long, BTC_PERP, 10_000, -10);
    let taken = takes_out(&mut world, long);
    assert_eq!((closed.err(), taken), (Some(BallastError::PriceDiverged), Usd::ZERO));
}

/// The loser's collateral is priced by the same false print, so that it looks solvent at it.
#[test]
fn a_false_print_locked_in_by_collateral_of_the_same_feed() {
    let Straddle { mut world, long, short, honest_short, .. } = straddle();
    world.deposit(short, Some(BTC_VAULT), 120_000_000).unwrap();
    world.refresh(BTC, moved(BTC_PRICE, 20_000), BTC_PRICE, BTC_PRICE / 10, None).unwrap();
    assert!(world.equity(short) > Usd::ZERO);
    world.settle(honest_short, BTC_PERP).unwrap();
    let closed = world.fill(short, long, BTC_PERP, 10_000);
    let taken = takes_out(&mut world, long);
    assert_eq!((closed.err(), taken), (Some(BallastError::PriceWide), Usd::ZERO));
}

/// At a true price: the winner closes with the insolvent loser itself, its other account, and leaves with what honest
/// losers paid; what the loser lacks is charged to the honest winner alone.
#[test]
fn winner_runs_with_the_loser() {
    let Straddle { mut world, long, short, honest_long, honest_short, .. } = straddle();
    world.print(BTC, moved(BTC_PRICE, 1_500), moved(BTC_PRICE, 1_500));
    world.settle(honest_short, BTC_PERP).unwrap();
    assert!(world.equity(short) < Usd::ZERO);
    let before = Snapshot::of(&world);
    let closed = world.fill_off(short, long, BTC_PERP, 10_000, -10);
    assert_eq!(
        closed.err(),
        Some(BallastError::RiskNotReduced),
        "who has lost more than all reduces by liquidation only"
    );
    before.assert_unchanged(&world);
    // so the loss is shared by all who won
    let (thief, honest) = (world.equity(long), world.equity(honest_long));
    let keeper = world.account(9, usd(1_000_000));
    let done = world.liquidate(short, keeper, None, BTC_PERP, ALL).unwrap();
    assert!(done.resolved.resolved);
    assert_eq!(thief.0 - world.equity(long).0, honest.0 - world.equity(honest_long).0);
    world.assert_books();
}

/// While the chain stands still the oracle does not. Signed prices of the time between, posted a slot apart and each less
/// than five minutes after the one before, must not make the outage look like none.
#[test]
fn an_outage_retold_in_small_steps() {
    let (mut world, account, keeper, maker) = market();
    world.scan(BTC, Ratio::percent(5));
    hold(&mut world, account, maker, BTC_PERP, 50_000);
    world.set_cash(account, usd(30_000));
    let began = world.board.underlyings[0].published_at;
    world.pass(3_600);
    let restart = world.clock;
    for step in 1..=12_i64 {
        let published_at = if step == 12 { restart } else { Timestamp(began.0 + step * 299) };
        let price = moved(BTC_PRICE, -step * 50);
        let reading = Reading {
            price,
            confidence: 1_000,
            ema: price,
            exponent: -8,
            published_at,
            previous_published_at: Timestamp(published_at.0 - 1),
        };
        world.read(BTC, &reading, None).unwrap();
    }
    assert!(!world.meets(account, MAINTENANCE));
    let taken = world.liquidate(account, keeper, None, BTC_PERP, ALL);
    assert_eq!(taken, Err(BallastError::LiquidationWaits));
    world.pass(120);
    world.price(BTC, moved(BTC_PRICE, -600));
    world.liquidate(account, keeper, None, BTC_PERP, ALL).unwrap();
}

/// The winner is the keeper and takes all of the loser's lots but one, so that nothing is resolved yet. What it closes
/// carries its share of the loss before.
#[test]
fn winner_runs_in_two_steps() {
    let Straddle { mut world, long, short, honest_long, .. } = straddle();
    world.print(BTC, moved(BTC_PRICE, 1_500), moved(BTC_PRICE, 1_500));
    let (thief, honest) = (world.equity(long), world.equity(honest_long));
    world.liquidate(short, long, None, BTC_PERP, 9_999).unwrap();
    let done = world.liquidate(short, long, None, BTC_PERP, ALL).unwrap();
    assert!(done.resolved.resolved);
    let (thief, honest) = (thief.0 - world.equity(long).0, honest.0 - world.equity(honest_long).0);
    assert_eq!(thief, honest, "both won the same and lose the same");
}

/// The winner takes and closes one half first: of what the account lacks on the other half it bears nothing.
#[test]
#[ignore = "open: a step shares only what goes with its lots; see docs/attacks.md"]
fn winner_runs_with_half() {
    let Straddle { mut world, long, short, honest_long, .. } = straddle();
    world.print(BTC, moved(BTC_PRICE, 1_100), moved(BTC_PRICE, 1_100));
    let (thief, honest) = (world.equity(long), world.equity(honest_long));
    world.liquidate(short, long, None, BTC_PERP, 5_000).unwrap();
    assert!(world.liquidate(short, long, None, BTC_PERP, ALL).unwrap().resolved.resolved);
    let (thief, honest) = (thief.0 - world.equity(long).0, honest.0 - world.equity(honest_long).0);
    assert_eq!(thief, honest, "both won the same and lose the same");
}

/// A keeper begins a liquidation in a dip and takes nothing. The price recovers by itself and nobody touches the account;
/// days later it stands above maintenance, its auction is long over, and a keeper takes lots for the largest fee.
#[test]
#[ignore = "open: a liquidation ends only in an instruction; see docs/attacks.md"]
fn a_liquidation_that_sleeps() {
    let (mut world, account, keeper, maker) = market();
    hold(&mut world, account, maker, BTC_PERP, 50_000);
    world.set_cash(account, usd(30_000));
    world.pass(5);
    world.print(BTC, moved(BTC_PRICE, -200), moved(BTC_PRICE, -200));
    world.scan(BTC, Ratio::percent(5));
    world.liquidate(account, keeper, None, BTC_PERP, 0).unwrap();
    world.pass(5);
    world.price(BTC, moved(BTC_PRICE, 1_500));
    assert!(world.meets(account, CLOSE_OUT));
    world.pass(3 * 86_400);
    world.price(BTC, moved(BTC_PRICE, 30));
    world.pass(150);
    world.price(BTC, moved(BTC_PRICE, 30));
    world.scan(BTC, Ratio::percent(5));
    assert!(world.meets(account, MAINTENANCE));
    let done = world.liquidate(account, keeper, None, BTC_PERP, ALL);
    assert_eq!(done.err(), Some(BallastError::NotLiquidatable));
}

/// Two accounts against each other, each with as much in a market that is about to close for the night as in one that goes
/// on. The loser is judged with the silent half at the better edge of its band, so it falls later than it should; what it
/// may lack then is bounded by the band.
#[test]
fn a_straddle_behind_a_silent_feed() {
    let (mut world, long, keeper, maker) = market();
    hold(&mut world, long, maker, BTC_PERP, 100_000);
    hold(&mut world, long, maker, SOL_PERP, 66_666);
    world.scan(BTC, Ratio::percent(2));
    world.scan(SOL, Ratio::percent(2));
    let notional = usd(1_000_000);
    // 1.3 scan ranges and the fees of both halves
    world.set_cash(long, usd(73_000));
    let mut falls_at = [None; 2];
    for step in 1..=40_i64 {
        world.pass(60);
        world.price(BTC, moved(BTC_PRICE, -step * 25));
        world.scan(BTC, Ratio::percent(2));
        let seen = world.meets(long, MAINTENANCE);
        falls_at[0] = falls_at[0].or((!seen).then_some(step * 25));
        if world.liquidate(long, keeper, None, BTC_PERP, 0).is_ok() {
            falls_at[1] = Some(step * 25);
            break;
        }
    }
    assert_eq!(falls_at, [Some(150), Some(875)], "in parts in ten thousand, with both feeds alive and with one");
    let lacking = -world.equity(long).0;
    assert!(
        lacking > 0 && lacking <= 2 * notional.0 * 2 / 100,
        "two scan ranges of the silent half at most: {lacking}"
    );
}

/// A hold is not waived below critical while the reserve lifts the account above it: the top-up comes first.
#[test]
fn a_wick_before_the_top_up() {
    let (mut world, account, keeper, maker) = market();
    world.scan(BTC, Ratio::percent(5));
    hold(&mut world, account, maker, BTC_PERP, 50_000);
    world.pass(5);
    world.print(BTC, moved(BTC_PRICE, -1_800), BTC_PRICE);
    world.pass(5);
    world.print(BTC, moved(BTC_PRICE, -2_500), BTC_PRICE);
    let held = |world: &World, cash: i64| {
        let mut world = world.clone();
        world.set_cash(account, usd(cash));
        world.liquidate(account, keeper, None, BTC_PERP, ALL).err() == Some(BallastError::PriceDiverged)
    };
    // the least cash with which the hold stands
    let least = (1..2_000).map(|thousands| thousands * 1_000).find(|cash| held(&world, *cash)).unwrap();
    assert!(least > 1_000 && !held(&world, least - 1_000));
    world.set_cash(account, usd(least - 1_000));
    let reserve = world.account(1, usd(2_000));
    let [named, holder] = world.accounts.get_disjoint_mut([account, reserve]).unwrap();
    clearing::set_top_up(named, Some((holder, key(60))), usd(50_000), false).unwrap();

    let before = Snapshot::of(&world);
    let taken = world.liquidate(account, keeper, Some(reserve), BTC_PERP, ALL);
    assert_eq!(taken.err(), Some(BallastError::PriceDiverged));
    before.assert_unchanged(&world);

    // nothing stands in the way of the top-up itself
    let looked = world.liquidate(account, keeper, Some(reserve), BTC_PERP, 0).unwrap();
    assert_eq!((looked.topped_up, looked.in_liquidation), (usd(2_000), false));
    world.assert_books();
}

/// A market whose scan range is above a quarter cannot diverge downwards: nothing falls by more than all.
#[test]
#[ignore = "open: divergence is measured from the average, so that 4 x 30 % has no lower bound; see docs/attacks.md"]
fn a_wick_to_a_tenth_of_a_wild_market() {
    let (mut world, account, keeper, maker) = market();
    hold(&mut world, account, maker, BTC_PERP, 50_000);
    world.scan(BTC, Ratio::percent(30));
    world.set_cash(account, usd(400_000));
    world.pass(5);
    world.print(BTC, moved(BTC_PRICE, -9_000), BTC_PRICE);
    world.scan(BTC, Ratio::percent(30));
    let taken = world.liquidate(account, keeper, None, BTC_PERP, ALL);
    assert_eq!(taken.err(), Some(BallastError::PriceDiverged));
}

/// Anybody may settle a loss as far as cash reaches. Without cash the owner could not pay the fee of a reduction: called it
/// pays what cash there is, in liquidation nothing.
#[test]
fn settled_to_the_last_unit() {
    let (mut world, _, _, maker) = market();
    let account = world.account(4, usd(2_000));
    world.deposit(account, Some(SOL_VAULT), 200_000_000_000).unwrap();
    hold(&mut world, account, maker, BTC_PERP, 10_000);
    world.pass(5);
    world.print(BTC, moved(BTC_PRICE, -300), moved(BTC_PRICE, -300));
    world.settle(account, BTC_PERP).unwrap();
    assert_eq!(world.accounts[account].cash, Usd::ZERO);
    assert_eq!(
        world.fill(maker, account, BTC_PERP, 1).err(),
        Some(BallastError::FeeUnpaid),
        "sound, it is in no hurry"
    );
    let now = world.clock;
    for (cash, called_at, liquidation_at, pays) in
        [(0, now, Timestamp::ZERO, 0), (3, now, Timestamp::ZERO, 3), (3, now, now, 0), (3, Timestamp::ZERO, now, 0)]
    {
        let mut world = world.clone();
        world.set_cash(account, Usd(cash));
        (world.accounts[account].called_at, world.accounts[account].liquidation_at) = (called_at, liquidation_at);
        let done = world.fill(maker, account, BTC_PERP, 1).unwrap();
        assert_eq!((done.seller_fee.0, world.accounts[account].cash.0), (pays, cash - pays));
        assert!(done.buyer_fee > Usd::ZERO, "the other side pays its own");
        world.assert_books();
    }
}
