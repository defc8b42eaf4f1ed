//! `ballast sim generate`.

use std::path::PathBuf;

use anyhow::{Context, Result};
use ballast_sim::synthetic;
use clap::Args;

use crate::output;

/// Writes a made-up history, to try the other commands on.
#[derive(Debug, Args)]
pub(crate) struct Generate {
    /// Where the bars are written
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Days of hourly bars, from 2020-01-01
    #[arg(long, default_value_t = 1_096)]
    days: usize,
    /// Seed: the same seed, the same history
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Prints what was written as JSON
    #[arg(long)]
    json: bool,
}

impl Generate {
    pub(crate) fn run(&self) -> Result<()> {
        let bars = synthetic::bars(self.days.saturating_mul(24), self.seed);
        std::fs::write(&self.out, synthetic::to_csv(&bars))
            .with_context(|| format!("cannot write {}", self.out.display()))?;
        if self.json {
            return output::json(&serde_json::json!({ "file": self.out, "bars": bars.len(), "seed": self.seed }));
        }
        output::line(&format!("{} bars are in {}", bars.len(), self.out.display()))
    }
}
