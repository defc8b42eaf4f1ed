//! The deployment configuration (`migrations/*.toml`) as the core's terms.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use ballast_core::model::{FundingTerms, WeightTerms};
use ballast_core::state::parameters::{CollateralTerms, ContractTerms, UnderlyingTerms, VaultTerms};
use ballast_core::state::{ExchangeTerms, OracleKind};
use ballast_core::units::{Key, Ratio, Tokens, Usd};
use serde::Deserialize;
use surfpool_sdk::Pubkey;

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
    trade_fee: i64,
    insurance_share: i64,
    reward_share: i64,
    auction_seconds: u64,
    draw_per_contract: i64,
    draw_per_day: i64,
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

/// A risk factor.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Underlying {
    /// Its name.
    pub symbol: String,
    feed: String,
    price_exponent: i8,
    starting_sigma: i64,
    sigma_floor: i64,
    sigma_cap: i64,
    k: i64,
    horizon: u64,
    scan_minimum: i64,
    scan_maximum: i64,
    gamma: i64,
    up: i64,
    down: i64,
    confidence_limit: i64,
    liquidation_fee: i64,
    reward: i64,
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
    discount: i64,
}

impl Config {
    /// Reads a file.
    pub fn load(file: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
        toml::from_str(&text).with_context(|| format!("{}", file.display()))
    }

    /// Fails unless this is a local deployment, which makes its own mints.
    pub fn require_local(&self) -> Result<()> {
        let named = self.vault.iter().map(|vault| (&vault.symbol, &vault.mint));
        for (symbol, mint) in named.chain([(&self.quote.symbol, &self.quote.mint)]) {
            ensure!(mint.is_none(), "the configuration names the mint of {symbol}: it is not a local deployment");
        }
        Ok(())
    }

    /// Terms of the exchange, all roles held by one key.
    pub fn exchange_terms(&self, roles: Key) -> Result<ExchangeTerms> {
        let held = &self.exchange;
        Ok(ExchangeTerms {
            risk_manager: roles,
            guardian: roles,
            depth_reporter: roles,
            trade_fee: Ratio(held.trade_fee),
            insurance_share: Ratio(held.insurance_share),
            reward_share: Ratio(held.reward_share),
            auction_seconds: held.auction_seconds,
            draw_per_contract: Usd(held.draw_per_contract),
            draw_per_day: Usd(held.draw_per_day),
            oracle_owners: keys(&held.oracle_owners)?,
        })
    }

    /// Terms of the quote mint's vault.
    pub const fn quote_terms(&self) -> VaultTerms {
        VaultTerms { cap: Tokens(self.quote.cap), collateral: None }
    }

    /// Row of an underlying.
    pub fn row(&self, symbol: &str) -> Result<u8> {
        let place = self.underlying.iter().position(|held| held.symbol == symbol);
        u8::try_from(place.with_context(|| format!("no underlying is called {symbol}"))?)
            .context("too many underlyings")
    }
}

impl Underlying {
    /// Id of the price feed.
    pub fn feed(&self) -> Result<[u8; 32]> {
        let wrong = || format!("feed of {} must be 64 hexadecimal digits", self.symbol);
        ensure!(self.feed.len() == 64 && self.feed.is_ascii(), wrong());
        let mut id = [0; 32];
        for (byte, place) in id.iter_mut().zip((0..64).step_by(2)) {
            *byte = u8::from_str_radix(&self.feed[place..place + 2], 16).with_context(wrong)?;
        }
        Ok(id)
    }

    /// Its terms.
    pub fn terms(&self) -> Result<UnderlyingTerms> {
        Ok(UnderlyingTerms {
            oracle: Key(self.feed()?),
            kind: OracleKind::Pull,
            price_exponent: self.price_exponent,
            starting_sigma: Ratio(self.starting_sigma),
            sigma_floor: Ratio(self.sigma_floor),
            sigma_cap: Ratio(self.sigma_cap),
            k: Ratio(self.k),
            horizon: self.horizon,
            scan_minimum: Ratio(self.scan_minimum),
            scan_maximum: Ratio(self.scan_maximum),
            gamma: Ratio(self.gamma),
            up: Ratio(self.up),
            down: Ratio(self.down),
            confidence_limit: Ratio(self.confidence_limit),
            liquidation_fee: Ratio(self.liquidation_fee),
            reward: Usd(self.reward),
        })
    }
}

impl Contract {
    /// Its terms.
    pub fn terms(&self, config: &Config) -> Result<ContractTerms> {
        Ok(ContractTerms {
            underlying: config.row(&self.underlying)?,
            size_exponent: self.size_exponent,
            open_interest_cap: self.open_interest_cap,
            funding: FundingTerms { hour_cap: Ratio(self.hour_cap), day_cap: Ratio(self.day_cap) },
            venues: keys(&self.venues)?,
        })
    }
}

impl Vault {
    /// Its terms.
    pub fn terms(&self, config: &Config) -> Result<VaultTerms> {
        let weight = WeightTerms {
            base_haircut: Ratio(self.base_haircut),
            k: Ratio(self.k),
            horizon: self.horizon,
            fall_per_day: Ratio(self.fall_per_day),
            rise_per_day: Ratio(self.rise_per_day),
        };
        let underlying = config.row(&self.underlying)?;
        let collateral = CollateralTerms { underlying, weight, discount: Ratio(self.discount) };
        Ok(VaultTerms { cap: Tokens(self.cap), collateral: Some(collateral) })
    }
}

/// Addresses, in as many places as there are.
fn keys<const N: usize>(addresses: &[String]) -> Result<[Key; N]> {
    ensure!(addresses.len() <= N, "at most {N} addresses, found {}", addresses.len());
    let mut keys = [Key::NONE; N];
    for (key, address) in keys.iter_mut().zip(addresses) {
        let address: Pubkey = address.parse().with_context(|| format!("`{address}` is not an address"))?;
        *key = Key(address.to_bytes());
    }
    Ok(keys)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_deployment_keeps_the_bounds_of_the_core() {
        for name in ["localnet", "devnet", "mainnet"] {
            let config = Config::load(&crate::args::workspace().join(format!("migrations/{name}.toml"))).unwrap();
            config.exchange_terms(Key([1; 32])).unwrap().check().unwrap();
            let mut board = Box::new(bytemuck::Zeroable::zeroed());
            let now = ballast_core::units::Timestamp(1);
            for underlying in &config.underlying {
                ballast_core::clearing::create_underlying(&mut board, &underlying.terms().unwrap(), now).unwrap();
            }
            for contract in &config.contract {
                contract.terms(&config).unwrap();
            }
            for vault in &config.vault {
                vault.terms(&config).unwrap();
            }
        }
    }
}
