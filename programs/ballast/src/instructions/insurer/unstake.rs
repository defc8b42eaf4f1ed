//! Pays the shares that were asked for, at their value now.
//!
//! - From the end of the cooldown for two days; not while withdrawals or liquidation are paused.
//! - A stake without shares, or with shares that losses took, is closed; its rent goes to the owner.

use anchor_lang::prelude::*;
use anchor_spl::token_interface::{Mint, TokenAccount, TokenInterface};
use ballast_core::state::{Exchange, InsuranceFund, Stake, Vault};
use ballast_core::units::{Shares, Tokens};
use ballast_core::{BallastError, clearing};

use crate::events::Unstaked;
use crate::instructions::clock;
use crate::tokens;

pub fn unstake(ctx: Context<Unstake>) -> Result<()> {
    let accounts = ctx.accounts;
    let unstaked = clearing::unstake(
        &mut *accounts.stake.load_mut()?,
        &mut *accounts.insurance_fund.load_mut()?,
        &mut *accounts.vault.load_mut()?,
        &*accounts.exchange.load()?,
        clock()?,
    )?;
    if unstaked.paid > Tokens::ZERO {
        tokens::send(
            &accounts.vault,
            &accounts.vault_tokens,
            &accounts.mint,
            &accounts.destination,
            &accounts.token_program,
            unstaked.paid,
        )?;
    }
    if unstaked.left == Shares::ZERO {
        accounts.stake.close(accounts.owner.to_account_info())?;
    }
    emit!(Unstaked {
        stake: accounts.stake.key(),
        shares: unstaked.shares,
        paid: unstaked.paid,
        left: unstaked.left,
        balance: unstaked.balance,
    });
    Ok(())
}

#[derive(Accounts)]
pub struct Unstake<'info> {
    /// The owner, who receives the rent of an empty stake.
    #[account(mut)]
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
    /// Receives the tokens.
    #[account(mut)]
    pub destination: Box<InterfaceAccount<'info, TokenAccount>>,
    /// The mint's token program.
    pub token_program: Interface<'info, TokenInterface>,
}
