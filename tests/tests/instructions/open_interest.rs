//! The cap on added risk that depth sets.

use ballast_client::key;
use ballast_core::BallastError;
use ballast_core::units::{Size, Usd};
use ballast_tests::{BTC, ETH, Market, Trader, assert_error, lots, terms, usd};
use solana_signer::Signer;

/// A market whose depth of 10,000 USD carries 200,000 USD a side: 4,000 lots, and a trader who holds them all but ten.
async fn market() -> (Market, Trader) {
    let market = Market::start().await;
    let alice = market.trader().cash(usd(100_000)).await;
    market.post_depth(BTC, usd(10_000)).await;
    alice.buy(BTC, lots(3_990)).await.unwrap();
    (market, alice)
}

#[tokio::test]
async fn trade_fails_when_it_adds_risk_beyond_the_depth_of_the_market() {
    let (market, alice) = market().await;
    assert_error(alice.buy(BTC, lots(11)).await, BallastError::OpenInterestDepth);
    assert_eq!(alice.position(BTC).await.size, Size(3_990));
    alice.buy(BTC, lots(10)).await.unwrap();
    assert_error(alice.buy(BTC, lots(1)).await, BallastError::OpenInterestDepth);
    let bob = market.trader().cash(usd(1_000)).await;
    assert_error(bob.buy(BTC, lots(1)).await, BallastError::OpenInterestDepth);
    // another market has a depth of its own
    bob.buy(ETH, lots(1)).await.unwrap();
}

#[tokio::test]
async fn a_market_beyond_its_depth_still_reduces_and_changes_hands() {
    let (market, alice) = market().await;
    market.post_depth(BTC, usd(1_000)).await;
    let bob = market.trader().cash(usd(10_000)).await;
    assert_error(bob.buy(BTC, lots(1)).await, BallastError::OpenInterestDepth);
    market.trade(&bob, &alice, BTC, lots(100)).await.unwrap();
    alice.sell(BTC, lots(1_000)).await.unwrap();
    assert_eq!((alice.position(BTC).await.size, bob.position(BTC).await.size), (Size(2_890), Size(100)));
}

#[tokio::test]
async fn contracts_on_one_underlying_share_its_depth() {
    let (market, alice) = market().await;
    let second = market.list_perp(terms::perpetual(BTC, key(&market.venue.pubkey()))).await.unwrap();
    market.price(BTC, BTC.price).await;
    assert_error(alice.buy(second, lots(11)).await, BallastError::OpenInterestDepth);
    alice.buy(second, lots(10)).await.unwrap();
}

#[tokio::test]
async fn without_depth_no_risk_is_added() {
    let market = Market::start().await;
    let alice = market.trader().cash(usd(1_000)).long(BTC, lots(10)).await;
    market.post_depth(BTC, Usd(1)).await;
    assert_error(alice.buy(BTC, lots(1)).await, BallastError::OpenInterestDepth);
    alice.sell(BTC, lots(10)).await.unwrap();
}
