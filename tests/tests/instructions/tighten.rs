//! `tighten`.

use anchor_lang::error::ErrorCode;
use ballast::events::Tightened;
use ballast_core::BallastError;
use ballast_core::clearing::{Tightening, UnderlyingTightening, VaultTightening};
use ballast_core::state::Change;
use ballast_core::state::parameters::UnderlyingTerms;
use ballast_core::units::{Ratio, Tokens};
use ballast_tests::{BTC, Edit, Market, WSOL, assert_error, lots, percent, usd, wsol};
use solana_signer::Signer;

fn k(sigmas: i64) -> Tightening {
    let change = UnderlyingTightening { k: Some(Ratio(sigmas)), ..UnderlyingTightening::default() };
    Tightening::Underlying(BTC.row, change)
}

#[tokio::test]
async fn tighten_acts_at_once_and_reaches_positions_through_the_ramp() {
    let market = Market::start().await;
    let alice = market.trader().cash(usd(1_000)).long(BTC, lots(100)).await;
    let (before, effective) = (market.row(BTC).await, market.effective(BTC).await);
    let event: Tightened = market.tighten(None, k(4_900_000_000)).await.unwrap().event();
    assert_eq!((event.tightening, event.vault), (k(4_900_000_000), None));
    let row = market.row(BTC).await;
    assert_eq!((row.target_terms.k, row.ramp_terms), (Ratio(4_900_000_000), before.ramp_terms));
    assert_eq!(market.effective(BTC).await, effective);
    market.tick(600).await;
    let raised = market.row(BTC).await.ramp.target;
    assert!(raised > before.ramp.target);
    assert!(market.effective(BTC).await <= raised);
    drop(alice);
}

#[tokio::test]
async fn tighten_lowers_caps_to_nothing() {
    let market = Market::start().await;
    let alice = market.trader().cash(usd(1_000)).collateral(wsol(1)).long(BTC, lots(10)).await;
    let row = market.contract(BTC).await.row;
    market.tighten(None, Tightening::Contract(row, 0)).await.unwrap();
    assert_error(alice.buy(BTC, lots(1)).await, BallastError::OpenInterestCap);
    alice.sell(BTC, lots(1)).await.unwrap();
    let cap = Tightening::Vault(VaultTightening { cap: Some(Tokens::ZERO), ..VaultTightening::default() });
    let event: Tightened = market.tighten(Some(WSOL.mint), cap).await.unwrap().event();
    assert_eq!(event.vault, Some(market.deployment.vault(&WSOL.mint)));
    assert_error(alice.deposit(wsol(1)).await, BallastError::VaultCap);
}

#[tokio::test]
async fn tighten_fails_when_it_loosens_goes_too_far_or_comes_too_soon() {
    let market = Market::start().await;
    assert_error(market.tighten(None, k(4_499_999_999)).await, BallastError::Loosens);
    assert_error(market.tighten(None, k(4_950_000_001)).await, BallastError::StepTooLarge);
    let haircut = VaultTightening { base_haircut: Some(percent(9)), ..VaultTightening::default() };
    assert_error(market.tighten(Some(WSOL.mint), Tightening::Vault(haircut)).await, BallastError::Loosens);
    assert_error(market.tighten(None, Tightening::Vault(haircut)).await, BallastError::VaultMissing);
    market.tighten(None, k(4_900_000_000)).await.unwrap();
    assert_error(market.tighten(None, k(4_900_000_001)).await, BallastError::ChangeTooSoon);
}

#[tokio::test]
async fn tighten_fails_for_anybody_but_the_risk_manager() {
    let market = Market::start().await;
    let other = market.another().await;
    let (here, there) = (market.deployment, other.deployment);
    for by in [&market.admin, &market.guardian] {
        let tighten = here.tighten(by.pubkey(), None, k(4_900_000_000));
        assert_error(market.chain.send(&[tighten], &[by]).await, BallastError::NotRiskManager);
    }
    let by = market.risk_manager.pubkey();
    let tighten = here.tighten(by, None, k(4_900_000_000));
    let send = async |instruction| market.chain.send(&[instruction], &[&market.risk_manager]).await;
    assert_error(send(tighten.clone().unsigned(by)).await, ErrorCode::AccountNotSigner);
    assert_error(send(tighten.clone().with(here.board, there.board)).await, BallastError::WrongBoard);
    assert_error(send(tighten.with(here.exchange, there.exchange)).await, BallastError::NotRiskManager);
    let cap = Tightening::Vault(VaultTightening { cap: Some(Tokens::ZERO), ..VaultTightening::default() });
    let foreign = here.tighten(by, Some(WSOL.mint), cap).with(here.vault(&WSOL.mint), there.vault(&WSOL.mint));
    assert_error(send(foreign).await, BallastError::WrongVault);
}

/// The event would name a vault that nobody has tightened.
#[tokio::test]
async fn tighten_fails_when_a_vault_is_passed_that_is_not_tightened() {
    let market = Market::start().await;
    let cap = Tightening::Contract(market.contract(BTC).await.row, 0);
    for other in [k(4_900_000_000), cap] {
        assert_error(market.tighten(Some(WSOL.mint), other).await, BallastError::AccountNotUsed);
    }
}

#[tokio::test]
async fn what_was_tightened_is_not_undone_by_an_older_proposal() {
    let market = Market::start().await;
    let present = UnderlyingTerms::of(&market.row(BTC).await, false).unwrap();
    let change = Change::SetUnderlying(BTC.row, present);
    let due = market.propose(&change).await.unwrap();
    market.tighten(None, k(4_900_000_000)).await.unwrap();
    market.wait_for_timelock().await;
    assert_error(market.execute(due, &change).await, BallastError::ProposalOutdated);
    market.change(&change).await.unwrap();
    assert_eq!(market.row(BTC).await.target_terms.k, present.k);
}
