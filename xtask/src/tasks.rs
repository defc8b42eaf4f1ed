//! The commands that build and run what the other crates define.

use crate::{
    command::{Outcome, installed, run},
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

/// Measures what every instruction costs on chain; the benchmark's arguments are its own.
pub(crate) fn bench(workspace: &Workspace, arguments: &[String]) -> Outcome {
    build(workspace)?;
    build_tools(workspace)?;
    run_tool(workspace, "target/debug/bench", arguments)
}

/// Builds demonstration and benchmark for the whole workspace at once: selected alone, each would choose other features
/// of its dependencies than the tests do, and the validator would be compiled a second and a third time.
fn build_tools(workspace: &Workspace) -> Outcome {
    run(workspace.cargo().args(["build", "--locked", "--workspace", "--bin", "bench", "--example", "demo"]))
}

fn run_tool(workspace: &Workspace, tool: &str, arguments: &[String]) -> Outcome {
    let mut command = std::process::Command::new(workspace.path(tool));
    run(command.args(arguments).env("SBF_OUT_DIR", workspace.deploy()))
}
