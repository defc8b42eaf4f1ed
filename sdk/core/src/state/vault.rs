//! One mint's record.

use bytemuck::{Pod, Zeroable};

use super::account;
use crate::units::{Key, Timestamp, Tokens};

/// One mint's record: the token account that it controls and what the ledger says that this account owes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
#[cfg_attr(feature = "anchor", derive(anchor_lang::AnchorSerialize))]
#[repr(C)]
pub struct Vault {
    /// Layout version.
    pub version: u8,
    /// Bump of the derived address.
    pub bump: u8,
    /// Row on the board; [`super::NO_ROW`] for the quote mint, which credits cash.
    pub row: u8,
    /// Zero.
    pub padding: [u8; 5],
    /// The exchange.
    pub exchange: Key,
    /// The mint.
    pub mint: Key,
    /// The token account that the vault controls.
    pub token_account: Key,
    /// Most that the ledger may owe, in smallest units.
    pub cap: Tokens,
    /// What the ledger owes: for the quote mint cash, pools, fees, reward budgets and insurance; for another the
    /// collateral of all accounts and of the insurance fund.
    pub ledger: Tokens,
    /// When a proposal last changed the parameters.
    pub changed_at: Timestamp,
    /// When the risk manager last tightened anything.
    pub tightened_at: Timestamp,
    /// When the risk manager last tightened what has a largest step.
    pub stepped_at: Timestamp,
    /// For a cap that moves.
    pub reserved: [u64; 13],
}

account!(Vault, b"vault\0\0\0", 8 + 3 * 32 + 16 + 128);

impl Vault {
    /// Whether the vault credits cash.
    #[must_use]
    pub const fn is_quote(&self) -> bool {
        self.row == super::NO_ROW
    }
}
