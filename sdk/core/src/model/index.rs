//! An external volatility index: what a market of options expects, which measured volatility only learns afterwards.
//!
//! It can only tighten: the model's volatility is at least the weighted index.

use crate::error::{BallastError, Result};
use crate::math;
use crate::units::{Key, ONE, Ratio, Timestamp, Variance, signed};

/// Seconds over which a step is counted.
const HOUR: u64 = 3_600;
/// Least index: a percent a year.
const LEAST: Ratio = Ratio::percent(1);
/// Greatest index: 2,000 % a year.
const GREATEST: Ratio = Ratio::percent(2_000);

/// Where an index comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "anchor", derive(anchor_lang::AnchorSerialize, anchor_lang::AnchorDeserialize))]
pub enum IndexSource {
    /// There is none.
    #[default]
    None,
    /// An authority signs for it.
    Authority,
    /// A Pyth feed, read from a `PriceUpdateV2` account.
    Pull,
    /// A legacy Pyth account, named by its key.
    Legacy,
}

/// How an index counts.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, bytemuck::Pod, bytemuck::Zeroable)]
#[cfg_attr(feature = "anchor", derive(anchor_lang::AnchorSerialize, anchor_lang::AnchorDeserialize))]
pub struct IndexTerms {
    /// The authority, the feed id or the key of the legacy account; none without an index.
    pub key: Key,
    /// 0 none, 1 authority, 2 pull, 3 legacy: see [`IndexSource`].
    pub source: u64,
    /// Power of ten by which a feed's value is a yearly volatility: -2 for one in percent.
    pub exponent: i64,
    /// The model's volatility is at least this part of the index.
    pub weight: Ratio,
    /// Seconds after which the index counts as absent.
    pub longest_age: u64,
    /// Largest change in an hour, as a part of the index; in a part of an hour as much less.
    pub step: Ratio,
}

impl IndexTerms {
    /// Where the index comes from.
    #[must_use]
    pub const fn source(&self) -> IndexSource {
        match self.source {
            1 => IndexSource::Authority,
            2 => IndexSource::Pull,
            3 => IndexSource::Legacy,
            _ => IndexSource::None,
        }
    }
}

impl IndexSource {
    /// Its number in [`IndexTerms`].
    #[must_use]
    pub const fn number(self) -> u64 {
        match self {
            Self::None => 0,
            Self::Authority => 1,
            Self::Pull => 2,
            Self::Legacy => 3,
        }
    }
}

/// A volatility index as last posted.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, bytemuck::Pod, bytemuck::Zeroable)]
#[cfg_attr(feature = "anchor", derive(anchor_lang::AnchorSerialize, anchor_lang::AnchorDeserialize))]
pub struct Index {
    /// Yearly volatility.
    pub value: Ratio,
    /// Time that it counts for; 0 before the first.
    pub at: Timestamp,
}

impl Index {
    /// Takes a value of a later time. The first is free within the hard bounds, the next ones move by at most `step` for
    /// each hour that has passed, in proportion: so posting often gains nothing. An authority that asks for more is
    /// refused; a feed is followed as far as the step goes. Returns what counts.
    ///
    /// # Errors
    /// `IndexOutOfBounds` outside 1 % to 2,000 % a year; `IndexNotNewer`; `IndexStep`.
    pub fn post(&mut self, terms: &IndexTerms, value: Ratio, at: Timestamp) -> Result<Ratio> {
        if !(LEAST..=GREATEST).contains(&value) {
            return Err(BallastError::IndexOutOfBounds);
        }
        if at <= self.at {
            return Err(BallastError::IndexNotNewer);
        }
        if self.at != Timestamp::ZERO {
            let most = math::mul_div_floor(terms.step.unsigned()?, at.since(self.at), HOUR)
                .and_then(|step| math::mul_div_floor(self.value.unsigned()?, step, ONE.0.unsigned_abs()))
                .unwrap_or(u64::MAX);
            if value.0.abs_diff(self.value.0) > most {
                if terms.source() == IndexSource::Authority {
                    return Err(BallastError::IndexStep);
                }
                let moved = if value > self.value {
                    self.value.0.saturating_add_unsigned(most)
                } else {
                    self.value.0.saturating_sub_unsigned(most)
                };
                *self = Self { value: Ratio(moved), at };
                return Ok(self.value);
            }
        }
        *self = Self { value, at };
        Ok(value)
    }

    /// Variance that the model has at least; zero when the index is absent or too old.
    ///
    /// # Errors
    /// `Overflow` of a negative weight.
    pub fn at_least(&self, terms: &IndexTerms, now: Timestamp) -> Result<Variance> {
        if self.at == Timestamp::ZERO || now.since(self.at) > terms.longest_age {
            return Ok(Variance::ZERO);
        }
        let weighted = math::mul_div_floor(self.value.unsigned()?, terms.weight.unsigned()?, ONE.0.unsigned_abs())?;
        Variance::annual(Ratio(signed(weighted)?))
    }
}
