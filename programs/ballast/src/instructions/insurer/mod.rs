//! Instructions of those who insure the exchange.

mod fund_insurance;
mod open_stake;
mod request_unstake;
mod stake;
mod unstake;

pub use fund_insurance::*;
pub use open_stake::*;
pub use request_unstake::*;
pub use stake::*;
pub use unstake::*;
