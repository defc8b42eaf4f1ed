//! One page for a risk manager: what collateral each policy costs, when it would have fallen short, how hard it steps
//! on its users, and which parameters a market should run.
//!
//! The page is HTML with its style and its charts inside: it needs no network and no script, follows the reader's
//! colour scheme, and has every chart in two widths. The same terms give the same bytes.

mod charts;
mod crash;
mod frontier;
mod plot;
mod study;
mod tables;
#[cfg(test)]
mod tests;
mod text;
mod ticks;
mod verdict;

use ballast_config::{Parameters, Underlying};

use crate::SimError;
use crate::backtest::FittedOn;
use crate::baselines::Reference;
use crate::calibrate::Calibrated;
use crate::history::Source;
use crate::numbers::signed_real;
use crate::span::Span;
use study::{Crash, Study, years};
use text::{change, count, duration, escape, money, percent, time};

/// The page, with a place for each part.
const PAGE: &str = include_str!("page.html");

/// What is reported on.
#[derive(Clone, Debug)]
pub struct ReportTerms {
    /// The histories.
    pub sources: Vec<Source>,
    /// Bars that are judged.
    pub span: Span,
    /// The market's parameters.
    pub parameters: Underlying,
    /// The position and market that venue formulas are asked about; its depth is that of the replays.
    pub reference: Reference,
    /// The calibration that the parameters come from, if they do.
    pub calibrated: Option<Calibrated>,
    /// Seed of the replays' book.
    pub seed: u64,
    /// Traders of the replays; 0 leaves them out.
    pub traders: usize,
    /// The command that makes this page.
    pub made_with: String,
}

/// The page; `on_step` hears what is being computed.
///
/// # Errors
/// [`SimError`] of histories, parameters and replays.
pub fn page(terms: &ReportTerms, on_step: &dyn Fn(&str)) -> Result<String, SimError> {
    let studies =
        terms.sources.iter().map(|source| Study::of(terms, source, on_step)).collect::<Result<Vec<_>, _>>()?;
    on_step("charts");
    let of_each = |part: &dyn Fn(&Study) -> Result<String, SimError>| {
        studies
            .iter()
            .map(|study| Ok(format!("{}{}", heading(study), part(study)?)))
            .collect::<Result<String, SimError>>()
    };
    let parts = [
        ("eyebrow", eyebrow(&studies)),
        ("headline", headline(&studies)),
        ("lede", lede(&studies)),
        ("verdicts", studies.iter().map(verdict).collect()),
        ("frontier", of_each(&frontier::chart)?),
        ("learning", learning(terms).to_owned()),
        ("crashes", of_each(&crashes)?),
        ("timeline", of_each(&|study| Ok(format!("{}{}", charts::span(study)?, charts::shortfalls(study)?)))?),
        ("policies", studies.iter().map(tables::policies).collect()),
        ("footnotes", footnotes(terms, &studies)),
        ("traders", traders(terms, &studies)),
        ("parameters", parameters(terms)?),
        ("made", made(terms, &studies)),
    ];
    // one pass, so that no part can name another
    let mut page = String::new();
    for piece in PAGE.split("{{") {
        let (name, rest) = piece.split_once("}}").unwrap_or(("", piece));
        page.push_str(parts.iter().find(|(part, _)| *part == name).map_or("", |(_, text)| text));
        page.push_str(rest);
    }
    Ok(page)
}

fn heading(study: &Study) -> String {
    format!("<h3>{}</h3>", escape(&study.backtested.file))
}

fn eyebrow(studies: &[Study]) -> String {
    let mut spans: Vec<String> =
        studies.iter().map(|study| format!("{} to {}", study.backtested.from, study.backtested.to)).collect();
    spans.dedup();
    let files: Vec<String> = studies.iter().map(|study| escape(&study.backtested.file)).collect();
    format!("Ballast risk report: {}, {} UTC", files.join(", "), spans.join(", "))
}

/// Lowest and highest of a figure over the histories.
fn range(studies: &[Study], figure: impl Fn(&Study) -> f64) -> String {
    let ends =
        studies.iter().map(figure).fold((f64::MAX, f64::MIN), |(low, high), value| (low.min(value), high.max(value)));
    let (low, high) = (percent(ends.0, 2), percent(ends.1, 2));
    if low == high { low } else { format!("{low} to {high}") }
}

fn headline(studies: &[Study]) -> String {
    format!(
        "Breached in {} of windows, at an average margin of {}",
        range(studies, |study| study.backtested.figures.breach_rate),
        range(studies, |study| study.backtested.figures.average_margin)
    )
}

fn lede(studies: &[Study]) -> String {
    let checks: Vec<verdict::Check> = studies.iter().flat_map(verdict::checks).collect();
    let kept = checks.iter().filter(|check| check.kept == Some(true)).count();
    format!(
        "The requirement is measured from volatility and follows it on a ramp that every trader can compute ahead. \
         Of {} bounds and tests below it keeps {kept}; what it misses is said beside it. Margins and shortfalls \
         are parts of a position’s notional; a window is breached when either side lost more than the requirement \
         at its start.",
        checks.len()
    )
}

/// What the judged span says of a history.
fn verdict(study: &Study) -> String {
    let figures = &study.backtested.figures;
    let hindsight = verdict::against(figures.average_margin, figures.constant_margin_same_coverage);
    let training =
        study.training.as_ref().and_then(|training| verdict::against(figures.average_margin, training.margin));
    let said = |ratio: Option<f64>| ratio.map_or_else(|| text::NOTHING.to_owned(), |ratio| change(ratio, 1));
    let tiles = [
        (percent(figures.breach_rate, 2), "of windows breached"),
        (percent(figures.average_margin, 2), "average margin"),
        (said(hindsight), "against the hindsight constant"),
        (said(training), "against the training constant"),
        (text::times(figures.largest_rise_within_24h), "largest rise within 24\u{a0}h"),
        (percent(figures.total_shortfall / years(figures).max(1e-9), 1), "shortfall a year, of notional"),
    ];
    let tiles: String = tiles
        .iter()
        .filter(|(value, _)| value != text::NOTHING)
        .map(|(value, label)| format!("<div class=\"figure\"><b>{value}</b><span>{label}</span></div>"))
        .collect();
    format!(
        "<section class=\"card\">{}<p>{}</p><div class=\"figures\">{tiles}</div>{}<p>{}</p></section>",
        format_args!("<h2>{}</h2>", escape(&study.backtested.file)),
        verdict::sentence(study),
        tables::checks(&verdict::checks(study), &study.backtested.file),
        verdict::caveat(study)
    )
}

/// Why the points of other k are nearer to each other than their k.
const fn learning(terms: &ReportTerms) -> &'static str {
    if terms.parameters.learning > 0 {
        "k learns from coverage, so points of other k lie closer together than their factors."
    } else {
        ""
    }
}

fn crashes(study: &Study) -> Result<String, SimError> {
    if study.crashes.is_empty() {
        return Ok("<p>The span is too short for a move over a day.</p>".to_owned());
    }
    let draw = |crash: &Crash| {
        let span = if crash.in_training { " (training span)" } else { "" };
        Ok(format!(
            "<h4>{}: {} within 24\u{a0}h{span}</h4><p>{}</p>{}{}",
            time(crash.moved.to, "%-d %B %Y"),
            change(crash.moved.change, 1),
            charts::crash_text(crash),
            charts::price(crash)?,
            charts::requirement(study, crash)?
        ))
    };
    study.crashes.iter().map(draw).collect()
}

fn footnotes(terms: &ReportTerms, studies: &[Study]) -> String {
    let in_hindsight: Vec<String> = studies
        .iter()
        .filter(|study| study.backtested.baselines_fitted_on == FittedOn::JudgedBars)
        .map(|study| escape(&study.backtested.file))
        .collect();
    let fitted = if in_hindsight.is_empty() {
        "on the bars before the judged span".to_owned()
    } else {
        format!(
            "on the bars before the judged span, but for {} on the judged bars themselves, in hindsight",
            in_hindsight.join(", ")
        )
    };
    let Reference { position, open_interest, depth } = terms.reference;
    format!(
        "<ul class=\"notes\"><li>Bold is the best of its column; an average margin competes only if at most 1.3 % \
         of windows are breached. A rise is the requirement over that of exactly so long before. p below 0.05 \
         rejects.</li><li>Scales of the constant and of the EWMA family are fitted to 1 % of windows \
         {fitted}.</li><li>Drift, dYdX, Hyperliquid and Deribit are the venues’ formulas with the parameters that \
         they publish for BTC, fitted to nothing, for a chosen reference position of {} with {} open interest of \
         one side and {} depth within 1 %.</li></ul>",
        money(position),
        money(open_interest),
        money(depth)
    )
}

fn traders(terms: &ReportTerms, studies: &[Study]) -> String {
    let replayed = studies.iter().filter_map(|study| Some((&study.backtested.file, study.replays.as_ref()?)));
    let replays: String = replayed.map(|(file, replays)| tables::replays(file, replays)).collect();
    if replays.is_empty() {
        return String::new();
    }
    format!(
        "<section class=\"card\"><h2 id=\"traders\">What it does to traders</h2><p>A synthetic book (seed {}) on \
         the judged span, through the clearing house’s own code, with liquidations that move the price and \
         without: calls, reserves, liquidations and insurance of {}, with {} of depth where the history tells \
         none. A liquidation that nobody would have missed is one of an account that, left alone, would have met \
         maintenance both 4 and 24 hours later.</p>{replays}</section>",
        terms.seed,
        money(study::INSURANCE),
        money(terms.reference.depth)
    )
}

fn parameters(terms: &ReportTerms) -> Result<String, SimError> {
    let chosen = &terms.parameters;
    let toml = Parameters { underlying: vec![chosen.clone()] }.to_toml()?;
    let ratio = |value: i64| signed_real(value) / 1e9;
    let components: Vec<String> = chosen
        .half_lives
        .iter()
        .zip(&chosen.weights)
        .map(|(half_life, weight)| format!("{} at {}", duration(*half_life), percent(ratio(*weight), 0)))
        .collect();
    let said = format!(
        "<p>{}: half-lives of {}; {:.2} standard deviations over {}; between {} and {} of notional; at most {} up \
         and {} down a day.</p>",
        escape(&chosen.symbol),
        components.join(" and "),
        ratio(chosen.k),
        duration(chosen.horizon),
        percent(ratio(chosen.scan_minimum), 1),
        percent(ratio(chosen.scan_maximum), 0),
        percent(ratio(chosen.up), 0),
        percent(ratio(chosen.down), 0)
    );
    let fitted = terms.calibrated.as_ref().map_or_else(String::new, |calibrated| {
        format!(
            "<p>Fitted: {}. {} parameter sets were run; the value of the best is {} on the training span. The \
             judged span was read once, last.</p>{}",
            escape(&calibrated.objective),
            count(calibrated.runs),
            change(calibrated.value, 1),
            tables::calibrated(calibrated)
        )
    });
    Ok(format!(
        "{said}{fitted}<p><code>ballast admin</code> takes these lines as they are; a click selects all of them.</p>\
         <pre tabindex=\"0\" aria-label=\"Parameters as TOML\">{}</pre>",
        escape(&toml)
    ))
}

fn made(terms: &ReportTerms, studies: &[Study]) -> String {
    let quality: Vec<String> = studies
        .iter()
        .map(|study| {
            let held = &study.backtested.quality;
            let (bars, gaps, missing) = (count(held.bars), count(held.gaps), count(held.missing_bars));
            format!("{}: {bars} bars, {gaps} gaps with {missing} bars missing", escape(&study.backtested.file))
        })
        .collect();
    format!(
        "<pre class=\"wrapped\" tabindex=\"0\" aria-label=\"Command\">{}</pre><p>Version {} of the simulator, \
         which runs the chain’s own model and clearing code. {}. Prices within a bar are its open, high, low and \
         close; times are UTC. The same command on the same files makes the same page.</p>",
        escape(&terms.made_with),
        env!("CARGO_PKG_VERSION"),
        quality.join("; ")
    )
}
