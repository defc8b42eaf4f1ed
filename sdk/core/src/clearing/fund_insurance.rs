//! Adds cash to the insurance fund for the exchange.

use super::shares::{minted, renewed};
use crate::error::{BallastError, Result};
use crate::state::{InsuranceFund, Vault};
use crate::units::{Shares, Tokens, Usd, signed};

/// What a contribution did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Funded {
    /// The fund's balance afterwards.
    pub balance: Usd,
    /// The exchange's shares afterwards.
    pub exchange_shares: Shares,
    /// All shares afterwards.
    pub shares: Shares,
}

/// Credits the fund with what the quote vault received, whatever the vault's cap, for shares that the exchange
/// keeps. The giver gets nothing.
///
/// # Errors
/// `AmountZero`, `WrongVault` unless the vault is the quote vault.
pub fn fund_insurance(fund: &mut InsuranceFund, vault: &mut Vault, amount: Tokens) -> Result<Funded> {
    let ledger = enter(vault, amount)?;
    let given = Usd(signed(amount.0)?);
    let mut funded = renewed(fund)?;
    let shares = if funded.shares == funded.exchange_shares { Shares(amount.0) } else { minted(&funded, given)? };
    funded.shares = funded.shares.plus(shares)?;
    funded.exchange_shares = funded.exchange_shares.plus(shares)?;
    funded.balance = funded.balance.plus(given)?;
    *fund = funded;
    vault.ledger = ledger;
    Ok(Funded { balance: fund.balance, exchange_shares: fund.exchange_shares, shares: fund.shares })
}

/// The quote vault's ledger with an amount more.
pub(super) fn enter(vault: &Vault, amount: Tokens) -> Result<Tokens> {
    if amount == Tokens::ZERO {
        return Err(BallastError::AmountZero);
    }
    if !vault.is_quote() {
        return Err(BallastError::WrongVault);
    }
    vault.ledger.plus(amount)
}
