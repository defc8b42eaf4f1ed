#![doc = include_str!("../README.md")]

pub mod backtest;
pub mod bars;
pub mod baselines;
pub mod book;
pub mod calibrate;
mod error;
pub mod history;
pub mod house;
pub mod impact;
pub mod model;
pub mod numbers;
pub mod replay;
pub mod report;
pub mod span;
pub mod statistics;
pub mod synthetic;
pub mod tally;

pub use error::SimError;
