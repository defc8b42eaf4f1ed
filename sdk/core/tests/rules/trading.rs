//! Fills.

use super::common::{BTC, BTC_LARGE, BTC_PERP, BTC_PRICE, SOL, SOL_PERP, Snapshot, World, hold, market, moved, usd};
use super::stand_at;
use ballast_core::clearing::{self, Fill};
use ballast_core::error::BallastError;
use ballast_core::margin::{CLOSE_OUT, INITIAL, MAINTENANCE};
use ballast_core::state::Pausable;
use ballast_core::units::{PerLot, Ratio, Timestamp, Usd};

fn row_of(world: &mut World, contract: usize) -> &mut ballast_core::state::ContractRow {
    &mut world.board.contracts[usize::from(world.contracts[contract].row)]
}

/// A long of 10,000 lots of BTC that has begun to be liquidated; SOL has a price.
fn begun() -> (World, usize, usize, usize) {
    let (mut world, account, keeper, maker) = market();
    hold(&mut world, account, maker, BTC_PERP, 10_000);
    stand_at(&mut world, account, MAINTENANCE, -1);
    world.liquidate(account, keeper, None, BTC_PERP, 0).unwrap();
    (world, account, keeper, maker)
}

#[test]
fn open_interest_grows_to_its_cap_and_no_further() {
    let (mut world, account, other, maker) = market();
    row_of(&mut world, BTC_PERP).open_interest_cap = 100;
    world.fill(account, maker, BTC_PERP, 99).unwrap();
    let before = Snapshot::of(&world);
    for lots in [2, 3, 100] {
        assert_eq!(world.fill(account, maker, BTC_PERP, lots), Err(BallastError::OpenInterestCap));
    }
    before.assert_unchanged(&world);
    world.fill(account, maker, BTC_PERP, 1).unwrap();
    // what passes from hand to hand, and what shrinks, is not asked, though the cap has come down
    row_of(&mut world, BTC_PERP).open_interest_cap = 10;
    assert_eq!(world.fill(other, account, BTC_PERP, 40).unwrap().open_interest, 100);
    assert_eq!(world.fill(maker, account, BTC_PERP, 50).unwrap().open_interest, 50);
    assert_eq!(world.fill(account, maker, BTC_PERP, 1), Err(BallastError::OpenInterestCap));
}

#[test]
fn a_pause_of_trading_lets_pass_what_reduces_both_sides_only() {
    let (mut world, account, other, maker) = market();
    world.fill(account, maker, BTC_PERP, 100).unwrap();
    clearing::pause(&mut world.exchange, Pausable::Trading, 60, world.clock).unwrap();
    let before = Snapshot::of(&world);
    assert_eq!(world.fill(other, account, BTC_PERP, 10), Err(BallastError::TradingPaused), "the buyer adds");
    assert_eq!(world.fill(maker, other, BTC_PERP, 10), Err(BallastError::TradingPaused), "the seller adds");
    before.assert_unchanged(&world);
    world.fill(maker, account, BTC_PERP, 10).unwrap();
    world.pass(60);
    world.renew();
    world.fill(other, account, BTC_PERP, 10).unwrap();
}

#[test]
fn a_deficit_lets_pass_what_reduces_both_sides_only() {
    let (mut world, account, other, maker) = market();
    world.fill(account, maker, BTC_PERP, 100).unwrap();
    world.lack(BTC_PERP, usd(1));
    assert_eq!(world.fill(other, account, BTC_PERP, 10), Err(BallastError::ContractReduceOnly));
    world.fill(maker, account, BTC_PERP, 10).unwrap();
    // of whichever side
    world.lack(BTC_PERP, Usd::ZERO);
    row_of(&mut world, BTC_PERP).deficit.of_shorts = Usd(1);
    assert_eq!(world.fill(other, account, BTC_PERP, 10), Err(BallastError::ContractReduceOnly));
    row_of(&mut world, BTC_PERP).deficit.of_shorts = Usd::ZERO;
    // what the contract owes the fund stops nobody
    world.lack(BTC_PERP, Usd::ZERO);
    world.owe(BTC_PERP, usd(1));
    world.fill(other, account, BTC_PERP, 10).unwrap();
}

#[test]
fn a_price_is_in_the_band_up_to_its_edge() {
    let (mut world, account, _, maker) = market();
    let mark = world.mark(BTC_PERP).0;
    // half of 1.4 % is less than a percent, half of 10 % is more
    for (scan, width) in [(14, 7), (100, 10)] {
        world.scan(BTC, Ratio(scan * 1_000_000));
        let width = mark / 1_000 * width;
        for price in [mark - width, mark + width] {
            world.trade(account, maker, BTC_PERP, Fill::new(1, PerLot(price))).unwrap();
        }
        let before = Snapshot::of(&world);
        for price in [mark - width - 1, mark + width + 1] {
            let beyond = world.trade(account, maker, BTC_PERP, Fill::new(1, PerLot(price)));
            assert_eq!(beyond, Err(BallastError::PriceOutsideBand));
        }
        before.assert_unchanged(&world);
    }
    for price in [0, -mark] {
        let fill = Fill::new(1, PerLot(price));
        assert_eq!(world.trade(account, maker, BTC_PERP, fill), Err(BallastError::PriceNotPositive));
    }
}

#[test]
fn nothing_is_traded_without_lots_or_without_a_mark() {
    let (mut world, account, _, maker) = market();
    assert_eq!(world.fill(account, maker, BTC_PERP, 0), Err(BallastError::SizeNotPositive));
    let price = world.mark(BTC_PERP);
    row_of(&mut world, BTC_PERP).mark = PerLot::ZERO;
    let fill = Fill::new(1, price);
    assert_eq!(world.trade(account, maker, BTC_PERP, fill), Err(BallastError::PriceMissing));
}

#[test]
fn a_called_account_reduces_and_does_not_add() {
    let (mut world, account, _, maker) = market();
    hold(&mut world, account, maker, BTC_PERP, 1_000);
    let now = world.clock;
    world.accounts[account].called_at = now;
    let before = Snapshot::of(&world);
    assert_eq!(world.fill(account, maker, BTC_PERP, 1), Err(BallastError::MarginCallOpen));
    assert_eq!(world.fill(maker, account, BTC_PERP, 1_001), Err(BallastError::MarginCallOpen), "to the other side");
    before.assert_unchanged(&world);
    world.fill(maker, account, BTC_PERP, 999).unwrap();
}

#[test]
fn an_account_in_liquidation_reduces_and_does_not_add() {
    let (mut world, account, _, maker) = begun();
    world.pass(5);
    world.price(BTC, moved(BTC_PRICE, 900));
    world.price(SOL, super::common::SOL_PRICE);
    let before = Snapshot::of(&world);
    assert_eq!(world.fill(account, maker, BTC_PERP, 1), Err(BallastError::InLiquidation));
    before.assert_unchanged(&world);
    world.fill(maker, account, BTC_PERP, 1).unwrap();
}

#[test]
fn each_side_pays_its_fee_to_the_last_unit_of_its_cash() {
    let (mut world, account, _, maker) = market();
    world.deposit(account, Some(super::common::SOL_VAULT), 100_000_000_000).unwrap();
    // 5 basis points of 1,000 USD
    for (cash, traded) in [(499_999, false), (500_000, true)] {
        let mut world = world.clone();
        world.set_cash(account, Usd(cash));
        let before = Snapshot::of(&world);
        let fill = world.fill(account, maker, BTC_PERP, 100);
        if traded {
            assert_eq!((fill.unwrap().buyer_fee, world.accounts[account].cash.0), (Usd(500_000), 0));
            assert_eq!(world.contracts[BTC_PERP].fees_due, usd(1));
        } else {
            assert_eq!(fill, Err(BallastError::FeeUnpaid));
            before.assert_unchanged(&world);
        }
    }
}

#[test]
fn added_risk_meets_initial_to_the_unit() {
    for (units, traded) in [(0, true), (-1, false)] {
        let (mut world, account, _, maker) = market();
        let mut granted = world.clone();
        granted.fill(account, maker, BTC_PERP, 1_000).unwrap();
        let exposure = granted.exposure(account);
        let spare = exposure.equity(INITIAL).unwrap().0 - exposure.requirement(INITIAL).unwrap().0;
        let cash = world.accounts[account].cash.0 - spare + units;
        world.set_cash(account, Usd(cash));
        let before = Snapshot::of(&world);
        let fill = world.fill(account, maker, BTC_PERP, 1_000);
        assert_eq!(fill.err(), (!traded).then_some(BallastError::BelowInitialMargin));
        if !traded {
            before.assert_unchanged(&world);
        }
    }
}

#[test]
fn at_maintenance_a_reduction_may_be_below_mark_and_below_it_not() {
    for (units, reduced) in [(0, true), (-1, false)] {
        let (mut world, account, _, maker) = market();
        hold(&mut world, account, maker, BTC_PERP, 10_000);
        stand_at(&mut world, account, MAINTENANCE, units);
        let fill = world.fill_off(maker, account, BTC_PERP, 1_000, -1);
        assert_eq!(fill.err(), (!reduced).then_some(BallastError::ReductionBelowMark));
        // at mark both may
        world.fill(maker, account, BTC_PERP, 1_000).unwrap();
    }
}

/// A short that turns into a long of the same value frees nothing and adds nothing: it may, if it pays for itself.
#[test]
fn a_reduction_may_leave_maintenance_as_it_is_but_not_raise_it() {
    for (lots, reduced) in [(1_000, true), (1_001, false)] {
        let (mut world, account, _, maker) = market();
        world.board.underlyings[usize::from(BTC)].liquidation_fee = Ratio::ZERO;
        hold(&mut world, account, maker, BTC_LARGE, 100);
        hold(&mut world, account, maker, BTC_PERP, -1_500);
        stand_at(&mut world, account, MAINTENANCE, 1);
        assert!(!world.meets(account, INITIAL));
        let maintenance = world.exposure(account).requirement(MAINTENANCE).unwrap();
        let before = Snapshot::of(&world);
        let fill = world.fill_off(account, maker, BTC_PERP, lots, -20);
        assert_eq!(fill.err(), (!reduced).then_some(BallastError::RiskNotReduced));
        if reduced {
            assert_eq!(world.exposure(account).requirement(MAINTENANCE).unwrap(), maintenance);
        } else {
            before.assert_unchanged(&world);
        }
    }
}

#[test]
fn a_reduction_that_reaches_initial_ends_the_liquidation() {
    let (mut world, account, _, maker) = begun();
    stand_at(&mut world, account, INITIAL, 0);
    world.fill(maker, account, BTC_PERP, 1_000).unwrap();
    assert!(world.meets(account, INITIAL));
    assert_eq!(world.accounts[account].liquidation_at, Timestamp::ZERO);
}

#[test]
fn a_reduction_that_reaches_close_out_ends_the_liquidation_and_no_smaller_one() {
    let (world, account, _, maker) = begun();
    let ends = |lots: u64| {
        let mut world = world.clone();
        world.fill(maker, account, BTC_PERP, lots).unwrap();
        let ended = world.accounts[account].liquidation_at == Timestamp::ZERO;
        assert!(!world.meets(account, INITIAL));
        assert_eq!(ended, world.meets(account, CLOSE_OUT), "after {lots} lots");
        ended
    };
    let fewest = (1..10_000).find(|lots| ends(*lots)).unwrap();
    assert!(fewest > 100 && fewest < 2_000, "{fewest}");
}

/// At close-out to the unit it has ended, a unit below it goes on.
#[test]
fn close_out_is_reached_to_the_unit() {
    for units in [0, -1] {
        let (world, account, _, maker) = begun();
        let mut granted = world.clone();
        granted.fill(maker, account, BTC_PERP, 10).unwrap();
        let exposure = granted.exposure(account);
        let spare = exposure.equity(CLOSE_OUT).unwrap().0 - exposure.requirement(CLOSE_OUT).unwrap().0;
        let mut world = world;
        let cash = world.accounts[account].cash.0 - spare + units;
        world.set_cash(account, Usd(cash));
        world.fill(maker, account, BTC_PERP, 10).unwrap();
        assert_eq!(world.accounts[account].liquidation_at == Timestamp::ZERO, units == 0);
    }
}

#[test]
fn an_account_holds_sixteen_contracts_and_a_fill_in_one_more_changes_neither_side() {
    let (mut world, account, other, maker) = market();
    for _ in 3..17 {
        world.add_contract(SOL, -1);
    }
    world.renew();
    for contract in 0..16 {
        world.fill(account, maker, contract, 1).unwrap();
    }
    let before = Snapshot::of(&world);
    assert_eq!(world.fill(account, other, 16, 1), Err(BallastError::PositionsFull));
    assert_eq!(world.fill(other, account, 16, 1), Err(BallastError::PositionsFull), "as the seller too");
    before.assert_unchanged(&world);
    world.fill(other, account, SOL_PERP, 1).unwrap();
    world.fill(account, other, 16, 1).unwrap();
    world.assert_books();
}

/// A long of 100,000 USD that owes 6,000 at the average. Gains do not count for initial, losses at the average do.
fn under_water(flawed: bool, units: i64) -> (World, usize, usize) {
    let (mut world, account, _, maker) = market();
    hold(&mut world, account, maker, BTC_PERP, 10_000);
    world.scan(BTC, Ratio::percent(4));
    world.pass(5);
    let confidence = if flawed { BTC_PRICE / 20 } else { 0 };
    world.refresh(BTC, BTC_PRICE, moved(BTC_PRICE, -600), confidence, None).unwrap();
    world.set_cash(account, usd(100_000));
    let mut closed = world.clone();
    closed.fill(maker, account, BTC_PERP, 100).unwrap();
    let left = closed.exposure(account).equity(INITIAL).unwrap().0;
    world.set_cash(account, Usd(100_000_000_000 - left + units));
    (world, account, maker)
}

#[test]
fn at_a_wide_price_what_is_left_covers_all_losses_to_the_unit() {
    for (units, reduced) in [(0, true), (-1, false)] {
        let (mut world, account, maker) = under_water(true, units);
        let fill = world.fill(maker, account, BTC_PERP, 100);
        assert_eq!(fill.err(), (!reduced).then_some(BallastError::PriceWide));
    }
}

/// A price that was good and has grown old is no false one.
#[test]
fn at_a_stale_price_a_reduction_is_not_asked_to_cover_losses_at_the_average() {
    let (mut world, account, maker) = under_water(false, -1);
    world.pass(3_600);
    world.fill(maker, account, BTC_PERP, 100).unwrap();
}
