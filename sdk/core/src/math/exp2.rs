//! Powers of two: decay of a half-life, growth by an exponent, and the exponent of a growth.

use super::wide::{divide, mul, mul_high, negative, positive};
use crate::error::{BallastError, Result};

/// 2e18: turns 2^-63 into 1e-18 when the upper half of the product is taken.
const TWICE_ATTO: u64 = 2_000_000_000_000_000_000;
/// 2^63, a one of the results of [`power`].
const POWER_ONE: u64 = 1 << 63;
/// What the error of [`power`] never exceeds, in its unit: 2.1e-18 of at most 2^64, and some roundings.
const POWER_ERROR: u64 = 50;
/// Bits of an exponent after the point.
const EXPONENT_BITS: u32 = 40;
/// The fraction of an exponent.
const EXPONENT_FRACTION: u64 = (1 << EXPONENT_BITS) - 1;
/// A thousand million, the one of [`log2_q40`].
const ONE: u64 = 1_000_000_000;
/// 2^40 / (1e15 ln 2) in 2^-73: turns ln in 1e-15 into log2 in 2^-40.
const LN_TO_LOG2: u64 = 14_981_801_857_263_078_789;

/// 2^(i / 64) in 2^-63, for i from 0 to 63 (mpmath, 60 digits, to nearest).
const POWERS_OF_64THS: [u64; 64] = [
    9_223_372_036_854_775_808,
    9_323_807_973_325_342_579,
    9_425_337_585_438_007_767,
    9_527_972_782_539_685_958,
    9_631_725_603_661_576_981,
    9_736_608_218_931_335_184,
    9_842_632_931_000_616_231,
    9_949_812_176_488_168_858,
    10_058_158_527_438_640_871,
    10_167_684_692_797_270_502,
    10_278_403_519_900_636_096,
    10_390_327_995_983_639_004,
    10_503_471_249_702_896_438,
    10_617_846_552_676_722_988,
    10_733_467_321_041_881_441,
    10_850_347_117_027_285_504,
    10_968_499_650_544_839_023,
    11_087_938_780_797_598_309,
    11_208_678_517_905_446_201,
    11_330_733_024_548_468_561,
    11_454_116_617_628_225_966,
    11_578_843_769_947_115_458,
    11_704_929_111_906_019_353,
    11_832_387_433_220_440_222,
    11_961_233_684_655_323_370,
    12_091_482_979_778_770_282,
    12_223_150_596_734_848_760,
    12_356_251_980_035_707_703,
    12_490_802_742_373_206_726,
    12_626_818_666_450_273_141,
    12_764_315_706_832_201_104,
    12_903_309_991_818_110_089,
    13_043_817_825_332_782_212,
    13_185_855_688_839_100_305,
    13_329_440_243_271_311_081,
    13_474_588_330_989_340_155,
    13_621_316_977_754_388_159,
    13_769_643_394_726_039_683,
    13_919_584_980_481_119_318,
    14_071_159_323_054_531_591,
    14_224_384_202_002_324_189,
    14_379_277_590_487_216_477,
    14_535_857_657_386_837_923,
    14_694_142_769_424_923_741,
    14_854_151_493_325_717_732,
    15_015_902_597_991_835_029,
    15_179_415_056_705_840_218,
    15_344_708_049_355_799_071,
    15_511_800_964_685_064_948,
    15_680_713_402_566_563_766,
    15_851_465_176_301_844_309,
    16_024_076_314_945_163_556,
    16_198_567_065_652_879_633,
    16_374_957_896_058_427_985,
    16_553_269_496_673_159_336,
    16_733_522_783_313_321_064,
    16_915_738_899_553_466_671,
    17_099_939_219_206_581_124,
    17_286_145_348_831_213_003,
    17_474_379_130_265_907_514,
    17_664_662_643_191_237_676,
    17_857_018_207_719_734_201,
    18_051_468_387_014_017_850,
    18_248_035_989_933_441_397,
];
/// Coefficients of y to y^5 of 2^(y/64) - 1 in 2^-64, interpolated at Chebyshev nodes of 0..1; they are off by at most 1.5e-18.
const C1: u64 = 199_786_072_581_292_685;
const C2: u64 = 1_081_884_007_209_684;
const C3: u64 = 3_905_754_493_762;
const C4: u64 = 10_575_106_814;
const C5: u64 = 23_030_577;

/// `2^(-elapsed / half_life)` in 1e-18, within 3e-18 of the true value; 0 when that is all that is left.
///
/// # Errors
/// `Overflow` if `half_life` is zero.
pub fn decay(elapsed: u64, half_life: u64) -> Result<u64> {
    let (left, halvings) = left(elapsed, half_life)?;
    let (whole, rest) = mul(left, TWICE_ATTO);
    Ok(if halvings == 0 { whole.wrapping_add(rest >> 63) } else { halve(whole, halvings) })
}

/// `old + (new - old) (1 - 2^(-elapsed / half_life))`: where an exponential average of this half-life stands after
/// `elapsed` at `new`. Between both, to nearest: a rounding with a direction would add up to a bias of half a unit
/// over the share, which is small for a slow average. The share is within 3e-18 of the true one.
///
/// # Errors
/// `Overflow` if `half_life` is zero.
pub fn approach(old: u64, new: u64, elapsed: u64, half_life: u64) -> Result<u64> {
    Ok(moved_by(old, new, gone(elapsed, half_life)?))
}

/// The same with a share of at least `elapsed / memory`: an average that is younger than its half-life, and so the plain
/// mean of what it has seen.
///
/// # Errors
/// `Overflow` if `half_life` or `memory` is zero.
pub fn approach_within(old: u64, new: u64, elapsed: u64, half_life: u64, memory: u64) -> Result<u64> {
    let plain = if elapsed >= memory { u64::MAX } else { divide(elapsed, 0, memory)?.0 };
    Ok(moved_by(old, new, gone(elapsed, half_life)?.max(plain)))
}

/// What `elapsed` takes away, in 2^-64, in which one does not fit: all but everything stands for everything.
fn gone(elapsed: u64, half_life: u64) -> Result<u64> {
    let (left, halvings) = left(elapsed, half_life)?;
    let gone = if halvings == 0 { 0 } else { halve(left, halvings.wrapping_sub(1)).wrapping_neg() };
    Ok(if gone == 0 && halvings != 0 { u64::MAX } else { gone })
}

/// `old` moved towards `new` by a share in 2^-64, to nearest.
fn moved_by(old: u64, new: u64, share: u64) -> u64 {
    let (whole, rest) = mul(old.abs_diff(new), share);
    let change = whole.wrapping_add(rest >> 63);
    if new < old { old.wrapping_sub(change) } else { old.wrapping_add(change) }
}

/// `value x 2^(exponent / 2^40)`, rounded up: never below the true value, and above it by less than
/// one unit and 2e-17 of it. Exact for whole exponents, if the result is whole.
///
/// # Errors
/// `Overflow` if the result does not fit.
pub fn grow_up(value: u64, exponent_q40: i64) -> Result<u64> {
    let (whole, power, exact) = split(exponent_q40);
    let power = if exact { power } else { power.saturating_add(POWER_ERROR) };
    let (result, rest) = scale(value, power, whole)?;
    if rest { result.checked_add(1).ok_or(BallastError::Overflow) } else { Ok(result) }
}

/// `value x 2^(exponent / 2^40)`, rounded down: never above the true value, and below it by less than
/// one unit and 2e-17 of it. Exact for whole exponents, if the result is whole.
///
/// # Errors
/// `Overflow` if the result does not fit.
pub fn grow_down(value: u64, exponent_q40: i64) -> Result<u64> {
    let (whole, power, exact) = split(exponent_q40);
    let power = if exact { power } else { power.saturating_sub(POWER_ERROR) };
    Ok(scale(value, power, whole)?.0)
}

/// `log2(ratio_1e9 / 1e9)` in 2^-40, to nearest (off by at most 0.51 of the unit).
///
/// # Errors
/// `Overflow` if `ratio_1e9` is zero.
pub fn log2_q40(ratio_1e9: u64) -> Result<i64> {
    log2_ratio_q40(ratio_1e9, ONE)
}

/// `log2(a / b)` in 2^-40, to nearest (off by at most 0.51 of the unit).
///
/// # Errors
/// `Overflow` if `a` or `b` is zero.
pub fn log2_ratio_q40(a: u64, b: u64) -> Result<i64> {
    let ln = super::ln_ratio(a, b)?;
    let magnitude = (mul_high(ln.unsigned_abs(), LN_TO_LOG2).wrapping_add(1 << 8)) >> 9;
    if ln < 0 { negative(magnitude) } else { positive(magnitude) }
}

/// `2^(-elapsed / half_life)` as a power in 2^-63, from one to two, and how often to halve it.
#[inline]
fn left(elapsed: u64, half_life: u64) -> Result<(u64, u64)> {
    let halvings = elapsed.checked_div(half_life).ok_or(BallastError::Overflow)?;
    let rest = elapsed.wrapping_sub(halvings.wrapping_mul(half_life));
    if rest == 0 {
        return Ok((POWER_ONE, halvings));
    }
    // 2^-(n + f) = 2^(1 - f) / 2^(n + 1)
    let fraction = divide(rest, 0, half_life)?.0;
    Ok((power(fraction.wrapping_neg()), halvings.saturating_add(1)))
}

/// `number / 2^halvings`, to nearest.
#[inline]
fn halve(number: u64, halvings: u64) -> u64 {
    if halvings == 0 {
        return number;
    }
    if halvings > 63 {
        return 0;
    }
    // Half of the last bit that goes, then the rest: rounds to nearest without leaving 64 bits.
    let almost = number >> halvings.wrapping_sub(1);
    (almost >> 1).wrapping_add(almost & 1)
}

/// `2^(fraction / 2^64)` in 2^-63, within [`POWER_ERROR`].
///
/// The upper six bits of the fraction choose from the table, the others are the variable of the polynomial. Its two
/// last terms are so small that 30 bits of the variable do for them (they lose 5e-19), and single products hold them.
#[inline]
fn power(fraction: u64) -> u64 {
    let near =
        usize::try_from(fraction >> 58).ok().and_then(|place| POWERS_OF_64THS.get(place)).copied().unwrap_or(POWER_ONE);
    let y = fraction << 6;
    let y_30 = y >> 34;
    let series = C4.wrapping_add(C5.wrapping_mul(y_30) >> 30);
    let series = C3.wrapping_add(series.wrapping_mul(y_30) >> 30);
    let series = C2.wrapping_add(mul_high(y, series));
    let series = C1.wrapping_add(mul_high(y, series));
    near.saturating_add(mul_high(near, mul_high(y, series)))
}

/// The whole part of an exponent, the power of its fraction, and whether there is no fraction.
#[inline]
fn split(exponent_q40: i64) -> (i64, u64, bool) {
    let fraction = exponent_q40.cast_unsigned() & EXPONENT_FRACTION;
    let power = if fraction == 0 { POWER_ONE } else { power(fraction << (u64::BITS - EXPONENT_BITS)) };
    (exponent_q40 >> EXPONENT_BITS, power, fraction == 0)
}

/// `value x power x 2^(whole - 63)`, rounded down, and whether something was cut off.
#[inline]
fn scale(value: u64, power: u64, whole: i64) -> Result<(u64, bool)> {
    let (high, low) = mul(value, power);
    if value == 0 {
        return Ok((0, false));
    }
    let right = 63_i64.wrapping_sub(whole);
    match u32::try_from(right).map_err(|_| BallastError::Overflow)? {
        0 if high == 0 => Ok((low, false)),
        // The halves overlap: `high` gives the upper bits if none of them is lost.
        right @ 1..64 if high >> right == 0 => {
            let left = 64_u32.wrapping_sub(right);
            Ok(((high << left) | (low >> right), low << left != 0))
        }
        0..64 => Err(BallastError::Overflow),
        right @ 64..128 => {
            let result = high.wrapping_shr(right.wrapping_sub(64));
            Ok((result, low != 0 || result.wrapping_shl(right.wrapping_sub(64)) != high))
        }
        _ => Ok((0, true)),
    }
}
