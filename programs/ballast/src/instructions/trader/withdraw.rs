//! Moves cash or collateral from a margin account to a token account.
//!
//! - Only the owner; never a delegate.
//! - The account meets initial afterwards, at good prices. One without positions owes nothing.
//! - Not during a margin call or liquidation, nor while withdrawals are paused.

use anchor_lang::prelude::*;
use anchor_spl::token_interface::{Mint, TokenAccount, TokenInterface};
use ballast_core::clearing::BoardUse;
use ballast_core::state::{Board, Exchange, MarginAccount, Vault};
use ballast_core::units::Tokens;
use ballast_core::{BallastError, clearing};

use crate::events::Withdrawn;
use crate::instructions::clock;
use crate::tokens;

pub fn withdraw(ctx: Context<Withdraw>, amount: Tokens) -> Result<()> {
    let accounts = ctx.accounts;
    let debited = {
        let (account, vault) = (&mut *accounts.margin_account.load_mut()?, &mut *accounts.vault.load_mut()?);
        let exchange = &*accounts.exchange.load()?;
        // cash reads the board, collateral writes it: see `BoardUse`
        if vault.is_quote() {
            clearing::withdraw(account, vault, BoardUse::Read(&*accounts.board.load()?), exchange, amount, clock()?)?
        } else {
            let from = BoardUse::Write(&mut *accounts.board.load_mut()?);
            clearing::withdraw(account, vault, from, exchange, amount, clock()?)?
        }
    };
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
    /// Its board; writable for collateral, whose weight for new risk follows at once.
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
