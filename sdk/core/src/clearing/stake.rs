//! Stakes cash in the insurance fund.

use super::fund_insurance::enter;
use super::shares::{minted, renewed};
use crate::error::{BallastError, Result};
use crate::state::{Exchange, InsuranceFund, Pausable, Stake, VERSION, Vault};
use crate::units::{Key, Shares, Timestamp, Tokens, Usd, signed};
use bytemuck::Zeroable;

/// Least shares of the exchange, which are never withdrawn: 1,000 USD where they were minted. A share stays so small that
/// rounding takes nothing worth having from a stake.
const EXCHANGE_SHARES: Shares = Shares(1_000_000_000);

/// What a stake did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Staked {
    /// Shares minted.
    pub minted: Shares,
    /// The owner's shares afterwards.
    pub shares: Shares,
    /// The fund's balance afterwards.
    pub balance: Usd,
}

/// Starts an owner's stake, without shares.
pub fn open_stake(stake: &mut Stake, exchange: Key, owner: Key, bump: u8) {
    *stake = Stake { version: VERSION, bump, exchange, owner, ..Stake::zeroed() };
}

/// Mints shares for what the quote vault received, at the present price. Shares of an earlier generation are forgotten.
///
/// # Errors
/// `AmountZero`, `ExchangeNotOpen`, `DepositsPaused`, `WrongVault` unless the vault is the quote vault, `VaultCap`,
/// `ExchangeStakeMissing`, `TooFewShares` below `least`.
pub fn stake(
    stake: &mut Stake,
    fund: &mut InsuranceFund,
    vault: &mut Vault,
    exchange: &Exchange,
    (amount, least): (Tokens, Shares),
    clock: Timestamp,
) -> Result<Staked> {
    let ledger = enter(vault, amount)?;
    if ledger > vault.cap {
        return Err(BallastError::VaultCap);
    }
    if !exchange.is_open() {
        return Err(BallastError::ExchangeNotOpen);
    }
    if exchange.is_paused(Pausable::Deposits, clock) {
        return Err(BallastError::DepositsPaused);
    }
    let given = Usd(signed(amount.0)?);
    let mut staked = renewed(fund)?;
    if staked.exchange_shares < EXCHANGE_SHARES {
        return Err(BallastError::ExchangeStakeMissing);
    }
    let minted = minted(&staked, given)?;
    if minted == Shares::ZERO || minted < least {
        return Err(BallastError::TooFewShares);
    }
    let held = if stake.generation == staked.generation {
        *stake
    } else {
        Stake { shares: Shares::ZERO, leaving: Shares::ZERO, ..*stake }
    };
    let shares = held.shares.plus(minted)?;
    staked.shares = staked.shares.plus(minted)?;
    staked.balance = staked.balance.plus(given)?;
    *stake = Stake { shares, generation: staked.generation, ..held };
    *fund = staked;
    vault.ledger = ledger;
    Ok(Staked { minted, shares, balance: fund.balance })
}
