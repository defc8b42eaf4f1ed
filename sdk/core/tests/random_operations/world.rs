//! A whole exchange as plain structs, and what must hold of it at any time.

use ballast_core::clearing::{self, Audit, NewVault};
use ballast_core::model::{FundingTerms, WeightTerms};
use ballast_core::state::parameters::{CollateralTerms, ContractTerms, UnderlyingTerms, VaultTerms};
use ballast_core::state::{
    Board, Contract, Exchange, ExchangeTerms, InsuranceFund, MarginAccount, NO_ROW, OracleKind, VENUES, Vault,
};
use ballast_core::units::{Key, Ratio, Timestamp, Tokens, Usd};
use bytemuck::Zeroable;

/// Margin accounts; two neighbours have one owner. The last is the keeper's.
pub(crate) const ACCOUNTS: usize = 10;
/// Underlyings: BTC and SOL.
pub(crate) const UNDERLYINGS: usize = 2;
/// The keeper's account.
pub(crate) const KEEPER: usize = ACCOUNTS - 1;
const START: i64 = 1_700_000_000;

/// What has happened so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) taken: u64,
    pub(crate) by_insurance: u64,
    pub(crate) by_index: u64,
    pub(crate) deficit: u64,
    pub(crate) opened: u64,
    pub(crate) closed: u64,
    pub(crate) topped_up: u64,
    pub(crate) released: u64,
}

impl Seen {
    pub(crate) fn add(&mut self, other: &Self) {
        self.taken += other.taken;
        self.by_insurance += other.by_insurance;
        self.by_index += other.by_index;
        self.deficit += other.deficit;
        self.opened += other.opened;
        self.closed += other.closed;
        self.topped_up += other.topped_up;
        self.released += other.released;
    }
}

/// An exchange with two underlyings, three perpetuals and three vaults.
#[derive(Clone, PartialEq)]
pub(crate) struct World {
    pub(crate) exchange: Box<Exchange>,
    pub(crate) board: Box<Board>,
    pub(crate) fund: InsuranceFund,
    pub(crate) contracts: Vec<Contract>,
    pub(crate) vaults: Vec<Vault>,
    /// What each vault's token account holds.
    pub(crate) held: Vec<Tokens>,
    pub(crate) accounts: Vec<MarginAccount>,
    /// Prices in 1e-8 USD.
    pub(crate) prices: [i64; UNDERLYINGS],
    pub(crate) clock: Timestamp,
    pub(crate) slot: u64,
    pub(crate) seen: Seen,
}

fn key(n: u8) -> Key {
    Key([n; 32])
}

impl World {
    pub(crate) fn new() -> Self {
        let clock = Timestamp(START);
        let mut world = Self {
            exchange: Box::new(Exchange::zeroed()),
            board: Box::new(Board::zeroed()),
            fund: InsuranceFund::zeroed(),
            contracts: vec![Contract::zeroed(); 3],
            vaults: vec![Vault::zeroed(); 3],
            held: vec![Tokens::ZERO; 3],
            accounts: Vec::new(),
            prices: [6_000_000_000_000, 15_000_000_000],
            clock,
            slot: 1,
            seen: Seen::default(),
        };
        let terms = ExchangeTerms {
            risk_manager: key(2),
            guardian: key(3),
            depth_reporter: key(4),
            trade_fee: Ratio::basis_points(5),
            insurance_share: Ratio::percent(25),
            reward_share: Ratio::percent(25),
            auction_seconds: 600,
            draw_per_contract: Usd(3_000_000_000),
            draw_per_day: Usd(4_000_000_000),
            oracle_owners: [key(5), Key::NONE, Key::NONE, Key::NONE],
        };
        clearing::initialize_exchange(
            &mut world.exchange,
            &mut world.fund,
            (key(1), 0, key(20)),
            (key(6), 255, 254),
            &terms,
        )
        .unwrap();
        clearing::initialize_board(&mut world.exchange, &mut world.board, key(6), key(7)).unwrap();
        for (oracle, minimum) in [(key(30), 1), (key(31), 2)] {
            clearing::create_underlying(&mut world.board, &underlying(oracle, minimum), clock).unwrap();
        }
        for (place, (on, exponent)) in [(0, -4), (0, -6), (1, -1)].into_iter().enumerate() {
            let terms = perpetual(on, exponent);
            clearing::create_contract(
                &mut world.exchange,
                &mut world.board,
                &mut world.contracts[place],
                250,
                &terms,
                clock,
            )
            .unwrap();
        }
        for (place, (mint, decimals, priced_by)) in
            [(20, 6, None), (21, 8, Some(0)), (22, 9, Some(1))].into_iter().enumerate()
        {
            let new = NewVault { mint: key(mint), decimals, token_account: key(mint + 20), bump: 250 };
            let collateral = priced_by.map(collateral);
            let terms = VaultTerms { cap: Tokens(u64::MAX >> 1), collateral };
            clearing::create_vault(&world.exchange, &mut world.board, &mut world.vaults[place], &new, &terms, clock)
                .unwrap();
        }
        for n in 0..ACCOUNTS {
            let mut account = MarginAccount::zeroed();
            let owner = key(100 + (n / 2) as u8);
            clearing::open_account(&mut account, key(6), owner, n as u16, 250);
            world.accounts.push(account);
        }
        for row in 0..UNDERLYINGS as u8 {
            clearing::post_depth(&mut world.board, row, Usd(5_000_000_000_000), clock).unwrap();
        }
        world
    }

    /// Contracts on an underlying, in the order of the board's list.
    pub(crate) fn contracts_on(&self, underlying: u8) -> Vec<Contract> {
        let mut next = self.board.underlyings[usize::from(underlying)].first_contract;
        let mut contracts = Vec::new();
        while next != NO_ROW {
            contracts.push(*self.contracts.iter().find(|contract| contract.row == next).unwrap());
            next = self.board.contracts[usize::from(next)].next;
        }
        contracts
    }

    /// The books are exact, and every account is in order.
    pub(crate) fn check(&self, when: impl Fn() -> String) {
        let mut audit = Audit::of(&self.board);
        for account in &self.accounts {
            audit.margin_account(account).unwrap();
        }
        for contract in &self.contracts {
            audit.contract(contract).unwrap();
        }
        audit.insurance_fund(&self.fund).unwrap();
        for (vault, held) in self.vaults.iter().zip(&self.held) {
            audit.vault(vault, *held).unwrap();
        }
        assert_eq!(audit.discrepancy(), None, "{}", when());
    }
}

fn underlying(oracle: Key, minimum_percent: i64) -> UnderlyingTerms {
    UnderlyingTerms {
        oracle,
        kind: OracleKind::Pull,
        price_exponent: 0,
        starting_sigma: Ratio::percent(60),
        sigma_floor: Ratio::percent(10),
        sigma_cap: Ratio::percent(80),
        k: Ratio(4_500_000_000),
        horizon: 3_600,
        scan_minimum: Ratio::percent(minimum_percent),
        scan_maximum: Ratio::percent(100),
        gamma: Ratio::percent(100),
        up: Ratio::percent(25),
        down: Ratio::percent(15),
        confidence_limit: Ratio::percent(1),
        liquidation_fee: Ratio::percent(1),
        reward: Usd(2_000),
    }
}

fn perpetual(underlying: u8, size_exponent: i8) -> ContractTerms {
    ContractTerms {
        underlying,
        size_exponent,
        open_interest_cap: 1_000_000_000,
        funding: FundingTerms { hour_cap: Ratio::basis_points(20), day_cap: Ratio::percent(1) },
        venues: [Key::NONE; VENUES],
    }
}

fn collateral(underlying: u8) -> CollateralTerms {
    CollateralTerms {
        underlying,
        weight: WeightTerms {
            base_haircut: Ratio::percent(10),
            k: Ratio(3_000_000_000),
            horizon: 86_400,
            fall_per_day: Ratio::percent(10),
            rise_per_day: Ratio::percent(50),
        },
        discount: Ratio::percent(5),
    }
}
