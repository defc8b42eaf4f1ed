//! What Anchor's tool refuses: discriminators by which one thing could pass for another.

use serde_json::Value;

use crate::command::{Failure, Outcome};

/// # Errors
/// If a discriminator is empty or the beginning of another of its kind, or if an account's could be mistaken for that
/// of a fresh account, which is zeros.
pub(crate) fn check(description: &Value) -> Outcome {
    for kind in ["instructions", "accounts", "events"] {
        let all = discriminators(description, kind);
        for (index, (name, bytes)) in all.iter().enumerate() {
            if bytes.is_empty() {
                return Err(Failure::new(format!("{name} of the {kind} has no discriminator")));
            }
            let others = all.iter().enumerate().filter(|(other, _)| *other != index);
            for (_, (other, longer)) in others {
                if longer.starts_with(bytes) {
                    return Err(Failure::new(format!(
                        "{name} and {other} of the {kind} cannot be told apart by their discriminators"
                    )));
                }
            }
        }
    }
    no_account_looks_fresh(&discriminators(description, "accounts"))
}

/// Anchor's constraint `zero` asks whether the bytes of the discriminator are zero. An account that begins with as many
/// zeros as another's discriminator is long would pass for a fresh one of that other type.
fn no_account_looks_fresh(accounts: &[(&str, Vec<u64>)]) -> Outcome {
    for (name, bytes) in accounts {
        let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
        if accounts.iter().any(|(_, other)| other.len() <= zeros) {
            return Err(Failure::new(format!(
                "the discriminator of {name} begins with {zeros} zeros and could pass for a fresh account"
            )));
        }
    }
    Ok(())
}

/// Names and discriminators of one kind.
fn discriminators<'a>(description: &'a Value, kind: &str) -> Vec<(&'a str, Vec<u64>)> {
    list(description, kind)
        .iter()
        .map(|value| {
            let name = value.get("name").and_then(Value::as_str);
            let bytes = list(value, "discriminator").iter().filter_map(Value::as_u64);
            (name.unwrap_or("a nameless one"), bytes.collect())
        })
        .collect()
}

fn list<'a>(value: &'a Value, field: &str) -> &'a [Value] {
    let list = value.get(field).and_then(Value::as_array);
    list.map(Vec::as_slice).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn accounts(first: &[u8], second: &[u8]) -> Value {
        json!({ "accounts": [
            { "name": "Vault", "discriminator": first },
            { "name": "Board", "discriminator": second },
        ] })
    }

    #[test]
    fn different_discriminators_pass() {
        assert_eq!(check(&accounts(&[1, 2], &[1, 3])), Ok(()));
    }

    #[test]
    fn equal_nested_and_empty_discriminators_are_refused() {
        for (first, second) in [(&[1, 2][..], &[1, 2][..]), (&[1], &[1, 2]), (&[], &[1])] {
            assert!(check(&accounts(first, second)).is_err());
        }
    }

    #[test]
    fn an_account_that_could_pass_for_a_fresh_one_is_refused() {
        assert!(check(&accounts(&[0, 0], &[1, 2])).is_err());
        assert!(check(&accounts(&[0, 5], &[9])).is_err());
        assert_eq!(check(&accounts(&[0, 5], &[9, 1])), Ok(()));
    }
}
