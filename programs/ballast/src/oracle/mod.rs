//! Account bytes to a reading. What the values are worth is judged in core.

mod legacy;
mod pull;

use anchor_lang::prelude::AccountInfo;
use ballast_core::BallastError;
use ballast_core::clearing::Reading;
use ballast_core::state::{Exchange, OracleKind, UnderlyingRow};

use crate::instructions::key_of;
use ballast_core::units::Key;

/// Reads the price of an underlying out of its oracle account.
///
/// # Errors
/// `OracleOwner`, `OracleKind`, `OracleFeed`, `OracleUnverified`, `OracleNotTrading`.
pub(crate) fn read(
    account: &AccountInfo<'_>,
    row: &UnderlyingRow,
    exchange: &Exchange,
) -> Result<Reading, BallastError> {
    if !exchange.allows_oracle(Key(account.owner.to_bytes())) {
        return Err(BallastError::OracleOwner);
    }
    let data = account.try_borrow_data().map_err(|_| BallastError::OracleKind)?;
    match row.kind() {
        OracleKind::Pull => pull::read(&data, row.oracle),
        OracleKind::Legacy if key_of(account) == row.oracle => legacy::read(&data),
        OracleKind::Legacy => Err(BallastError::OracleFeed),
    }
}
