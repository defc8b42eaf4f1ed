//! Somebody else's accounts, one's own account twice, and signatures that nobody gave.

use anchor_lang::error::ErrorCode;
use anchor_lang::prelude::AccountMeta;
use ballast_core::BallastError;
use ballast_core::state::{MarginAccount, Pausable};
use ballast_tests::{BTC, Edit, Market, WIDEST, WSOL, assert_error, lots, percent, usd, wsol};
use solana_signer::Signer;

#[tokio::test]
async fn same_account_twice() {
    let market = Market::start().await;
    let alice = market.trader().cash(usd(1_000)).long(BTC, lots(10)).await;
    let keeper = market.keeper().await;
    let twice = BallastError::SameAccount;
    assert_error(market.trade(&alice, &alice, BTC, lots(1)).await, twice);
    assert_error(alice.transfer(&alice, usd(1)).await, twice);
    let own = keeper.liquidate_instruction(&alice, BTC, 1).await.with(alice.account, keeper.account);
    assert_error(keeper.send(own).await, twice);
    let own = keeper.collateral_instruction(&alice, WSOL, wsol(1).tokens).await;
    assert_error(keeper.send(own.with(alice.account, keeper.account)).await, twice);
    let state = alice.state().await;
    let own = market.deployment.rebalance(alice.account, &state, Some(alice.account));
    assert_error(alice.send(own).await, twice);
    assert_error(alice.top_up_from(&alice, usd(1), false).await, BallastError::SameAccount);
}

#[tokio::test]
async fn funding_by_oneself() {
    let market = Market::start().await;
    let alice = market.trader().cash(usd(10_000)).await;
    let before = market.contract(BTC).await.premium;
    let price = market.off_mark(BTC, 5_000).await;
    // a signer that is no venue
    let fill = (lots(1), price);
    let forged = alice.buy_by(&alice.owner, Some(&market.admin), BTC, fill).await;
    assert_error(forged, BallastError::NotVenue);
    // and without a venue nothing counts
    alice.buy_at(BTC, lots(1), price).await.unwrap();
    assert_eq!(market.contract(BTC).await.premium, before);
}

#[tokio::test]
async fn another_exchange() {
    let market = Market::start().await;
    let other = market.another().await;
    let (here, there) = (market.deployment, other.deployment);
    let alice = market.trader().cash(usd(1_000)).long(BTC, lots(10)).await;
    let foreign = other.trader().cash(usd(1_000)).await;
    let keeper = market.keeper().await;
    let (contract, foreign_contract) = (here.contract(BTC.perp.0), there.contract(BTC.perp.0));
    let settle = || here.settle(alice.account, BTC.perp.0);
    assert_error(alice.send(settle().with(here.board, there.board)).await, BallastError::WrongExchange);
    assert_error(alice.send(settle().with(alice.account, foreign.account)).await, BallastError::WrongExchange);
    assert_error(alice.send(settle().with(contract, foreign_contract)).await, BallastError::WrongContract);
    let liquidate = keeper.liquidate_instruction(&alice, BTC, 1).await;
    let with = |account, instead| keeper.send(liquidate.clone().with(account, instead));
    assert_error(with(here.exchange, there.exchange).await, BallastError::WrongBoard);
    assert_error(with(here.board, there.board).await, BallastError::WrongBoard);
    assert_error(with(here.insurance_fund(), there.insurance_fund()).await, BallastError::WrongInsuranceFund);
    assert_error(with(alice.account, foreign.account).await, BallastError::WrongExchange);
    assert_error(with(contract, foreign_contract).await, BallastError::WrongContract);
}

#[tokio::test]
async fn another_exchange_in_a_fill() {
    let market = Market::start().await;
    let other = market.another().await;
    let (here, there) = (market.deployment, other.deployment);
    let alice = market.trader().cash(usd(1_000)).await;
    let (house, foreign) = (market.house(), other.house());
    let mark = market.mark(BTC).await;
    let fill = here.trade(market.parties(&alice, &house), BTC.perp.0, lots(1), mark);
    let signers = [&alice.owner, &house.owner];
    for (account, instead, expected) in [
        (here.exchange, there.exchange, BallastError::WrongBoard),
        (here.board, there.board, BallastError::WrongBoard),
        (here.contract(1), there.contract(1), BallastError::WrongContract),
        (house.account, foreign.account, BallastError::WrongExchange),
        (alice.account, foreign.account, BallastError::WrongExchange),
    ] {
        let forged = fill.clone().with(account, instead);
        assert_error(market.chain.send(&[forged], &signers).await, expected);
    }
}

#[tokio::test]
async fn remaining_contracts_twice() {
    let market = Market::start().await;
    let alice = market.trader().cash(usd(1_000)).long(BTC, lots(300)).await;
    let keeper = market.keeper().await;
    market.pin_scan(BTC, percent(6)).await;
    let (btc, eth) = (market.deployment.contract(1), market.deployment.contract(2));
    for others in [vec![btc], vec![eth, eth]] {
        let mut forged = keeper.liquidate_instruction(&alice, BTC, 1).await;
        forged.accounts.extend(others.into_iter().map(|address| AccountMeta::new(address, false)));
        assert_error(keeper.send(forged).await, BallastError::SameAccount);
    }
}

#[tokio::test]
async fn a_fake_board() {
    let market = Market::start().await;
    let alice = market.trader().cash(usd(1_000)).long(BTC, lots(10)).await;
    let fake = market.chain.keypair().pubkey();
    let mut account = market.chain.get(market.deployment.board).await.unwrap();
    account.owner = market.admin.pubkey();
    market.chain.set_account(fake, account);
    let settle = market.deployment.settle(alice.account, BTC.perp.0).with(market.deployment.board, fake);
    assert_error(alice.send(settle).await, ErrorCode::AccountOwnedByWrongProgram);
    // nor is an account of another type a board
    let settle = market.deployment.settle(alice.account, BTC.perp.0);
    let settle = settle.with(market.deployment.board, market.deployment.exchange);
    assert_error(alice.send(settle).await, ErrorCode::AccountDiscriminatorMismatch);
}

#[tokio::test]
async fn roles_of_others() {
    let market = Market::start().await;
    let mallory = market.trader().await;
    let here = market.deployment;
    let me = mallory.address();
    assert_error(mallory.send(here.nominate_admin(me, me)).await, BallastError::NotAdmin);
    assert_error(mallory.send(here.close_contract(me, BTC.perp.0)).await, BallastError::NotAdmin);
    assert_error(mallory.send(here.accept_admin(me)).await, BallastError::NotPendingAdmin);
    assert_error(mallory.send(here.pause(me, Pausable::Trading, 60)).await, BallastError::NotGuardian);
    assert_error(mallory.send(here.post_depth(me, BTC.row, usd(1))).await, BallastError::NotDepthReporter);
    let admin = market.admin.pubkey();
    let unsigned = here.nominate_admin(admin, me).unsigned(admin);
    assert_error(mallory.send(unsigned).await, ErrorCode::AccountNotSigner);
}

#[tokio::test]
async fn owners_of_others() {
    let market = Market::start().await;
    let (alice, mallory) = (market.trader().cash(usd(1_000)).await, market.trader().await);
    let (here, me) = (market.deployment, mallory.address());
    assert_error(mallory.send(here.close_account(me, alice.account)).await, BallastError::NotOwner);
    let until = ballast_core::units::Timestamp(market.now() + 9);
    let delegate = here.set_delegate(me, alice.account, me, until, WIDEST);
    assert_error(mallory.send(delegate).await, BallastError::NotOwner);
    let top_up = here.set_top_up(me, alice.account, Some(mallory.account), usd(1), true);
    assert_error(mallory.send(top_up).await, BallastError::NotOwner);
    let theft = mallory.transfer_instruction(&mallory.reserve(), usd(1));
    let theft = theft.with(mallory.account, alice.account).with(mallory.reserve().account, mallory.account);
    assert_error(mallory.send(theft).await, BallastError::NotOwner);
    let gift = alice.transfer_instruction(&mallory, usd(1));
    assert_error(alice.send(gift).await, BallastError::WrongOwner);
}

#[tokio::test]
async fn another_exchange_in_a_transfer() {
    let market = Market::start().await;
    let other = market.another().await;
    let (here, there) = (market.deployment, other.deployment);
    let alice = market.trader().cash(usd(1_000)).await;
    let second = alice.second_account(usd(0)).await;
    let foreign = other.house().account;
    for (account, instead, expected) in [
        (here.exchange, there.exchange, BallastError::WrongBoard),
        (here.board, there.board, BallastError::WrongBoard),
        (alice.account, foreign, BallastError::WrongExchange),
        (second.account, foreign, BallastError::WrongExchange),
    ] {
        let forged = alice.transfer_instruction(&second, usd(1)).with(account, instead);
        assert_error(alice.send(forged).await, expected);
    }
}

#[tokio::test]
async fn an_uninitialised_account() {
    let market = Market::start().await;
    let alice = market.trader().cash(usd(1_000)).long(BTC, lots(1)).await;
    let blank = market.chain.keypair().pubkey();
    let mut account = market.chain.get(alice.account).await.unwrap();
    account.data.fill(0);
    market.chain.set_account(blank, account);
    let settle = market.deployment.settle(alice.account, BTC.perp.0);
    for taken in [alice.account, market.deployment.contract(BTC.perp.0), market.deployment.board] {
        assert_error(alice.send(settle.clone().with(taken, blank)).await, ErrorCode::AccountDiscriminatorMismatch);
    }
}

#[tokio::test]
async fn a_closed_account() {
    let market = Market::start().await;
    let alice = market.trader().await;
    alice.close().await.unwrap();
    market.give(&alice.address(), usd(1)).await;
    let deposit = alice.deposit_instruction(usd(1));
    assert_error(alice.send(deposit).await, ErrorCode::AccountOwnedByWrongProgram);
}

#[tokio::test]
async fn pause_and_kill() {
    let market = Market::start().await;
    let alice = market.trader().cash(usd(1_000)).long(BTC, lots(300)).await;
    let keeper = market.keeper().await;
    market.pin_scan(BTC, percent(6)).await;
    market.pause(Pausable::Deposits, 60).await.unwrap();
    assert_error(keeper.liquidate(&alice, BTC).await, BallastError::LiquidationPaused);
    assert_eq!(alice.state().await.liquidation_at.0, 0);
    // below critical nothing waits
    market.pin_scan(BTC, percent(20)).await;
    keeper.liquidate(&alice, BTC).await.unwrap();
}

#[tokio::test]
async fn free_loan() {
    let market = Market::start().await;
    let alice = market.trader().collateral(wsol(100)).await;
    let before: MarginAccount = alice.state().await;
    assert_error(alice.withdraw(usd(1)).await, BallastError::NotEnoughCash);
    assert_eq!(alice.state().await, before);
}
