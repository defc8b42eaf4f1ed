//! What happened, counted from the program's events and accounts.

use anyhow::Result;
use ballast::events;
use ballast_core::clearing::Call;
use ballast_core::units::{Timestamp, Usd, Variance};
use ballast_keeper::{Action, Book, KeeperError, Sender};
use serde::Serialize;
use surfpool_sdk::Pubkey;

use crate::prices::{DAY, Quote};
use crate::setup::Venue;
use crate::traders::Trader;

/// Quantiles of the equity fan.
pub const QUANTILES: [f64; 5] = [0.05, 0.25, 0.5, 0.75, 0.95];

/// Sums since the beginning.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Counts {
    /// Calls opened.
    pub margin_calls: u64,
    /// Calls closed again.
    pub calls_closed: u64,
    /// Movements from reserves.
    pub top_ups: u64,
    /// Moved from reserves, USD.
    pub topped_up_usd: f64,
    /// Moved back to reserves, USD.
    pub released_usd: f64,
    /// Steps that took lots.
    pub liquidations: u64,
    /// Value of the lots taken, USD.
    pub liquidated_usd: f64,
    /// Fees that liquidated accounts paid, USD.
    pub liquidation_fees_usd: f64,
    /// Sales of collateral.
    pub collateral_sales: u64,
    /// Cash paid for it, USD.
    pub collateral_sold_usd: f64,
    /// Insolvent accounts that were resolved.
    pub insolvencies: u64,
    /// Losses beyond what the accounts had, USD: the sum of the three below.
    pub bad_debt_usd: f64,
    /// Of it covered by insurance, USD.
    pub covered_by_insurance_usd: f64,
    /// Of it charged to the opposite side, USD.
    pub charged_to_opposite_side_usd: f64,
    /// Of it carried as the contract's deficit when it arose, USD.
    pub left_as_deficit_usd: f64,
    /// Transactions sent.
    pub transactions: u64,
    /// Of them failed.
    pub failed_transactions: u64,
    /// Rounds after which the chain held something else than the core had foreseen.
    pub mispredicted_rounds: u64,
}

/// The exchange at a time.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// Unix seconds of the path.
    pub at: i64,
    /// Unix seconds of the exchange: later by whole days and what the keeper took.
    pub clock: i64,
    /// BTC's price, USD.
    pub price: f64,
    /// Annual volatility as the model measures it.
    pub sigma: f64,
    /// Target scan range.
    pub target: f64,
    /// Effective scan range.
    pub effective: f64,
    /// Calls open.
    pub open_calls: usize,
    /// Insurance fund, USD.
    pub insurance: f64,
    /// Open interest of one side, USD.
    pub open_interest: f64,
    /// Wealth of traders against what they started with, at [`QUANTILES`].
    pub wealth: [f64; 5],
    /// Sums.
    pub counts: Counts,
}

/// Dollars of an amount.
pub fn usd(amount: Usd) -> f64 {
    amount.0 as f64 / 1e6
}

impl Counts {
    /// Takes note of what a transaction of the keeper did, from the events that the program emitted.
    pub fn note(
        &mut self,
        sender: &Sender<'_>,
        action: &Action,
        sent: Result<solana_signature::Signature, KeeperError>,
    ) -> Result<()> {
        self.transactions += 1;
        let signature = match sent {
            Ok(signature) => signature,
            Err(error @ (KeeperError::Refused { .. } | KeeperError::Failed { .. })) => {
                self.failed_transactions += 1;
                eprintln!("{action:?} failed: {error}");
                return Ok(());
            }
            Err(error) => return Err(error.into()),
        };
        match action {
            Action::Refresh(_) | Action::WindDown { .. } | Action::Settle { .. } => {}
            Action::Rebalance { .. } => {
                for event in sender.events::<events::Rebalanced>(&signature)? {
                    self.margin_calls += u64::from(event.call == Call::Opened);
                    self.calls_closed += u64::from(event.call == Call::Closed);
                    self.topped_up(event.topped_up);
                    self.released_usd += usd(event.released);
                }
            }
            Action::Liquidate { .. } => {
                for event in sender.events::<events::Liquidated>(&signature)? {
                    self.topped_up(event.topped_up);
                    self.liquidations += u64::from(event.taken.0 != 0);
                    self.liquidated_usd += usd(event.value);
                    self.liquidation_fees_usd += usd(event.fee);
                    self.insolvencies += u64::from(event.resolved.resolved);
                    let resolved = event.resolved;
                    self.covered_by_insurance_usd += usd(resolved.by_insurance);
                    self.charged_to_opposite_side_usd += usd(resolved.by_index);
                    self.left_as_deficit_usd += usd(resolved.deficit);
                    self.bad_debt_usd += usd(resolved.by_insurance) + usd(resolved.by_index) + usd(resolved.deficit);
                }
            }
            Action::Deleverage { .. } => {
                for event in sender.events::<events::Deleveraged>(&signature)? {
                    self.topped_up(event.topped_up);
                    self.insolvencies += u64::from(event.resolved.resolved);
                    self.charged_to_opposite_side_usd += usd(event.given_up);
                    self.bad_debt_usd += usd(event.given_up);
                }
            }
            Action::SellCollateral { .. } => {
                for event in sender.events::<events::CollateralSold>(&signature)? {
                    self.topped_up(event.topped_up);
                    self.collateral_sales += u64::from(event.tokens.0 != 0);
                    self.collateral_sold_usd += usd(event.paid);
                }
            }
        }
        Ok(())
    }

    fn topped_up(&mut self, amount: Usd) {
        self.top_ups += u64::from(amount > Usd::ZERO);
        self.topped_up_usd += usd(amount);
    }
}

impl Snapshot {
    /// Reads the exchange off a book.
    pub fn of(book: &Book, venue: &Venue, traders: &[Trader], quote: &Quote, counts: &Counts) -> Result<Self> {
        let row = book.board.underlying(0)?;
        let now = book.now();
        let variance = row.volatility.variance(&row.volatility_terms, Variance::ZERO)?;
        let mut wealth = Vec::new();
        for trader in traders {
            wealth.push(usd(trader.equity(book)?) / usd(trader.started_with));
        }
        wealth.sort_by(f64::total_cmp);
        let called =
            |account: &Pubkey| book.accounts.get(account).is_some_and(|held| held.called_at != Timestamp::ZERO);
        let contract = book.contract(venue.contract)?;
        let mark = book.board.contract(contract.row)?.mark.0 as f64 / 1e12;
        Ok(Self {
            at: quote.at,
            clock: now.0,
            price: row.price.0 as f64 / 1e8,
            sigma: (variance.0 as f64 * 1e-18 * 31_536_000.0).sqrt(),
            target: row.ramp.target.0 as f64 / 1e12,
            effective: row.ramp.effective(&row.ramp_terms, now)?.0 as f64 / 1e12,
            open_calls: traders.iter().filter(|trader| called(&trader.account)).count(),
            insurance: usd(book.fund.balance),
            open_interest: contract.open_interest as f64 * mark,
            wealth: QUANTILES.map(|part| quantile(&wealth, part)),
            counts: counts.clone(),
        })
    }
}

/// Value below which a part of sorted values lies, interpolated.
fn quantile(sorted: &[f64], part: f64) -> f64 {
    let place = part * (sorted.len().max(1) - 1) as f64;
    let (below, above) = (place.floor() as usize, place.ceil() as usize);
    match (sorted.get(below), sorted.get(above)) {
        (Some(low), Some(high)) => low + (high - low) * place.fract(),
        _ => 0.0,
    }
}

/// Largest factor by which the effective scan range rose within 24 hours.
pub fn largest_rise(snapshots: &[Snapshot]) -> f64 {
    let mut first = 0;
    let mut largest: f64 = 1.0;
    for (place, snapshot) in snapshots.iter().enumerate() {
        while snapshots[first].clock < snapshot.clock - DAY {
            first += 1;
        }
        let least = snapshots[first..=place].iter().map(|held| held.effective).fold(f64::MAX, f64::min);
        largest = largest.max(snapshot.effective / least);
    }
    largest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_interpolate() {
        assert_eq!(quantile(&[1.0, 2.0, 3.0], 0.5), 2.0);
        assert_eq!(quantile(&[1.0, 2.0], 0.25), 1.25);
        assert_eq!(quantile(&[], 0.5), 0.0);
    }
}
