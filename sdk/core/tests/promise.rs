//! The promise of the ramp: who meets the initial level is not liquidated within a day while prices stay, whatever the
//! targets do.
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

use ballast_core::margin::{INITIAL, MAINTENANCE};
use ballast_core::model::WeightRamp;
use ballast_core::units::{Ratio, Scan, Usd};
use common::{BTC, BTC_PERP, SOL, SOL_VAULT, World, hold, market};
use proptest::prelude::*;

const DAY: u64 = 86_400;

fn retarget(world: &mut World, underlying: u8, target: Scan) {
    let now = world.clock;
    let row = &mut world.board.underlyings[usize::from(underlying)];
    row.ramp.retarget(&row.ramp_terms, target, now).unwrap();
}

/// Targets of the two underlyings, each with the seconds until it is set.
fn moves(longest: u64) -> impl Strategy<Value = Vec<(u8, u64, Scan)>> {
    let scans = (10_000_000_000_u64..=2_000_000_000_000).prop_map(Scan);
    prop::collection::vec((prop_oneof![Just(BTC), Just(SOL)], 0..longest, scans), 0..25)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn who_meets_initial_meets_maintenance_for_a_day(
        before in moves(50_000), after in moves(20_000), lots in [-9_000..9_000_i64, -900..900_i64, -6_000..6_000_i64],
        spare in 0..1_000_i64, odd in 0..21_600_u64,
    ) {
        let (mut world, account, _, maker) = market();
        for (contract, lots) in lots.into_iter().enumerate() {
            hold(&mut world, account, maker, contract, lots);
        }
        prop_assume!(world.exposure(account).sized > 0);
        world.pass(odd);
        for (underlying, span, target) in before {
            world.pass(span);
            retarget(&mut world, underlying, target);
        }
        // just above the initial level
        let exposure = world.exposure(account);
        let missing = exposure.requirement(INITIAL).unwrap().minus(exposure.equity(INITIAL).unwrap()).unwrap();
        let cash = world.accounts[account].cash;
        world.set_cash(account, Usd((cash.0 + missing.0 + spare).max(0)));
        prop_assume!(world.meets(account, INITIAL));
        let end = world.clock.after(DAY).unwrap();
        for (underlying, span, target) in after {
            if world.clock.after(span).unwrap() > end {
                break;
            }
            world.pass(span);
            prop_assert!(world.meets(account, MAINTENANCE), "before the target of {underlying}");
            retarget(&mut world, underlying, target);
            prop_assert!(world.meets(account, MAINTENANCE), "after the target of {underlying}");
        }
        // every start of a block until the day is over
        while world.clock < end {
            world.pass(end.since(world.clock).min(1_800));
            prop_assert!(world.meets(account, MAINTENANCE), "{} s before the end of the day", end.since(world.clock));
        }
    }
}

/// What the promise is made of: 1.3 of the scan range is held, and 1.25 may come.
#[test]
fn the_day_after_may_end_it() {
    let (mut world, account, _, maker) = market();
    hold(&mut world, account, maker, BTC_PERP, 10_000);
    world.scan(BTC, Ratio::percent(4));
    let exposure = world.exposure(account);
    let missing = exposure.requirement(INITIAL).unwrap().minus(exposure.equity(INITIAL).unwrap()).unwrap();
    let cash = world.accounts[account].cash;
    world.set_cash(account, cash.plus(missing).unwrap());
    let (start, target) = (world.clock, Ratio::percent(50).scan().unwrap());
    retarget(&mut world, BTC, target);
    while world.meets(account, MAINTENANCE) {
        world.pass(600);
    }
    let hours = world.clock.since(start) / 3_600;
    assert!((24..=30).contains(&hours), "caught after {hours} hours");
}

/// Collateral has no such promise, and its weight falls beside the ramp: what is reported here is by how much.
#[test]
fn the_promise_is_about_cash_a_collaterals_weight_may_fall_on_top() {
    let (mut world, account, _, maker) = market();
    world.scan(BTC, Ratio::percent(4));
    let now = world.clock;
    world.board.vaults[usize::from(SOL_VAULT)].weight = WeightRamp::at(Ratio::percent(80), now);
    world.deposit(account, Some(SOL_VAULT), 100_000_000_000).unwrap();
    hold(&mut world, account, maker, BTC_PERP, 19_000);
    world.set_cash(account, Usd::ZERO);
    assert!(world.meets(account, INITIAL));
    retarget(&mut world, BTC, Ratio::percent(50).scan().unwrap());
    let row = &mut world.board.vaults[usize::from(SOL_VAULT)];
    row.weight.retarget(&row.weight_terms, Ratio::ZERO, now).unwrap();
    world.pass(DAY);
    assert!(!world.meets(account, MAINTENANCE));
}
