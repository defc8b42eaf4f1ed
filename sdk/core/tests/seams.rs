//! Features that were thought of one by one, where two of them meet.
#![allow(
    missing_docs,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    clippy::indexing_slicing,
    clippy::integer_division,
    clippy::unwrap_used,
    reason = "tests may panic"
)]

mod common;

use ballast_core::clearing::{self, Authority, Fill};
use ballast_core::error::BallastError;
use ballast_core::margin::MAINTENANCE;
use ballast_core::state::DelegateLimits;
use ballast_core::units::{DAY, PerLot, Ratio, Timestamp, Usd};
use proptest::prelude::*;

use common::{
    BTC, BTC_PERP, BTC_PRICE, SOL, SOL_PERP, SOL_PRICE, SOL_VAULT, Snapshot, World, hold, key, market, moved, usd,
};

const ALL: u64 = u64::MAX >> 1;

/// Accounts with 10,000 that are long 100,000 each, after a fall by so many parts in ten thousand; keeper, maker.
fn fallen(accounts: u8, by: i64) -> (World, Vec<usize>, usize, usize) {
    let (mut world, _, keeper, maker) = market();
    let fallen: Vec<usize> = (0..accounts).map(|place| world.account(10 + place, usd(10_000))).collect();
    for account in &fallen {
        hold(&mut world, *account, maker, BTC_PERP, 10_000);
    }
    world.pass(5);
    world.price(BTC, moved(BTC_PRICE, -by));
    world.price(SOL, SOL_PRICE);
    (world, fallen, keeper, maker)
}

#[test]
fn a_claim_is_not_stuck_in_a_contract_that_nobody_holds_any_more() {
    let (mut world, fallen, keeper, maker) = fallen(1, 2_500);
    world.liquidate(fallen[0], keeper, None, BTC_PERP, ALL).unwrap();
    world.fill(maker, keeper, BTC_PERP, 10_000).unwrap();
    assert_eq!(world.contracts[BTC_PERP].open_interest, 0);
    let lacking = world.deficit(BTC_PERP);
    assert!(lacking > Usd::ZERO, "and no lot is left to be charged");

    world.wind_down(BTC).unwrap();
    world.pass(7 * DAY);
    world.price(BTC, moved(BTC_PRICE, -2_500));
    world.settle(keeper, BTC_PERP).ok();
    let done = world.settle_in_part(maker, BTC_PERP).unwrap();

    assert_eq!(done.given_up, lacking);
    assert_eq!(world.contracts[BTC_PERP].holders, 0);
    assert_eq!(world.deficit(BTC_PERP), Usd::ZERO);
    world.assert_books();
}

#[test]
fn losses_split_over_accounts_are_charged_no_faster() {
    // four that alone exceed what is charged at a time, and eight of which none does
    for (accounts, by) in [(4, 3_000), (8, 1_700)] {
        let (mut world, fallen, keeper, maker) = fallen(accounts, by);
        let (equity, maintenance) = (world.equity(maker), world.exposure(maker).requirement(MAINTENANCE).unwrap());
        for account in fallen {
            world.liquidate(account, keeper, None, BTC_PERP, ALL).unwrap();
        }
        let charged = equity.0 - world.equity(maker).0;
        assert!(charged * 2 <= maintenance.0 && charged * 2 > maintenance.0 - 200_000, "the hour's half: {charged}");
        assert!(world.deficit(BTC_PERP) > Usd::ZERO);
        world.pass(3_600);
        world.price(BTC, moved(BTC_PRICE, -by));
        assert!(equity.0 - world.equity(maker).0 > charged, "the next half an hour later");
        world.assert_books();
    }
}

#[test]
fn five_minutes_count_from_when_insolvency_was_seen() {
    // in liquidation for ten minutes, and insolvent since now
    let (mut world, fallen, keeper, maker) = fallen(1, 800);
    let account = fallen[0];
    world.liquidate(account, keeper, None, BTC_PERP, 0).unwrap();
    for _ in 0..10 {
        world.pass(60);
        world.renew();
    }
    world.pass(2);
    world.price(BTC, moved(BTC_PRICE, -1_500));
    assert!(world.equity(account) < Usd::ZERO);
    assert_eq!(world.accounts[account].insolvent_at, Timestamp::ZERO);
    // a look notes it, and keepers' steps do not renew it
    let seen = world.clock;
    world.liquidate(account, keeper, None, BTC_PERP, 0).unwrap();
    for _ in 0..4 {
        world.pass(60);
        world.renew();
        assert_eq!(world.deleverage(account, maker, BTC_PERP, 1), Err(BallastError::DeleverageTooSoon));
        world.liquidate(account, keeper, None, BTC_PERP, 10).unwrap();
        assert_eq!(world.accounts[account].insolvent_at, seen);
    }
    world.pass(60);
    world.renew();
    assert_eq!(world.deleverage(account, maker, BTC_PERP, 1).unwrap().closed.0, 1);
}

#[test]
fn whatever_sees_equity_forgets_an_insolvency() {
    type Look = fn(&mut World, usize, usize);
    let looks: [Look; 4] = [
        |world, account, keeper| assert!(world.liquidate(account, keeper, None, BTC_PERP, 0).unwrap().in_liquidation),
        |world, account, keeper| assert_eq!(world.liquidate(account, keeper, None, BTC_PERP, 10).unwrap().taken.0, 10),
        |world, account, _| world.deposit(account, None, 1).unwrap(),
        |world, account, keeper| assert_eq!(world.fill(keeper, account, BTC_PERP, 10).unwrap().seller_size.0, 9_990),
    ];
    for look in looks {
        let (mut world, fallen, keeper, maker) = fallen(1, 1_100);
        let account = fallen[0];
        world.liquidate(account, maker, None, BTC_PERP, 0).unwrap();
        assert_eq!(world.accounts[account].insolvent_at, world.clock);
        world.pass(5);
        world.price(BTC, moved(BTC_PRICE, -900));
        look(&mut world, account, keeper);
        let held = world.accounts[account];
        assert_eq!(held.insolvent_at, Timestamp::ZERO);
        assert_ne!(held.liquidation_at, Timestamp::ZERO, "below close-out");
    }
}

#[test]
fn a_winner_pays_a_lot_as_the_honest_do_in_one_step_or_two() {
    for steps in [vec![ALL], vec![9_999, ALL]] {
        let (mut world, fallen, _, maker) = fallen(1, 1_200);
        let honest = world.account(40, usd(1_000_000));
        world.fill(maker, honest, BTC_PERP, 5_000).unwrap();
        let (winners, others) = (world.equity(maker).0, world.equity(honest).0);
        // the winner's second account takes what the first closes against
        let second = world.account(3, usd(1_000_000));
        for most in steps {
            world.liquidate(fallen[0], second, None, BTC_PERP, most).unwrap();
            let lots = world.size(maker, BTC_PERP).unsigned_abs();
            if lots > 0 {
                world.fill(maker, second, BTC_PERP, lots).unwrap();
            }
            world.assert_books();
        }
        let (paid, honestly) = (winners - world.equity(maker).0, others - world.equity(honest).0);
        assert!(world.accounts[fallen[0]].is_empty());
        // the fee of the fill is 5 bp of 44,000; what the last lot lacks is twenty cents
        assert!(honestly > 0 && (paid - 22_000_000 - honestly).abs() <= 200_000, "{paid} {honestly}");
    }
}

#[test]
fn a_deleveraging_against_a_small_gain_shares_the_rest() {
    let (mut world, fallen, keeper, maker) = fallen(1, 1_200);
    let honest = world.account(40, usd(1_000_000));
    world.fill(maker, honest, BTC_PERP, 5_000).unwrap();
    world.liquidate(fallen[0], keeper, None, BTC_PERP, 0).unwrap();
    world.pass(300);
    world.renew();
    // the winner's second account takes its shorts a hair above mark
    let late = world.account(41, usd(1_000_000));
    let price = PerLot(world.mark(BTC_PERP).0 + 1_000_000);
    world.trade(maker, late, BTC_PERP, Fill::new(5_000, price)).unwrap();
    let (lates, honests) = (world.equity(late).0, world.equity(honest).0);
    let done = world.deleverage(fallen[0], late, BTC_PERP, 5_000).unwrap();
    assert!(done.resolved.by_index > Usd::ZERO && !done.resolved.resolved);
    assert_eq!(lates - world.equity(late).0 - done.given_up.0, honests - world.equity(honest).0);
    world.pass(1);
    world.renew();
    assert!(world.liquidate(fallen[0], keeper, None, BTC_PERP, ALL).unwrap().resolved.resolved);
    world.assert_books();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_step_of_an_insolvent_account_shares_what_goes_with_its_lots(
        fall in 1_250..1_400_i64, lots in 1..10_000_u64, other in 1..1_000_i64, insured in 0..500_u64, short in any::<bool>(),
    ) {
        let sign = if short { -1 } else { 1 };
        let (mut world, _, keeper, maker) = market();
        world.fund_insurance(insured * 1_000_000).ok();
        let account = world.account(4, usd(12_000));
        hold(&mut world, account, maker, BTC_PERP, 10_000 * sign);
        hold(&mut world, account, maker, SOL_PERP, other);
        world.pass(5);
        world.price(BTC, moved(BTC_PRICE, -fall * sign));
        world.price(SOL, SOL_PRICE);
        let before = world.equity(account);
        prop_assume!(before < Usd::ZERO);
        let worth = |contract: usize, lots: i64| i128::from(world.mark(contract).0) * i128::from(lots);
        let (taken, all) = (worth(BTC_PERP, lots as i64), worth(BTC_PERP, 10_000) + worth(SOL_PERP, other));
        let done = world.liquidate(account, keeper, None, BTC_PERP, lots).unwrap();
        let after = world.equity(account);
        prop_assert!(!done.resolved.resolved && done.in_liquidation);
        prop_assert!(after >= before && after <= Usd::ZERO);
        let shared = i128::from(after.0) * all >= i128::from(before.0) * (all - taken) - 2 * all;
        prop_assert!(shared, "{before:?} {after:?} {:?}", done.resolved);
        world.assert_books();
    }
}

/// A fallen account with so much SOL as collateral, whose feed has been silent for an hour.
fn shielded(tokens: u64) -> (World, usize, usize) {
    let (mut world, _, keeper, maker) = market();
    let account = world.account(10, usd(10_000));
    world.deposit(account, Some(SOL_VAULT), tokens).unwrap();
    hold(&mut world, account, maker, BTC_PERP, 10_000);
    for minute in 0..70 {
        world.pass(60);
        let fallen = if minute < 50 { BTC_PRICE } else { moved(BTC_PRICE, -1_300) };
        world.price(BTC, fallen);
    }
    (world, account, keeper)
}

#[test]
fn a_little_collateral_in_a_silent_feed_shields_nobody_from_resolution() {
    let (mut world, account, keeper) = shielded(100_000_000);
    world.fund_insurance(20_000_000_000).unwrap();
    assert_eq!(world.sell_collateral(account, keeper, None, SOL_VAULT, ALL), Err(BallastError::PriceStale));
    let before = world.fund.balance.0;
    let done = world.liquidate(account, keeper, None, BTC_PERP, ALL).unwrap();
    assert!(done.resolved.resolved && world.accounts[account].is_empty());
    assert_eq!(world.fund.collateral[usize::from(SOL_VAULT)].0, 100_000_000);
    let paid = before - world.fund.balance.0 - done.from_insurance.0 - done.resolved.by_insurance.0;
    assert_eq!(paid, 15_000_000, "its face");
    world.assert_books();
}

#[test]
fn collateral_that_may_be_worth_the_lack_is_waited_for() {
    // 19 SOL of some 2,850, and a lack of a few hundred
    let (mut world, account, keeper) = shielded(19_000_000_000);
    let before = Snapshot::of(&world);
    let waits = world.liquidate(account, keeper, None, BTC_PERP, ALL);
    assert_eq!(waits, Err(BallastError::CollateralRemains));
    before.assert_unchanged(&world);
    // sold as soon as there is a price
    world.price(SOL, SOL_PRICE);
    world.pass(121);
    world.renew();
    world.sell_collateral(account, keeper, None, SOL_VAULT, ALL).unwrap();
    world.liquidate(account, keeper, None, BTC_PERP, ALL).unwrap();
    assert!(world.accounts[account].is_empty());
}

/// A print far above its average: for the minutes of the hold nobody knows what the collateral is worth, and it is not taken.
#[test]
fn held_collateral_is_waited_for() {
    let (mut world, account, keeper) = shielded(3_000_000_000);
    world.print(SOL, 60 * SOL_PRICE, SOL_PRICE);
    world.price(BTC, moved(BTC_PRICE, -1_300));
    assert!(world.equity(account) > Usd::ZERO, "at the print");
    let before = Snapshot::of(&world);
    let waits = world.liquidate(account, keeper, None, BTC_PERP, ALL);
    assert_eq!(waits, Err(BallastError::CollateralRemains));
    before.assert_unchanged(&world);
    world.pass(605);
    world.price(SOL, SOL_PRICE);
    world.price(BTC, moved(BTC_PRICE, -1_300));
    world.sell_collateral(account, keeper, None, SOL_VAULT, ALL).unwrap();
    world.liquidate(account, keeper, None, BTC_PERP, ALL).unwrap();
    assert!(world.accounts[account].is_empty());
}

/// The fund pays for what it takes over no more than it was worth at the last Good price.
#[test]
fn a_wide_print_raises_no_face_value() {
    let (mut world, account, keeper) = shielded(100_000_000);
    world.fund_insurance(20_000_000_000).unwrap();
    let print = SOL_PRICE / 10 * 13;
    world.refresh(SOL, print, print, print / 10, None).unwrap();
    world.price(BTC, moved(BTC_PRICE, -1_300));
    let before = world.fund.balance.0;
    let done = world.liquidate(account, keeper, None, BTC_PERP, ALL).unwrap();
    assert!(done.resolved.resolved && world.accounts[account].is_empty());
    let paid = before - world.fund.balance.0 - done.from_insurance.0 - done.resolved.by_insurance.0;
    assert_eq!(paid, 15_000_000);
    world.assert_books();
}

#[test]
fn an_account_that_settled_its_last_position_is_in_no_liquidation() {
    let (mut world, fallen, keeper, maker) = fallen(1, 600);
    let account = fallen[0];
    world.rebalance(account, None, None).unwrap();
    assert!(world.liquidate(account, keeper, None, BTC_PERP, 0).unwrap().in_liquidation);
    // at an old price it closes everything; nobody can say whether it is sound
    world.pass(3_000);
    world.fill(maker, account, BTC_PERP, 10_000).unwrap();
    let held = world.accounts[account];
    assert!(held.liquidation_at != Timestamp::ZERO && held.called_at != Timestamp::ZERO);
    world.settle(account, BTC_PERP).unwrap();
    let held = world.accounts[account];
    assert_eq!(held.position_count, 0);
    assert_eq!((held.called_at, held.liquidation_at, held.insolvent_at), Default::default());
    world.withdraw(account, None, 1).unwrap();
}

#[test]
fn a_delegate_closes_nothing_at_an_old_mark() {
    let (mut world, client, keeper, maker) = market();
    let thief = world.account(50, usd(100_000));
    hold(&mut world, client, maker, BTC_PERP, 10_000);
    hold(&mut world, thief, keeper, BTC_PERP, -10_000);
    let limits = DelegateLimits {
        worst_price: Ratio::ZERO,
        daily_notional: usd(1_000_000),
        daily_loss: usd(100),
        ..Default::default()
    };
    let until = Timestamp(world.clock.0 + 1_000_000);
    clearing::set_delegate(&mut world.accounts[client], key(60), until, &limits, world.clock).unwrap();
    // the market has risen by a tenth, the board has not
    world.pass(600);
    let fill = Fill::new(10_000, world.mark(BTC_PERP));
    let (buyer, seller) = ((thief, Authority::Signer(key(50))), (client, Authority::Signer(key(60))));
    let before = Snapshot::of(&world);
    assert_eq!(world.trade_as(buyer, seller, BTC_PERP, fill), Err(BallastError::PriceStale));
    before.assert_unchanged(&world);
    world.trade_as(buyer, (client, Authority::Signer(key(1))), BTC_PERP, fill).unwrap();
}
