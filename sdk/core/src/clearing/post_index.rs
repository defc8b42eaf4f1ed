//! Takes a value of an underlying's volatility index.

use super::refresh::{Reading, require_not_future, scaled_to_nearest};
use crate::error::{BallastError, Result};
use crate::model::IndexSource;
use crate::state::Board;
use crate::units::{Key, Ratio, Timestamp, magnitude, signed};

/// A feed's value is refused when its confidence interval is above this part of it: one in so many.
const LEAST_CONFIDENCE: u64 = 10;

/// A value of a volatility index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IndexValue {
    /// An authority signed for it: yearly volatility.
    Signed(Key, Ratio),
    /// It was read from the feed that the underlying names.
    Read(Reading),
}

/// Writes the index and returns what counts. It raises the model's volatility with the next sample, and requirements through the ramp.
///
/// # Errors
/// `IndexMissing`, `NotIndexAuthority`, `IndexOutOfBounds`, `IndexNotNewer`, `IndexStep`, and for a feed
/// `OraclePriceNotPositive`, `OraclePriceFromFuture`, `PriceWide`.
pub fn post_index(board: &mut Board, underlying: u8, value: IndexValue, clock: Timestamp) -> Result<Ratio> {
    let now = board.time(clock);
    let row = board.underlying_mut(underlying)?;
    let terms = row.index_terms;
    let (value, at) = match (terms.source(), value) {
        (IndexSource::Authority, IndexValue::Signed(signer, value)) => {
            if signer != terms.key {
                return Err(BallastError::NotIndexAuthority);
            }
            (value, now)
        }
        (IndexSource::Pull | IndexSource::Legacy, IndexValue::Read(reading)) => {
            require_not_future(&reading, clock)?;
            (of_feed(&reading, terms.exponent)?, reading.published_at.min(now))
        }
        _ => return Err(BallastError::IndexMissing),
    };
    row.index.post(&terms, value, at)
}

/// A feed's value as a yearly volatility.
fn of_feed(reading: &Reading, exponent: i64) -> Result<Ratio> {
    if reading.price <= 0 {
        return Err(BallastError::OraclePriceNotPositive);
    }
    let value = magnitude(reading.price)?;
    if reading.confidence > value.checked_div(LEAST_CONFIDENCE).unwrap_or(0) {
        return Err(BallastError::PriceWide);
    }
    // 10^exponent of the reading and of the terms, in 1e-9
    let exponent = i32::try_from(exponent).map_err(|_| BallastError::OracleExponent)?;
    let shift = reading.exponent.saturating_add(exponent).saturating_add(9);
    Ok(Ratio(signed(scaled_to_nearest(value, shift)?)?))
}
