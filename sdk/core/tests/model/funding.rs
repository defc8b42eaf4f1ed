//! The premium of a perpetual and what is paid for it.

use super::*;

const MARK: PerLot = PerLot(60_000_000_000_000);

/// Mark and a premium in 1e-6 of it.
fn above_mark(parts: i64) -> PerLot {
    PerLot(MARK.0 + MARK.0 / 1_000_000 * parts)
}

#[test]
fn minute_is_averaged_by_size_and_closes_when_it_is_over() {
    let mut meter = PremiumMeter::default();
    meter.record(at(0), 1, above_mark(1_000), MARK, 1_000).unwrap();
    meter.record(at(59), 3, above_mark(-1_000), MARK, 1_000).unwrap();
    assert_eq!(meter.cumulative_at(at(59)), Ok(0));
    assert_eq!(meter.cumulative_at(at(60)), Ok(-500_000));
    assert_eq!(meter.cumulative_at(at(6_000)), Ok(-500_000), "empty minutes add nothing");
    meter.record(at(6_000), 50, above_mark(2_000), MARK, 2).unwrap();
    assert_eq!((meter.lots, meter.cumulative), (2, -500_000));
    meter.record(at(10), 2, above_mark(0), MARK, 2).unwrap();
    assert_eq!(meter.cumulative_at(at(6_060)), Ok(500_000), "an earlier clock counts for the last minute");
}

#[test]
fn fill_never_fails_for_its_size() {
    let mut meter = PremiumMeter::default();
    meter.record(at(0), u64::MAX, above_mark(1_000), MARK, u64::MAX).unwrap();
    meter.record(at(0), 1_000_000_000_000, above_mark(1_000), MARK, u64::MAX).unwrap();
    let before = meter;
    for _ in 0..20 {
        meter.record(at(0), 1_000_000_000_000, above_mark(1_000), MARK, u64::MAX).unwrap();
    }
    assert!(meter.lots > before.lots);
    assert_eq!(meter.cumulative_at(at(60)), Ok(1_000_000));
    assert_eq!(meter.record(at(0), 1, MARK, PerLot(0), 1), Err(BallastError::PriceNotPositive));
}

#[test]
fn a_day_of_premium_is_paid_in_a_day() {
    let terms = FundingTerms::default();
    let mut funding = Funding::default();
    assert_eq!(funding.advance(&terms, 7, MARK, at(100)), Ok(None));
    assert_eq!(funding.advance(&terms, 7, MARK, at(3_599)), Ok(None));
    let mut paid = 0;
    for hour in 1..=24 {
        // 0.3 % above mark in each minute.
        let change = funding
            .advance(&terms, 7 + i64::try_from(hour * 60).unwrap() * 3_000_000, MARK, at(hour * 3_600 + 5))
            .unwrap();
        assert_eq!(change, Some(Usd(7_500)));
        paid += 7_500;
    }
    assert_eq!(funding.index, Usd(paid));
    assert_close(paid as f64, MARK.0 as f64 * 1e-6 * 0.003, 1e-12);
}

#[test]
fn late_keeper_pays_all_hours_at_once() {
    let terms = FundingTerms { hour_cap: percent(1), day_cap: percent(5) };
    let mut funding = Funding::default();
    funding.advance(&terms, 0, MARK, at(0)).unwrap();
    let change = funding.advance(&terms, 5 * 60 * 3_000_000, MARK, at(5 * 3_600 + 1_800)).unwrap();
    assert_eq!(change, Some(Usd(5 * 7_500)));
    assert_eq!(funding.funded_at, at(5 * 3_600));
    assert_eq!(funding.advance(&terms, 0, MARK, at(6 * 3_600 - 1)), Ok(None));
}

#[test]
fn caps_hold_and_forget() {
    let terms = FundingTerms { hour_cap: percent(1), day_cap: percent(2) };
    let mut funding = Funding::default();
    funding.advance(&terms, 0, MARK, at(0)).unwrap();
    let mut cumulative = 0;
    let mut changes = Vec::new();
    for hour in 1..=14 {
        cumulative += 60 * 1_000_000_000;
        changes.push(funding.advance(&terms, cumulative, MARK, at(hour * 3_600)).unwrap().unwrap());
    }
    // Noon to midnight: two hours of 1 %, then nothing; after midnight again.
    let (full, none) = (Usd(600_000), Usd(0));
    let day = [vec![full; 2], vec![none; 9], vec![full; 2], vec![none]].concat();
    assert_eq!(changes, day);
    // A cap that is lowered below what is paid takes nothing back.
    let lower = FundingTerms { day_cap: percent(1), ..terms };
    assert_eq!(funding.advance(&lower, cumulative + 60_000_000_000, MARK, at(15 * 3_600)), Ok(Some(none)));
    assert_eq!(funding.advance(&lower, cumulative + 120_000_000_000, MARK, at(40 * 3_600)), Ok(Some(Usd(600_000))));
}

#[test]
fn failure_changes_nothing() {
    let terms = FundingTerms::default();
    let mut funding = Funding::default();
    funding.advance(&terms, 0, MARK, at(0)).unwrap();
    let before = funding;
    assert_eq!(funding.advance(&terms, 1, PerLot(-1), at(3_600)), Err(BallastError::PriceNotPositive));
    funding.index = Usd(i64::MAX);
    assert_eq!(funding.advance(&terms, 60_000_000_000, MARK, at(3_600)), Err(BallastError::Overflow));
    assert_eq!(funding, Funding { index: Usd(i64::MAX), ..before });
}

proptest! {
    #[test]
    fn meter_follows_the_formula(fills in prop::collection::vec((0_u64..100, 1_u64..10_000, -10_000_i64..10_000), 1..200)) {
        let mut meter = PremiumMeter::default();
        let (mut time, mut minutes) = (0, std::collections::BTreeMap::<u64, (f64, f64)>::new());
        for (wait, lots, parts) in fills {
            time += wait;
            meter.record(at(time), lots, above_mark(parts), MARK, 5_000).unwrap();
            let minute = minutes.entry(time / 60).or_default();
            let lots = lots.min(5_000) as f64;
            minute.0 += lots * parts as f64 * 1e-6;
            minute.1 += lots;
        }
        let truth: f64 = minutes.values().map(|(weighted, lots)| weighted / lots * 1e9).sum();
        let sum = meter.cumulative_at(at(time + 60)).unwrap() as f64;
        prop_assert!((sum - truth).abs() <= 1e-3 + minutes.len() as f64);
    }

    #[test]
    fn meter_and_funding_of_opposite_premiums_are_opposite(
        steps in prop::collection::vec((0_u64..5_000, 1_u64..10_000, -10_000_i64..10_000), 1..100),
    ) {
        let terms = FundingTerms::default();
        let (mut meters, mut fundings) = ([PremiumMeter::default(); 2], [Funding::default(); 2]);
        let mut time = 0;
        for (wait, lots, parts) in steps {
            time += wait;
            let mut changes = [0; 2];
            for (side, sign) in [1, -1].into_iter().enumerate() {
                meters[side].record(at(time), lots, above_mark(sign * parts), MARK, 5_000).unwrap();
                let cumulative = meters[side].cumulative_at(at(time)).unwrap();
                changes[side] = fundings[side].advance(&terms, cumulative, MARK, at(time)).unwrap().unwrap_or(Usd(0)).0;
            }
            prop_assert_eq!(changes[0], -changes[1]);
        }
    }

    #[test]
    fn premium_of_one_sign_is_paid_one_way(steps in prop::collection::vec((0_u64..20_000, 0_i64..100_000_000_000), 1..100), mark in 1_i64..1 << 55) {
        let terms = FundingTerms::default();
        let mut funding = Funding::default();
        let (mut time, mut cumulative, mut sum) = (0, 0, 0);
        for (wait, more) in steps {
            time += wait;
            cumulative += more;
            let change = funding.advance(&terms, cumulative, PerLot(mark), at(time)).unwrap().unwrap_or(Usd(0));
            prop_assert!(change.0 >= 0);
            sum += change.0;
            prop_assert!((0..1_000_000).contains(&funding.remainder.0));
        }
        prop_assert_eq!(funding.index, Usd(sum));
    }

    #[test]
    fn caps_hold(steps in prop::collection::vec((0_u64..20_000, -200_000_000_000_i64..200_000_000_000), 1..200)) {
        let terms = FundingTerms { hour_cap: Ratio(2_000_000), day_cap: Ratio(9_000_000) };
        // A whole unit per 1e-9 of rate, so that the index shows the rate.
        let mark = PerLot(1_000_000_000_000_000);
        let mut funding = Funding::default();
        funding.advance(&terms, 0, mark, at(0)).unwrap();
        let (mut time, mut cumulative, mut funded) = (0, 0, 0);
        let mut days = std::collections::BTreeMap::<i64, i64>::new();
        for (wait, more) in steps {
            time += wait;
            cumulative += more;
            if let Some(Usd(rate)) = funding.advance(&terms, cumulative, mark, at(time)).unwrap() {
                let hours = i64::try_from(time / 3_600).unwrap() - funded;
                prop_assert!(hours > 0 && rate.abs() <= hours * terms.hour_cap.0);
                let day = days.entry(at(time).0 / 86_400).or_default();
                *day += rate;
                prop_assert!(day.abs() <= terms.day_cap.0);
                prop_assert_eq!(Ratio(*day), funding.paid_today);
                funded += hours;
            }
        }
    }

    /// Uncapped, the sum of all payments is the average premium of all minutes for their share of a day.
    #[test]
    fn rate_follows_the_formula(steps in prop::collection::vec((1_u64..20_000, 20_000_000_i64..1_000_000_000), 50..300), mark in 1_i64 << 40..1 << 55) {
        let terms = FundingTerms { hour_cap: percent(100), day_cap: percent(10_000) };
        let mut funding = Funding::default();
        funding.advance(&terms, 0, PerLot(mark), at(0)).unwrap();
        let (mut time, mut cumulative, mut paid_for) = (0, 0, 0);
        for (wait, more) in steps {
            time += wait;
            cumulative += more;
            if funding.advance(&terms, cumulative, PerLot(mark), at(time)).unwrap().is_some() {
                paid_for = cumulative;
            }
        }
        let truth = paid_for as f64 / 1_440.0 * 1e-9 * mark as f64;
        let paid = funding.index.0 as f64 * 1e6 + funding.remainder.0 as f64;
        prop_assert!((paid - truth).abs() <= 300.0 + 1e-7 * truth + mark as f64 * 1e-9, "{paid} is not {truth}");
    }

    #[test]
    fn any_numbers_give_a_result_or_an_error(
        numbers in prop::array::uniform9(any::<i64>()), lots in any::<u64>(), cap in any::<u64>(), now in any::<i64>(), price in any::<i64>(), mark in any::<i64>(),
    ) {
        let [minute, weighted, cumulative, index, remainder, seen, funded, day, paid] = numbers;
        let mut meter = PremiumMeter { minute: Timestamp(minute), weighted, lots: cap, cumulative };
        let _ = (meter.cumulative_at(Timestamp(now)), meter.record(Timestamp(now), lots, PerLot(price), PerLot(mark), cap));
        let mut funding = Funding {
            index: Usd(index), remainder: PerLot(remainder), cumulative_seen: seen, funded_at: Timestamp(funded), day, paid_today: Ratio(paid),
        };
        let _ = funding.advance(&FundingTerms::default(), cumulative, PerLot(mark), Timestamp(now));
        let wild = FundingTerms { hour_cap: Ratio(price), day_cap: Ratio(weighted) };
        let _ = funding.advance(&wild, cumulative, PerLot(mark), Timestamp(now));
    }
}
