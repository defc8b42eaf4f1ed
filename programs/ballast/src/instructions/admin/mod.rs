//! Instructions of the admin, the guardian and the risk manager, and the changes that anybody executes.

mod accept_admin;
mod cancel_all_changes;
mod cancel_change;
mod close_contract;
mod collect_fees;
mod create_contract;
mod create_underlying;
mod create_vault;
mod execute_change;
mod initialize_board;
mod initialize_exchange;
mod nominate_admin;
mod open_exchange;
mod pause;
mod propose_change;
mod sweep;
mod tighten;

pub use accept_admin::*;
pub use cancel_all_changes::*;
pub use cancel_change::*;
pub use close_contract::*;
pub use collect_fees::*;
pub use create_contract::*;
pub use create_underlying::*;
pub use create_vault::*;
pub use execute_change::*;
pub use initialize_board::*;
pub use initialize_exchange::*;
pub use nominate_admin::*;
pub use open_exchange::*;
pub use pause::*;
pub use propose_change::*;
pub use sweep::*;
pub use tighten::*;

use anchor_lang::AccountsClose;
use anchor_lang::prelude::*;
use ballast_core::BallastError;
use ballast_core::state::Proposal;

use crate::instructions::key_of;

/// What a proposal holds, where there is one.
pub(crate) fn copy_of(proposal: Option<&AccountLoader<'_, Proposal>>) -> Result<Option<Proposal>> {
    proposal.map(|proposal| proposal.load().map(|held| *held)).transpose()
}

/// Closes a proposal that is used up; its rent goes back to whoever proposed it.
pub(crate) fn use_up<'info>(
    proposal: Option<&AccountLoader<'info, Proposal>>,
    proposer: Option<&UncheckedAccount<'info>>,
) -> Result<()> {
    let Some(proposal) = proposal else {
        return if proposer.is_some() { Err(BallastError::AccountNotUsed.into()) } else { Ok(()) };
    };
    let proposer = proposer.ok_or(BallastError::WrongProposer)?;
    if proposal.load()?.proposer != key_of(proposer) {
        return Err(BallastError::WrongProposer.into());
    }
    proposal.close(proposer.to_account_info())
}
