//! Shares of the insurance fund: who owns what, when it is paid, and what no order of actions can take.
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

#[path = "insurance/attacks.rs"]
mod attacks;
mod common;
#[path = "insurance/random.rs"]
mod random;
#[path = "insurance/rules.rs"]
mod rules;

use ballast_core::clearing::UNSTAKE_WINDOW;
use ballast_core::units::{Shares, Usd};
use common::World;

/// The cooldown of the fixture: a week.
const COOLDOWN: u64 = 604_800;
/// A thousand dollars, in units.
const THOUSAND: u64 = 1_000_000_000;

/// A world whose exchange owns 1,000 USD of its fund, and two stakes without shares.
fn insured() -> (World, usize, usize) {
    let mut world = World::new();
    world.fund_insurance(THOUSAND).unwrap();
    let (alice, bob) = (world.open_stake(1), world.open_stake(2));
    (world, alice, bob)
}

/// What the fund loses without anybody's action: as a draw takes it, with its books.
fn lose(world: &mut World, amount: u64) {
    world.fund.balance = world.fund.balance.minus(Usd(amount as i64)).unwrap();
    world.quote.ledger.0 -= amount;
    world.tokens[0] -= amount;
}

/// What the fund earns from liquidation fees, with its books.
fn earn(world: &mut World, amount: u64) {
    world.fund.balance = world.fund.balance.plus(Usd(amount as i64)).unwrap();
    world.quote.ledger.0 += amount;
    world.tokens[0] += amount;
}

/// Asks for shares, waits, and takes them.
fn leave(world: &mut World, stake: usize, shares: Shares) -> u64 {
    world.request_unstake(stake, shares).unwrap();
    world.pass(COOLDOWN);
    world.unstake(stake).unwrap().paid.0
}
