//! Instructions of the admin and of the guardian.

mod accept_admin;
mod close_contract;
mod collect_fees;
mod create_contract;
mod create_underlying;
mod create_vault;
mod initialize_board;
mod initialize_exchange;
mod nominate_admin;
mod pause;
mod sweep;
mod wind_down;

pub use accept_admin::*;
pub use close_contract::*;
pub use collect_fees::*;
pub use create_contract::*;
pub use create_underlying::*;
pub use create_vault::*;
pub use initialize_board::*;
pub use initialize_exchange::*;
pub use nominate_admin::*;
pub use pause::*;
pub use sweep::*;
pub use wind_down::*;
