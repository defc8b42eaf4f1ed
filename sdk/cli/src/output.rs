//! What commands print: a table for people, JSON for machines.

use std::io::{self, Write};

use anyhow::Result;
use serde::Serialize;

/// Writes a value as JSON.
pub(crate) fn json(value: &impl Serialize) -> Result<()> {
    let mut out = io::stdout().lock();
    serde_json::to_writer_pretty(&mut out, value)?;
    writeln!(out)?;
    Ok(())
}

/// Writes a line.
pub(crate) fn line(text: &str) -> Result<()> {
    writeln!(io::stdout().lock(), "{text}")?;
    Ok(())
}

/// Writes rows in columns, the first to the left, the others to the right.
pub(crate) fn table(rows: &[Vec<String>]) -> Result<()> {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    for row in rows {
        let cells = row.iter().zip(&widths).enumerate();
        let cells: Vec<String> = cells
            .map(
                |(place, (cell, width))| if place == 0 { format!("{cell:<width$}") } else { format!("{cell:>width$}") },
            )
            .collect();
        line(cells.join("  ").trim_end())?;
    }
    Ok(())
}

/// A fraction in percent.
pub(crate) fn percent(fraction: f64) -> String {
    format!("{:.2} %", fraction * 100.0)
}

/// A change in percent, with its sign.
pub(crate) fn change(fraction: f64) -> String {
    format!("{:+.1} %", fraction * 100.0)
}

/// A ratio.
pub(crate) fn times(ratio: Option<f64>) -> String {
    ratio.map_or_else(|| "-".to_owned(), |ratio| format!("x{ratio:.2}"))
}

/// A probability.
pub(crate) fn probability(p: f64) -> String {
    if p < 0.001 { "<0.001".to_owned() } else { format!("{p:.3}") }
}

/// Whole dollars, with separators.
pub(crate) fn dollars(amount: f64) -> String {
    let digits = format!("{:.0}", amount.abs());
    let mut grouped = String::new();
    for (place, digit) in digits.chars().enumerate() {
        let left = digits.len().saturating_sub(place);
        if place > 0 && left.is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    format!("{}{grouped} USD", if amount < 0.0 { "-" } else { "" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_for_people() {
        assert_eq!(dollars(1_234_567.4), "1,234,567 USD");
        assert_eq!(dollars(-12.0), "-12 USD");
        assert_eq!(
            (percent(0.0123), change(-0.081), probability(0.0)),
            ("1.23 %".into(), "-8.1 %".into(), "<0.001".into())
        );
        assert_eq!((times(Some(1.25)), times(None)), ("x1.25".into(), "-".into()));
    }
}
