//! `deposit`.

use anchor_lang::error::ErrorCode;
use anchor_spl::token::spl_token::error::TokenError;
use ballast::events::Deposited;
use ballast_core::BallastError;
use ballast_core::clearing::{Tightening, VaultTightening};
use ballast_core::state::Pausable;
use ballast_core::units::{Tokens, Usd};
use ballast_tests::{BTC, Edit, Market, QUOTE, WBTC, WSOL, assert_error, lots, percent, terms, usd, wbtc, wsol};

#[tokio::test]
async fn deposit_credits_cash() {
    let market = Market::start().await;
    let alice = market.trader().await;
    let before = market.vault(QUOTE).await.ledger;
    let sent = alice.deposit(usd(1_000)).await.unwrap();
    let event: Deposited = sent.event();
    assert_eq!(
        (event.account, event.amount, event.balance),
        (alice.account, Tokens(1_000_000_000), Tokens(1_000_000_000))
    );
    assert_eq!(alice.cash().await, usd(1_000));
    assert_eq!(alice.wallet(QUOTE).await, Tokens(0));
    assert_eq!(market.vault(QUOTE).await.ledger.0, before.0 + 1_000_000_000);
}

#[tokio::test]
async fn deposit_credits_collateral() {
    let market = Market::start().await;
    let alice = market.trader().await;
    alice.deposit(wsol(3)).await.unwrap();
    alice.deposit(wbtc(1)).await.unwrap();
    alice.deposit(wsol(2)).await.unwrap();
    let state = alice.state().await;
    assert_eq!((state.collateral_of(0), state.collateral_of(1)), (wsol(5).tokens, wbtc(1).tokens));
    assert_eq!(state.cash, Usd::ZERO);
    assert_eq!(
        market.tokens_in(ballast_client::vault_tokens(&market.deployment.vault(&WSOL.mint))).await,
        wsol(5).tokens
    );
}

#[tokio::test]
async fn strangers_deposit_cash_and_what_is_held_already() {
    let market = Market::start().await;
    let alice = market.trader().collateral(wsol(1)).await;
    let bob = market.trader().await;
    market.give(&bob.address(), usd(5)).await;
    market.give(&bob.address(), wsol(1)).await;
    for amount in [usd(5).into(), wsol(1)] {
        bob.send(bob.deposit_instruction(amount).with(bob.account, alice.account)).await.unwrap();
    }
    assert_eq!(alice.cash().await, usd(5));
    assert_eq!(alice.state().await.collateral_of(0), wsol(2).tokens);
}

#[tokio::test]
async fn deposit_fails_when_a_stranger_brings_a_mint_that_is_not_held() {
    let market = Market::start().await;
    let (alice, bob) = (market.trader().collateral(wbtc(1)).await, market.trader().await);
    market.give(&bob.address(), wsol(1)).await;
    let outcome = bob.send(bob.deposit_instruction(wsol(1)).with(bob.account, alice.account)).await;
    assert_error(outcome, BallastError::CollateralNotHeld);
}

#[tokio::test]
async fn deposit_fails_when_the_amount_is_zero() {
    let market = Market::start().await;
    let alice = market.trader().await;
    assert_error(alice.deposit(usd(0)).await, BallastError::AmountZero);
    assert_error(alice.deposit(wsol(0)).await, BallastError::AmountZero);
}

#[tokio::test]
async fn deposit_fails_when_the_wallet_holds_less() {
    let market = Market::start().await;
    let alice = market.trader().await;
    market.give(&alice.address(), usd(1)).await;
    assert_error(alice.send(alice.deposit_instruction(usd(2))).await, TokenError::InsufficientFunds);
    assert_error(alice.send(alice.deposit_instruction(QUOTE.units(u64::MAX))).await, TokenError::InsufficientFunds);
}

#[tokio::test]
async fn deposit_fails_when_the_vault_is_full() {
    let market = Market::start().await;
    let alice = market.trader().await;
    let room = terms::quote_vault().cap.0 - market.vault(QUOTE).await.ledger.0;
    assert_error(alice.deposit(QUOTE.units(room + 1)).await, BallastError::VaultCap);
    alice.deposit(QUOTE.units(room)).await.unwrap();
    assert_error(alice.deposit(QUOTE.units(1)).await, BallastError::VaultCap);
}

#[tokio::test]
async fn cash_reaches_positions_in_a_full_vault() {
    let market = Market::start().await;
    let alice = market.trader().cash(usd(1_000)).long(BTC, lots(1)).await;
    let closed = VaultTightening { cap: Some(Tokens::ZERO), ..VaultTightening::default() };
    market.tighten(Some(QUOTE.mint), Tightening::Vault(closed)).await.unwrap();
    alice.deposit(usd(1)).await.unwrap();
    alice.sell(BTC, lots(1)).await.unwrap();
    alice.settle(BTC).await.ok();
    assert_error(alice.deposit(usd(1)).await, BallastError::VaultCap);
}

#[tokio::test]
async fn deposit_fails_while_deposits_are_paused() {
    let market = Market::start().await;
    let alice = market.trader().cash(usd(1_000)).await;
    market.pause(Pausable::Deposits, 60).await.unwrap();
    assert_error(alice.deposit(usd(1)).await, BallastError::DepositsPaused);
    market.advance(59);
    assert_error(alice.deposit(usd(1)).await, BallastError::DepositsPaused);
    market.advance(1);
    alice.deposit(usd(1)).await.unwrap();
}

#[tokio::test]
async fn a_called_account_takes_deposits_while_they_are_paused() {
    let market = Market::start().await;
    let alice = market.trader().cash(usd(1_000)).long(BTC, lots(200)).await;
    market.raise_target(BTC, percent(11)).await;
    alice.rebalance().await.unwrap();
    market.pause(Pausable::Deposits, 60).await.unwrap();
    alice.deposit(usd(1)).await.unwrap();
}

#[tokio::test]
async fn deposit_fails_when_somebody_elses_wallet_pays() {
    let market = Market::start().await;
    let (alice, bob) = (market.trader().await, market.trader().await);
    let wallet = market.give(&bob.address(), usd(5)).await;
    let own = market.give(&alice.address(), usd(5)).await;
    let outcome = alice.send(alice.deposit_instruction(usd(1)).with(own, wallet)).await;
    assert_error(outcome, TokenError::OwnerMismatch);
}

#[tokio::test]
async fn deposit_fails_when_the_depositor_does_not_sign() {
    let market = Market::start().await;
    let alice = market.trader().await;
    market.give(&alice.address(), usd(5)).await;
    let outcome = alice.send(alice.deposit_instruction(usd(1)).unsigned(alice.address())).await;
    assert_error(outcome, ErrorCode::AccountNotSigner);
}

#[tokio::test]
async fn deposit_fails_when_the_mint_is_not_the_vaults() {
    let market = Market::start().await;
    let alice = market.trader().await;
    market.give(&alice.address(), usd(5)).await;
    let outcome = alice.send(alice.deposit_instruction(usd(1)).with(QUOTE.mint, WSOL.mint)).await;
    assert_error(outcome, BallastError::WrongMint);
}

#[tokio::test]
async fn deposit_fails_when_the_token_account_is_not_the_vaults() {
    let market = Market::start().await;
    let alice = market.trader().await;
    let wallet = market.give(&alice.address(), usd(5)).await;
    let of = ballast_client::vault_tokens(&market.deployment.vault(&QUOTE.mint));
    let deposit = || alice.deposit_instruction(usd(1));
    let collaterals = ballast_client::vault_tokens(&market.deployment.vault(&WBTC.mint));
    assert_error(alice.send(deposit().with(of, collaterals)).await, BallastError::WrongTokenAccount);
    // from the wallet into itself
    assert_error(alice.send(deposit().with(of, wallet)).await, ErrorCode::ConstraintDuplicateMutableAccount);
}

#[tokio::test]
async fn deposit_fails_when_an_account_is_of_another_exchange() {
    let market = Market::start().await;
    let (other, alice) = (market.another().await, market.trader().await);
    market.give(&alice.address(), usd(5)).await;
    let (here, there) = (market.deployment, other.deployment);
    let deposit = || alice.deposit_instruction(usd(1));
    assert_error(alice.send(deposit().with(here.exchange, there.exchange)).await, BallastError::WrongBoard);
    assert_error(alice.send(deposit().with(here.board, there.board)).await, BallastError::WrongBoard);
    let (vault, foreign) = (here.vault(&QUOTE.mint), there.vault(&QUOTE.mint));
    assert_error(alice.send(deposit().with(vault, foreign)).await, BallastError::WrongVault);
    let house = other.house().account;
    assert_error(alice.send(deposit().with(alice.account, house)).await, BallastError::WrongExchange);
}

#[tokio::test]
async fn deposit_fails_when_an_account_is_of_another_type() {
    let market = Market::start().await;
    let alice = market.trader().await;
    let wallet = market.give(&alice.address(), usd(5)).await;
    let deposit = || alice.deposit_instruction(usd(1));
    let (board, vault) = (market.deployment.board, market.deployment.vault(&QUOTE.mint));
    assert_error(alice.send(deposit().with(alice.account, board)).await, ErrorCode::AccountDiscriminatorMismatch);
    assert_error(alice.send(deposit().with(vault, alice.account)).await, ErrorCode::AccountDiscriminatorMismatch);
    assert_error(alice.send(deposit().with(alice.account, wallet)).await, ErrorCode::AccountOwnedByWrongProgram);
}
