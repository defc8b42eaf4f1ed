//! New rows. While an exchange is set up its admin creates them at once; once it is open, whoever has a proposal that
//! is due.

use bytemuck::Zeroable;

use crate::error::{BallastError, Result};
use crate::margin::lot_value;
use crate::model::{Concentration, Funding, Ramp, Volatility, WeightRamp};
use crate::state::parameters::{CollateralTerms, ContractTerms, UnderlyingTerms, VaultTerms};
use crate::state::{
    Board, Change, Contract, ContractRow, Exchange, NO_ROW, OracleKind, Proposal, UnderlyingRow, VERSION, Vault,
    VaultRow,
};
use crate::units::{Key, PerLot, PerToken, Price, Ratio, SCAN_ONE, Timestamp, Tokens, Usd, Variance};

/// Least value of a lot: a cent. Settled in whole 1e-6 USD it is wrong by half a basis point at most.
pub(crate) const LEAST_LOT: PerLot = PerLot(10_000_000_000);

/// Checks the right to create: a proposal of this very change that is due, or an exchange that is still set up.
fn permit(exchange: &Exchange, key: Key, proposal: Option<&Proposal>, change: &Change, clock: Timestamp) -> Result<()> {
    let Some(proposal) = proposal else {
        return if exchange.is_open() { Err(BallastError::ExchangeOpen) } else { Ok(()) };
    };
    proposal.check_due(exchange, key, clock)?;
    if proposal.held()? != *change {
        return Err(BallastError::WrongProposal);
    }
    change.check()
}

/// When a proposal last changed a new row: a creation counts, so that the first cap takes a timelock of its own even if it
/// was proposed together with the row.
const fn proposed(proposal: Option<&Proposal>, clock: Timestamp) -> Timestamp {
    if proposal.is_some() { clock } else { Timestamp::ZERO }
}

/// Adds an underlying to the board. Its ramp starts at the target of the starting volatility; on an open exchange at
/// 100 %, from where it falls as fast as its terms allow. The proposal is used up.
///
/// # Errors
/// `ExchangeOpen` without a proposal, `WrongExchange`, `ProposalCancelled`, `ProposalTooEarly`, `ProposalExpired`, `WrongProposal`,
/// `ParameterOutOfBounds`, `BoardFull`, `QuotePriced`.
pub fn create_underlying(
    exchange: &Exchange,
    board: &mut Board,
    proposal: Option<&Proposal>,
    terms: &UnderlyingTerms,
    clock: Timestamp,
) -> Result<u8> {
    permit(exchange, board.exchange, proposal, &Change::CreateUnderlying(*terms), clock)?;
    let model = terms.check()?;
    if terms.prices_quote && board.prices_quote != 0 {
        return Err(BallastError::QuotePriced);
    }
    let now = board.time(clock);
    let variance = Variance::annual(terms.starting_sigma)?;
    let starting = model.target.target(variance, Ratio::ZERO, Usd::ZERO, Usd::ZERO)?;
    let ramp = match proposal {
        None => Ramp::at(starting, now),
        Some(_) => Ramp::from(SCAN_ONE, &model.ramp, starting, now)?,
    };
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
        ramp,
        confidence_limit: terms.confidence_limit,
        liquidation_fee: terms.liquidation_fee,
        open_interest_at: now,
        reward: terms.reward,
        open_interest_limit: terms.open_interest_limit,
        pace: terms.pace,
        depth_terms: terms.depth,
        index_terms: terms.index,
        changed_at: proposed(proposal, clock),
        ..UnderlyingRow::zeroed()
    };
    if terms.prices_quote {
        board.prices_quote = 1;
        board.quote_underlying = index;
    }
    Ok(index)
}

/// Adds a perpetual to the board; on an open exchange with a cap of zero. The proposal is used up.
///
/// # Errors
/// `ExchangeOpen` without a proposal, `WrongExchange`, `ProposalCancelled`, `ProposalTooEarly`, `ProposalExpired`, `WrongProposal`,
/// `StartsAtZero`, `ParameterOutOfBounds`, `UnknownUnderlying`, `LotTooSmall` at the present price if there is one,
/// `BoardFull`.
pub fn create_contract(
    exchange: &mut Exchange,
    board: &mut Board,
    contract: &mut Contract,
    proposal: Option<&Proposal>,
    bump: u8,
    terms: &ContractTerms,
    clock: Timestamp,
) -> Result<u32> {
    permit(exchange, board.exchange, proposal, &Change::CreateContract(*terms), clock)?;
    terms.check()?;
    let now = board.time(clock);
    let underlying = board.underlying(terms.underlying)?;
    let first = underlying.first_contract;
    if underlying.price != Price::ZERO && lot_value(underlying.price, underlying, terms.size_exponent)? < LEAST_LOT {
        return Err(BallastError::LotTooSmall);
    }
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
        changed_at: proposed(proposal, clock),
        ..Contract::zeroed()
    };
    Ok(id)
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
/// Collateral starts at weight zero and ramps up to its target; on an open exchange also with a cap of zero. The proposal
/// is used up.
///
/// # Errors
/// `ExchangeOpen` without a proposal, `WrongExchange`, `ProposalCancelled`, `ProposalTooEarly`, `ProposalExpired`, `WrongProposal`,
/// `StartsAtZero`, `QuoteDecimals`, `ParameterOutOfBounds`, `UnknownUnderlying`, `BoardFull`.
pub fn create_vault(
    exchange: &Exchange,
    board: &mut Board,
    vault: &mut Vault,
    proposal: Option<&Proposal>,
    new: &NewVault,
    terms: &VaultTerms,
    clock: Timestamp,
) -> Result<()> {
    permit(exchange, board.exchange, proposal, &Change::CreateVault(new.mint, *terms), clock)?;
    let is_quote = new.mint == exchange.quote_mint;
    let row = match (is_quote, terms.collateral) {
        (true, None) if new.decimals == 6 => NO_ROW,
        (true, None) => return Err(BallastError::QuoteDecimals),
        (false, Some(collateral)) => {
            terms.check()?;
            add_collateral(board, new, &collateral, clock)?
        }
        (true, Some(_)) | (false, None) => return Err(BallastError::ParameterOutOfBounds),
    };
    *vault = Vault {
        version: VERSION,
        bump: new.bump,
        row,
        exchange: board.exchange,
        mint: new.mint,
        token_account: new.token_account,
        cap: terms.cap,
        ledger: Tokens::ZERO,
        changed_at: proposed(proposal, clock),
        ..Vault::zeroed()
    };
    Ok(())
}

/// Takes a row for a mint that counts as collateral.
fn add_collateral(board: &mut Board, new: &NewVault, terms: &CollateralTerms, clock: Timestamp) -> Result<u8> {
    let now = board.time(clock);
    let first = board.underlying(terms.underlying)?.first_vault;
    let place = board.vaults.iter().position(|row| !row.mint.is_some()).ok_or(BallastError::BoardFull)?;
    let row_index = u8::try_from(place).map_err(|_| BallastError::BoardFull)?;
    *board.vaults.get_mut(place).ok_or(BallastError::BoardFull)? = VaultRow {
        mint: new.mint,
        underlying: terms.underlying,
        next: first,
        decimals: new.decimals,
        value: PerToken::ZERO,
        weight_terms: terms.weight,
        weight: WeightRamp::at(Ratio::ZERO, now),
        discount: terms.discount,
        concentration: Concentration { scale: terms.concentration_scale, deposits: Usd::ZERO, averaged_at: now },
        ..VaultRow::zeroed()
    };
    board.underlying_mut(terms.underlying)?.first_vault = row_index;
    Ok(row_index)
}
