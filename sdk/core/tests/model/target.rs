//! The scan range that the model asks for.

use super::*;

#[test]
fn default_of_a_calm_and_of_a_crowded_market() {
    let terms = TargetTerms::default();
    let variance = Variance::annual(percent(60)).unwrap();
    let dollars = |amount| Usd::dollars(amount).unwrap();
    let calm = terms.target(variance, Ratio::ZERO, dollars(1_000_000), dollars(50_000_000)).unwrap();
    assert_close(calm.0 as f64, 4.5 * 0.6 * (3_600.0 / YEAR).sqrt() * 1e12, 1e-9);
    let crowded = terms.target(variance, Ratio::ZERO, dollars(200_000_000), dollars(50_000_000)).unwrap();
    assert_close(crowded.0 as f64, calm.0 as f64 * 2.0, 1e-9);
    assert_eq!(terms.target(variance, Ratio::ZERO, dollars(1), Usd::ZERO), Ok(SCAN_ONE));
    assert_eq!(terms.target(variance, Ratio::ZERO, Usd::ZERO, Usd::ZERO), Ok(calm));
    assert_eq!(terms.target(Variance(1), Ratio::ZERO, Usd::ZERO, Usd::ZERO), Ok(terms.minimum));
    assert_eq!(terms.target(variance, Ratio::ZERO, Usd(-1), Usd::ZERO), Err(BallastError::Overflow));
}

proptest! {
    #[test]
    fn follows_the_formula(
        variance in 1_000_000_u64..1_000_000_000_000, open_interest in 0_i64..1 << 56, depth in 1_000_000_000_i64..1 << 56,
        k in 1_000_000_000_i64..10_000_000_000, correction in -200_000_000_i64..=200_000_000, horizon in 60_u64..604_800, gamma in 10_000_000_i64..2_000_000_000,
    ) {
        let terms = TargetTerms { k: Ratio(k), horizon, gamma: Ratio(gamma), ..TargetTerms::default() };
        let target = terms.target(Variance(variance), Ratio(correction), Usd(open_interest), Usd(depth)).unwrap();
        let crowd = open_interest as f64 / (gamma as f64 * 1e-9 * depth as f64);
        let corrected = k as f64 * 1e-9 * (1.0 + correction as f64 * 1e-9);
        let formula = corrected * (variance as f64 * 1e-18 * horizon as f64).sqrt() * crowd.sqrt().max(1.0);
        let truth = formula.clamp(0.005, 1.0) * 1e12;
        let value = target.0 as f64;
        prop_assert!(value >= truth * (1.0 - 1e-14) && value <= truth * (1.0 + 1e-7), "{value} is not {truth}");
    }

    #[test]
    fn rises_with_variance_and_open_interest_and_falls_with_depth(
        variance in any::<u32>(), open_interest in any::<u32>(), depth in any::<u32>(), more in any::<u32>(),
    ) {
        let terms = TargetTerms::default();
        let target = |variance: u64, open_interest: i64, depth: i64| {
            terms.target(Variance(variance * 100), Ratio::ZERO, Usd(open_interest * 1_000), Usd(depth * 1_000)).unwrap()
        };
        let (v, o, d, m) = (u64::from(variance), i64::from(open_interest), i64::from(depth), i64::from(more));
        let base = target(v, o, d);
        prop_assert!(target(v + u64::from(more), o, d) >= base);
        prop_assert!(target(v, o + m, d) >= base);
        prop_assert!(target(v, o, d + m) <= base);
    }

    #[test]
    fn any_numbers_give_a_target_within_bounds_or_an_error(
        variance in any::<u64>(), correction in -2_000_000_000_i64..2_000_000_000, open_interest in any::<i64>(), depth in any::<i64>(),
    ) {
        let terms = TargetTerms::default();
        match terms.target(Variance(variance), Ratio(correction), Usd(open_interest), Usd(depth)) {
            Ok(target) => prop_assert!(target >= terms.minimum && target <= terms.maximum),
            Err(error) => prop_assert!(error == BallastError::Overflow && (open_interest < 0 || depth < 0 || correction < -1_000_000_000)),
        }
    }
}
