//! What LLVM takes for granted on every target and SBF has not: memory routines and 128-bit multiplication and
//! division. Compiled to bitcode once, when the toolchain is installed, and linked into every program.
//!
//! - LLVM 23 expects a 128-bit result in two registers. `extern "C"` on this target would return it through a pointer;
//!   `extern "unadjusted"`, which hands LLVM the signature as written, does not.
//! - Nothing here may itself need one of these routines, so wide numbers are pairs of words and a union, not shifts,
//!   turns pairs into `u128`.
//! - `tests/tests/toolchain.rs` compares every routine with the host's on random and extreme operands.
#![no_std]
#![feature(abi_unadjusted)]
#![allow(internal_features, improper_ctypes_definitions, clippy::missing_safety_doc)]

extern "C" {
    fn sol_memcpy_(to: *mut u8, from: *const u8, length: u64);
    fn sol_memmove_(to: *mut u8, from: *const u8, length: u64);
    fn sol_memset_(to: *mut u8, byte: u8, length: u64);
    fn sol_memcmp_(left: *const u8, right: *const u8, length: u64, result: *mut i32);
}

#[no_mangle]
pub unsafe extern "C" fn memcpy(to: *mut u8, from: *const u8, length: u64) -> *mut u8 {
    sol_memcpy_(to, from, length);
    to
}

#[no_mangle]
pub unsafe extern "C" fn memmove(to: *mut u8, from: *const u8, length: u64) -> *mut u8 {
    sol_memmove_(to, from, length);
    to
}

#[no_mangle]
pub unsafe extern "C" fn memset(to: *mut u8, byte: i32, length: u64) -> *mut u8 {
    sol_memset_(to, byte as u8, length);
    to
}

#[no_mangle]
pub unsafe extern "C" fn memcmp(left: *const u8, right: *const u8, length: u64) -> i32 {
    let mut result = 0;
    sol_memcmp_(left, right, length, &mut result);
    result
}

#[no_mangle]
pub unsafe extern "C" fn bcmp(left: *const u8, right: *const u8, length: u64) -> i32 {
    memcmp(left, right, length)
}

/// A 128-bit number as two registers.
#[derive(Clone, Copy)]
struct Wide {
    high: u64,
    low: u64,
}

/// The same number in memory, low word first, and as LLVM passes it.
union Bits {
    words: [u64; 2],
    whole: u128,
}

#[inline(always)]
fn wide(whole: u128) -> Wide {
    let [low, high] = unsafe { Bits { whole }.words };
    Wide { high, low }
}

#[inline(always)]
fn whole(number: Wide) -> u128 {
    unsafe { Bits { words: [number.low, number.high] }.whole }
}

#[inline(always)]
fn is_negative(number: Wide) -> bool {
    (number.high as i64) < 0
}

#[inline(always)]
fn negate(number: Wide) -> Wide {
    let low = (!number.low).wrapping_add(1);
    Wide { high: (!number.high).wrapping_add((low == 0) as u64), low }
}

#[inline(always)]
fn magnitude(number: Wide) -> Wide {
    if is_negative(number) { negate(number) } else { number }
}

const LOW_HALF: u64 = 0xffff_ffff;

/// 64 x 64 -> 128 bits, from four products of halves.
#[inline(always)]
fn multiply_words(a: u64, b: u64) -> Wide {
    let (a1, a0, b1, b0) = (a >> 32, a & LOW_HALF, b >> 32, b & LOW_HALF);
    let (low, cross_b, cross_a, high) = (a0 * b0, a0 * b1, a1 * b0, a1 * b1);
    let middle = (low >> 32).wrapping_add(cross_b & LOW_HALF).wrapping_add(cross_a & LOW_HALF);
    Wide {
        high: high.wrapping_add(cross_b >> 32).wrapping_add(cross_a >> 32).wrapping_add(middle >> 32),
        low: (low & LOW_HALF) | (middle << 32),
    }
}

/// Division of words. Rust checks for a zero divisor before it divides 128-bit numbers, so the guard changes nothing;
/// it removes the panic, and with it formatting code, from every program.
#[inline(always)]
fn divide_words(a: u64, b: u64) -> u64 {
    if b == 0 { 0 } else { a / b }
}

#[inline(always)]
fn leading_zeros(mut word: u64) -> u32 {
    let mut zeros = 0;
    if word >> 32 == 0 { zeros += 32; word <<= 32; }
    if word >> 48 == 0 { zeros += 16; word <<= 16; }
    if word >> 56 == 0 { zeros += 8; word <<= 8; }
    if word >> 60 == 0 { zeros += 4; word <<= 4; }
    if word >> 62 == 0 { zeros += 2; word <<= 2; }
    zeros + (word >> 63 == 0) as u32
}

/// The upper word of `(high, low) << shift`, for `shift` below 64.
#[inline(always)]
fn shifted_high(high: u64, low: u64, shift: u32) -> u64 {
    if shift == 0 { high } else { high << shift | low >> (64 - shift) }
}

/// One digit of Knuth's algorithm D (TAOCP 2, 4.3.1) in base 2^32: divides `(rest, digit)` by a divisor whose top bit
/// is set and which is above `rest`. Returns the digit of the quotient.
#[inline(always)]
fn quotient_digit(rest: u64, digit: u64, divisor: u64) -> u64 {
    const BASE: u64 = 1 << 32;
    let (divisor_high, divisor_low) = (divisor >> 32, divisor & LOW_HALF);
    // The estimate from the divisor's upper half is at most two too high.
    let mut quotient = divide_words(rest, divisor_high);
    let mut left = rest.wrapping_sub(quotient.wrapping_mul(divisor_high));
    while quotient >= BASE || quotient.wrapping_mul(divisor_low) > (left << 32 | digit) {
        quotient -= 1;
        left += divisor_high;
        if left >= BASE {
            break;
        }
    }
    quotient
}

/// Divides `number` by a divisor whose top bit is set and which is above its upper word: (quotient, remainder).
#[inline(always)]
fn divide_by_normalised(number: Wide, divisor: u64) -> (u64, u64) {
    let (digit1, digit0) = (number.low >> 32, number.low & LOW_HALF);
    let quotient1 = quotient_digit(number.high, digit1, divisor);
    // Both terms overflow by the same multiple of 2^64: their difference is below the divisor.
    let rest = (number.high << 32 | digit1).wrapping_sub(quotient1.wrapping_mul(divisor));
    let quotient0 = quotient_digit(rest, digit0, divisor);
    let remainder = (rest << 32 | digit0).wrapping_sub(quotient0.wrapping_mul(divisor));
    ((quotient1 << 32).wrapping_add(quotient0), remainder)
}

/// Quotient and remainder.
#[inline(always)]
fn divide(number: Wide, divisor: Wide) -> (Wide, Wide) {
    if number.high == 0 && divisor.high == 0 {
        let quotient = divide_words(number.low, divisor.low);
        let remainder = number.low.wrapping_sub(quotient.wrapping_mul(divisor.low));
        return (Wide { high: 0, low: quotient }, Wide { high: 0, low: remainder });
    }
    if divisor.high == 0 { divide_by_word(number, divisor.low) } else { divide_by_wide(number, divisor) }
}

#[inline(always)]
fn divide_by_word(number: Wide, divisor: u64) -> (Wide, Wide) {
    let high = divide_words(number.high, divisor);
    let rest = number.high.wrapping_sub(high.wrapping_mul(divisor));
    let shift = leading_zeros(divisor);
    let normalised = Wide { high: shifted_high(rest, number.low, shift), low: number.low << shift };
    let (low, remainder) = divide_by_normalised(normalised, divisor << shift);
    (Wide { high, low }, Wide { high: 0, low: remainder >> shift })
}

/// The divisor has two words, so the quotient has one (Hacker's Delight, 9-5). Halving the number makes its upper word
/// smaller than the normalised upper word of the divisor; the estimate is then right or one too high, and one is taken
/// off and given back if the remainder allows.
#[inline(always)]
fn divide_by_wide(number: Wide, divisor: Wide) -> (Wide, Wide) {
    let shift = leading_zeros(divisor.high);
    let leading = shifted_high(divisor.high, divisor.low, shift);
    let halved = Wide { high: number.high >> 1, low: number.high << 63 | number.low >> 1 };
    let (estimate, _) = divide_by_normalised(halved, leading);
    let mut quotient = (estimate >> (63 - shift)).saturating_sub(1);
    let product = multiply_words(quotient, divisor.low);
    let product_high = product.high.wrapping_add(quotient.wrapping_mul(divisor.high));
    let (mut low, borrow) = number.low.overflowing_sub(product.low);
    let mut high = number.high.wrapping_sub(product_high).wrapping_sub(borrow as u64);
    if high > divisor.high || (high == divisor.high && low >= divisor.low) {
        quotient += 1;
        let (less, borrow) = low.overflowing_sub(divisor.low);
        low = less;
        high = high.wrapping_sub(divisor.high).wrapping_sub(borrow as u64);
    }
    (Wide { high: 0, low: quotient }, Wide { high, low })
}

#[no_mangle]
pub extern "unadjusted" fn __multi3(a: u128, b: u128) -> u128 {
    let (a, b) = (wide(a), wide(b));
    let product = multiply_words(a.low, b.low);
    let high = product.high.wrapping_add(a.high.wrapping_mul(b.low)).wrapping_add(a.low.wrapping_mul(b.high));
    whole(Wide { high, low: product.low })
}

#[no_mangle]
pub extern "unadjusted" fn __udivti3(number: u128, divisor: u128) -> u128 {
    whole(divide(wide(number), wide(divisor)).0)
}

#[no_mangle]
pub extern "unadjusted" fn __umodti3(number: u128, divisor: u128) -> u128 {
    whole(divide(wide(number), wide(divisor)).1)
}

/// Rounds towards zero, as Rust does.
#[no_mangle]
pub extern "unadjusted" fn __divti3(number: u128, divisor: u128) -> u128 {
    let (number, divisor) = (wide(number), wide(divisor));
    let (quotient, _) = divide(magnitude(number), magnitude(divisor));
    whole(if is_negative(number) != is_negative(divisor) { negate(quotient) } else { quotient })
}

/// The remainder has the number's sign.
#[no_mangle]
pub extern "unadjusted" fn __modti3(number: u128, divisor: u128) -> u128 {
    let number = wide(number);
    let (_, remainder) = divide(magnitude(number), magnitude(wide(divisor)));
    whole(if is_negative(number) { negate(remainder) } else { remainder })
}
