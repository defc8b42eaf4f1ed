//! Executes a change whose timelock has passed. Anybody may.
//!
//! - Every parameter keeps its bounds and its largest step from what is in force now.
//! - Creations are executed by the instructions that create.

use anchor_lang::prelude::*;
use ballast_core::clearing::Executing;
use ballast_core::state::{Board, Contract, Exchange, InsuranceFund, Proposal, Vault};
use ballast_core::{BallastError, clearing};

use crate::events::ChangeExecuted;
use crate::instructions::clock;

pub fn execute_change(ctx: Context<ExecuteChange>) -> Result<()> {
    let accounts = &ctx.accounts;
    let mut contract = accounts.contract.as_ref().map(|contract| contract.load_mut()).transpose()?;
    let mut vault = accounts.vault.as_ref().map(|vault| vault.load_mut()).transpose()?;
    clearing::execute_change(
        &*accounts.proposal.load()?,
        Executing {
            exchange: &mut *accounts.exchange.load_mut()?,
            board: &mut *accounts.board.load_mut()?,
            fund: &mut *accounts.insurance_fund.load_mut()?,
            contract: contract.as_deref_mut(),
            vault: vault.as_deref_mut(),
        },
        clock()?,
    )?;
    emit!(ChangeExecuted { exchange: accounts.exchange.key(), proposal: accounts.proposal.key() });
    Ok(())
}

#[derive(Accounts)]
pub struct ExecuteChange<'info> {
    /// The exchange.
    #[account(mut)]
    pub exchange: AccountLoader<'info, Exchange>,
    /// Its board.
    #[account(mut, constraint = board.load()?.exchange == crate::instructions::key_of(&exchange) @ BallastError::WrongBoard)]
    pub board: AccountLoader<'info, Board>,
    /// Its insurance fund, which keeps the drawing limits.
    #[account(mut, constraint = insurance_fund.load()?.exchange == crate::instructions::key_of(&exchange) @ BallastError::WrongInsuranceFund)]
    pub insurance_fund: AccountLoader<'info, InsuranceFund>,
    /// The proposal, which is used up; the transition checks that it is the exchange's.
    #[account(mut, close = proposer)]
    pub proposal: AccountLoader<'info, Proposal>,
    /// CHECK: who proposed it, and gets its rent back; the constraint says that the proposal names it.
    #[account(mut, constraint = proposal.load()?.proposer == crate::instructions::key_of(&proposer) @ BallastError::WrongProposer)]
    pub proposer: UncheckedAccount<'info>,
    /// The contract that the change names; the transition checks it.
    #[account(mut)]
    pub contract: Option<AccountLoader<'info, Contract>>,
    /// The vault that the change names; the transition checks it.
    #[account(mut)]
    pub vault: Option<AccountLoader<'info, Vault>>,
}
