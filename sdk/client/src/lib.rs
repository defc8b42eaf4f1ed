#![doc = include_str!("../README.md")]

pub mod addresses;
pub mod coverage;
pub mod errors;
pub mod events;
mod instructions;
pub mod read;

pub use addresses::{account, contract, exchange, feed, insurance_fund, proposal, stake, vault, vault_tokens};
pub use ballast::ID;
pub use errors::Explained;
pub use instructions::{
    Deployment, Due, FillBy, FillSide, MintOf, OrderFill, OwnersOrder, TradeParties, Wanted, key, oracle_account,
    underlyings_of,
};
