//! `target/demo/report.html`: one page that needs nothing but itself.

use std::path::Path as FilePath;

use anyhow::{Context, Result};

use crate::charts;
use crate::prices::Path;
use crate::run::Outcome;
use crate::summary::{Summary, dollars, short};

/// The page, with a place for each part.
const PAGE: &str = include_str!("report.html");

/// Writes the report.
pub fn write(file: &FilePath, path: &Path, outcome: &Outcome, summary: &Summary, traders: usize) -> Result<()> {
    let snapshots = &outcome.snapshots;
    let parts = [
        ("title", title(path).to_string()),
        ("source", escaped(&path.source)),
        ("headline", headline(summary)),
        ("lede", lede(summary)),
        ("figures", figures(summary)),
        ("price_text", price_text(path)),
        ("price", charts::price(snapshots)?),
        ("requirement", charts::requirement(snapshots)?),
        ("calls", charts::calls(snapshots)?),
        ("liquidations", charts::liquidations(snapshots)?),
        ("wealth", charts::wealth(snapshots)?),
        ("traders", traders.to_string()),
        ("table", table(summary)),
        ("footer", footer(summary)),
    ];
    let page = parts.iter().fold(PAGE.to_string(), |page, (name, part)| page.replace(&format!("{{{{{name}}}}}"), part));
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    }
    std::fs::write(file, page).with_context(|| format!("cannot write {}", file.display()))
}

const fn title(path: &Path) -> &'static str {
    if path.synthetic { "a synthetic week" } else { "a replay" }
}

/// What happened, in a sentence.
fn headline(summary: &Summary) -> String {
    let fall = (-100.0 * summary.deepest_fall).round();
    let end = if summary.counts.bad_debt_usd < 1.0 {
        "nobody was left with somebody else’s loss".to_string()
    } else {
        format!("${} of losses had to be carried by others", dollars(summary.counts.bad_debt_usd))
    };
    format!("BTC fell by {fall:.0} %, and {end}")
}

fn lede(summary: &Summary) -> String {
    let counts = &summary.counts;
    let books = if summary.conservation_error == 0 {
        "At the end the books of every account balance to the last unit."
    } else {
        "At the end the books do not balance."
    };
    let debt = if counts.bad_debt_usd < 1.0 {
        String::new()
    } else {
        format!(
            " {} accounts ended below zero: insurance covered ${}, the opposite side was charged ${}, ${} was left open.",
            counts.insolvencies,
            dollars(counts.covered_by_insurance_usd),
            dollars(counts.charged_to_opposite_side_usd),
            dollars(counts.left_as_deficit_usd),
        )
    };
    format!(
        "{} margin calls went out; {} were closed again by top-ups, liquidation or recovery. Reserves topped accounts up {} times. A keeper took over \
         {} of positions in {} steps, each no larger than needed.{debt} {books}",
        counts.margin_calls,
        counts.calls_closed,
        counts.top_ups,
        short(counts.liquidated_usd),
        counts.liquidations,
    )
}

fn price_text(path: &Path) -> String {
    if path.synthetic {
        "A calm, a crash of eleven hours, and a recovery, drawn from a seed. Prices arrive every quarter of an hour as \
         Pyth accounts."
            .to_string()
    } else {
        "Hourly closes as they were, published as Pyth accounts: the keeper acts once an hour, so a fall within an hour \
         meets accounts unprepared. SOL, which serves as collateral, is drawn to move 1.2 times as much as BTC; depth is \
         held constant."
            .to_string()
    }
}

fn figures(summary: &Summary) -> String {
    let counts = &summary.counts;
    let cards = [
        (counts.margin_calls.to_string(), "margin calls"),
        (short(counts.topped_up_usd), "topped up from reserves"),
        (short(counts.liquidated_usd), "taken over by keepers"),
        (short(counts.bad_debt_usd), "bad debt"),
        (format!("×{:.2}", summary.largest_rise_24h), "largest rise of the requirement in a day"),
        (summary.conservation_error.to_string(), "units by which the books are off"),
    ];
    cards
        .iter()
        .map(|(value, label)| format!("<div class=\"figure\"><b>{value}</b><span>{label}</span></div>"))
        .collect()
}

fn table(summary: &Summary) -> String {
    let counts = &summary.counts;
    let money = |amount: f64| format!("${}", dollars(amount));
    let rows = [
        ("Hours played", summary.bars.to_string()),
        ("Margin accounts", summary.accounts.to_string()),
        ("Largest open interest of one side", money(summary.largest_open_interest_usd)),
        ("Margin calls opened, and closed again", format!("{}, {}", counts.margin_calls, counts.calls_closed)),
        ("Top-ups from reserves", format!("{}, {}", counts.top_ups, money(counts.topped_up_usd))),
        ("Released back to reserves", money(counts.released_usd)),
        (
            "Liquidation steps, and the value taken",
            format!("{}, {}", counts.liquidations, money(counts.liquidated_usd)),
        ),
        ("Fees that liquidated accounts paid", money(counts.liquidation_fees_usd)),
        ("Sales of collateral", format!("{}, {}", counts.collateral_sales, money(counts.collateral_sold_usd))),
        ("Accounts that ended below zero", counts.insolvencies.to_string()),
        ("Bad debt", money(counts.bad_debt_usd)),
        ("… covered by insurance", money(counts.covered_by_insurance_usd)),
        ("… charged to the opposite side", money(counts.charged_to_opposite_side_usd)),
        ("… left as deficit", money(counts.left_as_deficit_usd)),
        ("Insurance fund at the end", money(summary.insurance_usd)),
        ("Transactions, and how many failed", format!("{}, {}", counts.transactions, counts.failed_transactions)),
        ("Rounds that ended other than the core had foreseen", counts.mispredicted_rounds.to_string()),
        ("Largest difference in the books, in 1e-6 USD or smallest units", summary.conservation_error.to_string()),
    ];
    rows.iter().map(|(label, value)| format!("<tr><td>{label}</td><td>{value}</td></tr>")).collect()
}

fn footer(summary: &Summary) -> String {
    format!(
        "Made in {:.0} seconds by <code>cargo xtask demo</code>: the program’s own bytecode on a local validator, every \
         figure read from its accounts and events.",
        summary.seconds
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
