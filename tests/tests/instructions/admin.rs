//! Instructions of the admin.

use anchor_lang::error::ErrorCode;
use anchor_lang::prelude::Pubkey;
use ballast::events::{FeesCollected, Swept};
use ballast_client::key;
use ballast_core::BallastError;
use ballast_core::model::{DepthTerms, IndexTerms};
use ballast_core::state::parameters::{ContractTerms, UnderlyingTerms, VaultTerms};
use ballast_core::units::{Key, Ratio, Tokens, Usd};
use ballast_tests::{
    Amount, BTC, ETH, Edit, Market, QUOTE, SOL, Token, WSOL, assert_error, lots, percent, terms, usd, wsol,
};
use solana_signer::Signer;

#[tokio::test]
async fn every_admin_instruction_fails_for_anybody_else() {
    let market = Market::start().await;
    let thief = market.chain.keypair();
    let destination = market.give(&thief.pubkey(), usd(0)).await;
    let (by, to) = (thief.pubkey(), market.deployment);
    let next = market.exchange().await.next_contract;
    let new = Token::classic(0xD7, 9, None);
    market.chain.set_account(new.mint, new.mint_account());
    for instruction in [
        to.create_underlying(by, terms::underlying(BTC)),
        to.create_contract(by, next, terms::perpetual(BTC, Key::NONE)),
        to.close_contract(by, ETH.perp.0),
        to.create_vault(by, new.of(), terms::collateral_vault(SOL)),
        to.nominate_admin(by, by),
        to.collect_fees(by, BTC.perp.0, destination),
        to.sweep(by, QUOTE.of(), destination),
    ] {
        assert_error(market.chain.send(&[instruction], &[&thief]).await, BallastError::NotAdmin);
    }
    let admin = market.admin.pubkey();
    let unsigned = to.create_underlying(admin, terms::underlying(BTC)).unsigned(admin);
    assert_error(market.chain.send(&[unsigned], &[&thief]).await, ErrorCode::AccountNotSigner);
}

#[tokio::test]
async fn an_admin_is_nominated_and_accepts() {
    let market = Market::start().await;
    let (admin, next, thief) = (market.admin.pubkey(), market.chain.keypair(), market.chain.keypair());
    let to = market.deployment;
    let accept = |by| to.accept_admin(by);
    assert_error(market.chain.send(&[accept(next.pubkey())], &[&next]).await, BallastError::NotPendingAdmin);
    market.as_admin(&[to.nominate_admin(admin, next.pubkey())]).await.unwrap();
    assert_error(market.chain.send(&[accept(thief.pubkey())], &[&thief]).await, BallastError::NotPendingAdmin);
    // withdrawn by nominating nobody
    market.as_admin(&[to.nominate_admin(admin, Pubkey::default())]).await.unwrap();
    assert_error(market.chain.send(&[accept(next.pubkey())], &[&next]).await, BallastError::NotPendingAdmin);
    market.as_admin(&[to.nominate_admin(admin, next.pubkey())]).await.unwrap();
    market.chain.send(&[accept(next.pubkey())], &[&next]).await.unwrap();
    assert_eq!(market.exchange().await.admin, key(&next.pubkey()));
    assert_error(market.as_admin(&[to.nominate_admin(admin, admin)]).await, BallastError::NotAdmin);
}

#[tokio::test]
async fn parameters_out_of_bounds_are_refused() {
    let market = Market::start().await;
    let good = terms::underlying(BTC);
    for bad in [
        UnderlyingTerms { up: percent(51), ..good },
        UnderlyingTerms { down: percent(4), ..good },
        UnderlyingTerms { k: Ratio(0), ..good },
        UnderlyingTerms { scan_minimum: percent(90), scan_maximum: percent(80), ..good },
        UnderlyingTerms { price_exponent: 10, ..good },
        UnderlyingTerms { oracle: Key::NONE, ..good },
        UnderlyingTerms { liquidation_fee: percent(6), ..good },
        UnderlyingTerms { weights: [percent(60), percent(41)], ..good },
        UnderlyingTerms { weights: [percent(110), percent(-10)], ..good },
        UnderlyingTerms { half_lives: [3_599, 10_368_000], ..good },
        UnderlyingTerms { clips: [10, 101], ..good },
        UnderlyingTerms { learning: percent(2), ..good },
        UnderlyingTerms { open_interest_limit: Ratio(0), ..good },
        UnderlyingTerms { depth: DepthTerms { quorum: 6, ..good.depth }, ..good },
        UnderlyingTerms { depth: DepthTerms { longest_age: 59, ..good.depth }, ..good },
        UnderlyingTerms { depth: DepthTerms { half_life: 0, ..good.depth }, ..good },
        UnderlyingTerms { index: IndexTerms { source: 1, ..IndexTerms::default() }, ..good },
        UnderlyingTerms { index: IndexTerms { weight: percent(1), ..IndexTerms::default() }, ..good },
        UnderlyingTerms { index: IndexTerms { source: 4, key: BTC.feed, ..IndexTerms::default() }, ..good },
    ] {
        assert_error(market.list_underlying(BTC, bad).await, BallastError::ParameterOutOfBounds);
    }
    let perp = terms::perpetual(BTC, Key::NONE);
    let outcome = market.list_perp(ContractTerms { size_exponent: 10, ..perp }).await;
    assert_error(outcome, BallastError::ParameterOutOfBounds);
    let outcome = market.list_perp(ContractTerms { underlying: 9, ..perp }).await;
    assert_error(outcome, BallastError::UnknownUnderlying);
    let new = Token::classic(0xD7, 9, None);
    market.chain.set_account(new.mint, new.mint_account());
    let mut negative = terms::collateral_vault(SOL);
    negative.collateral.as_mut().unwrap().concentration_scale = Usd(-1);
    assert_error(market.list_vault(new, negative).await, BallastError::ParameterOutOfBounds);
    let outcome = market.list_vault(new, VaultTerms { cap: Tokens(1), collateral: None }).await;
    assert_error(outcome, BallastError::ParameterOutOfBounds);
}

#[tokio::test]
async fn a_board_is_given_once() {
    let market = Market::start().await;
    let board = market.chain.keypair();
    let space = ballast_core::state::Board::SPACE;
    let account = solana_account::Account {
        lamports: 10_000_000_000,
        data: vec![0; space],
        owner: ballast::ID,
        ..Default::default()
    };
    market.chain.set_account(board.pubkey(), account);
    let initialize = market.deployment.initialize_board(market.admin.pubkey());
    let again = initialize.clone().with(market.deployment.board, board.pubkey());
    assert_error(market.as_admin(&[again]).await, BallastError::BoardTaken);
    assert_error(market.as_admin(&[initialize]).await, ErrorCode::ConstraintZero);
}

#[tokio::test]
async fn collect_fees_pays_the_admin_and_the_reward_budget() {
    let market = Market::start().await;
    let _alice = market.trader().cash(usd(1_000)).long(BTC, lots(100)).await;
    let admin = market.admin.pubkey();
    let destination = market.give(&admin, usd(0)).await;
    let collect = market.deployment.collect_fees(admin, BTC.perp.0, destination);
    let event: FeesCollected = market.as_admin(std::slice::from_ref(&collect)).await.unwrap().event();
    assert_eq!(event.amount, Tokens(3_750_000));
    assert_eq!(market.tokens_in(destination).await, Tokens(3_750_000));
    assert_eq!(market.row(BTC).await.reward_budget.0, 1_250_000);
    assert_error(market.as_admin(&[collect]).await, BallastError::NothingToCollect);
}

#[tokio::test]
async fn sweep_takes_gifts_and_nothing_else() {
    let market = Market::start().await;
    let alice = market.trader().collateral(wsol(5)).await;
    let admin = market.admin.pubkey();
    let destination = market.give(&admin, wsol(0)).await;
    let sweep = market.deployment.sweep(admin, WSOL.of(), destination);
    assert_error(market.as_admin(std::slice::from_ref(&sweep)).await, BallastError::NothingToSweep);
    let vault = market.deployment.vault(&WSOL.mint);
    let Amount { token, tokens } = wsol(7);
    market.chain.set_account(ballast_client::vault_tokens(&vault), token.wallet_account(vault, tokens.0));
    let event: Swept = market.as_admin(&[sweep]).await.unwrap().event();
    assert_eq!(event.amount, wsol(2).tokens);
    alice.withdraw(wsol(5)).await.unwrap();
}

#[tokio::test]
async fn close_contract_fails_while_it_is_in_use() {
    let market = Market::start().await;
    let alice = market.trader().cash(usd(1_000)).long(BTC, lots(10)).await;
    let admin = market.admin.pubkey();
    let close = market.deployment.close_contract(admin, BTC.perp.0);
    assert_error(market.as_admin(std::slice::from_ref(&close)).await, BallastError::ContractInUse);
    alice.sell(BTC, lots(10)).await.unwrap();
    assert_error(market.as_admin(std::slice::from_ref(&close)).await, BallastError::ContractInUse);
    let destination = market.give(&admin, usd(0)).await;
    market.as_admin(&[market.deployment.collect_fees(admin, BTC.perp.0, destination)]).await.unwrap();
    market.as_admin(&[close]).await.unwrap();
    // the row may be used again, the id is not
    let perp = market.list_perp(terms::perpetual(BTC, Key::NONE)).await.unwrap();
    assert_eq!(perp.0, 4);
    market.price(BTC, 50_000).await;
    assert_eq!(market.board().await.contract(0).unwrap().id, 4);
}
