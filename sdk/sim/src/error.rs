//! What can go wrong in a simulation.

use ballast_core::BallastError;

use crate::bars::BarError;

/// Why a simulation cannot be run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SimError {
    /// The history breaks a rule.
    #[error(transparent)]
    Bars(#[from] BarError),
    /// The parameters break a rule.
    #[error(transparent)]
    Parameters(#[from] ballast_config::ConfigError),
    /// A price is too small or too large for the core's unit.
    #[error(
        "the price {price} of {at} does not fit the underlying's unit: set price_exponent so that it has five digits"
    )]
    Price {
        /// USD.
        price: f64,
        /// Unix seconds.
        at: i64,
    },
    /// The core refused a step.
    #[error("at {at} the clearing house refused to {action}: {error}")]
    Refused {
        /// Unix seconds.
        at: i64,
        /// What it was asked.
        action: &'static str,
        /// The rule.
        error: BallastError,
    },
    /// The span has no bars.
    #[error("{file} has no bars from {from} to {to}")]
    EmptySpan {
        /// The file.
        file: String,
        /// First day.
        from: String,
        /// Day after the last.
        to: String,
    },
    /// The horizon does not suit the bars.
    #[error("a horizon is a whole number of bars: {horizon} s is not one of {period} s")]
    Horizon {
        /// Seconds.
        horizon: u64,
        /// Seconds of a bar.
        period: u64,
    },
    /// The span is too short to fit on.
    #[error(
        "{file} has {days} days to train on, and the slowest half-life is {needed} days: train on at least that much"
    )]
    TrainingTooShort {
        /// The file.
        file: String,
        /// Days that it has.
        days: u64,
        /// Days that the slowest half-life is.
        needed: u64,
    },
    /// The test span does not follow the training span.
    #[error("the test span must begin when the training span has ended or later")]
    SpansOverlap,
    /// No candidate keeps the constraints.
    #[error("no parameters among the candidates keep coverage and the largest daily step on the training span")]
    NothingFits,
    /// A chart of the report cannot be drawn.
    #[error("a chart cannot be drawn: {0}")]
    Chart(String),
    /// A span or a duration cannot be read.
    #[error("{0}")]
    Argument(String),
    /// The books do not balance: a fault of the simulator or the core.
    #[error("the books do not balance at {at}: {discrepancy}")]
    Books {
        /// Unix seconds.
        at: i64,
        /// What does not.
        discrepancy: String,
    },
}

impl SimError {
    pub(crate) const fn refused(action: &'static str, at: i64) -> impl FnOnce(BallastError) -> Self {
        move |error| Self::Refused { at, action, error }
    }
}
