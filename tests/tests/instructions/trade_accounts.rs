//! `trade`: who signs, and which accounts.

use anchor_lang::error::ErrorCode;
use ballast_client::{TradeParties, key};
use ballast_core::BallastError;
use ballast_core::units::Key;
use ballast_tests::{BTC, ETH, Edit, Market, assert_error, lots, terms, usd};
use solana_signer::Signer;

#[tokio::test]
async fn trade_fails_when_both_sides_are_the_same_account() {
    let market = Market::start().await;
    let alice = market.trader().cash(usd(1_000)).await;
    assert_error(market.trade(&alice, &alice, BTC, lots(1)).await, BallastError::SameAccount);
}

#[tokio::test]
async fn one_owner_may_trade_between_two_accounts() {
    let market = Market::start().await;
    let alice = market.trader().cash(usd(1_000)).await;
    let second = alice.second_account(usd(1_000)).await;
    market.trade(&alice, &second, BTC, lots(1)).await.unwrap();
}

#[tokio::test]
async fn trade_fails_when_a_side_is_not_signed_by_owner_or_delegate() {
    let market = Market::start().await;
    let (alice, bob) = (market.trader().cash(usd(1_000)).await, market.trader().cash(usd(1_000)).await);
    let mark = market.mark(BTC).await;
    let trade = |parties| market.deployment.trade(parties, BTC.perp.0, lots(1), mark);
    let parties = market.parties(&alice, &bob);
    let stolen = TradeParties { seller_signer: alice.address(), ..parties };
    assert_error(alice.send(trade(stolen)).await, BallastError::NotOwnerOrDelegate);
    let stolen = TradeParties { buyer_signer: bob.address(), ..parties };
    assert_error(bob.send(trade(stolen)).await, BallastError::NotOwnerOrDelegate);
    assert_error(alice.send(trade(parties).unsigned(bob.address())).await, ErrorCode::AccountNotSigner);
    assert_error(bob.send(trade(parties).unsigned(alice.address())).await, ErrorCode::AccountNotSigner);
}

#[tokio::test]
async fn only_a_listed_venue_counts_towards_the_premium() {
    let market = Market::start().await;
    let alice = market.trader().cash(usd(1_000)).await;
    let price = market.off_mark(BTC, 5_000).await;
    let stranger = market.chain.keypair();
    let outcome = alice.buy_by(&alice.owner, Some(&stranger), BTC, (lots(1), price)).await;
    assert_error(outcome, BallastError::NotVenue);
    alice.buy_at(BTC, lots(1), price).await.unwrap();
    assert_eq!(market.contract(BTC).await.premium.lots, 0);
    alice.buy_by(&alice.owner, Some(&market.venue), BTC, (lots(3), price)).await.unwrap();
    assert_eq!(market.contract(BTC).await.premium.lots, 3);
    // a venue is one of its own contract only
    let perp = market.list_perp(terms::perpetual(BTC, Key::NONE)).await.unwrap();
    market.price(BTC, 50_000).await;
    let price = market.mark(perp).await;
    let outcome = alice.buy_by(&alice.owner, Some(&market.venue), perp, (lots(1), price)).await;
    assert_error(outcome, BallastError::NotVenue);
}

#[tokio::test]
async fn trade_fails_when_the_venue_does_not_sign() {
    let market = Market::start().await;
    let (alice, bob) = (market.trader().cash(usd(1_000)).await, market.trader().cash(usd(1_000)).await);
    let parties = TradeParties { venue: Some(market.venue.pubkey()), ..market.parties(&alice, &bob) };
    let mark = market.mark(BTC).await;
    let trade = market.deployment.trade(parties, BTC.perp.0, lots(1), mark).unsigned(market.venue.pubkey());
    let outcome = market.chain.send(&[trade], &[&alice.owner, &bob.owner]).await;
    assert_error(outcome, ErrorCode::AccountNotSigner);
}

#[tokio::test]
async fn trade_fails_when_an_account_is_of_another_exchange() {
    let market = Market::start().await;
    let other = market.another().await;
    let (alice, bob) = (market.trader().cash(usd(1_000)).await, market.trader().cash(usd(1_000)).await);
    let mark = market.mark(BTC).await;
    let (here, there) = (market.deployment, other.deployment);
    let trade = || here.trade(market.parties(&alice, &bob), BTC.perp.0, lots(1), mark);
    let send = async |instruction| market.chain.send(&[instruction], &[&alice.owner, &bob.owner]).await;
    assert_error(send(trade().with(here.exchange, there.exchange)).await, BallastError::WrongBoard);
    assert_error(send(trade().with(here.board, there.board)).await, BallastError::WrongBoard);
    let (contract, foreign) = (here.contract(BTC.perp.0), there.contract(BTC.perp.0));
    assert_error(send(trade().with(contract, foreign)).await, BallastError::WrongContract);
    let house = other.house().account;
    assert_error(send(trade().with(bob.account, house)).await, BallastError::WrongExchange);
    assert_error(send(trade().with(alice.account, house)).await, BallastError::WrongExchange);
}

#[tokio::test]
async fn trade_fails_when_an_account_is_of_another_type() {
    let market = Market::start().await;
    let (alice, bob) = (market.trader().cash(usd(1_000)).await, market.trader().cash(usd(1_000)).await);
    let mark = market.mark(BTC).await;
    let here = market.deployment;
    let trade = || here.trade(market.parties(&alice, &bob), BTC.perp.0, lots(1), mark);
    let send = async |instruction| market.chain.send(&[instruction], &[&alice.owner, &bob.owner]).await;
    let contract = here.contract(BTC.perp.0);
    assert_error(send(trade().with(contract, alice.account)).await, ErrorCode::AccountDiscriminatorMismatch);
    assert_error(send(trade().with(contract, here.insurance_fund())).await, ErrorCode::AccountDiscriminatorMismatch);
    assert_error(send(trade().with(bob.account, contract)).await, ErrorCode::AccountDiscriminatorMismatch);
    assert_error(send(trade().with(contract, market.oracle(BTC))).await, ErrorCode::AccountOwnedByWrongProgram);
    // the program's own layout under another owner
    let mut forged = market.chain.get(contract).await.unwrap();
    forged.owner = alice.address();
    let address = market.chain.keypair().pubkey();
    market.chain.set_account(address, forged);
    assert_error(send(trade().with(contract, address)).await, ErrorCode::AccountOwnedByWrongProgram);
}

#[tokio::test]
async fn trade_of_a_closed_contract_fails() {
    let market = Market::start().await;
    let (alice, bob) = (market.trader().cash(usd(1_000)).await, market.trader().cash(usd(1_000)).await);
    let mark = market.mark(ETH).await;
    let admin = market.admin.pubkey();
    market.as_admin(&[market.deployment.close_contract(admin, ETH.perp.0)]).await.unwrap();
    let trade = market.deployment.trade(market.parties(&alice, &bob), ETH.perp.0, lots(1), mark);
    let outcome = market.chain.send(&[trade], &[&alice.owner, &bob.owner]).await;
    assert_error(outcome, ErrorCode::AccountOwnedByWrongProgram);
    assert_eq!(market.exchange().await.admin, key(&admin));
}
