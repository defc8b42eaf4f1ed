//! Creates an exchange and its insurance fund. The creator becomes admin.
//!
//! - The quote mint has 6 decimals and no extension but metadata and group pointers.
//! - Every parameter lies within its hard bounds.

use anchor_lang::prelude::*;
use anchor_spl::token_interface::Mint;
use ballast_core::state::{Exchange, ExchangeTerms, InsuranceFund, seeds};
use ballast_core::{BallastError, clearing};

use crate::events::ExchangeInitialized;
use crate::instructions::key_of;
use crate::tokens;

pub fn initialize_exchange(ctx: Context<InitializeExchange>, id: u16, terms: ExchangeTerms) -> Result<()> {
    let accounts = &ctx.accounts;
    tokens::require_plain_mint(&accounts.quote_mint.to_account_info())?;
    if accounts.quote_mint.decimals != 6 {
        return Err(BallastError::QuoteDecimals.into());
    }
    clearing::initialize_exchange(
        &mut *accounts.exchange.load_init()?,
        &mut *accounts.insurance_fund.load_init()?,
        (key_of(&accounts.creator), id, key_of(accounts.quote_mint.as_ref())),
        (key_of(&accounts.exchange), ctx.bumps.exchange, ctx.bumps.insurance_fund),
        &terms,
    )?;
    emit!(ExchangeInitialized {
        exchange: accounts.exchange.key(),
        admin: accounts.creator.key(),
        quote_mint: accounts.quote_mint.key(),
    });
    Ok(())
}

#[derive(Accounts)]
#[instruction(id: u16)]
pub struct InitializeExchange<'info> {
    /// Becomes admin and pays the rent.
    #[account(mut)]
    pub creator: Signer<'info>,
    /// The exchange.
    #[account(
        init, payer = creator, space = Exchange::SPACE,
        seeds = [seeds::EXCHANGE, creator.key().as_ref(), &id.to_le_bytes()], bump
    )]
    pub exchange: AccountLoader<'info, Exchange>,
    /// Its insurance fund.
    #[account(
        init, payer = creator, space = InsuranceFund::SPACE,
        seeds = [seeds::INSURANCE, exchange.key().as_ref()], bump
    )]
    pub insurance_fund: AccountLoader<'info, InsuranceFund>,
    /// Mint of cash.
    pub quote_mint: Box<InterfaceAccount<'info, Mint>>,
    /// Creates the accounts.
    pub system_program: Program<'info, System>,
}
