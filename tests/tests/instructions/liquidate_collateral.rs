//! `liquidate_collateral`.

use ballast::events::CollateralSold;
use ballast_core::BallastError;
use ballast_core::state::Pausable;
use ballast_core::units::{Tokens, Usd};
use ballast_tests::{BTC, Edit, Keeper, Market, SOL, Trader, WBTC, WSOL, assert_error, lots, usd, wsol};

/// A trader with little cash, 20 SOL and a loss beyond the cash.
async fn pressed() -> (Market, Keeper, Trader) {
    let market = Market::start().await;
    let keeper = market.keeper().await;
    let alice = market.trader().cash(usd(100)).collateral(wsol(20)).long(BTC, lots(300)).await;
    market.price(BTC, 44_000).await;
    market.advance(1);
    market.publish(SOL, 100);
    market.refresh(&[SOL]).await;
    (market, keeper, alice)
}

#[tokio::test]
async fn liquidate_collateral_sells_what_covers_the_loss() {
    let (market, keeper, alice) = pressed().await;
    let (cash, held) = (alice.cash().await, alice.state().await.collateral_of(0));
    let exposure = alice.exposure().await;
    let loss = -exposure.pnl.usd_down().unwrap().0 - cash.0;
    let event: CollateralSold = keeper.liquidate_collateral(&alice, WSOL).await.unwrap().event();
    assert!((event.paid.0 - loss).abs() <= 1_000, "{:?} for {loss}", event.paid);
    assert_eq!(alice.cash().await, Usd(cash.0 + event.paid.0));
    assert_eq!(alice.state().await.collateral_of(0).0, held.0 - event.tokens.0);
    assert_eq!(keeper.state().await.collateral_of(0), event.tokens);
    assert_error(keeper.liquidate_collateral(&alice, WSOL).await, BallastError::NoLossToCover);
    assert!(market.vault(WSOL).await.ledger == wsol(20).tokens);
}

#[tokio::test]
async fn the_discount_grows_with_time_in_liquidation() {
    let (market, keeper, alice) = pressed().await;
    keeper.liquidate_at_most(&alice, BTC, 0).await.unwrap();
    market.tick(600).await;
    let instruction = keeper.collateral_instruction(&alice, WSOL, wsol(1).tokens).await;
    let event: CollateralSold = keeper.send(instruction).await.unwrap().event();
    // one SOL at 100 USD less five percent
    assert_eq!((event.tokens, event.paid), (wsol(1).tokens, usd(95)));
}

#[tokio::test]
async fn liquidate_collateral_fails_when_the_account_is_sound() {
    let market = Market::start().await;
    let keeper = market.keeper().await;
    let alice = market.trader().cash(usd(500)).collateral(wsol(20)).long(BTC, lots(100)).await;
    assert_error(keeper.liquidate_collateral(&alice, WSOL).await, BallastError::NotLiquidatable);
}

#[tokio::test]
async fn liquidate_collateral_fails_when_there_is_none_or_dust() {
    let (market, keeper, alice) = pressed().await;
    assert_error(keeper.liquidate_collateral(&alice, WBTC).await, BallastError::NotEnoughCollateral);
    let none = keeper.collateral_instruction(&alice, WSOL, Tokens(0)).await;
    assert_error(keeper.send(none).await, BallastError::AmountZero);
    let mut unknown = keeper.collateral_instruction(&alice, WSOL, Tokens(1)).await;
    unknown.data[8] = 9;
    assert_error(keeper.send(unknown).await, BallastError::UnknownVault);
    let bob = market.trader().cash(usd(1_000)).collateral(WSOL.units(90_000_000)).await;
    market.price(BTC, 46_000).await;
    bob.buy(BTC, lots(300)).await.unwrap();
    market.price(BTC, 42_000).await;
    assert_error(keeper.liquidate_collateral(&bob, WSOL).await, BallastError::CollateralIsDust);
}

#[tokio::test]
async fn liquidate_collateral_fails_when_the_keeper_cannot_pay() {
    let (market, _, alice) = pressed().await;
    let poor = Keeper { trader: market.trader().cash(usd(20)).await };
    assert_error(poor.liquidate_collateral(&alice, WSOL).await, BallastError::NotEnoughCash);
}

#[tokio::test]
async fn liquidate_collateral_fails_while_paused_and_at_stale_prices() {
    let (market, keeper, alice) = pressed().await;
    market.pause(Pausable::Liquidation, 10).await.unwrap();
    assert_error(keeper.liquidate_collateral(&alice, WSOL).await, BallastError::LiquidationPaused);
    market.advance(62);
    assert_error(keeper.liquidate_collateral(&alice, WSOL).await, BallastError::PriceStale);
}

#[tokio::test]
async fn liquidate_collateral_fails_when_an_account_is_wrong() {
    let (market, keeper, alice) = pressed().await;
    let (other, bob) = (market.another().await, market.trader().cash(usd(10_000)).await);
    let instruction = keeper.collateral_instruction(&alice, WSOL, Tokens(u64::MAX)).await;
    let (here, there, house) = (market.deployment, other.deployment, other.house().account);
    for (own, foreign, rule) in [
        (here.exchange, there.exchange, BallastError::WrongBoard),
        (here.board, there.board, BallastError::WrongBoard),
        (alice.account, house, BallastError::WrongExchange),
        (keeper.account, bob.account, BallastError::NotOwner),
        (alice.account, keeper.account, BallastError::SameAccount),
    ] {
        assert_error(keeper.send(instruction.clone().with(own, foreign)).await, rule);
    }
}
