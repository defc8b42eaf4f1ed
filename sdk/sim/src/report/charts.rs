//! Requirements over time: crashes, and the whole span with its breaches.

use plotters::style::text_anchor::HPos;

use super::plot::{AMBER, Axis, BLUE, Canvas, GREEN, INK, Points, RED, Width, draw};
use super::study::{Crash, DAY, Point, Study};
use super::text::{count, percent, time, trimmed};
use super::ticks;
use crate::SimError;
use crate::model::Tested;
use crate::numbers::{real, signed_real, whole};

/// Points of a line that a screen can show.
const SHOWN: usize = 700;

/// The price around a large move.
pub(super) fn price(crash: &Crash) -> Result<String, SimError> {
    let line = path(&crash.points, |point| Some(point.price));
    let (low, high) = bounds(&line);
    let pad = ((high - low) * 0.06).max(high * 1e-6);
    let ends = (low - pad, high + pad);
    let y = |width: Width| Axis {
        ends,
        ticks: labelled(ticks::round(ends.0, ends.1, width.pick(4.0, 3.0)), dollars),
        title: "price, USD",
    };
    let named = format!("Price around {}", time(crash.moved.to, "%-d %B %Y"));
    draw(&named, 170, &|width| (days(crash, width), y(width)), &|canvas| {
        let (from, to) = (signed_real(crash.moved.from), signed_real(crash.moved.to));
        canvas.fill(&[(from, ends.0), (from, ends.1), (to, ends.1), (to, ends.0)], INK, 0.12)?;
        canvas.line(&line, INK, 2)
    })
}

/// What was required around a large move, and what was lost.
pub(super) fn requirement(study: &Study, crash: &Crash) -> Result<String, SimError> {
    let horizon = study.horizon();
    let constant = study.training.as_ref().map_or(study.backtested.scales.constant, |training| training.margin);
    let effective = path(&crash.points, |point| Some(point.effective));
    let target = path(&crash.points, |point| Some(point.target));
    let ewma = path(&crash.points, |point| point.ewma);
    let highest = [&effective, &target, &ewma].map(|line| bounds(line).1).into_iter().fold(constant, f64::max);
    let ends = (0.0, ceiling(crash.windows.iter().map(loss), highest));
    let y = |width: Width| percent_axis(ends, width.pick(6.0, 5.0), "% of notional");
    let breached = crash.windows.iter().filter(|window| loss(window) > window.effective).count();
    let named = format!(
        "Requirement around {}: target, effective, plain EWMA and constant, with losses of each window; {breached} \
         windows breached",
        time(crash.moved.to, "%-d %B %Y")
    );
    draw(&named, 300, &|width| (days(crash, width), y(width)), &|canvas| {
        canvas.fill(&steps(&crash.windows, horizon, ends.1), INK, 0.35)?;
        breaches(canvas, &crash.windows, horizon, ends.1)?;
        if let (Some(first), Some(last)) = (effective.first(), effective.last()) {
            canvas.dashes(&[(first.0, constant), (last.0, constant)], INK, 2, 7)?;
        }
        canvas.line(&ewma, GREEN, 1)?;
        canvas.line(&target, AMBER, 2)?;
        canvas.line(&effective, BLUE, 3)
    })
}

/// The requirement over the judged span.
pub(super) fn span(study: &Study) -> Result<String, SimError> {
    let effective = path(&study.points, |point| Some(point.effective));
    let ends = (0.0, bounds(&effective).1 * 1.08);
    draw(
        "Effective requirement over the judged span",
        210,
        &|width| (months(study, width), percent_axis(ends, 4.0, "requirement, % of notional")),
        &|canvas| {
            if let (Some(first), Some(last)) = (effective.first(), effective.last()) {
                let mut area = effective.clone();
                area.extend([(last.0, 0.0), (first.0, 0.0)]);
                canvas.fill(&area, BLUE, 0.12)?;
            }
            canvas.line(&effective, BLUE, canvas.width.pick(2, 1))
        },
    )
}

/// Every breach of the judged span, by how much the requirement fell short: of shorts upwards, of longs downwards.
pub(super) fn shortfalls(study: &Study) -> Result<String, SimError> {
    let sides = |window: &Tested| (window.up - window.effective, window.down - window.effective);
    let both = study.windows.iter().flat_map(|window| <[f64; 2]>::from(sides(window)));
    let ceiling = ceiling(both, 0.0).max(0.001);
    let highest = |side: f64, window: &Tested, of: fn((f64, f64)) -> f64| of(sides(window)).max(side);
    let up = study.windows.iter().fold(ceiling * 0.15, |side, window| highest(side, window, |both| both.0));
    let down = study.windows.iter().fold(ceiling * 0.15, |side, window| highest(side, window, |both| both.1));
    let ends = (-down.min(ceiling) * 1.08, up.min(ceiling) * 1.08);
    let values = ticks::round(ends.0, ends.1, 6.0);
    let step = tick_step(&values);
    let y = || Axis {
        ends,
        ticks: labelled(values.clone(), |value| percent_label(value.abs(), step)),
        title: "shortfall, % of notional",
    };
    let figures = &study.backtested.figures;
    let named = format!(
        "Breaches over the judged span: {} of shorts, {} of longs; the largest shortfall is {}",
        figures.breaches_up,
        figures.breaches_down,
        percent(figures.worst_shortfall, 1)
    );
    draw(&named, 250, &|width| (months(study, width), y()), &|canvas| {
        for window in &study.windows {
            let (above, below) = sides(window);
            let at = signed_real(window.started_at);
            for (size, end, role) in [(above, above, AMBER), (below, -below, RED)] {
                if size <= 0.0 {
                    continue;
                }
                let shown = (at, end.clamp(-ceiling, ceiling));
                canvas.line(&[(at, 0.0), shown], role, 1)?;
                if size > ceiling {
                    let (x, y) = canvas.place(shown);
                    let arrow = if end > 0.0 { '↑' } else { '↓' };
                    canvas.label(&format!("{arrow} {}", percent(size, 0)), (x + 7.0, y), HPos::Left, INK)?;
                } else {
                    canvas.dot(shown, role, canvas.width.pick(3, 2))?;
                }
            }
        }
        if let (Some(first), Some(last)) = (study.points.first(), study.points.last()) {
            canvas.line(&[(signed_real(first.at), 0.0), (signed_real(last.at), 0.0)], INK, 1)?;
        }
        Ok(())
    })
}

/// What the worse side lost in a window.
pub(super) fn loss(window: &Tested) -> f64 {
    window.up.max(window.down)
}

/// The top of a chart of lines up to `highest` and of losses. One loss that dwarfs all else is cut, or a bad print
/// would leave nothing to see.
fn ceiling(losses: impl Iterator<Item = f64>, highest: f64) -> f64 {
    let mut losses: Vec<f64> = losses.collect();
    losses.sort_by(|a, b| b.total_cmp(a));
    let largest = losses.first().copied().unwrap_or(0.0);
    let rest = losses.get(1).copied().unwrap_or(0.0).max(highest);
    if largest > 3.0 * rest { rest * 1.3 } else { largest.max(rest) * 1.06 }
}

/// Losses beyond the requirement: a bar, and a point at its end; how high it is, if it is cut.
fn breaches(canvas: &Canvas<'_>, windows: &[Tested], horizon: i64, ceiling: f64) -> Result<(), SimError> {
    for window in windows.iter().filter(|window| loss(window) > window.effective) {
        let middle = signed_real(window.started_at) + signed_real(horizon) / 2.0;
        let end = (middle, loss(window).min(ceiling));
        canvas.line(&[(middle, 0.0), end], RED, 2)?;
        if loss(window) > ceiling {
            let (x, y) = canvas.place(end);
            canvas.label(&format!("↑ {}", percent(loss(window), 0)), (x + 7.0, y + 9.0), HPos::Left, INK)?;
        } else {
            canvas.dot(end, RED, 3)?;
        }
    }
    Ok(())
}

/// The outline of the windows' losses, as steps.
fn steps(windows: &[Tested], horizon: i64, ceiling: f64) -> Points {
    let mut outline = Points::new();
    for window in windows {
        let (from, to) = (signed_real(window.started_at), signed_real(window.started_at.saturating_add(horizon)));
        let height = loss(window).min(ceiling);
        outline.extend([(from, 0.0), (from, height), (to, height), (to, 0.0)]);
    }
    outline
}

/// The time axis of a large move.
fn days(crash: &Crash, width: Width) -> Axis {
    let (from, to) = ends(&crash.points);
    time_axis(from, to, width.pick(8, 4))
}

/// The time axis of the judged span.
fn months(study: &Study, width: Width) -> Axis {
    let (from, to) = ends(&study.points);
    time_axis(from, to, width.pick(9, 4))
}

fn ends(points: &[Point]) -> (i64, i64) {
    let from = points.first().map_or(0, |point| point.at);
    (from, points.last().map_or(DAY, |point| point.at).max(from.saturating_add(3_600)))
}

fn time_axis(from: i64, to: i64, count: i64) -> Axis {
    Axis { ends: (signed_real(from), signed_real(to)), ticks: ticks::calendar(from, to, count), title: "" }
}

/// An axis of percentages.
pub(super) fn percent_axis(ends: (f64, f64), count: f64, title: &'static str) -> Axis {
    let values = ticks::round(ends.0, ends.1, count);
    let step = tick_step(&values);
    Axis { ends, ticks: labelled(values, |value| percent_label(value, step)), title }
}

fn tick_step(values: &[f64]) -> f64 {
    values.first().zip(values.get(1)).map_or(1.0, |(first, second)| second - first)
}

/// A percentage with as many digits as the distance of marks has.
fn percent_label(value: f64, step: f64) -> String {
    percent(value, if step < 0.000_95 { 2 } else { usize::from(step < 0.009_5) })
}

pub(super) fn labelled(values: Vec<f64>, label: impl Fn(f64) -> String) -> Vec<(f64, String)> {
    values.into_iter().map(|value| (value, label(value))).collect()
}

fn dollars(value: f64) -> String {
    match value {
        value if value >= 1e4 => format!("${}k", trimmed(value / 1e3)),
        value if value >= 1e3 => format!("${}", count(whole(value).unwrap_or(0))),
        value if value >= 1.0 => format!("${}", trimmed(value)),
        value => format!("${value:.4}"),
    }
}

/// A line of few enough points; where a value is missing there is none.
fn path(points: &[Point], value: impl Fn(&Point) -> Option<f64>) -> Points {
    let stride = points.len().div_ceil(SHOWN).max(1);
    let shown = points.iter().step_by(stride).chain(points.last().filter(|_| stride > 1));
    shown.filter_map(|point| value(point).map(|value| (signed_real(point.at), value))).collect()
}

fn bounds(line: &Points) -> (f64, f64) {
    let ends = line.iter().fold((f64::MAX, f64::MIN), |(low, high), (_, value)| (low.min(*value), high.max(*value)));
    if line.is_empty() { (0.0, 0.0) } else { ends }
}

/// Lost windows and the worst shortfall around a large move, in words.
pub(super) fn crash_text(crash: &Crash) -> String {
    let short: Vec<f64> =
        crash.windows.iter().map(|window| loss(window) - window.effective).filter(|short| *short > 0.0).collect();
    let requirement =
        |at: i64| crash.points.iter().take_while(|point| point.at <= at).last().map(|point| point.effective);
    let highest = crash.points.iter().map(|point| point.effective).fold(0.0, f64::max);
    let before = requirement(crash.moved.from).unwrap_or(highest);
    let worst = short.iter().copied().fold(0.0, f64::max);
    let short_count = real(u64::try_from(short.len()).unwrap_or(0));
    let breached = if short.is_empty() {
        "No window was breached".to_owned()
    } else {
        let plural = if short.len() == 1 { "window was" } else { "windows were" };
        format!("{short_count:.0} {plural} breached, the worst by {} of notional", percent(worst, 1))
    };
    format!(
        "The requirement stood at {} as the move began and reached {} within the fortnight. {breached}.",
        percent(before, 2),
        percent(highest, 2)
    )
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, clippy::indexing_slicing, reason = "tests may")]
mod tests {
    use super::*;

    #[test]
    fn one_loss_that_dwarfs_all_else_is_cut() {
        assert!((ceiling([0.02, 0.2, 0.03].into_iter(), 0.15) - 0.2 * 1.06).abs() < 1e-12);
        assert!((ceiling([0.02, 2.4, 0.2].into_iter(), 0.1) - 0.26).abs() < 1e-12);
        assert!((ceiling(std::iter::empty(), 0.1) - 0.106).abs() < 1e-12);
    }

    #[test]
    fn labels_have_as_many_digits_as_their_distance() {
        assert_eq!(percent_label(0.02, 0.01), "2\u{a0}%");
        assert_eq!(percent_label(0.025, 0.005), "2.5\u{a0}%");
        assert_eq!([25_000.0, 4_000.0, 150.5, 0.25].map(dollars), ["$25k", "$4,000", "$150.5", "$0.2500"]);
    }
}
