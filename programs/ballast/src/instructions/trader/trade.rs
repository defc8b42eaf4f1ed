//! Books one fill between two accounts whose owners or delegates sign.
//!
//! - A matching engine, RFQ desk or AMM calls it as the delegate of its users' accounts.
//! - A venue of the contract's list that signs too makes the fill count towards the premium.
//! - Each side meets initial afterwards, or has only reduced risk without lowering equity against maintenance.

use anchor_lang::prelude::*;
use ballast_core::clearing::Fill;
use ballast_core::state::{Board, Contract, Exchange, MarginAccount};
use ballast_core::units::PerLot;
use ballast_core::{BallastError, clearing};

use crate::events::Traded;
use crate::instructions::{clock, key_of, require_distinct};

pub fn trade(ctx: Context<Trade>, lots: u64, price: PerLot) -> Result<()> {
    let accounts = &ctx.accounts;
    require_distinct(&accounts.buyer, &accounts.seller)?;
    let now = clock()?;
    let mut buyer = accounts.buyer.load_mut()?;
    let mut seller = accounts.seller.load_mut()?;
    let signed =
        buyer.may_trade(key_of(&accounts.buyer_signer), now) && seller.may_trade(key_of(&accounts.seller_signer), now);
    if !signed {
        return Err(BallastError::NotOwnerOrDelegate.into());
    }
    let mut contract = accounts.contract.load_mut()?;
    let by_venue = match &accounts.venue {
        Some(venue) if contract.lists(key_of(venue)) => true,
        Some(_) => return Err(BallastError::NotVenue.into()),
        None => false,
    };
    let fill = Fill { lots, price, by_venue };
    let (board, exchange) = (accounts.board.load()?, accounts.exchange.load()?);
    let traded = clearing::trade(&mut buyer, &mut seller, &mut contract, &board, &exchange, fill, now)?;
    emit!(Traded {
        contract: accounts.contract.key(),
        buyer: accounts.buyer.key(),
        seller: accounts.seller.key(),
        lots,
        price,
        fee: traded.fee,
    });
    Ok(())
}

#[derive(Accounts)]
pub struct Trade<'info> {
    /// Owner or delegate of the buyer's account.
    pub buyer_signer: Signer<'info>,
    /// Owner or delegate of the seller's account.
    pub seller_signer: Signer<'info>,
    /// A venue of the contract, when the fill is to count towards the premium.
    pub venue: Option<Signer<'info>>,
    /// The exchange.
    pub exchange: AccountLoader<'info, Exchange>,
    /// Its board.
    #[account(constraint = board.load()?.exchange == crate::instructions::key_of(&exchange) @ BallastError::WrongBoard)]
    pub board: AccountLoader<'info, Board>,
    /// The contract; the transition checks that it is its row's.
    #[account(mut)]
    pub contract: AccountLoader<'info, Contract>,
    /// The buyer's account.
    #[account(mut, constraint = buyer.load()?.exchange == crate::instructions::key_of(&exchange) @ BallastError::WrongExchange)]
    pub buyer: AccountLoader<'info, MarginAccount>,
    /// The seller's account.
    #[account(mut, constraint = seller.load()?.exchange == crate::instructions::key_of(&exchange) @ BallastError::WrongExchange)]
    pub seller: AccountLoader<'info, MarginAccount>,
}
