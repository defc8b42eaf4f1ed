//! The operations, with random arguments of which many are refused. Each names what it did.

use ballast_core::clearing::{Asset, Call, Fill, Liquidated};
use ballast_core::error::{BallastError, Result};
use ballast_core::margin::{Exposure, INITIAL, MAINTENANCE};
use ballast_core::math;
use ballast_core::units::{PerLot, Ratio, Shares, Usd};

use super::common::{BTC, BTC_PRICE, BTC_VAULT, QUOTE, SOL, SOL_PRICE, SOL_VAULT, moved, usd};
use super::{OWNERS, Random};

impl Random {
    pub(crate) fn refresh(&mut self) -> Result<&'static str> {
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
        } else if done.measured.sampled {
            "refresh, sampled"
        } else {
            "refresh"
        })
    }

    /// A depth by one of three reporters, of which two make a quorum; now and then by nobody, or of nothing.
    pub(crate) fn post_depth(&mut self) -> Result<&'static str> {
        let underlying = if self.dice.chance(50) { BTC } else { SOL };
        let depth = if self.dice.chance(5) { Usd::ZERO } else { usd(self.dice.between(10_000, 1_000_000)) };
        let reporter = if self.dice.chance(5) { 9 } else { self.dice.below(3) as u8 };
        self.world.post_depth(underlying, reporter, depth)?;
        Ok("depth posted")
    }

    /// An index near its last, mostly.
    pub(crate) fn post_index(&mut self) -> Result<&'static str> {
        let underlying = if self.dice.chance(50) { BTC } else { SOL };
        let last = self.world.board.underlyings[usize::from(underlying)].index.value.0;
        let value = if last == 0 || self.dice.chance(20) {
            self.dice.between(100_000_000, 2_000_000_000)
        } else {
            moved(last, self.dice.between(-80, 80))
        };
        self.world.post_index(underlying, Ratio(value))?;
        Ok("index posted")
    }

    /// The quote currency is worth a dollar, mostly.
    pub(crate) fn price_quote(&mut self) -> Result<&'static str> {
        let seconds = self.dice.below(3);
        self.world.pass(seconds);
        let price = if self.dice.chance(75) { 100_000_000 } else { self.dice.between(92_000_000, 101_000_000) };
        self.world.refresh(QUOTE, price, price, price / 5_000, None)?;
        let lacking = if price < 99_000_000 { 1_000_000_000 - price * 10 } else { 0 };
        assert_eq!(self.world.board.quote_discount, Ratio(lacking));
        Ok(if lacking > 0 { "quote below par" } else { "quote at par" })
    }

    pub(crate) fn trade(&mut self) -> Result<&'static str> {
        let (buyer, seller, contract) = (self.trader(), self.trader(), self.contract());
        if buyer == seller {
            return self.reduce();
        }
        let mark = self.world.mark(contract);
        let free = self.free(buyer).min(self.free(seller)).max(0);
        let lots = (free * self.dice.between(2, 11) / (mark.0 / 1_000_000)).max(1) as u64;
        let width = if self.dice.chance(5) { 150 } else { 60 };
        let price = PerLot(moved(mark.0, self.dice.between(-width, width)));
        let fill = Fill { by_venue: self.dice.chance(50), ..Fill::new(lots, price) };
        self.world.trade(buyer, seller, contract, fill)?;
        Ok("trade")
    }

    /// Equity above initial.
    fn free(&self, account: usize) -> i64 {
        let exposure = self.world.exposure(account);
        exposure.equity(INITIAL).unwrap().0 - exposure.requirement(INITIAL).unwrap().0
    }

    /// A fill between a short and a long.
    pub(crate) fn reduce(&mut self) -> Result<&'static str> {
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
        self.world.trade(buyer, seller, contract, Fill::new(lots, price))?;
        Ok(if good == [true, true] { "reduction" } else { "reduction below initial" })
    }

    pub(crate) fn deposit(&mut self) -> Result<&'static str> {
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

    pub(crate) fn withdraw(&mut self) -> Result<&'static str> {
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

    pub(crate) fn transfer(&mut self) -> Result<&'static str> {
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

    pub(crate) fn settle(&mut self) -> Result<&'static str> {
        let (account, contract) = (self.trader(), self.contract());
        let done = self.world.settle(account, contract)?;
        Ok(if done.paid > Usd::ZERO { "settlement of a gain" } else { "settlement of a loss" })
    }

    pub(crate) fn rebalance(&mut self) -> Result<&'static str> {
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

    pub(crate) fn liquidate(&mut self) -> Result<&'static str> {
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
        let before = self.standing(account);
        let done = self.world.liquidate(account, keeper, reserve, contract, most)?;
        Ok(self.judge(account, keeper, before, &done))
    }

    /// A position with its hedge.
    pub(crate) fn liquidate_pair(&mut self) -> Result<&'static str> {
        let (account, keeper) = (self.delinquent(), self.trader());
        if account == keeper {
            return Err(BallastError::SameAccount);
        }
        let (main, hedge) = if self.dice.chance(50) { (0, 1) } else { (1, 0) };
        let most = if self.dice.chance(50) { u64::MAX >> 1 } else { 1 + self.dice.below(40) };
        let before = self.standing(account);
        let done = self.world.liquidate_pair(account, keeper, main, hedge, most)?;
        let kind = self.judge(account, keeper, before, &done);
        Ok(if done.hedge_taken.0 == 0 { kind } else { "pair" })
    }

    /// Lots of an insolvent account against one that has gained.
    pub(crate) fn deleverage(&mut self) -> Result<&'static str> {
        let (account, contract) = (self.delinquent(), self.contract());
        let first = self.trader();
        let side = self.world.size(account, contract).signum();
        let opposite = (0..OWNERS)
            .map(|step| (first + 2 * step) % (2 * OWNERS))
            .find(|place| self.world.size(*place, contract).signum() == -side && *place != account)
            .ok_or(BallastError::NotOpposite)?;
        let most = if self.dice.chance(50) { u64::MAX >> 1 } else { 1 + self.dice.below(40) };
        let seen = |world: &super::World| {
            let exposure = world.exposure(opposite);
            (exposure.equity(MAINTENANCE).unwrap(), exposure.requirement(MAINTENANCE).unwrap())
        };
        let (equity, needed) = seen(&self.world);
        let held = self.world.accounts[account];
        let (begun, seen_at) = (held.liquidation_at, held.insolvent_at);
        if seen_at.0 != 0 && self.dice.chance(50) {
            // nobody came for five minutes
            let account = &mut self.world.accounts[account];
            account.liquidation_at.0 -= 300;
            account.insolvent_at.0 -= 300;
        }
        let done = self.world.deleverage(account, opposite, contract, most);
        if done.is_err() {
            let account = &mut self.world.accounts[account];
            (account.liquidation_at, account.insolvent_at) = (begun, seen_at);
        }
        let done = done?;
        let (after, left) = seen(&self.world);
        if done.closed.0 == 0 {
            return Ok("deleveraging not needed");
        }
        let charged = done.resolved.by_index > Usd::ZERO;
        assert!(charged || math::wide(after.0, needed.0) >= math::wide(equity.0, left.0), "E/M of the winner fell");
        assert!(charged || equity < needed || after >= left, "the winner became liquidatable");
        Ok("deleveraged")
    }

    /// Takes note of losses beyond cash.
    pub(crate) fn look(&mut self) -> Result<&'static str> {
        let (account, keeper) = (self.delinquent(), self.trader());
        if account == keeper {
            return Err(BallastError::SameAccount);
        }
        self.world.sell_collateral(account, keeper, None, SOL_VAULT, 0)?;
        Ok("look")
    }

    /// Equity and maintenance as a liquidation counts them, and whether holds are waived.
    fn standing(&self, account: usize) -> (i64, i64, bool) {
        let now = self.world.board.time(self.world.clock);
        let (seen, waived) = Exposure::for_liquidation(&self.world.accounts[account], &self.world.board, now).unwrap();
        (seen.equity(MAINTENANCE).unwrap().0, seen.requirement(MAINTENANCE).unwrap().0, waived)
    }

    /// The laws of a liquidation that succeeded.
    fn judge(&mut self, account: usize, keeper: usize, before: (i64, i64, bool), done: &Liquidated) -> &'static str {
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
        let (after, needed, waived) = self.standing(account);
        if waived != before.2 {
            // what was held counts otherwise now
            return "liquidation that ends a waiver";
        }
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

    pub(crate) fn sell_collateral(&mut self) -> Result<&'static str> {
        let (account, keeper) = (self.delinquent(), self.trader());
        if account == keeper {
            return Err(BallastError::SameAccount);
        }
        let vault = if self.dice.chance(50) { SOL_VAULT } else { BTC_VAULT };
        let most = if self.dice.chance(80) { u64::MAX >> 1 } else { self.dice.below(1_000_000_000) };
        let reserve = self.reserve_of(account);
        let (equity, maintenance, had) = self.standing(account);
        let done = self.world.sell_collateral(account, keeper, reserve, vault, most)?;
        let (after, needed, has) = self.standing(account);
        if had != has {
            return Ok("sale that ends a waiver");
        }
        assert_eq!(needed, maintenance);
        assert!(after + 1 >= equity, "a sale lowered equity: {equity} to {after}");
        Ok(if done.tokens.0 > 0 { "sale of collateral" } else { "sale not needed" })
    }

    pub(crate) fn fund_insurance(&mut self) -> Result<&'static str> {
        let amount = self.dice.below(80_000_000);
        self.world.fund_insurance(amount)?;
        Ok("insurance funded")
    }

    pub(crate) fn stake(&mut self) -> Result<&'static str> {
        let (stake, amount) = (self.dice.below(2) as usize, self.dice.below(80_000_000));
        self.world.stake(stake, amount)?;
        Ok("stake")
    }

    pub(crate) fn request_unstake(&mut self) -> Result<&'static str> {
        let stake = self.dice.below(2) as usize;
        let held = self.world.stakes[stake];
        // most wait for what they asked for
        if held.leaving != Shares::ZERO && self.dice.chance(90) {
            return Err(BallastError::UnstakeTooEarly);
        }
        self.world.request_unstake(stake, Shares(self.dice.below(held.shares.0 + 1)))?;
        Ok("unstake requested")
    }

    pub(crate) fn unstake(&mut self) -> Result<&'static str> {
        let stake = self.dice.below(2) as usize;
        self.world.unstake(stake)?;
        Ok("unstake")
    }

    pub(crate) fn collect_fees(&mut self) -> Result<&'static str> {
        let contract = self.contract();
        self.world.collect_fees(contract)?;
        Ok("fees collected")
    }
}
