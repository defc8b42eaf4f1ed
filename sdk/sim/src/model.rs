//! The chain's own model step on a history, without a book.
//!
//! A bar is four prices. The model samples the close, at the time the bar ends. High and low are accepted a second and
//! two after it opened, as prices between samples: they count for coverage and move nothing else. Which of them came
//! first a bar does not say; the one against the close's direction is taken to be first. After a gap the open is sampled
//! first, at its own time, as the chain samples the first price after a silence.

use ballast_core::clearing::{self, Measured};
use ballast_core::model::{Enters, Update, Window};
use ballast_core::state::parameters::UnderlyingTerms;
use ballast_core::state::{Board, Exchange, UnderlyingRow};
use ballast_core::units::{Key, Ratio, Timestamp};
use bytemuck::Zeroable;

use crate::SimError;
use crate::bars::Bar;
use crate::numbers::{self, dollars_of, fraction, real};

/// A price and when it was published.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quote {
    /// USD.
    pub price: f64,
    /// Unix seconds.
    pub at: i64,
}

/// The prices of a bar as the model takes them, oldest first; the last is the close.
pub fn quotes(bar: &Bar, period: u64, last_at: i64) -> impl Iterator<Item = Quote> + use<> {
    let after_a_gap = (last_at < bar.opened_at).then_some(Quote { price: bar.open, at: bar.opened_at });
    let extremes = if bar.close >= bar.open { [bar.low, bar.high] } else { [bar.high, bar.low] };
    // a minute or four may have been played after the last close
    let opened_at = bar.opened_at.max(last_at);
    let at_close = bar.closed_at(period);
    let between =
        extremes.into_iter().zip(1..).map(move |(price, second)| Quote { price, at: opened_at.saturating_add(second) });
    let between = between.filter(move |quote| quote.at < at_close);
    let close = Quote { price: bar.close, at: at_close };
    after_a_gap.into_iter().chain(between).chain([close])
}

/// What the model makes of a bar.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Requirement {
    /// Scan range that open positions are held to after the bar.
    pub effective: f64,
    /// Scan range that the model asks for after it.
    pub target: f64,
    /// The windows of coverage that ended: in a gap before the bar, and with its close.
    pub tested: [Option<Tested>; 2],
}

/// A window in which the requirement was tested.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tested {
    /// Unix seconds of its start.
    pub started_at: i64,
    /// Effective scan range at its start.
    pub effective: f64,
    /// Target scan range at its start.
    pub target: f64,
    /// How far the price rose, as a fraction of that at its start.
    pub up: f64,
    /// How far it fell.
    pub down: f64,
}

impl From<&Window> for Tested {
    fn from(window: &Window) -> Self {
        let (price, highest, lowest) =
            (dollars_of(window.price), dollars_of(window.highest), dollars_of(window.lowest));
        Self {
            started_at: window.started_at.0,
            effective: fraction(window.effective),
            target: fraction(window.target),
            up: highest / price - 1.0,
            down: 1.0 - lowest / price,
        }
    }
}

/// One underlying on a history.
#[derive(Clone)]
pub struct Model {
    row: UnderlyingRow,
    last_at: i64,
}

impl Model {
    /// The model with its terms, before the first bar.
    ///
    /// # Errors
    /// [`SimError::Refused`] for terms outside their bounds.
    pub fn new(terms: &UnderlyingTerms, first: &Bar) -> Result<Self, SimError> {
        let mut board = Box::new(Board::zeroed());
        let terms = UnderlyingTerms { price_exponent: exponent_for(terms, first), ..named(terms) };
        let start = Timestamp(first.opened_at);
        let row = clearing::create_underlying(&Exchange::zeroed(), &mut board, None, &terms, start)
            .and_then(|row| board.underlying(row).copied())
            .map_err(SimError::refused("create the underlying", first.opened_at))?;
        Ok(Self { row, last_at: i64::MIN })
    }

    /// Takes a bar in.
    ///
    /// # Errors
    /// [`SimError::Price`], [`SimError::Refused`].
    pub fn observe(&mut self, bar: &Bar, period: u64) -> Result<Requirement, SimError> {
        let mut requirement = Requirement { effective: 0.0, target: 0.0, tested: [None; 2] };
        for quote in quotes(bar, period, self.last_at) {
            let measured = self.accept(quote)?;
            requirement.effective = fraction(measured.effective);
            requirement.target = fraction(measured.target);
            if let Some(window) = &measured.closed {
                requirement.tested = [requirement.tested[1], Some(Tested::from(window))];
            }
        }
        Ok(requirement)
    }

    /// Takes a value of an external volatility index in, as of a time. One that its step forbids is passed over, as a
    /// chain would refuse it.
    pub fn post_index(&mut self, sigma: f64, at: i64) {
        let value = Ratio(numbers::signed(sigma * 1e9));
        let _refused = self.row.index.post(&self.row.index_terms, value, Timestamp(at)).is_err();
    }

    /// The row as the board would hold it.
    #[must_use]
    pub const fn row(&self) -> &UnderlyingRow {
        &self.row
    }

    /// Windows that ended, and those with a breach of the effective scan range, as the chain counts them.
    #[must_use]
    pub const fn coverage(&self) -> (f64, f64) {
        (real(self.row.coverage.windows), real(self.row.coverage.effective.either))
    }

    fn accept(&mut self, quote: Quote) -> Result<Measured, SimError> {
        let Quote { price, at } = quote;
        let units = numbers::price(price, self.row.price_exponent).ok_or(SimError::Price { price, at })?;
        let previous = Timestamp(self.last_at.max(0));
        let update = Update { price: units, published_at: Timestamp(at), previous_published_at: previous };
        let measured = clearing::measure(&mut self.row, update, Enters::Everything, Timestamp(at))
            .map_err(SimError::refused("measure", at))?;
        self.last_at = at;
        Ok(measured)
    }
}

/// The terms' price exponent, or the least with which the first price has five digits.
#[must_use]
pub fn exponent_for(terms: &UnderlyingTerms, first: &Bar) -> i8 {
    let has_five_digits = |exponent: &i8| first.low * 10_f64.powi(i32::from(*exponent)) >= 1e-3;
    (terms.price_exponent..=9).find(has_five_digits).unwrap_or(9)
}

/// Terms whose oracle has a name: a simulation needs none, a board does.
pub(crate) fn named(terms: &UnderlyingTerms) -> UnderlyingTerms {
    if terms.oracle.is_some() { *terms } else { UnderlyingTerms { oracle: Key([1; 32]), ..*terms } }
}
