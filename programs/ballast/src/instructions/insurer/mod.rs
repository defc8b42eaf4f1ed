//! Instructions of those who insure the exchange.

mod fund_insurance;

pub use fund_insurance::*;
