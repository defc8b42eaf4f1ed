//! Mints and wallets.

use anchor_lang::prelude::Pubkey;
use anchor_lang::solana_program::program_pack::Pack;
use anchor_spl::token::spl_token::state::{Account as TokenAccount, AccountState, Mint};
use ballast_client::MintOf;
use ballast_core::units::{Tokens, Usd};
use solana_account::Account;

/// Program that derives wallets.
const WALLETS: Pubkey = Pubkey::from_str_const("ATokenGPvbdGVxr1b2hvZbsiqW5xWH25efTNsLJA8knL");
/// Lamports of every account that a test writes.
const RENT: u64 = 1_000_000_000;

/// A mint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    /// Its address.
    pub mint: Pubkey,
    /// Its decimals.
    pub decimals: u8,
    /// Its token program.
    pub token_program: Pubkey,
    /// Row of its vault on the board; none for the quote mint.
    pub row: Option<u8>,
}

/// USDC, the quote mint.
pub const QUOTE: Token = Token::classic(0xD0, 6, None);
/// Wrapped SOL, the first collateral.
pub const WSOL: Token = Token::classic(0xD1, 9, Some(0));
/// Wrapped bitcoin, the second collateral.
pub const WBTC: Token = Token::classic(0xD2, 8, Some(1));

/// An amount of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Amount {
    /// What.
    pub token: Token,
    /// How much.
    pub tokens: Tokens,
}

impl From<Usd> for Amount {
    fn from(amount: Usd) -> Self {
        Self { token: QUOTE, tokens: Tokens(amount.0.try_into().unwrap()) }
    }
}

/// Whole wrapped SOL.
#[must_use]
pub const fn wsol(whole: u64) -> Amount {
    Amount { token: WSOL, tokens: Tokens(whole * 1_000_000_000) }
}

/// Whole wrapped bitcoin.
#[must_use]
pub const fn wbtc(whole: u64) -> Amount {
    Amount { token: WBTC, tokens: Tokens(whole * 100_000_000) }
}

/// Dollars and their fraction, for messages and bounds.
#[must_use]
pub fn dollars(amount: Usd) -> f64 {
    amount.0 as f64 / 1e6
}

impl Token {
    /// A mint of the classic token program.
    #[must_use]
    pub const fn classic(number: u8, decimals: u8, row: Option<u8>) -> Self {
        let token_program = anchor_spl::token::ID;
        Self { mint: Pubkey::new_from_array([number; 32]), decimals, token_program, row }
    }

    /// The mint as the client knows it.
    #[must_use]
    pub const fn of(self) -> MintOf {
        MintOf { mint: self.mint, token_program: self.token_program }
    }

    /// Amount of this token, in smallest units.
    #[must_use]
    pub const fn units(self, units: u64) -> Amount {
        Amount { token: self, tokens: Tokens(units) }
    }

    /// An owner's wallet.
    #[must_use]
    pub fn wallet(self, owner: &Pubkey) -> Pubkey {
        let seeds = [owner.as_ref(), self.token_program.as_ref(), self.mint.as_ref()];
        Pubkey::find_program_address(&seeds, &WALLETS).0
    }

    /// The mint's account.
    #[must_use]
    pub fn mint_account(self) -> Account {
        let mint = Mint { supply: u64::MAX / 2, decimals: self.decimals, is_initialized: true, ..Mint::default() };
        let mut data = vec![0; Mint::LEN];
        Mint::pack(mint, &mut data).unwrap();
        Account { lamports: RENT, data, owner: self.token_program, executable: false, rent_epoch: u64::MAX }
    }

    /// A wallet's account with an amount in it.
    #[must_use]
    pub fn wallet_account(self, owner: Pubkey, amount: u64) -> Account {
        let state = AccountState::Initialized;
        let wallet = TokenAccount { mint: self.mint, owner, amount, state, ..TokenAccount::default() };
        let mut data = vec![0; TokenAccount::LEN];
        TokenAccount::pack(wallet, &mut data).unwrap();
        Account { lamports: RENT, data, owner: self.token_program, executable: false, rent_epoch: u64::MAX }
    }
}

/// What a token account holds.
pub(crate) fn amount(account: &Account) -> u64 {
    u64::from_le_bytes(account.data[64..72].try_into().unwrap())
}
