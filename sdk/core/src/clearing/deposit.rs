//! Credits what a vault received.

use super::loss;
use crate::error::{BallastError, Result};
use crate::margin::{Action, CLOSE_OUT, Exposure, MAINTENANCE, Moment};
use crate::state::{Board, Exchange, MarginAccount, Pausable, Vault, VaultRow};
use crate::units::{Ratio, Timestamp, Tokens, Usd, signed};

/// A deposit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deposit {
    /// What the vault's token account received.
    pub amount: Tokens,
    /// Whether the account's owner deposits. Strangers may deposit only what the account holds already, or cash.
    pub by_owner: bool,
}

/// The board, as a deposit or a withdrawal uses it. Cash only reads it: an answer to a call must not wait for whoever writes
/// the board.
#[derive(Debug)]
pub enum BoardUse<'a> {
    /// For cash.
    Read(&'a Board),
    /// For collateral: what all deposits together weigh for new risk follows at once.
    Write(&'a mut Board),
}

impl BoardUse<'_> {
    /// The board, to be read.
    pub(crate) const fn board(&self) -> &Board {
        match self {
            Self::Read(board) => board,
            Self::Write(board) => board,
        }
    }
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
/// `AmountZero`, `ExchangeNotOpen`, `DepositsPaused` (except into a called account or one in liquidation), `VaultCap` (except cash into
/// an account with positions), `WrongVault` for cash into another or collateral into the quote vault, `CollateralNotHeld`,
/// `CollateralFull`.
pub fn deposit(
    account: &mut MarginAccount,
    vault: &mut Vault,
    into: BoardUse<'_>,
    exchange: &Exchange,
    deposit: Deposit,
    clock: Timestamp,
) -> Result<Deposited> {
    let now = into.board().time(clock);
    let Deposit { amount, by_owner } = deposit;
    if amount == Tokens::ZERO {
        return Err(BallastError::AmountZero);
    }
    if !exchange.is_open() {
        return Err(BallastError::ExchangeNotOpen);
    }
    let pressed = account.called_at != Timestamp::ZERO || account.liquidation_at != Timestamp::ZERO;
    if !pressed && exchange.is_paused(Pausable::Deposits, now) {
        return Err(BallastError::DepositsPaused);
    }
    let ledger = vault.ledger.plus(amount)?;
    // a cap must not keep anybody from answering for positions, whether they are called or about to be
    let answers = vault.is_quote() && (pressed || account.position_count > 0);
    if ledger > vault.cap && !answers {
        return Err(BallastError::VaultCap);
    }
    let (balance, board) = match into {
        BoardUse::Read(board) if vault.is_quote() => {
            account.receive(Usd(signed(amount.0)?))?;
            (Tokens(account.cash.0.unsigned_abs()), board)
        }
        BoardUse::Write(board) if !vault.is_quote() => {
            if !by_owner && account.collateral_of(vault.row) == Tokens::ZERO {
                return Err(BallastError::CollateralNotHeld);
            }
            let weight = initial_weight(board.vault(vault.row)?, ledger)?;
            account.add_collateral(vault.row, amount)?;
            board.vault_mut(vault.row)?.initial_weight = weight;
            (account.collateral_of(vault.row), &*board)
        }
        BoardUse::Read(_) | BoardUse::Write(_) => return Err(BallastError::WrongVault),
    };
    vault.ledger = ledger;
    let recovered = recover(account, board, now);
    Ok(Deposited { balance, ledger, recovered })
}

/// Most that a vault's mint counts for the initial level while its ledger owes so much: by the deposits of now, or by
/// their average where that is more.
pub(crate) fn initial_weight(row: &VaultRow, ledger: Tokens) -> Result<Ratio> {
    // more than fits counts as the most that does: a price must be accepted whatever it makes of the deposits
    let deposits = ledger.value_down(row.value).unwrap_or(Usd(i64::MAX));
    row.concentration.applied(row.sigma_weight, deposits.max(row.concentration.deposits))
}

/// Ends a liquidation that has reached close-out at Good prices: at bad ones the next liquidation says. Also forgets losses
/// beyond cash that are gone, and an insolvency. Where a price is missing the account stays as it is.
pub(crate) fn recover(account: &mut MarginAccount, board: &Board, now: Timestamp) -> bool {
    if account.liquidation_at == Timestamp::ZERO && account.loss_since == Timestamp::ZERO {
        return false;
    }
    Exposure::of(account, board, Moment::at(now)).is_ok_and(|exposure| recover_seen(account, &exposure, now))
}

/// The same for an account that the instruction has walked over already.
pub(crate) fn recover_seen(account: &mut MarginAccount, exposure: &Exposure, now: Timestamp) -> bool {
    let marked = account.liquidation_at != Timestamp::ZERO || account.loss_since != Timestamp::ZERO;
    if !marked || exposure.require_good(Action::Liquidate, now).is_err() {
        return false;
    }
    loss::forget(account, exposure);
    if exposure.equity(MAINTENANCE).is_ok_and(|equity| equity >= Usd::ZERO) {
        account.insolvent_at = Timestamp::ZERO;
    }
    if account.liquidation_at == Timestamp::ZERO || exposure.meets(CLOSE_OUT) != Ok(true) {
        return false;
    }
    account.end_liquidation();
    true
}
