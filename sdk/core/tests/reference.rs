//! The clearing house against an independent reference: plain dollars in `f64`, written from the formulas and sharing
//! no helper with the crate.
//!
//! Results agree within 1e-7 of their size and one rounding of their unit, on thousands of random boards and accounts.
//! A failure names its seed, which rebuilds the case.
#![allow(
    missing_docs,
    unreachable_pub,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::expect_used,
    clippy::float_cmp,
    clippy::indexing_slicing,
    clippy::integer_division,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests may panic, and compare with floats"
)]

mod reference {
    /// Random numbers, boards and accounts.
    pub mod build;
    pub mod dice;

    /// The formulas, in dollars.
    pub mod account;
    pub mod model;
    pub mod units;

    mod collateral_cases;
    mod deadline_cases;
    mod funding_cases;
    mod level_cases;
    mod liquidation_cases;
    mod model_cases;
    mod resolution_cases;
    mod settlement_cases;
    mod trade_cases;
    mod volatility_cases;
}
