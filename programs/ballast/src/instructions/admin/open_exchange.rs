//! Opens the exchange for deposits, for good: from now on it changes only by proposals.

use anchor_lang::prelude::*;
use ballast_core::state::Exchange;
use ballast_core::{BallastError, clearing};

use crate::events::ExchangeOpened;
use crate::instructions::clock;

pub fn open_exchange(ctx: Context<OpenExchange>) -> Result<()> {
    let exchange = &ctx.accounts.exchange;
    clearing::open_exchange(&mut *exchange.load_mut()?, clock()?)?;
    emit!(ExchangeOpened { exchange: exchange.key() });
    Ok(())
}

#[derive(Accounts)]
pub struct OpenExchange<'info> {
    /// The admin.
    #[account(constraint = exchange.load()?.admin == crate::instructions::key_of(&admin) @ BallastError::NotAdmin)]
    pub admin: Signer<'info>,
    /// The exchange.
    #[account(mut)]
    pub exchange: AccountLoader<'info, Exchange>,
}
