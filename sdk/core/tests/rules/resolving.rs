//! Resolutions and settlements.

use super::ALL;
use super::common::{
    BTC, BTC_LARGE, BTC_PERP, BTC_PRICE, SOL, SOL_PERP, SOL_PRICE, Snapshot, World, hold, market, moved, usd,
};
use ballast_core::clearing::{self, Liquidation, Offer};
use ballast_core::error::BallastError;
use ballast_core::units::{Timestamp, Usd};

const DAY: u64 = 86_400;

/// SOL without a price for two days, settled at its last average, a hundredth below the price.
fn settled(lots: i64) -> (World, usize, usize, usize) {
    let (mut world, account, keeper, maker) = market();
    hold(&mut world, account, maker, SOL_PERP, lots);
    world.pass(5);
    world.print(SOL, SOL_PRICE, moved(SOL_PRICE, -100));
    world.pass(DAY);
    world.price(BTC, BTC_PRICE);
    world.begin_wind_down(SOL).unwrap();
    world.pass(DAY);
    world.price(BTC, BTC_PRICE);
    world.wind_down(SOL).unwrap();
    (world, account, keeper, maker)
}

/// Of a settled contract some have closed already: those who have not are not charged for a loser, claims wait.
#[test]
fn nobody_is_charged_for_the_loser_of_a_settled_contract() {
    let (mut world, maker, keeper, loser) = settled(-1_000);
    let _ = keeper;
    // the loser is long; a long of another, who has not closed, stands beside it
    world.set_cash(loser, Usd::ZERO);
    let short = maker;
    world.settle(loser, SOL_PERP).unwrap();
    assert_eq!(world.size(loser, SOL_PERP), 0);
    assert!(world.equity(loser) < Usd::ZERO && world.size(short, SOL_PERP) == -1_000);
    world.contracts[SOL_PERP].open_interest = 1_000;
    let done = world.liquidate(loser, keeper, None, SOL_PERP, 1).unwrap();
    assert!(done.resolved.resolved && world.accounts[loser].is_empty());
    assert_eq!((done.resolved.by_index, done.resolved.deficit), (Usd::ZERO, usd(150)));
    let row = &world.board.contracts[usize::from(world.contracts[SOL_PERP].row)];
    assert_eq!((row.loss_long, row.loss_short), (Usd::ZERO, Usd::ZERO));
}

#[test]
fn a_position_of_a_settled_contract_closes_while_gains_are_held() {
    let (mut world, _, _, winner) = settled(1_000);
    world.lack(SOL_PERP, usd(1));
    let done = world.settle(winner, SOL_PERP).unwrap();
    assert_eq!((done.paid, world.size(winner, SOL_PERP)), (Usd::ZERO, 0));
    let id = world.contracts[SOL_PERP].id;
    assert_eq!(world.accounts[winner].position(id).basis, usd(150), "the claim stays");
    let before = Snapshot::of(&world);
    assert_eq!(world.settle(winner, SOL_PERP), Err(BallastError::GainsHeld));
    before.assert_unchanged(&world);
}

/// Where losses of a contract are uncovered, its pool is for those who are charged: the claim of an insolvent account
/// waits with the rest. Without, the claim is paid from the pool.
#[test]
fn a_claim_is_paid_from_a_pool_only_while_no_loss_is_uncovered() {
    for (lacks, owes, left) in [(7, 0, 4_000), (0, 7, 2_500), (0, 0, 2_500)] {
        let (mut world, _, keeper, maker) = market();
        let account = world.account(4, usd(12_000));
        hold(&mut world, account, maker, BTC_PERP, 10_000);
        hold(&mut world, account, maker, SOL_PERP, 1_000);
        world.pass(5);
        world.price(SOL, moved(SOL_PRICE, 1_000));
        hold(&mut world, account, maker, SOL_PERP, -1_000);
        world.pass(5);
        world.price(BTC, moved(BTC_PRICE, -2_500));
        world.price(SOL, moved(SOL_PRICE, 1_000));
        world.contracts[SOL_PERP].pool = usd(4_000);
        world.lack(SOL_PERP, usd(lacks));
        world.owe(SOL_PERP, usd(owes));
        let done = world.liquidate(account, keeper, None, BTC_PERP, ALL).unwrap();
        assert!(done.resolved.resolved && world.accounts[account].is_empty());
        assert_eq!(world.contracts[SOL_PERP].pool, usd(left), "lacks {lacks}, owes {owes}");
    }
}

/// A claim that the fund takes over covers the losses of the other side first: its lots are owed by them.
#[test]
fn a_claim_covers_what_the_other_side_lost_first() {
    for (lots, left) in [(1_000, (usd(500), Usd::ZERO)), (-1_000, (Usd::ZERO, usd(500)))] {
        let (mut world, _, keeper, maker) = market();
        let account = world.account(4, usd(12_000));
        hold(&mut world, account, maker, BTC_PERP, 10_000);
        hold(&mut world, account, maker, SOL_PERP, lots);
        world.pass(5);
        let after = moved(SOL_PRICE, lots);
        world.price(SOL, after);
        hold(&mut world, account, maker, SOL_PERP, -lots);
        world.pass(5);
        world.price(BTC, moved(BTC_PRICE, -2_500));
        world.price(SOL, after);
        let row = usize::from(world.contracts[SOL_PERP].row);
        let lacks = &mut world.board.contracts[row].deficit;
        (lacks.of_longs, lacks.of_shorts) = (usd(1_000), usd(1_000));
        assert!(world.liquidate(account, keeper, None, BTC_PERP, ALL).unwrap().resolved.resolved);
        let lacks = &world.board.contracts[row].deficit;
        assert_eq!((lacks.of_longs, lacks.of_shorts), left, "a claim of 1,500 USD of {lots} lots");
    }
}

#[test]
fn nothing_is_due_at_mark() {
    let (mut world, account, _, maker) = market();
    hold(&mut world, account, maker, BTC_PERP, 1_000);
    let before = Snapshot::of(&world);
    assert_eq!(world.settle(account, BTC_PERP), Err(BallastError::NothingToSettle));
    assert_eq!(world.settle(account, SOL_PERP), Err(BallastError::PositionMissing));
    // as long as gains are held it is a gain of nothing that is held
    world.lack(BTC_PERP, usd(1));
    assert_eq!(world.settle(account, BTC_PERP), Err(BallastError::GainsHeld));
    world.lack(BTC_PERP, Usd::ZERO);
    before.assert_unchanged(&world);
    assert_eq!(world.accounts[account].liquidation_at, Timestamp::ZERO);
}

/// Resolving needs every contract in which the account holds something, not as many others.
#[test]
fn an_account_is_resolved_with_its_own_contracts_only() {
    let (mut world, _, keeper, maker) = market();
    let account = world.account(4, usd(12_000));
    hold(&mut world, account, maker, BTC_PERP, 10_000);
    hold(&mut world, account, maker, SOL_PERP, 1_000);
    world.pass(5);
    world.price(SOL, moved(SOL_PRICE, 100));
    hold(&mut world, account, maker, SOL_PERP, -1_000);
    world.pass(5);
    world.price(BTC, moved(BTC_PRICE, -2_500));
    world.price(SOL, SOL_PRICE);
    for (other, resolved) in [(BTC_LARGE, Err(BallastError::ContractMissing)), (SOL_PERP, Ok(true))] {
        let mut world = world.clone();
        let before = Snapshot::of(&world);
        let [contract, passed] = world.contracts.get_disjoint_mut([BTC_PERP, other]).unwrap();
        let [account, keeper] = world.accounts.get_disjoint_mut([account, keeper]).unwrap();
        let liquidation = Liquidation {
            account,
            keeper,
            reserve: None,
            contract,
            others: &mut [passed],
            fund: &mut world.fund,
            board: &mut world.board,
        };
        let done = clearing::liquidate(liquidation, &world.exchange, Offer::of(ALL), world.clock);
        assert_eq!(done.map(|done| done.resolved.resolved), resolved);
        if resolved.is_err() {
            before.assert_unchanged(&world);
        }
    }
}
