//! One number for ever: what governance sets and seldom moves.

use super::Baseline;
use crate::bars::Bar;

/// A constant margin.
#[derive(Clone, Copy, Debug)]
pub struct Constant {
    margin: f64,
}

impl Constant {
    /// Always `margin`, a fraction of notional.
    #[must_use]
    pub const fn new(margin: f64) -> Self {
        Self { margin }
    }
}

impl Baseline for Constant {
    fn name(&self) -> &'static str {
        "constant"
    }

    fn margin(&self) -> f64 {
        self.margin
    }

    fn observe(&mut self, _bar: &Bar, _period: u64) {}
}
