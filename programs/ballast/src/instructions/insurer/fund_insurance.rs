//! Adds cash to the insurance fund for shares that the exchange keeps; the tokens stay in the quote vault.
//!
//! The giver gets nothing for it.

use anchor_lang::prelude::*;
use anchor_spl::token_interface::{Mint, TokenAccount, TokenInterface};
use ballast_core::state::{InsuranceFund, Vault};
use ballast_core::units::Tokens;
use ballast_core::{BallastError, clearing};

use crate::events::InsuranceFunded;
use crate::tokens;

pub fn fund_insurance(ctx: Context<FundInsurance>, amount: Tokens) -> Result<()> {
    let accounts = ctx.accounts;
    let received = tokens::receive(
        &accounts.insurer,
        &accounts.source,
        &mut accounts.vault_tokens,
        &accounts.mint,
        &accounts.token_program,
        amount,
    )?;
    let funded = clearing::fund_insurance(
        &mut *accounts.insurance_fund.load_mut()?,
        &mut *accounts.vault.load_mut()?,
        received,
    )?;
    emit!(InsuranceFunded {
        fund: accounts.insurance_fund.key(),
        amount: received,
        balance: funded.balance,
        exchange_shares: funded.exchange_shares,
        shares: funded.shares,
    });
    Ok(())
}

#[derive(Accounts)]
pub struct FundInsurance<'info> {
    /// Who pays.
    pub insurer: Signer<'info>,
    /// The insurance fund.
    #[account(mut)]
    pub insurance_fund: AccountLoader<'info, InsuranceFund>,
    /// The quote vault; the transition checks that it is.
    #[account(mut, constraint = vault.load()?.exchange == insurance_fund.load()?.exchange @ BallastError::WrongVault)]
    pub vault: AccountLoader<'info, Vault>,
    /// Its token account.
    #[account(mut, constraint = vault.load()?.token_account == crate::instructions::key_of(vault_tokens.as_ref()) @ BallastError::WrongTokenAccount)]
    pub vault_tokens: Box<InterfaceAccount<'info, TokenAccount>>,
    /// Its mint.
    #[account(constraint = vault.load()?.mint == crate::instructions::key_of(mint.as_ref()) @ BallastError::WrongMint)]
    pub mint: Box<InterfaceAccount<'info, Mint>>,
    /// The insurer's token account; the token program checks its authority and mint.
    #[account(mut)]
    pub source: Box<InterfaceAccount<'info, TokenAccount>>,
    /// The mint's token program.
    pub token_program: Interface<'info, TokenInterface>,
}
