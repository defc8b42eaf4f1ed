//! `ballast sim replay`.

use anyhow::Result;
use ballast_config::Underlying;
use ballast_sim::history::Source;
use ballast_sim::replay::{self, Replayed};
use ballast_sim::span::Span;
use clap::Args;

use super::arguments::{HistoryArguments, ParameterArguments};
use crate::output::{self, dollars, percent};
use crate::progress;

/// Plays a market of many traders on a history.
#[derive(Debug, Args)]
pub(crate) struct Replay {
    #[command(flatten)]
    history: HistoryArguments,
    #[command(flatten)]
    parameters: ParameterArguments,
    #[command(flatten)]
    book: BookArguments,
    /// Prints JSON
    #[arg(long)]
    json: bool,
}

/// The synthetic book.
#[derive(Clone, Debug, Args)]
pub(crate) struct BookArguments {
    /// Traders at any time
    #[arg(long, default_value_t = 1_000)]
    traders: usize,
    /// Seed of the book: the same seed, the same figures
    #[arg(long, default_value_t = 1)]
    pub(super) seed: u64,
    /// Liquidations do not move the price
    #[arg(long)]
    no_impact: bool,
    /// USD that trades within 1 %, per side, where the history has no depth
    #[arg(long, default_value_t = 20_000_000.0, value_name = "USD")]
    depth_usd: f64,
    /// Cash of the insurance fund
    #[arg(long, default_value_t = 1_000_000.0, value_name = "USD")]
    insurance: f64,
}

impl BookArguments {
    /// Plays the book; nothing without traders.
    pub(super) fn replay(&self, source: Source, span: Span, underlying: &Underlying) -> Result<Option<Replayed>> {
        if self.traders == 0 {
            return Ok(None);
        }
        let bar = progress::bar(source.bars_about(), "playing");
        let replay = replay::Replay {
            source,
            span,
            terms: underlying.terms()?,
            traders: self.traders,
            seed: self.seed,
            impact: !self.no_impact,
            depth: self.depth_usd,
            insurance: self.insurance,
        };
        let replayed = replay.run(&mut |_, _| bar.inc(1))?;
        bar.finish_and_clear();
        Ok(Some(replayed))
    }
}

impl Replay {
    pub(crate) fn run(&self) -> Result<()> {
        let source = self.history.source();
        let underlying = self.parameters.underlying(&source.prices, source.index.is_some())?;
        let replayed = self.book.replay(source, self.history.span()?, &underlying)?;
        let Some(replayed) = replayed else { anyhow::bail!("a replay needs traders: --traders 1000") };
        if self.json { output::json(&replayed) } else { print(&replayed) }
    }
}

/// Prints what a replay counted.
pub(super) fn print(replayed: &Replayed) -> Result<()> {
    let rows = [
        ("traders", replayed.traders.to_string()),
        ("bars", replayed.bars.to_string()),
        ("positions opened", format!("{} ({})", replayed.opened, dollars(replayed.notional_opened))),
        ("margin calls", format!("{} ({} closed again)", replayed.calls, replayed.calls_closed)),
        ("collateral called", dollars(replayed.collateral_called)),
        ("topped up from reserves", dollars(replayed.topped_up)),
        ("deposited in answer", dollars(replayed.answered)),
        ("liquidations", replayed.liquidations.to_string()),
        ("  called at an earlier bar", replayed.called_before.to_string()),
        ("  by the ramp alone", replayed.by_ramp_alone.to_string()),
        ("  unnecessary (sound 4 h and 24 h later)", replayed.unnecessary.to_string()),
        ("  notional", dollars(replayed.notional_liquidated)),
        ("  fees", dollars(replayed.liquidation_fees)),
        ("  most in a bar", replayed.most_liquidations_in_a_bar.to_string()),
        ("  furthest move of the price", percent(replayed.largest_impact)),
        ("insolvent accounts", replayed.insolvent.to_string()),
        ("bad debt", dollars(replayed.bad_debt)),
        ("  by insurance", dollars(replayed.by_insurance)),
        ("  by the other side", dollars(replayed.by_index)),
        ("  open", dollars(replayed.deficit)),
    ];
    output::table(&rows.map(|(name, value)| vec![name.to_owned(), value]))
}
