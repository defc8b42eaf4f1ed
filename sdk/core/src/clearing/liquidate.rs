//! Takes lots of an account below maintenance over to a keeper's account.

use super::book::Booking;
use super::resolve::{self, Resolved};
use super::top_up;
use crate::error::{BallastError, Result};
use crate::margin::{
    Action, CLOSE_OUT, CRITICAL, Counts, Exposure, INITIAL, MAINTENANCE, Moment, TARGET, Taking, counts, fewest_lots,
    put_to_edges,
};
use crate::math;
use crate::state::{Board, Contract, ContractRow, Exchange, InsuranceFund, MarginAccount, Pausable};
use crate::units::{Ratio, Size, Timestamp, Usd, signed};

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
    /// The other contracts in which the account holds basis; needed only when the account is resolved.
    pub others: &'a mut [&'c mut Contract],
    /// Covers what the account cannot.
    pub fund: &'a mut InsuranceFund,
    /// The board.
    pub board: &'a mut Board,
}

/// What a liquidation did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Liquidated {
    /// Moved from the reserve.
    pub topped_up: Usd,
    /// Lots taken, with the sign of the account's position.
    pub taken: Size,
    /// Their value at mark.
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

/// An account that liquidation has found.
#[derive(Debug)]
pub(crate) struct Found {
    pub exposure: Exposure,
    pub topped_up: Usd,
    /// Whether it stays in liquidation after the top-up.
    pub liquidatable: bool,
    /// Share of the largest fee that the auction has reached.
    pub auction: Ratio,
    pub started_at: Timestamp,
}

/// Finds out whether an account is to be liquidated, after its top-up, by taking something of an underlying. Writes
/// nothing. What has no Good price counts at the edge that favours the account, and is not taken.
///
/// # Errors
/// `PriceStale`, `PriceWide`, `PriceDiverged`, `LiquidationWaits`, `NotLiquidatable`, `LiquidationPaused`.
#[inline(never)]
pub(crate) fn find(
    account: &MarginAccount,
    reserve: Option<&MarginAccount>,
    board: &Board,
    exchange: &Exchange,
    taken: Option<u8>,
    now: Timestamp,
) -> Result<Found> {
    let mut exposure = Exposure::EMPTY;
    exposure.walk(account, board, Moment::at(now))?;
    if !exposure.counts_at_spot(now) {
        let waived = put_to_edges(&mut exposure, account, board, now)?;
        require_takable(board, taken, waived, now)?;
    }
    let begun = account.liquidation_at != Timestamp::ZERO;
    // begun it ends at close-out; both levels count the same as equity
    let ends_at = exposure.requirement(if begun { CLOSE_OUT } else { MAINTENANCE })?;
    let equity = exposure.equity(MAINTENANCE)?;
    if !begun && equity >= ends_at {
        return Err(BallastError::NotLiquidatable);
    }
    let topped_up = if equity >= ends_at || reserve.is_none() {
        Usd::ZERO
    } else {
        top_up::available(account, reserve, top_up::shortfall(&exposure, TARGET)?, now)?
    };
    exposure.add_cash(topped_up)?;
    let sound = equity.plus(topped_up)? >= ends_at;
    let paused = exchange.is_paused(Pausable::Liquidation, now)
        || ((exchange.is_paused(Pausable::Deposits, now) || exchange.is_paused(Pausable::Trading, now))
            && exposure.meets(CRITICAL)?);
    if !sound && paused {
        return Err(BallastError::LiquidationPaused);
    }
    let started_at = if begun { account.liquidation_at } else { now };
    let grown = math::mul_div_floor(
        now.since(started_at).min(exchange.auction_seconds),
        1_000_000_000,
        exchange.auction_seconds,
    )?;
    Ok(Found { exposure, topped_up, liquidatable: !sound, auction: Ratio(signed(grown)?), started_at })
}

/// Fails for an underlying of which nothing may be taken at its present price.
fn require_takable(board: &Board, taken: Option<u8>, waived: bool, now: Timestamp) -> Result<()> {
    let Some(underlying) = taken else { return Ok(()) };
    let (counts, validity) = counts(board.underlying(underlying)?, now)?;
    match counts {
        Counts::AtSpot => Ok(()),
        Counts::Held if waived => Ok(()),
        Counts::Held | Counts::AtEdge => Err(validity.rule()),
    }
}

/// What passes between the account and the keeper.
struct Plan {
    account: Booking,
    keeper: Booking,
    taken: Size,
    /// Basis that comes to the keeper with the lots.
    received: Usd,
    value: Usd,
    fee: Usd,
    to_insurance: Usd,
    insolvent: bool,
}

/// Takes at most `most` lots of one contract; with 0 it only tops up and starts (or ends) the liquidation.
///
/// The keeper buys at mark less a fee, or sells at mark plus it; the fee grows with the time in liquidation and never
/// lowers E/M. It takes the fewest lots that bring the account to close-out. The value is rounded in the account's
/// favour. An account whose equity is below zero is taken at mark, and the step that takes its last position resolves it.
///
/// # Errors
/// `NotLiquidatable`, `LiquidationPaused`, `PositionMissing`, `NoMarginFreed`, `KeeperBelowInitialMargin`, `FeeUnpaid`
/// when the keeper lacks the cash for the fund's part of the fee, `CollateralRemains`, `ContractMissing`, and those of
/// prices.
pub fn liquidate(
    accounts: Liquidation<'_, '_>,
    exchange: &Exchange,
    most: u64,
    clock: Timestamp,
) -> Result<Liquidated> {
    let Liquidation { account, keeper, mut reserve, contract, others, fund, board } = accounts;
    let now = board.time(clock);
    let row = board.terms_of(contract)?;
    // a position that is closed already has no price
    let taken = (account.position(row.id).size != Size::ZERO).then_some(row.underlying);
    let found = find(account, reserve.as_deref(), board, exchange, taken, now)?;
    let mut summary =
        Liquidated { topped_up: found.topped_up, in_liquidation: found.liquidatable, ..Liquidated::default() };
    if !found.liquidatable || most == 0 {
        top_up::write(account, reserve.as_deref_mut(), found.topped_up, now)?;
        account.liquidation_at = if found.liquidatable { found.started_at } else { Timestamp::ZERO };
        return Ok(summary);
    }
    if found.exposure.sized == 0 {
        // nothing to take: the account closed its positions at a loss that it cannot pay
        require_resolvable(account, row.id, others, board)?;
        top_up::write(account, reserve, found.topped_up, now)?;
        let opposite = contract.open_interest;
        summary.resolved = resolve::resolve(account, contract, opposite, others, fund, board, now)?;
        summary.in_liquidation = false;
        return Ok(summary);
    }
    let plan = plan(account, keeper, contract.row, row, board, exchange, &found, most)?;
    let (exposure, recovered) = after(&found.exposure, board, &plan)?;
    let resolves = plan.insolvent && exposure.sized == 0;
    if resolves {
        require_resolvable(account, row.id, others, board)?;
    }
    let reward = if plan.insolvent { plan.value.fraction_down(INSOLVENT_REWARD)? } else { Usd::ZERO };
    check_keeper(keeper, board, &plan, now)?;

    let opposite = contract.open_interest;
    top_up::write(account, reserve, found.topped_up, now)?;
    plan.account.write(account, contract)?;
    keeper.pay(plan.to_insurance)?;
    fund.balance = fund.balance.plus(plan.to_insurance)?;
    let from_insurance = resolve::draw(fund, contract, reward, now)?;
    keeper.receive(from_insurance)?;
    account.liquidation_at = if recovered { Timestamp::ZERO } else { found.started_at };
    if resolves {
        // before the keeper gets the lots: one that closes a gain with them carries its share of the loss like the rest
        summary.resolved = resolve::resolve(account, contract, opposite, others, fund, board, now)?;
        let row = board.terms_of(contract)?;
        Booking::plan(keeper, contract.row, row, plan.taken, plan.received)?.write(keeper, contract)?;
    } else {
        plan.keeper.write(keeper, contract)?;
    }
    summary.taken = plan.taken;
    summary.value = plan.value;
    summary.fee = plan.fee;
    summary.to_insurance = plan.to_insurance;
    summary.from_insurance = from_insurance;
    summary.in_liquidation = account.liquidation_at != Timestamp::ZERO;
    Ok(summary)
}

/// An account can be resolved when its collateral is sold and all contracts in which it holds basis are at hand.
fn require_resolvable(account: &MarginAccount, contract: u32, others: &[&mut Contract], board: &Board) -> Result<()> {
    if resolve::worth_selling(account, board)? {
        return Err(BallastError::CollateralRemains);
    }
    let at_hand = |id: u32| id == contract || others.iter().any(|other| other.id == id);
    if account.positions().iter().all(|held| at_hand(held.contract)) {
        Ok(())
    } else {
        Err(BallastError::ContractMissing)
    }
}

#[expect(clippy::too_many_arguments, reason = "the accounts of the liquidation, borrowed in parts")]
fn plan(
    account: &MarginAccount,
    keeper: &MarginAccount,
    row_index: u8,
    row: &ContractRow,
    board: &Board,
    exchange: &Exchange,
    found: &Found,
    most: u64,
) -> Result<Plan> {
    let position = account.position(row.id);
    if position.size == Size::ZERO {
        return Err(BallastError::PositionMissing);
    }
    let insolvent = found.exposure.equity(MAINTENANCE)? < Usd::ZERO;
    let Taking { lots, fee } = if insolvent {
        Taking { lots: position.size.lots(), fee: Ratio::ZERO }
    } else {
        let entry = found.exposure.entries().iter().find(|entry| entry.underlying == row.underlying);
        let entry = entry.ok_or(BallastError::PositionMissing)?;
        let largest = board.underlying(row.underlying)?.liquidation_fee;
        let fee = math::mul_div_floor(largest.unsigned()?, found.auction.unsigned()?, 1_000_000_000)?;
        fewest_lots(&found.exposure, entry, &position, row.mark, Ratio(signed(fee)?))?
    };
    let lots = lots.min(most);
    let long = position.size.0 > 0;
    let value = Size(signed(lots)?).at(row.mark);
    let value = if long { value.usd_up()? } else { value.usd_down()? };
    let fee = value.fraction_down(fee)?;
    let signed_lots = Size(signed(lots)?);
    let (taken, given) =
        if long { (signed_lots.negated()?, value.minus(fee)?) } else { (signed_lots, value.plus(fee)?.negated()?) };
    let to_insurance = fee.fraction_down(exchange.insurance_share)?;
    if keeper.cash < to_insurance {
        return Err(BallastError::FeeUnpaid);
    }
    Ok(Plan {
        account: Booking::plan(account, row_index, row, taken, given)?,
        keeper: Booking::plan(keeper, row_index, row, taken.negated()?, given.negated()?)?,
        taken: taken.negated()?,
        received: given.negated()?,
        value,
        fee,
        to_insurance,
        insolvent,
    })
}

/// The account after the plan, and whether that is close-out.
#[inline(never)]
fn after(exposure: &Exposure, board: &Board, plan: &Plan) -> Result<(Exposure, bool)> {
    let mut exposure = *exposure;
    exposure.replace(board, &plan.account.before, &plan.account.after)?;
    let recovered = exposure.meets(CLOSE_OUT)?;
    Ok((exposure, recovered))
}

#[inline(never)]
fn check_keeper(keeper: &MarginAccount, board: &Board, plan: &Plan, now: Timestamp) -> Result<()> {
    let mut exposure = Exposure::EMPTY;
    exposure.walk(keeper, board, Moment::at(now))?;
    exposure.replace(board, &plan.keeper.before, &plan.keeper.after)?;
    exposure.add_cash(plan.to_insurance.negated()?)?;
    exposure.require_young(Action::Liquidate, now)?;
    if exposure.meets(INITIAL)? { Ok(()) } else { Err(BallastError::KeeperBelowInitialMargin) }
}
