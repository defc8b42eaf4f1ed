//! Winds an underlying down whose feed has been dead for a day; called again a day later, it settles what it may.

use anchor_lang::prelude::*;
use ballast_core::state::{Board, Exchange};
use ballast_core::{BallastError, clearing};

use crate::events::UnderlyingWoundDown;

pub fn wind_down(ctx: Context<WindDown>, underlying: u8) -> Result<()> {
    let accounts = &ctx.accounts;
    let now = crate::instructions::clock()?;
    let done = clearing::wind_down(&mut *accounts.board.load_mut()?, underlying, now)?;
    emit!(UnderlyingWoundDown {
        board: accounts.board.key(),
        underlying,
        began: done.began,
        contracts: done.contracts,
        vaults: done.vaults,
    });
    Ok(())
}

#[derive(Accounts)]
pub struct WindDown<'info> {
    /// The admin.
    #[account(constraint = exchange.load()?.admin == crate::instructions::key_of(&admin) @ BallastError::NotAdmin)]
    pub admin: Signer<'info>,
    /// The exchange.
    pub exchange: AccountLoader<'info, Exchange>,
    /// Its board.
    #[account(mut, constraint = board.load()?.exchange == crate::instructions::key_of(&exchange) @ BallastError::WrongBoard)]
    pub board: AccountLoader<'info, Board>,
}
