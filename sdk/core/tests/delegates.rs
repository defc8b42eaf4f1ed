//! Delegates: what each limit allows to the unit, and that no sequence of fills loses more than a day's.
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

use ballast_core::clearing::{self, Authority, Fill};
use ballast_core::error::{BallastError, Result};
use ballast_core::state::{DELEGATE_WORST_PRICE, DelegateLimits, DelegateUse};
use ballast_core::units::{Key, PerLot, Ratio, Timestamp, Usd};
use common::{BTC_PERP, Dice, SOL_PERP, Snapshot, World, key, moved, usd};
use proptest::prelude::*;

const VENUE: Key = key(50);
/// A lot of 10 USD: so many are 1,000 USD.
const THOUSAND: u64 = 100;
const DAY: u64 = 86_400;

const LIMITS: DelegateLimits = DelegateLimits {
    contracts: [0; 4],
    worst_price: DELEGATE_WORST_PRICE,
    daily_notional: Usd(10_000_000_000),
    daily_loss: Usd(20_000_000),
};

/// A client whose delegate is the venue, and the other side.
fn delegated(limits: DelegateLimits) -> (World, usize, usize) {
    let mut world = World::new();
    let (client, other) = (world.account(1, usd(1_000_000)), world.account(2, usd(1_000_000)));
    let until = world.clock.after(30 * DAY).unwrap();
    clearing::set_delegate(&mut world.accounts[client], VENUE, until, &limits, world.clock).unwrap();
    (world, client, other)
}

/// The venue buys (or, below zero, sells) lots for the client, so many hundred-thousandths above mark.
fn fill(world: &mut World, (client, other): (usize, usize), contract: usize, lots: i64, above: i64) -> Result<()> {
    let mark = world.mark(contract).0;
    let fill = Fill::new(lots.unsigned_abs(), PerLot(mark + mark / 100_000 * above));
    let (venue, owner) = (Authority::Signer(VENUE), Authority::Signer(key(2)));
    let (buyer, seller) = if lots > 0 { ((client, venue), (other, owner)) } else { ((other, owner), (client, venue)) };
    world.trade_as(buyer, seller, contract, fill).map(|_| ())
}

#[track_caller]
fn refused(world: &mut World, sides: (usize, usize), contract: usize, (lots, above): (i64, i64), rule: BallastError) {
    let before = Snapshot::of(world);
    assert_eq!(fill(world, sides, contract, lots, above), Err(rule));
    before.assert_unchanged(world);
}

#[test]
fn a_fill_counts_with_what_it_trades_and_what_it_loses() {
    let (mut world, client, other) = delegated(LIMITS);
    let day = world.clock.0 / DAY as i64;
    // 1,000 USD at 0.2 % above mark, and a fee of 5 bp
    fill(&mut world, (client, other), BTC_PERP, THOUSAND as i64, 200).unwrap();
    let used = DelegateUse { day, notional: usd(1_002), loss: Usd(2_501_000) };
    assert_eq!(world.accounts[client].delegate_use, used);
    // what is better than mark costs its fee all the same
    fill(&mut world, (client, other), BTC_PERP, -(THOUSAND as i64), 200).unwrap();
    let used = DelegateUse { day, notional: usd(2_004), loss: Usd(3_002_000) };
    assert_eq!(world.accounts[client].delegate_use, used);
    assert_eq!(world.accounts[other].delegate_use, DelegateUse::default(), "owners are not counted");
    world.assert_books();
}

#[test]
fn the_owner_has_no_limits() {
    let (mut world, client, other) = delegated(DelegateLimits { contracts: [9; 4], ..DelegateLimits::default() });
    world.fill_off(client, other, BTC_PERP, 10_000, 90).unwrap();
    assert_eq!(world.accounts[client].delegate_use, DelegateUse::default());
}

#[test]
fn only_listed_contracts() {
    let id = |world: &World, place: usize| world.contracts[place].id;
    let (world, ..) = delegated(LIMITS);
    let contracts = [0, id(&world, BTC_PERP), 0, 0];
    let (mut world, client, other) = delegated(DelegateLimits { contracts, ..LIMITS });
    fill(&mut world, (client, other), BTC_PERP, 1, 0).unwrap();
    refused(&mut world, (client, other), SOL_PERP, (1, 0), BallastError::DelegateContract);
    assert!(LIMITS.covers(id(&world, SOL_PERP)), "an empty list is every contract");
}

#[test]
fn a_price_to_the_unit() {
    let limits = DelegateLimits { worst_price: Ratio::basis_points(20), ..LIMITS };
    let (mut world, client, other) = delegated(limits);
    for (lots, above) in [(1, 200), (-1, -200), (1, -900), (-1, 900)] {
        fill(&mut world, (client, other), BTC_PERP, lots, above).unwrap();
    }
    for (lots, above) in [(1, 201), (-1, -201)] {
        refused(&mut world, (client, other), BTC_PERP, (lots, above), BallastError::DelegatePrice);
    }
}

#[test]
fn notional_to_the_unit() {
    let (mut world, client, other) = delegated(DelegateLimits { daily_notional: usd(2_000), ..LIMITS });
    fill(&mut world, (client, other), BTC_PERP, THOUSAND as i64, 0).unwrap();
    refused(&mut world, (client, other), BTC_PERP, (-(THOUSAND as i64) - 1, 0), BallastError::DelegateNotional);
    fill(&mut world, (client, other), BTC_PERP, -(THOUSAND as i64), 0).unwrap();
    refused(&mut world, (client, other), BTC_PERP, (1, 0), BallastError::DelegateNotional);
}

#[test]
fn loss_to_the_unit() {
    // 0.2 % and the fee of 1,000 USD, twice less a unit
    let (mut world, client, other) = delegated(DelegateLimits { daily_loss: Usd(5_001_999), ..LIMITS });
    fill(&mut world, (client, other), BTC_PERP, THOUSAND as i64, 200).unwrap();
    refused(&mut world, (client, other), BTC_PERP, (THOUSAND as i64, 200), BallastError::DelegateLoss);
    fill(&mut world, (client, other), BTC_PERP, THOUSAND as i64 - 1, 200).unwrap();
    let (mut world, client, other) = delegated(DelegateLimits { daily_loss: Usd(5_002_000), ..LIMITS });
    for _ in 0..2 {
        fill(&mut world, (client, other), BTC_PERP, THOUSAND as i64, 200).unwrap();
    }
    assert_eq!(world.accounts[client].delegate_use.loss, Usd(5_002_000), "the limit itself may be lost");
    refused(&mut world, (client, other), BTC_PERP, (1, 0), BallastError::DelegateLoss);
}

#[test]
fn a_day_ends_at_midnight() {
    let (mut world, client, other) = delegated(DelegateLimits { daily_notional: usd(1_000), ..LIMITS });
    fill(&mut world, (client, other), BTC_PERP, THOUSAND as i64, 0).unwrap();
    let midnight = (world.clock.0 / DAY as i64 + 1) * DAY as i64;
    world.clock = Timestamp(midnight - 1);
    world.renew();
    refused(&mut world, (client, other), BTC_PERP, (-1, 0), BallastError::DelegateNotional);
    world.pass(1);
    fill(&mut world, (client, other), BTC_PERP, -1, 0).unwrap();
}

#[test]
fn another_delegate_goes_on_with_the_day() {
    let limits = DelegateLimits { daily_notional: usd(1_000), ..LIMITS };
    let (mut world, client, other) = delegated(limits);
    fill(&mut world, (client, other), BTC_PERP, THOUSAND as i64, 0).unwrap();
    let (clock, account) = (world.clock, &mut world.accounts[client]);
    clearing::set_delegate(account, Key::NONE, Timestamp::ZERO, &limits, clock).unwrap();
    assert_eq!((account.delegate_limits, account.delegate_until), (DelegateLimits::default(), Timestamp::ZERO));
    clearing::set_delegate(account, VENUE, clock.after(1).unwrap(), &limits, clock).unwrap();
    refused(&mut world, (client, other), BTC_PERP, (1, 0), BallastError::DelegateNotional);
    world.pass(1);
    refused(&mut world, (client, other), BTC_PERP, (1, 0), BallastError::NotOwnerOrDelegate);
}

#[test]
fn nobody_is_no_delegate() {
    let (mut world, client, other) = delegated(LIMITS);
    for stranger in [key(51), Key::NONE, key(2)] {
        let fill = Fill::new(1, world.mark(BTC_PERP));
        let sides = ((client, Authority::Signer(stranger)), (other, Authority::Signer(key(2))));
        assert_eq!(world.trade_as(sides.0, sides.1, BTC_PERP, fill), Err(BallastError::NotOwnerOrDelegate));
    }
}

#[test]
fn limits_have_bounds() {
    let (mut world, client, _) = delegated(LIMITS);
    let before = Snapshot::of(&world);
    for outside in [
        DelegateLimits { worst_price: Ratio(DELEGATE_WORST_PRICE.0 + 1), ..LIMITS },
        DelegateLimits { worst_price: Ratio(-1), ..LIMITS },
        DelegateLimits { daily_notional: Usd(-1), ..LIMITS },
        DelegateLimits { daily_loss: Usd(-1), ..LIMITS },
    ] {
        let until = world.clock.after(1).unwrap();
        let set = clearing::set_delegate(&mut world.accounts[client], VENUE, until, &outside, world.clock);
        assert_eq!(set, Err(BallastError::DelegateBounds));
    }
    before.assert_unchanged(&world);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Whatever a thief with the delegate's key does at a standing price, a client loses at most the day's limit.
    #[test]
    fn no_fills_of_a_day_lose_more_than_its_limit(
        seed in 1..u64::MAX, loss in 0..50_000_000_i64, notional in 0..200_000_i64, worst in 0..=50_i64,
    ) {
        let limits = DelegateLimits {
            worst_price: Ratio::basis_points(worst),
            daily_loss: Usd(loss),
            daily_notional: usd(notional),
            ..LIMITS
        };
        let (mut world, client, thief) = delegated(limits);
        let (before, mut dice, mut traded) = (world.equity(client), Dice(seed), 0);
        for _ in 0..60 {
            let lots = dice.between(1, 800) * if dice.chance(50) { 1 } else { -1 };
            let above = dice.between(-600, 600);
            let price = moved(world.mark(BTC_PERP).0, 0) / 100_000 * (100_000 + above);
            if fill(&mut world, (client, thief), BTC_PERP, lots, above).is_ok() {
                traded += i128::from(price) * i128::from(lots.abs());
            }
        }
        prop_assert!(before.0 - world.equity(client).0 <= loss, "{:?} before, {:?} after", before, world.equity(client));
        prop_assert!(traded <= i128::from(usd(notional).0) * 1_000_000);
        world.assert_books();
    }
}
