//! A million random operations by ten accounts: after each the books are exact, and one that fails changes nothing.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing,
    clippy::integer_division,
    reason = "a test may panic"
)]

mod operation;
mod world;

use operation::Operation;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use world::{Seen, World};

/// Exchanges of one run: a contract with a deficit takes reductions only, so each lives for a while.
const WORLDS: usize = 4;
/// Operations in each; eight runs make a million.
const OPERATIONS: usize = 32_500;

fn run(seed: u64) {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut accepted = [0_usize; Operation::ALL.len()];
    let mut seen = Seen::default();
    for _ in 0..WORLDS {
        let mut world = World::new();
        for step in 0..OPERATIONS {
            let operation = Operation::pick(&mut random);
            let before = world.clone();
            match operation.perform(&mut world, &mut random) {
                Ok(()) => accepted[operation as usize] += 1,
                Err(rule) => assert!(
                    world == before,
                    "seed {seed}, step {step}: {operation:?} failed with {rule:?} and changed something"
                ),
            }
            world.check(|| format!("seed {seed}, step {step}: after {operation:?}"));
        }
        seen.add(&world.seen);
    }
    for operation in Operation::ALL {
        let count = accepted[*operation as usize];
        assert!(count >= operation.expected(), "seed {seed}: {operation:?} succeeded only {count} times");
    }
    assert!(seen.taken > 100, "seed {seed}: {seen:?}");
    assert!(seen.by_insurance > 0 && seen.by_index > 0 && seen.deficit > 0, "seed {seed}: {seen:?}");
    assert!(seen.opened > 0 && seen.closed > 0 && seen.topped_up > 0 && seen.released > 0, "seed {seed}: {seen:?}");
}

macro_rules! runs {
    ($($name:ident = $seed:literal),+ $(,)?) => {
        $(
            #[test]
            fn $name() {
                run($seed);
            }
        )+
    };
}

runs! {
    books_stay_exact_1 = 1, books_stay_exact_2 = 2, books_stay_exact_3 = 3, books_stay_exact_4 = 4,
    books_stay_exact_5 = 5, books_stay_exact_6 = 6, books_stay_exact_7 = 7, books_stay_exact_8 = 8,
}
