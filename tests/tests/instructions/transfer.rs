//! `transfer`.

use anchor_lang::error::ErrorCode;
use ballast::events::Transferred;
use ballast_core::BallastError;
use ballast_core::clearing::Asset;
use ballast_core::margin::INITIAL;
use ballast_core::state::Pausable;
use ballast_core::units::{Tokens, Usd};
use ballast_tests::{BTC, Edit, Market, QUOTE, WSOL, assert_error, lots, percent, usd, wsol};

#[tokio::test]
async fn transfer_moves_cash_and_collateral_without_tokens() {
    let market = Market::start().await;
    let alice = market.trader().cash(usd(1_000)).collateral(wsol(3)).await;
    let second = alice.second_account(usd(0)).await;
    let ledgers = (market.vault(QUOTE).await, market.vault(WSOL).await);
    let sent = alice.transfer(&second, usd(300)).await.unwrap();
    let event: Transferred = sent.event();
    assert_eq!((event.asset, event.amount), (Asset::Cash, Tokens(300_000_000)));
    alice.transfer(&second, wsol(2)).await.unwrap();
    assert_eq!((alice.cash().await, second.cash().await), (usd(700), usd(300)));
    assert_eq!(alice.state().await.collateral_of(0), wsol(1).tokens);
    assert_eq!(second.state().await.collateral_of(0), wsol(2).tokens);
    assert_eq!((market.vault(QUOTE).await, market.vault(WSOL).await), ledgers);
}

#[tokio::test]
async fn transfer_fails_below_initial_margin() {
    let market = Market::start().await;
    let alice = market.trader().cash(usd(1_000)).long(BTC, lots(100)).await;
    let second = alice.second_account(usd(0)).await;
    let free = alice.margin_above(INITIAL).await;
    assert_error(alice.transfer(&second, Usd(free.0 + 1)).await, BallastError::BelowInitialMargin);
    alice.transfer(&second, free).await.unwrap();
}

#[tokio::test]
async fn transfer_fails_when_the_amount_is_zero_or_more_than_there_is() {
    let market = Market::start().await;
    let alice = market.trader().cash(usd(1_000)).collateral(wsol(3)).await;
    let second = alice.second_account(usd(0)).await;
    assert_error(alice.transfer(&second, usd(0)).await, BallastError::AmountZero);
    assert_error(alice.transfer(&second, wsol(0)).await, BallastError::AmountZero);
    assert_error(alice.transfer(&second, usd(1_001)).await, BallastError::NotEnoughCash);
    assert_error(alice.transfer(&second, wsol(4)).await, BallastError::NotEnoughCollateral);
    assert_error(alice.transfer(&second, QUOTE.units(u64::MAX)).await, BallastError::Overflow);
}

#[tokio::test]
async fn transfer_fails_when_the_collateral_has_no_vault() {
    let market = Market::start().await;
    let alice = market.trader().collateral(wsol(3)).await;
    let second = alice.second_account(usd(0)).await;
    for row in [2, 200] {
        let transfer = market.deployment.transfer(
            alice.address(),
            alice.account,
            second.account,
            Asset::Collateral(row),
            Tokens(1),
        );
        assert_error(alice.send(transfer).await, BallastError::NotEnoughCollateral);
    }
}

#[tokio::test]
async fn transfer_fails_during_a_margin_call_and_in_liquidation() {
    let market = Market::start().await;
    let keeper = market.keeper().await;
    let alice = market.trader().cash(usd(1_000)).long(BTC, lots(200)).await;
    let second = alice.second_account(usd(0)).await;
    market.raise_target(BTC, percent(12)).await;
    alice.rebalance().await.unwrap();
    assert_error(alice.transfer(&second, usd(1)).await, BallastError::MarginCallOpen);
    market.pin_scan(BTC, percent(12)).await;
    keeper.liquidate_at_most(&alice, BTC, 0).await.unwrap();
    assert_error(alice.transfer(&second, usd(1)).await, BallastError::InLiquidation);
    // towards the called account is welcome, and ends the liquidation once it is enough
    second.deposit(usd(1_000)).await.unwrap();
    second.transfer(&alice, usd(1_000)).await.unwrap();
    assert_eq!(alice.state().await.liquidation_at.0, 0);
}

#[tokio::test]
async fn transfer_fails_while_withdrawals_are_paused() {
    let market = Market::start().await;
    let alice = market.trader().cash(usd(1_000)).await;
    let second = alice.second_account(usd(0)).await;
    market.pause(Pausable::Withdrawals, 60).await.unwrap();
    assert_error(alice.transfer(&second, usd(1)).await, BallastError::WithdrawalsPaused);
}

#[tokio::test]
async fn transfer_fails_at_stale_and_wide_prices() {
    let market = Market::start().await;
    let alice = market.trader().cash(usd(1_000)).long(BTC, lots(10)).await;
    let second = alice.second_account(usd(0)).await;
    market.advance(31);
    assert_error(alice.transfer(&second, usd(1)).await, BallastError::PriceStale);
    let mut price = market.publish(BTC, 50_000);
    price.reading.confidence *= 100;
    market.publish_as(BTC, price);
    market.refresh(&[BTC]).await;
    assert_error(alice.transfer(&second, usd(1)).await, BallastError::PriceWide);
}

#[tokio::test]
async fn transfer_fails_when_the_owners_differ() {
    let market = Market::start().await;
    let (alice, bob) = (market.trader().cash(usd(1_000)).await, market.trader().cash(usd(1_000)).await);
    assert_error(alice.transfer(&bob, usd(1)).await, BallastError::WrongOwner);
    let theft = alice.transfer_instruction(&bob, usd(1)).with(alice.account, bob.account);
    assert_error(alice.send(theft).await, BallastError::NotOwner);
    let second = alice.second_account(usd(0)).await;
    let unsigned = alice.transfer_instruction(&second, usd(1)).unsigned(alice.address());
    assert_error(bob.send(unsigned).await, ErrorCode::AccountNotSigner);
}

#[tokio::test]
async fn transfer_fails_when_both_accounts_are_the_same() {
    let market = Market::start().await;
    let alice = market.trader().cash(usd(1_000)).await;
    assert_error(alice.transfer(&alice, usd(1)).await, BallastError::SameAccount);
}

#[tokio::test]
async fn transfer_fails_when_an_account_is_of_another_exchange() {
    let market = Market::start().await;
    let (other, alice) = (market.another().await, market.trader().cash(usd(1_000)).await);
    let second = alice.second_account(usd(0)).await;
    let (here, there) = (market.deployment, other.deployment);
    let transfer = || alice.transfer_instruction(&second, usd(1));
    assert_error(alice.send(transfer().with(here.exchange, there.exchange)).await, BallastError::WrongBoard);
    assert_error(alice.send(transfer().with(here.board, there.board)).await, BallastError::WrongBoard);
    other.open(&alice.owner, 0).await.unwrap();
    let abroad = there.account(&alice.address(), 0);
    assert_error(alice.send(transfer().with(second.account, abroad)).await, BallastError::WrongExchange);
    assert_error(alice.send(transfer().with(alice.account, abroad)).await, BallastError::WrongExchange);
}
