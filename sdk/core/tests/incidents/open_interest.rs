//! dYdX, November 2023: open interest in YFI grew from 0.8 to 67 million dollars while maintenance never moved.

use ballast_core::error::BallastError;
use ballast_core::state::parameters::UnderlyingTerms;
use ballast_core::units::{Ratio, Usd};

use super::common::{World, underlying_terms, usd};
use super::{constant_margin, list};

/// 9,000 USD.
const PRICE: i64 = 900_000_000_000;

struct Day {
    world: World,
    row: u8,
    perp: usize,
    buyers: Vec<usize>,
    maker: usize,
}

/// A market that trades half a million dollars within a percent.
fn before() -> Day {
    let mut world = World::new();
    let mut terms = UnderlyingTerms {
        scan_maximum: Ratio::percent(100),
        open_interest_limit: UnderlyingTerms::default().open_interest_limit,
        ..underlying_terms(7)
    };
    terms.depth.floor = usd(500_000);
    let (row, perp) = list(&mut world, terms, -3);
    world.price(row, PRICE);
    let maker = world.account(9, usd(90_000_000));
    let buyers = (0..20).map(|_| world.account(1, usd(500_000))).collect();
    Day { world, row, perp, buyers, maker }
}

/// Four days in which somebody buys through many accounts, each to its limit, up to 67 million dollars.
fn grow(day: &mut Day, constant: bool) -> (Usd, Vec<BallastError>) {
    let world = &mut day.world;
    let mut refused = Vec::new();
    for hour in 0..96 {
        for _ in 0..12 {
            world.pass(300);
            world.print(day.row, PRICE, PRICE);
        }
        if constant {
            constant_margin(world, day.row, Ratio::percent(5));
        }
        let buyer = day.buyers[hour % day.buyers.len()];
        // 700,000 dollars an hour
        if world.contracts[day.perp].open_interest < 7_444_444
            && let Err(rule) = world.fill(buyer, day.maker, day.perp, 77_777)
        {
            refused.push(rule);
        }
    }
    (Usd(world.contracts[day.perp].open_interest as i64 * 9_000_000), refused)
}

/// Bad debt when the price falls by three tenths at once.
fn lacking(day: &mut Day) -> Usd {
    day.world.pass(5);
    day.world.print(day.row, PRICE / 10 * 7, PRICE / 10 * 7);
    Usd(day.buyers.iter().map(|buyer| (-day.world.equity(*buyer).0).max(0)).sum())
}

/// No more than twenty depths are let in. Without that limit the requirement, which grows with the root of open interest
/// over depth, halves what the same money can buy.
///
/// Lost with a constant margin of 5 % and no limit, when the price falls by three tenths: 10.2 million dollars of 67.
#[test]
fn dydx_yfi_2023_11() {
    let mut guarded = before();
    let (open, refused) = grow(&mut guarded, false);
    assert!(open <= usd(10_000_000) && refused.contains(&BallastError::OpenInterestDepth));
    assert_eq!(lacking(&mut guarded), Usd::ZERO);

    let mut unlimited = before();
    unlimited.world.board.underlyings[usize::from(unlimited.row)].open_interest_limit = Ratio(1_000_000_000_000);
    let (open, refused) = grow(&mut unlimited, false);
    assert!(open < usd(31_000_000) && refused.contains(&BallastError::BelowInitialMargin), "{open:?}");
    assert_eq!(lacking(&mut unlimited).0 / 1_000_000, 393_131);

    let mut constant = before();
    constant.world.board.underlyings[usize::from(constant.row)].open_interest_limit = Ratio(1_000_000_000_000);
    let (open, refused) = grow(&mut constant, true);
    assert!(open > usd(67_000_000) && refused.is_empty());
    assert_eq!(lacking(&mut constant).0 / 1_000_000, 10_193_398);
}
