//! Attacks by trading, settling and liquidating, each named as in its list, each without its profit.
#![allow(
    missing_docs,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    clippy::indexing_slicing,
    clippy::integer_division,
    clippy::unwrap_used,
    reason = "tests may panic"
)]

mod common;

use ballast_core::clearing::{self, BoardUse, Call, Deposit, Fill};
use ballast_core::error::BallastError;
use ballast_core::margin::{INITIAL, MAINTENANCE, TARGET};
use ballast_core::units::{PerLot, Ratio, Tokens, Usd};
use common::{
    BTC, BTC_LARGE, BTC_PERP, BTC_PRICE, BTC_VAULT, SOL, SOL_PRICE, SOL_VAULT, Snapshot, World, key, moved, usd,
};

const ALL: u64 = u64::MAX >> 1;

/// An account long for ten million, with this equity left by a falling price; its keeper; the other side.
fn large_and_thin(equity: Usd) -> (World, usize, usize) {
    let mut world = World::new();
    world.board.underlyings[0].liquidation_fee = Ratio(25_000_000);
    let large = world.account(1, usd(2_000_000));
    let keeper = world.account(1, usd(5_000_000));
    let maker = world.account(2, usd(5_000_000));
    world.fill(large, maker, BTC_PERP, 1_000_000).unwrap();
    world.set_cash(large, equity);
    world.fund_insurance(1_000_000_000_000).unwrap();
    (world, large, keeper)
}

#[test]
fn toxic_whole() {
    let (mut world, large, keeper) = large_and_thin(usd(20_000));
    world.liquidate(large, keeper, None, BTC_PERP, 0).unwrap();
    world.pass(3_600);
    world.renew();
    let (fund, own) = (world.fund.balance, world.equity(large).0 + world.equity(keeper).0);

    let done = world.liquidate(large, keeper, None, BTC_PERP, ALL).unwrap();

    assert!(done.taken.0 > 0 && done.fee <= usd(20_000), "2.5 % of ten million would be 250,000: {:?}", done.fee);
    assert!(world.equity(large) >= Usd::ZERO, "the account is not made insolvent");
    assert!(world.fund.balance >= fund, "insurance pays nothing");
    assert!(world.equity(large).0 + world.equity(keeper).0 <= own, "owner and keeper gain nothing together");
    world.assert_books();
}

#[test]
fn free_loan() {
    let mut world = World::new();
    let borrower = world.account(1, usd(2_000));
    let friend = world.account(1, usd(1_000_000));
    let stranger = world.account(2, usd(700_000));
    world.deposit(borrower, Some(SOL_VAULT), 6_666_000_000_000).unwrap();
    world.fill(friend, borrower, BTC_PERP, 300_000).unwrap();
    for step in 1..=16 {
        world.pass(400);
        world.price(BTC, moved(BTC_PRICE, step * 100));
        world.price(SOL, SOL_PRICE);
    }
    assert!(world.equity(borrower) > usd(300_000) && world.accounts[borrower].cash < usd(2_000));
    let (cash, friends) = (world.accounts[borrower].cash, world.accounts[friend].cash);

    let paid = world.settle(borrower, BTC_PERP).unwrap().paid;
    assert_eq!(paid.0, -cash.0, "a loss settles as far as cash reaches");
    assert_eq!(world.accounts[borrower].cash, Usd::ZERO);
    let gained = world.settle(friend, BTC_PERP).unwrap().paid;

    assert_eq!(gained, cash, "the friend gets what the borrower paid, of a gain of 480,000");
    assert_eq!(world.accounts[friend].cash, friends.plus(cash).unwrap());
    assert_eq!(world.settle(friend, BTC_PERP), Err(BallastError::NothingToSettle));
    world.withdraw(stranger, None, 700_000_000_000).unwrap();
    world.assert_books();
}

#[test]
fn funding_by_oneself() {
    let mut world = World::new();
    let (first, second) = (world.account(1, usd(10_000)), world.account(1, usd(10_000)));
    let (victim, maker) = (world.account(2, usd(1_000_000)), world.account(3, usd(1_000_000)));
    world.fill(maker, victim, BTC_PERP, 500_000).unwrap();
    world.post_depth(BTC, 0, usd(5_000_000)).unwrap();
    let basis = world.accounts[victim].position(1).basis;

    for minute in 0..180 {
        world.pass(20);
        world.renew();
        let (buyer, seller) = if minute % 2 == 0 { (first, second) } else { (second, first) };
        world.fill_off(buyer, seller, BTC_PERP, 1, 99).unwrap();
    }
    assert_eq!(world.contracts[BTC_PERP].premium, ballast_core::model::PremiumMeter::default());
    assert_eq!(world.board.contracts[0].funding.index, Usd::ZERO, "only the fills of listed venues count");
    assert_eq!(world.accounts[victim].position(1).basis, basis);

    // a venue's single lot counts for its minute, and the other minutes of the hour are empty
    let price = PerLot(moved(world.mark(BTC_PERP).0, 99));
    world.trade(first, second, BTC_PERP, Fill { by_venue: true, ..Fill::new(1, price) }).unwrap();
    world.pass(3_600);
    world.renew();
    let paid = world.board.contracts[0].funding.paid_today;
    assert!(paid.0 >= 0 && paid.0 <= 9_900_000 / 1_440, "one minute in 1,440 of 0.99 %: {paid:?}");
    world.assert_books();
}

#[test]
fn print_and_settle() {
    let mut world = World::new();
    let (thief, maker) = (world.account(1, usd(10_000)), world.account(2, usd(200_000)));
    let loser = world.account(3, usd(100_000));
    world.fill(thief, maker, BTC_PERP, 10_000).unwrap();
    world.fill(maker, loser, BTC_PERP, 1).unwrap();
    world.pass(5);
    // one false print of +20 %; the average has hardly moved
    world.print(BTC, moved(BTC_PRICE, 2_000), moved(BTC_PRICE, 10));
    world.price(SOL, SOL_PRICE);
    world.settle(maker, BTC_PERP).unwrap();
    let stopped = world.settle(thief, BTC_PERP);
    assert_eq!(stopped, Err(BallastError::PriceDiverged), "beyond four scan ranges no gain is paid at all");
    // a lesser one passes, and a second goes by
    world.print(BTC, moved(BTC_PRICE, 1_800), moved(BTC_PRICE, 10));
    world.price(SOL, SOL_PRICE);

    let paid = world.settle(thief, BTC_PERP).unwrap().paid;

    assert!(paid <= usd(101), "the gain at the average is 0.1 % of 100,000: {paid:?}");
    let most = world.accounts[thief].cash.0 as u64;
    assert_eq!(world.withdraw(thief, None, most), Err(BallastError::BelowInitialMargin));
    // the print counts for maintenance only: what can be withdrawn leaves a sound account when the price is back
    let mut taken = most;
    while world.withdraw(thief, None, taken).is_err() {
        taken -= most / 100;
    }
    world.pass(5);
    world.price(BTC, BTC_PRICE);
    world.renew();
    assert!(world.meets(thief, MAINTENANCE));
    world.assert_books();
}

#[test]
fn faster_than_the_top_up() {
    let mut world = World::new();
    let (account, reserve) = (world.account(1, usd(10_000)), world.account(1, usd(20_000)));
    let (keeper, maker) = (world.account(2, usd(100_000)), world.account(3, usd(100_000)));
    let [named, held] = world.accounts.get_disjoint_mut([account, reserve]).unwrap();
    clearing::set_top_up(named, Some((held, key(60))), usd(50_000), false).unwrap();
    world.fill(account, maker, BTC_PERP, 10_000).unwrap();
    world.pass(5);
    world.price(BTC, moved(BTC_PRICE, -700));
    assert!(!world.meets(account, MAINTENANCE));
    let keepers = world.accounts[keeper];

    let done = world.liquidate(account, keeper, Some(reserve), BTC_PERP, ALL).unwrap();

    assert!(done.topped_up > Usd::ZERO && !done.in_liquidation);
    assert_eq!((done.taken.0, done.fee), (0, Usd::ZERO), "nothing is left to liquidate");
    assert_eq!(world.accounts[keeper], keepers, "and nothing to earn");
    assert!(world.meets(account, TARGET));
    world.assert_books();
}

#[test]
fn wick_release() {
    let mut world = World::new();
    let (account, reserve) = (world.account(1, usd(10_000)), world.account(1, usd(20)));
    let maker = world.account(3, usd(100_000));
    let [named, held] = world.accounts.get_disjoint_mut([account, reserve]).unwrap();
    clearing::set_top_up(named, Some((held, key(60))), usd(50_000), true).unwrap();
    world.fill(account, maker, BTC_PERP, 5_000).unwrap();
    world.pass(5);
    world.print(BTC, moved(BTC_PRICE, 600), moved(BTC_PRICE, 2));

    let done = world.rebalance(account, Some(reserve), None).unwrap();
    assert!(done.released > Usd::ZERO);
    world.pass(5);
    world.print(BTC, moved(BTC_PRICE, 900), moved(BTC_PRICE, 2));
    assert_eq!(world.rebalance(account, Some(reserve), None), Err(BallastError::NothingToRebalance), "once a day");

    world.pass(5);
    world.price(BTC, BTC_PRICE);
    assert!(world.meets(account, INITIAL), "the owner is not stranded when the wick is gone");
    world.assert_books();
}

#[test]
fn last_equity_to_a_friend() {
    let mut world = World::new();
    let (account, maker) = (world.account(1, usd(10_000)), world.account(3, usd(100_000)));
    let friend = world.account(1, usd(100_000));
    world.fill(account, maker, BTC_PERP, 10_000).unwrap();
    world.pass(5);
    world.price(BTC, moved(BTC_PRICE, -450));
    world.price(SOL, SOL_PRICE);
    assert!(!world.meets(account, MAINTENANCE) && world.equity(account) > Usd::ZERO);

    // the friend is short, so that both only reduce
    world.fill(maker, friend, BTC_PERP, 10_000).unwrap();
    let before = Snapshot::of(&world);
    let worse = world.fill_off(friend, account, BTC_PERP, 200, -1);
    assert_eq!(worse, Err(BallastError::ReductionBelowMark));
    before.assert_unchanged(&world);
    // at mark it may reduce, as long as the fee does not eat what is left for the rest
    world.fill(friend, account, BTC_PERP, 200).unwrap();
    world.set_cash(account, world.accounts[account].cash.minus(world.equity(account)).unwrap().plus(usd(20)).unwrap());
    let before = Snapshot::of(&world);
    assert_eq!(world.fill(friend, account, BTC_PERP, 5_000), Err(BallastError::RiskNotReduced));
    before.assert_unchanged(&world);
    world.assert_books();
}

#[test]
fn last_equity_on_a_bet() {
    let mut world = World::new();
    let (account, maker) = (world.account(1, usd(10_000)), world.account(3, usd(100_000)));
    world.fill_off(account, maker, BTC_PERP, 10_000, 99).unwrap();
    world.fill_off(maker, account, BTC_LARGE, 1_000, -99).unwrap();
    world.set_cash(account, world.accounts[account].cash.minus(world.equity(account)).unwrap().plus(usd(1)).unwrap());
    // a friend pays above mark for the hedge; without it the account bets a dollar on a hundred thousand
    let before = Snapshot::of(&world);
    let unhedged = world.fill_off(account, maker, BTC_LARGE, 900, -90);
    assert_eq!(unhedged, Err(BallastError::RiskNotReduced));
    before.assert_unchanged(&world);
}

/// A long that is insolvent by a fall, its winner, and a bystander on the winner's side; insurance is empty.
fn insolvent_long() -> (World, usize, usize, usize, usize) {
    let mut world = World::new();
    let (long, winner) = (world.account(1, usd(10_000)), world.account(2, usd(100_000)));
    let (bystander, holder) = (world.account(3, usd(100_000)), world.account(4, usd(500_000)));
    world.fill(long, winner, BTC_PERP, 10_000).unwrap();
    world.fill(holder, bystander, BTC_PERP, 10_000).unwrap();
    world.pass(5);
    world.price(BTC, moved(BTC_PRICE, -1_100));
    world.price(SOL, SOL_PRICE);
    assert!(world.equity(long) < Usd::ZERO);
    (world, long, winner, bystander, holder)
}

#[test]
fn winner_runs() {
    // the winner is the keeper: it closes its gain with the lots of the loser
    let (mut world, long, winner, bystander, _) = insolvent_long();
    let loss = world.equity(long).0.unsigned_abs();
    let (winners, bystanders) = (world.equity(winner), world.equity(bystander));

    let done = world.liquidate(long, winner, None, BTC_PERP, ALL).unwrap();

    assert!(done.resolved.resolved && done.resolved.by_index.0.unsigned_abs() >= loss);
    assert_eq!((world.size(winner, BTC_PERP), world.size(bystander, BTC_PERP)), (0, -10_000));
    let lost = winners.0 - world.equity(winner).0;
    assert_eq!(lost, bystanders.0 - world.equity(bystander).0, "both carry the same share of the loss");
    assert!(lost.unsigned_abs() >= loss / 2);
    world.assert_books();
}

#[test]
fn winner_runs_with_everything() {
    // nobody else is on the winner's side: the loss is its own, at most half of maintenance at once, and the rest holds
    // its gain
    let mut world = World::new();
    let (long, winner) = (world.account(1, usd(10_000)), world.account(2, usd(100_000)));
    world.fill(long, winner, BTC_PERP, 10_000).unwrap();
    world.pass(5);
    world.price(BTC, moved(BTC_PRICE, -1_500));
    world.price(SOL, SOL_PRICE);
    let before = world.equity(winner);

    let done = world.liquidate(long, winner, None, BTC_PERP, ALL).unwrap();

    let charged = done.resolved.by_index;
    assert!(charged > Usd::ZERO && done.resolved.deficit > Usd::ZERO);
    assert!(world.equity(winner).0 <= before.0 - charged.0);
    assert_eq!(world.settle(winner, BTC_PERP), Err(BallastError::GainsHeld));
    let held = world.fill(long, winner, BTC_PERP, 1);
    assert_eq!(held, Err(BallastError::ContractReduceOnly));
    world.assert_books();
}

#[test]
fn ten_thousand_orphans() {
    let mut world = World::new();
    let (orphan, maker) = (world.account(1, usd(9)), world.account(2, usd(100_000)));
    let keeper = world.account(3, usd(100_000));
    assert_eq!(
        world.fill(orphan, maker, BTC_PERP, 1),
        Err(BallastError::BelowInitialMargin),
        "initial is at least $10"
    );
    world.deposit(orphan, None, 3_000_000).unwrap();
    world.fill(orphan, maker, BTC_PERP, 12).unwrap();
    world.set_cash(orphan, usd(6));
    world.pass(5);
    world.renew();
    assert!(!world.meets(orphan, MAINTENANCE));
    let done = world.liquidate(orphan, keeper, None, BTC_PERP, ALL).unwrap();
    assert_eq!(done.taken.0, 12, "a remainder under $100 goes whole");
    assert_eq!(world.size(orphan, BTC_PERP), 0);
    world.assert_books();
}

#[test]
fn rounding_both_sides() {
    let mut world = World::new();
    // a lot of a thousandth of a cent: every value has a fraction of a unit
    world.add_contract(SOL, -10);
    world.renew();
    let (first, second) = (world.account(1, usd(1_000)), world.account(2, usd(1_000)));
    for lots in 1..400_u64 {
        let (buyer, seller) = if lots % 3 == 0 { (first, second) } else { (second, first) };
        world.fill_off(buyer, seller, 3, lots * 7 + 1, (lots % 90) as i64 - 45).unwrap();
        world.assert_books();
        if lots % 5 == 0 {
            let _ = world.settle(first, 3);
            let _ = world.settle(second, 3);
            world.assert_books();
        }
        if lots % 20 == 0 {
            world.pass(3);
            world.price(SOL, SOL_PRICE + (lots * 1_313) as i64);
        }
    }
    let open = world.size(first, 3);
    let (buyer, seller) = if open < 0 { (first, second) } else { (second, first) };
    world.fill(buyer, seller, 3, open.unsigned_abs()).unwrap();
    for account in [first, second, first, second] {
        let _ = world.settle(account, 3);
    }
    let contract = &world.contracts[3];
    assert_eq!((contract.pool, contract.holders, contract.open_interest), (Usd::ZERO, 0, 0));
    world.assert_books();
}

#[test]
fn dust_deposits() {
    let mut world = World::new();
    let account = world.account(1, usd(100));
    let dust = Deposit { amount: Tokens(1), by_owner: false };
    let deposit = |world: &mut World, row: u8, dust| {
        let vault = &mut world.vaults[usize::from(row)];
        let into = BoardUse::Write(&mut world.board);
        clearing::deposit(&mut world.accounts[account], vault, into, &world.exchange, dust, world.clock)
    };
    let before = Snapshot::of(&world);
    for row in [SOL_VAULT, BTC_VAULT] {
        assert_eq!(deposit(&mut world, row, dust), Err(BallastError::CollateralNotHeld));
    }
    before.assert_unchanged(&world);
    // dust of the owner's own counts zero and needs no price
    deposit(&mut world, SOL_VAULT, Deposit { amount: Tokens(60_000_000), by_owner: true }).unwrap();
    assert_eq!(world.equity(account), usd(100));
    world.pass(86_400);
    world.withdraw(account, None, 100_000_000).unwrap();
}

#[test]
fn reward_that_makes_liquidatable() {
    // a closed position has lost two dollars that are not collected yet; all that is free goes back to the reserve
    let mut world = World::new();
    let (account, reserve) = (world.account(1, usd(10_000)), world.account(1, usd(20)));
    let (maker, keeper) = (world.account(3, usd(100_000)), world.account(4, usd(100_000)));
    let [named, held] = world.accounts.get_disjoint_mut([account, reserve]).unwrap();
    clearing::set_top_up(named, Some((held, key(60))), usd(50_000), true).unwrap();
    world.fill(account, maker, BTC_PERP, 1_000).unwrap();
    world.price(BTC, moved(BTC_PRICE, -2));
    world.fill(maker, account, BTC_PERP, 1_000).unwrap();

    let done = world.rebalance(account, Some(reserve), Some(keeper)).unwrap();

    assert!(done.released > usd(9_000));
    assert!(world.equity(account) >= Usd::ZERO, "the reward does not come out of what covers the loss");
    assert!(world.meets(account, MAINTENANCE));
    world.assert_books();

    // a called account is a cent above maintenance
    let account = world.account(2, usd(10_000));
    world.renew();
    world.fill(account, maker, BTC_PERP, 10_000).unwrap();
    world.ramp(BTC, Ratio::percent(5), Ratio::percent(6));
    let required = world.exposure(account).requirement(MAINTENANCE).unwrap();
    let above = world.equity(account).minus(required).unwrap().minus(Usd(10_000)).unwrap();
    let cash = world.accounts[account].cash.minus(above).unwrap();
    world.set_cash(account, cash);

    let done = world.rebalance(account, None, Some(keeper)).unwrap();

    assert_eq!((done.call, done.reward), (Call::Opened, Usd::ZERO));
    assert!(world.meets(account, MAINTENANCE));
    world.assert_books();
}
