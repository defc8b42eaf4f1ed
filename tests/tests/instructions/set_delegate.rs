//! `set_delegate`, and what a delegate may do.

use anchor_lang::error::ErrorCode;
use anchor_lang::prelude::Pubkey;
use ballast::events::DelegateSet;
use ballast_core::BallastError;
use ballast_core::units::Timestamp;
use ballast_tests::{BTC, Edit, Market, WIDEST, assert_error, lots, usd};
use solana_signer::Signer;

#[tokio::test]
async fn a_delegate_trades_until_its_expiry() {
    let market = Market::start().await;
    let alice = market.trader().cash(usd(1_000)).await;
    let desk = market.chain.keypair();
    let until = market.now() + 20;
    let event: DelegateSet = alice.delegate_to(desk.pubkey(), until).await.unwrap().event();
    assert_eq!((event.delegate, event.until), (desk.pubkey(), Timestamp(until)));
    let mark = market.mark(BTC).await;
    market.advance(19);
    alice.buy_by(&desk, None, BTC, (lots(5), mark)).await.unwrap();
    market.advance(1);
    assert_error(alice.buy_by(&desk, None, BTC, (lots(5), mark)).await, BallastError::NotOwnerOrDelegate);
}

#[tokio::test]
async fn a_delegate_is_replaced_and_removed() {
    let market = Market::start().await;
    let alice = market.trader().cash(usd(1_000)).await;
    let (desk, other) = (market.chain.keypair(), market.chain.keypair());
    let (until, mark) = (market.now() + 1_000, market.mark(BTC).await);
    alice.delegate_to(desk.pubkey(), until).await.unwrap();
    alice.delegate_to(other.pubkey(), until).await.unwrap();
    assert_error(alice.buy_by(&desk, None, BTC, (lots(5), mark)).await, BallastError::NotOwnerOrDelegate);
    alice.buy_by(&other, None, BTC, (lots(5), mark)).await.unwrap();
    alice.delegate_to(Pubkey::default(), 0).await.unwrap();
    assert_error(alice.buy_by(&other, None, BTC, (lots(5), mark)).await, BallastError::NotOwnerOrDelegate);
    assert_eq!(alice.state().await.delegate_until, Timestamp(0));
}

#[tokio::test]
async fn set_delegate_fails_when_the_expiry_does_not_lie_ahead() {
    let market = Market::start().await;
    let (alice, desk) = (market.trader().await, market.chain.keypair());
    for until in [market.now(), 0, -1, i64::MIN] {
        assert_error(alice.delegate_to(desk.pubkey(), until).await, BallastError::DelegateExpiry);
    }
    alice.delegate_to(desk.pubkey(), market.now() + 1).await.unwrap();
}

#[tokio::test]
async fn set_delegate_fails_when_somebody_else_signs() {
    let market = Market::start().await;
    let (alice, bob) = (market.trader().await, market.trader().await);
    let until = market.now() + 100;
    let set = |owner| market.deployment.set_delegate(owner, alice.account, bob.address(), Timestamp(until), WIDEST);
    assert_error(bob.send(set(bob.address())).await, BallastError::NotOwner);
    assert_error(bob.send(set(alice.address()).unsigned(alice.address())).await, ErrorCode::AccountNotSigner);
    // a delegate names no other
    alice.delegate_to(bob.address(), until).await.unwrap();
    assert_error(bob.send(set(bob.address())).await, BallastError::NotOwner);
}
