//! Instructions that anybody may send, and that of the depth reporter.

mod deleverage;
mod liquidate;
mod liquidate_collateral;
mod post_depth;
mod post_index;
mod rebalance;
mod refresh;
mod wind_down;

pub use deleverage::*;
pub use liquidate::*;
pub use liquidate_collateral::*;
pub use post_depth::*;
pub use post_index::*;
pub use rebalance::*;
pub use refresh::*;
pub use wind_down::*;
