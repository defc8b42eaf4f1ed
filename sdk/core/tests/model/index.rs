//! An external volatility index: bounds, steps, age and weight.

use ballast_core::model::IndexSource;

use super::*;

fn terms() -> IndexTerms {
    let source = IndexSource::Authority.number();
    IndexTerms { source, weight: percent(80), longest_age: 7_200, step: percent(25), ..IndexTerms::default() }
}

fn posted(value: i32) -> Index {
    let mut index = Index::default();
    index.post(&terms(), percent(value), at(0)).unwrap();
    index
}

#[test]
fn sources_are_numbers_that_come_back() {
    for source in [IndexSource::None, IndexSource::Authority, IndexSource::Pull, IndexSource::Legacy] {
        assert_eq!(IndexTerms { source: source.number(), ..terms() }.source(), source);
    }
    assert_eq!(IndexTerms { source: 4, ..terms() }.source(), IndexSource::None);
}

#[test]
fn the_first_is_free_and_the_next_move_by_a_quarter_an_hour() {
    let index = posted(60);
    let post = |value: Ratio, seconds| {
        let mut next = index;
        next.post(&terms(), value, at(seconds)).map(|_| next)
    };
    assert_eq!(post(percent(75), 3_600), Ok(Index { value: percent(75), at: at(3_600) }));
    assert_eq!(post(percent(45), 3_600), Ok(Index { value: percent(45), at: at(3_600) }));
    assert_eq!(post(Ratio(750_000_001), 3_600), Err(BallastError::IndexStep));
    assert_eq!(post(Ratio(449_999_999), 3_600), Err(BallastError::IndexStep));
    assert_eq!(
        post(Ratio(607_500_000), 180),
        Ok(Index { value: Ratio(607_500_000), at: at(180) }),
        "a twentieth of it"
    );
    assert_eq!(post(Ratio(607_500_001), 180), Err(BallastError::IndexStep));
    assert!(post(percent(1_000), 86_400 * 7).is_ok(), "a week allows 42 times as much");
}

#[test]
fn a_feed_is_followed_as_far_as_its_step_goes() {
    let terms = IndexTerms { source: IndexSource::Pull.number(), ..terms() };
    for (value, counts) in [(percent(96), 750_000_000), (percent(20), 450_000_000), (percent(70), 700_000_000)] {
        let mut index = posted(60);
        assert_eq!(index.post(&terms, value, at(3_600)), Ok(Ratio(counts)));
        assert_eq!(index, Index { value: Ratio(counts), at: at(3_600) });
    }
}

#[test]
fn what_is_refused_changes_nothing() {
    let mut index = posted(60);
    let before = index;
    for wrong in [0, -1, 9_999_999, 20_000_000_001, i64::MIN, i64::MAX] {
        assert_eq!(index.post(&terms(), Ratio(wrong), at(9_999)), Err(BallastError::IndexOutOfBounds));
    }
    for late in [at(0), Timestamp(NOON - 1)] {
        assert_eq!(index.post(&terms(), percent(60), late), Err(BallastError::IndexNotNewer));
    }
    assert_eq!(index.post(&terms(), percent(1_999), at(1)), Err(BallastError::IndexStep));
    assert_eq!(index, before);
    for edge in [percent(1), percent(2_000)] {
        assert_eq!(Index::default().post(&terms(), edge, at(0)), Ok(edge));
    }
}

#[test]
fn counts_by_its_weight_until_it_is_too_old() {
    let index = posted(50);
    let forty = Variance::annual(percent(40)).unwrap();
    assert_eq!(index.at_least(&terms(), at(0)), Ok(forty));
    assert_eq!(index.at_least(&terms(), at(7_200)), Ok(forty));
    assert_eq!(index.at_least(&terms(), at(7_201)), Ok(Variance::ZERO), "stale counts as absent");
    assert_eq!(Index::default().at_least(&terms(), at(0)), Ok(Variance::ZERO));
    let negative = IndexTerms { weight: Ratio(-1), ..terms() };
    assert_eq!(index.at_least(&negative, at(0)), Err(BallastError::Overflow));
}

proptest! {
    /// In whatever pieces an index is moved, it gets no further than its step for the time, compounding.
    #[test]
    fn posting_often_gains_nothing(
        step in 1_000_000_i64..=1_000_000_000, posts in prop::collection::vec((10_000_000_i64..=20_000_000_000, 1_u64..20_000), 1..40),
    ) {
        let terms = IndexTerms { step: Ratio(step), ..terms() };
        let mut index = posted(100);
        let (mut now, mut most, mut least) = (0, 1e9_f64, 1e9_f64);
        for (value, span) in posts {
            now += span;
            let before = index;
            let hours = (at(now).0 - before.at.0) as f64 / 3_600.0;
            let allowed = before.value.0 as f64 * step as f64 * 1e-9 * hours;
            let moved = (value - before.value.0).abs() as f64;
            match index.post(&terms, Ratio(value), at(now)) {
                Ok(counts) => {
                    prop_assert_eq!(counts, Ratio(value));
                    prop_assert!(moved <= allowed * (1.0 + 1e-12), "moved by {moved} of {allowed}");
                    most *= 1.0 + step as f64 * 1e-9 * hours;
                    least *= (1.0 - step as f64 * 1e-9 * hours).max(0.0);
                    prop_assert_eq!(index, Index { value: Ratio(value), at: at(now) });
                }
                Err(rule) => {
                    prop_assert_eq!(rule, BallastError::IndexStep);
                    prop_assert!(moved > allowed * (1.0 - 1e-12) - 25.0, "refused {moved} of {allowed}");
                    prop_assert_eq!(index, before);
                }
            }
            // compounding in pieces is below the exponential of the whole
            prop_assert!(index.value.0 as f64 <= most * (1.0 + 1e-9));
            prop_assert!(most <= 1e9 * (step as f64 * 1e-9 * now as f64 / 3_600.0).exp() * (1.0 + 1e-9));
            prop_assert!(index.value.0 as f64 >= least * (1.0 - 1e-9));
        }
    }

    #[test]
    fn follows_the_formula(value in 10_000_000_i64..=20_000_000_000, weight in 0_i64..=2_000_000_000) {
        let terms = IndexTerms { weight: Ratio(weight), ..terms() };
        let mut index = Index::default();
        index.post(&terms, Ratio(value), at(0)).unwrap();
        let sigma = value as f64 * weight as f64 * 1e-18;
        let seen = index.at_least(&terms, at(1)).unwrap().0 as f64;
        let truth = sigma * sigma / YEAR * 1e18;
        prop_assert!((seen - truth).abs() <= 1.0 + 3e-9 / sigma.max(1e-9) * truth, "{seen} is not {truth}");
    }

    #[test]
    fn any_numbers_give_an_index_or_an_error(
        value in any::<i64>(), held in any::<i64>(), held_at in any::<i64>(), now in any::<i64>(), weight in any::<i64>(),
        step in any::<i64>(), longest_age in any::<u64>(),
    ) {
        let terms = IndexTerms { weight: Ratio(weight), step: Ratio(step), longest_age, ..IndexTerms::default() };
        let mut index = Index { value: Ratio(held), at: Timestamp(held_at) };
        let before = index;
        if index.post(&terms, Ratio(value), Timestamp(now)).is_err() {
            prop_assert_eq!(index, before);
        } else {
            prop_assert_eq!(index.value, Ratio(value));
            prop_assert!((10_000_000..=20_000_000_000).contains(&value) && now > held_at);
        }
        let least = index.at_least(&terms, Timestamp(now));
        prop_assert!(matches!(least, Ok(_) | Err(BallastError::Overflow)), "{least:?}");
    }
}
