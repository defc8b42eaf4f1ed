//! Takes lots of an account below maintenance over to a keeper's account.

use super::book::Booking;
use super::cover::{Covered, Loss, cover, draw, part};
use super::find::{Found, find};
use super::resolve::{self, Resolved, Waits};
use super::take::{Parties, Plan, plan};
use super::top_up;
use crate::error::{BallastError, Result};
use crate::margin::{CLOSE_OUT, MAINTENANCE};
use crate::state::{Board, Contract, ContractRow, Exchange, InsuranceFund, MarginAccount};
use crate::units::{PerLot, Ratio, Size, Timestamp, Usd};

/// Paid from insurance to the keeper that takes over an insolvent position: 0.1 % of its value.
const INSOLVENT_REWARD: Ratio = Ratio(1_000_000);

/// The accounts of a liquidation.
#[derive(Debug)]
pub struct Liquidation<'a, 'c> {
    /// The account below maintenance.
    pub account: &'a mut MarginAccount,
    /// The keeper's account, which takes the lots.
    pub keeper: &'a mut MarginAccount,
    /// The account that the top-up policy names.
    pub reserve: Option<&'a mut MarginAccount>,
    /// The contract that is taken.
    pub contract: &'a mut Contract,
    /// The contract of the hedge that is taken with it; when the account is resolved, the other contracts in which it
    /// holds basis.
    pub others: &'a mut [&'c mut Contract],
    /// Covers what the account cannot.
    pub fund: &'a mut InsuranceFund,
    /// The board.
    pub board: &'a mut Board,
}

/// What a keeper offers to take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "anchor", derive(anchor_lang::AnchorSerialize, anchor_lang::AnchorDeserialize))]
pub struct Offer {
    /// Most lots; with 0 the liquidation only begins or ends.
    pub most: u64,
    /// The opposite position of the account that is taken with it: the id of a contract on the same underlying.
    pub hedge: Option<u32>,
    /// The worst price of a lot, fee included, at which the keeper takes any.
    pub worst: Option<PerLot>,
}

impl Offer {
    /// At most so many lots, at whatever price.
    #[must_use]
    pub const fn of(most: u64) -> Self {
        Self { most, hedge: None, worst: None }
    }
}

/// What a liquidation did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Liquidated {
    /// Moved from the reserve.
    pub topped_up: Usd,
    /// Lots taken, with the sign of the account's position.
    pub taken: Size,
    /// Lots of the hedge taken, with their sign.
    pub hedge_taken: Size,
    /// Value of all of them at mark.
    pub value: Usd,
    /// The account's fee.
    pub fee: Usd,
    /// The insurance fund's part of it.
    pub to_insurance: Usd,
    /// Paid to the keeper from insurance, for an insolvent account.
    pub from_insurance: Usd,
    /// Whether the account is in liquidation afterwards.
    pub in_liquidation: bool,
    /// Who carried the loss of an insolvent account.
    pub resolved: Resolved,
}

/// Takes at most `most` lots of one contract; with 0 it only tops up and starts (or ends) the liquidation.
///
/// The keeper buys at mark less a fee, or sells at mark plus it; the fee grows with the time in liquidation and never
/// lowers E/M. It takes the fewest lots that bring the account to close-out, in a minute no more than its part of what the
/// market takes; below critical nothing slows it. With a hedge it takes as much of the opposite position, which frees
/// margin where neither alone would. The value is rounded in the account's favour. An account whose equity is below zero
/// is taken at mark, without a hedge; each step shares the part of what it lacks that goes with the lots, and the one that
/// takes its last position resolves it.
///
/// # Errors
/// `NotLiquidatable`, `LiquidationPaused`, `PositionMissing`, `ContractSettled`, `NoMarginFreed`, `NotAHedge`, `PacingSpent`,
/// `KeeperPriceWorse`, `KeeperBelowInitialMargin`, `FeeUnpaid` when the keeper lacks the cash for the fund's part of the
/// fee, `CollateralRemains`, `ContractMissing`, and those of prices.
pub fn liquidate(
    accounts: Liquidation<'_, '_>,
    exchange: &Exchange,
    offer: Offer,
    clock: Timestamp,
) -> Result<Liquidated> {
    let Liquidation { account, keeper, mut reserve, contract, others, fund, board } = accounts;
    let now = board.time(clock);
    let row = board.terms_of(contract)?;
    // a position that is closed already has no price, and nothing is taken where nothing is offered
    let takes = offer.most != 0 && account.position(row.id).size != Size::ZERO;
    let mut found = find(account, reserve.as_deref(), board, exchange, takes.then_some(row.underlying), now)?;
    let mut summary =
        Liquidated { topped_up: found.topped_up, in_liquidation: found.liquidatable, ..Liquidated::default() };
    if !found.liquidatable || offer.most == 0 {
        top_up::write(account, reserve.as_deref_mut(), found.topped_up, now)?;
        found.note(account, found.liquidatable, now)?;
        return Ok(summary);
    }
    if found.exposure.sized == 0 {
        // nothing to take: the account closed its positions at a loss that it cannot pay
        let lack = found.exposure.equity(MAINTENANCE)?.negated()?;
        resolve::require_resolvable(account, row.id, others, board, Waits { lack, now })?;
        top_up::write(account, reserve, found.topped_up, now)?;
        let opposite = contract.open_interest;
        summary.resolved = resolve::resolve(account, contract, opposite, others, fund, board, now)?;
        summary.in_liquidation = false;
        return Ok(summary);
    }
    let hedge = offer.hedge.map(|id| hedge_among(others, id)).transpose()?;
    let parties = Parties { account, keeper, board, exchange };
    let terms = match hedge {
        Some(place) => Some(terms_at(others, place, board)?),
        None => None,
    };
    let mut plan = plan(&parties, (contract.row, row), terms, &mut found, &offer, now)?;
    let recovered = found.exposure.meets(CLOSE_OUT)?;
    let resolves = plan.is_insolvent() && found.exposure.sized == 0;
    if resolves {
        resolve::require_resolvable(account, row.id, others, board, Waits { lack: plan.lack, now })?;
    }
    let reward = if plan.is_insolvent() { plan.main.value.fraction_down(INSOLVENT_REWARD)? } else { Usd::ZERO };
    plan.check_keeper(keeper, board, now)?;
    summary.value = plan.value()?;

    let opposite = contract.open_interest;
    top_up::write(account, reserve, found.topped_up, now)?;
    keeper.pay(plan.to_insurance)?;
    fund.balance = fund.balance.plus(plan.to_insurance)?;
    let from_insurance = draw(fund, contract, reward, now)?;
    keeper.receive(from_insurance)?;
    if plan.is_insolvent() && !resolves {
        let covered = cover_part(&mut plan, account, &mut found, contract, fund, board, now)?;
        (summary.resolved.by_insurance, summary.resolved.by_index) = (covered.by_insurance, covered.by_index);
    }
    plan.main.account.write(account, contract)?;
    found.note(account, !recovered, now)?;
    if resolves {
        summary.resolved = resolve::resolve(account, contract, opposite, others, fund, board, now)?;
    }
    if plan.is_insolvent() {
        // after the loss was shared: one that closes a gain with these lots carries as much of it as the rest
        let row = board.terms_of(contract)?;
        Booking::plan(keeper, contract.row, row, plan.main.taken, plan.main.received)?.write(keeper, contract)?;
    } else {
        plan.main.keeper.write(keeper, contract)?;
    }
    summary.hedge_taken = write_hedge(&plan, account, keeper, hedge.and_then(|place| others.get_mut(place)))?;
    if let Some(pacing) = plan.pacing {
        let underlying = board.terms_of(contract)?.underlying;
        board.underlying_mut(underlying)?.pacing = pacing;
    }
    summary.taken = plan.main.taken;
    summary.fee = plan.fee;
    summary.to_insurance = plan.to_insurance;
    summary.from_insurance = from_insurance;
    summary.in_liquidation = account.liquidation_at != Timestamp::ZERO;
    Ok(summary)
}

/// Covers the part of what an insolvent account lacks that goes with the lots of a step, and books it to the account.
#[inline(never)]
fn cover_part(
    plan: &mut Plan,
    account: &MarginAccount,
    found: &mut Found,
    contract: &mut Contract,
    fund: &mut InsuranceFund,
    board: &mut Board,
    now: Timestamp,
) -> Result<Covered> {
    let lack = found.exposure.equity(MAINTENANCE)?.negated()?.max(Usd::ZERO);
    let leg = &mut plan.main;
    let amount = part(plan.lack, leg.value, account, board)?.min(lack);
    let loss = Loss { amount, lack, side: leg.account.before.side, opposite: contract.open_interest, last: false };
    let covered = cover(loss, contract, fund, board, now)?;
    leg.account.after.basis = leg.account.after.basis.plus(covered.relief)?;
    found.exposure.add_cash(covered.relief)?;
    Ok(covered)
}

/// Place of the hedge's contract among the others.
fn hedge_among(others: &[&mut Contract], id: u32) -> Result<usize> {
    others.iter().position(|other| other.id == id).ok_or(BallastError::ContractMissing)
}

fn terms_at<'board>(others: &[&mut Contract], place: usize, board: &'board Board) -> Result<(u8, &'board ContractRow)> {
    let contract = others.get(place).ok_or(BallastError::ContractMissing)?;
    Ok((contract.row, board.terms_of(contract)?))
}

/// Writes the opposite leg, if there is one; returns what was taken.
fn write_hedge(
    plan: &Plan,
    account: &mut MarginAccount,
    keeper: &mut MarginAccount,
    contract: Option<&mut &mut Contract>,
) -> Result<Size> {
    match (&plan.hedge, contract) {
        (Some(leg), Some(contract)) => {
            leg.account.write(account, contract)?;
            leg.keeper.write(keeper, contract)?;
            Ok(leg.taken)
        }
        _ => Ok(Size::ZERO),
    }
}
