//! Exhaustive checks: the real functions on every case of a reduced domain.
//!
//! Nothing here is drawn at random. Each test goes over all of its domain, counts the cases and asserts their number, so
//! that a domain that shrinks is noticed. SECURITY.md lists what is proved so and over which domain.
#![allow(
    missing_docs,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    clippy::indexing_slicing,
    clippy::integer_division,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests may panic"
)]

#[path = "../common/mod.rs"]
mod common;

mod arithmetic;
mod books;
mod functions;
mod liquidation;
mod ramp;
mod resolution;
mod rounding;

/// Neighbours of every power of two, of the powers of ten that units are made of, and the extremes.
fn lattice() -> Vec<u64> {
    let twos = (0..64).map(|power| 1_u64 << power);
    let tens = (0..20).map(|power| 10_u64.pow(power));
    let ends = [0, u64::MAX, u64::MAX - 1, u64::MAX / 3, u64::MAX / 10];
    let near = |number: u64| [number - 1, number, number.saturating_add(1)];
    let mut all: Vec<u64> = twos.flat_map(near).chain(tens).chain(ends).collect();
    all.sort_unstable();
    all.dedup();
    all
}
