//! Sends what a vault's token account holds above the ledger, gifts that nobody owns, to a token account of the
//! treasury.

use anchor_lang::prelude::*;
use anchor_spl::token_interface::{Mint, TokenAccount, TokenInterface};
use ballast_core::state::{Exchange, Vault};
use ballast_core::units::Tokens;
use ballast_core::{BallastError, clearing};

use crate::events::Swept;
use crate::tokens;

pub fn sweep(ctx: Context<Sweep>) -> Result<()> {
    let accounts = ctx.accounts;
    let amount = clearing::sweep(&*accounts.vault.load()?, Tokens(accounts.vault_tokens.amount))?;
    tokens::send(
        &accounts.vault,
        &accounts.vault_tokens,
        &accounts.mint,
        &accounts.destination,
        &accounts.token_program,
        amount,
    )?;
    emit!(Swept { vault: accounts.vault.key(), amount });
    Ok(())
}

#[derive(Accounts)]
pub struct Sweep<'info> {
    /// The admin.
    #[account(constraint = exchange.load()?.admin == crate::instructions::key_of(&admin) @ BallastError::NotAdmin)]
    pub admin: Signer<'info>,
    /// The exchange.
    pub exchange: AccountLoader<'info, Exchange>,
    /// The vault.
    #[account(constraint = vault.load()?.exchange == crate::instructions::key_of(&exchange) @ BallastError::WrongVault)]
    pub vault: AccountLoader<'info, Vault>,
    /// Its token account.
    #[account(mut, constraint = vault.load()?.token_account == crate::instructions::key_of(vault_tokens.as_ref()) @ BallastError::WrongTokenAccount)]
    pub vault_tokens: Box<InterfaceAccount<'info, TokenAccount>>,
    /// Its mint.
    #[account(constraint = vault.load()?.mint == crate::instructions::key_of(mint.as_ref()) @ BallastError::WrongMint)]
    pub mint: Box<InterfaceAccount<'info, Mint>>,
    /// Receives the surplus.
    #[account(mut, constraint = exchange.load()?.treasury == crate::instructions::key_of(&destination.owner) @ BallastError::NotTreasury)]
    pub destination: Box<InterfaceAccount<'info, TokenAccount>>,
    /// The mint's token program.
    pub token_program: Interface<'info, TokenInterface>,
}
