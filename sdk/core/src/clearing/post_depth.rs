//! Takes the depth that the reporter measured.

use crate::error::{BallastError, Result};
use crate::state::Board;
use crate::units::{Timestamp, Usd};

/// Writes depth. It moves requirements only through the target and its ramp, with the next sample.
///
/// # Errors
/// `UnknownUnderlying`, `AmountZero` for a depth that is not above zero.
pub fn post_depth(board: &mut Board, underlying: u8, depth: Usd, clock: Timestamp) -> Result<()> {
    let now = board.time(clock);
    let row = board.underlying_mut(underlying)?;
    if depth <= Usd::ZERO {
        return Err(BallastError::AmountZero);
    }
    row.depth = depth;
    row.depth_at = now;
    Ok(())
}
