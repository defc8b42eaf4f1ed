//! Laws of a liquidation, for any account that one finds.
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

use ballast_core::clearing::{self, BoardUse};
use ballast_core::error::BallastError;
use ballast_core::margin::{CLOSE_OUT, INITIAL, MAINTENANCE};
use ballast_core::math;
use ballast_core::state::Pausable;
use ballast_core::units::{Ratio, Usd};
use common::{BTC, BTC_LARGE, BTC_PERP, BTC_PRICE, SOL, SOL_PERP, Snapshot, World, hold, key, market, usd};
use proptest::prelude::*;

const ALL: u64 = u64::MAX >> 1;

/// Equity becomes this part, in a thousand, of maintenance.
fn set_standing(world: &mut World, account: usize, thousandths: i64) {
    let maintenance = world.exposure(account).requirement(MAINTENANCE).unwrap().0;
    let wanted = maintenance * thousandths / 1_000;
    let cash = world.accounts[account].cash.0 + wanted - world.equity(account).0;
    world.set_cash(account, Usd(cash.max(0)));
}

fn standing(world: &World, account: usize) -> (i64, i64) {
    let exposure = world.exposure(account);
    (exposure.equity(MAINTENANCE).unwrap().0, exposure.requirement(MAINTENANCE).unwrap().0)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn a_liquidation_takes_the_fewest_lots_and_lowers_nothing(
        lots in [-9_000..9_000_i64, -900..900_i64, -6_000..6_000_i64], thousandths in 0..1_000_i64,
        seconds in 0..900_u64, scan in 2..10_i64, odd in 0..100_000_i64,
    ) {
        let (mut world, account, keeper, maker) = market();
        world.price(BTC, BTC_PRICE + odd * 1_003);
        world.scan(BTC, Ratio::percent(scan));
        for (contract, lots) in lots.into_iter().enumerate() {
            hold(&mut world, account, maker, contract, lots);
        }
        set_standing(&mut world, account, thousandths);
        prop_assume!(!world.meets(account, MAINTENANCE) && world.equity(account) >= Usd::ZERO);
        world.liquidate(account, keeper, None, BTC_PERP, 0).unwrap();
        world.pass(seconds);
        world.renew();
        let fund = world.fund.balance;
        for contract in [BTC_PERP, BTC_LARGE, SOL_PERP] {
            let (equity, maintenance) = standing(&world, account);
            let held = world.size(account, contract).unsigned_abs();
            let before = world.clone();
            let done = match world.liquidate(account, keeper, None, contract, ALL) {
                Ok(done) => done,
                Err(rule) => {
                    prop_assert!(matches!(rule, BallastError::NoMarginFreed | BallastError::PositionMissing));
                    Snapshot::of(&before).assert_unchanged(&world);
                    continue;
                }
            };
            let (after, needed) = standing(&world, account);
            prop_assert!(after >= 0, "a solvent account became insolvent");
            // one unit for the rounding of each requirement
            prop_assert!(math::wide(after + 1, maintenance) >= math::wide(equity, needed - 1), "E/M fell");
            prop_assert!(needed < maintenance);
            prop_assert!(world.meets(keeper, INITIAL));
            let taken = done.taken.lots();
            prop_assert_eq!(held - world.size(account, contract).unsigned_abs(), taken);
            let left = i128::from(held - taken) * i128::from(world.mark(contract).0);
            // what is left of the position before the net is flat
            let whole = taken == held || left < 100_000_000_000_000;
            if !done.in_liquidation {
                prop_assert!(world.meets(account, CLOSE_OUT));
                if taken > 2 && !whole {
                    let mut fewer = before.clone();
                    let some = fewer.liquidate(account, keeper, None, contract, taken - 2).unwrap();
                    prop_assert!(some.in_liquidation, "two lots fewer would have done");
                }
                break;
            }
        }
        prop_assert!(world.fund.balance >= fund, "insurance only gains");
        world.assert_books();
    }

    #[test]
    fn a_liquidation_in_small_steps_pays_no_more_than_in_one(
        lots in 100..9_000_i64, thousandths in 100..999_i64, step in 1..500_u64,
    ) {
        let (mut world, account, keeper, maker) = market();
        hold(&mut world, account, maker, BTC_PERP, lots);
        set_standing(&mut world, account, thousandths);
        world.liquidate(account, keeper, None, BTC_PERP, 0).unwrap();
        world.pass(600);
        world.renew();
        let mut whole = world.clone();
        whole.liquidate(account, keeper, None, BTC_PERP, ALL).unwrap();
        let mut steps = 0;
        while world.accounts[account].liquidation_at.0 != 0 && steps < 10_000 {
            world.liquidate(account, keeper, None, BTC_PERP, step).unwrap();
            steps += 1;
        }
        let unit = i64::from(steps) + 1;
        prop_assert!(world.equity(account).0 + unit >= whole.equity(account).0 - world.mark(BTC_PERP).0 / 1_000_000);
        world.assert_books();
    }

    /// Two accounts of one person trade with each other at prices in the band, then settle: what the two can withdraw
    /// together never grows, and nobody else has less.
    #[test]
    fn fills_between_two_accounts_of_one_person_gain_nothing(
        fills in proptest::collection::vec((any::<bool>(), 1..3_000_u64, -100..=100_i64, 0..3_usize), 1..8),
        cash in [1_000..60_000_i64, 1_000..60_000_i64],
    ) {
        let (mut world, third, _, maker) = market();
        hold(&mut world, third, maker, BTC_PERP, 10_000);
        world.settle(third, BTC_PERP).unwrap_err();
        let mine = [world.account(9, usd(cash[0])), world.account(9, usd(cash[1]))];
        let start = withdrawable(&world, mine);
        prop_assert_eq!(start, (cash[0] + cash[1]) * 1_000_000);
        for (turned, lots, basis_points, contract) in fills {
            let (buyer, seller) = if turned { (mine[1], mine[0]) } else { (mine[0], mine[1]) };
            let _ = world.fill_off(buyer, seller, contract, lots, basis_points);
            for (account, contract) in [(mine[0], contract), (mine[1], contract), (mine[0], contract)] {
                let _ = world.settle(account, contract);
            }
            prop_assert!(withdrawable(&world, mine) <= start);
            let worth = world.equity(mine[0]).0 + world.equity(mine[1]).0;
            prop_assert!(worth <= start, "{} appeared", worth - start);
        }
        prop_assert_eq!(world.equity(third), usd(2_000_000).minus(Usd(50_000_000)).unwrap());
        world.assert_books();
    }
}

/// The most that two accounts can take out, one after the other.
fn withdrawable(world: &World, accounts: [usize; 2]) -> i64 {
    accounts
        .into_iter()
        .map(|account| {
            let (mut some, mut all) = (0, world.accounts[account].cash.0 + 1);
            while all - some > 1 {
                let middle = i64::midpoint(some, all);
                let mut tried = world.accounts[account];
                let mut vault = world.quote;
                let amount = ballast_core::units::Tokens(middle.unsigned_abs());
                let taken = clearing::withdraw(
                    &mut tried,
                    &mut vault,
                    BoardUse::Read(&world.board),
                    &world.exchange,
                    amount,
                    world.clock,
                );
                if taken.is_ok() { some = middle } else { all = middle }
            }
            some
        })
        .sum()
}

#[test]
fn a_hedge_is_not_taken_from_a_solvent_account() {
    let (mut world, account, keeper, maker) = market();
    hold(&mut world, account, maker, BTC_PERP, 10_000);
    hold(&mut world, account, maker, BTC_LARGE, -400);
    set_standing(&mut world, account, 900);
    let before = Snapshot::of(&world);
    let hedge = world.liquidate(account, keeper, None, BTC_LARGE, ALL);
    assert_eq!(hedge, Err(BallastError::NoMarginFreed));
    before.assert_unchanged(&world);
    world.liquidate(account, keeper, None, BTC_PERP, ALL).unwrap();
}

#[test]
fn a_pause_stops_liquidation_of_all_or_of_those_above_critical() {
    let (mut world, account, keeper, maker) = market();
    hold(&mut world, account, maker, BTC_PERP, 10_000);
    set_standing(&mut world, account, 900);
    let mut other = world.clone();
    clearing::pause(&mut world.exchange, Pausable::Liquidation, 60, world.clock).unwrap();
    clearing::pause(&mut other.exchange, Pausable::Deposits, 60, other.clock).unwrap();
    for world in [&mut world, &mut other] {
        assert_eq!(world.liquidate(account, keeper, None, BTC_PERP, ALL), Err(BallastError::LiquidationPaused));
    }
    set_standing(&mut world, account, 300);
    set_standing(&mut other, account, 300);
    assert_eq!(world.liquidate(account, keeper, None, BTC_PERP, ALL), Err(BallastError::LiquidationPaused));
    other.liquidate(account, keeper, None, BTC_PERP, ALL).unwrap();
}

#[test]
fn a_poor_keeper_takes_nothing() {
    let (mut world, account, _, maker) = market();
    let poor = world.account(5, usd(100));
    hold(&mut world, account, maker, BTC_PERP, 10_000);
    set_standing(&mut world, account, 500);
    let before = Snapshot::of(&world);
    let taken = world.liquidate(account, poor, None, BTC_PERP, ALL);
    assert_eq!(taken, Err(BallastError::KeeperBelowInitialMargin));
    before.assert_unchanged(&world);
}

#[test]
fn a_price_that_rounds_a_lot_to_nothing_is_refused_whole() {
    let mut world = World::new();
    world.add_contract(SOL, -12);
    world.renew();
    world.pass(5);
    let before = Snapshot::of(&world);
    // a lot of 1e-12 SOL at 0.00001 USD is worth 1e-17 USD
    assert_eq!(world.refresh(SOL, 1_000, 1_000, 0, None), Err(BallastError::OraclePriceTooSmall));
    before.assert_unchanged(&world);
}

#[test]
fn top_ups_of_a_day_stay_within_the_limit() {
    let (mut world, account, keeper, maker) = market();
    let reserve = world.account(1, usd(50_000));
    let [named, held] = world.accounts.get_disjoint_mut([account, reserve]).unwrap();
    clearing::set_top_up(named, Some((held, key(60))), usd(3_000), false).unwrap();
    hold(&mut world, account, maker, BTC_PERP, 10_000);
    for _ in 0..3 {
        set_standing(&mut world, account, 700);
        let _ = world.rebalance(account, Some(reserve), None);
        set_standing(&mut world, account, 700);
        let _ = world.liquidate(account, keeper, Some(reserve), BTC_PERP, 1);
    }
    assert_eq!(world.accounts[reserve].cash, usd(47_000), "one limit for both ways of topping up");
    world.pass(86_400);
    world.renew();
    set_standing(&mut world, account, 700);
    world.liquidate(account, keeper, Some(reserve), BTC_PERP, 1).unwrap();
    assert!(world.accounts[reserve].cash < usd(47_000), "and another on the next day");
    world.assert_books();
}
