//! Price paths: a synthetic week with a calm, a crash and a recovery, and what a path of BTC alone is completed with.

use rand::Rng;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::StandardNormal;

/// Seconds of an hour.
pub const HOUR: i64 = 3_600;
/// Seconds of a day.
pub const DAY: i64 = 24 * HOUR;
/// Days of history that warm the volatility and bring collateral up to its weight before trading starts.
pub const HISTORY_DAYS: i64 = 30;
/// Seconds between two prices of history.
pub const HISTORY_STEP: i64 = 2 * HOUR;
/// Prices of an hour of the synthetic path.
const STEPS: i64 = 4;
/// Monday 5 January 2026, at which the synthetic week starts.
const SYNTHETIC_START: i64 = 1_767_571_200;
/// Seconds of a year.
const YEAR: f64 = 31_536_000.0;
/// Depth of the BTC market while it is calm, USD within 1 % of the price and side.
const CALM_DEPTH: f64 = 12_000_000.0;

/// What the oracles and the depth reporter say at a time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quote {
    /// Unix seconds, of the path; the validator's clock runs later.
    pub at: i64,
    /// USD.
    pub btc: f64,
    /// USD.
    pub sol: f64,
    /// USD within 1 % of BTC's price and side.
    pub depth: f64,
}

/// A history and the bars to play, each with one or more quotes.
#[derive(Clone, Debug, PartialEq)]
pub struct Path {
    /// Where it comes from, in words.
    pub source: String,
    /// Whether it is synthetic.
    pub synthetic: bool,
    /// Quotes before the first bar.
    pub history: Vec<Quote>,
    /// Hours.
    pub bars: Vec<Vec<Quote>>,
}

/// Annual volatility, annual drift and depth of the synthetic market, so many hours after the start.
fn regime(hour: f64) -> (f64, f64, f64) {
    match hour {
        h if h < 54.0 => (0.42, 0.0, 1.0),
        // eleven hours in which a quarter of the value goes, and half of the order book
        h if h < 65.0 => (1.5, -0.27 * 8_760.0 / 11.0, 0.5),
        h => {
            let since = h - 65.0;
            let calming = 0.5_f64.powf(since / 20.0);
            (0.5 + 0.7 * calming, 0.16 * 8_760.0 / 103.0, 1.0 - 0.5 * calming)
        }
    }
}

/// A synthetic week at quarter hours, after a calm month.
pub fn synthetic(seed: u64) -> Path {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut walk = Walk { random: &mut random, btc: 64_000.0, sol: 150.0 };
    let mut history = Vec::new();
    let mut at = SYNTHETIC_START - HISTORY_DAYS * DAY;
    while at <= SYNTHETIC_START {
        history.push(walk.step(at, HISTORY_STEP as f64, 0.42, 0.0, 1.0));
        at += HISTORY_STEP;
    }
    let mut bars = Vec::new();
    for hour in 0..7 * 24 {
        let bar = (1..=STEPS).map(|step| {
            let at = SYNTHETIC_START + hour * HOUR + step * HOUR / STEPS;
            let (sigma, drift, depth) = regime((at - SYNTHETIC_START) as f64 / HOUR as f64);
            walk.step(at, (HOUR / STEPS) as f64, sigma, drift, depth)
        });
        bars.push(bar.collect());
    }
    Path { source: format!("a synthetic week, seed {seed}"), synthetic: true, history, bars }
}

/// BTC and SOL, step by step.
struct Walk<'a> {
    random: &'a mut ChaCha8Rng,
    btc: f64,
    sol: f64,
}

impl Walk<'_> {
    fn step(&mut self, at: i64, seconds: f64, sigma: f64, drift: f64, depth: f64) -> Quote {
        let years = seconds / YEAR;
        let shock: f64 = self.random.sample(StandardNormal);
        let ret = drift * years + sigma * years.sqrt() * shock;
        self.btc *= ret.exp();
        self.sol *= sol_return(self.random, ret, years).exp();
        Quote { at, btc: self.btc, sol: self.sol, depth: CALM_DEPTH * depth }
    }
}

/// SOL moves 1.2 times as much as BTC, with a noise of its own of 35 % a year.
fn sol_return(random: &mut ChaCha8Rng, btc_return: f64, years: f64) -> f64 {
    let own: f64 = random.sample(StandardNormal);
    1.2 * btc_return + 0.35 * years.max(0.0).sqrt() * own
}

/// Completes closes of BTC by a path of SOL and a constant depth.
pub fn with_companions(closes: &[(i64, f64)], seed: u64) -> Vec<Quote> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut sol = 150.0;
    let mut before: Option<(i64, f64)> = None;
    let quote = |&(at, btc): &(i64, f64)| {
        if let Some((then, price)) = before {
            sol *= sol_return(&mut random, (btc / price).ln(), (at - then) as f64 / YEAR).exp();
        }
        before = Some((at, btc));
        Quote { at, btc, sol, depth: CALM_DEPTH }
    };
    closes.iter().map(quote).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_synthetic_week_has_a_calm_a_crash_and_a_recovery() {
        let path = synthetic(7);
        assert_eq!(path.bars.len(), 168);
        assert_eq!(path.bars.iter().flatten().count(), 168 * 4);
        let price_at = |hour: usize| path.bars[hour][3].btc;
        assert!((price_at(53) / path.history.last().unwrap().btc - 1.0).abs() < 0.1);
        assert!(price_at(64) / price_at(53) < 0.85);
        assert!(price_at(167) > price_at(64));
    }

    #[test]
    fn quotes_are_in_order_and_the_seed_decides() {
        let path = synthetic(3);
        let all: Vec<&Quote> = path.history.iter().chain(path.bars.iter().flatten()).collect();
        assert!(all.windows(2).all(|pair| pair[0].at < pair[1].at));
        assert_eq!(path, synthetic(3));
        assert_ne!(path, synthetic(4));
    }

    #[test]
    fn companions_start_at_the_first_close() {
        let quotes = with_companions(&[(0, 100.0), (3_600, 110.0)], 1);
        assert_eq!(quotes[0].sol, 150.0);
        assert!(quotes[1].sol > 150.0 * 1.05);
    }
}
