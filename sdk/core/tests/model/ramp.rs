//! The way from the effective scan range to the target.

use super::*;

/// Six hours.
const BLOCK: u64 = 21_600;

pub(super) fn scans() -> impl Strategy<Value = Scan> {
    (10_000_000_000_u64..=1_000_000_000_000).prop_map(Scan)
}

pub(super) fn any_terms() -> impl Strategy<Value = RampTerms> {
    (5..=30_i32, 5..=50_i32).prop_map(|(up, down)| RampTerms::new(percent(up), percent(down)).unwrap())
}

/// Seconds up to a minute, a day, or a week.
pub(super) fn spans() -> impl Strategy<Value = u64> {
    prop_oneof![0_u64..60, 0_u64..86_400, 0_u64..604_800]
}

/// A ramp from a scan range that has been in force for a day.
fn ramp(terms: &RampTerms, start: Scan, target: Scan) -> Ramp {
    Ramp::from(start, terms, target, at(0)).unwrap()
}

#[test]
fn defaults_are_a_quarter_up_and_twenty_percent_down() {
    assert_eq!(RampTerms::new(percent(25), percent(20)), Ok(RampTerms::default()));
    for (up, down) in [(4, 15), (31, 15), (25, 4), (25, 51), (-25, 15)] {
        assert_eq!(RampTerms::new(percent(up), percent(down)), Err(BallastError::ParameterOutOfBounds));
    }
    for (up, down) in [(5, 5), (30, 50)] {
        assert!(RampTerms::new(percent(up), percent(down)).is_ok());
    }
}

#[test]
fn rises_by_an_eighth_at_once_and_by_a_quarter_within_a_day() {
    let terms = RampTerms::default();
    // NOON starts a block
    let rising = ramp(&terms, Scan(40_000_000_000), Scan(90_000_000_000));
    let seen = |seconds| rising.effective(&terms, at(seconds)).unwrap().0;
    assert_eq!(seen(0), 45_000_000_000);
    assert_eq!(
        rising.effective(&terms, Timestamp(0)),
        Ok(Scan(45_000_000_000)),
        "before the start counts as the start"
    );
    // the other half when the block in which it began is two back, and the day's rise is complete
    assert_eq!(seen(2 * BLOCK - 1), 45_000_000_000);
    assert_eq!(seen(2 * BLOCK), 50_000_000_000);
    assert_eq!(seen(5 * BLOCK - 1), 50_000_000_000);
    // 1.25 x 45, now that the block of the 40 is five back
    assert_eq!(seen(5 * BLOCK), 56_250_000_000);
    assert_eq!(seen(6 * BLOCK), 62_500_000_000);
    assert_eq!(seen(9 * BLOCK - 1), 62_500_000_000);
    assert_eq!(seen(9 * BLOCK), 70_312_500_000);
    assert_eq!(seen(10 * BLOCK), 78_125_000_000);
    assert_eq!(seen(13 * BLOCK), 87_890_625_000);
    assert_eq!(seen(14 * BLOCK), 90_000_000_000);
    assert_eq!(rising.effective(&terms, Timestamp(i64::MAX)), Ok(Scan(90_000_000_000)));
    assert_eq!(rising.reaches(&terms), Ok(at(14 * BLOCK)));
}

#[test]
fn falls_by_twenty_percent_a_day() {
    let terms = RampTerms::default();
    let falling = ramp(&terms, Scan(40_000_000_000), Scan(10_000_000_000));
    assert_eq!(falling.effective(&terms, at(0)), Ok(Scan(40_000_000_000)));
    assert_close(falling.effective(&terms, at(86_400)).unwrap().0 as f64, 32_000_000_000.0, 1e-10);
    assert_eq!(falling.effective(&terms, Timestamp(i64::MAX)), Ok(Scan(10_000_000_000)));
}

#[test]
fn a_dip_of_an_hour_holds_the_next_rise_for_a_day() {
    let terms = RampTerms::default();
    let mut ramp = Ramp::at(Scan(100_000_000_000), at(0));
    ramp.retarget(&terms, Scan(50_000_000_000), at(BLOCK + 60)).unwrap();
    ramp.retarget(&terms, SCAN_ONE, at(BLOCK + 3_660)).unwrap();
    let lowest = ramp.lows.into_iter().min().unwrap();
    assert!(lowest < Scan(100_000_000_000));
    let quarter_more = Scan(lowest.0 + lowest.0 / 4);
    let eighth_more = Scan(lowest.0 + lowest.0 / 8);
    assert_eq!(ramp.effective(&terms, at(BLOCK + 3_660)), Ok(eighth_more), "the low of the present block counts");
    assert_eq!(ramp.effective(&terms, at(6 * BLOCK - 1)), Ok(quarter_more));
    assert!(ramp.effective(&terms, at(6 * BLOCK)).unwrap() > quarter_more);
}

#[test]
fn a_clock_that_went_back_sets_no_earlier_start() {
    let terms = RampTerms::default();
    let later = Ramp::from(Scan(40_000_000_000), &terms, Scan(20_000_000_000), at(5 * BLOCK)).unwrap();
    for (target, start) in [(10_000_000_000, 40_000_000_000), (90_000_000_000, 45_000_000_000)] {
        let (target, start) = (Scan(target), Scan(start));
        let (mut early, mut now) = (later, later);
        early.retarget(&terms, target, at(BLOCK)).unwrap();
        now.retarget(&terms, target, at(5 * BLOCK)).unwrap();
        assert_eq!(early, now);
        assert_eq!((early.start, early.started_at), (start, at(5 * BLOCK)));
    }
}

proptest! {
    #[test]
    fn a_fall_follows_the_formula(terms in any_terms(), start in scans(), target in scans(), span in 0_u64..2_592_000) {
        let (start, target) = (start.max(target), start.min(target));
        let value = ramp(&terms, start, target).effective(&terms, at(span)).unwrap().0 as f64;
        let days = span as f64 / DAY;
        let truth = (target.0 as f64).max(start.0 as f64 * (1.0 - terms.down.0 as f64 * 1e-9).powf(days));
        // log2 is rounded to 2^-41 a day.
        let off = 1.0 + truth * (1e-12 + 4e-13 * days);
        prop_assert!((value - truth).abs() <= off, "{value} is not {truth}");
    }

    #[test]
    fn stays_between_start_and_target_and_moves_one_way(
        terms in any_terms(), start in scans(), target in scans(), span in spans(), more in spans(),
    ) {
        let ramp = ramp(&terms, start, target);
        let (early, late) = (ramp.effective(&terms, at(span)).unwrap(), ramp.effective(&terms, at(span + more)).unwrap());
        if start < target {
            prop_assert!(start <= early && early <= late && late <= target);
        } else {
            prop_assert!(start >= early && early >= late && late >= target);
        }
        prop_assert_eq!(ramp.requirement_at(&terms, at(span)), Ok(early));
        prop_assert_eq!(ramp.effective(&terms, at(1 << 24)), Ok(target));
        prop_assert_eq!(ramp.effective(&terms, Timestamp(i64::MAX)), Ok(target));
    }

    #[test]
    fn the_same_target_changes_no_way_and_the_climb_is_not_done_twice(terms in any_terms(), start in scans(), target in scans(), times in prop::collection::vec(spans(), 1..50)) {
        let idle = ramp(&terms, start, target);
        let (mut busy, mut now) = (idle, 0);
        for time in times {
            now += time;
            busy.retarget(&terms, target, at(now)).unwrap();
            for later in [0, 3_600, 21_600, 100_000, 1_000_000] {
                prop_assert_eq!(busy.effective(&terms, at(now + later)), idle.effective(&terms, at(now + later)));
            }
        }
        prop_assert!(!idle.is_rising() || busy.started_at > idle.started_at || now < 21_600);
    }

    #[test]
    fn reaches_its_target_when_it_says(
        terms in any_terms(), first in scans(), start in scans(), target in scans(), span in 0_u64..172_800,
    ) {
        let mut ramp = ramp(&terms, first, start);
        ramp.retarget(&terms, target, at(span)).unwrap();
        let arrival = ramp.reaches(&terms).unwrap();
        if ramp.is_rising() {
            prop_assert_eq!(ramp.effective(&terms, arrival), Ok(target));
            if arrival > ramp.started_at {
                prop_assert!(ramp.effective(&terms, Timestamp(arrival.0 - 1)).unwrap() < target);
            }
        } else {
            prop_assert_eq!(ramp.effective(&terms, arrival.after(1).unwrap()), Ok(target));
            if arrival > ramp.started_at.after(2).unwrap() && ramp.start.0.abs_diff(target.0) > 10 {
                prop_assert!(ramp.effective(&terms, Timestamp(arrival.0 - 2)).unwrap() != target);
            }
        }
    }

    #[test]
    fn any_numbers_give_a_scan_range_or_an_error(
        start in any::<u64>(), target in any::<u64>(), started in any::<i64>(), now in any::<i64>(), other in any::<u64>(),
        lows in prop::array::uniform5(any::<u64>()), up in any::<i64>(), down in any::<i64>(),
    ) {
        let terms = RampTerms { up: Ratio(up), down_log2: down, ..RampTerms::default() };
        let mut ramp = Ramp {
            start: Scan(start), started_at: Timestamp(started), target: Scan(target), lows: lows.map(Scan),
        };
        let before = ramp;
        let seen = ramp.effective(&terms, Timestamp(now));
        let reached = ramp.reaches(&terms);
        prop_assert!(seen.is_ok() || seen == Err(BallastError::Overflow));
        prop_assert!(reached.is_ok() || reached == Err(BallastError::Overflow));
        match ramp.retarget(&terms, Scan(other), Timestamp(now)) {
            Ok(()) => prop_assert_eq!(ramp.target, Scan(other)),
            Err(rule) => prop_assert_eq!((rule, ramp), (BallastError::Overflow, before)),
        }
    }
}
