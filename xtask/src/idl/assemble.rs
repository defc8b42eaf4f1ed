//! Puts the parts of the description together, in the order and with the short names that Anchor's tool gives.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::sections::Sections;
use crate::command::{Failure, Outcome};

/// The whole description.
///
/// # Errors
/// If two errors have one code, or a part lacks its name.
pub(crate) fn assemble(sections: Sections, rules: Value) -> Outcome<Value> {
    let Sections { address, mut program, events, constants, errors } = sections;
    let mut types = BTreeMap::new();
    let mut plain_events = Vec::new();
    for mut event in events {
        collect(&mut types, &mut event)?;
        plain_events.push(take(&mut event, "event"));
    }
    collect(&mut types, &mut program)?;

    let mut description = Map::new();
    description.insert("address".into(), address.into());
    for field in ["metadata", "docs"] {
        insert(&mut description, field, take(&mut program, field));
    }
    for (field, list) in [
        ("instructions", list(take(&mut program, "instructions"))),
        ("accounts", list(take(&mut program, "accounts"))),
        ("events", plain_events),
    ] {
        insert(&mut description, field, sorted_by_name(list)?.into());
    }
    insert(&mut description, "errors", merge_errors(errors, list(rules))?.into());
    insert(&mut description, "types", sorted_by_short_name(types));
    insert(&mut description, "constants", sorted_by_name(constants)?.into());

    let mut description = Value::Object(description);
    shorten_paths(&mut description);
    Ok(description)
}

/// Takes the types out of a part. Several parts bring the same type under its full path.
fn collect(types: &mut BTreeMap<String, Value>, part: &mut Value) -> Outcome {
    for definition in list(take(part, "types")) {
        types.insert(name(&definition)?.to_owned(), definition);
    }
    Ok(())
}

/// A field's value, or null if there is none.
fn take(part: &mut Value, field: &str) -> Value {
    part.get_mut(field).map(Value::take).unwrap_or_default()
}

fn list(value: Value) -> Vec<Value> {
    match value {
        Value::Array(list) => list,
        _ => Vec::new(),
    }
}

fn name(value: &Value) -> Outcome<&str> {
    value
        .get("name")
        .and_then(Value::as_str)
        .ok_or_else(|| Failure::new(format!("a part of the IDL has no name: {value}")))
}

/// Leaves out what is empty, as Anchor does; the list of instructions is always there.
fn insert(description: &mut Map<String, Value>, field: &str, value: Value) {
    let empty = match &value {
        Value::Null => true,
        Value::Array(list) => list.is_empty() && field != "instructions",
        _ => false,
    };
    if !empty {
        description.insert(field.to_owned(), value);
    }
}

fn sorted_by_name(list: Vec<Value>) -> Outcome<Vec<Value>> {
    let mut named =
        list.into_iter().map(|value| Ok((short(name(&value)?).to_owned(), value))).collect::<Outcome<Vec<_>>>()?;
    named.sort_by(|left, right| left.0.cmp(&right.0));
    Ok(named.into_iter().map(|(_, value)| value).collect())
}

fn sorted_by_short_name(types: BTreeMap<String, Value>) -> Value {
    let mut types: Vec<_> = types.into_iter().collect();
    types.sort_by(|left, right| short(&left.0).cmp(short(&right.0)));
    types.into_iter().map(|(_, definition)| definition).collect()
}

fn merge_errors(of_program: Vec<Value>, of_core: Vec<Value>) -> Outcome<Vec<Value>> {
    let mut by_code = BTreeMap::new();
    for error in of_program.into_iter().chain(of_core) {
        let code = error
            .get("code")
            .and_then(Value::as_u64)
            .ok_or_else(|| Failure::new(format!("an error of the IDL has no code: {error}")))?;
        if let Some(other) = by_code.insert(code, error) {
            return Err(Failure::new(format!("two errors have the code {code}; one is {other}")));
        }
    }
    Ok(by_code.into_values().collect())
}

/// Calls types by their last name, unless two have the same.
fn shorten_paths(description: &mut Value) {
    let mut paths = BTreeMap::<String, BTreeSet<String>>::new();
    visit_names(description, &mut |text| {
        if is_path(text) {
            let same_name = paths.entry(short(text).to_owned()).or_default();
            same_name.insert(text.clone());
        }
    });
    visit_names(description, &mut |text| {
        let alone = |name: &str| paths.get(name).is_some_and(|same_name| same_name.len() == 1);
        if is_path(text) && alone(short(text)) {
            *text = short(text).to_owned();
        }
    });
}

/// Visits every text that may name a type; documentation does not.
fn visit_names(value: &mut Value, visit: &mut impl FnMut(&mut String)) {
    match value {
        Value::String(text) => visit(text),
        Value::Array(list) => list.iter_mut().for_each(|value| visit_names(value, visit)),
        Value::Object(fields) => {
            for (field, value) in fields {
                if !matches!(field.as_str(), "docs" | "msg") {
                    visit_names(value, visit);
                }
            }
        }
        _ => {}
    }
}

/// Whether a text is nothing but a path such as `ballast::state::Board`.
fn is_path(text: &str) -> bool {
    let word = |part: &str| !part.is_empty() && part.chars().all(|letter| letter.is_alphanumeric() || letter == '_');
    text.contains("::") && text.split("::").all(word)
}

fn short(path: &str) -> &str {
    path.rsplit("::").next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn sections() -> Sections {
        Sections {
            address: "Ba11ast".into(),
            program: json!({
                "metadata": { "name": "ballast" },
                "instructions": [{ "name": "withdraw" }, { "name": "deposit" }],
                "accounts": [{ "name": "core::Vault" }, { "name": "core::Board" }],
                "types": [{ "name": "core::Vault" }, { "name": "core::Board" }, { "name": "a::Side" }],
            }),
            events: vec![json!({
                "event": { "name": "ballast::Paid", "docs": ["see::this"] },
                "types": [{ "name": "ballast::Paid", "side": "b::Side" }, { "name": "b::Side" }],
            })],
            constants: vec![],
            errors: vec![json!({ "code": 6001, "name": "Own" })],
        }
    }

    fn names(list: &Value) -> Vec<&str> {
        list.as_array().unwrap().iter().map(|value| value["name"].as_str().unwrap()).collect()
    }

    #[test]
    fn lists_are_sorted_and_names_short_where_they_stay_unique() {
        let idl = assemble(sections(), json!([{ "code": 6000, "name": "Core" }])).unwrap();
        assert_eq!(names(&idl["instructions"]), ["deposit", "withdraw"]);
        assert_eq!(names(&idl["accounts"]), ["Board", "Vault"]);
        assert_eq!(names(&idl["types"]), ["Board", "Paid", "a::Side", "b::Side", "Vault"]);
        assert_eq!(idl["events"][0]["docs"][0], "see::this");
    }

    #[test]
    fn fields_have_anchors_order_and_empty_ones_are_left_out() {
        let idl = assemble(sections(), json!([])).unwrap();
        let fields: Vec<_> = idl.as_object().unwrap().keys().collect();
        assert_eq!(fields, ["address", "metadata", "instructions", "accounts", "events", "errors", "types"]);
    }

    #[test]
    fn errors_of_both_crates_are_listed_by_code() {
        let idl = assemble(sections(), json!([{ "code": 6000, "name": "Core" }])).unwrap();
        assert_eq!(names(&idl["errors"]), ["Core", "Own"]);
    }

    #[test]
    fn one_code_for_two_errors_is_refused() {
        assert!(assemble(sections(), json!([{ "code": 6001, "name": "Core" }])).is_err());
    }
}
