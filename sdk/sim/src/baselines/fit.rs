//! The scales of the families that have one, so that each keeps the same promise on the same bars.
//!
//! Their margins are homogeneous in the scale: k times the scale is k times the margin, at every bar. So one pass at
//! scale 1 is enough: the scale that lets [`PROMISED_RATE`] of the windows breach is that quantile of loss / margin.

use serde::Serialize;

use super::{Baseline, Constant, Ewma, EwmaBuffer, EwmaFloor, EwmaStress};
use crate::bars::Bar;
use crate::tally::{Losses, PROMISED_RATE, Window};

/// A family of baselines that differ by a scale only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// The scale is the margin.
    Constant,
    /// [`Ewma`].
    Ewma,
    /// [`EwmaBuffer`].
    EwmaBuffer,
    /// [`EwmaStress`].
    EwmaStress,
    /// [`EwmaFloor`].
    EwmaFloor,
}

impl Family {
    /// All, in the order of reports.
    pub const ALL: [Self; 5] = [Self::Constant, Self::Ewma, Self::EwmaBuffer, Self::EwmaStress, Self::EwmaFloor];

    /// The member of this scale, over `horizon` seconds.
    #[must_use]
    pub fn build(self, scale: f64, horizon: u64) -> Box<dyn Baseline + Send> {
        match self {
            Self::Constant => Box::new(Constant::new(scale)),
            Self::Ewma => Box::new(Ewma::new(scale, horizon)),
            Self::EwmaBuffer => Box::new(EwmaBuffer::new(scale, horizon)),
            Self::EwmaStress => Box::new(EwmaStress::new(scale, horizon)),
            Self::EwmaFloor => Box::new(EwmaFloor::new(scale, horizon)),
        }
    }
}

/// The scale of each family: a fraction of notional for the constant, standard deviations for the others.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Scales {
    /// Seconds over which margin is to hold.
    pub horizon: u64,
    /// The constant margin.
    pub constant: f64,
    /// Standard deviations of the plain margin.
    pub ewma: f64,
    /// The same below the buffer.
    pub ewma_buffer: f64,
    /// The same of plain and stressed margin.
    pub ewma_stress: f64,
    /// The same of plain margin and floor.
    pub ewma_floor: f64,
}

impl Scales {
    /// Fits all families in one pass over `bars` of `period` seconds, in windows of `horizon_bars`; `None` if no window
    /// ends after a family is ready.
    pub fn fit(period: u64, horizon_bars: u64, bars: impl IntoIterator<Item = Bar>) -> Option<Self> {
        let mut fits = Family::ALL.map(|family| Fit::new(family, period, horizon_bars));
        for bar in bars {
            fits.iter_mut().for_each(|fit| fit.observe(&bar));
        }
        let [constant, ewma, ewma_buffer, ewma_stress, ewma_floor] = fits.map(|fit| fit.scale());
        Some(Self {
            horizon: horizon(period, horizon_bars),
            constant: constant?,
            ewma: ewma?,
            ewma_buffer: ewma_buffer?,
            ewma_stress: ewma_stress?,
            ewma_floor: ewma_floor?,
        })
    }

    /// The scale of a family.
    #[must_use]
    pub const fn of(&self, family: Family) -> f64 {
        match family {
            Family::Constant => self.constant,
            Family::Ewma => self.ewma,
            Family::EwmaBuffer => self.ewma_buffer,
            Family::EwmaStress => self.ewma_stress,
            Family::EwmaFloor => self.ewma_floor,
        }
    }
}

/// The smallest scale of `family` with at most [`PROMISED_RATE`] breaches on `bars`, to one part in ten thousand; `None`
/// if no window ends after the family is ready.
pub fn fit(family: Family, period: u64, horizon_bars: u64, bars: impl IntoIterator<Item = Bar>) -> Option<f64> {
    let mut fit = Fit::new(family, period, horizon_bars);
    bars.into_iter().for_each(|bar| fit.observe(&bar));
    fit.scale()
}

/// One family that is being fitted.
struct Fit {
    baseline: Box<dyn Baseline + Send>,
    period: u64,
    horizon_bars: u64,
    /// The open window and the unscaled margin at its start.
    window: Option<(Window, f64)>,
    /// Loss / unscaled margin of the windows.
    ratios: Losses,
}

impl Fit {
    fn new(family: Family, period: u64, horizon_bars: u64) -> Self {
        let baseline = family.build(1.0, horizon(period, horizon_bars));
        Self { baseline, period, horizon_bars, window: None, ratios: Losses::new() }
    }

    fn observe(&mut self, bar: &Bar) {
        if let Some((window, margin)) = &mut self.window
            && let Some((up, down)) = window.include(bar)
        {
            let loss = up.max(down);
            // No loss needs no margin, not even of a market that did not move before.
            self.ratios.record(if loss > 0.0 { loss / *margin } else { 0.0 });
            self.window = None;
        }
        self.baseline.observe(bar, self.period);
        if self.window.is_none() && self.baseline.is_ready() {
            self.window = Some((Window::open(bar.close, self.horizon_bars), self.baseline.margin()));
        }
    }

    fn scale(&self) -> Option<f64> {
        (self.ratios.count() > 0).then(|| self.ratios.constant_for(PROMISED_RATE))
    }
}

/// Seconds of a window.
const fn horizon(period: u64, horizon_bars: u64) -> u64 {
    period.saturating_mul(horizon_bars)
}

#[cfg(test)]
mod tests {
    use super::super::tests::{assert_close, hourly, observe, zigzag};
    use super::*;
    use crate::tally::Tally;

    /// A market whose volatility comes and goes: a walk from a linear congruential generator, calm and wild by the week.
    fn market(hours: usize) -> Vec<Bar> {
        let mut seed = 7_u32;
        let mut price = 100.0_f64;
        let closes: Vec<f64> = (0..hours)
            .map(|hour| {
                let sum: f64 = (0..6)
                    .map(|_| {
                        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                        f64::from(seed >> 8) / f64::from(1_u32 << 24) - 0.5
                    })
                    .sum();
                price *= (sum * if hour % 336 < 168 { 0.004 } else { 0.015 }).exp();
                price
            })
            .collect();
        hourly(&closes)
    }

    /// Breaches and windows of a member on bars.
    fn breaches(mut baseline: Box<dyn Baseline + Send>, horizon_bars: u64, bars: &[Bar]) -> (u64, u64) {
        let mut tally = Tally::new(3_600, horizon_bars);
        let mut open: Option<(Window, f64)> = None;
        for bar in bars {
            if let Some((window, margin)) = &mut open
                && let Some((up, down)) = window.include(bar)
            {
                tally.record(*margin, up, down);
                open = None;
            }
            baseline.observe(bar, 3_600);
            if open.is_none() && baseline.is_ready() {
                open = Some((Window::open(bar.close, horizon_bars), baseline.margin()));
            }
        }
        let figures = tally.figures();
        (figures.breaches, figures.windows)
    }

    #[test]
    fn every_family_is_homogeneous_in_its_scale() {
        let bars = market(3_000);
        for family in Family::ALL {
            let (mut one, mut some) = (family.build(1.0, 3_600), family.build(4.3, 3_600));
            for bar in &bars {
                observe(one.as_mut(), &[*bar]);
                observe(some.as_mut(), &[*bar]);
                assert_close(some.margin(), 4.3 * one.margin());
            }
        }
    }

    #[test]
    fn a_fitted_scale_keeps_its_promise_on_the_bars_it_was_fitted_on_and_hardly_more() {
        let bars = market(10_000);
        for horizon_bars in [1, 3] {
            let scales = Scales::fit(3_600, horizon_bars, bars.iter().copied()).unwrap();
            for family in Family::ALL {
                let scale = scales.of(family);
                assert_eq!(fit(family, 3_600, horizon_bars, bars.iter().copied()), Some(scale));
                let (kept, windows) = breaches(family.build(scale, scales.horizon), horizon_bars, &bars);
                assert!(kept * 100 <= windows, "{family:?}: {kept} of {windows}");
                let (broken, _) = breaches(family.build(scale * 0.99, scales.horizon), horizon_bars, &bars);
                assert!(broken * 100 > windows - 100, "{family:?}: {broken} of {windows} with one percent less");
            }
        }
    }

    #[test]
    fn the_scale_is_the_quantile_of_losses_in_standard_deviations() {
        // Every hour moves by its own standard deviation, and falls lose exp(-0.01).
        let scale = fit(Family::Ewma, 3_600, 1, zigzag(0.01, 500)).unwrap();
        assert!((scale - 0.01_f64.exp_m1() / 0.01).abs() < 2e-4, "{scale}");
    }

    #[test]
    fn too_few_bars_fit_nothing() {
        assert_eq!(fit(Family::Ewma, 3_600, 1, zigzag(0.01, 96)), None);
        assert_eq!(Scales::fit(3_600, 1, []), None);
    }
}
