//! Which prices are good enough for which action: the one table.

use super::exposure::Exposure;
use crate::error::{BallastError, Result};
use crate::model::Feed;
use crate::model::feed::{AFTER_OUTAGE, DIVERGED, WIDE};
use crate::state::UnderlyingRow;
use crate::units::{Price, Scan, Timestamp};

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
    /// The account is judged with the underlying at the edge that favours it, and nothing of it is taken. Except that a
    /// Wide price whose error is less than the band serves for an account that is below critical even so.
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
    /// At the edge of its band, until the account is below critical there: a divergence or an outage, for a while; a Wide
    /// price that says where the market is.
    Held,
    /// At the edge of its band.
    AtEdge,
}

/// Whether the error of a Wide price is less than the band in which a bad feed's true price is looked for.
fn is_sharper_than_band(row: &UnderlyingRow, now: Timestamp) -> Result<bool> {
    let (low, high) = row.feed.band(row.price, row.ramp.effective(&row.ramp_terms, now)?)?;
    let (least, most) = Feed::around(row.price, row.confidence)?;
    Ok(most.0.abs_diff(least.0) <= high.0.abs_diff(low.0))
}

/// Between which prices an underlying's is looked for where it counts at the edge: the lower is for what gains when it
/// falls, the higher for what gains when it rises. A young Wide price that is not held bounds the band, which else would
/// shield for as long as the price is Wide whatever it says; where it lies beyond the band the lower is above the higher.
///
/// # Errors
/// `Overflow`.
pub(crate) fn edges(row: &UnderlyingRow, effective: Scan, now: Timestamp) -> Result<(Price, Price)> {
    let (low, high) = row.feed.band(row.price, effective)?;
    let held = row.feed.is_after_outage(now) || (row.flaws & DIVERGED != 0 && row.feed.is_held(now));
    if held || validity(row, Action::Liquidate, now)? != Validity::Wide {
        return Ok((low, high));
    }
    let (least, most) = Feed::around(row.price, row.confidence)?;
    Ok((low.max(least), high.min(most)))
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
        Answer::AtEdge if validity == Validity::Wide && is_sharper_than_band(row, now)? => Counts::Held,
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

    /// Fails where a price is Stale. Any other serves who takes over positions: initial counts the worse of spot and moving
    /// average, and adds the confidence interval.
    pub(crate) fn require_young(&self, action: Action, now: Timestamp) -> Result<()> {
        self.require_without(0, action, now)
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
