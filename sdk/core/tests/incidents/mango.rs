//! Mango, October 2022: a thin token pumped 13 to 24 times, and 116 million dollars borrowed against the gains.

use ballast_core::error::BallastError;
use ballast_core::state::parameters::UnderlyingTerms;
use ballast_core::units::{Ratio, Usd};

use super::common::{World, underlying_terms, usd};
use super::{lent_at_spot, list, withdraw_most};

/// 0.0382 USD, in 1e-8.
const PRICE: i64 = 3_820_000;
/// Lots of a hundred tokens: 18.4 million USD.
const LOTS: u64 = 4_830_000;

struct Day {
    world: World,
    row: u8,
    perp: usize,
    long: usize,
    short: usize,
    depositors: [usize; 4],
}

/// Two accounts of one thief with five million each, and 116 million of others.
fn before() -> Day {
    let mut world = World::new();
    let terms = UnderlyingTerms {
        starting_sigma: Ratio::percent(200),
        scan_maximum: Ratio::percent(100),
        open_interest_limit: UnderlyingTerms::default().open_interest_limit,
        ..underlying_terms(7)
    };
    let (row, perp) = list(&mut world, terms, 2);
    world.price(row, PRICE);
    let (long, short) = (world.account(1, usd(5_000_000)), world.account(1, usd(5_000_000)));
    let depositors = [2, 3, 4, 5].map(|owner| world.account(owner, usd(29_000_000)));
    Day { world, row, perp, long, short, depositors }
}

/// Prices a minute apart, up to 24 times in as many minutes and back within an hour, with the oracle's hourly average.
fn path() -> Vec<(i64, i64)> {
    let (mut price, mut average) = (PRICE, PRICE);
    (0..180)
        .map(|minute| {
            price = match minute {
                0..24 => (price / 1_000 * 1_142).min(24 * PRICE),
                24..60 => price,
                _ => (price / 1_000 * 950).max(PRICE / 2),
            };
            average += (price - average) * 115 / 10_000;
            (price, average)
        })
        .collect()
}

/// Depth stops it where it begins: the market carries two million dollars of open interest, not eighteen.
#[test]
fn mango_is_stopped_by_depth() {
    let Day { mut world, perp, long, short, .. } = before();
    assert_eq!(world.fill(long, short, perp, LOTS), Err(BallastError::OpenInterestDepth));
    world.fill(long, short, perp, 500_000).unwrap();
}

/// And without that limit it takes nothing: gains back no withdrawal, none is paid at a price far from its average, and
/// what is paid later is what its own loser has paid in.
///
/// Lost with gains at spot as collateral, the rule of that day: all 116 million.
#[test]
fn mango_2022_10() {
    let Day { mut world, row, perp, long, short, depositors } = before();
    world.board.underlyings[usize::from(row)].open_interest_limit = Ratio(1_000_000_000_000);
    world.fill(long, short, perp, LOTS).unwrap();
    let (mut taken, mut lent, mut diverged) = (0, Usd::ZERO, 0);
    for (price, average) in path() {
        world.pass(60);
        world.print(row, price, average);
        let held: i64 = depositors.iter().map(|account| world.accounts[*account].cash.0).sum();
        lent = lent.max(lent_at_spot(&world, long).min(Usd(held)));
        // whatever can be had is taken: the loser pays in, the winner collects and withdraws, or they close
        let _ = world.settle(short, perp);
        diverged += u32::from(world.settle(long, perp) == Err(BallastError::PriceDiverged));
        if world.equity(short) < Usd::ZERO {
            let _ = world.fill_off(short, long, perp, LOTS, -20);
        }
        for account in [long, short] {
            taken += withdraw_most(&mut world, account).0;
        }
    }
    assert_eq!(lent, usd(116_000_000), "what gains at spot would have been lent");
    assert!(diverged > 60, "{diverged}");
    assert!(taken <= usd(10_000_000).0, "no more than the thief paid in: {taken}");
    for account in depositors {
        world.withdraw(account, None, usd(29_000_000).0 as u64).unwrap();
    }
    world.assert_books();
}
