//! The accounts, as they lie on chain: `repr(C)`, no padding, versioned, with reserved bytes and asserted sizes.
//!
//! Fields are at multiples of eight bytes and no wider, so a host and the chain read the same layout.

mod board;
mod contract;
mod deficit;
mod delegate;
mod exchange;
mod insurance_fund;
mod margin_account;
mod packed;
pub mod parameters;
mod proposal;
pub mod seeds;
mod stake;
mod vault;

pub use board::{Board, CONTRACTS, ContractRow, NO_ROW, OracleKind, UNDERLYINGS, UnderlyingRow, VAULTS, VaultRow};
pub use contract::{Contract, VENUES};
pub use deficit::Deficit;
pub use delegate::{DELEGATE_CONTRACTS, DELEGATE_WORST_PRICE, DelegateLimits, DelegateUse};
pub use exchange::{Exchange, ExchangeTerms, ORACLE_OWNERS, Pausable, Pause};
pub use insurance_fund::InsuranceFund;
pub use margin_account::{COLLATERALS, CollateralBalance, MarginAccount, POSITIONS, Position, TopUpPolicy};
pub use proposal::{Change, PROPOSAL_LIFE, Proposal, Roles};
pub use stake::Stake;
pub use vault::Vault;

/// Address of the program that owns these accounts.
pub const PROGRAM_ID: [u8; 32] = [
    69, 236, 23, 81, 113, 217, 200, 71, 143, 221, 20, 179, 242, 17, 179, 64, 157, 100, 126, 243, 172, 81, 226, 208,
    216, 182, 246, 171, 225, 25, 184, 145,
];

/// Version of the layouts below.
pub const VERSION: u8 = 1;

/// What every account of the program has in common on chain.
macro_rules! account {
    ($name:ident, $discriminator:literal, $size:expr) => {
        const _: () = assert!(core::mem::size_of::<$name>() == $size);
        const _: () = assert!(core::mem::align_of::<$name>() <= 8);

        impl $name {
            /// First eight bytes of the account on chain.
            pub const DISCRIMINATOR: [u8; 8] = *$discriminator;
            /// Bytes of the account on chain, discriminator included.
            pub const SPACE: usize = $size + 8;
        }

        #[cfg(feature = "anchor")]
        impl anchor_lang::Discriminator for $name {
            const DISCRIMINATOR: &'static [u8] = $discriminator;
        }
        #[cfg(feature = "anchor")]
        impl anchor_lang::Owner for $name {
            fn owner() -> anchor_lang::prelude::Pubkey {
                anchor_lang::prelude::Pubkey::new_from_array($crate::state::PROGRAM_ID)
            }
        }
        #[cfg(feature = "anchor")]
        impl anchor_lang::ZeroCopy for $name {}
    };
}
pub(crate) use account;
