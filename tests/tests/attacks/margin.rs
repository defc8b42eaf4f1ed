//! Gains that are not there, and losses for others to pay.

use anchor_lang::error::ErrorCode;
use ballast::events::Liquidated;
use ballast_client::key;
use ballast_core::BallastError;
use ballast_core::margin::MAINTENANCE;
use ballast_core::units::{Size, Usd};
use ballast_tests::{BTC, Edit, Market, Perp, SOL, assert_error, lots, percent, terms, usd};
use solana_signer::Signer;

#[tokio::test]
async fn row_reuse() {
    let market = Market::start().await;
    let admin = market.admin.pubkey();
    let alice = market.trader().cash(usd(1_000)).long(BTC, lots(1)).await;
    assert_error(
        market.as_admin(&[market.deployment.close_contract(admin, BTC.perp.0)]).await,
        BallastError::ContractInUse,
    );
    let row = market.contract(SOL).await.row;
    market.as_admin(&[market.deployment.close_contract(admin, SOL.perp.0)]).await.unwrap();
    let new = market.list_perp(terms::perpetual(SOL, key(&market.venue.pubkey()))).await.unwrap();
    assert_eq!((new, market.contract(new).await.row), (Perp(4), row));
    let old = market.deployment.settle(alice.account, SOL.perp.0);
    assert_error(alice.send(old).await, ErrorCode::AccountOwnedByWrongProgram);
    // the account has nothing in the new one
    assert_error(alice.settle(new).await, BallastError::PositionMissing);
}

#[tokio::test]
async fn print_and_settle() {
    let market = Market::start().await;
    let alice = market.trader().cash(usd(10_000)).long(BTC, lots(100)).await;
    // one that is far from its average pays no gain at all, and one that is near pays none that the average lacks
    for (dollars, rule) in [(60_000, BallastError::PriceDiverged), (54_000, BallastError::NothingToSettle)] {
        market.advance(1);
        let mut price = market.publish(BTC, dollars);
        price.reading.ema = 50_000 * 100_000_000;
        market.publish_as(BTC, price);
        market.refresh(&[BTC]).await;
        // the other side has paid its loss, or has more in cash already
        let _ = market.house().settle(BTC).await;
        assert_error(alice.settle(BTC).await, rule);
    }
    // a price that lasts is paid
    market.price(BTC, 60_000).await;
    let _ = market.house().settle(BTC).await;
    alice.settle(BTC).await.unwrap();
    assert!(alice.cash().await > usd(10_900));
}

#[tokio::test]
async fn last_equity_to_a_friend() {
    let market = Market::start().await;
    let alice = market.trader().cash(usd(1_000)).long(BTC, lots(300)).await;
    let friend = market.trader().cash(usd(100_000)).await;
    market.pin_scan(BTC, percent(6)).await;
    assert!(alice.margin_above(MAINTENANCE).await < Usd::ZERO);
    let price = market.off_mark(BTC, -100).await;
    let gift = market.trade_at(&friend, &alice, BTC, lots(100), price).await;
    assert_error(gift, BallastError::ReductionBelowMark);
    market.trade(&friend, &alice, BTC, lots(100)).await.unwrap();
}

#[tokio::test]
async fn toxic_whole() {
    let market = Market::start().await;
    let alice = market.trader().cash(usd(1_000)).long(BTC, lots(300)).await;
    let keeper = market.keeper().await;
    market.insure(usd(10_000)).await;
    market.pin_scan(BTC, percent(6)).await;
    keeper.liquidate_at_most(&alice, BTC, 0).await.unwrap();
    market.tick(600).await;
    let standing = async || {
        let exposure = alice.exposure().await;
        let (equity, required) = (exposure.equity(MAINTENANCE).unwrap(), exposure.requirement(MAINTENANCE).unwrap());
        (i128::from(equity.0), i128::from(required.0))
    };
    let (equity, required) = standing().await;
    let insured = market.fund().await.balance;
    let sent = keeper.liquidate(&alice, BTC).await.unwrap();
    let event: Liquidated = sent.event();
    assert!(event.fee > Usd::ZERO);
    let (after, required_after) = standing().await;
    assert!(after > 0 && after * required >= equity * required_after);
    assert!(market.fund().await.balance >= insured);
}

#[tokio::test]
async fn faster_than_the_top_up() {
    let market = Market::start().await;
    let alice = market.trader().cash(usd(1_000)).reserve(usd(2_000)).long(BTC, lots(300)).await;
    let keeper = market.keeper().await;
    market.pin_scan(BTC, percent(6)).await;
    let reserve = alice.reserve().account;
    let without = keeper.liquidate_instruction(&alice, BTC, 1).await.with(reserve, ballast::ID);
    assert_error(keeper.send(without).await, BallastError::ReserveMissing);
    let another = keeper.liquidate_instruction(&alice, BTC, 1).await.with(reserve, market.house().account);
    assert_error(keeper.send(another).await, BallastError::WrongReserve);
    let event: Liquidated = keeper.liquidate(&alice, BTC).await.unwrap().event();
    assert!(event.topped_up > Usd::ZERO && event.taken == Size::ZERO && !event.in_liquidation);
}
