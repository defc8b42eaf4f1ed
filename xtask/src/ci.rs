//! Everything that has to pass before a change is merged, in the order of the time that a failure costs.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use crate::{
    command::{Outcome, run},
    idl::idl,
    tasks,
    workspace::Workspace,
};

/// A demonstration with fewer traders takes every step that the full one does.
const SHORT_DEMO: [&str; 2] = ["--traders", "12"];

type Step = (&'static str, fn(&Workspace) -> Outcome);

/// A minute of fuzzing that is the same every time, but for how far it gets.
const FIXED_FUZZ: [&str; 5] = ["--seconds", "60", "--seed", "4", "--json"];
/// A minute with a seed of its own, which the fuzzer prints.
const FRESH_FUZZ: [&str; 3] = ["--seconds", "60", "--json"];

const STEPS: [Step; 10] = [
    ("format", format),
    ("lint", lint),
    ("build", tasks::build),
    ("test", |workspace| tasks::test(workspace, &[])),
    ("interface", |workspace| idl(workspace, &["--check".to_owned()])),
    // Fails when an instruction got more expensive than docs/compute-units.md allows.
    ("compute units", |workspace| tasks::bench(workspace, &["--check".to_owned()])),
    ("fuzz, known", |workspace| tasks::fuzz(workspace, &FIXED_FUZZ.map(str::to_owned))),
    ("fuzz, fresh", |workspace| tasks::fuzz(workspace, &FRESH_FUZZ.map(str::to_owned))),
    ("simulator", tasks::sim),
    ("demonstration", |workspace| tasks::demo(workspace, &SHORT_DEMO.map(str::to_owned))),
];

/// Runs all steps, stops at the first failure, and says in either case how long each took.
pub(crate) fn ci(workspace: &Workspace) -> Outcome {
    let mut taken = Vec::new();
    let mut outcome = Ok(());
    for (name, step) in STEPS {
        eprintln!("ci: {name}");
        let start = Instant::now();
        outcome = step(workspace);
        taken.push((name, start.elapsed()));
        if outcome.is_err() {
            break;
        }
    }
    eprint!("{}", report(&taken, outcome.is_ok()));
    outcome
}

/// One line a step; the last one failed unless all passed.
fn report(taken: &[(&str, Duration)], passed: bool) -> String {
    let mut lines = String::new();
    for (index, (name, time)) in taken.iter().enumerate() {
        let last = index.saturating_add(1) == taken.len();
        let verdict = if passed || !last { "passed" } else { "FAILED" };
        lines.push_str(&format!("ci: {name:<14} {:>7.1} s  {verdict}\n", time.as_secs_f64()));
    }
    lines
}

fn format(workspace: &Workspace) -> Outcome {
    run(workspace.cargo().args(["fmt", "--all", "--check"]))?;
    // A workspace of its own, which `--all` does not reach.
    run(workspace.cargo().args(["fmt", "--check", "--manifest-path", "xtask/sbf/differential/Cargo.toml"]))
}

/// What `cargo clippy` does, as a build: checking alone would compile the validator a second time, as metadata.
fn lint(workspace: &Workspace) -> Outcome {
    let mut cargo = workspace.cargo();
    let driver = Path::new(cargo.get_program()).with_file_name("clippy-driver");
    run(cargo
        .args(["build", "--locked", "--workspace", "--all-targets"])
        .env("RUSTC_WORKSPACE_WRAPPER", driver)
        .env("CLIPPY_ARGS", "-Dwarnings__CLIPPY_HACKERY__"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_report_names_the_step_that_failed() {
        let taken = [("lint", Duration::from_millis(1_500)), ("test", Duration::from_secs(60))];
        assert_eq!(
            report(&taken, false),
            "ci: lint               1.5 s  passed\nci: test              60.0 s  FAILED\n"
        );
    }
}
