use ballast_core::error::BallastError;
use ballast_core::margin::INITIAL;
use ballast_core::units::{Fine, Usd};

use crate::common::{BTC, BTC_LARGE, BTC_PERP, BTC_PRICE, SOL_PERP, SOL_VAULT, Snapshot, hold, market, usd};
use crate::{ALL, set_standing};

#[test]
fn a_remainder_under_100_dollars_goes_whole() {
    for (lots, whole) in [(10, true), (12, true), (3_000, false)] {
        let (mut world, account, keeper, maker) = market();
        hold(&mut world, account, maker, BTC_PERP, lots);
        set_standing(&mut world, account, 900);
        let done = world.liquidate(account, keeper, None, BTC_PERP, ALL).unwrap();
        let left = world.size(account, BTC_PERP);
        assert_eq!(left == 0, whole, "{lots} lots: {left} are left");
        assert!(left == 0 || left * 10 >= 100);
        assert!(!done.in_liquidation);
    }
    // exactly 100 dollars may stay
    let (mut world, account, keeper, maker) = market();
    hold(&mut world, account, maker, BTC_LARGE, 2);
    set_standing(&mut world, account, 900);
    world.liquidate(account, keeper, None, BTC_LARGE, ALL).unwrap();
    assert_eq!(world.size(account, BTC_LARGE), 1);
}

#[test]
fn initial_is_at_least_ten_dollars() {
    let (mut world, _, _, maker) = market();
    let poor = world.account(5, usd(10));
    let before = Snapshot::of(&world);
    let one = world.fill(poor, maker, BTC_PERP, 1);
    assert_eq!(one, Err(BallastError::BelowInitialMargin), "the fee leaves less than ten");
    before.assert_unchanged(&world);
    world.deposit(poor, None, 5_000).unwrap();
    world.fill(poor, maker, BTC_PERP, 1).unwrap();
    assert_eq!(world.exposure(poor).requirement(INITIAL).unwrap(), usd(10));
    assert_eq!(world.withdraw(poor, None, 1), Err(BallastError::BelowInitialMargin));
    // without a position nothing is required
    world.fill(maker, poor, BTC_PERP, 1).unwrap();
    assert_eq!(world.exposure(poor).requirement(INITIAL).unwrap(), Usd::ZERO);
}

#[test]
fn collateral_under_ten_dollars_counts_zero_and_needs_no_price() {
    let (mut world, account, _, maker) = market();
    hold(&mut world, account, maker, BTC_PERP, 100);
    // 66,666,666 units are 9.9999999 USD
    for (units, counts) in [(66_666_666, false), (66_666_667, true)] {
        let mut world = world.clone();
        world.deposit(account, Some(SOL_VAULT), units).unwrap();
        let exposure = world.exposure(account);
        assert_eq!(exposure.collateral > Fine::ZERO, counts);
        // its feed falls silent
        world.pass(31);
        world.price(BTC, BTC_PRICE);
        let withdrawn = world.withdraw(account, None, 1_000_000);
        assert_eq!(withdrawn.err(), counts.then_some(BallastError::PriceStale), "{units}");
    }
}

#[test]
fn dust_in_a_silent_feed_does_not_stop_a_liquidation() {
    let (mut world, account, keeper, maker) = market();
    world.deposit(account, Some(SOL_VAULT), 60_000_000).unwrap();
    hold(&mut world, account, maker, BTC_PERP, 10_000);
    hold(&mut world, account, maker, SOL_PERP, 1);
    set_standing(&mut world, account, 700);
    world.pass(61);
    world.price(BTC, BTC_PRICE);
    let done = world.liquidate(account, keeper, None, BTC_PERP, ALL).unwrap();
    assert!(done.taken.0 > 0);
    world.assert_books();
}
