//! dYdX, October 2025: a chain stood still for eight hours in a crash, restarted on prices of the time between, and
//! liquidated by them.

use ballast_core::clearing::Reading;
use ballast_core::error::BallastError;
use ballast_core::margin::INITIAL;
use ballast_core::units::{Timestamp, Usd};

use super::common::{BTC, BTC_PERP, BTC_PRICE, World, moved};
use super::{ALL, longs, lost_to_keepers};

/// Hours in which nothing was accepted.
const HOURS: i64 = 8;

/// A signed price of so many seconds ago.
fn late(world: &mut World, ago: i64, price: i64) {
    let published_at = Timestamp(world.clock.0 - ago);
    let previous_published_at = Timestamp(published_at.0 - 1);
    let reading = Reading { price, confidence: 1_000, ema: price, exponent: -8, published_at, previous_published_at };
    world.read(BTC, &reading, None).unwrap();
}

/// The first price after the halt is five hours old and 12 % lower; the market has come back to -4 %, and goes to -1 %.
/// An old price liquidates nobody, and the first young one nobody for two minutes.
///
/// Lost by liquidating at the old price: 38,565 dollars of five accounts of ten. By liquidating at the first young one
/// before anybody could answer: 1,652 of two.
#[test]
fn dydx_2025_10() {
    let (mut world, longs, keeper) = longs();
    world.pass(HOURS as u64 * 3_600);
    late(&mut world, 5 * 3_600, moved(BTC_PRICE, -1_200));
    let true_price = moved(BTC_PRICE, -100);
    assert_eq!(lost_to_keepers(&world, &longs, keeper, true_price), (0, Usd::ZERO));
    let mut ageless = world.clone();
    ageless.board.underlyings[0].published_at = ageless.clock;
    let (fallen, lost) = lost_to_keepers(&ageless, &longs, keeper, true_price);
    assert_eq!((fallen, lost.0 / 1_000_000), (5, 38_565));

    // the first young price
    world.pass(1);
    world.price(BTC, moved(BTC_PRICE, -400));
    assert_eq!(world.liquidate(longs[0], keeper, None, BTC_PERP, ALL), Err(BallastError::LiquidationWaits));
    let mut graceless = world.clone();
    (graceless.board.underlyings[0].flaws, graceless.board.underlyings[0].feed.outage_at) = (0, Timestamp::ZERO);
    let (fallen, lost) = lost_to_keepers(&graceless, &longs, keeper, true_price);
    assert_eq!((fallen, lost.0 / 1_000_000), (2, 1_652));

    // whoever is awake answers within the two minutes
    for long in &longs {
        let exposure = world.exposure(*long);
        let lacking = exposure.requirement(INITIAL).unwrap().0 - exposure.equity(INITIAL).unwrap().0;
        if lacking > 0 {
            world.deposit(*long, None, lacking as u64).unwrap();
        }
    }
    world.pass(121);
    world.price(BTC, moved(BTC_PRICE, -400));
    assert_eq!(lost_to_keepers(&world, &longs, keeper, true_price), (0, Usd::ZERO));
    world.assert_books();
}
