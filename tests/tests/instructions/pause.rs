//! `pause`.

use anchor_lang::error::ErrorCode;
use ballast::events::Paused;
use ballast_core::BallastError;
use ballast_core::state::Pausable;
use ballast_core::units::Timestamp;
use ballast_tests::{Edit, Market, assert_error};
use solana_signer::Signer;

#[tokio::test]
async fn a_pause_ends_by_itself_and_early() {
    let market = Market::start().await;
    let event: Paused = market.pause(Pausable::Trading, 86_400).await.unwrap().event();
    assert_eq!(event.until, Timestamp(market.now() + 86_400));
    let exchange = market.exchange().await;
    assert!(exchange.is_paused(Pausable::Trading, Timestamp(market.now() + 86_399)));
    assert!(!exchange.is_paused(Pausable::Trading, event.until));
    assert!(!exchange.is_paused(Pausable::Deposits, Timestamp(market.now())));
    market.advance(10);
    market.pause(Pausable::Trading, 0).await.unwrap();
    assert!(!market.exchange().await.is_paused(Pausable::Trading, Timestamp(market.now())));
}

#[tokio::test]
async fn pause_fails_when_it_is_too_long() {
    let market = Market::start().await;
    for what in [Pausable::Deposits, Pausable::Withdrawals, Pausable::Trading] {
        assert_error(market.pause(what, 86_401).await, BallastError::PauseTooLong);
        market.pause(what, 86_400).await.unwrap();
    }
    assert_error(market.pause(Pausable::Liquidation, 3_601).await, BallastError::PauseTooLong);
    assert_error(market.pause(Pausable::Liquidation, u64::MAX).await, BallastError::PauseTooLong);
    market.pause(Pausable::Liquidation, 3_600).await.unwrap();
}

#[tokio::test]
async fn pause_fails_before_as_long_has_passed() {
    let market = Market::start().await;
    market.pause(Pausable::Liquidation, 600).await.unwrap();
    for seconds in [0, 600, 599] {
        market.advance(seconds);
        assert_error(market.pause(Pausable::Liquidation, 1).await, BallastError::PauseTooSoon);
    }
    market.advance(1);
    market.pause(Pausable::Liquidation, 600).await.unwrap();
}

#[tokio::test]
async fn pause_fails_for_anybody_but_the_guardian() {
    let market = Market::start().await;
    let pause = |by| market.deployment.pause(by, Pausable::Trading, 60);
    assert_error(market.as_admin(&[pause(market.admin.pubkey())]).await, BallastError::NotGuardian);
    let unsigned = pause(market.guardian.pubkey()).unsigned(market.guardian.pubkey());
    assert_error(market.as_admin(&[unsigned]).await, ErrorCode::AccountNotSigner);
    let other = market.another().await;
    let foreign = pause(market.guardian.pubkey()).with(market.deployment.exchange, other.deployment.exchange);
    assert_error(market.chain.send(&[foreign], &[&market.guardian]).await, BallastError::NotGuardian);
}
