//! End-to-end cases.

use ballast::events::{Liquidated, Rebalanced};
use ballast_core::BallastError;
use ballast_core::clearing::{Call, Offer};
use ballast_core::margin::MAINTENANCE;
use ballast_core::state::{MarginAccount, Position, TopUpPolicy};
use ballast_core::units::{Size, Usd};
use ballast_tests::{BTC, Keeper, Market, Trader, assert_error, lots, percent, usd};

/// A trader who is called, since the ramp will reach the account.
async fn called() -> (Market, Keeper, Trader) {
    let market = Market::start().await;
    let keeper = market.keeper().await;
    let alice = market.trader().cash(usd(1_000)).long(BTC, lots(200)).await;
    market.raise_target(BTC, percent(12)).await;
    let event: Rebalanced = alice.rebalance().await.unwrap().event();
    assert_eq!(event.call, Call::Opened);
    (market, keeper, alice)
}

/// Time passes up to a second; the price stays and is fresh.
async fn until(market: &Market, second: i64) {
    market.advance(second - market.now());
    market.publish(BTC, 50_000);
    market.refresh(&[BTC]).await;
}

#[tokio::test]
async fn the_ramp_reaches_the_account_exactly_at_its_deadline() {
    let (market, keeper, alice) = called().await;
    let deadline = alice.deadline().await.unwrap().0;
    assert!(deadline > market.now() + 3_600, "{deadline}");
    until(&market, deadline - 1).await;
    assert_error(keeper.liquidate(&alice, BTC).await, BallastError::NotLiquidatable);
    until(&market, deadline).await;
    keeper.liquidate_at_most(&alice, BTC, 1).await.unwrap();
}

#[tokio::test]
async fn one_second_after_its_deadline_the_account_is_liquidatable() {
    let (market, keeper, alice) = called().await;
    let deadline = alice.deadline().await.unwrap().0;
    until(&market, deadline + 1).await;
    assert!(alice.margin_above(MAINTENANCE).await < Usd::ZERO);
    let event: Liquidated = keeper.liquidate(&alice, BTC).await.unwrap().event();
    assert!(event.taken > Size(0) && !event.in_liquidation);
}

#[tokio::test]
async fn an_account_restored_before_its_deadline_is_left_alone() {
    let (market, keeper, alice) = called().await;
    let deadline = alice.deadline().await.unwrap().0;
    assert_error(alice.withdraw(usd(1)).await, BallastError::MarginCallOpen);
    alice.deposit(usd(1_000)).await.unwrap();
    let event: Rebalanced = alice.rebalance().await.unwrap().event();
    assert_eq!((event.call, alice.deadline().await), (Call::Closed, None));
    alice.withdraw(usd(1)).await.unwrap();
    until(&market, deadline + 1).await;
    assert_error(keeper.liquidate(&alice, BTC).await, BallastError::NotLiquidatable);
}

#[tokio::test]
async fn gains_cannot_be_withdrawn_before_they_are_collected() {
    let market = Market::start().await;
    let (alice, bob) = (market.trader().cash(usd(1_000)).await, market.trader().cash(usd(1_000)).await);
    market.trade(&alice, &bob, BTC, lots(100)).await.unwrap();
    market.price(BTC, 51_000).await;
    market.trade(&bob, &alice, BTC, lots(100)).await.unwrap();
    let cash = alice.cash().await;
    assert_error(alice.withdraw(Usd(cash.0 + 1)).await, BallastError::NotEnoughCash);
    bob.settle(BTC).await.unwrap();
    assert_error(alice.withdraw(Usd(cash.0 + 1)).await, BallastError::NotEnoughCash);
    alice.settle(BTC).await.unwrap();
    alice.withdraw(Usd(cash.0 + 100_000_000)).await.unwrap();
}

#[tokio::test]
async fn a_crash_with_a_reserve_ends_in_a_top_up_and_without_one_in_liquidation() {
    let market = Market::start().await;
    let keeper = market.keeper().await;
    let alice = market.trader().cash(usd(1_000)).reserve(usd(2_000)).long(BTC, lots(200)).await;
    let bob = market.trader().cash(usd(1_000)).long(BTC, lots(200)).await;
    market.price(BTC, 46_000).await;
    let event: Liquidated = keeper.liquidate(&alice, BTC).await.unwrap().event();
    assert_eq!((event.taken, event.in_liquidation), (Size(0), false));
    assert!(event.topped_up > Usd::ZERO);
    let event: Liquidated = keeper.liquidate(&bob, BTC).await.unwrap().event();
    assert!(event.taken > Size(0));
    assert_eq!((alice.position(BTC).await.size, event.topped_up), (Size(200), Usd::ZERO));
}

#[tokio::test]
async fn a_bankruptcy_goes_through_insurance_into_the_index() {
    let market = Market::start().await;
    let keeper = market.keeper().await;
    market.insure(usd(100)).await;
    let alice = market.trader().cash(usd(1_000)).long(BTC, lots(200)).await;
    market.price(BTC, 44_000).await;
    // a loss of 1,200 USD against 995 of cash
    let event: Liquidated = keeper.liquidate(&alice, BTC).await.unwrap().event();
    assert!(event.resolved.resolved);
    assert_eq!(event.taken, Size(200));
    // the keeper of an insolvent position is paid first
    assert!(event.resolved.by_insurance > usd(80) && event.resolved.by_insurance <= usd(100));
    assert!(event.resolved.by_index > usd(100));
    assert_eq!(event.resolved.deficit, Usd::ZERO);
    let state = alice.state().await;
    assert_eq!((state.cash, state.position_count, state.liquidation_at.0), (Usd::ZERO, 0, 0));
    assert!(market.board().await.contract(0).unwrap().loss_short > Usd::ZERO);
}

#[tokio::test]
async fn a_closed_reserve_does_not_shield() {
    let market = Market::start().await;
    let keeper = market.keeper().await;
    let alice = market.trader().cash(usd(1_000)).reserve(usd(10)).long(BTC, lots(300)).await;
    alice.reserve().withdraw(usd(10)).await.unwrap();
    alice.reserve().close().await.unwrap();
    market.pin_scan(BTC, percent(6)).await;
    let event: Liquidated = keeper.liquidate(&alice, BTC).await.unwrap().event();
    assert!(event.taken > Size(0));
}

/// A closed reserve must be passed all the same.
#[tokio::test]
async fn a_closed_reserve_may_not_be_left_out() {
    let market = Market::start().await;
    let keeper = market.keeper().await;
    let alice = market.trader().cash(usd(1_000)).reserve(usd(10)).long(BTC, lots(300)).await;
    alice.reserve().withdraw(usd(10)).await.unwrap();
    alice.reserve().close().await.unwrap();
    market.pin_scan(BTC, percent(6)).await;
    let named = alice.state().await;
    let nobody = MarginAccount { top_up: TopUpPolicy::default(), ..named };
    let without =
        market.deployment.liquidate((keeper.address(), keeper.account), alice.account, &nobody, 1, Offer::of(u64::MAX));
    assert_error(keeper.send(without).await, BallastError::ReserveMissing);
}

/// The premium of a venue's fills passes from longs to shorts after an hour, to the unit.
#[tokio::test]
async fn longs_pay_shorts_for_the_premium_of_a_venues_fills() {
    let market = Market::start().await;
    let alice = market.trader().cash(usd(10_000)).await;
    let bob = market.trader().cash(usd(10_000)).short(BTC, lots(100)).await;
    // at the hour, so that funding counts from here
    market.tick(3_600 - market.now() % 3_600).await;
    let above = market.off_mark(BTC, 4_000).await;
    alice.buy_by(&alice.owner, Some(&market.venue), BTC, (lots(100), above)).await.unwrap();
    let owed = |trader: &Position, index: i64| trader.basis.0 - trader.size.0 * (index - trader.funding_index.0);
    let before = (alice.position(BTC).await, bob.position(BTC).await);
    market.tick(7_200).await;
    let index = market.board().await.contract(0).unwrap().funding.index.0;
    assert!(index > before.0.funding_index.0, "{index}");
    let paid = before.0.basis.0 - owed(&before.0, index);
    let received = owed(&before.1, index) - before.1.basis.0;
    assert!(paid > 0);
    assert_eq!(paid, received);
}
