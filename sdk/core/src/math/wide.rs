//! Products of two numbers in 128 bits, and their quotients.
//!
//! A wide number is a pair of halves `(high, low)`, each a `u64`, until it leaves this module.

use crate::error::{BallastError, Result};

/// The lower 32 bits of a `u64`.
const LOW_32: u64 = 0xffff_ffff;
/// 2^32.
const TWO_32: u64 = 1 << 32;
/// 2^31.
const HALF_DIGIT: i64 = 1 << 31;

/// Product, exactly.
#[must_use]
#[inline]
pub fn wide(a: i64, b: i64) -> i128 {
    // At most 2^126, so the sign has room.
    let magnitude = wide_u(a.unsigned_abs(), b.unsigned_abs()).cast_signed();
    if (a < 0) == (b < 0) { magnitude } else { magnitude.wrapping_neg() }
}

/// Product of two signed numbers, in 64 bits.
///
/// # Errors
/// `Overflow` if it does not fit.
#[inline]
pub fn narrow(a: i64, b: i64) -> Result<i64> {
    // a checked product goes through 128 bits; of two numbers from -2^31 to 2^31 - 1 it cannot overflow
    let is_short = |number: i64| number.wrapping_add(HALF_DIGIT).cast_unsigned() < TWO_32;
    if is_short(a) && is_short(b) {
        return Ok(a.wrapping_mul(b));
    }
    a.checked_mul(b).ok_or(BallastError::Overflow)
}

/// Product with a constant, if it fits: one comparison instead of a product in 128 bits.
#[must_use]
#[inline]
pub const fn times<const BY: u64>(a: u64) -> Option<u64> {
    match u64::MAX.checked_div(BY) {
        Some(most) if a > most => None,
        _ => Some(a.wrapping_mul(BY)),
    }
}

/// Product, exactly.
#[must_use]
#[inline]
pub fn wide_u(a: u64, b: u64) -> u128 {
    let (high, low) = mul(a, b);
    join(high, low)
}

/// Product of a wide number and a factor, exactly.
///
/// # Errors
/// `Overflow` above 128 bits.
#[inline(always)]
pub fn wide_mul(a: u128, b: u64) -> Result<u128> {
    let (high, low) = halves(a);
    let (carry, low) = mul(b, low);
    if high == 0 {
        return Ok(join(carry, low));
    }
    let (beyond, high) = mul(high, b);
    match high.checked_add(carry) {
        Some(high) if beyond == 0 => Ok(join(high, low)),
        _ => Err(BallastError::Overflow),
    }
}

/// `a b / d`, rounded down.
///
/// # Errors
/// `Overflow` if `d` is zero or the quotient does not fit.
pub fn mul_div_floor(a: u64, b: u64, d: u64) -> Result<u64> {
    let (high, low) = mul(a, b);
    Ok(divide(high, low, d)?.0)
}

/// `a b / d`, rounded up.
///
/// # Errors
/// `Overflow` if `d` is zero or the quotient does not fit.
pub fn mul_div_ceil(a: u64, b: u64, d: u64) -> Result<u64> {
    let (high, low) = mul(a, b);
    round_up(divide(high, low, d)?)
}

/// `a / d`, rounded down.
///
/// # Errors
/// `Overflow` if `d` is zero or the quotient does not fit.
pub fn udiv_floor(a: u128, d: u64) -> Result<u64> {
    let (high, low) = halves(a);
    Ok(divide(high, low, d)?.0)
}

/// `a / d`, rounded up.
///
/// # Errors
/// `Overflow` if `d` is zero or the quotient does not fit.
pub fn udiv_ceil(a: u128, d: u64) -> Result<u64> {
    let (high, low) = halves(a);
    round_up(divide(high, low, d)?)
}

/// `a / d`, rounded toward minus infinity.
///
/// # Errors
/// `Overflow` if `d` is zero or the quotient does not fit.
pub fn div_floor(a: i128, d: u64) -> Result<i64> {
    if a < 0 { negative(udiv_ceil(a.unsigned_abs(), d)?) } else { positive(udiv_floor(a.unsigned_abs(), d)?) }
}

/// `a / d`, rounded toward plus infinity.
///
/// # Errors
/// `Overflow` if `d` is zero or the quotient does not fit.
pub fn div_ceil(a: i128, d: u64) -> Result<i64> {
    if a < 0 { negative(udiv_floor(a.unsigned_abs(), d)?) } else { positive(udiv_ceil(a.unsigned_abs(), d)?) }
}

/// A magnitude with the sign plus.
pub(super) fn positive(magnitude: u64) -> Result<i64> {
    i64::try_from(magnitude).map_err(|_| BallastError::Overflow)
}

/// A magnitude with the sign minus.
pub(super) fn negative(magnitude: u64) -> Result<i64> {
    0_i64.checked_sub_unsigned(magnitude).ok_or(BallastError::Overflow)
}

/// `a b` as halves.
///
/// Schoolbook in 32-bit digits. No sum leaves 64 bits: a product of digits is at most (2^32 - 1)^2 = 2^64 - 2^33 + 1,
/// which leaves room for two more digits. Half as many when `a` has one digit, as lots and ratios have.
#[inline]
pub(super) fn mul(a: u64, b: u64) -> (u64, u64) {
    let (a1, a0) = (a >> 32, a & LOW_32);
    let (b1, b0) = (b >> 32, b & LOW_32);
    let low = a0.wrapping_mul(b0);
    if a1 == 0 {
        let middle = a0.wrapping_mul(b1).wrapping_add(low >> 32);
        return (middle >> 32, (middle << 32) | (low & LOW_32));
    }
    let middle = a1.wrapping_mul(b0).wrapping_add(low >> 32);
    let other = a0.wrapping_mul(b1).wrapping_add(middle & LOW_32);
    let high = a1.wrapping_mul(b1).wrapping_add(middle >> 32).wrapping_add(other >> 32);
    (high, (other << 32) | (low & LOW_32))
}

/// The upper half of `a b`: the product of two fractions of 2^64, rounded down.
#[inline]
pub(super) fn mul_high(a: u64, b: u64) -> u64 {
    mul(a, b).0
}

/// Quotient and remainder of `(high, low) / d`.
///
/// # Errors
/// `Overflow` if the quotient does not fit, which is when `high >= d`; so it is if `d` is zero.
#[inline]
pub(super) fn divide(high: u64, low: u64, d: u64) -> Result<(u64, u64)> {
    if high == 0 {
        let quotient = low.checked_div(d).ok_or(BallastError::Overflow)?;
        return Ok((quotient, low.wrapping_sub(quotient.wrapping_mul(d))));
    }
    if high >= d {
        return Err(BallastError::Overflow);
    }
    Ok(if d < TWO_32 { divide_by_digit(high, low, d) } else { divide_by_two_digits(high, low, d) })
}

/// Quotient and remainder for `high < d < 2^32`: long division, a digit at a time.
#[inline]
fn divide_by_digit(high: u64, low: u64, d: u64) -> (u64, u64) {
    let upper = (high << 32) | (low >> 32);
    let first = quotient(upper, d);
    let rest = upper.wrapping_sub(first.wrapping_mul(d));
    let lower = (rest << 32) | (low & LOW_32);
    let second = quotient(lower, d);
    ((first << 32) | second, lower.wrapping_sub(second.wrapping_mul(d)))
}

/// Quotient and remainder for `high < d`, `d >= 2^32`: Knuth, The Art of Computer Programming 2, 4.3.1, algorithm D,
/// with two digits of 32 bits.
///
/// Wrapping sums are meant: the remainder of each step is smaller than `d`, so its lower 64 bits are all of it.
fn divide_by_two_digits(high: u64, low: u64, d: u64) -> (u64, u64) {
    let shift = d.leading_zeros();
    let d = d << shift;
    let high = if shift == 0 { high } else { (high << shift) | (low >> 64_u32.wrapping_sub(shift)) };
    let low = low << shift;
    let (d1, d0) = (d >> 32, d & LOW_32);

    let first = digit(high, low >> 32, d1, d0);
    let rest = ((high << 32) | (low >> 32)).wrapping_sub(first.wrapping_mul(d));
    let second = digit(rest, low & LOW_32, d1, d0);
    let rest = ((rest << 32) | (low & LOW_32)).wrapping_sub(second.wrapping_mul(d));
    ((first << 32).wrapping_add(second), rest >> shift)
}

/// The next digit of the quotient: `(upper 2^32 + next) / (d1 2^32 + d0)`, with the top bit of `d1` set.
///
/// The estimate `upper / d1` is at most two too large, so the loop runs at most twice.
#[inline]
fn digit(upper: u64, next: u64, d1: u64, d0: u64) -> u64 {
    let mut estimate = quotient(upper, d1);
    let mut rest = upper.wrapping_sub(estimate.wrapping_mul(d1));
    while rest < TWO_32 && (estimate >= TWO_32 || estimate.wrapping_mul(d0) > ((rest << 32) | next)) {
        estimate = estimate.wrapping_sub(1);
        rest = rest.wrapping_add(d1);
    }
    estimate
}

/// A quotient whose divisor is known not to be zero.
#[inline]
fn quotient(a: u64, d: u64) -> u64 {
    a.checked_div(d).unwrap_or(u64::MAX)
}

/// The quotient, one more if there is a remainder.
fn round_up((quotient, remainder): (u64, u64)) -> Result<u64> {
    if remainder == 0 { Ok(quotient) } else { quotient.checked_add(1).ok_or(BallastError::Overflow) }
}

/// Both halves of a wide number.
#[inline]
#[expect(clippy::as_conversions, clippy::cast_possible_truncation, reason = "each half is meant, and has 64 bits")]
pub(super) const fn halves(a: u128) -> (u64, u64) {
    ((a >> 64) as u64, a as u64)
}

/// A wide number of its halves.
#[inline]
fn join(high: u64, low: u64) -> u128 {
    (u128::from(high) << 64) | u128::from(low)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_and_join_are_inverse() {
        let number = 0x0123_4567_89ab_cdef_fedc_ba98_7654_3210_u128;
        let (high, low) = halves(number);
        assert_eq!((high, low), (0x0123_4567_89ab_cdef, 0xfedc_ba98_7654_3210));
        assert_eq!(join(high, low), number);
    }

    #[test]
    fn division_by_one_and_by_two_digits_agree_on_remainders() {
        assert_eq!(divide(2, 5, 3), Ok((12_297_829_382_473_034_412, 1)));
        assert_eq!(divide(u64::MAX - 1, u64::MAX, u64::MAX), Ok((u64::MAX, u64::MAX - 1)));
        assert_eq!(divide(1 << 31, 0, (1 << 32) + 1), Ok((0x7fff_ffff_8000_0000, 1 << 31)));
        assert_eq!(divide(1, 0, 1), Err(BallastError::Overflow));
        assert_eq!(divide(0, 1, 0), Err(BallastError::Overflow));
    }
}
