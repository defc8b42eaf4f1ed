//! Which column holds what.

use super::error::Rule;

/// Names of the column with the time a bar opens.
const TIMES: [&str; 7] = ["timestamp", "time", "date", "datetime", "open_time", "unix", "opened_at"];

/// The place of each value in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Columns {
    pub(super) time: usize,
    pub(super) open: usize,
    pub(super) high: usize,
    pub(super) low: usize,
    pub(super) close: usize,
    /// Some sources have none.
    pub(super) volume: Option<usize>,
}

impl Columns {
    /// The order of a file without a header; rows without a sixth value have no volume.
    pub(super) const WITHOUT_HEADER: Self = Self { time: 0, open: 1, high: 2, low: 3, close: 4, volume: Some(5) };

    /// Reads a header: names in any order and case, unknown ones ignored, of several that fit the first.
    pub(super) fn from_header<'row>(header: impl Iterator<Item = &'row str>) -> Result<Self, Rule> {
        let names: Vec<String> = header.map(|name| name.to_lowercase().replace([' ', '-'], "_")).collect();
        let place = |fits: &dyn Fn(&str) -> bool| names.iter().position(|name| fits(name));
        let named = |name: &'static str| place(&|other| other == name).ok_or(Rule::MissingColumn(name));
        Ok(Self {
            time: place(&|name| TIMES.contains(&name)).ok_or(Rule::MissingColumn("timestamp"))?,
            open: named("open")?,
            high: named("high")?,
            low: named("low")?,
            close: named("close")?,
            volume: place(&|name| name.starts_with("vol")),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(header: &str) -> Result<Columns, Rule> {
        Columns::from_header(header.split(','))
    }

    #[test]
    fn names_stand_in_any_order_and_case() {
        let found = columns("symbol,Volume BTC,Volume USD,CLOSE,low,High,Open,Open time").unwrap();
        assert_eq!(found, Columns { time: 7, open: 6, high: 5, low: 4, close: 3, volume: Some(1) });
    }

    #[test]
    fn volume_is_optional() {
        assert_eq!(columns("unix,date,open,high,low,close").unwrap().volume, None);
    }

    #[test]
    fn each_other_column_is_needed() {
        assert_eq!(columns("t,open,high,low,close"), Err(Rule::MissingColumn("timestamp")));
        assert_eq!(columns("time,high,low,close"), Err(Rule::MissingColumn("open")));
        assert_eq!(columns("time,open,low,close"), Err(Rule::MissingColumn("high")));
        assert_eq!(columns("time,open,high,close"), Err(Rule::MissingColumn("low")));
        assert_eq!(columns("time,open,high,low"), Err(Rule::MissingColumn("close")));
    }
}
