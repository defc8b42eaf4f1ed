//! What liquidations do to the price.
//!
//! The square-root law of market impact: a trade of size Q moves a market of depth D by about the root of Q over D (Tóth
//! and others 2011, *Anomalous price impact and the critical nature of liquidity in financial markets*). Depth here is
//! what trades within 1 %, so Q = D moves the price by 1 %. Part of the move stays, the rest fades.

/// How far a trade of one depth moves the price.
const MOVE_OF_ONE_DEPTH: f64 = 0.01;
/// Part of a move that stays.
const PERMANENT: f64 = 0.3;
/// Seconds in which the rest fades by half.
const HALF_LIFE: f64 = 3_600.0;
/// The price is moved by no more than this factor's logarithm either way: beyond, a market is closed.
const FURTHEST: f64 = 1.0;

/// The move of the price that liquidations have made, as logarithms.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Impact {
    permanent: f64,
    transient: f64,
    at: i64,
}

impl Impact {
    /// Notional bought (sold when negative) in a market of a depth, USD, at a time.
    pub fn trade(&mut self, notional: f64, depth: f64, at: i64) {
        if depth <= 0.0 || notional == 0.0 {
            return;
        }
        self.fade(at);
        let moved = MOVE_OF_ONE_DEPTH * (notional.abs() / depth).sqrt() * notional.signum();
        self.permanent += PERMANENT * moved;
        self.transient += (1.0 - PERMANENT) * moved;
    }

    /// The price that a market at `price` shows at a time.
    #[must_use]
    pub fn on(&self, price: f64, at: i64) -> f64 {
        let mut faded = *self;
        faded.fade(at);
        price * (faded.permanent + faded.transient).clamp(-FURTHEST, FURTHEST).exp()
    }

    fn fade(&mut self, at: i64) {
        let elapsed = crate::numbers::real(at.saturating_sub(self.at).max(0).unsigned_abs());
        self.transient *= (-elapsed / HALF_LIFE).exp2();
        self.at = self.at.max(at);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(actual: f64, expected: f64) {
        assert!((actual / expected - 1.0).abs() < 1e-12, "{actual} is not {expected}");
    }

    #[test]
    fn one_depth_moves_by_a_percent_and_four_by_two() {
        let mut impact = Impact::default();
        impact.trade(1e6, 1e6, 100);
        close(impact.on(50.0, 100), 50.0 * 0.01_f64.exp());
        let mut impact = Impact::default();
        impact.trade(-4e6, 1e6, 100);
        close(impact.on(50.0, 100), 50.0 * (-0.02_f64).exp());
    }

    #[test]
    fn the_transient_part_fades_and_the_rest_stays() {
        let mut impact = Impact::default();
        impact.trade(1e6, 1e6, 0);
        close(impact.on(1.0, 3_600), (0.003_f64 + 0.0035).exp());
        close(impact.on(1.0, 360_000), 0.003_f64.exp());
    }

    #[test]
    fn without_depth_or_trade_nothing_moves() {
        let mut impact = Impact::default();
        impact.trade(1e6, 0.0, 0);
        impact.trade(0.0, 1.0, 0);
        assert_eq!(impact.on(3.0, 9), 3.0);
    }
}
