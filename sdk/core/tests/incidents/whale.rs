//! Hyperliquid, March 2025: a whale took its gains out and left the venue a position that the market could not carry.

use ballast_core::margin::MAINTENANCE;
use ballast_core::state::parameters::UnderlyingTerms;
use ballast_core::units::{Ratio, Usd};

use super::common::{World, moved, underlying_terms, usd};
use super::{constant_margin, lent_at_spot, list, withdraw_most};

/// 2,000 USD.
const PRICE: i64 = 200_000_000_000;
/// USD that trade within a percent.
const DEPTH: i64 = 20_000_000;

struct Day {
    world: World,
    row: u8,
    perp: usize,
    whale: usize,
    maker: usize,
}

/// A long of 300 million dollars in a market fifteen times less deep, and a day in which the price rises by 8 %.
fn after_a_rise(constant: bool) -> Day {
    let mut world = World::new();
    let mut terms = UnderlyingTerms {
        starting_sigma: Ratio::percent(60),
        scan_minimum: Ratio::percent(1),
        scan_maximum: Ratio::percent(100),
        open_interest_limit: UnderlyingTerms::default().open_interest_limit,
        ..underlying_terms(7)
    };
    terms.depth.floor = usd(DEPTH);
    let (row, perp) = list(&mut world, terms, -2);
    world.price(row, PRICE);
    let (whale, maker) = (world.account(1, usd(16_000_000)), world.account(9, usd(90_000_000)));
    world.fill(whale, maker, perp, 15_000_000).unwrap();
    for step in 1..=288 {
        world.pass(300);
        let price = PRICE + PRICE / 100 * 8 / 288 * step;
        world.print(row, price, price);
        if constant {
            // half of it is the fee part of the requirement
            constant_margin(&mut world, row, Ratio::percent(1));
        }
    }
    Day { world, row, perp, whale, maker }
}

/// What a keeper lacks that takes the whole position when it falls below maintenance, and sells it into the market:
/// the move of a sale is a percent times the root of its size over depth, two thirds of it on average.
fn left_to_the_venue(day: &mut Day, taken: Usd) -> Usd {
    let cash = day.world.accounts[day.whale].cash;
    day.world.set_cash(day.whale, cash.minus(taken).unwrap());
    let mut fall = 0;
    while day.world.meets(day.whale, MAINTENANCE) {
        fall += 10;
        day.world.pass(5);
        let price = moved(PRICE / 100 * 108, -fall);
        day.world.print(day.row, price, price);
    }
    let notional = day.world.exposure(day.whale).entries()[0].net.usd_up().unwrap().0 / 1_000_000;
    let move_of_sale = (notional / DEPTH * 100_000_000).isqrt();
    let cost = notional / 1_000_000 * move_of_sale * 2 / 3;
    usd(cost - day.world.equity(day.whale).0 / 1_000_000)
}

/// Initial follows open interest over depth, so most of the gains stay where the position is: 7.6 million can be taken
/// out, and what is left at maintenance pays for the sale with 5.9 million to spare.
///
/// Lost with a constant margin of a fiftieth: 32.3 million can be taken out, and the sale costs 2.3 million more than is
/// left.
#[test]
fn hyperliquid_2025_03() {
    let mut guarded = after_a_rise(false);
    collect(&mut guarded);
    let taken = withdraw_most(&mut guarded.world, guarded.whale);
    assert_eq!(taken.0 / 1_000_000, 7_571_499);
    assert_eq!(left_to_the_venue(&mut guarded, Usd::ZERO), usd(-5_935_604));
    guarded.world.assert_books();

    let mut constant = after_a_rise(true);
    collect(&mut constant);
    let taken = lent_at_spot(&constant.world, constant.whale);
    assert_eq!(taken.0 / 1_000_000, 32_260_623);
    assert_eq!(left_to_the_venue(&mut constant, taken), usd(2_293_290));
}

/// The loser pays, the whale collects.
fn collect(day: &mut Day) {
    day.world.settle(day.maker, day.perp).unwrap();
    day.world.settle(day.whale, day.perp).unwrap();
}
