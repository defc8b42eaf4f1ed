//! Makes the nominated admin, who signs, the admin.

use anchor_lang::prelude::*;
use ballast_core::clearing;
use ballast_core::state::Exchange;

use crate::events::AdminAccepted;
use crate::instructions::key_of;

pub fn accept_admin(ctx: Context<AcceptAdmin>) -> Result<()> {
    clearing::accept_admin(&mut *ctx.accounts.exchange.load_mut()?, key_of(&ctx.accounts.nominee))?;
    emit!(AdminAccepted { exchange: ctx.accounts.exchange.key(), admin: ctx.accounts.nominee.key() });
    Ok(())
}

#[derive(Accounts)]
pub struct AcceptAdmin<'info> {
    /// The nominated admin; checked by the transition.
    pub nominee: Signer<'info>,
    /// The exchange.
    #[account(mut)]
    pub exchange: AccountLoader<'info, Exchange>,
}
