//! `deleverage`.

use anchor_lang::solana_program::instruction::Instruction;
use ballast::events::Deleveraged;
use ballast_core::BallastError;
use ballast_core::state::Pausable;
use ballast_core::units::Size;
use ballast_tests::{BTC, ETH, Edit, Keeper, Market, Trader, assert_error, lots, usd};

/// A trader whom a fall has made insolvent, five minutes after the liquidation began; and one who has gained by it.
async fn abandoned() -> (Market, Keeper, Trader, Trader) {
    let market = Market::start().await;
    let keeper = market.keeper().await;
    let alice = market.trader().cash(usd(1_000)).long(BTC, lots(200)).await;
    let bob = market.trader().cash(usd(10_000)).short(BTC, lots(150)).await;
    market.price(BTC, 44_000).await;
    keeper.liquidate_at_most(&alice, BTC, 0).await.unwrap();
    market.tick(300).await;
    (market, keeper, alice, bob)
}

async fn instruction(alice: &Trader, bob: &Trader, most: u64) -> Instruction {
    alice.market.deployment.deleverage(alice.account, &alice.state().await, bob.account, BTC.perp.0, most)
}

#[tokio::test]
async fn deleverage_closes_lots_at_the_zero_equity_price() {
    let (market, keeper, alice, bob) = abandoned().await;
    let equity = |exposure: ballast_core::margin::Exposure| exposure.equity(ballast_core::margin::MAINTENANCE).unwrap();
    let (lack, bobs) = (-equity(alice.exposure().await).0, equity(bob.exposure().await).0);
    assert!(lack > 0);
    // anybody may send it
    let event: Deleveraged = keeper.send(instruction(&alice, &bob, u64::MAX).await).await.unwrap().event();
    assert_eq!((event.account, event.opposite), (alice.account, bob.account));
    assert_eq!((event.closed, event.value), (Size(150), usd(6_600)));
    assert!((event.given_up.0 - lack * 150 / 200).abs() <= 1, "{:?} of {lack}", event.given_up);
    assert_eq!(equity(bob.exposure().await).0, bobs - event.given_up.0);
    assert_eq!((bob.position(BTC).await.size, alice.position(BTC).await.size), (Size(0), Size(50)));
    assert!(event.in_liquidation && !event.resolved.resolved);
    // the last lots resolve the account
    let house = market.house();
    let event: Deleveraged = keeper.send(instruction(&alice, &house, u64::MAX).await).await.unwrap().event();
    assert!(event.resolved.resolved && event.closed == Size(50));
    assert_eq!(alice.state().await.position_count, 0);
}

#[tokio::test]
async fn deleverage_fails_when_it_is_too_soon() {
    let market = Market::start().await;
    let keeper = market.keeper().await;
    let alice = market.trader().cash(usd(1_000)).long(BTC, lots(200)).await;
    let bob = market.trader().cash(usd(10_000)).short(BTC, lots(150)).await;
    assert_error(keeper.send(instruction(&alice, &bob, 1).await).await, BallastError::NotLiquidatable);
    market.price(BTC, 44_000).await;
    // nobody has seen it insolvent yet: that is noted, and nothing is closed
    let event: Deleveraged = keeper.send(instruction(&alice, &bob, 1).await).await.unwrap().event();
    assert_eq!((event.closed, event.given_up, event.in_liquidation), (Size(0), usd(0), true));
    assert_eq!(alice.state().await.insolvent_at.0, market.now());
    market.tick(299).await;
    assert_error(keeper.send(instruction(&alice, &bob, 1).await).await, BallastError::DeleverageTooSoon);
    market.tick(1).await;
    keeper.send(instruction(&alice, &bob, 1).await).await.unwrap();
}

#[tokio::test]
async fn deleverage_fails_when_the_account_has_equity() {
    let market = Market::start().await;
    let keeper = market.keeper().await;
    let alice = market.trader().cash(usd(1_000)).long(BTC, lots(300)).await;
    let bob = market.trader().cash(usd(10_000)).short(BTC, lots(150)).await;
    market.price(BTC, 47_500).await;
    keeper.liquidate_at_most(&alice, BTC, 0).await.unwrap();
    market.tick(300).await;
    assert_error(keeper.send(instruction(&alice, &bob, 1).await).await, BallastError::NotInsolvent);
}

#[tokio::test]
async fn deleverage_fails_against_who_stands_elsewhere_or_has_not_gained() {
    let (market, keeper, alice, _) = abandoned().await;
    let carol = market.trader().cash(usd(10_000)).long(BTC, lots(1)).await;
    let late = market.trader().cash(usd(10_000)).short(BTC, lots(10)).await;
    assert_error(keeper.send(instruction(&alice, &carol, 1).await).await, BallastError::NotOpposite);
    assert_error(keeper.send(instruction(&alice, &late, 1).await).await, BallastError::NoGainOpposite);
    let state = alice.state().await;
    let other = market.deployment.deleverage(alice.account, &state, late.account, ETH.perp.0, 1);
    assert_error(keeper.send(other).await, BallastError::PositionMissing);
    assert_error(keeper.send(instruction(&alice, &late, 0).await).await, BallastError::SizeNotPositive);
}

#[tokio::test]
async fn deleverage_fails_while_paused_and_at_bad_prices() {
    let (market, keeper, alice, bob) = abandoned().await;
    market.pause(Pausable::Liquidation, 10).await.unwrap();
    assert_error(keeper.send(instruction(&alice, &bob, 1).await).await, BallastError::LiquidationPaused);
    market.advance(61);
    assert_error(keeper.send(instruction(&alice, &bob, 1).await).await, BallastError::PriceStale);
}

#[tokio::test]
async fn deleverage_fails_when_two_accounts_are_the_same() {
    let (_, keeper, alice, bob) = abandoned().await;
    let itself = instruction(&alice, &bob, 1).await.with(bob.account, alice.account);
    assert_error(keeper.send(itself).await, BallastError::SameAccount);
}

#[tokio::test]
async fn deleverage_fails_when_an_account_is_of_another_exchange() {
    let (market, keeper, alice, bob) = abandoned().await;
    let other = market.another().await;
    let (here, there, house) = (market.deployment, other.deployment, other.house().account);
    let sound = instruction(&alice, &bob, 1).await;
    for (own, foreign, rule) in [
        (here.exchange, there.exchange, BallastError::WrongBoard),
        (here.board, there.board, BallastError::WrongBoard),
        (here.contract(BTC.perp.0), there.contract(BTC.perp.0), BallastError::WrongContract),
        (here.insurance_fund(), there.insurance_fund(), BallastError::WrongInsuranceFund),
        (alice.account, house, BallastError::WrongExchange),
        (bob.account, house, BallastError::WrongExchange),
    ] {
        assert_error(keeper.send(sound.clone().with(own, foreign)).await, rule);
    }
    keeper.send(sound).await.unwrap();
}
