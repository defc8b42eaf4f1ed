//! Gives a proposal up.

use crate::error::{BallastError, Result};
use crate::state::{Exchange, Proposal};
use crate::units::Key;

/// Checks that a proposal may be given up: by the admin or the guardian, at any time. It is used up.
///
/// The guardian may give up even the proposal that replaces him: a guardian who says no to everything keeps the exchange
/// as its users know it, while one who could be replaced unasked would protect nobody.
///
/// # Errors
/// `NotAdminOrGuardian`, `WrongExchange`.
pub fn cancel_change(exchange: &Exchange, key: Key, proposal: &Proposal, signer: Key) -> Result<()> {
    if proposal.exchange != key {
        return Err(BallastError::WrongExchange);
    }
    if signer.is_some() && (signer == exchange.admin || signer == exchange.guardian) {
        Ok(())
    } else {
        Err(BallastError::NotAdminOrGuardian)
    }
}
