//! What a delegate may do, and what it has done today.

use bytemuck::{Pod, Zeroable};

use crate::error::{BallastError, Result};
use crate::units::{Ratio, Usd};

/// Contracts that a delegate can be limited to.
pub const DELEGATE_CONTRACTS: usize = 4;
/// Farthest on the wrong side of mark that a delegate can be let trade: half a percent, a few spreads of a liquid market.
pub const DELEGATE_WORST_PRICE: Ratio = Ratio::basis_points(50);

/// What a delegate may do in a day. The owner is not limited.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
#[cfg_attr(feature = "anchor", derive(anchor_lang::AnchorSerialize, anchor_lang::AnchorDeserialize))]
#[repr(C)]
pub struct DelegateLimits {
    /// Ids of the contracts that it may trade, 0 being none; every contract when all are 0.
    pub contracts: [u32; DELEGATE_CONTRACTS],
    /// How much worse than mark its prices may be, as a fraction.
    pub worst_price: Ratio,
    /// Most that it trades in a day, 1e-6 USD.
    pub daily_notional: Usd,
    /// Most that its fills lose against mark in a day, fees included, 1e-6 USD.
    pub daily_loss: Usd,
}

/// What delegates have used of a day. It outlives the delegate: a new one begins where the last has stopped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
#[cfg_attr(feature = "anchor", derive(anchor_lang::AnchorSerialize))]
#[repr(C)]
pub struct DelegateUse {
    /// Day (Unix seconds / 86,400) that the amounts belong to.
    pub day: i64,
    /// Traded on that day, 1e-6 USD.
    pub notional: Usd,
    /// Lost against mark on that day, fees included, 1e-6 USD.
    pub loss: Usd,
}

impl DelegateLimits {
    /// Checks the hard bounds.
    ///
    /// # Errors
    /// `DelegateBounds`.
    pub fn check(&self) -> Result<()> {
        let sound = self.worst_price >= Ratio::ZERO
            && self.worst_price <= DELEGATE_WORST_PRICE
            && self.daily_notional >= Usd::ZERO
            && self.daily_loss >= Usd::ZERO;
        if sound { Ok(()) } else { Err(BallastError::DelegateBounds) }
    }

    /// Whether it may trade a contract.
    #[must_use]
    pub fn covers(&self, contract: u32) -> bool {
        self.contracts == [0; DELEGATE_CONTRACTS] || self.contracts.contains(&contract)
    }
}

impl DelegateUse {
    /// What of it counts on a day.
    #[must_use]
    pub const fn on(&self, day: i64) -> Self {
        if self.day == day { *self } else { Self { day, notional: Usd::ZERO, loss: Usd::ZERO } }
    }
}
