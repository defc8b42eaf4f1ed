//! The one-day average of open interest.

use super::*;

#[test]
fn a_spike_of_minutes_hardly_counts() {
    let average = open_interest::average(Usd(1_000_000_000), Usd(100_000_000_000), 300).unwrap();
    assert!(average < Usd(1_350_000_000));
    assert_eq!(open_interest::average(Usd(5), Usd(9), 0), Ok(Usd(5)));
    assert_eq!(open_interest::average(Usd(5), Usd(9), u64::MAX), Ok(Usd(9)));
    assert_eq!(open_interest::average(Usd(-5), Usd(9), 1), Err(BallastError::Overflow));
}

proptest! {
    #[test]
    fn follows_the_formula(previous in 0_i64..1 << 60, current in 0_i64..1 << 60, elapsed in 0_u64..1_000_000) {
        let average = open_interest::average(Usd(previous), Usd(current), elapsed).unwrap();
        let kept = (-(elapsed as f64) / open_interest::AVERAGE_HALF_LIFE as f64).exp2();
        let truth = current as f64 + (previous as f64 - current as f64) * kept;
        prop_assert!((average.0 as f64 - truth).abs() <= 1.0 + 1e-12 * truth.max(previous.max(current) as f64));
        // With a mean age of one day, exp(-t / day).
        let exponential = (-(elapsed as f64) / DAY).exp();
        prop_assert!((kept - exponential).abs() < 1e-5);
        prop_assert!(average.0 >= previous.min(current) && average.0 <= previous.max(current));
    }
}
