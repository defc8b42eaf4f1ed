//! Random people do random things to the artifact, and after each everything that must hold is checked.
//!
//! ```text
//! fuzz --seconds N [--seed S] [--case C] [--json] [--coverage]
//! fuzz --replay FILE_OR_FOLDER
//! fuzz --collect FOLDER --seconds N [--seed S]
//! ```

mod books;
mod bounds;
mod consent;
mod corpus;
mod draw;
mod effects;
mod funds;
mod interface;
mod listing;
mod market;
mod operations;
mod outcome;
mod people;
mod reached;
mod run;
mod shrink;
mod step;
mod world;

use std::collections::BTreeSet;
use std::hash::{BuildHasher, RandomState};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use serde::Serialize;

use crate::run::{Failed, Tally};
use crate::shrink::Seen;
use crate::world::World;

/// Time that one failure is shrunk for.
const SHRINK: Duration = Duration::from_secs(60);

/// What is asked for.
#[derive(Default)]
struct Arguments {
    seconds: u64,
    seed: Option<u64>,
    case: u64,
    json: bool,
    coverage: bool,
    replay: Option<PathBuf>,
    collect: Option<PathBuf>,
}

/// What a run prints for machines.
#[derive(Serialize)]
struct Summary {
    steps: u64,
    accepted: u64,
    seconds: f64,
    failures: usize,
    seed: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    coverage: Option<serde_json::Value>,
}

fn main() -> ExitCode {
    match start() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("fuzz: {error}");
            ExitCode::FAILURE
        }
    }
}

fn start() -> Result<bool, String> {
    let arguments = arguments(std::env::args().skip(1))?;
    let base = World::begin()?;
    if let Some(place) = &arguments.replay {
        return corpus::replay(&base, place);
    }
    let seed = arguments.seed.unwrap_or_else(|| RandomState::new().hash_one(std::process::id()));
    let time = Duration::from_secs(arguments.seconds);
    if let Some(folder) = &arguments.collect {
        return corpus::collect(&base, seed, time, folder).map(|()| true);
    }
    eprintln!("fuzz: seed {seed}, {} s", arguments.seconds);
    let start = Instant::now();
    let tally = run::run(&base, (seed, arguments.case), time, &mut |_, _| {});
    let seconds = start.elapsed().as_secs_f64();
    let mut rules = BTreeSet::new();
    for (number, failed) in tally.failures.iter().filter(|failed| rules.insert(failed.violation.rule)).enumerate() {
        report(&base, seed, number, failed)?;
    }
    let (steps, accepted, failures) = (tally.steps, tally.accepted, tally.failures.len());
    if arguments.json {
        let coverage = arguments.coverage.then(|| coverage(&tally));
        let summary = Summary { steps, accepted, seconds, failures, seed, coverage };
        println!("{}", serde_json::to_string(&summary).map_err(|error| error.to_string())?);
    } else {
        println!("{steps} steps, {accepted} accepted, {seconds:.1} s, {failures} failures, seed {seed}");
        if arguments.coverage {
            println!("{:#}", coverage(&tally));
        }
    }
    Ok(failures == 0)
}

fn coverage(tally: &Tally) -> serde_json::Value {
    serde_json::json!({
        "cases": tally.cases,
        "instructions": tally.instructions,
        "reached": tally.reached,
        "unaccepted": tally.unaccepted(),
    })
}

/// Shrinks a failure, writes it down and says how to see it again.
fn report(base: &World, seed: u64, number: usize, failed: &Failed) -> Result<(), String> {
    let small = shrink::shrink(base, &failed.steps, &Seen::Broken(failed.violation.rule), SHRINK);
    let folder = std::path::Path::new("target/fuzz");
    std::fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let file = folder.join(format!("{seed}-{number}.jsonl"));
    let text = format!("# {}\n{}", failed.violation, step::write(&small));
    std::fs::write(&file, &text).map_err(|error| format!("{}: {error}", file.display()))?;
    eprintln!("fuzz: {} steps are left; again with `cargo xtask fuzz --replay {}`", small.len(), file.display());
    eprint!("{text}");
    Ok(())
}

fn arguments(mut words: impl Iterator<Item = String>) -> Result<Arguments, String> {
    let mut found = Arguments { seconds: 60, ..Arguments::default() };
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or(format!("{word} wants a value"));
        let number = |value: String| value.parse::<u64>().map_err(|error| format!("{value}: {error}"));
        match word.as_str() {
            "--seconds" => found.seconds = number(value()?)?,
            "--seed" => found.seed = Some(number(value()?)?),
            "--case" => found.case = number(value()?)?,
            "--json" => found.json = true,
            "--coverage" => found.coverage = true,
            "--replay" => found.replay = Some(value()?.into()),
            "--collect" => found.collect = Some(value()?.into()),
            _ => return Err(format!("unknown argument `{word}`")),
        }
    }
    Ok(found)
}
