//! Liquidations that are slow, hedged, late or not needed, and what becomes of the losses they leave.
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

mod defaults {
    mod deficit;
    mod deleverage;
    mod dust;
    mod losses;
    mod never_stuck;
    mod pacing;
    mod pairs;
}

use ballast_core::margin::MAINTENANCE;
use ballast_core::units::Usd;
use common::World;

/// All lots.
pub const ALL: u64 = u64::MAX >> 1;

/// Equity becomes this part, in a thousand, of maintenance.
pub fn set_standing(world: &mut World, account: usize, thousandths: i64) {
    let maintenance = world.exposure(account).requirement(MAINTENANCE).unwrap().0;
    set_equity(world, account, Usd(maintenance * thousandths / 1_000));
}

/// Sets equity by cash or, where that would be negative, by what the account owes another that holds the same contract.
pub fn set_equity(world: &mut World, account: usize, equity: Usd) {
    let cash = world.accounts[account].cash.0 + equity.0 - world.equity(account).0;
    world.set_cash(account, Usd(cash.max(0)));
    if cash >= 0 {
        return;
    }
    let contract = world.accounts[account].positions[0].contract;
    let owed_to = (0..world.accounts.len()).find(|other| {
        *other != account && world.accounts[*other].find(contract).is_some() && world.accounts[*other].cash > Usd::ZERO
    });
    world.accounts[account].positions[0].basis.0 += cash;
    let other = &mut world.accounts[owed_to.unwrap()];
    let place = other.find(contract).unwrap();
    other.positions[place].basis.0 -= cash;
}
