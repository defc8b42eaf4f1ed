//! Mints and token accounts, as the token program's own types lay them out.

use anchor_lang::prelude::Pubkey;
use anchor_lang::solana_program::program_option::COption;
use anchor_lang::solana_program::program_pack::Pack;
use anchor_spl::token::spl_token::state::{Account, AccountState, Mint};

/// The token program.
pub const PROGRAM: Pubkey = anchor_spl::token::ID;
/// The quote mint.
pub const QUOTE: Pubkey = Pubkey::new_from_array([0xD0; 32]);

/// Mint of a collateral.
#[must_use]
pub const fn collateral(place: usize) -> Pubkey {
    Pubkey::new_from_array([0xD1 + place as u8; 32])
}

/// Data of a mint.
#[must_use]
pub fn mint(decimals: u8) -> Vec<u8> {
    packed(Mint {
        mint_authority: COption::None,
        supply: 1 << 60,
        decimals,
        is_initialized: true,
        freeze_authority: COption::None,
    })
}

/// Data of an owner's account of the quote mint.
#[must_use]
pub fn account(owner: Pubkey) -> Vec<u8> {
    packed(Account {
        mint: QUOTE,
        owner,
        amount: 1 << 59,
        delegate: COption::None,
        state: AccountState::Initialized,
        is_native: COption::None,
        delegated_amount: 0,
        close_authority: COption::None,
    })
}

fn packed<T: Pack>(state: T) -> Vec<u8> {
    let mut data = vec![0; T::LEN];
    state.pack_into_slice(&mut data);
    data
}
