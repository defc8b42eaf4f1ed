//! What becomes of an account that cannot pay: who carries its loss, in which order, and how much of it.
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

use ballast_core::error::BallastError;
use ballast_core::margin::MAINTENANCE;
use ballast_core::units::{Ratio, Usd};
use common::{
    BTC, BTC_PERP, BTC_PRICE, BTC_VAULT, SOL, SOL_PERP, SOL_PRICE, SOL_VAULT, Snapshot, World, hold, market, moved, usd,
};

const ALL: u64 = u64::MAX >> 1;

/// A long of 100,000 USD with 10,000, after a fall by so many parts in ten thousand.
fn fallen(by: i64) -> (World, usize, usize, usize) {
    let (mut world, _, keeper, maker) = market();
    let account = world.account(4, usd(10_000));
    hold(&mut world, account, maker, BTC_PERP, 10_000);
    world.pass(5);
    world.price(BTC, moved(BTC_PRICE, -by));
    world.price(SOL, SOL_PRICE);
    (world, account, keeper, maker)
}

#[test]
fn insurance_pays_before_anybody_is_charged() {
    let (mut world, account, keeper, maker) = fallen(1_200);
    world.fund_insurance(5_000_000_000).unwrap();
    let (loss, makers) = (-world.equity(account).0, world.equity(maker));
    let done = world.liquidate(account, keeper, None, BTC_PERP, ALL).unwrap();
    assert_eq!((done.resolved.by_insurance.0, done.resolved.by_index, done.resolved.deficit), (loss, Usd(0), Usd(0)));
    assert_eq!(done.from_insurance, usd(88), "0.1 % of what the keeper took");
    assert_eq!(world.fund.balance.0, 5_000_000_000 - loss - 88_000_000);
    assert_eq!(world.equity(maker), makers, "the other side notices nothing");
    assert!(world.accounts[account].is_empty());
    world.assert_books();
}

#[test]
fn insurance_pays_within_its_limits() {
    let (mut world, account, keeper, _) = fallen(1_200);
    world.fund_insurance(5_000_000_000).unwrap();
    world.fund.draw_per_contract = usd(500);
    let done = world.liquidate(account, keeper, None, BTC_PERP, ALL).unwrap();
    assert_eq!(done.resolved.by_insurance.0 + done.from_insurance.0, 500_000_000);
    assert!(done.resolved.by_index > Usd::ZERO);
    world.assert_books();
}

#[test]
fn the_opposite_side_is_charged_at_most_half_of_maintenance() {
    let (mut world, account, keeper, maker) = fallen(2_000);
    let (makers, maintenance) = (world.equity(maker), world.exposure(maker).requirement(MAINTENANCE).unwrap());
    let done = world.liquidate(account, keeper, None, BTC_PERP, ALL).unwrap();
    let charged = makers.minus(world.equity(maker)).unwrap();
    assert_eq!(charged, done.resolved.by_index);
    assert!(charged.0 * 2 <= maintenance.0 && charged.0 * 2 > maintenance.0 - 20_000);
    assert!(done.resolved.deficit > Usd::ZERO);
    assert_eq!(world.settle(maker, BTC_PERP), Err(BallastError::GainsHeld));
    world.assert_books();
}

#[test]
fn an_insolvent_account_keeps_no_claim_while_others_carry_its_loss() {
    // a loss on BTC, a gain on SOL that neither its pool nor the fund can pay
    let (mut world, _, keeper, maker) = market();
    let account = world.account(4, usd(12_000));
    hold(&mut world, account, maker, BTC_PERP, 10_000);
    hold(&mut world, account, maker, SOL_PERP, 1_000);
    world.pass(5);
    world.price(SOL, moved(SOL_PRICE, 1_000));
    hold(&mut world, account, maker, SOL_PERP, -1_000);
    world.pass(5);
    world.price(BTC, moved(BTC_PRICE, -1_600));
    world.price(SOL, moved(SOL_PRICE, 1_000));
    assert!(world.equity(account) < Usd::ZERO);

    let done = world.liquidate(account, keeper, None, BTC_PERP, ALL).unwrap();

    assert!(done.resolved.resolved && world.accounts[account].is_empty());
    assert_eq!(world.deficit(SOL_PERP), usd(-1_500), "the claim is the fund's");
    world.settle(maker, SOL_PERP).unwrap();
    world.collect_fees(SOL_PERP).unwrap();
    assert_eq!((world.fund.balance, world.deficit(SOL_PERP)), (usd(1_500), Usd::ZERO));
    assert_eq!(world.contracts[SOL_PERP].holders, 0);
    world.assert_books();
}

#[test]
fn claims_are_bought_within_the_limits_of_the_fund() {
    let (mut world, _, keeper, maker) = market();
    let account = world.account(4, usd(12_000));
    world.fund_insurance(100_000_000_000).unwrap();
    world.fund.draw_per_contract = usd(200);
    hold(&mut world, account, maker, BTC_PERP, 10_000);
    hold(&mut world, account, maker, SOL_PERP, 1_000);
    world.pass(5);
    world.price(SOL, moved(SOL_PRICE, 1_000));
    hold(&mut world, account, maker, SOL_PERP, -1_000);
    world.pass(5);
    world.price(BTC, moved(BTC_PRICE, -1_600));
    world.price(SOL, moved(SOL_PRICE, 1_000));
    world.liquidate(account, keeper, None, BTC_PERP, ALL).unwrap();
    assert_eq!(world.fund.balance, usd(100_000 - 400), "200 for the claim, 200 for the loss and the keeper");
    world.assert_books();
}

#[test]
fn an_account_that_closed_at_a_loss_is_resolved_by_anybody() {
    let (mut world, _, keeper, maker) = market();
    let account = world.account(4, usd(3_000));
    world.deposit(account, Some(SOL_VAULT), 50_000_000_000).unwrap();
    hold(&mut world, account, maker, BTC_PERP, 10_000);
    world.pass(5);
    world.price(BTC, moved(BTC_PRICE, -800));
    world.price(SOL, SOL_PRICE);
    hold(&mut world, account, maker, BTC_PERP, -10_000);
    // its collateral falls before anybody has sold it
    world.pass(5);
    world.price(SOL, moved(SOL_PRICE, -4_000));
    assert!(world.equity(account) < Usd::ZERO && world.size(account, BTC_PERP) == 0);
    world.liquidate(account, keeper, None, BTC_PERP, 0).unwrap();
    world.sell_collateral(account, keeper, None, SOL_VAULT, ALL).unwrap();
    let done = world.liquidate(account, keeper, None, BTC_PERP, 1).unwrap();
    assert!(done.resolved.resolved && world.accounts[account].is_empty());
    world.assert_books();
}

#[test]
fn collateral_is_sold_before_the_last_position_of_an_insolvent_account_goes() {
    let (mut world, _, keeper, maker) = market();
    let account = world.account(4, usd(2_000));
    world.deposit(account, Some(SOL_VAULT), 50_000_000_000).unwrap();
    world.deposit(account, Some(BTC_VAULT), 9_000).unwrap();
    hold(&mut world, account, maker, BTC_PERP, 10_000);
    world.pass(5);
    world.price(BTC, moved(BTC_PRICE, -1_500));
    world.price(SOL, SOL_PRICE);
    let before = Snapshot::of(&world);
    let early = world.liquidate(account, keeper, None, BTC_PERP, ALL);
    assert_eq!(early, Err(BallastError::CollateralRemains));
    before.assert_unchanged(&world);
    let equity = world.equity(account);
    let sold = world.sell_collateral(account, keeper, None, SOL_VAULT, ALL).unwrap();
    assert_eq!(sold.tokens.0, 50_000_000_000);
    assert!(world.equity(account) >= equity);
    let dust = world.sell_collateral(account, keeper, None, BTC_VAULT, ALL);
    assert_eq!(dust, Err(BallastError::CollateralIsDust));
    let done = world.liquidate(account, keeper, None, BTC_PERP, ALL).unwrap();
    assert!(done.resolved.resolved && world.accounts[account].is_empty());
    assert_eq!(world.fund.collateral[usize::from(BTC_VAULT)].0, 9_000, "dust goes to the fund");
    world.assert_books();
}

#[test]
fn a_sale_of_collateral_never_lowers_equity() {
    let (mut world, _, keeper, maker) = market();
    let account = world.account(4, usd(2_000));
    world.deposit(account, Some(SOL_VAULT), 60_000_000_000).unwrap();
    // the weight withholds a tenth, so a discount of a fifth does not count in full
    world.board.vaults[usize::from(SOL_VAULT)].discount = Ratio::percent(20);
    hold(&mut world, account, maker, BTC_PERP, 10_000);
    world.pass(5);
    world.price(BTC, moved(BTC_PRICE, -700));
    world.price(SOL, SOL_PRICE);
    assert!(!world.meets(account, MAINTENANCE));
    world.liquidate(account, keeper, None, BTC_PERP, 0).unwrap();
    world.pass(600);
    world.renew();
    let (equity, keepers) = (world.equity(account), world.equity(keeper));
    let sold = world.sell_collateral(account, keeper, None, SOL_VAULT, ALL).unwrap();
    let value = i64::try_from(sold.tokens.0).unwrap() / 1_000 * 150;
    assert!(sold.paid.0 > value / 100 * 89 && sold.paid.0 < value / 100 * 91, "{} for {value}", sold.paid.0);
    assert!(world.equity(account) >= equity);
    assert!(world.equity(keeper) <= keepers, "what the weight withholds is the keeper's to earn");
    world.assert_books();
}
