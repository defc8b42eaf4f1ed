//! The way from the effective scan range to the target.

use super::*;

fn scans() -> impl Strategy<Value = Scan> {
    (10_000_000_000_u64..=1_000_000_000_000).prop_map(Scan)
}

fn any_terms() -> impl Strategy<Value = RampTerms> {
    (5..=50_i32, 5..=50_i32).prop_map(|(up, down)| RampTerms::new(percent(up), percent(down)).unwrap())
}

/// Seconds up to a minute, a day, or a month.
fn spans() -> impl Strategy<Value = u64> {
    prop_oneof![0_u64..60, 0_u64..86_400, 0_u64..2_592_000]
}

fn ramp(start: Scan, target: Scan) -> Ramp {
    Ramp { start, started_at: at(0), target }
}

#[test]
fn defaults_are_a_quarter_up_and_fifteen_percent_down() {
    assert_eq!(RampTerms::new(percent(25), percent(15)), Ok(RampTerms::default()));
    for (up, down) in [(4, 15), (51, 15), (25, 4), (25, 51), (-25, 15)] {
        assert_eq!(RampTerms::new(percent(up), percent(down)), Err(BallastError::ParameterOutOfBounds));
    }
}

#[test]
fn a_day_up_and_a_day_down() {
    let terms = RampTerms::default();
    let rising = ramp(Scan(40_000_000_000), Scan(90_000_000_000));
    assert_eq!(rising.effective(&terms, at(0)), Ok(Scan(40_000_000_000)));
    assert_eq!(rising.effective(&terms, Timestamp(0)), Ok(Scan(40_000_000_000)));
    assert_close(rising.effective(&terms, at(86_400)).unwrap().0 as f64, 50_000_000_000.0, 1e-10);
    assert_eq!(rising.effective(&terms, at(5 * 86_400)), Ok(Scan(90_000_000_000)));
    assert_eq!(rising.effective(&terms, Timestamp(i64::MAX)), Ok(Scan(90_000_000_000)));
    let falling = ramp(Scan(40_000_000_000), Scan(10_000_000_000));
    assert_close(falling.effective(&terms, at(86_400)).unwrap().0 as f64, 34_000_000_000.0, 1e-10);
    assert_eq!(falling.effective(&terms, Timestamp(i64::MAX)), Ok(Scan(10_000_000_000)));
}

#[test]
fn lag_is_bounded() {
    let terms = RampTerms::default();
    let mut ramp = Ramp::at(Scan(20_000_000_000), at(0));
    ramp.retarget(&terms, SCAN_ONE, at(100)).unwrap();
    assert_eq!(ramp.effective(&terms, at(100)), Ok(Scan(400_000_000_000)));
    assert_close(ramp.effective(&terms, at(100 + 86_400)).unwrap().0 as f64, 500_000_000_000.0, 1e-10);
    // The closed form alone, with a start that no retargeting leaves.
    let below = super::ramp::ramp(Scan(0), SCAN_ONE);
    assert_eq!(below.effective(&terms, at(1_000_000)), Ok(Scan(400_000_000_000)));
}

proptest! {
    #[test]
    fn follows_the_formula(terms in any_terms(), start in scans(), target in scans(), span in spans()) {
        let value = ramp(start, target).effective(&terms, at(span)).unwrap().0 as f64;
        let (s0, s, days) = (start.0 as f64, target.0 as f64, span as f64 / DAY);
        let truth = if s0 < s {
            (0.4 * s).max(s.min(s0 * (1.0 + terms.up.0 as f64 * 1e-9).powf(days)))
        } else {
            s.max(s0 * (1.0 - terms.down.0 as f64 * 1e-9).powf(days))
        };
        // log2 is rounded to 2^-41 a day.
        let off = 1.0 + truth * (1e-12 + 4e-13 * days);
        prop_assert!((value - truth).abs() <= off, "{value} is not {truth}");
    }

    #[test]
    fn stays_between_start_and_target_and_moves_one_way(
        terms in any_terms(), start in scans(), target in scans(), span in spans(), more in spans(),
    ) {
        let ramp = ramp(start, target);
        let (early, late) = (ramp.effective(&terms, at(span)).unwrap(), ramp.effective(&terms, at(span + more)).unwrap());
        if ramp.is_rising() {
            prop_assert!(start <= early && early <= late && late <= target);
            prop_assert!(u128::from(early.0) * 5 >= u128::from(target.0) * 2);
        } else {
            prop_assert!(start >= early && early >= late && late >= target);
        }
        prop_assert_eq!(ramp.requirement_at(&terms, at(span)), Ok(early));
    }

    #[test]
    fn composes(terms in any_terms(), start in scans(), target in scans(), first in spans(), second in spans()) {
        // As retargeting leaves it: within the bound on lag.
        let whole = ramp(start.max(Scan((target.0 * 2).div_ceil(5))), target);
        let mut rest = whole;
        rest.retarget(&terms, Scan(target.0 ^ 1), at(first)).unwrap();
        rest.target = target;
        let (once, twice) =
            (whole.requirement_at(&terms, at(first + second)).unwrap(), rest.requirement_at(&terms, at(first + second)).unwrap());
        prop_assert!(once.0.abs_diff(twice.0) <= 3 + once.0 / 200_000_000_000, "{once:?} is not {twice:?}");
    }

    /// However often and to whatever targets the ramp is led, it keeps its speed limit; only the bound on lag,
    /// 0.4 of the target, may lift it faster.
    #[test]
    fn never_outruns_its_rate(
        terms in any_terms(), start in scans(), moves in prop::collection::vec((scans(), spans()), 1..50),
    ) {
        let mut ramp = Ramp::at(start, at(0));
        let (mut time, mut last) = (0, start.0 as f64);
        for (target, span) in moves {
            time += span;
            let before = ramp.effective(&terms, at(time)).unwrap().0 as f64;
            let days = span as f64 / DAY;
            let slack = 1e-11;
            prop_assert!(before <= last * (1.0 + terms.up.0 as f64 * 1e-9).powf(days) * (1.0 + slack) + 1.0);
            prop_assert!(before >= last * (1.0 - terms.down.0 as f64 * 1e-9).powf(days) * (1.0 - slack) - 1.0);
            ramp.retarget(&terms, target, at(time)).unwrap();
            let after = ramp.effective(&terms, at(time)).unwrap().0 as f64;
            prop_assert!(after == before || (after == (target.0 * 2).div_ceil(5) as f64 && after > before));
            last = after;
        }
    }

    #[test]
    fn the_same_target_changes_nothing(terms in any_terms(), start in scans(), target in scans(), times in prop::collection::vec(spans(), 1..50)) {
        let mut busy = ramp(start, target);
        for time in times {
            busy.retarget(&terms, target, at(time)).unwrap();
        }
        prop_assert_eq!(busy, ramp(start, target));
    }

    /// Every sample changes the target a little; that moves the requirement no faster than leaving it alone.
    #[test]
    fn a_busy_keeper_speeds_nothing(terms in any_terms(), start in scans(), target in scans()) {
        let idle = ramp(start, target);
        let mut busy = idle;
        for step in 1..288 {
            busy.retarget(&terms, Scan(target.0 ^ (step % 2)), at(step * 300)).unwrap();
        }
        let (idle, busy) = (idle.effective(&terms, at(86_400)).unwrap().0 as f64, busy.effective(&terms, at(86_400)).unwrap().0 as f64);
        // 0.4 of the target may lift both: the busy one then starts to rise from there.
        if start.0 * 5 >= target.0 * 2 {
            prop_assert!((busy / idle - 1.0).abs() < 1e-7, "{busy} is not {idle}");
        }
    }

    #[test]
    fn reaches_its_target_when_it_says(terms in any_terms(), start in scans(), target in scans()) {
        let ramp = ramp(start, target);
        let arrival = ramp.reaches(&terms).unwrap();
        prop_assert_eq!(ramp.effective(&terms, arrival.after(1).unwrap()), Ok(target));
        if arrival > at(2) && ramp.start.0.abs_diff(target.0) > 10 {
            let before = ramp.effective(&terms, Timestamp(arrival.0 - 2)).unwrap();
            prop_assert!(before != target);
        }
    }

    #[test]
    fn any_numbers_give_a_scan_range_or_an_error(
        start in any::<u64>(), target in any::<u64>(), started in any::<i64>(), now in any::<i64>(), other in any::<u64>(),
        up in any::<i64>(), down in any::<i64>(),
    ) {
        let terms = RampTerms { up_log2: up, down_log2: down, ..RampTerms::default() };
        let mut ramp = Ramp { start: Scan(start), started_at: Timestamp(started), target: Scan(target) };
        let _ = (ramp.effective(&terms, Timestamp(now)), ramp.reaches(&terms), ramp.retarget(&terms, Scan(other), Timestamp(now)));
    }
}
