//! A change that waits for its time.

use bytemuck::{Pod, Zeroable};

use super::packed::{Packed, Reader, Writer};
use super::parameters::{ContractTerms, ExchangeParameters, UnderlyingTerms, VaultTerms};
use super::{Exchange, ORACLE_OWNERS, account};
use crate::error::{BallastError, Result};
use crate::model::REPORTERS;
use crate::units::{Key, Timestamp};

/// Seconds for which a proposal may be executed once its timelock has passed: a week. What nobody wanted then must be
/// proposed anew, before everybody's eyes.
pub const PROPOSAL_LIFE: u64 = 604_800;
/// Bytes that the longest change fits into.
const CHANGE: usize = 384;

/// All that can loosen or redefine solvency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "anchor", derive(anchor_lang::AnchorSerialize, anchor_lang::AnchorDeserialize))]
pub enum Change {
    /// A new underlying. Its requirement starts at 100 %.
    CreateUnderlying(UnderlyingTerms),
    /// A new contract. Its cap starts at zero.
    CreateContract(ContractTerms),
    /// A new vault of a mint. Its cap and its weight start at zero.
    CreateVault(Key, VaultTerms),
    /// Parameters of the underlying in a row. Its feed and its unit stay.
    SetUnderlying(u8, UnderlyingTerms),
    /// Parameters of the contract with an id. Its underlying and its lot stay.
    SetContract(u32, ContractTerms),
    /// Parameters of a mint's vault. What prices it stays.
    SetVault(Key, VaultTerms),
    /// Parameters of the exchange.
    SetExchange(ExchangeParameters),
    /// Programs whose accounts are read as prices.
    SetOracleOwners([Key; ORACLE_OWNERS]),
    /// Who post depth.
    SetReporters([Key; REPORTERS]),
    /// Who tightens, who pauses, who is paid.
    SetRoles(Roles),
    /// The end of the underlying in a row, if its feed has been dead for a day by then.
    WindDown(u8),
}

/// Roles that a proposal names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "anchor", derive(anchor_lang::AnchorSerialize, anchor_lang::AnchorDeserialize))]
pub struct Roles {
    /// Tightens at once.
    pub risk_manager: Key,
    /// Pauses, and cancels proposals.
    pub guardian: Key,
    /// Owner of the token accounts that fees and gifts are paid to.
    pub treasury: Key,
}

/// A change that waits for its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
#[cfg_attr(feature = "anchor", derive(anchor_lang::AnchorSerialize))]
#[repr(C)]
pub struct Proposal {
    /// Layout version.
    pub version: u8,
    /// Bump of the derived address.
    pub bump: u8,
    /// Zero.
    pub padding: [u8; 6],
    /// Its number, never used again.
    pub number: u64,
    /// The exchange.
    pub exchange: Key,
    /// Who proposed it, and gets the rent back.
    pub proposer: Key,
    /// When it was proposed, Unix seconds.
    pub proposed_at: Timestamp,
    /// From when on anybody may execute it.
    pub executable_at: Timestamp,
    /// From when on nobody may.
    pub expires_at: Timestamp,
    /// The change: its number, then its fields, as borsh writes them.
    pub change: [u8; CHANGE],
    /// For what comes.
    pub reserved: [u64; 16],
}

account!(Proposal, b"proposal", 16 + 2 * 32 + 24 + CHANGE + 128);

impl Change {
    /// Checks what does not depend on the state: every parameter against its hard bounds.
    ///
    /// # Errors
    /// `ParameterOutOfBounds`, `StartsAtZero`.
    pub fn check(&self) -> Result<()> {
        match self {
            Self::CreateUnderlying(terms) | Self::SetUnderlying(_, terms) => terms.check().map(|_| ()),
            Self::CreateContract(terms) if terms.open_interest_cap != 0 => Err(BallastError::StartsAtZero),
            Self::CreateVault(_, terms) if terms.cap.0 != 0 => Err(BallastError::StartsAtZero),
            Self::CreateContract(terms) | Self::SetContract(_, terms) => terms.check(),
            Self::CreateVault(_, terms) | Self::SetVault(_, terms) => terms.check(),
            Self::SetExchange(parameters) => parameters.check(),
            Self::SetOracleOwners(_) | Self::SetReporters(_) | Self::SetRoles(_) | Self::WindDown(_) => Ok(()),
        }
    }
}

impl Proposal {
    /// Writes a change down.
    ///
    /// # Errors
    /// `Overflow` if it does not fit.
    pub fn hold(&mut self, change: &Change) -> Result<()> {
        let mut bytes = [0; CHANGE];
        change.pack(&mut Writer(&mut bytes))?;
        self.change = bytes;
        Ok(())
    }

    /// The change.
    ///
    /// # Errors
    /// `WrongProposal` for bytes that nothing was written as.
    pub fn held(&self) -> Result<Change> {
        Change::unpack(&mut Reader(&self.change))
    }

    /// Checks that it may be executed on an exchange, of this address, now.
    ///
    /// # Errors
    /// `WrongExchange`, `ProposalCancelled`, `ProposalTooEarly`, `ProposalExpired`.
    pub fn check_due(&self, exchange: &Exchange, key: Key, clock: Timestamp) -> Result<()> {
        if self.exchange != key {
            return Err(BallastError::WrongExchange);
        }
        if self.number < exchange.cancelled_before {
            return Err(BallastError::ProposalCancelled);
        }
        if clock < self.executable_at {
            return Err(BallastError::ProposalTooEarly);
        }
        if clock >= self.expires_at {
            return Err(BallastError::ProposalExpired);
        }
        Ok(())
    }
}
