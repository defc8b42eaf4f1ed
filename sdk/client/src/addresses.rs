//! Derived addresses of the program and of Pyth's price feeds.

use anchor_lang::prelude::Pubkey;
use ballast::ID;
use ballast_core::state::seeds;

/// Pyth's push oracle, which keeps an account per feed up to date.
const PYTH_PUSH_ORACLE: Pubkey = Pubkey::from_str_const("pythWSnswVUd12oZpeFP8e9CVaEqJg25g1Vtc2biRsT");

/// An exchange of a creator.
#[must_use]
pub fn exchange(creator: &Pubkey, id: u16) -> Pubkey {
    Pubkey::find_program_address(&[seeds::EXCHANGE, creator.as_ref(), &id.to_le_bytes()], &ID).0
}

/// The insurance fund of an exchange.
#[must_use]
pub fn insurance_fund(exchange: &Pubkey) -> Pubkey {
    Pubkey::find_program_address(&[seeds::INSURANCE, exchange.as_ref()], &ID).0
}

/// The stake of an owner in the insurance fund of an exchange.
#[must_use]
pub fn stake(exchange: &Pubkey, owner: &Pubkey) -> Pubkey {
    Pubkey::find_program_address(&[seeds::STAKE, exchange.as_ref(), owner.as_ref()], &ID).0
}

/// A contract, by its id.
#[must_use]
pub fn contract(exchange: &Pubkey, id: u32) -> Pubkey {
    Pubkey::find_program_address(&[seeds::CONTRACT, exchange.as_ref(), &id.to_le_bytes()], &ID).0
}

/// The vault of a mint.
#[must_use]
pub fn vault(exchange: &Pubkey, mint: &Pubkey) -> Pubkey {
    Pubkey::find_program_address(&[seeds::VAULT, exchange.as_ref(), mint.as_ref()], &ID).0
}

/// The token account that a vault controls.
#[must_use]
pub fn vault_tokens(vault: &Pubkey) -> Pubkey {
    Pubkey::find_program_address(&[seeds::TOKENS, vault.as_ref()], &ID).0
}

/// A margin account of an owner.
#[must_use]
pub fn account(exchange: &Pubkey, owner: &Pubkey, id: u16) -> Pubkey {
    Pubkey::find_program_address(&[seeds::MARGIN, exchange.as_ref(), owner.as_ref(), &id.to_le_bytes()], &ID).0
}

/// A proposal, by its number.
#[must_use]
pub fn proposal(exchange: &Pubkey, number: u64) -> Pubkey {
    Pubkey::find_program_address(&[seeds::PROPOSAL, exchange.as_ref(), &number.to_le_bytes()], &ID).0
}

/// The account that Pyth sponsors for a feed, of a shard.
#[must_use]
pub fn feed(shard: u16, feed_id: &[u8; 32]) -> Pubkey {
    Pubkey::find_program_address(&[&shard.to_le_bytes(), feed_id], &PYTH_PUSH_ORACLE).0
}
