//! How fast requirements move while the market does.

use ballast_core::BallastError;
use ballast_core::margin::INITIAL;
use ballast_core::units::{Scan, Usd};
use ballast_tests::{BTC, Keeper, Market, Trader, assert_error, lots, usd};

/// Prices a day.
const PRICES: usize = 48;

/// A trader who just meets initial, and a keeper.
async fn market() -> (Market, Keeper, Trader) {
    let market = Market::start().await;
    let keeper = market.keeper().await;
    let alice = market.trader().cash(usd(1_000)).long(BTC, lots(300)).await;
    let free = alice.margin_above(INITIAL).await;
    alice.withdraw(free).await.unwrap();
    (market, keeper, alice)
}

/// Half an hour later a price; returns the scan range in force.
async fn half_an_hour(market: &Market, dollars: i64) -> Scan {
    market.advance(1_799);
    market.price(BTC, dollars).await;
    market.effective(BTC).await
}

#[tokio::test]
async fn in_a_storm_the_requirement_rises_by_a_quarter_within_any_day() {
    let (market, _, _) = market().await;
    let mut seen = vec![market.effective(BTC).await];
    for step in 0..i64::try_from(3 * PRICES).unwrap() {
        // 3 % up and down every half an hour
        seen.push(half_an_hour(&market, if step % 2 == 0 { 48_500 } else { 50_000 }).await);
        let latest = seen[seen.len() - 1];
        let lowest = seen.iter().rev().take(PRICES + 1).min().unwrap();
        assert!(latest.0 <= lowest.0 * 5 / 4, "{latest:?} from {lowest:?}");
    }
    // 400 % a year: the target is far away, and after three days the ramp has used up its speed each day
    let row = market.row(BTC).await;
    assert!(row.ramp.target.0 > 2 * seen[0].0, "{:?} from {:?}", row.ramp.target, seen[0]);
    let reached = seen[seen.len() - 1].0 * 100 / seen[0].0;
    assert!((190..=244).contains(&reached), "{reached}");
}

#[tokio::test]
async fn who_met_initial_is_not_liquidated_by_a_day_of_storm_that_ends_where_it_began() {
    let (market, keeper, alice) = market().await;
    let before = alice.margin_above(INITIAL).await;
    assert_eq!(before, Usd::ZERO);
    for step in 0..i64::try_from(PRICES).unwrap() {
        half_an_hour(&market, if step % 2 == 0 { 50_500 } else { 50_000 }).await;
        assert_error(keeper.liquidate(&alice, BTC).await, BallastError::NotLiquidatable);
    }
    assert!(alice.margin_above(INITIAL).await < Usd::ZERO);
}
