//! Credits what a vault received.

use crate::error::{BallastError, Result};
use crate::margin::{CLOSE_OUT, Exposure, Moment};
use crate::state::{Board, Exchange, MarginAccount, Pausable, Vault};
use crate::units::{Timestamp, Tokens, Usd, signed};

/// A deposit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deposit {
    /// What the vault's token account received.
    pub amount: Tokens,
    /// Whether the account's owner deposits. Strangers may deposit only what the account holds already, or cash.
    pub by_owner: bool,
}

/// What a deposit did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deposited {
    /// Balance of the mint in the account afterwards.
    pub balance: Tokens,
    /// The vault's ledger afterwards.
    pub ledger: Tokens,
    /// Whether the deposit ended the account's liquidation.
    pub recovered: bool,
}

/// Credits cash or collateral.
///
/// # Errors
/// `AmountZero`, `DepositsPaused` (except into a called account or one in liquidation), `VaultCap` (except cash into
/// such an account), `CollateralNotHeld`, `CollateralFull`.
pub fn deposit(
    account: &mut MarginAccount,
    vault: &mut Vault,
    board: &Board,
    exchange: &Exchange,
    deposit: Deposit,
    clock: Timestamp,
) -> Result<Deposited> {
    let now = board.time(clock);
    let Deposit { amount, by_owner } = deposit;
    if amount == Tokens::ZERO {
        return Err(BallastError::AmountZero);
    }
    let pressed = account.called_at != Timestamp::ZERO || account.liquidation_at != Timestamp::ZERO;
    if !pressed && exchange.is_paused(Pausable::Deposits, now) {
        return Err(BallastError::DepositsPaused);
    }
    let ledger = vault.ledger.plus(amount)?;
    // a cap must not keep an owner from answering a call
    if ledger > vault.cap && !(pressed && vault.is_quote()) {
        return Err(BallastError::VaultCap);
    }
    let balance = if vault.is_quote() {
        account.receive(Usd(signed(amount.0)?))?;
        Tokens(account.cash.0.unsigned_abs())
    } else {
        if !by_owner && account.collateral_of(vault.row) == Tokens::ZERO {
            return Err(BallastError::CollateralNotHeld);
        }
        account.add_collateral(vault.row, amount)?;
        account.collateral_of(vault.row)
    };
    vault.ledger = ledger;
    let recovered = recover(account, board, now);
    Ok(Deposited { balance, ledger, recovered })
}

/// Ends a liquidation that has reached close-out. Where a price is missing the account stays as it is.
pub(crate) fn recover(account: &mut MarginAccount, board: &Board, now: Timestamp) -> bool {
    if account.liquidation_at == Timestamp::ZERO {
        return false;
    }
    Exposure::of(account, board, Moment::at(now)).is_ok_and(|exposure| recover_seen(account, &exposure))
}

/// The same for an account that the instruction has walked over already.
pub(crate) fn recover_seen(account: &mut MarginAccount, exposure: &Exposure) -> bool {
    if account.liquidation_at == Timestamp::ZERO || exposure.meets(CLOSE_OUT) != Ok(true) {
        return false;
    }
    account.liquidation_at = Timestamp::ZERO;
    true
}
