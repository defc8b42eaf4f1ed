//! Sales of collateral.

use super::common::{
    BTC, BTC_PERP, BTC_VAULT, SOL, SOL_PERP, SOL_PRICE, SOL_VAULT, Snapshot, World, hold, key, market, moved, usd,
};
use super::{ALL, stand_at};
use ballast_core::clearing::{self};
use ballast_core::error::BallastError;
use ballast_core::margin::{CLOSE_OUT, INITIAL, MAINTENANCE};
use ballast_core::units::{Ratio, Timestamp, Tokens, Usd};

/// Collateral of an account in liquidation, after a fall by a twelfth: the loss is above its cash.
fn in_debt(cash: i64, sol: u64) -> (World, usize, usize) {
    let (mut world, account, keeper, maker) = market();
    world.deposit(account, Some(SOL_VAULT), sol).unwrap();
    hold(&mut world, account, maker, BTC_PERP, 1_000);
    world.pass(5);
    world.price(BTC, moved(super::common::BTC_PRICE, -800));
    world.price(SOL, SOL_PRICE);
    world.set_cash(account, Usd(cash));
    (world, account, keeper)
}

/// Long SOL at a loss of 1,200 USD a thousand lots, with so many of the smallest units of BTC, 0.1 cents each.
fn with_bitcoin(lots: i64, tokens: u64, cash: Usd) -> (World, usize, usize) {
    let (mut world, account, keeper, maker) = market();
    world.deposit(account, Some(BTC_VAULT), tokens).unwrap();
    hold(&mut world, account, maker, SOL_PERP, lots);
    world.pass(5);
    world.price(SOL, moved(SOL_PRICE, -800));
    world.price(BTC, super::common::BTC_PRICE);
    world.set_cash(account, cash);
    (world, account, keeper)
}

#[test]
fn collateral_is_sold_to_cover_the_loss_and_no_more() {
    let (mut world, account, keeper) = in_debt(0, 8_000_000_000);
    assert!(!world.meets(account, MAINTENANCE));
    let had = world.accounts[keeper].cash.0;
    let done = world.sell_collateral(account, keeper, None, SOL_VAULT, ALL).unwrap();
    // the loss is 800 USD at 150 a coin
    assert_eq!((done.tokens, done.paid), (Tokens(5_333_333_334), Usd(800_000_001)));
    assert_eq!(world.accounts[account].cash.0, 800_000_001);
    assert_eq!(had - world.accounts[keeper].cash.0, 800_000_001);
    assert_eq!(world.accounts[keeper].collateral_of(SOL_VAULT), done.tokens);
    let before = Snapshot::of(&world);
    assert_eq!(world.sell_collateral(account, keeper, None, SOL_VAULT, ALL), Err(BallastError::NoLossToCover));
    before.assert_unchanged(&world);
    world.assert_books();
}

#[test]
fn a_sale_needs_collateral_that_counts_and_a_keeper_that_can_pay() {
    let (mut world, account, keeper) = in_debt(0, 8_000_000_000);
    assert_eq!(world.sell_collateral(account, keeper, None, BTC_VAULT, ALL), Err(BallastError::NotEnoughCollateral));
    let mut looked = world.clone();
    let done = looked.sell_collateral(account, keeper, None, SOL_VAULT, 0).unwrap();
    assert_eq!((done.tokens, done.paid, done.in_liquidation), (Tokens::ZERO, Usd::ZERO, true), "it is only looked at");
    assert_eq!(looked.accounts[keeper], world.accounts[keeper]);
    let mut poor = world.clone();
    poor.set_cash(keeper, Usd(800_000_000));
    let before = Snapshot::of(&poor);
    assert_eq!(poor.sell_collateral(account, keeper, None, SOL_VAULT, ALL), Err(BallastError::NotEnoughCash));
    before.assert_unchanged(&poor);
    poor.set_cash(keeper, Usd(800_000_001));
    poor.sell_collateral(account, keeper, None, SOL_VAULT, ALL).unwrap();
    // what would be left under ten dollars goes too
    let (mut world, account, keeper) = in_debt(0, 5_399_999_000);
    let done = world.sell_collateral(account, keeper, None, SOL_VAULT, ALL).unwrap();
    assert_eq!(done.tokens, Tokens(5_399_999_000));
    let (mut world, account, keeper) = in_debt(0, 5_400_001_000);
    let done = world.sell_collateral(account, keeper, None, SOL_VAULT, ALL).unwrap();
    assert_eq!(done.tokens, Tokens(5_333_333_334), "ten dollars stay");
    // a part leaves what still counts
    let (mut world, account, keeper) = in_debt(0, 6_000_000_000);
    let done = world.sell_collateral(account, keeper, None, SOL_VAULT, 5_950_000_000).unwrap();
    assert_eq!(done.tokens, Tokens(5_333_333_334));
    let (mut world, account, keeper) = in_debt(0, 4_000_000_000);
    let done = world.sell_collateral(account, keeper, None, SOL_VAULT, 3_999_000_000).unwrap();
    let left = world.accounts[account].collateral_of(SOL_VAULT);
    assert_eq!(done.tokens.0 + left.0, 4_000_000_000);
    assert!(left.0 >= 66_666_667 && left.0 < 66_666_700, "{}", left.0);
}

#[test]
fn a_sale_that_reaches_close_out_ends_the_liquidation() {
    let (mut world, account, keeper) = in_debt(0, 8_000_000_000);
    let done = world.sell_collateral(account, keeper, None, SOL_VAULT, ALL).unwrap();
    assert_eq!(done.in_liquidation, !world.meets(account, CLOSE_OUT));
    let (mut world, account, keeper) = in_debt(0, 8_000_000_000);
    world.sell_collateral(account, keeper, None, SOL_VAULT, 1_000_000).unwrap();
    world.set_cash(account, usd(100_000));
    let done = world.sell_collateral(account, keeper, None, SOL_VAULT, ALL).unwrap();
    assert_eq!((done.tokens, done.in_liquidation), (Tokens::ZERO, false));
    assert_eq!(world.accounts[account].liquidation_at, Timestamp::ZERO);
}

#[test]
fn a_sale_that_ends_the_liquidation_says_so() {
    let (mut world, account, keeper) = in_debt(0, 8_000_000_000);
    // 280 USD of equity, 294 of maintenance, 315 to close out; what is sold counted 80 USD less than it brings
    world.scan(BTC, Ratio(22_000_000));
    assert!(world.sell_collateral(account, keeper, None, SOL_VAULT, 0).unwrap().in_liquidation);
    let done = world.sell_collateral(account, keeper, None, SOL_VAULT, ALL).unwrap();
    assert!(done.tokens > Tokens::ZERO && world.meets(account, CLOSE_OUT));
    assert!(!done.in_liquidation && world.accounts[account].liquidation_at == Timestamp::ZERO);
}

#[test]
fn a_sale_tells_what_the_reserve_gave_before() {
    let (mut world, account, keeper) = in_debt(0, 8_000_000_000);
    let reserve = world.account(1, usd(50_000));
    let [named, held] = world.accounts.get_disjoint_mut([account, reserve]).unwrap();
    clearing::set_top_up(named, Some((held, key(60))), usd(7), false).unwrap();
    let done = world.sell_collateral(account, keeper, Some(reserve), SOL_VAULT, 1_000_000_000).unwrap();
    assert_eq!((done.topped_up, done.tokens), (usd(7), Tokens(1_000_000_000)));
    assert_eq!(world.accounts[reserve].cash, usd(49_993));
}

#[test]
fn collateral_of_ten_dollars_is_sold_and_a_unit_less_is_not() {
    // 10,000 of the smallest units of BTC are ten dollars
    for (tokens, sold) in [(10_000, Ok(Tokens(10_000))), (9_999, Err(BallastError::CollateralIsDust))] {
        let (mut world, account, keeper, maker) = market();
        world.deposit(account, Some(BTC_VAULT), tokens).unwrap();
        hold(&mut world, account, maker, SOL_PERP, 1_000);
        world.pass(5);
        world.price(SOL, moved(SOL_PRICE, -800));
        world.price(BTC, super::common::BTC_PRICE);
        world.set_cash(account, Usd::ZERO);
        let done = world.sell_collateral(account, keeper, None, BTC_VAULT, ALL);
        assert_eq!(done.map(|done| done.tokens), sold);
    }
}

#[test]
fn a_keeper_meets_initial_after_it_has_bought() {
    let (mut world, account, _) = in_debt(0, 8_000_000_000);
    let keeper = world.account(9, usd(10_000));
    hold(&mut world, keeper, 1, BTC_PERP, 3_000);
    stand_at(&mut world, keeper, INITIAL, 0);
    world.sell_collateral(account, keeper, None, SOL_VAULT, 0).unwrap();
    let before = Snapshot::of(&world);
    let bought = world.sell_collateral(account, keeper, None, SOL_VAULT, ALL);
    assert_eq!(
        bought,
        Err(BallastError::KeeperBelowInitialMargin),
        "collateral counts less than the cash that it paid"
    );
    before.assert_unchanged(&world);
}

#[test]
fn a_sale_leaves_ten_dollars_and_nothing_less() {
    for (tokens, sold) in [(1_210_000, 1_200_000), (1_209_999, 1_209_999)] {
        let (mut world, account, keeper) = with_bitcoin(1_000, tokens, Usd::ZERO);
        let done = world.sell_collateral(account, keeper, None, BTC_VAULT, ALL).unwrap();
        assert_eq!(done.tokens, Tokens(sold));
    }
}

/// A loss of a twentieth of the collateral waits its day, one of a unit more does not.
#[test]
fn a_loss_beyond_a_twentieth_of_the_collateral_is_due_at_once() {
    for (units, due) in [(0, false), (1, true)] {
        let (mut world, account, keeper) = with_bitcoin(10_000, 100_000_000, usd(1));
        let seen = world.exposure(account);
        let (loss, collateral) = (-seen.pnl.usd_down().unwrap().0, seen.collateral.usd_down().unwrap().0);
        world.set_cash(account, Usd(loss - collateral / 20 - units));
        assert!(world.meets(account, INITIAL));
        let before = Snapshot::of(&world);
        let done = world.sell_collateral(account, keeper, None, BTC_VAULT, ALL);
        assert_eq!(done.err(), (!due).then_some(BallastError::LossNotDue));
        if !due {
            before.assert_unchanged(&world);
        }
    }
}

/// What a sale has covered is forgotten at once, though another price of the account is too old to judge it.
#[test]
fn a_covered_loss_is_forgotten() {
    let (mut world, account, keeper) = in_debt(1_000_000_000, 20_000_000_000);
    hold(&mut world, account, 2, SOL_PERP, -10);
    world.set_cash(account, Usd::ZERO);
    let mut held = world.accounts[account].position(world.contracts[SOL_PERP].id);
    held.basis = Usd(held.basis.0 - 300_000_000);
    world.accounts[account].put(held).unwrap();
    world.pass(61);
    world.price(SOL, SOL_PRICE);
    world.sell_collateral(account, keeper, None, SOL_VAULT, 0).unwrap();
    assert!(world.accounts[account].loss_since > Timestamp::ZERO);
    let done = world.sell_collateral(account, keeper, None, SOL_VAULT, ALL).unwrap();
    assert!(done.paid > Usd::ZERO);
    assert_eq!(world.accounts[account].loss_since, Timestamp::ZERO);
}
