//! `rebalance`.

use ballast::events::Rebalanced;
use ballast_core::BallastError;
use ballast_core::clearing::Call;
use ballast_core::margin::{INITIAL, TARGET};
use ballast_core::state::{MarginAccount, TopUpPolicy};
use ballast_core::units::Usd;
use ballast_tests::{BTC, Edit, Market, assert_error, lots, percent, usd};

#[tokio::test]
async fn rebalance_opens_and_closes_a_call() {
    let market = Market::start().await;
    let keeper = market.keeper().await;
    let alice = market.trader().cash(usd(1_000)).long(BTC, lots(200)).await;
    market.raise_target(BTC, percent(12)).await;
    let before = (alice.cash().await, keeper.cash().await);
    let event: Rebalanced = keeper.rebalance(&alice).await.unwrap().event();
    assert_eq!(event.call, Call::Opened);
    assert!(event.equity < event.requirement);
    assert_eq!(alice.state().await.called_at.0, market.now());
    // the call is paid for by the called
    assert_eq!((alice.cash().await.0, keeper.cash().await.0), (before.0.0 - 50_000, before.1.0 + 50_000));
    assert_error(keeper.rebalance(&alice).await, BallastError::NothingToRebalance);
    alice.deposit(usd(500)).await.unwrap();
    let event: Rebalanced = keeper.rebalance(&alice).await.unwrap().event();
    assert_eq!(event.call, Call::Closed);
    assert_eq!(alice.state().await.called_at.0, 0);
}

#[tokio::test]
async fn rebalance_tops_up_to_initial() {
    let market = Market::start().await;
    let keeper = market.keeper().await;
    let alice = market.trader().cash(usd(1_000)).reserve(usd(2_000)).long(BTC, lots(200)).await;
    market.raise_target(BTC, percent(12)).await;
    let event: Rebalanced = keeper.rebalance(&alice).await.unwrap().event();
    assert_eq!(event.call, Call::None);
    assert!(event.topped_up > usd(200));
    // less the keeper's reward
    assert_eq!(alice.margin_above(INITIAL).await, Usd(-50_000));
    assert_eq!(alice.reserve().cash().await.0, 2_000_000_000 - event.topped_up.0);
}

#[tokio::test]
async fn a_top_up_stays_within_the_daily_limit_and_the_reserve() {
    let market = Market::start().await;
    let alice = market.trader().cash(usd(1_000)).reserve(usd(100)).long(BTC, lots(200)).await;
    alice.reserve().deposit(usd(500)).await.unwrap();
    market.raise_target(BTC, percent(12)).await;
    let event: Rebalanced = alice.rebalance().await.unwrap().event();
    assert_eq!((event.topped_up, event.call), (usd(100), Call::Opened));
    assert_error(alice.rebalance().await, BallastError::NothingToRebalance);
    market.tick(86_400).await;
    let event: Rebalanced = alice.rebalance().await.unwrap().event();
    assert_eq!(event.topped_up, usd(100));
}

#[tokio::test]
async fn excess_is_released_once_a_day() {
    let market = Market::start().await;
    let alice = market.trader().cash(usd(5_000)).reserve_and_releases(usd(10)).long(BTC, lots(100)).await;
    let event: Rebalanced = alice.rebalance().await.unwrap().event();
    assert!(event.released > usd(4_000), "{event:?}", event = event.released);
    let exposure = alice.exposure().await;
    let (equity, initial) = (exposure.equity(INITIAL).unwrap().0, exposure.requirement(INITIAL).unwrap().0);
    assert!(equity * 2 >= initial * 3 && equity * 2 < initial * 3 + 4);
    alice.deposit(usd(100)).await.unwrap();
    assert_error(alice.rebalance().await, BallastError::NothingToRebalance);
    market.tick(86_400).await;
    alice.rebalance().await.unwrap();
}

#[tokio::test]
async fn rebalance_fails_when_nothing_is_due() {
    let market = Market::start().await;
    let alice = market.trader().cash(usd(1_000)).long(BTC, lots(100)).await;
    assert_error(alice.rebalance().await, BallastError::NothingToRebalance);
    assert!(alice.margin_above(TARGET).await > Usd::ZERO);
}

#[tokio::test]
async fn rebalance_only_tops_up_at_stale_and_wide_prices() {
    let market = Market::start().await;
    let alice = market.trader().cash(usd(1_000)).long(BTC, lots(200)).await;
    let bob = market.trader().cash(usd(1_000)).reserve(usd(50)).long(BTC, lots(200)).await;
    market.raise_target(BTC, percent(12)).await;
    market.advance(61);
    assert_error(alice.rebalance().await, BallastError::PriceStale);
    let event: Rebalanced = bob.rebalance().await.unwrap().event();
    assert_eq!((event.call, event.topped_up), (Call::None, usd(50)));
    assert_eq!(bob.state().await.called_at.0, 0);
    let mut price = market.publish(BTC, 50_000);
    price.reading.confidence *= 100;
    market.publish_as(BTC, price);
    market.refresh(&[BTC]).await;
    assert_error(alice.rebalance().await, BallastError::PriceWide);
}

#[tokio::test]
async fn rewards_are_three_a_day() {
    let market = Market::start().await;
    let keeper = market.keeper().await;
    let alice = market.trader().cash(usd(1_000)).long(BTC, lots(200)).await;
    let before = keeper.cash().await;
    for _ in 0..3 {
        market.pin_scan(BTC, percent(12)).await;
        keeper.rebalance(&alice).await.unwrap();
        market.pin_scan(BTC, percent(3)).await;
        keeper.rebalance(&alice).await.unwrap();
    }
    assert_eq!(keeper.cash().await.0, before.0 + 3 * 50_000);
}

#[tokio::test]
async fn rebalance_fails_when_two_accounts_are_the_same() {
    let market = Market::start().await;
    let alice = market.trader().cash(usd(1_000)).reserve(usd(50)).long(BTC, lots(200)).await;
    let reserve = alice.reserve().account;
    market.raise_target(BTC, percent(12)).await;
    let state = alice.state().await;
    let with_keeper = |keeper| market.deployment.rebalance(alice.account, &state, Some(keeper));
    assert_error(alice.send(with_keeper(alice.account)).await, BallastError::SameAccount);
    assert_error(alice.send(with_keeper(reserve)).await, BallastError::SameAccount);
    let instruction = market.deployment.rebalance(alice.account, &state, None).with(reserve, alice.account);
    assert_error(alice.send(instruction).await, BallastError::SameAccount);
}

#[tokio::test]
async fn rebalance_fails_when_the_reserve_or_an_account_is_wrong() {
    let market = Market::start().await;
    let (other, bob) = (market.another().await, market.trader().cash(usd(500)).await);
    let alice = market.trader().cash(usd(1_000)).reserve(usd(50)).long(BTC, lots(200)).await;
    market.raise_target(BTC, percent(12)).await;
    let state: MarginAccount = alice.state().await;
    let rebalance = || market.deployment.rebalance(alice.account, &state, Some(bob.account));
    let reserve = alice.reserve().account;
    let house = other.house().account;
    assert_error(bob.send(rebalance().with(reserve, market.house().account)).await, BallastError::WrongReserve);
    assert_error(bob.send(rebalance().with(alice.account, house)).await, BallastError::WrongExchange);
    assert_error(bob.send(rebalance().with(bob.account, house)).await, BallastError::WrongExchange);
    let board = (market.deployment.board, other.deployment.board);
    assert_error(bob.send(rebalance().with(board.0, board.1)).await, BallastError::WrongExchange);
}

/// A call costs its owner a fee: a keeper may not open one that the reserve would have made needless.
#[tokio::test]
async fn rebalance_fails_when_the_reserve_is_left_out() {
    let market = Market::start().await;
    let keeper = market.keeper().await;
    let alice = market.trader().cash(usd(1_000)).reserve(usd(2_000)).long(BTC, lots(200)).await;
    market.raise_target(BTC, percent(12)).await;
    let state = MarginAccount { top_up: TopUpPolicy::default(), ..alice.state().await };
    let without = market.deployment.rebalance(alice.account, &state, Some(keeper.account));
    assert_error(keeper.send(without).await, BallastError::ReserveMissing);
    keeper.rebalance(&alice).await.unwrap();
}
