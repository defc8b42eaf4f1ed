//! What the page says of one history, computed: figures, paths, frontier, crashes, replays.

use ballast_core::state::parameters::UnderlyingTerms;
use ballast_core::units::Ratio;
use rayon::prelude::*;

use super::ReportTerms;
use super::crash::{Move, largest_moves};
use crate::SimError;
use crate::backtest::{Backtest, Backtested, FittedOn};
use crate::bars::Bar;
use crate::baselines::{Baseline, Ewma};
use crate::history::{Source, bars_of};
use crate::model::{Model, Requirement, Tested, named};
use crate::numbers::{real, signed, signed_real};
use crate::replay::{Replay, Replayed};
use crate::span::Span;
use crate::tally::{Figures, Losses, Tally};

/// Seconds of a day.
pub(super) const DAY: i64 = 86_400;
/// Shown before a move begins.
const BEFORE: i64 = 3 * DAY;
/// Shown after it has ended.
const AFTER: i64 = 10 * DAY;
/// Moves shown of the judged span, and of the training span.
const MOVES: (usize, usize) = (4, 2);
/// The k of the frontier, as parts of the chosen one.
const FACTORS: [f64; 9] = [0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.3, 1.45, 1.6];
/// Points of the line of constants.
const CONSTANTS: u32 = 60;
/// Cash of the insurance fund in replays, USD: the command's default.
pub(super) const INSURANCE: f64 = 1_000_000.0;

/// A bar as it went.
#[derive(Clone, Copy, Debug)]
pub(super) struct Point {
    /// Unix seconds of its close.
    pub(super) at: i64,
    /// The close.
    pub(super) price: f64,
    /// Scan range in force after it.
    pub(super) effective: f64,
    /// The one that the model asks for.
    pub(super) target: f64,
    /// Margin of the plain EWMA; none before it is ready.
    pub(super) ewma: Option<f64>,
}

/// A policy on the plane of cost and cover.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mark {
    /// Its name.
    pub(super) name: &'static str,
    /// k against the chosen one.
    pub(super) factor: f64,
    /// Average margin.
    pub(super) margin: f64,
    /// Total shortfall.
    pub(super) shortfall: f64,
    /// Largest rise at any lag up to a day.
    pub(super) step: Option<f64>,
}

/// Cost and cover of all policies.
#[derive(Clone, Debug, Default)]
pub(super) struct Frontier {
    /// The model with other k.
    pub(super) ours: Vec<Mark>,
    /// Constants: margin and total shortfall.
    pub(super) constants: Vec<(f64, f64)>,
    /// Baselines.
    pub(super) others: Vec<Mark>,
}

/// A large move and what was required around it.
#[derive(Clone, Debug)]
pub(super) struct Crash {
    /// The move.
    pub(super) moved: Move,
    /// Whether the parameters were fitted on it.
    pub(super) in_training: bool,
    /// Bars around it.
    pub(super) points: Vec<Point>,
    /// Windows around it.
    pub(super) windows: Vec<Tested>,
}

/// The constant that a venue would have set.
#[derive(Clone, Debug)]
pub(super) struct TrainingConstant {
    /// The margin.
    pub(super) margin: f64,
    /// What it fell short by on the judged span.
    pub(super) shortfall: f64,
    /// What it was fitted on, in words.
    pub(super) fitted_on: String,
}

/// All about one history.
#[derive(Clone, Debug)]
pub(super) struct Study {
    /// Figures of all policies.
    pub(super) backtested: Backtested,
    /// The constant of earlier bars, if there are any.
    pub(super) training: Option<TrainingConstant>,
    /// Judged bars.
    pub(super) points: Vec<Point>,
    /// Judged windows.
    pub(super) windows: Vec<Tested>,
    /// Cost and cover.
    pub(super) frontier: Frontier,
    /// The largest moves.
    pub(super) crashes: Vec<Crash>,
    /// Replays with impact and without.
    pub(super) replays: Option<[Replayed; 2]>,
}

impl Study {
    /// Runs everything on a history.
    pub(super) fn of(terms: &ReportTerms, source: &Source, on_step: &dyn Fn(&str)) -> Result<Self, SimError> {
        let step = |what: &str| on_step(&format!("{}: {what}", source.name()));
        step("backtest");
        let model = terms.parameters.terms()?;
        let horizon = terms.parameters.horizon;
        let backtest =
            Backtest { source: source.clone(), span: terms.span, terms: model, horizon, reference: terms.reference };
        let backtested = backtest.run(&mut |_, _, _| {})?;
        step("paths");
        let training_span = training_span(terms, &source.name())?;
        let path = Path::walk(terms, source, &model, &backtested, training_span)?;
        step("frontier");
        let frontier = frontier(terms, source, &model, &backtested, &path.windows)?;
        let replays = if terms.traders > 0 {
            step("replay of the book");
            Some(replays(terms, source, &model)?)
        } else {
            None
        };
        let crashes = path.crashes(terms.span, training_span);
        Ok(Self {
            training: training_constant(terms, &backtested),
            frontier,
            crashes,
            replays,
            points: path.points.into_iter().filter(|point| in_span(terms.span, point)).collect(),
            windows: path.windows.into_iter().filter(|window| terms.span.contains(window.started_at)).collect(),
            backtested,
        })
    }

    /// Seconds of a window.
    pub(super) fn horizon(&self) -> i64 {
        let figures = &self.backtested.figures;
        i64::try_from(figures.period.saturating_mul(figures.horizon_bars)).unwrap_or(i64::MAX)
    }
}

/// A point is known at its close: it belongs to the span in which its bar lies.
fn in_span(span: Span, point: &Point) -> bool {
    span.contains(point.at.saturating_sub(1))
}

/// The span that the parameters were fitted on, on a history.
fn training_span(terms: &ReportTerms, file: &str) -> Result<Option<Span>, SimError> {
    let judged = terms.calibrated.iter().flat_map(|calibrated| &calibrated.train).find(|held| held.file == file);
    judged.map(|held| Span::between(Some(&held.from), Some(&held.to))).transpose()
}

/// From the calibration if there is one, else what the baseline was fitted to, if that was on earlier bars.
fn training_constant(terms: &ReportTerms, backtested: &Backtested) -> Option<TrainingConstant> {
    if let Some(calibrated) = &terms.calibrated {
        let of_file = |held: &&crate::calibrate::Judgement| held.file == backtested.file;
        let (train, test) = (calibrated.train.iter().find(of_file)?, calibrated.test.iter().find(of_file)?);
        return Some(TrainingConstant {
            margin: test.training_constant,
            shortfall: test.training_constant_shortfall,
            fitted_on: format!("{} to {}", train.from, train.to),
        });
    }
    let constant = backtested.baselines.get("constant")?;
    (backtested.baselines_fitted_on == FittedOn::BarsBefore).then(|| TrainingConstant {
        margin: backtested.scales.constant,
        shortfall: constant.total_shortfall,
        fitted_on: "the bars before the judged span".to_owned(),
    })
}

/// Shows the model every bar of a history before `end`.
fn walk(
    source: &Source,
    terms: &UnderlyingTerms,
    end: i64,
    on_bar: &mut dyn FnMut(&Bar, &Requirement, u64),
) -> Result<(), SimError> {
    let mut history = source.open()?;
    let period = history.period();
    let mut model: Option<Model> = None;
    while let Some(moment) = history.advance()? {
        let bar = &moment.bar;
        if bar.opened_at >= end {
            break;
        }
        let model = match &mut model {
            Some(model) => model,
            none => none.insert(Model::new(&named(terms), bar)?),
        };
        if let Some((at, sigma)) = moment.index {
            model.post_index(sigma, at);
        }
        let requirement = model.observe(bar, period)?;
        on_bar(bar, &requirement, period);
    }
    Ok(())
}

/// Bars and windows of all that is shown.
struct Path {
    points: Vec<Point>,
    windows: Vec<Tested>,
}

impl Path {
    fn walk(
        terms: &ReportTerms,
        source: &Source,
        model: &UnderlyingTerms,
        backtested: &Backtested,
        training: Option<Span>,
    ) -> Result<Self, SimError> {
        let from = training.map_or(terms.span.from, |span| span.from.min(terms.span.from)).saturating_sub(BEFORE);
        let mut ewma = Ewma::new(backtested.scales.ewma, backtested.scales.horizon);
        let mut path = Self { points: Vec::new(), windows: Vec::new() };
        walk(source, model, terms.span.to, &mut |bar, requirement, period| {
            ewma.observe(bar, period);
            if bar.opened_at < from {
                return;
            }
            path.windows.extend(requirement.tested.iter().flatten());
            path.points.push(Point {
                at: bar.closed_at(period),
                price: bar.close,
                effective: requirement.effective,
                target: requirement.target,
                ewma: ewma.is_ready().then(|| ewma.margin()),
            });
        })?;
        Ok(path)
    }

    /// The largest moves of the judged span, then of the training span.
    fn crashes(&self, judged: Span, training: Option<Span>) -> Vec<Crash> {
        let of = |span: Span, count: usize, in_training: bool| {
            let closes =
                self.points.iter().filter(|point| span.contains(point.at)).map(|point| (point.at, point.price));
            let closes: Vec<(i64, f64)> = closes.collect();
            let mut moves = largest_moves(&closes, count, AFTER);
            moves.sort_by_key(|moved| moved.to);
            moves.into_iter().map(|moved| self.around(moved, in_training)).collect::<Vec<_>>()
        };
        let mut crashes = of(judged, MOVES.0, false);
        crashes.extend(training.into_iter().flat_map(|span| of(span, MOVES.1, true)));
        crashes
    }

    fn around(&self, moved: Move, in_training: bool) -> Crash {
        let shown = Span { from: moved.from.saturating_sub(BEFORE), to: moved.to.saturating_add(AFTER) };
        Crash {
            moved,
            in_training,
            points: self.points.iter().filter(|point| shown.contains(point.at)).copied().collect(),
            windows: self.windows.iter().filter(|window| shown.contains(window.started_at)).copied().collect(),
        }
    }
}

fn mark(name: &'static str, factor: f64, figures: &Figures) -> Mark {
    let Figures { average_margin: margin, total_shortfall: shortfall, largest_rise_within_24h: step, .. } = *figures;
    Mark { name, factor, margin, shortfall, step }
}

fn frontier(
    terms: &ReportTerms,
    source: &Source,
    model: &UnderlyingTerms,
    backtested: &Backtested,
    windows: &[Tested],
) -> Result<Frontier, SimError> {
    let others: Vec<Mark> = backtested.baselines.iter().map(|(name, figures)| mark(name, 1.0, figures)).collect();
    let ours: Vec<Option<Mark>> =
        FACTORS.par_iter().map(|factor| with_k(terms, source, model, *factor)).collect::<Result<_, _>>()?;
    let ours: Vec<Mark> = ours.into_iter().flatten().collect();
    let mut losses = Losses::new();
    for window in windows.iter().filter(|window| terms.span.contains(window.started_at)) {
        losses.record(window.up.max(window.down));
    }
    let margins = || ours.iter().chain(&others).map(|mark| mark.margin).filter(|margin| *margin > 0.0);
    let (low, high) = (margins().fold(f64::MAX, f64::min) * 0.8, margins().fold(0.0, f64::max) * 1.25);
    let margin_at = |place: u32| low * (high / low).powf(f64::from(place) / f64::from(CONSTANTS));
    let constants = (0..=CONSTANTS).map(margin_at).map(|margin| (margin, losses.shortfall_of(margin)));
    let constants = constants.filter(|(margin, shortfall)| margin.is_finite() && *shortfall > 0.0).collect();
    Ok(Frontier { ours, constants, others })
}

/// The model with a part of its k; none if that is beyond k's bounds.
fn with_k(
    terms: &ReportTerms,
    source: &Source,
    model: &UnderlyingTerms,
    factor: f64,
) -> Result<Option<Mark>, SimError> {
    let other = UnderlyingTerms { k: Ratio(signed(signed_real(model.k.0) * factor)), ..*model };
    let mut tally: Option<Tally> = None;
    let walked = walk(source, &other, terms.span.to, &mut |bar, requirement, period| {
        let horizon_bars = bars_of(terms.parameters.horizon, period).unwrap_or(1);
        let tally = tally.get_or_insert_with(|| Tally::new(period, horizon_bars));
        if !terms.span.contains(bar.opened_at) {
            return;
        }
        for window in requirement.tested.iter().flatten().filter(|window| window.started_at >= terms.span.from) {
            tally.record(window.effective, window.up, window.down);
        }
        tally.record_margin(requirement.effective);
    });
    match walked {
        Err(SimError::Refused { action: "create the underlying", .. }) => Ok(None),
        Err(error) => Err(error),
        Ok(()) => Ok(tally.map(|tally| mark("ballast", factor, &tally.figures()))),
    }
}

fn replays(terms: &ReportTerms, source: &Source, model: &UnderlyingTerms) -> Result<[Replayed; 2], SimError> {
    let run = |impact: bool| {
        let replay = Replay {
            source: source.clone(),
            span: terms.span,
            terms: *model,
            traders: terms.traders,
            seed: terms.seed,
            impact,
            depth: terms.reference.depth,
            insurance: INSURANCE,
        };
        replay.run(&mut |_, _| {})
    };
    let (with, without) = rayon::join(|| run(true), || run(false));
    Ok([with?, without?])
}

/// Years of some seconds.
pub(super) fn years(figures: &Figures) -> f64 {
    real(figures.bars) * real(figures.period) / 31_557_600.0
}
