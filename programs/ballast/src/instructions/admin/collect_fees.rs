//! Collects a contract's fees: a share to the reward budget of its underlying, the rest to a token account of the
//! treasury.
//!
//! - Also pays the insurance fund what the contract owes it.

use anchor_lang::prelude::*;
use anchor_spl::token_interface::{Mint, TokenAccount, TokenInterface};
use ballast_core::state::{Board, Contract, Exchange, InsuranceFund, Vault};
use ballast_core::{BallastError, clearing};

use crate::events::FeesCollected;
use crate::tokens;

pub fn collect_fees(ctx: Context<CollectFees>) -> Result<()> {
    let accounts = ctx.accounts;
    let amount = clearing::collect_fees(
        &*accounts.exchange.load()?,
        &mut *accounts.contract.load_mut()?,
        &mut *accounts.board.load_mut()?,
        &mut *accounts.insurance_fund.load_mut()?,
        &mut *accounts.vault.load_mut()?,
    )?;
    tokens::send(
        &accounts.vault,
        &accounts.vault_tokens,
        &accounts.mint,
        &accounts.destination,
        &accounts.token_program,
        amount,
    )?;
    emit!(FeesCollected { contract: accounts.contract.key(), amount });
    Ok(())
}

#[derive(Accounts)]
pub struct CollectFees<'info> {
    /// The admin.
    #[account(constraint = exchange.load()?.admin == crate::instructions::key_of(&admin) @ BallastError::NotAdmin)]
    pub admin: Signer<'info>,
    /// The exchange.
    pub exchange: AccountLoader<'info, Exchange>,
    /// Its board, which keeps the reward budget.
    #[account(mut, constraint = board.load()?.exchange == crate::instructions::key_of(&exchange) @ BallastError::WrongBoard)]
    pub board: AccountLoader<'info, Board>,
    /// The contract; the transition checks that it is its row's.
    #[account(mut)]
    pub contract: AccountLoader<'info, Contract>,
    /// The insurance fund.
    #[account(mut, constraint = insurance_fund.load()?.exchange == crate::instructions::key_of(&exchange) @ BallastError::WrongInsuranceFund)]
    pub insurance_fund: AccountLoader<'info, InsuranceFund>,
    /// The quote vault; the transition checks that it is.
    #[account(mut, constraint = vault.load()?.exchange == crate::instructions::key_of(&exchange) @ BallastError::WrongVault)]
    pub vault: AccountLoader<'info, Vault>,
    /// Its token account.
    #[account(mut, constraint = vault.load()?.token_account == crate::instructions::key_of(vault_tokens.as_ref()) @ BallastError::WrongTokenAccount)]
    pub vault_tokens: Box<InterfaceAccount<'info, TokenAccount>>,
    /// Its mint.
    #[account(constraint = vault.load()?.mint == crate::instructions::key_of(mint.as_ref()) @ BallastError::WrongMint)]
    pub mint: Box<InterfaceAccount<'info, Mint>>,
    /// Receives the fees.
    #[account(mut, constraint = exchange.load()?.treasury == crate::instructions::key_of(&destination.owner) @ BallastError::NotTreasury)]
    pub destination: Box<InterfaceAccount<'info, TokenAccount>>,
    /// The mint's token program.
    pub token_program: Interface<'info, TokenInterface>,
}
