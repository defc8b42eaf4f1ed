//! One trader's cash, collateral and positions.

use bytemuck::{Pod, Zeroable};

use super::{DelegateLimits, DelegateUse, account};
use crate::error::{BallastError, Result};
use crate::model::Pace;
use crate::units::{Key, Size, Timestamp, Tokens, Usd};

/// Kinds of collateral that an account can hold.
pub const COLLATERALS: usize = 7;
/// Positions that an account can hold.
pub const POSITIONS: usize = 16;

/// Collateral of one kind. Free when the amount is zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
#[cfg_attr(feature = "anchor", derive(anchor_lang::AnchorSerialize))]
#[repr(C)]
pub struct CollateralBalance {
    /// Amount, in smallest units of the mint.
    pub amount: Tokens,
    /// Row of the vault on the board.
    pub vault: u8,
    /// Zero.
    pub padding: [u8; 7],
}

/// A position. Free when size and basis are zero: then all of it is zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
#[cfg_attr(feature = "anchor", derive(anchor_lang::AnchorSerialize))]
#[repr(C)]
pub struct Position {
    /// Id of the contract; 0 is none.
    pub contract: u32,
    /// Row of the contract on the board.
    pub row: u8,
    /// Row of the underlying on the board.
    pub underlying: u8,
    /// 1 long, -1 short: the direction of the size or, at size 0, of the last.
    pub side: i8,
    /// Zero.
    pub padding: u8,
    /// Lots, signed.
    pub size: Size,
    /// What the position has paid (negative) or received, 1e-6 USD, at the indices below.
    pub basis: Usd,
    /// Funding index that `basis` accounts for, 1e-6 USD per lot.
    pub funding_index: Usd,
    /// Loss index of its side that `basis` accounts for, 1e-6 USD per lot.
    pub loss_index: Usd,
    /// What liquidations have taken of it in a minute.
    pub pace: Pace,
}

/// Automatic top-up from a reserve, and release back to it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
#[cfg_attr(feature = "anchor", derive(anchor_lang::AnchorSerialize))]
#[repr(C)]
pub struct TopUpPolicy {
    /// The margin account that tops this one up; none when zero.
    pub reserve: Key,
    /// Most that is moved in a day, 1e-6 USD.
    pub daily_limit: Usd,
    /// Day (Unix seconds / 86,400) of `used_today`.
    pub day: i64,
    /// Moved on that day, 1e-6 USD.
    pub used_today: Usd,
    /// Day of the last release.
    pub released_on: i64,
    /// 1 when excess is released back to the reserve.
    pub releases: u64,
}

/// One trader's cash, collateral and positions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
#[cfg_attr(feature = "anchor", derive(anchor_lang::AnchorSerialize))]
#[repr(C)]
pub struct MarginAccount {
    /// Layout version.
    pub version: u8,
    /// Bump of the derived address.
    pub bump: u8,
    /// Distinguishes the accounts of one owner.
    pub id: u16,
    /// Positions in use: the first of `positions`.
    pub position_count: u8,
    /// Zero.
    pub padding: [u8; 3],
    /// The exchange.
    pub exchange: Key,
    /// Withdraws and names the delegate.
    pub owner: Key,
    /// Trades until `delegate_until`; never withdraws.
    pub delegate: Key,
    /// Unix seconds at which the delegate's right ends.
    pub delegate_until: Timestamp,
    /// What the delegate may do in a day.
    pub delegate_limits: DelegateLimits,
    /// What delegates have done today.
    pub delegate_use: DelegateUse,
    /// Cash, 1e-6 USD, never negative.
    pub cash: Usd,
    /// Unix seconds at which the open margin call was found; 0 without a call.
    pub called_at: Timestamp,
    /// Unix seconds at which liquidation began; 0 outside liquidation.
    pub liquidation_at: Timestamp,
    /// Reserve, its limit and releases.
    pub top_up: TopUpPolicy,
    /// Day (Unix seconds / 86,400) of `rewards_paid`.
    pub reward_day: i64,
    /// Keepers' rewards that the account has paid on that day.
    pub rewards_paid: u64,
    /// Counts fills: the number of the last.
    pub sequence: u64,
    /// Unix seconds at which the account was opened: orders signed for an earlier one of the same address are dead.
    pub opened_at: Timestamp,
    /// Highest sequence of a signed order that was filled, or below which all were cancelled.
    pub order_sequence: u64,
    /// Lots filled by orders of that sequence.
    pub order_filled: u64,
    /// Collateral, in any order.
    pub collateral: [CollateralBalance; COLLATERALS],
    /// Positions, sorted by underlying; the first `position_count` are in use.
    pub positions: [Position; POSITIONS],
    /// Unix seconds since which losses beyond cash were seen without a gap; 0 when the last look saw none.
    pub loss_since: Timestamp,
    /// Unix seconds of the last look that saw such losses.
    pub loss_seen_at: Timestamp,
    /// Unix seconds at which a liquidation saw that equity is below zero; 0 when the last look saw none of that.
    pub insolvent_at: Timestamp,
    /// Zero.
    pub reserved: [u64; 6],
}

account!(MarginAccount, b"margin\0\0", 8 + 96 + 8 + 64 + 24 + 72 + 24 + 24 + 112 + 768 + 24 + 48);
const _: () = assert!(MarginAccount::SPACE <= 1_280);

impl MarginAccount {
    /// Positions in use.
    #[must_use]
    pub fn positions(&self) -> &[Position] {
        self.positions.get(..usize::from(self.position_count)).unwrap_or(&self.positions)
    }

    /// Place of the position in a contract.
    #[must_use]
    pub fn find(&self, contract: u32) -> Option<usize> {
        self.positions().iter().position(|position| position.contract == contract)
    }

    /// The position in a contract; all zero when there is none.
    #[must_use]
    pub fn position(&self, contract: u32) -> Position {
        self.find(contract).and_then(|place| self.positions.get(place)).copied().unwrap_or_default()
    }

    /// Stores a position at its place, in the order of underlyings; frees the place of one without size and basis.
    ///
    /// # Errors
    /// `PositionsFull`.
    pub fn put(&mut self, position: Position) -> Result<()> {
        let free = position.size == Size::ZERO && position.basis == Usd::ZERO;
        let count = usize::from(self.position_count);
        match self.find(position.contract) {
            Some(place) if free => {
                let last = count.saturating_sub(1);
                let tail = self.positions.get_mut(place..count).ok_or(BallastError::Overflow)?;
                tail.rotate_left(1);
                *self.positions.get_mut(last).ok_or(BallastError::Overflow)? = Position::default();
                self.position_count = self.position_count.saturating_sub(1);
            }
            Some(place) => *self.positions.get_mut(place).ok_or(BallastError::Overflow)? = position,
            None if free => {}
            None => {
                let place = self.positions().partition_point(|held| held.underlying <= position.underlying);
                let tail = self.positions.get_mut(place..=count).ok_or(BallastError::PositionsFull)?;
                tail.rotate_right(1);
                *tail.first_mut().ok_or(BallastError::PositionsFull)? = position;
                self.position_count = self.position_count.saturating_add(1);
            }
        }
        Ok(())
    }

    /// Amount held of a vault's mint.
    #[must_use]
    pub fn collateral_of(&self, vault: u8) -> Tokens {
        self.collateral
            .iter()
            .find(|held| held.amount != Tokens::ZERO && held.vault == vault)
            .map_or(Tokens::ZERO, |held| held.amount)
    }

    /// Adds collateral.
    ///
    /// # Errors
    /// `CollateralFull`, `Overflow`.
    pub fn add_collateral(&mut self, vault: u8, amount: Tokens) -> Result<()> {
        let held = match self.collateral.iter().position(|held| held.amount != Tokens::ZERO && held.vault == vault) {
            Some(place) => place,
            None => self
                .collateral
                .iter()
                .position(|held| held.amount == Tokens::ZERO)
                .ok_or(BallastError::CollateralFull)?,
        };
        let held = self.collateral.get_mut(held).ok_or(BallastError::CollateralFull)?;
        *held = CollateralBalance { amount: held.amount.plus(amount)?, vault, padding: [0; 7] };
        Ok(())
    }

    /// Takes collateral away.
    ///
    /// # Errors
    /// `NotEnoughCollateral`.
    pub fn take_collateral(&mut self, vault: u8, amount: Tokens) -> Result<()> {
        let held = self
            .collateral
            .iter_mut()
            .find(|held| held.amount >= amount && held.amount != Tokens::ZERO && held.vault == vault);
        let held = held.ok_or(BallastError::NotEnoughCollateral)?;
        held.amount = held.amount.minus(amount)?;
        if held.amount == Tokens::ZERO {
            *held = CollateralBalance::default();
        }
        Ok(())
    }

    /// Pays cash, which never becomes negative.
    ///
    /// # Errors
    /// `NotEnoughCash`.
    pub fn pay(&mut self, amount: Usd) -> Result<()> {
        if self.cash < amount {
            return Err(BallastError::NotEnoughCash);
        }
        self.cash = self.cash.minus(amount)?;
        Ok(())
    }

    /// Receives cash.
    ///
    /// # Errors
    /// `Overflow`.
    pub fn receive(&mut self, amount: Usd) -> Result<()> {
        self.cash = self.cash.plus(amount)?;
        Ok(())
    }

    /// Ends its liquidation, and with it what was noted of its insolvency.
    pub const fn end_liquidation(&mut self) {
        self.liquidation_at = Timestamp::ZERO;
        self.insolvent_at = Timestamp::ZERO;
    }

    /// Ends call and liquidation of an account without positions: nothing is left that could be called for or liquidated.
    pub const fn end_without_positions(&mut self) {
        if self.position_count == 0 {
            self.called_at = Timestamp::ZERO;
            self.end_liquidation();
        }
    }

    /// Leaves it in the liquidation that began then, and notes since when its equity is below zero.
    pub fn stay_in_liquidation(&mut self, began: Timestamp, equity: Usd, now: Timestamp) {
        self.liquidation_at = began;
        if equity >= Usd::ZERO {
            self.insolvent_at = Timestamp::ZERO;
        } else if self.insolvent_at == Timestamp::ZERO {
            self.insolvent_at = now;
        }
    }

    /// Whether nothing is left in the account.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.cash == Usd::ZERO
            && self.position_count == 0
            && self.collateral.iter().all(|held| held.amount == Tokens::ZERO)
    }
}
