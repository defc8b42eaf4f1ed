//! What covers the losses that no trader can.

use bytemuck::{Pod, Zeroable};

use super::{VAULTS, account};
use crate::units::{Key, Tokens, Usd};

/// The exchange's insurance. Its cash stays in the quote vault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
#[cfg_attr(feature = "anchor", derive(anchor_lang::AnchorSerialize))]
#[repr(C)]
pub struct InsuranceFund {
    /// Layout version.
    pub version: u8,
    /// Bump of the derived address.
    pub bump: u8,
    /// Zero.
    pub padding: [u8; 6],
    /// The exchange.
    pub exchange: Key,
    /// Cash, 1e-6 USD, never negative.
    pub balance: Usd,
    /// Most that is drawn for one contract in a day, 1e-6 USD.
    pub draw_per_contract: Usd,
    /// Most that is drawn in a day, 1e-6 USD.
    pub draw_per_day: Usd,
    /// Day (Unix seconds / 86,400) of `drawn_today`.
    pub day: i64,
    /// Drawn on that day, 1e-6 USD.
    pub drawn_today: Usd,
    /// Collateral taken over at face from insolvent accounts, by board row.
    pub collateral: [Tokens; VAULTS],
    /// For shares, stakes and the cooldown.
    pub reserved: [u64; 32],
}

account!(InsuranceFund, b"insuranc", 8 + 32 + 40 + 128 + 256);
