#![doc = include_str!("../README.md")]

mod error;
mod terms;

use std::path::Path;

use ballast_core::model::volatility::COMPONENTS;
use serde::{Deserialize, Serialize};

pub use error::ConfigError;

/// A deployment.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The exchange.
    pub exchange: Exchange,
    /// Its cash.
    pub quote: Quote,
    /// Risk factors, in the order of their rows.
    pub underlying: Vec<Underlying>,
    /// Derivatives.
    pub contract: Vec<Contract>,
    /// Collateral, in the order of its rows.
    pub vault: Vec<Vault>,
}

/// Terms of the exchange.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exchange {
    timelock: u64,
    trade_fee: i64,
    insurance_share: i64,
    reward_share: i64,
    auction_seconds: u64,
    draw_per_contract: i64,
    draw_per_day: i64,
    unstake_cooldown: u64,
    /// Who post depth; without any the key that holds all roles.
    #[serde(default)]
    pub depth_reporters: Vec<String>,
    /// Programs whose accounts are read as prices; the first owns the accounts of the demonstration.
    pub oracle_owners: Vec<String>,
}

/// Cash.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quote {
    /// Name of the mint.
    pub symbol: String,
    /// The mint; a local deployment makes its own.
    pub mint: Option<String>,
    cap: u64,
}

/// A risk factor. Every parameter is named as in the core's table, and given in its unit.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Underlying {
    /// Its name.
    pub symbol: String,
    /// Id of the price feed, 64 hexadecimal digits.
    pub feed: String,
    /// A price is per ten to this power of tokens.
    pub price_exponent: i8,
    /// Annual volatility at which the model starts, 1e-9.
    pub starting_sigma: i64,
    /// Least annual volatility, 1e-9.
    pub sigma_floor: i64,
    /// Greatest annual volatility, 1e-9.
    pub sigma_cap: i64,
    /// Half-lives of the mixture's components, s.
    pub half_lives: [u64; COMPONENTS],
    /// Their weights, 1e-9.
    pub weights: [i64; COMPONENTS],
    /// Sigmas for which a return counts at most, a component each.
    pub clips: [u64; COMPONENTS],
    /// Sigmas over the horizon that the target covers, 1e-9.
    pub k: i64,
    /// Seconds in which a position can be closed.
    pub horizon: u64,
    /// Least scan range, 1e-9.
    pub scan_minimum: i64,
    /// Greatest scan range, 1e-9.
    pub scan_maximum: i64,
    /// Open interest, in depths, that the scan range carries without growing, 1e-9.
    pub gamma: i64,
    /// How much a breach of coverage changes k, 1e-9.
    pub learning: i64,
    /// Largest rise of the effective scan range in a day, 1e-9.
    pub up: i64,
    /// Largest fall in a day, 1e-9.
    pub down: i64,
    /// Confidence above which a price is Wide, 1e-9.
    pub confidence_limit: i64,
    /// Largest liquidation fee, 1e-9.
    pub liquidation_fee: i64,
    /// Paid for a sample of the volatility, 1e-6 USD.
    pub reward: i64,
    /// Fresh depth reports without which no median is taken.
    pub depth_quorum: u64,
    /// Seconds for which a report is fresh.
    pub depth_age: u64,
    /// Seconds in which depth halves in silence.
    pub depth_half_life: u64,
    /// Where silence leads, 1e-6 USD.
    pub depth_floor: i64,
    /// Depths of open notional beyond which no risk is added, 1e-9.
    pub open_interest_limit: i64,
    /// Share of depth that liquidations take in a minute, 1e-9.
    pub pace: i64,
    /// An external volatility index.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub index: Option<Index>,
    /// Whether it prices the quote currency.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub prices_quote: bool,
}

/// An external volatility index.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Index {
    /// Who signs for it: an address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authority: Option<String>,
    /// Or the feed that it is read from, 64 hexadecimal digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub feed: Option<String>,
    /// Power of ten by which the feed's value is a yearly volatility.
    #[serde(default)]
    pub exponent: i64,
    /// Part of the index that the model's volatility never undercuts, 1e-9.
    pub weight: i64,
    /// Seconds after which it counts as absent.
    pub longest_age: u64,
    /// Largest change in an hour, 1e-9.
    pub step: i64,
}

/// Risk parameters alone: what a deployment file says about its underlyings, or a calibration writes.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Parameters {
    /// Risk factors.
    pub underlying: Vec<Underlying>,
}

/// A perpetual.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contract {
    /// Its name.
    pub symbol: String,
    underlying: String,
    size_exponent: i8,
    open_interest_cap: u64,
    hour_cap: i64,
    day_cap: i64,
    venues: Vec<String>,
}

/// Collateral.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vault {
    /// Name of the mint.
    pub symbol: String,
    /// The mint; a local deployment makes its own.
    pub mint: Option<String>,
    underlying: String,
    /// Decimals of the mint.
    pub decimals: u8,
    cap: u64,
    base_haircut: i64,
    k: i64,
    horizon: u64,
    fall_per_day: i64,
    rise_per_day: i64,
    concentration_scale: i64,
    discount: i64,
}

impl Config {
    /// Reads a file.
    ///
    /// # Errors
    /// [`ConfigError`] with the file's name.
    pub fn load(file: &Path) -> Result<Self, ConfigError> {
        toml::from_str(&read(file)?).map_err(|cause| ConfigError::syntax(file, cause))
    }

    /// Fails unless this is a local deployment, which makes its own mints.
    ///
    /// # Errors
    /// [`ConfigError::NotLocal`].
    pub fn require_local(&self) -> Result<(), ConfigError> {
        let mut named = self.vault.iter().map(|vault| (&vault.symbol, &vault.mint));
        let quote = (&self.quote.symbol, &self.quote.mint);
        match named.find(|(_, mint)| mint.is_some()).or_else(|| quote.1.is_some().then_some(quote)) {
            Some((symbol, _)) => Err(ConfigError::NotLocal(symbol.clone())),
            None => Ok(()),
        }
    }

    /// Row of an underlying.
    ///
    /// # Errors
    /// [`ConfigError::UnknownUnderlying`].
    pub fn row(&self, symbol: &str) -> Result<u8, ConfigError> {
        let place = self.underlying.iter().position(|held| held.symbol == symbol);
        place
            .and_then(|place| u8::try_from(place).ok())
            .ok_or_else(|| ConfigError::UnknownUnderlying(symbol.to_owned()))
    }
}

impl Parameters {
    /// Reads the underlyings of a deployment file, or a file that holds nothing else.
    ///
    /// # Errors
    /// [`ConfigError`] with the file's name.
    pub fn load(file: &Path) -> Result<Self, ConfigError> {
        toml::from_str(&read(file)?).map_err(|cause| ConfigError::syntax(file, cause))
    }

    /// As a file that a deployment takes.
    ///
    /// # Errors
    /// [`ConfigError::Unwritable`] never within the types.
    pub fn to_toml(&self) -> Result<String, ConfigError> {
        toml::to_string(self).map_err(ConfigError::Unwritable)
    }

    /// The underlying of a name; without a name the first.
    ///
    /// # Errors
    /// [`ConfigError::UnknownUnderlying`].
    pub fn named(&self, symbol: Option<&str>) -> Result<&Underlying, ConfigError> {
        let found = match symbol {
            Some(symbol) => self.underlying.iter().find(|held| held.symbol.eq_ignore_ascii_case(symbol)),
            None => self.underlying.first(),
        };
        found.ok_or_else(|| ConfigError::UnknownUnderlying(symbol.unwrap_or("any").to_owned()))
    }
}

fn read(file: &Path) -> Result<String, ConfigError> {
    std::fs::read_to_string(file).map_err(|cause| ConfigError::Unreadable { file: file.to_owned(), cause })
}
