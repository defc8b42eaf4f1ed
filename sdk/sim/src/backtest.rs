//! One policy after the other on the same windows: was the requirement enough, what did it cost, how hard did it step?

use std::collections::BTreeMap;

use ballast_core::state::parameters::UnderlyingTerms;
use serde::Serialize;

use crate::SimError;
use crate::bars::{Bar, Quality};
use crate::baselines::{self, Baseline, Reference, Scales};
use crate::history::{Source, bars_of, require_bars};
use crate::model::{Model, Requirement, Tested, named};
use crate::span::{Span, day};
use crate::tally::{Figures, Tally};

/// Days before the span that are enough to fit the baselines on.
const DAYS_TO_FIT: u64 = 30;

/// What is tested on what.
#[derive(Clone, Debug)]
pub struct Backtest {
    /// The history.
    pub source: Source,
    /// Bars that are judged; those before only warm the model up and fit the baselines.
    pub span: Span,
    /// The model's terms.
    pub terms: UnderlyingTerms,
    /// Seconds over which margin is to hold.
    pub horizon: u64,
    /// The position and market that venue formulas are asked about.
    pub reference: Reference,
}

/// Where the scales of the baselines come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FittedOn {
    /// Bars before the span: what a venue would have known.
    BarsBefore,
    /// The judged bars themselves, for want of earlier ones: hindsight.
    JudgedBars,
}

/// What a backtest says: the model's figures beside those of the baselines.
#[derive(Clone, Debug, Serialize)]
pub struct Backtested {
    /// The file.
    pub file: String,
    /// First judged day.
    pub from: String,
    /// Last judged day.
    pub to: String,
    /// How good the history was.
    pub quality: Quality,
    /// The model.
    #[serde(flatten)]
    pub figures: Figures,
    /// Bars on which the scales of constant and EWMA baselines are fitted.
    pub baselines_fitted_on: FittedOn,
    /// Those scales.
    pub scales: Scales,
    /// The others, by name.
    pub baselines: BTreeMap<&'static str, Figures>,
}

/// Called with each judged bar and what the model makes of it: progress and charts.
pub type OnBar<'a> = dyn FnMut(&Bar, &Requirement, &[Box<dyn Baseline + Send>]) + 'a;

impl Backtest {
    /// Runs it. The file is read twice, in a memory that does not grow with it: once to fit the baselines, once to judge.
    ///
    /// # Errors
    /// [`SimError`].
    pub fn run(&self, on_bar: &mut OnBar<'_>) -> Result<Backtested, SimError> {
        let (scales, fitted_on) = self.fit()?;
        let mut history = self.source.open()?;
        let period = history.period();
        let horizon_bars = bars_of(self.horizon, period)?;
        let terms = UnderlyingTerms { horizon: self.horizon, ..named(&self.terms) };
        let mut model: Option<Model> = None;
        let mut judged = Judged::new(self, &scales, period, horizon_bars);
        let (mut first, mut last) = (None, 0);
        while let Some(moment) = history.advance()? {
            let bar = &moment.bar;
            if bar.opened_at >= self.span.to {
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
            let in_span = self.span.contains(bar.opened_at);
            judged.take(bar, &requirement, self.span.from, in_span);
            if in_span {
                first = first.or(Some(bar.opened_at));
                last = bar.opened_at;
                on_bar(bar, &requirement, &judged.baselines);
            }
        }
        require_bars(judged.ours.figures().windows, &self.source, self.span)?;
        Ok(Backtested {
            file: self.source.name(),
            from: day(first.unwrap_or(0)),
            to: day(last),
            quality: history.quality(),
            figures: judged.ours.figures(),
            baselines_fitted_on: fitted_on,
            scales,
            baselines: judged.figures(),
        })
    }

    /// Scales of the baselines from the bars before the span if there are enough, else from the span itself.
    fn fit(&self) -> Result<(Scales, FittedOn), SimError> {
        let before = Span { from: i64::MIN, to: self.span.from };
        let needed = self.source.open()?;
        let bars_needed = DAYS_TO_FIT.saturating_mul(86_400).checked_div(needed.period()).unwrap_or(u64::MAX);
        if let (Some(scales), count) = self.fit_on(before)?
            && count >= bars_needed
        {
            return Ok((scales, FittedOn::BarsBefore));
        }
        let (scales, count) = self.fit_on(self.span)?;
        require_bars(count, &self.source, self.span)?;
        let scales = scales.ok_or_else(|| SimError::EmptySpan {
            file: self.source.name(),
            from: day(self.span.from),
            to: day(self.span.to),
        })?;
        Ok((scales, FittedOn::JudgedBars))
    }

    fn fit_on(&self, span: Span) -> Result<(Option<Scales>, u64), SimError> {
        let mut history = self.source.open()?;
        let period = history.period();
        let horizon_bars = bars_of(self.horizon, period)?;
        let (mut count, mut failed) = (0_u64, None);
        let bars = std::iter::from_fn(|| match history.advance() {
            Ok(moment) => moment.map(|moment| moment.bar),
            Err(error) => {
                failed = Some(error);
                None
            }
        });
        let bars = bars.take_while(|bar| bar.opened_at < span.to).filter(|bar| span.contains(bar.opened_at));
        let scales = Scales::fit(period, horizon_bars, bars.inspect(|_| count = count.saturating_add(1)));
        match failed {
            Some(error) => Err(error),
            None => Ok((scales, count)),
        }
    }
}

/// All policies on the windows that the model's coverage closes.
struct Judged {
    ours: Tally,
    baselines: Vec<Box<dyn Baseline + Send>>,
    /// A tally each, and the margin at the start of the window that is open; none while the baseline was not ready.
    tallies: Vec<(Tally, Option<f64>)>,
    period: u64,
}

impl Judged {
    fn new(backtest: &Backtest, scales: &Scales, period: u64, horizon_bars: u64) -> Self {
        let tally = || Tally::new(period, horizon_bars);
        let baselines = baselines::all(backtest.reference, scales);
        let tallies = baselines.iter().map(|_| (tally(), None)).collect();
        Self { ours: tally(), baselines, tallies, period }
    }

    fn take(&mut self, bar: &Bar, requirement: &Requirement, from: i64, in_span: bool) {
        let tested = requirement.tested.iter().flatten().filter(|window| in_span && window.started_at >= from);
        let tested: Vec<&Tested> = tested.collect();
        for window in &tested {
            self.ours.record(window.effective, window.up, window.down);
        }
        if in_span {
            self.ours.record_margin(requirement.effective);
        }
        let closes = requirement.tested.iter().any(Option::is_some);
        for (baseline, (tally, at_start)) in self.baselines.iter_mut().zip(&mut self.tallies) {
            if let Some(margin) = *at_start {
                tested.iter().for_each(|window| tally.record(margin, window.up, window.down));
            }
            baseline.observe(bar, self.period);
            let margin = baseline.is_ready().then(|| baseline.margin());
            if let Some(margin) = margin.filter(|_| in_span) {
                tally.record_margin(margin);
            }
            if closes {
                *at_start = margin;
            }
        }
    }

    fn figures(&self) -> BTreeMap<&'static str, Figures> {
        let named = self.baselines.iter().zip(&self.tallies);
        named.map(|(baseline, (tally, _))| (baseline.name(), tally.figures())).collect()
    }
}
