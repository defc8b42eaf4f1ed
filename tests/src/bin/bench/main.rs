//! What every instruction costs on chain: compute units of the artifact, in the worst states that accounts can be in.
//!
//! ```text
//! bench            prints a table
//! bench --json     prints a list of {instruction, case, positions, collaterals, cu}
//! bench --write    writes docs/compute-units.md
//! bench --check    fails when a figure is more than 3 % above that file, if the same toolchain built the artifact
//! ```

mod accounts;
mod bench;
mod insurer;
mod keeper;
mod machine;
mod market;
mod report;
mod tokens;
mod trader;

use std::process::ExitCode;

use bench::Bench;

/// What is done with the figures.
enum Mode {
    Print,
    Json,
    Write,
    Check,
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), String> {
    let mode = mode(std::env::args().skip(1))?;
    let rows = Bench::run()?;
    match mode {
        Mode::Print => print!("{}", report::table(&rows)),
        Mode::Json => print!("{}", report::json(&rows)),
        Mode::Write => report::write(&rows)?,
        Mode::Check => report::check(&rows)?,
    }
    Ok(())
}

fn mode(mut arguments: impl Iterator<Item = String>) -> Result<Mode, String> {
    let mode = match arguments.next().as_deref() {
        None => Mode::Print,
        Some("--json") => Mode::Json,
        Some("--write") => Mode::Write,
        Some("--check") => Mode::Check,
        Some(other) => return Err(format!("unknown argument `{other}`: --json, --write or --check")),
    };
    match arguments.next() {
        None => Ok(mode),
        Some(other) => Err(format!("one of --json, --write and --check at a time, not also `{other}`")),
    }
}
