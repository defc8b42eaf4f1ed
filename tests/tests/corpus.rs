//! Cases that the fuzzer has found, replayed: everything that it checks holds after each of their steps.

use std::path::Path;
use std::process::Command;

#[test]
fn every_case_of_the_corpus_holds() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");

    let replayed = Command::new(env!("CARGO_BIN_EXE_fuzz")).arg("--replay").arg(&corpus).output().unwrap();

    let text = String::from_utf8_lossy(&replayed.stdout);
    assert!(replayed.status.success(), "{text}{}", String::from_utf8_lossy(&replayed.stderr));
    let count = std::fs::read_dir(&corpus).unwrap().count();
    assert!(count > 40 && text.contains(&format!("{count} cases replayed")), "{text}");
}

#[test]
fn a_run_says_what_it_did() {
    let run =
        Command::new(env!("CARGO_BIN_EXE_fuzz")).args(["--seconds", "2", "--seed", "9", "--json"]).output().unwrap();

    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let summary: serde_json::Value = serde_json::from_slice(&run.stdout).unwrap();
    let mut keys: Vec<&String> = summary.as_object().unwrap().keys().collect();
    keys.sort();
    assert_eq!(keys, ["accepted", "failures", "seconds", "seed", "steps"]);
    assert_eq!((&summary["failures"], &summary["seed"]), (&0.into(), &9.into()));
    let (steps, accepted) = (summary["steps"].as_u64().unwrap(), summary["accepted"].as_u64().unwrap());
    assert!(steps > 100 && accepted > 20 && accepted <= steps, "{summary}");
}
