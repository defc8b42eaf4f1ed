//! Which errors an attempt of a kind may end in, and which attempts may pass.

use std::collections::BTreeSet;

use crate::substitutions::Kind;
use crate::{Found, Outcome};

/// Attempts that pass and hurt nobody.
pub struct Harmless {
    /// Instructions, or cases of one; and the account.
    pub places: &'static [(&'static str, &'static str)],
    /// How it is replaced.
    pub kinds: &'static [Kind],
    /// By what, where a kind has several.
    pub by: &'static [&'static str],
    /// Why that is harmless.
    pub reason: &'static str,
}

/// Stands for every instruction.
pub const ANY: &str = "*";

/// All of them. Each is found.
pub const HARMLESS: &[Harmless] = &[];

/// Errors that an attempt of a kind may end in.
const fn listed(_: Kind) -> &'static [&'static str] {
    &[]
}

/// What is wrong with what was found.
pub fn judge(found: &Found) -> Vec<String> {
    let mut problems = Vec::new();
    let mut seen = BTreeSet::new();
    for ((title, _, account), row) in found {
        for (kind, outcome) in row.iter().flat_map(|(kind, outcomes)| outcomes.iter().map(move |it| (*kind, it))) {
            let attempt = format!("{title}: {account}, {}", kind.title());
            match outcome {
                Outcome::Failed(error) if listed(kind).contains(&error.as_str()) => {}
                Outcome::Failed(error) => problems.push(format!("{attempt}: {error} is not listed")),
                Outcome::Passed(by) => {
                    let used: Vec<(&str, &str, Kind, &str)> = excuses(title, account, kind, by).collect();
                    if used.is_empty() {
                        problems.push(format!("{attempt}: {by} passes"));
                    }
                    seen.extend(used);
                }
            }
        }
    }
    for entry in HARMLESS {
        for (instruction, account) in entry.places {
            for kind in entry.kinds {
                let none: &[&str] = &[""];
                for by in if entry.by.is_empty() { none } else { entry.by } {
                    if !seen.contains(&(*instruction, *account, *kind, *by)) {
                        let attempt = format!("{instruction}: {account}, {}", kind.title());
                        problems.push(format!("{attempt}: {by} is listed as harmless and does not pass"));
                    }
                }
            }
        }
    }
    problems
}

/// Entries of the list that an attempt falls under.
fn excuses<'a>(
    title: &'a str,
    account: &'a str,
    kind: Kind,
    by: &'a str,
) -> impl Iterator<Item = (&'static str, &'static str, Kind, &'a str)> {
    let instruction = title.split(',').next().unwrap();
    let places = HARMLESS
        .iter()
        .filter(move |entry| {
            entry.kinds.contains(&kind) && if by.is_empty() { entry.by.is_empty() } else { entry.by.contains(&by) }
        })
        .flat_map(|entry| entry.places);
    places
        .filter(move |(name, of)| *of == account && [ANY, title, instruction].contains(name))
        .map(move |(name, of)| (*name, *of, kind, by))
}
