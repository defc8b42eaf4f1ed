//! Whether the judged span keeps what is asked of a requirement, in plain words.

use super::study::Study;
use super::text::{change, compared, count, duration, percent, probability, times};
use crate::statistics::Traffic;

/// Shares of windows between which the requirement neither falls short too often nor asks for too much.
const BREACHES: (f64, f64) = (0.007, 0.013);
/// Largest rise within a day: the ramp of 25 %.
const STEP: f64 = 1.25;
/// How far below the hindsight constant the average margin is to be.
const AGAINST_HINDSIGHT: f64 = -0.05;
/// How far below the training constant.
const AGAINST_TRAINING: f64 = -0.40;
/// Probability below which a test rejects.
pub(super) const REJECTS_BELOW: f64 = 0.05;

/// A bound and what became of it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Check {
    /// What is asked.
    pub(super) asked: &'static str,
    /// What was measured, as HTML.
    pub(super) measured: String,
    /// Whether it was kept; none where the history cannot say.
    pub(super) kept: Option<bool>,
}

impl Check {
    fn new(asked: &'static str, measured: String, kept: impl Into<Option<bool>>) -> Self {
        Self { asked, measured, kept: kept.into() }
    }
}

/// The bounds of a history, and then the tests.
pub(super) fn checks(study: &Study) -> Vec<Check> {
    let figures = &study.backtested.figures;
    let step = figures.largest_rise_within_24h;
    let hindsight = against(figures.average_margin, figures.constant_margin_same_coverage);
    let shortfalls = |constant: f64| {
        let ratio = against(figures.total_shortfall, constant);
        let than = ratio.map_or_else(String::new, |ratio| format!(" ({})", change(ratio, 1)));
        format!("{} against {}{than}", percent(figures.total_shortfall, 1), percent(constant, 1))
    };
    let mut checks = vec![
        Check::new(
            "Falls short in 0.7 to 1.3 % of windows",
            percent(figures.breach_rate, 2),
            figures.breach_rate >= BREACHES.0 && figures.breach_rate <= BREACHES.1,
        ),
        Check::new("Rises by at most ×1.25 within 24 h", times(step), step.map(|step| step <= STEP + 1e-9)),
        Check::new(
            "Average margin at least 5 % below the hindsight constant",
            hindsight.map_or_else(|| super::text::NOTHING.to_owned(), |ratio| change(ratio, 1)),
            hindsight.map(|ratio| ratio <= AGAINST_HINDSIGHT),
        ),
        Check::new(
            "Less total shortfall than the hindsight constant",
            shortfalls(figures.constant_shortfall_same_coverage),
            figures.total_shortfall < figures.constant_shortfall_same_coverage,
        ),
    ];
    if let Some(training) = &study.training {
        let ratio = against(figures.average_margin, training.margin);
        checks.push(Check::new(
            "Average margin at least 40 % below the training constant",
            ratio.map_or_else(|| super::text::NOTHING.to_owned(), |ratio| change(ratio, 1)),
            ratio.map(|ratio| ratio <= AGAINST_TRAINING),
        ));
        checks.push(Check::new(
            "Less total shortfall than the training constant",
            shortfalls(training.shortfall),
            figures.total_shortfall < training.shortfall,
        ));
    }
    let rejects = |p: f64| (figures.windows > 0).then_some(p >= REJECTS_BELOW);
    let p = |p: f64| if p < 0.001 { "p &lt; 0.001".to_owned() } else { format!("p = {}", probability(p)) };
    checks.push(Check::new("Kupiec: 1 % of windows is not rejected", p(figures.kupiec_p), rejects(figures.kupiec_p)));
    checks.push(Check::new(
        "Christoffersen: breaches come alone is not rejected",
        p(figures.christoffersen_p),
        rejects(figures.christoffersen_p),
    ));
    checks
}

/// What the judged span says, in one sentence.
pub(super) fn sentence(study: &Study) -> String {
    let figures = &study.backtested.figures;
    let windows = figures.windows.max(1);
    let share = |breaches: u64| percent(crate::numbers::real(breaches) / crate::numbers::real(windows), 2);
    let hindsight = against(figures.average_margin, figures.constant_margin_same_coverage);
    let hindsight = hindsight.map_or_else(String::new, |ratio| {
        format!(", {} the constant that would have fallen short as often, known only in hindsight", compared(ratio))
    });
    let training = study.training.as_ref().and_then(|training| {
        let ratio = against(figures.average_margin, training.margin)?;
        Some(format!(
            ", and {} the constant of {} fitted on {}",
            compared(ratio),
            percent(training.margin, 2),
            training.fitted_on
        ))
    });
    format!(
        "The requirement fell short in {} of {} windows of {} ({} when the price rose, {} when it fell), at an \
         average margin of {} of notional{hindsight}{}; what it fell short by sums to {} of notional, that of the \
         hindsight constant to {}, and its largest rise within 24 h was {}.",
        percent(figures.breach_rate, 2),
        count(figures.windows),
        duration(figures.period.saturating_mul(figures.horizon_bars)),
        share(figures.breaches_up),
        share(figures.breaches_down),
        percent(figures.average_margin, 2),
        training.unwrap_or_default(),
        percent(figures.total_shortfall, 1),
        percent(figures.constant_shortfall_same_coverage, 1),
        times(figures.largest_rise_within_24h),
    )
}

/// What is missed, and why that is to be known.
pub(super) fn caveat(study: &Study) -> String {
    let figures = &study.backtested.figures;
    let mut said = Vec::new();
    if let Some(training) = &study.training
        && figures.total_shortfall >= training.shortfall
    {
        let wider = against(training.margin, figures.average_margin).map_or_else(String::new, |ratio| change(ratio, 0));
        said.push(format!(
            "The training constant has less shortfall, as a margin so much wider than ours ({wider}) must: it is \
             paid for in collateral on every day without a crash."
        ));
    }
    if figures.total_shortfall >= figures.constant_shortfall_same_coverage {
        said.push(
            "Here the hindsight constant has no more shortfall than the model: its breaches are as many, and \
             together no deeper."
                .to_owned(),
        );
    }
    let is_short = figures.windows > 0;
    if is_short && figures.kupiec_p < REJECTS_BELOW {
        let side = if figures.breach_rate > crate::tally::PROMISED_RATE { "more" } else { "fewer" };
        said.push(format!("Kupiec’s test rejects the promised 1 %: there were {side} breaches than chance explains."));
    }
    if is_short && figures.christoffersen_p < REJECTS_BELOW {
        said.push(
            "Christoffersen’s test rejects independence: breaches come in clusters, so after one the next is \
             likelier than 1 %. A ramp follows a jump over days and cannot prevent that; calls, paced liquidation \
             and insurance have to carry it."
                .to_owned(),
        );
    }
    if study.training.is_none() {
        said.push("There are too few bars before the span for a training constant.".to_owned());
    }
    said.join(" ")
}

/// A colour of Basel's, in words.
pub(super) const fn colour(traffic: Traffic) -> &'static str {
    match traffic {
        Traffic::Green => "green",
        Traffic::Yellow => "yellow",
        Traffic::Red => "red",
    }
}

/// A ratio less one; none of nothing.
pub(super) fn against(value: f64, reference: f64) -> Option<f64> {
    (reference > 0.0).then(|| value / reference - 1.0).filter(|ratio| ratio.is_finite())
}
