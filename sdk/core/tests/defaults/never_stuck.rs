use ballast_core::error::BallastError;
use ballast_core::margin::CLOSE_OUT;
use ballast_core::state::Pausable;
use ballast_core::units::{Ratio, Timestamp, Usd};
use proptest::prelude::*;

use crate::common::{
    BTC, BTC_LARGE, BTC_PERP, BTC_PRICE, BTC_VAULT, SOL, SOL_PERP, SOL_VAULT, Snapshot, World, hold, market, usd,
};
use crate::{ALL, set_standing};

const CONTRACTS: [usize; 3] = [BTC_PERP, BTC_LARGE, SOL_PERP];

#[derive(Clone, Debug)]
struct Book {
    lots: [i64; 3],
    collateral: [u64; 2],
    thousandths: i64,
    scan: i64,
    depth: Option<i64>,
    waited: u64,
}

prop_compose! {
    fn book()(
        lots in [prop_oneof![Just(0), -30..30_i64, -9_000..9_000_i64], prop_oneof![Just(0), -5..5_i64, -900..900_i64],
            prop_oneof![Just(0), -30..30_i64, -6_000..6_000_i64]],
        sol in prop_oneof![Just(0), 0..100_000_000_u64, 0..90_000_000_000_u64],
        btc in prop_oneof![Just(0), 0..20_000_u64, 0..10_000_000_u64],
        thousandths in prop_oneof![-2_000..0_i64, 0..999_i64], scan in 2..10_i64,
        depth in proptest::option::of(0..500_000_i64), waited in 0..900_u64,
    ) -> Book {
        Book { lots, collateral: [sol, btc], thousandths, scan, depth, waited }
    }
}

/// An account in liquidation with such a book; nothing if it needs none.
fn in_liquidation(book: &Book) -> Option<(World, usize, usize)> {
    let (mut world, account, keeper, maker) = market();
    world.fund_insurance(1_000_000_000).unwrap();
    for (vault, amount) in [SOL_VAULT, BTC_VAULT].into_iter().zip(book.collateral) {
        if amount > 0 {
            world.deposit(account, Some(vault), amount).unwrap();
        }
    }
    for underlying in [BTC, SOL] {
        world.scan(underlying, Ratio::percent(book.scan));
    }
    for (contract, lots) in CONTRACTS.into_iter().zip(book.lots) {
        hold(&mut world, account, maker, contract, lots);
    }
    // the market gets thin once they are held: depth limits what is added
    if let Some(depth) = book.depth {
        for underlying in [BTC, SOL] {
            world.post_depth(underlying, 0, usd(depth + 1)).unwrap();
        }
    }
    if world.accounts[account].position_count == 0 {
        return None;
    }
    set_standing(&mut world, account, book.thousandths);
    world.liquidate(account, keeper, None, BTC_PERP, 0).ok()?;
    world.pass(book.waited);
    world.renew();
    (world.accounts[account].liquidation_at != Timestamp::ZERO).then_some((world, account, keeper))
}

/// One round of a keeper that tries everything. Tells whether anything was done.
fn round(world: &mut World, account: usize, keeper: usize) -> bool {
    let mut done = false;
    for vault in [SOL_VAULT, BTC_VAULT] {
        done |= world.sell_collateral(account, keeper, None, vault, ALL).is_ok_and(|sold| sold.tokens.0 > 0);
    }
    for contract in CONTRACTS {
        done |= world.accounts[account].liquidation_at != Timestamp::ZERO
            && world.liquidate(account, keeper, None, contract, ALL).is_ok();
    }
    for (main, hedge) in [(BTC_LARGE, BTC_PERP), (BTC_PERP, BTC_LARGE)] {
        done |= world.accounts[account].liquidation_at != Timestamp::ZERO
            && world.liquidate_pair(account, keeper, main, hedge, ALL).is_ok();
    }
    done
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn a_keeper_with_cash_finishes_every_liquidation(book in book()) {
        let Some((mut world, account, keeper)) = in_liquidation(&book) else { return Ok(()) };
        let mut minutes = 0;
        while world.accounts[account].liquidation_at != Timestamp::ZERO {
            if !round(&mut world, account, keeper) {
                minutes += 1;
                prop_assert!(minutes < 100, "{:?}", world.accounts[account].positions());
                world.pass(60);
                world.renew();
            }
        }
        world.assert_books();
    }

    #[test]
    fn a_deposit_brings_an_account_out_of_liquidation(book in book(), paused in any::<bool>()) {
        let Some((mut world, account, _)) = in_liquidation(&book) else { return Ok(()) };
        if paused {
            ballast_core::clearing::pause(&mut world.exchange, Pausable::Deposits, 60, world.clock).unwrap();
        }
        world.quote.cap = ballast_core::units::Tokens(0);
        let exposure = world.exposure(account);
        let missing = exposure.requirement(CLOSE_OUT).unwrap().0 - exposure.equity(CLOSE_OUT).unwrap().0;
        prop_assert!(missing > 0);
        if missing > 1 {
            world.deposit(account, None, missing as u64 - 1).unwrap();
            prop_assert_ne!(world.accounts[account].liquidation_at, Timestamp::ZERO);
        }
        world.deposit(account, None, 1).unwrap();
        prop_assert_eq!(world.accounts[account].liquidation_at, Timestamp::ZERO);
        world.assert_books();
    }

    /// What lies along the net of its underlying the owner can always reduce at mark, as long as it can pay the fee.
    #[test]
    fn an_owner_reduces_during_liquidation(book in book(), cash in 1..1_000_i64) {
        let Some((mut world, account, _)) = in_liquidation(&book) else { return Ok(()) };
        let other = world.account(8, usd(20_000_000));
        world.set_cash(account, Usd(world.accounts[account].cash.0.max(usd(cash).0)));
        for contract in CONTRACTS {
            let size = world.size(account, contract);
            let underlying = if contract == SOL_PERP { SOL } else { BTC };
            let Some(net) = world.exposure(account).entry(underlying).map(|entry| entry.net.0.signum() as i64) else { continue };
            let begun = world.accounts[account].liquidation_at != Timestamp::ZERO;
            if size == 0 || net != size.signum() || !begun || world.equity(account) <= usd(1) {
                continue;
            }
            let (buyer, seller) = if size > 0 { (other, account) } else { (account, other) };
            let before = Snapshot::of(&world);
            if let Err(rule) = world.fill(buyer, seller, contract, 1) {
                // the fee would take more than the lot frees
                prop_assert!(matches!(rule, BallastError::RiskNotReduced | BallastError::BelowInitialMargin), "{rule:?}");
                before.assert_unchanged(&world);
            }
        }
        world.assert_books();
    }
}

#[test]
fn an_account_leaves_liquidation_by_itself_when_a_price_is_bad() {
    let (mut world, account, keeper, maker) = market();
    hold(&mut world, account, maker, BTC_PERP, 10_000);
    hold(&mut world, account, maker, SOL_PERP, 10);
    set_standing(&mut world, account, 700);
    world.liquidate(account, keeper, None, BTC_PERP, 0).unwrap();
    world.pass(90);
    world.price(BTC, BTC_PRICE);
    world.deposit(account, None, 50_000_000_000).unwrap();
    assert_ne!(world.accounts[account].liquidation_at, Timestamp::ZERO, "a deposit does not judge a silent feed");
    // a look of anybody does, whatever contract it names
    let done = world.liquidate(account, keeper, None, SOL_PERP, 0).unwrap();
    assert!(!done.in_liquidation && world.accounts[account].liquidation_at == Timestamp::ZERO);
}

#[test]
fn a_lot_that_is_coarser_than_the_net_is_taken() {
    let (mut world, account, keeper, maker) = market();
    // 300 USD of longs against 240 of shorts: the net is less than a lot of 100
    hold(&mut world, account, maker, BTC_LARGE, 3);
    hold(&mut world, account, maker, BTC_PERP, -24);
    set_standing(&mut world, account, 500);
    world.liquidate(account, keeper, None, BTC_LARGE, 0).unwrap();
    let mut rounds = 0;
    while world.accounts[account].liquidation_at != Timestamp::ZERO {
        assert!(round(&mut world, account, keeper) && rounds < 6);
        rounds += 1;
    }
    world.assert_books();
}
