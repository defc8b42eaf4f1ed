use ballast_core::error::BallastError;
use ballast_core::margin::MAINTENANCE;
use ballast_core::units::Usd;
use proptest::prelude::*;

use crate::ALL;
use crate::common::{BTC, BTC_PERP, BTC_PRICE, SOL, SOL_PRICE, World, hold, market, moved, usd};

/// A market in which an account has lost more than a charge covers: its contract has a deficit. Returns the account's
/// winner, who still holds.
fn in_deficit(side: i64, by: i64) -> (World, usize, usize) {
    let (mut world, _, keeper, maker) = market();
    let account = world.account(4, usd(10_000));
    hold(&mut world, account, maker, BTC_PERP, 10_000 * side);
    world.pass(5);
    world.price(BTC, moved(BTC_PRICE, -by * side));
    world.price(SOL, SOL_PRICE);
    let done = world.liquidate(account, keeper, None, BTC_PERP, ALL).unwrap();
    assert!(done.resolved.deficit > Usd::ZERO);
    (world, maker, keeper)
}

fn hour(world: &mut World) {
    world.pass(3_600);
    world.renew();
}

#[test]
fn a_deficit_is_charged_again_every_hour_until_it_is_gone() {
    let (mut world, maker, _) = in_deficit(1, 3_500);
    let price = world.board.underlyings[0].price.0 as i64;
    assert_eq!(world.settle(maker, BTC_PERP), Err(BallastError::GainsHeld));
    let mut hours = 0;
    while world.deficit(BTC_PERP) > Usd::ZERO {
        let (left, makers) = (world.deficit(BTC_PERP), world.equity(maker));
        world.pass(3_540);
        world.renew();
        assert_eq!((world.deficit(BTC_PERP), world.equity(maker)), (left, makers), "not before an hour has passed");
        world.pass(60);
        world.price(BTC, price);
        let half = world.exposure(maker).requirement(MAINTENANCE).unwrap().0 / 2;
        let charged = left.minus(world.deficit(BTC_PERP).max(Usd::ZERO)).unwrap();
        assert!(charged > Usd::ZERO && charged.0 <= half + 20_000, "{charged:?} of {half}");
        world.renew();
        hours += 1;
        assert!(hours < 40);
        world.assert_books();
    }
    assert!(hours > 1, "{hours}");
    world.settle(maker, BTC_PERP).unwrap();
    world.assert_books();
}

#[test]
fn each_side_is_charged_for_the_other() {
    let (mut world, maker, keeper) = in_deficit(1, 2_500);
    let short = world.account(5, usd(10_000));
    let row = world.board.contracts[0];
    assert!(row.deficit.of_longs > Usd::ZERO && row.deficit.of_shorts == Usd::ZERO);
    // a short that was there before the deficit
    world.board.contracts[0].deficit = Default::default();
    hold(&mut world, short, keeper, BTC_PERP, -9_000);
    world.board.contracts[0].deficit = row.deficit;
    world.pass(5);
    let price = world.board.underlyings[0].price.0 as i64;
    world.price(BTC, moved(price, 3_600));
    world.renew();
    let done = world.liquidate(short, maker, None, BTC_PERP, ALL);
    let done = match done {
        Err(BallastError::ContractReduceOnly) => return,
        other => other.unwrap(),
    };
    assert!(done.resolved.deficit > Usd::ZERO);
    let row = world.board.contracts[0];
    assert!(row.deficit.of_longs > Usd::ZERO && row.deficit.of_shorts > Usd::ZERO);
    hour(&mut world);
    let after = world.board.contracts[0];
    assert!(after.loss_long > row.loss_long && after.loss_short > row.loss_short);
    assert!(after.deficit.of_longs < row.deficit.of_longs && after.deficit.of_shorts < row.deficit.of_shorts);
    world.assert_books();
}

#[test]
fn a_price_that_is_not_good_charges_nobody() {
    let (mut world, _, _) = in_deficit(1, 3_000);
    let left = world.deficit(BTC_PERP);
    world.pass(7_200);
    let price = world.board.underlyings[0].price.0 as i64;
    world.refresh(BTC, price, price, price / 20, None).unwrap();
    assert_eq!(world.deficit(BTC_PERP), left);
    world.pass(5);
    let done = world.refresh(BTC, price, price, price / 5_000, None).unwrap();
    assert!(done.charged > Usd::ZERO && world.deficit(BTC_PERP) < left);
    world.assert_books();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn charges_keep_the_books_exact(
        side in any::<bool>(), by in 2_000..6_000_i64, prices in proptest::collection::vec((-300..300_i64, 1..9_000_u64), 1..12),
    ) {
        let (mut world, _, _) = in_deficit(if side { 1 } else { -1 }, by);
        let mut last = world.deficit(BTC_PERP);
        for (move_by, seconds) in prices {
            world.pass(seconds);
            let price = world.board.underlyings[0].price.0 as i64;
            world.price(BTC, moved(price, move_by));
            prop_assert!(world.deficit(BTC_PERP) <= last);
            last = world.deficit(BTC_PERP);
            world.assert_books();
        }
    }
}
