//! What trades write of a contract.

use bytemuck::{Pod, Zeroable};

use super::account;
use crate::model::PremiumMeter;
use crate::units::{Key, Timestamp, Usd};

/// Venues whose fills count towards the premium.
pub const VENUES: usize = 4;

/// What trades write of a contract. Its terms and prices stand on the board.
///
/// At any time: the sizes of all positions sum to zero, and their basis at current indices sums to the pool
/// and the deficit, which stands on the board: defaults write it, and refreshes charge it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
#[cfg_attr(feature = "anchor", derive(anchor_lang::AnchorSerialize))]
#[repr(C)]
pub struct Contract {
    /// Layout version.
    pub version: u8,
    /// Bump of the derived address.
    pub bump: u8,
    /// Row on the board.
    pub row: u8,
    /// Zero.
    pub padding: u8,
    /// Id, never used again.
    pub id: u32,
    /// The exchange.
    pub exchange: Key,
    /// Lots held long, which equals lots held short.
    pub open_interest: u64,
    /// Positions that are not free: accounts that hold size or basis.
    pub holders: u64,
    /// Cash collected from losses and not yet paid to gains, 1e-6 USD, never negative.
    pub pool: Usd,
    /// Trade fees not yet collected, 1e-6 USD.
    pub fees_due: Usd,
    /// Premium of the fills that listed venues signed.
    pub premium: PremiumMeter,
    /// Day (Unix seconds / 86,400) of `drawn_today`.
    pub draw_day: i64,
    /// Drawn from the insurance fund for this contract on that day, 1e-6 USD.
    pub drawn_today: Usd,
    /// Venues whose fills count towards the premium; unused places are zero.
    pub venues: [Key; VENUES],
    /// When a proposal last changed the parameters.
    pub changed_at: Timestamp,
    /// For expiry and settlement.
    pub reserved: [u64; 24],
}

account!(Contract, b"contract", 8 + 32 + 32 + 32 + 16 + 128 + 200);

impl Contract {
    /// Whether a signer is a venue of this contract.
    #[must_use]
    pub fn lists(&self, venue: Key) -> bool {
        venue.is_some() && self.venues.contains(&venue)
    }

    /// Whether nobody holds or is owed anything, the deficit aside.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.open_interest == 0 && self.holders == 0 && self.pool == Usd::ZERO && self.fees_due == Usd::ZERO
    }
}
