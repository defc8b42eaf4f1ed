//! EMIR RTS 153/2013 article 28 (1) (b): at least 25 % of the weight on stressed observations.

use super::{Baseline, Ewma, FULLY_FUNDED};
use crate::bars::Bar;

/// Weight of the stressed margin.
const STRESS_WEIGHT: f64 = 0.25;

/// `0.75 x plain + 0.25 x stressed`, where stressed is the highest plain margin of the history so far, from the time the
/// plain one is ready: what a few first returns say is not stress. It never forgets, as a lookback that is chosen for
/// its stress does not.
#[derive(Clone, Debug)]
pub struct EwmaStress {
    plain: Ewma,
    stressed: Option<f64>,
}

impl EwmaStress {
    /// The blend on [`Ewma::new`].
    #[must_use]
    pub fn new(scale: f64, horizon: u64) -> Self {
        Self { plain: Ewma::new(scale, horizon), stressed: None }
    }
}

impl Baseline for EwmaStress {
    fn name(&self) -> &'static str {
        "ewma_stress"
    }

    fn margin(&self) -> f64 {
        let plain = self.plain.margin();
        self.stressed.map_or(FULLY_FUNDED, |stressed| (1.0 - STRESS_WEIGHT) * plain + STRESS_WEIGHT * stressed)
    }

    fn observe(&mut self, bar: &Bar, period: u64) {
        let was_ready = self.plain.is_ready();
        self.plain.observe(bar, period);
        let plain = self.plain.margin();
        self.stressed = Some(self.stressed.filter(|_| was_ready).map_or(plain, |highest| highest.max(plain)));
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
    fn a_quarter_of_the_highest_stays() {
        let mut stressed = EwmaStress::new(1.0, 3_600);
        observe(&mut stressed, &zigzag(0.02, 200));
        assert_close(stressed.margin(), 0.02);
        observe(&mut stressed, &zigzag(0.01, 2_000).split_off(200));
        // Two months later the plain margin is 1 %.
        assert_close(stressed.margin(), 0.75 * 0.01 + 0.25 * 0.02);
    }

    #[test]
    fn what_came_before_it_was_ready_is_not_stress() {
        let mut stressed = EwmaStress::new(1.0, 3_600);
        observe(&mut stressed, &zigzag(0.05, 2));
        observe(&mut stressed, &zigzag(0.01, 3_000).split_off(2));
        assert!(stressed.margin() < 0.0125, "{}", stressed.margin());
    }
}
