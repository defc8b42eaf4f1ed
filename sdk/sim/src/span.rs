//! Spans of time and durations, as commands name them.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Serialize;

use crate::SimError;

/// A span of Unix seconds: from the first, before the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Span {
    /// First second.
    pub from: i64,
    /// The second after the last.
    pub to: i64,
}

impl Span {
    /// All of time.
    pub const ALL: Self = Self { from: i64::MIN, to: i64::MAX };

    /// A span between two days, each optional: from the start of the first to the end of the last.
    ///
    /// # Errors
    /// [`SimError::Argument`] for what is no date, or an end before the start.
    pub fn between(from: Option<&str>, to: Option<&str>) -> Result<Self, SimError> {
        let span = Self { from: from.map_or(Ok(i64::MIN), start_of_day)?, to: to.map_or(Ok(i64::MAX), end_of_day)? };
        if span.from < span.to { Ok(span) } else { Err(SimError::Argument("a span ends after it begins".to_owned())) }
    }

    /// `FROM..TO`, two dates: all of both days.
    ///
    /// # Errors
    /// As [`Span::between`].
    pub fn parse(text: &str) -> Result<Self, SimError> {
        let (from, to) = text.split_once("..").ok_or_else(|| {
            SimError::Argument(format!("a span is FROM..TO, such as 2020-01-01..2022-12-31, not `{text}`"))
        })?;
        let given = |text: &str| (!text.trim().is_empty()).then(|| text.trim().to_owned());
        Self::between(given(from).as_deref(), given(to).as_deref())
    }

    /// Whether a second lies in the span.
    #[must_use]
    pub const fn contains(&self, second: i64) -> bool {
        second >= self.from && second < self.to
    }
}

/// A day in words.
#[must_use]
pub fn day(second: i64) -> String {
    match jiff::Timestamp::from_second(second) {
        Ok(time) => time.to_zoned(TimeZone::UTC).date().to_string(),
        Err(_) if second < 0 => "the beginning".to_owned(),
        Err(_) => "the end".to_owned(),
    }
}

/// Seconds of a duration such as `1h`, `30m`, `1d` or `3600`.
///
/// # Errors
/// [`SimError::Argument`] for what is none.
pub fn duration(text: &str) -> Result<u64, SimError> {
    let wrong =
        || SimError::Argument(format!("a duration is a number of seconds, or one with m, h or d, not `{text}`"));
    let text = text.trim();
    let (digits, unit) = match text.find(|letter: char| !letter.is_ascii_digit()) {
        Some(place) => text.split_at(place),
        None => (text, "s"),
    };
    let seconds = match unit {
        "s" => 1,
        "m" | "min" => 60,
        "h" => 3_600,
        "d" => 86_400,
        _ => return Err(wrong()),
    };
    let number: u64 = digits.parse().map_err(|_| wrong())?;
    number.checked_mul(seconds).filter(|product| *product > 0).ok_or_else(wrong)
}

fn start_of_day(text: &str) -> Result<i64, SimError> {
    let wrong = |_| SimError::Argument(format!("`{text}` is not a date: write 2024-12-31"));
    let date: Date = text.parse().map_err(wrong)?;
    Ok(date.to_zoned(TimeZone::UTC).map_err(wrong)?.timestamp().as_second())
}

fn end_of_day(text: &str) -> Result<i64, SimError> {
    Ok(start_of_day(text)?.saturating_add(86_400))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests may panic")]
mod tests {
    use super::*;

    #[test]
    fn spans_hold_both_of_their_days() {
        let span = Span::parse("2020-01-01..2020-01-02").unwrap();
        assert_eq!((span.from, span.to), (1_577_836_800, 1_577_836_800 + 2 * 86_400));
        assert!(span.contains(span.from) && !span.contains(span.to));
        assert_eq!(Span::parse("..").unwrap(), Span::ALL);
        assert_eq!((day(span.from), day(i64::MIN)), ("2020-01-01".to_owned(), "the beginning".to_owned()));
    }

    #[test]
    fn what_is_no_span_says_what_is() {
        for text in ["2020", "2020-13-01..2021-01-01", "2021-01-02..2021-01-01", "a..b"] {
            assert!(Span::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn durations_have_units() {
        assert_eq!(["1h", "30m", "2d", "90"].map(|text| duration(text).unwrap()), [3_600, 1_800, 172_800, 90]);
        for text in ["", "h", "0h", "1w", "-1h", "99999999999999999d"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }
}
