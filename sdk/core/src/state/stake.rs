//! What somebody staked in the insurance fund.

use bytemuck::{Pod, Zeroable};

use super::account;
use crate::units::{Key, Shares, Timestamp};

/// Somebody's shares of an insurance fund.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
#[cfg_attr(feature = "anchor", derive(anchor_lang::AnchorSerialize))]
#[repr(C)]
pub struct Stake {
    /// Layout version.
    pub version: u8,
    /// Bump of the derived address.
    pub bump: u8,
    /// Zero.
    pub padding: [u8; 6],
    /// The exchange.
    pub exchange: Key,
    /// Who owns the shares.
    pub owner: Key,
    /// Shares, those that leave included.
    pub shares: Shares,
    /// Shares that the owner asked to unstake; zero without a request.
    pub leaving: Shares,
    /// From when on they are paid, Unix seconds.
    pub payable_at: Timestamp,
    /// The fund's generation in which the shares were minted; in a later one they are worth nothing.
    pub generation: u64,
    /// For what comes.
    pub reserved: [u64; 8],
}

account!(Stake, b"stake\0\0\0", 8 + 2 * 32 + 32 + 64);
