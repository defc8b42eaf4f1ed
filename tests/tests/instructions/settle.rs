//! `settle`.

use ballast::events::Settled;
use ballast_core::BallastError;
use ballast_core::units::Usd;
use ballast_tests::{BTC, ETH, Edit, Market, assert_error, lots, percent, usd};

#[tokio::test]
async fn settle_moves_a_loss_into_the_pool_and_a_gain_out_of_it() {
    let market = Market::start().await;
    let (alice, bob) = (market.trader().cash(usd(1_000)).await, market.trader().cash(usd(1_000)).await);
    market.trade(&alice, &bob, BTC, lots(100)).await.unwrap();
    let (alices, bobs) = (alice.cash().await, bob.cash().await);
    market.price(BTC, 50_500).await;
    // 100 lots of 0.001 BTC
    let event: Settled = bob.settle(BTC).await.unwrap().event();
    assert_eq!(event.paid, usd(-50));
    assert_eq!((market.contract(BTC).await.pool, bob.cash().await), (usd(50), Usd(bobs.0 - 50_000_000)));
    let event: Settled = alice.settle(BTC).await.unwrap().event();
    assert_eq!(event.paid, usd(50));
    assert_eq!((market.contract(BTC).await.pool, alice.cash().await), (usd(0), Usd(alices.0 + 50_000_000)));
}

#[tokio::test]
async fn a_loss_is_settled_as_far_as_cash_reaches() {
    let market = Market::start().await;
    let alice = market.trader().cash(usd(300)).long(BTC, lots(100)).await;
    let cash = alice.cash().await;
    market.price(BTC, 46_000).await;
    let event: Settled = alice.settle(BTC).await.unwrap().event();
    assert_eq!((event.paid, alice.cash().await), (Usd(-cash.0), usd(0)));
    assert_error(alice.settle(BTC).await, BallastError::NothingToSettle);
}

#[tokio::test]
async fn a_gain_is_settled_as_far_as_the_pool_reaches() {
    let market = Market::start().await;
    let (alice, bob) = (market.trader().cash(usd(1_000)).await, market.trader().cash(usd(260)).await);
    market.trade(&alice, &bob, BTC, lots(100)).await.unwrap();
    let bobs = bob.cash().await;
    market.price(BTC, 54_000).await;
    assert_error(alice.settle(BTC).await, BallastError::NothingToSettle);
    bob.settle(BTC).await.unwrap();
    let event: Settled = alice.settle(BTC).await.unwrap().event();
    assert_eq!(event.paid, bobs);
    assert_error(alice.settle(BTC).await, BallastError::NothingToSettle);
}

#[tokio::test]
async fn a_gain_is_valued_at_the_worse_of_spot_and_average() {
    let market = Market::start().await;
    let (alice, bob) = (market.trader().cash(usd(1_000)).await, market.trader().cash(usd(1_000)).await);
    market.trade(&alice, &bob, BTC, lots(100)).await.unwrap();
    market.advance(1);
    let mut price = market.publish(BTC, 51_000);
    price.reading.ema = 50_200 * 100_000_000;
    market.publish_as(BTC, price);
    market.refresh(&[BTC]).await;
    let event: Settled = bob.settle(BTC).await.unwrap().event();
    assert_eq!(event.paid, usd(-100));
    let event: Settled = alice.settle(BTC).await.unwrap().event();
    assert_eq!(event.paid, usd(20));
    assert_error(alice.settle(BTC).await, BallastError::NothingToSettle);
}

#[tokio::test]
async fn settling_the_last_position_ends_call_and_liquidation() {
    let market = Market::start().await;
    let keeper = market.keeper().await;
    let alice = market.trader().cash(usd(1_000)).long(BTC, lots(300)).await;
    market.price(BTC, 49_990).await;
    market.pin_scan(BTC, percent(6)).await;
    alice.rebalance().await.unwrap();
    keeper.liquidate_at_most(&alice, BTC, 0).await.unwrap();
    // at a price that is too old to say whether it is sound
    market.advance(61);
    alice.sell(BTC, lots(300)).await.unwrap();
    let state = alice.state().await;
    assert!(state.called_at.0 != 0 && state.liquidation_at.0 != 0);
    alice.settle(BTC).await.unwrap();
    let state = alice.state().await;
    assert_eq!((state.position_count, state.called_at.0, state.liquidation_at.0, state.insolvent_at.0), (0, 0, 0, 0));
    alice.withdraw(usd(1)).await.unwrap();
}

#[tokio::test]
async fn settle_fails_when_the_account_has_no_such_position() {
    let market = Market::start().await;
    let alice = market.trader().cash(usd(1_000)).long(BTC, lots(10)).await;
    assert_error(alice.settle(ETH).await, BallastError::PositionMissing);
    assert_error(alice.settle(BTC).await, BallastError::NothingToSettle);
}

#[tokio::test]
async fn settle_of_a_gain_fails_when_the_price_is_older_than_a_minute_or_wide() {
    let market = Market::start().await;
    let (alice, bob) = (market.trader().cash(usd(1_000)).await, market.trader().cash(usd(1_000)).await);
    market.trade(&alice, &bob, BTC, lots(100)).await.unwrap();
    market.price(BTC, 50_500).await;
    market.advance(60);
    bob.settle(BTC).await.unwrap();
    market.advance(1);
    assert_error(alice.settle(BTC).await, BallastError::PriceStale);
    let mut price = market.publish(BTC, 50_400);
    price.reading.confidence *= 100;
    market.publish_as(BTC, price);
    market.refresh(&[BTC]).await;
    assert_error(alice.settle(BTC).await, BallastError::PriceWide);
}

#[tokio::test]
async fn settle_of_a_loss_works_at_a_wide_price_and_fails_at_a_stale_one() {
    let market = Market::start().await;
    let alice = market.trader().cash(usd(1_000)).long(BTC, lots(100)).await;
    market.advance(1);
    let mut price = market.publish(BTC, 49_500);
    price.reading.confidence *= 100;
    market.publish_as(BTC, price);
    market.refresh(&[BTC]).await;
    alice.settle(BTC).await.unwrap();
    market.advance(1);
    price.reading.price -= 50_000_000_000;
    price.reading.published_at.0 += 1;
    market.publish_as(BTC, price);
    market.refresh(&[BTC]).await;
    market.advance(61);
    assert_error(alice.settle(BTC).await, BallastError::PriceStale);
}

#[tokio::test]
async fn what_is_closed_is_settled_without_a_price() {
    let market = Market::start().await;
    let (alice, bob) = (market.trader().cash(usd(1_000)).await, market.trader().cash(usd(1_000)).await);
    market.trade(&alice, &bob, BTC, lots(100)).await.unwrap();
    market.price(BTC, 50_500).await;
    market.trade(&bob, &alice, BTC, lots(100)).await.unwrap();
    market.advance(100_000);
    bob.settle(BTC).await.unwrap();
    alice.settle(BTC).await.unwrap();
    let state = alice.state().await;
    assert_eq!(state.position_count, 0);
    assert_eq!(market.contract(BTC).await.holders, 0);
    let cash = alice.cash().await;
    alice.withdraw(cash).await.unwrap();
    alice.close().await.unwrap();
}

#[tokio::test]
async fn settle_fails_when_gains_are_held_for_a_deficit() {
    let market = Market::start().await;
    let (alice, bob) = (market.trader().cash(usd(1_000)).await, market.trader().cash(usd(1_000)).await);
    market.trade(&alice, &bob, BTC, lots(100)).await.unwrap();
    market.price(BTC, 50_500).await;
    // as if a default had taken 10 USD of the gain: held basis equals pool plus deficit
    market
        .chain
        .edit(alice.account, |state: &mut ballast_core::state::MarginAccount| state.positions[0].basis.0 += 10_000_000)
        .await;
    let board = market.deployment.board;
    let lack = |state: &mut ballast_core::state::Board| state.contracts[0].deficit.of_shorts = usd(10);
    market.chain.edit(board, lack).await;
    bob.settle(BTC).await.unwrap();
    assert_error(alice.settle(BTC).await, BallastError::GainsHeld);
    assert_error(alice.buy(BTC, lots(1)).await, BallastError::ContractReduceOnly);
    alice.sell(BTC, lots(1)).await.unwrap_err();
    market.trade(&bob, &alice, BTC, lots(1)).await.unwrap();
}

#[tokio::test]
async fn settle_fails_when_an_account_is_of_another_exchange() {
    let market = Market::start().await;
    let (other, alice) = (market.another().await, market.trader().cash(usd(1_000)).long(BTC, lots(10)).await);
    market.price(BTC, 49_000).await;
    let settle = || market.deployment.settle(alice.account, BTC.perp.0);
    let (here, there) = (market.deployment, other.deployment);
    assert_error(alice.send(settle().with(here.board, there.board)).await, BallastError::WrongExchange);
    let foreign = settle().with(here.contract(BTC.perp.0), there.contract(BTC.perp.0));
    assert_error(alice.send(foreign).await, BallastError::WrongContract);
    assert_error(alice.send(settle().with(alice.account, other.house().account)).await, BallastError::WrongExchange);
}
