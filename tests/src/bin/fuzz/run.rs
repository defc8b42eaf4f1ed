//! Applies steps to a world and checks what must hold; runs cases until time is up.

use std::collections::{BTreeMap, VecDeque};
use std::str::FromStr;
use std::time::{Duration, Instant};

use anchor_lang::prelude::Pubkey;
use anchor_lang::solana_program::instruction::Instruction;
use solana_account::{AccountSharedData, ReadableAccount};

use serde::Serialize;

use crate::draw::{Dice, Draw};
use crate::market::Market;
use crate::operations::{self, Does, OPERATIONS, Operation};
use crate::outcome::{Outcome, Violation, name_of, require};
use crate::step::{Arguments, Step, Twist};
use crate::world::World;
use crate::{books, effects, interface, reached};

/// Steps of a case, after which another begins where all began.
const CASE: usize = 2_500;

/// Does one step and checks everything that must hold after it.
pub fn apply(world: &mut World, step: &Step) -> Result<Outcome, Violation> {
    let Some(operation) = operations::find(&step.op) else { return Ok(Outcome::Nothing) };
    let with = Arguments(&step.with);
    let (build, touches) = match operation.does {
        Does::Happens(happen) => {
            happen(world, with);
            return Ok(Outcome::Nothing);
        }
        Does::Sends(build, touches) => (build, touches),
    };
    let Some(mut sent) = build(world, with) else { return Ok(Outcome::Nothing) };
    let twisted = step.twist.as_ref().is_some_and(|twist| change(world, sent.last_mut(), twist));
    match world.send(&sent) {
        Ok(left) => {
            effects::check(world, &left, &sent, touches)?;
            let reached = reached::of(world, &left);
            world.accept(&left);
            for house in 0..world.houses.len() {
                if books::are_written(world, &left, house) {
                    books::audit(world, house)?;
                }
            }
            Ok(Outcome::Accepted(operation.name, reached))
        }
        Err(error) => {
            require(world.is_untouched(&sent), "a failed instruction changes nothing", || format!("{error:?}"))?;
            name_of(&error, twisted).map(|name| Outcome::Refused(operation.name, name)).map_err(|violation| Violation {
                detail: format!("{} of `{}`", violation.detail, operation.name),
                ..violation
            })
        }
    }
}

/// Twists an instruction; whether anything changed. Nobody signs for who is no person.
fn change(world: &World, sent: Option<&mut Instruction>, twist: &Twist) -> bool {
    let Some(sent) = sent else { return false };
    let count = sent.accounts.len().max(1);
    match twist {
        Twist::Swap(place, with) => {
            let (Some(meta), Ok(with)) = (sent.accounts.get_mut(usize::from(*place) % count), Pubkey::from_str(with))
            else {
                return false;
            };
            if meta.is_signer && world.names.who(&with).is_none() {
                return false;
            }
            meta.pubkey = with;
        }
        Twist::Unsigned(place) => {
            let Some(meta) = sent.accounts.get_mut(usize::from(*place) % count) else { return false };
            meta.is_signer = false;
        }
        Twist::ReadOnly(place) => {
            let Some(meta) = sent.accounts.get_mut(usize::from(*place) % count) else { return false };
            meta.is_writable = false;
        }
        Twist::Short(place) => sent.accounts.truncate(usize::from(*place) % count),
    }
    true
}

/// A case that broke a rule.
#[derive(Debug, PartialEq, Eq)]
pub struct Failed {
    /// The steps up to it.
    pub steps: Vec<Step>,
    /// The rule.
    pub violation: Violation,
}

/// Answers to an instruction.
#[derive(Default, Serialize)]
pub struct Answers {
    /// How often it was accepted.
    pub accepted: u64,
    /// How often it was refused, by error.
    pub refused: BTreeMap<String, u64>,
}

/// What a run has seen.
#[derive(Default)]
pub struct Tally {
    /// Instructions sent.
    pub steps: u64,
    /// Instructions accepted.
    pub accepted: u64,
    /// Cases begun.
    pub cases: u64,
    /// Instructions by name: how often they were accepted, and refused with which error.
    pub instructions: BTreeMap<&'static str, Answers>,
    /// What accepted instructions led to.
    pub reached: BTreeMap<&'static str, u64>,
    /// What broke a rule.
    pub failures: Vec<Failed>,
}

impl Tally {
    fn note(&mut self, outcome: &Outcome) {
        match outcome {
            Outcome::Nothing => {}
            Outcome::Accepted(name, reached) => {
                self.steps += 1;
                self.accepted += 1;
                self.instructions.entry(name).or_default().accepted += 1;
                for what in reached {
                    *self.reached.entry(what).or_default() += 1;
                }
            }
            Outcome::Refused(name, error) => {
                self.steps += 1;
                let answers = self.instructions.entry(name).or_default();
                *answers.refused.entry(error.clone()).or_default() += 1;
            }
        }
    }

    /// Instructions of the interface that were never accepted.
    pub fn unaccepted(&self) -> Vec<&'static str> {
        interface::names().filter(|name| self.instructions.get(name).is_none_or(|seen| seen.accepted == 0)).collect()
    }
}

/// Draws and does the steps of one case; `watch` sees every outcome with the steps that led to it.
pub fn case(
    world: &mut World,
    dice: &mut Dice,
    steps: usize,
    watch: &mut dyn FnMut(&Outcome, &[Step]) -> Watch,
) -> Result<(), Failed> {
    let (mut plan, mut market, mut done) = (VecDeque::new(), Market::default(), Vec::with_capacity(steps));
    while done.len() < steps {
        let step = next(world, dice, &mut plan, &mut market);
        let outcome = apply(world, &step);
        done.push(step);
        match outcome {
            Ok(outcome) if watch(&outcome, &done) == Watch::On => {}
            Ok(_) => break,
            Err(violation) => return Err(Failed { steps: done, violation }),
        }
    }
    Ok(())
}

/// Whether a case goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Watch {
    /// It does.
    On,
    /// Time is up.
    Off,
}

/// Runs cases of a seed, from one on, until time is up; `watch` sees every outcome with the steps that led to it.
pub fn run(base: &World, (seed, first): (u64, u64), time: Duration, watch: &mut dyn FnMut(&Outcome, &[Step])) -> Tally {
    let start = Instant::now();
    let mut tally = Tally::default();
    while start.elapsed() < time {
        let number = first + tally.cases;
        let (mut world, mut dice) = (base.clone(), Dice::new(seed, number));
        tally.cases += 1;
        let outcome = case(&mut world, &mut dice, CASE, &mut |outcome, done| {
            tally.note(outcome);
            watch(outcome, done);
            if start.elapsed() < time { Watch::On } else { Watch::Off }
        });
        if let Err(failed) = outcome {
            eprintln!("fuzz: case {number} of seed {seed}, step {}: {}", failed.steps.len(), failed.violation);
            tally.steps += 1;
            tally.failures.push(failed);
        }
    }
    tally
}

/// The next step: the planned one, or one that is drawn.
fn next(world: &World, dice: &mut Dice, plan: &mut VecDeque<Step>, market: &mut Market) -> Step {
    if let Some(step) = plan.pop_front() {
        return step;
    }
    loop {
        let operation = pick(dice);
        let mut draw = Draw { world, dice, plan, market };
        if let Some(with) = (operation.draw)(&mut draw) {
            let twisted = dice.chance(40) && interface::names().any(|name| name == operation.name);
            let twist = twisted.then(|| draw_twist(world, dice, operation, &with)).flatten();
            return Step { op: operation.name.to_owned(), with, twist };
        }
        plan.clear();
    }
}

fn pick(dice: &mut Dice) -> &'static Operation {
    let all: i64 = OPERATIONS.iter().map(|operation| operation.weight).sum();
    let mut roll = dice.below(all);
    for operation in OPERATIONS {
        roll -= operation.weight;
        if roll < 0 {
            return operation;
        }
    }
    &OPERATIONS[0]
}

/// A twist of what a step would send: mostly another account of the same type, or one that it takes already.
fn draw_twist(world: &World, dice: &mut Dice, operation: &Operation, with: &[i64]) -> Option<Twist> {
    let Does::Sends(build, _) = operation.does else { return None };
    let sent = build(world, Arguments(with))?;
    let metas = &sent.last()?.accounts;
    let place = dice.below(metas.len() as i64) as usize;
    let instead = match dice.below(12) {
        0 => return Some(Twist::Unsigned(place as u8)),
        1 => return Some(Twist::ReadOnly(place as u8)),
        2 => return Some(Twist::Short(place as u8)),
        3 => dice.pick(world.names.people())?,
        4 => metas[dice.below(metas.len() as i64) as usize].pubkey,
        5 => anywhere(dice, world.raw.keys())?,
        _ => {
            // what is left out may be filled with anything
            let Some(held) = world.raw.get(&metas[place].pubkey) else {
                return Some(Twist::Swap(place as u8, anywhere(dice, world.raw.keys())?.to_string()));
            };
            let like =
                |other: &AccountSharedData| other.owner() == held.owner() && other.data().len() == held.data().len();
            anywhere(dice, world.raw.iter().filter(|(_, other)| like(other)).map(|(address, _)| address))?
        }
    };
    Some(Twist::Swap(place as u8, instead.to_string()))
}

fn anywhere<'a>(dice: &mut Dice, keys: impl Iterator<Item = &'a Pubkey> + Clone) -> Option<Pubkey> {
    let nth = dice.below(keys.clone().count() as i64) as usize;
    keys.into_iter().nth(nth).copied()
}
