//! Numbers, times and names as the page writes them.

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// What stands where nothing can be said.
pub(super) const NOTHING: &str = "–";
/// Keeps a number and its unit on one line.
const SPACE: char = '\u{a0}';

/// Text inside HTML, attributes included.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

/// A fraction in percent.
pub(super) fn percent(fraction: f64, digits: usize) -> String {
    if fraction.is_finite() { format!("{:.digits$}{SPACE}%", fraction * 100.0) } else { NOTHING.to_owned() }
}

/// A change in percent, with its sign.
pub(super) fn change(fraction: f64, digits: usize) -> String {
    let sign = if fraction < 0.0 { "−" } else { "+" };
    if fraction.is_finite() { format!("{sign}{}", percent(fraction.abs(), digits)) } else { NOTHING.to_owned() }
}

/// `5.2 % below`, `3.0 % above`.
pub(super) fn compared(fraction: f64) -> String {
    let side = if fraction <= 0.0 { "below" } else { "above" };
    format!("{} {side}", percent(fraction.abs(), 1))
}

/// A ratio of two requirements.
pub(super) fn times(ratio: Option<f64>) -> String {
    ratio.filter(|ratio| ratio.is_finite()).map_or_else(|| NOTHING.to_owned(), |ratio| format!("×{ratio:.2}"))
}

/// A probability.
pub(super) fn probability(p: f64) -> String {
    if !p.is_finite() {
        NOTHING.to_owned()
    } else if p < 0.001 {
        "&lt;0.001".to_owned()
    } else {
        format!("{p:.3}")
    }
}

/// A count with its thousands apart.
pub(super) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && digits.len().saturating_sub(place) % 3 == 0 {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// Dollars, short.
pub(super) fn money(dollars: f64) -> String {
    match dollars.abs() {
        size if !size.is_finite() => NOTHING.to_owned(),
        size if size >= 1e9 => format!("${}bn", trimmed(dollars / 1e9)),
        size if size >= 1e6 => format!("${}m", trimmed(dollars / 1e6)),
        size if size >= 1e4 => format!("${:.0}k", dollars / 1e3),
        _ if dollars >= 0.0 => format!("${}", count(crate::numbers::whole(dollars).unwrap_or(0))),
        _ => format!("−${:.0}", dollars.abs()),
    }
}

/// A number without zeros at its end, to two digits.
pub(super) fn trimmed(value: f64) -> String {
    let text = format!("{value:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A duration of whole hours or days where it is one.
pub(super) fn duration(seconds: u64) -> String {
    let whole = |unit: u64| seconds.checked_rem(unit) == Some(0) && seconds > unit;
    let of = |unit: u64| seconds.checked_div(unit).unwrap_or(0);
    match seconds {
        _ if whole(86_400) => format!("{}{SPACE}days", of(86_400)),
        86_400 => format!("1{SPACE}day"),
        _ if whole(3_600) => format!("{}{SPACE}hours", of(3_600)),
        3_600 => format!("1{SPACE}hour"),
        _ if whole(60) => format!("{}{SPACE}minutes", of(60)),
        _ => format!("{seconds}{SPACE}seconds"),
    }
}

/// A time in UTC, by a pattern of `strftime`.
pub(super) fn time(at: i64, pattern: &str) -> String {
    let Ok(time) = Timestamp::from_second(at) else { return String::new() };
    time.to_zoned(TimeZone::UTC).strftime(pattern).to_string()
}

/// A policy's name on the page: long in tables, short in charts.
pub(super) fn policy(name: &'static str) -> (&'static str, &'static str) {
    match name {
        "constant" => ("Constant", "constant"),
        "ewma" => ("EWMA, plain", "EWMA"),
        "ewma_buffer" => ("EWMA with buffer", "EWMA+buffer"),
        "ewma_stress" => ("EWMA with stress", "EWMA+stress"),
        "ewma_floor" => ("EWMA with floor", "EWMA+floor"),
        "drift" => ("Drift", "Drift"),
        "dydx" => ("dYdX", "dYdX"),
        "hyperliquid" => ("Hyperliquid", "Hyperliquid"),
        "deribit" => ("Deribit", "Deribit"),
        other => (other, other),
    }
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, clippy::indexing_slicing, reason = "tests may")]
mod tests {
    use super::*;

    #[test]
    fn what_a_file_is_called_cannot_write_html() {
        assert_eq!(escape("<b a='1' c=\"2\">&</b>"), "&lt;b a=&#39;1&#39; c=&quot;2&quot;&gt;&amp;&lt;/b&gt;");
    }

    #[test]
    fn what_is_no_number_is_a_dash() {
        for text in
            [percent(f64::NAN, 2), change(f64::INFINITY, 1), times(None), probability(f64::NAN), money(f64::NAN)]
        {
            assert_eq!(text, NOTHING);
        }
    }

    #[test]
    fn numbers_have_units_and_signs() {
        assert_eq!(percent(0.0103, 2), "1.03\u{a0}%");
        assert_eq!((change(-0.05, 1), change(0.05, 1)), ("−5.0\u{a0}%".to_owned(), "+5.0\u{a0}%".to_owned()));
        assert_eq!((compared(-0.05), compared(0.05)), ("5.0\u{a0}% below".to_owned(), "5.0\u{a0}% above".to_owned()));
        assert_eq!([0, 999, 1_000, 1_234_567].map(count), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!([3_117.0, 25_000.0, 1.5e6].map(money), ["$3,117", "$25k", "$1.5m"]);
        assert_eq!(
            [60, 3_600, 28_800, 86_400, 10_368_000].map(duration).map(|text| text.replace(SPACE, " ")),
            ["60 seconds", "1 hour", "8 hours", "1 day", "120 days"]
        );
        assert_eq!(time(1_583_971_200, "%Y-%m-%d %H:%M"), "2020-03-12 00:00");
    }
}
