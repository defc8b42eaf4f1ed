//! Adds an underlying to the board.
//!
//! - Every parameter lies within its hard bounds.
//! - Its ramp starts at the target of the starting volatility.
//! - Once the exchange is open anybody who has a due proposal may do it, and the ramp starts at 100 %.

use anchor_lang::prelude::*;
use ballast_core::state::parameters::UnderlyingTerms;
use ballast_core::state::{Board, Exchange, Proposal};
use ballast_core::{BallastError, clearing};

use crate::events::UnderlyingCreated;
use crate::instructions::{address_of, clock, copy_of, use_up};

pub fn create_underlying(ctx: Context<CreateUnderlying>, terms: UnderlyingTerms) -> Result<()> {
    let accounts = &ctx.accounts;
    let underlying = clearing::create_underlying(
        &*accounts.exchange.load()?,
        &mut *accounts.board.load_mut()?,
        copy_of(accounts.proposal.as_ref())?.as_ref(),
        &terms,
        clock()?,
    )?;
    use_up(accounts.proposal.as_ref(), accounts.proposer.as_ref())?;
    emit!(UnderlyingCreated { exchange: accounts.exchange.key(), underlying, oracle: address_of(terms.oracle) });
    Ok(())
}

#[derive(Accounts)]
pub struct CreateUnderlying<'info> {
    /// The admin; with a proposal anybody.
    #[account(constraint = proposal.is_some() || exchange.load()?.admin == crate::instructions::key_of(&payer) @ BallastError::NotAdmin)]
    pub payer: Signer<'info>,
    /// The exchange.
    pub exchange: AccountLoader<'info, Exchange>,
    /// Its board.
    #[account(mut, constraint = board.load()?.exchange == crate::instructions::key_of(&exchange) @ BallastError::WrongBoard)]
    pub board: AccountLoader<'info, Board>,
    /// The proposal of exactly this, once the exchange is open; it is used up.
    #[account(mut)]
    pub proposal: Option<AccountLoader<'info, Proposal>>,
    /// CHECK: who proposed it, and gets its rent back; `use_up` checks that the proposal names it.
    #[account(mut)]
    pub proposer: Option<UncheckedAccount<'info>>,
}
