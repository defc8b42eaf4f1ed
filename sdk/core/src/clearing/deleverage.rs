//! Closes lots of an insolvent account, for which no keeper came, against an opposite account that has gained.

use super::book::Booking;
use super::cover::{Covered, Loss, cover, part};
use super::find::{Found, find};
use super::resolve::{self, Resolved, Waits};
use super::top_up;
use crate::error::{BallastError, Result};
use crate::margin::{CLOSE_OUT, Exposure, MAINTENANCE, Moment, accrued_basis};
use crate::math;
use crate::state::{Board, Contract, ContractRow, Exchange, InsuranceFund, MarginAccount, Position};
use crate::units::{Notional, Size, Timestamp, Usd, magnitude, signed};

/// Seconds that keepers have before, from when the account was seen to be insolvent.
const PATIENCE: u64 = 300;

/// The accounts of a deleveraging.
#[derive(Debug)]
pub struct Deleveraging<'a, 'c> {
    /// The insolvent account.
    pub account: &'a mut MarginAccount,
    /// The account on the other side that has gained.
    pub opposite: &'a mut MarginAccount,
    /// The account that the insolvent one's top-up policy names.
    pub reserve: Option<&'a mut MarginAccount>,
    /// The contract of which lots are closed.
    pub contract: &'a mut Contract,
    /// The other contracts in which the account holds basis; needed only when it is resolved.
    pub others: &'a mut [&'c mut Contract],
    /// Covers what the account cannot when it is resolved.
    pub fund: &'a mut InsuranceFund,
    /// The board.
    pub board: &'a mut Board,
}

/// What a deleveraging did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Deleveraged {
    /// Moved from the reserve.
    pub topped_up: Usd,
    /// Lots closed, with the sign of the insolvent account's position.
    pub closed: Size,
    /// Their value at mark.
    pub value: Usd,
    /// What the opposite account gave up of its gain.
    pub given_up: Usd,
    /// Whether the account is in liquidation afterwards.
    pub in_liquidation: bool,
    /// Who carried what was left of the loss.
    pub resolved: Resolved,
}

/// What passes between the two accounts.
struct Plan {
    account: Booking,
    received: Usd,
    /// What the account lacks to equity before.
    lack: Usd,
    closed: Size,
    value: Usd,
    given_up: Usd,
}

/// Closes at most `most` lots of an insolvent account against an opposite one, at the price at which the account's equity
/// would be zero, but no further from mark than the opposite account's gain on those lots reaches. What of the lots' part
/// of the lack that leaves is shared as in a liquidation, by the opposite account like the rest. No fee and no reward.
/// The step that takes its last position resolves the account. The opposite account is valued at its last prices,
/// whatever they are worth: it only reduces. Where no liquidation has noted yet that the account is insolvent, it is noted
/// and nothing is closed.
///
/// # Errors
/// `NotLiquidatable`, `NotInsolvent`, `DeleverageTooSoon`, `LiquidationPaused`, `SizeNotPositive`, `PositionMissing`,
/// `ContractSettled`, `NotOpposite`, `NoGainOpposite`, `OppositeWeakened`, `CollateralRemains`, `ContractMissing`, and those of prices.
pub fn deleverage(
    accounts: Deleveraging<'_, '_>,
    exchange: &Exchange,
    most: u64,
    clock: Timestamp,
) -> Result<Deleveraged> {
    let Deleveraging { account, opposite, reserve, contract, others, fund, board } = accounts;
    let now = board.time(clock);
    let row = board.terms_of(contract)?;
    let mut found = find(account, reserve.as_deref(), board, exchange, Some(row.underlying), now)?;
    let mut summary = Deleveraged { topped_up: found.topped_up, ..Deleveraged::default() };
    if !found.liquidatable {
        top_up::write(account, reserve, found.topped_up, now)?;
        account.end_liquidation();
        return Ok(summary);
    }
    let lack = found.exposure.equity(MAINTENANCE)?.negated()?;
    if lack <= Usd::ZERO {
        return Err(BallastError::NotInsolvent);
    }
    if account.insolvent_at == Timestamp::ZERO {
        top_up::write(account, reserve, found.topped_up, now)?;
        found.note(account, true, now)?;
        summary.in_liquidation = true;
        return Ok(summary);
    }
    if now.since(account.insolvent_at.max(account.liquidation_at)) < PATIENCE {
        return Err(BallastError::DeleverageTooSoon);
    }
    let mut plan = plan(account, opposite, (contract.row, row), lack, most)?;
    let left = check_opposite(opposite, board, &plan.opposite(opposite, (contract.row, row))?, now)?;
    found.exposure.replace(board, &plan.account.before, &plan.account.after)?;
    let resolves = found.exposure.sized == 0;
    if resolves {
        resolve::require_resolvable(account, row.id, others, board, Waits { lack, now })?;
    }
    let recovered = found.exposure.meets(CLOSE_OUT)?;

    top_up::write(account, reserve, found.topped_up, now)?;
    let lots = contract.open_interest;
    if !resolves {
        let covered = cover_rest(&mut plan, account, &mut found, contract, fund, board, now)?;
        (summary.resolved.by_insurance, summary.resolved.by_index) = (covered.by_insurance, covered.by_index);
    }
    plan.account.write(account, contract)?;
    found.note(account, !recovered, now)?;
    if left {
        opposite.end_liquidation();
    }
    if resolves {
        summary.resolved = resolve::resolve(account, contract, lots, others, fund, board, now)?;
    }
    // after the loss was shared: it closes a gain with these lots, and carries as much of it as the rest
    plan.opposite(opposite, (contract.row, board.terms_of(contract)?))?.write(opposite, contract)?;
    summary.closed = plan.closed;
    summary.value = plan.value;
    summary.given_up = plan.given_up;
    summary.in_liquidation = account.liquidation_at != Timestamp::ZERO;
    Ok(summary)
}

impl Plan {
    /// What becomes of the opposite account's position, at the contract's present indices.
    fn opposite(&self, opposite: &MarginAccount, (index, row): (u8, &ContractRow)) -> Result<Booking> {
        Booking::plan(opposite, index, row, self.closed, self.received.negated()?)
    }
}

/// Covers the part of what the account lacks that goes with the lots, as far as the opposite account does not give it up,
/// and books it to the account.
#[inline(never)]
fn cover_rest(
    plan: &mut Plan,
    account: &MarginAccount,
    found: &mut Found,
    contract: &mut Contract,
    fund: &mut InsuranceFund,
    board: &mut Board,
    now: Timestamp,
) -> Result<Covered> {
    let lack = found.exposure.equity(MAINTENANCE)?.negated()?.max(Usd::ZERO);
    let amount = part(plan.lack, plan.value, account, board)?.minus(plan.given_up)?.max(Usd::ZERO).min(lack);
    let loss = Loss { amount, lack, side: plan.account.before.side, opposite: contract.open_interest, last: false };
    let covered = cover(loss, contract, fund, board, now)?;
    plan.account.after.basis = plan.account.after.basis.plus(covered.relief)?;
    found.exposure.add_cash(covered.relief)?;
    Ok(covered)
}

fn plan(
    account: &MarginAccount,
    opposite: &MarginAccount,
    (index, row): (u8, &ContractRow),
    lack: Usd,
    most: u64,
) -> Result<Plan> {
    let (held, against) = (account.position(row.id), opposite.position(row.id));
    if held.size == Size::ZERO {
        return Err(BallastError::PositionMissing);
    }
    if row.is_settled() {
        return Err(BallastError::ContractSettled);
    }
    if against.size == Size::ZERO || (against.size.0 < 0) == (held.size.0 < 0) {
        return Err(BallastError::NotOpposite);
    }
    let lots = most.min(held.size.lots()).min(against.size.lots());
    if lots == 0 {
        return Err(BallastError::SizeNotPositive);
    }
    let share = math::mul_div_ceil(magnitude(lack.0)?, lots, held.size.lots())?;
    let given_up = Usd(signed(share.min(gain(&against, row, lots)?))?);
    if given_up == Usd::ZERO {
        return Err(BallastError::NoGainOpposite);
    }
    // rounded in favour of who did not ask for it
    let size = Size(signed(lots)?);
    let (closed, value, received) = if held.size.0 > 0 {
        let value = size.at(row.mark).usd_down()?;
        (size, value, value.plus(given_up)?)
    } else {
        let value = size.at(row.mark).usd_up()?;
        (size.negated()?, value, value.minus(given_up)?.negated()?)
    };
    Ok(Plan {
        account: Booking::plan(account, index, row, closed.negated()?, received)?,
        received,
        lack,
        closed,
        value,
        given_up,
    })
}

/// The uncollected gain on so many lots of a position, rounded down.
fn gain(position: &Position, row: &ContractRow, lots: u64) -> Result<u64> {
    let basis = Notional::of(accrued_basis(position, row)?);
    let gain = position.size.at(row.mark).plus(basis)?.usd_down()?.max(Usd::ZERO);
    math::mul_div_floor(magnitude(gain.0)?, lots, position.size.lots())
}

/// The opposite account stays at maintenance if it was, and its equity against it does not fall. Tells whether it leaves
/// liquidation.
#[inline(never)]
fn check_opposite(account: &MarginAccount, board: &Board, booking: &Booking, now: Timestamp) -> Result<bool> {
    let mut exposure = Exposure::EMPTY;
    exposure.walk(account, board, Moment::at(now))?;
    let (equity, maintenance) = (exposure.equity(MAINTENANCE)?, exposure.requirement(MAINTENANCE)?);
    exposure.replace(board, &booking.before, &booking.after)?;
    let (after, needed) = (exposure.equity(MAINTENANCE)?, exposure.requirement(MAINTENANCE)?);
    let kept = math::wide(after.0, maintenance.0) >= math::wide(equity.0, needed.0);
    if !kept || (equity >= maintenance && after < needed) {
        return Err(BallastError::OppositeWeakened);
    }
    let began = account.liquidation_at != Timestamp::ZERO;
    Ok(began && exposure.counts_at_spot(now) && exposure.meets(CLOSE_OUT)?)
}
