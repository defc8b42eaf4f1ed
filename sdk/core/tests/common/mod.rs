//! A whole exchange on plain structs, with actors, a model of its token accounts and books that are checked to the unit.
#![allow(
    dead_code,
    missing_docs,
    unreachable_pub,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    clippy::indexing_slicing,
    clippy::integer_division,
    clippy::unwrap_used,
    reason = "tests may panic"
)]

mod actors;

use ballast_core::clearing::{self, Audit, NewVault};
use ballast_core::margin::{Exposure, Level, MAINTENANCE, Moment};
use ballast_core::model::{DepthTerms, FundingTerms, IndexTerms, Ramp, WeightRamp, WeightTerms};
use ballast_core::state::parameters::{CollateralTerms, ContractTerms, UnderlyingTerms, VaultTerms};
use ballast_core::state::{
    Board, Contract, Exchange, ExchangeTerms, InsuranceFund, MarginAccount, OracleKind, Stake, Vault,
};
use ballast_core::units::{Key, PerLot, Ratio, Scan, Timestamp, Tokens, Usd};
use bytemuck::Zeroable;

/// A noon, on the grid of samples.
pub const NOON: i64 = 1_750_075_200;

/// Underlyings.
pub const BTC: u8 = 0;
pub const SOL: u8 = 1;
/// The one that prices the quote currency, where there is one.
pub const QUOTE: u8 = 2;
/// Contracts: a lot of 10 USD of BTC, one of 100 USD of BTC, one of 15 USD of SOL.
pub const BTC_PERP: usize = 0;
pub const BTC_LARGE: usize = 1;
pub const SOL_PERP: usize = 2;
/// Collateral: SOL with 9 decimals, BTC with 8.
pub const SOL_VAULT: u8 = 0;
pub const BTC_VAULT: u8 = 1;

/// Prices, 1e-8 USD.
pub const BTC_PRICE: i64 = 10_000_000_000_000;
pub const SOL_PRICE: i64 = 15_000_000_000;

pub const fn usd(dollars: i64) -> Usd {
    Usd(dollars * 1_000_000)
}

pub const fn key(name: u8) -> Key {
    Key([name; 32])
}

/// A price so many parts in ten thousand away.
pub const fn moved(price: i64, basis_points: i64) -> i64 {
    price + price / 10_000 * basis_points
}

/// Random numbers without a crate: xorshift64*.
pub struct Dice(pub u64);

impl Dice {
    pub fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % limit
    }

    pub fn between(&mut self, least: i64, most: i64) -> i64 {
        least + self.below((most - least + 1) as u64) as i64
    }

    pub fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }
}

/// A depth reporter of the exchange.
pub const fn reporter(place: u8) -> Key {
    key(93 + place)
}

/// An exchange, its accounts and what the token accounts hold.
#[derive(Clone)]
pub struct World {
    pub exchange: Exchange,
    pub board: Box<Board>,
    pub fund: InsuranceFund,
    pub contracts: Vec<Contract>,
    pub accounts: Vec<MarginAccount>,
    pub stakes: Vec<Stake>,
    pub quote: Vault,
    pub vaults: Vec<Vault>,
    /// What the token accounts hold: quote, then by row.
    pub tokens: Vec<u64>,
    pub clock: Timestamp,
    pub slot: u64,
}

/// Terms of the fixture's underlyings: one reporter suffices, and without one the market has a depth of 100,000 USD.
pub fn underlying_terms(name: u8) -> UnderlyingTerms {
    UnderlyingTerms {
        oracle: key(name),
        kind: OracleKind::Pull,
        price_exponent: 0,
        starting_sigma: Ratio::percent(100),
        sigma_floor: Ratio::percent(10),
        sigma_cap: Ratio::percent(500),
        k: Ratio(4_500_000_000),
        horizon: 3_600,
        scan_minimum: Ratio::percent(2),
        scan_maximum: Ratio::percent(10),
        gamma: Ratio::percent(100),
        up: Ratio::percent(25),
        down: Ratio::percent(15),
        confidence_limit: Ratio::percent(1),
        liquidation_fee: Ratio::percent(1),
        reward: Usd(2_000),
        depth: DepthTerms { quorum: 1, floor: usd(100_000), ..DepthTerms::default() },
        index: IndexTerms {
            key: key(60 + name),
            source: 1,
            exponent: -2,
            weight: Ratio::percent(90),
            longest_age: 7_200,
            step: Ratio::percent(25),
        },
        open_interest_limit: Ratio(1_000_000_000_000),
        ..UnderlyingTerms::default()
    }
}

impl World {
    /// Two underlyings at their prices, three contracts, two collateral vaults at weight 0.9, nobody in it.
    pub fn new() -> Self {
        let (mut exchange, mut fund) = (Exchange::zeroed(), InsuranceFund::zeroed());
        let terms = ExchangeTerms {
            risk_manager: key(91),
            guardian: key(92),
            treasury: key(89),
            depth_reporters: [reporter(0), reporter(1), reporter(2), reporter(3), reporter(4)],
            timelock: 259_200,
            trade_fee: Ratio::basis_points(5),
            insurance_share: Ratio::percent(25),
            reward_share: Ratio::percent(25),
            auction_seconds: 600,
            draw_per_contract: usd(1_000_000),
            draw_per_day: usd(1_000_000),
            unstake_cooldown: 604_800,
            oracle_owners: [Key::NONE; 4],
        };
        clearing::initialize_exchange(&mut exchange, &mut fund, (key(90), 1, key(80)), (key(100), 0, 0), &terms)
            .unwrap();
        let mut board = Box::new(Board::zeroed());
        clearing::initialize_board(&mut exchange, &mut board, key(100), key(101)).unwrap();
        let mut world = Self {
            exchange,
            board,
            fund,
            contracts: Vec::new(),
            accounts: Vec::new(),
            stakes: Vec::new(),
            quote: Vault::zeroed(),
            vaults: Vec::new(),
            tokens: vec![0; 3],
            clock: Timestamp(NOON),
            slot: 1,
        };
        for name in [1, 2] {
            clearing::create_underlying(&world.exchange, &mut world.board, None, &underlying_terms(name), world.clock)
                .unwrap();
        }
        for (underlying, size_exponent) in [(BTC, -4), (BTC, -3), (SOL, -1)] {
            world.add_contract(underlying, size_exponent);
        }
        world.quote = world.vault(80, 6, None);
        let sol = world.vault(81, 9, Some(SOL));
        let btc = world.vault(82, 8, Some(BTC));
        world.vaults = vec![sol, btc];
        for row in [SOL_VAULT, BTC_VAULT] {
            world.board.vaults[usize::from(row)].weight = WeightRamp::at(Ratio::percent(90), world.clock);
        }
        clearing::open_exchange(&mut world.exchange, world.clock).unwrap();
        world.clock = Timestamp(NOON + 1);
        world.price(BTC, BTC_PRICE);
        world.price(SOL, SOL_PRICE);
        world
    }

    /// The exchange as it was before it opened, when rows were created at once.
    pub fn set_up(&self) -> Exchange {
        Exchange { opened_at: Timestamp::ZERO, ..self.exchange }
    }

    /// One more underlying, which prices the quote currency; its row.
    pub fn price_quote(&mut self) -> u8 {
        let terms = UnderlyingTerms { prices_quote: true, ..underlying_terms(3) };
        clearing::create_underlying(&self.set_up(), &mut self.board, None, &terms, self.clock).unwrap()
    }

    /// A contract of any lot, as before the underlying's first price.
    pub fn add_contract(&mut self, underlying: u8, size_exponent: i8) {
        let price = std::mem::take(&mut self.board.underlyings[usize::from(underlying)].price);
        let terms = ContractTerms {
            underlying,
            size_exponent,
            open_interest_cap: 1_000_000_000,
            funding: FundingTerms::default(),
            venues: [key(70), Key::NONE, Key::NONE, Key::NONE],
        };
        let mut contract = Contract::zeroed();
        let mut exchange = self.set_up();
        clearing::create_contract(&mut exchange, &mut self.board, &mut contract, None, 0, &terms, self.clock).unwrap();
        self.exchange.next_contract = exchange.next_contract;
        self.board.underlyings[usize::from(underlying)].price = price;
        self.contracts.push(contract);
    }

    fn vault(&mut self, mint: u8, decimals: u8, underlying: Option<u8>) -> Vault {
        let weight = WeightTerms { base_haircut: Ratio::percent(10), ..WeightTerms::default() };
        let collateral = underlying.map(|underlying| CollateralTerms {
            underlying,
            weight,
            concentration_scale: usd(1_000_000_000),
            discount: Ratio::percent(5),
        });
        let terms = VaultTerms { cap: Tokens(1 << 62), collateral };
        let new = NewVault { mint: key(mint), decimals, token_account: key(mint), bump: 0 };
        let mut vault = Vault::zeroed();
        clearing::create_vault(&self.set_up(), &mut self.board, &mut vault, None, &new, &terms, self.clock).unwrap();
        vault
    }

    /// One more vault that an underlying prices; the fixture keeps no tokens for it.
    pub fn add_vault(&mut self, mint: u8, decimals: u8, underlying: u8) -> Vault {
        self.vault(mint, decimals, Some(underlying))
    }

    /// An account of an owner, with cash.
    pub fn account(&mut self, owner: u8, cash: Usd) -> usize {
        let mut account = MarginAccount::zeroed();
        let id = u16::try_from(self.accounts.len()).unwrap();
        clearing::open_account(&mut account, key(100), key(owner), id, 0, self.clock);
        self.accounts.push(account);
        let place = self.accounts.len() - 1;
        if cash.0 > 0 {
            self.deposit(place, None, cash.0 as u64).unwrap();
        }
        place
    }

    // Prices and time.

    pub fn mark(&self, contract: usize) -> PerLot {
        self.board.contracts[usize::from(self.contracts[contract].row)].mark
    }

    /// Lets time pass; prices grow old.
    pub fn pass(&mut self, seconds: u64) {
        self.clock = self.clock.after(seconds).unwrap();
    }

    /// A good price, with its average at it.
    pub fn price(&mut self, underlying: u8, price: i64) {
        self.print(underlying, price, price);
    }

    /// A good price, with an average elsewhere. A second passes where the last price is as young.
    pub fn print(&mut self, underlying: u8, price: i64, ema: i64) {
        if self.board.underlyings[usize::from(underlying)].published_at >= self.clock {
            self.pass(1);
        }
        self.refresh(underlying, price, ema, price / 5_000, None).unwrap();
    }

    /// Both prices again, as they were.
    pub fn renew(&mut self) {
        for underlying in [BTC, SOL] {
            let row = &self.board.underlyings[usize::from(underlying)];
            let (price, ema) = (row.price.0 as i64, row.ema.0 as i64);
            self.print(underlying, price, ema);
        }
    }

    /// Holds a scan range as it is set here.
    pub fn scan(&mut self, underlying: u8, scan: Ratio) {
        self.board.underlyings[usize::from(underlying)].ramp = Ramp::at(scan.scan().unwrap(), self.clock);
    }

    /// Starts a ramp from a scan range that has been in force for days.
    pub fn ramp(&mut self, underlying: u8, from: Ratio, to: Ratio) {
        let (start, target) = (from.scan().unwrap(), to.scan().unwrap());
        let row = &mut self.board.underlyings[usize::from(underlying)];
        row.ramp = Ramp::from(start, &row.ramp_terms, target, self.clock).unwrap();
    }

    /// Leaves a loss of the longs uncovered.
    pub fn lack(&mut self, contract: usize, loss: Usd) {
        self.board.contracts[usize::from(self.contracts[contract].row)].deficit.of_longs = loss;
    }

    /// Lets a contract owe the fund an amount.
    pub fn owe(&mut self, contract: usize, amount: Usd) {
        let deficit = &mut self.board.contracts[usize::from(self.contracts[contract].row)].deficit;
        self.fund.owed = Usd(self.fund.owed.0 + amount.0 - deficit.owed_to_fund.0);
        deficit.owed_to_fund = amount;
    }

    pub fn effective(&self, underlying: u8) -> Scan {
        let row = &self.board.underlyings[usize::from(underlying)];
        row.ramp.effective(&row.ramp_terms, self.board.time(self.clock)).unwrap()
    }

    // Views.

    /// Uncovered losses of a contract less what it owes the fund.
    pub fn deficit(&self, contract: usize) -> Usd {
        self.board.contracts[usize::from(self.contracts[contract].row)].deficit.net().unwrap()
    }

    pub fn exposure(&self, account: usize) -> Exposure {
        Exposure::of(&self.accounts[account], &self.board, Moment::at(self.board.time(self.clock))).unwrap()
    }

    pub fn equity(&self, account: usize) -> Usd {
        self.exposure(account).equity(MAINTENANCE).unwrap()
    }

    pub fn meets(&self, account: usize, level: Level) -> bool {
        self.exposure(account).meets(level).unwrap()
    }

    pub fn size(&self, account: usize, contract: usize) -> i64 {
        self.accounts[account].position(self.contracts[contract].id).size.0
    }

    /// Sets cash aside from any rule: only for accounts of which no books are kept.
    pub fn set_cash(&mut self, account: usize, cash: Usd) {
        let change = cash.0 - self.accounts[account].cash.0;
        self.accounts[account].cash = cash;
        self.quote.ledger = Tokens(self.quote.ledger.0.checked_add_signed(change).unwrap());
        self.tokens[0] = self.tokens[0].checked_add_signed(change).unwrap();
    }

    /// The books are exact, and the token accounts hold what the ledgers say.
    #[track_caller]
    pub fn assert_books(&self) {
        let mut audit = Audit::of(&self.board);
        for account in &self.accounts {
            audit.margin_account(account).unwrap();
        }
        for contract in &self.contracts {
            audit.contract(contract).unwrap();
        }
        audit.insurance_fund(&self.fund).unwrap();
        audit.stakes(&self.fund, &self.stakes);
        for (vault, held) in std::iter::once(&self.quote).chain(&self.vaults).zip(&self.tokens) {
            audit.vault(vault, Tokens(*held)).unwrap();
            assert_eq!(vault.ledger.0, *held, "the ledger is not what the tokens say");
        }
        assert_eq!(audit.discrepancy(), None);
        assert_eq!(audit.error(), 0);
    }
}

/// A market with a maker on the other side of everything, and a keeper.
pub fn market() -> (World, usize, usize, usize) {
    let mut world = World::new();
    let (account, keeper) = (world.account(1, usd(2_000_000)), world.account(2, usd(10_000_000)));
    let maker = world.account(3, usd(10_000_000));
    (world, account, keeper, maker)
}

/// Buys a signed number of lots from the maker.
pub fn hold(world: &mut World, account: usize, maker: usize, contract: usize, lots: i64) {
    if lots != 0 {
        let (buyer, seller) = if lots > 0 { (account, maker) } else { (maker, account) };
        world.fill(buyer, seller, contract, lots.unsigned_abs()).unwrap();
    }
}

/// Everything that a transition may write, byte for byte.
pub struct Snapshot {
    world: World,
}

impl Snapshot {
    pub fn of(world: &World) -> Self {
        Self { world: world.clone() }
    }

    #[track_caller]
    pub fn assert_unchanged(&self, world: &World) {
        let before = &self.world;
        assert!(before.accounts == world.accounts, "a failed transition changed a margin account");
        assert!(before.contracts == world.contracts, "a failed transition changed a contract");
        assert!(before.board == world.board, "a failed transition changed the board");
        assert!(before.fund == world.fund, "a failed transition changed the insurance fund");
        assert!(before.stakes == world.stakes, "a failed transition changed a stake");
        assert!(before.quote == world.quote && before.vaults == world.vaults, "a failed transition changed a vault");
        assert!(before.exchange == world.exchange, "a failed transition changed the exchange");
    }
}
