//! Gives up every proposal made so far, at the word of the admin or the guardian.
//!
//! - Proposals cost a thief little; a guardian answers them all at once.

use anchor_lang::prelude::*;
use ballast_core::clearing;
use ballast_core::state::Exchange;

use crate::events::AllChangesCancelled;
use crate::instructions::key_of;

pub fn cancel_all_changes(ctx: Context<CancelAllChanges>) -> Result<()> {
    let (exchange, signer) = (&ctx.accounts.exchange, &ctx.accounts.signer);
    let before = clearing::cancel_all_changes(&mut *exchange.load_mut()?, key_of(signer))?;
    emit!(AllChangesCancelled { exchange: exchange.key(), before, by: signer.key() });
    Ok(())
}

#[derive(Accounts)]
pub struct CancelAllChanges<'info> {
    /// The admin or the guardian; the transition checks it.
    pub signer: Signer<'info>,
    /// The exchange.
    #[account(mut)]
    pub exchange: AccountLoader<'info, Exchange>,
}
