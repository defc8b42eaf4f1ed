//! What the demonstration is told on its command line.

use std::path::PathBuf;

use chrono::NaiveDate;
use clap::Parser;

/// A week of a clearing house on a local validator: leveraged traders, a crash, and a keeper.
#[derive(Parser, Debug, Clone)]
#[command(name = "cargo xtask demo", version)]
pub struct Args {
    /// Hourly prices to replay: a CSV file with the columns timestamp, open, high, low, close. A synthetic path without it
    #[arg(long, value_name = "FILE")]
    pub prices: Option<PathBuf>,
    /// First day of the file to replay, as 2020-03-09
    #[arg(long, value_name = "DATE", requires = "prices")]
    pub from: Option<NaiveDate>,
    /// Day after the last, as 2020-03-16
    #[arg(long, value_name = "DATE", requires = "prices")]
    pub to: Option<NaiveDate>,
    /// Seed of the traders, of the synthetic path, and of SOL's
    #[arg(long, default_value_t = 7)]
    pub seed: u64,
    /// Traders beside the market maker and the keeper
    #[arg(long, default_value_t = 40, value_parser = clap::value_parser!(u16).range(1..=400))]
    pub traders: u16,
    /// Print the summary as JSON, and nothing else
    #[arg(long)]
    pub json: bool,
    /// The deployment configuration
    #[arg(long, value_name = "FILE", default_value_os_t = workspace().join("migrations/localnet.toml"))]
    pub config: PathBuf,
    /// Where the report goes
    #[arg(long, value_name = "FILE", default_value_os_t = workspace().join("target/demo/report.html"))]
    pub report: PathBuf,
}

/// Root of the repository.
pub fn workspace() -> PathBuf {
    let root = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
    root.canonicalize().unwrap_or(root)
}
