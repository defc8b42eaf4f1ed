//! What others do, side by side with Ballast: margin requirements of regulation and of live venues, on the same bars.
//!
//! - `constant`: what most venues have. `ewma`: the market's volatility, bare.
//! - `ewma_buffer`, `ewma_stress`, `ewma_floor`: the three tools against procyclicality of EMIR RTS 153/2013 article 28.
//! - `drift`, `dydx`, `hyperliquid`, `deribit`: venue formulas with the parameters that the venues publish for BTC, used
//!   as they are on every underlying (each file says where they are from). They depend on size or on open interest, not on
//!   volatility, and [`Reference`] says which.
//!
//! The first five have one scale, fitted to the same promise as our model's k ([`Scales::fit`]), so that what differs is
//! the shape. The venues' parameters are fitted to nothing: they answer how much cover a user really had.

mod constant;
mod deribit;
mod drift;
mod dydx;
mod ewma;
mod ewma_buffer;
mod ewma_floor;
mod ewma_stress;
mod fit;
mod hyperliquid;

use crate::bars::Bar;

pub use constant::Constant;
pub use deribit::Deribit;
pub use drift::Drift;
pub use dydx::Dydx;
pub use ewma::{EWMA_HALF_LIFE, Ewma};
pub use ewma_buffer::EwmaBuffer;
pub use ewma_floor::EwmaFloor;
pub use ewma_stress::EwmaStress;
pub use fit::{Family, Scales, fit};
pub use hyperliquid::Hyperliquid;

/// Before the first bar nothing is known and a position is fully funded, as a new contract is on Ballast.
const FULLY_FUNDED: f64 = 1.0;

/// A margin policy that sees closed bars and nothing later.
pub trait Baseline {
    /// Its name in reports, which does not change.
    fn name(&self) -> &'static str;

    /// The margin in force now, as a fraction of notional.
    fn margin(&self) -> f64;

    /// Takes a bar that has closed; `period` is its length in seconds.
    fn observe(&mut self, bar: &Bar, period: u64);

    /// Whether it has seen enough for its margin to count. A tally that starts earlier measures the start.
    fn is_ready(&self) -> bool {
        true
    }
}

/// The position and the market that venue formulas are asked about.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reference {
    /// Notional of the position, USD, held at this value as the price moves: the margin of one sum of money.
    pub position: f64,
    /// Open interest of one side at the first bar, USD. Its tokens stay the same, so it moves with the price.
    pub open_interest: f64,
    /// USD that trades within 1 % of the price, per side. No venue here reads it; our own model does, and both are to be
    /// asked about one market.
    pub depth: f64,
}

impl Reference {
    /// Round numbers of the size seen in BTC and ETH perpetuals on chain: a position that is large for a person and far
    /// from any venue's limit, in a market of a middling venue, with a tenth of its open interest in the book. Chosen, not
    /// measured: say so beside the figures.
    pub const STANDARD: Self = Self { position: 1_000_000.0, open_interest: 200_000_000.0, depth: 20_000_000.0 };
}

/// All baselines, in the order of reports: constant, ewma, `ewma_buffer`, `ewma_stress`, `ewma_floor`, drift, dydx,
/// hyperliquid, deribit.
#[must_use]
pub fn all(reference: Reference, fitted: &Scales) -> Vec<Box<dyn Baseline + Send>> {
    let mut baselines: Vec<Box<dyn Baseline + Send>> =
        Family::ALL.into_iter().map(|family| family.build(fitted.of(family), fitted.horizon)).collect();
    baselines.push(Box::new(Drift::new(reference)));
    baselines.push(Box::new(Dydx::new(reference)));
    baselines.push(Box::new(Hyperliquid::new(reference)));
    baselines.push(Box::new(Deribit::new(reference)));
    baselines
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Bars of an hour that open where the last closed.
    pub(crate) fn hourly(closes: &[f64]) -> Vec<Bar> {
        let mut open = 100.0;
        let bar = |(hour, close): (usize, &f64)| {
            let [high, low] = [f64::max(open, *close), f64::min(open, *close)];
            let opened_at = i64::try_from(hour).unwrap().saturating_mul(3_600);
            let bar = Bar { opened_at, open, high, low, close: *close, volume: 1.0 };
            open = *close;
            bar
        };
        closes.iter().enumerate().map(bar).collect()
    }

    /// Closes that alternate between a rise and a fall of `step` in the logarithm.
    pub(crate) fn zigzag(step: f64, hours: usize) -> Vec<Bar> {
        let closes: Vec<f64> = (0..hours).map(|hour| if hour % 2 == 0 { 100.0 * step.exp() } else { 100.0 }).collect();
        hourly(&closes)
    }

    pub(crate) fn observe(baseline: &mut dyn Baseline, bars: &[Bar]) {
        bars.iter().for_each(|bar| baseline.observe(bar, 3_600));
    }

    /// One bar that closes at `price`.
    pub(crate) fn at_price(baseline: &mut dyn Baseline, price: f64) {
        observe(baseline, &hourly(&[price]));
    }

    #[track_caller]
    pub(crate) fn assert_close(actual: f64, expected: f64) {
        assert!((actual - expected).abs() <= 1e-9 * expected.abs().max(1e-3), "{actual} is not {expected}");
    }

    #[test]
    fn names_and_order_are_stable() {
        let scales =
            Scales { horizon: 3_600, constant: 0.03, ewma: 4.0, ewma_buffer: 3.5, ewma_stress: 3.6, ewma_floor: 3.9 };
        let names: Vec<&str> = all(Reference::STANDARD, &scales).iter().map(|baseline| baseline.name()).collect();
        assert_eq!(
            names,
            ["constant", "ewma", "ewma_buffer", "ewma_stress", "ewma_floor", "drift", "dydx", "hyperliquid", "deribit"]
        );
    }

    #[test]
    fn all_are_ready_and_sane_after_a_week() {
        let scales =
            Scales { horizon: 3_600, constant: 0.03, ewma: 4.0, ewma_buffer: 3.5, ewma_stress: 3.6, ewma_floor: 3.9 };
        for mut baseline in all(Reference::STANDARD, &scales) {
            observe(baseline.as_mut(), &zigzag(0.01, 168));
            assert!(baseline.is_ready(), "{}", baseline.name());
            assert!((0.001..=1.0).contains(&baseline.margin()), "{}: {}", baseline.name(), baseline.margin());
        }
    }
}
