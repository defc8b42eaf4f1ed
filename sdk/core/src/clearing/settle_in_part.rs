//! Pays a claim on a settled contract as far as its pool carries all of them, and gives up the rest.
//!
//! Let P be the pool and D the deficit of a contract whose losses are collected: then its claims sum to P + D. One of c is
//! paid c P / (P + D), after which pool and deficit are (P, D) x (1 - c / (P + D)): their ratio stays, so that it does not
//! matter who comes first. While losses are not collected the ratio still rises; so nobody but its owner gives up a claim.

use super::withdraw::require_initial;
use crate::error::{BallastError, Result};
use crate::math;
use crate::state::{Board, Contract, MarginAccount, Position};
use crate::units::{DAY, Size, Timestamp, Usd, magnitude, signed};

/// Seconds from a contract's settlement to the first claim that is paid in part: a week, in which losses are collected and
/// the insurance fund covers within its limits of seven days.
const WAIT: u64 = 7 * DAY;

/// What a settlement in part moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SettledInPart {
    /// Received from the pool.
    pub paid: Usd,
    /// Given up: the deficit falls by it.
    pub given_up: Usd,
    /// The account's cash afterwards.
    pub cash: Usd,
}

/// Pays a claim in part: rounded down, and at most for what pool and deficit come to. An account that holds positions
/// meets initial afterwards: nobody gives up what stands behind them.
///
/// # Errors
/// `PositionMissing`, `PartNotDue`, `BelowInitialMargin`, and those of prices.
pub fn settle_in_part(
    account: &mut MarginAccount,
    contract: &mut Contract,
    board: &mut Board,
    clock: Timestamp,
) -> Result<SettledInPart> {
    let row = board.terms_of(contract)?;
    let position = account.position(row.id);
    if position.contract == 0 {
        return Err(BallastError::PositionMissing);
    }
    let is_due = row.settled_at != Timestamp::ZERO && board.time(clock) >= row.settled_at.after(WAIT)?;
    let is_claim = position.size == Size::ZERO && position.basis > Usd::ZERO;
    let lacking = row.deficit;
    if !is_due || !is_claim || !lacking.is_open() {
        return Err(BallastError::PartNotDue);
    }
    let all = contract.pool.plus(lacking.uncovered()?)?;
    let claim = position.basis.min(all);
    let paid = math::mul_div_floor(magnitude(claim.0)?, magnitude(contract.pool.0)?, magnitude(all.0)?)?;
    let paid = Usd(signed(paid)?);
    let given_up = claim.minus(paid)?;
    let left = Position { basis: position.basis.minus(claim)?, ..position };
    let (deficit, _) = lacking.relieved(position.side, given_up)?;
    let pool = contract.pool.minus(paid)?;
    let mut after = *account;
    after.put(left)?;
    after.receive(paid)?;
    require_initial(&after, board, board.time(clock))?;
    let row = board.contract_mut(contract.row)?;
    *account = after;
    contract.pool = pool;
    row.deficit = deficit;
    if left.basis == Usd::ZERO {
        contract.holders = contract.holders.saturating_sub(1);
    }
    Ok(SettledInPart { paid, given_up, cash: account.cash })
}
