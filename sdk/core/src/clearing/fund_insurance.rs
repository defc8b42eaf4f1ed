//! Adds cash to the insurance fund.

use crate::error::{BallastError, Result};
use crate::state::{InsuranceFund, Vault};
use crate::units::{Tokens, Usd, signed};

/// Credits the fund with what the quote vault received, whatever the vault's cap. The giver gets nothing for it.
///
/// # Errors
/// `AmountZero`, `WrongVault` unless the vault is the quote vault.
pub fn fund_insurance(fund: &mut InsuranceFund, vault: &mut Vault, amount: Tokens) -> Result<Usd> {
    if amount == Tokens::ZERO {
        return Err(BallastError::AmountZero);
    }
    if !vault.is_quote() {
        return Err(BallastError::WrongVault);
    }
    let ledger = vault.ledger.plus(amount)?;
    fund.balance = fund.balance.plus(Usd(signed(amount.0)?))?;
    vault.ledger = ledger;
    Ok(fund.balance)
}
