//! What the insurance fund and its stakers emit.

use anchor_lang::prelude::*;
use ballast_core::units::{Shares, Timestamp, Tokens, Usd};

/// The insurance fund received cash.
#[event]
pub struct InsuranceFunded {
    /// The fund.
    pub fund: Pubkey,
    /// What the quote vault received.
    pub amount: Tokens,
    /// The fund's balance afterwards.
    pub balance: Usd,
    /// The exchange's shares afterwards.
    pub exchange_shares: Shares,
    /// All shares afterwards.
    pub shares: Shares,
}

/// A stake was opened.
#[event]
pub struct StakeOpened {
    /// The stake.
    pub stake: Pubkey,
    /// Its owner.
    pub owner: Pubkey,
}

/// Cash was staked in the insurance fund.
#[event]
pub struct Staked {
    /// The stake.
    pub stake: Pubkey,
    /// What the quote vault received.
    pub amount: Tokens,
    /// Shares minted for it.
    pub minted: Shares,
    /// Shares of the stake afterwards.
    pub shares: Shares,
    /// The fund's balance afterwards.
    pub balance: Usd,
}

/// Shares of the insurance fund were asked to be paid.
#[event]
pub struct UnstakeRequested {
    /// The stake.
    pub stake: Pubkey,
    /// How many.
    pub shares: Shares,
    /// From when on, for two days.
    pub payable_at: Timestamp,
}

/// Shares of the insurance fund were paid, or forgotten where losses took them. A stake without any is closed.
#[event]
pub struct Unstaked {
    /// The stake.
    pub stake: Pubkey,
    /// Shares that are gone.
    pub shares: Shares,
    /// What they were paid.
    pub paid: Tokens,
    /// Shares of the stake afterwards.
    pub left: Shares,
    /// The fund's balance afterwards.
    pub balance: Usd,
}
