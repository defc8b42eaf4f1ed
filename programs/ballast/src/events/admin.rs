//! What setting up, changing and keeping an exchange emits.

use anchor_lang::prelude::*;
use ballast_core::clearing::Tightening;
use ballast_core::state::{Change, Pausable};
use ballast_core::units::{Timestamp, Tokens};

/// An exchange was initialised.
#[event]
pub struct ExchangeInitialized {
    /// The exchange.
    pub exchange: Pubkey,
    /// Its admin.
    pub admin: Pubkey,
    /// Mint of cash.
    pub quote_mint: Pubkey,
}

/// An exchange got its board.
#[event]
pub struct BoardInitialized {
    /// The exchange.
    pub exchange: Pubkey,
    /// The board.
    pub board: Pubkey,
}

/// An exchange was opened for deposits.
#[event]
pub struct ExchangeOpened {
    /// The exchange.
    pub exchange: Pubkey,
}

/// A change was proposed.
#[event]
pub struct ChangeProposed {
    /// The exchange.
    pub exchange: Pubkey,
    /// The proposal.
    pub proposal: Pubkey,
    /// From when on anybody may execute it.
    pub executable_at: Timestamp,
    /// From when on nobody may.
    pub expires_at: Timestamp,
    /// The change.
    pub change: Change,
}

/// A change was executed.
#[event]
pub struct ChangeExecuted {
    /// The exchange.
    pub exchange: Pubkey,
    /// The proposal, which is used up.
    pub proposal: Pubkey,
}

/// A proposal was given up.
#[event]
pub struct ChangeCancelled {
    /// The exchange.
    pub exchange: Pubkey,
    /// The proposal, which is used up.
    pub proposal: Pubkey,
    /// Who said so.
    pub by: Pubkey,
}

/// Every proposal made so far was given up.
#[event]
pub struct AllChangesCancelled {
    /// The exchange.
    pub exchange: Pubkey,
    /// Number from which on proposals stand.
    pub before: u64,
    /// Who said so.
    pub by: Pubkey,
}

/// The risk manager tightened something.
#[event]
pub struct Tightened {
    /// The exchange.
    pub exchange: Pubkey,
    /// The vault, where it is one.
    pub vault: Option<Pubkey>,
    /// What was tightened.
    pub tightening: Tightening,
}

/// An underlying was added.
#[event]
pub struct UnderlyingCreated {
    /// The exchange.
    pub exchange: Pubkey,
    /// Its row on the board.
    pub underlying: u8,
    /// Feed id, or key of the legacy price account.
    pub oracle: Pubkey,
}

/// A contract was added.
#[event]
pub struct ContractCreated {
    /// The exchange.
    pub exchange: Pubkey,
    /// The contract's account.
    pub contract: Pubkey,
    /// Its id.
    pub id: u32,
    /// Row of its underlying.
    pub underlying: u8,
}

/// A contract was closed.
#[event]
pub struct ContractClosed {
    /// The exchange.
    pub exchange: Pubkey,
    /// The contract's account.
    pub contract: Pubkey,
    /// Its id.
    pub id: u32,
}

/// A vault was added.
#[event]
pub struct VaultCreated {
    /// The exchange.
    pub exchange: Pubkey,
    /// The vault.
    pub vault: Pubkey,
    /// Its mint.
    pub mint: Pubkey,
}

/// Something was paused, or a pause was ended.
#[event]
pub struct Paused {
    /// The exchange.
    pub exchange: Pubkey,
    /// What.
    pub what: Pausable,
    /// When it ends.
    pub until: Timestamp,
}

/// An admin was nominated.
#[event]
pub struct AdminNominated {
    /// The exchange.
    pub exchange: Pubkey,
    /// Who has to accept.
    pub nominee: Pubkey,
}

/// An admin accepted.
#[event]
pub struct AdminAccepted {
    /// The exchange.
    pub exchange: Pubkey,
    /// The new admin.
    pub admin: Pubkey,
}

/// Fees were collected.
#[event]
pub struct FeesCollected {
    /// The contract.
    pub contract: Pubkey,
    /// What left the quote vault.
    pub amount: Tokens,
}

/// A surplus was swept.
#[event]
pub struct Swept {
    /// The vault.
    pub vault: Pubkey,
    /// The surplus.
    pub amount: Tokens,
}
