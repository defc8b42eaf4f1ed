//! Opens a margin account. One owner may have many; each is isolated from the others.

use anchor_lang::prelude::*;
use ballast_core::clearing;
use ballast_core::state::{Exchange, MarginAccount, seeds};

use crate::events::AccountOpened;
use crate::instructions::{clock, key_of};

pub fn open_account(ctx: Context<OpenAccount>, id: u16) -> Result<()> {
    let accounts = &ctx.accounts;
    clearing::open_account(
        &mut *accounts.margin_account.load_init()?,
        key_of(&accounts.exchange),
        key_of(&accounts.owner),
        id,
        ctx.bumps.margin_account,
        clock()?,
    );
    emit!(AccountOpened { account: accounts.margin_account.key(), owner: accounts.owner.key(), id });
    Ok(())
}

#[derive(Accounts)]
#[instruction(id: u16)]
pub struct OpenAccount<'info> {
    /// Pays the rent.
    #[account(mut)]
    pub payer: Signer<'info>,
    /// The owner.
    pub owner: Signer<'info>,
    /// The exchange.
    pub exchange: AccountLoader<'info, Exchange>,
    /// The margin account.
    #[account(
        init, payer = payer, space = MarginAccount::SPACE,
        seeds = [seeds::MARGIN, exchange.key().as_ref(), owner.key().as_ref(), &id.to_le_bytes()], bump
    )]
    pub margin_account: AccountLoader<'info, MarginAccount>,
    /// Creates the account.
    pub system_program: Program<'info, System>,
}
