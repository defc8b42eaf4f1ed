//! Adds a perpetual on an underlying.
//!
//! - Its id is never used again.
//! - Without a cap on open interest it takes no position.
//! - Once the exchange is open anybody who has a due proposal may do it, and the cap starts at zero.

use anchor_lang::prelude::*;
use ballast_core::state::parameters::ContractTerms;
use ballast_core::state::{Board, Contract, Exchange, Proposal, seeds};
use ballast_core::{BallastError, clearing};

use crate::events::ContractCreated;
use crate::instructions::{clock, copy_of, use_up};

pub fn create_contract(ctx: Context<CreateContract>, terms: ContractTerms) -> Result<()> {
    let accounts = &ctx.accounts;
    let id = clearing::create_contract(
        &mut *accounts.exchange.load_mut()?,
        &mut *accounts.board.load_mut()?,
        &mut *accounts.contract.load_init()?,
        copy_of(accounts.proposal.as_ref())?.as_ref(),
        ctx.bumps.contract,
        &terms,
        clock()?,
    )?;
    use_up(accounts.proposal.as_ref(), accounts.proposer.as_ref())?;
    emit!(ContractCreated {
        exchange: accounts.exchange.key(),
        contract: accounts.contract.key(),
        id,
        underlying: terms.underlying,
    });
    Ok(())
}

#[derive(Accounts)]
pub struct CreateContract<'info> {
    /// Who pays the rent: the admin; with a proposal anybody.
    #[account(mut, constraint = proposal.is_some() || exchange.load()?.admin == crate::instructions::key_of(&payer) @ BallastError::NotAdmin)]
    pub payer: Signer<'info>,
    /// The exchange, which counts the ids.
    #[account(mut)]
    pub exchange: AccountLoader<'info, Exchange>,
    /// Its board.
    #[account(mut, constraint = board.load()?.exchange == crate::instructions::key_of(&exchange) @ BallastError::WrongBoard)]
    pub board: AccountLoader<'info, Board>,
    /// The contract.
    #[account(
        init, payer = payer, space = Contract::SPACE,
        seeds = [seeds::CONTRACT, exchange.key().as_ref(), &exchange.load()?.next_contract.to_le_bytes()], bump
    )]
    pub contract: AccountLoader<'info, Contract>,
    /// The proposal of exactly this, once the exchange is open; it is used up.
    #[account(mut)]
    pub proposal: Option<AccountLoader<'info, Proposal>>,
    /// CHECK: who proposed it, and gets its rent back; `use_up` checks that the proposal names it.
    #[account(mut)]
    pub proposer: Option<UncheckedAccount<'info>>,
    /// Creates the account.
    pub system_program: Program<'info, System>,
}
