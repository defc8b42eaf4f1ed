//! Price history: a stream of bars from a text file in columns, held to rules.
//!
//! A line that breaks a rule is an error that names it. What is only poor (gaps, repeats, no volume) is passed on and
//! counted in [`Quality`], so that a report can say how good its history was. No bar is ever invented.

mod columns;
mod error;
mod rows;
mod series;
#[cfg(test)]
mod tests;
mod time;

use std::collections::VecDeque;
use std::io::Read;
use std::path::Path;

use serde::Serialize;

use columns::Columns;
pub use error::{BarError, Rule};
use rows::Rows;
pub use series::{Entry, Series};

/// By how much of itself a price may lie beyond the bar's extremes: sources print opens and closes with other digits.
const RANGE_TOLERANCE: f64 = 1e-9;

/// What happened in one period. Prices are USD, as the source quotes them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bar {
    /// Unix seconds at which the period begins.
    pub opened_at: i64,
    /// First price.
    pub open: f64,
    /// Highest price.
    pub high: f64,
    /// Lowest price.
    pub low: f64,
    /// Last price, known when the period ends.
    pub close: f64,
    /// Traded volume in the source's unit; zero if it tells none.
    pub volume: f64,
}

impl Bar {
    /// Unix seconds at which the bar is known: its opening plus `period` seconds.
    #[must_use]
    pub fn closed_at(&self, period: u64) -> i64 {
        self.opened_at.saturating_add_unsigned(period)
    }

    fn check(&self) -> Result<(), Rule> {
        let prices = [self.open, self.high, self.low, self.close];
        if !prices.iter().all(|price| price.is_finite() && *price > 0.0) {
            return Err(Rule::PriceNotPositive);
        }
        if self.low > self.high {
            return Err(Rule::LowAboveHigh);
        }
        let range = self.low * (1.0 - RANGE_TOLERANCE)..=self.high * (1.0 + RANGE_TOLERANCE);
        if !range.contains(&self.open) || !range.contains(&self.close) {
            return Err(Rule::OutsideRange);
        }
        if !self.volume.is_finite() || self.volume < 0.0 {
            return Err(Rule::Negative("volume"));
        }
        Ok(())
    }
}

/// How good a history is, as far as it has been read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Quality {
    /// Bars that were passed on.
    pub bars: u64,
    /// Times that a bar opened later than one period after the bar before it.
    pub gaps: u64,
    /// Whole periods without a bar in those gaps.
    pub missing_bars: u64,
    /// Rows that repeated the bar before them, dropped.
    pub duplicates: u64,
    /// Bars without volume, kept. A history without a volume column has only those.
    pub zero_volume: u64,
}

/// A stream of bars, oldest first; it ends after the first error.
///
/// The header's names stand in any order and case: `timestamp` (or `time`, `date`, `datetime`, `open_time`, `unix`,
/// `opened_at`), `open`, `high`, `low`, `close`, and optionally one that starts with `vol`. Without a header the order
/// is time, open, high, low, close, volume. The delimiter is a comma, a semicolon or a tab. The period is the time
/// between the first two bars. Two bars are in memory, however long the file is.
pub struct Bars {
    rows: Rows,
    columns: Columns,
    /// The first row is a bar that has been advanced to and not yet read.
    first_row_waits: bool,
    period: u64,
    last: Option<Bar>,
    /// The two bars that the period was found from, until they are passed on.
    peeked: VecDeque<Bar>,
    quality: Quality,
    failed: bool,
}

impl Bars {
    /// Opens a file and reads its first two bars.
    ///
    /// # Errors
    /// If it cannot be read, has fewer than two bars, or its first two break a rule.
    pub fn open(path: &Path) -> Result<Self, BarError> {
        Self::new(Rows::open(path)?)
    }

    /// Reads from anything; `name` stands for the file in errors.
    ///
    /// # Errors
    /// As [`Bars::open`].
    pub fn from_reader(name: &str, source: impl Read + Send + 'static) -> Result<Self, BarError> {
        Self::new(Rows::from_reader(name, source)?)
    }

    /// Seconds between the first two bars, at least 1.
    #[must_use]
    pub const fn period(&self) -> u64 {
        self.period
    }

    /// How good the history is as far as it has been read, which at first is two bars ahead.
    #[must_use]
    pub const fn quality(&self) -> Quality {
        self.quality
    }

    fn new(mut rows: Rows) -> Result<Self, BarError> {
        if !rows.advance()? {
            return Err(rows.error(Rule::TooFewBars));
        }
        let has_header = rows.is_header();
        let columns = if has_header { Columns::from_header(rows.fields()) } else { Ok(Columns::WITHOUT_HEADER) };
        let columns = columns.map_err(|rule| rows.error(rule))?;
        let mut bars = Self {
            rows,
            columns,
            first_row_waits: !has_header,
            period: 0,
            last: None,
            peeked: VecDeque::with_capacity(2),
            quality: Quality::default(),
            failed: false,
        };
        let (Some(first), Some(second)) = (bars.read()?, bars.read()?) else {
            return Err(bars.rows.error(Rule::TooFewBars));
        };
        bars.peeked.extend([first, second]);
        Ok(bars)
    }

    /// The next bar that is not a repeat.
    fn read(&mut self) -> Result<Option<Bar>, BarError> {
        while std::mem::take(&mut self.first_row_waits) || self.rows.advance()? {
            let bar = self.parse().and_then(|bar| self.accept(bar)).map_err(|rule| self.rows.error(rule))?;
            if bar.is_some() {
                return Ok(bar);
            }
        }
        Ok(None)
    }

    fn parse(&self) -> Result<Bar, Rule> {
        let text = self.rows.text(self.columns.time, "timestamp")?;
        let bar = Bar {
            opened_at: time::parse(text).ok_or_else(|| Rule::TimeNotParsable(text.to_owned()))?,
            open: self.rows.number(self.columns.open, "open")?,
            high: self.rows.number(self.columns.high, "high")?,
            low: self.rows.number(self.columns.low, "low")?,
            close: self.rows.number(self.columns.close, "close")?,
            volume: self.volume()?,
        };
        bar.check().map(|()| bar)
    }

    /// No column and no value both count as no volume.
    fn volume(&self) -> Result<f64, Rule> {
        let number = self.columns.volume.map_or(Ok(0.0), |column| self.rows.number(column, "volume"));
        if matches!(number, Err(Rule::MissingValue(_))) { Ok(0.0) } else { number }
    }

    /// Holds a bar against the one before it and counts it; `None` if it is a repeat.
    fn accept(&mut self, bar: Bar) -> Result<Option<Bar>, Rule> {
        if let Some(last) = self.last {
            if bar.opened_at < last.opened_at {
                return Err(Rule::TimeBackwards);
            }
            if bar.opened_at == last.opened_at {
                if bar != last {
                    return Err(Rule::RepeatDiffers);
                }
                self.quality.duplicates = self.quality.duplicates.saturating_add(1);
                return Ok(None);
            }
            self.measure(bar.opened_at.abs_diff(last.opened_at))?;
        }
        self.last = Some(bar);
        self.quality.bars = self.quality.bars.saturating_add(1);
        self.quality.zero_volume = self.quality.zero_volume.saturating_add(u64::from(bar.volume == 0.0));
        Ok(Some(bar))
    }

    /// The first step is the period, a longer one a gap, whether or not it is a multiple; a shorter one an error.
    fn measure(&mut self, step: u64) -> Result<(), Rule> {
        if self.period == 0 {
            self.period = step;
        }
        if step < self.period {
            return Err(Rule::TooEarly);
        }
        if step > self.period {
            let missing = step.checked_div(self.period).unwrap_or(1).saturating_sub(1);
            self.quality.gaps = self.quality.gaps.saturating_add(1);
            self.quality.missing_bars = self.quality.missing_bars.saturating_add(missing);
        }
        Ok(())
    }
}

impl Iterator for Bars {
    type Item = Result<Bar, BarError>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(bar) = self.peeked.pop_front() {
            return Some(Ok(bar));
        }
        if self.failed {
            return None;
        }
        let read = self.read();
        self.failed = read.is_err();
        read.transpose()
    }
}
