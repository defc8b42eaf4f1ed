//! What shares of an insurance fund are worth, and when it begins anew.
//!
//! Cash is what the ledger says: a token sent to the vault changes no price. Whoever enters pays for what contracts owe
//! the fund, whoever leaves is not paid for it: nobody gains by entering before it is repaid.

use crate::error::{BallastError, Result};
use crate::math;
use crate::state::InsuranceFund;
use crate::units::{Shares, Usd, magnitude, signed};

/// Parts of a unit that a share is worth when losses have taken all that was staked: with less, numbers of shares would
/// outgrow their type.
const WIPED: u64 = 10_000;

/// Cash and claims, which one enters at.
pub(super) fn gross(fund: &InsuranceFund) -> Result<Usd> {
    fund.balance.plus(fund.owed)
}

/// The fund as whoever enters finds it.
///
/// While the exchange owns all of it, a share is a unit again: no dust of a first share, and no income before the first
/// stake, can make a share dear. Once shares are worth a ten-thousandth of a unit, they are worth nothing: what is left
/// belongs to the exchange and a new generation begins.
pub(super) fn renewed(fund: &InsuranceFund) -> Result<InsuranceFund> {
    let gross = gross(fund)?;
    let wiped = u128::from(fund.shares.0) > math::wide_u(magnitude(gross.0)?, WIPED);
    if fund.shares != fund.exchange_shares && !wiped {
        return Ok(*fund);
    }
    let staked = fund.shares != fund.exchange_shares;
    let shares = Shares(magnitude(gross.0)?);
    let generation = if staked { fund.generation.saturating_add(1) } else { fund.generation };
    Ok(InsuranceFund { shares, exchange_shares: shares, generation, ..*fund })
}

/// Shares that an amount buys, rounded down: whoever enters leaves the rest to those who are there.
pub(super) fn minted(fund: &InsuranceFund, amount: Usd) -> Result<Shares> {
    let gross = magnitude(gross(fund)?.0)?;
    if gross == 0 {
        return Err(BallastError::ExchangeStakeMissing);
    }
    math::mul_div_floor(magnitude(amount.0)?, fund.shares.0, gross).map(Shares)
}

/// What shares are paid, rounded down.
pub(super) fn worth(fund: &InsuranceFund, shares: Shares) -> Result<Usd> {
    if fund.shares == Shares::ZERO {
        return Ok(Usd::ZERO);
    }
    math::mul_div_floor(magnitude(fund.balance.0)?, shares.0, fund.shares.0).and_then(signed).map(Usd)
}
