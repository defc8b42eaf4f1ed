//! Parameters from a training span, judged on a later one.
//!
//! The objective: the least average margin, against the constant that would have had as many breaches, mean over
//! histories and calendar years; subject to 99 % coverage of the training span and to a largest rise of the requirement
//! within a day. Years count alike and against their own constant, so that one wild year does not decide.
//!
//! A candidate is a pair of half-lives, their weights and the ramp's rate down; for each the least k that keeps coverage is
//! found by halving. Floor and rate up follow for the best of them. Candidates stand on a coarse grid: what is finer than
//! a plateau is noise.

use std::sync::atomic::{AtomicU64, Ordering};

use ballast_config::Underlying;
use ballast_core::state::parameters::UnderlyingTerms;
use rayon::prelude::*;
use serde::Serialize;

use crate::SimError;
use crate::bars::Bar;
use crate::history::{Source, bars_before, bars_of, require_bars};
use crate::model::{Model, Tested, named};
use crate::numbers::real;
use crate::span::{Span, day};
use crate::tally::{Figures, PROMISED_RATE, Tally};

/// Half-lives of the fast component, hours.
const FAST: [u64; 3] = [6, 8, 12];
/// Half-lives of the slow one, days.
const SLOW: [u64; 3] = [90, 120, 180];
/// Weights of the fast one, 1e-9.
const WEIGHTS: [i64; 3] = [500_000_000, 600_000_000, 700_000_000];
/// Rates down a day, 1e-9: none that undoes in a day more than the fastest rise of a day brought (0.8 x 1.25 = 1).
const DOWN: [i64; 3] = [100_000_000, 150_000_000, 200_000_000];
/// Rates up within a day, 1e-9.
const UP: [i64; 3] = [150_000_000, 200_000_000, 250_000_000];
/// Least scan ranges, 1e-9.
const FLOORS: [i64; 3] = [5_000_000, 10_000_000, 15_000_000];
/// k is looked for in hundredths, from the first to the last.
const K: (u64, u64) = (200, 1_000);
/// Halvings that find it, about.
const HALVINGS: u64 = 10;
/// Units of k in a hundredth.
const K_STEP: i64 = 10_000_000;
/// Seconds of a year of 365.25 days.
const YEAR: u64 = 31_557_600;

/// What is calibrated on what.
#[derive(Clone, Debug)]
pub struct Calibration {
    /// The histories; their parameters are common.
    pub sources: Vec<Source>,
    /// Span to fit on.
    pub train: Span,
    /// Later span to judge on.
    pub test: Span,
    /// Everything that is not fitted.
    pub base: Underlying,
    /// Largest rise of the requirement within a day, as a ratio.
    pub largest_rise: f64,
}

/// What a span says about the fitted parameters on one history.
#[derive(Clone, Debug, Serialize)]
pub struct Judgement {
    /// The history.
    pub file: String,
    /// First day.
    pub from: String,
    /// Last day.
    pub to: String,
    /// The model's figures.
    #[serde(flatten)]
    pub figures: Figures,
    /// Average margin against the constant of as many breaches, chosen in hindsight; below zero is cheaper.
    pub against_hindsight: f64,
    /// The constant that has 1 % breaches on the training span: what a venue would have set.
    pub training_constant: f64,
    /// Average margin against it.
    pub against_training_constant: f64,
    /// Its total shortfall on this span.
    pub training_constant_shortfall: f64,
}

/// A calibration's result.
#[derive(Clone, Debug, Serialize)]
pub struct Calibrated {
    /// What was minimised, subject to what.
    pub objective: String,
    /// Parameter sets that were run.
    pub runs: u64,
    /// The objective's value on the training span.
    pub value: f64,
    /// The fitted parameters.
    pub parameters: Underlying,
    /// On the training span.
    pub train: Vec<Judgement>,
    /// On the test span.
    pub test: Vec<Judgement>,
}

/// One history in memory, with what does not depend on parameters.
struct Training {
    bars: Vec<Bar>,
    period: u64,
    from: i64,
    /// Whole years of training; what is left counts to the last.
    years: usize,
    /// Losses of the windows of each year, the worse side, largest first.
    losses: Vec<Vec<f64>>,
}

/// What a parameter set did on the training histories.
struct Score {
    breaches: u64,
    windows: u64,
    /// Mean over histories and years of margin against the constant of as many breaches.
    value: f64,
    largest_rise: f64,
}

/// A parameter set with the k that keeps coverage.
#[derive(Clone, Debug)]
struct Fitted {
    parameters: Underlying,
    value: f64,
}

impl Calibration {
    /// Fits, then judges: the test span is read by one function, called once, last. `on_run` hears of every parameter set.
    ///
    /// # Errors
    /// [`SimError::SpansOverlap`], [`SimError::TrainingTooShort`], [`SimError::NothingFits`], and those of histories.
    pub fn run(&self, on_run: &(dyn Fn() + Sync)) -> Result<Calibrated, SimError> {
        if self.test.from < self.train.to {
            return Err(SimError::SpansOverlap);
        }
        let training = self.sources.iter().map(|source| self.training(source)).collect::<Result<Vec<_>, _>>()?;
        let runs = AtomicU64::new(0);
        let count = || {
            runs.fetch_add(1, Ordering::Relaxed);
            on_run();
        };
        let fitted = self.fit(&training, &count)?;
        drop(training);
        let (train, test) = self.judge(&fitted.parameters)?;
        Ok(Calibrated {
            objective: format!(
                "least mean over histories and years of average margin / constant margin of as many breaches - 1, subject \
                 to at most {:.0} % breaches over all and a largest rise of {} within 24 h",
                PROMISED_RATE * 100.0,
                self.largest_rise
            ),
            runs: runs.into_inner(),
            value: fitted.value,
            parameters: fitted.parameters,
            train,
            test,
        })
    }

    /// Parameter sets that a calibration runs, about: what a progress bar counts to.
    #[must_use]
    pub fn expected_runs() -> u64 {
        let shapes = [FAST.len(), SLOW.len(), WEIGHTS.len(), DOWN.len()].into_iter().fold(1, usize::saturating_mul);
        let candidates = shapes.saturating_add(UP.len().saturating_mul(FLOORS.len()));
        u64::try_from(candidates).unwrap_or(0).saturating_mul(HALVINGS)
    }

    fn fit(&self, training: &[Training], on_run: &(dyn Fn() + Sync)) -> Result<Fitted, SimError> {
        let shapes = self.shapes();
        let best = self.best_of(&shapes, training, on_run)?;
        let around = self.limits_of(&best.parameters);
        self.best_of(&around, training, on_run)
    }

    /// Half-lives, weights and rate down, all pairs of them.
    fn shapes(&self) -> Vec<Underlying> {
        let mut shapes = Vec::new();
        for fast in FAST {
            for slow in SLOW {
                for weight in WEIGHTS {
                    for down in DOWN {
                        shapes.push(Underlying {
                            half_lives: [fast.saturating_mul(3_600), slow.saturating_mul(86_400)],
                            weights: [weight, 1_000_000_000_i64.saturating_sub(weight)],
                            down,
                            up: self.base.up,
                            ..self.base.clone()
                        });
                    }
                }
            }
        }
        shapes
    }

    /// Floors and rates up for a shape.
    fn limits_of(&self, shape: &Underlying) -> Vec<Underlying> {
        let with_floor = |floor: i64| UP.map(|up| Underlying { scan_minimum: floor, up, ..shape.clone() });
        FLOORS.into_iter().flat_map(with_floor).collect()
    }

    /// The candidate of least value; the first of equals.
    fn best_of(
        &self,
        candidates: &[Underlying],
        training: &[Training],
        on_run: &(dyn Fn() + Sync),
    ) -> Result<Fitted, SimError> {
        let fitted: Vec<Option<Fitted>> = candidates
            .par_iter()
            .map(|candidate| self.with_least_k(candidate, training, on_run))
            .collect::<Result<_, _>>()?;
        fitted.into_iter().flatten().min_by(|a, b| a.value.total_cmp(&b.value)).ok_or(SimError::NothingFits)
    }

    /// A candidate with the least k that keeps coverage, if with it the requirement steps no further than allowed.
    fn with_least_k(
        &self,
        candidate: &Underlying,
        training: &[Training],
        on_run: &(dyn Fn() + Sync),
    ) -> Result<Option<Fitted>, SimError> {
        let with_k = |hundredths: u64| {
            let k = i64::try_from(hundredths).unwrap_or(i64::MAX).saturating_mul(K_STEP);
            Underlying { k, ..candidate.clone() }
        };
        let (mut low, mut high) = K;
        let mut kept = None;
        while low < high {
            let middle = low.midpoint(high);
            let score = score(&with_k(middle), training)?;
            on_run();
            if real(score.breaches) <= PROMISED_RATE * real(score.windows) {
                high = middle;
                kept = Some(score);
            } else {
                low = middle.saturating_add(1);
            }
        }
        // the last that kept coverage is that of `high`
        let kept = kept.filter(|score| score.largest_rise <= self.largest_rise + 1e-9);
        Ok(kept.map(|score| Fitted { parameters: with_k(high), value: score.value }))
    }

    /// Reads a history up to the end of training, and no further.
    fn training(&self, source: &Source) -> Result<Training, SimError> {
        let (bars, period) = bars_before(&source.prices, self.train.to)?;
        bars_of(self.base.horizon, period)?;
        let judged: Vec<&Bar> = bars.iter().filter(|bar| self.train.contains(bar.opened_at)).collect();
        require_bars(u64::try_from(judged.len()).unwrap_or(0), source, self.train)?;
        let seconds = u64::try_from(judged.len()).unwrap_or(0).saturating_mul(period);
        let slowest = SLOW.into_iter().max().unwrap_or(0).saturating_mul(86_400);
        if seconds < slowest {
            return Err(SimError::TrainingTooShort {
                file: source.name(),
                days: days_of(seconds),
                needed: days_of(slowest),
            });
        }
        let from = judged.first().map_or(0, |bar| bar.opened_at);
        // what is short of half a year counts to the last
        let years = seconds.saturating_add(YEAR >> 1).checked_div(YEAR).and_then(|years| usize::try_from(years).ok());
        let years = years.unwrap_or(1).max(1);
        let mut training = Training { bars, period, from, years, losses: Vec::new() };
        let mut losses = vec![Vec::new(); years];
        training.walk(&self.base.terms()?, |year, window| {
            if let Some(losses) = losses.get_mut(year) {
                losses.push(window.up.max(window.down));
            }
        })?;
        for year in &mut losses {
            year.sort_by(|a: &f64, b| b.total_cmp(a));
        }
        training.losses = losses;
        Ok(training)
    }

    /// Reads the histories to the end of the test span, once, with the parameters that were chosen before.
    fn judge(&self, parameters: &Underlying) -> Result<(Vec<Judgement>, Vec<Judgement>), SimError> {
        let (mut train, mut test) = (Vec::new(), Vec::new());
        for source in &self.sources {
            let (of_train, of_test) = self.judge_one(source, parameters)?;
            train.push(of_train);
            test.push(of_test);
        }
        Ok((train, test))
    }

    fn judge_one(&self, source: &Source, parameters: &Underlying) -> Result<(Judgement, Judgement), SimError> {
        let mut history = source.open()?;
        let period = history.period();
        let horizon_bars = bars_of(parameters.horizon, period)?;
        let terms = named(&parameters.terms()?);
        let mut model: Option<Model> = None;
        let mut spans = [self.train, self.test].map(|span| (span, Tally::new(period, horizon_bars), None, 0_i64));
        while let Some(moment) = history.advance()? {
            let bar = &moment.bar;
            if bar.opened_at >= self.test.to {
                break;
            }
            let model = match &mut model {
                Some(model) => model,
                none => none.insert(Model::new(&terms, bar)?),
            };
            if let Some((at, sigma)) = moment.index {
                model.post_index(sigma, at);
            }
            let requirement = model.observe(bar, period)?;
            for (span, tally, first, last) in spans.iter_mut().filter(|(span, ..)| span.contains(bar.opened_at)) {
                for window in requirement.tested.iter().flatten().filter(|window| window.started_at >= span.from) {
                    tally.record(window.effective, window.up, window.down);
                }
                tally.record_margin(requirement.effective);
                *first = first.or(Some(bar.opened_at));
                *last = bar.opened_at;
            }
        }
        let [train, test] = spans;
        require_bars(train.1.figures().windows, source, self.train)?;
        require_bars(test.1.figures().windows, source, self.test)?;
        let constant = train.1.losses().constant_for(PROMISED_RATE);
        let judgement = |(_, tally, first, last): (Span, Tally, Option<i64>, i64)| {
            let figures = tally.figures();
            Judgement {
                file: source.name(),
                from: day(first.unwrap_or(0)),
                to: day(last),
                against_hindsight: figures.average_margin / figures.constant_margin_same_coverage - 1.0,
                training_constant: constant,
                against_training_constant: figures.average_margin / constant - 1.0,
                training_constant_shortfall: tally.losses().shortfall_of(constant),
                figures,
            }
        };
        Ok((judgement(train), judgement(test)))
    }
}

impl Training {
    /// Runs the model over the bars and tells of every window that was tested since training began, with its year.
    /// Returns the largest rise of the requirement at a day's distance.
    fn walk(&self, terms: &UnderlyingTerms, mut on_window: impl FnMut(usize, &Tested)) -> Result<f64, SimError> {
        let Some(first) = self.bars.first() else { return Ok(1.0) };
        let mut model = Model::new(&named(terms), first)?;
        let day = usize::try_from(86_400_u64.checked_div(self.period).unwrap_or(1)).unwrap_or(1).max(1);
        let mut past: std::collections::VecDeque<f64> = std::collections::VecDeque::with_capacity(day);
        let mut largest_rise = 1.0_f64;
        for bar in &self.bars {
            let requirement = model.observe(bar, self.period)?;
            if bar.opened_at < self.from {
                continue;
            }
            for window in requirement.tested.iter().flatten().filter(|window| window.started_at >= self.from) {
                let year = window.started_at.saturating_sub(self.from).max(0).unsigned_abs().checked_div(YEAR);
                let year = year.and_then(|year| usize::try_from(year).ok()).unwrap_or(0);
                on_window(year.min(self.years.saturating_sub(1)), window);
            }
            if past.len() == day
                && let Some(then) = past.pop_front()
            {
                largest_rise = largest_rise.max(requirement.effective / then);
            }
            past.push_back(requirement.effective);
        }
        Ok(largest_rise)
    }
}

/// What a parameter set does on the training histories.
fn score(parameters: &Underlying, training: &[Training]) -> Result<Score, SimError> {
    let terms = parameters.terms()?;
    let mut score = Score { breaches: 0, windows: 0, value: 0.0, largest_rise: 1.0 };
    let mut values = Vec::new();
    for history in training {
        let mut years = vec![(0_u64, 0_u64, 0.0_f64); history.years];
        let rise = history.walk(&terms, |year, window| {
            let Some((breaches, windows, margins)) = years.get_mut(year) else { return };
            *breaches = breaches.saturating_add(u64::from(window.up.max(window.down) > window.effective));
            *windows = windows.saturating_add(1);
            *margins += window.effective;
        })?;
        score.largest_rise = score.largest_rise.max(rise);
        for ((breaches, windows, margins), losses) in years.into_iter().zip(&history.losses) {
            score.breaches = score.breaches.saturating_add(breaches);
            score.windows = score.windows.saturating_add(windows);
            let constant = usize::try_from(breaches).ok().and_then(|breaches| losses.get(breaches)).copied();
            if let Some(constant) = constant.filter(|constant| *constant > 0.0 && windows > 0) {
                values.push(margins / real(windows) / constant - 1.0);
            }
        }
    }
    score.value = values.iter().sum::<f64>() / real(u64::try_from(values.len()).unwrap_or(0).max(1));
    Ok(score)
}

/// Whole days of some seconds.
fn days_of(seconds: u64) -> u64 {
    seconds.checked_div(86_400).unwrap_or(0)
}
