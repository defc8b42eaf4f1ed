//! Which prices are good enough for which action: the one table.

use super::exposure::Exposure;
use crate::error::{BallastError, Result};
use crate::model::feed::{AFTER_OUTAGE, DIVERGED, WIDE};
use crate::state::UnderlyingRow;
use crate::units::{Price, Timestamp};

/// What a price is needed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Deposit, reduce.
    Reduce,
    /// Add risk, withdraw, transfer.
    AddRisk,
    /// Pay a gain.
    SettleGain,
    /// Collect a loss.
    SettleLoss,
    /// Top up from the reserve.
    TopUp,
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
    /// It is further than four scan ranges from its moving average.
    Diverged,
    /// It is too old.
    Stale,
}

/// What the table answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The price serves.
    Yes,
    /// It does not.
    No,
    /// The account is judged with the underlying at the edge that favours it, and nothing of it is taken.
    AtEdge,
    /// The same for as long as the hold lasts; afterwards the price serves.
    WhileHeld,
}

impl Action {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Reduce,
        Self::AddRisk,
        Self::SettleGain,
        Self::SettleLoss,
        Self::TopUp,
        Self::Rebalance,
        Self::Liquidate,
    ];

    /// Age in seconds up to which a price serves.
    #[must_use]
    pub const fn longest_age(self) -> u64 {
        match self {
            Self::AddRisk => 30,
            Self::SettleGain | Self::SettleLoss | Self::Rebalance | Self::Liquidate => 60,
            Self::Reduce | Self::TopUp => u64::MAX,
        }
    }
}

impl Validity {
    /// The table: one row a validity, one column an action.
    #[must_use]
    pub const fn serves(self, action: Action) -> Answer {
        use Action::{AddRisk, Liquidate, Rebalance, Reduce, SettleGain, SettleLoss, TopUp};
        use Answer::{AtEdge, No, WhileHeld, Yes};
        match (self, action) {
            (_, Reduce | TopUp) | (Self::Good, _) | (Self::Wide | Self::Diverged, SettleLoss) => Yes,
            (Self::Wide | Self::Diverged | Self::Stale, AddRisk | SettleGain | Rebalance)
            | (Self::Stale, SettleLoss) => No,
            (Self::Wide | Self::Stale, Liquidate) => AtEdge,
            (Self::Diverged, Liquidate) => WhileHeld,
        }
    }

    /// The rule that an action breaks which this price does not serve. A Good one fails only a liquidation, for the two
    /// minutes after an outage.
    #[must_use]
    pub const fn rule(self) -> BallastError {
        match self {
            Self::Good => BallastError::LiquidationWaits,
            Self::Wide => BallastError::PriceWide,
            Self::Diverged => BallastError::PriceDiverged,
            Self::Stale => BallastError::PriceStale,
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
    let old = now.since(row.published_at) > action.longest_age();
    Ok(match row.flaws {
        _ if old => Validity::Stale,
        flaws if flaws & WIDE != 0 => Validity::Wide,
        flaws if flaws & DIVERGED != 0 => Validity::Diverged,
        _ => Validity::Good,
    })
}

/// Fails unless an underlying's price serves an action.
///
/// # Errors
/// `PriceMissing`, `PriceStale`, `PriceWide`, `PriceDiverged`.
pub fn require(row: &UnderlyingRow, action: Action, now: Timestamp) -> Result<()> {
    let validity = validity(row, action, now)?;
    if validity.serves(action) == Answer::Yes { Ok(()) } else { Err(validity.rule()) }
}

/// How an underlying counts where an account is liquidated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Counts {
    /// At spot; it may be taken.
    AtSpot,
    /// At the edge of its band for a while: a divergence or an outage.
    Held,
    /// At the edge of its band.
    AtEdge,
}

/// How an underlying counts where an account is liquidated, and what its price is worth.
///
/// # Errors
/// `PriceMissing`.
pub(crate) fn counts(row: &UnderlyingRow, now: Timestamp) -> Result<(Counts, Validity)> {
    let validity = validity(row, Action::Liquidate, now)?;
    let counts = match validity.serves(Action::Liquidate) {
        Answer::Yes if row.feed.is_after_outage(now) => Counts::Held,
        Answer::WhileHeld if row.feed.is_held(now) || row.feed.is_after_outage(now) => Counts::Held,
        Answer::Yes | Answer::WhileHeld => Counts::AtSpot,
        Answer::AtEdge | Answer::No => Counts::AtEdge,
    };
    Ok((counts, validity))
}

impl Exposure {
    /// Fails unless every price that counts in this exposure is Good for an action.
    ///
    /// # Errors
    /// `PriceStale`, `PriceWide`, `PriceDiverged`.
    pub fn require_good(&self, action: Action, now: Timestamp) -> Result<()> {
        self.require_without(WIDE | DIVERGED, action, now)
    }

    /// Fails where a price is Stale or Wide. A Diverged one serves who takes over what it holds no longer: initial counts
    /// the worse of spot and moving average.
    pub(crate) fn require_sharp(&self, action: Action, now: Timestamp) -> Result<()> {
        self.require_without(WIDE, action, now)
    }

    /// Whether every price that counts serves a liquidation as it stands.
    pub(crate) const fn counts_at_spot(&self, now: Timestamp) -> bool {
        self.flaws & (WIDE | DIVERGED | AFTER_OUTAGE) == 0
            && now.since(self.oldest_price) <= Action::Liquidate.longest_age()
    }

    fn require_without(&self, flaws: u8, action: Action, now: Timestamp) -> Result<()> {
        if now.since(self.oldest_price) > action.longest_age() {
            return Err(BallastError::PriceStale);
        }
        match self.flaws & flaws {
            0 => Ok(()),
            flaws if flaws & WIDE != 0 => Err(BallastError::PriceWide),
            _ => Err(BallastError::PriceDiverged),
        }
    }
}
