//! Mints that take back what they gave.

use ballast_core::BallastError;
use ballast_core::units::Tokens;
use ballast_tests::{Market, SOL, Token, assert_error, terms};

/// Puts a mint with one extension of so many bytes on the chain.
fn mint(market: &Market, number: u8, extension: u16, length: u16) -> Token {
    let token = Token { token_program: anchor_spl::token_2022::ID, ..Token::classic(number, 6, Some(2)) };
    let mut account = token.mint_account();
    account.data.resize(165, 0);
    account.data.push(1);
    account.data.extend(extension.to_le_bytes());
    account.data.extend(length.to_le_bytes());
    // a default state of 2 is frozen
    let fill = if extension == 6 { 2 } else { 0 };
    account.data.resize(account.data.len() + usize::from(length), fill);
    market.chain.set_account(token.mint, account);
    token
}

#[tokio::test]
async fn token_2022() {
    let market = Market::start().await;
    // transfer fee, close authority, default state, permanent delegate, transfer hook
    for (number, (extension, length)) in (0x71..).zip([(1, 108), (3, 32), (6, 1), (12, 32), (14, 64)]) {
        let token = mint(&market, number, extension, length);
        let listed = market.list_vault(token, terms::collateral_vault(SOL)).await;
        assert_error(listed, BallastError::MintExtension);
    }
    // metadata pointer
    let token = mint(&market, 0x70, 18, 64);
    market.list_vault(token, terms::collateral_vault(SOL)).await.unwrap();
    let alice = market.trader().await;
    alice.deposit(token.units(1_000)).await.unwrap();
    assert_eq!(alice.state().await.collateral_of(2), Tokens(1_000));
    alice.withdraw(token.units(1_000)).await.unwrap();
    assert_eq!(alice.wallet(token).await, Tokens(1_000));
}
