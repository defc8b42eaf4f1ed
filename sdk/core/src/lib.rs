#![doc = include_str!("../README.md")]
#![cfg_attr(not(feature = "idl-build"), no_std)]

pub mod clearing;
pub mod error;
pub mod margin;
pub mod math;
pub mod model;
pub mod state;
pub mod units;

pub use error::{BallastError, Result};
