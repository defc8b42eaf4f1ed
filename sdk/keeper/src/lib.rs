#![doc = include_str!("../README.md")]

mod book;
mod decide;
mod error;
mod fetch;
mod fire;

pub use book::{Book, Published};
pub use decide::{Action, Keeper, Outcome, Plan, Step};
pub use error::KeeperError;
pub use fire::Sender;
