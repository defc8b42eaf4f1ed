//! Hyperliquid: tiers by notional, each with a highest leverage; maintenance is half the initial margin at it.

use super::{Baseline, Reference};
use crate::bars::Bar;

/// The tiers of BTC (`meta`, margin table 56): notional from which a highest leverage holds, USD.
const TIERS: [(f64, f64); 2] = [(0.0, 40.0), (150_000_000.0, 20.0)];

/// The sum over tiers of the notional in each times `1 / (2 x highest leverage)`, over the notional: a tier's rate is for
/// what lies beyond its bound, so that a position that grows past one does not jump.
#[derive(Clone, Copy, Debug)]
pub struct Hyperliquid {
    margin: f64,
}

impl Hyperliquid {
    /// The requirement of the reference position, which does not move with the market.
    #[must_use]
    pub fn new(reference: Reference) -> Self {
        Self { margin: maintenance(reference.position) }
    }
}

fn maintenance(notional: f64) -> f64 {
    let mut rate_below = 0.0;
    let mut required = 0.0;
    for (bound, leverage) in TIERS {
        let rate = 0.5 / leverage;
        required += (rate - rate_below) * (notional - bound).max(0.0);
        rate_below = rate;
    }
    // A position of nothing is charged as the first dollar is.
    if notional > 0.0 { required / notional } else { TIERS.first().map_or(0.0, |(_, leverage)| 0.5 / leverage) }
}

impl Baseline for Hyperliquid {
    fn name(&self) -> &'static str {
        "hyperliquid"
    }

    fn margin(&self) -> f64 {
        self.margin
    }

    fn observe(&mut self, _bar: &Bar, _period: u64) {}
}

#[cfg(test)]
mod tests {
    use super::super::tests::assert_close;
    use super::*;

    #[test]
    fn maintenance_is_half_the_initial_margin_of_each_part() {
        assert_close(maintenance(0.0), 0.0125);
        assert_close(maintenance(1_000_000.0), 0.0125);
        assert_close(maintenance(150_000_000.0), 0.0125);
        // Half at 1.25 %, half at 2.5 %.
        assert_close(maintenance(300_000_000.0), 0.018_75);
        assert_eq!(Hyperliquid::new(Reference::STANDARD).margin(), 0.0125);
    }
}
