//! Millions of random operations: after each the books are exact, and one that fails leaves every byte alone.
#![allow(
    missing_docs,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    clippy::indexing_slicing,
    clippy::integer_division,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests may panic"
)]

mod common;

use std::collections::BTreeMap;

use ballast_core::clearing::{self, Asset, Call, Fill, Liquidated};
use ballast_core::error::{BallastError, Result};
use ballast_core::margin::{INITIAL, MAINTENANCE};
use ballast_core::math;
use ballast_core::units::{PerLot, Ratio, Usd};
use common::{BTC, BTC_PRICE, BTC_VAULT, Dice, SOL, SOL_PRICE, SOL_VAULT, World, moved, usd};

/// Operations of one seed; eight seeds make 3.2 million.
const OPERATIONS: u32 = 400_000;
/// Operations after which an exchange is given up for a new one: a deficit can stop a contract for good.
const EPOCH: u32 = 2_000;
/// Accounts of seven owners, two each: the first trades, the second is its reserve.
const OWNERS: usize = 7;

struct Random {
    world: World,
    /// The world as it was after the last operation.
    before: World,
    dice: Dice,
    prices: [i64; 2],
    averages: [i64; 2],
    counts: BTreeMap<&'static str, u32>,
}

impl Random {
    fn new(seed: u64) -> Self {
        let (world, dice) = (World::new(), Dice(seed));
        let mut random = Self {
            before: world.clone(),
            world,
            dice,
            prices: [BTC_PRICE, SOL_PRICE],
            averages: [BTC_PRICE, SOL_PRICE],
            counts: BTreeMap::new(),
        };
        random.begin();
        random
    }

    /// A new exchange, with accounts and a thin insurance fund.
    fn begin(&mut self) {
        let mut world = World::new();
        world.fund.draw_per_contract = usd(300);
        world.fund.draw_per_day = usd(500);
        for owner in 0..OWNERS {
            let name = owner as u8 + 1;
            let cash = usd(self.dice.between(200, 8_000));
            let trader = world.account(name, cash);
            let reserve = world.account(name, usd(self.dice.between(0, 500)));
            let [account, held] = world.accounts.get_disjoint_mut([trader, reserve]).unwrap();
            if owner % 2 == 0 {
                clearing::set_top_up(account, Some((held, common::key(60))), usd(400), true).unwrap();
            }
        }
        for underlying in [BTC, SOL] {
            world.scan(underlying, Ratio::percent(5));
        }
        self.prices = [BTC_PRICE, SOL_PRICE];
        self.averages = self.prices;
        self.before = world.clone();
        self.world = world;
    }

    fn count(&mut self, kind: &'static str) {
        *self.counts.entry(kind).or_insert(0) += 1;
    }

    fn trader(&mut self) -> usize {
        self.dice.below(OWNERS as u64) as usize * 2
    }

    fn anybody(&mut self) -> usize {
        self.dice.below(2 * OWNERS as u64) as usize
    }

    fn reserve_of(&self, account: usize) -> Option<usize> {
        self.world.accounts[account].top_up.reserve.is_some().then_some(account + 1)
    }

    /// An account in liquidation or to be liquidated, if there is one; mostly.
    fn delinquent(&mut self) -> usize {
        let start = self.trader();
        let sick =
            |place: &usize| self.world.accounts[*place].liquidation_at.0 != 0 || !self.world.meets(*place, MAINTENANCE);
        (0..OWNERS).map(|step| (start + 2 * step) % (2 * OWNERS)).find(sick).unwrap_or(start)
    }

    fn contract(&mut self) -> usize {
        self.dice.below(3) as usize
    }

    /// One random operation and what must hold after it.
    fn step(&mut self) {
        let roll = self.dice.below(100);
        let writes_board = matches!(roll, 0..=21 | 64..=82 | 96);
        let done = match roll {
            0..=21 => self.refresh(),
            22..=43 => self.trade(),
            44..=51 => self.deposit(),
            52..=54 => self.withdraw(),
            55..=57 => self.transfer(),
            58..=63 => self.settle(),
            64..=82 => self.liquidate(),
            83..=88 => self.sell_collateral(),
            89..=94 => self.rebalance(),
            95 => self.fund_insurance(),
            96 => self.collect_fees(),
            _ => self.reduce(),
        };
        match done {
            Ok(kind) => {
                self.count(kind);
                self.world.assert_books();
            }
            Err(rule) => {
                assert_ne!(rule, BallastError::Overflow, "nothing here is out of range");
                self.count("refused");
                self.assert_unchanged(writes_board);
            }
        }
        self.remember(writes_board);
    }

    fn assert_unchanged(&self, writes_board: bool) {
        let (world, before) = (&self.world, &self.before);
        assert!(world.accounts == before.accounts, "a failed transition changed a margin account");
        assert!(world.contracts == before.contracts, "a failed transition changed a contract");
        assert!(world.fund == before.fund, "a failed transition changed the insurance fund");
        assert!(world.quote == before.quote && world.vaults == before.vaults, "a failed transition changed a vault");
        assert!(!writes_board || world.board == before.board, "a failed transition changed the board");
    }

    fn remember(&mut self, writes_board: bool) {
        let (world, before) = (&self.world, &mut self.before);
        before.accounts.clone_from(&world.accounts);
        before.contracts.clone_from(&world.contracts);
        before.vaults.clone_from(&world.vaults);
        (before.fund, before.quote) = (world.fund, world.quote);
        if writes_board {
            before.board.clone_from(&world.board);
        }
    }

    fn refresh(&mut self) -> Result<&'static str> {
        let underlying = if self.dice.chance(50) { BTC } else { SOL };
        let seconds = match self.dice.below(200) {
            0 => 86_400,
            1..=4 => self.dice.below(4_000),
            _ => self.dice.below(12),
        };
        self.world.pass(seconds);
        let place = usize::from(underlying);
        let (home, price) = ([BTC_PRICE, SOL_PRICE][place], self.prices[place]);
        let move_by = match self.dice.below(100) {
            0..=9 => self.dice.between(-1_200, 1_200),
            10..=25 => self.dice.between(-250, 250),
            _ => self.dice.between(-30, 30),
        };
        let price = moved(price, move_by).clamp(home / 4, home * 4);
        let average = self.averages[place] + (price - self.averages[place]) / 6;
        let confidence = if self.dice.chance(3) { price / 40 } else { price / 4_000 };
        let keeper = self.dice.chance(50).then(|| self.anybody());
        let done = self.world.refresh(underlying, price, average, confidence, keeper)?;
        self.prices[place] = price;
        self.averages[place] = average;
        assert_eq!(done.price.0, price as u64);
        Ok(if done.reward > Usd::ZERO {
            "refresh, rewarded"
        } else if done.sampled {
            "refresh, sampled"
        } else {
            "refresh"
        })
    }

    fn trade(&mut self) -> Result<&'static str> {
        let (buyer, seller, contract) = (self.trader(), self.trader(), self.contract());
        if buyer == seller {
            return self.reduce();
        }
        let mark = self.world.mark(contract);
        let free = self.free(buyer).min(self.free(seller)).max(0);
        let lots = (free * self.dice.between(2, 11) / (mark.0 / 1_000_000)).max(1) as u64;
        let width = if self.dice.chance(5) { 150 } else { 60 };
        let price = PerLot(moved(mark.0, self.dice.between(-width, width)));
        let fill = Fill { lots, price, by_venue: self.dice.chance(50) };
        self.world.trade(buyer, seller, contract, fill)?;
        Ok("trade")
    }

    /// Equity above initial.
    fn free(&self, account: usize) -> i64 {
        let exposure = self.world.exposure(account);
        exposure.equity(INITIAL).unwrap().0 - exposure.requirement(INITIAL).unwrap().0
    }

    /// A fill between a short and a long.
    fn reduce(&mut self) -> Result<&'static str> {
        let (contract, first, second) = (self.contract(), self.trader(), self.trader());
        let around = |first: usize| (0..OWNERS).map(move |step| (first + 2 * step) % (2 * OWNERS));
        let buyer = around(first).find(|place| self.world.size(*place, contract) < 0);
        let seller = around(second).find(|place| self.world.size(*place, contract) > 0);
        let (Some(buyer), Some(seller)) = (buyer, seller) else { return Err(BallastError::PositionMissing) };
        let (short, long) = (-self.world.size(buyer, contract), self.world.size(seller, contract));
        let most = short.min(long);
        let lots = if self.dice.chance(50) { most } else { self.dice.between(1, most) } as u64;
        let price = PerLot(moved(self.world.mark(contract).0, self.dice.between(-20, 20)));
        let price = if self.dice.chance(50) { self.world.mark(contract) } else { price };
        let good = [buyer, seller].map(|account| self.world.meets(account, INITIAL));
        self.world.trade(buyer, seller, contract, Fill { lots, price, by_venue: false })?;
        Ok(if good == [true, true] { "reduction" } else { "reduction below initial" })
    }

    fn deposit(&mut self) -> Result<&'static str> {
        let account = self.anybody();
        match self.dice.below(12) {
            0 => {
                let amount = self.dice.below(2_000_000_000);
                self.world.deposit(account, Some(SOL_VAULT), amount)?;
                Ok("deposit of collateral")
            }
            1 => {
                let amount = self.dice.below(600_000);
                self.world.deposit(account, Some(BTC_VAULT), amount)?;
                Ok("deposit of collateral")
            }
            _ => {
                let amount = self.dice.below(60_000_000);
                self.world.deposit(account, None, amount)?;
                Ok("deposit")
            }
        }
    }

    fn withdraw(&mut self) -> Result<&'static str> {
        let account = self.anybody();
        let held = &self.world.accounts[account];
        let (row, kind, most) = match self.dice.below(4) {
            0 => (Some(SOL_VAULT), "withdrawal of collateral", held.collateral_of(SOL_VAULT).0),
            1 => (Some(BTC_VAULT), "withdrawal of collateral", held.collateral_of(BTC_VAULT).0),
            _ => (None, "withdrawal", held.cash.0 as u64),
        };
        let amount = if self.dice.chance(10) { most + 1 } else { self.dice.below(most / 2 + 1) };
        self.world.withdraw(account, row, amount)?;
        Ok(kind)
    }

    fn transfer(&mut self) -> Result<&'static str> {
        let from = self.anybody();
        let to = if self.dice.chance(95) { from ^ 1 } else { (from + 3) % (2 * OWNERS) };
        let (asset, kind, most) = if self.dice.chance(70) {
            (Asset::Cash, "transfer", self.world.accounts[from].cash.0 as u64)
        } else {
            let held = self.world.accounts[from].collateral_of(SOL_VAULT).0;
            (Asset::Collateral(SOL_VAULT), "transfer of collateral", held)
        };
        let amount = self.dice.below(most + 2);
        self.world.transfer(from, to, asset, amount)?;
        Ok(kind)
    }

    fn settle(&mut self) -> Result<&'static str> {
        let (account, contract) = (self.trader(), self.contract());
        let done = self.world.settle(account, contract)?;
        Ok(if done.paid > Usd::ZERO { "settlement of a gain" } else { "settlement of a loss" })
    }

    fn rebalance(&mut self) -> Result<&'static str> {
        let account = self.trader();
        let reserve = self.reserve_of(account);
        let keeper = self.trader();
        let keeper = (keeper != account).then_some(keeper);
        let done = self.world.rebalance(account, reserve, keeper)?;
        if done.topped_up > Usd::ZERO {
            return Ok("top-up");
        }
        Ok(match done.call {
            Call::Opened => "call opened",
            Call::Closed => "call closed",
            Call::Updated | Call::None => "release",
        })
    }

    fn liquidate(&mut self) -> Result<&'static str> {
        let (account, keeper) = (self.delinquent(), self.trader());
        if account == keeper {
            return Err(BallastError::SameAccount);
        }
        let start = self.dice.below(3) as usize;
        let held = |contract: &usize| self.world.size(account, *contract) != 0;
        let contract = (0..3).map(|step| (start + step) % 3).find(held).unwrap_or(start);
        let most = match self.dice.below(10) {
            0 => 0,
            1 | 2 => 1 + self.dice.below(40),
            _ => u64::MAX >> 1,
        };
        let reserve = self.reserve_of(account);
        let (equity, maintenance) = self.standing(account);
        let done = self.world.liquidate(account, keeper, reserve, contract, most)?;
        Ok(self.judge(account, keeper, (equity, maintenance), &done))
    }

    fn standing(&self, account: usize) -> (i64, i64) {
        let exposure = self.world.exposure(account);
        (exposure.equity(MAINTENANCE).unwrap().0, exposure.requirement(MAINTENANCE).unwrap().0)
    }

    /// The laws of a liquidation that succeeded.
    fn judge(&mut self, account: usize, keeper: usize, before: (i64, i64), done: &Liquidated) -> &'static str {
        if done.resolved.resolved {
            let resolved = done.resolved;
            if resolved.by_insurance > Usd::ZERO {
                self.count("resolution by insurance");
            }
            if resolved.by_index > Usd::ZERO {
                self.count("resolution by index");
            }
            if resolved.deficit > Usd::ZERO {
                self.count("resolution with a deficit");
            }
            let left = &self.world.accounts[account];
            assert_eq!(left.position_count, 0, "a resolved account holds nothing");
            return "resolution";
        }
        if done.taken.0 == 0 {
            return if done.topped_up > Usd::ZERO { "liquidation, top-up only" } else { "liquidation begun or ended" };
        }
        let (equity, maintenance) = (before.0 + done.topped_up.0, before.1);
        let (after, needed) = self.standing(account);
        if equity < 0 {
            assert!(after >= equity, "taken at mark");
            return "liquidation of an insolvent account";
        }
        assert!(after >= 0, "a solvent account became insolvent: {equity} to {after}");
        // one unit for the rounding of each requirement
        assert!(math::wide(after + 1, maintenance) >= math::wide(equity, needed - 1), "E/M fell");
        assert!(needed <= maintenance, "maintenance rose");
        assert!(self.world.meets(keeper, INITIAL), "the keeper is below initial");
        if done.in_liquidation { "liquidation in part" } else { "liquidation to close-out" }
    }

    fn sell_collateral(&mut self) -> Result<&'static str> {
        let (account, keeper) = (self.delinquent(), self.trader());
        if account == keeper {
            return Err(BallastError::SameAccount);
        }
        let vault = if self.dice.chance(50) { SOL_VAULT } else { BTC_VAULT };
        let most = if self.dice.chance(80) { u64::MAX >> 1 } else { self.dice.below(1_000_000_000) };
        let reserve = self.reserve_of(account);
        let (equity, maintenance) = self.standing(account);
        let done = self.world.sell_collateral(account, keeper, reserve, vault, most)?;
        let (after, needed) = self.standing(account);
        assert_eq!(needed, maintenance);
        assert!(after + 1 >= equity, "a sale lowered equity: {equity} to {after}");
        Ok(if done.tokens.0 > 0 { "sale of collateral" } else { "sale not needed" })
    }

    fn fund_insurance(&mut self) -> Result<&'static str> {
        let amount = self.dice.below(80_000_000);
        self.world.fund_insurance(amount)?;
        Ok("insurance funded")
    }

    fn collect_fees(&mut self) -> Result<&'static str> {
        let contract = self.contract();
        self.world.collect_fees(contract)?;
        Ok("fees collected")
    }
}

/// Least number of times that a kind of operation succeeds with one seed: without that a run proves nothing.
const LEAST: [(&str, u32); 28] = [
    ("refresh", 40_000),
    ("refresh, sampled", 1_000),
    ("refresh, rewarded", 500),
    ("trade", 10_000),
    ("reduction", 5_000),
    ("reduction below initial", 1_000),
    ("deposit", 10_000),
    ("deposit of collateral", 2_000),
    ("withdrawal", 1_000),
    ("withdrawal of collateral", 500),
    ("transfer", 2_000),
    ("transfer of collateral", 500),
    ("settlement of a gain", 2_000),
    ("settlement of a loss", 2_000),
    ("top-up", 100),
    ("release", 500),
    ("call opened", 100),
    ("call closed", 100),
    ("liquidation, top-up only", 100),
    ("liquidation begun or ended", 100),
    ("liquidation in part", 150),
    ("liquidation to close-out", 200),
    ("liquidation of an insolvent account", 80),
    ("sale of collateral", 30),
    ("resolution by insurance", 25),
    ("resolution by index", 25),
    ("resolution with a deficit", 10),
    ("fees collected", 1_000),
];

fn run(seed: u64) {
    let mut random = Random::new(seed);
    for operation in 0..OPERATIONS {
        if operation % EPOCH == EPOCH - 1 {
            random.begin();
        }
        random.step();
    }
    println!("{:#?}", random.counts);
    for (kind, least) in LEAST {
        let count = random.counts.get(kind).copied().unwrap_or(0);
        assert!(count >= least, "only {count} times: {kind}");
    }
}

macro_rules! seeds {
    ($($name:ident: $seed:literal,)+) => {
        $(
            #[test]
            fn $name() {
                run($seed);
            }
        )+
    };
}

seeds! {
    random_operations_keep_exact_books_1: 0x9e37_79b9_7f4a_7c15,
    random_operations_keep_exact_books_2: 0xbf58_476d_1ce4_e5b9,
    random_operations_keep_exact_books_3: 0x94d0_49bb_1331_11eb,
    random_operations_keep_exact_books_4: 0x2545_f491_4f6c_dd1d,
    random_operations_keep_exact_books_5: 0xd6e8_feb8_6659_fd93,
    random_operations_keep_exact_books_6: 0xa076_1d64_78bd_642f,
    random_operations_keep_exact_books_7: 0xe703_7ed1_a0b4_28db,
    random_operations_keep_exact_books_8: 0x8ebc_6af0_9c88_c6e3,
}
