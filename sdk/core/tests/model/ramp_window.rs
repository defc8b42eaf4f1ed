//! The window of a rising ramp, against a reference that keeps the whole history of the scan range.

use super::ramp::{any_terms, scans, spans};
use super::*;

/// Six hours.
const BLOCK: i64 = 21_600;

/// A ramp that remembers every block of its life, in floats.
struct History {
    up: f64,
    down: f64,
    now: i64,
    value: f64,
    target: f64,
    /// Range in force and time when the target was set.
    start: (f64, i64),
    /// The lowest range of every block since `first`.
    lows: Vec<f64>,
    first: i64,
}

impl History {
    fn of(terms: &RampTerms, scan: Scan, now: i64) -> Self {
        let (value, first) = (scan.0 as f64, now.div_euclid(BLOCK) - 4);
        Self {
            up: terms.up.0 as f64 * 1e-9,
            down: terms.down.0 as f64 * 1e-9,
            now,
            value,
            target: value,
            start: (value, now),
            lows: vec![value; 5],
            first,
        }
    }

    fn low(&self, block: i64) -> f64 {
        self.lows[usize::try_from(block - self.first).unwrap()]
    }

    fn note(&mut self, block: i64) {
        let place = usize::try_from(block - self.first).unwrap();
        if place == self.lows.len() {
            self.lows.push(self.value);
        }
        self.lows[place] = self.lows[place].min(self.value);
    }

    /// Lets time pass, ten minutes at most at once, with a stop where each block starts.
    fn advance(&mut self, until: i64) {
        loop {
            let block = self.now.div_euclid(BLOCK);
            if self.start.0 < self.target {
                let known = self.first + i64::try_from(self.lows.len()).unwrap() - 1;
                let lowest = (block - 4..=block.min(known)).map(|block| self.low(block)).fold(f64::INFINITY, f64::min);
                let recent = (block - 1..=block.min(known)).map(|block| self.low(block)).fold(f64::INFINITY, f64::min);
                let most = ((1.0 + self.up) * lowest).min((1.0 + self.up / 2.0) * recent);
                self.value = self.value.max(self.target.min(most));
            } else {
                let days = (self.now - self.start.1) as f64 / DAY;
                self.value = self.target.max(self.start.0 * (1.0 - self.down).powf(days));
                if self.now > self.start.1 {
                    // a fall ends its block at the start of the next
                    self.note((self.now - 1).div_euclid(BLOCK));
                }
            }
            self.note(block);
            if self.now == until {
                return;
            }
            self.now = (self.now + 600).min((block + 1) * BLOCK).min(until);
        }
    }

    fn retarget(&mut self, target: Scan) {
        self.target = target.0 as f64;
        self.start = (self.value, self.now);
        self.advance(self.now);
    }
}

/// Targets and the time until each.
fn moves() -> impl Strategy<Value = Vec<(Scan, u64)>> {
    prop::collection::vec((scans(), spans()), 1..25)
}

fn time(seconds: u64) -> i64 {
    at(seconds).0
}

proptest! {
    #[test]
    fn any_sequence_of_targets_follows_the_whole_history(
        terms in any_terms(), start in scans(), offset in 0_u64..21_600, moves in moves(), peeks in prop::array::uniform3(spans()),
    ) {
        let mut ramp = Ramp::at(start, at(offset));
        let mut history = History::of(&terms, start, time(offset));
        let mut now = offset;
        // each step of a rise is rounded down by a unit, of 1e10 at least, and carries that of the steps before
        let close = |value: Scan, truth: f64| (value.0 as f64 - truth).abs() <= 5.0 + 5e-9 * truth;
        for (target, span) in moves {
            now += span;
            history.advance(time(now));
            if target == ramp.target {
                // changes nothing, its lows neither: another test's
                continue;
            }
            ramp.retarget(&terms, target, at(now)).unwrap();
            history.retarget(target);
            prop_assert!(close(ramp.start, history.value), "{} is not {}", ramp.start.0, history.value);
            let seen = ramp.effective(&terms, at(now)).unwrap();
            prop_assert!(close(seen, history.value), "{} is not {}", seen.0, history.value);
            let block = time(now).div_euclid(BLOCK);
            for block in block - 4..=block {
                let low = ramp.lows[usize::try_from(block.rem_euclid(5)).unwrap()];
                prop_assert!(close(low, history.low(block)), "low {} is not {}", low.0, history.low(block));
            }
        }
        for peek in peeks {
            now += peek;
            history.advance(time(now));
            let seen = ramp.effective(&terms, at(now)).unwrap();
            prop_assert!(close(seen, history.value), "{} is not {}", seen.0, history.value);
        }
    }

    /// The law itself: whatever the targets do and whenever they come, no scan range is above `1 + up` times one that
    /// was in force within the day before, and no fall is faster than `down`.
    #[test]
    fn no_day_sees_more_than_its_rise(terms in any_terms(), start in scans(), offset in 0_u64..21_600, moves in moves()) {
        let mut ramp = Ramp::at(start, at(offset));
        let mut seen: Vec<(u64, u64)> = Vec::new();
        let (mut now, mut last) = (offset, start.0 as f64);
        for (target, span) in moves {
            // a minute, an odd hour, and the times around each block's start
            let until = now + span;
            let mut times: Vec<u64> = (now..=until).step_by(3_571).collect();
            times.extend((now / 21_600..=until / 21_600).flat_map(|block| [(block * 21_600).saturating_sub(1), block * 21_600]));
            times.extend([now, now + 60, until]);
            times.retain(|time| (now..=until).contains(time));
            times.sort_unstable();
            for time in times {
                seen.push((time, ramp.effective(&terms, at(time)).unwrap().0));
            }
            let value = ramp.effective(&terms, at(until)).unwrap();
            let least = last * (1.0 - terms.down.0 as f64 * 1e-9).powf(span as f64 / DAY);
            prop_assert!(value.0 as f64 >= least * (1.0 - 1e-11) - 1.0, "fell from {last} to {value:?} in {span} s");
            ramp.retarget(&terms, target, at(until)).unwrap();
            let after = ramp.effective(&terms, at(until)).unwrap();
            prop_assert!(after == value || (after > value && after <= target), "a step beyond the target, or down");
            seen.push((until, after.0));
            (now, last) = (until, after.0 as f64);
        }
        let up = u128::from(terms.up.0.unsigned_abs()) + 1_000_000_000;
        for (place, (time, value)) in seen.iter().enumerate() {
            for (earlier, before) in seen[..place].iter().rev().take_while(|(earlier, _)| earlier + 86_400 >= *time) {
                // a fall is stored rounded up, by a unit and 1e-12, which a rise from it then carries
                let most = u128::from(before + 2 + before / 500_000_000_000) * up / 1_000_000_000;
                prop_assert!(u128::from(*value) <= most, "{before} at {earlier} s, {value} at {time} s");
            }
        }
    }

    /// The state is evaluated when it is asked for: a keeper who retargets often moves nothing against one who sleeps.
    #[test]
    fn a_busy_keeper_speeds_nothing_and_a_late_one_delays_nothing(
        terms in any_terms(), first in scans(), start in scans(), target in scans(), moved in spans(),
        times in prop::collection::vec(spans(), 1..40), later in spans(),
    ) {
        let mut idle = Ramp::at(first, at(0));
        idle.retarget(&terms, start, at(0)).unwrap();
        idle.retarget(&terms, target, at(moved)).unwrap();
        let mut busy = idle;
        let mut now = moved;
        let mut retargets = 0;
        for span in times {
            now += span;
            busy.retarget(&terms, Scan(target.0 ^ 1), at(now)).unwrap();
            busy.retarget(&terms, target, at(now)).unwrap();
            retargets += 2;
            let (value, truth) = (busy.effective(&terms, at(now)).unwrap(), idle.effective(&terms, at(now)).unwrap());
            let off = 3 * retargets + 3;
            prop_assert!(value.0.abs_diff(truth.0) <= off, "{value:?} is not {truth:?}");
        }
        let late = at(now + later);
        let (value, truth) = (busy.effective(&terms, late).unwrap(), idle.effective(&terms, late).unwrap());
        prop_assert!(value.0.abs_diff(truth.0) <= 6 * retargets + 6, "{value:?} is not {truth:?}");
    }
}
