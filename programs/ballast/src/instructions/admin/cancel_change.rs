//! Gives a proposal up, at the word of the admin or the guardian.

use anchor_lang::prelude::*;
use ballast_core::state::{Exchange, Proposal};
use ballast_core::{BallastError, clearing};

use crate::events::ChangeCancelled;
use crate::instructions::key_of;

pub fn cancel_change(ctx: Context<CancelChange>) -> Result<()> {
    let accounts = &ctx.accounts;
    clearing::cancel_change(
        &*accounts.exchange.load()?,
        key_of(&accounts.exchange),
        &*accounts.proposal.load()?,
        key_of(&accounts.signer),
    )?;
    emit!(ChangeCancelled {
        exchange: accounts.exchange.key(),
        proposal: accounts.proposal.key(),
        by: accounts.signer.key(),
    });
    Ok(())
}

#[derive(Accounts)]
pub struct CancelChange<'info> {
    /// The admin or the guardian; the transition checks it.
    pub signer: Signer<'info>,
    /// The exchange.
    pub exchange: AccountLoader<'info, Exchange>,
    /// The proposal, which is used up; the transition checks that it is the exchange's.
    #[account(mut, close = proposer)]
    pub proposal: AccountLoader<'info, Proposal>,
    /// CHECK: who proposed it, and gets its rent back; the constraint says that the proposal names it.
    #[account(mut, constraint = proposal.load()?.proposer == crate::instructions::key_of(&proposer) @ BallastError::WrongProposer)]
    pub proposer: UncheckedAccount<'info>,
}
