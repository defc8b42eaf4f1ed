//! The synthetic book: who comes with how much, how leveraged, for how long. Seeded, so that a run can be repeated.
//!
//! | what | distribution | why |
//! |---|---|---|
//! | notional | Pareto, least 500 USD, tail index 1.2, cut at 2,000,000 USD | wealth and positions on venues have tails between 1 and 1.5 |
//! | leverage | logarithm uniform from 1 to 20, less where initial margin asks for more | round numbers that venues offer |
//! | direction | either, with equal chance | |
//! | holding time | exponential, mean ten days | |
//! | answers a call | three in five, by the next bar | the rest are asleep |
//! | reserve | three in ten, as much again as their cash | |

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, Exp, Pareto};

/// Least notional, USD.
const LEAST_NOTIONAL: f64 = 500.0;
/// Greatest notional, USD.
const GREATEST_NOTIONAL: f64 = 2_000_000.0;
/// Tail index of the notional.
const TAIL: f64 = 1.2;
/// Greatest leverage.
const GREATEST_LEVERAGE: f64 = 20.0;
/// Mean holding time, seconds.
const MEAN_HOLDING: f64 = 864_000.0;
/// Share that answers a call.
const ANSWERS: f64 = 0.6;
/// Share that has a reserve.
const HAS_RESERVE: f64 = 0.3;

/// What a trader brings.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Intent {
    /// USD of the position.
    pub notional: f64,
    /// Notional over cash.
    pub leverage: f64,
    /// Whether it is long.
    pub long: bool,
    /// Seconds until it closes.
    pub holding: f64,
    /// Whether it deposits when it is called.
    pub answers: bool,
}

/// Draws traders.
pub struct Book {
    random: ChaCha8Rng,
    notional: Pareto<f64>,
    holding: Exp<f64>,
}

impl Book {
    /// A book of a seed.
    ///
    /// # Panics
    /// Never: the distributions' parameters are constants within their bounds.
    #[must_use]
    #[expect(clippy::expect_used, reason = "constants within their bounds")]
    pub fn new(seed: u64) -> Self {
        Self {
            random: ChaCha8Rng::seed_from_u64(seed),
            notional: Pareto::new(LEAST_NOTIONAL, TAIL).expect("scale and shape are positive"),
            holding: Exp::new(1.0 / MEAN_HOLDING).expect("the rate is positive"),
        }
    }

    /// The next trader's intent.
    pub fn draw(&mut self) -> Intent {
        let random = &mut self.random;
        Intent {
            notional: self.notional.sample(random).min(GREATEST_NOTIONAL),
            leverage: (random.random::<f64>() * GREATEST_LEVERAGE.ln()).exp(),
            long: random.random(),
            holding: self.holding.sample(random),
            answers: random.random_bool(ANSWERS),
        }
    }

    /// Whether the next trader has a reserve.
    pub fn has_reserve(&mut self) -> bool {
        self.random.random_bool(HAS_RESERVE)
    }
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "tests may")]
mod tests {
    use super::*;

    #[test]
    fn a_seed_repeats_and_the_tail_is_heavy() {
        let draws = |seed| {
            let mut book = Book::new(seed);
            (0..20_000).map(|_| book.draw()).collect::<Vec<_>>()
        };
        let book = draws(7);
        assert_eq!(book, draws(7));
        assert_ne!(book, draws(8));
        let mut sizes: Vec<f64> = book.iter().map(|intent| intent.notional).collect();
        sizes.sort_by(f64::total_cmp);
        let total: f64 = sizes.iter().sum();
        let largest: f64 = sizes.iter().rev().take(200).sum();
        assert!(largest / total > 0.3, "the largest hundredth holds {:.0} %", 100.0 * largest / total);
        assert!(book.iter().all(|intent| (1.0..=20.0).contains(&intent.leverage) && intent.holding >= 0.0));
    }
}
