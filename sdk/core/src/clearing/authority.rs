//! Who may trade for an account: its owner without limits, its delegate within the day's, and whoever brings an order
//! that the owner has signed, within its terms.

use super::order::{OrderSide, SignedOrder};
use super::top_up::day_of;
use crate::error::{BallastError, Result};
use crate::math;
use crate::state::{DelegateUse, MarginAccount};
use crate::units::{Key, ONE, PerLot, Size, Timestamp, Usd, magnitude};

/// What gives the right to trade for an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Authority<'a> {
    /// A key that has signed the transaction: the owner's or the delegate's.
    Signer(Key),
    /// An order that the owner has signed.
    Order(&'a SignedOrder),
}

/// One side of a fill: an account, and what gives the right to trade for it.
#[derive(Debug)]
pub struct Party<'a> {
    /// The account.
    pub account: &'a mut MarginAccount,
    /// The right.
    pub authority: Authority<'a>,
}

impl<'a> Party<'a> {
    /// A side that its owner has signed.
    #[must_use]
    pub const fn owner(account: &'a mut MarginAccount) -> Self {
        let authority = Authority::Signer(account.owner);
        Self { account, authority }
    }
}

/// What a fill means to one side.
pub(super) struct Terms {
    /// Id of the contract.
    pub contract: u32,
    pub side: OrderSide,
    pub size: Size,
    pub price: PerLot,
    pub mark: PerLot,
    pub fee: Usd,
}

/// What is left of the right after a fill, to be written.
pub(super) enum Used {
    /// The owner's has no end.
    Nothing,
    /// What delegates have done today.
    Delegate(DelegateUse),
    /// The order's sequence, and what is filled of it.
    Order(u64, u64),
}

impl Used {
    pub(super) const fn is_delegates(&self) -> bool {
        matches!(self, Self::Delegate(_))
    }

    pub(super) const fn write(&self, account: &mut MarginAccount) {
        match self {
            Self::Nothing => {}
            Self::Delegate(used) => account.delegate_use = *used,
            Self::Order(sequence, filled) => {
                account.order_sequence = *sequence;
                account.order_filled = *filled;
            }
        }
    }
}

impl Authority<'_> {
    /// Checks that it covers a fill.
    ///
    /// # Errors
    /// `NotOwnerOrDelegate`, and those of delegates' limits and of orders.
    pub(super) fn check(&self, account: &MarginAccount, terms: &Terms, now: Timestamp) -> Result<Used> {
        match self {
            Self::Signer(key) if *key == account.owner => Ok(Used::Nothing),
            Self::Signer(key) => delegated(account, *key, terms, now).map(Used::Delegate),
            Self::Order(signed) => {
                let fill = (terms.size.lots(), terms.price);
                let filled = signed.filled_after(account, terms.contract, terms.side, fill, now)?;
                Ok(Used::Order(signed.order.sequence, filled))
            }
        }
    }
}

/// Counts a fill that a delegate has signed. What is better than mark makes up for nothing.
#[inline(never)]
fn delegated(account: &MarginAccount, signer: Key, terms: &Terms, now: Timestamp) -> Result<DelegateUse> {
    if signer != account.delegate || !signer.is_some() || now >= account.delegate_until {
        return Err(BallastError::NotOwnerOrDelegate);
    }
    let limits = &account.delegate_limits;
    if !limits.covers(terms.contract) {
        return Err(BallastError::DelegateContract);
    }
    let worse = match terms.side {
        OrderSide::Buy => terms.price.minus(terms.mark)?,
        OrderSide::Sell => terms.mark.minus(terms.price)?,
    };
    let worse = worse.max(PerLot::ZERO);
    let most = math::wide_u(magnitude(terms.mark.0)?, limits.worst_price.unsigned()?);
    if math::wide_u(magnitude(worse.0)?, ONE.0.unsigned_abs()) > most {
        return Err(BallastError::DelegatePrice);
    }
    let lots = Size(terms.size.0.checked_abs().ok_or(BallastError::Overflow)?);
    let used = account.delegate_use.on(day_of(now));
    let notional = used.notional.plus(lots.at(terms.price).usd_up()?)?;
    if notional > limits.daily_notional {
        return Err(BallastError::DelegateNotional);
    }
    let loss = used.loss.plus(lots.at(worse).usd_up()?)?.plus(terms.fee)?;
    if loss > limits.daily_loss {
        return Err(BallastError::DelegateLoss);
    }
    Ok(DelegateUse { notional, loss, ..used })
}
