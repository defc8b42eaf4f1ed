//! What is wrong with a file of history: the file, the line and the rule that the line breaks.

/// A history that cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BarError {
    /// The file cannot be opened.
    #[error("{file}: {source}")]
    Open {
        /// The file.
        file: String,
        /// Why not.
        source: std::io::Error,
    },
    /// The file cannot be read as text in columns. The source names the line.
    #[error("{file}: {source}")]
    Read {
        /// The file.
        file: String,
        /// Why not.
        source: csv::Error,
    },
    /// A line breaks a rule.
    #[error("{file}, line {line}: {rule}")]
    Line {
        /// The file.
        file: String,
        /// The line, counted from one.
        line: u64,
        /// The rule that it breaks.
        rule: Rule,
    },
}

impl BarError {
    /// The rule that was broken, if the file could be read at all.
    #[must_use]
    pub const fn rule(&self) -> Option<&Rule> {
        match self {
            Self::Line { rule, .. } => Some(rule),
            _ => None,
        }
    }
}

/// The rules of a history, in the words of the error.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Rule {
    /// The period is the time between the first two bars.
    #[error("a history needs at least two bars")]
    TooFewBars,
    /// An empty series would say nothing without saying so.
    #[error("a series needs at least one entry")]
    EmptySeries,
    /// The header lacks a column.
    #[error("the header needs a column named {0}")]
    MissingColumn(&'static str),
    /// The row is too short.
    #[error("a row needs a value for {0}")]
    MissingValue(&'static str),
    /// The time is none that is known.
    #[error("a time is Unix seconds, milliseconds or microseconds, or an ISO date or datetime, but this is `{0}`")]
    TimeNotParsable(String),
    /// A value is not a number.
    #[error("{column} is a number, but this is `{text}`")]
    NotANumber {
        /// The column.
        column: &'static str,
        /// What stands there.
        text: String,
    },
    /// A price is zero, negative or infinite.
    #[error("prices are positive and finite")]
    PriceNotPositive,
    /// A volume or a value of a series is negative or infinite.
    #[error("{0} is finite and not negative")]
    Negative(&'static str),
    /// The lowest price is above the highest.
    #[error("the low is not above the high")]
    LowAboveHigh,
    /// A price of the bar lies beyond its extremes.
    #[error("open and close lie between low and high")]
    OutsideRange,
    /// Rows are out of order.
    #[error("time never goes backwards")]
    TimeBackwards,
    /// One time is told twice, differently.
    #[error("rows of one time are equal")]
    RepeatDiffers,
    /// Bars overlap.
    #[error("a bar opens at least one period after the bar before it")]
    TooEarly,
}
