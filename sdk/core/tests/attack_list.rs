//! The page of attacks names tests that exist.
#![allow(missing_docs, clippy::panic, clippy::unwrap_used, reason = "tests may panic")]

use std::fs;
use std::path::{Path, PathBuf};

const PAGE: &str = include_str!("../../../docs/attacks.md");

/// Tests as a part of the page names them: a file and a function.
fn named(part: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    let words = part.split('`').filter_map(|word| word.split_once("::"));
    words.filter(|(file, _)| Path::new(file).extension().is_some_and(|extension| extension == "rs"))
}

/// Files on the page are written from where they lie: `chain/` and `sim/` are folders of other crates.
fn path(file: &str) -> PathBuf {
    let core = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    match file.split_once('/') {
        Some(("chain", rest)) => core.join("../../../tests/tests").join(rest),
        Some(("sim", rest)) => core.join("../../sim/tests").join(rest),
        _ => core.join(file),
    }
}

/// Attributes of a test, up to its body.
fn attributes(file: &str, test: &str) -> String {
    let source = fs::read_to_string(path(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
    let mut heads = source.split("test]").skip(1).filter_map(|after| after.split('{').next());
    let head = heads.find(|head| head.contains(&format!("fn {test}(")));
    head.unwrap_or_else(|| panic!("{file} has no test {test}")).to_owned()
}

#[test]
fn every_test_on_the_page_exists_and_is_run_unless_it_is_open() {
    let (closed, open) = PAGE.split_once("## Open").unwrap();
    for (file, test) in named(closed) {
        assert!(!attributes(file, test).contains("#[ignore"), "{file} ignores {test}");
    }
    for (file, test) in named(open) {
        attributes(file, test);
    }
    assert!(named(closed).count() > 80, "the page names too few tests");
}

/// A row without a test is a wish.
#[test]
fn every_row_names_a_test() {
    let rows = PAGE.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| attack |"));
    for row in rows.filter(|row| !row.starts_with("| incident |")) {
        assert!(row.contains(".rs::"), "without a test: {row}");
    }
}
