//! What was found, as a page.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::harmless::{ANY, HARMLESS, Harmless};
use crate::substitutions::Kind;
use crate::{Found, Outcome};

const HEAD: &str = "# Account attacks

Every account of every instruction, in all variants of the call, is replaced in turn, on the artifact, by what an attacker might put
there: the same bytes owned by another program; an account of its kind at another address (other seeds, another signer) or, in place of
an optional account that is left out, whatever there is; another exchange's; every other account of the call; nothing; itself closed
and funded again, empty or zeroed; the program's own address, by which optional accounts are left out; itself read-only; itself
unsigned. The row *several* is every choice of two or more of the exchange's accounts, but for all of them, as another exchange's.

Each attempt fails with an error in its cell and changes nothing. A cell that says *passes*, and what may stand there, is harmless for
the reason at the end. `tests/tests/account_attacks` makes this page and fails when it is out of date, when an instruction is missing,
when an error is not listed for its kind of replacement, when something passes that is not listed, or when the list holds more than
was found.
";

/// The page.
pub fn render(found: &Found, attempts: usize, calls: usize, instructions: usize) -> String {
    let mut page = HEAD.to_owned();
    writeln!(page, "\n{attempts} attempts on {calls} valid calls of {instructions} instructions.").unwrap();
    let titles: BTreeSet<&String> = found.keys().map(|(title, ..)| title).collect();
    for title in titles {
        let heads: Vec<&str> = Kind::ALL.iter().map(|kind| kind.title()).collect();
        write!(page, "\n## {title}\n\n| account | {} |\n|---|{}\n", heads.join(" | "), "---|".repeat(heads.len()))
            .unwrap();
        for ((_, place, account), row) in found.iter().filter(|((of, ..), _)| of == title) {
            let cell = |kind: &Kind| {
                let outcomes: Vec<String> = row.get(kind).into_iter().flatten().map(written).collect();
                outcomes.join(", ")
            };
            if *place == usize::MAX && row.is_empty() {
                continue;
            }
            let account = if *place == usize::MAX { format!("*{account}*") } else { account.clone() };
            let cells: Vec<String> = Kind::ALL.iter().map(cell).collect();
            writeln!(page, "| {account} | {} |", cells.join(" | ")).unwrap();
        }
    }
    page.push_str(
        "\n## What passes, and why it may\n\n| instruction | account | replaced | reason |\n|---|---|---|---|\n",
    );
    for Harmless { places, kinds, by, reason } in HARMLESS {
        let kinds: Vec<&str> = kinds.iter().map(|kind| kind.title()).collect();
        let by = if by.is_empty() { String::new() } else { format!(": {}", by.join(", ")) };
        for (instruction, account) in *places {
            let instruction = if *instruction == ANY { "any" } else { instruction };
            writeln!(page, "| {instruction} | {account} | {}{by} | {reason} |", kinds.join(", ")).unwrap();
        }
    }
    page
}

fn written(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Failed(error) => error.clone(),
        Outcome::Passed(by) if by.is_empty() => "*passes*".to_owned(),
        Outcome::Passed(by) => format!("*{by} passes*"),
    }
}
