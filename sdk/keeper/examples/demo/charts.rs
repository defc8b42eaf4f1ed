//! The charts of the report, as SVG that follows the page's colours and comes in two widths.

use anyhow::{Result, anyhow};
use chrono::DateTime;
use plotters::chart::{ChartBuilder, ChartContext};
use plotters::coord::types::RangedCoordf64;
use plotters::prelude::*;

use crate::prices::DAY;
use crate::tally::Snapshot;

/// A role that a colour has on the page. Charts are drawn in the placeholder; the page decides what it looks like.
#[derive(Clone, Copy, Debug)]
pub struct Role {
    placeholder: RGBColor,
    variable: &'static str,
}

/// Text and axes.
const INK: Role = Role { placeholder: RGBColor(1, 2, 3), variable: "--muted" };
/// Lines of the grid.
const GRID: Role = Role { placeholder: RGBColor(1, 2, 4), variable: "--grid" };
/// Calm, first colour.
const BLUE: Role = Role { placeholder: RGBColor(1, 2, 5), variable: "--blue" };
/// Second colour.
const AMBER: Role = Role { placeholder: RGBColor(1, 2, 6), variable: "--amber" };
/// Losses.
const RED: Role = Role { placeholder: RGBColor(1, 2, 7), variable: "--red" };
/// People.
const GREEN: Role = Role { placeholder: RGBColor(1, 2, 8), variable: "--green" };
const ROLES: [Role; 6] = [INK, GRID, BLUE, AMBER, RED, GREEN];

/// Hours that one bar of a histogram covers.
const BUCKET: i64 = 3;
/// Width and height for a desk and for a phone.
const SIZES: [(&str, u32, u32); 2] = [("wide", 960, 300), ("narrow", 400, 280)];

type Error = anyhow::Error;
type Chart<'a, 'b> = ChartContext<'a, SVGBackend<'b>, Cartesian2d<RangedCoordf64, RangedCoordf64>>;
type Points = Vec<(f64, f64)>;

/// What a chart shows on its vertical axis.
#[derive(Clone, Copy, Debug)]
enum Unit {
    Dollars,
    Percent,
    Count,
}

impl Unit {
    fn label(self, value: f64) -> String {
        match self {
            Self::Percent if value.abs() < 0.095 && (value * 1_000.0).round() % 10.0 != 0.0 => {
                format!("{:.1} %", value * 100.0)
            }
            Self::Percent => format!("{:.0} %", value * 100.0),
            Self::Count => format!("{value:.0}"),
            Self::Dollars if value.abs() >= 1e6 => format!("${:.1}m", value / 1e6),
            Self::Dollars if value.abs() >= 1e4 => format!("${:.0}k", value / 1e3),
            Self::Dollars if value.abs() >= 1e3 => format!("${:.1}k", value / 1e3),
            Self::Dollars => format!("${value:.0}"),
        }
    }
}

/// The time axis, in days from the first snapshot.
struct Days<'a>(&'a [Snapshot]);

impl Days<'_> {
    fn start(&self) -> i64 {
        self.0[0].at
    }

    fn of(&self, at: i64) -> f64 {
        (at - self.start()) as f64 / DAY as f64
    }

    fn length(&self) -> f64 {
        self.of(self.0[self.0.len() - 1].at).max(1e-3)
    }

    fn line(&self, value: impl Fn(&Snapshot) -> f64) -> Points {
        self.0.iter().map(|held| (self.of(held.at), value(held))).collect()
    }

    /// What a sum grew by, in buckets of some hours.
    fn growth(&self, sum: impl Fn(&Snapshot) -> f64) -> Points {
        let mut buckets: Points = Vec::new();
        for pair in self.0.windows(2) {
            let bucket = (pair[1].at - self.start() - 1).div_euclid(BUCKET * 3_600) * BUCKET;
            let (hour, grown) = (bucket as f64 / 24.0, sum(&pair[1]) - sum(&pair[0]));
            match buckets.last_mut() {
                Some(last) if last.0 == hour => last.1 += grown,
                _ => buckets.push((hour, grown)),
            }
        }
        buckets
    }
}

/// The price.
pub fn price(snapshots: &[Snapshot]) -> Result<String> {
    let days = Days(snapshots);
    let line = days.line(|held| held.price);
    let (low, high) = bounds(&line);
    let pad = (high - low) * 0.08;
    draw(&days, (low - pad, high + pad), Unit::Dollars, |chart| {
        area(chart, &line, low - pad, BLUE, 0.12)?;
        stroke(chart, &line, BLUE, 2)
    })
}

/// Where the model leads the requirement, and where it is.
pub fn requirement(snapshots: &[Snapshot]) -> Result<String> {
    let days = Days(snapshots);
    let (target, effective) = (days.line(|held| held.target), days.line(|held| held.effective));
    let high = bounds(&target).1.max(bounds(&effective).1);
    draw(&days, (0.0, high * 1.08), Unit::Percent, |chart| {
        area(chart, &effective, 0.0, BLUE, 0.12)?;
        stroke(chart, &target, AMBER, 2)?;
        stroke(chart, &effective, BLUE, 3)
    })
}

/// Calls opened.
pub fn calls(snapshots: &[Snapshot]) -> Result<String> {
    histogram(snapshots, |held| held.counts.margin_calls as f64, Unit::Count, AMBER)
}

/// Value of the positions taken over.
pub fn liquidations(snapshots: &[Snapshot]) -> Result<String> {
    histogram(snapshots, |held| held.counts.liquidated_usd, Unit::Dollars, RED)
}

/// Wealth of the traders against what they started with.
pub fn wealth(snapshots: &[Snapshot]) -> Result<String> {
    let days = Days(snapshots);
    let quantiles: Vec<Points> = (0..5).map(|place| days.line(|held| held.wealth[place])).collect();
    let high = bounds(&quantiles[4]).1.max(1.1);
    draw(&days, (0.0, high * 1.05), Unit::Percent, |chart| {
        band(chart, &quantiles[0], &quantiles[4], GREEN, 0.13)?;
        band(chart, &quantiles[1], &quantiles[3], GREEN, 0.25)?;
        stroke(chart, &quantiles[2], GREEN, 3)
    })
}

fn histogram(snapshots: &[Snapshot], sum: impl Fn(&Snapshot) -> f64, unit: Unit, role: Role) -> Result<String> {
    let days = Days(snapshots);
    let buckets = days.growth(sum);
    let high = bounds(&buckets).1.max(4.0);
    draw(&days, (0.0, high * 1.1), unit, |chart| {
        let width = BUCKET as f64 / 24.0;
        let bars = buckets.iter().filter(|(_, value)| *value > 0.0).map(|&(day, value)| {
            Rectangle::new([(day + 0.12 * width, 0.0), (day + 0.88 * width, value)], role.placeholder.filled())
        });
        chart.draw_series(bars).map(|_| ()).map_err(|error| anyhow!("{error}"))
    })
}

/// Draws a chart in both widths.
fn draw(
    days: &Days<'_>,
    (low, high): (f64, f64),
    unit: Unit,
    series: impl Fn(&mut Chart<'_, '_>) -> Result<(), Error>,
) -> Result<String> {
    let mut html = String::new();
    for (class, width, height) in SIZES {
        let mut svg = String::new();
        {
            let root = SVGBackend::with_string(&mut svg, (width, height)).into_drawing_area();
            let fail = |error: DrawingAreaErrorKind<_>| anyhow!("{error}");
            let mut chart = ChartBuilder::on(&root)
                .margin_top(8)
                .margin_right(if class == "wide" { 36 } else { 16 })
                .margin_bottom(2)
                .x_label_area_size(30)
                .y_label_area_size(54)
                .build_cartesian_2d(0.0..days.length(), low..high)
                .map_err(fail)?;
            let text = ("sans-serif", 14).into_font().color(&INK.placeholder);
            let date = |day: &f64| {
                let at = days.start() + (day * DAY as f64).round() as i64;
                let format = if class == "wide" { "%a %-d %b" } else { "%-d %b" };
                DateTime::from_timestamp(at, 0).map_or_else(String::new, |time| time.format(format).to_string())
            };
            chart
                .configure_mesh()
                .disable_x_mesh()
                .light_line_style(TRANSPARENT)
                .bold_line_style(GRID.placeholder)
                .axis_style(GRID.placeholder)
                .x_labels(if class == "wide" { 8 } else { 4 })
                .y_labels(6)
                .x_label_formatter(&date)
                .y_label_formatter(&|value| unit.label(*value))
                .label_style(text)
                .draw()
                .map_err(fail)?;
            series(&mut chart)?;
            root.present().map_err(fail)?;
        }
        html.push_str(&in_page_colours(&svg, class));
    }
    Ok(html)
}

fn stroke(chart: &mut Chart<'_, '_>, line: &Points, role: Role, width: u32) -> Result<(), Error> {
    let style = role.placeholder.stroke_width(width);
    chart.draw_series(LineSeries::new(line.iter().copied(), style)).map(|_| ()).map_err(|error| anyhow!("{error}"))
}

fn area(chart: &mut Chart<'_, '_>, line: &Points, base: f64, role: Role, opacity: f64) -> Result<(), Error> {
    let fill = AreaSeries::new(line.iter().copied(), base, role.placeholder.mix(opacity));
    chart.draw_series(fill).map(|_| ()).map_err(|error| anyhow!("{error}"))
}

fn band(chart: &mut Chart<'_, '_>, low: &Points, high: &Points, role: Role, opacity: f64) -> Result<(), Error> {
    let outline: Points = low.iter().chain(high.iter().rev()).copied().collect();
    let fill = Polygon::new(outline, role.placeholder.mix(opacity));
    chart.draw_series(core::iter::once(fill)).map(|_| ()).map_err(|error| anyhow!("{error}"))
}

fn bounds(line: &Points) -> (f64, f64) {
    line.iter().fold((f64::MAX, f64::MIN), |(low, high), (_, value)| (low.min(*value), high.max(*value)))
}

/// Replaces placeholders by the page's variables, and the fixed size by a class.
fn in_page_colours(svg: &str, class: &str) -> String {
    let mut text = svg.to_string();
    for Role { placeholder: RGBColor(red, green, blue), variable } in ROLES {
        for property in ["fill", "stroke"] {
            let drawn = format!("{property}=\"#{red:02X}{green:02X}{blue:02X}\"");
            text = text.replace(&drawn, &format!("style=\"{property}:var({variable})\""));
        }
    }
    match text.find("viewBox") {
        Some(start) => format!("<svg class=\"{class}\" role=\"img\" {}", &text[start..]),
        None => text,
    }
}
