//! Levels of an account.

use super::common::{BTC, BTC_PERP, BTC_PRICE, SOL_VAULT, World, hold, market, moved, usd};
use ballast_core::error::BallastError;
use ballast_core::margin::{
    CLOSE_OUT, CRITICAL, Exposure, INITIAL, MAINTENANCE, Moment, TARGET, accrued_basis, deadline,
};
use ballast_core::model::WeightRamp;
use ballast_core::state::Position;
use ballast_core::units::{Ratio, Scan, Size, Timestamp, Usd};

/// Multiples of the scan range round up, and do not wrap where they leave their carrier.
#[test]
fn a_level_multiplies_the_scan_range_or_says_that_it_cannot() {
    let (mut world, account, _, maker) = market();
    hold(&mut world, account, maker, BTC_PERP, 1);
    let mut entry = world.exposure(account).entries()[0];
    entry.confidence = Scan(7);
    for (range, close_out) in [(10_u64, Ok(Scan(11))), (11, Ok(Scan(13))), (1 << 63, Err(BallastError::Overflow))] {
        (entry.effective, entry.stressed) = (Scan(range), Scan(range));
        assert_eq!(CLOSE_OUT.scan(&entry), close_out);
    }
    let most = Scan((u64::MAX / 13) & !0xf);
    entry.stressed = most;
    assert_eq!(INITIAL.scan(&entry), Ok(Scan((u128::from(most.0) * 13).div_ceil(10) as u64 + 7)));
    entry.stressed = Scan(!0xf);
    assert_eq!(INITIAL.scan(&entry), Err(BallastError::Overflow));
    (entry.effective, entry.stressed) = (Scan(9), Scan(21));
    let scans = [TARGET, MAINTENANCE, CRITICAL].map(|level| level.scan(&entry).unwrap().0);
    assert_eq!(scans, [21, 9, 5]);
}

/// What lots have paid since they came: funding by their sign, losses of others by their number.
#[test]
fn basis_runs_with_the_indices_of_its_contract() {
    let mut row = World::new().board.contracts[0];
    (row.funding.index, row.loss_long, row.loss_short) = (Usd(7), Usd(11), Usd(13));
    let accrued = |size: i64, side: i8, funding: i64, loss: i64| {
        let (size, basis) = (Size(size), Usd(1_000));
        let held =
            Position { size, basis, side, funding_index: Usd(funding), loss_index: Usd(loss), ..Position::default() };
        accrued_basis(&held, &row).unwrap().0
    };
    assert_eq!(accrued(10, 1, 7, 11), 1_000);
    assert_eq!(accrued(10, 1, 4, 11), 970);
    assert_eq!(accrued(10, 1, 7, 9), 980);
    assert_eq!(accrued(-10, -1, 4, 13), 1_030);
    assert_eq!(accrued(-10, -1, 7, 9), 960);
    assert_eq!(accrued(10, 1, 4, 9), 950);
    assert_eq!(accrued(0, 1, 4, 9), 1_000, "without lots nothing runs");
}

/// Losses count at the worse of spot and average, and gains not at all, for initial; spot counts for the rest.
#[test]
fn a_loss_counts_at_the_worse_of_spot_and_average_for_initial() {
    for (lots, ema, spot, worse) in
        [(100, -300, -20, -50), (100, 300, -20, -20), (-100, 300, 20, -10), (-100, -300, 20, 0)]
    {
        let (mut world, account, _, maker) = market();
        hold(&mut world, account, maker, BTC_PERP, lots);
        let price = moved(BTC_PRICE, -200);
        world.pass(5);
        world.print(BTC, price, moved(BTC_PRICE, ema - 200));
        let seen = world.exposure(account);
        let in_dollars = |notional: i128| (notional / 1_000_000_000_000) as i64;
        assert_eq!((in_dollars(seen.pnl.0), in_dollars(seen.losses.0)), (spot, worse), "{lots} lots, {ema}");
    }
}

/// For the target level collateral counts at the lower of its present and its target weight.
#[test]
fn collateral_counts_at_the_lower_weight_for_target() {
    for (present, target) in [(90, 70), (70, 90), (80, 80)] {
        let (mut world, account, ..) = market();
        world.deposit(account, Some(SOL_VAULT), 10_000_000_000).unwrap();
        let now = world.clock;
        world.board.vaults[usize::from(SOL_VAULT)].weight =
            WeightRamp { start: Ratio::percent(present), started_at: now, target: Ratio::percent(target) };
        let seen = world.exposure(account);
        let lower = present.min(target);
        assert_eq!(seen.collateral.usd_down(), Ok(usd(15 * present)));
        assert_eq!(seen.collateral_target.usd_down(), Ok(usd(15 * lower)));
    }
}

/// A weight that falls calls earlier than one that stands: the deadline runs it to where it will be.
#[test]
fn a_falling_weight_has_a_deadline() {
    let (mut world, account, _, maker) = market();
    world.deposit(account, Some(SOL_VAULT), 100_000_000_000).unwrap();
    hold(&mut world, account, maker, BTC_PERP, 10_000);
    world.set_cash(account, Usd::ZERO);
    let needed = world.exposure(account).requirement(MAINTENANCE).unwrap();
    let now = world.clock;
    let row = &mut world.board.vaults[usize::from(SOL_VAULT)];
    let enough = Ratio(needed.0 * 1_000_000_000 / 15_000_000_000 + 1);
    let above = Ratio(enough.0 + 20_000_000);
    row.weight = WeightRamp { start: above, started_at: now, target: above };
    assert_eq!(deadline(&world.accounts[account], &world.board, now), Ok(None));
    let target = Ratio(enough.0 - 20_000_000);
    world.board.vaults[usize::from(SOL_VAULT)].weight = WeightRamp { start: above, started_at: now, target };
    let found = deadline(&world.accounts[account], &world.board, now).unwrap().unwrap();
    assert!(found > now);
    for (time, sound) in [(Timestamp(found.0 - 1), true), (found, false)] {
        let seen = Exposure::of(&world.accounts[account], &world.board, Moment { now, until: time }).unwrap();
        assert_eq!(seen.meets(MAINTENANCE), Ok(sound));
    }
}
