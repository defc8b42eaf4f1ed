//! Orders that owners sign off chain: anybody may bring one with a fill, and nothing but its terms can be done with it.

use crate::error::{BallastError, Result};
use crate::state::MarginAccount;
use crate::units::{Key, PerLot, Timestamp};

/// First bytes of every order's message. No transaction begins with 0xff, so a signed order is never one.
const DOMAIN: [u8; 16] = *b"\xffballast order 1";
/// Bytes of an order's message.
pub const ORDER_BYTES: usize = 95;

/// A side of a fill.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderSide {
    /// Buys at the limit or below.
    Buy,
    /// Sells at the limit or above.
    Sell,
}

/// An order, as its owner signs it: the message is a domain and the fields in their order, little-endian, as borsh has them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Order {
    /// The exchange. Its address follows from the program's.
    pub exchange: Key,
    /// Which of the signer's margin accounts.
    pub account: u16,
    /// When that account was opened: an order does not outlive its account.
    pub opened_at: Timestamp,
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
    /// Fills of a sequence count together, and end every order of a lower one.
    pub sequence: u64,
}

/// An order and the key that has signed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignedOrder {
    /// The order.
    pub order: Order,
    /// Who signed it.
    pub signer: Key,
}

impl Order {
    /// The message that is signed.
    #[must_use]
    pub fn message(&self) -> [u8; ORDER_BYTES] {
        let mut message = [0; ORDER_BYTES];
        let side = match self.side {
            OrderSide::Buy => [0],
            OrderSide::Sell => [1],
        };
        let fields: [&[u8]; 10] = [
            &DOMAIN,
            &self.exchange.0,
            &self.account.to_le_bytes(),
            &self.opened_at.0.to_le_bytes(),
            &self.contract.to_le_bytes(),
            &side,
            &self.limit.0.to_le_bytes(),
            &self.lots.to_le_bytes(),
            &self.expires_at.0.to_le_bytes(),
            &self.sequence.to_le_bytes(),
        ];
        let bytes = fields.into_iter().flatten();
        for (place, byte) in message.iter_mut().zip(bytes) {
            *place = *byte;
        }
        message
    }

    /// Reads a message.
    ///
    /// # Errors
    /// `OrderUnreadable` for any other bytes than those of [`Order::message`].
    pub fn read(message: &[u8]) -> Result<Self> {
        let mut rest = message;
        if take(&mut rest)? != DOMAIN {
            return Err(BallastError::OrderUnreadable);
        }
        let order = Self {
            exchange: Key(take(&mut rest)?),
            account: u16::from_le_bytes(take(&mut rest)?),
            opened_at: Timestamp(i64::from_le_bytes(take(&mut rest)?)),
            contract: u32::from_le_bytes(take(&mut rest)?),
            side: match take(&mut rest)? {
                [0] => OrderSide::Buy,
                [1] => OrderSide::Sell,
                [_] => return Err(BallastError::OrderUnreadable),
            },
            limit: PerLot(i64::from_le_bytes(take(&mut rest)?)),
            lots: u64::from_le_bytes(take(&mut rest)?),
            expires_at: Timestamp(i64::from_le_bytes(take(&mut rest)?)),
            sequence: u64::from_le_bytes(take(&mut rest)?),
        };
        if rest.is_empty() { Ok(order) } else { Err(BallastError::OrderUnreadable) }
    }
}

fn take<const N: usize>(rest: &mut &[u8]) -> Result<[u8; N]> {
    let (bytes, after) = rest.split_first_chunk().ok_or(BallastError::OrderUnreadable)?;
    *rest = after;
    Ok(*bytes)
}

impl SignedOrder {
    /// Lots of its sequence that are filled after a fill of `lots` at `price`, when it allows that.
    ///
    /// # Errors
    /// `OrderNotByOwner`, `OrderElsewhere`, `OrderSide`, `OrderExpired`, `OrderLimit`, `OrderReplaced`, `OrderFilled`.
    pub(super) fn filled_after(
        &self,
        account: &MarginAccount,
        contract: u32,
        side: OrderSide,
        (lots, price): (u64, PerLot),
        now: Timestamp,
    ) -> Result<u64> {
        let order = &self.order;
        if self.signer != account.owner {
            return Err(BallastError::OrderNotByOwner);
        }
        let here = (order.exchange, order.account, order.opened_at, order.contract)
            == (account.exchange, account.id, account.opened_at, contract);
        if !here {
            return Err(BallastError::OrderElsewhere);
        }
        if order.side != side {
            return Err(BallastError::OrderSide);
        }
        if now >= order.expires_at {
            return Err(BallastError::OrderExpired);
        }
        let within = match side {
            OrderSide::Buy => price <= order.limit,
            OrderSide::Sell => price >= order.limit,
        };
        if !within {
            return Err(BallastError::OrderLimit);
        }
        if order.sequence < account.order_sequence {
            return Err(BallastError::OrderReplaced);
        }
        let before = if order.sequence == account.order_sequence { account.order_filled } else { 0 };
        let filled = before.checked_add(lots).ok_or(BallastError::Overflow)?;
        if filled > order.lots { Err(BallastError::OrderFilled) } else { Ok(filled) }
    }
}

/// Cancels every signed order of a lower sequence, for good.
///
/// # Errors
/// `NothingToCancel`.
pub fn cancel_orders(account: &mut MarginAccount, sequence: u64) -> Result<()> {
    if sequence <= account.order_sequence {
        return Err(BallastError::NothingToCancel);
    }
    account.order_sequence = sequence;
    account.order_filled = 0;
    Ok(())
}
