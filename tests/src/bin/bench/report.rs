//! The figures as a table, as JSON and as `docs/compute-units.md`; and the comparison with that file.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use ballast_core::state::MarginAccount;

use crate::bench::Row;
use crate::machine::deploy_folder;

/// A figure may worsen by this many percent: alignment and inlining move it by about one.
const TOLERANCE: u64 = 3;
/// What the toolchain is called when nobody has said it.
const UNKNOWN: &str = "unknown";
/// What stands before the toolchain's name in the file.
const BUILT_BY: &str = "Artifact built by: ";
/// Head of the table that is read back.
const HEAD: &str = "| instruction | case | positions | collaterals | compute units |\n|---|---|--:|--:|--:|\n";

/// What is aimed for: instruction, case (any when empty), positions, collaterals, compute units.
const TARGETS: [(&str, &str, usize, usize, u64); 7] = [
    ("margin check", "per perpetual on an underlying already held", 1, 0, 300),
    ("margin check", "per perpetual on an own underlying", 1, 0, 800),
    ("margin check", "per collateral", 0, 1, 500),
    ("refresh", "", 1, 0, 15_000),
    ("trade", "", 16, 0, 40_000),
    ("rebalance", "", 16, 0, 30_000),
    ("liquidate", "", 8, 7, 40_000),
];

/// The table that [`parse`] reads back.
#[must_use]
pub fn table(rows: &[Row]) -> String {
    rows.iter().fold(HEAD.to_owned(), |mut table, row| {
        let Row { instruction, case, positions, collaterals, cu } = row;
        let _ = writeln!(table, "| {instruction} | {case} | {positions} | {collaterals} | {cu} |");
        table
    })
}

/// A list of objects, one a line. Names hold no character that JSON escapes.
#[must_use]
pub fn json(rows: &[Row]) -> String {
    let objects: Vec<String> = rows
        .iter()
        .map(|Row { instruction, case, positions, collaterals, cu }| {
            format!(
                "  {{\"instruction\": \"{instruction}\", \"case\": \"{case}\", \"positions\": {positions}, \
                 \"collaterals\": {collaterals}, \"cu\": {cu}}}"
            )
        })
        .collect();
    format!("[\n{}\n]\n", objects.join(",\n"))
}

/// Writes the file.
///
/// # Errors
/// When it cannot be written.
pub fn write(rows: &[Row]) -> Result<(), String> {
    let file = file();
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    }
    std::fs::write(&file, page(rows, &toolchain())).map_err(|error| format!("{}: {error}", file.display()))
}

/// Compares with the file. Another toolchain's figures are printed and not judged: compilers differ by more than changes.
///
/// # Errors
/// When a figure has worsened or is missing, or the file cannot be read.
pub fn check(rows: &[Row]) -> Result<(), String> {
    let file = file();
    let page = std::fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
    let committed = parse(&page)?;
    let (worse, seen) = compare(&committed, rows);
    print!("{seen}");
    let (theirs, ours) = (built_by(&page), toolchain());
    if theirs != ours {
        println!("{} is of `{theirs}`, this artifact of `{ours}`: not judged", file.display());
        return Ok(());
    }
    if worse.is_empty() {
        println!("{} figures within {TOLERANCE} % of {}", rows.len(), file.display());
        return Ok(());
    }
    Err(format!("{}\nwrite {} anew (bench --write) if this is meant", worse.join("\n"), file.display()))
}

/// Figures that are worse, and a line for each that differs at all.
fn compare(committed: &[Row], rows: &[Row]) -> (Vec<String>, String) {
    let (mut worse, mut seen) = (Vec::new(), String::new());
    for old in committed {
        let name = format!(
            "{} ({}) with {} positions and {} collaterals",
            old.instruction, old.case, old.positions, old.collaterals
        );
        let same = |row: &&Row| Row { cu: old.cu, ..(*row).clone() } == *old;
        let Some(new) = rows.iter().find(same) else {
            worse.push(format!("{name}: not measured any more"));
            continue;
        };
        if new.cu != old.cu {
            let _ = writeln!(seen, "{name}: {} -> {}", old.cu, new.cu);
        }
        if new.cu * 100 > old.cu * (100 + TOLERANCE) {
            worse.push(format!("{name}: {} is more than {TOLERANCE} % above {}", new.cu, old.cu));
        }
    }
    (worse, seen)
}

fn file() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/compute-units.md")
}

/// Who built the artifact: `BALLAST_TOOLCHAIN`, or what the build wrote beside the artifact.
fn toolchain() -> String {
    std::env::var("BALLAST_TOOLCHAIN")
        .or_else(|_| std::fs::read_to_string(deploy_folder().join("ballast.toolchain")))
        .map_or_else(|_| UNKNOWN.to_owned(), |name| name.trim().to_owned())
}

fn built_by(page: &str) -> &str {
    page.lines().find_map(|line| line.strip_prefix(BUILT_BY)).unwrap_or(UNKNOWN)
}

/// Reads the table of figures out of the file.
fn parse(page: &str) -> Result<Vec<Row>, String> {
    let (_, table) = page.split_once(HEAD).ok_or("docs/compute-units.md has no table of figures")?;
    table.lines().take_while(|line| line.starts_with('|')).map(parse_row).collect()
}

fn parse_row(line: &str) -> Result<Row, String> {
    let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
    let [instruction, case, positions, collaterals, cu] = cells[..] else {
        return Err(format!("not a row of figures: {line}"));
    };
    let number = |cell: &str| cell.parse::<u64>().map_err(|error| format!("{cell} in {line}: {error}"));
    Ok(Row {
        instruction: instruction.into(),
        case: case.into(),
        positions: usize::try_from(number(positions)?).map_err(|error| error.to_string())?,
        collaterals: usize::try_from(number(collaterals)?).map_err(|error| error.to_string())?,
        cu: number(cu)?,
    })
}

/// The whole file.
fn page(rows: &[Row], toolchain: &str) -> String {
    let targets = targets(rows);
    let size = MarginAccount::SPACE;
    let table = table(rows);
    format!(
        "# Compute units\n\n\
         What every instruction costs on chain, measured on the artifact in LiteSVM by `cargo xtask bench -- --write`. \
         `cargo xtask ci` fails when a figure is more than {TOLERANCE} % above this file and the same toolchain built \
         both.\n\n\
         {BUILT_BY}{toolchain}\n\n\
         The states are the worst that an account can be in: each position on its own underlying up to the limit of \
         twelve, ramps and weights under way, funding and loss indices behind, moving averages worse than spot, values \
         beyond 64 bits, USDC below par; depth decays, an index counts, a window of coverage ends, and twice as much \
         of every collateral is held as counts in full. Both sides of an instruction have the same positions and collaterals. For `refresh` positions \
         are the contracts and collaterals the vaults on the underlying. `margin check` is one walk and one level, from \
         the differences between withdrawals.\n\n\
         ## Targets\n\n{targets}\n\
         A `MarginAccount` has {size} bytes (target 1,280), with 16 positions and 7 collaterals.\n\n\
         ## Peers\n\n\
         As their own tests and account types say.\n\n\
         | protocol | what | compute units or bytes |\n|---|---|--:|\n\
         | Mango v4 | health check, a token | 3,350 |\n\
         | Mango v4 | health check, a perpetual | 4,800 |\n\
         | Mango v4 | liquidation of a token | 79,000 to 84,000 |\n\
         | Mango v4 | liquidation of a perpetual | 150,000 to 170,000 |\n\
         | Zeta | budget of a liquidation | 300,000 |\n\
         | GMX-Solana | budget of a liquidation | 400,000 |\n\
         | Drift | user account (8 spot, 8 perpetuals, 32 orders) | 4,376 bytes |\n\
         | marginfi | account (16 balances) | 2,304 bytes |\n\n\
         ## Figures\n\n{table}"
    )
}

/// What is aimed for beside where it ends: the dearest case of each.
fn targets(rows: &[Row]) -> String {
    let mut table =
        "| what | case | positions | collaterals | target | compute units |\n|---|---|--:|--:|--:|--:|\n".to_owned();
    for (instruction, case, positions, collaterals, target) in TARGETS {
        let dearest = rows
            .iter()
            .filter(|row| row.instruction == instruction && (case.is_empty() || row.case == case))
            .filter(|row| row.positions == positions && row.collaterals == collaterals)
            .max_by_key(|row| row.cu);
        if let Some(Row { case, cu, .. }) = dearest {
            let _ = writeln!(table, "| {instruction} | {case} | {positions} | {collaterals} | {target} | {cu} |");
        }
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(case: &str, cu: u64) -> Row {
        Row { instruction: "trade".into(), case: case.into(), positions: 16, collaterals: 7, cu }
    }

    #[test]
    fn the_file_is_read_back() {
        let rows = vec![row("", 12_345), row("a; b", 1)];
        let page = page(&rows, "a compiler 1.2 (of somebody)");
        assert_eq!(parse(&page), Ok(rows));
        assert_eq!(built_by(&page), "a compiler 1.2 (of somebody)");
    }

    #[test]
    fn three_percent_more_pass_and_any_above_fail() {
        let committed = [row("", 10_000)];
        assert!(compare(&committed, &[row("", 10_300)]).0.is_empty());
        assert_eq!(compare(&committed, &[row("", 10_301)]).0.len(), 1);
        assert_eq!(compare(&committed, &[row("another", 1)]).0.len(), 1);
    }
}
