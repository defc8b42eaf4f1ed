//! A step of a liquidation: what it takes, for which fee, and what becomes of the two accounts.

use super::book::Booking;
use super::find::Found;
use super::liquidate::Offer;
use crate::error::{BallastError, Result};
use crate::margin::{
    Action, CRITICAL, Exposure, INITIAL, MAINTENANCE, Moment, REMAINDER, Taking, UnderlyingExposure, fewest_lots,
    fewest_pairs,
};
use crate::math;
use crate::model::{Allowance, Pacing};
use crate::state::{Board, ContractRow, Exchange, MarginAccount, POSITIONS, Position};
use crate::units::{PerLot, Ratio, Size, Timestamp, Usd, magnitude, signed};

/// What a step needs to know.
#[derive(Clone, Copy)]
pub(super) struct Parties<'a> {
    pub account: &'a MarginAccount,
    pub keeper: &'a MarginAccount,
    pub board: &'a Board,
    pub exchange: &'a Exchange,
}

/// Lots of one contract that pass from the account to the keeper.
#[derive(Clone, Copy)]
pub(super) struct Leg {
    pub account: Booking,
    pub keeper: Booking,
    /// Lots, with the sign of the account's position.
    pub taken: Size,
    /// Basis that comes to the keeper with the lots.
    pub received: Usd,
    /// Value at mark, rounded in the account's favour.
    pub value: Usd,
}

impl Leg {
    fn plan(parties: &Parties<'_>, (index, row): (u8, &ContractRow), held: Size, lots: u64) -> Result<Self> {
        let lots = Size(signed(lots)?);
        let value = lots.at(row.mark);
        let (taken, value, received) = if held.0 > 0 {
            let value = value.usd_up()?;
            (lots, value, value.negated()?)
        } else {
            let value = value.usd_down()?;
            (lots.negated()?, value, value)
        };
        Ok(Self {
            account: Booking::plan(parties.account, index, row, taken.negated()?, received.negated()?)?,
            keeper: Booking::plan(parties.keeper, index, row, taken, received)?,
            taken,
            received,
            value,
        })
    }

    /// Pays a fee from the account's basis to the keeper's.
    fn pay(&mut self, fee: Usd) -> Result<()> {
        self.account.after.basis = self.account.after.basis.minus(fee)?;
        self.keeper.after.basis = self.keeper.after.basis.plus(fee)?;
        self.received = self.received.plus(fee)?;
        Ok(())
    }
}

/// What passes between the account and the keeper.
pub(super) struct Plan {
    pub main: Leg,
    /// The opposite leg of a step that takes two.
    pub hedge: Option<Leg>,
    pub fee: Usd,
    pub to_insurance: Usd,
    /// What the account lacks to equity; not above zero for a solvent one.
    pub lack: Usd,
    /// The underlying's pacing, where the step counts in it.
    pub pacing: Option<Pacing>,
}

/// Plans a step. Writes nothing but the exposure of what was found, which becomes that of the account afterwards.
pub(super) fn plan(
    parties: &Parties<'_>,
    main: (u8, &ContractRow),
    hedge: Option<(u8, &ContractRow)>,
    found: &mut Found,
    offer: &Offer,
    now: Timestamp,
) -> Result<Plan> {
    let row = main.1;
    let position = parties.account.position(row.id);
    if position.size == Size::ZERO {
        return Err(BallastError::PositionMissing);
    }
    if row.is_settled() {
        return Err(BallastError::ContractSettled);
    }
    let lack = found.exposure.equity(MAINTENANCE)?.negated()?;
    let insolvent = lack > Usd::ZERO;
    let hedge = match hedge {
        Some(hedge) if !insolvent => Some((hedge, opposite(parties, row, &position, hedge.1)?)),
        _ => None,
    };
    let taking = if insolvent {
        Taking { lots: position.size.lots(), fee: Ratio::ZERO, even: true }
    } else {
        size(parties, row, &position, hedge.as_ref().map(|((_, row), held)| (*row, held)), found)?
    };
    let paced = if insolvent || hedge.is_some() { None } else { pace(parties, row, &position, &taking, found, now)? };
    let lots = paced.as_ref().map_or(taking.lots, |paced| paced.lots).min(offer.most);
    let mut legs = Legs {
        main: Leg::plan(parties, main, position.size, lots)?,
        hedge: match &hedge {
            Some((of, held)) => {
                let matching = matching(lots, row.mark, of.1.mark)?.min(held.size.lots());
                Some(Leg::plan(parties, *of, held.size, matching)?)
            }
            None => None,
        },
    };
    legs.require_places(parties.keeper)?;
    let fee = legs.value()?.fraction_down(taking.fee)?;
    let fee = replace(&legs, &mut found.exposure, parties.board, taking.even, fee)?;
    legs.main.pay(fee)?;
    let to_insurance = fee.fraction_down(parties.exchange.insurance_share)?;
    if parties.keeper.cash < to_insurance {
        return Err(BallastError::FeeUnpaid);
    }
    require_no_worse(&legs.main, to_insurance, offer.worst)?;
    let pacing = match paced {
        Some(paced) => {
            let (pacing, pace) = paced.allowance.take(legs.main.value)?;
            legs.main.account.after.pace = pace;
            Some(pacing)
        }
        None => None,
    };
    Ok(Plan { main: legs.main, hedge: legs.hedge, fee, to_insurance, lack, pacing })
}

/// The account's position in the contract that is named as a hedge.
fn opposite(parties: &Parties<'_>, row: &ContractRow, held: &Position, hedge: &ContractRow) -> Result<Position> {
    let position = parties.account.position(hedge.id);
    let opposite = (position.size.0 > 0 && held.size.0 < 0) || (position.size.0 < 0 && held.size.0 > 0);
    if opposite && hedge.underlying == row.underlying { Ok(position) } else { Err(BallastError::NotAHedge) }
}

/// How much of a solvent account is taken.
fn size(
    parties: &Parties<'_>,
    row: &ContractRow,
    position: &Position,
    hedge: Option<(&ContractRow, &Position)>,
    found: &Found,
) -> Result<Taking> {
    let entry: &UnderlyingExposure = found.exposure.entry(row.underlying).ok_or(BallastError::PositionMissing)?;
    let largest = parties.board.underlying(row.underlying)?.liquidation_fee;
    let fee = math::mul_div_floor(largest.unsigned()?, found.auction.unsigned()?, 1_000_000_000)?;
    let fee = Ratio(signed(fee)?);
    match hedge {
        Some((hedge, held)) => fewest_pairs(&found.exposure, entry, (position, row.mark), (held, hedge.mark), fee),
        None => fewest_lots(&found.exposure, entry, position, row.mark, fee),
    }
}

/// Lots of a second contract that are worth as much as so many of the first, to nearest.
fn matching(lots: u64, mark: PerLot, other: PerLot) -> Result<u64> {
    let other = magnitude(other.0)?;
    let worth = math::wide_u(lots, magnitude(mark.0)?).saturating_add(u128::from(other >> 1));
    Ok(math::udiv_floor(worth, other).unwrap_or(u64::MAX))
}

/// Makes an exposure that of the account after the legs and their fee, which is returned. Where lots do not free evenly it
/// is at most the one with which E/M does not fall: `E (M - M') / M`, rounded down.
///
/// # Errors
/// `NoMarginFreed`.
#[inline(never)]
fn replace(legs: &Legs, exposure: &mut Exposure, board: &Board, even: bool, fee: Usd) -> Result<Usd> {
    if even {
        legs.replace(exposure, board)?;
        exposure.add_cash(fee.negated()?)?;
        return Ok(fee);
    }
    let (equity, had) = (magnitude(exposure.equity(MAINTENANCE)?.0)?, exposure.requirement(MAINTENANCE)?);
    legs.replace(exposure, board)?;
    let has = exposure.requirement(MAINTENANCE)?;
    if has >= had {
        return Err(BallastError::NoMarginFreed);
    }
    let bound = math::mul_div_floor(equity, magnitude(had.minus(has)?.0)?, magnitude(had.0)?)?;
    let fee = fee.min(Usd(signed(bound)?));
    exposure.add_cash(fee.negated()?)?;
    Ok(fee)
}

/// A step within the market's pace.
struct Paced {
    lots: u64,
    allowance: Allowance,
}

/// What the market takes of a step in this minute: all of it below critical, and while no depth was ever reported. At
/// least a lot a minute, and what is left under 100 USD.
#[inline(never)]
fn pace(
    parties: &Parties<'_>,
    row: &ContractRow,
    position: &Position,
    taking: &Taking,
    found: &Found,
    now: Timestamp,
) -> Result<Option<Paced>> {
    let underlying = parties.board.underlying(row.underlying)?;
    if underlying.depth.at == Timestamp::ZERO || !found.exposure.meets(CRITICAL)? {
        return Ok(None);
    }
    let depth = underlying.depth.in_force(&underlying.depth_terms, now)?;
    let at_mark = |lots: u64| Size(signed(lots)?).at(row.mark).usd_up();
    let worth = at_mark(position.size.lots())?;
    let allowance = underlying.pacing.allowance(position.pace, worth, depth, underlying.pace, now)?;
    let allowed = math::mul_div_floor(magnitude(allowance.allowed.0)?, 1_000_000, magnitude(row.mark.0)?)?;
    let allowed = allowed.max(u64::from(allowance.first)).min(taking.lots);
    let lots = if at_mark(taking.lots.saturating_sub(allowed))? < REMAINDER { taking.lots } else { allowed };
    if lots == 0 {
        return Err(BallastError::PacingSpent);
    }
    Ok(Some(Paced { lots, allowance }))
}

/// The keeper's price of a lot is no worse than its worst: it buys a long position, and sells where it takes a short one.
fn require_no_worse(leg: &Leg, to_insurance: Usd, worst: Option<PerLot>) -> Result<()> {
    let Some(worst) = worst else { return Ok(()) };
    let net = leg.received.minus(to_insurance)?;
    let least = leg.taken.negated()?.at(worst).usd_down()?;
    if net >= least { Ok(()) } else { Err(BallastError::KeeperPriceWorse) }
}

/// What a step takes.
struct Legs {
    main: Leg,
    hedge: Option<Leg>,
}

impl Legs {
    fn value(&self) -> Result<Usd> {
        self.hedge.as_ref().map_or(Ok(self.main.value), |hedge| self.main.value.plus(hedge.value))
    }

    fn replace(&self, exposure: &mut Exposure, board: &Board) -> Result<()> {
        exposure.replace(board, &self.main.account.before, &self.main.account.after)?;
        match &self.hedge {
            Some(hedge) => exposure.replace(board, &hedge.account.before, &hedge.account.after),
            None => Ok(()),
        }
    }

    /// The keeper's account has places for both legs.
    fn require_places(&self, keeper: &MarginAccount) -> Result<()> {
        let Some(hedge) = &self.hedge else { return Ok(()) };
        let new = |leg: &Leg| usize::from(leg.keeper.before.contract == 0);
        let needed = usize::from(keeper.position_count).saturating_add(new(&self.main)).saturating_add(new(hedge));
        if needed <= POSITIONS { Ok(()) } else { Err(BallastError::PositionsFull) }
    }
}

impl Plan {
    /// Whether the account is insolvent.
    pub(super) fn is_insolvent(&self) -> bool {
        self.lack > Usd::ZERO
    }

    /// Value at mark of all that is taken.
    pub(super) fn value(&self) -> Result<Usd> {
        self.hedge.as_ref().map_or(Ok(self.main.value), |hedge| self.main.value.plus(hedge.value))
    }

    /// The keeper's account meets initial afterwards.
    #[inline(never)]
    pub(super) fn check_keeper(&self, keeper: &MarginAccount, board: &Board, now: Timestamp) -> Result<()> {
        let mut exposure = Exposure::EMPTY;
        exposure.walk(keeper, board, Moment::at(now))?;
        exposure.replace(board, &self.main.keeper.before, &self.main.keeper.after)?;
        if let Some(hedge) = &self.hedge {
            exposure.replace(board, &hedge.keeper.before, &hedge.keeper.after)?;
        }
        exposure.add_cash(self.to_insurance.negated()?)?;
        exposure.require_young(Action::Liquidate, now)?;
        if exposure.meets(INITIAL)? { Ok(()) } else { Err(BallastError::KeeperBelowInitialMargin) }
    }
}
