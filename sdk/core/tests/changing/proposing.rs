use ballast_core::clearing::{self, cancel_all_changes, cancel_change, open_exchange};
use ballast_core::error::BallastError;
use ballast_core::state::parameters::{ExchangeParameters, UnderlyingTerms, VaultTerms};
use ballast_core::state::{Change, Exchange, PROPOSAL_LIFE, Proposal, Roles};
use ballast_core::units::{Key, Ratio, Timestamp, Tokens};
use bytemuck::Zeroable;

use super::TIMELOCK;
use crate::common::{BTC, Snapshot, World, key, underlying_terms};

/// One change of each kind, of a world.
fn changes(world: &World) -> [Change; 11] {
    let roles = Roles { risk_manager: key(1), guardian: key(2), treasury: key(3) };
    let vault = world.terms_of_vault();
    [
        Change::CreateUnderlying(underlying_terms(4)),
        Change::CreateContract(ballast_core::state::parameters::ContractTerms {
            open_interest_cap: 0,
            ..world.terms_of_contract()
        }),
        Change::CreateVault(key(83), VaultTerms { cap: Tokens::ZERO, ..vault }),
        Change::SetUnderlying(BTC, world.terms_of(BTC)),
        Change::SetContract(1, world.terms_of_contract()),
        Change::SetVault(key(81), vault),
        Change::SetExchange(ExchangeParameters::of(&world.exchange, &world.fund)),
        Change::SetOracleOwners([key(5), Key::NONE, Key::NONE, Key::NONE]),
        Change::SetReporters([key(6); 5]),
        Change::SetRoles(roles),
        Change::WindDown(BTC),
    ]
}

#[test]
fn propose_change_ok() {
    let mut world = World::new();
    for (number, change) in (0..).zip(changes(&world)) {
        let proposal = world.propose(&change).unwrap();
        assert_eq!(proposal.held(), Ok(change));
        assert_eq!((proposal.number, world.exchange.next_proposal), (number, number + 1));
        assert_eq!((proposal.exchange, proposal.proposer, proposal.bump), (key(100), key(90), 9));
        assert_eq!(proposal.proposed_at, world.clock);
        assert_eq!(proposal.executable_at, world.clock.after(TIMELOCK).unwrap());
        assert_eq!(proposal.expires_at, proposal.executable_at.after(PROPOSAL_LIFE).unwrap());
    }
}

#[test]
fn propose_change_fails_when_a_parameter_is_out_of_bounds() {
    let mut world = World::new();
    let parameters = ExchangeParameters::of(&world.exchange, &world.fund);
    for change in [
        Change::SetUnderlying(BTC, UnderlyingTerms { up: Ratio::percent(51), ..world.terms_of(BTC) }),
        Change::CreateUnderlying(UnderlyingTerms { oracle: Key::NONE, ..underlying_terms(4) }),
        Change::SetExchange(ExchangeParameters { timelock: 172_799, ..parameters }),
        Change::SetExchange(ExchangeParameters { timelock: 2_592_001, ..parameters }),
        Change::SetExchange(ExchangeParameters { trade_fee: Ratio::percent(1), ..parameters }),
    ] {
        let before = Snapshot::of(&world);
        assert_eq!(world.propose(&change), Err(BallastError::ParameterOutOfBounds), "{change:?}");
        before.assert_unchanged(&world);
    }
}

#[test]
fn propose_change_fails_when_a_vault_or_a_contract_would_start_with_a_cap() {
    let mut world = World::new();
    let before = Snapshot::of(&world);
    let vault = Change::CreateVault(key(83), VaultTerms { cap: Tokens(1), ..world.terms_of_vault() });
    let contract = Change::CreateContract(world.terms_of_contract());
    assert_eq!(world.propose(&vault), Err(BallastError::StartsAtZero));
    assert_eq!(world.propose(&contract), Err(BallastError::StartsAtZero));
    before.assert_unchanged(&world);
}

#[test]
fn propose_change_fails_when_the_exchange_is_set_up() {
    let mut world = World::new();
    world.exchange = world.set_up();
    let change = Change::SetReporters([key(6); 5]);
    assert_eq!(world.propose(&change), Err(BallastError::ExchangeNotOpen));
    assert_eq!(world.exchange.next_proposal, 0);
}

#[test]
fn bytes_that_nothing_was_written_as_hold_no_change() {
    let mut world = World::new();
    let mut proposal = world.propose(&Change::SetReporters([key(6); 5])).unwrap();
    proposal.change[0] = 11;
    assert_eq!(proposal.held(), Err(BallastError::WrongProposal));
    let mut proposal = world.propose(&Change::SetUnderlying(BTC, world.terms_of(BTC))).unwrap();
    // the kind of the oracle, behind the change's number, the row and the feed
    assert_eq!(proposal.change[34], 0);
    proposal.change[34] = 2;
    assert_eq!(proposal.held(), Err(BallastError::WrongProposal));
}

#[test]
fn cancel_change_ok() {
    let mut world = World::new();
    let proposal = world.propose(&Change::SetReporters([key(6); 5])).unwrap();
    for signer in [world.exchange.admin, world.exchange.guardian] {
        assert_eq!(cancel_change(&world.exchange, key(100), &proposal, signer), Ok(()));
    }
}

#[test]
fn cancel_change_fails_when_anybody_else_signs_or_it_is_of_another_exchange() {
    let mut world = World::new();
    let proposal = world.propose(&Change::SetReporters([key(6); 5])).unwrap();
    for signer in [world.exchange.risk_manager, world.exchange.treasury, key(1), Key::NONE] {
        let cancelled = cancel_change(&world.exchange, key(100), &proposal, signer);
        assert_eq!(cancelled, Err(BallastError::NotAdminOrGuardian));
    }
    let nobody = Exchange { guardian: Key::NONE, ..world.exchange };
    assert_eq!(cancel_change(&nobody, key(100), &proposal, Key::NONE), Err(BallastError::NotAdminOrGuardian));
    let admin = world.exchange.admin;
    assert_eq!(cancel_change(&world.exchange, key(99), &proposal, admin), Err(BallastError::WrongExchange));
}

/// One word of the guardian answers any number of proposals.
#[test]
fn cancel_all_changes_ok() {
    for signer in [key(90), key(92)] {
        let mut world = World::new();
        let changes = [Change::SetReporters([key(6); 5]), Change::CreateUnderlying(underlying_terms(4))];
        let before = changes.map(|change| world.propose(&change).unwrap());
        assert_eq!(cancel_all_changes(&mut world.exchange, signer), Ok(2));
        let after = world.propose(&changes[0]).unwrap();
        world.pass(TIMELOCK);
        assert_eq!(world.execute_on(&before[0], None, None), Err(BallastError::ProposalCancelled));
        let terms = underlying_terms(4);
        let created =
            clearing::create_underlying(&world.exchange, &mut world.board, Some(&before[1]), &terms, world.clock);
        assert_eq!(created, Err(BallastError::ProposalCancelled));
        assert_eq!(world.execute_on(&after, None, None), Ok(()));
    }
}

#[test]
fn cancel_all_changes_fails_when_anybody_else_signs() {
    let mut world = World::new();
    world.propose(&Change::SetReporters([key(6); 5])).unwrap();
    let before = Snapshot::of(&world);
    for signer in [world.exchange.risk_manager, world.exchange.treasury, key(1), Key::NONE] {
        assert_eq!(cancel_all_changes(&mut world.exchange, signer), Err(BallastError::NotAdminOrGuardian));
    }
    before.assert_unchanged(&world);
}

#[test]
fn open_exchange_ok() {
    let mut exchange = World::new().set_up();
    open_exchange(&mut exchange, Timestamp(5)).unwrap();
    assert!(exchange.is_open());
    assert_eq!(exchange.opened_at, Timestamp(5));
    let mut exchange = World::new().set_up();
    open_exchange(&mut exchange, Timestamp::ZERO).unwrap();
    assert!(exchange.is_open());
}

#[test]
fn open_exchange_fails_when_it_is_open_or_has_no_board() {
    let mut world = World::new();
    let before = Snapshot::of(&world);
    assert_eq!(open_exchange(&mut world.exchange, world.clock), Err(BallastError::ExchangeOpen));
    before.assert_unchanged(&world);
    let mut boardless = Exchange { board: Key::NONE, ..world.set_up() };
    assert_eq!(open_exchange(&mut boardless, world.clock), Err(BallastError::WrongBoard));
    assert!(!boardless.is_open());
}

#[test]
fn deposit_fails_when_the_exchange_is_not_open() {
    let mut world = World::new();
    let account = world.account(1, ballast_core::units::Usd::ZERO);
    world.exchange = world.set_up();
    let before = Snapshot::of(&world);
    assert!(matches!(world.deposit(account, None, 5), Err(BallastError::ExchangeNotOpen)));
    before.assert_unchanged(&world);
}

#[test]
fn a_proposal_of_nothing_is_due_on_no_exchange() {
    let proposal = Proposal::zeroed();
    let mut world = World::new();
    let exchange = world.exchange;
    assert_eq!(proposal.check_due(&exchange, key(100), Timestamp(1)), Err(BallastError::WrongExchange));
    assert_eq!(proposal.check_due(&exchange, Key::NONE, Timestamp(1)), Err(BallastError::ProposalExpired));
    let untouched = Snapshot::of(&world);
    let created = clearing::create_underlying(
        &world.exchange,
        &mut world.board,
        Some(&proposal),
        &underlying_terms(4),
        world.clock,
    );
    assert_eq!(created, Err(BallastError::WrongExchange));
    untouched.assert_unchanged(&world);
}
