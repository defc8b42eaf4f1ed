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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::draw::Dice;
    use crate::people::{STRANGER, first_account};
    use crate::run::{Watch, case};

    fn step(op: &str, with: &[i64]) -> Step {
        Step { op: op.to_owned(), with: with.to_vec(), twist: None }
    }

    #[test]
    fn a_case_shrinks_to_what_it_takes() {
        let base = World::begin().unwrap();
        let account = first_account(STRANGER);
        let needed = [
            step("open_account", &[0, STRANGER, 0]),
            step("deposit", &[0, STRANGER, account, 0, 5_000_000]),
            step("withdraw", &[0, STRANGER, account, 0, 4_000_000, STRANGER]),
        ];
        let noise = |amount| step("fund_insurance", &[0, STRANGER, amount]);
        let [open, deposit, withdraw] = needed.clone();
        let long = [noise(1), open, noise(2), noise(3), deposit, noise(4), withdraw, noise(5)];

        let small = shrink(&base, &long, &Seen::Accepted("withdraw"), Duration::from_secs(60));

        assert_eq!(small, needed);
        assert_eq!(crate::step::read(&crate::step::write(&small)), Ok(small));
    }

    #[test]
    fn a_case_replays_to_the_same_world() {
        let base = World::begin().unwrap();
        let (mut drawn, mut replayed) = (base.clone(), base.clone());
        let mut steps = Vec::new();
        let end = case(&mut drawn, &mut Dice::new(3, 0), 300, &mut |_, done| {
            steps = done.to_vec();
            Watch::On
        });
        assert_eq!(end, Ok(()));

        for step in &steps {
            crate::run::apply(&mut replayed, step).unwrap();
        }

        assert_eq!(steps.len(), 300);
        assert!(drawn.raw == replayed.raw && drawn.clock == replayed.clock);
        assert!(drawn.raw != base.raw);
    }
}
