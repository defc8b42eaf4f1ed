//! What can be wrong with a deployment file.

use std::path::{Path, PathBuf};

use ballast_core::BallastError;

/// What is wrong with a deployment file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read {}: {cause}", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// Why.
        cause: std::io::Error,
    },
    /// The file is not what a deployment file is.
    #[error("{}: {cause}", file.display())]
    Syntax {
        /// The file.
        file: PathBuf,
        /// Where and why.
        cause: Box<toml::de::Error>,
    },
    /// The parameters cannot be written as TOML.
    #[error("cannot be written as TOML: {0}")]
    Unwritable(toml::ser::Error),
    /// A local deployment makes its own mints.
    #[error("the configuration names the mint of {0}: it is not a local deployment")]
    NotLocal(String),
    /// A contract or a vault names an underlying that the file does not have.
    #[error("no underlying is called {0}")]
    UnknownUnderlying(String),
    /// A feed's id is not one.
    #[error("the feed of {0} must be 64 hexadecimal digits")]
    Feed(String),
    /// An address is not one.
    #[error("`{0}` is not an address")]
    Address(String),
    /// More addresses than there are places.
    #[error("at most {most} addresses, found {found}")]
    TooMany {
        /// Places.
        most: usize,
        /// Addresses.
        found: usize,
    },
    /// An index has an authority or a feed.
    #[error("the index of {0} names either an authority or a feed")]
    IndexSource(String),
    /// A parameter is outside the core's bounds.
    #[error("{name} of {symbol} is {value}: it must be from {least} to {greatest} ({unit}). {reason}")]
    OutOfBounds {
        /// The underlying.
        symbol: String,
        /// The parameter.
        name: String,
        /// Its value.
        value: i128,
        /// Least value.
        least: i64,
        /// Greatest value.
        greatest: i64,
        /// Unit.
        unit: &'static str,
        /// Why the bounds.
        reason: &'static str,
    },
    /// The parameters do not go together.
    #[error("the parameters of {symbol} do not go together: {rule}")]
    Inconsistent {
        /// The underlying.
        symbol: String,
        /// Which rule they break.
        rule: &'static str,
    },
    /// The core refuses the terms.
    #[error("the terms of {symbol} are refused: {error}")]
    Refused {
        /// What they are of.
        symbol: String,
        /// The rule.
        error: BallastError,
    },
}

impl ConfigError {
    pub(crate) fn syntax(file: &Path, cause: toml::de::Error) -> Self {
        Self::Syntax { file: file.to_owned(), cause: Box::new(cause) }
    }
}
