//! Opens or closes a margin call, tops up from the reserve, releases excess back to it.
//!
//! - Anybody may send it; the keeper is paid from the account's cash when a call opens or closes or enough moved.
//! - With a price that is not Good it only tops up.

use anchor_lang::prelude::*;
use ballast_core::clearing::Rebalancing;
use ballast_core::state::{Board, MarginAccount};
use ballast_core::{BallastError, clearing};

use crate::events::Rebalanced;
use crate::instructions::{clock, require_distinct, reserve_of};

pub fn rebalance<'info>(ctx: Context<'info, Rebalance<'info>>) -> Result<()> {
    let accounts: &'info _ = ctx.accounts;
    if let Some(keeper) = &accounts.keeper {
        require_distinct(keeper, &accounts.margin_account)?;
    }
    let reserve = reserve_of(&accounts.margin_account, accounts.keeper.as_ref(), accounts.reserve.as_ref())?;
    let done = clearing::rebalance(
        Rebalancing {
            account: &mut *accounts.margin_account.load_mut()?,
            reserve: reserve.as_ref().map(AccountLoader::load_mut).transpose()?.as_deref_mut(),
            keeper: accounts.keeper.as_ref().map(AccountLoader::load_mut).transpose()?.as_deref_mut(),
        },
        &*accounts.board.load()?,
        clock()?,
    )?;
    emit!(Rebalanced {
        account: accounts.margin_account.key(),
        call: done.call,
        topped_up: done.topped_up,
        released: done.released,
        equity: done.equity,
        requirement: done.requirement,
    });
    Ok(())
}

#[derive(Accounts)]
pub struct Rebalance<'info> {
    /// The board.
    pub board: AccountLoader<'info, Board>,
    /// The margin account.
    #[account(mut, constraint = margin_account.load()?.exchange == board.load()?.exchange @ BallastError::WrongExchange)]
    pub margin_account: AccountLoader<'info, MarginAccount>,
    /// CHECK: the handler compares its key with the policy's, and reads it only if the program owns it.
    #[account(mut)]
    pub reserve: Option<UncheckedAccount<'info>>,
    /// The keeper's margin account, which is paid.
    #[account(mut, constraint = keeper.load()?.exchange == board.load()?.exchange @ BallastError::WrongExchange)]
    pub keeper: Option<AccountLoader<'info, MarginAccount>>,
}
