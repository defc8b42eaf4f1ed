//! The end of an underlying whose feed is dead.
#![allow(
    missing_docs,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    clippy::indexing_slicing,
    clippy::integer_division,
    clippy::unwrap_used,
    reason = "tests may panic"
)]

mod common;

use ballast_core::clearing::{self, WoundDown};
use ballast_core::error::BallastError;
use ballast_core::state::{Change, Position};
use ballast_core::units::{Ratio, Timestamp, Usd};
use common::{
    BTC, BTC_PERP, BTC_PRICE, SOL, SOL_PERP, SOL_PRICE, SOL_VAULT, Snapshot, World, hold, key, market, moved, usd,
};
use proptest::prelude::*;

const DAY: u64 = 86_400;
const SETTLED: WoundDown = WoundDown { contracts: 1, vaults: 0, covered: Usd::ZERO };

/// Time goes on without SOL; bitcoin has a price.
fn without_sol(world: &mut World, seconds: u64) {
    world.pass(seconds);
    world.price(BTC, BTC_PRICE);
}

/// An account that is long SOL, and its feed dead for a day. The last average was a hundredth below the price.
fn dead() -> (World, usize, usize) {
    let (mut world, account, _, maker) = market();
    hold(&mut world, account, maker, SOL_PERP, 1_000);
    world.pass(5);
    world.print(SOL, SOL_PRICE, moved(SOL_PRICE, -100));
    without_sol(&mut world, DAY);
    (world, account, maker)
}

fn settled() -> (World, usize, usize) {
    let (mut world, account, maker) = dead();
    world.begin_wind_down(SOL).unwrap();
    without_sol(&mut world, DAY);
    assert_eq!(world.wind_down(SOL), Ok(SETTLED));
    (world, account, maker)
}

#[test]
fn wind_down_settles_at_the_last_good_average() {
    let (mut world, account, maker) = settled();
    world.assert_books();
    // 1,000 lots of a tenth, 1.50 a coin lower
    assert_eq!(world.settle(account, SOL_PERP).unwrap().paid, Usd(-150_000_000));
    world.assert_books();
    assert_eq!(world.contracts[SOL_PERP].open_interest, 0);
    assert_eq!(world.settle(maker, SOL_PERP).unwrap().paid, Usd(150_000_000));
    world.assert_books();
    for account in [account, maker] {
        assert_eq!(world.size(account, SOL_PERP), 0);
        assert_eq!(world.accounts[account].position_count, 0);
    }
    world.collect_fees(SOL_PERP).unwrap();
    clearing::close_contract(&mut world.board, &world.contracts[SOL_PERP]).unwrap();
}

/// A Wide price that came last says nothing about what the contract is worth.
#[test]
fn wind_down_settles_at_the_last_average_that_was_good() {
    let (mut world, account, _, maker) = market();
    hold(&mut world, account, maker, SOL_PERP, 1_000);
    world.pass(5);
    world.print(SOL, SOL_PRICE, moved(SOL_PRICE, -100));
    world.pass(5);
    world.refresh(SOL, SOL_PRICE, moved(SOL_PRICE, 200), SOL_PRICE / 20, None).unwrap();
    without_sol(&mut world, DAY);
    world.begin_wind_down(SOL).unwrap();
    without_sol(&mut world, DAY);
    world.wind_down(SOL).unwrap();
    assert_eq!(world.mark(SOL_PERP).0, 15_000_000_000_000 / 100 * 99);
}

#[test]
fn a_winner_closes_before_the_loser_has_paid() {
    let (mut world, account, maker) = settled();
    let done = world.settle(maker, SOL_PERP).unwrap();
    assert_eq!((done.paid, world.size(maker, SOL_PERP)), (Usd::ZERO, 0), "the pool is empty, and the claim stays");
    world.assert_books();
    world.settle(account, SOL_PERP).unwrap();
    assert_eq!(world.settle(maker, SOL_PERP).unwrap().paid, Usd(150_000_000));
    assert_eq!(world.settle(maker, SOL_PERP), Err(BallastError::PositionMissing));
    world.assert_books();
}

#[test]
fn winding_down_begins_only_when_the_feed_is_dead_at_that_time() {
    let (mut world, ..) = market();
    let proposal = world.propose(&Change::WindDown(SOL)).unwrap();
    let timelock = world.exchange.timelock;
    without_sol(&mut world, timelock - 1);
    assert_eq!(world.execute_on(&proposal, None, None), Err(BallastError::ProposalTooEarly));
    // silent for three days, and back
    world.pass(1);
    let dead = world.clone();
    world.renew();
    let before = Snapshot::of(&world);
    assert_eq!(world.execute_on(&proposal, None, None), Err(BallastError::FeedAlive));
    before.assert_unchanged(&world);
    let mut world = dead;
    world.execute_on(&proposal, None, None).unwrap();
    assert_eq!(world.execute_on(&proposal, None, None), Err(BallastError::WindingDown));
}

#[test]
fn winding_down_fails_to_begin_within_a_day_of_a_good_price() {
    let (mut world, ..) = market();
    without_sol(&mut world, DAY - 5);
    assert_eq!(world.begin_wind_down(SOL), Err(BallastError::FeedAlive));
    assert_eq!(world.begin_wind_down(9), Err(BallastError::UnknownUnderlying));
    // a day of wide prices is a dead feed too
    world.pass(1);
    world.refresh(SOL, SOL_PRICE, SOL_PRICE, SOL_PRICE / 20, None).unwrap();
    world.pass(10);
    world.begin_wind_down(SOL).unwrap();
}

#[test]
fn winding_down_fails_to_begin_without_a_price() {
    let mut world = World::new();
    let row = world.price_quote();
    world.pass(2 * DAY);
    assert_eq!(world.begin_wind_down(row), Err(BallastError::PriceMissing));
}

/// A stolen key of the admin, and a feed that sleeps over the weekend.
#[test]
fn nobody_winds_a_sleeping_feed_down_without_a_timelock() {
    let (mut world, ..) = dead();
    let before = Snapshot::of(&world);
    assert_eq!(world.wind_down(SOL), Err(BallastError::NothingToWindDown));
    before.assert_unchanged(&world);
    let proposal = world.propose(&Change::WindDown(SOL)).unwrap();
    world.pass(2 * DAY);
    assert_eq!(world.execute_on(&proposal, None, None), Err(BallastError::ProposalTooEarly));
    clearing::cancel_change(&world.exchange, key(100), &proposal, key(92)).unwrap();
}

#[test]
fn wind_down_fails_when_a_day_of_notice_has_not_passed() {
    let (mut world, account, maker) = dead();
    world.begin_wind_down(SOL).unwrap();
    world.pass(DAY - 1);
    let before = Snapshot::of(&world);
    assert_eq!(world.wind_down(SOL), Err(BallastError::NothingToWindDown));
    before.assert_unchanged(&world);
    assert_eq!(world.settle(account, SOL_PERP), Err(BallastError::PriceStale));
    assert_eq!(world.size(maker, SOL_PERP), -1_000);
    world.pass(1);
    world.wind_down(SOL).unwrap();
    assert_eq!(world.wind_down(SOL), Err(BallastError::NothingToWindDown), "collateral has still some weight");
}

#[test]
fn contracts_take_reductions_only_during_the_notice() {
    let (mut world, account, maker) = dead();
    world.begin_wind_down(SOL).unwrap();
    let added = world.fill(account, maker, SOL_PERP, 1);
    assert_eq!(added, Err(BallastError::ContractReduceOnly));
    world.fill(maker, account, SOL_PERP, 400).unwrap();
    world.assert_books();
}

#[test]
fn a_settled_contract_takes_no_fill_and_no_price() {
    let (mut world, account, maker) = settled();
    let before = Snapshot::of(&world);
    assert_eq!(world.fill(maker, account, SOL_PERP, 1), Err(BallastError::ContractSettled));
    before.assert_unchanged(&world);
    world.pass(5);
    let refused = world.refresh(SOL, SOL_PRICE, SOL_PRICE, 0, None);
    assert_eq!(refused, Err(BallastError::UnderlyingWoundDown));
}

#[test]
fn a_price_in_time_undoes_it() {
    let (mut world, account, maker) = dead();
    world.begin_wind_down(SOL).unwrap();
    world.pass(5);
    world.refresh(SOL, SOL_PRICE, SOL_PRICE, SOL_PRICE / 20, None).unwrap();
    assert!(world.board.underlyings[usize::from(SOL)].feed.wound_down_at > Timestamp::ZERO, "a wide one does not");
    world.pass(5);
    world.price(SOL, SOL_PRICE);
    world.renew();
    assert_eq!(world.board.underlyings[usize::from(SOL)].feed.wound_down_at, Timestamp::ZERO);
    world.fill(account, maker, SOL_PERP, 1).unwrap();
    assert_eq!(world.begin_wind_down(SOL), Err(BallastError::FeedAlive));
    // with the next sample its collateral rises again
    world.pass(300);
    world.price(SOL, SOL_PRICE);
    assert!(world.board.vaults[usize::from(SOL_VAULT)].weight.target > Ratio::ZERO);
}

/// One lot of a retired underlying, and some of it as collateral.
#[test]
fn dead_feed() {
    let (mut world, account, _, maker) = market();
    hold(&mut world, account, maker, SOL_PERP, 1);
    hold(&mut world, account, maker, BTC_PERP, 100);
    world.deposit(account, Some(SOL_VAULT), 10_000_000_000).unwrap();
    without_sol(&mut world, DAY);
    let withdraw = |world: &mut World| world.withdraw(account, None, 1_000_000);
    assert_eq!(withdraw(&mut world), Err(BallastError::PriceStale));
    world.begin_wind_down(SOL).unwrap();
    without_sol(&mut world, DAY);
    world.wind_down(SOL).unwrap();
    // anybody closes the position
    world.settle(account, SOL_PERP).unwrap();
    assert_eq!(withdraw(&mut world), Err(BallastError::PriceStale), "the collateral has weight still");
    let mut days = 1;
    while world.wind_down(SOL).is_err() {
        without_sol(&mut world, DAY);
        days += 1;
        assert!(days < 120, "{:?}", world.board.vaults[usize::from(SOL_VAULT)].weight);
    }
    withdraw(&mut world).unwrap();
    world.withdraw(account, Some(SOL_VAULT), 10_000_000_000).unwrap();
    // the maker has not closed its position, which freezes nothing
    world.fill(account, maker, BTC_PERP, 1).unwrap();
    world.settle(maker, SOL_PERP).unwrap();
    world.fill(account, maker, BTC_PERP, 1).unwrap();
    world.assert_books();
}

/// A settled contract with a loser who lacks 145 of 150 dollars, and the winner's claim closed.
fn with_a_deficit() -> (World, usize) {
    let (mut world, account, maker) = settled();
    world.set_cash(account, usd(5));
    world.settle(maker, SOL_PERP).unwrap();
    world.settle(account, SOL_PERP).unwrap();
    assert_eq!(world.size(account, SOL_PERP), 0);
    let keeper = world.account(7, usd(1_000));
    let done = world.liquidate(account, keeper, None, SOL_PERP, 1).unwrap();
    assert!(done.resolved.resolved);
    assert_eq!((done.resolved.by_index, done.resolved.deficit), (Usd::ZERO, usd(145)));
    world.assert_books();
    (world, maker)
}

#[test]
fn a_settled_contracts_deficit_is_covered_by_the_fund_within_its_limits() {
    let (mut world, maker) = with_a_deficit();
    assert_eq!(world.settle(maker, SOL_PERP), Err(BallastError::GainsHeld));
    assert_eq!(world.wind_down(SOL), Err(BallastError::NothingToWindDown), "the fund is empty");
    world.fund_insurance(1_000_000_000).unwrap();
    world.fund.draw_per_contract = usd(100);
    for (covered, left) in [(100, 45), (45, 0)] {
        assert_eq!(world.wind_down(SOL), Ok(WoundDown { covered: usd(covered), ..WoundDown::default() }));
        assert_eq!(world.deficit(SOL_PERP), usd(left));
        let before = Snapshot::of(&world);
        assert_eq!(world.wind_down(SOL), Err(BallastError::NothingToWindDown), "not twice a day, nor twice");
        before.assert_unchanged(&world);
        world.assert_books();
        world.pass(DAY);
    }
    assert_eq!(world.fund.balance, usd(855));
    assert_eq!(world.settle(maker, SOL_PERP).unwrap().paid, usd(150));
    world.assert_books();
}

#[test]
fn wind_down_fails_for_a_contract_on_another_underlying() {
    let (mut world, ..) = with_a_deficit();
    world.fund_insurance(1_000_000_000).unwrap();
    let before = Snapshot::of(&world);
    let clock = world.clock;
    let World { board, contracts, fund, .. } = &mut world;
    let (bitcoin, others) = contracts.split_at_mut(1);
    let mut passed = [&mut others[1], &mut bitcoin[0]];
    assert_eq!(clearing::wind_down(board, &mut passed, fund, SOL, clock), Err(BallastError::WrongContract));
    before.assert_unchanged(&world);
}

/// One account that cannot pay held all winners up for good.
#[test]
fn one_dollar_of_deficit() {
    let (mut world, maker) = with_a_deficit();
    let part = |world: &mut World| world.settle_in_part(maker, SOL_PERP);
    let mut early = world.clone();
    early.pass(7 * DAY - 3);
    let before = Snapshot::of(&early);
    assert_eq!(part(&mut early), Err(BallastError::PartNotDue));
    before.assert_unchanged(&early);
    world.pass(7 * DAY);
    let cash = world.accounts[maker].cash;
    let done = part(&mut world).unwrap();
    assert_eq!((done.paid, done.given_up, done.cash), (usd(5), usd(145), Usd(cash.0 + 5_000_000)));
    world.assert_books();
    assert_eq!(part(&mut world), Err(BallastError::PositionMissing));
    world.collect_fees(SOL_PERP).unwrap();
    clearing::close_contract(&mut world.board, &world.contracts[SOL_PERP]).unwrap();
}

#[test]
fn settle_in_part_fails_when_what_stands_behind_positions_would_be_given_up() {
    let (mut world, maker) = with_a_deficit();
    world.pass(7 * DAY);
    let other = world.account(30, usd(1_000_000));
    world.price(BTC, BTC_PRICE);
    hold(&mut world, maker, other, BTC_PERP, 100);
    world.set_cash(maker, usd(5));
    let before = Snapshot::of(&world);
    assert_eq!(world.settle_in_part(maker, SOL_PERP), Err(BallastError::BelowInitialMargin));
    before.assert_unchanged(&world);
    world.set_cash(maker, usd(5_000));
    world.settle_in_part(maker, SOL_PERP).unwrap();
    assert_eq!(world.size(maker, BTC_PERP), 100);
    world.assert_books();
}

#[test]
fn settle_in_part_fails_when_nothing_is_due() {
    let refused = |world: &mut World, account: usize, contract: usize, rule| {
        let before = Snapshot::of(world);
        assert_eq!(world.settle_in_part(account, contract), Err(rule));
        before.assert_unchanged(world);
    };
    let (mut world, account, maker) = settled();
    world.pass(8 * DAY);
    refused(&mut world, maker, SOL_PERP, BallastError::PartNotDue); // has not closed, and no deficit is left
    world.settle(maker, SOL_PERP).unwrap();
    refused(&mut world, maker, SOL_PERP, BallastError::PartNotDue); // waits for the loser only
    refused(&mut world, maker, BTC_PERP, BallastError::PositionMissing);
    world.set_cash(account, usd(5));
    world.settle(account, SOL_PERP).unwrap();
    world.lack(SOL_PERP, usd(1));
    refused(&mut world, account, SOL_PERP, BallastError::PartNotDue); // owes
    let (mut world, account, _, maker) = market();
    hold(&mut world, account, maker, BTC_PERP, 1);
    refused(&mut world, maker, BTC_PERP, BallastError::PartNotDue); // trades
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn books_are_exact_in_whatever_order_positions_are_settled(
        lots in proptest::array::uniform4(-5_000..5_000_i64), average in -900..900_i64, odd in 0..100_000_i64,
        order in Just([0_usize, 1, 2, 3, 4]).prop_shuffle(), exponent in -6..0_i8,
    ) {
        let (mut world, _, _, maker) = market();
        world.add_contract(SOL, exponent);
        let perp = world.contracts.len() - 1;
        world.pass(5);
        world.renew();
        let mut held: Vec<usize> = (0..4).map(|owner| world.account(20 + owner, usd(100_000))).collect();
        for (account, lots) in held.iter().zip(lots) {
            hold(&mut world, *account, maker, perp, lots);
        }
        held.push(maker);
        world.pass(5);
        world.print(SOL, SOL_PRICE + odd, moved(SOL_PRICE + odd, average));
        without_sol(&mut world, DAY);
        world.begin_wind_down(SOL).unwrap();
        without_sol(&mut world, DAY);
        world.wind_down(SOL).unwrap();
        world.assert_books();
        for _ in 0..2 {
            for place in order {
                let _ = world.settle(held[place], perp);
                world.assert_books();
            }
        }
        for account in held {
            prop_assert_eq!(world.size(account, perp), 0);
            prop_assert_eq!(world.accounts[account].position_count, 0, "everybody is paid");
        }
        let left = &world.contracts[perp];
        prop_assert_eq!((left.pool, left.holders, left.open_interest), (Usd::ZERO, 0, 0));
        prop_assert_eq!(world.deficit(perp), Usd::ZERO);
    }

    /// Whoever comes first, each is paid the same share to the unit, and nothing is left.
    #[test]
    fn claims_are_paid_in_part_in_proportion(
        claims in proptest::collection::vec(1..5_000_000_000_i64, 1..6), share in 0..=1_000_000_u64,
        order in any::<prop::sample::Index>(),
    ) {
        let (mut world, ..) = settled();
        world.pass(8 * DAY);
        let all: i64 = claims.iter().sum();
        let pool = (i128::from(all - 1) * i128::from(share) / 1_000_000) as i64;
        let row = world.board.contracts[usize::from(world.contracts[SOL_PERP].row)];
        let contract = &mut world.contracts[SOL_PERP];
        (contract.pool, contract.holders) = (Usd(pool), claims.len() as u64);
        let id = contract.id;
        world.lack(SOL_PERP, Usd(all - pool));
        let mut held: Vec<(usize, i64)> = claims.iter().map(|claim| {
            let account = world.account(40, Usd::ZERO);
            let row_index = world.contracts[SOL_PERP].row;
            let position = Position { contract: id, row: row_index, underlying: row.underlying, side: 1, basis: Usd(*claim), ..Position::default() };
            world.accounts[account].put(position).unwrap();
            (account, *claim)
        }).collect();
        let first = order.index(held.len());
        held.rotate_left(first);
        for (account, claim) in held {
            let all_before = world.contracts[SOL_PERP].pool.0 + world.deficit(SOL_PERP).0;
            let done = world.settle_in_part(account, SOL_PERP).unwrap();
            let exact = claim as f64 * pool as f64 / all as f64;
            prop_assert!((done.paid.0 as f64 - exact).abs() <= 6.0, "{} {exact}", done.paid.0);
            prop_assert_eq!(done.paid.0 + done.given_up.0, claim);
            let (pool, deficit) = (world.contracts[SOL_PERP].pool.0, world.deficit(SOL_PERP).0);
            prop_assert_eq!(all_before - claim, pool + deficit);
            prop_assert!(pool >= 0 && deficit >= 0);
            prop_assert_eq!(world.accounts[account].position_count, 0);
        }
        let left = &world.contracts[SOL_PERP];
        prop_assert_eq!((left.pool, world.deficit(SOL_PERP), left.holders), (Usd::ZERO, Usd::ZERO, 0));
    }
}
