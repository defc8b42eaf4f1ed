//! One horizon of bars, in which a requirement is tested.

use crate::bars::Bar;

/// A window that is open: the price at its start and the extremes since.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Window {
    price: f64,
    highest: f64,
    lowest: f64,
    bars_left: u64,
}

impl Window {
    /// Opens a window of `horizon_bars` bars (at least one) at `price`, the close of the bar before it.
    #[must_use]
    pub fn open(price: f64, horizon_bars: u64) -> Self {
        Self { price, highest: price, lowest: price, bars_left: horizon_bars.max(1) }
    }

    /// Takes the next bar. When the window ends with it, says what a short and a long lost at worst, as
    /// [`Tally::record`](super::Tally::record) takes them.
    pub fn include(&mut self, bar: &Bar) -> Option<(f64, f64)> {
        self.highest = self.highest.max(bar.high);
        self.lowest = self.lowest.min(bar.low);
        self.bars_left = self.bars_left.saturating_sub(1);
        (self.bars_left == 0).then(|| (self.highest / self.price - 1.0, 1.0 - self.lowest / self.price))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bar(low: f64, high: f64) -> Bar {
        Bar { opened_at: 0, open: low, high, low, close: high, volume: 1.0 }
    }

    #[test]
    fn a_window_ends_with_its_last_bar_and_knows_its_extremes() {
        let mut window = Window::open(100.0, 3);
        assert_eq!(window.include(&bar(95.0, 105.0)), None);
        assert_eq!(window.include(&bar(80.0, 110.0)), None);
        let (up, down) = window.include(&bar(90.0, 125.0)).unwrap();
        assert!((up - 0.25).abs() < 1e-12 && (down - 0.20).abs() < 1e-12);
    }

    #[test]
    fn prices_that_only_rise_cost_a_long_nothing() {
        assert_eq!(Window::open(100.0, 1).include(&bar(101.0, 125.0)), Some((0.25, 0.0)));
    }
}
