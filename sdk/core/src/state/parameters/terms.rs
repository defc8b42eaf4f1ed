//! Terms with which rows are created, and their bounds.

use super::*;
use crate::model::volatility::COMPONENTS;
use crate::model::{
    DepthTerms, FundingTerms, IndexSource, IndexTerms, RampTerms, TargetTerms, VolatilityTerms, WeightTerms,
};
use crate::state::{OracleKind, VENUES};
use crate::units::{Key, Ratio, Tokens, Usd, Variance};

/// Terms with which an underlying is created.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "anchor", derive(anchor_lang::AnchorSerialize, anchor_lang::AnchorDeserialize))]
pub struct UnderlyingTerms {
    /// Feed id, or key of the legacy price account.
    pub oracle: Key,
    /// How the oracle account is read.
    pub kind: OracleKind,
    /// n: a price is per 10^n tokens.
    pub price_exponent: i8,
    /// Annual volatility at which the model starts.
    pub starting_sigma: Ratio,
    /// Least annual volatility.
    pub sigma_floor: Ratio,
    /// Greatest annual volatility.
    pub sigma_cap: Ratio,
    /// Seconds after which a sample counts half, a component of the mixture each.
    pub half_lives: [u64; COMPONENTS],
    /// Weight of each component.
    pub weights: [Ratio; COMPONENTS],
    /// Sigmas for which a return counts at most, a component each.
    pub clips: [u64; COMPONENTS],
    /// Sigmas over the horizon that the target covers.
    pub k: Ratio,
    /// Seconds in which a position can be closed.
    pub horizon: u64,
    /// Least scan range.
    pub scan_minimum: Ratio,
    /// Greatest scan range.
    pub scan_maximum: Ratio,
    /// Open interest, in depths, that the scan range carries without growing.
    pub gamma: Ratio,
    /// How much a breach of coverage changes k.
    pub learning: Ratio,
    /// Largest rise of the effective scan range in a day.
    pub up: Ratio,
    /// Largest fall of the effective scan range in a day.
    pub down: Ratio,
    /// Confidence above which a price is Wide.
    pub confidence_limit: Ratio,
    /// Largest liquidation fee.
    pub liquidation_fee: Ratio,
    /// Paid to the keeper whose refresh takes a volatility sample.
    pub reward: Usd,
    /// How depth is taken from reports.
    pub depth: DepthTerms,
    /// A fill that adds risk fails beyond this many depths of open notional.
    pub open_interest_limit: Ratio,
    /// Share of depth that liquidations take in a minute.
    pub pace: Ratio,
    /// An external volatility index; the default has none.
    pub index: IndexTerms,
    /// Whether this underlying prices the quote currency.
    pub prices_quote: bool,
}

/// Terms with which a perpetual is created.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "anchor", derive(anchor_lang::AnchorSerialize, anchor_lang::AnchorDeserialize))]
pub struct ContractTerms {
    /// Row of the underlying.
    pub underlying: u8,
    /// A lot is 10^size_exponent tokens.
    pub size_exponent: i8,
    /// Most lots on one side.
    pub open_interest_cap: u64,
    /// Limits of funding.
    pub funding: FundingTerms,
    /// Venues whose fills count towards the premium; unused places are zero.
    pub venues: [Key; VENUES],
}

/// Terms with which a vault is created.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "anchor", derive(anchor_lang::AnchorSerialize, anchor_lang::AnchorDeserialize))]
pub struct VaultTerms {
    /// Most that the ledger may owe, in smallest units.
    pub cap: Tokens,
    /// What makes the mint count as collateral; none for the quote mint.
    pub collateral: Option<CollateralTerms>,
}

/// Terms of collateral.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "anchor", derive(anchor_lang::AnchorSerialize, anchor_lang::AnchorDeserialize))]
pub struct CollateralTerms {
    /// Row of the underlying that prices the mint.
    pub underlying: u8,
    /// Parameters of the weight.
    pub weight: WeightTerms,
    /// Deposits of all accounts that count in full.
    pub concentration_scale: Usd,
    /// Largest discount at which keepers buy it.
    pub discount: Ratio,
}

/// The model's terms of an underlying, checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ModelTerms {
    /// Of the volatility.
    pub volatility: VolatilityTerms,
    /// Of the target.
    pub target: TargetTerms,
    /// Of the ramp.
    pub ramp: RampTerms,
}

impl UnderlyingTerms {
    /// Checks every parameter against its hard bounds, and makes the model's terms of them.
    ///
    /// # Errors
    /// `ParameterOutOfBounds`.
    pub fn check(&self) -> Result<ModelTerms> {
        PRICE_EXPONENT.check(i64::from(self.price_exponent))?;
        STARTING_SIGMA.check(self.starting_sigma.0)?;
        SIGMA_FLOOR.check(self.sigma_floor.0)?;
        SIGMA_CAP.check(self.sigma_cap.0)?;
        K.check(self.k.0)?;
        HORIZON.check_count(self.horizon)?;
        SCAN_MINIMUM.check(self.scan_minimum.0)?;
        SCAN_MAXIMUM.check(self.scan_maximum.0)?;
        GAMMA.check(self.gamma.0)?;
        LEARNING.check(self.learning.0)?;
        CONFIDENCE_LIMIT.check(self.confidence_limit.0)?;
        LIQUIDATION_FEE.check(self.liquidation_fee.0)?;
        REWARD.check(self.reward.0)?;
        OPEN_INTEREST_LIMIT.check(self.open_interest_limit.0)?;
        PACE.check(self.pace.0)?;
        self.check_mixture()?;
        self.check_depth()?;
        self.check_index()?;
        if self.scan_minimum > self.scan_maximum || self.sigma_floor > self.sigma_cap || !self.oracle.is_some() {
            return Err(BallastError::ParameterOutOfBounds);
        }
        Ok(ModelTerms {
            volatility: VolatilityTerms {
                half_lives: self.half_lives,
                weights: self.weights,
                clips: self.clips,
                floor: Variance::annual(self.sigma_floor)?,
                cap: Variance::annual(self.sigma_cap)?,
            },
            target: TargetTerms {
                k: self.k,
                horizon: self.horizon,
                minimum: self.scan_minimum.scan()?,
                maximum: self.scan_maximum.scan()?,
                gamma: self.gamma,
                learning: self.learning,
            },
            ramp: RampTerms::new(self.up, self.down)?,
        })
    }

    fn check_mixture(&self) -> Result<()> {
        let mut sum = Ratio::ZERO;
        for ((half_life, weight), clip) in self.half_lives.iter().zip(self.weights).zip(self.clips) {
            HALF_LIFE.check_count(*half_life)?;
            MIXTURE_WEIGHT.check(weight.0)?;
            CLIP.check_count(clip)?;
            sum = sum.plus(weight)?;
        }
        if sum == ONE { Ok(()) } else { Err(BallastError::ParameterOutOfBounds) }
    }

    fn check_depth(&self) -> Result<()> {
        DEPTH_QUORUM.check_count(self.depth.quorum)?;
        DEPTH_AGE.check_count(self.depth.longest_age)?;
        DEPTH_HALF_LIFE.check_count(self.depth.half_life)?;
        DEPTH_FLOOR.check(self.depth.floor.0)
    }

    fn check_index(&self) -> Result<()> {
        let terms = &self.index;
        if terms.source == IndexSource::None.number() {
            return if *terms == IndexTerms::default() { Ok(()) } else { Err(BallastError::ParameterOutOfBounds) };
        }
        if terms.source() == IndexSource::None || !terms.key.is_some() {
            return Err(BallastError::ParameterOutOfBounds);
        }
        INDEX_EXPONENT.check(terms.exponent)?;
        INDEX_WEIGHT.check(terms.weight.0)?;
        INDEX_AGE.check_count(terms.longest_age)?;
        INDEX_STEP.check(terms.step.0)
    }
}

impl Default for UnderlyingTerms {
    /// Every parameter at its default, without an oracle.
    fn default() -> Self {
        let volatility = VolatilityTerms::default();
        Self {
            oracle: Key::NONE,
            kind: OracleKind::Pull,
            price_exponent: 0,
            starting_sigma: Ratio(STARTING_SIGMA.default),
            sigma_floor: Ratio(SIGMA_FLOOR.default),
            sigma_cap: Ratio(SIGMA_CAP.default),
            half_lives: volatility.half_lives,
            weights: volatility.weights,
            clips: volatility.clips,
            k: Ratio(K.default),
            horizon: HORIZON.default.unsigned_abs(),
            scan_minimum: Ratio(SCAN_MINIMUM.default),
            scan_maximum: Ratio(SCAN_MAXIMUM.default),
            gamma: Ratio(GAMMA.default),
            learning: Ratio(LEARNING.default),
            up: Ratio(UP.default),
            down: Ratio(DOWN.default),
            confidence_limit: Ratio(CONFIDENCE_LIMIT.default),
            liquidation_fee: Ratio(LIQUIDATION_FEE.default),
            reward: Usd(REWARD.default),
            depth: DepthTerms::default(),
            open_interest_limit: Ratio(OPEN_INTEREST_LIMIT.default),
            pace: Ratio(PACE.default),
            index: IndexTerms::default(),
            prices_quote: false,
        }
    }
}
