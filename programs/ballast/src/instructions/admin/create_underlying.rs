//! Adds an underlying to the board.
//!
//! - Every parameter lies within its hard bounds.
//! - Its ramp starts at the target of the starting volatility.

use anchor_lang::prelude::*;
use ballast_core::state::parameters::UnderlyingTerms;
use ballast_core::state::{Board, Exchange};
use ballast_core::{BallastError, clearing};

use crate::events::UnderlyingCreated;
use crate::instructions::{address_of, clock};

pub fn create_underlying(ctx: Context<CreateUnderlying>, terms: UnderlyingTerms) -> Result<()> {
    let accounts = &ctx.accounts;
    let underlying = clearing::create_underlying(&mut *accounts.board.load_mut()?, &terms, clock()?)?;
    emit!(UnderlyingCreated { exchange: accounts.exchange.key(), underlying, oracle: address_of(terms.oracle) });
    Ok(())
}

#[derive(Accounts)]
pub struct CreateUnderlying<'info> {
    /// The admin.
    #[account(constraint = exchange.load()?.admin == crate::instructions::key_of(&admin) @ BallastError::NotAdmin)]
    pub admin: Signer<'info>,
    /// The exchange.
    pub exchange: AccountLoader<'info, Exchange>,
    /// Its board.
    #[account(mut, constraint = board.load()?.exchange == crate::instructions::key_of(&exchange) @ BallastError::WrongBoard)]
    pub board: AccountLoader<'info, Board>,
}
