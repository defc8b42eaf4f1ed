//! The commands that build and run what the other crates define.

use crate::{
    command::{Failure, Outcome, installed, run},
    sbf,
    workspace::Workspace,
};

/// Builds the program that is deployed.
pub(crate) fn build(workspace: &Workspace) -> Outcome {
    sbf::build(workspace, &sbf::BALLAST)
}

/// Runs every test of the workspace on the artifact that ships, after the toolchain's own program is built too:
/// `tests/tests/toolchain.rs` compares its arithmetic with the host's.
pub(crate) fn test(workspace: &Workspace, arguments: &[String]) -> Outcome {
    build(workspace)?;
    sbf::build(workspace, &sbf::DIFFERENTIAL)?;
    let cargo = |words: &[&str]| {
        let mut command = workspace.cargo();
        command.args(words).args(["--locked", "--workspace"]).args(arguments).env("SBF_OUT_DIR", workspace.deploy());
        command
    };
    if installed("cargo-nextest") {
        run(&mut cargo(&["nextest", "run"]))?;
        // nextest does not run the examples in documentation.
        run(&mut cargo(&["test", "--doc"]))
    } else {
        run(&mut cargo(&["test"]))
    }
}

/// Builds the toolchain's own program and compares it with the host.
pub(crate) fn toolchain(workspace: &Workspace) -> Outcome {
    sbf::build(workspace, &sbf::DIFFERENTIAL)?;
    run(workspace
        .cargo()
        .args(["test", "--locked", "-p", "ballast-tests", "--test", "toolchain"])
        .env("SBF_OUT_DIR", workspace.deploy()))
}

/// Runs the demonstration; its arguments are its own.
pub(crate) fn demo(workspace: &Workspace, arguments: &[String]) -> Outcome {
    build(workspace)?;
    build_tools(workspace)?;
    run_tool(workspace, "target/debug/examples/demo", arguments)
}

/// Measures what every instruction costs on chain; the benchmark's arguments are its own. Without arguments it measures
/// the simulator's speed too, which no check may depend on.
pub(crate) fn bench(workspace: &Workspace, arguments: &[String]) -> Outcome {
    build(workspace)?;
    build_tools(workspace)?;
    run_tool(workspace, "target/debug/bench", arguments)?;
    if arguments.is_empty() { run_tool(workspace, "target/debug/examples/speed", &[]) } else { Ok(()) }
}

/// Does random things to the artifact and checks everything that must hold; the fuzzer's arguments are its own.
pub(crate) fn fuzz(workspace: &Workspace, arguments: &[String]) -> Outcome {
    build(workspace)?;
    build_tools(workspace)?;
    run_tool(workspace, "target/debug/fuzz", arguments)
}

/// Runs the simulator's commands as the README shows them, on a history that it makes up.
pub(crate) fn sim(workspace: &Workspace) -> Outcome {
    build_tools(workspace)?;
    let folder = workspace.path("target/sim");
    std::fs::create_dir_all(&folder).map_err(|error| Failure::at(&folder, &error))?;
    for command in SIM {
        let words: Vec<String> = ["sim"].into_iter().chain(command.split(' ')).map(str::to_owned).collect();
        run_tool(workspace, "target/debug/ballast", &words)?;
    }
    Ok(())
}

/// A year and a half of a made-up market through every command of the simulator.
const SIM: [&str; 5] = [
    "generate --out target/sim/MADE_1h.csv --days 550",
    "backtest --prices target/sim/MADE_1h.csv --from 2020-07-01 --traders 200",
    "replay --prices target/sim/MADE_1h.csv --to 2020-03-31 --traders 200",
    "calibrate --prices target/sim/MADE_1h.csv --train 2020-01-01..2020-12-31 --test 2021-01-01..2021-06-30 --out \
     target/sim/made.toml",
    "report --prices target/sim/MADE_1h.csv --params target/sim/made.toml --test 2021-01-01..2021-06-30 --traders 100 \
     --out target/sim/report.html",
];

/// What is built beside the tests.
const TOOLS: [&str; 13] = [
    "build",
    "--locked",
    "--workspace",
    "--bin",
    "bench",
    "--bin",
    "ballast",
    "--bin",
    "fuzz",
    "--example",
    "demo",
    "--example",
    "speed",
];

/// Builds demonstration, benchmarks and command line for the whole workspace at once: selected alone, each would choose other features
/// of its dependencies than the tests do, and the validator would be compiled a second and a third time.
fn build_tools(workspace: &Workspace) -> Outcome {
    run(workspace.cargo().args(TOOLS))
}

fn run_tool(workspace: &Workspace, tool: &str, arguments: &[String]) -> Outcome {
    let mut command = std::process::Command::new(workspace.path(tool));
    run(command.args(arguments).env("SBF_OUT_DIR", workspace.deploy()))
}
