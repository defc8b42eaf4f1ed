//! Limits that need a crowd, an odd mint or a poor keeper to be reached.

use ballast_client::Deployment;
use ballast_core::BallastError;
use ballast_core::state::UNDERLYINGS;
use ballast_core::units::{Key, Size, Usd};
use ballast_tests::{BTC, ETH, Keeper, Market, Token, assert_error, lots, percent, terms, usd, wsol};
use solana_signer::Signer;

#[tokio::test]
async fn initialize_exchange_fails_when_the_quote_mint_has_not_six_decimals() {
    let market = Market::start().await;
    let odd = Token::classic(0xD1, 9, None);
    market.chain.set_account(odd.mint, odd.mint_account());
    let roles = terms::Roles {
        risk_manager: Key::NONE,
        guardian: Key::NONE,
        treasury: Key::NONE,
        depth_reporters: [Key::NONE; 3],
    };
    let other = Deployment::initialize_exchange(market.admin.pubkey(), 7, odd.mint, terms::exchange(roles));
    assert_error(market.as_admin(&[other]).await, BallastError::QuoteDecimals);
}

#[tokio::test]
async fn create_underlying_fails_when_the_board_is_full() {
    let market = Market::start().await;
    let create = |n: usize| {
        let oracle = Key([u8::try_from(n).unwrap(); 32]);
        let terms = ballast_core::state::parameters::UnderlyingTerms { oracle, ..terms::underlying(BTC) };
        market.deployment.create_underlying(market.admin.pubkey(), terms)
    };

    for n in market.listed().len()..UNDERLYINGS {
        market.in_set_up(&[create(n)]).await.unwrap();
    }
    assert_error(market.in_set_up(&[create(UNDERLYINGS)]).await, BallastError::BoardFull);
}

/// The insurance fund's share of the fee is paid from the keeper's cash.
#[tokio::test]
async fn liquidate_fails_when_the_keeper_cannot_pay_the_funds_share() {
    let market = Market::start().await;
    let rich = market.keeper().await;
    let poor = Keeper { trader: market.trader().collateral(wsol(1_000)).await };
    let alice = market.trader().cash(usd(1_000)).long(BTC, lots(300)).await;
    market.pin_scan(BTC, percent(6)).await;
    rich.liquidate_at_most(&alice, BTC, 0).await.unwrap();
    market.tick(600).await;
    market.pin_scan(BTC, percent(6)).await;
    assert_error(poor.liquidate(&alice, BTC).await, BallastError::FeeUnpaid);
    rich.liquidate(&alice, BTC).await.unwrap();
}

/// An insolvent account that holds basis elsewhere is resolved only with that contract at hand.
#[tokio::test]
async fn liquidate_fails_when_a_contract_of_the_insolvent_account_is_missing() {
    let market = Market::start().await;
    let keeper = market.keeper().await;
    let alice = market.trader().cash(usd(1_100)).long(BTC, lots(200)).long(ETH, lots(10)).await;
    market.price(ETH, 2_400).await;
    // closed at a loss that stays in basis
    alice.sell(ETH, lots(10)).await.unwrap();
    assert_eq!(alice.position(ETH).await.size, Size(0));
    market.price(BTC, 43_000).await;
    let complete = keeper.liquidate_instruction(&alice, BTC, u64::MAX).await;
    let mut short = complete.clone();
    assert_eq!(short.accounts.pop().unwrap().pubkey, market.deployment.contract(ETH.perp.0));
    assert_error(keeper.send(short).await, BallastError::ContractMissing);
    keeper.send(complete).await.unwrap();
    let state = alice.state().await;
    assert_eq!((state.cash, state.position_count), (Usd::ZERO, 0));
}
