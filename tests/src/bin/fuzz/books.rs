//! What must hold at any time: the books of every exchange, to the unit.

use anchor_lang::prelude::Pubkey;
use ballast_core::clearing::Audit;
use ballast_core::units::{Key, Tokens};
use solana_account::{AccountSharedData, ReadableAccount};

use crate::outcome::{Violation, require};
use crate::world::{Left, World};

/// Audits an exchange, if it has a board.
pub fn audit(world: &World, house: usize) -> Result<(), Violation> {
    let (Some(board), exchange) = (world.board(house), Key(world.houses[house].exchange.to_bytes())) else {
        return Ok(());
    };
    let all = &world.accounts;
    let mut audit = Audit::of(board);
    let run = |audit: &mut Audit<'_>| -> ballast_core::Result<()> {
        for account in all.margin.values().filter(|account| account.exchange == exchange) {
            audit.margin_account(account)?;
        }
        for contract in all.contracts.values().filter(|contract| contract.exchange == exchange) {
            audit.contract(contract)?;
        }
        for fund in all.funds.values().filter(|fund| fund.exchange == exchange) {
            audit.insurance_fund(fund)?;
            audit.stakes(fund, all.stakes.values().filter(|stake| stake.exchange == exchange));
        }
        for vault in all.vaults.values().filter(|vault| vault.exchange == exchange) {
            audit.vault(vault, Tokens(world.raw.get(&address(vault.token_account)).map_or(0, amount)))?;
        }
        Ok(())
    };
    let done = run(&mut audit);
    require(done.is_ok(), "the books can be read", || format!("{done:?}"))?;
    require(audit.discrepancy().is_none(), "the books are exact", || format!("{:?}", audit.discrepancy()))
}

/// Whether an instruction wrote anything that the books of an exchange are made of.
pub fn are_written(world: &World, left: &Left, house: usize) -> bool {
    let (of, written) = (&world.houses[house], &left.accounts);
    let exchange = Key(of.exchange.to_bytes());
    left.raw.iter().any(|(address, _)| [of.exchange, of.board].contains(address))
        || written.margin.values().any(|held| held.exchange == exchange)
        || written.contracts.values().any(|held| held.exchange == exchange)
        || written.vaults.values().any(|held| held.exchange == exchange)
        || written.funds.values().any(|held| held.exchange == exchange)
        || written.stakes.values().any(|held| held.exchange == exchange)
}

/// Tokens that a token account holds; a mint holds none.
pub fn amount(account: &AccountSharedData) -> u64 {
    holding(account).map_or(0, |(_, amount)| amount)
}

/// Mint and amount of a token account.
pub fn holding(account: &AccountSharedData) -> Option<(Pubkey, u64)> {
    let owned = [anchor_spl::token::ID, anchor_spl::token_2022::ID].contains(account.owner());
    let data = account.data();
    if !owned || data.len() < 165 {
        return None;
    }
    let mint = Pubkey::new_from_array(data[..32].try_into().ok()?);
    Some((mint, u64::from_le_bytes(data[64..72].try_into().ok()?)))
}

/// Address of a key.
pub const fn address(key: Key) -> Pubkey {
    Pubkey::new_from_array(key.0)
}
