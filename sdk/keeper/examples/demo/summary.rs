//! The outcome in figures.

use anyhow::Result;
use ballast_core::clearing::Discrepancy;
use serde::Serialize;

use crate::prices::Path;
use crate::run::Outcome;
use crate::tally::{Counts, largest_rise, usd};

/// What `--json` prints.
#[derive(Clone, Debug, Serialize)]
pub struct Summary {
    /// Where the prices come from.
    pub prices: String,
    /// Hours played.
    pub bars: usize,
    /// Margin accounts of the exchange.
    pub accounts: usize,
    /// Sums.
    #[serde(flatten)]
    pub counts: Counts,
    /// Insurance fund at the end, USD.
    pub insurance_usd: f64,
    /// The contracts' deficits at the end, USD.
    pub deficit_usd: f64,
    /// Cash of all accounts, pools, fees and insurance against what the vaults hold: largest difference, smallest units.
    pub conservation_error: i128,
    /// Largest factor by which the requirement rose within 24 hours.
    pub largest_rise_24h: f64,
    /// Largest open interest of one side, USD.
    pub largest_open_interest_usd: f64,
    /// Lowest price against the first.
    pub deepest_fall: f64,
    /// Seconds from start to end, the validator's start included.
    pub seconds: f64,
}

impl Summary {
    /// Adds up; also tells which equality of the books does not hold, if any.
    pub fn of(path: &Path, outcome: &Outcome, seconds: f64) -> Result<(Self, Option<Discrepancy>)> {
        let (conservation_error, discrepancy) = outcome.book.audit()?;
        let book = &outcome.book;
        let lacks = |side: i8| book.board.contracts.iter().map(|row| usd(row.deficit.of(side))).sum::<f64>();
        let deficit = lacks(1) + lacks(-1);
        let first = outcome.snapshots[0].price;
        let largest_open_interest_usd = outcome.snapshots.iter().map(|held| held.open_interest).fold(0.0, f64::max);
        let lowest = outcome.snapshots.iter().map(|held| held.price).fold(f64::MAX, f64::min);
        let summary = Self {
            prices: path.source.clone(),
            bars: path.bars.len(),
            accounts: book.accounts.len(),
            counts: outcome.counts.clone(),
            insurance_usd: usd(book.fund.balance),
            deficit_usd: deficit,
            conservation_error,
            largest_rise_24h: largest_rise(&outcome.snapshots),
            largest_open_interest_usd,
            deepest_fall: lowest / first - 1.0,
            seconds,
        };
        Ok((summary, discrepancy))
    }
}

/// Dollars with thousands apart.
pub fn dollars(amount: f64) -> String {
    let digits = format!("{:.0}", amount.abs());
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    if amount <= -0.5 { format!("-{text}") } else { text }
}

/// Dollars in few characters.
pub fn short(amount: f64) -> String {
    match amount.abs() {
        million if million >= 999_500.0 => format!("${:.1}m", amount / 1e6),
        thousand if thousand >= 9_999.5 => format!("${:.0}k", amount / 1e3),
        _ => format!("${}", dollars(amount)),
    }
}

#[cfg(test)]
mod tests {
    use super::{dollars, short};

    #[test]
    fn short_dollars_keep_three_digits_or_so() {
        assert_eq!(short(11_206_653.0), "$11.2m");
        assert_eq!(short(807_524.0), "$808k");
        assert_eq!(short(3.2), "$3");
    }

    #[test]
    fn dollars_are_grouped() {
        assert_eq!(dollars(0.2), "0");
        assert_eq!(dollars(999.6), "1,000");
        assert_eq!(dollars(-1_234_567.0), "-1,234,567");
    }
}
