//! `open_account` and `close_account`.

use anchor_lang::error::ErrorCode;
use ballast::events::{AccountClosed, AccountOpened};
use ballast_client::key;
use ballast_core::BallastError;
use ballast_core::state::MarginAccount;
use ballast_tests::{BTC, Edit, Expected, Market, assert_error, lots, usd, wsol};
use solana_signer::Signer;

#[tokio::test]
async fn open_account_makes_an_empty_account() {
    let market = Market::start().await;
    let owner = market.chain.keypair();
    let event: AccountOpened = market.open(&owner, 7).await.unwrap().event();
    assert_eq!((event.owner, event.id), (owner.pubkey(), 7));
    let state: MarginAccount = market.chain.read(market.deployment.account(&owner.pubkey(), 7)).await;
    assert_eq!((state.owner, state.id, state.version), (key(&owner.pubkey()), 7, 1));
    assert_eq!(state.exchange, key(&market.deployment.exchange));
    assert!(state.is_empty());
    market.open(&owner, 8).await.unwrap();
}

#[tokio::test]
async fn open_account_fails_when_it_is_open_already() {
    let market = Market::start().await;
    let alice = market.trader().cash(usd(10)).await;
    // the system program refuses to create an account that exists
    let outcome = market.open(&alice.owner, 0).await;
    assert_error(outcome, Expected::Code(0));
}

#[tokio::test]
async fn open_account_fails_without_the_owners_signature_and_at_another_address() {
    let market = Market::start().await;
    let (alice, bob) = (market.trader().await, market.chain.keypair());
    let mut open = market.deployment.open_account(alice.address(), 1);
    open.accounts[0].pubkey = bob.pubkey();
    let unsigned = open.clone().unsigned(alice.address());
    assert_error(market.chain.send(&[unsigned], &[&bob]).await, ErrorCode::AccountNotSigner);
    let (right, wrong) =
        (market.deployment.account(&alice.address(), 1), market.deployment.account(&alice.address(), 2));
    let outcome = market.chain.send(&[open.clone().with(right, wrong)], &[&bob, &alice.owner]).await;
    assert_error(outcome, ErrorCode::ConstraintSeeds);
    let outcome = market
        .chain
        .send(&[open.clone().with(market.deployment.exchange, market.deployment.board)], &[&bob, &alice.owner])
        .await;
    assert_error(outcome, ErrorCode::AccountDiscriminatorMismatch);
    // another may pay
    market.chain.send(&[open], &[&bob, &alice.owner]).await.unwrap();
}

#[tokio::test]
async fn close_account_returns_the_rent() {
    let market = Market::start().await;
    let alice = market.trader().cash(usd(10)).await;
    alice.withdraw(usd(10)).await.unwrap();
    let rent = market.chain.get(alice.account).await.unwrap().lamports;
    let before = market.chain.get(alice.address()).await.unwrap().lamports;
    let event: AccountClosed = alice.close().await.unwrap().event();
    assert_eq!(event.account, alice.account);
    assert!(market.chain.get(alice.account).await.is_none());
    assert_eq!(market.chain.get(alice.address()).await.unwrap().lamports, before + rent);
    // its address may be used again, and starts empty
    market.open(&alice.owner, 0).await.unwrap();
}

#[tokio::test]
async fn close_account_fails_when_something_is_left() {
    let market = Market::start().await;
    let alice = market.trader().cash(usd(1)).await;
    assert_error(alice.close().await, BallastError::AccountNotEmpty);
    let bob = market.trader().collateral(wsol(1)).await;
    assert_error(bob.close().await, BallastError::AccountNotEmpty);
}

#[tokio::test]
async fn close_account_fails_when_an_uncollected_gain_is_left() {
    let market = Market::start().await;
    let alice = market.trader().cash(usd(1_000)).long(BTC, lots(10)).await;
    market.price(BTC, 51_000).await;
    alice.sell(BTC, lots(10)).await.unwrap();
    let cash = alice.cash().await;
    alice.withdraw(cash).await.unwrap();
    assert!(alice.position(BTC).await.basis.0 > 0);
    assert_error(alice.close().await, BallastError::AccountNotEmpty);
}

#[tokio::test]
async fn close_account_fails_when_somebody_else_signs() {
    let market = Market::start().await;
    let (alice, bob) = (market.trader().await, market.trader().await);
    let theft = market.deployment.close_account(bob.address(), alice.account);
    assert_error(bob.send(theft).await, BallastError::NotOwner);
    let unsigned = market.deployment.close_account(alice.address(), alice.account).unsigned(alice.address());
    assert_error(bob.send(unsigned).await, ErrorCode::AccountNotSigner);
    let other = market.deployment.close_account(market.admin.pubkey(), market.deployment.board);
    assert_error(market.as_admin(&[other]).await, ErrorCode::AccountDiscriminatorMismatch);
}
