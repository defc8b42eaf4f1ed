//! Roots are exact; powers and logarithms rise with their argument, on dense grids and around every seam of their tables.

use super::lattice;
use ballast_core::math::{
    approach, decay, grow_down, grow_up, isqrt_ceil, isqrt_floor, ln_ratio, log2_q40, log2_ratio_q40,
};

#[test]
fn every_small_root_is_exact() {
    let mut floor = 0_u64;
    for x in 0..5_000_000_u64 {
        if (floor + 1) * (floor + 1) <= x {
            floor += 1;
        }
        let ceil = floor + u64::from(floor * floor < x);
        assert_eq!((isqrt_floor(x.into()), isqrt_ceil(x.into())), (floor, Ok(ceil)), "{x}");
    }
}

/// A root changes at squares only: around those of a dense grid and of the lattice, nothing is off by one.
#[test]
fn every_root_changes_at_its_square() {
    let grid = (0..1_000_000_u64).map(|step| step * 18_446_744_073_709 + step % 7);
    let low = (1..2_000_000_u64).map(|step| step * 2_147 + 1);
    let mut cases = 0_u64;
    for root in grid.chain(low).chain(lattice()).filter(|root| *root > 1) {
        let square = u128::from(root) * u128::from(root);
        assert_eq!((isqrt_floor(square), isqrt_ceil(square)), (root, Ok(root)), "{square}");
        assert_eq!((isqrt_floor(square - 1), isqrt_ceil(square - 1)), (root - 1, Ok(root)), "{square} - 1");
        assert_eq!(isqrt_floor(square + 1), root, "{square} + 1");
        assert_eq!(isqrt_ceil(square + 1).ok(), root.checked_add(1), "{square} + 1");
        cases += 1;
    }
    assert_eq!(isqrt_floor(u128::MAX), u64::MAX);
    assert!(cases > 2_999_000, "{cases} roots");
}

/// Exponents in 2^-40: a grid over four powers, and the neighbours of each of its seams, the 64th parts.
fn exponents() -> Vec<i64> {
    let grid = (-(1 << 21)..1 << 21).map(|step: i64| step << 21);
    let seams = (-256..256).flat_map(|seam: i64| (-300..300).map(move |near| (seam << 34) + near));
    let mut all: Vec<i64> = grid.chain(seams).collect();
    all.sort_unstable();
    all.dedup();
    all
}

#[test]
fn growth_never_falls_as_the_exponent_rises() {
    for value in [1, 3, 1_000_000_007, 1_000_000_000_000_000, (1 << 59) + 12_345] {
        let (mut last_down, mut last_up) = (0, 0);
        for exponent in exponents() {
            let (down, up) = (grow_down(value, exponent).unwrap(), grow_up(value, exponent).unwrap());
            assert!(down >= last_down && up >= last_up, "{value} falls at {exponent}");
            assert!(
                down <= up && up - down <= 2 + value / 500_000_000_000_000 * 17,
                "{value} at {exponent}: {down} to {up}"
            );
            (last_down, last_up) = (down, up);
        }
    }
}

#[test]
fn what_is_left_never_grows_with_time() {
    for half_life in [1, 60, 3_600, 43_200, 7_776_000, 1 << 40] {
        let mut last = u64::MAX;
        let mut cases = 0;
        let dense = (0..400_000).map(|step| step * (half_life / 100_000).max(1));
        let seams =
            (0..256_u64).flat_map(|seam| (0..200).map(move |near| (seam * half_life / 64 + near).saturating_sub(100)));
        let mut times: Vec<u64> = dense.chain(seams).collect();
        times.sort_unstable();
        for elapsed in times {
            let left = decay(elapsed, half_life).unwrap();
            assert!(left <= last, "{left} is left after {elapsed} of {half_life}, more than {last}");
            last = left;
            cases += 1;
        }
        assert!(cases > 400_000);
    }
}

/// An average stays between what it was and what it is drawn to, and goes on towards it as time passes.
#[test]
fn an_average_never_turns_back() {
    for (old, new) in [(0, 1), (5, 3), (1_000_000, 2_000_003), (u64::MAX, 0), (1 << 62, (1 << 62) + 999)] {
        for half_life in [1, 7, 3_600] {
            let mut last = old;
            for elapsed in 0..20_000 {
                let now = approach(old, new, elapsed, half_life).unwrap();
                assert!(now.abs_diff(new) <= last.abs_diff(new), "{old} to {new} turns back after {elapsed}");
                assert!(now >= old.min(new) && now <= old.max(new));
                last = now;
            }
        }
    }
}

#[test]
fn a_logarithm_never_falls_as_its_argument_rises() {
    let steps = |b: u64| (0..600_000_u64).map(move |step| b / 4 + 1 + step * (b / 75_000).max(1));
    // i/32 is where the table's entry changes, (2 i + 1)/64 where it is chosen anew
    let seams = |b: u64| {
        (16..=128_u64).flat_map(move |seam| {
            (0..400).map(move |near| (b / 64 * seam + b % 64 * seam / 64 + near).saturating_sub(200))
        })
    };
    for b in [1_000, 65_536, 1_000_000_000, 9_999_999_999_999, 1 << 56, (1 << 57) + 1] {
        let mut arguments: Vec<u64> = steps(b).chain(seams(b)).filter(|a| *a > 0).collect();
        arguments.sort_unstable();
        let (mut last, mut last_log2) = (i64::MIN, i64::MIN);
        for a in arguments {
            let ln = ln_ratio(a, b).unwrap();
            assert!(ln >= last, "ln({a} / {b}) = {ln} is below {last}");
            assert!((ln + ln_ratio(b, a).unwrap()).abs() <= 1, "ln({a} / {b}) is not that of the inverse");
            let log2 = log2_ratio_q40(a, b).unwrap();
            assert!(log2 >= last_log2, "log2({a} / {b}) falls");
            if b == 1_000_000_000 {
                assert_eq!(log2_q40(a), Ok(log2));
            }
            (last, last_log2) = (ln, log2);
        }
    }
}

/// Growth by a logarithm leads back: no more than the error of the two away.
#[test]
fn growth_undoes_a_logarithm() {
    for ratio in (50_000_000..2_000_000_000_u64).step_by(997) {
        let exponent = log2_q40(ratio).unwrap();
        let (down, up) = (grow_down(1_000_000_000, exponent).unwrap(), grow_up(1_000_000_000, exponent).unwrap());
        assert!(down <= ratio + 1 && up + 1 >= ratio && up - down <= 2, "{ratio}: {down} to {up}");
    }
}
