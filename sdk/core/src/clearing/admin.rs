//! What the admin, the guardian and owners set up. None of it moves a user's collateral.

use crate::error::{BallastError, Result};
use crate::state::{
    Board, Contract, ContractRow, Deficit, DelegateLimits, Exchange, ExchangeTerms, InsuranceFund, MarginAccount,
    Pausable, Pause, TopUpPolicy, VERSION, Vault,
};
use crate::units::{Key, Timestamp, Tokens, Usd, magnitude};
use bytemuck::Zeroable;

/// Starts an exchange and its insurance fund. The creator becomes admin.
///
/// # Errors
/// `ParameterOutOfBounds`.
pub fn initialize_exchange(
    exchange: &mut Exchange,
    fund: &mut InsuranceFund,
    identity: (Key, u16, Key),
    addresses: (Key, u8, u8),
    terms: &ExchangeTerms,
) -> Result<()> {
    terms.check()?;
    let (creator, id, quote_mint) = identity;
    let (address, bump, fund_bump) = addresses;
    *exchange = Exchange {
        version: VERSION,
        bump,
        id,
        next_contract: 1,
        creator,
        admin: creator,
        risk_manager: terms.risk_manager,
        guardian: terms.guardian,
        treasury: terms.treasury,
        depth_reporters: terms.depth_reporters,
        quote_mint,
        trade_fee: terms.trade_fee,
        insurance_share: terms.insurance_share,
        reward_share: terms.reward_share,
        auction_seconds: terms.auction_seconds,
        oracle_owners: terms.oracle_owners,
        timelock: terms.timelock,
        ..Exchange::zeroed()
    };
    *fund = InsuranceFund {
        version: VERSION,
        bump: fund_bump,
        exchange: address,
        draw_per_contract: terms.draw_per_contract,
        draw_per_day: terms.draw_per_day,
        unstake_cooldown: terms.unstake_cooldown,
        ..InsuranceFund::zeroed()
    };
    Ok(())
}

/// Gives an exchange its board, once. The board's bytes are all zero before.
///
/// # Errors
/// `BoardTaken`.
pub fn initialize_board(exchange: &mut Exchange, board: &mut Board, exchange_key: Key, board_key: Key) -> Result<()> {
    if exchange.board.is_some() {
        return Err(BallastError::BoardTaken);
    }
    exchange.board = board_key;
    board.version = VERSION;
    board.exchange = exchange_key;
    Ok(())
}

/// Frees the row of a contract that nobody holds and that owes nothing. Its id is never used again.
///
/// # Errors
/// `ContractInUse`, `WrongContract`.
pub fn close_contract(board: &mut Board, contract: &Contract) -> Result<()> {
    let row = *board.terms_of(contract)?;
    if !contract.is_empty() || row.deficit != Deficit::default() {
        return Err(BallastError::ContractInUse);
    }
    let first = board.underlying(row.underlying)?.first_contract;
    if first == contract.row {
        board.underlying_mut(row.underlying)?.first_contract = row.next;
    } else {
        let mut before = first;
        while board.contract(before)?.next != contract.row {
            before = board.contract(before)?.next;
        }
        board.contract_mut(before)?.next = row.next;
    }
    *board.contract_mut(contract.row)? = ContractRow::zeroed();
    Ok(())
}

/// Nominates an admin, who has to accept. The key of nobody withdraws the nomination.
pub const fn nominate_admin(exchange: &mut Exchange, nominee: Key) {
    exchange.pending_admin = nominee;
}

/// Makes the nominated admin the admin.
///
/// # Errors
/// `NotPendingAdmin`.
pub fn accept_admin(exchange: &mut Exchange, signer: Key) -> Result<()> {
    if !signer.is_some() || signer != exchange.pending_admin {
        return Err(BallastError::NotPendingAdmin);
    }
    exchange.admin = signer;
    exchange.pending_admin = Key::NONE;
    Ok(())
}

/// Pauses something for a number of seconds; 0 ends the pause. Not again before as long has passed as the last lasted.
///
/// # Errors
/// `PauseTooLong`, `PauseTooSoon`.
pub fn pause(exchange: &mut Exchange, what: Pausable, seconds: u64, clock: Timestamp) -> Result<Timestamp> {
    let last = *exchange.pause_of(what);
    if seconds == 0 {
        exchange.pause_of_mut(what).until = last.until.min(clock);
        return Ok(clock);
    }
    if seconds > what.longest() {
        return Err(BallastError::PauseTooLong);
    }
    let lasted = last.until.since(last.started_at);
    if last.started_at != Timestamp::ZERO && clock < last.until.after(lasted)? {
        return Err(BallastError::PauseTooSoon);
    }
    let until = clock.after(seconds)?;
    *exchange.pause_of_mut(what) = Pause { started_at: clock, until };
    Ok(until)
}

/// Opens a margin account.
pub fn open_account(account: &mut MarginAccount, exchange: Key, owner: Key, id: u16, bump: u8, opened_at: Timestamp) {
    *account = MarginAccount { version: VERSION, bump, id, exchange, owner, opened_at, ..MarginAccount::zeroed() };
}

/// Names who may trade for the account, until when and within which limits; the key of nobody takes the right away. What
/// was used of the day stays used.
///
/// # Errors
/// `DelegateExpiry` for an expiry that does not lie ahead, `DelegateBounds`.
pub fn set_delegate(
    account: &mut MarginAccount,
    delegate: Key,
    until: Timestamp,
    limits: &DelegateLimits,
    clock: Timestamp,
) -> Result<()> {
    let (until, limits) = if delegate.is_some() {
        if until <= clock {
            return Err(BallastError::DelegateExpiry);
        }
        limits.check()?;
        (until, *limits)
    } else {
        (Timestamp::ZERO, DelegateLimits::default())
    };
    account.delegate = delegate;
    account.delegate_until = until;
    account.delegate_limits = limits;
    Ok(())
}

/// Sets or, without a reserve, ends the top-up policy. What was used today stays used.
///
/// # Errors
/// `TopUpPolicy` for a limit that is not above zero, `WrongOwner`, `ReserveHasPositions`.
pub fn set_top_up(
    account: &mut MarginAccount,
    reserve: Option<(&MarginAccount, Key)>,
    daily_limit: Usd,
    releases: bool,
) -> Result<()> {
    let Some((reserve, key)) = reserve else {
        account.top_up = TopUpPolicy { reserve: Key::NONE, daily_limit: Usd::ZERO, releases: 0, ..account.top_up };
        return Ok(());
    };
    if reserve.owner != account.owner || reserve.exchange != account.exchange {
        return Err(BallastError::WrongOwner);
    }
    if reserve.position_count != 0 {
        return Err(BallastError::ReserveHasPositions);
    }
    if daily_limit <= Usd::ZERO {
        return Err(BallastError::TopUpPolicy);
    }
    account.top_up = TopUpPolicy { reserve: key, daily_limit, releases: u64::from(releases), ..account.top_up };
    Ok(())
}

/// Takes a contract's fees: a share to the reward budget of its underlying, the rest out of the quote vault. Also pays
/// the insurance fund what the contract owes it. Returns what leaves.
///
/// # Errors
/// `NothingToCollect`, `WrongVault`.
pub fn collect_fees(
    exchange: &Exchange,
    contract: &mut Contract,
    board: &mut Board,
    fund: &mut InsuranceFund,
    vault: &mut Vault,
) -> Result<Tokens> {
    if !vault.is_quote() {
        return Err(BallastError::WrongVault);
    }
    let terms = board.terms_of(contract)?;
    let underlying = terms.underlying;
    let owed = terms.deficit.net()? < Usd::ZERO && contract.pool > Usd::ZERO;
    if contract.fees_due == Usd::ZERO && !owed {
        return Err(BallastError::NothingToCollect);
    }
    let rewards = contract.fees_due.fraction_down(exchange.reward_share)?;
    let out = Tokens(magnitude(contract.fees_due.minus(rewards)?.0)?);
    let ledger = vault.ledger.minus(out)?;
    let row = board.underlying_mut(underlying)?;
    row.reward_budget = row.reward_budget.plus(rewards)?;
    super::resolve::repay(board, contract, fund)?;
    contract.fees_due = Usd::ZERO;
    vault.ledger = ledger;
    Ok(out)
}

/// What a token account holds above the vault's ledger: gifts, which nobody owns.
///
/// # Errors
/// `NothingToSweep`.
pub fn sweep(vault: &Vault, held: Tokens) -> Result<Tokens> {
    match held.minus(vault.ledger) {
        Ok(surplus) if surplus > Tokens::ZERO => Ok(surplus),
        _ => Err(BallastError::NothingToSweep),
    }
}
