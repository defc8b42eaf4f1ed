//! A week of a clearing house, on a local validator.
//!
//! Some forty traders take leveraged positions. Prices arrive as Pyth accounts, hour by hour, through a crash. A keeper
//! refreshes, tops up, calls, liquidates and settles over JSON-RPC. At the end the books of every account are checked
//! to the last unit, and a report is written.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing,
    clippy::integer_division,
    clippy::unwrap_used,
    unreachable_pub,
    reason = "a demonstration computes charts in floating point and stops at what it does not expect"
)]

mod args;
mod charts;
mod history;
mod prices;
mod report;
mod run;
mod setup;
mod summary;
mod tally;
mod traders;
mod world;

use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context, Result, bail, ensure};
use args::Args;
use ballast_config::Config;
use clap::Parser;
use indicatif::{ProgressBar, ProgressStyle};
use summary::{Summary, dollars};
use tally::Snapshot;
use world::World;

fn main() -> ExitCode {
    match play(&Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // the chain of reasons in one line, whatever RUST_BACKTRACE says
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn play(args: &Args) -> Result<()> {
    let started = Instant::now();
    let path = match &args.prices {
        Some(file) => history::load(file, args.from, args.to, args.seed)?,
        None => prices::synthetic(args.seed),
    };
    let config = Config::load(&args.config)?;
    config.require_local()?;
    let say = |text: &str| {
        if !args.json {
            println!("{text}");
        }
    };
    say(&format!(
        "Ballast on a local validator: {} on {}, {} bars, {} traders\n",
        config.contract[0].symbol,
        path.source,
        path.bars.len(),
        args.traders
    ));

    let folder = std::env::var_os("SBF_OUT_DIR").map_or_else(|| args::workspace().join("target/deploy"), Into::into);
    let artifact = folder.join("ballast.so");
    ensure!(artifact.exists(), "{} does not exist: run cargo xtask build", artifact.display());
    let owner = config.exchange.oracle_owners.first().context("the configuration allows no oracle")?.parse()?;
    let feeds = [config.underlying[0].feed_id()?, config.underlying[1].feed_id()?];
    let mut world = World::start(&artifact, owner, &feeds, path.history[0].at)?;
    world.publish(&path.history[0])?;
    let venue = setup::exchange(&world, &config, args.seed)?;
    let book = setup::warm_up(&mut world, &venue, &path.history[1..])?;
    let start = path.history[path.history.len() - 1];
    setup::post_depth(&world, &venue, &book, &start)?;
    let plans = traders::draw(usize::from(args.traders), args.seed);
    let mut people = traders::arrive(&world, &venue, &plans, &start, args.seed)?;
    traders::trade(&world, &venue, &mut people)?;

    let bar = progress(path.bars.len(), args.json);
    say(HEADER);
    let daily = |day: usize, snapshot: &Snapshot| bar.suspend(|| say(&line(day, snapshot)));
    let outcome = run::play(&mut world, &venue, &people, &path, &bar, daily)?;
    bar.finish_and_clear();

    let (summary, discrepancy) = Summary::of(&path, &outcome, started.elapsed().as_secs_f64())?;
    report::write(&args.report, &path, &outcome, &summary, people.len())?;
    if args.json {
        println!("{}", serde_json::to_string_pretty(&summary)?);
    } else {
        conclude(&summary);
        println!("  report: {}", args.report.display());
    }
    match discrepancy {
        Some(found) => bail!("the books are off by {} units: {found:?}", summary.conservation_error),
        None => Ok(()),
    }
}

fn progress(bars: usize, hidden: bool) -> ProgressBar {
    let bar = if hidden { ProgressBar::hidden() } else { ProgressBar::new(bars as u64) };
    let style = ProgressStyle::with_template("  {bar:40.cyan/blue} hour {pos} of {len}, {eta} left");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("━━─"));
    bar
}

const HEADER: &str =
    "  day        BTC   sigma  target  effective  calls  top-ups  liquidations   insurance    bad debt";

/// A day in a line.
fn line(day: usize, held: &Snapshot) -> String {
    format!(
        "  {day:>3} {:>10} {:>6.0}% {:>6.2}% {:>9.2}% {:>6} {:>8} {:>13} {:>11} {:>11}",
        dollars(held.price),
        held.sigma * 100.0,
        held.target * 100.0,
        held.effective * 100.0,
        held.open_calls,
        held.counts.top_ups,
        held.counts.liquidations,
        dollars(held.insurance),
        dollars(held.counts.bad_debt_usd),
    )
}

fn conclude(summary: &Summary) {
    let counts = &summary.counts;
    println!();
    println!(
        "  {} margin calls, {} closed again; {} top-ups of {} USD in all",
        counts.margin_calls,
        counts.calls_closed,
        counts.top_ups,
        dollars(counts.topped_up_usd)
    );
    println!(
        "  {} liquidations of {} USD; {} sales of collateral for {} USD",
        counts.liquidations,
        dollars(counts.liquidated_usd),
        counts.collateral_sales,
        dollars(counts.collateral_sold_usd)
    );
    println!(
        "  {} accounts went insolvent: bad debt {} USD, of it {} covered by insurance, {} charged to the opposite side, {} left",
        counts.insolvencies,
        dollars(counts.bad_debt_usd),
        dollars(counts.covered_by_insurance_usd),
        dollars(counts.charged_to_opposite_side_usd),
        dollars(counts.left_as_deficit_usd),
    );
    println!(
        "  the requirement rose by at most x{:.3} in 24 hours, while the price fell by up to {:.1} %",
        summary.largest_rise_24h,
        -100.0 * summary.deepest_fall
    );
    println!(
        "  {} transactions, {} failed, {} rounds not as foreseen; {:.0} s",
        counts.transactions, counts.failed_transactions, counts.mispredicted_rounds, summary.seconds
    );
    let books = if summary.conservation_error == 0 { "exact, to the last unit" } else { "NOT exact" };
    println!("  books of {} accounts, read from the chain: {books}", summary.accounts);
}
