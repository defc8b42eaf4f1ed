//! The edge rule: an account that holds something of a bad feed is judged with it at the price that favours the account.
//!
//! One lot in a silent market, or a dollar of collateral priced by it, must not shield a large account; and an account
//! must not fall because a price is wrong. So each underlying whose price is not Good counts at whichever edge of its band
//! is better for the account, positions and collateral together, and needs no margin. An account that fails so fails
//! wherever in the bands the true prices lie. This is a walk of its own: an account with Good prices does not pay for it.

use super::contribution::{difference, sum};
use super::exposure::{Exposure, Moment, is_dust};
use super::validity::{Counts, counts, edges};
use super::value::{per_lot, per_token};
use super::{CRITICAL, MAINTENANCE, accrued_basis};
use crate::error::{BallastError, Result};
use crate::math;
use crate::state::{Board, MarginAccount, UNDERLYINGS, UnderlyingRow, VaultRow};
use crate::units::{Fine, Notional, PerToken, Price, Size, Timestamp, Tokens, Usd};

/// Underlyings, a bit each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Rows(u32);

impl Rows {
    const NONE: Self = Self(0);

    fn of(row: u8) -> Self {
        Self(1_u32.checked_shl(u32::from(row)).unwrap_or(0))
    }

    const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    fn holds(self, row: u8) -> bool {
        self.0 & Self::of(row).0 != 0
    }

    fn each(self) -> impl Iterator<Item = u8> {
        (0..=u8::MAX).take(UNDERLYINGS).filter(move |row| self.holds(*row))
    }
}

impl Exposure {
    /// Walks over an account as a liquidation does: what has no Good price counts at the edge that favours the account.
    /// Also tells whether holds are waived.
    ///
    /// # Errors
    /// As [`Exposure::of`].
    pub fn for_liquidation(account: &MarginAccount, board: &Board, now: Timestamp) -> Result<(Self, bool)> {
        let mut exposure = Self::of(account, board, Moment::at(now))?;
        let waived = !exposure.counts_at_spot(now) && put_to_edges(&mut exposure, account, board, now)?;
        Ok((exposure, waived))
    }
}

/// Puts what does not count at spot to the edges of its bands. Returns whether holds are waived: an account below
/// critical at the edges of what is held waits for nothing, then what is held counts at spot.
///
/// # Errors
/// As [`Exposure::of`].
#[inline(never)]
pub(crate) fn put_to_edges(
    exposure: &mut Exposure,
    account: &MarginAccount,
    board: &Board,
    now: Timestamp,
) -> Result<bool> {
    let (bad, held) = not_at_spot(account, board, now)?;
    // what is held needs margin, there, while the question is whether the account can wait
    move_to_edges(exposure, account, board, bad.and(held), held)?;
    if held == Rows::NONE {
        return Ok(false);
    }
    if !exposure.meets(CRITICAL)? && fails_at_spot(exposure, account, board, bad)? {
        return Ok(true);
    }
    exposure.need_no_margin(|row| held.holds(row))?;
    Ok(false)
}

/// What a mint's smallest unit is worth at the edge of its feed's band that favours who holds it.
pub(crate) fn at_high_edge(vault: &VaultRow, board: &Board, now: Timestamp) -> Result<PerToken> {
    let row = board.underlying(vault.underlying)?;
    let (_, high) = edges(row, row.ramp.effective(&row.ramp_terms, now)?, now)?;
    Ok(per_token(high, row, vault))
}

/// Underlyings that count at the edge: those of bad feeds, and those that are held.
fn not_at_spot(account: &MarginAccount, board: &Board, now: Timestamp) -> Result<(Rows, Rows)> {
    let (mut bad, mut held) = (Rows::NONE, Rows::NONE);
    let mut note = |underlying| -> Result<()> {
        match counts(board.underlying(underlying)?, now)?.0 {
            Counts::AtSpot => {}
            Counts::Held => held = held.and(Rows::of(underlying)),
            Counts::AtEdge => bad = bad.and(Rows::of(underlying)),
        }
        Ok(())
    };
    for position in account.positions().iter().filter(|position| position.size != Size::ZERO) {
        if !board.contract(position.row)?.is_settled() {
            note(position.underlying)?;
        }
    }
    for pledged in account.collateral.iter().filter(|pledged| pledged.amount != Tokens::ZERO) {
        let vault = board.vault(pledged.vault)?;
        if vault.value != PerToken::ZERO {
            note(vault.underlying)?;
        }
    }
    Ok((bad, held))
}

/// Whether the account fails with what is held at spot; then that is how it counts.
#[inline(never)]
fn fails_at_spot(exposure: &mut Exposure, account: &MarginAccount, board: &Board, bad: Rows) -> Result<bool> {
    let mut spot = Exposure::EMPTY;
    spot.walk(account, board, exposure.moment())?;
    spot.add_cash(exposure.cash.minus(account.cash)?)?;
    move_to_edges(&mut spot, account, board, bad, Rows::NONE)?;
    if spot.meets(MAINTENANCE)? {
        return Ok(false);
    }
    *exposure = spot;
    Ok(true)
}

/// Puts underlyings to their edges; those of `margined` need margin there, the others none.
fn move_to_edges(
    exposure: &mut Exposure,
    account: &MarginAccount,
    board: &Board,
    rows: Rows,
    margined: Rows,
) -> Result<()> {
    take_out(exposure, account, board, rows)?;
    for row in rows.each() {
        let best = at_better_edge(account, board, row, exposure.moment())?;
        exposure.pnl = sum(exposure.pnl, best.pnl);
        exposure.collateral = exposure.collateral.plus(best.collateral)?;
        exposure.collateral_target = exposure.collateral_target.plus(best.collateral)?;
        if margined.holds(row) {
            exposure.hold(row, best.net, best.gross);
        }
    }
    exposure.need_no_margin(|row| rows.holds(row) && !margined.holds(row))
}

/// Takes what an account holds of some underlyings out of what it is worth.
#[inline(never)]
fn take_out(exposure: &mut Exposure, account: &MarginAccount, board: &Board, rows: Rows) -> Result<()> {
    let part = exposure.part(account, board, |row| rows.holds(row))?;
    let less = |all: Fine, part: Fine| all.0.checked_sub(part.0).map(Fine).ok_or(BallastError::Overflow);
    exposure.pnl = difference(exposure.pnl, part.pnl);
    exposure.losses = difference(exposure.losses, part.losses);
    exposure.collateral = less(exposure.collateral, part.collateral)?;
    exposure.collateral_target = less(exposure.collateral_target, part.collateral_target)?;
    exposure.collateral_initial = less(exposure.collateral_initial, part.collateral_initial)?;
    Ok(())
}

/// What an account holds of an underlying, at a price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Worth {
    net: Notional,
    gross: u128,
    pnl: Notional,
    collateral: Fine,
    /// Both, rounded up.
    sum: Usd,
}

/// Worth of an underlying at the edge of its band that is better for the account: longs, shorts and collateral together.
/// All of it is linear in the price, so no price between the edges is better. Where a Wide price lies beyond the band the
/// edges have crossed, and each side has the one that is worse for it.
fn at_better_edge(account: &MarginAccount, board: &Board, underlying: u8, moment: Moment) -> Result<Worth> {
    let row = board.underlying(underlying)?;
    let (low, high) = edges(row, moment.effective(row)?, moment.now)?;
    let crossed = low > high;
    let low = worth(account, board, (underlying, row), low, moment)?;
    let high = worth(account, board, (underlying, row), high, moment)?;
    // the margin is that of the lesser price: it is least there, so that it asks for no more than any true price would
    let margined = if crossed { &high } else { &low };
    let favours = if (low.sum > high.sum) == crossed { &high } else { &low };
    Ok(Worth { net: margined.net, gross: margined.gross, ..*favours })
}

fn worth(
    account: &MarginAccount,
    board: &Board,
    (underlying, row): (u8, &UnderlyingRow),
    price: Price,
    moment: Moment,
) -> Result<Worth> {
    let (mut net, mut gross, mut pnl, mut collateral) = (Notional(0), 0_u128, Notional(0), Fine::ZERO);
    for position in account.positions().iter().filter(|position| position.underlying == underlying) {
        let contract = board.contract(position.row)?;
        if position.size != Size::ZERO && !contract.is_settled() {
            let value = position.size.at(per_lot(price, row, contract)?);
            net = net.plus(value)?;
            gross = gross.checked_add(value.0.unsigned_abs()).ok_or(BallastError::Overflow)?;
            pnl = pnl.plus(value)?.plus(Notional::of(accrued_basis(position, contract)?))?;
        }
    }
    for pledged in account.collateral.iter().filter(|pledged| pledged.amount != Tokens::ZERO) {
        let vault = board.vault(pledged.vault)?;
        let value = per_token(price, row, vault);
        if vault.underlying == underlying && !is_dust(math::wide_u(pledged.amount.0, value.0)) {
            collateral = collateral.plus(pledged.amount.weighted(value, moment.weight(vault)?)?)?;
        }
    }
    let sum = pnl.usd_up()?.plus(collateral.usd_up()?)?;
    Ok(Worth { net, gross, pnl, collateral, sum })
}
