//! What a delegate's limits let it do.

use ballast::events::DelegateSet;
use ballast_client::TradeParties;
use ballast_core::BallastError;
use ballast_core::state::{DELEGATE_WORST_PRICE, DelegateLimits, DelegateUse};
use ballast_core::units::{Ratio, Usd};
use ballast_tests::{BTC, ETH, Market, WIDEST, assert_error, lots, usd};
use solana_keypair::Keypair;
use solana_signer::Signer;

const DAY: i64 = 86_400;

async fn delegated(limits: DelegateLimits) -> (Market, ballast_tests::Trader, Keypair) {
    let market = Market::start().await;
    let alice = market.trader().cash(usd(10_000)).await;
    let desk = market.chain.keypair();
    let event: DelegateSet =
        alice.delegate_within(desk.pubkey(), market.now() + 30 * DAY, limits).await.unwrap().event();
    assert_eq!(event.limits, limits);
    (market, alice, desk)
}

#[tokio::test]
async fn a_delegates_fills_are_counted_and_an_owners_are_not() {
    let (market, alice, desk) = delegated(WIDEST).await;
    let price = market.off_mark(BTC, 2_000).await;
    alice.buy_by(&alice.owner, None, BTC, (lots(20), price)).await.unwrap();
    assert_eq!(alice.state().await.delegate_use, DelegateUse::default());
    alice.buy_by(&desk, None, BTC, (lots(20), price)).await.unwrap();
    // 1,000 USD at 0.2 % above mark, and 5 bp of fee
    let used = DelegateUse { day: market.now() / DAY, notional: usd(1_002), loss: Usd(2_501_000) };
    assert_eq!(alice.state().await.delegate_use, used);
}

#[tokio::test]
async fn trade_fails_when_the_delegates_price_is_older_than_half_a_minute() {
    let (market, alice, desk) = delegated(WIDEST).await;
    let mark = market.mark(BTC).await;
    alice.buy_by(&alice.owner, None, BTC, (lots(10), mark)).await.unwrap();
    let house = market.house();
    let parties = TradeParties { seller_signer: desk.pubkey(), ..market.parties(&house, &alice) };
    let sale = market.deployment.trade(parties, BTC.perp.0, lots(1), mark);
    market.advance(31);
    // even a reduction, which its owner may book at any price
    let outcome = market.chain.send(core::slice::from_ref(&sale), &[&desk, &house.owner]).await;
    assert_error(outcome, BallastError::PriceStale);
    alice.sell(BTC, lots(1)).await.unwrap();
    market.republish().await;
    market.chain.send(&[sale], &[&desk, &house.owner]).await.unwrap();
}

#[tokio::test]
async fn trade_fails_when_the_delegate_may_not_trade_the_contract() {
    let (market, alice, desk) = delegated(DelegateLimits { contracts: [0, ETH.perp.0, 0, 0], ..WIDEST }).await;
    let (btc, eth) = (market.mark(BTC).await, market.mark(ETH).await);
    let outcome = alice.buy_by(&desk, None, BTC, (lots(1), btc)).await;
    assert_error(outcome, BallastError::DelegateContract);
    alice.buy_by(&desk, None, ETH, (lots(1), eth)).await.unwrap();
}

#[tokio::test]
async fn trade_fails_when_the_delegates_price_is_too_far_from_mark() {
    let (market, alice, desk) = delegated(DelegateLimits { worst_price: Ratio::basis_points(20), ..WIDEST }).await;
    let (worst, beyond) = (market.off_mark(BTC, 2_000).await, market.off_mark(BTC, 2_001).await);
    assert_error(alice.buy_by(&desk, None, BTC, (lots(1), beyond)).await, BallastError::DelegatePrice);
    alice.buy_by(&desk, None, BTC, (lots(1), worst)).await.unwrap();
    let better = market.off_mark(BTC, -9_000).await;
    alice.buy_by(&desk, None, BTC, (lots(1), better)).await.unwrap();
}

#[tokio::test]
async fn trade_fails_when_the_delegate_has_traded_enough_today() {
    let (market, alice, desk) = delegated(DelegateLimits { daily_notional: usd(1_000), ..WIDEST }).await;
    let mark = market.mark(BTC).await;
    alice.buy_by(&desk, None, BTC, (lots(15), mark)).await.unwrap();
    assert_error(alice.buy_by(&desk, None, BTC, (lots(6), mark)).await, BallastError::DelegateNotional);
    alice.buy_by(&desk, None, BTC, (lots(5), mark)).await.unwrap();
    // neither another delegate nor other limits begin the day anew
    let other = market.chain.keypair();
    let limits = DelegateLimits { daily_notional: usd(1_049), ..WIDEST };
    alice.delegate_within(other.pubkey(), market.now() + DAY, limits).await.unwrap();
    assert_error(alice.buy_by(&other, None, BTC, (lots(1), mark)).await, BallastError::DelegateNotional);
    // the owner is not limited
    alice.buy(BTC, lots(1)).await.unwrap();
}

#[tokio::test]
async fn trade_fails_when_the_delegate_has_lost_enough_today() {
    let (market, alice, desk) = delegated(DelegateLimits { daily_loss: Usd(2_501_000), ..WIDEST }).await;
    let price = market.off_mark(BTC, 2_000).await;
    assert_error(alice.buy_by(&desk, None, BTC, (lots(21), price)).await, BallastError::DelegateLoss);
    alice.buy_by(&desk, None, BTC, (lots(20), price)).await.unwrap();
    let mark = market.mark(BTC).await;
    assert_error(alice.buy_by(&desk, None, BTC, (lots(1), mark)).await, BallastError::DelegateLoss);
}

#[tokio::test]
async fn set_delegate_fails_when_a_limit_is_out_of_bounds() {
    let (market, alice, desk) = delegated(WIDEST).await;
    for limits in [
        DelegateLimits { worst_price: Ratio(DELEGATE_WORST_PRICE.0 + 1), ..WIDEST },
        DelegateLimits { worst_price: Ratio(-1), ..WIDEST },
        DelegateLimits { daily_notional: Usd(-1), ..WIDEST },
        DelegateLimits { daily_loss: Usd(-1), ..WIDEST },
    ] {
        let outcome = alice.delegate_within(desk.pubkey(), market.now() + DAY, limits).await;
        assert_error(outcome, BallastError::DelegateBounds);
    }
}
