//! Positions that are taken together with their hedge.

use super::common::{BTC, BTC_LARGE, BTC_PERP, BTC_PRICE, Snapshot, World, hold, market, usd};
use super::{ALL, set_equity};
use ballast_core::error::BallastError;
use ballast_core::margin::{CRITICAL, MAINTENANCE};

/// Lots of 10 and of 100 USD of one underlying, with four fifths of maintenance.
fn with(small: i64, large: i64) -> (World, usize, usize) {
    let (mut world, account, keeper, maker) = market();
    hold(&mut world, account, maker, BTC_PERP, small);
    hold(&mut world, account, maker, BTC_LARGE, large);
    let needed = world.exposure(account).requirement(MAINTENANCE).unwrap().0;
    set_equity(&mut world, account, needed * 4 / 5);
    (world, account, keeper)
}

#[test]
fn only_an_opposite_position_is_a_hedge() {
    for (small, large) in [(1_000, 100), (-1_000, -100), (1_000, 0), (-1_000, 0)] {
        let (mut world, account, keeper) = with(small, large);
        let before = Snapshot::of(&world);
        let taken = world.liquidate_pair(account, keeper, BTC_PERP, BTC_LARGE, ALL);
        assert_eq!(taken, Err(BallastError::NotAHedge), "{small} and {large}");
        before.assert_unchanged(&world);
    }
    for (small, large) in [(1_000, -100), (-1_000, 100)] {
        let (mut world, account, keeper) = with(small, large);
        let taken = world.liquidate_pair(account, keeper, BTC_PERP, BTC_LARGE, ALL).unwrap();
        assert_eq!(taken.taken.0, -10 * taken.hedge_taken.0);
    }
}

/// What hedges itself moves no market: a pair is not paced, a position alone is, above critical.
#[test]
fn pairs_are_not_paced() {
    let (mut world, account, keeper) = with(100_000, -9_000);
    let needed = world.exposure(account).requirement(MAINTENANCE).unwrap().0;
    set_equity(&mut world, account, needed * 9 / 10);
    assert!(world.meets(account, CRITICAL));
    world.post_depth(BTC, 0, usd(1_000)).unwrap();
    let done = world.liquidate_pair(account, keeper, BTC_LARGE, BTC_PERP, ALL).unwrap();
    assert!(!done.in_liquidation && done.taken.lots() > 900, "more than a tenth of it: {done:?}");
    assert_eq!(world.board.underlyings[usize::from(BTC)].pacing.taken, usd(0));
    let (mut world, account, keeper) = with(100_000, 0);
    world.post_depth(BTC, 0, usd(1_000)).unwrap();
    let done = world.liquidate(account, keeper, None, BTC_PERP, ALL).unwrap();
    assert!(done.in_liquidation && done.taken.lots() == 10_000, "a tenth of it: {done:?}");
}

/// What a pair would leave under 100 USD goes whole.
#[test]
fn a_remainder_of_a_pair_stays_from_a_hundred_dollars_on() {
    for (below, taken) in [(0, 9), (1_000_000, 10)] {
        let (mut world, account, keeper, maker) = market();
        world.price(BTC, BTC_PRICE - below);
        hold(&mut world, account, maker, BTC_LARGE, 10);
        hold(&mut world, account, maker, BTC_PERP, -100);
        // nine lots free nine tenths of what the fees ask for, and a thousandth of a dollar is to spare
        let needed = world.exposure(account).requirement(MAINTENANCE).unwrap().0;
        set_equity(&mut world, account, needed / 10 + 1_000);
        let done = world.liquidate_pair(account, keeper, BTC_LARGE, BTC_PERP, ALL).unwrap();
        assert_eq!((done.taken.lots(), done.hedge_taken.lots()), (taken, taken * 10));
    }
}
