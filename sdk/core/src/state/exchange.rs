//! One clearing house: its roles, fee rates and pauses.

use bytemuck::{Pod, Zeroable};

use super::account;
use super::parameters::ExchangeParameters;
use crate::error::{BallastError, Result};
use crate::model::REPORTERS;
use crate::units::{DAY, Key, Ratio, Timestamp};

/// Programs whose accounts are read as prices.
pub const ORACLE_OWNERS: usize = 4;

/// What the guardian may pause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "anchor", derive(anchor_lang::AnchorSerialize, anchor_lang::AnchorDeserialize))]
pub enum Pausable {
    /// `deposit`, except into a called account.
    Deposits,
    /// `withdraw` and `transfer`.
    Withdrawals,
    /// `trade`, except reductions.
    Trading,
    /// `liquidate` and `liquidate_collateral`.
    Liquidation,
}

/// A pause that ends by itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
#[cfg_attr(feature = "anchor", derive(anchor_lang::AnchorSerialize))]
#[repr(C)]
pub struct Pause {
    /// Unix seconds at which the last pause began; 0 before the first.
    pub started_at: Timestamp,
    /// Unix seconds at which it ends or has ended.
    pub until: Timestamp,
}

/// One clearing house. Many can exist beside each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
#[cfg_attr(feature = "anchor", derive(anchor_lang::AnchorSerialize))]
#[repr(C)]
pub struct Exchange {
    /// Layout version.
    pub version: u8,
    /// Bump of the derived address.
    pub bump: u8,
    /// Distinguishes the exchanges of one creator.
    pub id: u16,
    /// Id that the next contract gets; ids are never used again.
    pub next_contract: u32,
    /// Who created the exchange; part of its address and without any right.
    pub creator: Key,
    /// Proposes changes, collects fees for the treasury.
    pub admin: Key,
    /// Nominated admin, who has still to accept.
    pub pending_admin: Key,
    /// Tightens at once.
    pub risk_manager: Key,
    /// Pauses, and cancels proposals.
    pub guardian: Key,
    /// Owner of the token accounts that fees and gifts are paid to.
    pub treasury: Key,
    /// Post depth; unused places are zero.
    pub depth_reporters: [Key; REPORTERS],
    /// Mint of cash.
    pub quote_mint: Key,
    /// The board; none before `initialize_board`.
    pub board: Key,
    /// Fee on the notional of a fill, from each side's cash.
    pub trade_fee: Ratio,
    /// Share of a liquidation fee that goes to the insurance fund.
    pub insurance_share: Ratio,
    /// Share of collected trade fees that goes to the underlying's reward budget.
    pub reward_share: Ratio,
    /// Seconds of a liquidation after which its fee has grown to the maximum.
    pub auction_seconds: u64,
    /// Deposits, withdrawals, trading, liquidation.
    pub pauses: [Pause; 4],
    /// Programs whose accounts are read as prices; unused places are zero.
    pub oracle_owners: [Key; ORACLE_OWNERS],
    /// Seconds between a proposal and its execution.
    pub timelock: u64,
    /// When the exchange was opened; 0 while it is set up. Never goes back.
    pub opened_at: Timestamp,
    /// Number that the next proposal gets; numbers are never used again.
    pub next_proposal: u64,
    /// Proposals with lower numbers are given up.
    pub cancelled_before: u64,
    /// When its own parameters last changed.
    pub changed_at: Timestamp,
    /// For what comes.
    pub reserved: [u64; 27],
}

account!(Exchange, b"exchange", 8 + 13 * 32 + 32 + 64 + 128 + 40 + 216);

impl Exchange {
    /// Whether the exchange takes deposits, and changes only by proposals.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.opened_at != Timestamp::ZERO
    }

    /// Whether the guardian's pause of `what` lasts at `now`.
    #[must_use]
    pub fn is_paused(&self, what: Pausable, now: Timestamp) -> bool {
        now < self.pause_of(what).until
    }

    /// Whether an account with this owner is read as a price.
    #[must_use]
    pub fn allows_oracle(&self, owner: Key) -> bool {
        owner.is_some() && self.oracle_owners.contains(&owner)
    }

    /// Place of a depth reporter.
    #[must_use]
    pub fn reporter(&self, signer: Key) -> Option<usize> {
        self.depth_reporters.iter().position(|reporter| reporter.is_some() && *reporter == signer)
    }

    /// The last pause of `what`.
    #[must_use]
    pub const fn pause_of(&self, what: Pausable) -> &Pause {
        let [deposits, withdrawals, trading, liquidation] = &self.pauses;
        match what {
            Pausable::Deposits => deposits,
            Pausable::Withdrawals => withdrawals,
            Pausable::Trading => trading,
            Pausable::Liquidation => liquidation,
        }
    }

    /// The last pause of `what`, to be written.
    #[must_use]
    pub const fn pause_of_mut(&mut self, what: Pausable) -> &mut Pause {
        let [deposits, withdrawals, trading, liquidation] = &mut self.pauses;
        match what {
            Pausable::Deposits => deposits,
            Pausable::Withdrawals => withdrawals,
            Pausable::Trading => trading,
            Pausable::Liquidation => liquidation,
        }
    }
}

impl Pausable {
    /// Longest pause, in seconds: an hour for liquidation, a day for the rest.
    #[must_use]
    pub const fn longest(self) -> u64 {
        match self {
            Self::Liquidation => 3_600,
            Self::Deposits | Self::Withdrawals | Self::Trading => DAY,
        }
    }

    /// The rule that an instruction breaks while this is paused.
    #[must_use]
    pub const fn error(self) -> BallastError {
        match self {
            Self::Deposits => BallastError::DepositsPaused,
            Self::Withdrawals => BallastError::WithdrawalsPaused,
            Self::Trading => BallastError::TradingPaused,
            Self::Liquidation => BallastError::LiquidationPaused,
        }
    }
}

/// Terms with which an exchange is initialised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "anchor", derive(anchor_lang::AnchorSerialize, anchor_lang::AnchorDeserialize))]
pub struct ExchangeTerms {
    /// Tightens at once.
    pub risk_manager: Key,
    /// Pauses, and cancels proposals.
    pub guardian: Key,
    /// Owner of the token accounts that fees and gifts are paid to.
    pub treasury: Key,
    /// Post depth; unused places are zero.
    pub depth_reporters: [Key; REPORTERS],
    /// Seconds between a proposal and its execution.
    pub timelock: u64,
    /// Fee on the notional of a fill, from each side's cash.
    pub trade_fee: Ratio,
    /// Share of a liquidation fee that goes to the insurance fund.
    pub insurance_share: Ratio,
    /// Share of collected trade fees that goes to the underlying's reward budget.
    pub reward_share: Ratio,
    /// Seconds of a liquidation after which its fee has grown to the maximum.
    pub auction_seconds: u64,
    /// Most that the insurance fund covers for one contract in a day.
    pub draw_per_contract: crate::units::Usd,
    /// Most that the insurance fund covers in a day.
    pub draw_per_day: crate::units::Usd,
    /// Seconds between the request to unstake and payment.
    pub unstake_cooldown: u64,
    /// Programs whose accounts are read as prices; unused places are zero.
    pub oracle_owners: [Key; ORACLE_OWNERS],
}

impl ExchangeTerms {
    /// Checks every parameter against its hard bounds.
    ///
    /// # Errors
    /// `ParameterOutOfBounds`.
    pub fn check(&self) -> Result<()> {
        self.parameters().check()
    }

    /// Those of them that a proposal may change.
    #[must_use]
    pub const fn parameters(&self) -> ExchangeParameters {
        ExchangeParameters {
            timelock: self.timelock,
            trade_fee: self.trade_fee,
            insurance_share: self.insurance_share,
            reward_share: self.reward_share,
            auction_seconds: self.auction_seconds,
            draw_per_contract: self.draw_per_contract,
            draw_per_day: self.draw_per_day,
            unstake_cooldown: self.unstake_cooldown,
        }
    }
}
