//! Integer arithmetic against exact or 160-bit references that share nothing with the crate.
#![allow(
    missing_docs,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    clippy::indexing_slicing,
    clippy::integer_division,
    clippy::unwrap_used,
    reason = "tests may panic, and compare with floats"
)]

use ballast_core::error::BallastError;
use ballast_core::math::{
    approach, approach_within, decay, div_ceil, div_floor, grow_down, grow_up, isqrt_ceil, isqrt_floor, ln_ratio,
    log2_q40, mul_div_ceil, mul_div_floor, udiv_ceil, udiv_floor, wide, wide_mul, wide_u,
};
use num_bigint::BigInt;
use proptest::prelude::*;

/// Reference functions on integers of 2^-160.
mod reference {
    use num_bigint::BigInt;

    pub(crate) const BITS: u32 = 160;

    pub(crate) fn one() -> BigInt {
        BigInt::from(1) << BITS
    }

    /// ln 2 = 2 artanh(1/3).
    pub(crate) fn ln_2() -> BigInt {
        artanh(&BigInt::from(1), &BigInt::from(3)) * 2
    }

    /// ln(a / b): halve or double until the ratio is in 0.7..1.5, then 2 artanh((a - b) / (a + b)).
    pub(crate) fn ln(a: u64, b: u64) -> BigInt {
        let (mut a, mut b, mut powers) = (BigInt::from(a), BigInt::from(b), 0);
        while &a * 2 > &b * 3 {
            b *= 2;
            powers += 1;
        }
        while &a * 10 < &b * 7 {
            a *= 2;
            powers -= 1;
        }
        artanh(&(&a - &b), &(&a + &b)) * 2 + ln_2() * powers
    }

    /// 2^(numerator / denominator) of an exponent in 0..1.
    pub(crate) fn exp2(numerator: u64, denominator: u64) -> BigInt {
        let x = ln_2() * numerator / denominator;
        let (mut term, mut sum) = (one(), BigInt::from(0));
        for n in 1..60 {
            sum += &term;
            term = ((term * &x) >> BITS) / n;
        }
        sum
    }

    fn artanh(numerator: &BigInt, denominator: &BigInt) -> BigInt {
        let z = (numerator << BITS) / denominator;
        let square = (&z * &z) >> BITS;
        let (mut power, mut sum) = (z, BigInt::from(0));
        for n in (1..150).step_by(2) {
            sum += &power / n;
            power = (power * &square) >> BITS;
        }
        sum
    }
}

/// Numbers of every length, and the neighbours of powers of two.
fn any_length() -> impl Strategy<Value = u64> {
    (any::<u64>(), 0_u32..64, 0_u64..5).prop_map(|(number, shift, way)| match way {
        0 => (1 << shift) - 1,
        1 => 1 << shift,
        2 => (1_u64 << shift).saturating_add(1),
        3 => u64::MAX - (number >> shift),
        _ => number >> shift,
    })
}

fn any_wide() -> impl Strategy<Value = u128> {
    (any_length(), any_length(), any::<bool>())
        .prop_map(|(high, low, long)| if long { (u128::from(high) << 64) | u128::from(low) } else { u128::from(low) })
}

fn fits(value: u128) -> Result<u64, BallastError> {
    u64::try_from(value).map_err(|_| BallastError::Overflow)
}

fn fits_signed(value: i128) -> Result<i64, BallastError> {
    i64::try_from(value).map_err(|_| BallastError::Overflow)
}

/// Difference between a result and its reference, in thousandths of the result's unit.
fn error(result: i128, reference: &BigInt, unit: u64) -> i64 {
    let difference = (BigInt::from(result) << reference::BITS) - reference * unit;
    i64::try_from((difference * 1000) >> reference::BITS).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]

    #[test]
    fn products_are_exact(a in any_length(), b in any_length(), w in any_wide()) {
        prop_assert_eq!(wide_u(a, b), u128::from(a) * u128::from(b));
        let (x, y) = (a.cast_signed(), b.cast_signed());
        prop_assert_eq!(wide(x, y), i128::from(x) * i128::from(y));
        prop_assert_eq!(wide_mul(w, b).ok(), w.checked_mul(u128::from(b)));
    }

    #[test]
    fn quotients_are_exact(a in any_length(), b in any_length(), d in any_length(), w in any_wide()) {
        let product = u128::from(a) * u128::from(b);
        if d == 0 {
            prop_assert_eq!(mul_div_floor(a, b, 0), Err(BallastError::Overflow));
            prop_assert_eq!(mul_div_ceil(a, b, 0), Err(BallastError::Overflow));
            prop_assert_eq!(udiv_floor(w, 0), Err(BallastError::Overflow));
            prop_assert_eq!(udiv_ceil(w, 0), Err(BallastError::Overflow));
            prop_assert_eq!(div_floor(w.cast_signed(), 0), Err(BallastError::Overflow));
            prop_assert_eq!(div_ceil(w.cast_signed(), 0), Err(BallastError::Overflow));
        } else {
            let wide_d = u128::from(d);
            prop_assert_eq!(mul_div_floor(a, b, d), fits(product / wide_d));
            prop_assert_eq!(mul_div_ceil(a, b, d), fits(product.div_ceil(wide_d)));
            prop_assert_eq!(udiv_floor(w, d), fits(w / wide_d));
            prop_assert_eq!(udiv_ceil(w, d), fits(w.div_ceil(wide_d)));
            let (signed, signed_d) = (w.cast_signed(), i128::from(d));
            let floor = signed.div_euclid(signed_d);
            let ceil = floor + i128::from(signed.rem_euclid(signed_d) != 0);
            prop_assert_eq!(div_floor(signed, d), fits_signed(floor));
            prop_assert_eq!(div_ceil(signed, d), fits_signed(ceil));
        }
    }

    #[test]
    fn roots_are_exact(x in any_wide()) {
        let floor = isqrt_floor(x);
        let square = |root: u64| u128::from(root) * u128::from(root);
        prop_assert!(square(floor) <= x);
        prop_assert!(floor == u64::MAX || square(floor + 1) > x);
        let ceil = if square(floor) == x { Ok(floor) } else { floor.checked_add(1).ok_or(BallastError::Overflow) };
        prop_assert_eq!(isqrt_ceil(x), ceil);
    }

    #[test]
    fn ln_is_within_nine_tenths_of_its_unit(a in any_length(), b in any_length()) {
        if a == 0 || b == 0 {
            prop_assert_eq!(ln_ratio(a, b), Err(BallastError::Overflow));
        } else {
            let off = error(ln_ratio(a, b).unwrap().into(), &reference::ln(a, b), 1_000_000_000_000_000);
            prop_assert!(off.abs() <= 900, "ln({a}/{b}) is off by {off}/1000");
        }
    }

    #[test]
    fn ln_of_neighbours_is_within_six_tenths_of_its_unit(a in 1_000_u64..1 << 60, permille in -400_i64..400) {
        let b = u64::try_from(i128::from(a) * i128::from(1000 + permille) / 1000).unwrap();
        if a.leading_zeros() == b.leading_zeros() {
            let off = error(ln_ratio(a, b).unwrap().into(), &reference::ln(a, b), 1_000_000_000_000_000);
            prop_assert!(off.abs() <= 600, "ln({a}/{b}) is off by {off}/1000");
        }
    }

    #[test]
    fn ln_is_antisymmetric_to_the_last_unit(a in 1_u64.., b in 1_u64..) {
        let sum = ln_ratio(a, b).unwrap() + ln_ratio(b, a).unwrap();
        prop_assert!(sum.abs() <= 1);
    }

    #[test]
    fn decay_is_within_three_units(elapsed in any_length(), half_life in any_length()) {
        if half_life == 0 {
            prop_assert_eq!(decay(elapsed, 0), Err(BallastError::Overflow));
            return Ok(());
        }
        let result = decay(elapsed, half_life).unwrap();
        let (halvings, rest) = (elapsed / half_life, elapsed % half_life);
        if halvings > 64 {
            prop_assert_eq!(result, 0);
        } else {
            // 2^-(n + f) = 1 / (2^n 2^f)
            let power = reference::exp2(rest, half_life) << halvings;
            let off = error(result.into(), &(reference::one() * reference::one() / power), 1_000_000_000_000_000_000);
            prop_assert!(off.abs() <= 3_000, "decay({elapsed}, {half_life}) is off by {off}/1000");
        }
    }

    #[test]
    fn decay_over_sampling_steps_is_within_three_units(elapsed in 0_u64..100_000_000, half_life in 1_u64..100_000_000) {
        let halvings = elapsed / half_life;
        prop_assume!(halvings < 64);
        let power = reference::exp2(elapsed % half_life, half_life) << halvings;
        let off = error(
            decay(elapsed, half_life).unwrap().into(),
            &(reference::one() * reference::one() / power),
            1_000_000_000_000_000_000,
        );
        prop_assert!(off.abs() <= 3_000, "decay({elapsed}, {half_life}) is off by {off}/1000");
    }

    #[test]
    fn approach_is_the_nearest_average(old in any_length(), new in any_length(), elapsed in any_length(), half_life in any_length()) {
        if half_life == 0 {
            prop_assert_eq!(approach(old, new, elapsed, 0), Err(BallastError::Overflow));
            return Ok(());
        }
        let result = approach(old, new, elapsed, half_life).unwrap();
        prop_assert!(result >= old.min(new) && result <= old.max(new));
        let left = if elapsed / half_life > 200 {
            BigInt::from(0)
        } else {
            reference::one() * reference::one() / (reference::exp2(elapsed % half_life, half_life) << (elapsed / half_life))
        };
        let change = (BigInt::from(new) - BigInt::from(old)) * (reference::one() - left);
        let off = error(result.into(), &((BigInt::from(old) << reference::BITS) + change), 1);
        // Half a unit, and 3e-18 of the difference.
        let allowed = 501 + i64::try_from(old.abs_diff(new) / 300_000_000_000_000).unwrap();
        prop_assert!(off.abs() <= allowed, "approach({old}, {new}, {elapsed}, {half_life}) is off by {off}/1000");
    }

    /// The share is the greater of what the half-life asks for and `elapsed / memory`, at most all of it.
    #[test]
    fn approach_within_a_memory_is_the_nearest_average(
        old in any_length(), new in any_length(), elapsed in any_length(), half_life in any_length(), memory in any_length(),
    ) {
        if half_life == 0 || (memory == 0 && elapsed < memory) {
            prop_assert_eq!(approach_within(old, new, elapsed, half_life, memory), Err(BallastError::Overflow));
            return Ok(());
        }
        let result = approach_within(old, new, elapsed, half_life, memory).unwrap();
        prop_assert!(result >= old.min(new) && result <= old.max(new));
        let left = if elapsed / half_life > 200 {
            BigInt::from(0)
        } else {
            reference::one() * reference::one() / (reference::exp2(elapsed % half_life, half_life) << (elapsed / half_life))
        };
        let plain = if elapsed >= memory { reference::one() } else { reference::one() * elapsed / memory };
        let share = (reference::one() - left).max(plain);
        let change = (BigInt::from(new) - BigInt::from(old)) * share;
        let off = error(result.into(), &((BigInt::from(old) << reference::BITS) + change), 1);
        // Half a unit, and 3e-18 of the difference.
        let allowed = 501 + i64::try_from(old.abs_diff(new) / 300_000_000_000_000).unwrap();
        prop_assert!(off.abs() <= allowed, "{old} to {new}, {elapsed} s of {half_life} and {memory}: off by {off}/1000");
    }

    /// With all of its life as memory, steps of any length leave the plain mean.
    #[test]
    fn approach_within_its_age_is_the_plain_mean(steps in prop::collection::vec((0_u64..1 << 50, 1_u64..10_000), 1..100)) {
        let (mut average, mut age, mut sum) = (12_345_u64, 0_u64, 0_u128);
        for (value, elapsed) in &steps {
            age += elapsed;
            sum += u128::from(*value) * u128::from(*elapsed);
            average = approach_within(average, *value, *elapsed, u64::MAX, age).unwrap();
        }
        let mean = u64::try_from(sum / u128::from(age)).unwrap();
        prop_assert!(average.abs_diff(mean) <= steps.len() as u64 + 1, "{average} is not {mean}");
    }

    #[test]
    fn growth_encloses_the_true_value(value in any_length(), whole in -70_i64..40, fraction in 0_u64..1 << 40) {
        let exponent = (whole << 40) + i64::try_from(fraction).unwrap();
        let power = reference::exp2(fraction, 1 << 40);
        let product = BigInt::from(value) * power;
        let truth = if whole < 0 { product >> -whole } else { product << whole };
        let limit = BigInt::from(u64::MAX) << reference::BITS;
        // The true value may be off by a unit of the reference itself.
        let slack = BigInt::from(1) << 110;
        match (grow_down(value, exponent), grow_up(value, exponent)) {
            (Ok(down), Ok(up)) => {
                let (down, up) = (BigInt::from(down) << reference::BITS, BigInt::from(up) << reference::BITS);
                let most = reference::one() + &truth / 50_000_000_000_000_000_u64 + &slack;
                prop_assert!(down <= &truth + &slack && &truth - &down <= most);
                prop_assert!(up >= &truth - &slack && &up - &truth <= most);
            }
            (Ok(_), Err(_)) => prop_assert!(truth > limit - (BigInt::from(1000) << reference::BITS)),
            _ => prop_assert!(truth > limit),
        }
    }

    #[test]
    fn growth_is_monotone(value in 1_u64..1_000_000_000_000, exponent in -3_i64 << 40..3 << 40, more in 0_i64..1 << 41) {
        prop_assert!(grow_up(value, exponent).unwrap() <= grow_up(value, exponent + more).unwrap());
        prop_assert!(grow_down(value, exponent).unwrap() <= grow_down(value, exponent + more).unwrap());
    }

    #[test]
    fn log2_is_nearest(x in any_length()) {
        if x == 0 {
            prop_assert_eq!(log2_q40(0), Err(BallastError::Overflow));
            return Ok(());
        }
        let log2 = (reference::ln(x, 1_000_000_000) << reference::BITS) / reference::ln_2();
        let off = error(log2_q40(x).unwrap().into(), &log2, 1 << 40);
        prop_assert!(off.abs() <= 510, "log2({x}e-9) is off by {off}/1000");
    }
}

#[test]
fn whole_exponents_are_exact() {
    assert_eq!(grow_up(5, 0), Ok(5));
    assert_eq!(grow_down(5, 0), Ok(5));
    assert_eq!(grow_up(5, 1 << 40), Ok(10));
    assert_eq!(grow_down(5, -1 << 40), Ok(2));
    assert_eq!(grow_up(5, -1 << 40), Ok(3));
    assert_eq!(grow_up(1, 63 << 40), Ok(1 << 63));
    assert_eq!(grow_up(1, 64 << 40), Err(BallastError::Overflow));
    assert_eq!(grow_down(2, 63 << 40), Err(BallastError::Overflow));
    assert_eq!(grow_up(u64::MAX, 0), Ok(u64::MAX));
    assert_eq!(grow_up(u64::MAX, i64::MIN), Ok(1));
    assert_eq!(grow_down(u64::MAX, i64::MIN), Ok(0));
    assert_eq!(grow_up(0, i64::MAX), Ok(0));
    assert_eq!(grow_up(1, i64::MAX), Err(BallastError::Overflow));
}

#[test]
fn halvings_are_exact() {
    assert_eq!(decay(0, 7), Ok(1_000_000_000_000_000_000));
    assert_eq!(decay(7, 7), Ok(500_000_000_000_000_000));
    assert_eq!(decay(14, 7), Ok(250_000_000_000_000_000));
    assert_eq!(decay(u64::MAX, 1), Ok(0));
    assert_eq!(approach(100, 200, 0, 7), Ok(100));
    assert_eq!(approach(100, 200, 7, 7), Ok(150));
    assert_eq!(approach(200, 100, 14, 7), Ok(125));
    assert_eq!(approach(0, u64::MAX, u64::MAX, 1), Ok(u64::MAX - 1));
    assert_eq!(approach_within(100, 200, 7, 7, 100), Ok(150));
    assert_eq!(approach_within(100, 200, 7, 700, 10), Ok(170));
    assert_eq!(approach_within(200, 100, 10, 700, 7), Ok(100));
    assert_eq!(approach_within(100, 200, 0, 7, 0), Ok(200), "without a memory all is new");
    assert_eq!(approach_within(100, 200, 1, 0, 7), Err(BallastError::Overflow));
    assert_eq!(log2_q40(1_000_000_000), Ok(0));
    assert_eq!(log2_q40(2_000_000_000), Ok(1 << 40));
    assert_eq!(log2_q40(250_000_000), Ok(-2 << 40));
    assert_eq!(ln_ratio(12_345, 12_345), Ok(0));
    assert_eq!(ln_ratio(u64::MAX, 1), Ok(44_361_419_555_836_500));
}

/// After 63.2 half-lives 1.74 units of all that there is are left: as many as 64 bits can tell.
#[test]
fn approach_tells_the_last_units_apart() {
    assert_eq!(approach(0, u64::MAX, 632, 10), Ok(u64::MAX - 2));
    assert_eq!(approach(0, u64::MAX, 640, 10), Ok(u64::MAX - 1));
}
