use ballast_core::clearing::{Executing, NewVault, create_contract, create_underlying, create_vault, execute_change};
use ballast_core::error::BallastError;
use ballast_core::state::parameters::{ContractTerms, UnderlyingTerms, VaultTerms};
use ballast_core::state::{Change, Contract, PROPOSAL_LIFE, Proposal, Vault};
use ballast_core::units::{Price, Ratio, SCAN_ONE, Timestamp, Tokens};
use bytemuck::Zeroable;

use super::TIMELOCK;
use crate::common::{BTC, SOL, SOL_PRICE, Snapshot, World, key, underlying_terms};

const NEW: NewVault = NewVault { mint: key(83), decimals: 6, token_account: key(84), bump: 1 };

fn contract_terms(world: &World) -> ContractTerms {
    ContractTerms { open_interest_cap: 0, ..world.terms_of_contract() }
}

fn vault_terms(world: &World) -> VaultTerms {
    VaultTerms { cap: Tokens::ZERO, ..world.terms_of_vault() }
}

fn underlying(world: &mut World, proposal: Option<&Proposal>) -> Result<u8, BallastError> {
    create_underlying(&world.exchange, &mut world.board, proposal, &underlying_terms(4), world.clock)
}

fn contract(world: &mut World, proposal: Option<&Proposal>) -> Result<Contract, BallastError> {
    let (mut contract, terms) = (Contract::zeroed(), contract_terms(world));
    create_contract(&mut world.exchange, &mut world.board, &mut contract, proposal, 0, &terms, world.clock)?;
    Ok(contract)
}

fn vault(world: &mut World, proposal: Option<&Proposal>) -> Result<Vault, BallastError> {
    let (mut vault, terms) = (Vault::zeroed(), vault_terms(world));
    create_vault(&world.exchange, &mut world.board, &mut vault, proposal, &NEW, &terms, world.clock)?;
    Ok(vault)
}

/// A proposal that is due.
fn due(world: &mut World, change: &Change) -> Proposal {
    let proposal = world.propose(change).unwrap();
    world.pass(TIMELOCK);
    proposal
}

#[test]
fn a_proposed_underlying_starts_at_a_hundred_percent_and_falls_by_its_rate() {
    let mut world = World::new();
    let proposal = due(&mut world, &Change::CreateUnderlying(underlying_terms(4)));
    let row = underlying(&mut world, Some(&proposal)).unwrap();
    assert_eq!(world.effective(row), SCAN_ONE);
    world.pass(86_400);
    let after = world.effective(row).0.abs_diff(850_000_000_000);
    assert!(after < 1_000_000, "{after}");
    world.pass(200 * 86_400);
    assert_eq!(world.effective(row), world.board.underlyings[usize::from(row)].ramp.target);
}

#[test]
fn a_proposed_contract_takes_no_position() {
    let mut world = World::new();
    let change = Change::CreateContract(contract_terms(&world));
    let proposal = due(&mut world, &change);
    let contract = contract(&mut world, Some(&proposal)).unwrap();
    assert_eq!((contract.id, world.exchange.next_contract), (4, 5));
    assert_eq!(world.board.contract(contract.row).unwrap().open_interest_cap, 0);
}

#[test]
fn a_proposed_vault_takes_no_deposit_and_counts_nothing() {
    let mut world = World::new();
    let change = Change::CreateVault(NEW.mint, vault_terms(&world));
    let proposal = due(&mut world, &change);
    let vault = vault(&mut world, Some(&proposal)).unwrap();
    assert_eq!((vault.cap, vault.exchange), (Tokens::ZERO, key(100)));
    let row = world.board.vault(vault.row).unwrap();
    assert_eq!((row.weight.start, row.initial_weight), (Ratio::ZERO, Ratio::ZERO));
}

#[test]
fn a_creation_fails_when_the_exchange_is_open_and_nobody_proposed_it() {
    let mut world = World::new();
    let before = Snapshot::of(&world);
    assert_eq!(underlying(&mut world, None), Err(BallastError::ExchangeOpen));
    assert_eq!(contract(&mut world, None), Err(BallastError::ExchangeOpen));
    assert_eq!(vault(&mut world, None), Err(BallastError::ExchangeOpen));
    before.assert_unchanged(&world);
}

#[test]
fn a_creation_fails_when_it_is_too_early_or_too_late() {
    let mut world = World::new();
    let proposals = [
        world.propose(&Change::CreateUnderlying(underlying_terms(4))).unwrap(),
        world.propose(&Change::CreateContract(contract_terms(&world))).unwrap(),
        world.propose(&Change::CreateVault(NEW.mint, vault_terms(&world))).unwrap(),
    ];
    for (wait, rule) in
        [(TIMELOCK - 1, BallastError::ProposalTooEarly), (PROPOSAL_LIFE + 1, BallastError::ProposalExpired)]
    {
        world.pass(wait);
        let before = Snapshot::of(&world);
        assert_eq!(underlying(&mut world, Some(&proposals[0])), Err(rule));
        assert_eq!(contract(&mut world, Some(&proposals[1])), Err(rule));
        assert_eq!(vault(&mut world, Some(&proposals[2])), Err(rule));
        before.assert_unchanged(&world);
    }
}

#[test]
fn a_creation_fails_when_another_was_proposed() {
    let mut world = World::new();
    let other = UnderlyingTerms { k: Ratio(4_500_000_001), ..underlying_terms(4) };
    let proposal = due(&mut world, &Change::CreateUnderlying(other));
    let before = Snapshot::of(&world);
    assert_eq!(underlying(&mut world, Some(&proposal)), Err(BallastError::WrongProposal));
    assert_eq!(contract(&mut world, Some(&proposal)), Err(BallastError::WrongProposal));
    assert_eq!(vault(&mut world, Some(&proposal)), Err(BallastError::WrongProposal));
    before.assert_unchanged(&world);
    // nor is another mint created
    let change = Change::CreateVault(key(85), vault_terms(&world));
    let proposal = due(&mut world, &change);
    assert_eq!(vault(&mut world, Some(&proposal)), Err(BallastError::WrongProposal));
}

/// The thief proposes the row and its first cap at once: the cap still waits for a timelock of its own.
#[test]
fn a_listing_and_its_cap_proposed_at_once_take_two_timelocks() {
    let mut world = World::new();
    let (listed, lots) = (vault_terms(&world), contract_terms(&world));
    let capped = VaultTerms { cap: Tokens(1 << 60), ..listed };
    let open = ContractTerms { open_interest_cap: 1_000_000, ..lots };
    let steeper = UnderlyingTerms { up: Ratio::percent(30), ..underlying_terms(4) };
    let id = world.exchange.next_contract;
    let proposed = [
        Change::CreateVault(NEW.mint, listed),
        Change::CreateContract(lots),
        Change::CreateUnderlying(underlying_terms(4)),
        Change::SetVault(NEW.mint, capped),
        Change::SetContract(id, open),
        Change::SetUnderlying(2, steeper),
    ]
    .map(|change| world.propose(&change).unwrap());
    world.pass(TIMELOCK);
    let mut vault = vault(&mut world, Some(&proposed[0])).unwrap();
    let mut contract = contract(&mut world, Some(&proposed[1])).unwrap();
    assert_eq!(underlying(&mut world, Some(&proposed[2])), Ok(2));

    for (wait, expected) in [(TIMELOCK - 1, Err(BallastError::ChangeTooSoon)), (1, Ok(()))] {
        world.pass(wait);
        for proposal in &proposed[3..] {
            let (clock, before) = (world.clock, (vault, contract));
            let World { exchange, board, fund, .. } = &mut world;
            let of_vault = matches!(proposal.held(), Ok(Change::SetVault(..)));
            let of_contract = matches!(proposal.held(), Ok(Change::SetContract(..)));
            let state = Executing {
                exchange,
                board,
                fund,
                contract: of_contract.then_some(&mut contract),
                vault: of_vault.then_some(&mut vault),
            };
            assert_eq!(execute_change(proposal, state, clock), expected);
            assert!(expected.is_ok() || before == (vault, contract));
        }
    }
    assert_eq!((vault.cap, world.board.contracts[3].open_interest_cap), (capped.cap, open.open_interest_cap));
}

#[test]
fn a_row_of_the_set_up_waits_for_nothing() {
    let world = World::new();
    assert_eq!(world.board.underlyings[usize::from(BTC)].changed_at, Timestamp::ZERO);
    assert_eq!((world.contracts[0].changed_at, world.vaults[0].changed_at), (Timestamp::ZERO, Timestamp::ZERO));
}

/// A lot of SOL at 150 dollars is worth a cent and a half with four digits, and 0.15 cents with five.
#[test]
fn create_contract_fails_when_a_lot_is_worth_less_than_a_cent() {
    let mut world = World::new();
    let mut create = |size_exponent, price: i64| {
        world.board.underlyings[usize::from(SOL)].price = Price(price as u64);
        let terms = ContractTerms { underlying: SOL, size_exponent, ..contract_terms(&world) };
        let (mut exchange, mut contract) = (world.set_up(), Contract::zeroed());
        let before = Snapshot::of(&world);
        let done = create_contract(&mut exchange, &mut world.board, &mut contract, None, 0, &terms, world.clock);
        if done.is_err() {
            before.assert_unchanged(&world);
        }
        done.map(|_| ())
    };
    assert_eq!(create(-5, SOL_PRICE), Err(BallastError::LotTooSmall));
    assert_eq!(create(-4, SOL_PRICE), Ok(()));
    assert_eq!(create(-4, 10_000_000_000), Ok(()), "a cent");
    assert_eq!(create(-4, 9_999_990_000), Err(BallastError::LotTooSmall));
}

/// A contract that was created before its underlying had a price.
#[test]
fn a_cap_does_not_rise_while_a_lot_is_worth_less_than_a_cent() {
    let mut world = World::new();
    world.add_contract(SOL, -5);
    world.renew();
    let place = world.contracts.len() - 1;
    let terms = ContractTerms::of(&world.board.contracts[place], &world.contracts[place]);
    let (id, cap) = (world.contracts[place].id, terms.open_interest_cap);
    for (cap, expected) in [(cap + 1, Err(BallastError::LotTooSmall)), (cap, Ok(()))] {
        let change = Change::SetContract(id, ContractTerms { open_interest_cap: cap, ..terms });
        let proposal = world.propose(&change).unwrap();
        world.pass(TIMELOCK);
        assert_eq!(world.execute_on(&proposal, Some(place), None), expected);
    }
}
