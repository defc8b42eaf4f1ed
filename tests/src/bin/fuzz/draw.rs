//! Arguments as a case draws them: half of them sensible for the state, half wild.

use std::collections::VecDeque;

use ballast_core::margin::{Exposure, INITIAL, Level};
use ballast_core::state::MarginAccount;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::listing::RUNNING;
use crate::market::Market;
use crate::people::*;
use crate::step::Step;
use crate::world::World;

/// Dice that a seed determines.
pub struct Dice(ChaCha8Rng);

impl Dice {
    /// Of a case of a run.
    pub fn new(seed: u64, case: u64) -> Self {
        let mut dice = ChaCha8Rng::seed_from_u64(seed);
        dice.set_stream(case);
        Self(dice)
    }

    /// A number below a bound.
    pub fn below(&mut self, bound: i64) -> i64 {
        self.0.random_range(0..bound.max(1))
    }

    /// A number between two, both included.
    pub fn between(&mut self, least: i64, greatest: i64) -> i64 {
        self.0.random_range(least..=greatest.max(least))
    }

    /// Whether something of so many in a thousand happens.
    pub fn chance(&mut self, thousandths: i64) -> bool {
        self.below(1_000) < thousandths
    }

    /// One of several.
    pub fn pick<T: Copy>(&mut self, of: &[T]) -> Option<T> {
        let place = self.below(of.len() as i64) as usize;
        of.get(place).copied()
    }

    /// Any number at all.
    pub fn any(&mut self) -> i64 {
        self.0.random()
    }
}

/// What a draw looks at and leaves behind.
pub struct Draw<'a> {
    /// The world before the step.
    pub world: &'a World,
    /// Chance.
    pub dice: &'a mut Dice,
    /// Steps that follow.
    pub plan: &'a mut VecDeque<Step>,
    /// What the market is up to.
    pub market: &'a mut Market,
}

impl Draw<'_> {
    /// Whether an argument is wild.
    pub fn wild(&mut self) -> bool {
        self.dice.chance(40)
    }

    /// Plans a step.
    pub fn then(&mut self, op: &str, with: &[i64]) {
        self.plan.push_back(Step { op: op.to_owned(), with: with.to_vec(), twist: None });
    }

    /// An exchange; mostly one that runs.
    pub fn house(&mut self) -> usize {
        let roll = self.dice.below(100);
        let house = if roll < 80 { 0 } else { 1 + usize::from(roll > 96) + usize::from(roll > 98) };
        if self.world.board(house).is_some() { house } else { house % RUNNING }
    }

    /// Somebody; mostly the one who may.
    pub fn signer(&mut self, who: Person) -> i64 {
        if self.dice.chance(40) { self.dice.below(PEOPLE) } else { who }
    }

    /// An amount up to what is sensible; now and then at its edges or anything.
    pub fn amount(&mut self, most: i64) -> i64 {
        let most = most.max(0);
        match self.dice.below(40) {
            0 => 0,
            1 => 1,
            2 => most,
            3 => most.saturating_add(1),
            4 => i64::MAX,
            5 => -1,
            6 => self.dice.any(),
            7..15 => self.dice.between(most / 2, most),
            _ => self.dice.below(most.saturating_add(1)) / (1 << self.dice.below(8)),
        }
    }

    /// An account of an exchange that is like that, starting anywhere.
    pub fn account(&mut self, house: usize, like: impl Fn(&MarginAccount) -> bool) -> Option<Number> {
        let all: Vec<(Number, &MarginAccount)> = self.world.accounts_of(house).collect();
        let start = self.dice.below(all.len() as i64) as usize;
        let mut from_there = all.iter().cycle().skip(start).take(all.len());
        from_there.find(|(_, account)| like(account)).map(|(number, _)| *number)
    }

    /// An account that trades, or any.
    pub fn trader(&mut self, house: usize) -> Option<Number> {
        if self.wild() {
            return Some(self.dice.below(PEOPLE * ACCOUNTS_EACH));
        }
        let reserves = self.dice.chance(100);
        let world = self.world;
        let all: Vec<Number> = world.accounts_of(house).map(|(number, _)| number).collect();
        let trades: Vec<Number> =
            all.iter().copied().filter(|number| reserves || number % ACCOUNTS_EACH == 0).collect();
        self.dice.pick(&trades)
    }

    /// A keeper's account, or any.
    pub fn keeper(&mut self, house: usize) -> Number {
        match self.dice.below(20) {
            0 => self.trader(house).unwrap_or(0),
            _ => first_account(KEEPERS + self.dice.below(KEEPER_COUNT)),
        }
    }

    /// An account below a level or in liquidation, if there is one.
    pub fn below(&mut self, house: usize, level: Level) -> Option<Number> {
        let world = self.world;
        let is_below = |account: &MarginAccount| {
            account.position_count > 0
                && (account.liquidation_at.0 != 0
                    || world.exposure(house, account).is_some_and(|seen| seen.meets(level) == Ok(false)))
        };
        self.account(house, is_below)
    }

    /// Equity above initial, 1e-6 USD.
    pub fn free(&self, house: usize, number: Number) -> i64 {
        let free = |seen: Exposure| Some(seen.equity(INITIAL).ok()?.0 - seen.requirement(INITIAL).ok()?.0);
        let account = self.world.account(house, number);
        account.and_then(|account| self.world.exposure(house, account)).and_then(free).unwrap_or(0).max(0)
    }

    /// A contract of an exchange, or any number.
    pub fn contract(&mut self, house: usize) -> i64 {
        if self.wild() {
            return self.dice.between(-1, 12);
        }
        let Some(board) = self.world.board(house) else { return 1 };
        let settled = self.dice.chance(50);
        let listed = board.contracts.iter().filter(|row| row.id != 0 && (settled || row.settled_at.0 == 0));
        let ids: Vec<i64> = listed.map(|row| i64::from(row.id)).collect();
        self.dice.pick(&ids).unwrap_or(1)
    }

    /// A row of an underlying, or any.
    pub fn underlying(&mut self, house: usize) -> i64 {
        if self.wild() {
            return self.dice.between(-1, 40);
        }
        let Some(board) = self.world.board(house) else { return 0 };
        let rows = board.underlyings.iter().filter(|row| row.oracle.is_some()).count();
        self.dice.below(rows as i64)
    }

    /// A mint, by its place; mostly one that has a vault.
    pub fn token(&mut self, house: usize) -> i64 {
        match (house, self.dice.below(10)) {
            (_, 0..=5) => 0,
            (0, _) => self.dice.between(1, 3),
            (_, 6..=8) => 2,
            _ => self.dice.between(1, 3),
        }
    }
}
