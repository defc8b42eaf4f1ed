//! Makes a case small: leaves steps out for as long as the same is seen at its end.

use std::time::{Duration, Instant};

use crate::outcome::{Outcome, Violation};
use crate::run::apply;
use crate::step::Step;
use crate::world::World;

/// What a case is kept for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen {
    /// A rule was broken.
    Broken(&'static str),
    /// An instruction was accepted.
    Accepted(&'static str),
    /// An instruction was refused with this error.
    Refused(&'static str, String),
    /// An instruction led to this.
    Reached(&'static str),
}

impl Seen {
    fn is(&self, found: &Result<Outcome, Violation>) -> bool {
        match (self, found) {
            (Self::Broken(rule), Err(violation)) => *rule == violation.rule,
            (Self::Accepted(name), Ok(Outcome::Accepted(found, _))) => name == found,
            (Self::Refused(name, error), Ok(Outcome::Refused(found, with))) => name == found && error == with,
            (Self::Reached(what), Ok(Outcome::Accepted(_, reached))) => reached.contains(what),
            _ => false,
        }
    }
}

/// Replays a case from the beginning; stops at what is looked for, and says after how many steps.
pub fn replay(base: &World, steps: &[Step], seen: Option<&Seen>) -> Result<Option<usize>, (usize, Violation)> {
    let mut world = base.clone();
    for (place, step) in steps.iter().enumerate() {
        let found = apply(&mut world, step);
        if seen.is_some_and(|seen| seen.is(&found)) {
            return Ok(Some(place + 1));
        }
        found.map_err(|violation| (place + 1, violation))?;
    }
    Ok(None)
}

/// The smallest case that time allows for.
pub fn shrink(base: &World, steps: &[Step], seen: &Seen, time: Duration) -> Vec<Step> {
    let start = Instant::now();
    let still = |steps: &[Step]| replay(base, steps, Some(seen)).ok().flatten();
    let mut best = steps.to_vec();
    if let Some(length) = still(&best) {
        best.truncate(length);
    }
    let mut chunk = best.len().div_ceil(2);
    while chunk > 0 && start.elapsed() < time {
        let (mut end, mut removed) = (best.len().saturating_sub(1), false);
        while end > 0 && start.elapsed() < time {
            let from = end.saturating_sub(chunk);
            let mut fewer = best.clone();
            fewer.drain(from..end);
            if let Some(length) = still(&fewer) {
                fewer.truncate(length);
                best = fewer;
                removed = true;
            }
            end = from.min(best.len().saturating_sub(1));
        }
        if chunk == 1 && !removed {
            break;
        }
        chunk = if chunk == 1 { 1 } else { chunk / 2 };
    }
    best
}
