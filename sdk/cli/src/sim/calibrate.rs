//! `ballast sim calibrate`.

use std::path::PathBuf;

use anyhow::{Context, Result};
use ballast_config::Parameters;
use ballast_sim::calibrate::{Calibrated, Calibration, Judgement};
use ballast_sim::span::Span;
use clap::Args;
use serde::Serialize;

use super::arguments::{ParameterArguments, sources};
use crate::output::{self, change, percent, probability, times};
use crate::progress;

/// Fits parameters on one span and judges them on a later one.
#[derive(Debug, Args)]
pub(crate) struct Calibrate {
    /// OHLC bars as CSV, one or more files; the parameters are common to all
    #[arg(long, value_name = "FILE", required = true, num_args = 1..)]
    prices: Vec<PathBuf>,
    /// Span to fit on: FROM..TO
    #[arg(long, value_name = "FROM..TO")]
    train: String,
    /// Later span to judge on: FROM..TO
    #[arg(long, value_name = "FROM..TO")]
    test: String,
    #[command(flatten)]
    parameters: ParameterArguments,
    /// Largest rise of the requirement within a day, as a ratio
    #[arg(long, default_value_t = 1.25)]
    largest_rise: f64,
    /// Writes the fitted parameters as TOML, which a deployment takes as it is
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// For symmetry with the other commands: a calibration draws nothing
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Prints JSON
    #[arg(long)]
    json: bool,
}

/// What is printed.
#[derive(Serialize)]
struct Output<'a> {
    #[serde(flatten)]
    calibrated: &'a Calibrated,
    seed: u64,
}

impl Calibrate {
    pub(crate) fn run(&self) -> Result<()> {
        let calibrated = self.calibrated()?;
        if let Some(file) = &self.out {
            let text = Parameters { underlying: vec![calibrated.parameters.clone()] }.to_toml()?;
            std::fs::write(file, text).with_context(|| format!("cannot write {}", file.display()))?;
        }
        if self.json { output::json(&Output { calibrated: &calibrated, seed: self.seed }) } else { print(&calibrated) }
    }

    fn calibrated(&self) -> Result<Calibrated> {
        calibrate(&self.prices, &self.train, &self.test, &self.parameters, self.largest_rise)
    }
}

/// Fits and judges, with a progress bar.
pub(super) fn calibrate(
    prices: &[PathBuf],
    train: &str,
    test: &str,
    parameters: &ParameterArguments,
    largest_rise: f64,
) -> Result<Calibrated> {
    let first = prices.first().context("a calibration needs at least one price file")?;
    let calibration = Calibration {
        sources: sources(prices)?,
        train: Span::parse(train)?,
        test: Span::parse(test)?,
        base: parameters.underlying(first, false)?,
        largest_rise,
    };
    let bar = progress::bar(Calibration::expected_runs(), "fitting");
    let calibrated = calibration.run(&|| bar.inc(1))?;
    bar.finish_and_clear();
    Ok(calibrated)
}

fn print(calibrated: &Calibrated) -> Result<()> {
    output::line(&format!("objective: {}", calibrated.objective))?;
    output::line(&format!("{} parameter sets; value {}", calibrated.runs, change(calibrated.value)))?;
    let header = ["", "breaches", "Kupiec p", "margin", "hindsight", "training constant", "24 h"];
    let mut rows = vec![header.map(str::to_owned).to_vec()];
    for (span, judgements) in [("train", &calibrated.train), ("test", &calibrated.test)] {
        rows.extend(judgements.iter().map(|judgement| row(span, judgement)));
    }
    output::table(&rows)?;
    let parameters = Parameters { underlying: vec![calibrated.parameters.clone()] };
    output::line(&format!("\n{}", parameters.to_toml()?.trim_end()))
}

fn row(span: &str, judgement: &Judgement) -> Vec<String> {
    let figures = &judgement.figures;
    vec![
        format!("{span} {}, {} to {}", judgement.file, judgement.from, judgement.to),
        percent(figures.breach_rate),
        probability(figures.kupiec_p),
        percent(figures.average_margin),
        change(judgement.against_hindsight),
        change(judgement.against_training_constant),
        times(figures.largest_rise_24h),
    ]
}
