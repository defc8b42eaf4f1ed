//! Pauses deposits, withdrawals, trading or liquidation for a while; zero seconds ends a pause.
//!
//! - At most 24 hours, of liquidation at most one.
//! - Not the same again before as long has passed as the last pause lasted.

use anchor_lang::prelude::*;
use ballast_core::state::{Exchange, Pausable};
use ballast_core::{BallastError, clearing};

use crate::events::Paused;
use crate::instructions::clock;

pub fn pause(ctx: Context<SetPause>, what: Pausable, seconds: u64) -> Result<()> {
    let until = clearing::pause(&mut *ctx.accounts.exchange.load_mut()?, what, seconds, clock()?)?;
    emit!(Paused { exchange: ctx.accounts.exchange.key(), what, until });
    Ok(())
}

#[derive(Accounts)]
pub struct SetPause<'info> {
    /// The guardian.
    #[account(constraint = exchange.load()?.guardian == crate::instructions::key_of(&guardian) @ BallastError::NotGuardian)]
    pub guardian: Signer<'info>,
    /// The exchange.
    #[account(mut)]
    pub exchange: AccountLoader<'info, Exchange>,
}
