//! Every account of every instruction is replaced by what an attacker might put there.
//!
//! A valid call of each instruction passes; then each of its accounts in turn is of the wrong program, at the wrong address,
//! another exchange's, another argument's, nothing, closed and revived, left out, read-only, or does not sign. Each attempt
//! fails with an error that the table of its kind lists, and leaves every account as it was; one that passes is listed as
//! harmless with its reason. Choices of several accounts that another exchange has too are tried in the same way. What was found stands in `docs/account-attacks.md`, to which it is compared: run with
//! `ACCOUNT_ATTACKS=write` to write it.

mod cases;
mod expected;
mod harmless;
mod machine;
mod substitutions;
mod table;
mod together;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anchor_lang::prelude::Pubkey;
use cases::Case;
use machine::Machine;
use substitutions::{Attempt, By, Kind, attempts};

/// The interface: names of accounts, by instruction.
struct Interface(BTreeMap<String, Vec<String>>);

impl Interface {
    fn read() -> Self {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../idl/ballast.json");
        let description: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
        let name = |value: &serde_json::Value| value["name"].as_str().unwrap().to_owned();
        let instructions = description["instructions"].as_array().unwrap();
        let names = |value: &serde_json::Value| value["accounts"].as_array().unwrap().iter().map(name).collect();
        Self(instructions.iter().map(|value| (name(value), names(value))).collect())
    }

    /// The name of a place; beyond those that are named, its number among the rest.
    fn account(&self, instruction: &str, place: usize) -> String {
        let names = &self.0[instruction];
        names.get(place).cloned().unwrap_or_else(|| format!("remaining {}", place - names.len()))
    }
}

/// How an attempt ended.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Outcome {
    /// It passed; with what in the account's place.
    Passed(String),
    /// It failed with an error.
    Failed(String),
}

/// What came of all attempts, by case and account, in the order of both.
pub(crate) type Found = BTreeMap<(String, usize, String), BTreeMap<Kind, BTreeSet<Outcome>>>;

fn try_all(case: &Case, interface: &Interface, found: &mut Found) -> usize {
    let mut machine = Machine::holding(&case.state, case.clock);
    let addresses: Vec<Pubkey> = case.instruction.accounts.iter().map(|meta| meta.pubkey).collect();
    let title = case.title();
    let valid = machine.attempt(&case.before, case.instruction.clone(), &[]);
    machine.forget(&addresses);
    assert_eq!(valid, None, "the valid call of {title} fails");
    let mut count = 0;
    for place in 0..case.instruction.accounts.len() {
        let row = found.entry((title.clone(), place, interface.account(case.name, place))).or_default();
        for kind in Kind::ALL {
            for Attempt { instruction, by, changed } in attempts(&case.instruction, place, kind, &case.state) {
                let touched: Vec<Pubkey> = instruction.accounts.iter().map(|meta| meta.pubkey).collect();
                let passed = || {
                    Outcome::Passed(match by {
                        By::Only => String::new(),
                        By::Place(other) => interface.account(case.name, other),
                        By::Stranger => "a stranger".to_owned(),
                        By::Another => "another".to_owned(),
                        By::Own => "the owner's other".to_owned(),
                    })
                };
                let outcome = machine.attempt(&case.before, instruction, &changed);
                machine.forget(&touched);
                row.entry(kind).or_default().insert(outcome.map_or_else(passed, Outcome::Failed));
                count += 1;
            }
        }
    }
    let row = found.entry((title, usize::MAX, "several".to_owned())).or_default();
    for instruction in together::attempts(&case.instruction, &case.state) {
        let outcome = machine.attempt(&case.before, instruction, &[]);
        let outcome = outcome.map_or_else(|| Outcome::Passed("another exchange".to_owned()), Outcome::Failed);
        row.entry(Kind::OtherExchange).or_default().insert(outcome);
        count += 1;
    }
    count
}

#[tokio::test]
async fn every_account_of_every_instruction_is_what_it_must_be() {
    let interface = Interface::read();
    let cases = cases::all().await;
    let tried: BTreeSet<String> = cases.iter().map(|case| case.name.to_owned()).collect();
    let listed: BTreeSet<String> = interface.0.keys().cloned().collect();
    assert_eq!(tried, listed, "every instruction of the interface has a valid call here");

    let mut found = Found::new();
    let count: usize = cases.iter().map(|case| try_all(case, &interface, &mut found)).sum();
    println!("{count} attempts on {} calls of {} instructions", cases.len(), listed.len());
    let problems = expected::judge(&found);
    let text = table::render(&found, count, cases.len(), listed.len());
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/account-attacks.md");
    if std::env::var_os("ACCOUNT_ATTACKS").is_some_and(|wish| wish == "write") {
        std::fs::write(&file, &text).unwrap();
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    let checked_in = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(checked_in == text, "docs/account-attacks.md says otherwise: run this test with ACCOUNT_ATTACKS=write");
}
