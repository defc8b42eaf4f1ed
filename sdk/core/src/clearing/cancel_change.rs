//! Gives proposals up.

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
    require_admin_or_guardian(exchange, signer)
}

/// Gives up every proposal made so far, at the word of the admin or the guardian. Returns the number from which on
/// proposals stand.
///
/// Whoever holds a stolen key of the admin makes proposals faster than a guardian can name them; this takes one word in a
/// timelock. The accounts stay until they are cancelled one by one, which pays their rent back.
///
/// # Errors
/// `NotAdminOrGuardian`.
pub fn cancel_all_changes(exchange: &mut Exchange, signer: Key) -> Result<u64> {
    require_admin_or_guardian(exchange, signer)?;
    exchange.cancelled_before = exchange.next_proposal;
    Ok(exchange.cancelled_before)
}

fn require_admin_or_guardian(exchange: &Exchange, signer: Key) -> Result<()> {
    if signer.is_some() && (signer == exchange.admin || signer == exchange.guardian) {
        Ok(())
    } else {
        Err(BallastError::NotAdminOrGuardian)
    }
}
