//! Every instruction on the artifact: what it does, and each way in which it fails.

mod admin;
mod deposit;
mod foreign_accounts;
mod fund_insurance;
mod limits;
mod liquidate;
mod liquidate_collateral;
mod open_close_account;
mod pause;
mod rebalance;
mod refresh;
mod set_delegate;
mod set_top_up;
mod settle;
mod trade;
mod trade_accounts;
mod transfer;
mod withdraw;
