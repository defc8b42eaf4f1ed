//! What covers the losses that no trader can.

use bytemuck::{Pod, Zeroable};

use super::{VAULTS, account};
use crate::units::{Key, Shares, Tokens, Usd};

/// The exchange's insurance. Its cash stays in the quote vault; whoever staked owns shares of it, and the exchange the rest.
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
    /// All shares.
    pub shares: Shares,
    /// Those of the exchange, which nobody withdraws.
    pub exchange_shares: Shares,
    /// What contracts owe the fund for claims that it took over, 1e-6 USD: the sum of their `owed_to_fund`.
    pub owed: Usd,
    /// Counts how often losses took all that was staked.
    pub generation: u64,
    /// Seconds between the request to unstake and payment.
    pub unstake_cooldown: u64,
    /// For what comes.
    pub reserved: [u64; 27],
}

account!(InsuranceFund, b"insuranc", 8 + 32 + 40 + 128 + 40 + 216);
