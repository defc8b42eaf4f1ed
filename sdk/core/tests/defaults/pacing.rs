use ballast_core::error::BallastError;
use ballast_core::units::Usd;

use crate::common::{BTC, BTC_PERP, Snapshot, World, hold, market, usd};
use crate::{ALL, set_standing};

/// A long of a million in a market of 100,000, which takes 25,000 a minute.
fn thin(thousandths: i64) -> (World, usize, usize, usize) {
    let (mut world, account, keeper, maker) = market();
    hold(&mut world, account, maker, BTC_PERP, 100_000);
    world.post_depth(BTC, 0, usd(100_000)).unwrap();
    world.renew();
    set_standing(&mut world, account, thousandths);
    world.clock.0 += 60 - world.clock.0 % 60;
    world.renew();
    (world, account, keeper, maker)
}

/// Everything that can be taken of an account now, 1e-6 USD.
fn take(world: &mut World, account: usize, keeper: usize, most: u64) -> Usd {
    let mut sum = 0;
    loop {
        match world.liquidate(account, keeper, None, BTC_PERP, most) {
            Ok(done) => sum += done.value.0,
            Err(rule) => {
                assert_eq!(rule, BallastError::PacingSpent);
                return Usd(sum);
            }
        }
        if world.accounts[account].liquidation_at.0 == 0 {
            return Usd(sum);
        }
    }
}

#[test]
fn a_thin_market_takes_a_tenth_a_minute() {
    let (mut world, account, keeper, _) = thin(600);
    // a tenth of a million is more than a quarter of 100,000
    assert_eq!(take(&mut world, account, keeper, ALL), usd(100_000));
    let before = Snapshot::of(&world);
    assert_eq!(world.liquidate(account, keeper, None, BTC_PERP, 1), Err(BallastError::PacingSpent));
    before.assert_unchanged(&world);
    world.pass(60);
    world.renew();
    assert_eq!(take(&mut world, account, keeper, 700), usd(90_000), "and a tenth of the rest in the next");
    world.assert_books();
}

#[test]
fn a_market_takes_its_share_of_depth_a_minute() {
    let (mut world, account, keeper, _) = thin(600);
    world.board.underlyings[usize::from(BTC)].depth.value = usd(600_000);
    assert_eq!(take(&mut world, account, keeper, ALL), usd(150_000));
    world.assert_books();
}

#[test]
fn pacing_spent() {
    let (mut world, large, keeper, maker) = thin(600);
    world.board.underlyings[usize::from(BTC)].depth.value = usd(1_200_000);
    let dust = world.account(9, usd(100_000));
    hold(&mut world, dust, maker, BTC_PERP, 2_000);
    set_standing(&mut world, dust, 600);
    let own = world.account(9, usd(1_000_000));
    world.liquidate(large, keeper, None, BTC_PERP, 1).unwrap();
    world.pass(60);
    world.renew();
    // the attacker's keeper is first in the minute, with however many steps
    let (of_dust, of_large) = (take(&mut world, dust, own, 30), take(&mut world, large, keeper, ALL));
    assert!(of_dust >= usd(5_000) && of_dust <= usd(6_000), "two of a hundred and two: {of_dust:?}");
    assert!(of_large >= usd(293_000) && of_dust.0 + of_large.0 <= 300_000_000_000, "the rest: {of_large:?}");
    world.assert_books();
}

#[test]
fn nothing_slows_a_liquidation_below_critical() {
    let (mut world, account, keeper, _) = thin(450);
    let done = world.liquidate(account, keeper, None, BTC_PERP, ALL).unwrap();
    assert!(done.value > usd(500_000), "{:?}", done.value);
    assert_eq!(world.board.underlyings[usize::from(BTC)].pacing.taken, Usd::ZERO, "it takes nobody's part");
    world.assert_books();
}

#[test]
fn silence_shields_nobody() {
    // never a report: unpaced; reports that have ended: a tenth a minute at least
    let (mut world, account, keeper, _) = thin(600);
    let mut silent = world.clone();
    silent.board.underlyings[usize::from(BTC)].depth = ballast_core::model::Depth::default();
    silent.liquidate(account, keeper, None, BTC_PERP, ALL).unwrap();
    assert_eq!(silent.accounts[account].liquidation_at.0, 0);
    world.board.underlyings[usize::from(BTC)].depth_terms.floor = Usd::ZERO;
    world.pass(30 * 86_400);
    world.renew();
    world.scan(BTC, ballast_core::units::Ratio::percent(5));
    set_standing(&mut world, account, 600);
    assert_eq!(take(&mut world, account, keeper, ALL), usd(100_000));
}

#[test]
fn a_lot_goes_a_minute_however_large() {
    let (mut world, account, keeper, maker) = market();
    // three lots of 100 USD; a tenth of them is none
    hold(&mut world, account, maker, crate::common::BTC_LARGE, 3);
    world.post_depth(BTC, 0, usd(1)).unwrap();
    world.renew();
    set_standing(&mut world, account, 600);
    let done = world.liquidate(account, keeper, None, crate::common::BTC_LARGE, 1).unwrap();
    assert_eq!(done.taken.0, 1);
    let spent = world.liquidate(account, keeper, None, crate::common::BTC_LARGE, 1);
    assert!(matches!(spent, Err(BallastError::PacingSpent | BallastError::NotLiquidatable)), "{spent:?}");
}

#[test]
fn a_paced_liquidation_ends() {
    let (mut world, account, keeper, _) = thin(600);
    let mut minutes = 0;
    while world.accounts[account].liquidation_at.0 != 0 || minutes == 0 {
        take(&mut world, account, keeper, ALL);
        world.pass(60);
        world.renew();
        minutes += 1;
        assert!(minutes < 20);
    }
    assert!(minutes > 4, "{minutes}");
    world.assert_books();
}
