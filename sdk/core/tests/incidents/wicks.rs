//! Solend, November 2022, and Drift, September 2025: the wick of one venue.

use ballast_core::error::BallastError;
use ballast_core::margin::INITIAL;
use ballast_core::units::Usd;

use super::common::{BTC, BTC_PERP, BTC_PRICE, SOL, SOL_PRICE, SOL_VAULT, World, moved, usd};
use super::{ALL, lent_at_spot, longs, lost_to_keepers};

/// Solend: a token printed many times its price for minutes, and was borrowed against.
///
/// Collateral counts for new risk at the average, and not at all while the print is far from it. Lost at the print's value:
/// 1.18 million dollars on 168,750 of true collateral.
#[test]
fn solend_2022_11() {
    let mut world = World::new();
    let (thief, friend) = (world.account(1, usd(10_000)), world.account(1, usd(10_000_000)));
    world.deposit(thief, Some(SOL_VAULT), 1_250_000_000_000).unwrap();
    let worth = world.equity(thief);
    world.pass(10);
    world.print(SOL, SOL_PRICE * 8, moved(SOL_PRICE, 300));
    world.price(BTC, BTC_PRICE);
    let lost = lent_at_spot(&world, thief).minus(worth).unwrap();
    assert_eq!(lost.0 / 1_000_000, 1_181_232);
    // a position whose loss the print would back
    let lots = |dollars: i64| dollars as u64 / 10;
    assert_eq!(world.fill(thief, friend, BTC_PERP, lots(5_000_000)), Err(BallastError::PriceDiverged));
    // a print inside the band is counted at its average
    world.print(SOL, moved(SOL_PRICE, 3_000), moved(SOL_PRICE, 300));
    let initial = world.exposure(thief).equity(INITIAL).unwrap();
    assert!(initial.0 <= worth.0 + worth.0 / 100 * 4, "{initial:?} of {worth:?}");
    let most = world.accounts[thief].cash;
    world.withdraw(thief, None, most.0 as u64).unwrap();
    world.assert_books();
}

/// Drift: one venue printed a fifth and more below the rest for seconds.
///
/// A print further than four scan ranges from its average holds liquidation. Lost without the hold: 163,872 dollars of ten
/// accounts, to whoever was first.
#[test]
fn drift_2025_09() {
    let (mut world, longs, keeper) = longs();
    world.pass(5);
    world.print(BTC, moved(BTC_PRICE, -2_500), moved(BTC_PRICE, -10));
    assert_eq!(lost_to_keepers(&world, &longs, keeper, BTC_PRICE), (0, Usd::ZERO));
    assert_eq!(world.liquidate(longs[0], keeper, None, BTC_PERP, ALL), Err(BallastError::PriceDiverged));

    let mut unheld = world.clone();
    unheld.board.underlyings[0].flaws = 0;
    let (fallen, lost) = lost_to_keepers(&unheld, &longs, keeper, BTC_PRICE);
    assert_eq!((fallen, lost.0 / 1_000_000), (10, 163_872));

    // the print is gone, and nobody is the poorer
    world.pass(20);
    world.price(BTC, BTC_PRICE);
    for long in &longs {
        assert_eq!(world.liquidate(*long, keeper, None, BTC_PERP, ALL), Err(BallastError::NotLiquidatable));
    }
    world.assert_books();
}

/// What the hold does not do: a wick inside four scan ranges is a price like any other.
#[test]
fn a_lesser_wick_is_a_price() {
    let (mut world, longs, keeper) = longs();
    world.pass(5);
    world.print(BTC, moved(BTC_PRICE, -1_900), moved(BTC_PRICE, -10));
    let (fallen, lost) = lost_to_keepers(&world, &longs, keeper, BTC_PRICE);
    assert_eq!((fallen, lost.0 / 1_000_000), (8, 101_565));
}
