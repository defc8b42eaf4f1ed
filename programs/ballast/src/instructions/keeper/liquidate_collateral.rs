//! Sells collateral of an account in liquidation to the keeper's account, against losses that cash does not cover; also of a
//! sound account whose losses are large or old. With nothing offered it only takes note of them.
//!
//! - First tops up from the reserve, which must be passed where the policy names one, and be it closed.
//! - The discount never exceeds what the collateral's weight withholds, so a sale never lowers equity.

use anchor_lang::prelude::*;
use ballast_core::clearing::{CollateralOffer, CollateralSale};
use ballast_core::state::{Board, Exchange, MarginAccount};
use ballast_core::{BallastError, clearing};

use crate::events::CollateralSold;
use crate::instructions::{clock, key_of, require_distinct, reserve_of};

pub fn liquidate_collateral<'info>(
    ctx: Context<'info, LiquidateCollateral<'info>>,
    offer: CollateralOffer,
) -> Result<()> {
    let accounts: &'info _ = ctx.accounts;
    if accounts.keeper.load()?.owner != key_of(&accounts.keeper_owner) {
        return Err(BallastError::NotOwner.into());
    }
    require_distinct(&accounts.keeper, &accounts.margin_account)?;
    let reserve = reserve_of(&accounts.margin_account, Some(&accounts.keeper), accounts.reserve.as_ref())?;
    let sold = clearing::liquidate_collateral(
        CollateralSale {
            account: &mut *accounts.margin_account.load_mut()?,
            keeper: &mut *accounts.keeper.load_mut()?,
            reserve: reserve.as_ref().map(AccountLoader::load_mut).transpose()?.as_deref_mut(),
        },
        &*accounts.board.load()?,
        &*accounts.exchange.load()?,
        offer,
        clock()?,
    )?;
    emit!(CollateralSold {
        account: accounts.margin_account.key(),
        keeper: accounts.keeper.key(),
        vault: offer.vault,
        tokens: sold.tokens,
        paid: sold.paid,
        topped_up: sold.topped_up,
    });
    Ok(())
}

#[derive(Accounts)]
pub struct LiquidateCollateral<'info> {
    /// Owner of the keeper's account.
    pub keeper_owner: Signer<'info>,
    /// The exchange.
    pub exchange: AccountLoader<'info, Exchange>,
    /// Its board.
    #[account(constraint = board.load()?.exchange == crate::instructions::key_of(&exchange) @ BallastError::WrongBoard)]
    pub board: AccountLoader<'info, Board>,
    /// The account in liquidation.
    #[account(mut, constraint = margin_account.load()?.exchange == crate::instructions::key_of(&exchange) @ BallastError::WrongExchange)]
    pub margin_account: AccountLoader<'info, MarginAccount>,
    /// The keeper's account, which pays; the handler checks its owner.
    #[account(mut, constraint = keeper.load()?.exchange == crate::instructions::key_of(&exchange) @ BallastError::WrongExchange)]
    pub keeper: AccountLoader<'info, MarginAccount>,
    /// CHECK: the handler compares its key with the policy's, and reads it only if the program owns it.
    #[account(mut)]
    pub reserve: Option<UncheckedAccount<'info>>,
}
