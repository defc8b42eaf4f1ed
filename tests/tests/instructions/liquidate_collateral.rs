//! `liquidate_collateral`.

use ballast::events::CollateralSold;
use ballast_core::BallastError;
use ballast_core::clearing::CollateralOffer;
use ballast_core::margin::MAINTENANCE;
use ballast_core::state::Pausable;
use ballast_core::units::{PerToken, Tokens, Usd};
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

/// A sound trader with 100 SOL, hardly any cash, and a loss on 300 lots of BTC.
async fn losing(price: i64) -> (Market, Keeper, Trader) {
    let market = Market::start().await;
    let keeper = market.keeper().await;
    let alice = market.trader().cash(usd(10)).collateral(wsol(100)).long(BTC, lots(300)).await;
    market.price(BTC, price).await;
    market.tick(1).await;
    assert!(alice.margin_above(MAINTENANCE).await > Usd::ZERO);
    (market, keeper, alice)
}

#[tokio::test]
async fn liquidate_collateral_covers_a_large_loss_of_a_sound_account() {
    let (_, keeper, alice) = losing(48_000).await;
    let event: CollateralSold = keeper.liquidate_collateral(&alice, WSOL).await.unwrap().event();
    // 600 USD of 9,000, less the cash that the trade left
    assert!(event.paid > usd(597) && event.paid < usd(599), "{:?}", event.paid);
    let state = alice.state().await;
    assert_eq!((state.liquidation_at.0, state.loss_since.0), (0, 0));
    alice.settle(BTC).await.unwrap();
    assert_error(keeper.liquidate_collateral(&alice, WSOL).await, BallastError::NotLiquidatable);
}

#[tokio::test]
async fn liquidate_collateral_covers_a_loss_that_looks_have_seen_for_a_day() {
    let (market, keeper, alice) = losing(49_000).await;
    assert_error(keeper.liquidate_collateral(&alice, WSOL).await, BallastError::LossNotDue);
    for _ in 0..4 {
        let event: CollateralSold = keeper.look_at_losses(&alice, WSOL).await.unwrap().event();
        assert_eq!((event.tokens, event.paid), (Tokens(0), Usd(0)));
        assert_error(keeper.liquidate_collateral(&alice, WSOL).await, BallastError::LossNotDue);
        market.tick(21_600).await;
    }
    // five percent off, since the auction has long ended
    let dear = CollateralOffer { worst: Some(PerToken(94_999_999)), ..CollateralOffer::of(0, Tokens(u64::MAX)) };
    let (sides, state) = ((keeper.address(), keeper.account), alice.state().await);
    let buy = |offer| market.deployment.liquidate_collateral(sides, alice.account, &state, offer);
    assert_error(keeper.send(buy(dear)).await, BallastError::KeeperPriceWorse);
    let fair = CollateralOffer { worst: Some(PerToken(95_000_000)), ..dear };
    let event: CollateralSold = keeper.send(buy(fair)).await.unwrap().event();
    assert!(event.paid > usd(297) && event.paid < usd(299), "{:?}", event.paid);
}

#[tokio::test]
async fn a_deposit_forgets_the_loss_that_it_covers() {
    let (_, keeper, alice) = losing(49_000).await;
    keeper.look_at_losses(&alice, WSOL).await.unwrap();
    assert_ne!(alice.state().await.loss_since.0, 0);
    alice.deposit(usd(300)).await.unwrap();
    assert_eq!(alice.state().await.loss_since.0, 0);
    assert_error(keeper.look_at_losses(&alice, WSOL).await, BallastError::NotLiquidatable);
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
