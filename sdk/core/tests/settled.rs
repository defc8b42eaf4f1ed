//! Positions in contracts that are settled, before they are closed.
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

use ballast_core::error::BallastError;
use ballast_core::margin::{Exposure, MAINTENANCE};
use ballast_core::units::Usd;
use common::{BTC, BTC_PRICE, SOL, SOL_PERP, SOL_PRICE, Snapshot, World, hold, market, moved, usd};

const DAY: u64 = 86_400;
const ALL: u64 = u64::MAX >> 1;

/// Time goes on without SOL; bitcoin has a price.
fn without_sol(world: &mut World, seconds: u64) {
    world.pass(seconds);
    world.price(BTC, BTC_PRICE);
}

/// The feed of SOL dies at a price, and its contracts are settled.
fn settle_at(world: &mut World, price: i64) {
    world.pass(5);
    world.print(SOL, price, price);
    without_sol(world, DAY);
    world.begin_wind_down(SOL).unwrap();
    without_sol(world, DAY);
    world.wind_down(SOL).unwrap();
}

/// Long one contract and short another on the same underlying: anybody closes one of them first.
#[test]
fn a_settled_pair_stays_sound_while_it_is_closed() {
    let (mut world, account, keeper, maker) = market();
    world.add_contract(SOL, -1);
    let second = world.contracts.len() - 1;
    world.pass(5);
    world.price(SOL, SOL_PRICE);
    hold(&mut world, account, maker, SOL_PERP, 10_000);
    hold(&mut world, account, maker, second, -10_000);
    settle_at(&mut world, SOL_PRICE);
    world.set_cash(account, usd(100));
    assert!(world.meets(account, MAINTENANCE));

    world.settle(account, SOL_PERP).unwrap();

    assert!(world.meets(account, MAINTENANCE));
    let before = Snapshot::of(&world);
    assert_eq!(world.liquidate(account, keeper, None, second, ALL), Err(BallastError::NotLiquidatable));
    before.assert_unchanged(&world);
    world.assert_books();
}

/// What a contract was settled at does not move: it needs no margin, and a dead feed freezes nobody who has not closed yet.
#[test]
fn a_settled_position_counts_as_cash() {
    let (mut world, account, _, maker) = market();
    hold(&mut world, account, maker, SOL_PERP, 10_000);
    settle_at(&mut world, moved(SOL_PRICE, -100));
    let exposure = world.exposure(account);
    assert_eq!(exposure.requirement(MAINTENANCE).unwrap(), Usd::ZERO);
    let now = world.board.time(world.clock);
    let (seen, waived) = Exposure::for_liquidation(&world.accounts[account], &world.board, now).unwrap();
    assert_eq!((seen.equity(MAINTENANCE), waived), (exposure.equity(MAINTENANCE), false));
    let equity = world.equity(account);

    world.settle(account, SOL_PERP).unwrap();

    assert_eq!(world.equity(account), equity);
    world.assert_books();
}

/// Nobody takes over what has a fixed value: it is closed, and what is lacking then is resolved.
#[test]
fn settled_lots_are_not_taken_over() {
    let (mut world, account, keeper, maker) = market();
    hold(&mut world, account, maker, SOL_PERP, 10_000);
    settle_at(&mut world, moved(SOL_PRICE, -3_000));
    world.set_cash(account, usd(100));
    let before = Snapshot::of(&world);
    assert_eq!(world.liquidate(account, keeper, None, SOL_PERP, ALL), Err(BallastError::ContractSettled));
    before.assert_unchanged(&world);
    assert!(world.deleverage(account, maker, SOL_PERP, ALL).unwrap().in_liquidation, "what is seen first is noted");
    without_sol(&mut world, 300);
    let before = Snapshot::of(&world);
    assert_eq!(world.deleverage(account, maker, SOL_PERP, ALL), Err(BallastError::ContractSettled));
    before.assert_unchanged(&world);

    world.settle(account, SOL_PERP).unwrap();
    let done = world.liquidate(account, keeper, None, SOL_PERP, ALL).unwrap();

    assert!(done.resolved.resolved);
    world.assert_books();
}
