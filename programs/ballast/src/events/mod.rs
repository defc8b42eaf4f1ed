//! What the program emits: one event an instruction, in plain units.

mod admin;
mod insurer;
mod keeper;
mod trader;

pub use admin::*;
pub use insurer::*;
pub use keeper::*;
pub use trader::*;
