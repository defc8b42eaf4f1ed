//! What was found, as a page.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::Found;
use crate::expected::{HARMLESS, Harmless};
use crate::substitutions::Kind;

const HEAD: &str = "# Account attacks

Every account of every instruction is replaced in turn, on the artifact, by what an attacker might put there: the same bytes owned by
another program; an account of its kind at another address (other seeds, another signer); another exchange's; every other account of
the call; nothing; itself closed and funded again, empty or zeroed; the program's own address, by which optional accounts are left out;
itself read-only; itself unsigned. Each attempt fails with the error in its cell and changes nothing. A cell that says *passes* is
harmless for the reason at the end. `tests/tests/account_attacks` makes this page and fails when it is out of date, when an
instruction is missing, when an error is not listed for its kind of replacement, or when something passes that is not listed.
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
        for ((_, _, account), row) in found.iter().filter(|((of, ..), _)| of == title) {
            let cell = |kind: &Kind| {
                let outcomes = row.get(kind).map_or_else(Vec::new, |outcomes| {
                    outcomes.iter().map(|outcome| outcome.clone().unwrap_or_else(|| "*passes*".to_owned())).collect()
                });
                outcomes.join(", ")
            };
            let cells: Vec<String> = Kind::ALL.iter().map(cell).collect();
            writeln!(page, "| {account} | {} |", cells.join(" | ")).unwrap();
        }
    }
    page.push_str(
        "\n## What passes, and why it may\n\n| instruction | account | replaced | reason |\n|---|---|---|---|\n",
    );
    for Harmless { instructions, accounts, kinds, reason } in HARMLESS {
        let names = if instructions.is_empty() { "any".to_owned() } else { instructions.join(", ") };
        let kinds: Vec<&str> = kinds.iter().map(|kind| kind.title()).collect();
        writeln!(page, "| {names} | {} | {} | {reason} |", accounts.join(", "), kinds.join(", ")).unwrap();
    }
    page
}
