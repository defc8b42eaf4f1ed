//! Posts the depth of an underlying: USD that trades within 1 % of the price, per side.
//!
//! - Only a depth reporter; the median of the fresh counts.
//! - Depth moves requirements through the target and its ramp, with the next sample, and the cap on added risk at once.

use anchor_lang::prelude::*;
use ballast_core::state::{Board, Exchange};
use ballast_core::units::Usd;
use ballast_core::{BallastError, clearing};

use crate::events::DepthPosted;
use crate::instructions::{clock, key_of};

pub fn post_depth(ctx: Context<PostDepth>, underlying: u8, depth: Usd) -> Result<()> {
    let reporter = key_of(&ctx.accounts.reporter);
    let exchange = ctx.accounts.exchange.load()?;
    let posted =
        clearing::post_depth(&mut *ctx.accounts.board.load_mut()?, &exchange, underlying, reporter, depth, clock()?)?;
    emit!(DepthPosted {
        board: ctx.accounts.board.key(),
        reporter: ctx.accounts.reporter.key(),
        underlying,
        depth,
        in_force: posted,
    });
    Ok(())
}

#[derive(Accounts)]
pub struct PostDepth<'info> {
    /// A depth reporter; checked in core.
    pub reporter: Signer<'info>,
    /// The exchange, which names the reporters.
    pub exchange: AccountLoader<'info, Exchange>,
    /// Its board.
    #[account(mut, constraint = board.load()?.exchange == crate::instructions::key_of(&exchange) @ BallastError::WrongBoard)]
    pub board: AccountLoader<'info, Board>,
}
