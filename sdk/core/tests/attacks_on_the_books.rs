//! Attacks by rows, gifts, pauses and the order of instructions, each named as in its list, each without its profit.
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
use ballast_core::margin::{CRITICAL, MAINTENANCE};
use ballast_core::state::Pausable;
use ballast_core::units::{Timestamp, Tokens, Usd};
use common::{BTC, BTC_PERP, BTC_PRICE, SOL, SOL_PERP, Snapshot, World, hold, market, moved, usd};

const ALL: u64 = u64::MAX >> 1;

/// Old signed price, fill with oneself, new signed price, all at once: the fill would be an option that costs nothing.
#[test]
fn free_option_on_the_last_minute() {
    let mut world = World::new();
    let (long, short) = (world.account(1, usd(10_000)), world.account(1, usd(10_000)));
    world.pass(31);
    let before = Snapshot::of(&world);
    assert_eq!(world.fill(long, short, BTC_PERP, 1_000), Err(BallastError::PriceStale));
    before.assert_unchanged(&world);
    let signed = |ago: i64, price: i64| Reading {
        price,
        confidence: 1_000,
        ema: price,
        exponent: -8,
        published_at: Timestamp(world.clock.0 - ago),
        previous_published_at: Timestamp(world.clock.0 - ago - 1),
    };
    let (old, new) = (signed(20, BTC_PRICE), signed(0, moved(BTC_PRICE, 200)));
    world.read(BTC, &old, None).unwrap();
    world.fill(long, short, BTC_PERP, 1_000).unwrap();
    // whoever knows the new price cannot show it in the same slot, nor the old one after it
    world.slot -= 1;
    assert_eq!(world.read(BTC, &new, None), Err(BallastError::OracleSameSlot));
    world.read(BTC, &new, None).unwrap();
    assert_eq!(world.read(BTC, &old, None), Err(BallastError::OraclePriceNotNewer));
    // and what twenty seconds moved passed between two accounts of one owner
    assert_eq!(world.equity(long).0 + world.equity(short).0, usd(20_000 - 10).0);
    world.assert_books();
}

/// A position, or a claim, left in a row wakes up in the contract that is listed there next.
#[test]
fn row_reuse() {
    let (mut world, account, _, maker) = market();
    hold(&mut world, account, maker, SOL_PERP, 100);
    let (id, row) = (world.contracts[SOL_PERP].id, world.contracts[SOL_PERP].row);
    let close = |world: &mut World| clearing::close_contract(&mut world.board, &world.contracts[SOL_PERP]);
    assert_eq!(close(&mut world), Err(BallastError::ContractInUse));
    world.pass(5);
    world.price(SOL, moved(common::SOL_PRICE, 100));
    hold(&mut world, account, maker, SOL_PERP, -100);
    // sizes are gone, a loss and a gain are left
    assert_eq!(close(&mut world), Err(BallastError::ContractInUse));
    for holder in [maker, account] {
        world.settle(holder, SOL_PERP).unwrap();
    }
    world.collect_fees(SOL_PERP).unwrap();
    close(&mut world).unwrap();
    world.add_contract(SOL, -1);
    let new = world.contracts.last().unwrap();
    assert!(new.row == row && new.id > id, "the row is used again, the id is not");
    assert_eq!(world.accounts[account].position(new.id).contract, 0);
    assert_eq!(world.settle(account, SOL_PERP), Err(BallastError::WrongContract));
}

/// A gift to a vault's token account is no debt of the exchange, nor anybody's cash.
#[test]
fn donated_token() {
    let (mut world, account, _, maker) = market();
    hold(&mut world, account, maker, BTC_PERP, 100);
    let cash = world.accounts[account].cash;
    let mut audit = clearing::Audit::of(&world.board);
    world.accounts.iter().for_each(|account| audit.margin_account(account).unwrap());
    world.contracts.iter().for_each(|contract| audit.contract(contract).unwrap());
    audit.vault(&world.quote, Tokens(world.tokens[0] + 1)).unwrap();
    assert_eq!(audit.discrepancy(), None);
    world.withdraw(account, None, 1_000_000).unwrap();
    assert_eq!(world.accounts[account].cash, cash.minus(usd(1)).unwrap());
    assert_eq!(clearing::sweep(&world.quote, Tokens(world.tokens[0] + 1)), Ok(Tokens(1)));
    assert_eq!(clearing::sweep(&world.quote, Tokens(world.tokens[0])), Err(BallastError::NothingToSweep));
    world.assert_books();
}

/// Deposits or trading are stopped while liquidation goes on, so that whoever is called cannot answer.
#[test]
fn pause_and_kill() {
    for paused in [Pausable::Deposits, Pausable::Trading] {
        let (mut world, account, keeper, maker) = market();
        hold(&mut world, account, maker, BTC_PERP, 10_000);
        world.set_cash(account, usd(4_000));
        world.rebalance(account, None, None).unwrap();
        clearing::pause(&mut world.exchange, paused, 3_600, world.clock).unwrap();
        assert!(!world.meets(account, MAINTENANCE) && world.meets(account, CRITICAL));
        let taken = world.liquidate(account, keeper, None, BTC_PERP, ALL);
        assert_eq!(taken, Err(BallastError::LiquidationPaused));
        // the called account may reduce and deposit
        hold(&mut world, account, maker, BTC_PERP, -1_000);
        world.deposit(account, None, usd(1).0 as u64).unwrap();
        // below critical the others would pay
        let equity = world.equity(account);
        world.set_cash(account, Usd(world.accounts[account].cash.0 - equity.0 + usd(1_000).0));
        world.liquidate(account, keeper, None, BTC_PERP, ALL).unwrap();
    }
}
