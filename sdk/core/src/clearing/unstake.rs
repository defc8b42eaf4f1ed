//! Takes a stake out of the insurance fund: asked for first, paid after a cooldown at the value of that moment.

use super::shares::worth;
use crate::error::{BallastError, Result};
use crate::state::{Exchange, InsuranceFund, Pausable, Stake, Vault};
use crate::units::{Shares, Timestamp, Tokens, Usd, magnitude};

/// Seconds after the cooldown in which shares are paid: two days, so that no pause covers them all. Who had longer could be
/// ready to leave at any time, and would go when a loss is in sight.
pub const UNSTAKE_WINDOW: u64 = 172_800;

/// What was paid for shares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unstaked {
    /// Shares that are gone.
    pub shares: Shares,
    /// What they were paid.
    pub paid: Tokens,
    /// The owner's shares afterwards.
    pub left: Shares,
    /// The fund's balance afterwards.
    pub balance: Usd,
}

/// Asks for shares to be paid once the cooldown has passed; returns when. Losses until then are borne as before. A request
/// replaces the one before, and starts the cooldown anew.
///
/// # Errors
/// `AmountZero`, `StakeWiped`, `NotEnoughShares`.
pub fn request_unstake(stake: &mut Stake, fund: &InsuranceFund, shares: Shares, clock: Timestamp) -> Result<Timestamp> {
    if shares == Shares::ZERO {
        return Err(BallastError::AmountZero);
    }
    if stake.generation != fund.generation {
        return Err(BallastError::StakeWiped);
    }
    if shares > stake.shares {
        return Err(BallastError::NotEnoughShares);
    }
    let payable_at = clock.after(fund.unstake_cooldown)?;
    stake.leaving = shares;
    stake.payable_at = payable_at;
    Ok(payable_at)
}

/// Pays the shares that were asked for, at their value now. Shares of an earlier generation are forgotten for nothing.
///
/// Not while liquidation is paused: losses that are known could not be booked.
///
/// # Errors
/// `WrongVault` unless the vault is the quote vault, `WithdrawalsPaused`, `LiquidationPaused`, `NotLeaving`,
/// `UnstakeTooEarly`, `UnstakeLapsed`, `NothingToUnstake`.
pub fn unstake(
    stake: &mut Stake,
    fund: &mut InsuranceFund,
    vault: &mut Vault,
    exchange: &Exchange,
    clock: Timestamp,
) -> Result<Unstaked> {
    if !vault.is_quote() {
        return Err(BallastError::WrongVault);
    }
    if stake.generation != fund.generation {
        let shares = stake.shares;
        *stake = Stake { shares: Shares::ZERO, leaving: Shares::ZERO, generation: fund.generation, ..*stake };
        return Ok(Unstaked { shares, paid: Tokens::ZERO, left: Shares::ZERO, balance: fund.balance });
    }
    for pausable in [Pausable::Withdrawals, Pausable::Liquidation] {
        if exchange.is_paused(pausable, clock) {
            return Err(pausable.error());
        }
    }
    if stake.leaving == Shares::ZERO {
        return Err(BallastError::NotLeaving);
    }
    if clock < stake.payable_at {
        return Err(BallastError::UnstakeTooEarly);
    }
    if clock >= stake.payable_at.after(UNSTAKE_WINDOW)? {
        return Err(BallastError::UnstakeLapsed);
    }
    let shares = stake.leaving;
    let worth = worth(fund, shares)?;
    let paid = Tokens(magnitude(worth.0)?);
    if paid == Tokens::ZERO {
        return Err(BallastError::NothingToUnstake);
    }
    let (left, all) = (stake.shares.minus(shares)?, fund.shares.minus(shares)?);
    let (balance, ledger) = (fund.balance.minus(worth)?, vault.ledger.minus(paid)?);
    stake.shares = left;
    stake.leaving = Shares::ZERO;
    fund.shares = all;
    fund.balance = balance;
    vault.ledger = ledger;
    Ok(Unstaked { shares, paid, left, balance })
}
