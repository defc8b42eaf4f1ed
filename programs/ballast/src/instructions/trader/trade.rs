//! Books one fill between two accounts, each by a signature of its owner or delegate or by an order of its owner.
//!
//! - A matching engine, RFQ desk or AMM calls it as the delegate of its users' accounts, within the limits that they have
//!   set, or brings their signed orders.
//! - An order is named by the place of its ed25519 instruction in the transaction; it stands before this one.
//! - A venue of the contract's list that signs too makes the fill count towards the premium.
//! - Fails with `FillExpired` when it comes too late.
//! - Each side meets initial afterwards, or has only reduced risk without lowering equity against maintenance.

use anchor_lang::prelude::*;
use ballast_core::clearing::{Authority, Fill, Party, SignedOrder};
use ballast_core::state::{Board, Contract, Exchange, MarginAccount};
use ballast_core::units::{PerLot, Timestamp};
use ballast_core::{BallastError, clearing};

use crate::events::Traded;
use crate::instructions::{clock, key_of, require_distinct};
use crate::signatures::{INSTRUCTIONS, signed_order};

pub fn trade(
    ctx: Context<Trade>,
    lots: u64,
    price: PerLot,
    expires_at: Option<Timestamp>,
    buyer_order: Option<u8>,
    seller_order: Option<u8>,
) -> Result<()> {
    let accounts = &ctx.accounts;
    require_distinct(&accounts.buyer, &accounts.seller)?;
    let (buyer_order, seller_order) = (accounts.order(buyer_order)?, accounts.order(seller_order)?);
    let buyer_authority = authority(buyer_order.as_ref(), accounts.buyer_signer.as_ref())?;
    let seller_authority = authority(seller_order.as_ref(), accounts.seller_signer.as_ref())?;
    let mut buyer = accounts.buyer.load_mut()?;
    let mut seller = accounts.seller.load_mut()?;
    let mut contract = accounts.contract.load_mut()?;
    let by_venue = match &accounts.venue {
        Some(venue) if contract.lists(key_of(venue)) => true,
        Some(_) => return Err(BallastError::NotVenue.into()),
        None => false,
    };
    let fill = Fill { lots, price, by_venue, expires_at };
    let (board, exchange) = (accounts.board.load()?, accounts.exchange.load()?);
    let buying = Party { account: &mut buyer, authority: buyer_authority };
    let selling = Party { account: &mut seller, authority: seller_authority };
    let traded = clearing::trade(buying, selling, &mut contract, &board, &exchange, fill, clock()?)?;
    emit!(Traded {
        contract: accounts.contract.key(),
        buyer: accounts.buyer.key(),
        seller: accounts.seller.key(),
        lots,
        price,
        buyer_fee: traded.buyer_fee,
        seller_fee: traded.seller_fee,
        buyer_order: buyer_order.map(|signed| signed.order.sequence),
        seller_order: seller_order.map(|signed| signed.order.sequence),
    });
    Ok(())
}

/// An order stands for a signature.
fn authority<'a>(order: Option<&'a SignedOrder>, signer: Option<&Signer<'_>>) -> Result<Authority<'a>> {
    match (order, signer) {
        (Some(signed), _) => Ok(Authority::Order(signed)),
        (None, Some(signer)) => Ok(Authority::Signer(key_of(signer))),
        (None, None) => Err(BallastError::NotOwnerOrDelegate.into()),
    }
}

#[derive(Accounts)]
pub struct Trade<'info> {
    /// Owner or delegate of the buyer's account; none when an order stands for it.
    pub buyer_signer: Option<Signer<'info>>,
    /// Owner or delegate of the seller's account; none when an order stands for it.
    pub seller_signer: Option<Signer<'info>>,
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
    /// CHECK: The sysvar of the transaction's instructions, for orders; its address is checked here.
    #[account(address = INSTRUCTIONS)]
    pub instructions: Option<UncheckedAccount<'info>>,
}

impl Trade<'_> {
    /// The order at a place of the transaction, where one is named.
    fn order(&self, place: Option<u8>) -> Result<Option<SignedOrder>> {
        let Some(place) = place else { return Ok(None) };
        let sysvar = self.instructions.as_ref().ok_or(BallastError::OrderUnsigned)?;
        Ok(Some(signed_order(sysvar, place)?))
    }
}
