//! Frees the row of a contract that nobody holds and that owes nothing; its rent goes to the admin.

use anchor_lang::prelude::*;
use ballast_core::state::{Board, Contract, Exchange};
use ballast_core::{BallastError, clearing};

use crate::events::ContractClosed;

pub fn close_contract(ctx: Context<CloseContract>) -> Result<()> {
    let accounts = &ctx.accounts;
    let contract = *accounts.contract.load()?;
    clearing::close_contract(&mut *accounts.board.load_mut()?, &contract)?;
    emit!(ContractClosed { exchange: accounts.exchange.key(), contract: accounts.contract.key(), id: contract.id });
    Ok(())
}

#[derive(Accounts)]
pub struct CloseContract<'info> {
    /// The admin, who receives the rent.
    #[account(mut, constraint = exchange.load()?.admin == crate::instructions::key_of(&admin) @ BallastError::NotAdmin)]
    pub admin: Signer<'info>,
    /// The exchange.
    pub exchange: AccountLoader<'info, Exchange>,
    /// Its board.
    #[account(mut, constraint = board.load()?.exchange == crate::instructions::key_of(&exchange) @ BallastError::WrongBoard)]
    pub board: AccountLoader<'info, Board>,
    /// The contract; the transition checks that it is its row's.
    #[account(mut, close = admin)]
    pub contract: AccountLoader<'info, Contract>,
}
