//! One builder per instruction, accounts filled in, grouped by who calls.

mod admin;
mod changes;
mod insurer;
mod keeper;
mod orders;
mod trader;

pub use orders::{FillBy, FillSide, OrderFill, OwnersOrder, Wanted};

use anchor_lang::prelude::{AccountMeta, Pubkey};
use anchor_lang::solana_program::instruction::Instruction;
use anchor_lang::{InstructionData, ToAccountMetas};
use ballast::{accounts, instruction};
use ballast_core::Result;
use ballast_core::clearing::{Asset, CollateralOffer, Offer, Tightening};
use ballast_core::margin::Action;
use ballast_core::state::parameters::{ContractTerms, UnderlyingTerms, VaultTerms};
use ballast_core::state::{Board, Change, DelegateLimits, ExchangeTerms, MarginAccount, NO_ROW, OracleKind, Pausable};
use ballast_core::units::{Key, PerLot, Ratio, Shares, Size, Timestamp, Tokens, Usd};

use crate::addresses;

/// System program, which creates accounts.
pub(crate) const SYSTEM_PROGRAM: Pubkey = Pubkey::from_str_const("11111111111111111111111111111111");

/// An exchange as a client sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deployment {
    /// The exchange.
    pub exchange: Pubkey,
    /// Its board.
    pub board: Pubkey,
    /// Mint of cash, and its token program.
    pub quote: MintOf,
}

/// A mint and the token program that it belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MintOf {
    /// The mint.
    pub mint: Pubkey,
    /// Its token program.
    pub token_program: Pubkey,
}

/// A proposal that is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Due {
    /// Its number.
    pub number: u64,
    /// Who proposed it, and gets its rent back.
    pub proposer: Pubkey,
}

/// The two sides of a fill and who signs for them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TradeParties {
    /// The buyer's margin account.
    pub buyer: Pubkey,
    /// Its owner or delegate.
    pub buyer_signer: Pubkey,
    /// The seller's margin account.
    pub seller: Pubkey,
    /// Its owner or delegate.
    pub seller_signer: Pubkey,
    /// A venue of the contract that signs too, if any.
    pub venue: Option<Pubkey>,
}

pub(crate) fn build(accounts: impl ToAccountMetas, data: impl InstructionData) -> Instruction {
    Instruction { program_id: ballast::ID, accounts: accounts.to_account_metas(None), data: data.data() }
}

/// The core's key of an address.
#[must_use]
pub const fn key(address: &Pubkey) -> Key {
    Key(address.to_bytes())
}

impl Deployment {
    /// The insurance fund.
    #[must_use]
    pub fn insurance_fund(&self) -> Pubkey {
        addresses::insurance_fund(&self.exchange)
    }

    /// An owner's stake in it.
    #[must_use]
    pub fn stake_of(&self, owner: &Pubkey) -> Pubkey {
        addresses::stake(&self.exchange, owner)
    }

    /// A contract's account.
    #[must_use]
    pub fn contract(&self, id: u32) -> Pubkey {
        addresses::contract(&self.exchange, id)
    }

    /// A proposal's account.
    #[must_use]
    pub fn proposal(&self, number: u64) -> Pubkey {
        addresses::proposal(&self.exchange, number)
    }

    /// A mint's vault.
    #[must_use]
    pub fn vault(&self, mint: &Pubkey) -> Pubkey {
        addresses::vault(&self.exchange, mint)
    }

    /// An owner's margin account.
    #[must_use]
    pub fn account(&self, owner: &Pubkey, id: u16) -> Pubkey {
        addresses::account(&self.exchange, owner, id)
    }
}

/// Where an underlying's price is published: Pyth's sponsored account of the feed, or the legacy account itself.
#[must_use]
pub fn oracle_account(kind: OracleKind, oracle: &Key) -> Pubkey {
    match kind {
        OracleKind::Pull => addresses::feed(0, &oracle.0),
        OracleKind::Legacy => Pubkey::new_from_array(oracle.0),
    }
}

/// Underlyings whose prices a margin check of an account needs.
///
/// # Errors
/// `UnknownVault`.
pub fn underlyings_of(account: &MarginAccount, board: &Board) -> Result<Vec<u8>> {
    let mut touched: Vec<u8> = account.positions().iter().map(|held| held.underlying).collect();
    for held in account.collateral.iter().filter(|held| held.amount != Tokens::ZERO) {
        touched.push(board.vault(held.vault)?.underlying);
    }
    touched.sort_unstable();
    touched.dedup();
    Ok(touched)
}

pub(crate) fn reserve_of(account: &MarginAccount) -> Option<Pubkey> {
    account.top_up.reserve.is_some().then(|| Pubkey::new_from_array(account.top_up.reserve.0))
}
