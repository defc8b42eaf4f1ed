//! Calibrations: what they refuse, and that they are the same every time.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::panic,
    reason = "tests may"
)]

use std::path::PathBuf;

use ballast_config::{Parameters, Underlying};
use ballast_sim::SimError;
use ballast_sim::calibrate::{Calibrated, Calibration};
use ballast_sim::history::Source;
use ballast_sim::span::Span;
use ballast_sim::synthetic;

const FEED: &str = "e62df6c8b4a85fe1a67db44dc12de5db330f7ac66b72dc658afedf0f4a415b43";

/// A made-up history in a file that is removed when this is dropped.
struct History(PathBuf);

impl History {
    fn of(days: usize, name: &str) -> Self {
        let file = std::env::temp_dir().join(format!("ballast-{name}-{}.csv", std::process::id()));
        std::fs::write(&file, synthetic::to_csv(&synthetic::bars(days * 24, 6))).unwrap();
        Self(file)
    }

    fn calibrate(&self, train: &str, test: &str) -> Result<Calibrated, SimError> {
        let calibration = Calibration {
            sources: vec![Source::prices(&self.0)],
            train: Span::parse(train).unwrap(),
            test: Span::parse(test).unwrap(),
            base: Underlying::with_defaults("BTC", FEED),
            largest_rise: 1.25,
        };
        calibration.run(&|| {})
    }
}

impl Drop for History {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

#[test]
fn two_runs_give_one_result_which_a_deployment_takes() {
    let history = History::of(300, "calibrated");
    let run = || history.calibrate("2020-01-01..2020-07-31", "2020-08-01..2020-10-26").unwrap();
    let (one, other) = (run(), run());
    assert_eq!(one.parameters, other.parameters);
    assert_eq!(one.value.to_bits(), other.value.to_bits());
    assert_eq!((one.train.len(), one.test.len()), (1, 1));
    assert!(one.train[0].figures.breach_rate <= 0.01 && one.train[0].figures.breach_rate > 0.008);
    assert!(one.train[0].figures.largest_rise_24h.unwrap() <= 1.25);
    assert_eq!((one.test[0].from.as_str(), one.test[0].to.as_str()), ("2020-08-01", "2020-10-26"));
    let text = Parameters { underlying: vec![one.parameters.clone()] }.to_toml().unwrap();
    let read: Parameters = toml::from_str(&text).unwrap();
    assert_eq!(read.underlying[0], one.parameters);
    read.underlying[0].terms().unwrap();
}

#[test]
fn a_span_shorter_than_the_slowest_half_life_is_refused() {
    let history = History::of(200, "short");
    match history.calibrate("2020-01-01..2020-03-01", "2020-03-02..2020-05-01") {
        Err(SimError::TrainingTooShort { days: 61, needed: 180, .. }) => {}
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_test_span_follows_the_training_span() {
    let history = History::of(300, "overlap");
    let overlapping = history.calibrate("2020-01-01..2020-07-31", "2020-07-31..2020-10-01");
    assert!(matches!(overlapping, Err(SimError::SpansOverlap)), "{overlapping:?}");
    let empty = history.calibrate("2020-01-01..2020-07-31", "2031-01-01..2031-02-01");
    assert!(matches!(empty, Err(SimError::EmptySpan { .. })), "{empty:?}");
}

#[test]
fn bars_after_training_do_not_change_what_is_fitted() {
    let long = History::of(300, "long");
    let short = History::of(240, "cut");
    let fitted = |history: &History| history.calibrate("2020-01-01..2020-07-31", "2020-08-01..2020-08-20").unwrap();
    assert_eq!(fitted(&long).parameters, fitted(&short).parameters);
}
