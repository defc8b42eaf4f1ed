//! The weight of a collateral and its ramp.

use super::*;

fn weights() -> impl Strategy<Value = Ratio> {
    (0_i64..=1_000_000_000).prop_map(Ratio)
}

fn any_terms() -> impl Strategy<Value = WeightTerms> {
    (0_i64..=1_000_000_000, 0_i64..=1_000_000_000).prop_map(|(fall, rise)| WeightTerms {
        fall_per_day: Ratio(fall),
        rise_per_day: Ratio(rise),
        ..WeightTerms::default()
    })
}

fn ramp(start: Ratio, target: Ratio) -> WeightRamp {
    WeightRamp { start, started_at: at(0), target }
}

#[test]
fn target_is_what_volatility_leaves() {
    let terms = WeightTerms::default();
    let target = |percents| terms.target(Variance::annual(percent(percents)).unwrap()).unwrap();
    assert_eq!(target(10), percent(95));
    assert_close(target(80).0 as f64, (1.0 - 4.5 * 0.8 * (21_600.0 / YEAR).sqrt()) * 1e9, 1e-8);
    assert_eq!(target(1_000), Ratio::ZERO);
}

#[test]
fn a_day_down_and_a_day_up() {
    let terms = WeightTerms::default();
    let falling = ramp(percent(90), percent(60));
    assert_eq!(falling.effective(&terms, Timestamp(0)), Ok(percent(90)));
    assert_eq!(falling.effective(&terms, at(1)), Ok(Ratio(900_000_000 - 1_158)));
    assert_eq!(falling.effective(&terms, at(86_400)), Ok(percent(80)));
    assert_eq!(falling.effective(&terms, Timestamp(i64::MAX)), Ok(percent(60)));
    let rising = ramp(percent(60), percent(90));
    assert_eq!(rising.effective(&terms, at(1)), Ok(Ratio(600_000_000 + 578)));
    assert_eq!(rising.effective(&terms, at(86_400)), Ok(percent(65)));
    assert_eq!(rising.effective(&terms, Timestamp(i64::MAX)), Ok(percent(90)));
}

proptest! {
    #[test]
    fn follows_the_formula(terms in any_terms(), start in weights(), target in weights(), span in 0_u64..2_592_000) {
        let value = ramp(start, target).effective(&terms, at(span)).unwrap().0 as f64;
        let (w0, w, days) = (start.0 as f64, target.0 as f64, span as f64 / DAY);
        let truth = if w0 < w { w.min(w0 + terms.rise_per_day.0 as f64 * days) } else { w.max(w0 - terms.fall_per_day.0 as f64 * days) };
        prop_assert!(value <= truth + 1e-3 && value > truth - 1.001, "{value} is not {truth}");
    }

    #[test]
    fn never_outruns_its_rate_nor_crosses_its_target(
        terms in any_terms(), start in weights(), moves in prop::collection::vec((weights(), 0_u64..300_000), 1..50),
    ) {
        let mut ramp = WeightRamp::at(start, at(0));
        let (mut time, mut last) = (0, start.0);
        for (target, span) in moves {
            time += span;
            let now = ramp.effective(&terms, at(time)).unwrap().0;
            let span = i64::try_from(span).unwrap();
            prop_assert!(i128::from(now - last) * 86_400 <= i128::from(terms.rise_per_day.0) * i128::from(span));
            prop_assert!(i128::from(last - now - 1) * 86_400 <= i128::from(terms.fall_per_day.0) * i128::from(span));
            let (low, high) = (ramp.start.min(ramp.target).0, ramp.start.max(ramp.target).0);
            prop_assert!(low <= now && now <= high);
            ramp.retarget(&terms, target, at(time)).unwrap();
            prop_assert_eq!(ramp.effective(&terms, at(time)), Ok(Ratio(now)));
            last = now;
        }
    }

    #[test]
    fn composes_and_the_same_target_changes_nothing(
        terms in any_terms(), start in weights(), target in weights(), first in 0_u64..300_000, second in 0_u64..300_000,
    ) {
        let whole = ramp(start, target);
        let mut same = whole;
        same.retarget(&terms, target, at(first)).unwrap();
        prop_assert_eq!(same, whole);
        let rest = WeightRamp { start: whole.effective(&terms, at(first)).unwrap(), started_at: at(first), target };
        let (once, twice) = (whole.effective(&terms, at(first + second)).unwrap(), rest.effective(&terms, at(first + second)).unwrap());
        prop_assert!(twice <= once && once.0 - twice.0 <= 1);
    }

    #[test]
    fn any_numbers_give_a_weight_or_an_error(
        start in any::<i64>(), target in any::<i64>(), started in any::<i64>(), now in any::<i64>(),
        fall in any::<i64>(), rise in any::<i64>(), variance in any::<u64>(),
    ) {
        let terms = WeightTerms { fall_per_day: Ratio(fall), rise_per_day: Ratio(rise), ..WeightTerms::default() };
        let ramp = WeightRamp { start: Ratio(start), started_at: Timestamp(started), target: Ratio(target) };
        let _ = ramp.effective(&terms, Timestamp(now));
        if let Ok(weight) = terms.target(Variance(variance)) {
            prop_assert!(weight >= Ratio::ZERO && weight <= percent(95));
        }
    }
}
