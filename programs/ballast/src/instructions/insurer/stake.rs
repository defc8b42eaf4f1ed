//! Stakes cash in the insurance fund for shares of it; the tokens stay in the quote vault.
//!
//! - Shares are minted at the present price, cash and claims over all shares; fewer than `least` fail.
//! - Only while the exchange owns its part, and not while deposits are paused.

use anchor_lang::prelude::*;
use anchor_spl::token_interface::{Mint, TokenAccount, TokenInterface};
use ballast_core::state::{Exchange, InsuranceFund, Stake, Vault};
use ballast_core::units::{Shares, Tokens};
use ballast_core::{BallastError, clearing};

use crate::events::Staked;
use crate::instructions::clock;
use crate::tokens;

pub fn stake(ctx: Context<StakeCash>, amount: Tokens, least: Shares) -> Result<()> {
    let accounts = ctx.accounts;
    let received = tokens::receive(
        &accounts.owner,
        &accounts.source,
        &mut accounts.vault_tokens,
        &accounts.mint,
        &accounts.token_program,
        amount,
    )?;
    let staked = clearing::stake(
        &mut *accounts.stake.load_mut()?,
        &mut *accounts.insurance_fund.load_mut()?,
        &mut *accounts.vault.load_mut()?,
        &*accounts.exchange.load()?,
        (received, least),
        clock()?,
    )?;
    emit!(Staked {
        stake: accounts.stake.key(),
        amount: received,
        minted: staked.minted,
        shares: staked.shares,
        balance: staked.balance,
    });
    Ok(())
}

#[derive(Accounts)]
pub struct StakeCash<'info> {
    /// The owner.
    pub owner: Signer<'info>,
    /// The exchange.
    pub exchange: AccountLoader<'info, Exchange>,
    /// Its insurance fund.
    #[account(mut, constraint = insurance_fund.load()?.exchange == crate::instructions::key_of(&exchange) @ BallastError::WrongInsuranceFund)]
    pub insurance_fund: AccountLoader<'info, InsuranceFund>,
    /// The owner's stake.
    #[account(
        mut,
        constraint = stake.load()?.exchange == crate::instructions::key_of(&exchange) @ BallastError::WrongExchange,
        constraint = stake.load()?.owner == crate::instructions::key_of(&owner) @ BallastError::NotOwner
    )]
    pub stake: AccountLoader<'info, Stake>,
    /// The quote vault; the transition checks that it is.
    #[account(mut, constraint = vault.load()?.exchange == crate::instructions::key_of(&exchange) @ BallastError::WrongVault)]
    pub vault: AccountLoader<'info, Vault>,
    /// Its token account.
    #[account(mut, constraint = vault.load()?.token_account == crate::instructions::key_of(vault_tokens.as_ref()) @ BallastError::WrongTokenAccount)]
    pub vault_tokens: Box<InterfaceAccount<'info, TokenAccount>>,
    /// Its mint.
    #[account(constraint = vault.load()?.mint == crate::instructions::key_of(mint.as_ref()) @ BallastError::WrongMint)]
    pub mint: Box<InterfaceAccount<'info, Mint>>,
    /// The owner's token account; the token program checks its authority and mint.
    #[account(mut)]
    pub source: Box<InterfaceAccount<'info, TokenAccount>>,
    /// The mint's token program.
    pub token_program: Interface<'info, TokenInterface>,
}
