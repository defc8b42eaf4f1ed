//! The depth of a market: its median, its speed limit downward, and its silence.

use ballast_core::model::{DepthReport, REPORTERS};

use super::*;

const TERMS: DepthTerms = DepthTerms { quorum: 3, longest_age: 600, half_life: 86_400, floor: Usd(1_000) };

/// The model in floats, with the reports in the order in which they came.
struct Reference {
    posted: Vec<(usize, f64, u64)>,
    value: f64,
    median: f64,
    at: Option<u64>,
}

impl Reference {
    fn report(&mut self, terms: &DepthTerms, reporter: usize, depth: i64, now: u64) {
        self.posted.push((reporter, depth as f64, now));
        let last = |reporter| self.posted.iter().rfind(|(by, _, _)| *by == reporter);
        let mut fresh: Vec<f64> = (0..REPORTERS)
            .filter_map(last)
            .filter(|(_, _, at)| now - at <= terms.longest_age)
            .map(|(_, depth, _)| *depth)
            .collect();
        if (fresh.len() as u64) < terms.quorum {
            return;
        }
        fresh.sort_by(f64::total_cmp);
        self.median = fresh[(fresh.len() - 1) / 2];
        let least = self.at.map_or(0.0, |at| self.value * (-((now - at) as f64) / terms.half_life as f64).exp2());
        self.value = self.median.max(least);
        self.at = Some(now);
    }

    fn in_force(&self, terms: &DepthTerms, now: u64) -> f64 {
        let floor = terms.floor.0 as f64;
        let Some(at) = self.at else { return floor };
        let silent = (now - at).saturating_sub(terms.longest_age) as f64;
        if self.value <= floor {
            return self.value;
        }
        floor + (self.value - floor) * (-silent / terms.half_life as f64).exp2()
    }
}

/// A depth of which three reporters agreed at time zero.
fn agreed(value: i64) -> Depth {
    let mut depth = Depth::default();
    for reporter in 0..3 {
        depth.report(&TERMS, reporter, Usd(value), at(0)).unwrap();
    }
    depth
}

#[test]
fn without_a_quorum_no_median_is_taken() {
    let mut depth = Depth::default();
    for reporter in [0, 1, 1, 0] {
        depth.report(&TERMS, reporter, Usd(5_000_000), at(0)).unwrap();
    }
    assert_eq!((depth.value, depth.median, depth.at), (Usd::ZERO, Usd::ZERO, Timestamp::ZERO));
    assert_eq!(depth.in_force(&TERMS, at(0)), Ok(TERMS.floor));
    assert_eq!(depth.for_added_risk(depth.in_force(&TERMS, at(0)).unwrap()), TERMS.floor);
    depth.report(&TERMS, 4, Usd(4_000_000), at(600)).unwrap();
    assert_eq!((depth.value, depth.at), (Usd(5_000_000), at(600)), "the first median is free");
    // two are too old now: what one says leaves the value alone
    depth.report(&TERMS, 4, Usd(1), at(1_200)).unwrap();
    assert_eq!((depth.value, depth.median, depth.at), (Usd(5_000_000), Usd(5_000_000), at(600)));
}

#[test]
fn a_stale_report_does_not_count() {
    let mut depth = agreed(5_000_000);
    for reporter in [3, 4] {
        depth.report(&TERMS, reporter, Usd(9_000_000), at(600)).unwrap();
    }
    assert_eq!(depth.median, Usd(5_000_000), "five are fresh");
    depth.report(&TERMS, 0, Usd(8_000_000), at(601)).unwrap();
    assert_eq!(depth.median, Usd(9_000_000), "8, 9 and 9 are fresh");
}

#[test]
fn of_an_even_number_the_lower_middle_counts() {
    let terms = DepthTerms { quorum: 2, ..TERMS };
    let mut depth = Depth::default();
    for (reporter, value) in [(0, 10), (3, 20), (1, 30), (4, 40)] {
        depth.report(&terms, reporter, Usd(value), at(0)).unwrap();
    }
    assert_eq!(depth.median, Usd(20));
}

#[test]
fn a_median_falls_by_half_in_a_half_life_and_rises_at_once() {
    let mut depth = agreed(8_000_000);
    for reporter in 0..3 {
        depth.report(&TERMS, reporter, Usd(1_000_000), at(86_400)).unwrap();
    }
    // two reports of before were too old, and the third alone is no median
    assert_eq!((depth.value, depth.median), (Usd(4_000_000), Usd(1_000_000)));
    assert_eq!(depth.in_force(&TERMS, at(86_400)), Ok(Usd(4_000_000)));
    let in_force = depth.in_force(&TERMS, at(86_400)).unwrap();
    assert_eq!(depth.for_added_risk(in_force), Usd(1_000_000), "added risk sees the fall at once");
    for reporter in 0..3 {
        depth.report(&TERMS, reporter, Usd(90_000_000), at(86_401)).unwrap();
    }
    assert_eq!((depth.value, depth.median), (Usd(90_000_000), Usd(90_000_000)));
}

#[test]
fn silence_leads_to_the_floor_by_half_lives() {
    let depth = agreed(8_001_000);
    let seen = |seconds| depth.in_force(&TERMS, at(seconds)).unwrap();
    assert_eq!((seen(0), seen(600)), (Usd(8_001_000), Usd(8_001_000)), "while the median stands");
    assert_eq!(seen(600 + 86_400), Usd(4_001_000));
    assert_eq!(seen(600 + 3 * 86_400), Usd(1_001_000));
    assert_eq!(depth.in_force(&TERMS, Timestamp(i64::MAX)), Ok(Usd(1_000)));
    assert_eq!(depth.for_added_risk(depth.in_force(&TERMS, at(600 + 86_400)).unwrap()), Usd(4_001_000));
    let shallow = agreed(999);
    assert_eq!(shallow.in_force(&TERMS, at(10_000_000)), Ok(Usd(999)), "silence never deepens a market");
}

#[test]
fn what_is_refused_changes_nothing() {
    let mut depth = agreed(5);
    let before = depth;
    for wrong in [Usd::ZERO, Usd(-1), Usd(i64::MIN)] {
        assert_eq!(depth.report(&TERMS, 0, wrong, at(9)), Err(BallastError::AmountZero));
    }
    assert_eq!(depth.report(&TERMS, REPORTERS, Usd(5), at(9)), Err(BallastError::UnknownReporter));
    let frozen = DepthTerms { half_life: 0, ..TERMS };
    assert_eq!(depth.report(&frozen, 0, Usd(5), at(9)), Err(BallastError::Overflow));
    assert_eq!(depth, before);
}

proptest! {
    #[test]
    fn follows_the_formula(
        quorum in 1_u64..=5, half_life in 3_600_u64..604_800, floor in 0_i64..1 << 40,
        reports in prop::collection::vec((0..REPORTERS, 1_i64..1 << 52, prop_oneof![0_u64..300, 0_u64..100_000]), 1..60),
    ) {
        let terms = DepthTerms { quorum, half_life, floor: Usd(floor), ..TERMS };
        let mut depth = Depth::default();
        let mut reference = Reference { posted: Vec::new(), value: 0.0, median: 0.0, at: None };
        let mut now = 0;
        for (reporter, value, span) in reports {
            now += span;
            let (seen, truth) = (depth.in_force(&terms, at(now)).unwrap().0 as f64, reference.in_force(&terms, now));
            prop_assert!((seen - truth).abs() <= 60.0 + 1e-12 * truth, "{seen} is not {truth}");
            let added = depth.for_added_risk(depth.in_force(&terms, at(now)).unwrap()).0 as f64;
            let truth = if reference.at.is_none() { truth } else { truth.min(reference.median) };
            prop_assert!((added - truth).abs() <= 60.0 + 1e-12 * truth, "{added} is not {truth}");
            depth.report(&terms, reporter, Usd(value), at(now)).unwrap();
            reference.report(&terms, reporter, value, now);
            prop_assert_eq!(depth.median.0 as f64, reference.median);
            prop_assert!((depth.value.0 as f64 - reference.value).abs() <= 60.0 + 1e-12 * reference.value);
            prop_assert_eq!(depth.at, reference.at.map_or(Timestamp::ZERO, at));
        }
    }

    #[test]
    fn one_liar_of_three_stays_between_the_honest(
        honest in prop::array::uniform2(1_i64..1 << 60), lie in 1_i64..i64::MAX, order in 0..3_usize, liar in 0..REPORTERS,
    ) {
        let mut depth = Depth::default();
        for step in 0..3 {
            let (reporter, value) = if step == order { (liar, lie) } else { ((liar + 1 + step) % REPORTERS, honest[usize::from(step > order)]) };
            let value = if step < order { honest[step.min(1)] } else { value };
            depth.report(&TERMS, reporter, Usd(value), at(0)).unwrap();
        }
        let (low, high) = (honest[0].min(honest[1]), honest[0].max(honest[1]));
        prop_assert!((low..=high).contains(&depth.median.0), "{:?} is not between {low} and {high}", depth.median);
        prop_assert_eq!(depth.value, depth.median);
    }

    /// However often anybody posts, from median to median depth loses at most half in a half-life.
    #[test]
    fn no_reports_lower_depth_faster_than_a_half_life(
        reports in prop::collection::vec((0..REPORTERS, 1_i64..1 << 40, 0_u64..5_000), 1..60),
    ) {
        let mut depth = agreed(1 << 40);
        let mut now = 0;
        for (reporter, value, span) in reports {
            now += span;
            let before = depth;
            depth.report(&TERMS, reporter, Usd(value), at(now)).unwrap();
            let least = before.value.0 as f64 * (-(at(now).since(before.at) as f64) / 86_400.0).exp2();
            prop_assert!(depth.value.0 as f64 >= least * (1.0 - 1e-12) - 1.0, "{before:?} fell to {:?}", depth.value);
            prop_assert!(depth.value >= depth.median && (depth.at == at(now) || depth.value == before.value));
        }
        // silence from now on is no faster either
        let last = depth.value.0 as f64;
        for span in [1, 600, 10_000, 1_000_000] {
            let seen = depth.in_force(&TERMS, depth.at.after(span).unwrap()).unwrap().0 as f64;
            prop_assert!(seen >= last * (-(span as f64) / 86_400.0).exp2() - 1.0);
        }
    }

    #[test]
    fn any_numbers_give_a_depth_or_an_error(
        numbers in prop::array::uniform5(any::<i64>()), times in prop::array::uniform5(any::<i64>()), reporter in 0_usize..9,
        terms in prop::array::uniform4(any::<u64>()), now in any::<i64>(), posted in any::<i64>(),
    ) {
        let terms = DepthTerms {
            quorum: terms[0] % 7, longest_age: terms[1], half_life: terms[2], floor: Usd(terms[3].cast_signed()),
        };
        let mut reports = [DepthReport::default(); REPORTERS];
        for (report, (depth, at)) in reports.iter_mut().zip(numbers.into_iter().zip(times)) {
            *report = DepthReport { depth: Usd(depth), at: Timestamp(at) };
        }
        let mut depth = Depth { value: Usd(numbers[1]), median: Usd(numbers[2]), at: Timestamp(times[3]), reports };
        let before = depth;
        match depth.report(&terms, reporter, Usd(posted), Timestamp(now)) {
            Ok(()) => prop_assert_eq!(depth.reports[reporter], DepthReport { depth: Usd(posted), at: Timestamp(now) }),
            Err(_) => prop_assert_eq!(depth, before),
        }
        if let Ok(seen) = depth.in_force(&terms, Timestamp(now)) {
            let (low, high) = (depth.value.min(terms.floor), depth.value.max(terms.floor));
            prop_assert!(low <= seen && seen <= high);
            prop_assert!(depth.for_added_risk(depth.in_force(&terms, Timestamp(now)).unwrap()) <= seen);
        }
    }
}
