//! Which prices are good enough for which action: the one table.

use super::exposure::Exposure;
use crate::error::{BallastError, Result};
use crate::state::UnderlyingRow;
use crate::units::{Price, Timestamp};

/// What a price is needed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Add risk, withdraw, transfer.
    AddRisk,
    /// Pay a gain.
    SettleGain,
    /// Open, update or close a call; release.
    Rebalance,
    /// Take positions or collateral.
    Liquidate,
}

/// What a price is worth, at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Validity {
    /// Serves every action.
    Good,
    /// Its confidence interval is above the limit.
    Wide,
    /// It is too old.
    Stale,
}

impl Action {
    /// Age in seconds up to which a price serves.
    #[must_use]
    pub const fn longest_age(self) -> u64 {
        match self {
            Self::AddRisk => 30,
            Self::SettleGain | Self::Rebalance | Self::Liquidate => 60,
        }
    }
}

/// What an underlying's price is worth for an action at `now`.
///
/// # Errors
/// `PriceMissing` before the first price.
pub fn validity(row: &UnderlyingRow, action: Action, now: Timestamp) -> Result<Validity> {
    if row.price == Price::ZERO {
        return Err(BallastError::PriceMissing);
    }
    if now.since(row.published_at) > action.longest_age() {
        return Ok(Validity::Stale);
    }
    Ok(if row.confidence > row.confidence_limit { Validity::Wide } else { Validity::Good })
}

impl Exposure {
    /// Fails unless every price that counts in this exposure is Good for an action.
    ///
    /// # Errors
    /// `PriceStale`, `PriceWide`.
    pub fn require_good(&self, action: Action, now: Timestamp) -> Result<()> {
        if now.since(self.oldest_price) > action.longest_age() {
            return Err(BallastError::PriceStale);
        }
        if self.wide { Err(BallastError::PriceWide) } else { Ok(()) }
    }
}

impl Validity {
    /// Fails unless the price is Good.
    ///
    /// # Errors
    /// `PriceStale`, `PriceWide`.
    pub const fn require_good(self) -> Result<()> {
        match self {
            Self::Good => Ok(()),
            Self::Wide => Err(BallastError::PriceWide),
            Self::Stale => Err(BallastError::PriceStale),
        }
    }
}
