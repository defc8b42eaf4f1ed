//! Rows of a text file in columns, with the line that each stands on. One row is in memory at a time.

use std::fs::File;
use std::io::{BufRead, BufReader, Cursor, Read};
use std::path::Path;

use csv::{ReaderBuilder, StringRecord, Trim};

use super::error::{BarError, Rule};
use super::time;

/// Bytes in which the first line must end for its delimiter to be found; no header is longer.
const FIRST_LINE: u64 = 65_536;

/// A stream of rows.
pub(super) struct Rows {
    file: String,
    reader: csv::Reader<Box<dyn Read + Send>>,
    record: StringRecord,
}

impl Rows {
    /// Opens a file.
    pub(super) fn open(path: &Path) -> Result<Self, BarError> {
        let file = path.display().to_string();
        let opened = File::open(path).map_err(|source| BarError::Open { file: file.clone(), source })?;
        Self::from_reader(&file, opened)
    }

    /// Reads from anything; `name` stands for the file in errors.
    pub(super) fn from_reader(name: &str, source: impl Read + Send + 'static) -> Result<Self, BarError> {
        let file = name.to_owned();
        let mut source = BufReader::new(source);
        let first = first_line(&mut source).map_err(|source| BarError::Open { file: file.clone(), source })?;
        let delimiter = delimiter_of(&first);
        let whole: Box<dyn Read + Send> = Box::new(Cursor::new(first).chain(source));
        let reader = ReaderBuilder::new()
            .delimiter(delimiter)
            .has_headers(false)
            .flexible(true)
            .trim(Trim::All)
            .from_reader(whole);
        Ok(Self { file, reader, record: StringRecord::new() })
    }

    /// Moves to the next row that holds anything; `false` at the end.
    pub(super) fn advance(&mut self) -> Result<bool, BarError> {
        loop {
            let more = self
                .reader
                .read_record(&mut self.record)
                .map_err(|source| BarError::Read { file: self.file.clone(), source })?;
            if !more || self.record.iter().any(|field| !field.is_empty()) {
                return Ok(more);
            }
        }
    }

    /// The present row's fields.
    pub(super) fn fields(&self) -> impl Iterator<Item = &str> {
        // A byte order mark is no part of the first name.
        self.record.iter().map(|field| field.trim_start_matches('\u{feff}'))
    }

    /// Whether the present row names columns: a row of values begins with a time.
    pub(super) fn is_header(&self) -> bool {
        self.fields().next().and_then(time::parse).is_none()
    }

    /// A field that has something in it.
    pub(super) fn text(&self, index: usize, column: &'static str) -> Result<&str, Rule> {
        self.fields().nth(index).filter(|text| !text.is_empty()).ok_or(Rule::MissingValue(column))
    }

    /// A field as a number, which may still be infinite.
    pub(super) fn number(&self, index: usize, column: &'static str) -> Result<f64, Rule> {
        let text = self.text(index, column)?;
        text.parse().map_err(|_| Rule::NotANumber { column, text: text.to_owned() })
    }

    /// The error that the present row breaks `rule`.
    pub(super) fn error(&self, rule: Rule) -> BarError {
        let line = self.record.position().map_or(1, csv::Position::line);
        BarError::Line { file: self.file.clone(), line, rule }
    }
}

/// The first line that is not blank, with what stands before it.
fn first_line(source: &mut impl BufRead) -> std::io::Result<Vec<u8>> {
    let mut line = Vec::new();
    let mut limited = source.take(FIRST_LINE);
    while line.trim_ascii().is_empty() {
        if limited.read_until(b'\n', &mut line)? == 0 {
            break;
        }
    }
    Ok(line)
}

/// Whichever of comma, semicolon and tab is most frequent; the comma when none is.
fn delimiter_of(line: &[u8]) -> u8 {
    let count = |delimiter: u8| line.iter().filter(|byte| **byte == delimiter).count();
    // Of equal counts `max_by_key` takes the last.
    [b'\t', b';', b','].into_iter().max_by_key(|delimiter| count(*delimiter)).unwrap_or(b',')
}
