//! A volatility index as it is posted, and as it reaches the target.

use ballast_core::clearing::{IndexValue, Reading, post_index};
use ballast_core::error::{BallastError, Result};
use ballast_core::model::IndexTerms;
use ballast_core::units::{Key, Ratio, Timestamp, Variance};
use proptest::prelude::*;

use crate::common::{BTC, BTC_PRICE, SOL, Snapshot, World, key};

fn reading(world: &World, price: i64, exponent: i32) -> Reading {
    let published_at = world.clock;
    Reading { price, confidence: 0, ema: 0, exponent, published_at, previous_published_at: published_at }
}

fn read(world: &mut World, reading: Reading) -> Result<Ratio> {
    post_index(&mut world.board, BTC, IndexValue::Read(reading), world.clock)
}

/// A market whose index is a feed in percent.
fn world_with_feed(source: u64) -> World {
    let mut world = World::new();
    world.board.underlyings[0].index_terms.source = source;
    world
}

#[test]
fn each_source_is_posted_its_own_way() {
    let mut world = World::new();
    let signer = world.board.underlyings[0].index_terms.key;
    let signed = IndexValue::Signed(signer, Ratio::percent(60));
    let feed = IndexValue::Read(reading(&world, 60, 0));
    let post = |world: &mut World, row, value| post_index(&mut world.board, row, value, world.clock);

    let before = Snapshot::of(&world);
    assert_eq!(post(&mut world, BTC, feed), Err(BallastError::IndexMissing), "an authority's is no feed");
    let stranger = IndexValue::Signed(key(70), Ratio::percent(60));
    assert_eq!(post(&mut world, BTC, stranger), Err(BallastError::NotIndexAuthority));
    assert_eq!(post(&mut world, 9, signed), Err(BallastError::UnknownUnderlying));
    before.assert_unchanged(&world);
    assert_eq!(post(&mut world, BTC, signed), Ok(Ratio::percent(60)));
    assert_eq!(world.board.underlyings[0].index.at, world.clock);

    for source in [2, 3] {
        let mut world = world_with_feed(source);
        let before = Snapshot::of(&world);
        assert_eq!(post(&mut world, BTC, signed), Err(BallastError::IndexMissing));
        before.assert_unchanged(&world);
        assert_eq!(post(&mut world, BTC, feed), Ok(Ratio::percent(60)));
    }

    world.board.underlyings[1].index_terms = IndexTerms::default();
    let before = Snapshot::of(&world);
    for value in [IndexValue::Signed(Key::NONE, Ratio::percent(60)), feed] {
        assert_eq!(post(&mut world, SOL, value), Err(BallastError::IndexMissing));
    }
    before.assert_unchanged(&world);
}

#[test]
fn an_authority_is_held_to_bounds_time_and_step() {
    let mut world = World::new();
    world.post_index(BTC, Ratio::percent(60)).unwrap();
    let before = Snapshot::of(&world);
    assert_eq!(world.post_index(BTC, Ratio::percent(60)), Err(BallastError::IndexNotNewer));
    assert_eq!(world.post_index(BTC, Ratio::percent(2_001)), Err(BallastError::IndexOutOfBounds));
    world.pass(900);
    assert_eq!(world.post_index(BTC, Ratio(637_500_001)), Err(BallastError::IndexStep));
    before.assert_unchanged(&world);
    assert_eq!(world.post_index(BTC, Ratio(637_500_000)), Ok(Ratio(637_500_000)), "a quarter of an hour");
}

#[test]
fn a_feed_in_percent_becomes_a_yearly_volatility() {
    for (price, exponent, of_terms, value) in [
        (6_250_000_000, -8, -2, 625_000_000),
        (625, -1, -2, 625_000_000),
        (63, 0, -2, 630_000_000),
        (625_000_000_000, -12, 0, 625_000_000),
        (6_250_000_004, -8, -2, 625_000_000),
        (6_250_000_005, -8, -2, 625_000_001),
    ] {
        let mut world = world_with_feed(2);
        world.board.underlyings[0].index_terms.exponent = of_terms;
        let reading = reading(&world, price, exponent);
        assert_eq!(read(&mut world, reading), Ok(Ratio(value)), "{price}e{exponent}, {of_terms}");
        assert_eq!(world.board.underlyings[0].index.value, Ratio(value));
    }
}

#[test]
fn a_feed_counts_for_its_own_time() {
    let mut world = world_with_feed(3);
    let late = Reading { published_at: Timestamp(world.clock.0 - 100), ..reading(&world, 60, 0) };
    read(&mut world, late).unwrap();
    assert_eq!(world.board.underlyings[0].index.at, late.published_at);
    assert_eq!(read(&mut world, late), Err(BallastError::IndexNotNewer));
}

#[test]
fn a_feed_that_says_nothing_is_refused_and_changes_nothing() {
    let mut world = world_with_feed(2);
    let good = reading(&world, 60_000_000, -6);
    let day = Timestamp(world.clock.0 + 86_401);
    let before = Snapshot::of(&world);
    for (wrong, rule) in [
        (Reading { price: 0, ..good }, BallastError::OraclePriceNotPositive),
        (Reading { price: -60, ..good }, BallastError::OraclePriceNotPositive),
        (Reading { confidence: 6_000_001, ..good }, BallastError::PriceWide),
        (Reading { published_at: day, ..good }, BallastError::OraclePriceFromFuture),
        (Reading { published_at: Timestamp(0), ..good }, BallastError::IndexNotNewer),
        (Reading { price: 9, ..good }, BallastError::IndexOutOfBounds),
        (Reading { exponent: -40, ..good }, BallastError::IndexOutOfBounds),
        (Reading { exponent: 0, ..good }, BallastError::IndexOutOfBounds),
        (Reading { exponent: 12, ..good }, BallastError::Overflow),
        (Reading { exponent: i32::MAX, ..good }, BallastError::Overflow),
    ] {
        assert_eq!(read(&mut world, wrong), Err(rule), "{wrong:?}");
    }
    before.assert_unchanged(&world);
    assert_eq!(read(&mut world, Reading { confidence: 6_000_000, ..good }), Ok(Ratio::percent(60)), "a tenth will do");
}

/// Variance after the next sample, and the target with it.
fn sampled(world: &mut World) -> (Variance, f64) {
    world.pass(900);
    let done = world.refresh(BTC, BTC_PRICE, BTC_PRICE, 1_000, None).unwrap();
    assert!(done.measured.sampled);
    (done.measured.variance, done.measured.target.0 as f64)
}

#[test]
fn an_index_raises_the_variance_and_never_lowers_it() {
    let mut world = World::new();
    let without = sampled(&mut world.clone());
    let mut low = world.clone();
    low.post_index(BTC, Ratio::percent(50)).unwrap();
    assert_eq!(sampled(&mut low), without);

    world.post_index(BTC, Ratio::percent(150)).unwrap();
    let target = world.board.underlyings[0].ramp.target;
    assert_eq!(world.board.underlyings[0].ramp.target, target, "by itself it moves nothing");
    let (variance, raised) = sampled(&mut world);
    assert_eq!(variance, Variance::annual(Ratio::percent(135)).unwrap(), "nine tenths of it");
    let expected = 4.5e12 * 1.35 * (3_600.0_f64 / 31_536_000.0).sqrt();
    assert!((raised / expected - 1.0).abs() < 1e-8, "{raised} is not {expected}");
    let measured = world.board.underlyings[0].volatility;
    assert_eq!(measured, low.board.underlyings[0].volatility, "what is measured stays apart");

    world.pass(7_200);
    assert!(sampled(&mut world).0 < variance, "stale counts as absent");
}

proptest! {
    #[test]
    fn a_feed_follows_the_formula(price in 1_i64..1_000_000_000_000_000, exponent in -14..3_i32, of_terms in -12..=0_i64) {
        let mut world = world_with_feed(2);
        world.board.underlyings[0].index_terms.exponent = of_terms;
        let reading = reading(&world, price, exponent);
        let truth = price as f64 * 10.0_f64.powi(exponent + of_terms as i32 + 9);
        match read(&mut world, reading) {
            Ok(value) => prop_assert!((value.0 as f64 - truth).abs() <= 0.501 + 1e-12 * truth, "{value:?} is not {truth}"),
            Err(BallastError::IndexOutOfBounds) => prop_assert!(!(1e7..=2e10).contains(&truth), "{truth} was refused"),
            Err(rule) => prop_assert!(rule == BallastError::Overflow && truth > 9e18, "{rule:?} for {truth}"),
        }
    }
}
