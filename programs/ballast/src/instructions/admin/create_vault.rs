//! Adds the vault of a mint and the token account that it controls.
//!
//! - The quote mint's vault credits cash; any other mint is collateral, starts at weight zero and ramps up.
//! - Once the exchange is open anybody who has a due proposal may do it, and the cap starts at zero.
//! - A Token-2022 mint has no extension but metadata and group pointers.

use anchor_lang::prelude::*;
use anchor_spl::token_interface::{Mint, TokenAccount, TokenInterface};
use ballast_core::clearing::NewVault;
use ballast_core::state::parameters::VaultTerms;
use ballast_core::state::{Board, Exchange, Proposal, Vault, seeds};
use ballast_core::{BallastError, clearing};

use crate::events::VaultCreated;
use crate::instructions::{clock, copy_of, key_of, use_up};
use crate::tokens;

pub fn create_vault(ctx: Context<CreateVault>, terms: VaultTerms) -> Result<()> {
    let accounts = &ctx.accounts;
    tokens::require_plain_mint(&accounts.mint.to_account_info())?;
    let new = NewVault {
        mint: key_of(accounts.mint.as_ref()),
        decimals: accounts.mint.decimals,
        token_account: key_of(accounts.vault_tokens.as_ref()),
        bump: ctx.bumps.vault,
    };
    clearing::create_vault(
        &*accounts.exchange.load()?,
        &mut *accounts.board.load_mut()?,
        &mut *accounts.vault.load_init()?,
        copy_of(accounts.proposal.as_ref())?.as_ref(),
        &new,
        &terms,
        clock()?,
    )?;
    use_up(accounts.proposal.as_ref(), accounts.proposer.as_ref())?;
    emit!(VaultCreated { exchange: accounts.exchange.key(), vault: accounts.vault.key(), mint: accounts.mint.key() });
    Ok(())
}

#[derive(Accounts)]
pub struct CreateVault<'info> {
    /// Who pays the rent: the admin; with a proposal anybody.
    #[account(mut, constraint = proposal.is_some() || exchange.load()?.admin == crate::instructions::key_of(&payer) @ BallastError::NotAdmin)]
    pub payer: Signer<'info>,
    /// The exchange.
    pub exchange: AccountLoader<'info, Exchange>,
    /// Its board.
    #[account(mut, constraint = board.load()?.exchange == crate::instructions::key_of(&exchange) @ BallastError::WrongBoard)]
    pub board: AccountLoader<'info, Board>,
    /// The mint.
    pub mint: Box<InterfaceAccount<'info, Mint>>,
    /// The vault.
    #[account(
        init, payer = payer, space = Vault::SPACE,
        seeds = [seeds::VAULT, exchange.key().as_ref(), mint.key().as_ref()], bump
    )]
    pub vault: AccountLoader<'info, Vault>,
    /// The token account that the vault controls.
    #[account(
        init, payer = payer, seeds = [seeds::TOKENS, vault.key().as_ref()], bump,
        token::mint = mint, token::authority = vault, token::token_program = token_program
    )]
    pub vault_tokens: Box<InterfaceAccount<'info, TokenAccount>>,
    /// The proposal of exactly this, once the exchange is open; it is used up.
    #[account(mut)]
    pub proposal: Option<AccountLoader<'info, Proposal>>,
    /// CHECK: who proposed it, and gets its rent back; `use_up` checks that the proposal names it.
    #[account(mut)]
    pub proposer: Option<UncheckedAccount<'info>>,
    /// The mint's token program.
    pub token_program: Interface<'info, TokenInterface>,
    /// Creates the accounts.
    pub system_program: Program<'info, System>,
}
