//! What the admin, the guardian and owners set up. None of it moves a user's collateral.

use crate::error::{BallastError, Result};
use crate::model::{Concentration, Funding, Ramp, Volatility, WeightRamp};
use crate::state::parameters::{self as bounds, ContractTerms, UnderlyingTerms, VaultTerms};
use crate::state::{
    Board, Contract, ContractRow, Exchange, ExchangeTerms, InsuranceFund, MarginAccount, NO_ROW, OracleKind, Pausable,
    Pause, TopUpPolicy, UnderlyingRow, VERSION, Vault, VaultRow,
};
use crate::units::{Key, PerLot, PerToken, Price, Ratio, Timestamp, Tokens, Usd, Variance, magnitude};
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
        pending_admin: Key::NONE,
        risk_manager: terms.risk_manager,
        guardian: terms.guardian,
        depth_reporters: terms.depth_reporters,
        quote_mint,
        board: Key::NONE,
        trade_fee: terms.trade_fee,
        insurance_share: terms.insurance_share,
        reward_share: terms.reward_share,
        auction_seconds: terms.auction_seconds,
        pauses: [Pause::default(); 4],
        oracle_owners: terms.oracle_owners,
        reserved: [0; 32],
    };
    *fund = InsuranceFund {
        version: VERSION,
        bump: fund_bump,
        exchange: address,
        draw_per_contract: terms.draw_per_contract,
        draw_per_day: terms.draw_per_day,
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

/// Adds an underlying to the board; its ramp starts at the target of the starting volatility.
///
/// # Errors
/// `ParameterOutOfBounds`, `BoardFull`, `QuotePriced`.
pub fn create_underlying(board: &mut Board, terms: &UnderlyingTerms, clock: Timestamp) -> Result<u8> {
    let model = terms.check()?;
    if terms.prices_quote && board.prices_quote != 0 {
        return Err(BallastError::QuotePriced);
    }
    let now = board.time(clock);
    let variance = Variance::annual(terms.starting_sigma)?;
    let starting = model.target.target(variance, Ratio::ZERO, Usd::ZERO, Usd::ZERO)?;
    let place = board.underlyings.iter().position(|row| !row.oracle.is_some()).ok_or(BallastError::BoardFull)?;
    let index = u8::try_from(place).map_err(|_| BallastError::BoardFull)?;
    let row = board.underlyings.get_mut(place).ok_or(BallastError::BoardFull)?;
    *row = UnderlyingRow {
        oracle: terms.oracle,
        oracle_kind: u8::from(terms.kind == OracleKind::Legacy),
        price_exponent: terms.price_exponent,
        first_contract: NO_ROW,
        first_vault: NO_ROW,
        price: Price::ZERO,
        volatility: Volatility::starting(variance),
        volatility_terms: model.volatility,
        target_terms: model.target,
        ramp_terms: model.ramp,
        ramp: Ramp::at(starting, now),
        confidence_limit: terms.confidence_limit,
        liquidation_fee: terms.liquidation_fee,
        open_interest_at: now,
        reward: terms.reward,
        open_interest_limit: terms.open_interest_limit,
        depth_terms: terms.depth,
        index_terms: terms.index,
        ..UnderlyingRow::zeroed()
    };
    if terms.prices_quote {
        board.prices_quote = 1;
        board.quote_underlying = index;
    }
    Ok(index)
}

/// Adds a perpetual to the board.
///
/// # Errors
/// `ParameterOutOfBounds`, `UnknownUnderlying`, `BoardFull`.
pub fn create_contract(
    exchange: &mut Exchange,
    board: &mut Board,
    contract: &mut Contract,
    bump: u8,
    terms: &ContractTerms,
    clock: Timestamp,
) -> Result<u32> {
    bounds::SIZE_EXPONENT.check(i64::from(terms.size_exponent))?;
    bounds::OPEN_INTEREST_CAP.check_count(terms.open_interest_cap)?;
    bounds::FUNDING_HOUR_CAP.check(terms.funding.hour_cap.0)?;
    bounds::FUNDING_DAY_CAP.check(terms.funding.day_cap.0)?;
    let now = board.time(clock);
    let first = board.underlying(terms.underlying)?.first_contract;
    let id = exchange.next_contract;
    let next_contract = id.checked_add(1).ok_or(BallastError::Overflow)?;
    let place = board.contracts.iter().position(|row| row.id == 0).ok_or(BallastError::BoardFull)?;
    let row_index = u8::try_from(place).map_err(|_| BallastError::BoardFull)?;
    *board.contracts.get_mut(place).ok_or(BallastError::BoardFull)? = ContractRow {
        id,
        kind: 1,
        underlying: terms.underlying,
        next: first,
        size_exponent: terms.size_exponent,
        mark: PerLot::ZERO,
        funding: Funding { funded_at: now, ..Funding::default() },
        funding_terms: terms.funding,
        open_interest_cap: terms.open_interest_cap,
        ..ContractRow::zeroed()
    };
    board.underlying_mut(terms.underlying)?.first_contract = row_index;
    exchange.next_contract = next_contract;
    *contract = Contract {
        version: VERSION,
        bump,
        row: row_index,
        id,
        exchange: board.exchange,
        venues: terms.venues,
        ..Contract::zeroed()
    };
    Ok(id)
}

/// Frees the row of a contract that nobody holds and that owes nothing. Its id is never used again.
///
/// # Errors
/// `ContractInUse`, `WrongContract`.
pub fn close_contract(board: &mut Board, contract: &Contract) -> Result<()> {
    let row = *board.terms_of(contract)?;
    if !contract.is_empty() {
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

/// What a vault is made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewVault {
    /// The mint.
    pub mint: Key,
    /// Its decimals.
    pub decimals: u8,
    /// The token account that the vault controls.
    pub token_account: Key,
    /// Bump of the vault's address.
    pub bump: u8,
}

/// Adds a vault: the quote mint's, which credits cash, or one for collateral, with a row on the board.
///
/// Collateral starts at weight zero and ramps up to its target.
///
/// # Errors
/// `QuoteDecimals`, `ParameterOutOfBounds`, `UnknownUnderlying`, `BoardFull`.
pub fn create_vault(
    exchange: &Exchange,
    board: &mut Board,
    vault: &mut Vault,
    new: &NewVault,
    terms: &VaultTerms,
    clock: Timestamp,
) -> Result<()> {
    let is_quote = new.mint == exchange.quote_mint;
    let row = match (is_quote, terms.collateral) {
        (true, None) if new.decimals == 6 => NO_ROW,
        (true, None) => return Err(BallastError::QuoteDecimals),
        (false, Some(collateral)) => {
            let weight = collateral.weight;
            bounds::BASE_HAIRCUT.check(weight.base_haircut.0)?;
            bounds::WEIGHT_K.check(weight.k.0)?;
            bounds::WEIGHT_HORIZON.check_count(weight.horizon)?;
            bounds::WEIGHT_FALL.check(weight.fall_per_day.0)?;
            bounds::WEIGHT_RISE.check(weight.rise_per_day.0)?;
            bounds::CONCENTRATION_SCALE.check(collateral.concentration_scale.0)?;
            bounds::DISCOUNT.check(collateral.discount.0)?;
            let now = board.time(clock);
            let first = board.underlying(collateral.underlying)?.first_vault;
            let place = board.vaults.iter().position(|row| !row.mint.is_some()).ok_or(BallastError::BoardFull)?;
            let row_index = u8::try_from(place).map_err(|_| BallastError::BoardFull)?;
            *board.vaults.get_mut(place).ok_or(BallastError::BoardFull)? = VaultRow {
                mint: new.mint,
                underlying: collateral.underlying,
                next: first,
                decimals: new.decimals,
                value: PerToken::ZERO,
                weight_terms: weight,
                weight: WeightRamp::at(Ratio::ZERO, now),
                discount: collateral.discount,
                concentration: Concentration {
                    scale: collateral.concentration_scale,
                    deposits: Usd::ZERO,
                    averaged_at: now,
                },
                ..VaultRow::zeroed()
            };
            board.underlying_mut(collateral.underlying)?.first_vault = row_index;
            row_index
        }
        (true, Some(_)) | (false, None) => return Err(BallastError::ParameterOutOfBounds),
    };
    *vault = Vault {
        version: VERSION,
        bump: new.bump,
        row,
        padding: [0; 5],
        exchange: board.exchange,
        mint: new.mint,
        token_account: new.token_account,
        cap: terms.cap,
        ledger: Tokens::ZERO,
        reserved: [0; 16],
    };
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
pub fn open_account(account: &mut MarginAccount, exchange: Key, owner: Key, id: u16, bump: u8) {
    *account = MarginAccount { version: VERSION, bump, id, exchange, owner, ..MarginAccount::zeroed() };
}

/// Names who may trade for the account until a time; the key of nobody takes the right away.
///
/// # Errors
/// `DelegateExpiry` for an expiry that does not lie ahead.
pub fn set_delegate(account: &mut MarginAccount, delegate: Key, until: Timestamp, clock: Timestamp) -> Result<()> {
    if delegate.is_some() && until <= clock {
        return Err(BallastError::DelegateExpiry);
    }
    account.delegate = delegate;
    account.delegate_until = if delegate.is_some() { until } else { Timestamp::ZERO };
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
    let underlying = board.terms_of(contract)?.underlying;
    let owed = contract.deficit < Usd::ZERO && contract.pool > Usd::ZERO;
    if contract.fees_due == Usd::ZERO && !owed {
        return Err(BallastError::NothingToCollect);
    }
    let rewards = contract.fees_due.fraction_down(exchange.reward_share)?;
    let out = Tokens(magnitude(contract.fees_due.minus(rewards)?.0)?);
    let ledger = vault.ledger.minus(out)?;
    let row = board.underlying_mut(underlying)?;
    row.reward_budget = row.reward_budget.plus(rewards)?;
    super::resolve::repay(contract, fund)?;
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
