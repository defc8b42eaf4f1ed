//! Deribit, linear perpetuals: maintenance that grows with the position, without end.

use super::{Baseline, FULLY_FUNDED, Reference};
use crate::bars::Bar;

/// Maintenance margin of the first BTC.
const MAINTENANCE: f64 = 0.01;
/// What each BTC of the position adds. Other underlyings have other numbers; on them this is still BTC's per unit, which
/// is too much where a unit is cheap: say so beside the figures.
const PER_UNIT: f64 = 0.000_05;

/// `1 % + 0.005 % x q`, q the position in base units.
#[derive(Clone, Copy, Debug)]
pub struct Deribit {
    position: f64,
    price: Option<f64>,
}

impl Deribit {
    /// The requirement of the reference position.
    #[must_use]
    pub const fn new(reference: Reference) -> Self {
        Self { position: reference.position, price: None }
    }
}

impl Baseline for Deribit {
    fn name(&self) -> &'static str {
        "deribit"
    }

    fn margin(&self) -> f64 {
        self.price.map_or(FULLY_FUNDED, |price| (MAINTENANCE + PER_UNIT * self.position / price).min(FULLY_FUNDED))
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
    fn each_unit_adds_to_the_rate_until_all_is_margin() {
        let mut deribit = Deribit::new(Reference::STANDARD);
        assert_eq!((deribit.margin(), deribit.is_ready()), (1.0, false));
        at_price(&mut deribit, 50_000.0);
        // 20 BTC.
        assert_close(deribit.margin(), 0.011);
        at_price(&mut deribit, 10.0);
        assert_eq!(deribit.margin(), 1.0);
    }
}
