//! The cap on added risk: so many depths of open notional on one underlying.

use ballast_core::error::BallastError;
use ballast_core::units::{Ratio, Usd};
use proptest::prelude::*;

use crate::common::{BTC, BTC_LARGE, BTC_PERP, BTC_PRICE, SOL_PERP, Snapshot, World, moved, usd};

/// A market of 2 depths of 1,000,000 USD: 200,000 lots of 10 USD fill it. Three traders.
fn shallow() -> (World, [usize; 3]) {
    let mut world = World::new();
    world.board.underlyings[usize::from(BTC)].open_interest_limit = Ratio(2_000_000_000);
    world.post_depth(BTC, 0, usd(1_000_000)).unwrap();
    let traders = [1, 2, 3].map(|owner| world.account(owner, usd(9_000_000)));
    (world, traders)
}

fn refused(world: &mut World, buyer: usize, seller: usize, contract: usize, lots: u64) {
    let before = Snapshot::of(world);
    assert_eq!(world.fill(buyer, seller, contract, lots), Err(BallastError::OpenInterestDepth));
    before.assert_unchanged(world);
}

#[test]
fn open_interest_grows_to_the_last_lot_that_depth_carries() {
    let (mut world, [a, b, _]) = shallow();
    refused(&mut world, a, b, BTC_PERP, 200_001);
    world.fill(a, b, BTC_PERP, 200_000).unwrap();
    refused(&mut world, a, b, BTC_PERP, 1);
    world.fill(a, b, SOL_PERP, 1).unwrap();
}

#[test]
fn what_does_not_grow_open_interest_always_passes() {
    let (mut world, [a, b, c]) = shallow();
    world.fill(a, b, BTC_PERP, 200_000).unwrap();
    world.renew();
    // the market is ten times too large now
    world.post_depth(BTC, 0, usd(100_000)).unwrap();
    refused(&mut world, a, b, BTC_PERP, 1);
    world.fill(c, a, BTC_PERP, 150_000).unwrap();
    assert_eq!(world.contracts[BTC_PERP].open_interest, 200_000, "from one long to another");
    world.fill(b, c, BTC_PERP, 150_000).unwrap();
    world.fill(b, a, BTC_PERP, 50_000).unwrap();
    assert_eq!(world.contracts[BTC_PERP].open_interest, 0);
    world.assert_books();
}

#[test]
fn all_contracts_on_an_underlying_count_those_of_others_as_the_last_refresh_saw_them() {
    let (mut world, [a, b, _]) = shallow();
    world.fill(a, b, BTC_PERP, 150_000).unwrap();
    world.renew();
    refused(&mut world, a, b, BTC_LARGE, 5_001);
    world.fill(a, b, BTC_LARGE, 5_000).unwrap();
    refused(&mut world, a, b, BTC_LARGE, 1);
    // the perpetual's own fills count at once, the large one's only when a refresh has seen them
    world.fill(a, b, BTC_PERP, 50_000).unwrap();
    refused(&mut world, a, b, BTC_PERP, 1);
    world.renew();
    refused(&mut world, a, b, BTC_PERP, 1);
    refused(&mut world, a, b, BTC_LARGE, 1);
}

#[test]
fn a_fall_of_depth_stops_added_risk_at_once_and_a_rise_frees_it() {
    let (mut world, [a, b, _]) = shallow();
    world.fill(a, b, BTC_PERP, 100_000).unwrap();
    world.post_depth(BTC, 0, usd(499_999)).unwrap();
    let depth = world.board.underlyings[usize::from(BTC)].depth;
    assert_eq!((depth.value, depth.median), (usd(1_000_000), usd(499_999)));
    refused(&mut world, a, b, BTC_PERP, 1);
    world.post_depth(BTC, 0, usd(3_000_000)).unwrap();
    world.fill(a, b, BTC_PERP, 500_000).unwrap();
    refused(&mut world, a, b, BTC_PERP, 1);
}

#[test]
fn silence_leaves_what_the_floor_carries() {
    let (mut world, [a, b, _]) = shallow();
    world.pass(600 + 86_400 * 40);
    world.renew();
    // 100,000 USD and 2^-40 of the rest
    refused(&mut world, a, b, BTC_PERP, 20_001);
    world.fill(a, b, BTC_PERP, 20_000).unwrap();
    let mut unknown = World::new();
    unknown.board.underlyings[usize::from(BTC)].depth_terms.floor = Usd::ZERO;
    let [a, b] = [1, 2].map(|owner| unknown.account(owner, usd(9_000)));
    refused(&mut unknown, a, b, BTC_PERP, 1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn fills_are_refused_where_the_sum_passes_the_limit(
        depth in 100_000_i64..2_000_000, limit in 100_000_000_i64..3_000_000_000, price in -900..900_i64,
        fills in prop::collection::vec((0..3_usize, 1..3_usize, 0..2_usize, 1_u64..40_000, any::<bool>()), 1..40),
    ) {
        let (mut world, traders) = shallow();
        world.board.underlyings[usize::from(BTC)].open_interest_limit = Ratio(limit);
        world.post_depth(BTC, 1, usd(depth)).unwrap();
        world.post_depth(BTC, 0, usd(depth)).unwrap();
        world.pass(1);
        world.price(BTC, moved(BTC_PRICE, price));
        let lot = (BTC_PRICE + BTC_PRICE / 10_000 * price) as f64 / 1e8;
        let lot = [lot * 1e-4, lot * 1e-3];
        let held = |world: &World| [BTC_PERP, BTC_LARGE].map(|contract| {
            traders.iter().map(|trader| world.size(*trader, contract).max(0) as f64).sum::<f64>()
        });
        let mut seen = held(&world);
        let carried = limit as f64 * 1e-9 * depth as f64;
        for (buyer, other, contract, lots, renews) in fills {
            if renews {
                world.renew();
                seen = held(&world);
            }
            let (buyer, seller) = (traders[buyer], traders[(buyer + other) % 3]);
            let lots = if contract == 0 { lots } else { lots / 10 + 1 };
            let before = held(&world)[contract];
            let mut without = world.clone();
            without.board.underlyings[usize::from(BTC)].open_interest_limit = Ratio(1_000_000_000_000_000);
            without.fill(buyer, seller, contract, lots).unwrap();
            let after = held(&without)[contract];
            let open = after * lot[contract] + seen[1 - contract] * lot[1 - contract];
            let done = world.fill(buyer, seller, contract, lots);
            if (open / carried - 1.0).abs() < 1e-9 {
                continue;
            }
            let fits = after <= before || open <= carried;
            prop_assert_eq!(done.map(|_| ()), if fits { Ok(()) } else { Err(BallastError::OpenInterestDepth) });
        }
    }
}
