//! Forged, bad, old and chosen prices.

use anchor_lang::prelude::Pubkey;
use ballast::events::{Liquidated, UnderlyingWoundDown};
use ballast_core::BallastError;
use ballast_core::state::parameters::UnderlyingTerms;
use ballast_core::state::{Change, OracleKind};
use ballast_core::units::{Key, Timestamp};
use ballast_tests::pyth::{LEGACY_OWNER, PULL_OWNER, PythPrice, VerificationLevel};
use ballast_tests::{
    BTC, ETH, Edit, Failure, Keeper, Market, Sent, Trader, Underlying, assert_error, lots, percent, terms, usd,
};

/// Publishes a price a second later, changed, and tries to refresh it.
async fn published(market: &Market, change: impl FnOnce(&mut PythPrice)) -> Result<Sent, Failure> {
    market.advance(1);
    let mut price = market.publish(BTC, 50_000);
    change(&mut price);
    market.publish_as(BTC, price);
    market.try_refresh(&[BTC]).await
}

#[tokio::test]
async fn forged_oracle() {
    let market = Market::start().await;
    market.advance(1);
    let price = market.publish(BTC, 50_000);
    let address = market.oracle(BTC);
    for owner in [Pubkey::new_from_array([0x66; 32]), ballast::ID, Pubkey::default()] {
        market.write_oracle(address, price.to_pull_account_data(), owner);
        assert_error(market.try_refresh(&[BTC]).await, BallastError::OracleOwner);
    }
    market.write_oracle(address, price.to_legacy_account_data(), PULL_OWNER);
    assert_error(market.try_refresh(&[BTC]).await, BallastError::OracleKind);
    market.write_oracle(address, price.to_legacy_account_data(), LEGACY_OWNER);
    assert_error(market.try_refresh(&[BTC]).await, BallastError::OracleKind);
    market.write_oracle(address, price.to_pull_account_data(), PULL_OWNER);
    market.try_refresh(&[BTC]).await.unwrap();
}

#[tokio::test]
async fn another_feeds_price() {
    let market = Market::start().await;
    assert_error(published(&market, |price| price.feed = ETH.feed).await, BallastError::OracleFeed);
    assert_error(published(&market, |price| price.feed = Key::NONE).await, BallastError::OracleFeed);
}

#[tokio::test]
async fn a_legacy_account_of_another_key() {
    let market = Market::start().await;
    let of = Underlying { row: 4, feed: Key([0x4C; 32]), ..ETH };
    let terms = UnderlyingTerms { kind: OracleKind::Legacy, ..terms::underlying(of) };
    market.list_underlying(of, terms).await.unwrap();
    let price = PythPrice::new(of.feed, 250_000_000_000, market.now());
    let (named, another) = (Pubkey::new_from_array(of.feed.0), Pubkey::new_from_array([0x4D; 32]));
    for address in [named, another] {
        market.write_oracle(address, price.to_legacy_account_data(), LEGACY_OWNER);
    }
    let board = market.board().await;
    let refresh = |address| market.deployment.refresh(&board, None, &[(of.row, address)]).unwrap();
    assert_error(market.chain.send(&[refresh(another)], &[]).await, BallastError::OracleFeed);
    market.chain.send(&[refresh(named)], &[]).await.unwrap();
}

#[tokio::test]
async fn a_partially_verified_price() {
    let market = Market::start().await;
    for num_signatures in [0, 1, 13, u8::MAX] {
        let partial = VerificationLevel::Partial { num_signatures };
        assert_error(published(&market, |price| price.verification = partial).await, BallastError::OracleUnverified);
    }
}

#[tokio::test]
async fn a_price_that_is_not_positive() {
    let market = Market::start().await;
    for number in [0, -1, i64::MIN] {
        let refused = published(&market, |price| price.reading.price = number).await;
        assert_error(refused, BallastError::OraclePriceNotPositive);
        let refused = published(&market, |price| price.reading.ema = number).await;
        assert_error(refused, BallastError::OraclePriceNotPositive);
    }
}

#[tokio::test]
async fn an_exponent_out_of_range() {
    let market = Market::start().await;
    for exponent in [-13, 1, i32::MIN, i32::MAX] {
        let refused = published(&market, |price| price.reading.exponent = exponent).await;
        assert_error(refused, BallastError::OracleExponent);
    }
}

#[tokio::test]
async fn a_price_too_small_for_its_unit() {
    let market = Market::start().await;
    assert_error(published(&market, |price| price.reading.price = 999).await, BallastError::OraclePriceTooSmall);
    assert_error(published(&market, |price| price.reading.ema = 999).await, BallastError::OraclePriceTooSmall);
}

#[tokio::test]
async fn a_price_that_is_not_newer() {
    let market = Market::start().await;
    let last = market.row(BTC).await.published_at;
    for earlier in [0, 1, 1_000] {
        let refused = published(&market, |price| price.reading.published_at = Timestamp(last.0 - earlier)).await;
        assert_error(refused, BallastError::OraclePriceNotNewer);
    }
}

#[tokio::test]
async fn a_price_from_the_future() {
    let market = Market::start().await;
    let now = market.now() + 1;
    let refused = published(&market, |price| price.reading.published_at = Timestamp(now + 86_401)).await;
    assert_error(refused, BallastError::OraclePriceFromFuture);
}

#[tokio::test]
async fn two_prices_in_a_slot() {
    let market = Market::start().await;
    market.price(BTC, 50_000).await;
    let slot = market.chain.slot();
    market.chain.set_clock(market.now() + 1, slot);
    market.publish(BTC, 51_000);
    assert_error(market.try_refresh(&[BTC]).await, BallastError::OracleSameSlot);
}

#[tokio::test]
async fn time_travel() {
    let market = Market::start().await;
    let alice = market.trader().cash(usd(10_000)).long(BTC, lots(10)).await;
    // the clock has halted: a live price of another underlying looks like the future, and bitcoin's is old
    market.advance(1);
    let mut price = market.publish(ETH, 2_500);
    price.reading.published_at.0 += 18_000;
    market.publish_as(ETH, price);
    market.refresh(&[ETH]).await;
    assert_error(alice.withdraw(usd(1)).await, BallastError::PriceStale);
    assert_error(alice.buy(BTC, lots(1)).await, BallastError::PriceStale);
}

#[tokio::test]
async fn free_option_on_the_last_minute() {
    let market = Market::start().await;
    let (alice, bob) = (market.trader().cash(usd(10_000)).await, market.trader().cash(usd(10_000)).await);
    let mark = market.mark(BTC).await;
    market.advance(31);
    // at an old price nobody adds risk
    assert_error(market.trade_at(&alice, &bob, BTC, lots(10), mark).await, BallastError::PriceStale);
    // nor does one transaction see two prices, each newer than the one before
    let mut price = market.publish(BTC, 50_000);
    let later = Pubkey::new_from_array([0x1A; 32]);
    price.reading.published_at.0 += 1;
    price.reading.price = 51_000 * 100_000_000;
    market.write_oracle(later, price.to_pull_account_data(), PULL_OWNER);
    let first = market.refresh_instruction(&[BTC], None).await;
    let second = first.clone().with(market.oracle(BTC), later);
    let fill = market.deployment.trade(market.parties(&alice, &bob), BTC.perp.0, lots(10), mark);
    let signers = [&alice.owner, &bob.owner];
    let option = [first, fill, second];
    assert_error(market.chain.send(&option, &signers).await, BallastError::OracleSameSlot);
    market.chain.send(&option[..2], &signers).await.unwrap();
}

#[tokio::test]
async fn a_wide_price() {
    let market = Market::start().await;
    let alice = market.trader().cash(usd(10_000)).long(BTC, lots(10)).await;
    let wide = |price: &mut PythPrice| price.reading.confidence = price.reading.price.unsigned_abs() / 50;
    published(&market, wide).await.unwrap();
    assert_error(alice.buy(BTC, lots(1)).await, BallastError::PriceWide);
    assert_error(alice.withdraw(usd(1)).await, BallastError::PriceWide);
}

/// Alice is below maintenance by bitcoin, and holds one lot of ether.
async fn shielded() -> (Market, Keeper, Trader) {
    let market = Market::start().await;
    let keeper = market.keeper().await;
    let alice = market.trader().cash(usd(1_000)).long(BTC, lots(300)).long(ETH, lots(1)).await;
    market.pin_scan(BTC, percent(7)).await;
    (market, keeper, alice)
}

/// Refreshes ether with a price that is changed, and bitcoin as it was.
async fn ether(market: &Market, change: impl FnOnce(&mut PythPrice)) {
    market.advance(1);
    let mut price = market.publish(ETH, 2_500);
    change(&mut price);
    market.publish_as(ETH, price);
    market.publish(BTC, 50_000);
    market.refresh(&[ETH, BTC]).await;
}

#[tokio::test]
async fn shield_of_dust_in_a_wide_feed() {
    let (market, keeper, alice) = shielded().await;
    ether(&market, |price| price.reading.confidence = price.reading.price.unsigned_abs() / 50).await;
    assert_error(keeper.liquidate(&alice, ETH).await, BallastError::PriceWide);
    let done: Liquidated = keeper.liquidate(&alice, BTC).await.unwrap().event();
    assert!(done.taken.lots() > 0 && !done.in_liquidation);
}

#[tokio::test]
async fn shield_of_dust_in_a_silent_feed() {
    let (market, keeper, alice) = shielded().await;
    market.advance(61);
    market.price(BTC, 50_000).await;
    assert_error(keeper.liquidate(&alice, ETH).await, BallastError::PriceStale);
    keeper.liquidate(&alice, BTC).await.unwrap();
}

#[tokio::test]
async fn shield_of_dust_in_a_diverged_feed() {
    let (market, keeper, alice) = shielded().await;
    ether(&market, |price| price.reading.ema = price.reading.ema * 6 / 10).await;
    assert_error(keeper.liquidate(&alice, ETH).await, BallastError::PriceDiverged);
    keeper.liquidate(&alice, BTC).await.unwrap();
}

#[tokio::test]
async fn hold_in_the_crash() {
    let (market, keeper, alice) = shielded().await;
    let crash = |market: &Market| {
        let mut price = market.publish(BTC, 50_000);
        price.reading.ema = price.reading.price * 2;
        market.publish_as(BTC, price);
    };
    market.advance(1);
    crash(&market);
    market.publish(ETH, 2_500);
    market.refresh(&[BTC, ETH]).await;
    assert_error(keeper.liquidate(&alice, BTC).await, BallastError::PriceDiverged);
    market.advance(600);
    crash(&market);
    market.publish(ETH, 2_500);
    market.refresh(&[BTC, ETH]).await;
    // ten minutes later the price counts; what is diverged the keeper weighs at the average
    keeper.liquidate(&alice, BTC).await.unwrap();
}

#[tokio::test]
async fn the_first_price_after_an_outage() {
    let (market, keeper, alice) = shielded().await;
    market.advance(400);
    market.publish(ETH, 2_500);
    market.publish(BTC, 47_500);
    market.refresh(&[ETH, BTC]).await;
    assert_error(keeper.liquidate(&alice, BTC).await, BallastError::LiquidationWaits);
    market.advance(120);
    market.publish(ETH, 2_500);
    market.publish(BTC, 47_500);
    market.refresh(&[ETH, BTC]).await;
    keeper.liquidate(&alice, BTC).await.unwrap();
}

#[tokio::test]
async fn dead_feed() {
    let market = Market::start().await;
    let alice = market.trader().cash(usd(1_000)).long(ETH, lots(1)).await;
    let change = Change::WindDown(ETH.row);
    let due = market.propose(&change).await.unwrap();
    market.wait_for_timelock().await;
    assert_error(alice.withdraw(usd(1)).await, BallastError::PriceStale);
    market.execute(due, &change).await.unwrap();
    market.advance(86_400);
    let go_on = market.deployment.wind_down(ETH.row, &[]);
    let event: UnderlyingWoundDown = market.chain.send(&[go_on], &[]).await.unwrap().event();
    assert_eq!(event.contracts, 1);
    // a position is settled by anybody, and holds nobody any more
    alice.settle(ETH).await.unwrap();
    alice.withdraw(usd(1)).await.unwrap();
}
