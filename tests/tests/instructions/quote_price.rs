//! What a fall of USDC below a dollar makes of cash.

use ballast::events::CollateralSold;
use ballast_core::BallastError;
use ballast_core::margin::{INITIAL, MAINTENANCE};
use ballast_core::state::parameters::UnderlyingTerms;
use ballast_core::units::{Ratio, Usd};
use ballast_tests::{BTC, GOLD, Market, SOL, USDC, WSOL, assert_error, lots, percent, terms, usd, wsol};

#[tokio::test]
async fn cash_counts_at_par_from_ninety_nine_cents() {
    let market = Market::start().await;
    for (cents, discount) in [(100, 0), (99, 0), (98, 2), (50, 50), (101, 0)] {
        market.price_in_cents(USDC, cents).await;
        assert_eq!(market.board().await.quote_discount, percent(discount), "{cents}");
    }
}

#[tokio::test]
async fn withdraw_fails_below_par_where_it_passed_at_par() {
    let market = Market::start().await;
    let alice = market.trader().cash(usd(10_000)).long(BTC, lots(1_000)).await;
    let bob = market.trader().cash(usd(10_000)).long(BTC, lots(1_000)).await;
    let free = alice.margin_above(INITIAL).await;
    alice.withdraw(free).await.unwrap();
    market.price_in_cents(USDC, 98).await;
    assert_error(bob.withdraw(free).await, BallastError::BelowInitialMargin);
    // two cents of every dollar that stays
    let lacking = Usd(bob.cash().await.0 / 50);
    let left = bob.margin_above(INITIAL).await;
    assert!((free.0 - left.0 - lacking.0).abs() <= 1, "{free:?} {left:?} {lacking:?}");
    market.price_in_cents(USDC, 99).await;
    bob.withdraw(free).await.unwrap();
}

#[tokio::test]
async fn nobody_becomes_liquidatable_by_the_price_of_cash() {
    let market = Market::start().await;
    let keeper = market.keeper().await;
    let alice = market.trader().cash(usd(10_000)).long(BTC, lots(4_000)).await;
    let before = alice.margin_above(MAINTENANCE).await;
    market.price_in_cents(USDC, 50).await;
    assert_eq!(alice.margin_above(MAINTENANCE).await, before);
    assert!(alice.margin_above(INITIAL).await < Usd::ZERO);
    assert_error(keeper.liquidate(&alice, BTC).await, BallastError::NotLiquidatable);
    assert_error(alice.buy(BTC, lots(1)).await, BallastError::BelowInitialMargin);
    alice.sell(BTC, lots(4_000)).await.unwrap();
}

#[tokio::test]
async fn liquidate_collateral_pays_more_usdc_below_par() {
    let market = Market::start().await;
    let keeper = market.keeper().await;
    let alice = market.trader().cash(usd(100)).collateral(wsol(20)).long(BTC, lots(300)).await;
    market.price(BTC, 44_000).await;
    market.price(SOL, 100).await;
    let sale = keeper.collateral_instruction(&alice, WSOL, wsol(1).tokens).await;
    let event: CollateralSold = keeper.send(sale.clone()).await.unwrap().event();
    assert_eq!((event.tokens, event.paid), (wsol(1).tokens, usd(100)));
    market.price_in_cents(USDC, 80).await;
    let event: CollateralSold = keeper.send(sale).await.unwrap().event();
    // a few seconds of the auction take a little off
    assert_eq!(event.tokens, wsol(1).tokens);
    assert!(event.paid > usd(124) && event.paid <= usd(125), "{:?}", event.paid);
}

#[tokio::test]
async fn create_underlying_fails_when_another_prices_the_quote_currency() {
    let market = Market::start().await;
    let terms = UnderlyingTerms { prices_quote: true, starting_sigma: Ratio::percent(60), ..terms::underlying(GOLD) };
    assert_error(market.list_underlying(GOLD, terms).await, BallastError::QuotePriced);
}
