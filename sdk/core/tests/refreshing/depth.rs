//! Depth as reporters post it, and as it reaches the target.

use ballast_core::clearing::post_depth;
use ballast_core::error::BallastError;
use ballast_core::units::{Key, Ratio, SCAN_ONE, Timestamp, Usd, Variance};

use crate::common::{BTC, BTC_PERP, BTC_PRICE, Snapshot, World, hold, key, market, reporter, usd};

#[test]
fn only_a_reporter_of_the_exchange_posts_and_a_refusal_changes_nothing() {
    let mut world = World::new();
    world.exchange.depth_reporters[4] = Key::NONE;
    let before = Snapshot::of(&world);
    let mut post = |row, signer, depth| post_depth(&mut world.board, &world.exchange, row, signer, depth, world.clock);
    for stranger in [key(70), key(90), Key::NONE, reporter(4)] {
        assert_eq!(post(BTC, stranger, usd(5)), Err(BallastError::NotDepthReporter));
    }
    for row in [9, 31, u8::MAX] {
        assert_eq!(post(row, reporter(0), usd(5)), Err(BallastError::UnknownUnderlying));
    }
    for nothing in [Usd::ZERO, usd(-5)] {
        assert_eq!(post(BTC, reporter(0), nothing), Err(BallastError::AmountZero));
    }
    before.assert_unchanged(&world);
}

#[test]
fn the_underlying_says_how_many_make_a_median() {
    let mut world = World::new();
    world.board.underlyings[0].depth_terms.quorum = 3;
    let floor = world.board.underlyings[0].depth_terms.floor;
    assert_eq!(world.post_depth(BTC, 0, usd(3_000_000)), Ok(floor));
    assert_eq!(world.post_depth(BTC, 0, usd(9_000_000)), Ok(floor), "the same reporter again");
    assert_eq!(world.post_depth(BTC, 2, usd(1_000_000)), Ok(floor));
    assert_eq!(world.post_depth(BTC, 4, usd(2_000_000)), Ok(usd(2_000_000)));
    assert_eq!(world.board.underlyings[1].depth, ballast_core::model::Depth::default(), "another market's is its own");
}

#[test]
fn a_clock_that_lags_does_not_make_old_reports_fresh() {
    let mut world = World::new();
    world.board.underlyings[0].depth_terms.quorum = 2;
    world.post_depth(BTC, 0, usd(1_000_000)).unwrap();
    let clock = world.clock;
    world.pass(601);
    world.price(BTC, BTC_PRICE);
    world.clock = clock;
    let floor = world.board.underlyings[0].depth_terms.floor;
    assert_eq!(world.post_depth(BTC, 1, usd(1_000_000)), Ok(floor));
    assert_eq!(world.board.underlyings[0].depth.reports[1].at, Timestamp(clock.0 + 601));
}

#[test]
fn a_market_that_outgrows_its_depth_gets_dearer_with_the_next_sample() {
    let (mut world, account, _, maker) = market();
    let terms = &mut world.board.underlyings[0].target_terms;
    (terms.minimum, terms.maximum) = (Ratio(1).scan().unwrap(), SCAN_ONE);
    hold(&mut world, account, maker, BTC_PERP, 800_000);
    // the average of a day has come to the open interest
    for _ in 0..40 {
        world.pass(86_400);
        world.price(BTC, BTC_PRICE);
    }
    let target = |world: &mut World, depth| {
        world.pass(900);
        for reporter in 0..3 {
            world.post_depth(BTC, reporter, depth).unwrap();
        }
        let before = world.board.underlyings[0].ramp.target;
        world.price(BTC, BTC_PRICE);
        let row = &world.board.underlyings[0];
        assert_ne!(before, row.ramp.target);
        let variance = row.volatility.variance(&row.volatility_terms, Variance::ZERO).unwrap().0 as f64 * 1e-18;
        let k = 4.5 * (1.0 + row.coverage.correction.0 as f64 * 1e-9);
        row.ramp.target.0 as f64 * 1e-12 / (k * (variance * 3_600.0).sqrt())
    };
    // sqrt(8,000,000 / depth), gamma being one, while the first median is free and the later fall by their half-life
    for depth in [2_000_000, 32_000_000, 4_000_000] {
        let crowding = target(&mut world, usd(depth));
        let seen = world.board.underlyings[0].depth.value.0 as f64 / 1e6;
        let truth = (8_000_000.0 / seen).sqrt().max(1.0);
        assert!((crowding / truth - 1.0).abs() < 1e-3, "{crowding} is not {truth}");
    }
    let value = world.board.underlyings[0].depth.value.0 as f64 / 1e6;
    let expected = 32_000_000.0 * (-900.0_f64 / 86_400.0).exp2();
    assert!((value / expected - 1.0).abs() < 1e-9, "a fall takes its half-life: {value} is not {expected}");
}
