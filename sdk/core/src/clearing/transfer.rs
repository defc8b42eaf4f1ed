//! Moves cash or collateral between two margin accounts of one owner.

use super::withdraw::take;
use crate::error::{BallastError, Result};
use crate::state::{Board, Exchange, MarginAccount};
use crate::units::{Timestamp, Tokens, Usd, signed};

/// What is moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "anchor", derive(anchor_lang::AnchorSerialize, anchor_lang::AnchorDeserialize))]
pub enum Asset {
    /// Cash.
    Cash,
    /// Collateral, by its row on the board.
    Collateral(u8),
}

/// Moves an asset; the giving account is as free to give it as for a withdrawal. No token moves.
///
/// # Errors
/// `WrongOwner`, `CollateralFull`, and those of `withdraw`.
pub fn transfer(
    from: &mut MarginAccount,
    to: &mut MarginAccount,
    board: &Board,
    exchange: &Exchange,
    asset: Asset,
    amount: Tokens,
    clock: Timestamp,
) -> Result<()> {
    let now = board.time(clock);
    if from.owner != to.owner {
        return Err(BallastError::WrongOwner);
    }
    let (cash, collateral) = (to.cash, to.collateral);
    match asset {
        Asset::Cash => to.receive(Usd(signed(amount.0)?))?,
        Asset::Collateral(row) => to.add_collateral(row, amount)?,
    }
    if let Err(rule) = take(from, board, exchange, asset, amount, now) {
        to.cash = cash;
        to.collateral = collateral;
        return Err(rule);
    }
    super::deposit::recover(to, board, now);
    Ok(())
}
