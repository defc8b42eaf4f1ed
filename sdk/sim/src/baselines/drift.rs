//! Drift v2: maintenance margin that grows with the square root of the position.

use super::{Baseline, FULLY_FUNDED, Reference};
use crate::bars::Bar;

/// Maintenance margin of BTC-PERP for a small position: 3 %.
const MAINTENANCE: f64 = 0.03;
/// Size factor of BTC-PERP per root of a base unit. From its market configuration as remembered, not read from the chain,
/// and governance moves it. On BTC a position of a million dollars stays at the minimum with twice this factor; where a
/// unit is cheap (ETH) it decides, and there the venue has other numbers: say so beside the figures.
const SIZE_FACTOR: f64 = 0.000_45;
/// The part of the maintenance margin that the size comes on top of.
const KEPT: f64 = 0.8;

/// `max(m, 0.8 m + imf sqrt(q))`, q the position in base units.
#[derive(Clone, Copy, Debug)]
pub struct Drift {
    position: f64,
    price: Option<f64>,
}

impl Drift {
    /// The requirement of the reference position.
    #[must_use]
    pub const fn new(reference: Reference) -> Self {
        Self { position: reference.position, price: None }
    }
}

impl Baseline for Drift {
    fn name(&self) -> &'static str {
        "drift"
    }

    fn margin(&self) -> f64 {
        self.price.map_or(FULLY_FUNDED, |price| {
            MAINTENANCE.max(KEPT * MAINTENANCE + SIZE_FACTOR * (self.position / price).sqrt())
        })
    }

    fn observe(&mut self, bar: &Bar, _period: u64) {
        self.price = Some(bar.close);
    }

    fn is_ready(&self) -> bool {
        self.price.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{assert_close, at_price};
    use super::*;

    #[test]
    fn a_small_position_pays_the_minimum_and_a_large_one_for_its_size() {
        let mut drift = Drift::new(Reference { position: 1_000_000.0, ..Reference::STANDARD });
        assert_eq!(drift.margin(), 1.0);
        at_price(&mut drift, 100_000.0);
        // 10 BTC: 0.024 + 0.00045 x 3.162 = 0.0254.
        assert_eq!(drift.margin(), 0.03);
        at_price(&mut drift, 2_500.0);
        // 400 base units: 0.024 + 0.00045 x 20.
        assert_close(drift.margin(), 0.033);
    }
}
