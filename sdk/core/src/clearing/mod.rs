//! All accounting, one transition an instruction.
//!
//! A transition takes every piece of state that it touches by reference, its arguments and the clock, returns a named
//! summary, and changes nothing when it fails: everything that can fail is computed first, then written.

mod admin;
mod audit;
mod authority;
mod book;
mod cancel_change;
mod charge;
mod cover;
mod create;
mod deleverage;
mod deposit;
mod execute_change;
mod find;
mod fund_insurance;
mod liquidate;
mod liquidate_collateral;
mod loss;
mod measure;
mod open_exchange;
mod order;
mod post_depth;
mod post_index;
mod propose_change;
mod rebalance;
mod refresh;
mod resolve;
mod settle;
mod settle_in_part;
mod shares;
mod stake;
mod take;
mod tighten;
mod top_up;
mod trade;
mod transfer;
mod unstake;
mod wind_down;
mod withdraw;

pub use admin::{
    accept_admin, close_contract, collect_fees, initialize_board, initialize_exchange, nominate_admin, open_account,
    pause, set_delegate, set_top_up, sweep,
};
pub use audit::{Audit, Discrepancy};
pub use authority::{Authority, Party};
pub use cancel_change::{cancel_all_changes, cancel_change};
pub use create::{NewVault, create_contract, create_underlying, create_vault};
pub use deleverage::{Deleveraged, Deleveraging, deleverage};
pub use deposit::{BoardUse, Deposit, Deposited, deposit};
pub use execute_change::{Executing, execute_change};
pub use fund_insurance::{Funded, fund_insurance};
pub use liquidate::{Liquidated, Liquidation, Offer, liquidate};
pub use liquidate_collateral::{CollateralOffer, CollateralSale, CollateralSold, liquidate_collateral};
pub use measure::{Measured, measure};
pub use open_exchange::open_exchange;
pub use order::{ORDER_BYTES, Order, OrderSide, SignedOrder, cancel_orders};
pub use post_depth::post_depth;
pub use post_index::{IndexValue, post_index};
pub use propose_change::{NewProposal, propose_change};
pub use rebalance::{Call, Rebalanced, Rebalancing, rebalance};
pub use refresh::{Reading, Refreshed, Refreshing, refresh};
pub use resolve::Resolved;
pub use settle::{Settled, settle};
pub use settle_in_part::{SettledInPart, settle_in_part};
pub use stake::{Staked, open_stake, stake};
pub use tighten::{Tightening, UnderlyingTightening, VaultTightening, tighten};
pub use trade::{Fill, Traded, trade};
pub use transfer::{Asset, transfer};
pub use unstake::{UNSTAKE_WINDOW, Unstaked, request_unstake, unstake};
pub use wind_down::{WoundDown, wind_down};
pub use withdraw::{Withdrawn, withdraw};
