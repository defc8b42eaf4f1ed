//! What an account needs and what it has, in dollars.

use ballast_core::model::Ramp;
use ballast_core::state::{Board, MarginAccount};
use ballast_core::units::Timestamp;

use super::build::place;
use super::model::{self, BLOCK, Speed, Way};
use super::units::{dollars, per_lot, per_token, ratio, scan, seconds};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    Initial,
    Target,
    Maintenance,
    CloseOut,
    Critical,
}

pub const LEVELS: [Level; 5] = [Level::Initial, Level::Target, Level::Maintenance, Level::CloseOut, Level::Critical];

/// A position at the contract's present indices.
#[derive(Clone, Copy, Debug)]
pub struct Holding {
    pub contract: u32,
    pub underlying: usize,
    pub size: f64,
    pub mark: f64,
    pub ema_mark: f64,
    pub basis: f64,
}

/// Collateral of one kind.
#[derive(Clone, Copy, Debug)]
pub struct Pledge {
    pub vault: u8,
    pub spot: f64,
    pub ema: f64,
    pub weight: f64,
    pub target_weight: f64,
    pub initial_weight: f64,
}

/// The requirement on an underlying.
#[derive(Clone, Copy, Debug)]
pub struct Range {
    pub effective: f64,
    pub target: f64,
    pub confidence: f64,
    pub fee: f64,
}

#[derive(Clone, Debug)]
pub struct Account {
    pub cash: f64,
    /// What a unit of cash lacks to a dollar.
    pub quote_discount: f64,
    pub holdings: Vec<Holding>,
    pub pledges: Vec<Pledge>,
    pub ranges: Vec<Range>,
}

impl Holding {
    pub fn value(&self) -> f64 {
        self.size * self.mark
    }

    pub fn pnl(&self) -> f64 {
        self.value() + self.basis
    }

    pub fn worse_pnl(&self) -> f64 {
        self.value().min(self.size * self.ema_mark) + self.basis
    }
}

/// A ramp in plain numbers, its lows in the order of time.
pub fn way(ramp: &Ramp) -> Way {
    let block = ramp.started_at.0.div_euclid(BLOCK);
    let lows = [4, 3, 2, 1, 0].map(|before| scan(ramp.lows[place(block - before)]));
    Way { start: scan(ramp.start), target: scan(ramp.target), started_at: ramp.started_at.0, lows }
}

/// The scan range in force; what tightens runs on to `until`, what loosens is held as it is `now`.
pub fn range(board: &Board, underlying: usize, now: Timestamp, until: Timestamp) -> Range {
    let row = &board.underlyings[underlying];
    let (start, target) = (scan(row.ramp.start), scan(row.ramp.target));
    let time = if target > start { until } else { now };
    let speed = Speed { up: ratio(row.ramp_terms.up), down: ratio(row.ramp_terms.down) };
    Range {
        effective: way(&row.ramp).effective(speed, time.0),
        target,
        confidence: ratio(row.confidence),
        fee: ratio(row.liquidation_fee),
    }
}

/// The weight in force and where it leads, likewise.
pub fn weights(board: &Board, vault: u8, now: Timestamp, until: Timestamp) -> (f64, f64) {
    let row = &board.vaults[usize::from(vault)];
    let (start, target) = (ratio(row.weight.start), ratio(row.weight.target));
    let time = if target < start { until } else { now };
    let (fall, rise) = (ratio(row.weight_terms.fall_per_day), ratio(row.weight_terms.rise_per_day));
    (model::ramped_weight(start, target, fall, rise, seconds(row.weight.started_at, time)), target)
}

impl Account {
    pub fn of(account: &MarginAccount, board: &Board, now: Timestamp) -> Self {
        Self::ahead(account, board, now, now)
    }

    /// The account as it will be at `until`, if prices stay and only what tightens goes on.
    pub fn ahead(account: &MarginAccount, board: &Board, now: Timestamp, until: Timestamp) -> Self {
        let positions = &account.positions[..usize::from(account.position_count)];
        let holdings = positions.iter().map(|position| {
            let row = &board.contracts[usize::from(position.row)];
            let size = position.size.0 as f64;
            let funding = dollars(row.funding.index) - dollars(position.funding_index);
            let losses = dollars(if position.size.0 > 0 { row.loss_long } else { row.loss_short });
            let charged = losses - dollars(position.loss_index);
            let accrued = if position.size.0 == 0 { 0.0 } else { size * funding + size.abs() * charged };
            Holding {
                contract: position.contract,
                underlying: usize::from(row.underlying),
                size,
                mark: per_lot(row.mark),
                ema_mark: per_lot(row.ema_mark),
                basis: dollars(position.basis) - accrued,
            }
        });
        let held = account.collateral.iter().filter(|held| held.amount.0 > 0);
        let pledges = held.map(|held| {
            let row = &board.vaults[usize::from(held.vault)];
            let amount = held.amount.0 as f64;
            let (weight, target_weight) = weights(board, held.vault, now, until);
            let (spot, ema) = (amount * per_token(row.value), amount * per_token(row.ema_value));
            Pledge { vault: held.vault, spot, ema, weight, target_weight, initial_weight: ratio(row.initial_weight) }
        });
        Self {
            cash: dollars(account.cash),
            quote_discount: ratio(board.quote_discount),
            holdings: holdings.collect(),
            pledges: pledges.collect(),
            ranges: (0..board.underlyings.len()).map(|row| range(board, row, now, until)).collect(),
        }
    }

    /// Longs and shorts on an underlying, both as positive notional.
    pub fn sides(&self, underlying: usize) -> (f64, f64) {
        let mut sides = (0.0, 0.0);
        for holding in self.holdings.iter().filter(|holding| holding.underlying == underlying) {
            sides.0 += holding.value().max(0.0);
            sides.1 += (-holding.value()).max(0.0);
        }
        sides
    }

    pub fn net(&self, underlying: usize) -> f64 {
        let (long, short) = self.sides(underlying);
        long - short
    }

    /// `sum over underlyings of |net| x range + fee x max(long, short)`, the range by level; initial adds what cash lacks
    /// to a dollar.
    pub fn requirement(&self, level: Level) -> f64 {
        let needed: f64 = (0..self.ranges.len())
            .map(|underlying| {
                let range = &self.ranges[underlying];
                let stressed = range.target.max(range.effective);
                let loss_at = match level {
                    Level::Initial => 1.3 * stressed + 2.12 * range.confidence,
                    Level::Target => stressed,
                    Level::Maintenance => range.effective,
                    Level::CloseOut => 1.1 * range.effective,
                    Level::Critical => 0.5 * range.effective,
                };
                let (long, short) = self.sides(underlying);
                (long - short).abs() * loss_at + range.fee * long.max(short)
            })
            .sum();
        let holds = self.holdings.iter().any(|holding| holding.size != 0.0);
        if level == Level::Initial && holds {
            needed.max(10.0) + self.quote_discount * self.cash.max(0.0)
        } else {
            needed
        }
    }

    /// Cash, weighted collateral and gains and losses, as a level counts them.
    pub fn equity(&self, level: Level) -> f64 {
        let collateral: f64 = self.pledges.iter().map(|pledge| pledge.counted(level)).sum();
        let pnl: f64 = self
            .holdings
            .iter()
            .map(|holding| if level == Level::Initial { holding.worse_pnl().min(0.0) } else { holding.pnl() })
            .sum();
        self.cash + collateral + pnl
    }

    pub fn excess(&self, level: Level) -> f64 {
        self.equity(level) - self.requirement(level)
    }

    /// What rounding may do to equity, which is a difference of large numbers: units of USD, the unit of a weight (1e-9)
    /// on collateral, and `f64` itself.
    pub fn rounding(&self) -> f64 {
        let held: f64 = self.holdings.iter().map(|holding| holding.value().abs() + holding.basis.abs()).sum();
        let pledged: f64 = self.pledges.iter().map(|pledge| pledge.spot.max(pledge.ema)).sum();
        2e-6 + 1e-9 * pledged + 1e-13 * (held + self.cash)
    }

    /// Buys lots (sells with a negative number) at a price, and pays a fee in cash.
    pub fn fill(&mut self, contract: u32, row: &Holding, lots: f64, price: f64, fee: f64) {
        self.cash -= fee;
        let place = self.holdings.iter().position(|holding| holding.contract == contract);
        let place = place.unwrap_or_else(|| {
            self.holdings.push(Holding { size: 0.0, basis: 0.0, ..*row });
            self.holdings.len() - 1
        });
        self.holdings[place].size += lots;
        self.holdings[place].basis -= lots * price;
    }
}

impl Pledge {
    fn counted(&self, level: Level) -> f64 {
        if self.spot < 10.0 {
            return 0.0;
        }
        match level {
            Level::Initial => self.spot.min(self.ema) * self.weight.min(self.target_weight).min(self.initial_weight),
            Level::Target => self.spot * self.weight.min(self.target_weight),
            _ => self.spot * self.weight,
        }
    }
}
