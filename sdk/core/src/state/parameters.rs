//! Every parameter: its unit, hard bounds, default and reason, in one table.

use super::OracleKind;
use crate::error::{BallastError, Result};
use crate::model::volatility::COMPONENTS;
use crate::model::{
    DepthTerms, FundingTerms, IndexSource, IndexTerms, RampTerms, TargetTerms, VolatilityTerms, WeightTerms,
};
use crate::units::{Key, ONE, Ratio, Tokens, Usd, Variance};

/// A parameter's hard bounds and default, in the unit of its field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Name, as in the deployment configuration.
    pub name: &'static str,
    /// Unit.
    pub unit: &'static str,
    /// Least value.
    pub least: i64,
    /// Greatest value.
    pub greatest: i64,
    /// Default.
    pub default: i64,
    /// Why these bounds and this default.
    pub reason: &'static str,
}

impl Bounds {
    /// Checks a value.
    ///
    /// # Errors
    /// `ParameterOutOfBounds`.
    pub const fn check(&self, value: i64) -> Result<()> {
        if value >= self.least && value <= self.greatest { Ok(()) } else { Err(BallastError::ParameterOutOfBounds) }
    }

    /// Checks a count.
    ///
    /// # Errors
    /// `ParameterOutOfBounds`.
    pub fn check_count(&self, value: u64) -> Result<()> {
        i64::try_from(value).map_or(Err(BallastError::ParameterOutOfBounds), |value| self.check(value))
    }
}

macro_rules! parameters {
    ($($name:ident: $unit:literal, $least:expr, $greatest:expr, default $default:expr, $reason:literal;)+) => {
        $(
            #[doc = $reason]
            pub const $name: Bounds = Bounds {
                name: stringify!($name), unit: $unit, least: $least, greatest: $greatest, default: $default, reason: $reason,
            };
        )+
        /// The table.
        pub const ALL: &[Bounds] = &[$($name,)+];
    };
}

parameters! {
    TRADE_FEE: "1e-9 of notional", 0, 5_000_000, default 500_000, "Fee of a fill, each side: 5 bp, at most 50 bp.";
    SHARE: "1e-9", 0, 1_000_000_000, default 250_000_000, "Share of a fee that goes elsewhere: a quarter.";
    AUCTION_SECONDS: "s", 60, 3_600, default 600, "Time in liquidation after which its fee is at the maximum: a slow auction gives keepers time to compete.";
    DRAW: "1e-6 USD", 0, 1_000_000_000_000_000, default 1_000_000_000_000, "Most that insurance covers in a day: one default must not empty it.";
    PRICE_EXPONENT: "power of ten tokens", 0, 9, default 0, "A price needs at least five digits.";
    STARTING_SIGMA: "1e-9 a year", 50_000_000, 5_000_000_000, default 1_000_000_000, "Volatility starts at a governed value, never empty.";
    SIGMA_FLOOR: "1e-9 a year", 1_000_000, 1_000_000_000, default 100_000_000, "Calm markets still jump.";
    SIGMA_CAP: "1e-9 a year", 500_000_000, 20_000_000_000, default 5_000_000_000, "A broken feed must not ask for everything.";
    HALF_LIFE: "s", 3_600, 31_536_000, default 43_200, "Of the fast component; the slow one has 120 days. Shorter than an hour is noise, longer than a year older than the market.";
    MIXTURE_WEIGHT: "1e-9", 0, 1_000_000_000, default 600_000_000, "Of the fast component; the two sum to one.";
    CLIP: "sigmas", 2, 100, default 10, "Of the fast component; the slow one has 20. A return counts for at most so many sigmas: insurance against a false print.";
    K: "1e-9", 2_000_000_000, 10_000_000_000, default 4_500_000_000, "Quantile of the hourly loss in sigmas that fits 99 % on BTC and ETH, 2020-2022 (docs/calibration.md).";
    LEARNING: "1e-9", 0, 10_000_000, default 3_000_000, "A breach raises k by 0.3 %, an hour without lowers it by 0.003 %: coverage within 0.7 to 1.3 % where k is off by a tenth.";
    HORIZON: "s", 300, 86_400, default 3_600, "Time in which a position can be closed.";
    SCAN_MINIMUM: "1e-9", 1_000_000, 1_000_000_000, default 5_000_000, "A quiet market may still gap; on BTC and ETH it never binds (docs/calibration.md).";
    SCAN_MAXIMUM: "1e-9", 50_000_000, 2_000_000_000, default 1_000_000_000, "Fully backed.";
    GAMMA: "1e-9", 10_000_000, 100_000_000_000, default 1_000_000_000, "Open interest, in depths, that the scan range carries without growing.";
    DEPTH_QUORUM: "reporters", 1, 5, default 3, "A median of three needs two stolen keys.";
    DEPTH_AGE: "s", 60, 86_400, default 600, "Twice the time between two reports.";
    DEPTH_HALF_LIFE: "s", 3_600, 604_800, default 86_400, "A day of silence raises the target by two fifths: what the ramp passes on in a day and a half.";
    DEPTH_FLOOR: "1e-6 USD", 0, 1_000_000_000_000_000, default 0, "Where silence leads.";
    OPEN_INTEREST_LIMIT: "1e-9 depths", 100_000_000, 1_000_000_000_000, default 20_000_000_000, "At twenty depths a market of one side moves the price by 4.5 % (square root of size over depth).";
    INDEX_EXPONENT: "power of ten", -12, 0, default -2, "Most indices are in percent.";
    INDEX_WEIGHT: "1e-9", 0, 2_000_000_000, default 0, "Part of an external volatility index that measured volatility never undercuts.";
    INDEX_AGE: "s", 60, 86_400, default 7_200, "Twice the hour in which indices are published.";
    INDEX_STEP: "1e-9 an hour", 1_000_000, 1_000_000_000, default 250_000_000, "BTC's index has never moved by more than a fifth in an hour.";
    UP: "1e-9 a day", 50_000_000, 300_000_000, default 250_000_000, "Slow enough to answer, fast enough to matter; no more than the 30 % that initial holds in reserve.";
    DOWN: "1e-9 a day", 50_000_000, 500_000_000, default 200_000_000, "What a day's rise brought takes a day to go: 0.8 x 1.25 = 1 (5 to 50 %).";
    CONFIDENCE_LIMIT: "1e-9", 1_000_000, 50_000_000, default 10_000_000, "Real SOL/USD shows 0.5 to 10.8 bp; 1 % means venues disagree.";
    LIQUIDATION_FEE: "1e-9 of notional", 1_000_000, 50_000_000, default 10_000_000, "Pays a keeper for taking the position into a thin book.";
    REWARD: "1e-6 USD", 0, 1_000_000, default 2_000, "A few times a transaction's cost.";
    SIZE_EXPONENT: "power of ten tokens", -12, 9, default -4, "A lot of a few dollars.";
    OPEN_INTEREST_CAP: "lots", 0, 1_000_000_000_000_000, default 0, "A new contract takes no position.";
    FUNDING_HOUR_CAP: "1e-9 of notional", 0, 10_000_000, default 2_000_000, "A pinned premium costs at most 0.2 % an hour.";
    FUNDING_DAY_CAP: "1e-9 of notional", 0, 50_000_000, default 10_000_000, "And 1 % a day.";
    BASE_HAIRCUT: "1e-9", 0, 1_000_000_000, default 50_000_000, "Collateral never counts in full.";
    WEIGHT_K: "1e-9", 1_000_000_000, 10_000_000_000, default 4_500_000_000, "Sigmas that a haircut covers: as many as a scan range, about.";
    WEIGHT_HORIZON: "s", 3_600, 604_800, default 21_600, "Time in which collateral can be sold, in pieces.";
    WEIGHT_FALL: "1e-9 a day", 10_000_000, 500_000_000, default 100_000_000, "Ten points a day: who is called needs days to replace collateral.";
    WEIGHT_RISE: "1e-9 a day", 10_000_000, 500_000_000, default 50_000_000, "Nobody needs a rise fast.";
    CONCENTRATION_SCALE: "1e-6 USD", 0, 1_000_000_000_000_000, default 10_000_000_000_000, "Deposits of a mint that its market takes within a day.";
    DISCOUNT: "1e-9", 0, 200_000_000, default 50_000_000, "Pays a keeper for selling collateral.";
}

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
    pub venues: [Key; super::VENUES],
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
            index: IndexTerms::default(),
            prices_quote: false,
        }
    }
}
