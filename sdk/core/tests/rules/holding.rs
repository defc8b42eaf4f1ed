//! What an account, a proposal and the board hold, and how it is found again.

use super::common::{BTC, SOL, World, key};
use ballast_core::clearing::{self, NewProposal};
use ballast_core::error::BallastError;
use ballast_core::state::{
    Change, ContractRow, Exchange, MarginAccount, POSITIONS, Position, Proposal, Roles, VERSION,
};
use ballast_core::units::{Key, Size, Timestamp, Tokens, Usd};
use bytemuck::Zeroable;

fn position(contract: u32, underlying: u8, size: i64, basis: i64) -> Position {
    Position { contract, underlying, size: Size(size), basis: Usd(basis), ..Position::default() }
}

fn contracts(account: &MarginAccount) -> Vec<u32> {
    account.positions().iter().map(|held| held.contract).collect()
}

/// In the order of underlyings, those of one in the order in which they came; a place is free without size and basis.
#[test]
fn positions_stand_in_the_order_of_underlyings_and_leave_no_gap() {
    let mut account = MarginAccount::zeroed();
    for (contract, underlying) in [(1, 5), (2, 3), (3, 5), (4, 9), (5, 3)] {
        account.put(position(contract, underlying, 1, 0)).unwrap();
    }
    assert_eq!(contracts(&account), [2, 5, 1, 3, 4]);
    assert_eq!((account.find(1), account.find(6)), (Some(2), None));
    account.put(position(1, 5, 7, 8)).unwrap();
    assert_eq!((account.position(1), account.position(6)), (position(1, 5, 7, 8), Position::default()));
    account.put(position(1, 5, 0, 8)).unwrap();
    account.put(position(2, 3, 2, 0)).unwrap();
    assert_eq!(contracts(&account), [2, 5, 1, 3, 4], "basis alone, or size alone, holds the place");
    account.put(position(1, 5, 0, 0)).unwrap();
    assert_eq!(contracts(&account), [2, 5, 3, 4]);
    account.put(position(8, 5, 0, 0)).unwrap();
    assert_eq!(contracts(&account), [2, 5, 3, 4], "nothing takes no place");
    account.put(position(4, 9, 0, 0)).unwrap();
    assert_eq!(contracts(&account), [2, 5, 3]);
    assert!(account.positions[3..].iter().all(|free| *free == Position::default()));
}

#[test]
fn sixteen_positions_are_held_and_no_more() {
    let mut account = MarginAccount::zeroed();
    for contract in 1..=16 {
        account.put(position(contract, 0, 1, 0)).unwrap();
    }
    assert_eq!((usize::from(account.position_count), POSITIONS), (16, 16));
    let before = account;
    for underlying in [0, 9] {
        assert_eq!(account.put(position(17, underlying, 1, 0)), Err(BallastError::PositionsFull));
        assert!(account == before);
    }
    account.put(position(16, 0, 5, 0)).unwrap();
    assert_eq!(account.position(16).size, Size(5));
}

#[test]
fn seven_kinds_of_collateral_are_held_and_no_more() {
    let mut account = MarginAccount::zeroed();
    for vault in 0..7 {
        account.add_collateral(vault, Tokens(10)).unwrap();
    }
    let before = account;
    assert_eq!(account.add_collateral(7, Tokens(1)), Err(BallastError::CollateralFull));
    assert_eq!(account.add_collateral(3, Tokens(u64::MAX)), Err(BallastError::Overflow));
    assert_eq!(account.take_collateral(7, Tokens(1)), Err(BallastError::NotEnoughCollateral));
    assert_eq!(account.take_collateral(3, Tokens(11)), Err(BallastError::NotEnoughCollateral));
    assert!(account == before);
    account.add_collateral(3, Tokens(5)).unwrap();
    account.take_collateral(4, Tokens(4)).unwrap();
    let held: Vec<u64> = (0..9).map(|vault| account.collateral_of(vault).0).collect();
    assert_eq!(held, [10, 10, 10, 15, 6, 10, 10, 0, 0]);
    account.take_collateral(3, Tokens(15)).unwrap();
    assert_eq!(account.collateral_of(3), Tokens::ZERO);
    account.add_collateral(8, Tokens(1)).unwrap();
    assert_eq!((account.collateral[3].vault, account.collateral[3].amount), (8, Tokens(1)), "the place is free again");
    assert_eq!(account.take_collateral(3, Tokens::ZERO), Err(BallastError::NotEnoughCollateral));
}

/// A free place is of vault 0 and holds nothing of it.
#[test]
fn a_free_place_is_no_collateral_of_the_first_vault() {
    let mut account = MarginAccount::zeroed();
    assert_eq!(account.take_collateral(0, Tokens::ZERO), Err(BallastError::NotEnoughCollateral));
    account.add_collateral(1, Tokens(1)).unwrap();
    account.add_collateral(0, Tokens(2)).unwrap();
    account.take_collateral(1, Tokens(1)).unwrap();
    assert_eq!((account.collateral_of(0), account.collateral_of(1)), (Tokens(2), Tokens::ZERO));
    account.add_collateral(0, Tokens(3)).unwrap();
    assert_eq!(account.collateral_of(0), Tokens(5), "not a second place for the same vault");
    assert_eq!(account.collateral.iter().filter(|held| held.amount > Tokens::ZERO).count(), 1);
}

#[test]
fn cash_is_paid_to_the_last_unit() {
    let mut account = MarginAccount::zeroed();
    account.receive(Usd(5)).unwrap();
    assert_eq!(account.pay(Usd(6)), Err(BallastError::NotEnoughCash));
    account.pay(Usd(2)).unwrap();
    assert_eq!(account.cash, Usd(3));
    account.pay(Usd(3)).unwrap();
    assert_eq!((account.cash, account.receive(Usd(i64::MAX))), (Usd::ZERO, Ok(())));
    assert_eq!(account.receive(Usd(1)), Err(BallastError::Overflow));
}

#[test]
fn an_account_is_empty_without_cash_positions_and_collateral() {
    let empty = MarginAccount::zeroed();
    assert!(empty.is_empty());
    let mut holding = empty;
    holding.put(position(1, 0, 0, 1)).unwrap();
    let mut collateral = empty;
    collateral.add_collateral(6, Tokens(1)).unwrap();
    for held in [MarginAccount { cash: Usd(1), ..empty }, holding, collateral] {
        assert!(!held.is_empty());
    }
}

#[test]
fn rows_are_found_where_they_are_taken_and_nowhere_else() {
    let mut world = World::new();
    let board = &mut world.board;
    assert_eq!(board.underlying(SOL).unwrap().oracle, key(2));
    assert_eq!(board.contract(2).unwrap().id, 3);
    assert_eq!(board.vault(1).unwrap().mint, key(82));
    for row in [200, 31] {
        assert_eq!(board.underlying(row).err(), Some(BallastError::UnknownUnderlying));
        assert_eq!(board.underlying_mut(row).err(), Some(BallastError::UnknownUnderlying));
        assert_eq!(board.contract(row).err(), Some(BallastError::UnknownContract));
        assert_eq!(board.contract_mut(row).err(), Some(BallastError::UnknownContract));
        assert_eq!(board.vault(row).err(), Some(BallastError::UnknownVault));
        assert_eq!(board.vault_mut(row).err(), Some(BallastError::UnknownVault));
    }
    board.underlying_mut(BTC).unwrap().price_exponent = 7;
    board.contract_mut(0).unwrap().kind = 9;
    board.vault_mut(0).unwrap().decimals = 3;
    let changed = (board.underlyings[0].price_exponent, board.contracts[0].kind, board.vaults[0].decimals);
    assert_eq!(changed, (7, 9, 3));
}

#[test]
fn a_loss_index_is_that_of_the_side() {
    let row = ContractRow { loss_long: Usd(1), loss_short: Usd(2), ..ContractRow::zeroed() };
    assert_eq!([1, 0, -1].map(|side| row.loss_index(side).0), [1, 1, 2]);
}

/// The newest publish time is the time when the clock lags behind it.
#[test]
fn time_is_the_later_of_clock_and_newest_price() {
    let mut world = World::new();
    world.board.newest_publish_time = Timestamp(500);
    assert_eq!([499, 500, 501].map(|clock| world.board.time(Timestamp(clock)).0), [500, 500, 501]);
}

#[test]
fn a_proposal_is_due_from_its_time_until_it_expires() {
    let exchange = Exchange { cancelled_before: 7, ..Exchange::zeroed() };
    let proposal = Proposal {
        exchange: key(3),
        number: 7,
        executable_at: Timestamp(100),
        expires_at: Timestamp(200),
        ..Proposal::zeroed()
    };
    let due = |proposal: &Proposal, clock| proposal.check_due(&exchange, key(3), Timestamp(clock));
    assert_eq!(due(&proposal, 99), Err(BallastError::ProposalTooEarly));
    assert_eq!([due(&proposal, 100), due(&proposal, 101), due(&proposal, 199)], [Ok(()); 3]);
    assert_eq!([due(&proposal, 200), due(&proposal, 201)], [Err(BallastError::ProposalExpired); 2]);
    for (number, cancelled) in [(6, true), (5, true), (8, false)] {
        let wanted = if cancelled { Err(BallastError::ProposalCancelled) } else { Ok(()) };
        assert_eq!(due(&Proposal { number, ..proposal }, 150), wanted);
    }
    assert_eq!(proposal.check_due(&exchange, key(4), Timestamp(150)), Err(BallastError::WrongExchange));
}

#[test]
fn a_proposal_says_who_proposed_what_and_when() {
    let mut world = World::new();
    let change = Change::SetRoles(Roles { risk_manager: key(1), guardian: key(2), treasury: key(3) });
    let new = NewProposal { exchange: key(100), proposer: key(90), bump: 9 };
    world.exchange.next_proposal = 4;
    let mut proposal = Proposal::zeroed();
    let clock = world.clock;
    assert_eq!(clearing::propose_change(&mut world.exchange, &mut proposal, &new, &change, clock), Ok(4));
    let mut wanted = Proposal {
        version: VERSION,
        bump: 9,
        number: 4,
        exchange: key(100),
        proposer: key(90),
        proposed_at: clock,
        executable_at: clock.after(259_200).unwrap(),
        expires_at: clock.after(259_200 + 604_800).unwrap(),
        ..Proposal::zeroed()
    };
    wanted.hold(&change).unwrap();
    assert!(proposal == wanted, "{proposal:?}");
    assert_eq!(world.exchange.next_proposal, 5);
    assert_eq!(proposal.held(), Ok(change));
    let mut closed = world.set_up();
    let early = clearing::propose_change(&mut closed, &mut proposal, &new, &change, clock);
    assert_eq!(early, Err(BallastError::ExchangeNotOpen));
    assert!(proposal == wanted);
}

/// Admin and guardian cancel, one proposal of the exchange or all there are; the key of nobody is neither.
#[test]
fn admin_and_guardian_cancel_and_nobody_else() {
    let mut exchange = World::new().exchange;
    exchange.next_proposal = 6;
    let proposal = Proposal { exchange: key(100), ..Proposal::zeroed() };
    for signer in [key(90), key(92)] {
        clearing::cancel_change(&exchange, key(100), &proposal, signer).unwrap();
        let mut cancelled = exchange;
        assert_eq!(clearing::cancel_all_changes(&mut cancelled, signer), Ok(6));
        assert_eq!(cancelled.cancelled_before, 6);
    }
    let elsewhere = clearing::cancel_change(&exchange, key(101), &proposal, key(90));
    assert_eq!(elsewhere, Err(BallastError::WrongExchange));
    exchange.guardian = Key::NONE;
    for signer in [key(91), Key::NONE] {
        let refused = clearing::cancel_change(&exchange, key(100), &proposal, signer);
        assert_eq!(refused, Err(BallastError::NotAdminOrGuardian));
        assert_eq!(clearing::cancel_all_changes(&mut exchange, signer), Err(BallastError::NotAdminOrGuardian));
        assert_eq!(exchange.cancelled_before, 0);
    }
}
