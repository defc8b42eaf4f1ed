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
#[path = "clearing/operations.rs"]
mod operations;

use std::collections::BTreeMap;

use ballast_core::clearing;
use ballast_core::error::BallastError;
use ballast_core::margin::MAINTENANCE;
use ballast_core::units::Ratio;
use common::{BTC, BTC_PRICE, Dice, QUOTE, SOL, SOL_PRICE, World, usd};

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
        world.fund.unstake_cooldown = 600;
        world.fund_insurance(1_000_000_000).unwrap();
        world.open_stake(1);
        world.open_stake(2);
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
        assert_eq!(world.price_quote(), QUOTE);
        for underlying in [BTC, SOL] {
            world.scan(underlying, Ratio::percent(5));
            let row = &mut world.board.underlyings[usize::from(underlying)];
            row.depth_terms.quorum = 2;
            row.open_interest_limit = Ratio(1_000_000_000);
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
        let roll = self.dice.below(116);
        let writes_board = matches!(roll, 0..=21 | 44..=54 | 64..=82 | 96 | 100..=110);
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
            97..=99 => self.reduce(),
            100..=101 => self.post_depth(),
            102 => self.post_index(),
            103 => self.price_quote(),
            104..=107 => self.deleverage(),
            108..=110 => self.liquidate_pair(),
            111 => self.look(),
            112 => self.stake(),
            113 => self.request_unstake(),
            _ => self.unstake(),
        };
        match done {
            Ok(kind) => {
                self.count(kind);
                self.world.assert_books();
            }
            Err(rule) => {
                assert_ne!(rule, BallastError::Overflow, "nothing here is out of range");
                if rule == BallastError::OpenInterestDepth {
                    self.count("refused for depth");
                }
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
        assert!(world.stakes == before.stakes, "a failed transition changed a stake");
        assert!(world.quote == before.quote && world.vaults == before.vaults, "a failed transition changed a vault");
        assert!(!writes_board || world.board == before.board, "a failed transition changed the board");
    }

    fn remember(&mut self, writes_board: bool) {
        let (world, before) = (&self.world, &mut self.before);
        before.accounts.clone_from(&world.accounts);
        before.contracts.clone_from(&world.contracts);
        before.vaults.clone_from(&world.vaults);
        before.stakes.clone_from(&world.stakes);
        (before.fund, before.quote) = (world.fund, world.quote);
        if writes_board {
            before.board.clone_from(&world.board);
        }
    }
}

/// Least number of times that a kind of operation succeeds with one seed: without that a run proves nothing.
const LEAST: [(&str, u32); 39] = [
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
    ("depth posted", 4_000),
    ("index posted", 1_000),
    ("stake", 1_000),
    ("unstake requested", 500),
    ("unstake", 100),
    ("quote at par", 1_000),
    ("quote below par", 300),
    ("refused for depth", 100),
    ("deleveraged", 10),
    ("pair", 10),
    ("look", 100),
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
