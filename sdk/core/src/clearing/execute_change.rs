//! Carries out a change whose time has come.

use crate::error::{BallastError, Result};
use crate::model::{DepthReport, Index, REPORTERS};
use crate::state::parameters::{ContractTerms, ExchangeParameters, UnderlyingTerms, VaultTerms};
use crate::state::{Board, Change, Contract, Exchange, InsuranceFund, Proposal, Vault};
use crate::units::{Key, PerLot, Timestamp};

/// The accounts that a change may touch.
#[derive(Debug)]
pub struct Executing<'a> {
    /// The exchange.
    pub exchange: &'a mut Exchange,
    /// Its board.
    pub board: &'a mut Board,
    /// Its insurance fund.
    pub fund: &'a mut InsuranceFund,
    /// The contract that the change names.
    pub contract: Option<&'a mut Contract>,
    /// The vault that the change names.
    pub vault: Option<&'a mut Vault>,
}

/// Executes a proposal whose timelock has passed, against what is in force now. The proposal is used up.
///
/// Every parameter keeps its bounds and its largest step, and the same row changes once in a timelock. Nothing raises
/// maintenance at once: targets follow with the next samples, through the ramps, which go on from where they are.
///
/// # Errors
/// `WrongExchange`, `ProposalCancelled`, `ProposalTooEarly`, `ProposalExpired`, `ProposalOutdated`, `ProposalCreates`, `ChangeTooSoon`,
/// `StepTooLarge`, `ParameterOutOfBounds`, `TermFixed`, `FeeRaised`, `UnknownUnderlying`, `ContractMissing`,
/// `WrongContract`, `VaultMissing`, `WrongVault`, `AccountNotUsed`, `LotTooSmall`, `PriceMissing`, `WindingDown`, `FeedAlive`.
pub fn execute_change(proposal: &Proposal, state: Executing<'_>, clock: Timestamp) -> Result<()> {
    let Executing { exchange, board, fund, contract, vault } = state;
    proposal.check_due(exchange, board.exchange, clock)?;
    let timing = Timing { proposed_at: proposal.proposed_at, timelock: exchange.timelock, clock };
    let change = proposal.held()?;
    let of_contract = matches!(change, Change::SetContract(..));
    let of_vault = matches!(change, Change::SetVault(..));
    if (contract.is_some() && !of_contract) || (vault.is_some() && !of_vault) {
        return Err(BallastError::AccountNotUsed);
    }
    match change {
        Change::CreateUnderlying(_) | Change::CreateContract(_) | Change::CreateVault(..) => {
            Err(BallastError::ProposalCreates)
        }
        Change::SetUnderlying(row, terms) => set_underlying(board, row, &terms, timing),
        Change::SetContract(id, terms) => set_contract(board, contract, id, &terms, timing),
        Change::SetVault(mint, terms) => set_vault(board, vault, mint, &terms, timing),
        Change::SetExchange(parameters) => set_exchange(exchange, fund, &parameters, timing),
        Change::SetOracleOwners(owners) => {
            exchange.oracle_owners = owners;
            Ok(())
        }
        Change::SetReporters(reporters) => {
            set_reporters(exchange, board, reporters);
            Ok(())
        }
        Change::SetRoles(roles) => {
            exchange.risk_manager = roles.risk_manager;
            exchange.guardian = roles.guardian;
            exchange.treasury = roles.treasury;
            Ok(())
        }
        Change::WindDown(row) => super::wind_down::begin(board, row, clock),
    }
}

/// When a change was proposed and is executed.
#[derive(Clone, Copy)]
struct Timing {
    proposed_at: Timestamp,
    timelock: u64,
    clock: Timestamp,
}

impl Timing {
    /// Many proposals that are due at once must not add up to one step as large as all of them; and one made before a
    /// danger was seen must not undo what the risk manager did about it.
    fn check(self, changed_at: Timestamp, tightened_at: Timestamp) -> Result<()> {
        if tightened_at >= self.proposed_at {
            return Err(BallastError::ProposalOutdated);
        }
        if changed_at != Timestamp::ZERO && self.clock < changed_at.after(self.timelock)? {
            return Err(BallastError::ChangeTooSoon);
        }
        Ok(())
    }
}

fn set_underlying(board: &mut Board, index: u8, terms: &UnderlyingTerms, timing: Timing) -> Result<()> {
    let now = board.time(timing.clock);
    let prices_quote = board.prices_quote != 0 && board.quote_underlying == index;
    let row = board.underlying_mut(index)?;
    timing.check(row.changed_at, row.tightened_at)?;
    let model = terms.check()?;
    let present = UnderlyingTerms::of(row, prices_quote)?;
    terms.check_step(&present)?;
    let mut ramp = row.ramp;
    if row.ramp_terms != model.ramp {
        ramp.rebase(&row.ramp_terms, now)?;
    }
    // what is not changed stays to the last digit
    if (terms.sigma_floor, terms.sigma_cap) == (present.sigma_floor, present.sigma_cap) {
        let (floor, cap) = (row.volatility_terms.floor, row.volatility_terms.cap);
        row.volatility_terms = crate::model::VolatilityTerms { floor, cap, ..model.volatility };
    } else {
        row.volatility_terms = model.volatility;
    }
    row.target_terms = model.target;
    row.ramp_terms = model.ramp;
    row.ramp = ramp;
    row.confidence_limit = terms.confidence_limit;
    row.liquidation_fee = terms.liquidation_fee;
    row.reward = terms.reward;
    row.depth_terms = terms.depth;
    row.open_interest_limit = terms.open_interest_limit;
    row.pace = terms.pace;
    if (terms.index.key, terms.index.source) != (row.index_terms.key, row.index_terms.source) {
        row.index = Index::default();
    }
    row.index_terms = terms.index;
    row.changed_at = timing.clock;
    Ok(())
}

fn set_contract(
    board: &mut Board,
    contract: Option<&mut Contract>,
    id: u32,
    terms: &ContractTerms,
    timing: Timing,
) -> Result<()> {
    let contract = contract.ok_or(BallastError::ContractMissing)?;
    if contract.id != id {
        return Err(BallastError::WrongContract);
    }
    let row = board.terms_of(contract)?;
    timing.check(contract.changed_at, row.tightened_at)?;
    terms.check_step(&ContractTerms::of(row, contract))?;
    // one without a price when it was created takes no position before it has a worthy lot
    let grows = terms.open_interest_cap > row.open_interest_cap;
    if grows && row.mark != PerLot::ZERO && row.mark < super::create::LEAST_LOT {
        return Err(BallastError::LotTooSmall);
    }
    let row = board.contract_mut(contract.row)?;
    row.open_interest_cap = terms.open_interest_cap;
    row.funding_terms = terms.funding;
    contract.venues = terms.venues;
    contract.changed_at = timing.clock;
    Ok(())
}

fn set_vault(
    board: &mut Board,
    vault: Option<&mut Vault>,
    mint: Key,
    terms: &VaultTerms,
    timing: Timing,
) -> Result<()> {
    let vault = vault.ok_or(BallastError::VaultMissing)?;
    if vault.mint != mint || vault.exchange != board.exchange {
        return Err(BallastError::WrongVault);
    }
    timing.check(vault.changed_at, vault.tightened_at)?;
    let now = board.time(timing.clock);
    let row = if vault.is_quote() { None } else { Some(board.vault_mut(vault.row)?) };
    terms.check_step(&VaultTerms::of(vault, row.as_deref()))?;
    if let (Some(row), Some(collateral)) = (row, terms.collateral) {
        if row.weight_terms != collateral.weight {
            row.weight.rebase(&row.weight_terms, now)?;
        }
        row.weight_terms = collateral.weight;
        row.concentration.scale = collateral.concentration_scale;
        row.discount = collateral.discount;
    }
    vault.cap = terms.cap;
    vault.changed_at = timing.clock;
    Ok(())
}

fn set_exchange(
    exchange: &mut Exchange,
    fund: &mut InsuranceFund,
    parameters: &ExchangeParameters,
    timing: Timing,
) -> Result<()> {
    timing.check(exchange.changed_at, Timestamp(i64::MIN))?;
    parameters.check_step(&ExchangeParameters::of(exchange, fund))?;
    exchange.timelock = parameters.timelock;
    exchange.trade_fee = parameters.trade_fee;
    exchange.insurance_share = parameters.insurance_share;
    exchange.reward_share = parameters.reward_share;
    exchange.auction_seconds = parameters.auction_seconds;
    exchange.changed_at = timing.clock;
    fund.draw_per_contract = parameters.draw_per_contract;
    fund.draw_per_day = parameters.draw_per_day;
    // requests made before keep their times
    fund.unstake_cooldown = parameters.unstake_cooldown;
    Ok(())
}

/// Names reporters. What another key reported at a place is forgotten, so that nobody speaks for a predecessor; the depth
/// in force stays and decays, as in silence.
fn set_reporters(exchange: &mut Exchange, board: &mut Board, reporters: [Key; REPORTERS]) {
    for row in &mut board.underlyings {
        let places = exchange.depth_reporters.iter().zip(&reporters);
        for (report, (before, after)) in row.depth.reports.iter_mut().zip(places) {
            if before != after {
                *report = DepthReport::default();
            }
        }
    }
    exchange.depth_reporters = reporters;
}
