//! dYdX v4: initial margin that grows with open interest. Its maintenance margin never moves, so this is the kinder
//! reading.

use super::{Baseline, Reference};
use crate::bars::Bar;

/// A liquidity tier as v4-chain's genesis has it.
#[derive(Clone, Copy, Debug)]
struct Tier {
    /// Initial margin without open interest.
    base: f64,
    /// Open interest up to which nothing changes and from which 100 % is asked, USD.
    caps: Option<(f64, f64)>,
}

/// Large-cap, BTC and ETH: 5 %, and open interest does not count.
const LARGE_CAP: Tier = Tier { base: 0.05, caps: None };
/// Small-cap: 10 %, which grows from 20 to 50 million USD of open interest.
const SMALL_CAP: Tier = Tier { base: 0.10, caps: Some((20_000_000.0, 50_000_000.0)) };

/// `min(1, base + max(0, (OI - lo) / (hi - lo)) (1 - base))`.
///
/// The tier is the one that the venue would list the reference market in: small-cap if its open interest is below that
/// tier's upper cap, where margin reaches 100 % and the market would stand still, large-cap otherwise.
#[derive(Clone, Copy, Debug)]
pub struct Dydx {
    tier: Tier,
    /// Open interest at the first bar's close, USD.
    open_interest: f64,
    first_price: Option<f64>,
    price: f64,
}

impl Dydx {
    /// The requirement in the reference market.
    #[must_use]
    pub fn new(reference: Reference) -> Self {
        let outgrown = SMALL_CAP.caps.is_some_and(|(_, upper)| reference.open_interest >= upper);
        let tier = if outgrown { LARGE_CAP } else { SMALL_CAP };
        Self { tier, open_interest: reference.open_interest, first_price: None, price: 1.0 }
    }

    /// The same tokens at the present price.
    fn open_interest(&self) -> f64 {
        self.first_price.map_or(self.open_interest, |first| self.open_interest * self.price / first)
    }
}

impl Baseline for Dydx {
    fn name(&self) -> &'static str {
        "dydx"
    }

    fn margin(&self) -> f64 {
        self.tier.caps.map_or(self.tier.base, |(lower, upper)| {
            let share = ((self.open_interest() - lower) / (upper - lower)).max(0.0);
            f64::min(1.0, self.tier.base + share * (1.0 - self.tier.base))
        })
    }

    fn observe(&mut self, bar: &Bar, _period: u64) {
        self.first_price.get_or_insert(bar.close);
        self.price = bar.close;
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{assert_close, at_price};
    use super::*;

    #[test]
    fn a_small_market_pays_for_its_open_interest_as_the_price_moves_it() {
        let mut dydx = Dydx::new(Reference { open_interest: 10_000_000.0, ..Reference::STANDARD });
        assert_eq!(dydx.margin(), 0.10);
        for (price, margin) in [(100.0, 0.10), (200.0, 0.10), (350.0, 0.55), (500.0, 1.0), (900.0, 1.0), (100.0, 0.10)]
        {
            at_price(&mut dydx, price);
            assert_close(dydx.margin(), margin);
        }
    }

    #[test]
    fn a_large_market_pays_one_number() {
        let mut dydx = Dydx::new(Reference::STANDARD);
        at_price(&mut dydx, 100.0);
        at_price(&mut dydx, 10_000.0);
        assert_eq!(dydx.margin(), 0.05);
    }
}
