//! Who agreed for an account, and what he agreed to.

use anchor_lang::prelude::Pubkey;
use anchor_lang::solana_program::instruction::Instruction;
use ballast_client::key;
use ballast_core::clearing::{Order, OrderSide};
use ballast_core::margin::{Exposure, INITIAL, Moment, accrued_basis};
use ballast_core::model::feed::{DIVERGED, WIDE};
use ballast_core::state::MarginAccount;
use ballast_core::units::{Key, Timestamp};

use crate::effects::{Pair, Standing};
use crate::interface;
use crate::outcome::{Violation, require};
use crate::world::metas;

/// The program that verifies signatures of orders.
const ED25519: Pubkey = Pubkey::from_str_const("Ed25519SigVerify111111111111111111111111111");
/// Where the key and the message of an order lie in the data that was verified.
const SIGNER: std::ops::Range<usize> = 16..48;
const MESSAGE: usize = 112;

/// Who agreed for an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Consent {
    /// Nobody.
    Nobody,
    /// Its owner signed.
    Owner,
    /// Its delegate signed, in time.
    Delegate,
    /// An order that its owner signed stands for it in a fill.
    Order(Order),
}

impl Consent {
    /// Who agreed to a transaction for an account.
    pub fn of(address: &Pubkey, account: &MarginAccount, sent: &[Instruction], clock: Timestamp) -> Self {
        let Some(last) = sent.last() else { return Self::Nobody };
        let signed = |by: Key| metas(std::slice::from_ref(last)).any(|meta| meta.is_signer && key(&meta.pubkey) == by);
        if signed(account.owner) {
            return Self::Owner;
        }
        let is_side = ["buyer", "seller"].iter().any(|side| interface::account(last, side) == Some(*address));
        let order = sent.iter().filter(|sent| is_side && sent.program_id == ED25519).find_map(|verified| {
            let by = Key(verified.data.get(SIGNER)?.try_into().ok()?);
            let order = Order::read(verified.data.get(MESSAGE..)?).ok()?;
            (by == account.owner && order.account == account.id).then_some(order)
        });
        match order {
            Some(order) => Self::Order(order),
            None if signed(account.delegate) && clock < account.delegate_until => Self::Delegate,
            None => Self::Nobody,
        }
    }

    /// Whether it covers an instruction: delegates and orders trade, and do nothing else.
    pub fn covers(self, sent: &Instruction) -> bool {
        match self {
            Self::Nobody => false,
            Self::Owner => true,
            Self::Delegate | Self::Order(_) => interface::listed(sent).is_some_and(|of| of.name == "trade"),
        }
    }
}

/// Checks one side of a fill.
pub fn check_fill(pair: &Pair<'_>, standings: Option<(Standing, Standing)>) -> Result<(), Violation> {
    let (Some(after), Some((was, is))) = (pair.after, standings) else { return Ok(()) };
    match pair.consent {
        Consent::Nobody => {
            return require(false, "a fill takes both sides' word", || format!("{}", pair.address));
        }
        Consent::Delegate => within_limits(pair, after, (was, is))?,
        Consent::Order(order) => as_signed(pair, after, &order)?,
        Consent::Owner => {}
    }
    let seen = Exposure::of(after, pair.board_after, Moment::at(pair.now));
    let initial = seen.and_then(|seen| Ok((seen.equity(INITIAL)?, seen.requirement(INITIAL)?)));
    let detail = || format!("{}: {was:?} to {is:?}, initial {initial:?}", pair.address);
    let Ok((equity, required)) = initial else { return require(false, "an account can be valued", detail) };
    require(was.equity >= 0 || equity >= required, "an insolvent account does not trade on", detail)?;
    let traded = |row: u8| {
        pair.before.positions().iter().chain(after.positions()).any(|held| {
            held.underlying == row && pair.before.position(held.contract).size != after.position(held.contract).size
        })
    };
    let flawed = (0_u8..32)
        .any(|row| pair.board.underlying(row).is_ok_and(|held| held.flaws & (WIDE | DIVERGED) != 0) && traded(row));
    require(!flawed || equity.0 >= 0, "no fill at a price that is not Good leaves losses uncovered", detail)
}

/// A delegate's fills lose no more against mark in a day than its limit, fees included.
fn within_limits(pair: &Pair<'_>, after: &MarginAccount, (was, is): (Standing, Standing)) -> Result<(), Violation> {
    let (limits, used) = (&pair.before.delegate_limits, after.delegate_use);
    let before = pair.before.delegate_use.on(pair.now.0.div_euclid(86_400));
    let lost = i128::from(used.loss.0 - before.loss.0);
    let within = used.loss <= limits.daily_loss && used.notional <= limits.daily_notional && used.day == before.day;
    require(within && is.equity + lost + 1 >= was.equity, "a delegate stays within its limits", || {
        format!("{}: {was:?} to {is:?}, {before:?} to {used:?} within {limits:?}", pair.address)
    })
}

/// An order is filled as it was signed: contract, side, lots, limit, in time.
fn as_signed(pair: &Pair<'_>, after: &MarginAccount, order: &Order) -> Result<(), Violation> {
    let held = pair.before.position(order.contract);
    let left = after.position(order.contract);
    let row = pair.board.contracts.iter().find(|row| row.id == order.contract && row.id != 0);
    let had = row.and_then(|row| accrued_basis(&held, row).ok()).map_or(0, |basis| i128::from(basis.0));
    let received = i128::from(left.basis.0) - had;
    let lots = i128::from(left.size.0) - i128::from(held.size.0);
    let at_limit = lots * i128::from(order.limit.0) / 1_000_000;
    let sign = match order.side {
        OrderSide::Buy => 1,
        OrderSide::Sell => -1,
    };
    let holds = lots * sign > 0
        && lots * sign <= i128::from(order.lots)
        && received + at_limit + 1 >= 0
        && pair.now < order.expires_at
        && (after.order_sequence, pair.before.opened_at) == (order.sequence, order.opened_at)
        && pair.before.order_sequence <= order.sequence
        && after.order_filled <= order.lots
        && (order.exchange, order.account) == (pair.before.exchange, pair.before.id);
    require(holds, "an order is filled as it was signed", || {
        format!("{}: {lots} lots for {received} by {order:?}", pair.address)
    })
}
