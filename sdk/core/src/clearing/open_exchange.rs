//! Opens an exchange for deposits, and closes it for changes without notice.

use crate::error::{BallastError, Result};
use crate::state::Exchange;
use crate::units::Timestamp;

/// Opens the exchange, for good. From now on it takes deposits, and whatever can loosen or redefine solvency takes a
/// proposal and its timelock.
///
/// # Errors
/// `ExchangeOpen` if it is open, `WrongBoard` without a board.
pub fn open_exchange(exchange: &mut Exchange, clock: Timestamp) -> Result<()> {
    if exchange.is_open() {
        return Err(BallastError::ExchangeOpen);
    }
    if !exchange.board.is_some() {
        return Err(BallastError::WrongBoard);
    }
    // a clock at zero must not leave it as it was
    exchange.opened_at = clock.max(Timestamp(1));
    Ok(())
}
