//! Takes the depth that a reporter measured.

use crate::error::{BallastError, Result};
use crate::state::{Board, Exchange};
use crate::units::{Key, Timestamp, Usd};

/// Writes a reporter's depth and the median of the fresh. It moves requirements only through the target and its ramp,
/// with the next sample; the cap on added risk sees it at once. Returns the depth that the target counts with.
///
/// # Errors
/// `NotDepthReporter`, `UnknownUnderlying`, `AmountZero` for a depth that is not above zero.
pub fn post_depth(
    board: &mut Board,
    exchange: &Exchange,
    underlying: u8,
    reporter: Key,
    depth: Usd,
    clock: Timestamp,
) -> Result<Usd> {
    let now = board.time(clock);
    let place = exchange.reporter(reporter).ok_or(BallastError::NotDepthReporter)?;
    let row = board.underlying_mut(underlying)?;
    row.depth.report(&row.depth_terms, place, depth, now)?;
    row.depth.in_force(&row.depth_terms, now)
}
