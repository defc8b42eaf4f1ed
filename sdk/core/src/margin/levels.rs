//! The five levels, read from an exposure.
//!
//! A level multiplies the loss: `sum over underlyings of |net| x scan x multiple + fee x larger side`. What it counts
//! as equity depends on the level too. Requirements round up, equity rounds down.

use super::exposure::{Exposure, UnderlyingExposure};
use crate::error::{BallastError, Result};
use crate::math;
use crate::units::{Fine, Notional, Ratio, Scan, Usd};

/// Which scan range a level takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Range {
    Effective,
    Stressed,
}

/// What a level counts as equity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Valuation {
    /// Spot, gains count, collateral at its present weight.
    Spot,
    /// Spot, gains count, collateral at the lower of present and target weight.
    Target,
    /// The worse of spot and moving average, gains do not count.
    Worse,
}

/// One of the five levels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Level {
    range: Range,
    /// Multiple of the loss, in tenths.
    tenths: u64,
    /// Whether the confidence interval is added to the scan range.
    confidence: bool,
    /// Whether what the quote currency lacks to a dollar is added.
    quote_discount: bool,
    valuation: Valuation,
    /// Least requirement of an account that holds size.
    least: Usd,
}

/// What new risk must be backed by.
pub const INITIAL: Level = Level {
    range: Range::Stressed,
    tenths: 13,
    confidence: true,
    quote_discount: true,
    valuation: Valuation::Worse,
    least: Usd(10_000_000),
};
/// Below it the account is called.
pub const TARGET: Level = Level {
    range: Range::Stressed,
    tenths: 10,
    confidence: false,
    quote_discount: false,
    valuation: Valuation::Target,
    least: Usd(0),
};
/// Below it liquidation starts.
pub const MAINTENANCE: Level = Level {
    range: Range::Effective,
    tenths: 10,
    confidence: false,
    quote_discount: false,
    valuation: Valuation::Spot,
    least: Usd(0),
};
/// Where liquidation ends.
pub const CLOSE_OUT: Level = Level {
    range: Range::Effective,
    tenths: 11,
    confidence: false,
    quote_discount: false,
    valuation: Valuation::Spot,
    least: Usd(0),
};
/// Below it nothing slows a liquidation.
pub const CRITICAL: Level = Level {
    range: Range::Effective,
    tenths: 5,
    confidence: false,
    quote_discount: false,
    valuation: Valuation::Spot,
    least: Usd(0),
};

impl Level {
    /// Scan range at which this level takes the loss of an underlying, rounded up.
    ///
    /// # Errors
    /// `Overflow`.
    #[inline]
    pub fn scan(self, entry: &UnderlyingExposure) -> Result<Scan> {
        let range = match self.range {
            Range::Effective => entry.effective,
            Range::Stressed => entry.stressed,
        };
        // a checked product goes through 128 bits; one with less than 16 fits wherever the top four bits are free
        let multiple = match range.0 >> 60 {
            0 if self.tenths == 10 => range.0,
            0 => range.0.wrapping_mul(self.tenths).div_ceil(10),
            _ => range.0.checked_mul(self.tenths).ok_or(BallastError::Overflow)?.div_ceil(10),
        };
        if self.confidence { Scan(multiple).plus(entry.confidence) } else { Ok(Scan(multiple)) }
    }
}

impl UnderlyingExposure {
    /// What a level requires for this underlying, exactly.
    ///
    /// # Errors
    /// `Overflow`.
    pub fn requirement(&self, level: Level) -> Result<Fine> {
        let fee = math::wide_mul(self.larger_side(), self.fee.scan()?.0).map(Fine)?;
        self.net.loss(level.scan(self)?)?.plus(fee)
    }
}

impl Exposure {
    /// What a level requires. While the quote currency is below 0.99 the initial level adds what cash lacks to a dollar.
    ///
    /// # Errors
    /// `Overflow`.
    pub fn requirement(&self, level: Level) -> Result<Usd> {
        if self.sized == 0 {
            return Ok(Usd::ZERO);
        }
        let requirement = self.exact_requirement(level)?.usd_up()?.max(level.least);
        if level.quote_discount && self.quote_discount != Ratio::ZERO && self.cash > Usd::ZERO {
            return requirement.plus(self.cash.fraction_up(self.quote_discount)?);
        }
        Ok(requirement)
    }

    /// What a level requires before it is rounded and raised to its least.
    ///
    /// # Errors
    /// `Overflow`.
    pub fn exact_requirement(&self, level: Level) -> Result<Fine> {
        let mut sum = self.fees();
        for entry in self.entries() {
            sum = sum.plus(entry.net.loss(level.scan(entry)?)?)?;
        }
        Ok(sum)
    }

    /// What a level counts as equity: cash, weighted collateral and uncollected gains and losses.
    ///
    /// # Errors
    /// `Overflow`.
    pub fn equity(&self, level: Level) -> Result<Usd> {
        let (collateral, pnl) = match level.valuation {
            Valuation::Spot => (self.collateral, self.pnl),
            Valuation::Target => (self.collateral_target, self.pnl),
            Valuation::Worse => (self.collateral_initial, self.losses),
        };
        let collateral = if collateral == Fine::ZERO { Usd::ZERO } else { collateral.usd_down()? };
        let pnl = if pnl == Notional(0) { Usd::ZERO } else { pnl.usd_down()? };
        self.cash.plus(collateral)?.plus(pnl)
    }

    /// Whether the account meets a level.
    ///
    /// # Errors
    /// `Overflow`.
    pub fn meets(&self, level: Level) -> Result<bool> {
        Ok(self.equity(level)? >= self.requirement(level)?)
    }
}
