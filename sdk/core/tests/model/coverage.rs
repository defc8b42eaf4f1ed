//! Windows of one horizon, their breaches, and what k learns from them.

use ballast_core::model::coverage::LARGEST_CORRECTION;
use ballast_core::model::{Breaches, Window};

use super::*;

const TEN_PERCENT: Scan = Scan(100_000_000_000);
const FIVE_PERCENT: Scan = Scan(50_000_000_000);

fn open(effective: Scan, target: Scan) -> Coverage {
    let mut coverage = Coverage::default();
    coverage.open(Price(100_000), at(0), effective, target);
    coverage
}

fn observe(coverage: &mut Coverage, price: u64, seconds: u64) -> Option<Window> {
    coverage.observe(&TargetTerms::default(), Price(price), at(seconds)).unwrap()
}

#[test]
fn the_first_price_at_or_after_the_end_closes_a_window_and_counts_in_it() {
    let mut coverage = open(FIVE_PERCENT, FIVE_PERCENT);
    assert_eq!(observe(&mut coverage, 104_000, 3_599), None);
    let closed = observe(&mut coverage, 90_000, 3_600).unwrap();
    assert_eq!((closed.highest, closed.lowest, closed.started_at), (Price(104_000), Price(90_000), at(0)));
    assert_eq!((coverage.windows, coverage.effective), (1, Breaches { up: 0, down: 1, either: 1 }));
    assert_eq!(observe(&mut coverage, 1, 9_999), None, "no window is open");
    coverage.open(Price(90_000), at(3_600), FIVE_PERCENT, TEN_PERCENT);
    let before = coverage;
    coverage.open(Price(5), at(3_700), TEN_PERCENT, TEN_PERCENT);
    assert_eq!(coverage, before, "an open window stays");
}

#[test]
fn a_long_silence_is_closed_by_the_next_price() {
    let mut coverage = open(FIVE_PERCENT, FIVE_PERCENT);
    let closed = observe(&mut coverage, 120_000, 86_400 * 30).unwrap();
    assert_eq!((closed.highest, coverage.windows), (Price(120_000), 1), "one window, however long");
    assert_eq!(coverage.effective, Breaches { up: 1, down: 0, either: 1 });
}

#[test]
fn a_breach_lies_strictly_beyond_the_range() {
    for (price, breach) in [(105_000, (0, 0)), (105_001, (1, 0)), (95_000, (0, 0)), (94_999, (0, 1))] {
        let mut coverage = open(FIVE_PERCENT, TEN_PERCENT);
        observe(&mut coverage, price, 100);
        observe(&mut coverage, 100_000, 3_600);
        assert_eq!((coverage.effective.up, coverage.effective.down), breach, "{price}");
        assert_eq!(coverage.target, Breaches::default());
    }
}

#[test]
fn both_sides_of_one_window_count_once_as_either() {
    let mut coverage = open(FIVE_PERCENT, FIVE_PERCENT);
    for (price, seconds) in [(80_000, 10), (120_000, 20), (100_000, 4_000)] {
        observe(&mut coverage, price, seconds);
    }
    assert_eq!(coverage.effective, Breaches { up: 1, down: 1, either: 1 });
    assert_eq!(coverage.target, coverage.effective);
}

#[test]
fn a_window_lags_when_it_began_below_four_fifths_of_the_target() {
    let lagging = |effective| {
        let mut coverage = open(Scan(effective), TEN_PERCENT);
        observe(&mut coverage, 85_000, 3_600);
        (coverage.lagging_windows, coverage.lagging)
    };
    assert_eq!(lagging(80_000_000_000), (0, Breaches::default()));
    assert_eq!(lagging(79_999_999_999), (1, Breaches { up: 0, down: 1, either: 1 }));
}

#[test]
fn a_breach_teaches_99_times_what_a_quiet_window_does() {
    let terms = TargetTerms { learning: Ratio(3_000_000), ..TargetTerms::default() };
    let mut coverage = open(FIVE_PERCENT, TEN_PERCENT);
    coverage.observe(&terms, Price(106_000), at(3_600)).unwrap();
    assert_eq!(coverage.correction, Ratio(2_970_000), "a breach of the effective range");
    coverage.open(Price(100_000), at(3_600), TEN_PERCENT, FIVE_PERCENT);
    coverage.observe(&terms, Price(106_000), at(7_200)).unwrap();
    assert_eq!(coverage.correction, Ratio(2_940_000), "one of the target alone is none");
    assert_eq!(coverage.target.either, 1);
}

#[test]
fn a_correction_stays_within_a_fifth() {
    let terms = TargetTerms { learning: Ratio(10_000_000), ..TargetTerms::default() };
    for (price, edge) in [(200_000, LARGEST_CORRECTION.0), (100_000, -LARGEST_CORRECTION.0)] {
        let mut coverage = Coverage::default();
        for window in 0..3_000 {
            coverage.open(Price(100_000), at(window * 3_600), TEN_PERCENT, TEN_PERCENT);
            coverage.observe(&terms, Price(price), at((window + 1) * 3_600)).unwrap();
            assert!(coverage.correction.0.abs() <= LARGEST_CORRECTION.0);
        }
        assert_eq!(coverage.correction, Ratio(edge));
    }
}

/// One price of a path, and the ranges in force with it.
type Step = (u64, u64, u64, u64);

/// Counts again from the whole path: each window is cut out of it first, then judged, in floats.
fn recount(path: &[(u64, f64, f64, f64)], horizon: u64, learning: f64) -> (u64, [u64; 9], f64) {
    let (mut windows, mut counts, mut correction) = (0, [0; 9], 0.0_f64);
    let mut first = 0;
    while let Some(length) = path[first..].iter().position(|step| step.0 >= path[first].0 + horizon) {
        let window = &path[first..=first + length];
        let (_, price, effective, target) = window[0];
        let highest = window.iter().map(|step| step.1).fold(0.0, f64::max);
        let lowest = window.iter().map(|step| step.1).fold(f64::INFINITY, f64::min);
        let judge = |range: f64| [highest - price > range * price, price - lowest > range * price];
        let mut count = |place: usize, [up, down]: [bool; 2]| {
            for (offset, counted) in [up, down, up || down].into_iter().enumerate() {
                counts[place + offset] += u64::from(counted);
            }
        };
        count(0, judge(effective));
        count(3, judge(target));
        if effective < 0.8 * target {
            count(6, judge(effective));
        }
        let breached = judge(effective).contains(&true);
        correction += learning * (f64::from(u8::from(breached)) - 0.01);
        correction = correction.clamp(-0.2, 0.2);
        windows += 1;
        first += length;
    }
    (windows, counts, correction)
}

proptest! {
    #[test]
    fn counts_are_those_of_the_path(
        steps in prop::collection::vec(
            (prop_oneof![1_u64..400, 1_u64..20_000], 9_000_u64..11_000, 1_u64..90, 1_u64..90), 2..400,
        ),
        learning in 0_i64..10_000_000,
    ) {
        let terms = TargetTerms { learning: Ratio(learning), ..TargetTerms::default() };
        let mut coverage = Coverage::default();
        let (mut now, mut closed) = (0, 0);
        let mut path = Vec::new();
        // odd numbers, so that no comparison of floats is an equality
        for (wait, price, effective, target) in steps.into_iter() as std::vec::IntoIter<Step> {
            now += wait;
            let price = price * 1_000_003;
            let (effective, target) = (effective * 1_000_000_007, target * 1_000_000_009);
            closed += u64::from(coverage.observe(&terms, Price(price), at(now)).unwrap().is_some());
            coverage.open(Price(price), at(now), Scan(effective), Scan(target));
            path.push((now, price as f64, effective as f64 * 1e-12, target as f64 * 1e-12));
        }
        let (windows, counts, correction) = recount(&path, 3_600, learning as f64 * 1e-9);
        let flat = |breaches: Breaches| [breaches.up, breaches.down, breaches.either];
        let seen = [flat(coverage.effective), flat(coverage.target), flat(coverage.lagging)].concat();
        prop_assert_eq!((coverage.windows, closed, seen), (windows, windows, counts.to_vec()));
        let off = (coverage.correction.0 as f64 * 1e-9 - correction).abs();
        prop_assert!(off <= 1e-9 * (windows + 1) as f64, "{:?} is not {correction}", coverage.correction);
    }

    #[test]
    fn any_numbers_are_counted_or_an_error(
        window in prop::array::uniform4(any::<u64>()), scans in prop::array::uniform2(any::<u64>()), price in any::<u64>(),
        started in any::<i64>(), now in any::<i64>(), correction in any::<i64>(), learning in any::<i64>(),
    ) {
        let mut coverage = Coverage {
            window: Window {
                price: Price(window[0]), started_at: Timestamp(started), effective: Scan(scans[0]),
                target: Scan(scans[1]), highest: Price(window[1]), lowest: Price(window[2]),
            },
            windows: window[3], correction: Ratio(correction), ..Coverage::default()
        };
        let terms = TargetTerms { learning: Ratio(learning), ..TargetTerms::default() };
        match coverage.observe(&terms, Price(price), Timestamp(now)) {
            Ok(Some(_)) => prop_assert!(coverage.correction.0.abs() <= LARGEST_CORRECTION.0),
            Ok(None) => prop_assert_eq!(coverage.windows, window[3]),
            Err(rule) => prop_assert_eq!((rule, coverage.windows), (BallastError::Overflow, window[3])),
        }
    }
}
