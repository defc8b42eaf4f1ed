//! The price of the quote currency: what it does to new risk, to what is open, and to a sale of collateral.

use ballast_core::clearing::create_underlying;
use ballast_core::error::BallastError;
use ballast_core::margin::{CLOSE_OUT, CRITICAL, INITIAL, MAINTENANCE, TARGET};
use ballast_core::state::parameters::UnderlyingTerms;
use ballast_core::units::{Ratio, Usd};
use proptest::prelude::*;

use crate::common::{
    BTC, BTC_PERP, BTC_PRICE, QUOTE, SOL, SOL_PRICE, SOL_VAULT, Snapshot, World, hold, market, moved, underlying_terms,
    usd,
};

const ALL: u64 = u64::MAX >> 1;

fn priced(price: i64) -> World {
    let mut world = World::new();
    world.price_quote();
    world.price(QUOTE, price);
    world
}

#[test]
fn one_underlying_at_most_prices_the_quote_currency() {
    let mut world = priced(100_000_000);
    assert_eq!((world.board.prices_quote, world.board.quote_underlying), (1, QUOTE));
    let before = Snapshot::of(&world);
    let second = UnderlyingTerms { prices_quote: true, ..underlying_terms(4) };
    assert_eq!(
        create_underlying(&world.set_up(), &mut world.board, None, &second, world.clock),
        Err(BallastError::QuotePriced)
    );
    before.assert_unchanged(&world);
    assert_eq!(
        create_underlying(&world.set_up(), &mut world.board, None, &underlying_terms(4), world.clock),
        Ok(3),
        "another price is no matter"
    );
}

#[test]
fn cash_counts_at_par_from_99_cents() {
    for (price, lacking) in [
        (101_000_000, 0),
        (100_000_000, 0),
        (99_000_000, 0),
        (98_999_999, 10_000_010),
        (98_000_000, 20_000_000),
        (50_000_000, 500_000_000),
    ] {
        assert_eq!(priced(price).board.quote_discount, Ratio(lacking), "{price}");
    }
    let mut world = priced(95_000_000);
    world.price(BTC, BTC_PRICE);
    assert_eq!(world.board.quote_discount, Ratio::percent(5), "another underlying's price leaves it");
    world.price(QUOTE, 99_500_000);
    assert_eq!(world.board.quote_discount, Ratio::ZERO, "and it ends with the depeg");
}

#[test]
fn a_price_per_hundred_tokens_gives_the_same_discount() {
    let mut world = World::new();
    let terms = UnderlyingTerms { prices_quote: true, price_exponent: 2, ..underlying_terms(3) };
    create_underlying(&world.set_up(), &mut world.board, None, &terms, world.clock).unwrap();
    world.price(QUOTE, 98_765_432);
    assert_eq!(world.board.quote_discount, Ratio(12_345_680));
}

#[test]
fn a_discount_is_added_to_initial_of_who_holds_size_and_to_nothing_else() {
    let (mut world, account, idle, maker) = market();
    world.price_quote();
    hold(&mut world, account, maker, BTC_PERP, 50_000);
    let levels = [TARGET, MAINTENANCE, CLOSE_OUT, CRITICAL];
    let standing = |world: &World, account: usize| {
        let exposure = world.exposure(account);
        levels.map(|level| (exposure.requirement(level).unwrap(), exposure.equity(level).unwrap()))
    };
    let initial = |world: &World, account: usize| {
        let exposure = world.exposure(account);
        (exposure.requirement(INITIAL).unwrap(), exposure.equity(INITIAL).unwrap())
    };
    let (before, at_par) = (standing(&world, account), initial(&world, account));
    world.price(QUOTE, 97_000_000);
    assert_eq!(standing(&world, account), before);
    let three_percent = world.accounts[account].cash.fraction_up(Ratio::percent(3)).unwrap();
    assert_eq!(initial(&world, account), (at_par.0.plus(three_percent).unwrap(), at_par.1));
    assert_eq!(initial(&world, idle).0, Usd::ZERO, "who holds no size owes nothing in dollars");
    let most = world.accounts[idle].cash.0 as u64;
    world.withdraw(idle, None, most).unwrap();
}

/// An account below maintenance with 100 SOL and losses that its cash does not cover; its keeper.
fn insolvent_in_cash() -> (World, usize, usize) {
    let mut world = World::new();
    world.price_quote();
    let (account, maker) = (world.account(1, usd(1_000)), world.account(2, usd(1_000_000)));
    let keeper = world.account(3, usd(1_000_000));
    world.deposit(account, Some(SOL_VAULT), 100_000_000_000).unwrap();
    hold(&mut world, account, maker, BTC_PERP, 8_000);
    world.pass(5);
    world.price(BTC, moved(BTC_PRICE, -1_000));
    world.price(SOL, SOL_PRICE);
    world.scan(BTC, Ratio::percent(10));
    assert!(!world.meets(account, MAINTENANCE) && world.equity(account) > Usd::ZERO);
    (world, account, keeper)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    /// Collateral is worth dollars and cash is not: a keeper pays so much more of it.
    #[test]
    fn collateral_is_sold_at_its_price_divided_by_the_quote_currency_s(price in 50_000_000..102_000_000_i64, seconds in 0..900_u64) {
        let (mut world, account, keeper) = insolvent_in_cash();
        world.liquidate(account, keeper, None, BTC_PERP, 0).unwrap();
        world.pass(seconds);
        world.renew();
        let mut at_par = world.clone();
        world.price(QUOTE, price);
        let cash = world.accounts[keeper].cash;
        let sold = world.sell_collateral(account, keeper, None, SOL_VAULT, ALL).unwrap();
        at_par.clock = world.clock;
        let without = at_par.sell_collateral(account, keeper, None, SOL_VAULT, ALL).unwrap();
        let each = |sold: ballast_core::clearing::CollateralSold| sold.paid.0 as f64 / sold.tokens.0 as f64;
        let quote = if price < 99_000_000 { price as f64 / 1e8 } else { 1.0 };
        let (seen, truth) = (each(sold), each(without) / quote);
        prop_assert!((seen / truth - 1.0).abs() < 1e-8, "{seen} is not {truth}");
        prop_assert!((sold.paid.0 - without.paid.0).abs() <= 1, "the same loss is covered");
        prop_assert_eq!(cash.0 - world.accounts[keeper].cash.0, sold.paid.0);
        world.assert_books();
    }
}

#[test]
fn a_price_is_wide_above_the_limit_and_not_at_it() {
    let mut world = World::new();
    // one percent of the price
    for (confidence, wide) in [(100_000_000_000, false), (100_000_000_001, true)] {
        world.pass(5);
        let done = world.refresh(BTC, 10_000_000_000_000, 10_000_000_000_000, confidence, None).unwrap();
        let held = world.board.underlyings[usize::from(BTC)].confidence;
        assert_eq!((done.wide, held > Ratio::percent(1)), (wide, wide), "{confidence}");
    }
}

#[test]
fn a_wide_price_says_nothing_about_the_peg() {
    let mut world = priced(95_000_000);
    world.pass(5);
    world.refresh(QUOTE, 50_000_000, 50_000_000, 20_000_000, None).unwrap();
    assert_eq!(world.board.quote_discount, Ratio::percent(5));
    world.pass(5);
    world.refresh(QUOTE, 100_000_000, 100_000_000, 50_000_000, None).unwrap();
    assert_eq!(world.board.quote_discount, Ratio::percent(5));
}
