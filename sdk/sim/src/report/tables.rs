//! The tables of the page.

use super::study::Study;
use super::text::{NOTHING, change, count, escape, money, percent, policy, probability, times};
use super::verdict::{Check, REJECTS_BELOW, against, colour};
use crate::calibrate::{Calibrated, Judgement};
use crate::numbers::real;
use crate::replay::Replayed;
use crate::tally::{Figures, PROMISED_RATE};

/// Shares of windows above which a low average margin is no merit.
const SHORT_ABOVE: f64 = 0.013;

/// A cell and, for the mark of the best, how far it is from the ideal; none does not compete.
type Cell = (String, Option<f64>);

/// A table in a container of its own, in which it scrolls.
fn table(caption: &str, head: &[&str], rows: &str) -> String {
    let head: String = head.iter().map(|title| format!("<th scope=\"col\">{title}</th>")).collect();
    format!(
        "<div class=\"scroll\" role=\"region\" tabindex=\"0\" \
         aria-label=\"{caption}\"><table><caption>{caption}</caption>\
         <thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )
}

fn row(title: &str, cells: impl IntoIterator<Item = String>) -> String {
    let cells: String = cells.into_iter().map(|cell| format!("<td>{cell}</td>")).collect();
    format!("<tr><th scope=\"row\">{title}</th>{cells}</tr>")
}

/// What was asked, what was measured, and whether it was kept.
pub(super) fn checks(checks: &[Check], file: &str) -> String {
    let rows: String = checks
        .iter()
        .map(|check| {
            let (class, word) = match check.kept {
                Some(true) => ("kept", "✓ kept"),
                Some(false) => ("missed", "✗ missed"),
                None => ("", "cannot be said"),
            };
            row(check.asked, [check.measured.clone(), format!("<span class=\"{class}\">{word}</span>")])
        })
        .collect();
    table(&format!("Bounds and tests, {}", escape(file)), &["Asked", "Measured", "Verdict"], &rows)
}

/// All policies beside each other, ours first.
pub(super) fn policies(study: &Study) -> String {
    let backtested = &study.backtested;
    let order =
        ["constant", "ewma", "ewma_buffer", "ewma_stress", "ewma_floor", "drift", "dydx", "hyperliquid", "deribit"];
    let others = order.iter().filter_map(|name| Some((policy(name).0, backtested.baselines.get(name)?)));
    let all: Vec<(&str, Vec<Cell>)> = std::iter::once(("Ballast", &backtested.figures))
        .chain(others)
        .map(|(name, figures)| (name, cells(figures)))
        .collect();
    let columns = all.first().map_or(0, |(_, cells)| cells.len());
    let best: Vec<Option<f64>> = (0..columns)
        .map(|column| {
            let distances =
                all.iter().filter_map(|(_, cells)| cells.get(column)?.1).filter(|distance| distance.is_finite());
            distances.reduce(f64::min)
        })
        .collect();
    let rows: String = all
        .into_iter()
        .map(|(name, cells)| {
            let marked = cells.into_iter().zip(&best).map(|((text, distance), best)| match (distance, best) {
                (Some(distance), Some(best)) if distance <= best + 1e-12 => format!("<b>{text}</b>"),
                _ => text,
            });
            row(name, marked)
        })
        .collect();
    let head = [
        "Policy",
        "Average margin",
        "Breaches",
        "Breach rate",
        "Kupiec p",
        "Christof\u{ad}fersen p",
        "Basel",
        "Total shortfall",
        "Worst shortfall",
        "Peak to trough",
        "Rise 1\u{a0}h",
        "Rise 24\u{a0}h",
        "Rise 5\u{a0}d",
        "Rise 30\u{a0}d",
    ];
    let table = table(&format!("Policies on {}", escape(&backtested.file)), &head, &rows);
    format!("<div class=\"dense\">{table}</div>")
}

/// A probability competes if it does not reject.
fn accepted(p: f64) -> Option<f64> {
    (p >= REJECTS_BELOW).then_some(-p)
}

fn cells(figures: &Figures) -> Vec<Cell> {
    let rise = |ratio: Option<f64>| (times(ratio), ratio);
    let is_sound = figures.breach_rate <= SHORT_ABOVE;
    let off = (figures.breach_rate - PROMISED_RATE).abs();
    let basel = format!("<i class=\"dot {0}\"></i>{0}", colour(figures.basel));
    vec![
        (percent(figures.average_margin, 2), is_sound.then_some(figures.average_margin)),
        (count(figures.breaches), None),
        (percent(figures.breach_rate, 2), Some(off)),
        (probability(figures.kupiec_p), accepted(figures.kupiec_p)),
        (probability(figures.christoffersen_p), accepted(figures.christoffersen_p)),
        (basel, None),
        (percent(figures.total_shortfall, 1), Some(figures.total_shortfall)),
        (percent(figures.worst_shortfall, 1), Some(figures.worst_shortfall)),
        rise(figures.peak_to_trough),
        rise(figures.largest_rise_1h),
        rise(figures.largest_rise_24h),
        rise(figures.largest_rise_5d),
        rise(figures.largest_rise_30d),
    ]
}

/// What happened to a market of traders, with and without impact.
pub(super) fn replays(file: &str, [with, without]: &[Replayed; 2]) -> String {
    type Said = fn(&Replayed) -> String;
    let rows: [(&str, Said); 15] = [
        ("Notional opened", |held| money(held.notional_opened)),
        ("Margin calls", |held| count(held.calls)),
        ("… that closed again", |held| count(held.calls_closed)),
        ("Collateral called", |held| money(held.collateral_called)),
        ("Topped up from reserves", |held| money(held.topped_up)),
        ("Deposited in answer to calls", |held| money(held.answered)),
        ("Liquidations", |held| count(held.liquidations)),
        ("… that nobody would have missed", |held| count(held.unnecessary)),
        ("… as a share", |held| percent(real(held.unnecessary) / real(held.liquidations.max(1)), 1)),
        ("Notional liquidated", |held| money(held.notional_liquidated)),
        ("Accounts that ended below zero", |held| count(held.insolvent)),
        ("Bad debt", |held| money(held.bad_debt)),
        ("… covered by insurance", |held| money(held.by_insurance)),
        ("… charged to the other side", |held| money(held.by_index)),
        ("Largest impact of liquidations on the price", |held| percent(held.largest_impact, 2)),
    ];
    let rows: String = rows.iter().map(|(title, said)| row(title, [said(with), said(without)])).collect();
    let caption = format!("{} traders on {}", count(with.traders), escape(file));
    table(&caption, &["Counted", "With impact", "Without"], &rows)
}

/// What a calibration found where it looked, and where it did not.
pub(super) fn calibrated(calibrated: &Calibrated) -> String {
    let of = |title: &str, judged: &Judgement| {
        let Judgement { figures, .. } = judged;
        let hindsight = against(figures.average_margin, figures.constant_margin_same_coverage);
        row(
            &format!("{}, {title}", escape(&judged.file)),
            [
                format!("{} to {}", judged.from, judged.to),
                percent(figures.breach_rate, 2),
                percent(figures.average_margin, 2),
                hindsight.map_or_else(|| NOTHING.to_owned(), |ratio| change(ratio, 1)),
                change(judged.against_training_constant, 1),
                times(figures.largest_rise_within_24h),
            ],
        )
    };
    let rows: String = calibrated
        .train
        .iter()
        .zip(&calibrated.test)
        .map(|(train, test)| format!("{}{}", of("fitted", train), of("judged", test)))
        .collect();
    let head = [
        "History",
        "Span",
        "Windows breached",
        "Average margin",
        "Against hindsight constant",
        "Against training constant",
        "Rise within 24 h",
    ];
    table("Fitted and judged", &head, &rows)
}
