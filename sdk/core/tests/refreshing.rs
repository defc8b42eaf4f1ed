//! What a price, a depth and an index make of the board.
#![allow(
    missing_docs,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    clippy::indexing_slicing,
    clippy::integer_division,
    clippy::unwrap_used,
    reason = "tests may panic, and compare with floats"
)]

mod common;

mod refreshing {
    mod concentration;
    mod coverage;
    mod depth;
    mod index;
    mod open_interest;
    mod quote;
    mod vaults;
}
