//! What the size of all deposits does to a weight.

use ballast_core::model::haircut::DEPOSITS_HALF_LIFE;

use super::*;

fn of(scale: i64, deposits: i64) -> Concentration {
    Concentration { scale: Usd(scale), deposits: Usd(deposits), averaged_at: at(0) }
}

#[test]
fn a_vault_twice_its_scale_counts_half_and_one_within_counts_in_full() {
    let vault = of(1_000_000, 0);
    assert_eq!(vault.applied(percent(90), Usd(1_000_000)), Ok(percent(90)));
    assert_eq!(vault.applied(percent(90), Usd(2_000_000)), Ok(percent(45)));
    assert_eq!(vault.applied(percent(90), Usd(3_000_000)), Ok(percent(30)));
    assert_eq!(vault.applied(percent(90), Usd::ZERO), Ok(percent(90)));
    assert_eq!(of(0, 0).applied(percent(90), Usd(1)), Ok(Ratio::ZERO), "without a scale nothing counts");
    assert_eq!(vault.applied(Ratio(-1), Usd(2_000_000)), Err(BallastError::Overflow));
}

#[test]
fn an_hour_of_a_flood_hardly_moves_the_average() {
    let mut vault = of(1_000_000, 1_000_000);
    vault.observe(Usd(11_000_000), at(3_600)).unwrap();
    assert!((1_010_000..1_020_000).contains(&vault.deposits.0), "{:?}", vault.deposits);
    let before = vault;
    assert_eq!(vault.observe(Usd(-1), at(7_200)), Err(BallastError::Overflow));
    assert_eq!(vault, before);
    vault.observe(Usd(0), at(0)).unwrap();
    assert_eq!(vault, before, "a time before the last changes nothing");
}

proptest! {
    #[test]
    fn average_follows_thirty_days(deposits in 0_i64..1 << 60, now in 0_i64..1 << 60, elapsed in 0_u64..100_000_000) {
        let mut vault = of(1, deposits);
        vault.observe(Usd(now), at(elapsed)).unwrap();
        let truth = now as f64 + (deposits as f64 - now as f64) * (-(elapsed as f64) / (30.0 * DAY)).exp();
        let off = 1.0 + 1e-6 * deposits.max(now) as f64;
        prop_assert!((vault.deposits.0 as f64 - truth).abs() <= off, "{:?} is not {truth}", vault.deposits);
        prop_assert_eq!(vault.averaged_at, at(elapsed));
        let exact = now as f64 + (deposits as f64 - now as f64) * (-(elapsed as f64) / DEPOSITS_HALF_LIFE as f64).exp2();
        prop_assert!((vault.deposits.0 as f64 - exact).abs() <= 1.0 + 1e-12 * deposits.max(now) as f64);
    }

    #[test]
    fn what_all_deposits_count_for_never_passes_the_scale(
        weight in 0_i64..=1_000_000_000, scale in 0_i64..1 << 60, deposits in 0_i64..1 << 60,
    ) {
        let left = of(scale, 0).applied(Ratio(weight), Usd(deposits)).unwrap();
        prop_assert!(left <= Ratio(weight));
        let all = i128::from(left.0) * i128::from(deposits);
        prop_assert!(all <= i128::from(weight) * i128::from(scale.min(deposits)));
        prop_assert!(all + i128::from(deposits) > i128::from(weight) * i128::from(scale.min(deposits)) || deposits == 0);
    }
}
