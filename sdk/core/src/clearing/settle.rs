//! Moves a gain or a loss between basis and cash; closes positions in a contract that is settled.

use super::book::Booking;
use crate::error::{BallastError, Result};
use crate::margin::{Action, accrued_basis, require};
use crate::state::{Board, Contract, ContractRow, MarginAccount, Position};
use crate::units::{Notional, Size, Timestamp, Usd};

/// What a settlement moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settled {
    /// Received by the account from the pool; negative when it paid.
    pub paid: Usd,
    /// The account's cash afterwards.
    pub cash: Usd,
    /// The contract's pool afterwards.
    pub pool: Usd,
}

/// Settles one contract of an account: a loss as far as cash reaches, at spot; a gain as far as the pool reaches, at the
/// worse of spot and moving average. Closes the position if the contract is settled. Where no position is left, call and
/// liquidation end.
///
/// # Errors
/// `PositionMissing`, `NothingToSettle`, `GainsHeld`, `PriceStale`, `PriceWide` and
/// `PriceDiverged` (for a gain).
pub fn settle(
    account: &mut MarginAccount,
    contract: &mut Contract,
    board: &Board,
    clock: Timestamp,
) -> Result<Settled> {
    let now = board.time(clock);
    let row = board.terms_of(contract)?;
    let position = account.position(row.id);
    if position.contract == 0 {
        return Err(BallastError::PositionMissing);
    }
    let closes = row.settled_at != Timestamp::ZERO && position.size != Size::ZERO;
    let paid = match due(&position, row, contract, board, account.cash, now) {
        // a position closes even while gains are held
        Err(BallastError::GainsHeld) if closes => Usd::ZERO,
        other => other?,
    };
    if paid == Usd::ZERO && !closes {
        return Err(BallastError::NothingToSettle);
    }
    // a settled contract's mark is in whole units: exact
    let (lots, value) = if closes {
        (position.size.negated()?, position.size.at(row.mark).usd_down()?)
    } else {
        (Size::ZERO, Usd::ZERO)
    };
    let booking = Booking::plan(account, contract.row, row, lots, value.minus(paid)?)?;
    let cash = account.cash.plus(paid)?;
    let pool = contract.pool.minus(paid)?;
    booking.write(account, contract)?;
    account.cash = cash;
    contract.pool = pool;
    account.end_without_positions();
    Ok(Settled { paid, cash, pool })
}

/// What passes from the pool to the account: negative for a loss.
fn due(
    position: &Position,
    row: &ContractRow,
    contract: &Contract,
    board: &Board,
    cash: Usd,
    now: Timestamp,
) -> Result<Usd> {
    let basis = Notional::of(accrued_basis(position, row)?);
    let underlying = board.underlying(row.underlying)?;
    let valued = position.size != Size::ZERO && row.settled_at == Timestamp::ZERO;
    let spot = position.size.at(row.mark).plus(basis)?.usd_down()?;
    if spot < Usd::ZERO {
        if valued {
            require(underlying, Action::SettleLoss, now)?;
        }
        return cash.min(spot.negated()?).negated();
    }
    if valued {
        require(underlying, Action::SettleGain, now)?;
    }
    if row.deficit.is_open() {
        return Err(BallastError::GainsHeld);
    }
    let worse = position.size.at(row.mark).min(position.size.at(row.ema_mark)).plus(basis)?.usd_down()?;
    Ok(worse.min(contract.pool).max(Usd::ZERO))
}
