//! Moves tokens from a wallet into a margin account: cash for the quote mint, else collateral.
//!
//! - Anyone may deposit cash or a mint that the account holds already; its owner any mint with a vault.
//! - What the vault received is credited, within its cap.
//! - Fails with `DepositsPaused` while the guardian's pause lasts, except into a called account.

use anchor_lang::prelude::*;
use anchor_spl::token_interface::{Mint, TokenAccount, TokenInterface};
use ballast_core::clearing::BoardUse;
use ballast_core::state::{Board, Exchange, MarginAccount, Vault};
use ballast_core::units::Tokens;
use ballast_core::{BallastError, clearing};

use crate::events::Deposited;
use crate::instructions::{clock, key_of};
use crate::tokens;

pub fn deposit(ctx: Context<Deposit>, amount: Tokens) -> Result<()> {
    let accounts = ctx.accounts;
    let received = tokens::receive(
        &accounts.depositor,
        &accounts.source,
        &mut accounts.vault_tokens,
        &accounts.mint,
        &accounts.token_program,
        amount,
    )?;
    let by_owner = accounts.margin_account.load()?.owner == key_of(&accounts.depositor);
    let credited = {
        let (account, vault) = (&mut *accounts.margin_account.load_mut()?, &mut *accounts.vault.load_mut()?);
        let (exchange, deposit) = (&*accounts.exchange.load()?, clearing::Deposit { amount: received, by_owner });
        // cash reads the board, collateral writes it: see `BoardUse`
        if vault.is_quote() {
            let into = BoardUse::Read(&*accounts.board.load()?);
            clearing::deposit(account, vault, into, exchange, deposit, clock()?)?
        } else {
            let into = BoardUse::Write(&mut *accounts.board.load_mut()?);
            clearing::deposit(account, vault, into, exchange, deposit, clock()?)?
        }
    };
    emit!(Deposited {
        account: accounts.margin_account.key(),
        mint: accounts.mint.key(),
        amount: received,
        balance: credited.balance,
    });
    Ok(())
}

#[derive(Accounts)]
pub struct Deposit<'info> {
    /// Who pays.
    pub depositor: Signer<'info>,
    /// The exchange.
    pub exchange: AccountLoader<'info, Exchange>,
    /// Its board; writable for collateral, whose weight for new risk follows at once.
    #[account(constraint = board.load()?.exchange == crate::instructions::key_of(&exchange) @ BallastError::WrongBoard)]
    pub board: AccountLoader<'info, Board>,
    /// The margin account.
    #[account(mut, constraint = margin_account.load()?.exchange == crate::instructions::key_of(&exchange) @ BallastError::WrongExchange)]
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
    /// The depositor's token account; the token program checks its authority and mint.
    #[account(mut)]
    pub source: Box<InterfaceAccount<'info, TokenAccount>>,
    /// The mint's token program.
    pub token_program: Interface<'info, TokenInterface>,
}
