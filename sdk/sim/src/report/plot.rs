//! Drawing: SVG in the page's colours, in two widths, with axes of our own ticks.

use std::fmt::Display;

use plotters::coord::Shift;
use plotters::coord::types::RangedCoordf64;
use plotters::element::DashedPathElement;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use crate::SimError;
use crate::numbers::{signed, signed_real};

/// A role that a colour has on the page. Charts are drawn in the placeholder; the page decides what it looks like.
#[derive(Clone, Copy, Debug)]
pub(super) struct Role {
    placeholder: RGBColor,
    variable: &'static str,
}

/// Text and axes.
pub(super) const INK: Role = Role { placeholder: RGBColor(1, 2, 3), variable: "--muted" };
/// Lines of the grid.
pub(super) const GRID: Role = Role { placeholder: RGBColor(1, 2, 4), variable: "--grid" };
/// What is in force; gentle.
pub(super) const BLUE: Role = Role { placeholder: RGBColor(1, 2, 5), variable: "--blue" };
/// What is asked for; rough.
pub(super) const AMBER: Role = Role { placeholder: RGBColor(1, 2, 6), variable: "--amber" };
/// Losses; roughest.
pub(super) const RED: Role = Role { placeholder: RGBColor(1, 2, 7), variable: "--red" };
/// Others.
pub(super) const GREEN: Role = Role { placeholder: RGBColor(1, 2, 8), variable: "--green" };
/// Paper, around points.
pub(super) const CARD: Role = Role { placeholder: RGBColor(1, 2, 9), variable: "--card" };
const ROLES: [Role; 7] = [INK, GRID, BLUE, AMBER, RED, GREEN, CARD];

/// Drawn pixels of a shown one, because coordinates are whole.
const SCALE: i32 = 2;
/// Height of letters, shown pixels.
const LETTERS: i32 = 13;
/// plotters writes sizes smaller by this factor.
const FONT_FACTOR: f64 = 1.24;

/// A width of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Width {
    /// A desk.
    Wide,
    /// A phone.
    Narrow,
}

impl Width {
    const ALL: [Self; 2] = [Self::Wide, Self::Narrow];

    const fn class(self) -> &'static str {
        match self {
            Self::Wide => "wide",
            Self::Narrow => "narrow",
        }
    }

    const fn pixels(self) -> i32 {
        match self {
            Self::Wide => 960,
            Self::Narrow => 340,
        }
    }

    /// One of two, by width.
    pub(super) fn pick<T>(self, wide: T, narrow: T) -> T {
        match self {
            Self::Wide => wide,
            Self::Narrow => narrow,
        }
    }
}

/// An axis: its ends, where it has marks, and what it measures.
#[derive(Clone, Debug)]
pub(super) struct Axis {
    /// Lowest and highest value.
    pub(super) ends: (f64, f64),
    /// Places and their labels.
    pub(super) ticks: Vec<(f64, String)>,
    /// Quantity and unit.
    pub(super) title: &'static str,
}

/// A chart that is being drawn. Lines are in the axes' units, sizes in shown pixels.
pub(super) struct Canvas<'a> {
    /// For whom.
    pub(super) width: Width,
    root: DrawingArea<SVGBackend<'a>, Shift>,
    area: DrawingArea<SVGBackend<'a>, Cartesian2d<RangedCoordf64, RangedCoordf64>>,
    frame: (std::ops::Range<i32>, std::ops::Range<i32>),
}

/// Points of a line.
pub(super) type Points = Vec<(f64, f64)>;

impl Canvas<'_> {
    /// A line.
    pub(super) fn line(&self, points: &[(f64, f64)], role: Role, width: i32) -> Result<(), SimError> {
        let style = role.placeholder.stroke_width(unsigned(scaled(width)));
        self.area.draw(&PathElement::new(points.to_vec(), style)).map_err(failed)
    }

    /// A line in dashes.
    pub(super) fn dashes(&self, points: &[(f64, f64)], role: Role, width: i32, dash: i32) -> Result<(), SimError> {
        let style = role.placeholder.stroke_width(unsigned(scaled(width)));
        let (dash, gap) = (scaled(dash), scaled(4));
        self.area.draw(&DashedPathElement::new(points.iter().copied(), dash, gap, style)).map_err(failed)
    }

    /// What a closed line holds.
    pub(super) fn fill(&self, outline: &[(f64, f64)], role: Role, opacity: f64) -> Result<(), SimError> {
        self.area.draw(&Polygon::new(outline.to_vec(), role.placeholder.mix(opacity))).map_err(failed)
    }

    /// A point, with a rim of paper.
    pub(super) fn dot(&self, at: (f64, f64), role: Role, radius: i32) -> Result<(), SimError> {
        let rim = Circle::new(at, scaled(radius.saturating_add(1)), CARD.placeholder.filled());
        self.area.draw(&rim).map_err(failed)?;
        self.area.draw(&Circle::new(at, scaled(radius), role.placeholder.filled())).map_err(failed)
    }

    /// A ring.
    pub(super) fn ring(&self, at: (f64, f64), role: Role, radius: i32) -> Result<(), SimError> {
        let style = role.placeholder.stroke_width(unsigned(scaled(2)));
        self.area.draw(&Circle::new(at, scaled(radius), style)).map_err(failed)
    }

    /// Where a value is, shown pixels.
    pub(super) fn place(&self, at: (f64, f64)) -> (f64, f64) {
        let (x, y) = self.area.map_coordinate(&at);
        (real(x) / real(SCALE), real(y) / real(SCALE))
    }

    /// Left, top, right and bottom of the frame, shown pixels.
    pub(super) fn frame(&self) -> [f64; 4] {
        let (x, y) = &self.frame;
        [x.start, y.start, x.end, y.end].map(|edge| real(edge) / real(SCALE))
    }

    /// Text whose end, left or right, or middle is at a place in shown pixels.
    pub(super) fn label(&self, text: &str, (x, y): (f64, f64), side: HPos, role: Role) -> Result<(), SimError> {
        let drawn = |pixels: f64| i32::try_from(signed(pixels * real(SCALE))).unwrap_or(0);
        self.text(text, (drawn(x), drawn(y)), role, (side, VPos::Center))
    }

    /// A thin line from a point to its label, shown pixels.
    pub(super) fn leader(&self, from: (f64, f64), to: (f64, f64)) -> Result<(), SimError> {
        let drawn = |pixels: f64| i32::try_from(signed(pixels * real(SCALE))).unwrap_or(0);
        let ends = [from, to].map(|(x, y)| (drawn(x), drawn(y)));
        let style = INK.placeholder.mix(0.6).stroke_width(unsigned(SCALE));
        self.root.draw(&PathElement::new(ends.to_vec(), style)).map_err(failed)
    }

    fn text(&self, text: &str, at: (i32, i32), role: Role, (h, v): (HPos, VPos)) -> Result<(), SimError> {
        let size = real(scaled(LETTERS)) * FONT_FACTOR;
        let style = ("sans-serif", size).into_font().color(&role.placeholder).pos(Pos::new(h, v));
        self.root.draw(&Text::new(text.to_owned(), at, style)).map_err(failed)
    }

    /// Lines of the grid and what they mean.
    fn axes(&self, x: &Axis, y: &Axis) -> Result<(), SimError> {
        let (across, down) = &self.frame;
        let grid = GRID.placeholder.stroke_width(unsigned(scaled(1)));
        for (value, label) in &y.ticks {
            let (_, place) = self.area.map_coordinate(&(x.ends.0, *value));
            self.root
                .draw(&PathElement::new(vec![(across.start, place), (across.end, place)], grid))
                .map_err(failed)?;
            let at = (across.start.saturating_sub(scaled(8)), place);
            self.text(label, at, INK, (HPos::Right, VPos::Center))?;
        }
        let base = down.end;
        self.root.draw(&PathElement::new(vec![(across.start, base), (across.end, base)], grid)).map_err(failed)?;
        for (value, label) in &x.ticks {
            let (place, _) = self.area.map_coordinate(&(*value, y.ends.0));
            let mark = vec![(place, base), (place, base.saturating_add(scaled(5)))];
            self.root.draw(&PathElement::new(mark, grid)).map_err(failed)?;
            // half of the letters, 4 shown pixels each; a label that would be cut is left out
            let half = scaled(i32::try_from(label.chars().count()).unwrap_or(0).saturating_mul(4));
            if place.saturating_add(half) <= scaled(self.width.pixels()) {
                self.text(label, (place, base.saturating_add(scaled(9))), INK, (HPos::Center, VPos::Top))?;
            }
        }
        self.text(y.title, (0, 0), INK, (HPos::Left, VPos::Top))?;
        let end = (across.end, base.saturating_add(scaled(29)));
        self.text(x.title, end, INK, (HPos::Right, VPos::Top))
    }
}

/// Draws a chart in both widths: `height` shown pixels high, `named` for who cannot see it.
pub(super) fn draw(
    named: &str,
    height: i32,
    axes: &dyn Fn(Width) -> (Axis, Axis),
    series: &dyn Fn(&Canvas<'_>) -> Result<(), SimError>,
) -> Result<String, SimError> {
    let mut html = String::new();
    for width in Width::ALL {
        let (x, y) = axes(width);
        let mut svg = String::new();
        let size = (scaled(width.pixels()), scaled(height));
        let below = if x.title.is_empty() { 28 } else { 48 };
        let right = width.pick(28, 14);
        let frame = (
            scaled(width.pick(62, 58))..size.0.saturating_sub(scaled(right)),
            scaled(26)..size.1.saturating_sub(scaled(below)),
        );
        let root = SVGBackend::with_string(&mut svg, (unsigned(size.0), unsigned(size.1))).into_drawing_area();
        let coordinates = Cartesian2d::<RangedCoordf64, RangedCoordf64>::new(
            x.ends.0..x.ends.1,
            y.ends.0..y.ends.1,
            (frame.0.clone(), frame.1.end..frame.1.start),
        );
        let canvas = Canvas { width, area: root.apply_coord_spec(coordinates), root, frame };
        canvas.axes(&x, &y)?;
        series(&canvas)?;
        canvas.root.present().map_err(failed)?;
        drop(canvas);
        html.push_str(&in_page_colours(&svg, width.class(), named));
    }
    Ok(html)
}

/// Replaces placeholders by the page's variables, and the fixed size by a class and a name.
fn in_page_colours(svg: &str, class: &str, named: &str) -> String {
    let mut text = svg.replace(" xmlns=\"http://www.w3.org/2000/svg\"", "");
    for Role { placeholder: RGBColor(red, green, blue), variable } in ROLES {
        for property in ["fill", "stroke"] {
            let drawn = format!("{property}=\"#{red:02X}{green:02X}{blue:02X}\"");
            text = text.replace(&drawn, &format!("style=\"{property}:var({variable})\""));
        }
    }
    let named = super::text::escape(named);
    match text.split_once("viewBox") {
        Some((_, rest)) => format!("<svg class=\"{class}\" role=\"img\" aria-label=\"{named}\" viewBox{rest}"),
        None => text,
    }
}

/// Drawing into a string does not fail; if it does, the report says so.
fn failed(error: impl Display) -> SimError {
    SimError::Chart(error.to_string())
}

const fn scaled(pixels: i32) -> i32 {
    pixels.saturating_mul(SCALE)
}

const fn unsigned(pixels: i32) -> u32 {
    pixels.unsigned_abs()
}

fn real(pixels: i32) -> f64 {
    signed_real(i64::from(pixels))
}
