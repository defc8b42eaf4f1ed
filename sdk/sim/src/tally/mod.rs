//! The figures of one margin policy on one history, counted as it goes by: memory does not grow with the bars.

mod losses;
mod path;
mod window;

use serde::Serialize;

use crate::numbers::real;
use crate::statistics::{self, Traffic, Transitions, kupiec};

pub use losses::Losses;
use path::RequirementPath;
pub use window::Window;

/// The share of windows that may lose more than the margin, on either side together: 99 % coverage, as DESIGN.md
/// section 10 promises and EMIR article 41 asks.
pub const PROMISED_RATE: f64 = 0.01;

/// Counts one margin policy on one history.
///
/// Two calls feed it. [`record_margin`](Tally::record_margin) once a bar, with the requirement in force: how steady is
/// it? [`record`](Tally::record) once a window of `horizon_bars` bars, with the requirement at its start and the
/// losses until its end: was it enough? Windows should not overlap, or breaches come in runs by construction and the
/// test of independence rejects.
#[derive(Clone, Debug)]
pub struct Tally {
    period: u64,
    horizon_bars: u64,
    windows: u64,
    breaches_up: u64,
    breaches_down: u64,
    transitions: Transitions,
    breaches: u64,
    margin_sum: f64,
    shortfall_sum: f64,
    worst_shortfall: f64,
    losses: Losses,
    path: RequirementPath,
}

impl Tally {
    /// A tally of bars that last `period` seconds, in windows of `horizon_bars`.
    #[must_use]
    pub fn new(period: u64, horizon_bars: u64) -> Self {
        Self {
            period,
            horizon_bars,
            windows: 0,
            breaches_up: 0,
            breaches_down: 0,
            transitions: Transitions::default(),
            breaches: 0,
            margin_sum: 0.0,
            shortfall_sum: 0.0,
            worst_shortfall: 0.0,
            losses: Losses::new(),
            path: RequirementPath::new(period),
        }
    }

    /// The requirement in force in the next bar, a fraction of notional.
    pub fn record_margin(&mut self, margin: f64) {
        self.path.record(margin);
    }

    /// The next window: the requirement in force at its start, what a short lost at the highest price until its end
    /// (`high / price - 1`) and a long at the lowest (`1 - low / price`), all as fractions of the price at its start.
    /// A loss equal to the margin is covered.
    pub fn record(&mut self, margin: f64, loss_up: f64, loss_down: f64) {
        let loss = loss_up.max(loss_down).max(0.0);
        let breach = loss > margin;
        self.windows = self.windows.saturating_add(1);
        self.breaches_up = self.breaches_up.saturating_add(u64::from(loss_up > margin));
        self.breaches_down = self.breaches_down.saturating_add(u64::from(loss_down > margin));
        self.breaches = self.breaches.saturating_add(u64::from(breach));
        self.transitions.record(breach);
        self.margin_sum += margin;
        let shortfall = (loss - margin).max(0.0);
        self.shortfall_sum += shortfall;
        self.worst_shortfall = self.worst_shortfall.max(shortfall);
        self.losses.record(loss);
    }

    /// The losses of the windows so far, the worse side of each: to ask what other constants would have done.
    #[must_use]
    pub const fn losses(&self) -> &Losses {
        &self.losses
    }

    /// The figures so far.
    #[must_use]
    pub fn figures(&self) -> Figures {
        let either = kupiec(self.breaches, self.windows, PROMISED_RATE);
        let side = |breaches| kupiec(breaches, self.windows, PROMISED_RATE / 2.0).p_value;
        let independence = self.transitions.independence();
        let constant = self.losses.constant_for_breaches(self.breaches);
        let quantile = self.losses.constant_for(PROMISED_RATE);
        let [rise_1h, rise_24h, rise_5d, rise_30d] = self.path.largest_rises();
        Figures {
            period: self.period,
            horizon_bars: self.horizon_bars,
            bars: self.path.bars(),
            windows: self.windows,
            breaches_up: self.breaches_up,
            breaches_down: self.breaches_down,
            breaches: self.breaches,
            breach_rate: mean(real(self.breaches), self.windows),
            kupiec_p: either.p_value,
            kupiec_p_up: side(self.breaches_up),
            kupiec_p_down: side(self.breaches_down),
            christoffersen_p: independence.p_value,
            conditional_coverage_p: statistics::conditional_coverage(either, independence).p_value,
            basel: Traffic::of(self.breaches, self.windows, PROMISED_RATE),
            average_margin: mean(self.margin_sum, self.windows),
            total_shortfall: self.shortfall_sum,
            expected_shortfall: mean(self.shortfall_sum, self.breaches),
            worst_shortfall: self.worst_shortfall,
            constant_margin_same_coverage: constant,
            constant_shortfall_same_coverage: self.losses.shortfall_of(constant),
            quantile_margin: quantile,
            quantile_shortfall: self.losses.shortfall_of(quantile),
            peak_to_trough: self.path.peak_to_trough(),
            largest_rise_1h: rise_1h,
            largest_rise_24h: rise_24h,
            largest_rise_5d: rise_5d,
            largest_rise_30d: rise_30d,
            largest_rise_within_24h: self.path.largest_rise_within_a_day(),
        }
    }
}

/// A mean of nothing is 0.
fn mean(sum: f64, count: u64) -> f64 {
    if count == 0 { 0.0 } else { sum / real(count) }
}

/// What a tally says. Margins, losses and shortfalls are fractions of notional, rises are ratios, p-values are
/// probabilities. `None` where the history is too short or its bars too long to say.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Figures {
    /// Seconds of a bar.
    pub period: u64,
    /// Bars of a window.
    pub horizon_bars: u64,
    /// Bars whose requirement was recorded.
    pub bars: u64,
    /// Windows in which the requirement was tested.
    pub windows: u64,
    /// Windows in which shorts lost more than the margin.
    pub breaches_up: u64,
    /// Windows in which longs lost more than the margin.
    pub breaches_down: u64,
    /// Windows in which either did; one in which both did counts once.
    pub breaches: u64,
    /// `breaches / windows`.
    pub breach_rate: f64,
    /// Kupiec's test of `breaches` at [`PROMISED_RATE`], which is promised for either side together.
    pub kupiec_p: f64,
    /// Kupiec's test of `breaches_up` at half the promised rate: a fair margin splits its breaches over both sides.
    pub kupiec_p_up: f64,
    /// The same of `breaches_down`.
    pub kupiec_p_down: f64,
    /// Christoffersen's test that breaches come alone.
    pub christoffersen_p: f64,
    /// Both tests at once.
    pub conditional_coverage_p: f64,
    /// Basel's colour of `breaches`.
    pub basel: Traffic,
    /// Mean margin at the start of the windows, so that it compares with the constants, which were in force in the same.
    pub average_margin: f64,
    /// Sum over windows of what the worse side lost beyond the margin.
    pub total_shortfall: f64,
    /// The mean of it given a breach; 0 without one.
    pub expected_shortfall: f64,
    /// The largest of it.
    pub worst_shortfall: f64,
    /// The smallest constant margin with at most as many breaches in the same windows, known only afterwards. Within
    /// one part in ten thousand, so losses that near to each other may make it one breach fewer.
    pub constant_margin_same_coverage: f64,
    /// Total shortfall of that constant.
    pub constant_shortfall_same_coverage: f64,
    /// The smallest constant margin with at most [`PROMISED_RATE`] breaches in the same windows.
    pub quantile_margin: f64,
    /// Total shortfall of that constant.
    pub quantile_shortfall: f64,
    /// The highest requirement over the lowest.
    pub peak_to_trough: Option<f64>,
    /// The largest M(t) / M(t - 1 h), at exactly that lag; below 1 if the requirement only fell.
    pub largest_rise_1h: Option<f64>,
    /// The same at exactly a day.
    pub largest_rise_24h: Option<f64>,
    /// The same at exactly five days.
    pub largest_rise_5d: Option<f64>,
    /// The same at exactly thirty days.
    pub largest_rise_30d: Option<f64>,
    /// The largest M(t) over the lowest requirement of the day before it: a rise at any lag up to 24 h.
    pub largest_rise_within_24h: Option<f64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 1,000 hours in which prices move by 0.1 % up and by 0.01 %, 0.02 % ... 10 % down, with one margin.
    fn falling(margin: f64) -> Figures {
        let mut tally = Tally::new(3_600, 1);
        for hour in 1..=1_000 {
            tally.record_margin(margin);
            tally.record(margin, 0.001, f64::from(hour) * 1e-4);
        }
        tally.figures()
    }

    #[track_caller]
    fn assert_close(actual: f64, expected: f64) {
        assert!((actual - expected).abs() <= 2e-4 * expected.abs().max(1e-6), "{actual} is not {expected}");
    }

    #[test]
    fn a_constant_is_its_own_equivalent() {
        let figures = falling(0.09895);
        assert_eq!((figures.windows, figures.bars), (1_000, 1_000));
        assert_eq!((figures.breaches_up, figures.breaches_down, figures.breaches), (0, 11, 11));
        assert_close(figures.breach_rate, 0.011);
        assert_close(figures.average_margin, 0.09895);
        assert_close(figures.constant_margin_same_coverage, 0.0989);
        assert_close(figures.quantile_margin, 0.0990);
        // 0.5 + 1.5 + ... + 10.5 basis points.
        assert!((figures.total_shortfall - 60.5e-4).abs() < 1e-9);
        assert_close(figures.expected_shortfall, 5.5e-4);
        assert_close(figures.worst_shortfall, 10.5e-4);
        assert!((figures.constant_shortfall_same_coverage - 66e-4).abs() < 2e-4);
        assert!((figures.quantile_shortfall - 55e-4).abs() < 2e-4);
    }

    #[test]
    fn tests_are_those_of_the_counts() {
        let figures = falling(0.09895);
        assert_eq!(figures.kupiec_p, kupiec(11, 1_000, 0.01).p_value);
        assert_eq!(figures.kupiec_p_up, kupiec(0, 1_000, 0.005).p_value);
        assert_eq!(figures.kupiec_p_down, kupiec(11, 1_000, 0.005).p_value);
        assert_eq!(figures.basel, Traffic::Green);
        assert!(figures.christoffersen_p < 1e-6, "all breaches come in one run");
        assert!(figures.conditional_coverage_p < 1e-6);
    }

    #[test]
    fn a_window_that_breaches_on_both_sides_counts_once() {
        let mut tally = Tally::new(3_600, 1);
        tally.record(0.05, 0.06, 0.08);
        tally.record(0.05, 0.05, 0.05);
        let figures = tally.figures();
        assert_eq!((figures.breaches_up, figures.breaches_down, figures.breaches), (1, 1, 1));
        assert_close(figures.total_shortfall, 0.03);
    }

    #[test]
    fn the_path_is_recorded_apart_from_the_windows() {
        let mut tally = Tally::new(300, 12);
        for bar in 0..24 {
            tally.record_margin(if bar < 12 { 0.04 } else { 0.05 });
            if bar % 12 == 0 {
                tally.record(0.04, 0.0, 0.0);
            }
        }
        let figures = tally.figures();
        assert_eq!((figures.windows, figures.bars, figures.horizon_bars), (2, 24, 12));
        assert_close(figures.average_margin, 0.04);
        assert_eq!(figures.largest_rise_1h, Some(1.25));
        assert_eq!(figures.peak_to_trough, Some(1.25));
    }

    #[test]
    fn nothing_recorded_says_nothing_and_serialises() {
        let figures = Tally::new(3_600, 1).figures();
        assert_eq!((figures.breach_rate, figures.average_margin, figures.kupiec_p), (0.0, 0.0, 1.0));
        let json = serde_json::to_value(&figures).unwrap();
        assert_eq!(json["basel"], "green");
        assert!(json["largest_rise_24h"].is_null());
    }
}
