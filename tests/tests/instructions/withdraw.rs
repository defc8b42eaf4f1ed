//! `withdraw`.

use anchor_lang::error::ErrorCode;
use anchor_spl::token::spl_token::error::TokenError;
use ballast::events::Withdrawn;
use ballast_core::BallastError;
use ballast_core::margin::INITIAL;
use ballast_core::state::Pausable;
use ballast_core::units::{Tokens, Usd};
use ballast_tests::{BTC, Edit, Market, QUOTE, SOL, WBTC, WSOL, assert_error, lots, percent, usd, wsol};

#[tokio::test]
async fn withdraw_pays_cash_and_collateral() {
    let market = Market::start().await;
    let alice = market.trader().cash(usd(1_000)).collateral(wsol(3)).await;
    let before = market.vault(QUOTE).await.ledger.0;
    let sent = alice.withdraw(usd(400)).await.unwrap();
    let event: Withdrawn = sent.event();
    assert_eq!((event.amount, event.balance), (Tokens(400_000_000), Tokens(600_000_000)));
    alice.withdraw(wsol(3)).await.unwrap();
    assert_eq!((alice.wallet(QUOTE).await, alice.wallet(WSOL).await), (Tokens(400_000_000), wsol(3).tokens));
    assert_eq!(alice.state().await.collateral_of(0), Tokens::ZERO);
    assert_eq!(market.vault(QUOTE).await.ledger.0, before - 400_000_000);
}

#[tokio::test]
async fn withdraw_pays_all_that_initial_does_not_need() {
    let market = Market::start().await;
    let alice = market.trader().cash(usd(1_000)).long(BTC, lots(100)).await;
    let free = alice.margin_above(INITIAL).await;
    assert!(free > usd(500), "{free:?}");
    assert_error(alice.withdraw(Usd(free.0 + 1)).await, BallastError::BelowInitialMargin);
    alice.withdraw(free).await.unwrap();
    assert_eq!(alice.margin_above(INITIAL).await, Usd::ZERO);
}

#[tokio::test]
async fn an_account_without_positions_owes_nothing_and_needs_no_price() {
    let market = Market::start().await;
    let alice = market.trader().cash(usd(1_000)).collateral(wsol(3)).await;
    market.advance(100_000);
    alice.withdraw(usd(1_000)).await.unwrap();
    alice.withdraw(wsol(3)).await.unwrap();
}

#[tokio::test]
async fn withdraw_fails_when_the_amount_is_zero_or_more_than_there_is() {
    let market = Market::start().await;
    let alice = market.trader().cash(usd(1_000)).collateral(wsol(3)).await;
    assert_error(alice.withdraw(usd(0)).await, BallastError::AmountZero);
    assert_error(alice.withdraw(Usd(1_000_000_001)).await, BallastError::NotEnoughCash);
    assert_error(alice.withdraw(WSOL.units(3_000_000_001)).await, BallastError::NotEnoughCollateral);
    assert_error(alice.withdraw(WBTC.units(1)).await, BallastError::NotEnoughCollateral);
    assert_error(alice.withdraw(QUOTE.units(u64::MAX)).await, BallastError::Overflow);
}

#[tokio::test]
async fn withdraw_fails_when_others_hold_the_collateral() {
    let market = Market::start().await;
    let _bob = market.trader().collateral(wsol(5)).await;
    let alice = market.trader().cash(usd(1_000)).await;
    assert_error(alice.withdraw(wsol(1)).await, BallastError::NotEnoughCollateral);
}

#[tokio::test]
async fn withdraw_fails_during_a_margin_call() {
    let market = Market::start().await;
    let alice = market.trader().cash(usd(1_000)).long(BTC, lots(200)).await;
    market.raise_target(BTC, percent(12)).await;
    alice.rebalance().await.unwrap();
    let before = alice.state().await;
    assert_error(alice.withdraw(usd(1)).await, BallastError::MarginCallOpen);
    assert_eq!(alice.state().await, before);
}

#[tokio::test]
async fn withdraw_fails_in_liquidation() {
    let market = Market::start().await;
    let alice = market.trader().cash(usd(1_000)).long(BTC, lots(300)).await;
    let keeper = market.keeper().await;
    market.pin_scan(BTC, percent(6)).await;
    keeper.liquidate_at_most(&alice, BTC, 0).await.unwrap();
    assert_error(alice.withdraw(usd(1)).await, BallastError::InLiquidation);
}

#[tokio::test]
async fn withdraw_fails_while_withdrawals_are_paused() {
    let market = Market::start().await;
    let alice = market.trader().cash(usd(1_000)).await;
    market.pause(Pausable::Withdrawals, 60).await.unwrap();
    assert_error(alice.withdraw(usd(1)).await, BallastError::WithdrawalsPaused);
    market.advance(60);
    alice.withdraw(usd(1)).await.unwrap();
}

#[tokio::test]
async fn withdraw_fails_when_a_price_is_older_than_thirty_seconds() {
    let market = Market::start().await;
    let alice = market.trader().cash(usd(1_000)).collateral(wsol(3)).long(BTC, lots(10)).await;
    market.advance(30);
    alice.withdraw(usd(1)).await.unwrap();
    market.advance(1);
    assert_error(alice.withdraw(usd(1)).await, BallastError::PriceStale);
    market.publish(BTC, 50_000);
    market.refresh(&[BTC]).await;
    assert_error(alice.withdraw(usd(1)).await, BallastError::PriceStale);
    market.publish(SOL, 100);
    market.refresh(&[SOL]).await;
    alice.withdraw(usd(1)).await.unwrap();
}

#[tokio::test]
async fn withdraw_fails_when_a_price_is_wide() {
    let market = Market::start().await;
    let alice = market.trader().cash(usd(1_000)).long(BTC, lots(10)).await;
    market.advance(1);
    let mut price = market.publish(BTC, 50_000);
    price.reading.confidence = price.reading.price.unsigned_abs() / 100;
    market.publish_as(BTC, price);
    market.refresh(&[BTC]).await;
    alice.withdraw(usd(1)).await.unwrap();
    market.advance(1);
    price.reading.confidence += 1_000_000;
    price.reading.published_at.0 += 1;
    market.publish_as(BTC, price);
    market.refresh(&[BTC]).await;
    assert_error(alice.withdraw(usd(1)).await, BallastError::PriceWide);
}

#[tokio::test]
async fn withdraw_fails_when_somebody_else_signs() {
    let market = Market::start().await;
    let (alice, bob) = (market.trader().cash(usd(1_000)).await, market.trader().await);
    market.give(&bob.address(), usd(0)).await;
    let theft = bob.withdraw_instruction(usd(1)).with(bob.account, alice.account);
    assert_error(bob.send(theft).await, BallastError::NotOwner);
    market.give(&alice.address(), usd(0)).await;
    let unsigned = alice.withdraw_instruction(usd(1)).unsigned(alice.address());
    assert_error(bob.send(unsigned).await, ErrorCode::AccountNotSigner);
    // a delegate trades, and never withdraws
    alice.delegate_to(bob.address(), market.now() + 1_000).await.unwrap();
    let theft = bob.withdraw_instruction(usd(1)).with(bob.account, alice.account);
    assert_error(bob.send(theft).await, BallastError::NotOwner);
}

#[tokio::test]
async fn withdraw_fails_when_the_mint_or_token_account_is_not_the_vaults() {
    let market = Market::start().await;
    let alice = market.trader().cash(usd(1_000)).collateral(wsol(3)).await;
    let wallet = market.give(&alice.address(), usd(1)).await;
    let withdraw = || alice.withdraw_instruction(usd(1));
    assert_error(alice.send(withdraw().with(QUOTE.mint, WSOL.mint)).await, BallastError::WrongMint);
    let tokens = |mint| ballast_client::vault_tokens(&market.deployment.vault(&mint));
    let (quote, sol) = (tokens(QUOTE.mint), tokens(WSOL.mint));
    assert_error(alice.send(withdraw().with(quote, sol)).await, BallastError::WrongTokenAccount);
    // from the vault into itself
    assert_error(alice.send(withdraw().with(wallet, quote)).await, ErrorCode::ConstraintDuplicateMutableAccount);
    let sols = market.give(&alice.address(), wsol(1)).await;
    assert_error(alice.send(withdraw().with(wallet, sols)).await, TokenError::MintMismatch);
}

#[tokio::test]
async fn withdraw_fails_when_an_account_is_of_another_exchange() {
    let market = Market::start().await;
    let (other, alice) = (market.another().await, market.trader().cash(usd(1_000)).await);
    market.give(&alice.address(), usd(0)).await;
    let (here, there) = (market.deployment, other.deployment);
    let withdraw = || alice.withdraw_instruction(usd(1));
    assert_error(alice.send(withdraw().with(here.exchange, there.exchange)).await, BallastError::WrongBoard);
    assert_error(alice.send(withdraw().with(here.board, there.board)).await, BallastError::WrongBoard);
    let (vault, foreign) = (here.vault(&QUOTE.mint), there.vault(&QUOTE.mint));
    assert_error(alice.send(withdraw().with(vault, foreign)).await, BallastError::WrongVault);
    // the whole exchange and vault of one with the account of the other
    let mixed = withdraw().with(here.exchange, there.exchange).with(here.board, there.board).with(vault, foreign);
    assert_error(alice.send(mixed).await, BallastError::WrongExchange);
}
