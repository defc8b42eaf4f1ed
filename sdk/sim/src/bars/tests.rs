//! Every rule of a history.

use std::io::Cursor;

use proptest::prelude::*;

use super::*;

const HEADER: &str = "timestamp,open,high,low,close,volume\n";

fn bars(text: &str) -> Result<Bars, BarError> {
    Bars::from_reader("history.csv", Cursor::new(text.to_owned()))
}

fn read(text: &str) -> (Vec<Bar>, Quality, u64) {
    let mut bars = bars(text).unwrap();
    let read = bars.by_ref().map(Result::unwrap).collect();
    (read, bars.quality(), bars.period())
}

/// The line and the rule of the first error.
fn broken(text: &str) -> (u64, Rule) {
    let error = match bars(text) {
        Err(error) => error,
        Ok(mut bars) => bars.find_map(Result::err).expect("a rule is broken"),
    };
    match error {
        BarError::Line { file, line, rule } => {
            assert_eq!(file, "history.csv");
            (line, rule)
        }
        other => panic!("expected a broken rule, found {other:?}"),
    }
}

/// A good first bar, then the rows given.
fn after_a_bar(rows: &str) -> String {
    format!("{HEADER}0,10,12,9,11,5\n{rows}\n")
}

#[test]
fn a_history_is_read_with_its_period() {
    let (read, quality, period) = read(&after_a_bar("3600,11,13,10,12,6\n7200,12,13,11,12.5,7"));
    assert_eq!(period, 3_600);
    assert_eq!(read[1], Bar { opened_at: 3_600, open: 11.0, high: 13.0, low: 10.0, close: 12.0, volume: 6.0 });
    assert_eq!(read[1].closed_at(period), 7_200);
    assert_eq!(quality, Quality { bars: 3, ..Quality::default() });
}

#[test]
fn other_headers_delimiters_and_times_are_the_same_history() {
    let expected = read("0,10,12,9,11,5\n3600,11,13,10,12,6\n");
    for text in [
        "\u{feff}Date;symbol;Close;Low;High;Open;Volume USD\n1970-01-01;X;11;9;12;10;5\n1970-01-01 01:00;X;12;10;13;11;6",
        "\n\nopen\thigh\tlow\tclose\tvol\tunix\n10\t12\t9\t11\t5\t0\n\n11\t13\t10\t12\t6\t3600\n",
        "\"time\",\"open\",\"high\",\"low\",\"close\",\"volume\"\r\n\"0\",10,12,9,11,5\r\n3600,11,13,10,12,6\r\n",
    ] {
        assert_eq!(read(text), expected, "{text}");
    }
}

#[test]
fn a_history_without_volume_is_kept_and_counted() {
    let (read, quality, _) = read("0,10,12,9,11\n60,10,12,9,11\n120,10,12,9,11\n");
    assert_eq!(read.len(), 3);
    assert_eq!(quality.zero_volume, 3);
    let (_, quality, _) = self::read(&after_a_bar("60,10,12,9,11,0\n120,10,12,9,11,\n180,10,12,9,11,1"));
    assert_eq!(quality.zero_volume, 2);
}

#[test]
fn a_gap_is_counted_and_no_bar_invented() {
    let (read, quality, _) = read(&after_a_bar("60,10,12,9,11,5\n240,10,12,9,11,5\n300,10,12,9,11,5"));
    assert_eq!(read.len(), 4);
    assert_eq!(quality, Quality { bars: 4, gaps: 1, missing_bars: 2, ..Quality::default() });
}

#[test]
fn a_late_bar_off_the_grid_is_a_gap_and_an_early_one_an_error() {
    let (_, quality, _) = read(&after_a_bar("60,10,12,9,11,5\n150,10,12,9,11,5"));
    assert_eq!((quality.gaps, quality.missing_bars), (1, 0));
    assert_eq!(broken(&after_a_bar("60,10,12,9,11,5\n119,10,12,9,11,5")), (4, Rule::TooEarly));
}

#[test]
fn an_equal_repeat_is_dropped_and_another_is_an_error() {
    let (read, quality, period) = read(&after_a_bar("0,10,12,9,11,5\n60,10,12,9,11,5\n60,10,12,9,11,5"));
    assert_eq!((read.len(), quality.duplicates, period), (2, 2, 60));
    assert_eq!(broken(&after_a_bar("0,10,12,9,11,6")), (3, Rule::RepeatDiffers));
}

#[test]
fn fewer_than_two_bars_are_no_history() {
    for text in ["", "\n\n", HEADER, &after_a_bar(""), &after_a_bar("0,10,12,9,11,5")] {
        assert_eq!(broken(text).1, Rule::TooFewBars, "{text}");
    }
    assert_eq!(bars("").err().unwrap().to_string(), "history.csv, line 1: a history needs at least two bars");
}

#[test]
fn every_other_rule_names_its_line() {
    let number = |column, text: &str| Rule::NotANumber { column, text: text.to_owned() };
    for (row, rule) in [
        ("60,10,9,12,11,5", Rule::LowAboveHigh),
        ("60,8,12,9,11,5", Rule::OutsideRange),
        ("60,10,12,9,12.1,5", Rule::OutsideRange),
        ("60,0,12,0,11,5", Rule::PriceNotPositive),
        ("60,10,inf,9,11,5", Rule::PriceNotPositive),
        ("60,10,12,9,NaN,5", Rule::PriceNotPositive),
        ("60,10,12,9,11,-5", Rule::Negative("volume")),
        ("60,10,12,9,11,many", number("volume", "many")),
        ("60,1O,12,9,11,5", number("open", "1O")),
        ("60,10,12,9", Rule::MissingValue("close")),
        ("60,,12,9,11,5", Rule::MissingValue("open")),
        ("-60,10,12,9,11,5", Rule::TimeBackwards),
        ("noon,10,12,9,11,5", Rule::TimeNotParsable("noon".into())),
    ] {
        assert_eq!(broken(&after_a_bar(row)), (3, rule), "{row}");
    }
    assert_eq!(broken("time,open,high,close\n0,1,1,1\n"), (1, Rule::MissingColumn("low")));
}

#[test]
fn digits_may_put_open_and_close_a_hair_outside() {
    assert_eq!(read(&after_a_bar("60,12.000000001,12,9,8.9999999999,5")).0.len(), 2);
}

#[test]
fn the_stream_ends_after_an_error() {
    let mut bars = bars(&after_a_bar("60,10,12,9,11,5\n30,10,12,9,11,5\n120,10,12,9,11,5")).unwrap();
    assert!(bars.by_ref().take(2).all(|bar| bar.is_ok()));
    assert!(bars.next().unwrap().is_err());
    assert!(bars.next().is_none());
}

#[test]
fn a_missing_file_is_an_error_that_names_it() {
    let error = Bars::open(Path::new("/nowhere/BTC.csv")).err().unwrap();
    assert!(error.to_string().starts_with("/nowhere/BTC.csv: "), "{error}");
    assert!(error.rule().is_none());
}

/// Lines that are nearly good reach deeper than bytes.
fn nearly_a_history() -> impl Strategy<Value = String> {
    let cell =
        prop_oneof![any::<f64>().prop_map(|x| x.to_string()), any::<i64>().prop_map(|x| x.to_string()), ".{0,6}"];
    proptest::collection::vec(proptest::collection::vec(cell, 0..8), 0..8).prop_map(|rows| {
        let lines: Vec<String> = rows.iter().map(|row| row.join(",")).collect();
        lines.join("\n")
    })
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        if let Ok(bars) = Bars::from_reader("any", Cursor::new(bytes)) {
            let _ = bars.count();
        }
    }

    #[test]
    fn no_numbers_make_it_panic(text in nearly_a_history(), header in any::<bool>()) {
        let text = if header { format!("{HEADER}{text}") } else { text };
        if let Ok(bars) = Bars::from_reader("any", Cursor::new(text)) {
            let _ = bars.count();
        }
    }
}
