//! Times as files write them.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// Below it a number is seconds (the year 5138 and earlier), from it on milliseconds (1973 and later).
const MILLISECONDS_FROM: u64 = 100_000_000_000;
/// From it on a number is microseconds.
const MICROSECONDS_FROM: u64 = 100_000_000_000_000;
/// From it on a number is no time: nanoseconds are not written by any source that we read.
const TIMES_END: u64 = 100_000_000_000_000_000;

/// Unix seconds of a time: a number of seconds, milliseconds or microseconds, told apart by magnitude, or an ISO date
/// or datetime, which is UTC unless it says otherwise. Parts of a second are dropped. A number is never a date, so
/// `20240101` is a second of 1970.
pub(super) fn parse(text: &str) -> Option<i64> {
    if let Ok(number) = text.parse::<i64>() {
        return from_number(number);
    }
    if let Ok(number) = text.parse::<f64>() {
        return from_number(whole(number)?);
    }
    let text = text.strip_suffix("UTC").map_or(text, str::trim_end);
    if let Ok(instant) = text.parse::<Timestamp>() {
        return Some(instant.as_second());
    }
    let civil = text.parse::<DateTime>().ok()?;
    civil.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp().as_second())
}

fn from_number(number: i64) -> Option<i64> {
    let per_second = match number.unsigned_abs() {
        magnitude if magnitude < MILLISECONDS_FROM => 1,
        magnitude if magnitude < MICROSECONDS_FROM => 1_000,
        magnitude if magnitude < TIMES_END => 1_000_000,
        _ => return None,
    };
    number.checked_div_euclid(per_second)
}

/// The whole part of a number that fits.
#[expect(
    clippy::as_conversions,
    reason = "finite and below 2^63 by the condition, so the cast drops the fraction only"
)]
fn whole(number: f64) -> Option<i64> {
    (number.is_finite() && number.abs() < 9.0e18).then_some(number.floor() as i64)
}

#[cfg(test)]
mod tests {
    use super::parse;

    /// 2024-01-01 00:00:00 UTC.
    const NEW_YEAR: Option<i64> = Some(1_704_067_200);

    #[test]
    fn numbers_are_told_apart_by_magnitude() {
        assert_eq!(parse("1704067200"), NEW_YEAR);
        assert_eq!(parse("1704067200.0"), NEW_YEAR);
        assert_eq!(parse("1704067200999"), NEW_YEAR);
        assert_eq!(parse("1.7040672e12"), NEW_YEAR);
        assert_eq!(parse("1704067200000001"), NEW_YEAR);
        assert_eq!(parse("1704067200000000000"), None);
        assert_eq!(parse("-86400"), Some(-86_400));
        assert_eq!(parse("0"), Some(0));
    }

    #[test]
    fn iso_times_are_utc_unless_they_say_otherwise() {
        for text in [
            "2024-01-01",
            "2024-01-01 00:00",
            "2024-01-01 00:00:00",
            "2024-01-01T00:00:00.250",
            "2024-01-01T00:00:00Z",
            "2024-01-01 00:00:00 UTC",
            "2024-01-01T01:00:00+01:00",
        ] {
            assert_eq!(parse(text), NEW_YEAR, "{text}");
        }
    }

    #[test]
    fn anything_else_is_no_time() {
        for text in ["", "timestamp", "nan", "inf", "01/02/2024", "2024-13-01", "9e99"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
