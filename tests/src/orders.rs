//! Orders that traders sign off chain, and fills by them.

use anchor_lang::solana_program::instruction::Instruction;
use ballast_client::{FillBy, FillSide, OrderFill, OwnersOrder, Wanted};
use ballast_core::clearing::{Order, OrderSide};
use ballast_core::units::Timestamp;
use solana_keypair::Keypair;
use solana_signer::Signer;

use crate::chain::{Failure, Sent};
use crate::market::Market;
use crate::terms::Perp;
use crate::trader::Trader;

/// Seconds for which an order of the fixture is good.
const GOOD_FOR: i64 = 60;
/// Place of a test's first instruction in its transaction: the compute budget stands before it.
pub const FIRST: u8 = 1;

impl Trader {
    /// An order at mark, good for a minute, of the next sequence.
    pub async fn wants(&self, perp: impl Into<Perp>, side: OrderSide, lots: u64) -> Order {
        let perp = perp.into();
        let limit = self.market.mark(perp).await;
        let expires_at = Timestamp(self.market.now() + GOOD_FOR);
        Wanted { contract: perp.0, side, limit, lots, expires_at }.by(&self.state().await)
    }

    /// Signs an order, off chain.
    pub fn sign(&self, order: Order) -> OwnersOrder {
        signed_by(&self.owner, order)
    }

    /// This side of a fill, signed by the owner.
    pub fn signing(&self) -> FillSide {
        FillSide { account: self.account, by: FillBy::Signer(self.address()) }
    }

    /// This side of a fill, by an order that the owner signs.
    pub fn ordering(&self, order: Order) -> FillSide {
        FillSide { account: self.account, by: FillBy::Order(self.sign(order)) }
    }

    /// Fills so many lots of an order at its limit against the house; nobody else signs.
    pub async fn filled(&self, order: Order, lots: u64) -> Result<Sent, Failure> {
        let house = self.market.house();
        self.market.chain.send(&self.filling(order, lots), &[&house.owner]).await
    }

    /// The instructions of that.
    pub fn filling(&self, order: Order, lots: u64) -> Vec<Instruction> {
        let (own, house) = (self.ordering(order), self.market.house().signing());
        let (buyer, seller) = match order.side {
            OrderSide::Buy => (own, house),
            OrderSide::Sell => (house, own),
        };
        let (contract, price) = (order.contract, order.limit);
        let fill = OrderFill { contract, buyer, seller, venue: None, lots, price, expires_at: None };
        self.market.deployment.trade_by_orders(&fill, FIRST)
    }

    /// Cancels all signed orders below a sequence.
    pub async fn cancel_orders(&self, below: u64) -> Result<Sent, Failure> {
        self.send(self.market.deployment.cancel_orders(self.address(), self.account, below)).await
    }
}

impl Market {
    /// Books a fill by orders.
    pub async fn fill(&self, fill: &OrderFill, signers: &[&Keypair]) -> Result<Sent, Failure> {
        self.chain.send(&self.deployment.trade_by_orders(fill, FIRST), signers).await
    }
}

/// Somebody's signature on an order, whoever it is for.
#[must_use]
pub fn signed_by(signer: &Keypair, order: Order) -> OwnersOrder {
    let signature = signer.sign_message(&order.message()).into();
    OwnersOrder { order, owner: signer.pubkey(), signature }
}
