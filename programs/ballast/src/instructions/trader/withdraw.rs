//! Moves cash or collateral from a margin account to a token account.
//!
//! - Only the owner; never a delegate.
//! - The account meets initial afterwards, at good prices. One without positions owes nothing.
//! - Not during a margin call or liquidation, nor while withdrawals are paused.

use anchor_lang::prelude::*;
use anchor_spl::token_interface::{Mint, TokenAccount, TokenInterface};
use ballast_core::state::{Board, Exchange, MarginAccount, Vault};
use ballast_core::units::Tokens;
use ballast_core::{BallastError, clearing};

use crate::events::Withdrawn;
use crate::instructions::clock;
use crate::tokens;

pub fn withdraw(ctx: Context<Withdraw>, amount: Tokens) -> Result<()> {
    let accounts = ctx.accounts;
    let debited = clearing::withdraw(
        &mut *accounts.margin_account.load_mut()?,
        &mut *accounts.vault.load_mut()?,
        &*accounts.board.load()?,
        &*accounts.exchange.load()?,
        amount,
        clock()?,
    )?;
    tokens::send(
        &accounts.vault,
        &accounts.vault_tokens,
        &accounts.mint,
        &accounts.destination,
        &accounts.token_program,
        amount,
    )?;
    emit!(Withdrawn {
        account: accounts.margin_account.key(),
        mint: accounts.mint.key(),
        amount,
        balance: debited.balance,
    });
    Ok(())
}

#[derive(Accounts)]
pub struct Withdraw<'info> {
    /// The owner.
    pub owner: Signer<'info>,
    /// The exchange.
    pub exchange: AccountLoader<'info, Exchange>,
    /// Its board.
    #[account(constraint = board.load()?.exchange == crate::instructions::key_of(&exchange) @ BallastError::WrongBoard)]
    pub board: AccountLoader<'info, Board>,
    /// The margin account.
    #[account(
        mut,
        constraint = margin_account.load()?.exchange == crate::instructions::key_of(&exchange) @ BallastError::WrongExchange,
        constraint = margin_account.load()?.owner == crate::instructions::key_of(&owner) @ BallastError::NotOwner
    )]
    pub margin_account: AccountLoader<'info, MarginAccount>,
    /// The mint's vault.
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
