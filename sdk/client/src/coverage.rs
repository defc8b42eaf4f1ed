//! Coverage of an underlying, counted again from events: nobody has to take the board's word for it.

use ballast::events::Refreshed;
use ballast_core::Result;
use ballast_core::model::{Coverage, TargetTerms};

/// Coverage that the board of an underlying must hold after these events: all of the underlying's since it was created, in
/// the order in which its prices were accepted.
///
/// It is the core's own count, fed with nothing but what was emitted, by terms that stood all the while. A Wide price moves
/// no coverage.
///
/// # Errors
/// `Overflow` of terms outside their bounds.
///
/// ```
/// use ballast_core::model::{Coverage, TargetTerms};
///
/// let terms = TargetTerms::default();
/// assert_eq!(ballast_client::coverage::recount([], &terms), Ok(Coverage::default()));
/// ```
pub fn recount(events: impl IntoIterator<Item = Refreshed>, terms: &TargetTerms) -> Result<Coverage> {
    let mut coverage = Coverage::default();
    for event in events.into_iter().filter(|event| !event.wide) {
        coverage.observe(terms, event.price, event.published_at)?;
        coverage.open(event.price, event.published_at, event.effective, event.target);
    }
    Ok(coverage)
}

#[cfg(test)]
mod tests {
    use anchor_lang::prelude::Pubkey;
    use ballast_core::units::{Price, Scan, Timestamp, Usd, Variance};

    use super::*;

    /// A price at a second, with a scan range of 2 % in force and of 3 % as the target.
    fn event(at: i64, price: u64, wide: bool) -> Refreshed {
        Refreshed {
            board: Pubkey::default(),
            underlying: 0,
            sampled: false,
            wide,
            diverged: false,
            after_outage: false,
            price: Price(price),
            published_at: Timestamp(at),
            variance: Variance(0),
            target: Scan(30_000_000_000),
            effective: Scan(20_000_000_000),
            charged: Usd::ZERO,
        }
    }

    #[test]
    fn windows_are_counted_where_they_end() {
        let terms = TargetTerms::default();
        let events = [(10, 10_000), (1_000, 9_800), (3_609, 9_900), (3_610, 10_000), (5_000, 9_750), (7_210, 9_700)];
        let count =
            |events: &[(i64, u64)]| recount(events.iter().map(|&(at, price)| event(at, price, false)), &terms).unwrap();
        assert_eq!(count(events.get(..3).unwrap()).windows, 0);
        let after = count(events.get(..4).unwrap());
        assert_eq!((after.windows, after.effective.either, after.window.price), (1, 0, Price(10_000)));
        let after = count(&events);
        assert_eq!((after.windows, after.effective.down, after.effective.up, after.target.either), (2, 1, 0, 0));
        // 2 % is less than four fifths of 3 %
        assert_eq!((after.lagging_windows, after.lagging.either), (2, 1));
    }

    #[test]
    fn wide_prices_do_not_count() {
        let terms = TargetTerms::default();
        let events = || [event(0, 10_000, false), event(3_600, 10_010, false)];
        let [first, last] = events();
        let with_wide = [event(-5, 1, true), first, event(1_800, 5_000, true), last, event(9_000, 20_000, true)];
        assert_eq!(recount(with_wide, &terms), recount(events(), &terms));
    }
}
