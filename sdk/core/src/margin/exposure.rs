//! The one walk over an account.
//!
//! It goes once over positions and collateral and keeps, per underlying, what every level needs; a fill updates one
//! entry. Nothing in it divides: sums of 1e-12 and 1e-24 USD are divided once, where a level is read.

use super::contribution::{Contribution, difference, sum};
use crate::error::{BallastError, Result};
use crate::math;
use crate::state::{Board, ContractRow, MarginAccount, Position, UnderlyingRow, VaultRow};
use crate::units::{Fine, Notional, PerToken, Price, Ratio, Scan, Size, Timestamp, Tokens, Usd};

/// Underlyings that one account may touch.
pub const UNDERLYINGS_PER_ACCOUNT: usize = 12;

/// Collateral worth less counts zero and is not looked at further (1e-15 USD: 10 USD).
const DUST: u128 = 10_000_000_000_000_000;

/// The initial level adds this multiple of the confidence interval: 95 % of a Laplace distribution (Pyth's advice).
/// In units of [`Scan`] per unit of [`Ratio`].
const CONFIDENCE_MULTIPLE: u64 = 2_120;

/// The times at which requirements are read.
///
/// On chain both are now. A deadline looks ahead: what tightens runs on to `until`, what loosens is held as it is now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// Present time.
    pub now: Timestamp,
    /// Time up to which ramps that tighten run; not before `now`.
    pub until: Timestamp,
}

impl Moment {
    /// The present.
    #[must_use]
    pub const fn at(now: Timestamp) -> Self {
        Self { now, until: now }
    }

    #[inline]
    pub(super) fn effective(self, row: &UnderlyingRow) -> Result<Scan> {
        let present = row.ramp.effective(&row.ramp_terms, self.now)?;
        if self.until == self.now {
            return Ok(present);
        }
        Ok(present.max(row.ramp.effective(&row.ramp_terms, self.until)?))
    }

    #[inline]
    pub(super) fn weight(self, row: &VaultRow) -> Result<Ratio> {
        let present = row.weight.effective(&row.weight_terms, self.now)?;
        if self.until == self.now {
            return Ok(present);
        }
        Ok(present.min(row.weight.effective(&row.weight_terms, self.until)?))
    }
}

/// What an account holds on one underlying.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnderlyingExposure {
    /// Row on the board.
    pub underlying: u8,
    /// Longs less shorts.
    pub net: Notional,
    /// Longs plus shorts.
    pub gross: u128,
    /// Scan range that open positions are held to.
    pub effective: Scan,
    /// The greater of target and effective.
    pub stressed: Scan,
    /// Confidence interval as the initial level adds it.
    pub confidence: Scan,
    /// Largest liquidation fee.
    pub fee: Ratio,
}

impl UnderlyingExposure {
    const EMPTY: Self = Self {
        underlying: u8::MAX,
        net: Notional(0),
        gross: 0,
        effective: Scan(0),
        stressed: Scan(0),
        confidence: Scan(0),
        fee: Ratio(0),
    };

    /// The greater of long and short notional: (gross + |net|) / 2, exact since both have the same parity.
    #[must_use]
    #[inline]
    pub const fn larger_side(&self) -> u128 {
        self.gross.wrapping_add(self.net.0.unsigned_abs()) >> 1
    }
}

/// An account seen by the one walk over it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exposure {
    entries: [UnderlyingExposure; UNDERLYINGS_PER_ACCOUNT],
    count: usize,
    /// The highest row among the entries: positions come sorted, so a higher one has no entry yet.
    highest: u8,
    /// What every level adds for liquidation fees, summed over the entries.
    fees: Fine,
    moment: Moment,
    /// Cash.
    pub cash: Usd,
    /// What cash lacks to a dollar a unit; the initial level adds it.
    pub quote_discount: Ratio,
    /// Gains and losses of all positions at spot, uncollected.
    pub pnl: Notional,
    /// Losses of all positions at the worse of spot and moving average; gains count zero.
    pub losses: Notional,
    /// Collateral at its present weight.
    pub collateral: Fine,
    /// Collateral at the lower of present and target weight.
    pub collateral_target: Fine,
    /// The same at the worse of spot and moving average, and at most at the initial weight.
    pub collateral_initial: Fine,
    /// Publish time of the oldest price among those that count; the largest time when none does.
    pub oldest_price: Timestamp,
    /// Flaws of all prices that count, together.
    pub flaws: u8,
    /// Positions that hold size.
    pub sized: u32,
}

impl Exposure {
    /// Nothing, to be walked into.
    pub(crate) const EMPTY: Self = Self {
        entries: [UnderlyingExposure::EMPTY; UNDERLYINGS_PER_ACCOUNT],
        count: 0,
        highest: 0,
        fees: Fine(0),
        moment: Moment { now: Timestamp(0), until: Timestamp(0) },
        cash: Usd(0),
        quote_discount: Ratio(0),
        pnl: Notional(0),
        losses: Notional(0),
        collateral: Fine(0),
        collateral_target: Fine(0),
        collateral_initial: Fine(0),
        oldest_price: Timestamp(i64::MAX),
        flaws: 0,
        sized: 0,
    };

    /// Walks over an account.
    ///
    /// # Errors
    /// `PriceMissing`, `UnderlyingsFull`, `UnknownContract` (a row that names another contract), `Overflow`.
    pub fn of(account: &MarginAccount, board: &Board, moment: Moment) -> Result<Self> {
        let mut exposure = Self::EMPTY;
        exposure.walk(account, board, moment)?;
        Ok(exposure)
    }

    /// [`Self::of`] into an empty place, which spares the chain a copy.
    #[inline(never)]
    pub(crate) fn walk(&mut self, account: &MarginAccount, board: &Board, moment: Moment) -> Result<()> {
        self.moment = moment;
        self.cash = account.cash;
        self.quote_discount = board.quote_discount;
        for position in account.positions() {
            self.add(board, position)?;
        }
        self.fees = self.sum_of_fees()?;
        for held in &account.collateral {
            if held.amount != Tokens::ZERO {
                self.add_collateral(board, held.vault, held.amount)?;
            }
        }
        Ok(())
    }

    /// What an account holds of some underlyings only, its cash aside.
    #[inline(never)]
    pub(super) fn part(&self, account: &MarginAccount, board: &Board, of: impl Fn(u8) -> bool) -> Result<Self> {
        let mut part = Self { moment: self.moment, ..Self::EMPTY };
        for position in account.positions().iter().filter(|position| position.size != Size::ZERO) {
            if of(position.underlying) && !board.contract(position.row)?.is_settled() {
                part.add(board, position)?;
            }
        }
        for held in account.collateral.iter().filter(|held| held.amount != Tokens::ZERO) {
            if of(board.vault(held.vault)?.underlying) {
                part.add_collateral(board, held.vault, held.amount)?;
            }
        }
        Ok(part)
    }

    /// Sets what is held of an underlying: what it needs as margin follows.
    pub(super) fn hold(&mut self, underlying: u8, net: Notional, gross: u128) {
        for entry in self.entries.iter_mut().take(self.count).filter(|entry| entry.underlying == underlying) {
            entry.net = net;
            entry.gross = gross;
        }
    }

    /// Forgets what some underlyings need as margin; what they are worth stays.
    pub(super) fn need_no_margin(&mut self, of: impl Fn(u8) -> bool) -> Result<()> {
        for entry in self.entries.iter_mut().take(self.count).filter(|entry| of(entry.underlying)) {
            entry.net = Notional(0);
            entry.gross = 0;
        }
        self.fees = self.sum_of_fees()?;
        Ok(())
    }

    /// The times at which it was read.
    pub(super) const fn moment(&self) -> Moment {
        self.moment
    }

    /// Fees of all entries. Neighbours with one fee are multiplied by it together.
    fn sum_of_fees(&self) -> Result<Fine> {
        let (mut sum, mut side, mut fee) = (Fine::ZERO, 0_u128, Ratio::ZERO);
        for entry in self.entries() {
            if entry.fee != fee {
                sum = sum.plus(fee_on(side, fee)?)?;
                (side, fee) = (0, entry.fee);
            }
            side = side.wrapping_add(entry.larger_side());
        }
        sum.plus(fee_on(side, fee)?)
    }

    /// What every level adds for liquidation fees, summed over the entries.
    pub(super) const fn fees(&self) -> Fine {
        self.fees
    }

    /// Entries in use.
    #[must_use]
    pub fn entries(&self) -> &[UnderlyingExposure] {
        self.entries.get(..self.count).unwrap_or(&self.entries)
    }

    /// Replaces one position by what a fill made of it.
    ///
    /// # Errors
    /// As [`Self::of`].
    pub fn replace(&mut self, board: &Board, before: &Position, after: &Position) -> Result<()> {
        let underlying = Self::contract_row(board, after)?.underlying;
        let charged = self.fee_of(underlying)?;
        if before.contract != 0 {
            self.remove(board, before)?;
        }
        self.add(board, after)?;
        let rest = self.fees.0.checked_sub(charged.0).ok_or(BallastError::Overflow)?;
        self.fees = Fine(rest).plus(self.fee_of(underlying)?)?;
        Ok(())
    }

    /// The entry of an underlying.
    #[must_use]
    pub fn entry(&self, underlying: u8) -> Option<&UnderlyingExposure> {
        self.entries().iter().rfind(|entry| entry.underlying == underlying)
    }

    fn fee_of(&self, underlying: u8) -> Result<Fine> {
        self.entry(underlying).map_or(Ok(Fine::ZERO), |entry| fee_on(entry.larger_side(), entry.fee))
    }

    /// Takes note of cash that was paid or received.
    ///
    /// # Errors
    /// `Overflow`.
    pub fn add_cash(&mut self, amount: Usd) -> Result<()> {
        self.cash = self.cash.plus(amount)?;
        Ok(())
    }

    #[inline]
    fn contract_row<'board>(board: &'board Board, position: &Position) -> Result<&'board ContractRow> {
        let row = board.contract(position.row)?;
        if row.id == position.contract { Ok(row) } else { Err(BallastError::UnknownContract) }
    }

    #[inline]
    fn add(&mut self, board: &Board, position: &Position) -> Result<()> {
        let row = Self::contract_row(board, position)?;
        let adds = Contribution::of(position, row)?;
        self.pnl = sum(self.pnl, adds.pnl);
        if adds.worse.0 < 0 {
            self.losses = sum(self.losses, adds.worse);
        }
        if position.size == Size::ZERO {
            return Ok(());
        }
        self.sized = self.sized.saturating_add(1);
        if row.is_settled() {
            // what it is worth does not move any more: it needs no margin, and offsets none
            return Ok(());
        }
        let entry = self.enter(board, row.underlying)?;
        entry.net = sum(entry.net, adds.net);
        entry.gross = entry.gross.wrapping_add(adds.gross);
        Ok(())
    }

    fn remove(&mut self, board: &Board, position: &Position) -> Result<()> {
        let row = Self::contract_row(board, position)?;
        let adds = Contribution::of(position, row)?;
        self.pnl = difference(self.pnl, adds.pnl);
        if adds.worse.0 < 0 {
            self.losses = difference(self.losses, adds.worse);
        }
        if position.size == Size::ZERO {
            return Ok(());
        }
        self.sized = self.sized.saturating_sub(1);
        if row.is_settled() {
            return Ok(());
        }
        let entry = self.enter(board, row.underlying)?;
        entry.net = difference(entry.net, adds.net);
        entry.gross = entry.gross.checked_sub(adds.gross).ok_or(BallastError::Overflow)?;
        Ok(())
    }

    /// The entry of an underlying; the first time it is read from the board. Positions come sorted, so the walk finds
    /// it last or not at all.
    #[inline(always)]
    fn enter(&mut self, board: &Board, underlying: u8) -> Result<&mut UnderlyingExposure> {
        let found = if self.count == 0 || underlying > self.highest {
            None
        } else {
            self.entries().iter().rposition(|entry| entry.underlying == underlying)
        };
        let place = match found {
            Some(place) => place,
            None => self.append(board, underlying)?,
        };
        self.entries.get_mut(place).ok_or(BallastError::UnderlyingsFull)
    }

    fn append(&mut self, board: &Board, underlying: u8) -> Result<usize> {
        let row = self.priced(board, underlying)?;
        let effective = self.moment.effective(row)?;
        let confidence = math::times::<CONFIDENCE_MULTIPLE>(row.confidence.unsigned()?).unwrap_or(u64::MAX);
        let place = self.count;
        let entry = self.entries.get_mut(place).ok_or(BallastError::UnderlyingsFull)?;
        entry.underlying = underlying;
        entry.effective = effective;
        entry.stressed = effective.max(row.ramp.target);
        entry.confidence = Scan(confidence);
        entry.fee = row.liquidation_fee;
        self.count = self.count.saturating_add(1);
        self.highest = self.highest.max(underlying);
        Ok(place)
    }

    #[inline(always)]
    fn add_collateral(&mut self, board: &Board, vault: u8, amount: Tokens) -> Result<()> {
        let row = board.vaults.get(usize::from(vault)).ok_or(BallastError::UnknownVault)?;
        if row.value == PerToken::ZERO {
            // a free row is zero: then this says so; else the collateral is worth nothing
            return board.vault(vault).map(|_| ());
        }
        let at_par = math::wide_u(amount.0, row.value.0);
        if is_dust(at_par) {
            return Ok(());
        }
        self.priced(board, row.underlying)?;
        let weight = self.moment.weight(row)?;
        let present = weighted(at_par, weight)?;
        self.collateral = self.collateral.plus(present)?;
        let lower = weight.min(row.weight.target);
        let target = if lower == weight { present } else { weighted(at_par, lower)? };
        self.collateral_target = self.collateral_target.plus(target)?;
        let least = lower.min(row.initial_weight);
        let initial = if row.ema_value < row.value {
            amount.weighted(row.ema_value, least)?
        } else if least == lower {
            target
        } else {
            weighted(at_par, least)?
        };
        self.collateral_initial = self.collateral_initial.plus(initial)?;
        Ok(())
    }

    /// An underlying whose price counts; takes note of the price.
    #[inline]
    fn priced<'board>(&mut self, board: &'board Board, underlying: u8) -> Result<&'board UnderlyingRow> {
        let row = board.underlyings.get(usize::from(underlying)).ok_or(BallastError::UnknownUnderlying)?;
        if row.price == Price::ZERO {
            // a free row is zero, so only without a price it is asked whether it is free
            board.underlying(underlying)?;
            return Err(BallastError::PriceMissing);
        }
        self.oldest_price = self.oldest_price.min(row.published_at);
        self.flaws |= row.flaws;
        Ok(row)
    }
}

/// What the larger side of an underlying costs at the largest fee.
#[inline]
fn fee_on(side: u128, fee: Ratio) -> Result<Fine> {
    if side == 0 { Ok(Fine::ZERO) } else { math::wide_mul(side, fee.scan()?.0).map(Fine) }
}

/// Whether collateral of a value in 1e-15 USD is worth less than 10 USD.
#[inline]
pub(crate) const fn is_dust(at_par: u128) -> bool {
    at_par < DUST
}

/// A value at a weight.
#[inline]
fn weighted(at_par: u128, weight: Ratio) -> Result<Fine> {
    math::wide_mul(at_par, weight.unsigned()?).map(Fine)
}
