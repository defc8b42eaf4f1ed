//! Bounds of the ramp over all small programmes of targets: every order of a few targets and pauses, from every place in
//! a block. What was in force is remembered here to the second, not in blocks.

use ballast_core::model::{Ramp, RampTerms};
use ballast_core::units::{DAY, ONE, Ratio, Scan, Timestamp};

const BLOCK: i64 = 21_600;
/// The start of a block.
const MIDNIGHT: i64 = 1_750_032_000;
const PERCENT: u64 = 10_000_000_000;

/// Targets, some closer than a day's rise or fall and some further than several.
const TARGETS: [u64; 6] = [2 * PERCENT, 4 * PERCENT + 1, 44_000_000_003, 5 * PERCENT + 7, 6 * PERCENT, 20 * PERCENT];
/// Pauses, in seconds: at once, a sample, to either side of a block's end, a day, longer than a day.
const PAUSES: [i64; 6] = [0, 300, BLOCK - 1, BLOCK + 1, 3 * BLOCK, 4 * BLOCK + 600];

/// What was in force, from a time on; between two of them it stands or falls.
type Path = Vec<(i64, u64)>;

fn least_since(path: &Path, since: i64) -> u64 {
    // the entry before is in force at `since`, unless it falls: then it is higher than the next
    let first = path.partition_point(|(time, _)| *time <= since).saturating_sub(1);
    path[first..].iter().map(|(_, scan)| *scan).min().unwrap()
}

fn grown(scan: u64, up: Ratio) -> u64 {
    (u128::from(scan) * u128::from((ONE.0 + up.0) as u64) / u128::from(ONE.0 as u64)) as u64
}

struct Programme {
    terms: RampTerms,
    cases: u64,
}

impl Programme {
    /// One more range in force is within the limits of its day, of its half, and between the last and the target.
    fn note(&mut self, ramp: &Ramp, path: &mut Path, time: i64, before: u64) {
        let now = ramp.effective(&self.terms, Timestamp(time)).unwrap().0;
        let day = DAY as i64;
        let case = || format!("{now} at {} of {ramp:?}, after {path:?}", time - MIDNIGHT);
        if now > before {
            assert!(now <= ramp.target.0, "passes the target: {}", case());
            assert!(now <= grown(least_since(path, time - day), self.terms.up), "too much in a day: {}", case());
            let recent = time.div_euclid(BLOCK) * BLOCK - BLOCK;
            assert!(
                now <= grown(least_since(path, recent), Ratio(self.terms.up.0 / 2)),
                "too much at once: {}",
                case()
            );
        } else {
            assert!(now >= before.min(ramp.target.0), "passes the target: {}", case());
            let (last, _) = *path.last().unwrap();
            let left = (1.0 - self.terms.down.0 as f64 * 1e-9).powf((time - last) as f64 / DAY as f64);
            assert!(now as f64 >= before as f64 * left * (1.0 - 1e-12) - 1.0, "falls too fast: {}", case());
        }
        path.push((time, now));
        self.cases += 1;
    }

    /// Lets a ramp run, with a look at each block's start and the second before.
    fn pass(&mut self, ramp: &Ramp, path: &mut Path, from: i64, until: i64) {
        let blocks = from.div_euclid(BLOCK) + 1..=until.div_euclid(BLOCK);
        let stops = blocks.flat_map(|block| [block * BLOCK - 1, block * BLOCK]);
        for stop in stops.filter(|stop| *stop > from).chain([until]) {
            let before = path.last().unwrap().1;
            self.note(ramp, path, stop, before);
        }
    }

    /// All programmes of `steps` more targets.
    fn go(&mut self, ramp: &Ramp, path: &mut Path, time: i64, steps: u32) {
        if steps == 0 {
            return;
        }
        let length = path.len();
        for pause in PAUSES {
            let now = time + pause;
            self.pass(ramp, path, time, now);
            let passed = path.len();
            for target in TARGETS {
                let before = path.last().unwrap().1;
                let mut next = *ramp;
                next.retarget(&self.terms, Scan(target), Timestamp(now)).unwrap();
                assert_eq!(next.target, Scan(target));
                self.note(&next, path, now, before);
                let set = next;
                next.retarget(&self.terms, Scan(target), Timestamp(now)).unwrap();
                assert_eq!(next, set, "the same target again changes something");
                self.go(&next, path, now, steps - 1);
                path.truncate(passed);
            }
            path.truncate(length);
        }
    }
}

fn all_programmes(up: i64, down: i64, steps: u32) -> u64 {
    let terms = RampTerms::new(Ratio::percent(up), Ratio::percent(down)).unwrap();
    let mut programme = Programme { terms, cases: 0 };
    for start in [TARGETS[0], TARGETS[3]] {
        for offset in [0, 1, BLOCK - 1] {
            let now = MIDNIGHT + offset;
            let ramp = Ramp::at(Scan(start), Timestamp(now));
            programme.go(&ramp, &mut vec![(now - 2 * DAY as i64, start), (now, start)], now, steps);
        }
    }
    programme.cases
}

#[test]
fn no_programme_of_targets_rises_more_than_its_day_allows_or_falls_faster() {
    assert_eq!(all_programmes(25, 20, 4), 17_302_882, "ranges in force");
}

/// The slowest and the fastest terms that governance may set.
#[test]
fn nor_does_one_with_terms_at_their_bounds() {
    assert_eq!(all_programmes(5, 50, 3) + all_programmes(30, 5, 3), 960_740, "ranges in force");
}

/// A target that stands is reached, at the time that was foretold and not a second before.
#[test]
fn every_ramp_arrives_when_it_says() {
    let mut cases = 0;
    for (up, down) in [(5, 5), (25, 20), (30, 50)] {
        let terms = RampTerms::new(Ratio::percent(up), Ratio::percent(down)).unwrap();
        for from in 1..=40_u64 {
            for to in 1..=40_u64 {
                for offset in [0, 1, BLOCK - 1] {
                    let now = Timestamp(MIDNIGHT + offset);
                    let (from, to) = (Scan(from * PERCENT / 2), Scan(to * PERCENT / 2));
                    let ramp = Ramp::from(from, &terms, to, now).unwrap();
                    let end = ramp.reaches(&terms).unwrap();
                    let at = |time| ramp.effective(&terms, time).unwrap();
                    // a fall is read rounded up
                    assert!(at(end) == to || to < from && at(end).0 == to.0 + 1, "{ramp:?} has not arrived");
                    assert!(end == now || at(Timestamp(end.0 - 1)) != to, "{ramp:?} has arrived before");
                    cases += 1;
                }
            }
        }
    }
    assert_eq!(cases, 3 * 40 * 40 * 3);
}
