//! `open_exchange`, `propose_change`, `execute_change`, `cancel_change`, and creations on an open exchange.

use std::rc::Rc;

use anchor_lang::error::ErrorCode;
use anchor_lang::prelude::Pubkey;
use ballast::events::{
    AllChangesCancelled, ChangeCancelled, ChangeExecuted, ChangeProposed, ContractCreated, ExchangeOpened,
    UnderlyingCreated, VaultCreated,
};
use ballast_client::{Due, key};
use ballast_core::BallastError;
use ballast_core::state::parameters::{ContractTerms, ExchangeParameters, UnderlyingTerms, VaultTerms};
use ballast_core::state::{Change, PROPOSAL_LIFE, Proposal, Roles};
use ballast_core::units::{Key, Ratio, Timestamp, Tokens, Usd};
use ballast_tests::{
    BTC, Chain, ETH, Edit, GOLD, Market, QUOTE, SOL, Token, WSOL, assert_error, percent, terms, usd, wsol,
};
use solana_signer::Signer;

/// One change of each kind that `execute_change` carries out.
async fn settings(market: &Market) -> Vec<Change> {
    let board = market.board().await;
    let underlying = UnderlyingTerms::of(&market.row(BTC).await, false).unwrap();
    let contract = market.contract(BTC).await;
    let perp = ContractTerms::of(board.contract(contract.row).unwrap(), &contract);
    let vault = market.vault(WSOL).await;
    let collateral = VaultTerms::of(&vault, Some(board.vault(vault.row).unwrap()));
    let parameters = ExchangeParameters::of(&market.exchange().await, &market.fund().await);
    vec![
        Change::SetUnderlying(BTC.row, UnderlyingTerms { k: Ratio(4_200_000_000), up: percent(22), ..underlying }),
        Change::SetContract(BTC.perp.0, ContractTerms { open_interest_cap: 5_000_000, venues: [Key::NONE; 4], ..perp }),
        Change::SetVault(key(&WSOL.mint), VaultTerms { cap: Tokens(1_000_000_000), ..collateral }),
        Change::SetVault(key(&QUOTE.mint), VaultTerms { cap: Tokens(1_500_000_000_000_000), collateral: None }),
        Change::SetExchange(ExchangeParameters { trade_fee: Ratio::basis_points(4), ..parameters }),
        Change::SetOracleOwners([Key([5; 32]); 4]),
        Change::SetReporters([Key([6; 32]); 5]),
        Change::SetRoles(Roles { risk_manager: Key([7; 32]), guardian: Key([8; 32]), treasury: Key([9; 32]) }),
        Change::WindDown(ETH.row),
    ]
}

#[tokio::test]
async fn every_change_is_proposed_waits_and_is_executed_by_anybody() {
    let market = Market::start().await;
    let changes = settings(&market).await;
    let admin = market.admin.pubkey();
    let before = market.chain.get(admin).await.unwrap().lamports;
    let mut proposed = Vec::new();
    for (number, change) in (0..).zip(&changes) {
        let sent = market.as_admin(&[market.deployment.propose_change(admin, number, *change)]).await.unwrap();
        let event: ChangeProposed = sent.event();
        assert_eq!((event.change, event.proposal), (*change, market.deployment.proposal(number)));
        assert_eq!(event.executable_at, Timestamp(market.now()).after(terms::TIMELOCK).unwrap());
        assert_eq!(event.expires_at, event.executable_at.after(PROPOSAL_LIFE).unwrap());
        let proposal: Proposal = market.chain.read(event.proposal).await;
        assert_eq!((proposal.held(), proposal.proposer), (Ok(*change), key(&admin)));
        proposed.push(Due { number, proposer: admin });
    }
    assert!(market.chain.get(admin).await.unwrap().lamports < before);
    market.wait_for_timelock().await;
    for (due, change) in proposed.into_iter().zip(&changes) {
        let event: ChangeExecuted = market.execute(due, change).await.unwrap().event();
        assert_eq!(event.proposal, market.deployment.proposal(due.number));
        assert!(market.chain.get(event.proposal).await.is_none());
    }
    // the rent is back
    assert_eq!(market.chain.get(admin).await.unwrap().lamports, before);
    let exchange = market.exchange().await;
    assert_eq!((exchange.trade_fee, exchange.guardian), (Ratio::basis_points(4), Key([8; 32])));
    assert_eq!((exchange.oracle_owners, exchange.depth_reporters), ([Key([5; 32]); 4], [Key([6; 32]); 5]));
    let row = market.row(BTC).await;
    assert_eq!((row.target_terms.k, row.ramp_terms.up), (Ratio(4_200_000_000), percent(22)));
    assert_eq!(market.contract(BTC).await.venues, [Key::NONE; 4]);
    assert_eq!(market.vault(WSOL).await.cap, Tokens(1_000_000_000));
    assert_eq!(market.vault(QUOTE).await.cap, Tokens(1_500_000_000_000_000));
}

#[tokio::test]
async fn rows_are_created_by_anybody_who_has_a_due_proposal() {
    let market = Market::start().await;
    let (here, anybody) = (market.deployment, market.chain.keypair());
    let by = anybody.pubkey();
    let token = Token::classic(0xD7, 9, None);
    market.chain.set_account(token.mint, token.mint_account());
    let underlying = terms::underlying(GOLD);
    let perp = ContractTerms { open_interest_cap: 0, ..terms::perpetual(SOL, Key::NONE) };
    let vault = VaultTerms { cap: Tokens::ZERO, ..terms::collateral_vault(SOL) };
    let mut due = Vec::new();
    for change in [
        Change::CreateUnderlying(underlying),
        Change::CreateContract(perp),
        Change::CreateVault(key(&token.mint), vault),
    ] {
        due.push(market.propose(&change).await.unwrap());
    }
    let send = async |instruction| market.chain.send(&[instruction], &[&anybody]).await;
    let next = market.exchange().await.next_contract;
    let creations = [
        here.create_proposed_underlying(by, due[0], underlying),
        here.create_proposed_contract(by, due[1], next, perp),
        here.create_proposed_vault(by, due[2], token.of(), vault),
    ];
    for creation in &creations {
        assert_error(send(creation.clone()).await, BallastError::ProposalTooEarly);
    }
    market.wait_for_timelock().await;
    // not another, and the rent goes nowhere else
    let other = here.create_proposed_underlying(by, due[1], underlying);
    assert_error(send(other).await, BallastError::WrongProposal);
    let admin = market.admin.pubkey();
    for creation in &creations {
        assert_error(send(creation.clone().with(admin, by)).await, BallastError::WrongProposer);
        // without a proposal one must be the admin, and set up
    }
    assert_error(send(here.create_underlying(by, underlying)).await, BallastError::NotAdmin);
    assert_error(market.as_admin(&[here.create_underlying(admin, underlying)]).await, BallastError::ExchangeOpen);
    let unused = here.create_underlying(admin, underlying).filled(4, by);
    assert_error(market.in_set_up(&[unused]).await, BallastError::AccountNotUsed);
    let [first, second, third] = creations.clone();
    let event: UnderlyingCreated = send(first).await.unwrap().event();
    assert_eq!(event.underlying, GOLD.row);
    let event: ContractCreated = send(second).await.unwrap().event();
    assert_eq!((event.id, event.underlying), (next, SOL.row));
    let event: VaultCreated = send(third).await.unwrap().event();
    assert_eq!(event.mint, token.mint);
    for due in &due {
        assert!(market.chain.get(here.proposal(due.number)).await.is_none());
    }
    let [first, ..] = creations;
    assert_error(send(first).await, ErrorCode::AccountOwnedByWrongProgram);
    assert_eq!(market.vault(token).await.cap, Tokens::ZERO);
    assert_eq!(market.vault(token).await.changed_at, Timestamp(market.now()));
}

#[tokio::test]
async fn propose_change_fails_for_anybody_but_the_admin() {
    let market = Market::start().await;
    let change = Change::SetReporters([Key([6; 32]); 5]);
    let to = market.deployment;
    for by in [&market.guardian, &market.risk_manager] {
        let proposal = to.propose_change(by.pubkey(), 0, change);
        assert_error(market.chain.send(&[proposal], &[by]).await, BallastError::NotAdmin);
    }
    let admin = market.admin.pubkey();
    let unsigned = to.propose_change(admin, 0, change).unsigned(admin);
    assert_error(market.chain.send(&[unsigned], &[]).await, ErrorCode::AccountNotSigner);
    let skipping = to.propose_change(admin, 1, change);
    assert_error(market.as_admin(&[skipping]).await, ErrorCode::ConstraintSeeds);
}

#[tokio::test]
async fn propose_change_fails_out_of_bounds_and_with_a_cap_to_start_with() {
    let market = Market::start().await;
    let underlying = UnderlyingTerms { up: percent(51), ..terms::underlying(GOLD) };
    let refused = market.propose(&Change::CreateUnderlying(underlying)).await;
    assert_error(refused, BallastError::ParameterOutOfBounds);
    let refused = market.propose(&Change::CreateContract(terms::perpetual(SOL, Key::NONE))).await;
    assert_error(refused, BallastError::StartsAtZero);
}

#[tokio::test]
async fn execute_change_fails_too_early_too_late_and_for_a_creation() {
    let market = Market::start().await;
    let change = Change::SetReporters([Key([6; 32]); 5]);
    let creation = Change::CreateUnderlying(terms::underlying(GOLD));
    let (due, create) = (market.propose(&change).await.unwrap(), market.propose(&creation).await.unwrap());
    market.advance(i64::try_from(terms::TIMELOCK).unwrap() - 1);
    assert_error(market.execute(due, &change).await, BallastError::ProposalTooEarly);
    market.advance(1);
    assert_error(market.execute(create, &creation).await, BallastError::ProposalCreates);
    market.advance(i64::try_from(PROPOSAL_LIFE).unwrap());
    assert_error(market.execute(due, &change).await, BallastError::ProposalExpired);
    // its rent comes back
    market.as_admin(&[market.deployment.cancel_change(market.admin.pubkey(), due)]).await.unwrap();
}

#[tokio::test]
async fn execute_change_fails_when_a_step_is_too_large_or_comes_too_soon() {
    let market = Market::start().await;
    let present = UnderlyingTerms::of(&market.row(BTC).await, false).unwrap();
    let far = Change::SetUnderlying(BTC.row, UnderlyingTerms { k: Ratio(4_049_999_999), ..present });
    let near = Change::SetUnderlying(BTC.row, UnderlyingTerms { k: Ratio(4_050_000_000), ..present });
    let fee = Change::SetUnderlying(BTC.row, UnderlyingTerms { liquidation_fee: percent(2), ..present });
    let feed = Change::SetUnderlying(BTC.row, UnderlyingTerms { oracle: ETH.feed, ..present });
    let mut due = Vec::new();
    for change in [&far, &fee, &feed, &near, &near] {
        due.push(market.propose(change).await.unwrap());
    }
    market.wait_for_timelock().await;
    assert_error(market.execute(due[0], &far).await, BallastError::StepTooLarge);
    assert_error(market.execute(due[1], &fee).await, BallastError::FeeRaised);
    assert_error(market.execute(due[2], &feed).await, BallastError::TermFixed);
    market.execute(due[3], &near).await.unwrap();
    assert_error(market.execute(due[4], &near).await, BallastError::ChangeTooSoon);
}

#[tokio::test]
async fn execute_change_fails_when_an_account_is_missing_or_wrong() {
    let market = Market::start().await;
    let other = market.another().await;
    let (here, there) = (market.deployment, other.deployment);
    let changes = settings(&market).await;
    let mut due = Vec::new();
    for change in &changes {
        due.push(market.propose(change).await.unwrap());
    }
    market.wait_for_timelock().await;
    let of = |place: usize| here.execute_change(due[place], &changes[place]);
    let contract = here.contract(BTC.perp.0);
    let vault = here.vault(&WSOL.mint);
    for (instruction, rule) in [
        (of(0).with(here.board, there.board), BallastError::WrongBoard),
        (of(0).with(here.exchange, there.exchange), BallastError::WrongBoard),
        (of(0).with(here.insurance_fund(), there.insurance_fund()), BallastError::WrongInsuranceFund),
        (of(0).with(market.admin.pubkey(), market.guardian.pubkey()), BallastError::WrongProposer),
        (of(1).with(contract, ballast::ID), BallastError::ContractMissing),
        (of(1).with(contract, here.contract(ETH.perp.0)), BallastError::WrongContract),
        (of(1).with(contract, there.contract(BTC.perp.0)), BallastError::WrongContract),
        (of(2).with(vault, ballast::ID), BallastError::VaultMissing),
        (of(2).with(vault, here.vault(&QUOTE.mint)), BallastError::WrongVault),
        (of(2).with(vault, there.vault(&WSOL.mint)), BallastError::WrongVault),
        (of(1).filled(6, vault), BallastError::AccountNotUsed),
        (of(2).filled(5, there.contract(BTC.perp.0)), BallastError::AccountNotUsed),
        (of(4).filled(5, contract), BallastError::AccountNotUsed),
    ] {
        assert_error(market.chain.send(&[instruction], &[]).await, rule);
    }
    // nor is a proposal of one exchange another's
    let foreign = there.execute_change(due[0], &changes[0]).with(there.proposal(0), here.proposal(0));
    assert_error(market.chain.send(&[foreign], &[]).await, BallastError::WrongExchange);
}

#[tokio::test]
async fn cancel_change_gives_a_proposal_up() {
    let market = Market::start().await;
    let change = Change::SetReporters([Key([6; 32]); 5]);
    let to = market.deployment;
    let lamports = async || market.chain.get(market.admin.pubkey()).await.unwrap().lamports;
    let before = lamports().await;
    for by in [&market.admin, &market.guardian] {
        let due = market.propose(&change).await.unwrap();
        let sent = market.chain.send(&[to.cancel_change(by.pubkey(), due)], &[by]).await.unwrap();
        let event: ChangeCancelled = sent.event();
        assert_eq!((event.by, event.proposal), (by.pubkey(), to.proposal(due.number)));
        assert_eq!(lamports().await, before);
        market.wait_for_timelock().await;
        assert_error(market.execute(due, &change).await, ErrorCode::AccountOwnedByWrongProgram);
    }
}

#[tokio::test]
async fn cancel_change_fails_for_anybody_else_and_on_another_exchange() {
    let market = Market::start().await;
    let other = market.another().await;
    let due = market.propose(&Change::SetReporters([Key([6; 32]); 5])).await.unwrap();
    let (here, there) = (market.deployment, other.deployment);
    let rule = BallastError::NotAdminOrGuardian;
    let by = &market.risk_manager;
    assert_error(market.chain.send(&[here.cancel_change(by.pubkey(), due)], &[by]).await, rule);
    let admin = market.admin.pubkey();
    let unsigned = here.cancel_change(admin, due).unsigned(admin);
    assert_error(market.chain.send(&[unsigned], &[]).await, ErrorCode::AccountNotSigner);
    let foreign = here.cancel_change(other.guardian.pubkey(), due).with(here.exchange, there.exchange);
    assert_error(market.chain.send(&[foreign], &[&other.guardian]).await, BallastError::WrongExchange);
    let elsewhere = here.cancel_change(admin, Due { proposer: by.pubkey(), ..due });
    assert_error(market.as_admin(&[elsewhere]).await, BallastError::WrongProposer);
}

#[tokio::test]
async fn cancel_all_changes_answers_any_number_of_proposals() {
    let market = Market::start().await;
    let to = market.deployment;
    let change = Change::SetReporters([Key([6; 32]); 5]);
    let before = [market.propose(&change).await.unwrap(), market.propose(&change).await.unwrap()];
    let cancel = |by: Pubkey| to.cancel_all_changes(by);
    let by = &market.risk_manager;
    let refused = market.chain.send(&[cancel(by.pubkey())], &[by]).await;
    assert_error(refused, BallastError::NotAdminOrGuardian);
    let guardian = market.guardian.pubkey();
    assert_error(market.chain.send(&[cancel(guardian).unsigned(guardian)], &[]).await, ErrorCode::AccountNotSigner);
    let event: AllChangesCancelled = market.chain.send(&[cancel(guardian)], &[&market.guardian]).await.unwrap().event();
    assert_eq!((event.before, event.by), (2, guardian));
    let after = market.propose(&change).await.unwrap();
    market.wait_for_timelock().await;
    for due in before {
        assert_error(market.execute(due, &change).await, BallastError::ProposalCancelled);
        market.as_admin(&[to.cancel_change(market.admin.pubkey(), due)]).await.unwrap();
    }
    market.execute(after, &change).await.unwrap();
    // the admin may say so too
    market.as_admin(&[cancel(market.admin.pubkey())]).await.unwrap();
}

#[tokio::test]
async fn an_exchange_is_set_up_opened_and_then_takes_deposits() {
    let chain = Rc::new(Chain::start().await);
    for token in [QUOTE, WSOL] {
        chain.set_account(token.mint, token.mint_account());
    }
    let market = Market::empty(chain, 0, |_| {}).await;
    let (here, admin) = (market.deployment, market.admin.pubkey());
    let vault = here.create_vault(admin, QUOTE.of(), terms::quote_vault());
    market.as_admin(&[vault, here.create_underlying(admin, terms::underlying(SOL))]).await.unwrap();
    let alice = market.trader().await;
    market.give(&alice.address(), usd(5)).await;
    assert_error(alice.send(alice.deposit_instruction(usd(5))).await, BallastError::ExchangeNotOpen);
    let change = Change::SetReporters([Key([6; 32]); 5]);
    assert_error(market.propose(&change).await.map(|_| ()), BallastError::ExchangeNotOpen);
    let thief = market.chain.keypair();
    let open = |by: Pubkey| here.open_exchange(by);
    assert_error(market.chain.send(&[open(thief.pubkey())], &[&thief]).await, BallastError::NotAdmin);
    let event: ExchangeOpened = market.as_admin(&[open(admin)]).await.unwrap().event();
    assert_eq!(event.exchange, here.exchange);
    assert_error(market.as_admin(&[open(admin)]).await, BallastError::ExchangeOpen);
    alice.send(alice.deposit_instruction(usd(5))).await.unwrap();
    let late = here.create_vault(admin, WSOL.of(), terms::collateral_vault(SOL));
    assert_error(market.as_admin(&[late]).await, BallastError::ExchangeOpen);
    assert_eq!(alice.cash().await, Usd(5_000_000));
}

#[tokio::test]
async fn fees_and_gifts_go_to_the_treasury_only() {
    let market = Market::start().await;
    let _alice = market.trader().cash(usd(1_000)).long(BTC, 100).await;
    let (here, admin) = (market.deployment, market.admin.pubkey());
    let treasury = market.chain.keypair().pubkey();
    let roles = market.exchange().await;
    let change = Roles { risk_manager: roles.risk_manager, guardian: roles.guardian, treasury: key(&treasury) };
    market.change(&Change::SetRoles(change)).await.unwrap();
    let (old, new) = (market.give(&admin, usd(0)).await, market.give(&treasury, usd(0)).await);
    assert_error(market.as_admin(&[here.collect_fees(admin, BTC.perp.0, old)]).await, BallastError::NotTreasury);
    market.as_admin(&[here.collect_fees(admin, BTC.perp.0, new)]).await.unwrap();
    let gift = ballast_client::vault_tokens(&here.vault(&WSOL.mint));
    market.chain.set_account(gift, WSOL.wallet_account(here.vault(&WSOL.mint), wsol(1).tokens.0));
    let (old, new) = (market.give(&admin, wsol(0)).await, market.give(&treasury, wsol(0)).await);
    assert_error(market.as_admin(&[here.sweep(admin, WSOL.of(), old)]).await, BallastError::NotTreasury);
    market.as_admin(&[here.sweep(admin, WSOL.of(), new)]).await.unwrap();
}
