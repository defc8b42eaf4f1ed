//! Natural logarithm of a ratio.

use super::wide::{mul_high, negative, positive};
use crate::error::{BallastError, Result};

/// Bits of the arguments after normalisation.
const BITS: u32 = 57;
/// ln 2 in 2^-57.
const LN_2: i64 = 99_893_036_290_645_747;
/// 1e15 x 2^7: turns 2^-57 into 1e-15 when the upper half of the product is taken.
const TO_FEMTO: u64 = 128_000_000_000_000_000;
/// 1/3, 1/5 and 1/7 in 2^-64.
const THIRD: u64 = 6_148_914_691_236_517_205;
const FIFTH: u64 = 3_689_348_814_741_910_323;
const SEVENTH: u64 = 2_635_249_153_387_078_802;

/// ln(i / 32) in 2^-57, for i from 16 to 64 (mpmath, 60 digits, to nearest).
const LN_OF_32NDS: [i64; 49] = [
    -99_893_036_290_645_747,
    -91_156_107_515_542_605,
    -82_918_711_954_880_808,
    -75_126_804_192_776_100,
    -67_734_661_425_084_013,
    -60_703_257_739_554_435,
    -53_999_016_937_040_095,
    -47_592_842_813_841_086,
    -41_459_355_977_440_404,
    -35_576_286_559_522_278,
    -29_923_986_106_967_950,
    -24_485_031_641_675_464,
    -19_243_901_762_114_031,
    -14_186_709_607_682_833,
    -9_300_981_111_878_669,
    -4_575_469_628_769_348,
    0,
    4_434_663_376_165_248,
    8_736_928_775_103_142,
    12_914_473_103_447_703,
    16_974_324_335_764_940,
    20_922_932_653_970_573,
    24_766_232_097_869_647,
    28_509_694_206_237_394,
    32_158_374_865_561_735,
    35_716_955_373_107_370,
    39_189_778_551_091_312,
    42_580_880_610_879_877,
    45_894_019_353_605_652,
    49_132_699_201_326_675,
    52_300_193_476_804_661,
    55_399_564_287_021_782,
    58_433_680_313_205_344,
    61_405_232_766_417_684,
    64_316_749_731_123_469,
    67_170_609_088_308_486,
    69_969_050_183_677_798,
    72_714_184_384_385_004,
    75_408_004_648_970_283,
    78_052_394_219_167_387,
    80_649_134_528_531_716,
    83_199_912_411_074_991,
    85_706_326_682_962_914,
    88_169_894_161_588_635,
    90_592_055_178_767_078,
    92_974_178_638_228_400,
    95_317_566_661_876_399,
    97_623_458_864_296_656,
    99_893_036_290_645_747,
];

/// `ln(a / b)` in 1e-15, within 0.9e-15 of the true value, within 0.6e-15 where the ratio is from 1/2 to 2.
///
/// With a and b shifted to 57 bits and i the nearest whole number to 32 a/b,
/// `ln(a/b) = k ln 2 + ln(i/32) + 2 artanh(z)`, `z = (32 a - i b) / (32 a + i b)`, and |z| <= 1/62, so that three
/// terms of the series after z leave less than 2e-17.
///
/// # Errors
/// `Overflow` if `a` or `b` is zero.
pub fn ln_ratio(a: u64, b: u64) -> Result<i64> {
    if a == 0 || b == 0 {
        return Err(BallastError::Overflow);
    }
    // Neighbours, as prices are, keep their ratio under one shift; only others need one each.
    let zeros = (a | b).leading_zeros();
    if let Some(ln) = ln_of_neighbours(normalise(a, zeros), normalise(b, zeros)) {
        return to_femto(ln);
    }
    let (zeros_a, zeros_b) = (a.leading_zeros(), b.leading_zeros());
    let powers = i64::from(zeros_b).wrapping_sub(i64::from(zeros_a));
    let ln = ln_of_neighbours(normalise(a, zeros_a), normalise(b, zeros_b)).ok_or(BallastError::Overflow)?;
    to_femto(powers.wrapping_mul(LN_2).wrapping_add(ln))
}

/// Shifts a number left by its leading zeros and then to 57 bits; what is lost is below 2^-55 of it, if that leaves it above 2^55.
#[inline]
fn normalise(number: u64, zeros: u32) -> u64 {
    number.wrapping_shl(zeros) >> (u64::BITS - BITS)
}

/// ln(a / b) in 2^-57, if 32 a/b rounds to 16..=64; the larger of a and b must be in 2^56..2^57.
#[inline]
fn ln_of_neighbours(a: u64, b: u64) -> Option<i64> {
    // 32 a is below 2^62 and i b at most b/2 from it, so their sum is in 2^60..2^63.
    let a_32 = a << 5;
    let i = a_32.wrapping_add(b >> 1).checked_div(b)?;
    let near = LN_OF_32NDS.get(usize::try_from(i.wrapping_sub(16)).ok()?)?;
    let b_i = b.wrapping_mul(i);
    // 2 artanh, from 2^-64 to 2^-57.
    let fine = positive(artanh(a_32.abs_diff(b_i), a_32.wrapping_add(b_i)).wrapping_add(32) >> 6).ok()?;
    Some(if a_32 < b_i { near.wrapping_sub(fine) } else { near.wrapping_add(fine) })
}

/// `artanh(difference / sum)` in 2^-64, for a quotient up to 1/62: z + z^3/3 + z^5/5 + z^7/7.
#[inline]
fn artanh(difference: u64, sum: u64) -> u64 {
    let z = small_quotient(difference, sum);
    let square = mul_high(z, z);
    let series = FIFTH.wrapping_add(mul_high(square, SEVENTH));
    let series = THIRD.wrapping_add(mul_high(square, series));
    z.wrapping_add(mul_high(z, mul_high(square, series)))
}

/// `difference / sum` in 2^-64, at most 23 units too small, for a quotient up to 1/62 and a sum in 2^60..2^63.
///
/// Divides by the upper digit of the sum, rounded up, and once more what that leaves. The digit is at least 2^28, so
/// the first quotient, below 2^26.1, is at most 1.3 short with its rounding down. What is left is at most 1.3 sums,
/// which 64 bits hold; its quotient is below 1.3 x 2^32 and at most 22 short.
#[inline]
fn small_quotient(difference: u64, sum: u64) -> u64 {
    let digit = (sum >> 32).wrapping_add(1);
    let first = difference.checked_div(digit).unwrap_or(0);
    let rest = (difference << 32).wrapping_sub(first.wrapping_mul(sum));
    (first << 32).wrapping_add(rest.checked_div(digit).unwrap_or(0))
}

/// From 2^-57 to 1e-15, to nearest.
#[inline]
fn to_femto(number: i64) -> Result<i64> {
    let (whole, rest) = super::wide::mul(number.unsigned_abs(), TO_FEMTO);
    let magnitude = whole.wrapping_add(rest >> 63);
    if number < 0 { negative(magnitude) } else { positive(magnitude) }
}
