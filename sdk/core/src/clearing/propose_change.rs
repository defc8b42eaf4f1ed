//! Writes down a change that waits for its time.

use bytemuck::Zeroable;

use crate::error::{BallastError, Result};
use crate::state::{Change, Exchange, PROPOSAL_LIFE, Proposal, VERSION};
use crate::units::{Key, Timestamp};

/// What a proposal is made from, beside the change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewProposal {
    /// The exchange.
    pub exchange: Key,
    /// Who proposes.
    pub proposer: Key,
    /// Bump of the proposal's address.
    pub bump: u8,
}

/// Proposes a change. Anybody may execute it once the exchange's timelock has passed, for a week. Returns its number.
///
/// Bounds are checked now, so that nobody waits for what cannot be; steps are checked when it is executed, against what
/// is in force then.
///
/// # Errors
/// `ExchangeNotOpen`, `ParameterOutOfBounds`, `StartsAtZero`.
pub fn propose_change(
    exchange: &mut Exchange,
    proposal: &mut Proposal,
    new: &NewProposal,
    change: &Change,
    clock: Timestamp,
) -> Result<u64> {
    if !exchange.is_open() {
        return Err(BallastError::ExchangeNotOpen);
    }
    change.check()?;
    let number = exchange.next_proposal;
    let next_proposal = number.checked_add(1).ok_or(BallastError::Overflow)?;
    let executable_at = clock.after(exchange.timelock)?;
    let mut written = Proposal {
        version: VERSION,
        bump: new.bump,
        number,
        exchange: new.exchange,
        proposer: new.proposer,
        proposed_at: clock,
        executable_at,
        expires_at: executable_at.after(PROPOSAL_LIFE)?,
        ..Proposal::zeroed()
    };
    written.hold(change)?;
    *proposal = written;
    exchange.next_proposal = next_proposal;
    Ok(number)
}
