//! Square root.

use super::wide::{halves, mul};
use crate::error::{BallastError, Result};

/// Square root, rounded down.
///
/// On chain a 64-bit division costs as much as a sum, so the upper half is rooted by Newton's method; one step of
/// long division gives the lower digit (Zimmermann, Karatsuba Square Root, 1999). About 150 instructions.
#[must_use]
pub fn isqrt_floor(x: u128) -> u64 {
    let (high, low) = halves(x);
    if high == 0 {
        if low == 0 {
            return 0;
        }
        let shift = low.leading_zeros() & !1;
        return root_of_normalised(low.wrapping_shl(shift)) >> (shift >> 1);
    }
    // floor(sqrt(4^k x)) / 2^k, rounded down, is floor(sqrt(x)).
    let shift = high.leading_zeros() & !1;
    let (high, low) = if shift == 0 {
        (high, low)
    } else {
        (high.wrapping_shl(shift) | low.wrapping_shr(u64::BITS.wrapping_sub(shift)), low.wrapping_shl(shift))
    };
    // With s and r = h - s^2 <= 2 s of the upper half, the lower digit is (2^32 r + upper digit of l) / 2 s, or one
    // less. Half of the numerator fits 64 bits.
    let upper = root_of_normalised(high);
    let rest = high.wrapping_sub(upper.wrapping_mul(upper));
    let digit = ((rest << 31) | (low >> 33)).checked_div(upper).unwrap_or(0).min(LOW_32);
    let root = (upper << 32) | digit;
    let root = if mul(root, root) > (high, low) { root.wrapping_sub(1) } else { root };
    root >> (shift >> 1)
}

/// Square root, rounded up.
///
/// # Errors
/// `Overflow` above `(2^64 - 1)^2`.
pub fn isqrt_ceil(x: u128) -> Result<u64> {
    let root = isqrt_floor(x);
    if mul(root, root) < halves(x) { root.checked_add(1).ok_or(BallastError::Overflow) } else { Ok(root) }
}

/// Largest digit of 32 bits.
const LOW_32: u64 = 0xffff_ffff;

/// Square root of a number from 2^62, rounded down.
///
/// Newton's method from above. The start, 2^31 (1 + m/4) for m 2^62, is never too small and at most a quarter too
/// large; the error squares and halves: 3e-2, 4e-4, 6e-8, 2e-15. So after four steps the result is right or one
/// more, and never wraps: it stays below 2^32.
#[inline]
fn root_of_normalised(number: u64) -> u64 {
    let mut root = (number >> 33).wrapping_add(1 << 31);
    for _ in 0..4 {
        root = root.wrapping_add(number.checked_div(root).unwrap_or(0)) >> 1;
    }
    if root.wrapping_mul(root) > number { root.wrapping_sub(1) } else { root }
}
