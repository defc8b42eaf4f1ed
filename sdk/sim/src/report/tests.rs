//! A page of a synthetic history.

#![allow(clippy::arithmetic_side_effects, clippy::as_conversions, clippy::integer_division, reason = "tests may")]

use super::*;
use crate::bars::Bar;
use crate::synthetic;

/// Hours with a crash in the middle, in a file of a test's own.
fn history(name: &str, hours: usize) -> Source {
    let mut bars: Vec<Bar> = synthetic::bars(hours, 7);
    let middle = hours / 2;
    for (hour, bar) in bars.iter_mut().enumerate().filter(|(hour, _)| *hour >= middle) {
        let fall = if hour == middle { 1.0 } else { 0.6 };
        bar.open *= fall;
        bar.high *= fall;
        bar.low *= 0.6;
        bar.close *= 0.6;
    }
    let file = std::env::temp_dir().join(format!("ballast-report-{}-{name}.csv", std::process::id()));
    std::fs::write(&file, synthetic::to_csv(&bars)).unwrap();
    Source::prices(file)
}

fn terms(source: Source, span: &str, traders: usize) -> ReportTerms {
    let parameters = Underlying::with_defaults("BTC", &"e6".repeat(32));
    ReportTerms {
        sources: vec![source],
        span: Span::parse(span).unwrap(),
        parameters,
        reference: Reference::STANDARD,
        calibrated: None,
        seed: 1,
        traders,
        made_with: "ballast sim report --prices <a> & b".to_owned(),
    }
}

#[track_caller]
fn assert_sound(page: &str) {
    for title in ["frontier", "crashes", "timeline", "policies", "parameters", "made"] {
        assert!(page.contains(&format!("<h2 id=\"{title}\">")), "no section {title}");
    }
    for broken in ["NaN", "inf", "{{", "}}", "<script", "http://", "https://"] {
        let found = page.find(broken).and_then(|at| page.get(at.saturating_sub(40)..)?.get(..80));
        assert!(found.is_none(), "{broken} in {found:?}");
    }
}

#[test]
fn a_page_has_every_section_and_no_number_that_is_none() {
    let source = history("whole", 2_400);
    let heard = std::cell::RefCell::new(Vec::new());
    let terms = terms(source, "2020-02-20..2020-04-05", 30);
    let page = page(&terms, &|step| heard.borrow_mut().push(step.to_owned())).unwrap();
    assert_sound(&page);
    assert!(page.contains("<h2 id=\"traders\">") && page.contains("within 24\u{a0}h</h4>"));
    assert!(page.contains("--prices &lt;a&gt; &amp; b"), "what it was made with is escaped");
    assert!(page.contains("[[underlying]]"));
    assert!(heard.borrow().iter().any(|step| step.ends_with("frontier")));
    let again = super::page(&terms, &|_| {}).unwrap();
    assert!(page == again, "the same terms give the same bytes");
    std::fs::remove_file(&terms.sources[0].prices).unwrap();
}

#[test]
fn a_short_history_without_earlier_bars_says_so() {
    let source = history("short", 200);
    let terms = terms(source, "..", 0);
    let page = page(&terms, &|_| {}).unwrap();
    assert_sound(&page);
    assert!(page.contains("too few bars before the span"));
    assert!(page.contains("in hindsight.</li>") && !page.contains("<h2 id=\"traders\">"));
    std::fs::remove_file(&terms.sources[0].prices).unwrap();
}

#[test]
fn verdicts_say_what_is_kept_and_what_is_missed() {
    let source = history("verdicts", 2_400);
    let mut study = Study::of(&terms(source.clone(), "2020-02-20..2020-04-05", 0), &source, &|_| {}).unwrap();
    let figures = &mut study.backtested.figures;
    figures.breach_rate = 0.0103;
    figures.average_margin = 0.021;
    figures.constant_margin_same_coverage = 0.022;
    figures.total_shortfall = 0.9;
    figures.constant_shortfall_same_coverage = 1.0;
    figures.largest_rise_within_24h = Some(1.25);
    figures.kupiec_p = 0.4;
    figures.christoffersen_p = 1e-9;
    study.training = Some(study::TrainingConstant { margin: 0.04, shortfall: 0.3, fitted_on: "2020".to_owned() });
    let kept: Vec<Option<bool>> = verdict::checks(&study).into_iter().map(|check| check.kept).collect();
    // 4.5 % below hindsight is too little; the wider constant has less shortfall; breaches cluster
    let expected = [true, true, false, true, true, false, true, false];
    assert_eq!(kept, expected.map(Some));
    let caveat = verdict::caveat(&study);
    assert!(caveat.contains("training constant has less shortfall") && caveat.contains("clusters"));
    assert!(!caveat.contains("Kupiec"));
    assert!(verdict::sentence(&study).contains("4.5\u{a0}% below the constant"));
    study.backtested.figures.largest_rise_within_24h = None;
    assert_eq!(verdict::checks(&study)[1].kept, None);
    std::fs::remove_file(&source.prices).unwrap();
}

#[test]
fn charts_show_what_the_figures_count() {
    let source = history("agree", 2_400);
    let study = Study::of(&terms(source.clone(), "2020-02-20..2020-04-05", 0), &source, &|_| {}).unwrap();
    let figures = &study.backtested.figures;
    let breaches = study.windows.iter().filter(|window| charts::loss(window) > window.effective).count();
    assert_eq!((study.windows.len(), breaches), (figures.windows as usize, figures.breaches as usize));
    assert_eq!(study.points.len(), figures.bars as usize);
    let chosen = study.frontier.ours.iter().find(|mark| mark.factor == 1.0).unwrap();
    assert_eq!((chosen.margin, chosen.shortfall), (figures.average_margin, figures.total_shortfall));
    let constant = study.backtested.baselines["constant"].clone();
    let near = |a: f64, b: f64| (a / b - 1.0).abs() < 0.02;
    let line = &study.frontier.constants;
    let below = line.iter().rev().find(|(margin, _)| *margin <= constant.average_margin).unwrap();
    assert!(below.1 >= constant.total_shortfall * 0.98 || near(below.1, constant.total_shortfall));
    assert!(study.crashes.iter().any(|crash| crash.moved.change < -0.3), "the crash in the middle is found");
    std::fs::remove_file(&source.prices).unwrap();
}
