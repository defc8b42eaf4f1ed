//! `ballast risk`: what a board on chain says about risk.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use ballast_client::read;
use ballast_core::model::{Breaches, Coverage};
use ballast_core::state::{Board, UnderlyingRow};
use ballast_core::units::Scan;
use ballast_sim::numbers::{fraction, real, signed_real};
use ballast_sim::statistics::kupiec;
use ballast_sim::tally::PROMISED_RATE;
use clap::{Args, Subcommand};
use serde::Serialize;
use solana_rpc_client::rpc_client::RpcClient;

use crate::output::{self, change, percent, probability};

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Risk {
    /// How often the market moved further than the requirement, counted on chain, with Kupiec's test.
    Coverage(BoardArguments),
}

impl Risk {
    pub(crate) fn run(&self) -> Result<()> {
        match self {
            Self::Coverage(arguments) => coverage(arguments),
        }
    }
}

/// Which board.
#[derive(Debug, Args)]
pub(crate) struct BoardArguments {
    /// Address of the board
    #[arg(long, value_name = "ADDRESS", required_unless_present = "file")]
    board: Option<String>,
    /// JSON-RPC of a node
    #[arg(long, default_value = "http://127.0.0.1:8899", value_name = "URL")]
    url: String,
    /// The board's account data in a file, instead of a node
    #[arg(long, value_name = "FILE", conflicts_with = "board")]
    file: Option<PathBuf>,
    /// Prints JSON
    #[arg(long)]
    json: bool,
}

impl BoardArguments {
    fn read(&self) -> Result<Board> {
        let data = match (&self.file, &self.board) {
            (Some(file), _) => std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?,
            (None, Some(address)) => {
                let address = address.parse().ok().with_context(|| format!("`{address}` is not an address"))?;
                RpcClient::new(self.url.clone())
                    .get_account_data(&address)
                    .with_context(|| format!("cannot read {address} from {}", self.url))?
            }
            (None, None) => bail!("name a board: --board ADDRESS, or --file FILE"),
        };
        read::account::<Board>(&data).context("this is no board")
    }
}

/// Coverage of one range.
#[derive(Debug, Serialize)]
struct Tested {
    windows: u64,
    breaches_up: u64,
    breaches_down: u64,
    breaches: u64,
    breach_rate: f64,
    kupiec_p: f64,
}

/// Coverage of one underlying.
#[derive(Debug, Serialize)]
struct OfUnderlying {
    underlying: usize,
    target_range: f64,
    effective: Tested,
    target: Tested,
    while_lagging: Tested,
    correction_of_k: f64,
}

fn tested(windows: u64, breaches: &Breaches) -> Tested {
    Tested {
        windows,
        breaches_up: breaches.up,
        breaches_down: breaches.down,
        breaches: breaches.either,
        breach_rate: if windows == 0 { 0.0 } else { real(breaches.either) / real(windows) },
        kupiec_p: kupiec(breaches.either, windows, PROMISED_RATE).p_value,
    }
}

fn of(underlying: usize, row: &UnderlyingRow) -> OfUnderlying {
    let Coverage { windows, effective, target, lagging_windows, lagging, correction, .. } = row.coverage;
    OfUnderlying {
        underlying,
        target_range: fraction(Scan(row.ramp.target.0)),
        effective: tested(windows, &effective),
        target: tested(windows, &target),
        while_lagging: tested(lagging_windows, &lagging),
        correction_of_k: signed_real(correction.0) / 1e9,
    }
}

fn coverage(arguments: &BoardArguments) -> Result<()> {
    let board = arguments.read()?;
    let rows = board.underlyings.iter().enumerate().filter(|(_, row)| row.oracle.is_some());
    let found: Vec<OfUnderlying> = rows.map(|(place, row)| of(place, row)).collect();
    if arguments.json {
        return output::json(&found);
    }
    let header = ["underlying", "range", "windows", "up", "down", "breaches", "rate", "Kupiec p"];
    let mut lines = vec![header.map(str::to_owned).to_vec()];
    for one in &found {
        for (range, tested) in
            [("effective", &one.effective), ("target", &one.target), ("while lagging", &one.while_lagging)]
        {
            lines.push(vec![
                one.underlying.to_string(),
                range.to_owned(),
                tested.windows.to_string(),
                tested.breaches_up.to_string(),
                tested.breaches_down.to_string(),
                tested.breaches.to_string(),
                percent(tested.breach_rate),
                probability(tested.kupiec_p),
            ]);
        }
    }
    output::table(&lines)?;
    for one in &found {
        output::line(&format!(
            "underlying {}: the model asks for {} now; coverage has changed k by {}",
            one.underlying,
            percent(one.target_range),
            change(one.correction_of_k)
        ))?;
    }
    output::line("promised: 1 % of windows, either side; a p below 0.05 says that the rate is another one")
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests may panic")]
mod tests {
    use ballast_core::units::Key;
    use bytemuck::Zeroable;

    use super::*;

    #[test]
    fn coverage_is_read_off_the_boards_rows() {
        let mut board = Box::new(Board::zeroed());
        board.underlyings[3].oracle = Key([1; 32]);
        board.underlyings[3].coverage.windows = 8_760;
        board.underlyings[3].coverage.effective = Breaches { up: 30, down: 58, either: 88 };
        let file = std::env::temp_dir().join(format!("ballast-board-{}.bin", std::process::id()));
        std::fs::write(&file, read::data_of(&*board)).unwrap();
        let arguments = BoardArguments { board: None, url: String::new(), file: Some(file.clone()), json: true };
        let read = arguments.read().unwrap();
        std::fs::remove_file(file).unwrap();
        let one = of(3, &read.underlyings[3]);
        assert_eq!((one.effective.windows, one.effective.breaches, one.effective.breaches_down), (8_760, 88, 58));
        assert!(one.effective.kupiec_p > 0.9, "88 of 8,760 is what was promised");
        assert!(coverage(&BoardArguments { file: None, ..arguments }).is_err());
    }
}
