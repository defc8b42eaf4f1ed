//! Signed orders: the message that an owner signs, the instruction that proves it, and the fill that it stands for.

use super::*;
use ballast::signatures::{ED25519, HEADER, INSTRUCTIONS};
use ballast_core::clearing::{Order, OrderSide};

/// An order and its owner's signature over its message, as it is handed to a venue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OwnersOrder {
    /// The order.
    pub order: Order,
    /// The owner of the margin account.
    pub owner: Pubkey,
    /// Ed25519 signature over [`Order::message`].
    pub signature: [u8; 64],
}

impl OwnersOrder {
    /// The instruction by which the ed25519 program verifies the signature; it stands before the fill.
    #[must_use]
    pub fn verification(&self) -> Instruction {
        let data = [&HEADER[..], self.owner.as_ref(), &self.signature, &self.order.message()].concat();
        Instruction { program_id: ED25519, accounts: Vec::new(), data }
    }
}

/// What is wanted of an order; the rest follows from the margin account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Id of the contract.
    pub contract: u32,
    /// Buys or sells.
    pub side: OrderSide,
    /// Worst price of a lot.
    pub limit: PerLot,
    /// Most lots, in all fills together.
    pub lots: u64,
    /// Unix seconds from which on it is dead.
    pub expires_at: Timestamp,
}

impl Wanted {
    /// The order for an account, to be signed by its owner: it replaces the orders that were filled so far.
    #[must_use]
    pub const fn by(self, account: &MarginAccount) -> Order {
        self.numbered(account, account.order_sequence.saturating_add(1))
    }

    /// The order with a sequence of one's own. Orders of one sequence share the lots that are filled of it; a fill of a
    /// higher one ends it.
    #[must_use]
    pub const fn numbered(self, account: &MarginAccount, sequence: u64) -> Order {
        let Self { contract, side, limit, lots, expires_at } = self;
        let MarginAccount { exchange, id, opened_at, .. } = *account;
        Order { exchange, account: id, opened_at, contract, side, limit, lots, expires_at, sequence }
    }
}

/// A side of a fill.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FillSide {
    /// The margin account.
    pub account: Pubkey,
    /// What stands for it.
    pub by: FillBy,
}

/// What stands for a side of a fill.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FillBy {
    /// The owner or the delegate, who signs the transaction.
    Signer(Pubkey),
    /// An order of the owner.
    Order(OwnersOrder),
}

impl FillBy {
    const fn signer(&self) -> Option<Pubkey> {
        match self {
            Self::Signer(signer) => Some(*signer),
            Self::Order(_) => None,
        }
    }
}

/// A fill between two sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OrderFill {
    /// Id of the contract.
    pub contract: u32,
    /// Who buys.
    pub buyer: FillSide,
    /// Who sells.
    pub seller: FillSide,
    /// A venue of the contract that signs too, if any.
    pub venue: Option<Pubkey>,
    /// Lots.
    pub lots: u64,
    /// Price of a lot.
    pub price: PerLot,
    /// Unix seconds from which on it must not land, if any.
    pub expires_at: Option<Timestamp>,
}

impl Deployment {
    /// A fill to which sides agree by signed orders: a verification for each, then `trade`. `place` is the number of
    /// instructions in the transaction before these.
    #[must_use]
    pub fn trade_by_orders(&self, fill: &OrderFill, place: u8) -> Vec<Instruction> {
        let mut instructions = Vec::new();
        let mut next = place;
        let mut place_of = |side: &FillSide| {
            let FillBy::Order(order) = &side.by else { return None };
            instructions.push(order.verification());
            let place = next;
            next = next.saturating_add(1);
            Some(place)
        };
        let (buyer_order, seller_order) = (place_of(&fill.buyer), place_of(&fill.seller));
        let orders = buyer_order.is_some() || seller_order.is_some();
        instructions.push(build(
            accounts::Trade {
                buyer_signer: fill.buyer.by.signer(),
                seller_signer: fill.seller.by.signer(),
                venue: fill.venue,
                exchange: self.exchange,
                board: self.board,
                contract: self.contract(fill.contract),
                buyer: fill.buyer.account,
                seller: fill.seller.account,
                instructions: orders.then_some(INSTRUCTIONS),
            },
            instruction::Trade {
                lots: fill.lots,
                price: fill.price,
                expires_at: fill.expires_at,
                buyer_order,
                seller_order,
            },
        ));
        instructions
    }

    /// `cancel_orders`: every order of a lower sequence.
    #[must_use]
    pub fn cancel_orders(&self, owner: Pubkey, account: Pubkey, sequence: u64) -> Instruction {
        build(accounts::CancelOrders { owner, margin_account: account }, instruction::CancelOrders { sequence })
    }
}
