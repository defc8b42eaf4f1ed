//! Finds the parts of the description between the lines that Anchor's tests print around them.

use serde_json::Value;

use super::parse;
use crate::command::{Failure, Outcome};

/// What the program's tests print.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Sections {
    /// The program's address.
    pub(crate) address: String,
    /// Name, version, instructions, accounts and their types.
    pub(crate) program: Value,
    /// One object each, with the event and the types that it uses.
    pub(crate) events: Vec<Value>,
    /// One object each.
    pub(crate) constants: Vec<Value>,
    /// Those of an `#[error_code]` in the program's own crate.
    pub(crate) errors: Vec<Value>,
}

/// Reads the output of the tests.
///
/// # Errors
/// If a section is unfinished or not JSON, or the program's own section is missing: a test that fails to print one
/// would otherwise shorten the description in silence.
pub(crate) fn read(output: &str) -> Outcome<Sections> {
    let mut sections = Sections::default();
    let mut lines = output.lines();
    while let Some(line) = lines.next() {
        let Some(name) = marked(line, "begin") else {
            continue;
        };
        let mut body = String::new();
        loop {
            let Some(line) = lines.next() else {
                return Err(Failure::new(format!("the IDL's section {name} has no end")));
            };
            if marked(line, "end") == Some(name) {
                break;
            }
            body.push_str(line);
            body.push('\n');
        }
        sections.add(name, &body)?;
    }
    if sections.program.is_null() || sections.address.is_empty() {
        return Err(Failure::new("the program printed no IDL: is there a `#[program]` module and a `declare_id!`?"));
    }
    Ok(sections)
}

impl Sections {
    fn add(&mut self, name: &str, body: &str) -> Outcome {
        match name {
            "address" => self.address = body.trim().trim_matches('"').to_owned(),
            "program" => self.program = parse(body)?,
            "event" => self.events.push(parse(body)?),
            "const" => self.constants.push(parse(body)?),
            "errors" => match parse(body)? {
                Value::Array(errors) => self.errors.extend(errors),
                other => {
                    return Err(Failure::new(format!("the IDL's errors are no list: {other}")));
                }
            },
            unknown => {
                return Err(Failure::new(format!("the IDL has a section of an unknown kind: {unknown}")));
            }
        }
        Ok(())
    }
}

/// The section's name in a line such as `--- IDL begin event ---`.
fn marked<'a>(line: &'a str, edge: &str) -> Option<&'a str> {
    line.strip_prefix("--- IDL ")?.strip_prefix(edge)?.strip_prefix(' ')?.strip_suffix(" ---")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const OUTPUT: &str = "running 3 tests\n\
        ---- __anchor_private_print_idl_address stdout ----\n\
        --- IDL begin address ---\n\"Ba11ast\"\n--- IDL end address ---\n\
        --- IDL begin event ---\n{\n \"event\": {}\n}\n--- IDL end event ---\n\
        --- IDL begin program ---\n{\"instructions\":[]}\n--- IDL end program ---\n\
        test result: ok\n";

    #[test]
    fn sections_are_found_among_other_output() {
        let sections = read(OUTPUT).unwrap();
        assert_eq!(sections.address, "Ba11ast");
        assert_eq!(sections.program, json!({ "instructions": [] }));
        assert_eq!(sections.events, [json!({ "event": {} })]);
    }

    #[test]
    fn an_unfinished_section_is_refused() {
        assert!(read("--- IDL begin program ---\n{}\n").is_err());
    }

    #[test]
    fn output_without_a_program_is_refused() {
        assert!(read("running 0 tests\n").is_err());
    }
}
