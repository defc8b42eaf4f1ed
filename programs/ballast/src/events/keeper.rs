//! What keepers, reporters and index authorities emit.

use anchor_lang::prelude::*;
use ballast_core::clearing::{Call, Resolved};
use ballast_core::units::{Price, Ratio, Scan, Size, Timestamp, Tokens, Usd, Variance};

/// An underlying whose feed is dead was wound down by a step.
#[event]
pub struct UnderlyingWoundDown {
    /// The board.
    pub board: Pubkey,
    /// Row of the underlying.
    pub underlying: u8,
    /// Contracts that were settled.
    pub contracts: u8,
    /// Kinds of collateral that are priced no longer.
    pub vaults: u8,
    /// Deficits of settled contracts that the insurance fund covered.
    pub covered: Usd,
}

/// A price was accepted.
#[event]
pub struct Refreshed {
    /// The board.
    pub board: Pubkey,
    /// Row of the underlying.
    pub underlying: u8,
    /// Whether it is a sample of the volatility.
    pub sampled: bool,
    /// Whether its confidence interval is above the limit: then it moves neither volatility nor coverage.
    pub wide: bool,
    /// Whether it is further than four scan ranges from the moving average: then volatility waits.
    pub diverged: bool,
    /// Whether it ends an outage somewhere else, two minutes ago at most: then liquidation waits.
    pub after_outage: bool,
    /// The price.
    pub price: Price,
    /// Its publish time.
    pub published_at: Timestamp,
    /// Variance.
    pub variance: Variance,
    /// Target scan range.
    pub target: Scan,
    /// Effective scan range.
    pub effective: Scan,
    /// Charged through loss indices for deficits.
    pub charged: Usd,
}

/// Depth was posted.
#[event]
pub struct DepthPosted {
    /// The board.
    pub board: Pubkey,
    /// Who measured it.
    pub reporter: Pubkey,
    /// Row of the underlying.
    pub underlying: u8,
    /// What was measured.
    pub depth: Usd,
    /// Depth that the target counts with now.
    pub in_force: Usd,
}

/// A volatility index was posted.
#[event]
pub struct IndexPosted {
    /// The board.
    pub board: Pubkey,
    /// Row of the underlying.
    pub underlying: u8,
    /// Yearly volatility.
    pub index: Ratio,
}

/// An account was rebalanced.
#[event]
pub struct Rebalanced {
    /// The account.
    pub account: Pubkey,
    /// What became of the call.
    pub call: Call,
    /// Moved from the reserve.
    pub topped_up: Usd,
    /// Moved to the reserve.
    pub released: Usd,
    /// Equity at the target level.
    pub equity: Usd,
    /// Requirement of the target level.
    pub requirement: Usd,
}

/// Lots of an account below maintenance were taken over.
#[event]
pub struct Liquidated {
    /// The account.
    pub account: Pubkey,
    /// The keeper's account.
    pub keeper: Pubkey,
    /// The contract.
    pub contract: Pubkey,
    /// Lots taken, with the sign of the account's position.
    pub taken: Size,
    /// Id of the contract of the hedge that the keeper named.
    pub hedge: Option<u32>,
    /// Lots of it taken.
    pub hedge_taken: Size,
    /// Value of all of them at mark.
    pub value: Usd,
    /// The account's fee.
    pub fee: Usd,
    /// Moved from the reserve before.
    pub topped_up: Usd,
    /// Whether the account is in liquidation afterwards.
    pub in_liquidation: bool,
    /// Who carried the loss of an insolvent account.
    pub resolved: Resolved,
}

/// Lots of an insolvent account were closed against an account that had gained.
#[event]
pub struct Deleveraged {
    /// The insolvent account.
    pub account: Pubkey,
    /// The account on the other side.
    pub opposite: Pubkey,
    /// The contract.
    pub contract: Pubkey,
    /// Lots closed, with the sign of the insolvent account's position.
    pub closed: Size,
    /// Their value at mark.
    pub value: Usd,
    /// What the opposite account gave up of its gain.
    pub given_up: Usd,
    /// Moved from the reserve before.
    pub topped_up: Usd,
    /// Whether the account is in liquidation afterwards.
    pub in_liquidation: bool,
    /// Who carried what was left of the loss.
    pub resolved: Resolved,
}

/// Collateral was sold for losses that cash did not cover, or such losses were looked at.
#[event]
pub struct CollateralSold {
    /// The account.
    pub account: Pubkey,
    /// The keeper's account.
    pub keeper: Pubkey,
    /// Row of the vault on the board.
    pub vault: u8,
    /// Tokens sold.
    pub tokens: Tokens,
    /// Cash paid for them.
    pub paid: Usd,
    /// Moved from the reserve before.
    pub topped_up: Usd,
}
