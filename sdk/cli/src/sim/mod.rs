//! `ballast sim`: history through the clearing house's own code.

mod arguments;
mod backtest;
mod calibrate;
mod generate;
mod replay;
mod report;

use anyhow::Result;
use clap::Subcommand;

/// The simulator's commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Sim {
    /// Tests the requirement on a history, beside what other venues do.
    Backtest(backtest::Backtest),
    /// Plays a market of many traders on a history: calls, top-ups, liquidations, insurance.
    Replay(replay::Replay),
    /// Fits parameters on one span and judges them on a later one.
    Calibrate(calibrate::Calibrate),
    /// Writes all of it as one page.
    Report(report::Report),
    /// Writes a made-up history, to try the other commands on.
    Generate(generate::Generate),
}

impl Sim {
    pub(crate) fn run(&self) -> Result<()> {
        match self {
            Self::Backtest(command) => command.run(),
            Self::Replay(command) => command.run(),
            Self::Calibrate(command) => command.run(),
            Self::Report(command) => command.run(),
            Self::Generate(command) => command.run(),
        }
    }
}
