//! A gain on paper is nobody's cash until a loser has paid it.

use ballast_core::BallastError;
use ballast_core::margin::INITIAL;
use ballast_core::units::Usd;
use ballast_tests::{BTC, Market, assert_error, lots, usd};

#[tokio::test]
async fn gains_only_out_of_collected_losses() {
    let market = Market::start().await;
    let (alice, bob) = (market.trader().cash(usd(1_000)).await, market.trader().cash(usd(1_000)).await);
    market.trade(&alice, &bob, BTC, lots(100)).await.unwrap();
    let (own, ledger) = (alice.cash().await, market.vault(ballast_tests::QUOTE).await.ledger);
    market.price(BTC, 54_000).await;
    // 400 USD on paper: not to be settled, not to be withdrawn, not to trade with
    assert_error(alice.settle(BTC).await, BallastError::NothingToSettle);
    assert_error(alice.withdraw(Usd(own.0 + 1)).await, BallastError::NotEnoughCash);
    let free = alice.margin_above(INITIAL).await;
    assert!(free < own, "{free:?} of {own:?}: the gain backs nothing");
    assert_error(alice.withdraw(Usd(free.0 + 1)).await, BallastError::BelowInitialMargin);
    assert_eq!(market.vault(ballast_tests::QUOTE).await.ledger, ledger);
    // once the loser has paid, it is hers, and no unit more
    bob.settle(BTC).await.unwrap();
    alice.settle(BTC).await.unwrap();
    assert_eq!(alice.cash().await, Usd(own.0 + usd(400).0));
    assert_eq!(market.contract(BTC).await.pool, Usd::ZERO);
    alice.withdraw(usd(400)).await.unwrap();
}

#[tokio::test]
async fn gains_of_two_accounts_of_one_owner() {
    let market = Market::start().await;
    // the loser has little cash: what it cannot pay is not there to be taken
    let winner = market.trader().cash(usd(1_000)).await;
    let loser = winner.second_account(usd(300)).await;
    market.trade(&winner, &loser, BTC, lots(60)).await.unwrap();
    let (own, paid) = (winner.cash().await, loser.cash().await);
    market.price(BTC, 57_000).await;
    loser.settle(BTC).await.unwrap();
    winner.settle(BTC).await.unwrap();
    assert!(winner.cash().await <= Usd(own.0 + paid.0), "nobody else's cash");
    assert_error(winner.settle(BTC).await, BallastError::NothingToSettle);
}
