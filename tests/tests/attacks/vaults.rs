//! Tokens that nobody asked for.

use ballast_core::BallastError;
use ballast_core::units::Tokens;
use ballast_tests::{BTC, Edit, Market, QUOTE, SOL, Token, WSOL, assert_error, lots, terms, usd, wsol};
use solana_signer::Signer;

#[tokio::test]
async fn donated_token() {
    let market = Market::start().await;
    let alice = market.trader().cash(usd(1_000)).await;
    let tokens = ballast_client::vault_tokens(&market.deployment.vault(&QUOTE.mint));
    let mut account = market.chain.get(tokens).await.unwrap();
    let held = u64::from_le_bytes(account.data[64..72].try_into().unwrap());
    account.data[64..72].copy_from_slice(&(held + 1).to_le_bytes());
    market.chain.set_account(tokens, account);
    alice.withdraw(usd(1)).await.unwrap();
    let admin = market.admin.pubkey();
    let wallet = market.give(&admin, usd(0)).await;
    let sweep = market.deployment.sweep(admin, QUOTE.of(), wallet);
    let mallory = alice.address();
    let theft = market.deployment.sweep(mallory, QUOTE.of(), QUOTE.wallet(&mallory));
    assert_error(alice.send(theft).await, BallastError::NotAdmin);
    market.as_admin(std::slice::from_ref(&sweep)).await.unwrap();
    assert_eq!(market.tokens_in(wallet).await, Tokens(1));
    assert_error(market.as_admin(&[sweep]).await, BallastError::NothingToSweep);
}

#[tokio::test]
async fn dust_deposits() {
    let market = Market::start().await;
    let (alice, mallory) = (market.trader().cash(usd(1_000)).await, market.trader().await);
    market.give(&mallory.address(), wsol(1)).await;
    let dust = mallory.deposit_instruction(WSOL.units(1)).with(mallory.account, alice.account);
    assert_error(mallory.send(dust.clone()).await, BallastError::CollateralNotHeld);
    alice.deposit(wsol(1)).await.unwrap();
    mallory.send(dust).await.unwrap();
    assert_eq!(alice.state().await.collateral_of(0), Tokens(1_000_000_001));
}

#[tokio::test]
async fn junk_collateral() {
    let market = Market::start().await;
    let junk = Token::classic(0xD9, 9, Some(2));
    market.chain.set_account(junk.mint, junk.mint_account());
    market.list_vault(junk, terms::collateral_vault(SOL)).await.unwrap();
    market.advance(1);
    market.republish().await;
    // new collateral counts nothing
    let alice = market.trader().cash(usd(1)).collateral(junk.units(1_000_000_000_000)).await;
    assert_error(alice.buy(BTC, lots(10)).await, BallastError::BelowInitialMargin);
}
