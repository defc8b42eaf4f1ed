//! Each rule at its edge: what passes at the bound, what fails a unit beyond it, and that a failure changes nothing.
#![allow(
    missing_docs,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    clippy::indexing_slicing,
    clippy::integer_division,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests may panic"
)]

#[path = "../common/mod.rs"]
mod common;

mod administering;
mod auditing;
mod deleveraging;
mod holding;
mod insuring;
mod levels;
mod liquidating;
mod measuring;
mod moving;
mod pairing;
mod pricing;
mod rebalancing;
mod resolving;
mod selling;
mod setting_up;
mod trading;

use ballast_core::margin::{Level, MAINTENANCE};
use ballast_core::units::Usd;
use common::World;

const ALL: u64 = u64::MAX >> 1;

/// Cash is set so that equity, as a level counts it, is what the level requires and so many units more.
fn stand_at(world: &mut World, account: usize, level: Level, units: i64) {
    let exposure = world.exposure(account);
    let lacking = exposure.requirement(level).unwrap().0 + units - exposure.equity(level).unwrap().0;
    let cash = world.accounts[account].cash.0 + lacking;
    assert!(cash >= 0, "cash alone does not make this standing");
    world.set_cash(account, Usd(cash));
}

/// Equity at maintenance becomes so many units.
fn set_equity(world: &mut World, account: usize, units: i64) {
    let lacking = units - world.exposure(account).equity(MAINTENANCE).unwrap().0;
    let cash = world.accounts[account].cash.0 + lacking;
    assert!(cash >= 0, "cash alone does not make this equity");
    world.set_cash(account, Usd(cash));
}
