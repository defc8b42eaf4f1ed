//! EMIR RTS 153/2013 article 28 (1) (c): never below the margin of a ten-year lookback.

use std::collections::VecDeque;

use super::ewma::Step;
use super::{Baseline, Ewma, FULLY_FUNDED};
use crate::bars::Bar;
use crate::numbers::real;

/// Days of the lookback: ten years.
const LOOKBACK_DAYS: usize = 3_653;
/// Seconds of a day.
const DAY: i64 = 86_400;

/// The higher of the plain margin and the one of the longest lookback there is, up to ten years, in which every return
/// counts the same. A history shorter than that gives a floor that rises and falls with what it has seen.
#[derive(Clone, Debug)]
pub struct EwmaFloor {
    plain: Ewma,
    /// Sums of the days, oldest first: at most ten years of them.
    days: VecDeque<Sum>,
    /// Sum of those.
    lookback: Sum,
}

/// Returns of some time.
#[derive(Clone, Copy, Debug, Default)]
struct Sum {
    /// Unix day on which it begins.
    day: i64,
    squared_returns: f64,
    seconds: f64,
}

impl EwmaFloor {
    /// The floor under [`Ewma::new`].
    #[must_use]
    pub fn new(scale: f64, horizon: u64) -> Self {
        Self { plain: Ewma::new(scale, horizon), days: VecDeque::new(), lookback: Sum::default() }
    }

    fn remember(&mut self, bar: &Bar, step: Step) {
        let day = bar.opened_at.div_euclid(DAY);
        self.lookback.add(step);
        match self.days.back_mut().filter(|last| last.day == day) {
            Some(today) => today.add(step),
            None => {
                let mut today = Sum { day, ..Sum::default() };
                today.add(step);
                self.days.push_back(today);
            }
        }
        if self.days.len() > LOOKBACK_DAYS
            && let Some(oldest) = self.days.pop_front()
        {
            self.lookback.squared_returns -= oldest.squared_returns;
            self.lookback.seconds -= oldest.seconds;
        }
    }
}

impl Sum {
    fn add(&mut self, step: Step) {
        self.squared_returns += step.squared_return;
        self.seconds += real(step.seconds);
    }
}

impl Baseline for EwmaFloor {
    fn name(&self) -> &'static str {
        "ewma_floor"
    }

    fn margin(&self) -> f64 {
        if self.days.is_empty() {
            return FULLY_FUNDED;
        }
        // Ten years of calm may leave a rounding error below zero.
        let variance = (self.lookback.squared_returns / self.lookback.seconds).max(0.0);
        self.plain.margin().max(self.plain.margin_of(variance))
    }

    fn observe(&mut self, bar: &Bar, period: u64) {
        let step = self.plain.step(bar, period);
        self.remember(bar, step);
    }

    fn is_ready(&self) -> bool {
        self.plain.is_ready()
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{assert_close, observe, zigzag};
    use super::*;

    #[test]
    fn calm_after_a_storm_is_held_up_by_the_whole_history() {
        let mut floored = EwmaFloor::new(1.0, 3_600);
        observe(&mut floored, &zigzag(0.03, 500));
        assert_close(floored.margin(), 0.03);
        observe(&mut floored, &zigzag(0.01, 1_000).split_off(500));
        // Half of the returns squared are 9 of something, half are 1: the mean is 5.
        assert_close(floored.margin(), 0.01 * 5.0_f64.sqrt());
    }

    #[test]
    fn a_storm_after_calm_stands_above_the_floor() {
        let mut floored = EwmaFloor::new(1.0, 3_600);
        observe(&mut floored, &zigzag(0.01, 500));
        observe(&mut floored, &zigzag(0.03, 2_000).split_off(500));
        assert_close(floored.margin(), 0.03);
    }

    #[test]
    fn ten_years_later_it_is_forgotten() {
        let mut floored = EwmaFloor::new(1.0, 3_600);
        let daily = |step, days| zigzag(step, days).into_iter().map(|bar| Bar { opened_at: bar.opened_at * 24, ..bar });
        daily(0.05, 100).for_each(|bar| floored.observe(&bar, 86_400));
        daily(0.01, 100 + LOOKBACK_DAYS).skip(100).for_each(|bar| floored.observe(&bar, 86_400));
        assert_eq!(floored.days.len(), LOOKBACK_DAYS);
        assert!((floored.margin() - 0.01 / 24.0_f64.sqrt()).abs() < 1e-9, "{}", floored.margin());
    }
}
