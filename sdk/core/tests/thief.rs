//! A thief who knows every instruction, at random, while prices are printed that nobody trusts.
//!
//! The true prices move by less than a scan range and come back. Prints are Wide or Diverged, short, and gone afterwards,
//! or a feed is silent; in between the thief trades with itself, settles whomever it likes, liquidates, tops up, deposits and
//! withdraws. In the end it has no more than it had.
#![allow(
    missing_docs,
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

mod common;

use ballast_core::clearing::Asset;
use ballast_core::units::{Ratio, Usd};
use common::{
    BTC, BTC_LARGE, BTC_PERP, BTC_PRICE, BTC_VAULT, Dice, SOL, SOL_PERP, SOL_PRICE, SOL_VAULT, World, hold, moved, usd,
};

const ALL: u64 = u64::MAX >> 1;
/// Accounts of the thief, after two honest ones.
const OWN: std::ops::Range<usize> = 2..6;
const SEEDS: u64 = 30_000;

struct Robbery {
    world: World,
    dice: Dice,
    /// Paid in less taken out, each token at its true price.
    paid_in: i64,
    /// How far the true prices are from where they began, in parts in ten thousand.
    away: [i64; 2],
}

impl Robbery {
    fn new(seed: u64) -> Self {
        let mut world = World::new();
        let dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        let (long, short) = (world.account(1, usd(100_000)), world.account(2, usd(100_000)));
        world.scan(BTC, Ratio::percent(3));
        world.scan(SOL, Ratio::percent(3));
        for contract in [BTC_PERP, SOL_PERP] {
            hold(&mut world, long, short, contract, 10_000);
        }
        world.fund_insurance(usd(100_000).0 as u64).unwrap();
        for _ in OWN {
            world.account(9, Usd::ZERO);
        }
        let mut robbery = Self { world, dice, paid_in: 0, away: [0; 2] };
        for account in OWN {
            let cash = robbery.dice.between(0, 30_000);
            robbery.deposit(account, None, cash);
            if robbery.dice.chance(40) {
                let (vault, dollars) = (robbery.dice.below(2) as u8, robbery.dice.between(10, 30_000));
                robbery.deposit(account, Some(vault), dollars);
            }
        }
        robbery
    }

    /// Units of a mint that a dollar buys.
    fn units(vault: Option<u8>, dollars: i64) -> u64 {
        match vault {
            None => dollars as u64 * 1_000_000,
            Some(SOL_VAULT) => dollars as u64 * 1_000_000_000 / 150,
            Some(_) => dollars as u64 * 1_000,
        }
    }

    fn value(vault: Option<u8>, units: u64) -> i64 {
        match vault {
            None => units as i64,
            Some(SOL_VAULT) => units as i64 * 150 / 1_000,
            Some(_) => units as i64 * 1_000,
        }
    }

    fn deposit(&mut self, account: usize, vault: Option<u8>, dollars: i64) {
        let units = Self::units(vault, dollars);
        if units > 0 && self.world.deposit(account, vault, units).is_ok() {
            self.paid_in += Self::value(vault, units);
        }
    }

    fn withdraw(&mut self, account: usize) {
        let vault = [None, Some(SOL_VAULT), Some(BTC_VAULT)][self.dice.below(3) as usize];
        let held = match vault {
            None => self.world.accounts[account].cash.0 as u64,
            Some(row) => self.world.accounts[account].collateral_of(row).0,
        };
        let part = held / 100 * (self.dice.below(100) + 1);
        if part > 0 && self.world.withdraw(account, vault, part).is_ok() {
            self.paid_in -= Self::value(vault, part);
        }
    }

    fn own(&mut self) -> usize {
        OWN.start + self.dice.below(OWN.len() as u64) as usize
    }

    fn anybody(&mut self) -> usize {
        self.dice.below(OWN.end as u64) as usize
    }

    fn act(&mut self) {
        let contract = [BTC_PERP, BTC_LARGE, SOL_PERP][self.dice.below(3) as usize];
        let (one, other) = (self.own(), self.own());
        if one == other {
            return;
        }
        let world = &mut self.world;
        match self.dice.below(8) {
            0..=2 => {
                let held = world.size(one, contract).unsigned_abs().min(world.size(other, contract).unsigned_abs());
                let lots = match held {
                    0 => self.dice.below(20_000) + 1,
                    held if self.dice.chance(70) => held,
                    held => self.dice.below(held) + 1,
                };
                let (buyer, seller) = if world.size(one, contract) > 0 { (other, one) } else { (one, other) };
                let off = if self.dice.chance(50) { self.dice.between(-90, 90) } else { self.dice.between(-15, 15) };
                let _ = world.fill_off(buyer, seller, contract, lots, off);
            }
            3 => {
                let whose = self.anybody();
                let _ = self.world.settle(whose, contract);
            }
            4 => {
                let whose = self.anybody();
                let most = [0, 1, 100, ALL][self.dice.below(4) as usize];
                if whose != one {
                    let _ = self.world.liquidate(whose, one, None, contract, most);
                }
            }
            5 => {
                let whose = self.anybody();
                if whose != one {
                    let vault = self.dice.below(2) as u8;
                    let _ = self.world.sell_collateral(whose, one, None, vault, ALL);
                }
            }
            6 => self.withdraw(one),
            _ => {
                let amount = self.dice.below(10_000_000_000) + 1;
                let _ = world.transfer(one, other, Asset::Cash, amount);
                let _ = world.rebalance(one, None, None);
            }
        }
    }

    fn true_price(&self, row: u8) -> i64 {
        moved([BTC_PRICE, SOL_PRICE][usize::from(row)], self.away[usize::from(row)])
    }

    fn true_prices(&mut self) {
        self.world.pass(1);
        for row in [BTC, SOL] {
            let price = self.true_price(row);
            // the average follows, or has not seen the move yet
            let average = if self.dice.chance(50) { price } else { [BTC_PRICE, SOL_PRICE][usize::from(row)] };
            self.world.print(row, price, average);
            self.world.scan(row, Ratio::percent(3));
        }
    }

    /// One print that nobody trusts, or a minute and more in which one feed, or both, say nothing.
    fn doubt(&mut self) {
        let row = if self.dice.chance(50) { BTC } else { SOL };
        if self.dice.chance(25) {
            self.world.pass(61 + self.dice.below(200));
            if self.dice.chance(50) {
                self.world.print(row, self.true_price(row), self.true_price(row));
                self.world.scan(row, Ratio::percent(3));
            }
            return;
        }
        self.world.pass(1);
        let (price, factor) = (self.true_price(row), self.dice.between(10, 3_000));
        let wide = self.dice.chance(50) || (800..1_200).contains(&factor);
        let print = price / 1_000 * factor;
        let confidence = if wide { print / 20 } else { print / 5_000 };
        self.world.refresh(row, print, price, confidence, None).unwrap();
        self.world.scan(row, Ratio::percent(3));
    }

    /// What the thief has, each account for itself: nobody pays what it lacks.
    fn wealth(&self) -> i64 {
        OWN.map(|account| {
            let held = &self.world.accounts[account];
            let collateral: i64 =
                [SOL_VAULT, BTC_VAULT].map(|row| Self::value(Some(row), held.collateral_of(row).0)).iter().sum();
            let pnl = self.world.exposure(account).pnl.usd_up().unwrap().0;
            (held.cash.0 + collateral + pnl).max(0)
        })
        .sum()
    }
}

/// What the honest are worth.
fn honest(world: &World) -> i64 {
    (0..OWN.start).map(|account| world.equity(account).0).sum::<i64>() + world.fund.balance.0
}

#[test]
fn nobody_gains_by_prices_that_nobody_trusts() {
    for seed in 1..=SEEDS {
        let mut robbery = Robbery::new(seed);
        robbery.true_prices();
        for _ in 0..robbery.dice.between(1, 8) {
            robbery.act();
        }
        let before = honest(&robbery.world);
        // there and back: further, an account that nobody liquidates might become insolvent
        let there = [robbery.dice.between(-280, 280), robbery.dice.between(-280, 280)];
        let moves = robbery.dice.chance(50);
        for round in 0..robbery.dice.between(1, 4) {
            robbery.away = if moves && round == 1 { there } else { [0; 2] };
            if robbery.dice.chance(70) {
                robbery.doubt();
                for _ in 0..robbery.dice.between(1, 10) {
                    robbery.act();
                }
            }
            robbery.true_prices();
            for _ in 0..robbery.dice.between(0, 6) {
                robbery.act();
            }
        }
        robbery.away = [0; 2];
        robbery.true_prices();
        // a unit a rounding
        let gained = robbery.wealth() - robbery.paid_in;
        assert!(gained <= 100, "seed {seed}: the thief is richer by {gained}");
        assert!(honest(&robbery.world) >= before - 100, "seed {seed}: the honest are poorer");
        robbery.world.assert_books();
    }
}
