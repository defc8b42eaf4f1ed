//! A history: bars of one underlying, and what was posted beside them.

use std::path::{Path, PathBuf};

use crate::SimError;
use crate::bars::{Bar, Bars, Quality, Series};
use crate::span::Span;

/// About how many bytes a bar takes in a file.
const BYTES_A_BAR: u64 = 52;

/// Files of a history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// OHLC bars.
    pub prices: PathBuf,
    /// A volatility index, as a yearly fraction.
    pub index: Option<PathBuf>,
    /// Depth within 1 %, per side, USD.
    pub depth: Option<PathBuf>,
}

impl Source {
    /// Prices alone.
    #[must_use]
    pub fn prices(file: impl Into<PathBuf>) -> Self {
        Self { prices: file.into(), index: None, depth: None }
    }

    /// The file's name in words.
    #[must_use]
    pub fn name(&self) -> String {
        self.prices.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
    }

    /// Opens the files.
    ///
    /// # Errors
    /// [`SimError::Bars`].
    pub fn open(&self) -> Result<History, SimError> {
        let series = |file: &Option<PathBuf>| file.as_deref().map(Series::open).transpose();
        Ok(History { bars: Bars::open(&self.prices)?, index: series(&self.index)?, depth: series(&self.depth)? })
    }

    /// Bars of the price file, about, by its size: what a progress bar counts to.
    #[must_use]
    pub fn bars_about(&self) -> u64 {
        std::fs::metadata(&self.prices).map_or(0, |meta| meta.len()).checked_div(BYTES_A_BAR).unwrap_or(0)
    }
}

/// A bar and what was posted by its end.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moment {
    /// The bar.
    pub bar: Bar,
    /// The volatility index and when it was posted.
    pub index: Option<(i64, f64)>,
    /// Depth, USD.
    pub depth: Option<f64>,
}

/// A stream of bars, in a memory that does not grow with it.
pub struct History {
    bars: Bars,
    index: Option<Series>,
    depth: Option<Series>,
}

impl History {
    /// Seconds of a bar.
    #[must_use]
    pub const fn period(&self) -> u64 {
        self.bars.period()
    }

    /// How good the bars were, as far as they were read.
    #[must_use]
    pub const fn quality(&self) -> Quality {
        self.bars.quality()
    }

    /// The next bar.
    ///
    /// # Errors
    /// [`SimError::Bars`].
    pub fn advance(&mut self) -> Result<Option<Moment>, SimError> {
        let Some(bar) = self.bars.next().transpose()? else { return Ok(None) };
        let at = bar.closed_at(self.bars.period());
        let index = self.index.as_mut().map(|series| series.value_at(at)).transpose()?.flatten();
        let depth = self.depth.as_mut().map(|series| series.value_at(at)).transpose()?.flatten();
        Ok(Some(Moment { bar, index, depth: depth.map(|(_, value)| value) }))
    }
}

/// Bars of a file up to a second, in memory: what a calibration goes over a thousand times.
///
/// # Errors
/// [`SimError::Bars`].
pub fn bars_before(file: &Path, end: i64) -> Result<(Vec<Bar>, u64), SimError> {
    let mut bars = Bars::open(file)?;
    let period = bars.period();
    let mut kept = Vec::new();
    while let Some(bar) = bars.next().transpose()? {
        if bar.opened_at >= end {
            break;
        }
        kept.push(bar);
    }
    Ok((kept, period))
}

/// Bars of a horizon.
///
/// # Errors
/// [`SimError::Horizon`] unless it is a whole number of bars.
pub fn bars_of(horizon: u64, period: u64) -> Result<u64, SimError> {
    let wrong = || SimError::Horizon { horizon, period };
    let bars = horizon.checked_div(period).ok_or_else(wrong)?;
    if bars > 0 && bars.checked_mul(period) == Some(horizon) { Ok(bars) } else { Err(wrong()) }
}

/// Fails for a span in which a file has no bar.
pub(crate) fn require_bars(count: u64, source: &Source, span: Span) -> Result<(), SimError> {
    if count > 0 {
        return Ok(());
    }
    let (from, to) = (crate::span::day(span.from), crate::span::day(span.to));
    Err(SimError::EmptySpan { file: source.name(), from, to })
}
