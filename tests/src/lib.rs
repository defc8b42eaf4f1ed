//! What every integration test stands on: a validator with the program's artifact, and actors who use it.
//!
//! ```no_run
//! use ballast_core::BallastError;
//! use ballast_tests::{BTC, Market, assert_error, lots, percent, usd};
//!
//! # async fn test() {
//! let market = Market::start().await;
//! let alice = market.trader().cash(usd(1_000)).long(BTC, lots(100)).await;
//! market.raise_target(BTC, percent(19)).await;
//! alice.rebalance().await.unwrap();
//! assert_error(alice.withdraw(usd(1)).await, BallastError::MarginCallOpen);
//! # }
//! ```
//!
//! After every transaction that lands the books of every exchange on the chain are audited to the unit; after every one
//! that fails nothing may have changed. No test has to ask for either.

mod chain;
mod edit;
mod expect;
mod keeper;
mod listing;
mod market;
mod oracles;
mod orders;
#[path = "../../programs/ballast/src/oracle/fixture.rs"]
pub mod pyth;
mod staker;
pub mod terms;
mod tokens;
mod trader;

pub use chain::{Chain, Failure, Sent, Snapshot};
pub use edit::Edit;
pub use expect::{Expected, assert_error};
pub use keeper::Keeper;
pub use market::{Market, create_board};
pub use orders::{FIRST, signed_by};
pub use staker::Staker;
pub use terms::{BTC, ETH, GOLD, Perp, SOL, USDC, Underlying};
pub use tokens::{Amount, QUOTE, Token, WBTC, WSOL, dollars, wbtc, wsol};
pub use trader::{NewTrader, Trader, WIDEST};

use ballast_core::units::{Ratio, Usd};

/// Whole dollars.
#[must_use]
pub fn usd(dollars: i64) -> Usd {
    Usd::dollars(dollars).unwrap()
}

/// Lots of a contract.
#[must_use]
pub const fn lots(lots: u64) -> u64 {
    lots
}

/// Parts in a hundred.
#[must_use]
pub const fn percent(parts: i64) -> Ratio {
    Ratio::percent(parts)
}
