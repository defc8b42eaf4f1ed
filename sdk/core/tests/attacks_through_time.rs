//! Attacks through time, prices and ramps, each named as in its list, each without its profit.
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

use ballast_core::clearing::{Call, Reading};
use ballast_core::error::BallastError;
use ballast_core::margin::{MAINTENANCE, TARGET};
use ballast_core::units::{Ratio, Scan, Timestamp, Usd};
use common::{BTC, BTC_PERP, BTC_PRICE, SOL, SOL_PERP, SOL_PRICE, Snapshot, World, moved, usd};

#[test]
fn crossing_ramps() {
    let mut world = World::new();
    let (account, maker) = (world.account(1, usd(200_000)), world.account(2, usd(1_000_000)));
    world.fill(account, maker, BTC_PERP, 50_000).unwrap();
    world.fill(account, maker, SOL_PERP, 30_000).unwrap();
    // one requirement rises while the other falls: their sum dips below what both will reach
    world.ramp(BTC, Ratio::percent(4), Ratio::percent(9));
    world.ramp(SOL, Ratio::percent(9), Ratio::percent(4));
    for cash in 30..100 {
        world.set_cash(account, usd(cash * 1_000));
        let called = !world.meets(account, TARGET);
        let mut later = world.clone();
        for _ in 0..400 {
            later.pass(1_800);
            assert!(called || later.meets(account, MAINTENANCE), "caught by a ramp without a call at {cash},000");
        }
    }
}

#[test]
fn endless_lag() {
    let mut world = World::new();
    world.scan(BTC, Ratio::percent(2));
    let (row, half) = (&mut world.board.underlyings[usize::from(BTC)], Ratio::percent(50).scan().unwrap());
    let terms = row.ramp_terms;
    row.ramp.retarget(&terms, half, world.clock).unwrap();
    let arrival = row.ramp.reaches(&terms).unwrap();
    let (start, mut last) = (world.clock, world.effective(BTC).0);
    // whoever waits, and whoever sets the target anew: it is reached when the ramp said, a quarter a day
    let mut hour = 0_u64;
    while world.clock < arrival {
        world.pass(3_600);
        hour += 1;
        let row = &mut world.board.underlyings[usize::from(BTC)];
        row.ramp.retarget(&terms, Scan(half.0 - hour % 2), world.clock).unwrap();
        let now = world.effective(BTC).0;
        assert!(now >= last && now <= last + last / 4, "{last} became {now} in an hour");
        last = now;
    }
    assert!(half.0 - last <= 1, "and the target is reached");
    let days = arrival.since(start) / 86_400;
    assert!((14..=15).contains(&days), "25-fold at 25 % a day: {days}");
}

#[test]
fn reward_farm() {
    let mut world = World::new();
    world.board.underlyings[0].reward_budget = usd(1);
    let keeper = world.account(1, Usd::ZERO);
    world.clock = Timestamp(common::NOON + 295);
    let mut rewards = 0;
    for _ in 0..100 {
        world.pass(1);
        rewards += world.refresh(BTC, BTC_PRICE, BTC_PRICE, 1_000, Some(keeper)).unwrap().reward.0;
    }
    assert_eq!(rewards, 2_000, "one sample is due, and one reward");

    // opening and closing a call pays three times a day, from the account itself
    let (account, maker) = (world.account(2, usd(10_000)), world.account(3, usd(100_000)));
    world.renew();
    world.fill(account, maker, BTC_PERP, 10_000).unwrap();
    let start = world.accounts[keeper].cash.0;
    let price = world.accounts[account].cash;
    for round in 0..10 {
        world.set_cash(account, if round % 2 == 0 { usd(4_000) } else { price });
        let call = world.rebalance(account, None, Some(keeper)).unwrap().call;
        assert_eq!(call, if round % 2 == 0 { Call::Opened } else { Call::Closed });
        assert_eq!(world.rebalance(account, None, Some(keeper)), Err(BallastError::NothingToRebalance));
    }
    assert_eq!(world.accounts[keeper].cash.0 - start, 3 * 50_000);
}

/// What a ramp makes of a scan range of so many percent in six hours of refreshing every ten seconds.
fn busy_for_six_hours(from: i64, move_by: i64) -> f64 {
    let mut world = World::new();
    world.ramp(BTC, Ratio::percent(from), Ratio::percent(5));
    let (start, mut targets) = (Ratio::percent(from).scan().unwrap().0 as f64, 0);
    for step in 1..=2_160_i64 {
        world.pass(10);
        let price = moved(BTC_PRICE, if (step / 30) % 2 == 0 { move_by } else { 0 });
        let reading = Reading {
            price,
            confidence: 1_000,
            ema: price,
            exponent: -8,
            published_at: world.clock,
            previous_published_at: Timestamp(world.clock.0 - 10),
        };
        let before = world.board.underlyings[0].ramp.target;
        world.read(BTC, &reading, None).unwrap();
        targets += u32::from(before != world.board.underlyings[0].ramp.target);
    }
    assert!(targets > 60, "the ramp was set anew only {targets} times");
    world.effective(BTC).0 as f64 / start
}

#[test]
fn busy_keeper() {
    let rise = busy_for_six_hours(4, 60);
    assert!(rise == 1.125, "half of a day's rise, asked for once or two thousand times: {rise}");
    let fall = busy_for_six_hours(9, 0);
    let least = 0.85_f64.powf(0.25);
    assert!((fall / least - 1.0).abs() < 1e-6, "{fall} instead of {least}");
}

#[test]
fn chosen_sample() {
    let mut honest = World::new();
    honest.pass(295);
    honest.price(BTC, BTC_PRICE);
    let mut chosen = honest.clone();
    // within the step a thief sends every extreme that it can find; none is the one update around the time of the grid
    for second in 1..60 {
        chosen.pass(2);
        let price = moved(BTC_PRICE, if second % 2 == 0 { 90 } else { -90 });
        let reading = Reading {
            price,
            confidence: 1_000,
            ema: BTC_PRICE,
            exponent: -8,
            published_at: chosen.clock,
            previous_published_at: Timestamp(chosen.clock.0 - 1),
        };
        let sampled = chosen.read(BTC, &reading, None).unwrap().measured.sampled;
        assert_eq!(sampled, second == 2, "only the update around the time of the grid");
    }
}

#[test]
fn time_travel() {
    let mut world = World::new();
    let (account, maker) = (world.account(1, usd(10_000)), world.account(2, usd(100_000)));
    world.fill(account, maker, SOL_PERP, 10).unwrap();
    // after a halt the clock lags five hours behind what oracles publish
    let clock = world.clock;
    world.pass(18_000);
    world.price(BTC, BTC_PRICE);
    world.clock = clock;
    let before = Snapshot::of(&world);
    assert_eq!(world.withdraw(account, None, 1), Err(BallastError::PriceStale), "the price of SOL is five hours old");
    assert_eq!(world.fill(account, maker, SOL_PERP, 1), Err(BallastError::PriceStale));
    before.assert_unchanged(&world);
    let day = Reading {
        price: SOL_PRICE,
        confidence: 1,
        ema: SOL_PRICE,
        exponent: -8,
        published_at: Timestamp(clock.0 + 86_401),
        previous_published_at: clock,
    };
    assert_eq!(world.read(SOL, &day, None), Err(BallastError::OraclePriceFromFuture));
}
