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
use ballast_core::units::{DAY, Ratio, Timestamp, Usd};
use common::{BTC, BTC_PERP, BTC_PRICE, SOL, SOL_PRICE, Snapshot, World, hold, key, market, moved, usd};

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
