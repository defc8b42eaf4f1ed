//! Hostile days of the last years, played again. Each test also plays the day by the rule of those who lost, with the
//! guard's term taken out, and asserts what would have been lost.
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

#[path = "../common/mod.rs"]
mod common;

mod congestion;
mod mango;
mod open_interest;
mod restart;
mod whale;
mod wicks;

use ballast_core::clearing;
use ballast_core::margin::{INITIAL, MAINTENANCE};
use ballast_core::state::parameters::UnderlyingTerms;
use ballast_core::units::{Ratio, Usd};
use common::{BTC, BTC_PERP, World, hold, usd};

const ALL: u64 = u64::MAX >> 1;

/// One more market, with a perpetual whose lot is 10^e tokens; their rows.
fn list(world: &mut World, terms: UnderlyingTerms, size_exponent: i8) -> (u8, usize) {
    let row = clearing::create_underlying(&world.set_up(), &mut world.board, None, &terms, world.clock).unwrap();
    world.add_contract(row, size_exponent);
    (row, world.contracts.len() - 1)
}

/// Initial as it would be if gains counted at spot, as on venues that lend against them: what could be withdrawn.
fn lent_at_spot(world: &World, account: usize) -> Usd {
    let exposure = world.exposure(account);
    exposure.equity(MAINTENANCE).unwrap().minus(exposure.requirement(INITIAL).unwrap()).unwrap().max(Usd::ZERO)
}

/// The most that an account can withdraw in cash now, to a hundredth of what it has; all of it is taken out.
fn withdraw_most(world: &mut World, account: usize) -> Usd {
    let cash = world.accounts[account].cash.0 as u64;
    let part = (1..=100).rev().map(|percent| cash / 100 * percent).find(|part| {
        let mut tried = world.clone();
        *part > 0 && tried.withdraw(account, None, *part).is_ok()
    });
    part.map_or(Usd::ZERO, |part| {
        world.withdraw(account, None, part).unwrap();
        Usd(part as i64)
    })
}

/// An underlying held to one scan range for good: a constant margin, as venues set it.
fn constant_margin(world: &mut World, underlying: u8, scan: Ratio) {
    world.scan(underlying, scan);
    let terms = &mut world.board.underlyings[usize::from(underlying)].target_terms;
    (terms.minimum, terms.maximum) = (scan.scan().unwrap(), scan.scan().unwrap());
}

/// Longs of 100,000 dollars each, with 8, 10, ... 26 % of it, in a market held to 5 %; and a keeper.
fn longs() -> (World, Vec<usize>, usize) {
    let mut world = World::new();
    let (maker, keeper) = (world.account(9, usd(10_000_000)), world.account(8, usd(10_000_000)));
    world.scan(BTC, Ratio::percent(5));
    let mut longs = Vec::new();
    for percent in (8..=26).step_by(2) {
        let account = world.account(1, usd(100_050));
        hold(&mut world, account, maker, BTC_PERP, 10_000);
        world.set_cash(account, usd(1_000 * percent));
        longs.push(account);
    }
    (world, longs, keeper)
}

/// Liquidates whoever can be, and says how many fell and how much of their equity at the price to come is gone.
fn lost_to_keepers(world: &World, longs: &[usize], keeper: usize, price: i64) -> (u32, Usd) {
    let equity = |world: &World| {
        let mut then = world.clone();
        then.pass(1);
        then.price(BTC, price);
        longs.iter().map(|long| then.equity(*long).0).sum::<i64>()
    };
    let (mut after, mut fallen) = (world.clone(), 0);
    for long in longs {
        fallen += u32::from(after.liquidate(*long, keeper, None, BTC_PERP, ALL).is_ok());
    }
    (fallen, Usd(equity(world) - equity(&after)))
}
