//! Exchanges, boards and rows as they are made: every field that is given is where it belongs, everything else is zero.

use super::common::{BTC, SOL, Snapshot, World, key, reporter, underlying_terms, usd};
use ballast_core::clearing::{self, NewVault};
use ballast_core::error::BallastError;
use ballast_core::model::{Concentration, Funding, FundingTerms, Ramp, Volatility, WeightRamp, WeightTerms};
use ballast_core::state::parameters::{CollateralTerms, ContractTerms, VaultTerms};
use ballast_core::state::{
    Board, CONTRACTS, Contract, ContractRow, Deficit, Exchange, ExchangeTerms, InsuranceFund, MarginAccount, NO_ROW,
    OracleKind, UNDERLYINGS, UnderlyingRow, VAULTS, VERSION, Vault, VaultRow,
};
use ballast_core::units::{Key, Ratio, Timestamp, Tokens, Usd, Variance};
use bytemuck::Zeroable;

fn exchange_terms() -> ExchangeTerms {
    ExchangeTerms {
        risk_manager: key(11),
        guardian: key(12),
        treasury: key(13),
        depth_reporters: [reporter(0), reporter(1), reporter(2), reporter(3), reporter(4)],
        timelock: 300_000,
        trade_fee: Ratio::basis_points(4),
        insurance_share: Ratio::percent(21),
        reward_share: Ratio::percent(22),
        auction_seconds: 611,
        draw_per_contract: usd(1_001),
        draw_per_day: usd(1_002),
        unstake_cooldown: 777_777,
        oracle_owners: [key(21), key(22), key(23), key(24)],
    }
}

fn contract_terms(underlying: u8) -> ContractTerms {
    ContractTerms {
        underlying,
        size_exponent: -2,
        open_interest_cap: 77,
        funding: FundingTerms::default(),
        venues: [key(70), key(71), Key::NONE, Key::NONE],
    }
}

fn vault_terms(underlying: u8) -> VaultTerms {
    let collateral = CollateralTerms {
        underlying,
        weight: WeightTerms { base_haircut: Ratio::percent(12), ..WeightTerms::default() },
        concentration_scale: usd(123_456),
        discount: Ratio::percent(4),
    };
    VaultTerms { cap: Tokens(99), collateral: Some(collateral) }
}

const NEW: NewVault = NewVault { mint: key(83), decimals: 7, token_account: key(84), bump: 5 };

#[test]
fn an_exchange_starts_with_its_terms_and_its_creator_as_admin() {
    let (mut exchange, mut fund) = (Exchange::zeroed(), InsuranceFund::zeroed());
    let terms = exchange_terms();
    clearing::initialize_exchange(&mut exchange, &mut fund, (key(1), 7, key(2)), (key(3), 4, 5), &terms).unwrap();
    let wanted = Exchange {
        version: VERSION,
        bump: 4,
        id: 7,
        next_contract: 1,
        creator: key(1),
        admin: key(1),
        risk_manager: key(11),
        guardian: key(12),
        treasury: key(13),
        depth_reporters: terms.depth_reporters,
        quote_mint: key(2),
        trade_fee: Ratio::basis_points(4),
        insurance_share: Ratio::percent(21),
        reward_share: Ratio::percent(22),
        auction_seconds: 611,
        oracle_owners: terms.oracle_owners,
        timelock: 300_000,
        ..Exchange::zeroed()
    };
    assert!(exchange == wanted, "{exchange:?}");
    let wanted = InsuranceFund {
        version: VERSION,
        bump: 5,
        exchange: key(3),
        draw_per_contract: usd(1_001),
        draw_per_day: usd(1_002),
        unstake_cooldown: 777_777,
        ..InsuranceFund::zeroed()
    };
    assert!(fund == wanted, "{fund:?}");
    const { assert!(VERSION > 0, "zeroed memory is no account") };
}

#[test]
fn an_exchange_with_terms_out_of_bounds_is_not_made() {
    let (mut exchange, mut fund) = (Exchange::zeroed(), InsuranceFund::zeroed());
    let terms = ExchangeTerms { insurance_share: Ratio::percent(101), ..exchange_terms() };
    let made = clearing::initialize_exchange(&mut exchange, &mut fund, (key(1), 7, key(2)), (key(3), 4, 5), &terms);
    assert_eq!(made, Err(BallastError::ParameterOutOfBounds));
    assert!(exchange == Exchange::zeroed() && fund == InsuranceFund::zeroed());
}

#[test]
fn an_exchange_has_one_board_and_opens_with_it_once() {
    let mut exchange = Exchange::zeroed();
    assert_eq!(clearing::open_exchange(&mut exchange, Timestamp(5)), Err(BallastError::WrongBoard));
    let mut board = Box::new(Board::zeroed());
    clearing::initialize_board(&mut exchange, &mut board, key(3), key(4)).unwrap();
    assert_eq!((board.version, board.exchange, exchange.board), (VERSION, key(3), key(4)));
    let mut other = Box::new(Board::zeroed());
    let again = clearing::initialize_board(&mut exchange, &mut other, key(3), key(5));
    assert_eq!(again, Err(BallastError::BoardTaken));
    assert!(*other == Board::zeroed() && exchange.board == key(4));
    assert!(!exchange.is_open());
    clearing::open_exchange(&mut exchange, Timestamp::ZERO).unwrap();
    assert!(exchange.is_open(), "a clock at zero opens it too");
    assert_eq!(clearing::open_exchange(&mut exchange, Timestamp(9)), Err(BallastError::ExchangeOpen));
    assert_eq!(exchange.opened_at, Timestamp(1));
}

#[test]
fn a_new_underlying_has_its_terms_and_no_price() {
    let mut world = World::new();
    let terms = ballast_core::state::parameters::UnderlyingTerms {
        kind: OracleKind::Legacy,
        price_exponent: 3,
        ..underlying_terms(9)
    };
    let row = clearing::create_underlying(&world.set_up(), &mut world.board, None, &terms, world.clock).unwrap();
    assert_eq!(row, 2);
    let made = world.board.underlyings[2];
    let model = terms.check().unwrap();
    let variance = Variance::annual(terms.starting_sigma).unwrap();
    let starting = model.target.target(variance, Ratio::ZERO, Usd::ZERO, Usd::ZERO).unwrap();
    let now = world.board.time(world.clock);
    let wanted = UnderlyingRow {
        oracle: key(9),
        oracle_kind: 1,
        price_exponent: 3,
        first_contract: NO_ROW,
        first_vault: NO_ROW,
        volatility: Volatility::starting(variance),
        volatility_terms: model.volatility,
        target_terms: model.target,
        ramp_terms: model.ramp,
        ramp: Ramp::at(starting, now),
        confidence_limit: terms.confidence_limit,
        liquidation_fee: terms.liquidation_fee,
        open_interest_at: now,
        reward: terms.reward,
        open_interest_limit: terms.open_interest_limit,
        pace: terms.pace,
        depth_terms: terms.depth,
        index_terms: terms.index,
        ..UnderlyingRow::zeroed()
    };
    assert!(made == wanted, "{made:?}");
    assert_eq!(made.kind(), OracleKind::Legacy);
    assert_eq!(world.board.underlyings[0].kind(), OracleKind::Pull);
    assert_eq!(world.board.prices_quote, 0);
}

#[test]
fn a_new_contract_has_its_terms_and_comes_first_in_the_list_of_its_underlying() {
    let mut world = World::new();
    let (mut exchange, mut contract) = (world.set_up(), Contract::zeroed());
    let terms = contract_terms(SOL);
    let id = clearing::create_contract(&mut exchange, &mut world.board, &mut contract, None, 6, &terms, world.clock)
        .unwrap();
    assert_eq!((id, exchange.next_contract), (4, 5));
    let wanted = Contract {
        version: VERSION,
        bump: 6,
        row: 3,
        id: 4,
        exchange: key(100),
        venues: terms.venues,
        ..Contract::zeroed()
    };
    assert!(contract == wanted, "{contract:?}");
    let wanted = ContractRow {
        id: 4,
        kind: 1,
        underlying: SOL,
        next: 2,
        size_exponent: -2,
        funding: Funding { funded_at: world.board.time(world.clock), ..Funding::default() },
        funding_terms: terms.funding,
        open_interest_cap: 77,
        ..ContractRow::zeroed()
    };
    assert!(world.board.contracts[3] == wanted, "{:?}", world.board.contracts[3]);
    assert_eq!(world.board.underlyings[usize::from(SOL)].first_contract, 3);
    assert_eq!(world.board.underlyings[usize::from(BTC)].first_contract, 1);
}

#[test]
fn a_new_vault_has_its_terms_and_comes_first_in_the_list_of_its_underlying() {
    let mut world = World::new();
    let mut vault = Vault::zeroed();
    let terms = vault_terms(SOL);
    let collateral = terms.collateral.unwrap();
    clearing::create_vault(&world.set_up(), &mut world.board, &mut vault, None, &NEW, &terms, world.clock).unwrap();
    let wanted = Vault {
        version: VERSION,
        bump: 5,
        row: 2,
        exchange: key(100),
        mint: key(83),
        token_account: key(84),
        cap: Tokens(99),
        ..Vault::zeroed()
    };
    assert!(vault == wanted, "{vault:?}");
    let now = world.board.time(world.clock);
    let wanted = VaultRow {
        mint: key(83),
        underlying: SOL,
        next: 0,
        decimals: 7,
        weight_terms: collateral.weight,
        weight: WeightRamp::at(Ratio::ZERO, now),
        discount: Ratio::percent(4),
        concentration: Concentration { scale: usd(123_456), deposits: Usd::ZERO, averaged_at: now },
        ..VaultRow::zeroed()
    };
    assert!(world.board.vaults[2] == wanted, "{:?}", world.board.vaults[2]);
    assert_eq!(world.board.underlyings[usize::from(SOL)].first_vault, 2);
    // the quote mint's has no row
    let quote = NewVault { mint: key(80), decimals: 6, ..NEW };
    let terms = VaultTerms { cap: Tokens(5), collateral: None };
    let mut vault = Vault::zeroed();
    clearing::create_vault(&world.set_up(), &mut world.board, &mut vault, None, &quote, &terms, world.clock).unwrap();
    assert!(vault.is_quote() && vault.row == NO_ROW && vault.cap == Tokens(5));
}

#[test]
fn a_vault_is_the_quote_mints_with_six_decimals_or_collateral() {
    let mut world = World::new();
    let exchange = world.set_up();
    let mut create = |mint, decimals, collateral: bool| {
        let terms = VaultTerms { collateral: vault_terms(SOL).collateral.filter(|_| collateral), ..vault_terms(SOL) };
        let new = NewVault { mint, decimals, ..NEW };
        let mut vault = Vault::zeroed();
        let made = clearing::create_vault(&exchange, &mut world.board, &mut vault, None, &new, &terms, world.clock);
        assert!(made.is_ok() || vault == Vault::zeroed());
        made
    };
    assert_eq!(create(key(80), 5, false), Err(BallastError::QuoteDecimals));
    assert_eq!(create(key(80), 6, true), Err(BallastError::ParameterOutOfBounds), "cash is not collateral");
    assert_eq!(create(key(83), 6, false), Err(BallastError::ParameterOutOfBounds), "and collateral is not cash");
    assert_eq!(create(key(83), 5, true), Ok(()));
}

#[test]
fn rows_are_taken_until_the_board_is_full() {
    let mut world = World::new();
    let exchange = world.set_up();
    let mut underlyings = world.clone();
    for name in 3..=UNDERLYINGS as u8 {
        clearing::create_underlying(&exchange, &mut underlyings.board, None, &underlying_terms(name), world.clock)
            .unwrap();
    }
    let more = clearing::create_underlying(&exchange, &mut underlyings.board, None, &underlying_terms(99), world.clock);
    assert_eq!(more, Err(BallastError::BoardFull));
    for _ in 3..CONTRACTS {
        world.add_contract(SOL, -1);
    }
    let (mut contract, terms, mut exchange) = (Contract::zeroed(), contract_terms(SOL), exchange);
    let more = clearing::create_contract(&mut exchange, &mut world.board, &mut contract, None, 6, &terms, world.clock);
    assert_eq!(more, Err(BallastError::BoardFull));
    for name in 2..VAULTS as u8 {
        world.add_vault(110 + name, 6, SOL);
    }
    let (mut vault, terms) = (Vault::zeroed(), vault_terms(SOL));
    let more = clearing::create_vault(&exchange, &mut world.board, &mut vault, None, &NEW, &terms, world.clock);
    assert_eq!(more, Err(BallastError::BoardFull));
}

#[test]
fn a_row_needs_its_underlying() {
    let mut world = World::new();
    let before = Snapshot::of(&world);
    let (mut exchange, mut contract, mut vault) = (world.set_up(), Contract::zeroed(), Vault::zeroed());
    let clock = world.clock;
    let made =
        clearing::create_contract(&mut exchange, &mut world.board, &mut contract, None, 6, &contract_terms(7), clock);
    assert_eq!(made, Err(BallastError::UnknownUnderlying));
    let made = clearing::create_vault(&exchange, &mut world.board, &mut vault, None, &NEW, &vault_terms(7), clock);
    assert_eq!(made, Err(BallastError::UnknownUnderlying));
    before.assert_unchanged(&world);
    assert_eq!(exchange.next_contract, 4);
}

/// A contract in the middle, at the end and at the start of its list leaves it, and the others stay in it.
#[test]
fn a_closed_contract_leaves_the_list_of_its_underlying() {
    let mut world = World::new();
    for _ in 0..3 {
        world.add_contract(SOL, -1);
    }
    let mut listed = vec![5, 4, 3, 2];
    for gone in [3, 2, 5, 4] {
        let contract = world.contracts[gone];
        clearing::close_contract(&mut world.board, &contract).unwrap();
        listed.retain(|row| *row != gone);
        let mut rows = Vec::new();
        let mut next = world.board.underlyings[usize::from(SOL)].first_contract;
        while next != NO_ROW {
            rows.push(usize::from(next));
            next = world.board.contracts[usize::from(next)].next;
        }
        assert_eq!(rows, listed);
        assert!(world.board.contracts[gone] == ContractRow::zeroed());
        let again = clearing::close_contract(&mut world.board, &contract);
        assert_eq!(again, Err(BallastError::UnknownContract));
    }
    assert_eq!(world.board.underlyings[usize::from(BTC)].first_contract, 1);
}

#[test]
fn a_contract_closes_only_when_nothing_is_held_or_owed() {
    let mut world = World::new();
    let contract = world.contracts[2];
    let held = [
        Contract { open_interest: 1, ..contract },
        Contract { holders: 1, ..contract },
        Contract { pool: Usd(1), ..contract },
        Contract { fees_due: Usd(1), ..contract },
    ];
    for held in held {
        assert_eq!(clearing::close_contract(&mut world.board, &held), Err(BallastError::ContractInUse));
    }
    let lacks = [(1, 0, 0, 0), (0, 1, 0, 0), (0, 0, 1, 0), (0, 0, 0, 1)];
    for (of_longs, of_shorts, owed_to_fund, surplus) in lacks.map(|of| (Usd(of.0), Usd(of.1), Usd(of.2), Usd(of.3))) {
        let mut board = world.board.clone();
        board.contracts[2].deficit = Deficit { of_longs, of_shorts, owed_to_fund, surplus };
        assert_eq!(clearing::close_contract(&mut board, &contract), Err(BallastError::ContractInUse));
    }
    let others = [Contract { id: 9, ..contract }, Contract { exchange: key(7), ..contract }];
    for other in others {
        assert_eq!(clearing::close_contract(&mut world.board, &other), Err(BallastError::WrongContract));
    }
    clearing::close_contract(&mut world.board, &contract).unwrap();
}

#[test]
fn an_account_opens_empty() {
    let mut account = MarginAccount::zeroed();
    clearing::open_account(&mut account, key(1), key(2), 3, 4, Timestamp(5));
    let wanted = MarginAccount {
        version: VERSION,
        bump: 4,
        id: 3,
        exchange: key(1),
        owner: key(2),
        opened_at: Timestamp(5),
        ..MarginAccount::zeroed()
    };
    assert!(account == wanted && account.is_empty());
}

fn with(hour_cap: i64, day_cap: i64, open_interest_cap: u64) -> ContractTerms {
    let funding = FundingTerms { hour_cap: Ratio(hour_cap), day_cap: Ratio(day_cap) };
    ContractTerms { open_interest_cap, funding, ..contract_terms(SOL) }
}

#[test]
fn terms_of_contracts_lie_within_their_bounds() {
    let created = |terms: &ContractTerms| {
        let mut world = World::new();
        let (mut exchange, mut contract) = (world.set_up(), Contract::zeroed());
        let before = Snapshot::of(&world);
        let made =
            clearing::create_contract(&mut exchange, &mut world.board, &mut contract, None, 6, terms, world.clock);
        if made.is_err() {
            before.assert_unchanged(&world);
        }
        made.map(|_| ())
    };
    let most = 1_000_000_000_000_000;
    for terms in [with(0, 0, 0), with(10_000_000, 50_000_000, most)] {
        assert_eq!(created(&terms), Ok(()));
    }
    let beyond = [with(10_000_001, 0, 0), with(0, 50_000_001, 0), with(0, 0, most + 1), with(-1, 0, 0), with(0, -1, 0)];
    for terms in beyond {
        assert_eq!(created(&terms), Err(BallastError::ParameterOutOfBounds), "{terms:?}");
    }
    let tiny = ContractTerms { size_exponent: -13, ..contract_terms(SOL) };
    assert_eq!(created(&tiny), Err(BallastError::ParameterOutOfBounds));
}

#[test]
fn lower_bounds_of_the_model_reach_the_upper_ones_and_not_beyond() {
    let terms = |floor, least: i64| ballast_core::state::parameters::UnderlyingTerms {
        sigma_floor: Ratio::percent(floor),
        sigma_cap: Ratio::percent(50),
        scan_minimum: Ratio(least),
        scan_maximum: Ratio::percent(5),
        ..underlying_terms(9)
    };
    assert!(terms(50, 50_000_000).check().is_ok());
    for beyond in [terms(51, 50_000_000), terms(50, 50_000_001)] {
        assert_eq!(beyond.check().err(), Some(BallastError::ParameterOutOfBounds));
    }
}
