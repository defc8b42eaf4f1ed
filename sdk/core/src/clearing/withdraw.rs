//! Takes cash or collateral out of an account.

use super::deposit::{BoardUse, initial_weight};
use crate::error::{BallastError, Result};
use crate::margin::{Action, Exposure, INITIAL, Moment};
use crate::state::{Board, Exchange, MarginAccount, Pausable, Vault};
use crate::units::{Timestamp, Tokens, Usd, signed};

/// What a withdrawal did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Withdrawn {
    /// Balance of the mint in the account afterwards.
    pub balance: Tokens,
    /// The vault's ledger afterwards.
    pub ledger: Tokens,
}

/// Debits cash or collateral; the account meets initial afterwards.
///
/// # Errors
/// `AmountZero`, `WithdrawalsPaused`, `MarginCallOpen`, `InLiquidation`, `NotEnoughCash`, `NotEnoughCollateral`,
/// `BelowInitialMargin`, `PriceStale`, `PriceWide`, `PriceDiverged`, `WrongVault` for cash out of another or collateral out
/// of the quote vault.
pub fn withdraw(
    account: &mut MarginAccount,
    vault: &mut Vault,
    from: BoardUse<'_>,
    exchange: &Exchange,
    amount: Tokens,
    clock: Timestamp,
) -> Result<Withdrawn> {
    let now = from.board().time(clock);
    let asset = match (&from, vault.is_quote()) {
        (BoardUse::Read(_), true) => super::Asset::Cash,
        (BoardUse::Write(_), false) => super::Asset::Collateral(vault.row),
        (BoardUse::Read(_), false) | (BoardUse::Write(_), true) => return Err(BallastError::WrongVault),
    };
    take(account, from.board(), exchange, asset, amount, now)?;
    // what an account holds the ledger owes and the board lists, so this cannot fail after the account was debited
    let ledger = vault.ledger.minus(amount)?;
    if let BoardUse::Write(board) = from {
        let row = board.vault_mut(vault.row)?;
        row.initial_weight = initial_weight(row, ledger)?;
        row.least_ledger = row.least_ledger.min(ledger);
    }
    vault.ledger = ledger;
    let balance = match asset {
        super::Asset::Cash => Tokens(account.cash.0.unsigned_abs()),
        super::Asset::Collateral(row) => account.collateral_of(row),
    };
    Ok(Withdrawn { balance, ledger })
}

/// Takes an asset out of an account that may give it: outside a call and liquidation, and at initial afterwards.
pub(crate) fn take(
    account: &mut MarginAccount,
    board: &Board,
    exchange: &Exchange,
    asset: super::Asset,
    amount: Tokens,
    now: Timestamp,
) -> Result<()> {
    if amount == Tokens::ZERO {
        return Err(BallastError::AmountZero);
    }
    if exchange.is_paused(Pausable::Withdrawals, now) {
        return Err(BallastError::WithdrawalsPaused);
    }
    if account.liquidation_at != Timestamp::ZERO {
        return Err(BallastError::InLiquidation);
    }
    if account.called_at != Timestamp::ZERO {
        return Err(BallastError::MarginCallOpen);
    }
    let (cash, collateral) = (account.cash, account.collateral);
    match asset {
        super::Asset::Cash => account.pay(Usd(signed(amount.0)?))?,
        super::Asset::Collateral(row) => account.take_collateral(row, amount)?,
    }
    let free = require_initial(account, board, now);
    if free.is_err() {
        account.cash = cash;
        account.collateral = collateral;
    }
    free
}

/// Fails unless the account meets initial at good prices. An account without positions owes nothing.
pub(crate) fn require_initial(account: &MarginAccount, board: &Board, now: Timestamp) -> Result<()> {
    if account.position_count == 0 {
        return Ok(());
    }
    let exposure = Exposure::of(account, board, Moment::at(now))?;
    exposure.require_good(Action::AddRisk, now)?;
    if exposure.meets(INITIAL)? { Ok(()) } else { Err(BallastError::BelowInitialMargin) }
}
