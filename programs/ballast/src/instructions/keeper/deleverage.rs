//! Closes lots of an insolvent account, for which no keeper came, against an account on the other side that has gained.
//!
//! - Five minutes after a liquidation, or this, saw that it is insolvent; the first look closes nothing. At its zero-equity price, as far as the other's gain reaches. No fee.
//! - First tops up from the reserve, which must be passed where the policy names one, and be it closed.
//! - Remaining accounts: the other contracts in which it holds basis, needed by the step that closes its last position.

use core::cell::RefMut;

use anchor_lang::prelude::*;
use ballast_core::clearing::Deleveraging;
use ballast_core::state::{Board, Contract, Exchange, InsuranceFund, MarginAccount};
use ballast_core::{BallastError, clearing};

use crate::events::Deleveraged;
use crate::instructions::{clock, other_contracts, require_distinct, reserve_of};

pub fn deleverage<'info>(ctx: Context<'info, Deleverage<'info>>, most: u64) -> Result<()> {
    let accounts: &'info _ = ctx.accounts;
    require_distinct(&accounts.opposite, &accounts.margin_account)?;
    let reserve = reserve_of(&accounts.margin_account, Some(&accounts.opposite), accounts.reserve.as_ref())?;
    let others = other_contracts(&accounts.contract, ctx.remaining_accounts)?;
    let mut others = others.iter().map(AccountLoader::load_mut).collect::<Result<Vec<RefMut<'_, Contract>>>>()?;
    let done = clearing::deleverage(
        Deleveraging {
            account: &mut *accounts.margin_account.load_mut()?,
            opposite: &mut *accounts.opposite.load_mut()?,
            reserve: reserve.as_ref().map(AccountLoader::load_mut).transpose()?.as_deref_mut(),
            contract: &mut *accounts.contract.load_mut()?,
            others: &mut others.iter_mut().map(|other| &mut **other).collect::<Vec<&mut Contract>>(),
            fund: &mut *accounts.insurance_fund.load_mut()?,
            board: &mut *accounts.board.load_mut()?,
        },
        &*accounts.exchange.load()?,
        most,
        clock()?,
    )?;
    emit!(Deleveraged {
        account: accounts.margin_account.key(),
        opposite: accounts.opposite.key(),
        contract: accounts.contract.key(),
        closed: done.closed,
        value: done.value,
        given_up: done.given_up,
        topped_up: done.topped_up,
        in_liquidation: done.in_liquidation,
        resolved: done.resolved,
    });
    Ok(())
}

#[derive(Accounts)]
pub struct Deleverage<'info> {
    /// The exchange.
    pub exchange: AccountLoader<'info, Exchange>,
    /// Its board, which is written when the account is resolved.
    #[account(mut, constraint = board.load()?.exchange == crate::instructions::key_of(&exchange) @ BallastError::WrongBoard)]
    pub board: AccountLoader<'info, Board>,
    /// The contract of which lots are closed; the transition checks that it is its row's.
    #[account(mut)]
    pub contract: AccountLoader<'info, Contract>,
    /// The insurance fund.
    #[account(mut, constraint = insurance_fund.load()?.exchange == crate::instructions::key_of(&exchange) @ BallastError::WrongInsuranceFund)]
    pub insurance_fund: AccountLoader<'info, InsuranceFund>,
    /// The insolvent account.
    #[account(mut, constraint = margin_account.load()?.exchange == crate::instructions::key_of(&exchange) @ BallastError::WrongExchange)]
    pub margin_account: AccountLoader<'info, MarginAccount>,
    /// The account on the other side.
    #[account(mut, constraint = opposite.load()?.exchange == crate::instructions::key_of(&exchange) @ BallastError::WrongExchange)]
    pub opposite: AccountLoader<'info, MarginAccount>,
    /// CHECK: the handler compares its key with the policy's, and reads it only if the program owns it.
    #[account(mut)]
    pub reserve: Option<UncheckedAccount<'info>>,
}
