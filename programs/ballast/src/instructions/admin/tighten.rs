//! Tightens at once; open positions feel it through the ramps.
//!
//! - Up: k, floors, haircuts. Down: gamma, caps, limits. Never the other way.

use anchor_lang::prelude::*;
use ballast_core::clearing::Tightening;
use ballast_core::state::{Board, Exchange, Vault};
use ballast_core::{BallastError, clearing};

use crate::events::Tightened;
use crate::instructions::clock;

pub fn tighten(ctx: Context<Tighten>, tightening: Tightening) -> Result<()> {
    let accounts = &ctx.accounts;
    let mut vault = accounts.vault.as_ref().map(|vault| vault.load_mut()).transpose()?;
    clearing::tighten(&mut *accounts.board.load_mut()?, vault.as_deref_mut(), &tightening, clock()?)?;
    emit!(Tightened {
        exchange: accounts.exchange.key(),
        vault: accounts.vault.as_ref().map(|vault| vault.key()),
        tightening,
    });
    Ok(())
}

#[derive(Accounts)]
pub struct Tighten<'info> {
    /// The risk manager.
    #[account(constraint = exchange.load()?.risk_manager == crate::instructions::key_of(&risk_manager) @ BallastError::NotRiskManager)]
    pub risk_manager: Signer<'info>,
    /// The exchange.
    pub exchange: AccountLoader<'info, Exchange>,
    /// Its board.
    #[account(mut, constraint = board.load()?.exchange == crate::instructions::key_of(&exchange) @ BallastError::WrongBoard)]
    pub board: AccountLoader<'info, Board>,
    /// The vault that is tightened; the transition checks that it is the exchange's.
    #[account(mut)]
    pub vault: Option<AccountLoader<'info, Vault>>,
}
