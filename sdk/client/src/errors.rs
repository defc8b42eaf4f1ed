//! What a failed transaction means: the rule that it would have broken, and what to do.

use ballast_core::BallastError;

/// A program error in words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Explained {
    /// The error.
    pub error: BallastError,
    /// The rule.
    pub rule: &'static str,
    /// What to do next.
    pub advice: &'static str,
}

impl Explained {
    /// Explains an error number of the program; none for numbers of Anchor or other programs.
    ///
    /// ```
    /// use ballast_client::Explained;
    /// use ballast_core::BallastError;
    ///
    /// let explained = Explained::code(BallastError::MarginCallOpen.code()).unwrap();
    /// assert_eq!(explained.error.name(), "MarginCallOpen");
    /// ```
    #[must_use]
    pub fn code(code: u32) -> Option<Self> {
        let error = BallastError::from_code(code)?;
        Some(Self { error, rule: error.message(), advice: advice(error) })
    }
}

impl core::fmt::Display for Explained {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{}: {}. {}", self.error.name(), self.rule, self.advice)
    }
}

/// What to do about an error.
const fn advice(error: BallastError) -> &'static str {
    use BallastError as E;
    match error {
        E::Overflow => "Use smaller amounts.",
        E::AmountZero | E::SizeNotPositive | E::PriceNotPositive => "Pass a number above zero.",
        E::ParameterOutOfBounds => "Look the bounds up in the table of parameters.",
        E::NotAdmin
        | E::NotPendingAdmin
        | E::NotGuardian
        | E::NotRiskManager
        | E::NotAdminOrGuardian
        | E::NotDepthReporter
        | E::NotVenue
        | E::NotIndexAuthority => "Sign with the key that holds the role.",
        E::NotOwner => "Sign with the owner's key.",
        E::NotOwnerOrDelegate => "Sign with the owner's key, or let the owner name a delegate with a later expiry.",
        E::SameAccount => "Pass two different accounts.",
        E::WrongExchange
        | E::WrongBoard
        | E::WrongVault
        | E::WrongMint
        | E::WrongTokenAccount
        | E::WrongContract
        | E::WrongInsuranceFund
        | E::WrongProposer
        | E::WrongOwner
        | E::ContractMissing
        | E::VaultMissing
        | E::AccountNotUsed => "Let the instruction builder fill the accounts in.",
        E::WrongReserve | E::ReserveMissing => "Read the margin account again and pass the reserve that it names.",
        E::MintExtension | E::QuoteDecimals => "Use another mint.",
        E::BoardTaken => "Create another exchange.",
        E::UnknownUnderlying | E::UnknownContract | E::UnknownVault => "Read the board again: the row is free.",
        E::UnknownReporter => "Let the admin name the reporter.",
        E::QuotePriced => "Create the underlying without pricing the quote currency.",
        E::BoardFull => "Close a contract that nobody holds, or create another exchange.",
        E::ContractInUse => "Wait until every position is closed and collect the fees.",
        E::OracleOwner | E::OracleKind | E::OracleFeed => "Pass the oracle account that the underlying names.",
        E::OracleUnverified => "Post the price update with full verification.",
        E::OracleNotTrading | E::OraclePriceNotPositive | E::OracleExponent | E::OraclePriceTooSmall => {
            "Wait for the feed to publish a sound price."
        }
        E::OraclePriceNotNewer | E::OracleSameSlot => "Nothing to do: the board has this price or a newer one.",
        E::OraclePriceFromFuture => "Wait until the cluster's clock has caught up.",
        E::PriceMissing | E::PriceStale => "Refresh the underlying in a transaction before this one.",
        E::PriceWide => {
            "Wait until the feed's confidence interval has narrowed; deposits and reductions work meanwhile."
        }
        E::PriceDiverged => {
            "Wait until price and moving average meet, ten minutes for a liquidation; deposits and reductions work meanwhile."
        }
        E::WindingDown => "Send wind_down a day after it began.",
        E::FeedAlive => "Wait until the feed has been without a good price for a day.",
        E::UnderlyingWoundDown | E::ContractSettled => "Settle the positions and withdraw what is left.",
        E::NothingToWindDown => {
            "Wait: contracts settle after a day, collateral when its weight is zero; or pass a contract with a deficit that nobody holds lots of or that is settled, while insurance may be drawn on."
        }
        E::LiquidationWaits => "Wait two minutes: owners may answer first.",
        E::IndexMissing => "Pass the value or the feed's account, as the underlying's index asks for.",
        E::IndexOutOfBounds => "Post a yearly volatility as a fraction: 0.85 is 85 %.",
        E::IndexNotNewer => "Nothing to do: the board has this index or a newer one.",
        E::IndexStep => "Post a smaller change now and the rest later.",
        E::DepositsPaused | E::WithdrawalsPaused | E::TradingPaused | E::LiquidationPaused => {
            "Wait: a pause ends by itself."
        }
        E::PauseTooLong => "Ask for a shorter pause.",
        E::PauseTooSoon => "Wait as long as the last pause lasted.",
        E::NotTreasury => "Name a token account that the treasury owns.",
        E::ExchangeNotOpen => "Wait until the admin opens the exchange.",
        E::ExchangeOpen => "Propose the change, and execute it once its timelock has passed.",
        E::WrongProposal => "Read the proposal and pass what it holds.",
        E::ProposalTooEarly => "Wait until the time that the proposal names.",
        E::ProposalExpired | E::ProposalOutdated | E::ProposalCancelled => "Cancel the proposal and propose anew.",
        E::ProposalCreates => "Send `create_underlying`, `create_contract` or `create_vault` with the proposal.",
        E::StepTooLarge => "Propose a smaller change now and the rest later.",
        E::ChangeTooSoon => "Wait until the last change of the same row is old enough.",
        E::StartsAtZero => "Create it with a cap of zero and propose a cap afterwards.",
        E::TermFixed => "Create another row.",
        E::FeeRaised => "Keep the fee or lower it.",
        E::Loosens => "Let the admin propose what loosens.",
        E::TightensNothing => "Name a value that is tighter than the one in force.",
        E::LotTooSmall => "Make a lot of more tokens.",
        E::VaultCap => "Deposit less, or another mint.",
        E::CollateralFull => "Withdraw one kind of collateral first, or use a second account.",
        E::CollateralNotHeld => "Deposit the quote mint, or let the owner deposit this mint first.",
        E::NotEnoughCash => "Settle gains or deposit cash first.",
        E::NotEnoughCollateral => "Use an amount that the account holds.",
        E::NothingToSweep | E::NothingToCollect | E::NothingToSettle | E::NothingToRebalance => "Nothing to do.",
        E::PartNotDue => {
            "Settle first; from a week after the contract was settled what is left of a deficit is shared."
        }
        E::BelowInitialMargin => "Deposit, reduce positions, or ask for less.",
        E::MarginCallOpen => "Deposit or reduce until equity is back at the target level, then rebalance.",
        E::InLiquidation => "Deposit or reduce until equity is back at close-out.",
        E::RiskNotReduced => "Trade a smaller size, or at a better price.",
        E::ReductionBelowMark => "Trade at mark or better.",
        E::PositionsFull => "Close and settle a position first, or use a second account.",
        E::UnderlyingsFull => "Close the positions on an underlying first, or use a second account.",
        E::PositionMissing => "Read the account again: it holds no such position.",
        E::PriceOutsideBand => "Move the price towards mark.",
        E::OpenInterestCap | E::ContractReduceOnly => "Reduce only, or trade another contract.",
        E::OpenInterestDepth => "Reduce only, or trade less until the market is deeper or holders have closed.",
        E::FeeUnpaid => "Deposit or settle cash for the fee.",
        E::AccountNotEmpty => "Close and settle positions and withdraw everything first.",
        E::ReserveHasPositions => "Name an account without positions.",
        E::TopUpPolicy => "Name another account of the same owner and a daily limit above zero.",
        E::DelegateExpiry => "Set an expiry that lies ahead.",
        E::DelegateBounds => "Set a worst price of at most 0.005 and limits of zero or more.",
        E::DelegateContract | E::DelegateNotional | E::DelegateLoss => {
            "Let the owner sign the fill or an order, or raise the delegate's limits."
        }
        E::DelegatePrice => "Move the price towards mark, or let the owner sign.",
        E::OrderUnsigned => "Put the client's ed25519 instruction of the order before the fill, and name its place.",
        E::OrderUnreadable => "Sign the message that the client makes of the order.",
        E::OrderNotByOwner => "Let the owner of the margin account sign the order.",
        E::OrderElsewhere => "Read the margin account and sign an order for it as it is open now.",
        E::OrderSide => "Pass the order with the side that it is for.",
        E::OrderLimit => "Fill it at its limit or better.",
        E::OrderExpired | E::OrderReplaced => "Ask the owner for a new order.",
        E::OrderFilled => "Fill no more than is left of the order.",
        E::NothingToCancel => "Nothing to do: those orders are dead already.",
        E::FillExpired => "Make the fill again with a later expiry.",
        E::NotLiquidatable => "Nothing to do: the account meets maintenance.",
        E::NoMarginFreed => "Take the position that its underlying's net comes from.",
        E::KeeperBelowInitialMargin => "Deposit into the keeper's account, or take fewer lots.",
        E::CollateralRemains => {
            "Sell the account's collateral first; what has no Good price waits for one while it may be worth what the account lacks."
        }
        E::NoLossToCover => "Liquidate positions instead.",
        E::CollateralIsDust => "Leave it: the insurance fund takes it over.",
        E::GainsHeld => "Wait until the contract's deficit is covered.",
        E::ExchangeStakeMissing => "Let somebody fund the insurance for the exchange first.",
        E::TooFewShares => "Stake more, or ask for fewer shares at the present price.",
        E::NotEnoughShares => "Ask for no more shares than the stake has.",
        E::StakeWiped => "Unstake to close the stake and get its rent back, or stake anew.",
        E::NotLeaving | E::UnstakeLapsed => "Request to unstake, and wait for the cooldown.",
        E::UnstakeTooEarly => "Wait until the time that the stake names.",
        E::NothingToUnstake => "Wait: the fund has no cash at present, or ask for more shares.",
        E::PacingSpent => "Come again in the next minute.",
        E::NotAHedge => "Name an opposite position on the same underlying, or none.",
        E::KeeperPriceWorse => "Wait until the auction has gone on, or accept a worse price.",
        E::LossNotDue => "Look again, at least every six hours, until the loss is a day old.",
        E::DeleverageTooSoon => {
            "Begin its liquidation, or deleverage once to note that it is insolvent, and wait for five minutes."
        }
        E::NotInsolvent => "Liquidate it instead.",
        E::NotOpposite => "Name an account that holds the other side of the contract.",
        E::NoGainOpposite | E::OppositeWeakened => "Name another account on the other side, or fewer lots.",
        _ => "See the rule.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_error_has_advice_of_its_own() {
        for error in BallastError::ALL {
            assert_ne!(advice(*error), "See the rule.", "{}", error.name());
        }
    }
}
