//! `cancel_orders`.

use anchor_lang::error::ErrorCode;
use ballast::events::OrdersCancelled;
use ballast_core::BallastError;
use ballast_core::clearing::{Order, OrderSide};
use ballast_tests::{BTC, Edit, Market, assert_error, lots, usd};
use solana_signer::Signer;

#[tokio::test]
async fn cancel_orders_ends_all_below_a_sequence() {
    let market = Market::start().await;
    let alice = market.trader().cash(usd(1_000)).await;
    let order = alice.wants(BTC, OrderSide::Buy, lots(10)).await;
    alice.filled(order, lots(4)).await.unwrap();
    let event: OrdersCancelled = alice.cancel_orders(9).await.unwrap().event();
    assert_eq!((event.account, event.below), (alice.account, 9));
    assert_eq!((alice.state().await.order_sequence, alice.state().await.order_filled), (9, 0));
    for sequence in [order.sequence, 8] {
        assert_error(alice.filled(Order { sequence, ..order }, lots(1)).await, BallastError::OrderReplaced);
    }
    alice.filled(Order { sequence: 9, ..order }, lots(10)).await.unwrap();
}

#[tokio::test]
async fn cancel_orders_fails_when_they_are_dead_already() {
    let market = Market::start().await;
    let alice = market.trader().cash(usd(1_000)).await;
    assert_error(alice.cancel_orders(0).await, BallastError::NothingToCancel);
    alice.cancel_orders(3).await.unwrap();
    for below in [0, 2, 3] {
        assert_error(alice.cancel_orders(below).await, BallastError::NothingToCancel);
    }
}

#[tokio::test]
async fn cancel_orders_fails_when_somebody_else_signs() {
    let market = Market::start().await;
    let (alice, bob) = (market.trader().await, market.trader().await);
    let cancel = |owner| market.deployment.cancel_orders(owner, alice.account, 5);
    assert_error(bob.send(cancel(bob.address())).await, BallastError::NotOwner);
    assert_error(bob.send(cancel(alice.address()).unsigned(alice.address())).await, ErrorCode::AccountNotSigner);
    // a delegate could spend all sequences
    let desk = market.chain.keypair();
    alice.delegate_to(desk.pubkey(), market.now() + 60).await.unwrap();
    assert_error(market.chain.send(&[cancel(desk.pubkey())], &[&desk]).await, BallastError::NotOwner);
}
