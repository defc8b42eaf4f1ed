//! `ballast sim report`.

use std::path::PathBuf;

use anyhow::{Context, Result};
use ballast_sim::baselines::Reference;
use ballast_sim::report::{self, ReportTerms};
use ballast_sim::span::Span;
use clap::Args;

use super::arguments::{ParameterArguments, sources};
use super::calibrate::calibrate;
use crate::{output, progress};

/// Writes all of it as one page.
#[derive(Debug, Args)]
pub(crate) struct Report {
    /// OHLC bars as CSV, one or more files
    #[arg(long, value_name = "FILE", required = true, num_args = 1..)]
    prices: Vec<PathBuf>,
    #[command(flatten)]
    parameters: ParameterArguments,
    /// Fits the parameters on this span first: FROM..TO
    #[arg(long, value_name = "FROM..TO")]
    train: Option<String>,
    /// Span that is judged: FROM..TO
    #[arg(long, value_name = "FROM..TO", default_value = "..")]
    test: String,
    /// Traders of the synthetic book; 0 leaves it out
    #[arg(long, default_value_t = 1_000)]
    traders: usize,
    /// Seed of the book
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Where the page is written
    #[arg(long, value_name = "FILE", default_value = "report.html")]
    out: PathBuf,
    /// Prints where the page is as JSON
    #[arg(long)]
    json: bool,
}

impl Report {
    pub(crate) fn run(&self) -> Result<()> {
        let first = self.prices.first().context("a report needs at least one price file")?;
        let (parameters, calibrated) = match &self.train {
            Some(train) => {
                let calibrated = calibrate(&self.prices, train, &self.test, &self.parameters, 1.25)?;
                (calibrated.parameters.clone(), Some(calibrated))
            }
            None => (self.parameters.underlying(first, false)?, None),
        };
        let terms = ReportTerms {
            sources: sources(&self.prices)?,
            span: Span::parse(&self.test)?,
            parameters,
            reference: Reference::STANDARD,
            calibrated,
            seed: self.seed,
            traders: self.traders,
            made_with: std::env::args().skip(1).fold("ballast".to_owned(), |line, word| format!("{line} {word}")),
        };
        let spinner = progress::spinner();
        let page = report::page(&terms, &|step| spinner.set_message(step.to_owned()))?;
        spinner.finish_and_clear();
        std::fs::write(&self.out, page).with_context(|| format!("cannot write {}", self.out.display()))?;
        if self.json {
            output::json(&serde_json::json!({ "page": self.out }))
        } else {
            output::line(&format!("the page is {}", self.out.display()))
        }
    }
}
