//! Square root.

use crate::error::{BallastError, Result};

/// Square root, rounded down.
#[must_use]
#[expect(clippy::as_conversions, clippy::cast_possible_truncation, reason = "the root of 128 bits has 64")]
pub const fn isqrt_floor(x: u128) -> u64 {
    x.isqrt() as u64
}

/// Square root, rounded up.
///
/// # Errors
/// `Overflow` above `(2^64 - 1)^2`.
pub fn isqrt_ceil(x: u128) -> Result<u64> {
    let root = isqrt_floor(x);
    if super::wide_u(root, root) < x { root.checked_add(1).ok_or(BallastError::Overflow) } else { Ok(root) }
}
