//! Prints the rules of the clearing house as the IDL lists errors. `cargo xtask idl` runs it: the rules live in
//! `ballast-core`, where Anchor does not look for errors, and xtask itself must build while that crate does not.

use ballast_core::BallastError;
use serde_json::{Value, json};

fn main() {
    let rules = BallastError::ALL.iter();
    let errors: Value =
        rules.map(|rule| json!({ "code": rule.code(), "name": rule.name(), "msg": rule.message() })).collect();
    println!("{errors}");
}
