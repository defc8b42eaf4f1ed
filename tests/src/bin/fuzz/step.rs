//! What is done, as it is written down: a line of JSON a step.

use serde::{Deserialize, Serialize};

/// One step: an operation of the table, its arguments and what an attacker changed in the instruction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Name in the table.
    pub op: String,
    /// Arguments, as the operation understands them.
    pub with: Vec<i64>,
    /// What was changed afterwards.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub twist: Option<Twist>,
}

/// A change to an instruction that a builder filled in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Twist {
    /// Another account in a place.
    Swap(u8, String),
    /// Without the signature in a place.
    Unsigned(u8),
    /// A place that must be written cannot be.
    ReadOnly(u8),
    /// Without all accounts from a place on.
    Short(u8),
}

/// Arguments of an operation; those that are missing are zero.
#[derive(Clone, Copy)]
pub struct Arguments<'a>(pub &'a [i64]);

impl Arguments<'_> {
    /// The argument at a place.
    pub fn at(self, place: usize) -> i64 {
        self.0.get(place).copied().unwrap_or(0)
    }

    /// The same as an unsigned number of 64 bits: -1 is the greatest.
    pub fn unsigned(self, place: usize) -> u64 {
        self.at(place).cast_unsigned()
    }

    /// The same as a row.
    pub fn row(self, place: usize) -> u8 {
        self.at(place) as u8
    }

    /// The same as a place of something, if it is one.
    pub fn place(self, place: usize) -> Option<usize> {
        usize::try_from(self.at(place)).ok()
    }
}

/// Reads steps, one a line; what begins with `#` is a remark.
pub fn read(text: &str) -> Result<Vec<Step>, String> {
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty() && !line.starts_with('#'));
    lines.map(|(at, line)| serde_json::from_str(line).map_err(|error| format!("line {}: {error}", at + 1))).collect()
}

/// Writes steps, one a line.
pub fn write(steps: &[Step]) -> String {
    steps.iter().map(|step| serde_json::to_string(step).expect("numbers and names") + "\n").collect()
}
