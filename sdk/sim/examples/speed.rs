//! How long the simulator takes: five years of hourly bars with ten thousand traders, and a thousand parameter sets over
//! five years without a book. Medians of three runs; run it by `cargo xtask bench`.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::arithmetic_side_effects, reason = "a benchmark may")]

use std::time::Instant;

use ballast_core::state::parameters::UnderlyingTerms;
use ballast_core::units::Ratio;
use ballast_sim::history::Source;
use ballast_sim::model::Model;
use ballast_sim::replay::Replay;
use ballast_sim::span::Span;
use ballast_sim::synthetic;
use rayon::prelude::*;

/// Hours of five years.
const BARS: usize = 43_800;
/// Traders of the replay.
const TRADERS: usize = 10_000;
/// Parameter sets.
const SETS: i64 = 1_000;
/// Runs of each.
const RUNS: usize = 3;

fn main() {
    let bars = synthetic::bars(BARS, 1);
    let file = std::env::temp_dir().join(format!("ballast-speed-{}.csv", std::process::id()));
    std::fs::write(&file, synthetic::to_csv(&bars)).unwrap();
    let replay = Replay {
        source: Source::prices(&file),
        span: Span::ALL,
        terms: UnderlyingTerms::default(),
        traders: TRADERS,
        seed: 1,
        impact: true,
        depth: 20_000_000.0,
        insurance: 1_000_000.0,
    };
    let played = median(|| {
        let done = replay.run(&mut |_, _| {}).unwrap();
        assert_eq!(done.bars, u64::try_from(BARS).unwrap());
    });
    let fitted = median(|| {
        (0..SETS).into_par_iter().for_each(|set| {
            let terms = UnderlyingTerms { k: Ratio(3_000_000_000 + set * 2_000_000), ..UnderlyingTerms::default() };
            let mut model = Model::new(&terms, &bars[0]).unwrap();
            for bar in &bars {
                model.observe(bar, synthetic::PERIOD).unwrap();
            }
        });
    });
    std::fs::remove_file(file).unwrap();
    println!("replay of {BARS} hourly bars with {TRADERS} traders: {played:.1} s (limit 20)");
    println!("{SETS} parameter sets over {BARS} hourly bars, no book: {fitted:.1} s (limit 60)");
}

/// Seconds, the median of the runs.
fn median(mut run: impl FnMut()) -> f64 {
    let mut seconds: Vec<f64> = (0..RUNS)
        .map(|_| {
            let start = Instant::now();
            run();
            start.elapsed().as_secs_f64()
        })
        .collect();
    seconds.sort_by(f64::total_cmp);
    seconds[RUNS >> 1]
}
