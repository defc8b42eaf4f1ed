//! Adds a perpetual on an underlying.
//!
//! - Its id is never used again.
//! - Without a cap on open interest it takes no position.

use anchor_lang::prelude::*;
use ballast_core::state::parameters::ContractTerms;
use ballast_core::state::{Board, Contract, Exchange, seeds};
use ballast_core::{BallastError, clearing};

use crate::events::ContractCreated;
use crate::instructions::clock;

pub fn create_contract(ctx: Context<CreateContract>, terms: ContractTerms) -> Result<()> {
    let accounts = &ctx.accounts;
    let id = clearing::create_contract(
        &mut *accounts.exchange.load_mut()?,
        &mut *accounts.board.load_mut()?,
        &mut *accounts.contract.load_init()?,
        ctx.bumps.contract,
        &terms,
        clock()?,
    )?;
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
    /// The admin, who pays the rent.
    #[account(mut, constraint = exchange.load()?.admin == crate::instructions::key_of(&admin) @ BallastError::NotAdmin)]
    pub admin: Signer<'info>,
    /// The exchange, which counts the ids.
    #[account(mut)]
    pub exchange: AccountLoader<'info, Exchange>,
    /// Its board.
    #[account(mut, constraint = board.load()?.exchange == crate::instructions::key_of(&exchange) @ BallastError::WrongBoard)]
    pub board: AccountLoader<'info, Board>,
    /// The contract.
    #[account(
        init, payer = admin, space = Contract::SPACE,
        seeds = [seeds::CONTRACT, exchange.key().as_ref(), &exchange.load()?.next_contract.to_le_bytes()], bump
    )]
    pub contract: AccountLoader<'info, Contract>,
    /// Creates the account.
    pub system_program: Program<'info, System>,
}
