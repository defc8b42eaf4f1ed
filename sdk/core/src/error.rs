//! Every rule of the clearing house by name: what is broken, the sentence that states the rule, and the code on chain.

/// Anchor numbers a program's own errors from here.
const FIRST_CODE: u32 = 6000;

macro_rules! rules {
    ($($(#[$group:meta])* $name:ident = $message:literal,)+) => {
        /// A rule that an instruction would break. The instruction fails and changes nothing.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum BallastError {
            $($(#[$group])* #[doc = $message] $name,)+
        }

        impl BallastError {
            /// All rules, in the order of their codes.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// Name of the rule, as in the interface description.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => stringify!($name),)+ }
            }

            /// The rule in a sentence, with its bound.
            #[must_use]
            pub const fn message(self) -> &'static str {
                match self { $(Self::$name => $message,)+ }
            }
        }
    };
}

rules! {
    // Numbers.
    Overflow = "a number left the range of its type",
    AmountZero = "the amount must be above zero",
    SizeNotPositive = "the size of a fill must be above zero",
    PriceNotPositive = "the price must be above zero",
    ParameterOutOfBounds = "a parameter is outside its hard bounds",

    // Who may.
    NotAdmin = "only the admin of the exchange may do this",
    NotPendingAdmin = "only the nominated admin may accept the role",
    NotGuardian = "only the guardian of the exchange may do this",
    NotRiskManager = "only the risk manager of the exchange may do this",
    NotAdminOrGuardian = "only the admin or the guardian of the exchange may cancel a proposal",
    NotOwner = "only the owner of the margin account or stake may do this",
    NotOwnerOrDelegate = "only the owner of the margin account, or its delegate before expiry, may do this",
    NotDepthReporter = "only a depth reporter of the exchange may do this",
    NotIndexAuthority = "only the index authority of the underlying may do this",
    NotVenue = "the signer is not a venue of this contract",

    // Which accounts.
    SameAccount = "two accounts of the instruction must differ",
    WrongExchange = "the account belongs to another exchange",
    WrongBoard = "the board is not the board of this exchange",
    WrongVault = "the vault is not the vault of this mint and exchange",
    WrongMint = "the mint is not the mint of this vault",
    WrongTokenAccount = "the token account is not the one that the vault controls",
    WrongProposer = "the rent of a proposal goes back to whoever proposed it",
    NotTreasury = "fees and gifts go to a token account of the treasury only",
    WrongContract = "the contract account is not the one that its board row names",
    WrongInsuranceFund = "the insurance fund belongs to another exchange",
    WrongReserve = "the reserve is not the account that the top-up policy names",
    WrongOwner = "the margin accounts have different owners",
    ContractMissing = "a contract account that this instruction must update was not passed",
    VaultMissing = "a vault account that this instruction must read was not passed",
    ReserveMissing = "the account names a reserve, which must be passed",
    MintExtension = "the mint has a Token-2022 extension other than metadata and group pointers",
    QuoteDecimals = "the quote mint must have 6 decimals",
    BoardTaken = "the exchange has a board already",
    AccountNotUsed = "an account was passed that this instruction does not use",

    // Board.
    UnknownUnderlying = "no underlying has this index",
    UnknownContract = "no contract has this index",
    UnknownVault = "no vault has this index",
    UnknownReporter = "an exchange has at most 5 depth reporters",
    QuotePriced = "another underlying prices the quote currency already",
    BoardFull = "the board has no free row: at most 32 underlyings, 128 contracts and 16 vaults",
    ContractInUse = "the contract still has holders, a pool, fees or a deficit",

    // Prices.
    OracleOwner = "the oracle account's owner is not allowed by the exchange",
    OracleKind = "the oracle account is not of the kind that the underlying names",
    OracleFeed = "the oracle account carries another feed",
    OracleUnverified = "the price update is not fully verified",
    OracleNotTrading = "the feed is not trading",
    OraclePriceNotPositive = "the oracle's price must be above zero",
    OracleExponent = "the oracle's exponent must be from -12 to 0",
    OraclePriceTooSmall = "the price has fewer than four digits in the underlying's unit",
    OraclePriceNotNewer = "the publish time must be later than that of the last accepted price",
    OraclePriceFromFuture = "the publish time is more than a day ahead of the cluster's clock",
    OracleSameSlot = "an underlying takes one price a slot",
    PriceMissing = "the underlying has never had a price",
    PriceStale = "the price is too old for this action",
    PriceWide = "the price's confidence interval is too wide for this action",
    PriceDiverged = "the price is too far from its moving average for this action",
    FeedAlive = "the underlying has had a good price within the last day",
    UnderlyingWoundDown = "the underlying is wound down and takes no price any more",
    NothingToWindDown = "contracts are settled a day after winding down began or when one with a deficit has no lots left, collateral when its weight is zero",
    IndexMissing = "the underlying has no volatility index of this kind",
    IndexOutOfBounds = "a volatility index is from 1 % to 2,000 % a year",
    IndexNotNewer = "the index must be later than the last",
    IndexStep = "the index would move further than its largest step allows for the time since the last",
    WindingDown = "the underlying is being wound down already",

    // Pauses.
    DepositsPaused = "deposits are paused by the guardian",
    WithdrawalsPaused = "withdrawals are paused by the guardian",
    TradingPaused = "trading is paused by the guardian",
    LiquidationPaused = "liquidation is paused by the guardian",
    PauseTooLong = "a pause lasts at most 24 hours, of liquidation at most one",
    PauseTooSoon = "the same may not be paused again before as long has passed as the last pause lasted",

    // Changes.
    ExchangeNotOpen = "the exchange is not open yet: it takes neither deposits nor proposals",
    ExchangeOpen = "the exchange is open: it changes only by proposals",
    WrongProposal = "the proposal holds another change",
    ProposalTooEarly = "the timelock of the proposal has not passed",
    ProposalExpired = "a proposal may be executed for 7 days once its timelock has passed",
    ProposalCancelled = "the proposal was given up together with all others of its time",
    ProposalOutdated = "the risk manager has tightened the same since the proposal was made",
    ProposalCreates = "a creation is executed by the instruction that creates",
    StepTooLarge = "a parameter would change by more than its largest step",
    ChangeTooSoon = "a row changes once in a timelock, and what has a largest step is tightened once a day",
    StartsAtZero = "once the exchange is open, vaults and contracts start with a cap of zero",
    TermFixed = "feed, unit, kind, underlying and lot of a row never change",
    FeeRaised = "the liquidation fee only falls: a rise would raise maintenance at once",
    Loosens = "the risk manager may only raise k, floors and haircuts, and lower gamma, caps and limits",
    TightensNothing = "a tightening must change what is in force: one that does not would only outdate proposals",
    LotTooSmall = "a lot must be worth at least a cent: contracts are settled in whole 1e-6 USD a lot",

    // Tokens.
    VaultCap = "the deposit would exceed the vault's cap",
    CollateralFull = "an account holds at most 7 kinds of collateral",
    CollateralNotHeld = "strangers may deposit only the quote mint or a mint that the account holds already",
    NotEnoughCash = "the account does not have that much cash",
    NotEnoughCollateral = "the account does not have that much of this collateral",
    NothingToSweep = "the token account holds nothing above the ledger",
    NothingToCollect = "no fees are due",

    // Margin.
    BelowInitialMargin = "equity would be below the initial margin",
    MarginCallOpen = "not during a margin call: deposit or reduce first",
    InLiquidation = "not while the account is in liquidation: deposit or reduce first",
    RiskNotReduced = "below initial margin a fill must reduce the position and not lower equity against maintenance",
    ReductionBelowMark = "below maintenance a reduction must be at mark or better",
    PositionsFull = "an account holds at most 16 positions",
    UnderlyingsFull = "a margin account touches at most 12 underlyings",
    PositionMissing = "the account has no position in this contract",
    PriceOutsideBand = "the price is outside the band: one percent or half the scan range around mark, whichever is less",
    OpenInterestCap = "the fill would exceed the contract's cap on open interest",
    OpenInterestDepth = "the fill would add risk beyond what the depth of the market carries",
    ContractReduceOnly = "the contract takes reductions only",
    ContractSettled = "the contract is settled: its positions can only be settled too",
    FeeUnpaid = "the account lacks the cash for the fee",
    AccountNotEmpty = "the account still holds cash, collateral or positions",
    ReserveHasPositions = "a reserve holds no positions",
    TopUpPolicy = "a top-up policy names another account of the same owner and a daily limit above zero",

    // Delegates and signed orders.
    DelegateExpiry = "a delegate's expiry must lie ahead",
    DelegateBounds = "a delegate's worst price is from 0 to 0.5 % off mark, and its daily limits are not negative",
    DelegateContract = "the delegate may not trade this contract",
    DelegatePrice = "the price is further on the wrong side of mark than the delegate may trade",
    DelegateNotional = "the fill would exceed what the delegate may trade in a day",
    DelegateLoss = "the fill would exceed what the delegate's fills may lose against mark in a day, fees included",
    OrderUnsigned = "the order must be signed in an ed25519 instruction earlier in the transaction, alone and with its own data",
    OrderUnreadable = "the signed message is not an order",
    OrderNotByOwner = "an order is signed by the owner of the margin account",
    OrderElsewhere = "the order is for another exchange, another contract, or another margin account than the one open now",
    OrderSide = "the order is for the other side of the fill",
    OrderLimit = "the price is worse than the order's limit",
    OrderExpired = "the order has expired",
    OrderReplaced = "the account has filled an order of a higher sequence, or cancelled all below it",
    OrderFilled = "the fill would exceed the lots that are left of the order",
    NothingToCancel = "no order below this sequence can be filled any more",
    FillExpired = "the fill has come after the time at which it expires",

    // Liquidation.
    NotLiquidatable = "the account is sound: liquidation starts below maintenance",
    LiquidationWaits = "liquidation waits for two minutes after an outage that ended at another price",
    NoMarginFreed = "taking this position frees no margin",
    KeeperBelowInitialMargin = "the keeper's account would be below its initial margin",
    CollateralRemains = "collateral must be sold before the last position of an insolvent account is taken, or be worth less than it lacks where it has no Good price",
    NoLossToCover = "the account has no uncollected loss that its cash does not cover",
    CollateralIsDust = "collateral under 10 USD is not sold",
    NothingToSettle = "there is no loss that cash covers and no gain that the pool covers",
    GainsHeld = "gains are not paid while the contract has a deficit",
    NothingToRebalance = "no call to open or close, no top-up and no release is due",
    PartNotDue = "a claim is paid in part from a week after its contract was settled, once its position is closed, while a deficit is left",

    // Insurance.
    ExchangeStakeMissing = "the exchange must own at least 1,000 USD of its insurance fund before anybody else does",
    TooFewShares = "the stake would mint fewer shares than asked for, or none",
    NotEnoughShares = "the stake does not have that many shares",
    StakeWiped = "losses took all that was staked then: these shares are worth nothing",
    NotLeaving = "no shares were asked to be unstaked",
    UnstakeTooEarly = "shares are paid once the cooldown has passed since they were asked for",
    UnstakeLapsed = "shares are paid within two days after the cooldown; ask anew",
    NothingToUnstake = "these shares are worth nothing at present",
    PacingSpent = "the position has given up what the market takes of it in this minute",
    NotAHedge = "a hedge is an opposite position of the account on the same underlying",
    KeeperPriceWorse = "the step's price is worse than the worst that the keeper takes",
    LossNotDue = "a sound account's collateral is sold only for a loss beyond cash above 5 % of it or a day old",
    DeleverageTooSoon = "an insolvent account is deleveraged five minutes after a liquidation saw that it is insolvent",
    NotInsolvent = "only an account whose equity is below zero is deleveraged",
    NotOpposite = "the account has no position on the other side of the contract",
    NoGainOpposite = "the opposite account has no uncollected gain in the contract",
    OppositeWeakened = "deleveraging may not bring the opposite account below maintenance, nor lower its equity against it",
}

impl BallastError {
    /// Number of the error on chain.
    #[must_use]
    #[expect(clippy::as_conversions, reason = "a unit-only enum has its place in ALL as discriminant")]
    pub const fn code(self) -> u32 {
        FIRST_CODE.saturating_add(self as u32)
    }

    /// The rule with this number on chain.
    #[must_use]
    pub fn from_code(code: u32) -> Option<Self> {
        let place = usize::try_from(code.checked_sub(FIRST_CODE)?).ok()?;
        Self::ALL.get(place).copied()
    }
}

impl core::fmt::Display for BallastError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.message())
    }
}

impl core::error::Error for BallastError {}

#[cfg(feature = "anchor")]
impl From<BallastError> for anchor_lang::error::Error {
    fn from(rule: BallastError) -> Self {
        extern crate std;
        use std::string::ToString;
        Self::AnchorError(std::boxed::Box::new(anchor_lang::error::AnchorError {
            error_name: rule.name().to_string(),
            error_code_number: rule.code(),
            error_msg: rule.message().to_string(),
            error_origin: None,
            compared_values: None,
        }))
    }
}

/// Result of everything in this crate.
pub type Result<T> = core::result::Result<T, BallastError>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_places_and_round_trip() {
        for (place, rule) in BallastError::ALL.iter().enumerate() {
            assert_eq!(rule.code(), 6000 + u32::try_from(place).unwrap());
            assert_eq!(BallastError::from_code(rule.code()), Some(*rule));
        }
        assert_eq!(BallastError::from_code(5999), None);
        assert_eq!(BallastError::from_code(6000 + u32::try_from(BallastError::ALL.len()).unwrap()), None);
    }
}
