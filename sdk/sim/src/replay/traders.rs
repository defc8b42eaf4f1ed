//! What traders do: come, answer calls, go.

use ballast_core::margin::{Exposure, INITIAL, Moment};
use ballast_core::units::{Size, Timestamp, Tokens, Usd};

use super::{FIRST_TRADER, MAKER, Market, lots_of};
use crate::SimError;
use crate::book::Intent;
use crate::numbers::{dollars, fraction, real, usd};

/// Seconds after which a trader that was refused or liquidated comes again.
const AWAY: i64 = 86_400;
/// Cash beyond what initial asks for, as a part of it, so that a first tick does not call.
const ROOM: f64 = 0.02;

/// A seat in the market: an account, and who sits there.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Trader {
    account: usize,
    reserve: Option<usize>,
    intent: Option<Intent>,
    /// When the position is to be closed, or the next trader comes.
    next_at: i64,
}

/// Accounts and their reserves, which lie behind all traders.
pub(super) fn reserves(has_reserve: &[bool]) -> Vec<(usize, usize)> {
    seats(has_reserve).into_iter().filter_map(|seat| Some((seat.account, seat.reserve?))).collect()
}

/// Seats in the order of accounts; reserves lie behind all of them.
pub(super) fn seats(reserves: &[bool]) -> Vec<Trader> {
    let mut next_reserve = FIRST_TRADER.saturating_add(reserves.len());
    let mut seats = Vec::with_capacity(reserves.len());
    for (has_reserve, account) in reserves.iter().zip(FIRST_TRADER..) {
        let reserve = has_reserve.then_some(next_reserve);
        next_reserve = next_reserve.saturating_add(usize::from(*has_reserve));
        seats.push(Trader { account, reserve, intent: None, next_at: i64::MIN });
    }
    seats
}

impl Market {
    /// Everybody acts on a close: called ones answer, whose time has come leave, others come.
    pub(super) fn act(&mut self, at: i64) -> Result<(), SimError> {
        for seat in 0..self.traders.len() {
            let Some(trader) = self.traders.get(seat).copied() else { continue };
            let Some(held) = self.house.accounts.get(trader.account) else { continue };
            let (size, called) = (held.position(self.house.contract.id).size, held.called_at != Timestamp::ZERO);
            let next = match trader.intent {
                Some(_) if size == Size::ZERO => {
                    self.leave(&trader);
                    Trader { intent: None, next_at: at.saturating_add(AWAY), ..trader }
                }
                Some(_) if at >= trader.next_at => self.close(&trader, size, at),
                Some(intent) if called && intent.answers => {
                    self.answer(&trader, at)?;
                    trader
                }
                None if at >= trader.next_at => self.come(&trader, at),
                _ => continue,
            };
            if let Some(place) = self.traders.get_mut(seat) {
                *place = next;
            }
        }
        Ok(())
    }

    /// A trader deposits and opens its position against the maker.
    fn come(&mut self, trader: &Trader, at: i64) -> Trader {
        let intent = self.book.draw();
        let later = Trader { intent: None, next_at: at.saturating_add(AWAY), ..*trader };
        let mark = self.house.terms().mark;
        let lots = lots_of(intent.notional, mark);
        let notional = real(lots) * real(mark.0.unsigned_abs()) / 1e12;
        let cash = (notional / intent.leverage).max(notional * self.initial_ratio() * (1.0 + ROOM) + 20.0);
        if self.house.deposit(trader.account, Tokens(usd(cash).0.unsigned_abs())).is_err() {
            return later;
        }
        self.fill_reserve(trader, cash);
        let account = trader.account;
        let (buyer, seller) = if intent.long { (account, MAKER) } else { (MAKER, account) };
        if self.house.trade(buyer, seller, lots, mark).is_err() {
            self.count.refused = self.count.refused.saturating_add(1);
            self.leave(trader);
            return later;
        }
        self.count.opened = self.count.opened.saturating_add(1);
        self.count.fills = self.count.fills.saturating_add(1);
        self.count.notional_opened += notional;
        self.screen.touch(&self.house, account);
        let holding = crate::numbers::signed(intent.holding);
        Trader { intent: Some(intent), next_at: at.saturating_add(holding), ..*trader }
    }

    /// What initial asks of a dollar of notional, fee of the fill included.
    fn initial_ratio(&self) -> f64 {
        let row = self.house.underlying();
        let effective = row.ramp.effective(&row.ramp_terms, self.house.now()).unwrap_or(row.ramp.target);
        let scan = fraction(effective.max(row.ramp.target)) * 1.3;
        let confidence = 2.12 * real(row.confidence.0.unsigned_abs()) / 1e9;
        scan + confidence + real(row.liquidation_fee.0.unsigned_abs()) / 1e9 + 0.001
    }

    /// A reserve holds as much as its account came with.
    fn fill_reserve(&mut self, trader: &Trader, cash: f64) {
        let Some(reserve) = trader.reserve else { return };
        let Some(held) = self.house.accounts.get(reserve) else { return };
        let lacking = cash - dollars(held.cash);
        if lacking >= 1.0 {
            // a reserve that cannot be filled tops nothing up
            let _refused = self.house.deposit(reserve, Tokens(usd(lacking).0.unsigned_abs())).is_err();
        }
    }

    /// A trader closes at mark against the maker and takes its money out; one that cannot tries again at the next bar.
    fn close(&mut self, trader: &Trader, size: Size, at: i64) -> Trader {
        let (account, mark) = (trader.account, self.house.terms().mark);
        let (buyer, seller) = if size > Size::ZERO { (MAKER, account) } else { (account, MAKER) };
        if self.house.trade(buyer, seller, size.lots(), mark).is_err() {
            return *trader;
        }
        self.count.fills = self.count.fills.saturating_add(1);
        self.leave(trader);
        Trader { intent: None, next_at: at, ..*trader }
    }

    /// Settles what is left, closes the call and withdraws all cash. What the core refuses stays for the next time.
    fn leave(&mut self, trader: &Trader) {
        let account = trader.account;
        if self.maker_owes() {
            let _nothing = self.house.settle(MAKER).is_err();
        }
        let _nothing = self.house.settle(account).is_err();
        let called = |held: &ballast_core::state::MarginAccount| held.called_at != Timestamp::ZERO;
        if self.house.accounts.get(account).is_some_and(called) && self.house.rebalance(account).is_ok() {
            self.count.calls_closed = self.count.calls_closed.saturating_add(1);
        }
        let cash = self.house.accounts.get(account).map_or(Usd::ZERO, |held| held.cash);
        if cash > Usd::ZERO {
            let _stays = self.house.withdraw(account, Tokens(cash.0.unsigned_abs())).is_err();
        }
        self.screen.touch(&self.house, account);
    }

    /// Whether the maker has an uncollected loss, which fills the pool that gains are paid from.
    fn maker_owes(&self) -> bool {
        let Some(maker) = self.house.accounts.get(MAKER) else { return false };
        let position = maker.position(self.house.contract.id);
        let pnl = self.house.terms().mark;
        position.size.at(pnl).usd_down().and_then(|value| value.plus(position.basis)).is_ok_and(|pnl| pnl < Usd::ZERO)
    }

    /// A called trader deposits what it lacks to initial.
    fn answer(&mut self, trader: &Trader, at: i64) -> Result<(), SimError> {
        let Some(held) = self.house.accounts.get(trader.account) else { return Ok(()) };
        let exposure = Exposure::of(held, &self.house.board, Moment::at(self.house.now()));
        let lacking = exposure
            .and_then(|exposure| exposure.requirement(INITIAL)?.minus(exposure.equity(INITIAL)?))
            .map_err(SimError::refused("be walked over", at))?;
        if lacking > Usd::ZERO && self.house.deposit(trader.account, Tokens(lacking.0.unsigned_abs())).is_ok() {
            self.count.answered += dollars(lacking);
            self.screen.touch(&self.house, trader.account);
        }
        Ok(())
    }
}
