//! Losses that an account's cash does not cover, and since when.
//!
//! Gains are paid from collected losses only, so a loss that stands against collateral keeps somebody waiting. A large one,
//! or one that has stood for a day, may be covered by a sale of that much collateral, whatever the account's margin.

use crate::error::{BallastError, Result};
use crate::margin::Exposure;
use crate::state::MarginAccount;
use crate::units::{DAY, Notional, Ratio, Timestamp, Usd};

/// Looks at a loss further apart do not show that it stood in between.
const LONGEST_GAP: u64 = 21_600;
/// Of its collateral: a larger loss beyond cash is due at once.
const LARGE: Ratio = Ratio::percent(5);

/// What a look at an account has seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Seen {
    /// Losses beyond cash.
    pub loss: Usd,
    /// Since when they were seen without a gap.
    pub since: Timestamp,
    at: Timestamp,
}

/// Uncollected losses beyond cash.
fn uncovered(exposure: &Exposure) -> Result<Usd> {
    Ok(exposure.pnl.min(Notional(0)).usd_down()?.negated()?.minus(exposure.cash)?.max(Usd::ZERO))
}

/// Forgets losses that are gone.
pub(super) fn forget(account: &mut MarginAccount, exposure: &Exposure) {
    if uncovered(exposure) == Ok(Usd::ZERO) {
        account.loss_since = Timestamp::ZERO;
        account.loss_seen_at = Timestamp::ZERO;
    }
}

impl Seen {
    pub(super) fn of(account: &MarginAccount, exposure: &Exposure, now: Timestamp) -> Result<Self> {
        let loss = uncovered(exposure)?;
        let stood = account.loss_since != Timestamp::ZERO && now.since(account.loss_seen_at) <= LONGEST_GAP;
        Ok(Self { loss, since: if stood { account.loss_since } else { now }, at: now })
    }

    /// Fails unless the losses are large or old.
    pub(super) fn require_due(&self, exposure: &Exposure, now: Timestamp) -> Result<()> {
        if self.loss == Usd::ZERO {
            return Err(BallastError::NotLiquidatable);
        }
        let large = self.loss > exposure.collateral.usd_down()?.fraction_down(LARGE)?;
        if large || now.since(self.since) >= DAY { Ok(()) } else { Err(BallastError::LossNotDue) }
    }

    /// The same after so much of the losses was covered.
    pub(super) fn less(self, covered: Usd) -> Self {
        Self { loss: self.loss.minus(covered).unwrap_or(Usd::ZERO).max(Usd::ZERO), ..self }
    }

    pub(super) fn write(self, account: &mut MarginAccount) {
        let seen = self.loss > Usd::ZERO;
        account.loss_since = if seen { self.since } else { Timestamp::ZERO };
        account.loss_seen_at = if seen { self.at } else { Timestamp::ZERO };
    }
}
