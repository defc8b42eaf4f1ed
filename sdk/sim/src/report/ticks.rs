//! Where an axis has marks.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span as Time, Timestamp};

use super::study::DAY;
use super::text::time;
use crate::numbers::signed_real;

/// Round values between two, a few; the distance is 1, 2 or 5 times a power of ten.
pub(super) fn round(low: f64, high: f64, count: f64) -> Vec<f64> {
    let rough = (high - low) / count.max(1.0);
    if !rough.is_finite() || rough <= 0.0 {
        return Vec::new();
    }
    let power = 10_f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].map(|digit| digit * power).into_iter().find(|step| *step >= rough);
    let step = step.unwrap_or(rough);
    let first = (low / step - 1e-9).ceil();
    (0..50_u32)
        .map(|place| (first + f64::from(place)) * step)
        .take_while(|value| *value <= high + step * 1e-9)
        .collect()
}

/// 1, 2 and 5 times powers of ten between two; only powers if those are many, and more if they are few.
pub(super) fn logarithmic(low: f64, high: f64) -> Vec<f64> {
    if !(low > 0.0 && high.is_finite() && low < high) {
        return Vec::new();
    }
    let powers = || (-9..=6_i32).map(|power| 10_f64.powi(power));
    let within = |value: &f64| (low * 0.999..=high * 1.001).contains(value);
    let of = |digits: &[f64]| {
        let values = powers().flat_map(|power| digits.iter().map(move |digit| digit * power));
        values.filter(within).collect::<Vec<f64>>()
    };
    match of(&[1.0, 2.0, 5.0]) {
        few if few.len() < 4 => of(&[1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 7.0]),
        many if many.len() > 9 => of(&[1.0]),
        some => some,
    }
}

/// Midnights or first days of months between two seconds, at most about `count`, with their labels.
pub(super) fn calendar(from: i64, to: i64, count: i64) -> Vec<(f64, String)> {
    let days = to.saturating_sub(from).checked_div(DAY).unwrap_or(0).checked_div(count.max(1)).unwrap_or(0);
    let (unit, pattern): (Time, &str) = match days {
        ..1 => (Time::new().days(1), "%-d %b"),
        1 => (Time::new().days(2), "%-d %b"),
        2 => (Time::new().days(3), "%-d %b"),
        3 => (Time::new().days(4), "%-d %b"),
        4 => (Time::new().days(5), "%-d %b"),
        5..=13 => (Time::new().days(14), "%-d %b"),
        14..=30 => (Time::new().months(1), "%b %Y"),
        31..=61 => (Time::new().months(2), "%b %Y"),
        62..=92 => (Time::new().months(3), "%b %Y"),
        93..=184 => (Time::new().months(6), "%b %Y"),
        _ => (Time::new().years(1), "%Y"),
    };
    let edge = to.saturating_sub(from).checked_div(200).unwrap_or(0);
    let mut ticks = Vec::new();
    let Some(mut day) = first_day(from, &unit) else { return ticks };
    for _ in 0..400 {
        let Ok(midnight) = day.to_zoned(TimeZone::UTC) else { break };
        let at = midnight.timestamp().as_second();
        if at > to {
            break;
        }
        // what begins within the first bar is at the edge
        if at >= from.saturating_sub(edge) {
            ticks.push((signed_real(at), time(at, pattern)));
        }
        let Ok(next) = day.checked_add(unit) else { break };
        day = next;
    }
    ticks
}

/// The day of a second, or the first of its year if marks are months apart.
fn first_day(from: i64, unit: &Time) -> Option<Date> {
    let day = Timestamp::from_second(from).ok()?.to_zoned(TimeZone::UTC).date();
    if unit.get_days() > 0 { Some(day) } else { Date::new(day.year(), 1, 1).ok() }
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, clippy::indexing_slicing, reason = "tests may")]
mod tests {
    use super::*;

    #[test]
    fn marks_are_round_and_within() {
        assert_eq!(round(0.0, 1.0, 5.0).len(), 6);
        assert!(round(0.0, 0.0, 5.0).is_empty() && round(f64::NAN, 1.0, 5.0).is_empty());
        let marks = logarithmic(0.011, 0.11);
        assert_eq!(marks.len(), 7, "{marks:?}");
        assert!(logarithmic(0.0, 1.0).is_empty() && logarithmic(1.0, f64::INFINITY).is_empty());
    }

    #[test]
    fn months_begin_on_their_first_day() {
        let labels: Vec<String> =
            calendar(1_672_531_200, 1_735_689_600, 8).into_iter().map(|(_, label)| label).collect();
        assert_eq!(labels.first().map(String::as_str), Some("Jan 2023"));
        assert!((6..=10).contains(&labels.len()), "{labels:?}");
        let days = calendar(1_583_971_200 - 100, 1_583_971_200 + 14 * DAY, 7);
        assert!((5..=8).contains(&days.len()), "{days:?}");
    }
}
