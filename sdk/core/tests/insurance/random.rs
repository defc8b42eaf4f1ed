//! Stakes, losses, income and claims in any order.

use ballast_core::error::BallastError;
use ballast_core::units::{Shares, Usd};

use crate::common::{Dice, World};
use crate::{COOLDOWN, earn, lose};

const STAKERS: usize = 5;

/// A fund, and what each staker put in, took out, and is due of its income at most.
struct Market {
    world: World,
    dice: Dice,
    net: [i128; STAKERS],
    income: i128,
    accepted: [u32; 8],
}

/// Balance (or balance and claims) per share, as two numbers to be compared crosswise.
type Price = (i128, i128);

fn at_least(now: Price, before: Price) -> bool {
    now.0 * before.1 >= before.0 * now.1
}

impl Market {
    fn new(seed: u64) -> Self {
        let mut world = World::new();
        for owner in 0..STAKERS {
            world.open_stake(owner as u8);
        }
        Self { world, dice: Dice(seed), net: [0; STAKERS], income: 0, accepted: [0; 8] }
    }

    fn prices(&self) -> (Price, Price) {
        let fund = &self.world.fund;
        let shares = i128::from(fund.shares.0);
        ((i128::from(fund.balance.0), shares), (i128::from(fund.balance.0 + fund.owed.0), shares))
    }

    fn step(&mut self) {
        let before = self.world.clone();
        let (net, gross) = self.prices();
        let staker = self.dice.below(STAKERS as u64) as usize;
        let kind = self.dice.below(8) as usize;
        let done = match kind {
            0 | 1 => self.stake(staker),
            2 => self.request(staker),
            3 => self.unstake(staker),
            4 => {
                let amount = self.amount() / 8;
                self.world.fund_insurance(amount).map(|_| ())
            }
            5 => self.move_balance(),
            6 => self.move_claims(),
            _ => {
                self.world.pass(self.dice.below(2 * COOLDOWN / 3));
                Ok(())
            }
        };
        if let Err(rule) = done {
            assert_ne!(rule, BallastError::Overflow);
            assert!(before.fund == self.world.fund && before.stakes == self.world.stakes, "a refusal changes nothing");
            assert!(before.quote == self.world.quote);
            return;
        }
        self.accepted[kind] += 1;
        self.check_books();
        let same = before.fund.generation == self.world.fund.generation
            && before.fund.shares != before.fund.exchange_shares
            && self.world.fund.shares != self.world.fund.exchange_shares;
        if kind <= 4 && same {
            let (net_now, gross_now) = self.prices();
            assert!(at_least(gross_now, gross), "nobody lowers the price of others: {kind}");
            assert!(at_least(net_now, net), "nor what they are paid");
            if before.fund.owed == Usd::ZERO {
                // rounding gives the rest less than a share and a unit
                let price = |(amount, shares): Price| amount as f64 / shares as f64;
                let (now, was) = (price(gross_now), price(gross));
                let slack = (now + 1.0) / gross_now.1 as f64 + 1e-12 * now;
                assert!(now - was <= slack, "nor raises it: {was} to {now}");
            }
        }
        self.nobody_gains();
    }

    /// All claims are of one contract, which the books of this test leave out.
    fn check_books(&mut self) {
        let contract = &mut self.world.contracts[0];
        contract.pool = self.world.fund.owed;
        self.world.board.contracts[usize::from(contract.row)].deficit.owed_to_fund = self.world.fund.owed;
        self.world.quote.ledger.0 += contract.pool.0 as u64;
        self.world.tokens[0] += contract.pool.0 as u64;
        self.world.assert_books();
        let contract = &mut self.world.contracts[0];
        self.world.quote.ledger.0 -= contract.pool.0 as u64;
        self.world.tokens[0] -= contract.pool.0 as u64;
        contract.pool = Usd::ZERO;
        self.world.board.contracts[usize::from(contract.row)].deficit.owed_to_fund = Usd::ZERO;
    }

    /// What a staker took out, and what the rest would be paid now, is no more than was put in and all income.
    fn nobody_gains(&self) {
        let fund = &self.world.fund;
        for (net, stake) in self.net.iter().zip(&self.world.stakes) {
            let rest = if stake.generation == fund.generation && fund.shares.0 > 0 {
                i128::from(stake.shares.0) * i128::from(fund.balance.0) / i128::from(fund.shares.0)
            } else {
                0
            };
            assert!(net + rest <= self.income, "{net} and {rest} with {}", self.income);
        }
    }

    fn amount(&mut self) -> u64 {
        let scale = self.dice.below(14);
        self.dice.below(10_u64.pow(scale as u32 + 1)) + self.dice.below(3)
    }

    fn stake(&mut self, staker: usize) -> Result<(), BallastError> {
        let amount = self.amount();
        let before = self.world.stakes[staker];
        let wiped = before.generation != self.world.fund.generation;
        let staked = self.world.stake(staker, amount)?;
        let kept = if wiped || before.generation != self.world.stakes[staker].generation { 0 } else { before.shares.0 };
        assert_eq!(staked.shares.0, kept + staked.minted.0);
        self.net[staker] -= i128::from(amount);
        Ok(())
    }

    fn request(&mut self, staker: usize) -> Result<(), BallastError> {
        let held = self.world.stakes[staker].shares.0;
        let shares = if self.dice.chance(50) { held } else { self.dice.below(held.max(1) + 2) };
        self.world.request_unstake(staker, Shares(shares)).map(|_| ())
    }

    fn unstake(&mut self, staker: usize) -> Result<(), BallastError> {
        let payable_at = self.world.stakes[staker].payable_at;
        if self.world.clock < payable_at && self.dice.chance(50) {
            self.world.clock = payable_at;
        }
        let paid = self.world.unstake(staker)?.paid;
        self.net[staker] += i128::from(paid.0);
        Ok(())
    }

    fn move_balance(&mut self) -> Result<(), BallastError> {
        let balance = self.world.fund.balance.0 as u64;
        if self.dice.chance(60) {
            let amount = self.amount() / 50;
            self.income += i128::from(amount);
            earn(&mut self.world, amount);
        } else {
            let everything = self.dice.chance(10);
            let amount = if everything { balance } else { self.dice.below(balance / 3 + 1) };
            lose(&mut self.world, amount);
            if everything {
                // its claims too
                self.world.fund.owed = Usd::ZERO;
            }
        }
        Ok(())
    }

    /// A claim is paid for and owed, or repaid. What is owed at first was the fund's own.
    fn move_claims(&mut self) -> Result<(), BallastError> {
        let fund = self.world.fund;
        if self.dice.chance(50) {
            let claim = self.dice.below(fund.balance.0 as u64 / 4 + 1);
            lose(&mut self.world, claim);
            self.world.fund.owed.0 += claim as i64;
        } else {
            let repaid = self.dice.below(fund.owed.0 as u64 + 1);
            self.world.fund.owed.0 -= repaid as i64;
            // those who left without it give it to the rest: income
            self.income += i128::from(repaid);
            earn(&mut self.world, repaid);
        }
        Ok(())
    }
}

#[test]
fn no_order_of_actions_breaks_the_price() {
    let mut accepted = [0; 8];
    let mut generations = 0;
    for seed in 1..=1_000 {
        let mut market = Market::new(0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(seed));
        for _ in 0..500 {
            market.step();
        }
        generations += market.world.fund.generation;
        for (sum, count) in accepted.iter_mut().zip(market.accepted) {
            *sum += count;
        }
    }
    println!("{accepted:?}, {generations} generations");
    assert!(accepted.iter().all(|count| *count > 1_000) && generations > 50, "{accepted:?}, {generations}");
}
