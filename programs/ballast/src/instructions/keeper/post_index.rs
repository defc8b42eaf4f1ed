//! Posts the volatility index of an underlying.
//!
//! - Either the index authority signs and passes the value, or anybody passes the oracle account of the feed that the
//!   underlying names.
//! - The index moves within its step; it raises requirements only, with the next sample and through the ramp.

use anchor_lang::prelude::*;
use ballast_core::clearing::IndexValue;
use ballast_core::state::{Board, Exchange};
use ballast_core::units::Ratio;
use ballast_core::{BallastError, clearing};

use crate::events::IndexPosted;
use crate::instructions::{clock, key_of};
use crate::oracle;

pub fn post_index(ctx: Context<PostIndex>, underlying: u8, signed: Option<Ratio>) -> Result<()> {
    let accounts = &ctx.accounts;
    let mut board = accounts.board.load_mut()?;
    let value = match (signed, &accounts.oracle) {
        (Some(value), None) => IndexValue::Signed(key_of(&accounts.sender), value),
        (None, Some(oracle)) => {
            let terms = board.underlying(underlying)?.index_terms;
            IndexValue::Read(oracle::read_index(oracle.as_ref(), &terms, &*accounts.exchange.load()?)?)
        }
        _ => return Err(BallastError::IndexMissing.into()),
    };
    let index = clearing::post_index(&mut board, underlying, value, clock()?)?;
    emit!(IndexPosted { board: accounts.board.key(), underlying, index });
    Ok(())
}

#[derive(Accounts)]
pub struct PostIndex<'info> {
    /// The index authority, checked in core; for a feed anybody.
    pub sender: Signer<'info>,
    /// The exchange, which names the oracle programs.
    pub exchange: AccountLoader<'info, Exchange>,
    /// Its board.
    #[account(mut, constraint = board.load()?.exchange == crate::instructions::key_of(&exchange) @ BallastError::WrongBoard)]
    pub board: AccountLoader<'info, Board>,
    /// CHECK: the feed's account; owner, kind and feed are checked in `oracle`.
    pub oracle: Option<UncheckedAccount<'info>>,
}
