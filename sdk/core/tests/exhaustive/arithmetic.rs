//! Products and quotients of 128 bits against the compiler's, which share no code with them.

use super::lattice;
use ballast_core::error::{BallastError, Result};
use ballast_core::math::{
    div_ceil, div_floor, mul_div_ceil, mul_div_floor, narrow, times, udiv_ceil, udiv_floor, wide, wide_mul, wide_u,
};

fn fits(value: u128) -> Result<u64> {
    u64::try_from(value).map_err(|_| BallastError::Overflow)
}

fn fits_signed(value: i128) -> Result<i64> {
    i64::try_from(value).map_err(|_| BallastError::Overflow)
}

/// The quotient is the one whole number `q` with `q d <= a < (q + 1) d`, and the other rounding is one more if `q d < a`.
#[track_caller]
fn assert_quotients(a: u128, d: u64, floor: Result<u64>, ceil: Result<u64>) {
    let Some(quotient) = a.checked_div(d.into()) else {
        assert_eq!((floor, ceil), (Err(BallastError::Overflow), Err(BallastError::Overflow)));
        return;
    };
    let up = quotient + u128::from(quotient * u128::from(d) < a);
    if floor != fits(quotient) || ceil != fits(up) {
        panic!("{a} / {d} is {quotient} to {up}, not {floor:?} to {ceil:?}");
    }
}

#[test]
fn every_small_product_is_divided_exactly() {
    let mut cases = 0_u64;
    for a in 0..200 {
        for b in 0..200 {
            for d in 0..200 {
                assert_quotients(u128::from(a * b), d, mul_div_floor(a, b, d), mul_div_ceil(a, b, d));
                cases += 1;
            }
        }
    }
    assert_eq!(cases, 8_000_000);
}

#[test]
fn every_product_of_the_lattice_is_divided_exactly() {
    let lattice = lattice();
    for a in &lattice {
        for b in &lattice {
            let product = u128::from(*a) * u128::from(*b);
            assert_eq!(wide_u(*a, *b), product);
            let (x, y) = (a.cast_signed(), b.cast_signed());
            assert_eq!(wide(x, y), i128::from(x) * i128::from(y));
            assert_eq!(narrow(x, y).ok(), x.checked_mul(y));
            for d in &lattice {
                assert_quotients(product, *d, mul_div_floor(*a, *b, *d), mul_div_ceil(*a, *b, *d));
            }
        }
    }
    assert_eq!(lattice.len(), 212);
}

/// Every way in which an estimated digit of a long division can be too large: all dividends of four and divisors of two
/// 32-bit digits that are extremes, middles or their neighbours.
#[test]
fn every_pattern_of_digits_is_divided_exactly() {
    const DIGITS: [u64; 11] =
        [0, 1, 2, 3, 0x7fff_fffe, 0x7fff_ffff, 0x8000_0000, 0x8000_0001, 0xffff_fffd, 0xffff_fffe, 0xffff_ffff];
    let pairs: Vec<u64> = DIGITS.iter().flat_map(|high| DIGITS.map(|low| (high << 32) | low)).collect();
    let mut cases = 0_u64;
    for high in &pairs {
        for low in &pairs {
            let a = (u128::from(*high) << 64) | u128::from(*low);
            for d in &pairs {
                assert_quotients(a, *d, udiv_floor(a, *d), udiv_ceil(a, *d));
                let negative = a.cast_signed();
                // toward either infinity, whatever the sign
                let Some(floor) = negative.checked_div_euclid(i128::from(*d)) else { continue };
                let ceil = floor + i128::from(negative.checked_rem_euclid(i128::from(*d)) != Some(0));
                assert_eq!(div_floor(negative, *d), fits_signed(floor), "{negative} / {d}");
                assert_eq!(div_ceil(negative, *d), fits_signed(ceil), "{negative} / {d}");
                cases += 1;
            }
        }
    }
    assert_eq!(cases, 121 * 121 * 120);
}

#[test]
fn every_signed_quotient_is_rounded_to_its_side() {
    let mut cases = 0_u64;
    for a in -4_000..4_000_i128 {
        for d in 0..400_u64 {
            let (floor, ceil) = (div_floor(a, d), div_ceil(a, d));
            let Ok(floor) = floor else {
                assert_eq!((d, ceil), (0, Err(BallastError::Overflow)));
                continue;
            };
            let (floor, ceil, d) = (i128::from(floor), i128::from(ceil.unwrap()), i128::from(d));
            assert!(floor * d <= a && a < (floor + 1) * d, "{a} / {d} is not {floor} rounded down");
            assert!((ceil - 1) * d < a && a <= ceil * d, "{a} / {d} is not {ceil} rounded up");
            cases += 1;
        }
    }
    assert_eq!(cases, 8_000 * 399);
}

/// `wide_mul` is refused exactly above 128 bits, `narrow` exactly outside 64, `times` exactly above 64.
#[test]
fn every_product_is_exact_or_refused() {
    let lattice = lattice();
    for high in &lattice {
        for low in &lattice {
            let a = (u128::from(*high) << 64) | u128::from(*low);
            for b in &lattice {
                assert_eq!(wide_mul(a, *b).ok(), a.checked_mul(u128::from(*b)), "{a} {b}");
            }
        }
        assert_eq!(times::<0>(*high), Some(0));
        assert_eq!(times::<1>(*high), Some(*high));
        assert_eq!(times::<1_000>(*high), high.checked_mul(1_000));
        assert_eq!(times::<{ u64::MAX }>(*high), high.checked_mul(u64::MAX));
    }
    for a in -1_000..1_000_i64 {
        for b in -1_000..1_000_i64 {
            assert_eq!((narrow(a, b), wide(a, b)), (Ok(a * b), i128::from(a * b)));
        }
    }
}
