//! The command line of Ballast: risk on history (`ballast sim`) and risk on chain (`ballast risk`).

mod output;
mod progress;
mod risk;
mod sim;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// A clearing house for derivatives whose margin follows measured risk, on a ramp that everybody can see.
#[derive(Debug, Parser)]
#[command(name = "ballast", version, about, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs history through the clearing house's own code.
    #[command(subcommand)]
    Sim(sim::Sim),
    /// Reads risk off a board on chain.
    #[command(subcommand)]
    Risk(risk::Risk),
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let of = |cause: &(dyn std::error::Error + 'static)| {
        let io = cause.downcast_ref::<std::io::Error>().map(std::io::Error::kind);
        io.or_else(|| cause.downcast_ref::<serde_json::Error>().and_then(serde_json::Error::io_error_kind))
    };
    error.chain().any(|cause| of(cause) == Some(std::io::ErrorKind::BrokenPipe))
}

fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Sim(command) => command.run(),
        Command::Risk(command) => command.run(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        // whoever reads has read enough
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("ballast: {error:#}");
            ExitCode::FAILURE
        }
    }
}
