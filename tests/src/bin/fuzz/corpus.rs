//! Short cases that are kept: one for each instruction that was accepted, for all that they led to, and for rules that it
//! takes some steps to break.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use ballast_core::BallastError;

use crate::outcome::Outcome;
use crate::run;
use crate::shrink::{self, Seen};
use crate::step::{self, Step};
use crate::world::World;

/// Time that the case of a refusal is shrunk for, and any other.
const SHRINK: (Duration, Duration) = (Duration::from_secs(5), Duration::from_secs(60));
/// Longest case that is kept.
const LONGEST: usize = 60;
/// Shortest case of a refusal that is kept: others say nothing that a single test does not.
const SHORTEST_REFUSAL: usize = 3;

/// Replays a case, or all of a folder; whether nothing was broken.
pub fn replay(base: &World, place: &Path) -> Result<bool, String> {
    let mut sound = true;
    let cases = cases(place)?;
    for case in &cases {
        let text = std::fs::read_to_string(case).map_err(|error| format!("{}: {error}", case.display()))?;
        let steps = step::read(&text).map_err(|error| format!("{}: {error}", case.display()))?;
        if let Err((after, violation)) = shrink::replay(base, &steps, None) {
            println!("{}, step {after}: {violation}", case.display());
            sound = false;
        }
    }
    println!("{} cases replayed", cases.len());
    Ok(sound)
}

fn cases(place: &Path) -> Result<Vec<PathBuf>, String> {
    if place.is_file() {
        return Ok(vec![place.to_path_buf()]);
    }
    let entries = std::fs::read_dir(place).map_err(|error| format!("{}: {error}", place.display()))?;
    let files = entries.filter_map(|entry| entry.ok().map(|entry| entry.path()));
    let mut cases: Vec<PathBuf> = files.filter(|file| file.extension().is_some_and(|of| of == "jsonl")).collect();
    cases.sort();
    Ok(cases)
}

/// Runs, and keeps the first case of everything that is seen, made small.
pub fn collect(base: &World, seed: u64, time: Duration, folder: &Path) -> Result<(), String> {
    let mut first = BTreeMap::<String, (Seen, Vec<Step>)>::new();
    run::run(base, (seed, 0), time, &mut |outcome, steps| {
        for (name, seen) in worth_keeping(outcome) {
            if first.get(&name).is_none_or(|(_, held)| held.len() > steps.len()) {
                first.insert(name, (seen, steps.to_vec()));
            }
        }
    });
    std::fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let start = Instant::now();
    for (name, (seen, steps)) in first {
        let time = if matches!(seen, Seen::Refused(..)) { SHRINK.0 } else { SHRINK.1 };
        let small = shrink::shrink(base, &steps, &seen, time);
        eprintln!("fuzz: {name}: {} steps of {}, {:.0} s", small.len(), steps.len(), start.elapsed().as_secs_f64());
        let tells = small.len() >= SHORTEST_REFUSAL || !matches!(seen, Seen::Refused(..));
        if tells && small.len() <= LONGEST {
            let file = folder.join(format!("{name}.jsonl"));
            std::fs::write(&file, step::write(&small)).map_err(|error| format!("{}: {error}", file.display()))?;
        }
    }
    Ok(())
}

/// A file for every instruction that was accepted, for all that it led to, and for every rule of the program.
fn worth_keeping(outcome: &Outcome) -> Vec<(String, Seen)> {
    match outcome {
        Outcome::Accepted(name, reached) => {
            let led = reached.iter().map(|what| (format!("reached-{}", what.replace(' ', "-")), Seen::Reached(what)));
            led.chain([(format!("accepted-{name}"), Seen::Accepted(name))]).collect()
        }
        Outcome::Refused(name, error) if BallastError::ALL.iter().any(|rule| rule.name() == error) => {
            vec![(format!("refused-{error}"), Seen::Refused(name, error.clone()))]
        }
        Outcome::Refused(..) | Outcome::Nothing => Vec::new(),
    }
}
