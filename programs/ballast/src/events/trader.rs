//! What owners and their delegates emit.

use anchor_lang::prelude::*;
use ballast_core::clearing::Asset;
use ballast_core::state::DelegateLimits;
use ballast_core::units::{PerLot, Timestamp, Tokens, Usd};

/// A margin account was opened.
#[event]
pub struct AccountOpened {
    /// The account.
    pub account: Pubkey,
    /// Its owner.
    pub owner: Pubkey,
    /// Its number among the owner's accounts.
    pub id: u16,
}

/// A margin account was closed.
#[event]
pub struct AccountClosed {
    /// The account.
    pub account: Pubkey,
    /// Its owner.
    pub owner: Pubkey,
}

/// A delegate was named or removed.
#[event]
pub struct DelegateSet {
    /// The account.
    pub account: Pubkey,
    /// The delegate; the default key is nobody.
    pub delegate: Pubkey,
    /// End of the right.
    pub until: Timestamp,
    /// What it may do in a day, as it was sent.
    pub limits: DelegateLimits,
}

/// Every signed order of a lower sequence was cancelled.
#[event]
pub struct OrdersCancelled {
    /// The account.
    pub account: Pubkey,
    /// The sequence.
    pub below: u64,
}

/// A top-up policy was set or ended.
#[event]
pub struct TopUpSet {
    /// The account.
    pub account: Pubkey,
    /// Its reserve; the default key is none.
    pub reserve: Pubkey,
    /// Most that is moved in a day.
    pub daily_limit: Usd,
    /// Whether excess is released back.
    pub releases: bool,
}

/// Tokens came in.
#[event]
pub struct Deposited {
    /// The account.
    pub account: Pubkey,
    /// The mint.
    pub mint: Pubkey,
    /// What the vault received.
    pub amount: Tokens,
    /// Balance afterwards.
    pub balance: Tokens,
}

/// Tokens went out.
#[event]
pub struct Withdrawn {
    /// The account.
    pub account: Pubkey,
    /// The mint.
    pub mint: Pubkey,
    /// What left the vault.
    pub amount: Tokens,
    /// Balance afterwards.
    pub balance: Tokens,
}

/// An asset moved between two accounts of one owner.
#[event]
pub struct Transferred {
    /// The giving account.
    pub from: Pubkey,
    /// The receiving account.
    pub to: Pubkey,
    /// What moved.
    pub asset: Asset,
    /// How much.
    pub amount: Tokens,
}

/// A fill was booked.
#[event]
pub struct Traded {
    /// The contract.
    pub contract: Pubkey,
    /// The buyer's account.
    pub buyer: Pubkey,
    /// The seller's account.
    pub seller: Pubkey,
    /// Lots.
    pub lots: u64,
    /// Price of a lot.
    pub price: PerLot,
    /// The buyer's fee.
    pub buyer_fee: Usd,
    /// The seller's fee.
    pub seller_fee: Usd,
    /// Sequence of the buyer's order, where one stood for a signature.
    pub buyer_order: Option<u64>,
    /// Sequence of the seller's order, where one stood for a signature.
    pub seller_order: Option<u64>,
}

/// A gain or loss was settled.
#[event]
pub struct Settled {
    /// The account.
    pub account: Pubkey,
    /// The contract.
    pub contract: Pubkey,
    /// Received by the account; negative when it paid.
    pub paid: Usd,
}

/// A claim on a settled contract with a deficit was paid in part.
#[event]
pub struct SettledInPart {
    /// The account.
    pub account: Pubkey,
    /// The contract.
    pub contract: Pubkey,
    /// Received by the account.
    pub paid: Usd,
    /// Given up.
    pub given_up: Usd,
}
