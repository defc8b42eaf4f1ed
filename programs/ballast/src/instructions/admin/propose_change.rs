//! Proposes a change of what can loosen or redefine solvency.
//!
//! - Anybody may execute it once the timelock has passed, for a week; until then admin and guardian may cancel it.
//! - Every parameter lies within its hard bounds.

use anchor_lang::prelude::*;
use ballast_core::clearing::NewProposal;
use ballast_core::state::{Change, Exchange, Proposal, seeds};
use ballast_core::{BallastError, clearing};

use crate::events::ChangeProposed;
use crate::instructions::{clock, key_of};

pub fn propose_change(ctx: Context<ProposeChange>, change: Change) -> Result<()> {
    let accounts = &ctx.accounts;
    let new = NewProposal {
        exchange: key_of(&accounts.exchange),
        proposer: key_of(&accounts.admin),
        bump: ctx.bumps.proposal,
    };
    let mut proposal = accounts.proposal.load_init()?;
    clearing::propose_change(&mut *accounts.exchange.load_mut()?, &mut proposal, &new, &change, clock()?)?;
    emit!(ChangeProposed {
        exchange: accounts.exchange.key(),
        proposal: accounts.proposal.key(),
        executable_at: proposal.executable_at,
        expires_at: proposal.expires_at,
        change,
    });
    Ok(())
}

#[derive(Accounts)]
pub struct ProposeChange<'info> {
    /// The admin, who pays the rent and gets it back.
    #[account(mut, constraint = exchange.load()?.admin == crate::instructions::key_of(&admin) @ BallastError::NotAdmin)]
    pub admin: Signer<'info>,
    /// The exchange, which counts the proposals.
    #[account(mut)]
    pub exchange: AccountLoader<'info, Exchange>,
    /// The proposal.
    #[account(
        init, payer = admin, space = Proposal::SPACE,
        seeds = [seeds::PROPOSAL, exchange.key().as_ref(), &exchange.load()?.next_proposal.to_le_bytes()], bump
    )]
    pub proposal: AccountLoader<'info, Proposal>,
    /// Creates the account.
    pub system_program: Program<'info, System>,
}
