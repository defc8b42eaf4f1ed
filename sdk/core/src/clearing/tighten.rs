//! What the risk manager does at once: tighten, never loosen.

use crate::error::{BallastError, Result};
use crate::state::parameters as bounds;
use crate::state::{Board, Vault};
use crate::units::{DAY, Ratio, Timestamp, Tokens, Variance};

/// What is tightened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "anchor", derive(anchor_lang::AnchorSerialize, anchor_lang::AnchorDeserialize))]
pub enum Tightening {
    /// The underlying in a row.
    Underlying(u8, UnderlyingTightening),
    /// The cap on open interest of the contract in a row, in lots.
    Contract(u8, u64),
    /// The vault that is passed.
    Vault(VaultTightening),
}

/// Parameters of an underlying that tighten; what is none stays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "anchor", derive(anchor_lang::AnchorSerialize, anchor_lang::AnchorDeserialize))]
pub struct UnderlyingTightening {
    /// Sigmas over the horizon that the target covers: up.
    pub k: Option<Ratio>,
    /// Least annual volatility: up.
    pub sigma_floor: Option<Ratio>,
    /// Least scan range: up.
    pub scan_minimum: Option<Ratio>,
    /// Open interest, in depths, that the scan range carries without growing: down.
    pub gamma: Option<Ratio>,
    /// Depths of open notional beyond which no risk is added: down, as far as it likes.
    pub open_interest_limit: Option<Ratio>,
}

/// Parameters of a vault that tighten; what is none stays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "anchor", derive(anchor_lang::AnchorSerialize, anchor_lang::AnchorDeserialize))]
pub struct VaultTightening {
    /// Least haircut: up.
    pub base_haircut: Option<Ratio>,
    /// Sigmas that the haircut covers: up.
    pub k: Option<Ratio>,
    /// Most that the ledger may owe: down, as far as it likes.
    pub cap: Option<Tokens>,
}

/// Tightens at once; open positions feel it through the ramps, as with everything that raises a target.
///
/// What has a largest step keeps it and is tightened once a day, so that a stolen key cannot corner the market; caps and
/// limits, which only stop new risk, fall as far and as often as they must.
///
/// # Errors
/// `Loosens`, `TightensNothing`, `StepTooLarge`, `ChangeTooSoon`, `ParameterOutOfBounds`, `UnknownUnderlying`, `UnknownContract`,
/// `VaultMissing`, `AccountNotUsed` for a vault that is not tightened, `WrongVault` for the haircut of the quote vault or a vault of another exchange.
pub fn tighten(board: &mut Board, vault: Option<&mut Vault>, tightening: &Tightening, clock: Timestamp) -> Result<()> {
    if vault.is_some() && !matches!(tightening, Tightening::Vault(_)) {
        return Err(BallastError::AccountNotUsed);
    }
    match tightening {
        Tightening::Underlying(row, change) => tighten_underlying(board, *row, change, clock),
        Tightening::Contract(row, cap) => {
            let row = board.contract_mut(*row)?;
            if *cap > row.open_interest_cap {
                return Err(BallastError::Loosens);
            }
            must_change(*cap != row.open_interest_cap)?;
            row.open_interest_cap = *cap;
            row.tightened_at = clock;
            Ok(())
        }
        Tightening::Vault(change) => {
            let vault = vault.ok_or(BallastError::VaultMissing)?;
            if vault.exchange != board.exchange {
                return Err(BallastError::WrongVault);
            }
            tighten_vault(board, vault, change, clock)
        }
    }
}

fn tighten_underlying(board: &mut Board, index: u8, change: &UnderlyingTightening, clock: Timestamp) -> Result<()> {
    let row = board.underlying_mut(index)?;
    let present = bounds::UnderlyingTerms::of(row, false)?;
    let (mut target, mut volatility) = (row.target_terms, row.volatility_terms);
    if let Some(k) = change.k {
        target.k = raised(&bounds::K, present.k, k)?;
    }
    if let Some(floor) = change.sigma_floor {
        volatility.floor = Variance::annual(raised(&bounds::SIGMA_FLOOR, present.sigma_floor, floor)?)?;
    }
    if let Some(minimum) = change.scan_minimum {
        target.minimum = raised(&bounds::SCAN_MINIMUM, present.scan_minimum, minimum)?.scan()?;
    }
    if let Some(gamma) = change.gamma {
        target.gamma = lowered(present.gamma, gamma)?;
        bounds::GAMMA.check_step(present.gamma.0, gamma.0)?;
    }
    if target.minimum > target.maximum || volatility.floor > volatility.cap {
        return Err(BallastError::ParameterOutOfBounds);
    }
    let limit = match change.open_interest_limit {
        Some(limit) => {
            bounds::OPEN_INTEREST_LIMIT.check(limit.0)?;
            lowered(row.open_interest_limit, limit)?
        }
        None => row.open_interest_limit,
    };
    must_change((target, volatility, limit) != (row.target_terms, row.volatility_terms, row.open_interest_limit))?;
    let stepped = UnderlyingTightening { open_interest_limit: None, ..*change } != UnderlyingTightening::default();
    row.stepped_at = paced(row.stepped_at, stepped, clock)?;
    row.tightened_at = clock;
    row.target_terms = target;
    row.volatility_terms = volatility;
    row.open_interest_limit = limit;
    Ok(())
}

fn tighten_vault(board: &mut Board, vault: &mut Vault, change: &VaultTightening, clock: Timestamp) -> Result<()> {
    let cap = change.cap.unwrap_or(vault.cap);
    if cap > vault.cap {
        return Err(BallastError::Loosens);
    }
    let stepped = change.base_haircut.is_some() || change.k.is_some();
    let stepped_at = paced(vault.stepped_at, stepped, clock)?;
    if stepped {
        if vault.is_quote() {
            return Err(BallastError::WrongVault);
        }
        let row = board.vault_mut(vault.row)?;
        let mut terms = row.weight_terms;
        if let Some(haircut) = change.base_haircut {
            terms.base_haircut = raised(&bounds::BASE_HAIRCUT, terms.base_haircut, haircut)?;
        }
        if let Some(k) = change.k {
            terms.k = raised(&bounds::WEIGHT_K, terms.k, k)?;
        }
        must_change(cap != vault.cap || terms != row.weight_terms)?;
        row.weight_terms = terms;
    } else {
        must_change(cap != vault.cap)?;
    }
    vault.cap = cap;
    vault.tightened_at = clock;
    vault.stepped_at = stepped_at;
    Ok(())
}

/// A tightening outdates the proposals made before it, which one that changes nothing must not.
const fn must_change(changes: bool) -> Result<()> {
    if changes { Ok(()) } else { Err(BallastError::TightensNothing) }
}

/// A greater value, within bounds and step.
fn raised(bounds: &bounds::Bounds, present: Ratio, next: Ratio) -> Result<Ratio> {
    if next < present {
        return Err(BallastError::Loosens);
    }
    bounds.check_step(present.0, next.0)?;
    Ok(next)
}

/// A lesser value.
fn lowered(present: Ratio, next: Ratio) -> Result<Ratio> {
    if next > present { Err(BallastError::Loosens) } else { Ok(next) }
}

/// When the last step was, if this one may be taken.
fn paced(last: Timestamp, steps: bool, clock: Timestamp) -> Result<Timestamp> {
    if !steps {
        return Ok(last);
    }
    if last != Timestamp::ZERO && clock < last.after(DAY)? {
        return Err(BallastError::ChangeTooSoon);
    }
    Ok(clock)
}
