//! A value over time beside the prices: a volatility index, or a depth.

use std::io::Read;
use std::path::Path;

use super::error::{BarError, Rule};
use super::rows::Rows;
use super::time;

/// One entry: Unix seconds and the value from then on.
pub type Entry = (i64, f64);

/// A streaming series of two columns, time and value; further columns are ignored, a header is optional.
///
/// Values are finite and not negative. Time never goes backwards; an equal entry of the same time is dropped.
/// Two entries are in memory.
pub struct Series {
    rows: Rows,
    /// The latest entry that has been asked past.
    current: Option<Entry>,
    /// The entry after it.
    next: Option<Entry>,
}

impl Series {
    /// Opens a file.
    ///
    /// # Errors
    /// If it cannot be read, or its first entry breaks a rule.
    pub fn open(path: &Path) -> Result<Self, BarError> {
        Self::new(Rows::open(path)?)
    }

    /// Reads from anything; `name` stands for the file in errors.
    ///
    /// # Errors
    /// As [`Series::open`].
    pub fn from_reader(name: &str, source: impl Read + Send + 'static) -> Result<Self, BarError> {
        Self::new(Rows::from_reader(name, source)?)
    }

    /// The latest entry at or before `time`; `None` before the first. Calls go forward in time: the past is not kept,
    /// so a call for a time before the last one's entry has no answer.
    ///
    /// # Errors
    /// If a row on the way breaks a rule.
    pub fn value_at(&mut self, time: i64) -> Result<Option<Entry>, BarError> {
        while let Some(next) = self.next.filter(|next| next.0 <= time) {
            self.current = Some(next);
            self.next = self.read_after(next)?;
        }
        Ok(self.current.filter(|current| current.0 <= time))
    }

    fn new(rows: Rows) -> Result<Self, BarError> {
        let mut series = Self { rows, current: None, next: None };
        if !series.rows.advance()? {
            return Err(series.rows.error(Rule::EmptySeries));
        }
        if series.rows.is_header() && !series.rows.advance()? {
            return Err(series.rows.error(Rule::EmptySeries));
        }
        series.next = Some(series.entry()?);
        Ok(series)
    }

    fn read_after(&mut self, last: Entry) -> Result<Option<Entry>, BarError> {
        while self.rows.advance()? {
            let entry = self.entry()?;
            if entry.0 < last.0 {
                return Err(self.rows.error(Rule::TimeBackwards));
            }
            if entry.0 > last.0 {
                return Ok(Some(entry));
            }
            if entry != last {
                return Err(self.rows.error(Rule::RepeatDiffers));
            }
        }
        Ok(None)
    }

    fn entry(&self) -> Result<Entry, BarError> {
        self.parse().map_err(|rule| self.rows.error(rule))
    }

    fn parse(&self) -> Result<Entry, Rule> {
        let text = self.rows.text(0, "time")?;
        let at = time::parse(text).ok_or_else(|| Rule::TimeNotParsable(text.to_owned()))?;
        let value = self.rows.number(1, "value")?;
        if value.is_finite() && value >= 0.0 { Ok((at, value)) } else { Err(Rule::Negative("value")) }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use proptest::prelude::*;

    use super::*;

    fn series(text: &str) -> Result<Series, BarError> {
        Series::from_reader("index.csv", Cursor::new(text.to_owned()))
    }

    fn rule_at(text: &str, time: i64) -> (u64, Rule) {
        match series(text).and_then(|mut series| series.value_at(time)) {
            Err(BarError::Line { line, rule, .. }) => (line, rule),
            other => panic!("expected a broken rule, found {other:?}"),
        }
    }

    #[test]
    fn the_latest_entry_at_or_before_a_time_counts() {
        let mut series = series("timestamp,dvol\n100,0.5\n200,0.6\n200,0.6\n400,0.7\n").unwrap();
        assert_eq!(series.value_at(99).unwrap(), None);
        assert_eq!(series.value_at(100).unwrap(), Some((100, 0.5)));
        assert_eq!(series.value_at(399).unwrap(), Some((200, 0.6)));
        assert_eq!(series.value_at(399).unwrap(), Some((200, 0.6)));
        assert_eq!(series.value_at(9_999).unwrap(), Some((400, 0.7)));
        assert_eq!(series.value_at(150).unwrap(), None, "the past is not kept");
    }

    #[test]
    fn a_header_is_optional_and_the_delimiter_is_found() {
        assert_eq!(series("2024-01-01;3\n").unwrap().value_at(1_704_067_200).unwrap(), Some((1_704_067_200, 3.0)));
    }

    #[test]
    fn each_rule_names_its_line() {
        assert_eq!(rule_at("time,value\n", 0), (2, Rule::EmptySeries));
        assert_eq!(rule_at("1,1\n5,1\n4,1\n", 9), (3, Rule::TimeBackwards));
        assert_eq!(rule_at("1,1\n1,2\n", 9), (2, Rule::RepeatDiffers));
        assert_eq!(rule_at("1,1\n2,-2\n", 9), (2, Rule::Negative("value")));
        assert_eq!(rule_at("1,1\nx,2\n", 9), (2, Rule::TimeNotParsable("x".into())));
        assert_eq!(rule_at("1\n", 9), (1, Rule::MissingValue("value")));
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            if let Ok(mut series) = Series::from_reader("any", Cursor::new(bytes)) {
                let _ = series.value_at(i64::MAX);
            }
        }
    }
}
