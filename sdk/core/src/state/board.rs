//! The published risk file: all that a margin check needs about underlyings, contracts and vaults, a row each.

use bytemuck::{Pod, Zeroable};

use super::{Contract, Deficit, account};
use crate::error::{BallastError, Result};
use crate::model::{
    Concentration, Coverage, Depth, DepthTerms, Feed, Funding, FundingTerms, Index, IndexTerms, Pacing, Ramp,
    RampTerms, TargetTerms, Volatility, VolatilityTerms, WeightRamp, WeightTerms,
};
use crate::units::{Key, PerLot, PerToken, Price, Ratio, Timestamp, Tokens, Usd};

/// Underlyings on a board.
pub const UNDERLYINGS: usize = 32;
/// Contracts on a board.
pub const CONTRACTS: usize = 128;
/// Vaults on a board, the quote vault aside.
pub const VAULTS: usize = 16;
/// Ends a list of rows.
pub const NO_ROW: u8 = u8::MAX;

/// How an underlying's oracle account is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "anchor", derive(anchor_lang::AnchorSerialize, anchor_lang::AnchorDeserialize))]
pub enum OracleKind {
    /// Pyth's `PriceUpdateV2`, named by its feed id.
    Pull,
    /// Pyth's legacy price account, named by its key.
    Legacy,
}

/// A risk factor with a price. Prices derivatives and collateral alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
#[cfg_attr(feature = "anchor", derive(anchor_lang::AnchorSerialize))]
#[repr(C)]
pub struct UnderlyingRow {
    /// Feed id, or key of the legacy price account; zero when the row is free.
    pub oracle: Key,
    /// 0 pull, 1 legacy.
    pub oracle_kind: u8,
    /// n: a price is per 10^n tokens.
    pub price_exponent: i8,
    /// First contract on this underlying; [`NO_ROW`] ends the list.
    pub first_contract: u8,
    /// First vault priced by this underlying; [`NO_ROW`] ends the list.
    pub first_vault: u8,
    /// What the last accepted price is worth while it is young: [`WIDE`](crate::model::feed::WIDE) and the like.
    pub flaws: u8,
    /// Zero.
    pub padding: [u8; 3],
    /// Last accepted price.
    pub price: Price,
    /// Moving average that the oracle published with it.
    pub ema: Price,
    /// Its confidence interval as a fraction of the price.
    pub confidence: Ratio,
    /// Its publish time; 0 before the first.
    pub published_at: Timestamp,
    /// Slot in which it was accepted.
    pub accepted_slot: u64,
    /// Volatility, its samples and its parameters.
    pub volatility: Volatility,
    /// Parameters of the volatility.
    pub volatility_terms: VolatilityTerms,
    /// Parameters of the target.
    pub target_terms: TargetTerms,
    /// Parameters of the ramp.
    pub ramp_terms: RampTerms,
    /// From the effective requirement to the target.
    pub ramp: Ramp,
    /// Confidence above which a price is Wide.
    pub confidence_limit: Ratio,
    /// Largest liquidation fee, and the add-on of every level for it.
    pub liquidation_fee: Ratio,
    /// One side's open notional, one-day average, 1e-6 USD.
    pub open_interest: Usd,
    /// Time of that average.
    pub open_interest_at: Timestamp,
    /// One side's open notional at the last accepted price, 1e-6 USD.
    pub open_notional: Usd,
    /// A fill that adds risk fails beyond this many depths of open notional.
    pub open_interest_limit: Ratio,
    /// What reporters say about the market.
    pub depth: Depth,
    /// Parameters of the depth.
    pub depth_terms: DepthTerms,
    /// An external volatility index.
    pub index: Index,
    /// Parameters of the index.
    pub index_terms: IndexTerms,
    /// How often the market moved further than the requirement.
    pub coverage: Coverage,
    /// Paid to the keeper whose refresh takes a volatility sample, 1e-6 USD.
    pub reward: Usd,
    /// What is left to pay rewards from, 1e-6 USD.
    pub reward_budget: Usd,
    /// When a proposal last changed the parameters.
    pub changed_at: Timestamp,
    /// When the risk manager last tightened anything.
    pub tightened_at: Timestamp,
    /// When the risk manager last tightened what has a largest step.
    pub stepped_at: Timestamp,
    /// What the feed has been worth.
    pub feed: Feed,
    /// Share of depth that liquidations take in a minute.
    pub pace: Ratio,
    /// What they take.
    pub pacing: Pacing,
    /// For what comes.
    pub reserved: [u64; 2],
}

const UNDERLYING_SIZE: usize =
    32 + 8 + 40 + 40 + 64 + 48 + 24 + 64 + 64 + 104 + 32 + 16 + 72 + 144 + 24 + 112 + 8 + 32 + 16;
const _: () = assert!(size_of::<UnderlyingRow>() == UNDERLYING_SIZE);

/// A derivative on an underlying.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
#[cfg_attr(feature = "anchor", derive(anchor_lang::AnchorSerialize))]
#[repr(C)]
pub struct ContractRow {
    /// Id, never used again; 0 when the row is free.
    pub id: u32,
    /// 1 perpetual.
    pub kind: u8,
    /// Row of the underlying.
    pub underlying: u8,
    /// Next contract on the same underlying; [`NO_ROW`] ends the list.
    pub next: u8,
    /// A lot is 10^size_exponent tokens.
    pub size_exponent: i8,
    /// Value of a lot at the last accepted price.
    pub mark: PerLot,
    /// Value of a lot at the moving average.
    pub ema_mark: PerLot,
    /// What each long lot has been charged for insolvent shorts, 1e-6 USD.
    pub loss_long: Usd,
    /// What each short lot has been charged for insolvent longs, 1e-6 USD.
    pub loss_short: Usd,
    /// Funding index and what it is made from.
    pub funding: Funding,
    /// Limits of funding.
    pub funding_terms: FundingTerms,
    /// Most lots on one side.
    pub open_interest_cap: u64,
    /// Lots on one side when the last price was accepted.
    pub open_interest: u64,
    /// When the risk manager last lowered the cap.
    pub tightened_at: Timestamp,
    /// Unix seconds at which the contract was settled at its mark; 0 while it trades.
    pub settled_at: Timestamp,
    /// What it lacks.
    pub deficit: Deficit,
    /// When the hour began in which lots were charged what follows.
    pub charged_at: Timestamp,
    /// What each long lot was charged in it for insolvent shorts, 1e-6 USD.
    pub charged_long: Usd,
    /// What each short lot was charged in it for insolvent longs, 1e-6 USD.
    pub charged_short: Usd,
    /// For expiry, strike and the smile.
    pub reserved: [u64; 5],
}

const CONTRACT_SIZE: usize = 8 + 32 + 48 + 16 + 32 + 32 + 24 + 40;
const _: () = assert!(size_of::<ContractRow>() == CONTRACT_SIZE);

/// A mint that counts as collateral.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
#[cfg_attr(feature = "anchor", derive(anchor_lang::AnchorSerialize))]
#[repr(C)]
pub struct VaultRow {
    /// The mint; zero when the row is free.
    pub mint: Key,
    /// Row of the underlying that prices it.
    pub underlying: u8,
    /// Next vault on the same underlying; [`NO_ROW`] ends the list.
    pub next: u8,
    /// Decimals of the mint.
    pub decimals: u8,
    /// Zero.
    pub padding: [u8; 5],
    /// Value of the smallest unit at the last accepted price.
    pub value: PerToken,
    /// Value of the smallest unit at the moving average.
    pub ema_value: PerToken,
    /// Parameters of the weight.
    pub weight_terms: WeightTerms,
    /// Weight and its ramp.
    pub weight: WeightRamp,
    /// Largest discount at which keepers buy it from an account in liquidation.
    pub discount: Ratio,
    /// What the exchange holds of it.
    pub concentration: Concentration,
    /// Weight that volatility leaves, without ramp and concentration.
    pub sigma_weight: Ratio,
    /// Most that counts for the initial level: without ramp, and at the deposits of now.
    pub initial_weight: Ratio,
    /// Least that the vault's ledger has owed since the last sample.
    pub least_ledger: Tokens,
    /// For what comes.
    pub reserved: [u64; 9],
}

const VAULT_SIZE: usize = 32 + 8 + 16 + 40 + 24 + 8 + 24 + 24 + 72;
const _: () = assert!(size_of::<VaultRow>() == VAULT_SIZE);

/// The published risk file of an exchange. Written by refresh, reporters, admin and defaults; read by all else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
#[cfg_attr(feature = "anchor", derive(anchor_lang::AnchorSerialize))]
#[repr(C)]
pub struct Board {
    /// Layout version.
    pub version: u8,
    /// 1 once an underlying prices the quote currency.
    pub prices_quote: u8,
    /// Row of that underlying.
    pub quote_underlying: u8,
    /// Zero.
    pub padding: [u8; 5],
    /// The exchange.
    pub exchange: Key,
    /// Latest publish time of any accepted price: ages count against the later of it and the clock.
    pub newest_publish_time: Timestamp,
    /// Risk factors.
    pub underlyings: [UnderlyingRow; UNDERLYINGS],
    /// Derivatives.
    pub contracts: [ContractRow; CONTRACTS],
    /// Collateral mints.
    pub vaults: [VaultRow; VAULTS],
    /// What the quote currency lacks to a dollar, while its price is below 0.99.
    pub quote_discount: Ratio,
    /// For what comes.
    pub reserved: [u64; 31],
}

account!(
    Board,
    b"board\0\0\0",
    48 + UNDERLYINGS * UNDERLYING_SIZE + CONTRACTS * CONTRACT_SIZE + VAULTS * VAULT_SIZE + 256
);

impl UnderlyingRow {
    /// How the oracle account is read.
    #[must_use]
    pub const fn kind(&self) -> OracleKind {
        if self.oracle_kind == 0 { OracleKind::Pull } else { OracleKind::Legacy }
    }
}

impl ContractRow {
    /// Whether it is settled: what its positions are worth does not move any more.
    #[must_use]
    pub const fn is_settled(&self) -> bool {
        self.settled_at.0 != 0
    }

    /// Loss index of a side: 1 long, -1 short.
    #[must_use]
    pub const fn loss_index(&self, side: i8) -> Usd {
        if side >= 0 { self.loss_long } else { self.loss_short }
    }
}

impl Board {
    /// The time against which ages and ramps count: the later of the clock and the newest publish time.
    ///
    /// After a halt the cluster's clock lags; old prices must not look fresh then.
    #[must_use]
    pub fn time(&self, clock: Timestamp) -> Timestamp {
        clock.max(self.newest_publish_time)
    }

    /// An underlying.
    ///
    /// # Errors
    /// `UnknownUnderlying` when the row is free.
    pub fn underlying(&self, row: u8) -> Result<&UnderlyingRow> {
        self.underlyings
            .get(usize::from(row))
            .filter(|held| held.oracle.is_some())
            .ok_or(BallastError::UnknownUnderlying)
    }

    /// An underlying, to be written.
    ///
    /// # Errors
    /// `UnknownUnderlying` when the row is free.
    pub fn underlying_mut(&mut self, row: u8) -> Result<&mut UnderlyingRow> {
        self.underlyings
            .get_mut(usize::from(row))
            .filter(|held| held.oracle.is_some())
            .ok_or(BallastError::UnknownUnderlying)
    }

    /// A contract's terms.
    ///
    /// # Errors
    /// `UnknownContract` when the row is free.
    pub fn contract(&self, row: u8) -> Result<&ContractRow> {
        self.contracts.get(usize::from(row)).filter(|held| held.id != 0).ok_or(BallastError::UnknownContract)
    }

    /// A contract's terms, to be written.
    ///
    /// # Errors
    /// `UnknownContract` when the row is free.
    pub fn contract_mut(&mut self, row: u8) -> Result<&mut ContractRow> {
        self.contracts.get_mut(usize::from(row)).filter(|held| held.id != 0).ok_or(BallastError::UnknownContract)
    }

    /// Terms of a contract account.
    ///
    /// # Errors
    /// `WrongContract` unless the account is the one that its row names.
    pub fn terms_of(&self, contract: &Contract) -> Result<&ContractRow> {
        let row = self.contract(contract.row)?;
        if row.id == contract.id && self.exchange == contract.exchange {
            Ok(row)
        } else {
            Err(BallastError::WrongContract)
        }
    }

    /// A collateral mint.
    ///
    /// # Errors
    /// `UnknownVault` when the row is free.
    pub fn vault(&self, row: u8) -> Result<&VaultRow> {
        self.vaults.get(usize::from(row)).filter(|held| held.mint.is_some()).ok_or(BallastError::UnknownVault)
    }

    /// A collateral mint, to be written.
    ///
    /// # Errors
    /// `UnknownVault` when the row is free.
    pub fn vault_mut(&mut self, row: u8) -> Result<&mut VaultRow> {
        self.vaults.get_mut(usize::from(row)).filter(|held| held.mint.is_some()).ok_or(BallastError::UnknownVault)
    }
}
