//! Every parameter: its unit, hard bounds, default and reason, in one table.

use super::OracleKind;
use crate::error::{BallastError, Result};
use crate::model::{FundingTerms, WeightTerms};
use crate::units::{Key, Ratio, Tokens, Usd};

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
    K: "1e-9", 2_000_000_000, 10_000_000_000, default 4_500_000_000, "Quantile of the hourly loss in sigmas: 4.2 to 4.8 fit 99 % on BTC and ETH, 2020-2022.";
    HORIZON: "s", 300, 86_400, default 3_600, "Time in which a position can be closed.";
    SCAN_MINIMUM: "1e-9", 1_000_000, 1_000_000_000, default 10_000_000, "A quiet market may gap by a percent.";
    SCAN_MAXIMUM: "1e-9", 50_000_000, 2_000_000_000, default 1_000_000_000, "Fully backed.";
    GAMMA: "1e-9", 10_000_000, 100_000_000_000, default 1_000_000_000, "Open interest, in depths, that the scan range carries without growing.";
    RAMP_RATE: "1e-9 a day", 50_000_000, 500_000_000, default 250_000_000, "Slow enough to answer, fast enough to matter (5 to 50 %).";
    CONFIDENCE_LIMIT: "1e-9", 1_000_000, 50_000_000, default 10_000_000, "Real SOL/USD shows 0.5 to 10.8 bp; 1 % means venues disagree.";
    LIQUIDATION_FEE: "1e-9 of notional", 1_000_000, 50_000_000, default 10_000_000, "Pays a keeper for taking the position into a thin book.";
    REWARD: "1e-6 USD", 0, 1_000_000, default 2_000, "A few times a transaction's cost.";
    SIZE_EXPONENT: "power of ten tokens", -12, 9, default -4, "A lot of a few dollars.";
    OPEN_INTEREST_CAP: "lots", 0, 1_000_000_000_000_000, default 0, "A new contract takes no position.";
    FUNDING_HOUR_CAP: "1e-9 of notional", 0, 10_000_000, default 2_000_000, "A pinned premium costs at most 0.2 % an hour.";
    FUNDING_DAY_CAP: "1e-9 of notional", 0, 50_000_000, default 10_000_000, "And 1 % a day.";
    BASE_HAIRCUT: "1e-9", 0, 1_000_000_000, default 100_000_000, "Collateral never counts in full.";
    WEIGHT_K: "1e-9", 1_000_000_000, 10_000_000_000, default 3_000_000_000, "Sigmas that a haircut covers.";
    WEIGHT_HORIZON: "s", 3_600, 604_800, default 86_400, "Time in which collateral can be sold.";
    WEIGHT_RATE: "1e-9 a day", 10_000_000, 500_000_000, default 50_000_000, "Collateral follows its volatility by five points a day.";
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
    /// Largest discount at which keepers buy it.
    pub discount: Ratio,
}
