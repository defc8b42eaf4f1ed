//! A clearing house on plain structs: the transitions of the core, as one call each.
//!
//! One underlying, one perpetual, cash as collateral. Every call is the transition that the program's instruction of the
//! same name calls, so what the house holds is what the chain would hold: a test compares them byte by byte.

use std::collections::HashMap;

use ballast_core::clearing::{
    self, Audit, BoardUse, Deposit, Fill, IndexValue, Liquidated, Liquidation, NewVault, Offer, Party, Reading,
    Rebalanced, Rebalancing, Refreshed, Refreshing, Settled, Traded,
};
use ballast_core::model::FundingTerms;
use ballast_core::state::parameters::{ContractTerms, UnderlyingTerms, VaultTerms};
use ballast_core::state::{
    Board, Contract, ContractRow, Exchange, ExchangeTerms, InsuranceFund, MarginAccount, UnderlyingRow, Vault,
};
use ballast_core::units::{Key, PerLot, Ratio, Timestamp, Tokens, Usd};
use ballast_core::{BallastError, Result};
use bytemuck::Zeroable;

/// Row of the underlying, and of its contract.
const ROW: u8 = 0;

/// What the house was asked to do, for whoever does it again elsewhere.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Operation {
    /// A price, accepted at a clock and a slot that stay until the next.
    Refresh(Reading, Timestamp, u64),
    /// Depth, by the first reporter.
    PostDepth(Usd),
    /// A volatility index, by its authority.
    PostIndex(Ratio),
    /// Cash in.
    Deposit(usize, Tokens),
    /// Cash out.
    Withdraw(usize, Tokens),
    /// A fill: buyer, seller, lots, price.
    Trade(usize, usize, u64, PerLot),
    /// Gain or loss to cash.
    Settle(usize),
    /// Call, top-up, release.
    Rebalance(usize),
    /// Lots, at most so many, to the keeper.
    Liquidate(usize, u64),
}

/// Everything that an exchange of one market holds.
pub struct House {
    /// The exchange.
    pub exchange: Exchange,
    /// Its board.
    pub board: Box<Board>,
    /// Its contract.
    pub contract: Contract,
    /// Its insurance.
    pub fund: InsuranceFund,
    /// The quote mint's vault.
    pub quote: Vault,
    /// Margin accounts.
    pub accounts: Vec<MarginAccount>,
    /// Account that takes over what is liquidated.
    pub keeper: usize,
    places: HashMap<Key, usize>,
    clock: Timestamp,
    slot: u64,
    log: Option<Vec<Operation>>,
}

/// Terms of a house that is made from nothing.
#[derive(Clone, Copy, Debug)]
pub struct HouseTerms {
    /// Of its underlying.
    pub underlying: UnderlyingTerms,
    /// A lot is 10^size_exponent tokens.
    pub size_exponent: i8,
    /// Cash of the insurance fund.
    pub insurance: Usd,
    /// When it is made.
    pub at: Timestamp,
}

impl House {
    /// A house with so many accounts, the second of which keeps.
    ///
    /// # Errors
    /// `ParameterOutOfBounds`.
    pub fn new(terms: &HouseTerms, accounts: usize) -> Result<Self> {
        let key = |name: u64| {
            let mut bytes = [0; 32];
            bytes[..8].copy_from_slice(&name.to_le_bytes());
            bytes[31] = 1;
            Key(bytes)
        };
        let [admin, exchange_key, board_key, mint, tokens] = [1, 2, 3, 4, 5].map(key);
        let (mut exchange, mut fund) = (Exchange::zeroed(), InsuranceFund::zeroed());
        clearing::initialize_exchange(
            &mut exchange,
            &mut fund,
            (admin, 0, mint),
            (exchange_key, 0, 0),
            &exchange_terms(admin),
        )?;
        let mut board = Box::new(Board::zeroed());
        clearing::initialize_board(&mut exchange, &mut board, exchange_key, board_key)?;
        clearing::create_underlying(&exchange, &mut board, None, &terms.underlying, terms.at)?;
        let mut contract = Contract::zeroed();
        let of_contract = contract_terms(terms.size_exponent);
        clearing::create_contract(&mut exchange, &mut board, &mut contract, None, 0, &of_contract, terms.at)?;
        let mut quote = Vault::zeroed();
        let vault = NewVault { mint, decimals: 6, token_account: tokens, bump: 0 };
        let of_vault = VaultTerms { cap: Tokens(1 << 62), collateral: None };
        clearing::create_vault(&exchange, &mut board, &mut quote, None, &vault, &of_vault, terms.at)?;
        clearing::open_exchange(&mut exchange, terms.at)?;
        clearing::fund_insurance(&mut fund, &mut quote, Tokens(terms.insurance.0.unsigned_abs()))?;
        let names = (1_000_u64..).map(key).take(accounts).collect();
        let mut house = Self::of(exchange, board, contract, fund, quote, Vec::new(), names, 1);
        for owner in (1_000_000_000_u64..).take(accounts) {
            let mut account = MarginAccount::zeroed();
            clearing::open_account(&mut account, exchange_key, key(owner), 0, 0, terms.at);
            house.accounts.push(account);
        }
        house.clock = terms.at;
        Ok(house)
    }

    /// A house that holds what accounts on a chain hold, in the order of `names`, their addresses.
    #[expect(clippy::too_many_arguments, reason = "the accounts of an exchange")]
    #[must_use]
    pub fn of(
        exchange: Exchange,
        board: Box<Board>,
        contract: Contract,
        fund: InsuranceFund,
        quote: Vault,
        accounts: Vec<MarginAccount>,
        names: Vec<Key>,
        keeper: usize,
    ) -> Self {
        let places = names.into_iter().zip(0..).collect();
        let clock = board.newest_publish_time;
        Self { exchange, board, contract, fund, quote, accounts, keeper, places, clock, slot: 0, log: None }
    }

    /// Sets clock and slot.
    pub const fn set_clock(&mut self, clock: Timestamp, slot: u64) {
        self.clock = clock;
        self.slot = slot;
    }

    /// From now on remembers every operation that succeeds.
    pub fn keep_log(&mut self) {
        self.log = Some(Vec::new());
    }

    /// Operations since the last call.
    pub fn take_log(&mut self) -> Vec<Operation> {
        self.log.as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// The time against which the core counts.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.board.time(self.clock)
    }

    /// The underlying.
    #[must_use]
    pub fn underlying(&self) -> &UnderlyingRow {
        let [row, ..] = &self.board.underlyings;
        row
    }

    /// Terms and mark of the contract.
    #[must_use]
    pub fn terms(&self) -> &ContractRow {
        let [row, ..] = &self.board.contracts;
        row
    }

    /// Name of an account.
    #[must_use]
    pub fn name(&self, account: usize) -> Option<Key> {
        self.places.iter().find(|(_, place)| **place == account).map(|(name, _)| *name)
    }

    /// Names the reserve that tops an account up; both get one owner.
    ///
    /// # Errors
    /// `TopUpPolicy`, `ReserveHasPositions`.
    pub fn set_reserve(&mut self, account: usize, reserve: usize, daily_limit: Usd) -> Result<()> {
        let name = self.name(reserve).ok_or(BallastError::WrongReserve)?;
        let [account, reserve] = self.pair(account, reserve)?;
        reserve.owner = account.owner;
        clearing::set_top_up(account, Some((reserve, name)), daily_limit, false)
    }

    /// `refresh`, at a clock, in the next slot.
    ///
    /// # Errors
    /// Those of the transition.
    pub fn refresh(&mut self, reading: &Reading, clock: Timestamp) -> Result<Refreshed> {
        let slot = self.slot.saturating_add(1);
        let keeper = self.accounts.get_mut(self.keeper);
        let accounts: Refreshing<'_, &Contract, &Vault> =
            Refreshing { contracts: &[&self.contract], vaults: &[], keeper };
        let done = clearing::refresh(&mut self.board, ROW, reading, accounts, clock, slot)?;
        self.set_clock(clock, slot);
        self.note(Operation::Refresh(*reading, clock, slot));
        Ok(done)
    }

    /// `post_depth` by the first reporter.
    ///
    /// # Errors
    /// Those of the transition.
    pub fn post_depth(&mut self, depth: Usd) -> Result<()> {
        let [reporter, ..] = self.exchange.depth_reporters;
        clearing::post_depth(&mut self.board, &self.exchange, ROW, reporter, depth, self.clock)?;
        self.note(Operation::PostDepth(depth));
        Ok(())
    }

    /// `post_index` by the authority.
    ///
    /// # Errors
    /// Those of the transition.
    pub fn post_index(&mut self, sigma: Ratio) -> Result<()> {
        let authority = self.underlying().index_terms.key;
        clearing::post_index(&mut self.board, ROW, IndexValue::Signed(authority, sigma), self.clock)?;
        self.note(Operation::PostIndex(sigma));
        Ok(())
    }

    /// `deposit` of cash by the owner.
    ///
    /// # Errors
    /// Those of the transition.
    pub fn deposit(&mut self, account: usize, amount: Tokens) -> Result<()> {
        let held = self.accounts.get_mut(account).ok_or(BallastError::WrongExchange)?;
        let deposit = Deposit { amount, by_owner: true };
        let into = BoardUse::Read(&self.board);
        clearing::deposit(held, &mut self.quote, into, &self.exchange, deposit, self.clock)?;
        self.note(Operation::Deposit(account, amount));
        Ok(())
    }

    /// `withdraw` of cash.
    ///
    /// # Errors
    /// Those of the transition.
    pub fn withdraw(&mut self, account: usize, amount: Tokens) -> Result<()> {
        let held = self.accounts.get_mut(account).ok_or(BallastError::WrongExchange)?;
        let from = BoardUse::Read(&self.board);
        clearing::withdraw(held, &mut self.quote, from, &self.exchange, amount, self.clock)?;
        self.note(Operation::Withdraw(account, amount));
        Ok(())
    }

    /// `trade` at a price.
    ///
    /// # Errors
    /// Those of the transition.
    pub fn trade(&mut self, buyer: usize, seller: usize, lots: u64, price: PerLot) -> Result<Traded> {
        let fill = Fill::new(lots, price);
        let clock = self.clock;
        let [buying, selling] =
            self.accounts.get_disjoint_mut([buyer, seller]).map_err(|_| BallastError::SameAccount)?;
        let (buying, selling) = (Party::owner(buying), Party::owner(selling));
        let done = clearing::trade(buying, selling, &mut self.contract, &self.board, &self.exchange, fill, clock)?;
        self.note(Operation::Trade(buyer, seller, lots, price));
        Ok(done)
    }

    /// `settle`.
    ///
    /// # Errors
    /// Those of the transition.
    pub fn settle(&mut self, account: usize) -> Result<Settled> {
        let held = self.accounts.get_mut(account).ok_or(BallastError::WrongExchange)?;
        let done = clearing::settle(held, &mut self.contract, &self.board, self.clock)?;
        self.note(Operation::Settle(account));
        Ok(done)
    }

    /// `rebalance`, paid to the keeper.
    ///
    /// # Errors
    /// Those of the transition.
    pub fn rebalance(&mut self, account: usize) -> Result<Rebalanced> {
        let reserve = self.reserve_of(account);
        let clock = self.clock;
        let done = match reserve {
            Some(reserve) => {
                let all = self.accounts.get_disjoint_mut([account, reserve, self.keeper]);
                let [held, reserve, keeper] = all.map_err(|_| BallastError::SameAccount)?;
                let accounts = Rebalancing { account: held, reserve: Some(reserve), keeper: Some(keeper) };
                clearing::rebalance(accounts, &self.board, clock)?
            }
            None => {
                let all = self.accounts.get_disjoint_mut([account, self.keeper]);
                let [held, keeper] = all.map_err(|_| BallastError::SameAccount)?;
                let accounts = Rebalancing { account: held, reserve: None, keeper: Some(keeper) };
                clearing::rebalance(accounts, &self.board, clock)?
            }
        };
        self.note(Operation::Rebalance(account));
        Ok(done)
    }

    /// `liquidate` at most so many lots, to the keeper.
    ///
    /// # Errors
    /// Those of the transition.
    pub fn liquidate(&mut self, account: usize, most: u64) -> Result<Liquidated> {
        let reserve = self.reserve_of(account);
        let (clock, keeper) = (self.clock, self.keeper);
        let [held, keeper, reserve] = match reserve {
            Some(reserve) => {
                let all = self.accounts.get_disjoint_mut([account, keeper, reserve]);
                all.map_err(|_| BallastError::SameAccount)?.map(Some)
            }
            None => {
                let all = self.accounts.get_disjoint_mut([account, keeper]);
                let [held, keeper] = all.map_err(|_| BallastError::SameAccount)?;
                [Some(held), Some(keeper), None]
            }
        };
        let (Some(held), Some(keeper)) = (held, keeper) else { return Err(BallastError::SameAccount) };
        let accounts = Liquidation {
            account: held,
            keeper,
            reserve,
            contract: &mut self.contract,
            others: &mut [],
            fund: &mut self.fund,
            board: &mut self.board,
        };
        let done = clearing::liquidate(accounts, &self.exchange, Offer::of(most), clock)?;
        self.note(Operation::Liquidate(account, most));
        Ok(done)
    }

    /// What the books lack, if they do not balance to the unit.
    ///
    /// # Errors
    /// `UnknownContract` when an account names a row that the board does not have.
    pub fn discrepancy(&self) -> Result<Option<String>> {
        let mut audit = Audit::of(&self.board);
        for account in &self.accounts {
            audit.margin_account(account)?;
        }
        audit.contract(&self.contract)?;
        audit.insurance_fund(&self.fund)?;
        audit.vault(&self.quote, self.quote.ledger)?;
        Ok(audit.discrepancy().map(|found| format!("{found:?}")))
    }

    fn reserve_of(&self, account: usize) -> Option<usize> {
        let policy = &self.accounts.get(account)?.top_up;
        self.places.get(&policy.reserve).copied().filter(|_| policy.reserve.is_some())
    }

    fn pair(&mut self, one: usize, other: usize) -> Result<[&mut MarginAccount; 2]> {
        self.accounts.get_disjoint_mut([one, other]).map_err(|_| BallastError::SameAccount)
    }

    fn note(&mut self, operation: Operation) {
        if let Some(log) = &mut self.log {
            log.push(operation);
        }
    }
}

fn exchange_terms(reporter: Key) -> ExchangeTerms {
    ExchangeTerms {
        risk_manager: Key::NONE,
        guardian: Key::NONE,
        treasury: Key::NONE,
        depth_reporters: [reporter, Key::NONE, Key::NONE, Key::NONE, Key::NONE],
        timelock: 259_200,
        trade_fee: Ratio::basis_points(5),
        insurance_share: Ratio::percent(25),
        reward_share: Ratio::percent(25),
        auction_seconds: 600,
        draw_per_contract: Usd(1_000_000_000_000),
        draw_per_day: Usd(1_000_000_000_000),
        unstake_cooldown: 604_800,
        oracle_owners: [Key::NONE; 4],
    }
}

fn contract_terms(size_exponent: i8) -> ContractTerms {
    ContractTerms {
        underlying: ROW,
        size_exponent,
        open_interest_cap: 1_000_000_000_000_000,
        funding: FundingTerms::default(),
        venues: [Key::NONE; 4],
    }
}
