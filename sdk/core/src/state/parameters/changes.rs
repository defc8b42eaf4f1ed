//! Present terms, and how far a proposal may move them at once.

use super::*;
use crate::model::{IndexSource, IndexTerms, WeightTerms};
use crate::state::{Contract, ContractRow, Exchange, InsuranceFund, OracleKind, UnderlyingRow, Vault, VaultRow};
use crate::units::{Ratio, Usd, Variance};

/// Parameters of an exchange that a proposal may change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "anchor", derive(anchor_lang::AnchorSerialize, anchor_lang::AnchorDeserialize))]
pub struct ExchangeParameters {
    /// Seconds between a proposal and its execution.
    pub timelock: u64,
    /// Fee on the notional of a fill, from each side's cash.
    pub trade_fee: Ratio,
    /// Share of a liquidation fee that goes to the insurance fund.
    pub insurance_share: Ratio,
    /// Share of collected trade fees that goes to the underlying's reward budget.
    pub reward_share: Ratio,
    /// Seconds of a liquidation after which its fee has grown to the maximum.
    pub auction_seconds: u64,
    /// Most that the insurance fund covers for one contract in a day.
    pub draw_per_contract: Usd,
    /// Most that the insurance fund covers in a day.
    pub draw_per_day: Usd,
    /// Seconds between the request to unstake and payment.
    pub unstake_cooldown: u64,
}

impl ExchangeParameters {
    /// What is in force.
    #[must_use]
    pub const fn of(exchange: &Exchange, fund: &InsuranceFund) -> Self {
        Self {
            timelock: exchange.timelock,
            trade_fee: exchange.trade_fee,
            insurance_share: exchange.insurance_share,
            reward_share: exchange.reward_share,
            auction_seconds: exchange.auction_seconds,
            draw_per_contract: fund.draw_per_contract,
            draw_per_day: fund.draw_per_day,
            unstake_cooldown: fund.unstake_cooldown,
        }
    }

    /// Checks every parameter against its hard bounds.
    ///
    /// # Errors
    /// `ParameterOutOfBounds`.
    pub fn check(&self) -> Result<()> {
        TIMELOCK.check_count(self.timelock)?;
        TRADE_FEE.check(self.trade_fee.0)?;
        SHARE.check(self.insurance_share.0)?;
        SHARE.check(self.reward_share.0)?;
        AUCTION_SECONDS.check_count(self.auction_seconds)?;
        DRAW.check(self.draw_per_contract.0)?;
        DRAW.check(self.draw_per_day.0)?;
        UNSTAKE_COOLDOWN.check_count(self.unstake_cooldown)
    }

    /// Checks every parameter against its bounds and its largest step from the present.
    ///
    /// # Errors
    /// `ParameterOutOfBounds`, `StepTooLarge`.
    pub fn check_step(&self, present: &Self) -> Result<()> {
        TIMELOCK.check_count_step(present.timelock, self.timelock)?;
        TRADE_FEE.check_step(present.trade_fee.0, self.trade_fee.0)?;
        SHARE.check_step(present.insurance_share.0, self.insurance_share.0)?;
        SHARE.check_step(present.reward_share.0, self.reward_share.0)?;
        AUCTION_SECONDS.check_count_step(present.auction_seconds, self.auction_seconds)?;
        DRAW.check_step(present.draw_per_contract.0, self.draw_per_contract.0)?;
        DRAW.check_step(present.draw_per_day.0, self.draw_per_day.0)?;
        UNSTAKE_COOLDOWN.check_count_step(present.unstake_cooldown, self.unstake_cooldown)
    }
}

impl UnderlyingTerms {
    /// What is in force in a row. The volatility at which it started is not kept; it is the default here.
    ///
    /// # Errors
    /// `Overflow` of terms beyond their bounds.
    pub fn of(row: &UnderlyingRow, prices_quote: bool) -> Result<Self> {
        let (volatility, target) = (&row.volatility_terms, &row.target_terms);
        Ok(Self {
            oracle: row.oracle,
            kind: if row.oracle_kind == 0 { OracleKind::Pull } else { OracleKind::Legacy },
            price_exponent: row.price_exponent,
            starting_sigma: Ratio(STARTING_SIGMA.default),
            sigma_floor: annual(volatility.floor)?,
            sigma_cap: annual(volatility.cap)?,
            half_lives: volatility.half_lives,
            weights: volatility.weights,
            clips: volatility.clips,
            k: target.k,
            horizon: target.horizon,
            scan_minimum: target.minimum.ratio_up()?,
            scan_maximum: target.maximum.ratio_up()?,
            gamma: target.gamma,
            learning: target.learning,
            up: row.ramp_terms.up,
            down: row.ramp_terms.down,
            confidence_limit: row.confidence_limit,
            liquidation_fee: row.liquidation_fee,
            reward: row.reward,
            depth: row.depth_terms,
            open_interest_limit: row.open_interest_limit,
            pace: row.pace,
            index: row.index_terms,
            prices_quote,
        })
    }

    /// Checks every parameter against its largest step from the present; [`UnderlyingTerms::check`] has the bounds.
    ///
    /// # Errors
    /// `TermFixed` for another feed or unit, `FeeRaised`, `StepTooLarge`, `ParameterOutOfBounds`.
    pub fn check_step(&self, present: &Self) -> Result<()> {
        let fixed = |terms: &Self| (terms.oracle, terms.kind, terms.price_exponent, terms.prices_quote);
        if fixed(self) != fixed(present) {
            return Err(BallastError::TermFixed);
        }
        if self.liquidation_fee > present.liquidation_fee {
            return Err(BallastError::FeeRaised);
        }
        for (bounds, present, next) in [
            (&SIGMA_FLOOR, present.sigma_floor, self.sigma_floor),
            (&SIGMA_CAP, present.sigma_cap, self.sigma_cap),
            (&K, present.k, self.k),
            (&SCAN_MINIMUM, present.scan_minimum, self.scan_minimum),
            (&SCAN_MAXIMUM, present.scan_maximum, self.scan_maximum),
            (&GAMMA, present.gamma, self.gamma),
            (&LEARNING, present.learning, self.learning),
            (&UP, present.up, self.up),
            (&DOWN, present.down, self.down),
            (&CONFIDENCE_LIMIT, present.confidence_limit, self.confidence_limit),
            (&LIQUIDATION_FEE, present.liquidation_fee, self.liquidation_fee),
            (&OPEN_INTEREST_LIMIT, present.open_interest_limit, self.open_interest_limit),
            (&PACE, present.pace, self.pace),
        ] {
            bounds.check_step(present.0, next.0)?;
        }
        HORIZON.check_count_step(present.horizon, self.horizon)?;
        REWARD.check_step(present.reward.0, self.reward.0)?;
        for (present, next) in present.half_lives.iter().zip(self.half_lives) {
            HALF_LIFE.check_count_step(*present, next)?;
        }
        for (present, next) in present.weights.iter().zip(self.weights) {
            MIXTURE_WEIGHT.check_step(present.0, next.0)?;
        }
        for (present, next) in present.clips.iter().zip(self.clips) {
            CLIP.check_count_step(*present, next)?;
        }
        DEPTH_QUORUM.check_count_step(present.depth.quorum, self.depth.quorum)?;
        DEPTH_AGE.check_count_step(present.depth.longest_age, self.depth.longest_age)?;
        DEPTH_HALF_LIFE.check_count_step(present.depth.half_life, self.depth.half_life)?;
        DEPTH_FLOOR.check_step(present.depth.floor.0, self.depth.floor.0)?;
        check_index_step(&present.index, &self.index)
    }
}

/// An index from elsewhere starts on terms of its own: it only ever tightens, and through the ramp.
fn check_index_step(present: &IndexTerms, next: &IndexTerms) -> Result<()> {
    if next.source() == IndexSource::None || (present.source, present.key) != (next.source, next.key) {
        return Ok(());
    }
    INDEX_EXPONENT.check_step(present.exponent, next.exponent)?;
    INDEX_WEIGHT.check_step(present.weight.0, next.weight.0)?;
    INDEX_AGE.check_count_step(present.longest_age, next.longest_age)?;
    INDEX_STEP.check_step(present.step.0, next.step.0)
}

impl ContractTerms {
    /// What is in force.
    #[must_use]
    pub const fn of(row: &ContractRow, contract: &Contract) -> Self {
        Self {
            underlying: row.underlying,
            size_exponent: row.size_exponent,
            open_interest_cap: row.open_interest_cap,
            funding: row.funding_terms,
            venues: contract.venues,
        }
    }

    /// Checks every parameter against its hard bounds.
    ///
    /// # Errors
    /// `ParameterOutOfBounds`.
    pub fn check(&self) -> Result<()> {
        SIZE_EXPONENT.check(i64::from(self.size_exponent))?;
        OPEN_INTEREST_CAP.check_count(self.open_interest_cap)?;
        FUNDING_HOUR_CAP.check(self.funding.hour_cap.0)?;
        FUNDING_DAY_CAP.check(self.funding.day_cap.0)
    }

    /// Checks every parameter against its bounds and its largest step from the present. A cap falls as far as it likes.
    ///
    /// # Errors
    /// `TermFixed` for another underlying or lot, `StepTooLarge`, `ParameterOutOfBounds`.
    pub fn check_step(&self, present: &Self) -> Result<()> {
        if (self.underlying, self.size_exponent) != (present.underlying, present.size_exponent) {
            return Err(BallastError::TermFixed);
        }
        OPEN_INTEREST_CAP.check_count_step(present.open_interest_cap, self.open_interest_cap)?;
        FUNDING_HOUR_CAP.check_step(present.funding.hour_cap.0, self.funding.hour_cap.0)?;
        FUNDING_DAY_CAP.check_step(present.funding.day_cap.0, self.funding.day_cap.0)
    }
}

impl VaultTerms {
    /// What is in force; a vault of collateral has a row.
    #[must_use]
    pub fn of(vault: &Vault, row: Option<&VaultRow>) -> Self {
        let collateral = row.map(|row| CollateralTerms {
            underlying: row.underlying,
            weight: row.weight_terms,
            concentration_scale: row.concentration.scale,
            discount: row.discount,
        });
        Self { cap: vault.cap, collateral }
    }

    /// Checks the parameters of collateral against their hard bounds. A cap is any number of tokens.
    ///
    /// # Errors
    /// `ParameterOutOfBounds`.
    pub fn check(&self) -> Result<()> {
        self.collateral.as_ref().map_or(Ok(()), CollateralTerms::check)
    }

    /// Checks every parameter against its bounds and its largest step from the present. The first cap is free: the
    /// concentration scale bounds what it counts.
    ///
    /// # Errors
    /// `TermFixed` for another underlying, `StepTooLarge`, `ParameterOutOfBounds`.
    pub fn check_step(&self, present: &Self) -> Result<()> {
        VAULT_CAP.check_count(self.cap.0)?;
        if present.cap.0 != 0 {
            VAULT_CAP.check_count_step(present.cap.0, self.cap.0)?;
        }
        match (&present.collateral, &self.collateral) {
            (None, None) => Ok(()),
            (Some(present), Some(next)) if present.underlying == next.underlying => next.check_step(present),
            _ => Err(BallastError::TermFixed),
        }
    }
}

impl CollateralTerms {
    fn check(&self) -> Result<()> {
        let WeightTerms { base_haircut, k, horizon, fall_per_day, rise_per_day } = self.weight;
        BASE_HAIRCUT.check(base_haircut.0)?;
        WEIGHT_K.check(k.0)?;
        WEIGHT_HORIZON.check_count(horizon)?;
        WEIGHT_FALL.check(fall_per_day.0)?;
        WEIGHT_RISE.check(rise_per_day.0)?;
        CONCENTRATION_SCALE.check(self.concentration_scale.0)?;
        DISCOUNT.check(self.discount.0)
    }

    fn check_step(&self, present: &Self) -> Result<()> {
        let (weight, before) = (&self.weight, &present.weight);
        BASE_HAIRCUT.check_step(before.base_haircut.0, weight.base_haircut.0)?;
        WEIGHT_K.check_step(before.k.0, weight.k.0)?;
        WEIGHT_HORIZON.check_count_step(before.horizon, weight.horizon)?;
        WEIGHT_FALL.check_step(before.fall_per_day.0, weight.fall_per_day.0)?;
        WEIGHT_RISE.check_step(before.rise_per_day.0, weight.rise_per_day.0)?;
        CONCENTRATION_SCALE.check_step(present.concentration_scale.0, self.concentration_scale.0)?;
        DISCOUNT.check_step(present.discount.0, self.discount.0)
    }
}

/// Volatility a year of a variance, to nearest.
fn annual(variance: Variance) -> Result<Ratio> {
    let fine = variance.over(crate::model::volatility::YEAR)?;
    let nearest = fine.0.saturating_add(500).checked_div(1_000).ok_or(BallastError::Overflow)?;
    crate::units::signed(nearest).map(Ratio)
}
