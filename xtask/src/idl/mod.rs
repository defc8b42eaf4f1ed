//! The interface description that clients in other languages are generated from.
//!
//! Anchor's macros write tests that print parts of it (`--features idl-build`); Anchor's command-line tool runs them and
//! puts the parts together. So does this, without that tool, and adds the errors, which Anchor finds only in the
//! program's own crate.

mod assemble;
mod check;
mod sections;

use std::fs;

use serde_json::Value;

use crate::{
    command::{Failure, Outcome, capture},
    workspace::Workspace,
};

const FILE: &str = "idl/ballast.json";

/// Writes the description, or with `--check` fails if the file says something else.
pub(crate) fn idl(workspace: &Workspace, arguments: &[String]) -> Outcome {
    let only_check = match arguments {
        [] => false,
        [flag] if flag == "--check" => true,
        _ => return Err(Failure::new("idl takes `--check` or nothing")),
    };
    let description = describe(workspace)?;
    let file = workspace.path(FILE);
    if only_check {
        let present = fs::read_to_string(&file).map_err(|error| Failure::at(&file, &error))?;
        return first_difference(&present, &description).map_or(Ok(()), |difference| {
            Err(Failure::new(format!("{FILE} is out of date, run `cargo xtask idl`: {difference}")))
        });
    }
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder).map_err(|error| Failure::at(folder, &error))?;
    }
    fs::write(&file, description).map_err(|error| Failure::at(&file, &error))
}

fn describe(workspace: &Workspace) -> Outcome<String> {
    let parts = sections::read(&printed_by_program(workspace)?)?;
    let rules = parse(&printed_rules(workspace)?)?;
    let description = assemble::assemble(parts, rules)?;
    check::check(&description)?;
    let text = serde_json::to_string_pretty(&description)
        .map_err(|error| Failure::new(format!("the IDL could not be written: {error}")))?;
    Ok(text + "\n")
}

/// Runs the tests that Anchor's macros wrote. The variables are those of Anchor's own tool, read by the macros.
fn printed_by_program(workspace: &Workspace) -> Outcome<String> {
    capture(
        workspace
            .cargo()
            .args(["test", "--locked", "-p", "ballast", "--lib"])
            .args(["--features", "idl-build", "__anchor_private_print_idl"])
            .args(["--", "--show-output", "--quiet"])
            .env("ANCHOR_IDL_BUILD_NO_DOCS", "FALSE")
            .env("ANCHOR_IDL_BUILD_RESOLUTION", "TRUE")
            .env("ANCHOR_IDL_BUILD_SKIP_LINT", "FALSE")
            .env("ANCHOR_IDL_BUILD_PROGRAM_PATH", workspace.path("programs/ballast")),
    )
}

fn printed_rules(workspace: &Workspace) -> Outcome<String> {
    capture(workspace.cargo().args(["run", "--quiet", "--locked", "-p", "xtask", "--example", "rules"]))
}

fn parse(text: &str) -> Outcome<Value> {
    serde_json::from_str(text).map_err(|error| Failure::new(format!("a part of the IDL is not JSON: {error}\n{text}")))
}

/// The first line that differs, or nothing.
fn first_difference(present: &str, wanted: &str) -> Option<String> {
    if present == wanted {
        return None;
    }
    const END: &str = "the end of the file";
    let mut lines = wanted.lines();
    for (index, line) in present.lines().enumerate() {
        let other = lines.next();
        if other != Some(line) {
            let other = other.unwrap_or(END).trim();
            return Some(format!("line {} is {:?}, should be {other:?}", index.saturating_add(1), line.trim()));
        }
    }
    let next = lines.next().unwrap_or(END).trim();
    Some(format!("it ends before {next:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_different_line_is_shown() {
        assert_eq!(first_difference("a\nb\n", "a\nb\n"), None);
        assert_eq!(first_difference("a\nb\n", "a\nc\n").as_deref(), Some("line 2 is \"b\", should be \"c\""));
        assert_eq!(first_difference("a\n", "a\nb\n").as_deref(), Some("it ends before \"b\""));
        assert_eq!(
            first_difference("a\nb\n", "a\n").as_deref(),
            Some("line 2 is \"b\", should be \"the end of the file\"")
        );
    }
}
