//! What a crowd in one collateral makes of its weight.

use ballast_core::BallastError;
use ballast_core::margin::{INITIAL, MAINTENANCE};
use ballast_core::units::Usd;
use ballast_tests::{BTC, Market, SOL, Trader, assert_error, lots, percent, usd, wsol};

/// A trader who lives on 40 SOL, 4,000 USD of the ten million that count in full, and wants 1,000 USD back.
async fn market() -> (Market, Trader) {
    let market = Market::start().await;
    let alice = market.trader().cash(usd(2_000)).collateral(wsol(40)).long(BTC, lots(1_300)).await;
    assert!(alice.margin_above(INITIAL).await > usd(1_000));
    (market, alice)
}

/// The next prices, as good as before.
async fn refresh(market: &Market) {
    market.advance(1);
    market.publish(BTC, BTC.price);
    market.publish(SOL, SOL.price);
    market.refresh(&[BTC, SOL]).await;
}

#[tokio::test]
async fn a_large_deposit_lowers_the_initial_weight_at_once() {
    let (market, alice) = market().await;
    let before = market.board().await.vaults[0];
    // 40 million USD, four times what counts in full
    let _whale = market.trader().collateral(wsol(400_000)).await;
    refresh(&market).await;
    let after = market.board().await.vaults[0];
    let share = after.initial_weight.0 * 1_000 / before.initial_weight.0;
    assert!((249..=250).contains(&share), "{share}");
    // neither the weight in force nor where it leads has moved
    assert_eq!(after.weight, before.weight);
    assert_error(alice.withdraw(usd(1_000)).await, BallastError::BelowInitialMargin);
}

/// Between two refreshes a whale must not borrow against what its own deposit has made worth less.
#[tokio::test]
async fn a_deposit_backs_new_risk_at_the_weight_that_it_leaves_before_any_refresh() {
    let market = Market::start().await;
    // 40 million USD, four times what counts in full: a quarter of its weight is left
    let whale = market.trader().cash(usd(500_000)).collateral(wsol(400_000)).await;
    let weight = market.board().await.vaults[0];
    let counted = 40_000_000.0 * weight.initial_weight.0 as f64 * 1e-9;
    let initial = whale.exposure().await.equity(INITIAL).unwrap();
    assert!((initial.0 as f64 / 1e6 - counted - 500_000.0).abs() < 1.0, "{initial:?}");
    assert!(weight.initial_weight.0 * 3 < weight.sigma_weight.0, "{weight:?}");
}

#[tokio::test]
async fn a_large_deposit_makes_nobody_liquidatable() {
    let (market, alice) = market().await;
    let keeper = market.keeper().await;
    let before = alice.margin_above(MAINTENANCE).await;
    let _whale = market.trader().collateral(wsol(400_000)).await;
    refresh(&market).await;
    assert_eq!(alice.margin_above(MAINTENANCE).await, before);
    assert!(alice.margin_above(INITIAL).await < Usd::ZERO);
    assert_error(keeper.liquidate(&alice, BTC).await, BallastError::NotLiquidatable);
    assert_error(keeper.rebalance(&alice).await, BallastError::NothingToRebalance);
}

#[tokio::test]
async fn a_deposit_that_leaves_again_gives_the_initial_weight_back() {
    let (market, alice) = market().await;
    let whale = market.trader().collateral(wsol(400_000)).await;
    refresh(&market).await;
    assert_error(alice.withdraw(usd(1_000)).await, BallastError::BelowInitialMargin);
    whale.withdraw(wsol(400_000)).await.unwrap();
    refresh(&market).await;
    alice.withdraw(usd(1_000)).await.unwrap();
}

#[tokio::test]
async fn a_deposit_that_stays_lowers_the_ramped_weight_by_its_average() {
    let (market, _) = market().await;
    let _whale = market.trader().collateral(wsol(400_000)).await;
    // a sample has seen it
    market.tick(1_200).await;
    let before = market.board().await.vaults[0];
    // a half-life of the thirty-day average
    market.tick(1_796_638).await;
    let after = market.board().await.vaults[0];
    let average = after.concentration.deposits;
    assert!((average.0 - usd(20_000_000).0).abs() < usd(10_000).0, "{average:?}");
    let share = after.weight.target.0 * 1_000 / after.sigma_weight.0;
    assert!((499..=500).contains(&share), "{share}");
    // ten points a day
    let day = 86_400;
    market.tick(day).await;
    let now = ballast_core::units::Timestamp(market.now());
    let vault = market.board().await.vaults[0];
    let fallen = before.weight.target.0 - vault.weight.effective(&vault.weight_terms, now).unwrap().0;
    assert!(fallen > 0 && fallen <= percent(10).0 + 1, "{fallen}");
}
