//! The exchange that every case stands on: made by core's own transitions, then put into the state that costs most.
//!
//! Ramps and weights are under way, funding and loss indices are ahead of the positions', moving averages differ from
//! spot, and values exceed 64 bits where a sum is in 128. Depth decays, an index counts, a window of coverage is due, USDC
//! is below par, and there is more of every collateral than counts in full.

use anchor_lang::prelude::Pubkey;
use ballast_client::{Deployment, MintOf, addresses, key};
use ballast_core::clearing::{self, NewVault, Reading, Refreshing};
use ballast_core::model::feed::WIDE;
use ballast_core::model::{
    Depth, DepthReport, FundingTerms, Index, IndexSource, IndexTerms, Ramp, WeightRamp, WeightTerms,
};
use ballast_core::state::parameters::{CollateralTerms, ContractTerms, UnderlyingTerms, VaultTerms};
use ballast_core::state::{
    Board, COLLATERALS, Contract, Exchange, ExchangeTerms, InsuranceFund, OracleKind, POSITIONS, Vault,
};
use ballast_core::units::{Key, PerLot, Price, Ratio, Scan, Timestamp, Tokens, Usd};
use ballast_tests::pyth::{LEGACY_OWNER, PULL_OWNER};
use bytemuck::Zeroable;

use crate::machine::{Machine, NOW};
use crate::tokens;

/// Underlyings with a contract of their own: as many as an account may touch.
const OWN: u8 = 12;
/// First underlying of the seven that price a collateral each.
const FIRST_OF_COLLATERAL: u8 = OWN;
/// The underlying with sixteen contracts.
pub const CROWDED: u8 = 19;
/// The underlying that is priced by a legacy account; nobody holds it.
pub const LEGACY: u8 = 20;
/// The underlying with one contract and one vault; nobody holds it.
pub const BOTH: u8 = 21;
/// The underlying whose volatility index is read from a feed.
pub const INDEXED: u8 = LEGACY;
/// Number of that feed.
pub const INDEX_FEED: u8 = 30;
/// All of them.
const UNDERLYINGS: u8 = 22;

/// Age of every price on the board, in seconds.
const AGE: i64 = 20;
/// Lots on one side of every contract: 1.2e9 USD.
const OPEN_INTEREST: u64 = 200_000_000;
/// Units of every collateral in its vault: about 20 million USD, twice what counts in full.
const DEPOSITS: u64 = 333_000_000_000;
/// The creator, who holds every role.
pub const ADMIN: Pubkey = Pubkey::new_from_array([0xA0; 32]);

/// The exchange and everything on it but margin accounts.
pub struct Market {
    /// Addresses.
    pub deployment: Deployment,
    /// The exchange.
    pub exchange: Exchange,
    /// Its board.
    pub board: Box<Board>,
    /// Its contracts: one on each of 12 underlyings and a second on four of them; sixteen on another; two for refresh.
    pub contracts: Vec<Contract>,
    /// Its insurance fund.
    pub fund: InsuranceFund,
    /// The vault of cash.
    pub quote: Vault,
    /// The vaults of collateral, in the order of their rows.
    pub collateral: Vec<Vault>,
}

/// Which contracts a case is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spread {
    /// Each on its own underlying, up to the twelve that an account may touch.
    Own,
    /// All on one underlying.
    One,
}

impl Spread {
    /// Places in [`Market::contracts`] of `count` contracts, in the order of their underlyings.
    #[must_use]
    pub fn contracts(self, count: usize) -> Vec<usize> {
        let first = match self {
            Self::Own => 0,
            Self::One => POSITIONS,
        };
        let mut places: Vec<usize> = (first..first + count).collect();
        places.sort_by_key(|place| underlying_of(*place));
        places
    }
}

/// Underlying of a contract's place.
const fn underlying_of(place: usize) -> u8 {
    const OWN_CONTRACTS: usize = OWN as usize;
    match place {
        0..OWN_CONTRACTS => place as u8,
        OWN_CONTRACTS..POSITIONS => (place - OWN_CONTRACTS) as u8,
        POSITIONS..32 => CROWDED,
        32 => LEGACY,
        _ => BOTH,
    }
}

/// Contracts in all.
const CONTRACTS: usize = 34;

/// Feed id or key of an underlying's oracle.
#[must_use]
pub const fn oracle(underlying: u8) -> Key {
    Key([0x40 + underlying; 32])
}

/// Whole dollars.
#[must_use]
pub fn dollars(dollars: i64) -> Usd {
    Usd(dollars * 1_000_000)
}

/// A price of an underlying, in 1e-8 USD.
#[must_use]
pub fn price(underlying: u8) -> i64 {
    6_000_000_000_000 + i64::from(underlying) * 10_123_456_789
}

impl Market {
    /// Makes it.
    ///
    /// # Panics
    /// When core refuses its terms, which are constants.
    #[must_use]
    pub fn new() -> Self {
        let started = Timestamp(NOW - 30 * 86_400);
        let address = addresses::exchange(&ADMIN, 1);
        let quote = MintOf { mint: tokens::QUOTE, token_program: tokens::PROGRAM };
        let deployment = Deployment { exchange: address, board: Pubkey::new_from_array([0xB0; 32]), quote };
        let mut market = Self {
            deployment,
            exchange: Exchange::zeroed(),
            board: Box::new(Board::zeroed()),
            contracts: vec![Contract::zeroed(); CONTRACTS],
            fund: InsuranceFund::zeroed(),
            quote: Vault::zeroed(),
            collateral: Vec::new(),
        };
        let exchange = &mut market.exchange;
        clearing::initialize_exchange(
            exchange,
            &mut market.fund,
            (key(&ADMIN), 1, key(&tokens::QUOTE)),
            (key(&address), 255, 255),
            &exchange_terms(),
        )
        .unwrap();
        let board = &mut *market.board;
        clearing::initialize_board(exchange, board, key(&address), key(&deployment.board)).unwrap();
        for underlying in 0..UNDERLYINGS {
            assert_eq!(
                clearing::create_underlying(exchange, board, None, &underlying_terms(underlying), started),
                Ok(underlying)
            );
        }
        for (place, contract) in market.contracts.iter_mut().enumerate() {
            let terms = contract_terms(underlying_of(place));
            clearing::create_contract(exchange, board, contract, None, 255, &terms, started).unwrap();
        }
        market.create_vaults(started);
        clearing::open_exchange(&mut market.exchange, started).unwrap();
        market.accept_prices();
        market.put_everything_under_way();
        market
    }

    fn create_vaults(&mut self, started: Timestamp) {
        let weight = WeightTerms { base_haircut: Ratio::percent(10), ..WeightTerms::default() };
        let quote = VaultTerms { cap: Tokens(1 << 60), collateral: None };
        let mut vaults = vec![(tokens::QUOTE, 6, quote)];
        for place in 0..=COLLATERALS {
            let underlying = if place < COLLATERALS { FIRST_OF_COLLATERAL + place as u8 } else { BOTH };
            let concentration_scale = dollars(10_000_000);
            let discount = Ratio::percent(5);
            let collateral = Some(CollateralTerms { underlying, weight, concentration_scale, discount });
            vaults.push((tokens::collateral(place), 9, VaultTerms { cap: Tokens(1 << 60), collateral }));
        }
        for (mint, decimals, terms) in vaults {
            let address = self.deployment.vault(&mint);
            let token_account = key(&addresses::vault_tokens(&address));
            let new = NewVault { mint: key(&mint), decimals, token_account, bump: 255 };
            let mut vault = Vault::zeroed();
            clearing::create_vault(&self.exchange, &mut self.board, &mut vault, None, &new, &terms, started).unwrap();
            if vault.is_quote() {
                vault.ledger = Tokens(1 << 58);
                self.quote = vault;
            } else {
                vault.ledger = Tokens(DEPOSITS);
                self.collateral.push(vault);
            }
        }
    }

    /// Each underlying has been refreshed once, with a moving average a little below spot.
    fn accept_prices(&mut self) {
        let at = Timestamp(NOW - AGE);
        for underlying in 0..UNDERLYINGS {
            let reading = Reading {
                price: price(underlying),
                confidence: price(underlying).unsigned_abs() / 2_000,
                ema: price(underlying) / 1_000 * 998,
                exponent: -8,
                published_at: at,
                previous_published_at: Timestamp(NOW - AGE - 1),
            };
            let mut contracts: Vec<&Contract> = self
                .contracts
                .iter()
                .enumerate()
                .filter(|(place, _)| underlying_of(*place) == underlying)
                .map(|(_, of)| of)
                .collect();
            // the board lists the newest first
            contracts.reverse();
            let first = self.board.underlyings[usize::from(underlying)].first_vault;
            let vaults: Vec<&Vault> = self.collateral.iter().filter(|vault| vault.row == first).collect();
            let accounts = Refreshing { contracts: &contracts, vaults: &vaults, keeper: None };
            clearing::refresh(&mut self.board, underlying, &reading, accounts, at, 1).unwrap();
        }
    }

    fn put_everything_under_way(&mut self) {
        let hours_ago = |hours: i64| Timestamp(NOW - hours * 3_600 - 17);
        for row in self.board.underlyings.iter_mut().take(usize::from(UNDERLYINGS)) {
            let (start, target) = (Scan(50_123_456_789), Scan(80_987_654_321));
            row.ramp = Ramp::from(start, &row.ramp_terms, target, hours_ago(5)).unwrap();
            let depth = dollars(4_000_000);
            let reports = [DepthReport { depth, at: Timestamp(NOW - 300) }; 5];
            row.depth = Depth { value: depth, median: depth, at: hours_ago(1), reports };
            row.index = Index { value: Ratio::percent(85), at: hours_ago(1) };
            row.coverage.window.started_at = hours_ago(1);
            row.coverage.window.lowest = Price(1_000_000_000_000);
            row.open_interest = dollars(900_000_000);
            row.open_interest_at = hours_ago(1);
            // the next time of the grid is due
            row.volatility.sampled_at = Timestamp(NOW - 302);
            row.reward_budget = dollars(100);
        }
        for row in self.board.contracts.iter_mut().take(CONTRACTS) {
            row.funding.index = Usd(12);
            row.funding.funded_at = hours_ago(3);
            row.loss_long = Usd(5);
            row.loss_short = Usd(4);
        }
        for row in self.board.vaults.iter_mut().take(COLLATERALS + 1) {
            let (start, target) = (Ratio::percent(88), Ratio::percent(74));
            row.weight = WeightRamp { start, started_at: hours_ago(7), target };
            row.initial_weight = Ratio::percent(60);
        }
        self.board.quote_discount = Ratio::percent(2);
        for contract in &mut self.contracts {
            contract.open_interest = OPEN_INTEREST;
            contract.holders = 1_000;
            contract.pool = dollars(50_000_000);
            contract.premium.minute = hours_ago(1);
            contract.premium.weighted = 123_456_789_000;
            contract.premium.lots = 123_456;
            contract.premium.cumulative = 987_654_321;
        }
        self.fund.balance = dollars(100_000_000);
    }

    /// Makes every price Wide: of even rows by less than the band, of odd ones by more.
    pub fn make_prices_wide(&mut self) {
        for (place, row) in self.board.underlyings.iter_mut().take(usize::from(UNDERLYINGS)).enumerate() {
            row.flaws = WIDE;
            row.confidence = Ratio::percent(if place % 2 == 0 { 2 } else { 20 });
        }
    }

    /// Mark of a contract.
    #[must_use]
    pub fn mark(&self, place: usize) -> PerLot {
        self.board.contracts[place].mark
    }

    /// Address of a contract.
    #[must_use]
    pub fn contract_address(&self, place: usize) -> Pubkey {
        self.deployment.contract(self.contracts[place].id)
    }

    /// Writes it all.
    ///
    /// # Errors
    /// When the chain refuses an account.
    pub fn write(&self, machine: &mut Machine) -> Result<(), String> {
        machine.wallet(ADMIN)?;
        machine.state(self.deployment.exchange, &self.exchange)?;
        machine.state(self.deployment.board, &*self.board)?;
        machine.state(self.deployment.insurance_fund(), &self.fund)?;
        for (place, contract) in self.contracts.iter().enumerate() {
            machine.state(self.contract_address(place), contract)?;
        }
        let vault = self.deployment.vault(&tokens::QUOTE);
        machine.state(vault, &self.quote)?;
        for held in &self.collateral {
            machine.state(self.deployment.vault(&Pubkey::new_from_array(held.mint.0)), held)?;
        }
        machine.put(tokens::QUOTE, tokens::PROGRAM, tokens::mint(6))?;
        machine.put(addresses::vault_tokens(&vault), tokens::PROGRAM, tokens::account(vault))
    }
}

fn exchange_terms() -> ExchangeTerms {
    let mut oracle_owners = [Key::NONE; 4];
    let mut depth_reporters = [Key::NONE; 5];
    // the last places are the dearest to find
    depth_reporters[4] = key(&ADMIN);
    oracle_owners[2] = key(&LEGACY_OWNER);
    oracle_owners[3] = key(&PULL_OWNER);
    ExchangeTerms {
        risk_manager: key(&ADMIN),
        guardian: key(&ADMIN),
        treasury: key(&ADMIN),
        depth_reporters,
        timelock: 259_200,
        trade_fee: Ratio::basis_points(5),
        insurance_share: Ratio::percent(25),
        reward_share: Ratio::percent(25),
        auction_seconds: 600,
        draw_per_contract: dollars(1_000),
        draw_per_day: dollars(1_000_000),
        unstake_cooldown: 604_800,
        oracle_owners,
    }
}

fn underlying_terms(underlying: u8) -> UnderlyingTerms {
    UnderlyingTerms {
        oracle: oracle(underlying),
        kind: if underlying == LEGACY { OracleKind::Legacy } else { OracleKind::Pull },
        price_exponent: 0,
        starting_sigma: Ratio::percent(80),
        sigma_floor: Ratio::percent(10),
        sigma_cap: Ratio::percent(400),
        k: Ratio(4_500_000_000),
        // more than twice what is open on the underlyings with two contracts
        open_interest_limit: Ratio(1_000_000_000_000),
        index: index_terms(underlying),
        ..UnderlyingTerms::default()
    }
}

/// An index of nine tenths, which the admin signs for, or a feed's on the underlying that names one.
fn index_terms(underlying: u8) -> IndexTerms {
    let read = underlying == INDEXED;
    IndexTerms {
        key: if read { oracle(INDEX_FEED) } else { key(&ADMIN) },
        source: if read { IndexSource::Pull.number() } else { IndexSource::Authority.number() },
        exponent: -2,
        weight: Ratio::percent(90),
        longest_age: 7_200,
        step: Ratio::percent(25),
    }
}

fn contract_terms(underlying: u8) -> ContractTerms {
    let mut venues = [Key::NONE; 4];
    venues[3] = key(&ADMIN);
    ContractTerms {
        underlying,
        size_exponent: -4,
        open_interest_cap: 1_000_000_000_000_000,
        funding: FundingTerms::default(),
        venues,
    }
}
