//! Real prices from a CSV file of hourly bars. What is wrong with a file is said with its line.

use std::io::Read;
use std::path::Path as FilePath;

use anyhow::{Context, Result, bail, ensure};
use chrono::{DateTime, NaiveDate};

use crate::prices::{DAY, HISTORY_DAYS, HISTORY_STEP, HOUR, Path, with_companions};

/// Columns that a file must have; others are ignored.
const COLUMNS: [&str; 5] = ["timestamp", "open", "high", "low", "close"];

/// Reads bars and takes those whose open lies from `from` up to, and not including, `to`.
pub fn load(file: &FilePath, from: Option<NaiveDate>, to: Option<NaiveDate>, seed: u64) -> Result<Path> {
    let name = file.display().to_string();
    let reader = std::fs::File::open(file).with_context(|| format!("cannot open {name}"))?;
    let closes = closes(&name, reader)?;
    let start = from.map_or(i64::MIN, midnight);
    let end = to.map_or(i64::MAX, midnight);
    ensure!(start < end, "--from {} must be before --to {}", show(from), show(to));
    // a bar's close is known an hour after its open
    let played: Vec<(i64, f64)> = closes.iter().copied().filter(|(at, _)| *at > start && at - HOUR < end).collect();
    let (Some(first), Some(last)) = (played.first(), played.last()) else {
        let (Some((begins, _)), Some((ends, _))) = (closes.first(), closes.last()) else {
            bail!("{name}: there are no bars");
        };
        bail!(
            "{name}: no bars from {} to {}: the file covers {} to {}",
            show(from),
            show(to),
            day(*begins),
            day(*ends)
        );
    };
    let mut history: Vec<(i64, f64)> = closes
        .iter()
        .copied()
        .filter(|(at, _)| *at < first.0 && *at >= first.0 - HISTORY_DAYS * DAY)
        .filter(|(at, _)| (first.0 - HOUR - at) % HISTORY_STEP == 0)
        .collect();
    if history.is_empty() {
        // the file begins where the replay does: the price before the first bar is taken to be the first close
        history.push((first.0 - HOUR, first.1));
    }
    if history[history.len() - 1].0 - history[0].0 < (HISTORY_DAYS - 1) * DAY {
        let known = history[0];
        let missing =
            (1..=HISTORY_DAYS * DAY / HISTORY_STEP).rev().map(|step| (known.0 - step * HISTORY_STEP, known.1));
        history = missing.chain(history).collect();
    }
    let short = file.file_name().map_or_else(|| name.clone(), |short| short.to_string_lossy().into_owned());
    let source = format!("{short}, {} to {}", day(first.0 - HOUR), day(last.0 - 1));
    let quotes = with_companions(&[history.clone(), played].concat(), seed);
    let (history, bars) = quotes.split_at(history.len());
    Ok(Path {
        source,
        synthetic: false,
        history: history.to_vec(),
        bars: bars.iter().map(|quote| vec![*quote]).collect(),
    })
}

/// Time of each close and the close.
fn closes(name: &str, reader: impl Read) -> Result<Vec<(i64, f64)>> {
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(reader);
    let headers = reader.headers().with_context(|| format!("{name}:1"))?.clone();
    let mut places = [0; COLUMNS.len()];
    for (place, column) in places.iter_mut().zip(COLUMNS) {
        *place = headers.iter().position(|header| header.eq_ignore_ascii_case(column)).with_context(|| {
            format!("{name}:1: column `{column}` is missing; found: {}", headers.iter().collect::<Vec<_>>().join(", "))
        })?;
    }
    let mut closes: Vec<(i64, f64)> = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| match error.position() {
            Some(position) => anyhow::anyhow!("{name}:{}: {}", position.line(), plain(&error)),
            None => anyhow::anyhow!("{name}: {error}"),
        })?;
        let line = record.position().map_or(0, csv::Position::line);
        let field = |column: usize| record.get(places[column]).unwrap_or_default();
        let open_time: i64 = field(0)
            .parse()
            .map_err(|_| anyhow::anyhow!("{name}:{line}: timestamp `{}` is not Unix seconds", field(0)))?;
        for (column, label) in COLUMNS.iter().enumerate().skip(1) {
            let price: f64 = field(column)
                .parse()
                .map_err(|_| anyhow::anyhow!("{name}:{line}: {label} `{}` is not a number", field(column)))?;
            ensure!(price > 0.0 && price.is_finite(), "{name}:{line}: {label} {} must be above zero", field(column));
        }
        let close_time = open_time + HOUR;
        if let Some((before, _)) = closes.last() {
            ensure!(
                close_time > *before,
                "{name}:{line}: timestamp {open_time} must be later than {}, that of the row before",
                before - HOUR
            );
        }
        closes.push((close_time, field(4).parse()?));
    }
    Ok(closes)
}

/// What is wrong with a record, without its position.
fn plain(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("{len} fields where the header has {expected_len}")
        }
        csv::ErrorKind::Utf8 { .. } => "not UTF-8".to_string(),
        _ => error.to_string(),
    }
}

fn midnight(date: NaiveDate) -> i64 {
    date.and_time(chrono::NaiveTime::MIN).and_utc().timestamp()
}

/// Date of a time.
pub fn day(at: i64) -> String {
    DateTime::from_timestamp(at, 0).map_or_else(|| at.to_string(), |time| time.format("%Y-%m-%d").to_string())
}

fn show(date: Option<NaiveDate>) -> String {
    date.map_or_else(|| "the file's edge".to_string(), |date| date.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "timestamp,open,high,low,close,volume\n";

    fn error(text: &str) -> String {
        closes("prices.csv", text.as_bytes()).unwrap_err().to_string()
    }

    #[test]
    fn reads_closes_an_hour_after_the_open() {
        let text = format!("{HEADER}0,1,2,0.5,1.5,9\n3600,1.5,2,1,1.25,9\n");
        assert_eq!(closes("prices.csv", text.as_bytes()).unwrap(), vec![(3_600, 1.5), (7_200, 1.25)]);
    }

    #[test]
    fn a_missing_column_fails_with_its_name() {
        assert_eq!(
            error("timestamp,open,high,low\n0,1,2,3\n"),
            "prices.csv:1: column `close` is missing; found: timestamp, open, high, low"
        );
    }

    #[test]
    fn an_unordered_row_fails_with_file_line_and_reason() {
        let text = format!("{HEADER}3600,1,1,1,1,1\n3600,1,1,1,1,1\n");
        assert_eq!(error(&text), "prices.csv:3: timestamp 3600 must be later than 3600, that of the row before");
    }

    #[test]
    fn a_price_that_is_not_positive_fails_with_file_line_and_reason() {
        assert_eq!(error(&format!("{HEADER}0,1,1,0,1,1\n")), "prices.csv:2: low 0 must be above zero");
        assert_eq!(error(&format!("{HEADER}0,1,1,1,-4,1\n")), "prices.csv:2: close -4 must be above zero");
        assert_eq!(error(&format!("{HEADER}0,1,NaN,1,1,1\n")), "prices.csv:2: high NaN must be above zero");
    }

    #[test]
    fn what_is_no_number_fails_with_file_line_and_reason() {
        assert_eq!(error(&format!("{HEADER}noon,1,1,1,1,1\n")), "prices.csv:2: timestamp `noon` is not Unix seconds");
        assert_eq!(error(&format!("{HEADER}0,1,1,1,dear,1\n")), "prices.csv:2: close `dear` is not a number");
        assert_eq!(error(&format!("{HEADER}0,1,1\n")), "prices.csv:2: 3 fields where the header has 6");
    }
}
