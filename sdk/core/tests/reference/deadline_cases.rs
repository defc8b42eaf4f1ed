//! The deadline of a margin call, found again by bisection over seconds.

use ballast_core::margin::deadline;
use ballast_core::model::{Ramp, WeightRamp};
use ballast_core::state::{Board, MarginAccount};
use ballast_core::units::{Ratio, Timestamp};

use super::account::{Account, Level, way};
use super::build::{self, NOW, World};
use super::dice::Dice;
use super::model::{BLOCK, Speed};
use super::units::{ratio, to_scan};

/// A ramp or a straight way has arrived by then: a weight falls by at least a point a day.
const LONGEST: i64 = 120 * 86_400;

fn excess(account: &MarginAccount, board: &Board, seconds: i64) -> f64 {
    Account::ahead(account, board, NOW, Timestamp(NOW.0 + seconds)).excess(Level::Maintenance)
}

/// First second at which maintenance exceeds equity; none if it never does.
fn bisect(account: &MarginAccount, board: &Board) -> Option<i64> {
    if excess(account, board, LONGEST) >= 0.0 {
        return None;
    }
    let (mut early, mut late) = (-1, LONGEST);
    while late - early > 1 {
        let middle = early + (late - early) / 2;
        if excess(account, board, middle) < 0.0 { late = middle } else { early = middle }
    }
    Some(late)
}

/// Compares; where rounding decides about a second, that second only.
fn compare(seed: u64, account: &MarginAccount, board: &Board) -> Option<i64> {
    let found = deadline(account, board, NOW).unwrap().map(|at| at.0 - NOW.0);
    let truth = bisect(account, board);
    if found == truth {
        return truth;
    }
    let rounding = Account::of(account, board, NOW).rounding() + 1e-5;
    let doubtful = |seconds: Option<i64>| {
        excess(account, board, seconds.unwrap_or(LONGEST)).abs() < rounding
            || excess(account, board, seconds.unwrap_or(LONGEST) - 1).abs() < rounding
    };
    assert!(doubtful(truth) && doubtful(found), "seed {seed}: the crate has {found:?}, the reference {truth:?}");
    truth
}

fn world_with(dice: &mut Dice, ramp: Ramp) -> (World, MarginAccount) {
    let mut world = build::world(dice);
    world.board.underlyings[0].ramp = ramp;
    let mut account = build::empty_account(1);
    let mut position = build::position(dice, &world.board, 0);
    position.size.0 = dice.whole(1_000, 1_000_000) * i64::from(position.side);
    account.put(position).unwrap();
    (world, account)
}

/// A ramp from a range that has been in force for a day rises at once and then at starts of blocks: an account is caught at
/// the first of these that its equity does not cover.
#[test]
fn a_single_rising_ramp_catches_at_the_start_of_a_block() {
    let mut exact = 0;
    for seed in 0..3_000 {
        let mut dice = Dice::new(seed);
        let target = dice.scale(0.02, 0.5);
        let start = target * dice.between(0.2, 0.9);
        let (mut world, mut account) = world_with(&mut dice, Ramp::at(to_scan(start), NOW));
        let row = &mut world.board.underlyings[0];
        row.ramp.retarget(&row.ramp_terms, to_scan(target), NOW).unwrap();
        build::fund_to(&mut account, &world.board, dice.between(1.0, 1.8));
        let truth = Account::of(&account, &world.board, NOW);
        let range_to_reach = truth.equity(Level::Maintenance) / truth.net(0).abs() - truth.ranges[0].fee;
        let found = deadline(&account, &world.board, NOW).unwrap().map(|at| at.0 - NOW.0);
        let row = &world.board.underlyings[0];
        let speed = Speed { up: ratio(row.ramp_terms.up), down: ratio(row.ramp_terms.down) };
        let range_at = |at: i64| way(&row.ramp).effective(speed, at);
        let mut stops = [NOW.0].into_iter().chain((NOW.0.div_euclid(BLOCK) + 1..).map(|block| block * BLOCK));
        if range_to_reach >= target * (1.0 - 1e-6) {
            assert!(found.is_none() || range_to_reach < target * (1.0 + 1e-6), "seed {seed}");
            continue;
        }
        let expected = stops.find(|at| range_at(*at) >= range_to_reach).unwrap();
        if (range_at(expected) / range_to_reach - 1.0).abs() < 1e-6 {
            continue;
        }
        assert_eq!(found, Some(expected - NOW.0), "seed {seed}");
        exact += i32::from(expected > NOW.0);
    }
    assert!(exact > 1_000, "{exact} deadlines");
}

#[test]
fn random_accounts_are_caught_at_the_second_of_the_reference() {
    let (mut caught, mut safe) = (0, 0);
    for seed in 0..3_000 {
        let mut dice = Dice::new(seed);
        let world = build::world(&mut dice);
        let mut account = build::account(&mut dice, &world);
        if account.position_count > 0 {
            build::fund_to(&mut account, &world.board, dice.between(0.95, 2.0));
        }
        match compare(seed, &account, &world.board) {
            Some(_) => caught += 1,
            None => safe += 1,
        }
    }
    assert!(caught > 500 && safe > 500, "{caught} caught, {safe} safe");
}

#[test]
fn a_weight_that_falls_by_a_point_a_day_catches_after_months() {
    for seed in 0..300 {
        let mut dice = Dice::new(seed);
        let (mut world, mut account) = world_with(&mut dice, Ramp::at(to_scan(0.1), NOW));
        let row = &mut world.board.vaults[0];
        row.weight = WeightRamp { start: Ratio::percent(90), started_at: NOW, target: Ratio::percent(0) };
        row.weight_terms.fall_per_day = Ratio::percent(1);
        let value = row.value.0 as f64 / 1e15;
        let truth = Account::of(&account, &world.board, NOW);
        // covers maintenance until the weight is at `last`
        let last = dice.between(0.05, 0.85);
        let needed = truth.requirement(Level::Maintenance) - truth.holdings[0].pnl();
        let amount = (needed.max(100.0) / last / value) as u64;
        account.collateral[0].amount.0 = amount;
        compare(seed, &account, &world.board);
    }
}
