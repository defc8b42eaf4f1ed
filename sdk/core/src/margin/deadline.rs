//! When the ramp will catch an account.

use super::{Exposure, MAINTENANCE, Moment};
use crate::error::Result;
use crate::state::{Board, MarginAccount};
use crate::units::Timestamp;

/// Seconds ahead within which a deadline is looked for, 194 days: every ramp has reached its target by then.
///
/// The slowest scan range, 5 % a day from the least to the greatest that bounds allow, takes 156 days; the slowest weight,
/// a point a day, 100.
pub const HORIZON: u64 = 1 << 24;

/// The first second at which maintenance exceeds equity at today's prices, without funding, when every ramp that
/// tightens runs on and every ramp that loosens is held; none when the ramps do not reach the account.
///
/// Held so, the requirement never falls and equity never rises with time, so the time is found by bisection: exact to
/// the second for a single rising ramp, never late otherwise.
///
/// # Errors
/// As [`Exposure::of`].
pub fn deadline(account: &MarginAccount, board: &Board, now: Timestamp) -> Result<Option<Timestamp>> {
    let caught =
        |until| -> Result<bool> { Ok(!Exposure::of(account, board, Moment { now, until })?.meets(MAINTENANCE)?) };
    let mut late = now.after(HORIZON)?;
    if !caught(late)? {
        return Ok(None);
    }
    if caught(now)? {
        return Ok(Some(now));
    }
    let mut early = now;
    while late.since(early) > 1 {
        let middle = early.after(late.since(early) >> 1)?;
        if caught(middle)? {
            late = middle;
        } else {
            early = middle;
        }
    }
    Ok(Some(late))
}
