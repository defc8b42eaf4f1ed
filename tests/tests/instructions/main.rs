//! Every instruction on the artifact: what it does, and each way in which it fails.

mod admin;
mod changes;
mod concentration;
mod coverage;
mod deposit;
mod foreign_accounts;
mod fund_insurance;
mod limits;
mod liquidate;
mod liquidate_collateral;
mod open_close_account;
mod open_interest;
mod pause;
mod post_depth;
mod post_index;
mod quote_price;
mod rebalance;
mod refresh;
mod set_delegate;
mod set_top_up;
mod settle;
mod tighten;
mod trade;
mod trade_accounts;
mod transfer;
mod withdraw;
