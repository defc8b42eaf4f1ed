//! Instructions that anybody may send, and that of the depth reporter.

mod liquidate;
mod liquidate_collateral;
mod post_depth;
mod rebalance;
mod refresh;

pub use liquidate::*;
pub use liquidate_collateral::*;
pub use post_depth::*;
pub use rebalance::*;
pub use refresh::*;
