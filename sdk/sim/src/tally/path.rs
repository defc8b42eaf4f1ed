//! How the requirement moved from bar to bar: the measures of procyclicality of Murphy, Vasios and Vause 2014
//! (*An investigation into the procyclicality of risk-based initial margin models*, Bank of England), as ratios.

use std::collections::VecDeque;

/// Seconds of an hour.
const HOUR: u64 = 3_600;
/// Seconds of a day.
const DAY: u64 = 86_400;
/// The lags at which rises are measured, in seconds: an hour, a day, five days, thirty.
const LAGS: [u64; 4] = [HOUR, DAY, 432_000, 2_592_000];

/// The path of a requirement. Keeps the margins of the last thirty days and nothing else.
#[derive(Clone, Debug)]
pub(super) struct RequirementPath {
    bars: u64,
    highest: f64,
    lowest: f64,
    /// The margins of the longest lag, oldest first, the present one last.
    recent: VecDeque<f64>,
    rises: [Rise; 4],
    within_a_day: RiseWithin,
}

impl RequirementPath {
    /// A path of margins that are `period` seconds apart.
    pub(super) fn new(period: u64) -> Self {
        Self {
            bars: 0,
            highest: 0.0,
            lowest: f64::INFINITY,
            recent: VecDeque::new(),
            rises: LAGS.map(|seconds| Rise { lag: bars_in(seconds, period), largest: None }),
            within_a_day: RiseWithin::new(bars_in(DAY, period)),
        }
    }

    /// The requirement of the next bar.
    pub(super) fn record(&mut self, margin: f64) {
        self.bars = self.bars.saturating_add(1);
        self.highest = self.highest.max(margin);
        self.lowest = self.lowest.min(margin);
        self.within_a_day.record(margin);
        for rise in &mut self.rises {
            rise.record(margin, &self.recent);
        }
        let longest = self.rises.iter().map(|rise| rise.lag).max().unwrap_or(0);
        if self.recent.len() >= longest {
            self.recent.pop_front();
        }
        if longest > 0 {
            self.recent.push_back(margin);
        }
    }

    /// Bars recorded.
    pub(super) const fn bars(&self) -> u64 {
        self.bars
    }

    /// The highest margin over the lowest.
    pub(super) fn peak_to_trough(&self) -> Option<f64> {
        ratio(self.highest, self.lowest).filter(|_| self.bars > 0)
    }

    /// The largest M(t) / M(t - n), for n of an hour, a day, five days and thirty days.
    pub(super) fn largest_rises(&self) -> [Option<f64>; 4] {
        self.rises.map(|rise| rise.largest)
    }

    /// The largest M(t) / M(t - j) over all j up to a day.
    pub(super) const fn largest_rise_within_a_day(&self) -> Option<f64> {
        self.within_a_day.largest
    }
}

/// The largest rise at one lag.
#[derive(Clone, Copy, Debug)]
struct Rise {
    /// Bars; zero if the lag is shorter than a bar, and then nothing can be said.
    lag: usize,
    largest: Option<f64>,
}

impl Rise {
    /// `before` ends with the margin of the bar before this one, which is lag 1.
    fn record(&mut self, margin: f64, before: &VecDeque<f64>) {
        let earlier = before.len().checked_sub(self.lag).and_then(|index| before.get(index));
        if let Some(rise) = earlier.and_then(|earlier| ratio(margin, *earlier)) {
            self.largest = Some(self.largest.map_or(rise, |largest| largest.max(rise)));
        }
    }
}

/// The largest rise at any lag up to one. The lowest of the last margins is at the front of a queue in which every
/// margin is lower than all after it, so that one is pushed and on average one is dropped a bar.
#[derive(Clone, Debug)]
struct RiseWithin {
    lag: u64,
    bar: u64,
    ascending: VecDeque<(u64, f64)>,
    largest: Option<f64>,
}

impl RiseWithin {
    fn new(lag: usize) -> Self {
        Self { lag: u64::try_from(lag).unwrap_or(u64::MAX), bar: 0, ascending: VecDeque::new(), largest: None }
    }

    fn record(&mut self, margin: f64) {
        if self.lag == 0 {
            return;
        }
        while self.ascending.back().is_some_and(|(_, later)| *later >= margin) {
            self.ascending.pop_back();
        }
        self.ascending.push_back((self.bar, margin));
        let oldest = self.bar.saturating_sub(self.lag);
        while self.ascending.front().is_some_and(|(bar, _)| *bar < oldest) {
            self.ascending.pop_front();
        }
        if let Some(rise) = self.ascending.front().and_then(|(_, lowest)| ratio(margin, *lowest)) {
            self.largest = Some(self.largest.map_or(rise, |largest| largest.max(rise)));
        }
        self.bar = self.bar.saturating_add(1);
    }
}

/// Nothing can be said of a rise from nothing. To nine digits, which is what margins are known to: a bound that is kept
/// must not look broken by the last bit of a float.
fn ratio(margin: f64, earlier: f64) -> Option<f64> {
    (earlier > 0.0 && margin.is_finite()).then(|| to_nine_digits(margin / earlier))
}

fn to_nine_digits(ratio: f64) -> f64 {
    (ratio * 1e9).round() / 1e9
}

/// Whole bars in a time.
fn bars_in(seconds: u64, period: u64) -> usize {
    seconds.checked_div(period).and_then(|bars| usize::try_from(bars).ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::arithmetic_side_effects, reason = "small numbers")]

    use proptest::prelude::*;

    use super::*;

    fn path(period: u64, margins: &[f64]) -> RequirementPath {
        let mut path = RequirementPath::new(period);
        margins.iter().for_each(|margin| path.record(*margin));
        path
    }

    /// By definition, from all margins.
    fn largest(margins: &[f64], lags: impl Fn(usize) -> std::ops::RangeInclusive<usize>) -> Option<f64> {
        let rises = (0..margins.len()).flat_map(|t| lags(t).filter_map(move |lag| Some((t, t.checked_sub(lag)?))));
        rises.map(|(t, earlier)| margins[t] / margins[earlier]).reduce(f64::max)
    }

    #[test]
    fn an_hourly_path_by_hand() {
        let path = path(HOUR, &[0.04, 0.05, 0.03, 0.06]);
        assert_eq!(path.peak_to_trough(), Some(2.0));
        assert_eq!(path.largest_rises(), [Some(2.0), None, None, None]);
        assert_eq!(path.largest_rise_within_a_day(), Some(2.0));
        assert_eq!(path.bars(), 4);
    }

    #[test]
    fn a_lag_is_exact_and_within_is_any() {
        // Up by half at noon, back after an hour: no two bars a day apart differ, and yet margin rose within a day.
        let margins: Vec<f64> = (0..72).map(|hour| if hour % 24 == 12 { 0.06 } else { 0.04 }).collect();
        let path = path(HOUR, &margins);
        assert_eq!(path.largest_rises()[1], Some(1.0));
        assert_eq!(path.largest_rise_within_a_day(), Some(0.06 / 0.04));
    }

    #[test]
    fn lags_shorter_than_a_bar_say_nothing() {
        let path = path(DAY, &[0.04, 0.05]);
        assert_eq!(path.largest_rises(), [None, Some(1.25), None, None]);
    }

    #[test]
    fn nothing_is_said_of_nothing() {
        let none = path(HOUR, &[]);
        assert_eq!((none.peak_to_trough(), none.largest_rise_within_a_day()), (None, None));
        assert_eq!(path(HOUR, &[0.0, 0.05]).peak_to_trough(), None);
        assert_eq!(path(0, &[0.04, 0.05]).largest_rises(), [None; 4]);
    }

    #[test]
    fn memory_is_thirty_days() {
        let path = path(HOUR, &vec![0.04; 10_000]);
        assert_eq!(path.recent.len(), 720);
        assert!(path.within_a_day.ascending.len() <= 25);
    }

    proptest! {
        #[test]
        fn rises_agree_with_their_definition(
            margins in proptest::collection::vec(0.01..1.0_f64, 1..120),
            period in (1_u64..9).prop_map(|eighth| eighth * 10_800),
        ) {
            let path = path(period, &margins);
            for (found, seconds) in path.largest_rises().into_iter().zip(LAGS) {
                let lag = bars_in(seconds, period);
                let expected = if lag == 0 { None } else { largest(&margins, |_| lag..=lag) };
                prop_assert_eq!(found, expected.map(to_nine_digits));
            }
            let lag = bars_in(DAY, period);
            let within = if lag == 0 { None } else { largest(&margins, |_| 0..=lag) };
            prop_assert_eq!(path.largest_rise_within_a_day(), within.map(to_nine_digits));
        }
    }
}
