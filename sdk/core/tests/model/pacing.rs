use ballast_core::model::{Allowance, Pace, Pacing};

use super::*;

const SHARE: Ratio = Ratio::percent(25);
const DEPTH: Usd = Usd(400_000_000_000);

fn dollars(amount: i64) -> Usd {
    Usd(amount * 1_000_000)
}

fn allowance(pacing: &Pacing, pace: Pace, worth: i64, now: u64) -> Allowance {
    pacing.allowance(pace, dollars(worth), DEPTH, SHARE, at(now)).unwrap()
}

#[test]
fn a_minute_is_divided_by_worth() {
    let (mut pacing, none) = (Pacing::default(), Pace::default());
    // the first to come sees nobody else
    let small = allowance(&pacing, none, 50_000, 0);
    assert_eq!((small.allowed, small.first), (dollars(100_000), true));
    (pacing, _) = small.take(dollars(10_000)).unwrap();
    // one of three times its size gets three quarters of a hundred thousand
    let large = allowance(&pacing, none, 150_000, 1);
    assert_eq!(large.allowed, dollars(75_000));
    (pacing, _) = large.take(dollars(75_000)).unwrap();
    assert_eq!(pacing.taken, dollars(85_000));
    // in the next minute both are known from the start, whoever comes first
    let small = allowance(&pacing, none, 40_000, 60);
    assert_eq!(small.allowed, dollars(20_000), "a fifth of two hundred thousand, of a budget of a hundred thousand");
}

#[test]
fn calls_do_not_add_up() {
    let (mut pacing, mut pace) = (Pacing::default(), Pace::default());
    let mut taken = 0;
    for step in 0..30 {
        let allowance = allowance(&pacing, pace, 150_000 - taken, step);
        assert_eq!(allowance.first, step == 0);
        let value = allowance.allowed.min(dollars(7_000));
        taken += value.0 / 1_000_000;
        (pacing, pace) = allowance.take(value).unwrap();
    }
    assert_eq!(pacing.registered, dollars(150_000), "it counts once a minute");
    assert_eq!(taken, 100_000, "what the market takes, in however many steps");
}

#[test]
fn what_a_minute_leaves_is_gone() {
    let first = allowance(&Pacing::default(), Pace::default(), 1_000_000, 0);
    let (pacing, pace) = first.take(Usd(1)).unwrap();
    let later = allowance(&pacing, pace, 1_000_000, 6_000);
    assert_eq!(later.allowed, dollars(100_000), "one minute's, after a hundred");
}

#[test]
fn a_tenth_goes_whatever_the_depth() {
    let pacing = Pacing::default();
    let first = pacing.allowance(Pace::default(), dollars(1_000), Usd(0), SHARE, at(0)).unwrap();
    assert_eq!(first.allowed, dollars(100));
    let (pacing, pace) = first.take(dollars(100)).unwrap();
    let second = pacing.allowance(pace, dollars(900), Usd(0), SHARE, at(59)).unwrap();
    assert_eq!(second.allowed, Usd(0), "of what it was worth at first");
    let next = pacing.allowance(pace, dollars(900), Usd(0), SHARE, at(60)).unwrap();
    assert_eq!((next.allowed, next.first), (dollars(90), true));
}

proptest! {
    /// In any minute positions give up no more than the budget, or the tenth that each gives up at least.
    #[test]
    fn a_minute_takes_no_more_than_its_budget(
        worths in proptest::collection::vec(1..5_000_000_i64, 1..8), depth in 0..20_000_000_i64,
        steps in proptest::collection::vec((0..8_usize, 0..40_u64, 0..100_i64), 1..60),
    ) {
        let (mut pacing, mut now) = (Pacing::default(), 0);
        let mut positions: Vec<(i64, Pace)> = worths.iter().map(|worth| (*worth * 1_000_000, Pace::default())).collect();
        let mut minutes = std::collections::BTreeMap::<u64, (i64, i64)>::new();
        for (place, seconds, part) in steps {
            now += seconds;
            let place = place % positions.len();
            let (worth, pace) = positions[place];
            let allowance = pacing.allowance(pace, Usd(worth), dollars(depth), SHARE, at(now)).unwrap();
            let minute = minutes.entry(at(now).0 as u64 / 60).or_default();
            if allowance.first {
                minute.1 += worth / 10 + 1;
            }
            let value = allowance.allowed.0.min(worth) * part / 100;
            minute.0 += value;
            let (next, pace) = allowance.take(Usd(value)).unwrap();
            pacing = next;
            positions[place] = (worth - value, pace);
        }
        for (taken, least) in minutes.into_values() {
            // a position's own part is kept in whole dollars, rounded up
            prop_assert!(taken <= depth * 250_000 + least, "{taken} of {depth}");
        }
    }
}
