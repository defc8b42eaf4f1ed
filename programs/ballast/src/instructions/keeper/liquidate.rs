//! Takes lots of an account below maintenance over to the keeper's account, at mark less a fee.
//!
//! - First tops up from the reserve, which must be passed where the policy names one, and be it closed.
//! - Remaining accounts: the contract of the hedge that is taken with it; the other contracts in which an insolvent account
//!   holds basis, needed by the step that takes its last position.

use core::cell::RefMut;

use anchor_lang::prelude::*;
use ballast_core::clearing::{Liquidation, Offer};
use ballast_core::state::{Board, Contract, Exchange, InsuranceFund, MarginAccount};
use ballast_core::{BallastError, clearing};

use crate::events::Liquidated;
use crate::instructions::{clock, key_of, other_contracts, require_distinct, reserve_of};

pub fn liquidate<'info>(ctx: Context<'info, Liquidate<'info>>, offer: Offer) -> Result<()> {
    let accounts: &'info _ = ctx.accounts;
    if accounts.keeper.load()?.owner != key_of(&accounts.keeper_owner) {
        return Err(BallastError::NotOwner.into());
    }
    require_distinct(&accounts.keeper, &accounts.margin_account)?;
    let reserve = reserve_of(&accounts.margin_account, Some(&accounts.keeper), accounts.reserve.as_ref())?;
    let others = other_contracts(&accounts.contract, ctx.remaining_accounts)?;
    let mut others = others.iter().map(AccountLoader::load_mut).collect::<Result<Vec<RefMut<'_, Contract>>>>()?;
    let done = clearing::liquidate(
        Liquidation {
            account: &mut *accounts.margin_account.load_mut()?,
            keeper: &mut *accounts.keeper.load_mut()?,
            reserve: reserve.as_ref().map(AccountLoader::load_mut).transpose()?.as_deref_mut(),
            contract: &mut *accounts.contract.load_mut()?,
            others: &mut others.iter_mut().map(|other| &mut **other).collect::<Vec<&mut Contract>>(),
            fund: &mut *accounts.insurance_fund.load_mut()?,
            board: &mut *accounts.board.load_mut()?,
        },
        &*accounts.exchange.load()?,
        offer,
        clock()?,
    )?;
    emit!(Liquidated {
        account: accounts.margin_account.key(),
        keeper: accounts.keeper.key(),
        contract: accounts.contract.key(),
        taken: done.taken,
        hedge: offer.hedge,
        hedge_taken: done.hedge_taken,
        value: done.value,
        fee: done.fee,
        topped_up: done.topped_up,
        in_liquidation: done.in_liquidation,
        resolved: done.resolved,
    });
    Ok(())
}

#[derive(Accounts)]
pub struct Liquidate<'info> {
    /// Owner of the keeper's account.
    pub keeper_owner: Signer<'info>,
    /// The exchange.
    pub exchange: AccountLoader<'info, Exchange>,
    /// Its board, which is written when an account is resolved.
    #[account(mut, constraint = board.load()?.exchange == crate::instructions::key_of(&exchange) @ BallastError::WrongBoard)]
    pub board: AccountLoader<'info, Board>,
    /// The contract that is taken; the transition checks that it is its row's.
    #[account(mut)]
    pub contract: AccountLoader<'info, Contract>,
    /// The insurance fund.
    #[account(mut, constraint = insurance_fund.load()?.exchange == crate::instructions::key_of(&exchange) @ BallastError::WrongInsuranceFund)]
    pub insurance_fund: AccountLoader<'info, InsuranceFund>,
    /// The account below maintenance.
    #[account(mut, constraint = margin_account.load()?.exchange == crate::instructions::key_of(&exchange) @ BallastError::WrongExchange)]
    pub margin_account: AccountLoader<'info, MarginAccount>,
    /// The keeper's account, which takes the lots; the handler checks its owner.
    #[account(mut, constraint = keeper.load()?.exchange == crate::instructions::key_of(&exchange) @ BallastError::WrongExchange)]
    pub keeper: AccountLoader<'info, MarginAccount>,
    /// CHECK: the handler compares its key with the policy's, and reads it only if the program owns it.
    #[account(mut)]
    pub reserve: Option<UncheckedAccount<'info>>,
}
