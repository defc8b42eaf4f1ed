//! Posts the depth of an underlying: USD that trades within 1 % of the price, per side.
//!
//! - Only the depth reporter. Depth moves requirements through the target and its ramp, with the next sample.

use anchor_lang::prelude::*;
use ballast_core::state::{Board, Exchange};
use ballast_core::units::Usd;
use ballast_core::{BallastError, clearing};

use crate::events::DepthPosted;
use crate::instructions::clock;

pub fn post_depth(ctx: Context<PostDepth>, underlying: u8, depth: Usd) -> Result<()> {
    clearing::post_depth(&mut *ctx.accounts.board.load_mut()?, underlying, depth, clock()?)?;
    emit!(DepthPosted { board: ctx.accounts.board.key(), underlying, depth });
    Ok(())
}

#[derive(Accounts)]
pub struct PostDepth<'info> {
    /// The depth reporter.
    #[account(constraint = exchange.load()?.depth_reporter == crate::instructions::key_of(&reporter) @ BallastError::NotDepthReporter)]
    pub reporter: Signer<'info>,
    /// The exchange.
    pub exchange: AccountLoader<'info, Exchange>,
    /// Its board.
    #[account(mut, constraint = board.load()?.exchange == crate::instructions::key_of(&exchange) @ BallastError::WrongBoard)]
    pub board: AccountLoader<'info, Board>,
}
