//! Cost against cover: average margin and total shortfall of every policy, both on logarithmic axes.

use plotters::style::text_anchor::HPos;

use super::charts::labelled;
use super::plot::{AMBER, Axis, BLUE, Canvas, INK, Points, RED, Role, Width, draw};
use super::study::{Mark, Study};
use super::text::{percent, policy, times, trimmed};
use super::ticks;
use crate::SimError;

/// Width of a letter, shown pixels: enough for the widest.
const LETTER: f64 = 7.6;
/// Height of a line of text.
const LINE: f64 = 16.0;
/// Largest rises within a day up to which a policy is gentle, and rough.
const STEPS: (f64, f64) = (1.25, 2.0);

/// The colour of a largest rise within a day.
fn role(step: Option<f64>) -> Role {
    match step {
        Some(step) if step > STEPS.1 => RED,
        Some(step) if step > STEPS.0 + 1e-9 => AMBER,
        Some(_) => BLUE,
        None => INK,
    }
}

/// The chart.
pub(super) fn chart(study: &Study) -> Result<String, SimError> {
    let frontier = &study.frontier;
    let marks = || frontier.ours.iter().chain(&frontier.others).filter(|mark| is_drawn(mark));
    let Some((x, y)) = logarithms(marks()) else {
        return Ok("<p>No policy fell short: there is no frontier to draw.</p>".to_owned());
    };
    let axis = |ends: (f64, f64), title| {
        let values = ticks::logarithmic(10_f64.powf(ends.0), 10_f64.powf(ends.1));
        let labels = labelled(values, |value| format!("{}\u{a0}%", trimmed(value * 100.0)));
        let ticks = labels.into_iter().map(|(value, label)| (value.log10(), label)).collect();
        Axis { ends, ticks, title }
    };
    let axes = |_: Width| (axis(x, "average margin, % of notional"), axis(y, "total shortfall, % of notional"));
    draw(&name(study), 440, &axes, &|canvas| {
        let is_within = |at: &(f64, f64)| at.0 >= x.0 && at.0 <= x.1 && at.1 >= y.0 && at.1 <= y.1;
        let constants: Points =
            frontier.constants.iter().map(|(a, b)| (a.log10(), b.log10())).filter(is_within).collect();
        canvas.dashes(&constants, INK, 2, 7)?;
        let ours: Points = frontier.ours.iter().filter(|mark| is_drawn(mark)).map(at).collect();
        canvas.line(&ours, BLUE, 2)?;
        for mark in frontier.others.iter().chain(&frontier.ours).filter(|mark| is_drawn(mark)) {
            canvas.dot(at(mark), role(mark.step), if mark.name == "ballast" { 4 } else { 5 })?;
        }
        if let Some(chosen) = frontier.ours.iter().find(|mark| is_chosen(mark)).filter(|mark| is_drawn(mark)) {
            canvas.ring(at(chosen), BLUE, 9)?;
        }
        labels(canvas, study, &constants)
    })
}

/// For who cannot see it.
fn name(study: &Study) -> String {
    let marks = study.frontier.others.iter().chain(study.frontier.ours.iter().filter(|mark| is_chosen(mark)));
    let said: Vec<String> = marks
        .map(|mark| {
            let named = if mark.name == "ballast" { "Ballast" } else { policy(mark.name).0 };
            format!("{named} {} and {}", percent(mark.margin, 2), percent(mark.shortfall, 1))
        })
        .collect();
    format!("Average margin against total shortfall: {}", said.join("; "))
}

/// Names beside the points, where there is room.
fn labels(canvas: &Canvas<'_>, study: &Study, constants: &Points) -> Result<(), SimError> {
    let frontier = &study.frontier;
    let mut room = Room { frame: canvas.frame(), taken: Vec::new() };
    let drawn = || frontier.ours.iter().chain(&frontier.others).filter(|mark| is_drawn(mark));
    for mark in drawn() {
        let (x, y) = canvas.place(at(mark));
        room.taken.push([x - 6.0, y - 6.0, x + 6.0, y + 6.0]);
    }
    let ours: Points = frontier.ours.iter().filter(|mark| is_drawn(mark)).map(at).collect();
    for place in constants.iter().chain(&between(&ours)).map(|place| canvas.place(*place)) {
        room.taken.push([place.0 - 1.0, place.1 - 1.0, place.0 + 1.0, place.1 + 1.0]);
    }
    let is_end = |mark: &&Mark| {
        let first = frontier.ours.first().is_some_and(|end| end.factor >= mark.factor);
        first || frontier.ours.last().is_some_and(|end| end.factor <= mark.factor)
    };
    let ends = frontier.ours.iter().filter(|mark| is_end(mark) && !is_chosen(mark));
    let chosen = frontier.ours.iter().filter(|mark| is_chosen(mark));
    for mark in chosen.chain(ends).chain(&frontier.others).filter(|mark| is_drawn(mark)) {
        let text = match (mark.name, canvas.width) {
            ("ballast", Width::Wide) if is_chosen(mark) => format!("Ballast, chosen {}", times(mark.step)),
            ("ballast", Width::Narrow) if is_chosen(mark) => "Ballast".to_owned(),
            ("ballast", _) => format!("k × {}", trimmed(mark.factor)),
            (name, Width::Wide) => format!("{} {}", policy(name).1, times(mark.step)),
            (name, Width::Narrow) => policy(name).1.to_owned(),
        };
        if let Some((place, side)) = room.beside(canvas.place(at(mark)), &text) {
            let point = canvas.place(at(mark));
            let is_far = (place.0 - point.0).hypot(place.1 - point.1) > 24.0;
            if is_far {
                canvas.leader(point, (place.0, place.1 - (place.1 - point.1).signum() * LINE / 2.0))?;
            }
            canvas.label(&text, place, side, INK)?;
        }
    }
    Ok(())
}

/// Points on the line between some, near to each other.
fn between(line: &[(f64, f64)]) -> Points {
    let pairs = line.iter().zip(line.iter().skip(1));
    let parts = pairs.flat_map(|(from, to)| {
        (1..10_u32).map(move |tenth| {
            let part = f64::from(tenth) / 10.0;
            (from.0 + (to.0 - from.0) * part, from.1 + (to.1 - from.1) * part)
        })
    });
    parts.collect()
}

const fn is_drawn(mark: &Mark) -> bool {
    mark.margin > 0.0 && mark.shortfall > 0.0 && mark.margin.is_finite() && mark.shortfall.is_finite()
}

fn is_chosen(mark: &Mark) -> bool {
    mark.name == "ballast" && (mark.factor - 1.0).abs() < 1e-9
}

fn at(mark: &Mark) -> (f64, f64) {
    (mark.margin.log10(), mark.shortfall.log10())
}

type Ends = (f64, f64);

/// Ends of both axes; none without a policy that can be drawn.
fn logarithms<'a>(marks: impl Iterator<Item = &'a Mark>) -> Option<(Ends, Ends)> {
    let none = (f64::MAX, f64::MIN);
    let widen = |(low, high): Ends, value: f64| (low.min(value), high.max(value));
    let (x, y) = marks.map(at).fold((none, none), |(x, y), at| (widen(x, at.0), widen(y, at.1)));
    let pad = |(low, high): Ends| {
        let pad = ((high - low) * 0.08).max(0.05);
        (low - pad, high + pad)
    };
    (x.0 <= x.1).then(|| (pad(x), pad(y)))
}

/// Rectangles that are taken: left, top, right, bottom.
struct Room {
    frame: [f64; 4],
    taken: Vec<[f64; 4]>,
}

impl Room {
    /// A free place for a text near a point, and which part of the text is there: left of it, right, below, above, then
    /// further off.
    fn beside(&mut self, (x, y): (f64, f64), text: &str) -> Option<((f64, f64), HPos)> {
        let width = LETTER * f64::from(u32::try_from(text.chars().count()).unwrap_or(0));
        let right = x + 11.0;
        let left = x - 11.0 - width;
        let middle = x - width / 2.0;
        let places = [0.0, 15.0, 30.0, 45.0].into_iter().flat_map(|shift: f64| {
            let (above, below) = (y - 18.0 - shift, y + 18.0 + shift);
            // the lines fall: there is room above them to the right, and below them to the left
            [
                (left, y + shift, (x - 11.0, HPos::Right)),
                (right, y - shift, (right, HPos::Left)),
                (middle, below, (x, HPos::Center)),
                (middle, above, (x, HPos::Center)),
            ]
        });
        for (start, centre, (end, side)) in places {
            let found = [start, centre - LINE / 2.0, start + width, centre + LINE / 2.0];
            if self.is_free(&found) {
                self.taken.push(found);
                return Some(((end, centre), side));
            }
        }
        None
    }

    fn is_free(&self, found: &[f64; 4]) -> bool {
        let [left, top, right, bottom] = *found;
        let [frame_left, frame_top, frame_right, frame_bottom] = self.frame;
        let is_inside = left >= frame_left && top >= frame_top && right <= frame_right + 10.0 && bottom <= frame_bottom;
        is_inside && !self.taken.iter().any(|[l, t, r, b]| left < *r && right > *l && top < *b && bottom > *t)
    }
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, clippy::indexing_slicing, reason = "tests may")]
mod tests {
    use super::*;

    #[test]
    fn labels_do_not_lie_on_each_other_or_outside() {
        let mut room = Room { frame: [0.0, 0.0, 400.0, 300.0], taken: Vec::new() };
        let places: Vec<_> = (0..6).filter_map(|_| room.beside((200.0, 150.0), "EWMA")).collect();
        assert_eq!(places.len(), 6);
        for (place, label) in room.taken.iter().enumerate() {
            assert!(label[0] >= 0.0 && label[1] >= 0.0 && label[3] <= 300.0);
            for other in &room.taken[..place] {
                assert!(label[0] >= other[2] || label[2] <= other[0] || label[1] >= other[3] || label[3] <= other[1]);
            }
        }
    }

    #[test]
    fn a_label_without_room_is_left_out() {
        let mut room = Room { frame: [0.0, 0.0, 60.0, 20.0], taken: Vec::new() };
        assert!(room.beside((30.0, 10.0), "a very long name").is_none());
    }

    #[test]
    fn colours_follow_the_step() {
        let variables = [Some(1.0), Some(1.25), Some(1.6), Some(4.5), None].map(|step| format!("{:?}", role(step)));
        assert_eq!(variables[0], variables[1]);
        assert!(variables[1] != variables[2] && variables[2] != variables[3] && variables[3] != variables[4]);
    }
}
