//! The vault accounts of a refresh.

use ballast_core::clearing::{Reading, Refreshed, Refreshing, refresh};
use ballast_core::error::{BallastError, Result};
use ballast_core::state::{Contract, Vault};
use ballast_core::units::{PerToken, Timestamp};

use crate::common::{
    BTC, BTC_LARGE, BTC_PERP, BTC_PRICE, BTC_VAULT, SOL, SOL_PERP, SOL_PRICE, Snapshot, World, key, moved,
};

fn refresh_with(world: &mut World, vaults: &[&Vault]) -> Result<Refreshed> {
    world.slot += 1;
    let reading = Reading {
        price: SOL_PRICE,
        confidence: 1,
        ema: SOL_PRICE,
        exponent: -8,
        published_at: world.clock,
        previous_published_at: Timestamp(world.clock.0 - 1),
    };
    let contracts: [&Contract; 1] = [&world.contracts[SOL_PERP]];
    let accounts = Refreshing { contracts: &contracts, vaults, keeper: None };
    refresh(&mut world.board, SOL, &reading, accounts, world.clock, world.slot)
}

/// A second vault that SOL prices comes first in the list.
fn two_vaults() -> (World, Vault, Vault) {
    let mut world = World::new();
    let second = world.add_vault(83, 6, SOL);
    let first = world.vaults[0];
    world.pass(5);
    (world, first, second)
}

#[test]
fn all_vaults_of_the_underlying_come_in_the_order_of_the_board() {
    let (mut world, first, second) = two_vaults();
    let foreign = Vault { exchange: key(7), ..first };
    let btc = world.vaults[1];
    let before = Snapshot::of(&world);
    for missing in [vec![], vec![&second]] {
        assert_eq!(refresh_with(&mut world, &missing), Err(BallastError::VaultMissing));
    }
    for wrong in [
        vec![&first, &second],
        vec![&second, &btc],
        vec![&second, &foreign],
        vec![&second, &first, &btc],
        vec![&second, &first, &first],
        vec![&world.quote.clone()],
    ] {
        assert_eq!(refresh_with(&mut world, &wrong), Err(BallastError::WrongVault));
    }
    before.assert_unchanged(&world);
    assert!(refresh_with(&mut world, &[&second, &first]).is_ok());
}

#[test]
fn an_underlying_without_vaults_takes_none() {
    let mut world = World::new();
    let quote = world.price_quote();
    let vault = world.vaults[0];
    let reading = Reading {
        price: 100_000_000,
        confidence: 1,
        ema: 100_000_000,
        exponent: -8,
        published_at: world.clock,
        previous_published_at: Timestamp(0),
    };
    let before = Snapshot::of(&world);
    let none: [&Contract; 0] = [];
    let accounts = Refreshing { contracts: &none, vaults: &[&vault], keeper: None };
    let refused = refresh(&mut world.board, quote, &reading, accounts, world.clock, 99);
    assert_eq!(refused, Err(BallastError::WrongVault));
    before.assert_unchanged(&world);
    let nothing: [&Vault; 0] = [];
    let accounts = Refreshing { contracts: &none, vaults: &nothing, keeper: None };
    assert!(refresh(&mut world.board, quote, &reading, accounts, world.clock, 99).is_ok());
}

/// A mint without decimals whose price leaves the unit of a token's value. Reported: the rows before it are written.
#[test]
fn a_unit_worth_more_than_fits_counts_as_what_fits_and_stops_no_refresh() {
    let mut world = World::new();
    let whole = world.add_vault(83, 0, BTC);
    let second = world.add_vault(84, 8, BTC);
    world.vaults.extend([whole, second]);
    world.pass(5);
    world.refresh(BTC, BTC_PRICE, BTC_PRICE, 1_000, None).unwrap();
    let value_of = |mint: u8| world.board.vaults.iter().find(|row| row.mint == key(mint)).unwrap().value;
    assert_eq!((value_of(83), value_of(84)), (PerToken(u64::MAX), PerToken(1_000_000_000_000)));
}

/// A premium beyond its type is not paid, and the price is accepted whole: the contract, its neighbours and the vaults.
#[test]
fn a_funding_out_of_its_range_keeps_no_price_out() {
    let mut world = World::new();
    world.pass(10_000);
    let meter = &mut world.contracts[BTC_PERP].premium;
    (meter.cumulative, meter.weighted, meter.lots) = (i64::MAX, 5, 1);
    let funding = world.board.contracts[BTC_PERP].funding;
    let higher = moved(BTC_PRICE, 100);
    world.refresh(BTC, higher, higher, 0, None).unwrap();
    assert_eq!(world.board.contracts[BTC_PERP].funding, funding);
    for contract in [BTC_PERP, BTC_LARGE] {
        assert_eq!(world.board.contracts[contract].mark, world.board.contracts[contract].ema_mark);
    }
    assert_eq!(world.mark(BTC_LARGE).0, world.mark(BTC_PERP).0 * 10);
    assert_eq!(world.mark(BTC_PERP).0, higher);
    assert_eq!(world.board.vaults[usize::from(BTC_VAULT)].value, PerToken(higher as u64 / 10));
}
