//! The instructions, grouped by who calls them.

mod admin;
mod insurer;
mod keeper;
mod trader;

pub use admin::*;
pub use insurer::*;
pub use keeper::*;
pub use trader::*;

use anchor_lang::prelude::*;
use ballast_core::BallastError;
use ballast_core::state::{Contract, MarginAccount};
use ballast_core::units::{Key, Timestamp};

/// Address of an account, in the core's type.
pub(crate) fn key_of(account: &impl anchor_lang::Key) -> Key {
    Key(account.key().to_bytes())
}

/// The core's key as an address.
pub(crate) const fn address_of(key: Key) -> Pubkey {
    Pubkey::new_from_array(key.0)
}

/// The cluster's clock.
pub(crate) fn clock() -> Result<Timestamp> {
    Ok(Timestamp(Clock::get()?.unix_timestamp))
}

/// Fails when two accounts of one type are the same: two borrows of it would both write.
pub(crate) fn require_distinct(one: &impl anchor_lang::Key, other: &impl anchor_lang::Key) -> Result<()> {
    if one.key() == other.key() { Err(BallastError::SameAccount.into()) } else { Ok(()) }
}

/// Accounts as contracts, each once.
pub(crate) fn distinct_contracts<'info>(
    accounts: &'info [AccountInfo<'info>],
) -> Result<Vec<AccountLoader<'info, Contract>>> {
    let mut contracts: Vec<AccountLoader<'info, Contract>> = Vec::with_capacity(accounts.len());
    for account in accounts {
        let contract = AccountLoader::try_from(account)?;
        for seen in &contracts {
            require_distinct(&contract, seen)?;
        }
        contracts.push(contract);
    }
    Ok(contracts)
}

/// The remaining accounts as contracts, each once and none the instruction's own.
pub(crate) fn other_contracts<'info>(
    contract: &AccountLoader<'info, Contract>,
    remaining: &'info [AccountInfo<'info>],
) -> Result<Vec<AccountLoader<'info, Contract>>> {
    let exchange = contract.load()?.exchange;
    let others = distinct_contracts(remaining)?;
    for other in &others {
        require_distinct(other, contract)?;
        if other.load()?.exchange != exchange {
            return Err(BallastError::WrongContract.into());
        }
    }
    Ok(others)
}

/// The reserve that an account's policy names; it must be passed, and is neither the account nor `party`.
///
/// A reserve that its owner has closed is passed all the same and tops nothing up: naming one and closing it must not
/// shield an account.
pub(crate) fn reserve_of<'info>(
    account: &AccountLoader<'info, MarginAccount>,
    party: Option<&AccountLoader<'info, MarginAccount>>,
    passed: Option<&'info UncheckedAccount<'info>>,
) -> Result<Option<AccountLoader<'info, MarginAccount>>> {
    let named = account.load()?.top_up.reserve;
    let Some(passed) = passed else {
        return if named.is_some() { Err(BallastError::ReserveMissing.into()) } else { Ok(None) };
    };
    require_distinct(passed, account)?;
    if let Some(party) = party {
        require_distinct(passed, party)?;
    }
    if key_of(passed) != named {
        return Err(BallastError::WrongReserve.into());
    }
    if *passed.owner != crate::ID {
        return Ok(None);
    }
    AccountLoader::try_from(passed.as_ref()).map(Some)
}
