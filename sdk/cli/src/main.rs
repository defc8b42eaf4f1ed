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

fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Sim(command) => command.run(),
        Command::Risk(command) => command.run(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("ballast: {error:#}");
            ExitCode::FAILURE
        }
    }
}
