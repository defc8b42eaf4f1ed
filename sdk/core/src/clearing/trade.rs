//! One fill between two accounts.

use super::authority::{Party, Terms, Used};
use super::book::Booking;
use super::order::OrderSide;
use crate::error::{BallastError, Result};
use crate::margin::{Action, CLOSE_OUT, Exposure, INITIAL, MAINTENANCE, Moment, Validity, validity};
use crate::math;
use crate::model::feed::{DIVERGED, WIDE};
use crate::state::{Board, Contract, ContractRow, Exchange, MarginAccount, Pausable, UnderlyingRow};
use crate::units::{Fine, NOTIONAL_PER_USD, ONE, PerLot, Scan, Size, Timestamp, Usd, magnitude, signed};

/// A fill counts towards the premium up to this part of depth: one in so many.
const PREMIUM_SHARE_OF_DEPTH: u64 = 100;
/// Widest distance of a price from mark: 1 %.
const WIDEST_BAND: Scan = Scan(10_000_000_000);

/// A fill.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fill {
    /// Lots that the buyer gets.
    pub lots: u64,
    /// Price of a lot.
    pub price: PerLot,
    /// Whether a venue of the contract signed.
    pub by_venue: bool,
    /// From when on it must not be booked any more: a transaction that is held back cannot land late.
    pub expires_at: Option<Timestamp>,
}

impl Fill {
    /// A fill that no venue signs and that does not expire.
    #[must_use]
    pub const fn new(lots: u64, price: PerLot) -> Self {
        Self { lots, price, by_venue: false, expires_at: None }
    }
}

/// What a fill did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Traded {
    /// Paid by the buyer to the seller, in basis.
    pub value: Usd,
    /// The buyer's fee, from cash.
    pub buyer_fee: Usd,
    /// The seller's fee, from cash.
    pub seller_fee: Usd,
    /// The buyer's size afterwards.
    pub buyer_size: Size,
    /// The seller's size afterwards.
    pub seller_size: Size,
    /// Open interest afterwards.
    pub open_interest: u64,
}

/// One side of a fill.
struct Side {
    booking: Booking,
    used: Used,
    fee: Usd,
    /// Whether the price is at mark or better for this side.
    at_mark_or_better: bool,
}

/// Books a fill: the value passes between the two in basis, each side's fee goes from cash to the contract. A side that
/// only reduces pays it as far as cash reaches while it is called, and none in liquidation.
///
/// Each side is covered by its authority and meets initial afterwards, or has only reduced risk without lowering equity
/// against maintenance, where a delegate signs at a price that is not Stale; below maintenance a reduction is at mark or better, and below zero there is none: an insolvent
/// account is resolved. At a Wide or Diverged price cash and collateral cover all losses of a side that reduces, at the worse
/// of spot and average. The value is rounded once and booked with both signs.
///
/// # Errors
/// Among others `FillExpired`, `SizeNotPositive`, `PriceOutsideBand`, `TradingPaused`, `ContractReduceOnly`,
/// `ContractSettled`, `OpenInterestCap`, `OpenInterestDepth`, `FeeUnpaid`, `BelowInitialMargin`, `RiskNotReduced`,
/// `ReductionBelowMark`, `MarginCallOpen`, `InLiquidation`; `NotOwnerOrDelegate` and those of delegates and of orders.
pub fn trade(
    buyer: Party<'_>,
    seller: Party<'_>,
    contract: &mut Contract,
    board: &Board,
    exchange: &Exchange,
    fill: Fill,
    clock: Timestamp,
) -> Result<Traded> {
    let now = board.time(clock);
    let row = board.terms_of(contract)?;
    let underlying = board.underlying(row.underlying)?;
    let size = Size(signed(fill.lots)?);
    if fill.expires_at.is_some_and(|expires_at| now >= expires_at) {
        return Err(BallastError::FillExpired);
    }
    if size == Size::ZERO {
        return Err(BallastError::SizeNotPositive);
    }
    if row.settled_at != Timestamp::ZERO {
        return Err(BallastError::ContractSettled);
    }
    require_in_band(fill.price, row, underlying, now)?;

    let value = size.at(fill.price).usd_down()?;
    let fee = value.fraction_up(exchange.trade_fee)?;
    let booking = Booking::plan(buyer.account, contract.row, row, size, value.negated()?)?;
    let due = fee_due(buyer.account, &booking, fee);
    let terms = Terms { contract: row.id, side: OrderSide::Buy, size, price: fill.price, mark: row.mark, fee: due };
    let buying = Side {
        used: buyer.authority.check(buyer.account, &terms, now)?,
        booking,
        fee: due,
        at_mark_or_better: fill.price <= row.mark,
    };
    let booking = Booking::plan(seller.account, contract.row, row, size.negated()?, value)?;
    let due = fee_due(seller.account, &booking, fee);
    let terms = Terms { side: OrderSide::Sell, fee: due, ..terms };
    let selling = Side {
        used: seller.authority.check(seller.account, &terms, now)?,
        booking,
        fee: due,
        at_mark_or_better: fill.price >= row.mark,
    };
    if buying.used.is_delegates() || selling.used.is_delegates() {
        require_mark_now(underlying, now)?;
    }
    let reduces = buying.booking.reduces() && selling.booking.reduces();
    if !reduces && exchange.is_paused(Pausable::Trading, now) {
        return Err(BallastError::TradingPaused);
    }
    if !reduces && (row.deficit.is_open() || underlying.feed.wound_down_at != Timestamp::ZERO) {
        return Err(BallastError::ContractReduceOnly);
    }
    let open_interest = selling.booking.open_interest(buying.booking.open_interest(contract.open_interest)?)?;
    let depth = require_room(contract, row, underlying, open_interest, fill.by_venue, now)?;
    let buyer_leaves = check(buyer.account, board, &buying, now)?;
    let seller_leaves = check(seller.account, board, &selling, now)?;
    let fees_due = contract.fees_due.plus(buying.fee)?.plus(selling.fee)?;
    let mut premium = contract.premium;
    if fill.by_venue {
        let counted = math::udiv_floor(u128::from(magnitude(depth.0)?), PREMIUM_SHARE_OF_DEPTH)?;
        let lots = math::mul_div_floor(counted, NOTIONAL_PER_USD, magnitude(row.mark.0)?).unwrap_or(u64::MAX);
        premium.record(now, fill.lots, fill.price, row.mark, lots)?;
    }

    commit(buyer.account, contract, &buying, buyer_leaves)?;
    commit(seller.account, contract, &selling, seller_leaves)?;
    contract.fees_due = fees_due;
    contract.premium = premium;
    Ok(Traded {
        value,
        buyer_fee: buying.fee,
        seller_fee: selling.fee,
        buyer_size: buying.booking.after.size,
        seller_size: selling.booking.after.size,
        open_interest: contract.open_interest,
    })
}

/// What a side pays of the fee: all of it, from cash, or there is no fill. But no fee keeps anybody from reducing: under a
/// call a reduction pays as far as cash reaches, in liquidation nothing.
fn fee_due(account: &MarginAccount, booking: &Booking, fee: Usd) -> Usd {
    if !booking.reduces() {
        fee
    } else if account.liquidation_at != Timestamp::ZERO {
        Usd::ZERO
    } else if account.called_at != Timestamp::ZERO {
        fee.min(account.cash)
    } else {
        fee
    }
}

/// A delegate's loss of a day counts against mark: for that it must be the market's of now, even where only risk is reduced.
fn require_mark_now(underlying: &UnderlyingRow, now: Timestamp) -> Result<()> {
    match validity(underlying, Action::AddRisk, now)? {
        Validity::Stale => Err(BallastError::PriceStale),
        Validity::Good | Validity::Wide | Validity::Diverged => Ok(()),
    }
}

/// Open interest that grows stays within the contract's cap and within what depth carries. Gives the depth in force where
/// it was asked for: by growth or by a venue's fill.
fn require_room(
    contract: &Contract,
    row: &ContractRow,
    underlying: &UnderlyingRow,
    open_interest: u64,
    by_venue: bool,
    now: Timestamp,
) -> Result<Usd> {
    let adds = open_interest > contract.open_interest;
    if adds && open_interest > row.open_interest_cap {
        return Err(BallastError::OpenInterestCap);
    }
    let depth = if adds || by_venue { underlying.depth.in_force(&underlying.depth_terms, now)? } else { Usd::ZERO };
    if adds {
        require_depth(row, underlying, open_interest, depth)?;
    }
    Ok(depth)
}

/// Open interest that grows to `lots` stays within so many depths: one side of all contracts on the underlying, those of
/// the others as the last refresh saw them.
fn require_depth(row: &ContractRow, underlying: &UnderlyingRow, lots: u64, in_force: Usd) -> Result<()> {
    let depth = magnitude(underlying.depth.for_added_risk(in_force).0)?;
    let most = math::wide_mul(math::wide_u(depth, NOTIONAL_PER_USD), underlying.open_interest_limit.unsigned()?)?;
    let mark = magnitude(row.mark.0)?;
    let seen = math::wide_u(row.open_interest, mark);
    let all = math::wide_u(magnitude(underlying.open_notional.0)?, NOTIONAL_PER_USD);
    let open = all.saturating_sub(seen).saturating_add(math::wide_u(lots, mark));
    // 1e-12 USD times 1e-9 on either side
    if math::wide_mul(open, ONE.0.unsigned_abs())? > most { Err(BallastError::OpenInterestDepth) } else { Ok(()) }
}

/// The price lies within one percent of mark, or half the scan range where that is less.
fn require_in_band(price: PerLot, row: &ContractRow, underlying: &UnderlyingRow, now: Timestamp) -> Result<()> {
    if price.0 <= 0 {
        return Err(BallastError::PriceNotPositive);
    }
    if row.mark.0 <= 0 {
        return Err(BallastError::PriceMissing);
    }
    let half = Scan(underlying.ramp.effective(&underlying.ramp_terms, now)?.0 >> 1);
    let width = math::mul_div_floor(magnitude(row.mark.0)?, half.min(WIDEST_BAND).0, crate::units::SCAN_ONE.0)?;
    if price.0.abs_diff(row.mark.0) > width { Err(BallastError::PriceOutsideBand) } else { Ok(()) }
}

/// Where a fill leaves an account that is in liquidation.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Leaves {
    /// As it was.
    Unjudged,
    /// With equity.
    Solvent,
    /// At close-out: its liquidation is over.
    Recovered,
}

/// Checks one side; tells where that leaves the account.
#[inline(never)]
fn check(account: &MarginAccount, board: &Board, side: &Side, now: Timestamp) -> Result<Leaves> {
    if account.cash < side.fee {
        return Err(BallastError::FeeUnpaid);
    }
    let reduces = side.booking.reduces();
    if !reduces && account.liquidation_at != Timestamp::ZERO {
        return Err(BallastError::InLiquidation);
    }
    if !reduces && account.called_at != Timestamp::ZERO {
        return Err(BallastError::MarginCallOpen);
    }
    let mut exposure = Exposure::EMPTY;
    exposure.walk(account, board, Moment::at(now))?;
    // only a side that reduces is asked for what it had
    let before = if reduces { Some(Standing::of(&exposure, side.booking.after.underlying)?) } else { None };
    if before.as_ref().is_some_and(|before| before.equity < before.required) && !side.at_mark_or_better {
        return Err(BallastError::ReductionBelowMark);
    }
    exposure.replace(board, &side.booking.before, &side.booking.after)?;
    exposure.add_cash(side.fee.negated()?)?;

    let good = exposure.require_good(Action::AddRisk, now);
    if !reduces {
        good?;
    }
    if good.is_ok() && exposure.meets(INITIAL)? {
        return judge(account, &exposure, None, now);
    }
    let Some(before) = before else {
        return Err(BallastError::BelowInitialMargin);
    };
    // what is closed at a price is owed at any: a false one must not turn a loss into a debt that others pay
    let flaws = board.underlying(side.booking.after.underlying)?.flaws;
    if flaws & (WIDE | DIVERGED) != 0 && exposure.equity(INITIAL)? < Usd::ZERO {
        good?;
    }
    let (equity, maintenance) = (before.equity, before.required);
    let equity_after = exposure.equity(MAINTENANCE)?;
    let maintenance_after = before.maintenance_after(&exposure)?;
    // insolvent, it is only resolved: a winner must not close with it and leave the loss to others
    let kept =
        equity >= Usd::ZERO && math::wide(equity_after.0, maintenance.0) >= math::wide(equity.0, maintenance_after.0);
    // a smaller hedge is more risk: without equity it would be a bet that others pay for
    if !kept || maintenance_after > maintenance {
        return Err(BallastError::RiskNotReduced);
    }
    judge(account, &exposure, Some(equity_after), now)
}

/// Good prices alone say where an account in liquidation stands.
fn judge(account: &MarginAccount, exposure: &Exposure, equity: Option<Usd>, now: Timestamp) -> Result<Leaves> {
    if account.liquidation_at == Timestamp::ZERO || exposure.require_good(Action::Liquidate, now).is_err() {
        return Ok(Leaves::Unjudged);
    }
    let equity = equity.map_or_else(|| exposure.equity(MAINTENANCE), Ok)?;
    Ok(if equity >= exposure.requirement(CLOSE_OUT)? {
        Leaves::Recovered
    } else if equity >= Usd::ZERO {
        Leaves::Solvent
    } else {
        Leaves::Unjudged
    })
}

/// Where a side stood before a fill.
struct Standing {
    equity: Usd,
    maintenance: Fine,
    /// Maintenance in whole units.
    required: Usd,
    /// Row of the underlying that the fill is about, and its part of maintenance.
    underlying: u8,
    part: Fine,
}

impl Standing {
    fn of(exposure: &Exposure, underlying: u8) -> Result<Self> {
        let maintenance = exposure.exact_requirement(MAINTENANCE)?;
        Ok(Self {
            equity: exposure.equity(MAINTENANCE)?,
            maintenance,
            required: maintenance.usd_up()?,
            underlying,
            part: Self::part(exposure, underlying)?,
        })
    }

    fn part(exposure: &Exposure, underlying: u8) -> Result<Fine> {
        exposure.entry(underlying).map_or(Ok(Fine::ZERO), |entry| entry.requirement(MAINTENANCE))
    }

    /// Maintenance after it: only the part of its underlying has changed.
    fn maintenance_after(&self, exposure: &Exposure) -> Result<Usd> {
        let rest = self.maintenance.0.checked_sub(self.part.0).ok_or(BallastError::Overflow)?;
        Fine(rest).plus(Self::part(exposure, self.underlying)?)?.usd_up()
    }
}

fn commit(account: &mut MarginAccount, contract: &mut Contract, side: &Side, leaves: Leaves) -> Result<()> {
    side.booking.write(account, contract)?;
    account.pay(side.fee)?;
    side.used.write(account);
    account.sequence = account.sequence.wrapping_add(1);
    match leaves {
        Leaves::Recovered => account.end_liquidation(),
        Leaves::Solvent => account.insolvent_at = Timestamp::ZERO,
        Leaves::Unjudged => {}
    }
    account.end_without_positions();
    Ok(())
}
