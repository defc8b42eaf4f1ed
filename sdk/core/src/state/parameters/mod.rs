//! Every parameter: its unit, hard bounds, default, largest step and reason, in one table.

mod changes;
mod terms;

pub use changes::ExchangeParameters;
pub use terms::{CollateralTerms, ContractTerms, ModelTerms, UnderlyingTerms, VaultTerms};

use crate::error::{BallastError, Result};
use crate::math;
use crate::units::{ONE, magnitude};

/// Largest change of a parameter at once: a share of its present value, or an amount where that is more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// Share of the present value, 1e-9.
    pub share: i64,
    /// Amount, in the parameter's unit; both zero for what never changes.
    pub amount: i64,
}

/// A parameter's hard bounds, default and largest step, in the unit of its field.
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
    /// Largest change at once.
    pub step: Step,
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

    /// Checks a change from a present value: the new one is within the bounds and the step.
    ///
    /// # Errors
    /// `ParameterOutOfBounds`, `StepTooLarge`.
    pub fn check_step(&self, present: i64, next: i64) -> Result<()> {
        self.check(next)?;
        let share = math::mul_div_floor(present.unsigned_abs(), magnitude(self.step.share)?, ONE.0.unsigned_abs())?;
        let most = share.max(magnitude(self.step.amount)?);
        if present.abs_diff(next) <= most { Ok(()) } else { Err(BallastError::StepTooLarge) }
    }

    /// Checks a change of a count.
    ///
    /// # Errors
    /// `ParameterOutOfBounds`, `StepTooLarge`.
    pub fn check_count_step(&self, present: u64, next: u64) -> Result<()> {
        self.check_count(next)?;
        self.check_step(i64::try_from(present).unwrap_or(i64::MAX), i64::try_from(next).unwrap_or(i64::MAX))
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
    ($($name:ident: $unit:literal, $least:expr, $greatest:expr, default $default:expr, step $share:expr, $amount:expr, $reason:literal;)+) => {
        $(
            #[doc = $reason]
            pub const $name: Bounds = Bounds {
                name: stringify!($name), unit: $unit, least: $least, greatest: $greatest, default: $default,
                step: Step { share: $share, amount: $amount }, reason: $reason,
            };
        )+
        /// The table.
        pub const ALL: &[Bounds] = &[$($name,)+];
    };
}

parameters! {
    TRADE_FEE: "1e-9 of notional", 0, 5_000_000, default 500_000, step 1_000_000_000, 100_000, "Fee of a fill, each side: 5 bp, at most 50 bp.";
    SHARE: "1e-9", 0, 1_000_000_000, default 250_000_000, step 0, 250_000_000, "Share of a fee that goes elsewhere: a quarter.";
    AUCTION_SECONDS: "s", 60, 3_600, default 600, step 500_000_000, 60, "Time in liquidation after which its fee is at the maximum: a slow auction gives keepers time to compete.";
    TIMELOCK: "s", 172_800, 2_592_000, default 259_200, step 500_000_000, 0, "Three days; two are twice the longest pause, so a day of withdrawals is left even where admin and guardian are both stolen.";
    DRAW: "1e-6 USD", 0, 1_000_000_000_000_000, default 1_000_000_000_000, step 500_000_000, 100_000_000_000, "Most that insurance covers in a day: one default must not empty it.";
    UNSTAKE_COOLDOWN: "s", 86_400, 2_592_000, default 604_800, step 500_000_000, 86_400, "Losses are borne for so long by who leaves: a week is longer than an insolvent account stays unseen.";
    PRICE_EXPONENT: "power of ten tokens", 0, 9, default 0, step 0, 0, "A price needs at least five digits.";
    STARTING_SIGMA: "1e-9 a year", 50_000_000, 5_000_000_000, default 1_000_000_000, step 0, 0, "Volatility starts at a governed value, never empty.";
    SIGMA_FLOOR: "1e-9 a year", 1_000_000, 1_000_000_000, default 100_000_000, step 500_000_000, 10_000_000, "Calm markets still jump.";
    SIGMA_CAP: "1e-9 a year", 500_000_000, 20_000_000_000, default 5_000_000_000, step 500_000_000, 0, "A broken feed must not ask for everything.";
    HALF_LIFE: "s", 3_600, 31_536_000, default 43_200, step 500_000_000, 0, "Of the fast component; the slow one has 120 days. Shorter than an hour is noise, longer than a year older than the market.";
    MIXTURE_WEIGHT: "1e-9", 0, 1_000_000_000, default 600_000_000, step 0, 100_000_000, "Of the fast component; the two sum to one.";
    CLIP: "sigmas", 2, 100, default 10, step 500_000_000, 1, "Of the fast component; the slow one has 20. A return counts for at most so many sigmas: insurance against a false print.";
    K: "1e-9", 2_000_000_000, 10_000_000_000, default 4_500_000_000, step 100_000_000, 0, "Quantile of the hourly loss in sigmas that fits 99 % on BTC and ETH, 2020-2022 (docs/calibration.md).";
    LEARNING: "1e-9", 0, 10_000_000, default 3_000_000, step 500_000_000, 500_000, "A breach raises k by 0.3 %, an hour without lowers it by 0.003 %: coverage within 0.7 to 1.3 % where k is off by a tenth.";
    HORIZON: "s", 300, 86_400, default 3_600, step 500_000_000, 0, "Time in which a position can be closed.";
    SCAN_MINIMUM: "1e-9", 1_000_000, 1_000_000_000, default 5_000_000, step 500_000_000, 1_000_000, "A quiet market may still gap; on BTC and ETH it never binds (docs/calibration.md).";
    SCAN_MAXIMUM: "1e-9", 50_000_000, 2_000_000_000, default 1_000_000_000, step 500_000_000, 0, "Fully backed.";
    GAMMA: "1e-9", 10_000_000, 100_000_000_000, default 1_000_000_000, step 250_000_000, 0, "Open interest, in depths, that the scan range carries without growing.";
    DEPTH_QUORUM: "reporters", 1, 5, default 3, step 0, 1, "A median of three needs two stolen keys.";
    DEPTH_AGE: "s", 60, 86_400, default 600, step 1_000_000_000, 0, "Twice the time between two reports.";
    DEPTH_HALF_LIFE: "s", 3_600, 604_800, default 86_400, step 500_000_000, 0, "A day of silence raises the target by two fifths: what the ramp passes on in a day and a half.";
    DEPTH_FLOOR: "1e-6 USD", 0, 1_000_000_000_000_000, default 0, step 500_000_000, 100_000_000_000, "Where silence leads.";
    OPEN_INTEREST_LIMIT: "1e-9 depths", 100_000_000, 1_000_000_000_000, default 20_000_000_000, step 500_000_000, 0, "At twenty depths a market of one side moves the price by 4.5 % (square root of size over depth).";
    PACE: "1e-9 of depth a minute", 50_000_000, 10_000_000_000, default 250_000_000, step 500_000_000, 0, "A quarter of what trades within 1 % moves the price by a few tenths of a percent, and books refill within the minute.";
    INDEX_EXPONENT: "power of ten", -12, 0, default -2, step 0, 0, "Most indices are in percent.";
    INDEX_WEIGHT: "1e-9", 0, 2_000_000_000, default 0, step 0, 250_000_000, "Part of an external volatility index that measured volatility never undercuts.";
    INDEX_AGE: "s", 60, 86_400, default 7_200, step 1_000_000_000, 0, "Twice the hour in which indices are published.";
    INDEX_STEP: "1e-9 an hour", 1_000_000, 1_000_000_000, default 250_000_000, step 500_000_000, 0, "BTC's index has never moved by more than a fifth in an hour.";
    UP: "1e-9 a day", 50_000_000, 300_000_000, default 250_000_000, step 0, 50_000_000, "Slow enough to answer, fast enough to matter; no more than the 30 % that initial holds in reserve.";
    DOWN: "1e-9 a day", 50_000_000, 500_000_000, default 200_000_000, step 0, 50_000_000, "What a day's rise brought takes a day to go: 0.8 x 1.25 = 1 (5 to 50 %).";
    CONFIDENCE_LIMIT: "1e-9", 1_000_000, 50_000_000, default 10_000_000, step 500_000_000, 0, "Real SOL/USD shows 0.5 to 10.8 bp; 1 % means venues disagree.";
    LIQUIDATION_FEE: "1e-9 of notional", 1_000_000, 50_000_000, default 10_000_000, step 500_000_000, 0, "Pays a keeper for taking the position into a thin book.";
    REWARD: "1e-6 USD", 0, 1_000_000, default 2_000, step 1_000_000_000, 1_000, "A few times a transaction's cost.";
    SIZE_EXPONENT: "power of ten tokens", -12, 9, default -4, step 0, 0, "A lot of a few dollars.";
    OPEN_INTEREST_CAP: "lots", 0, 1_000_000_000_000_000, default 0, step 1_000_000_000, 1_000_000, "A new contract takes no position.";
    FUNDING_HOUR_CAP: "1e-9 of notional", 0, 10_000_000, default 2_000_000, step 500_000_000, 500_000, "A pinned premium costs at most 0.2 % an hour.";
    FUNDING_DAY_CAP: "1e-9 of notional", 0, 50_000_000, default 10_000_000, step 500_000_000, 2_500_000, "And 1 % a day.";
    BASE_HAIRCUT: "1e-9", 0, 1_000_000_000, default 50_000_000, step 0, 50_000_000, "Collateral never counts in full.";
    WEIGHT_K: "1e-9", 1_000_000_000, 10_000_000_000, default 4_500_000_000, step 100_000_000, 0, "Sigmas that a haircut covers: as many as a scan range, about.";
    WEIGHT_HORIZON: "s", 3_600, 604_800, default 21_600, step 500_000_000, 0, "Time in which collateral can be sold, in pieces.";
    WEIGHT_FALL: "1e-9 a day", 10_000_000, 500_000_000, default 100_000_000, step 0, 50_000_000, "Ten points a day: who is called needs days to replace collateral.";
    WEIGHT_RISE: "1e-9 a day", 10_000_000, 500_000_000, default 50_000_000, step 0, 50_000_000, "Nobody needs a rise fast.";
    CONCENTRATION_SCALE: "1e-6 USD", 0, 1_000_000_000_000_000, default 10_000_000_000_000, step 500_000_000, 1_000_000_000_000, "Deposits of a mint that its market takes within a day.";
    VAULT_CAP: "smallest units", 0, 4_611_686_018_427_387_904, default 0, step 1_000_000_000, 0, "A new vault takes no deposit; its first cap is free, as the concentration scale bounds what it counts.";
    DISCOUNT: "1e-9", 0, 200_000_000, default 50_000_000, step 0, 10_000_000, "Pays a keeper for selling collateral.";
}
