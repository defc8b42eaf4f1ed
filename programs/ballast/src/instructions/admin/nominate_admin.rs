//! Nominates an admin, who has to accept; the default key withdraws the nomination.

use anchor_lang::prelude::*;
use ballast_core::state::Exchange;
use ballast_core::{BallastError, clearing, units};

use crate::events::AdminNominated;
use crate::instructions::address_of;

pub fn nominate_admin(ctx: Context<NominateAdmin>, nominee: units::Key) -> Result<()> {
    clearing::nominate_admin(&mut *ctx.accounts.exchange.load_mut()?, nominee);
    emit!(AdminNominated { exchange: ctx.accounts.exchange.key(), nominee: address_of(nominee) });
    Ok(())
}

#[derive(Accounts)]
pub struct NominateAdmin<'info> {
    /// The admin.
    #[account(constraint = exchange.load()?.admin == crate::instructions::key_of(&admin) @ BallastError::NotAdmin)]
    pub admin: Signer<'info>,
    /// The exchange.
    #[account(mut)]
    pub exchange: AccountLoader<'info, Exchange>,
}
