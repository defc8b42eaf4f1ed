//! Instructions of traders and their delegates.

mod cancel_orders;
mod close_account;
mod deposit;
mod open_account;
mod set_delegate;
mod set_top_up;
mod settle;
mod settle_in_part;
mod trade;
mod transfer;
mod withdraw;

pub use cancel_orders::*;
pub use close_account::*;
pub use deposit::*;
pub use open_account::*;
pub use set_delegate::*;
pub use set_top_up::*;
pub use settle::*;
pub use settle_in_part::*;
pub use trade::*;
pub use transfer::*;
pub use withdraw::*;
