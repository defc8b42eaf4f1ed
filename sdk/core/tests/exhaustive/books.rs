//! All short sequences of fills, prices, settlements and liquidations in a tiny market: the books are exact after each
//! step, and a step that is refused changes nothing.

use super::common::{SOL, SOL_PERP, SOL_PRICE, Snapshot, World, moved, usd};
use ballast_core::error::{BallastError, Result};

/// Steps that may follow each other.
const STEPS: usize = 13;
const KEEPER: usize = 3;
const ALL: u64 = u64::MAX >> 1;

/// Three traders with a few dollars, of whom one owns the most lots that initial lets him; a keeper; next to no insurance.
fn tiny_market() -> World {
    let mut world = World::new();
    for (owner, cash) in [(1, 20), (2, 60), (3, 25), (4, 10_000)] {
        world.account(owner, usd(cash));
    }
    world.fund_insurance(3_000_001).unwrap();
    world
}

fn step(world: &mut World, number: usize) -> Result<()> {
    match number {
        0 => world.fill(0, 1, SOL_PERP, 6).map(drop),
        1 => world.fill(1, 0, SOL_PERP, 4).map(drop),
        2 => world.fill_off(2, 1, SOL_PERP, 3, 37).map(drop),
        3 => world.fill_off(1, 2, SOL_PERP, 2, -41).map(drop),
        4..=6 => {
            let price = moved(SOL_PRICE, [-3_507, 1, 5_003][number - 4]) + 7;
            if world.board.underlyings[usize::from(SOL)].price.0 as i64 == price {
                return Err(BallastError::OraclePriceNotNewer);
            }
            world.price(SOL, price);
            Ok(())
        }
        7..=9 => world.settle(number - 7, SOL_PERP).map(drop),
        _ => world.liquidate(number - 10, KEEPER, None, SOL_PERP, ALL).map(drop),
    }
}

#[derive(Debug, Default)]
struct Counts {
    done: u64,
    refused: u64,
    /// Of the steps done, those in which one side was charged for the other's loss.
    charged: u64,
}

/// Every sequence of `depth` steps from a state. A refused step leads nowhere new.
fn go(world: &World, depth: u32, counts: &mut Counts) {
    for number in 0..STEPS {
        let mut next = world.clone();
        match step(&mut next, number) {
            Ok(()) => {
                next.assert_books();
                counts.done += 1;
                let index = |world: &World| {
                    let row = &world.board.contracts[usize::from(world.contracts[SOL_PERP].row)];
                    (row.loss_long, row.loss_short)
                };
                counts.charged += u64::from(index(&next) != index(world));
                if depth > 1 {
                    go(&next, depth - 1, counts);
                }
            }
            Err(_) => {
                Snapshot::of(world).assert_unchanged(&next);
                counts.refused += 1;
            }
        }
    }
}

fn all_after(first: &[usize], depth: u32) -> Counts {
    let mut world = tiny_market();
    for number in first {
        step(&mut world, *number).unwrap();
    }
    world.assert_books();
    let mut counts = Counts::default();
    go(&world, depth, &mut counts);
    counts
}

#[test]
fn every_sequence_from_an_empty_market_keeps_exact_books() {
    let counts = all_after(&[], 6);
    assert!(counts.done > 130_000 && counts.refused > 100_000 && counts.charged > 3_000, "{counts:?}");
}

/// Both sides hold, and the price has made one of them insolvent.
#[test]
fn every_sequence_after_a_fall_keeps_exact_books() {
    let counts = all_after(&[0, 2, 4], 7);
    assert!(counts.done > 230_000 && counts.refused > 250_000 && counts.charged > 10_000, "{counts:?}");
}

#[test]
fn every_sequence_after_a_rise_keeps_exact_books() {
    let counts = all_after(&[0, 2, 6], 7);
    assert!(counts.done > 150_000 && counts.refused > 170_000 && counts.charged > 8_000, "{counts:?}");
}
