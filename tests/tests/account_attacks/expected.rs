//! Which errors an attempt of a kind may end in, and which attempts may pass.

use crate::Found;
use crate::substitutions::Kind;

/// Attempts that pass and hurt nobody.
pub struct Harmless {
    /// Instructions; none for any.
    pub instructions: &'static [&'static str],
    /// The account.
    pub account: &'static str,
    /// How it is replaced.
    pub kinds: &'static [Kind],
    /// Why that is harmless.
    pub reason: &'static str,
}

/// All of them. Each must be found.
pub const HARMLESS: &[Harmless] = &[];

/// Errors that an attempt of a kind may end in.
const fn listed(kind: Kind) -> &'static [&'static str] {
    match kind {
        _ => &[],
    }
}

/// What is wrong with what was found.
pub fn judge(found: &Found) -> Vec<String> {
    let mut problems = Vec::new();
    let mut used = vec![false; HARMLESS.len()];
    for ((title, _, account), row) in found {
        let instruction = title.split(',').next().unwrap();
        for (kind, outcomes) in row {
            for outcome in outcomes {
                match outcome {
                    Some(error) if listed(*kind).contains(&error.as_str()) => {}
                    Some(error) => {
                        problems.push(format!("{title}: {account}, {}: {error} is not listed", kind.title()))
                    }
                    None => {
                        let reason = HARMLESS.iter().position(|entry| {
                            (entry.instructions.is_empty() || entry.instructions.contains(&instruction))
                                && entry.account == account
                                && entry.kinds.contains(kind)
                        });
                        match reason {
                            Some(place) => used[place] = true,
                            None => problems.push(format!("{title}: {account}, {}: passes", kind.title())),
                        }
                    }
                }
            }
        }
    }
    for (entry, _) in HARMLESS.iter().zip(used).filter(|(_, used)| !used) {
        problems.push(format!("{:?}: {} is listed as harmless and does not pass", entry.instructions, entry.account));
    }
    problems
}
