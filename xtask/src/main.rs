//! Builds, tests and checks Ballast. `cargo xtask help` lists the commands.

mod cache;
mod ci;
mod command;
mod idl;
mod sbf;
mod tasks;
mod workspace;

use std::process::ExitCode;

use command::{Failure, Outcome};
use workspace::Workspace;

const USAGE: &str = "\
Usage: cargo xtask COMMAND [ARGUMENTS]

  build            the program, as target/deploy/ballast.so
  test [ARGS]      build, then every test; arguments go to cargo nextest or cargo test
  demo [ARGS]      build, then the demonstration; arguments go to it
  bench [--json]   build, then the compute units of every instruction; arguments go to the benchmark. Without any, the
                   simulator's speed too
  fuzz [ARGS]      build, then random operations on the program, all invariants checked after each: --seconds N, --seed S,
                   --json, --coverage, --replay FILE_OR_FOLDER, --collect FOLDER
  sim              every command of the simulator on a made-up history, into target/sim
  idl [--check]    idl/ballast.json from the program; with --check, fail if the file is out of date
  toolchain        the compiler for the chain and its differential test alone
  ci               everything that has to pass before a change is merged, with the time each step took
  help             this text
";

fn main() -> ExitCode {
    match dispatch(std::env::args().skip(1).collect()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("xtask: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(mut arguments: Vec<String>) -> Outcome {
    if arguments.is_empty() {
        return Err(Failure::new(format!("no command given\n\n{USAGE}")));
    }
    let command = arguments.remove(0);
    let workspace = Workspace::find()?;
    if matches!(command.as_str(), "help" | "--help" | "-h") {
        print!("{USAGE}");
        return Ok(());
    }
    let _claim = cache::claim(&workspace)?;
    match command.as_str() {
        "build" => takes_none(&command, &arguments).and_then(|()| tasks::build(&workspace)),
        "test" => tasks::test(&workspace, &arguments),
        "toolchain" => takes_none(&command, &arguments).and_then(|()| tasks::toolchain(&workspace)),
        "bench" => tasks::bench(&workspace, &arguments),
        "fuzz" => tasks::fuzz(&workspace, &arguments),
        "sim" => takes_none(&command, &arguments).and_then(|()| tasks::sim(&workspace)),
        "idl" => idl::idl(&workspace, &arguments),
        "ci" => takes_none(&command, &arguments).and_then(|()| ci::ci(&workspace)),
        "demo" => tasks::demo(&workspace, &arguments),
        unknown => Err(Failure::new(format!("no such command: {unknown}\n\n{USAGE}"))),
    }
}

fn takes_none(command: &str, arguments: &[String]) -> Outcome {
    match arguments {
        [] => Ok(()),
        [first, ..] => Err(Failure::new(format!("{command} takes no {first:?}"))),
    }
}
