//! `set_top_up`.

use anchor_lang::error::ErrorCode;
use ballast::events::TopUpSet;
use ballast_client::key;
use ballast_core::BallastError;
use ballast_core::units::{Key, Usd};
use ballast_tests::{BTC, Edit, Market, assert_error, lots, usd};

#[tokio::test]
async fn set_top_up_names_and_ends_a_policy() {
    let market = Market::start().await;
    let alice = market.trader().cash(usd(100)).await;
    let reserve = alice.second_account(usd(50)).await;
    let event: TopUpSet = alice.top_up_from(&reserve, usd(20), true).await.unwrap().event();
    assert_eq!((event.reserve, event.daily_limit, event.releases), (reserve.account, usd(20), true));
    let policy = alice.state().await.top_up;
    assert_eq!((policy.reserve, policy.daily_limit, policy.releases), (key(&reserve.account), usd(20), 1));
    let end = market.deployment.set_top_up(alice.address(), alice.account, None, Usd::ZERO, false);
    alice.send(end).await.unwrap();
    assert_eq!(alice.state().await.top_up.reserve, Key::NONE);
}

#[tokio::test]
async fn set_top_up_fails_when_the_limit_is_not_above_zero() {
    let market = Market::start().await;
    let alice = market.trader().await;
    let reserve = alice.second_account(usd(50)).await;
    for limit in [Usd(0), Usd(-1), Usd(i64::MIN)] {
        assert_error(alice.top_up_from(&reserve, limit, false).await, BallastError::TopUpPolicy);
    }
}

#[tokio::test]
async fn set_top_up_fails_when_the_reserve_is_the_account_or_somebody_elses() {
    let market = Market::start().await;
    let (alice, bob) = (market.trader().await, market.trader().cash(usd(50)).await);
    assert_error(alice.top_up_from(&alice, usd(1), false).await, BallastError::SameAccount);
    assert_error(alice.top_up_from(&bob, usd(1), false).await, BallastError::WrongOwner);
}

#[tokio::test]
async fn set_top_up_fails_when_the_reserve_is_on_another_exchange() {
    let market = Market::start().await;
    let (other, alice) = (market.another().await, market.trader().await);
    other.open(&alice.owner, 0).await.unwrap();
    let reserve = Some(other.deployment.account(&alice.address(), 0));
    let set = market.deployment.set_top_up(alice.address(), alice.account, reserve, usd(1), false);
    assert_error(alice.send(set).await, BallastError::WrongOwner);
}

#[tokio::test]
async fn set_top_up_fails_when_the_reserve_has_positions() {
    let market = Market::start().await;
    let alice = market.trader().await;
    let reserve = alice.second_account(usd(500)).await;
    reserve.buy(BTC, lots(1)).await.unwrap();
    assert_error(alice.top_up_from(&reserve, usd(1), false).await, BallastError::ReserveHasPositions);
}

#[tokio::test]
async fn set_top_up_fails_when_somebody_else_signs() {
    let market = Market::start().await;
    let (alice, bob) = (market.trader().await, market.trader().await);
    let reserve = alice.second_account(usd(50)).await;
    let set = |owner| market.deployment.set_top_up(owner, alice.account, Some(reserve.account), usd(1), false);
    assert_error(bob.send(set(bob.address())).await, BallastError::NotOwner);
    assert_error(bob.send(set(alice.address()).unsigned(alice.address())).await, ErrorCode::AccountNotSigner);
}
