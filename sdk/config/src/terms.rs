//! A file's numbers as the core's terms.

use ballast_core::model::{DepthTerms, FundingTerms, IndexSource, IndexTerms, WeightTerms};
use ballast_core::state::parameters::{
    self as bounds, Bounds, CollateralTerms, ContractTerms, UnderlyingTerms, VaultTerms,
};
use ballast_core::state::{ExchangeTerms, OracleKind};
use ballast_core::units::{Key, Ratio, Tokens, Usd};

use crate::{Config, ConfigError, Contract, Exchange, Index, Quote, Underlying, Vault};

impl Exchange {
    /// Terms of the exchange, all roles held by one key but those of depth reporters that the file names.
    ///
    /// # Errors
    /// [`ConfigError::Address`], [`ConfigError::TooMany`].
    pub fn terms(&self, roles: Key) -> Result<ExchangeTerms, ConfigError> {
        Ok(ExchangeTerms {
            risk_manager: roles,
            guardian: roles,
            treasury: roles,
            depth_reporters: if self.depth_reporters.is_empty() {
                [roles, Key::NONE, Key::NONE, Key::NONE, Key::NONE]
            } else {
                keys(&self.depth_reporters)?
            },
            timelock: self.timelock,
            trade_fee: Ratio(self.trade_fee),
            insurance_share: Ratio(self.insurance_share),
            reward_share: Ratio(self.reward_share),
            auction_seconds: self.auction_seconds,
            draw_per_contract: Usd(self.draw_per_contract),
            draw_per_day: Usd(self.draw_per_day),
            unstake_cooldown: self.unstake_cooldown,
            oracle_owners: keys(&self.oracle_owners)?,
        })
    }
}

impl Quote {
    /// Terms of the quote mint's vault.
    #[must_use]
    pub const fn terms(&self) -> VaultTerms {
        VaultTerms { cap: Tokens(self.cap), collateral: None }
    }
}

impl Underlying {
    /// Every parameter at the core's default.
    #[must_use]
    pub fn with_defaults(symbol: &str, feed: &str) -> Self {
        let terms = UnderlyingTerms::default();
        Self {
            symbol: symbol.to_owned(),
            feed: feed.to_owned(),
            price_exponent: terms.price_exponent,
            starting_sigma: terms.starting_sigma.0,
            sigma_floor: terms.sigma_floor.0,
            sigma_cap: terms.sigma_cap.0,
            half_lives: terms.half_lives,
            weights: terms.weights.map(|weight| weight.0),
            clips: terms.clips,
            k: terms.k.0,
            horizon: terms.horizon,
            scan_minimum: terms.scan_minimum.0,
            scan_maximum: terms.scan_maximum.0,
            gamma: terms.gamma.0,
            learning: terms.learning.0,
            up: terms.up.0,
            down: terms.down.0,
            confidence_limit: terms.confidence_limit.0,
            liquidation_fee: terms.liquidation_fee.0,
            reward: terms.reward.0,
            depth_quorum: terms.depth.quorum,
            depth_age: terms.depth.longest_age,
            depth_half_life: terms.depth.half_life,
            depth_floor: terms.depth.floor.0,
            open_interest_limit: terms.open_interest_limit.0,
            pace: terms.pace.0,
            index: None,
            prices_quote: terms.prices_quote,
        }
    }

    /// Id of the price feed.
    ///
    /// # Errors
    /// [`ConfigError::Feed`].
    pub fn feed_id(&self) -> Result<[u8; 32], ConfigError> {
        feed_id(&self.feed).ok_or_else(|| ConfigError::Feed(self.symbol.clone()))
    }

    /// Its terms, within the core's bounds.
    ///
    /// # Errors
    /// [`ConfigError::OutOfBounds`] with the parameter's name and bounds, [`ConfigError::Inconsistent`],
    /// [`ConfigError::Feed`], [`ConfigError::Address`], [`ConfigError::IndexSource`].
    pub fn terms(&self) -> Result<UnderlyingTerms, ConfigError> {
        let terms = UnderlyingTerms {
            oracle: Key(self.feed_id()?),
            kind: OracleKind::Pull,
            price_exponent: self.price_exponent,
            starting_sigma: Ratio(self.starting_sigma),
            sigma_floor: Ratio(self.sigma_floor),
            sigma_cap: Ratio(self.sigma_cap),
            half_lives: self.half_lives,
            weights: self.weights.map(Ratio),
            clips: self.clips,
            k: Ratio(self.k),
            horizon: self.horizon,
            scan_minimum: Ratio(self.scan_minimum),
            scan_maximum: Ratio(self.scan_maximum),
            gamma: Ratio(self.gamma),
            learning: Ratio(self.learning),
            up: Ratio(self.up),
            down: Ratio(self.down),
            confidence_limit: Ratio(self.confidence_limit),
            liquidation_fee: Ratio(self.liquidation_fee),
            reward: Usd(self.reward),
            depth: DepthTerms {
                quorum: self.depth_quorum,
                longest_age: self.depth_age,
                half_life: self.depth_half_life,
                floor: Usd(self.depth_floor),
            },
            open_interest_limit: Ratio(self.open_interest_limit),
            pace: Ratio(self.pace),
            index: match &self.index {
                Some(index) => self.index_terms(index)?,
                None => IndexTerms::default(),
            },
            prices_quote: self.prices_quote,
        };
        self.check(&terms)?;
        Ok(terms)
    }

    fn index_terms(&self, index: &Index) -> Result<IndexTerms, ConfigError> {
        let (source, key) = match (&index.authority, &index.feed) {
            (Some(authority), None) => (IndexSource::Authority, address(authority)?),
            (None, Some(feed)) => {
                (IndexSource::Pull, Key(feed_id(feed).ok_or_else(|| ConfigError::Feed(self.symbol.clone()))?))
            }
            _ => return Err(ConfigError::IndexSource(self.symbol.clone())),
        };
        Ok(IndexTerms {
            key,
            source: source.number(),
            exponent: index.exponent,
            weight: Ratio(index.weight),
            longest_age: index.longest_age,
            step: Ratio(index.step),
        })
    }

    /// Says which parameter is outside its bounds; the core has the last word.
    fn check(&self, terms: &UnderlyingTerms) -> Result<(), ConfigError> {
        let mut values: Vec<(&Bounds, i128)> = vec![
            (&bounds::PRICE_EXPONENT, self.price_exponent.into()),
            (&bounds::STARTING_SIGMA, self.starting_sigma.into()),
            (&bounds::SIGMA_FLOOR, self.sigma_floor.into()),
            (&bounds::SIGMA_CAP, self.sigma_cap.into()),
            (&bounds::K, self.k.into()),
            (&bounds::HORIZON, self.horizon.into()),
            (&bounds::SCAN_MINIMUM, self.scan_minimum.into()),
            (&bounds::SCAN_MAXIMUM, self.scan_maximum.into()),
            (&bounds::GAMMA, self.gamma.into()),
            (&bounds::LEARNING, self.learning.into()),
            (&bounds::UP, self.up.into()),
            (&bounds::DOWN, self.down.into()),
            (&bounds::CONFIDENCE_LIMIT, self.confidence_limit.into()),
            (&bounds::LIQUIDATION_FEE, self.liquidation_fee.into()),
            (&bounds::REWARD, self.reward.into()),
            (&bounds::DEPTH_QUORUM, self.depth_quorum.into()),
            (&bounds::DEPTH_AGE, self.depth_age.into()),
            (&bounds::DEPTH_HALF_LIFE, self.depth_half_life.into()),
            (&bounds::DEPTH_FLOOR, self.depth_floor.into()),
            (&bounds::OPEN_INTEREST_LIMIT, self.open_interest_limit.into()),
            (&bounds::PACE, self.pace.into()),
        ];
        values.extend(self.half_lives.iter().map(|value| (&bounds::HALF_LIFE, i128::from(*value))));
        values.extend(self.weights.iter().map(|value| (&bounds::MIXTURE_WEIGHT, i128::from(*value))));
        values.extend(self.clips.iter().map(|value| (&bounds::CLIP, i128::from(*value))));
        if let Some(index) = &self.index {
            values.extend([
                (&bounds::INDEX_EXPONENT, i128::from(index.exponent)),
                (&bounds::INDEX_WEIGHT, index.weight.into()),
                (&bounds::INDEX_AGE, index.longest_age.into()),
                (&bounds::INDEX_STEP, index.step.into()),
            ]);
        }
        let outside =
            values.iter().find(|(bound, value)| !(bound.least.into()..=bound.greatest.into()).contains(value));
        if let Some((bound, value)) = outside {
            return Err(ConfigError::OutOfBounds {
                symbol: self.symbol.clone(),
                name: bound.name.to_lowercase(),
                value: *value,
                least: bound.least,
                greatest: bound.greatest,
                unit: bound.unit,
                reason: bound.reason,
            });
        }
        let inconsistent = |rule| Err(ConfigError::Inconsistent { symbol: self.symbol.clone(), rule });
        if self.scan_minimum > self.scan_maximum {
            return inconsistent("scan_minimum is above scan_maximum");
        }
        if self.sigma_floor > self.sigma_cap {
            return inconsistent("sigma_floor is above sigma_cap");
        }
        if self.weights.iter().map(|weight| i128::from(*weight)).sum::<i128>() != 1_000_000_000 {
            return inconsistent("the weights of the mixture do not sum to one (1_000_000_000)");
        }
        match terms.check() {
            Ok(_) => Ok(()),
            Err(error) => Err(ConfigError::Refused { symbol: self.symbol.clone(), error }),
        }
    }
}

impl Contract {
    /// Its terms.
    ///
    /// # Errors
    /// [`ConfigError::UnknownUnderlying`], [`ConfigError::Address`], [`ConfigError::TooMany`].
    pub fn terms(&self, config: &Config) -> Result<ContractTerms, ConfigError> {
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
    ///
    /// # Errors
    /// [`ConfigError::UnknownUnderlying`].
    pub fn terms(&self, config: &Config) -> Result<VaultTerms, ConfigError> {
        let weight = WeightTerms {
            base_haircut: Ratio(self.base_haircut),
            k: Ratio(self.k),
            horizon: self.horizon,
            fall_per_day: Ratio(self.fall_per_day),
            rise_per_day: Ratio(self.rise_per_day),
        };
        let collateral = CollateralTerms {
            underlying: config.row(&self.underlying)?,
            weight,
            concentration_scale: Usd(self.concentration_scale),
            discount: Ratio(self.discount),
        };
        Ok(VaultTerms { cap: Tokens(self.cap), collateral: Some(collateral) })
    }
}

fn feed_id(text: &str) -> Option<[u8; 32]> {
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    let mut id = [0; 32];
    for (byte, place) in id.iter_mut().zip((0_usize..64).step_by(2)) {
        *byte = u8::from_str_radix(text.get(place..place.saturating_add(2))?, 16).ok()?;
    }
    Some(id)
}

fn address(text: &str) -> Result<Key, ConfigError> {
    let mut bytes = [0; 32];
    match bs58::decode(text).onto(&mut bytes) {
        Ok(32) => Ok(Key(bytes)),
        _ => Err(ConfigError::Address(text.to_owned())),
    }
}

/// Addresses, in as many places as there are.
fn keys<const N: usize>(addresses: &[String]) -> Result<[Key; N], ConfigError> {
    if addresses.len() > N {
        return Err(ConfigError::TooMany { most: N, found: addresses.len() });
    }
    let mut keys = [Key::NONE; N];
    for (key, text) in keys.iter_mut().zip(addresses) {
        *key = address(text)?;
    }
    Ok(keys)
}
