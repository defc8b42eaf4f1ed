//! `ballast sim backtest`.

use anyhow::Result;
use ballast_config::Underlying;
use ballast_sim::backtest::{self, Backtested, FittedOn};
use ballast_sim::baselines::Reference;
use ballast_sim::replay::Replayed;
use ballast_sim::span;
use ballast_sim::tally::Figures;
use clap::Args;
use serde::Serialize;

use super::arguments::{HistoryArguments, ParameterArguments};
use super::replay::BookArguments;
use crate::output::{self, change, percent, probability, times};
use crate::progress;

/// Tests the requirement on a history, beside what other venues do.
#[derive(Debug, Args)]
pub(crate) struct Backtest {
    #[command(flatten)]
    history: HistoryArguments,
    #[command(flatten)]
    parameters: ParameterArguments,
    /// Time over which margin is to hold, a whole number of bars: 1h, 4h, 1d
    #[arg(long, default_value = "1h")]
    horizon: String,
    #[command(flatten)]
    book: BookArguments,
    /// Prints JSON
    #[arg(long)]
    json: bool,
}

/// What is printed.
#[derive(Serialize)]
struct Output {
    #[serde(flatten)]
    backtested: Backtested,
    horizon: u64,
    seed: u64,
    /// The book's fate; none with `--traders 0`.
    #[serde(skip_serializing_if = "Option::is_none")]
    book: Option<Replayed>,
    parameters: Underlying,
}

impl Backtest {
    pub(crate) fn run(&self) -> Result<()> {
        let source = self.history.source();
        let underlying = self.parameters.underlying(&source.prices, source.index.is_some())?;
        let horizon = span::duration(&self.horizon)?;
        let bar = progress::bar(source.bars_about(), "testing");
        let backtest = backtest::Backtest {
            source: source.clone(),
            span: self.history.span()?,
            terms: underlying.terms()?,
            horizon,
            reference: Reference::STANDARD,
        };
        let backtested = backtest.run(&mut |_, _, _| bar.inc(1))?;
        bar.finish_and_clear();
        let book = self.book.replay(source, backtest.span, &underlying)?;
        let output = Output { backtested, horizon, seed: self.book.seed, book, parameters: underlying };
        if self.json { output::json(&output) } else { print(&output) }
    }
}

fn print(output: &Output) -> Result<()> {
    let tested = &output.backtested;
    let figures = &tested.figures;
    output::line(&format!("{}, {} to {}, {} windows", tested.file, tested.from, tested.to, figures.windows))?;
    let quality = &tested.quality;
    if quality.gaps > 0 || quality.duplicates > 0 || quality.zero_volume > 0 {
        output::line(&format!(
            "history: {} gaps ({} bars missing; the next return spans them), {} repeated bars dropped, {} without volume",
            quality.gaps, quality.missing_bars, quality.duplicates, quality.zero_volume
        ))?;
    }
    let header = ["", "margin", "breaches", "up", "down", "Kupiec p", "alone p", "Basel", "shortfall", "worst", "24 h"];
    let mut rows = vec![header.map(str::to_owned).to_vec()];
    rows.push(row("Ballast", figures));
    rows.extend(tested.baselines.iter().map(|(name, figures)| row(name, figures)));
    output::table(&rows)?;
    let hindsight = figures.average_margin / figures.constant_margin_same_coverage - 1.0;
    output::line(&format!(
        "average margin {} against the constant of equal breaches in hindsight ({}), {} against the fitted constant ({})",
        change(hindsight),
        percent(figures.constant_margin_same_coverage),
        change(figures.average_margin / tested.scales.constant - 1.0),
        percent(tested.scales.constant),
    ))?;
    output::line(match tested.baselines_fitted_on {
        FittedOn::BarsBefore => "constant and ewma baselines are fitted to 1 % breaches on the bars before the span",
        FittedOn::JudgedBars => {
            "constant and ewma baselines are fitted to 1 % breaches on the judged bars: in hindsight"
        }
    })?;
    match &output.book {
        Some(book) => super::replay::print(book),
        None => Ok(()),
    }
}

fn row(name: &str, figures: &Figures) -> Vec<String> {
    vec![
        name.to_owned(),
        percent(figures.average_margin),
        percent(figures.breach_rate),
        figures.breaches_up.to_string(),
        figures.breaches_down.to_string(),
        probability(figures.kupiec_p),
        probability(figures.christoffersen_p),
        format!("{:?}", figures.basel).to_lowercase(),
        format!("{:.2}", figures.total_shortfall),
        percent(figures.worst_shortfall),
        times(figures.largest_rise_24h),
    ]
}
