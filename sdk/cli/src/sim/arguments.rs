//! Arguments that several commands have.

use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};
use ballast_config::{Index, Parameters, Underlying};
use ballast_sim::history::Source;
use ballast_sim::span::Span;
use clap::Args;

/// Pyth's feeds of the symbols that a file may be named after.
const FEEDS: [(&str, &str); 4] = [
    ("BTC", "e62df6c8b4a85fe1a67db44dc12de5db330f7ac66b72dc658afedf0f4a415b43"),
    ("ETH", "ff61491a931112ddf1bd8147cd1b641375f79f5825126d665480874634fd0ace"),
    ("SOL", "ef0d8b6fda2ceba41da15d4095d1da392a0d2f8ed0c6c7bc0f4cfac8c280b56d"),
    ("USDC", "eaa020c61cc479712813461ce153894a96a6c00b21ed0cfc2798d1f9a9e9c94a"),
];
/// The feed of any other symbol: to be replaced before a deployment.
const NO_FEED: &str = "1111111111111111111111111111111111111111111111111111111111111111";
/// Part of an index that volatility never undercuts, where only the index's file is given, 1e-9.
const INDEX_WEIGHT: i64 = 800_000_000;

/// A history.
#[derive(Clone, Debug, Args)]
pub(crate) struct HistoryArguments {
    /// OHLC bars as CSV: timestamp, open, high, low, close[, volume]
    #[arg(long, value_name = "FILE")]
    pub(crate) prices: PathBuf,
    /// A volatility index beside them, as CSV: timestamp, yearly volatility (0.85 is 85 %)
    #[arg(long, value_name = "FILE")]
    index: Option<PathBuf>,
    /// Depth beside them, as CSV: timestamp, USD that trades within 1 %, per side
    #[arg(long, value_name = "FILE")]
    depth: Option<PathBuf>,
    /// First day; bars before it warm the model up [default: the file's first]
    #[arg(long, value_name = "DATE")]
    from: Option<String>,
    /// Last day [default: the file's last]
    #[arg(long, value_name = "DATE")]
    to: Option<String>,
}

impl HistoryArguments {
    pub(crate) fn source(&self) -> Source {
        Source { prices: self.prices.clone(), index: self.index.clone(), depth: self.depth.clone() }
    }

    pub(crate) fn span(&self) -> Result<Span> {
        Ok(Span::between(self.from.as_deref(), self.to.as_deref())?)
    }
}

/// Parameters.
#[derive(Clone, Debug, Args)]
pub(crate) struct ParameterArguments {
    /// Parameters as TOML, such as a deployment file or what `calibrate` writes [default: the shipped ones]
    #[arg(long, value_name = "FILE")]
    params: Option<PathBuf>,
    /// Which underlying of that file [default: the one that the prices are named after, else the first]
    #[arg(long, value_name = "NAME")]
    symbol: Option<String>,
}

impl ParameterArguments {
    /// The underlying's parameters for a price file.
    pub(crate) fn underlying(&self, prices: &Path, has_index: bool) -> Result<Underlying> {
        let named_after = symbol_of(prices);
        let mut underlying = match &self.params {
            Some(file) => {
                let parameters = Parameters::load(file)?;
                match &self.symbol {
                    Some(symbol) => parameters.named(Some(symbol))?.clone(),
                    None => parameters.named(Some(&named_after)).or_else(|_| parameters.named(None))?.clone(),
                }
            }
            None => {
                let symbol = self.symbol.clone().unwrap_or(named_after);
                Underlying::with_defaults(&symbol, feed_of(&symbol))
            }
        };
        if has_index && underlying.index.is_none() {
            underlying.index = Some(Index {
                authority: Some("SysvarC1ock11111111111111111111111111111111".to_owned()),
                feed: None,
                exponent: 0,
                weight: INDEX_WEIGHT,
                longest_age: 7_200,
                step: 1_000_000_000,
            });
        }
        underlying.terms()?;
        Ok(underlying)
    }
}

/// The symbol that a file is named after: what stands before the first `_`, `-` or `.`.
fn symbol_of(prices: &Path) -> String {
    let name = prices.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    name.split(['_', '-', '.', ' ']).next().unwrap_or(&name).to_uppercase()
}

fn feed_of(symbol: &str) -> &'static str {
    FEEDS.iter().find(|(known, _)| *known == symbol).map_or(NO_FEED, |(_, feed)| feed)
}

/// Sources of several price files; none of them twice.
pub(crate) fn sources(prices: &[PathBuf]) -> Result<Vec<Source>> {
    for (place, file) in prices.iter().enumerate() {
        ensure!(!prices.iter().take(place).any(|other| other == file), "{} is given twice", file.display());
    }
    Ok(prices.iter().map(Source::prices).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_names_its_symbol() {
        assert_eq!(symbol_of(Path::new("/data/btc_1h.csv")), "BTC");
        assert_eq!(symbol_of(Path::new("SOL.csv")), "SOL");
        assert_eq!(feed_of("DOGE"), NO_FEED);
        assert!(feed_of("ETH").starts_with("ff61"));
    }

    #[test]
    fn a_file_is_not_given_twice() {
        assert!(sources(&["a.csv".into(), "b.csv".into()]).is_ok());
        assert!(sources(&["a.csv".into(), "a.csv".into()]).is_err());
    }
}
