//! `fund_insurance`.

use anchor_lang::error::ErrorCode;
use anchor_lang::solana_program::instruction::Instruction;
use anchor_spl::token::spl_token::error::TokenError;
use ballast::events::InsuranceFunded;
use ballast_core::BallastError;
use ballast_core::units::Tokens;
use ballast_tests::{Amount, Edit, Market, QUOTE, WSOL, assert_error, terms, usd, wsol};
use solana_keypair::Keypair;
use solana_signer::Signer;

async fn insurer(market: &Market, wallet: impl Into<Amount>) -> Keypair {
    let insurer = market.chain.keypair();
    market.give(&insurer.pubkey(), wallet).await;
    insurer
}

fn fund(market: &Market, insurer: &Keypair, amount: u64) -> Instruction {
    market.deployment.fund_insurance(insurer.pubkey(), QUOTE.wallet(&insurer.pubkey()), Tokens(amount))
}

#[tokio::test]
async fn fund_insurance_adds_cash() {
    let market = Market::start().await;
    let insurer = insurer(&market, usd(500)).await;
    let ledger = market.vault(QUOTE).await.ledger.0;
    let sent = market.chain.send(&[fund(&market, &insurer, 300_000_000)], &[&insurer]).await.unwrap();
    let event: InsuranceFunded = sent.event();
    assert_eq!((event.amount, event.balance), (Tokens(300_000_000), usd(300)));
    market.chain.send(&[fund(&market, &insurer, 200_000_000)], &[&insurer]).await.unwrap();
    assert_eq!(market.fund().await.balance, usd(500));
    assert_eq!(market.vault(QUOTE).await.ledger.0, ledger + 500_000_000);
}

#[tokio::test]
async fn fund_insurance_fails_when_the_amount_is_zero_or_not_there() {
    let market = Market::start().await;
    let insurer = insurer(&market, usd(5)).await;
    assert_error(market.chain.send(&[fund(&market, &insurer, 0)], &[&insurer]).await, BallastError::AmountZero);
    let outcome = market.chain.send(&[fund(&market, &insurer, 5_000_001)], &[&insurer]).await;
    assert_error(outcome, TokenError::InsufficientFunds);
}

#[tokio::test]
async fn fund_insurance_adds_cash_to_a_full_vault() {
    let market = Market::start().await;
    let room = terms::quote_vault().cap.0 - market.vault(QUOTE).await.ledger.0;
    let insurer = insurer(&market, QUOTE.units(room + 1)).await;
    market.chain.send(&[fund(&market, &insurer, room + 1)], &[&insurer]).await.unwrap();
}

#[tokio::test]
async fn fund_insurance_fails_when_the_vault_is_not_the_quote_mints() {
    let market = Market::start().await;
    let insurer = insurer(&market, wsol(5)).await;
    let (quote, sol) = (market.deployment.vault(&QUOTE.mint), market.deployment.vault(&WSOL.mint));
    let wallets = (QUOTE.wallet(&insurer.pubkey()), WSOL.wallet(&insurer.pubkey()));
    let instruction = fund(&market, &insurer, 1)
        .with(quote, sol)
        .with(ballast_client::vault_tokens(&quote), ballast_client::vault_tokens(&sol))
        .with(QUOTE.mint, WSOL.mint)
        .with(wallets.0, wallets.1);
    assert_error(market.chain.send(&[instruction], &[&insurer]).await, BallastError::WrongVault);
}

#[tokio::test]
async fn fund_insurance_fails_when_an_account_is_wrong() {
    let market = Market::start().await;
    let other = market.another().await;
    let insurer = insurer(&market, usd(5)).await;
    let fund = || fund(&market, &insurer, 1);
    let (here, there) = (market.deployment, other.deployment);
    let vault = here.vault(&QUOTE.mint);
    let send = async |instruction| market.chain.send(&[instruction], &[&insurer]).await;
    let foreign = fund().with(here.insurance_fund(), there.insurance_fund());
    assert_error(send(foreign).await, BallastError::WrongVault);
    let foreign = fund().with(vault, there.vault(&QUOTE.mint));
    assert_error(send(foreign).await, BallastError::WrongVault);
    let tokens = ballast_client::vault_tokens(&vault);
    let foreign = fund().with(tokens, ballast_client::vault_tokens(&there.vault(&QUOTE.mint)));
    assert_error(send(foreign).await, BallastError::WrongTokenAccount);
    assert_error(send(fund().with(QUOTE.mint, WSOL.mint)).await, BallastError::WrongMint);
    assert_error(send(fund().unsigned(insurer.pubkey())).await, ErrorCode::AccountNotSigner);
    let house = market.give(&market.house().address(), usd(1)).await;
    let wallet = QUOTE.wallet(&insurer.pubkey());
    assert_error(send(fund().with(wallet, house)).await, TokenError::OwnerMismatch);
}
