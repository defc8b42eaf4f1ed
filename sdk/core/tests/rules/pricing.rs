//! Which prices are accepted, and what is said of them.

use super::common::{BTC, BTC_PRICE, SOL, SOL_PRICE, Snapshot, World, hold, market, moved, underlying_terms};
use ballast_core::clearing::{self, Reading, Refreshing};
use ballast_core::error::BallastError;
use ballast_core::state::{Contract, Vault};
use ballast_core::units::{Key, Ratio, Timestamp};

const DAY: u64 = 86_400;

/// An underlying without contracts, whose unit is a token.
fn bare() -> (World, u8) {
    let mut world = World::new();
    let row = clearing::create_underlying(&world.set_up(), &mut world.board, None, &underlying_terms(9), world.clock);
    (world, row.unwrap())
}

fn reading(world: &World, price: i64, ema: i64) -> Reading {
    let (published_at, previous_published_at) = (world.clock, Timestamp(world.clock.0 - 1));
    Reading { price, ema, confidence: 0, exponent: -8, published_at, previous_published_at }
}

#[track_caller]
fn refused(world: &mut World, row: u8, reading: &Reading, rule: BallastError) {
    let before = Snapshot::of(world);
    assert_eq!(world.read(row, reading, None), Err(rule));
    before.assert_unchanged(world);
}

#[test]
fn price_and_average_are_above_zero() {
    let (mut world, row) = bare();
    for (price, ema) in [(0, 5_000), (5_000, 0), (-5_000, 5_000), (5_000, -5_000)] {
        let reading = reading(&world, price, ema);
        refused(&mut world, row, &reading, BallastError::OraclePriceNotPositive);
    }
}

#[test]
fn price_and_average_have_at_least_a_thousand_units() {
    let (mut world, row) = bare();
    for (price, ema) in [(999, 1_000), (1_000, 999), (1, 1)] {
        let reading = reading(&world, price, ema);
        refused(&mut world, row, &reading, BallastError::OraclePriceTooSmall);
    }
    let least = reading(&world, 1_000, 1_000);
    world.read(row, &least, None).unwrap();
    assert_eq!(world.board.underlyings[usize::from(row)].price.0, 1_000);
}

#[test]
fn a_price_is_at_most_a_day_ahead_of_the_clock() {
    let (mut world, row) = bare();
    let ahead = |world: &World, seconds: u64| Reading {
        published_at: world.clock.after(seconds).unwrap(),
        ..reading(world, 5_000, 5_000)
    };
    let late = ahead(&world, DAY + 1);
    refused(&mut world, row, &late, BallastError::OraclePriceFromFuture);
    let day = ahead(&world, DAY);
    world.read(row, &day, None).unwrap();
}

#[test]
fn one_price_is_accepted_in_a_slot_and_only_a_later_one() {
    let (mut world, row) = bare();
    let first = reading(&world, 5_000, 5_000);
    world.read(row, &first, None).unwrap();
    refused(&mut world, row, &first, BallastError::OraclePriceNotNewer);
    world.pass(1);
    let next = reading(&world, 5_000, 5_000);
    world.slot -= 2;
    refused(&mut world, row, &next, BallastError::OracleSameSlot);
    world.read(row, &next, None).unwrap();
}

#[test]
fn exponents_lie_between_minus_twelve_and_zero() {
    for (exponent, accepted) in [(-13, false), (-12, true), (0, true), (1, false)] {
        let (mut world, row) = bare();
        let reading = Reading { exponent, ..reading(&world, 1_000_000_000, 1_000_000_000) };
        if accepted {
            world.read(row, &reading, None).unwrap();
        } else {
            refused(&mut world, row, &reading, BallastError::OracleExponent);
        }
    }
}

#[test]
fn all_contracts_and_vaults_on_the_underlying_are_passed_in_order() {
    let (world, account, _, maker) = market();
    let refresh = |contracts: &[&Contract], vaults: &[&Vault]| {
        let mut world = world.clone();
        world.pass(5);
        let reading = reading(&world, BTC_PRICE, BTC_PRICE);
        let accounts = Refreshing { contracts, vaults, keeper: None };
        let (clock, slot) = (world.clock, world.slot + 1);
        clearing::refresh(&mut world.board, BTC, &reading, accounts, clock, slot).map(|_| ())
    };
    let [first, second, other] = [1, 0, 2].map(|place| &world.contracts[place]);
    let (vault, of_other) = (&world.vaults[1], &world.vaults[0]);
    assert_eq!(refresh(&[first, second], &[vault]), Ok(()));
    assert_eq!(refresh(&[second, first], &[vault]), Err(BallastError::WrongContract));
    assert_eq!(refresh(&[first, other], &[vault]), Err(BallastError::WrongContract));
    assert_eq!(refresh(&[first], &[vault]), Err(BallastError::ContractMissing));
    assert_eq!(refresh(&[first, second], &[]), Err(BallastError::VaultMissing));
    assert_eq!(refresh(&[first, second], &[of_other]), Err(BallastError::WrongVault));
    // of another exchange, with the same ids
    let (contract, elsewhere) =
        (Contract { exchange: Key([7; 32]), ..*first }, Vault { exchange: Key([7; 32]), ..*vault });
    assert_eq!(refresh(&[&contract, second], &[vault]), Err(BallastError::WrongContract));
    assert_eq!(refresh(&[first, second], &[&elsewhere]), Err(BallastError::WrongVault));
    let _ = (account, maker);
}

#[test]
fn a_refresh_says_what_its_price_is_worth() {
    let (mut world, account, _, maker) = market();
    hold(&mut world, account, maker, 0, 1_000);
    world.pass(5);
    let done = world.refresh(BTC, BTC_PRICE, BTC_PRICE, 0, None).unwrap();
    assert!(!done.wide && !done.diverged && !done.after_outage);
    world.pass(5);
    let done = world.refresh(BTC, BTC_PRICE, moved(BTC_PRICE, -3_000), 0, None).unwrap();
    assert!(!done.wide && done.diverged && !done.after_outage);
    world.pass(5);
    let done = world.refresh(BTC, BTC_PRICE, BTC_PRICE, BTC_PRICE / 50, None).unwrap();
    assert!(done.wide && !done.diverged && !done.after_outage);
    // ten minutes of silence end elsewhere
    world.pass(5);
    world.scan(SOL, Ratio::percent(4));
    world.price(SOL, SOL_PRICE);
    world.pass(600);
    let done = world.refresh(SOL, moved(SOL_PRICE, 500), moved(SOL_PRICE, 500), 0, None).unwrap();
    assert!(!done.wide && !done.diverged && done.after_outage);
}
