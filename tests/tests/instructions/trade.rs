//! `trade`: sizes, prices, margin and limits.

use ballast::events::Traded;
use ballast_core::BallastError;
use ballast_core::margin::{INITIAL, MAINTENANCE};
use ballast_core::state::{POSITIONS, Pausable};
use ballast_core::units::{PerLot, Size, Usd};
use ballast_tests::{BTC, ETH, Market, SOL, Underlying, assert_error, lots, percent, pyth::PythPrice, terms, usd};

#[tokio::test]
async fn trade_books_both_sides_and_takes_fees() {
    let market = Market::start().await;
    let (alice, bob) = (market.trader().cash(usd(1_000)).await, market.trader().cash(usd(1_000)).await);
    let event: Traded = market.trade(&alice, &bob, BTC, lots(100)).await.unwrap().event();
    // 5,000 USD at 5 bp
    assert_eq!((event.buyer_fee, event.seller_fee), (Usd(2_500_000), Usd(2_500_000)));
    let (bought, sold) = (alice.position(BTC).await, bob.position(BTC).await);
    assert_eq!((bought.size, bought.basis), (Size(100), usd(-5_000)));
    assert_eq!((sold.size, sold.basis), (Size(-100), usd(5_000)));
    assert_eq!((alice.cash().await, bob.cash().await), (Usd(997_500_000), Usd(997_500_000)));
    let contract = market.contract(BTC).await;
    assert_eq!((contract.open_interest, contract.holders, contract.fees_due), (100, 2, usd(5)));
    assert_eq!((alice.state().await.sequence, bob.state().await.sequence), (1, 1));
}

#[tokio::test]
async fn trade_closes_and_turns_a_position() {
    let market = Market::start().await;
    let alice = market.trader().cash(usd(1_000)).long(BTC, lots(100)).await;
    alice.sell(BTC, lots(100)).await.unwrap();
    assert_eq!((alice.state().await.position_count, market.contract(BTC).await.open_interest), (0, 0));
    alice.buy(BTC, lots(50)).await.unwrap();
    alice.sell(BTC, lots(80)).await.unwrap();
    let position = alice.position(BTC).await;
    assert_eq!((position.size, position.side), (Size(-30), -1));
}

#[tokio::test]
async fn trade_fails_when_the_size_is_zero_or_overflows() {
    let market = Market::start().await;
    let alice = market.trader().cash(usd(1_000)).await;
    assert_error(alice.buy(BTC, 0).await, BallastError::SizeNotPositive);
    // what a negative number would be on the wire
    for size in [u64::MAX, (-1_i64).cast_unsigned(), i64::MAX.unsigned_abs()] {
        assert_error(alice.buy(BTC, size).await, BallastError::Overflow);
    }
}

#[tokio::test]
async fn trade_fails_when_the_price_is_not_positive() {
    let market = Market::start().await;
    let alice = market.trader().cash(usd(1_000)).await;
    for price in [0, -1, i64::MIN] {
        assert_error(alice.buy_at(BTC, lots(1), PerLot(price)).await, BallastError::PriceNotPositive);
    }
}

#[tokio::test]
async fn trade_fails_when_the_price_is_outside_the_band() {
    let market = Market::start().await;
    let alice = market.trader().cash(usd(1_000)).await;
    // one percent, while half the scan range is more
    let (low, high) = (market.off_mark(BTC, -10_000).await, market.off_mark(BTC, 10_000).await);
    alice.buy_at(BTC, lots(1), low).await.unwrap();
    alice.buy_at(BTC, lots(1), high).await.unwrap();
    for price in [low.0 - 1, high.0 + 1, 1, i64::MAX] {
        assert_error(alice.buy_at(BTC, lots(1), PerLot(price)).await, BallastError::PriceOutsideBand);
    }
    // half the scan range, where that is less
    market.pin_scan(BTC, percent(1)).await;
    let edge = market.off_mark(BTC, 5_000).await;
    alice.buy_at(BTC, lots(1), edge).await.unwrap();
    assert_error(alice.buy_at(BTC, lots(1), PerLot(edge.0 + 1)).await, BallastError::PriceOutsideBand);
}

#[tokio::test]
async fn trade_fails_below_initial_margin_on_either_side() {
    let market = Market::start().await;
    let alice = market.trader().cash(usd(1_000)).long(BTC, lots(100)).await;
    let mut most = 100;
    while alice.buy(BTC, lots(10)).await.is_ok() {
        most += 10;
    }
    assert!(most > 300 && alice.margin_above(INITIAL).await >= Usd::ZERO, "{most}");
    assert_error(alice.buy(BTC, lots(10)).await, BallastError::BelowInitialMargin);
    let bob = market.trader().cash(usd(100)).await;
    assert_error(bob.sell(BTC, lots(100)).await, BallastError::BelowInitialMargin);
    assert_error(market.trade(&bob, &alice, BTC, lots(100)).await, BallastError::BelowInitialMargin);
}

#[tokio::test]
async fn trade_fails_below_ten_dollars_of_margin() {
    let market = Market::start().await;
    let alice = market.trader().cash(usd(10)).await;
    // the fee takes it below ten
    assert_error(alice.buy(SOL, lots(1)).await, BallastError::BelowInitialMargin);
    alice.deposit(usd(1)).await.unwrap();
    alice.buy(SOL, lots(1)).await.unwrap();
}

#[tokio::test]
async fn trade_fails_when_the_cash_for_the_fee_is_missing() {
    let market = Market::start().await;
    let alice = market.trader().collateral(ballast_tests::wsol(100)).await;
    assert_error(alice.buy(BTC, lots(1)).await, BallastError::FeeUnpaid);
    alice.deposit(Usd(24_999)).await.unwrap();
    assert_error(alice.buy(BTC, lots(1)).await, BallastError::FeeUnpaid);
    alice.deposit(Usd(1)).await.unwrap();
    alice.buy(BTC, lots(1)).await.unwrap();
}

#[tokio::test]
async fn trade_fails_when_the_price_is_older_than_thirty_seconds_or_wide() {
    let market = Market::start().await;
    let alice = market.trader().cash(usd(1_000)).long(BTC, lots(10)).await;
    market.advance(30);
    alice.buy(BTC, lots(1)).await.unwrap();
    market.advance(1);
    assert_error(alice.buy(BTC, lots(1)).await, BallastError::PriceStale);
    let mut price = market.publish(BTC, 50_000);
    price.reading.confidence *= 100;
    market.publish_as(BTC, price);
    market.refresh(&[BTC]).await;
    assert_error(alice.buy(BTC, lots(1)).await, BallastError::PriceWide);
    // two who only reduce may trade at any price that there is
    let (bob, carol) = (market.trader().cash(usd(500)).await, market.trader().cash(usd(500)).await);
    market.price(BTC, 50_000).await;
    market.trade(&bob, &carol, BTC, lots(10)).await.unwrap();
    market.advance(100_000);
    market.trade(&carol, &bob, BTC, lots(10)).await.unwrap();
}

#[tokio::test]
async fn trade_fails_before_the_first_price() {
    let market = Market::start().await;
    let avax = Underlying { row: 4, feed: ballast_core::units::Key([0xA0; 32]), price: 20, ..SOL };
    market.list_underlying(avax, terms::underlying(avax)).await.unwrap();
    let perp = market.list_perp(terms::perpetual(avax, ballast_core::units::Key::NONE)).await.unwrap();
    let alice = market.trader().cash(usd(1_000)).await;
    assert_error(alice.buy_at(perp, lots(1), PerLot(1)).await, BallastError::PriceMissing);
    market.publish_as(avax, PythPrice::new(avax.feed, 2_000_000_000, market.now()));
    market.refresh(&[avax]).await;
    alice.buy(perp, lots(1)).await.unwrap();
}

#[tokio::test]
async fn trade_fails_while_trading_is_paused_unless_both_reduce() {
    let market = Market::start().await;
    let (alice, bob) = (market.trader().cash(usd(1_000)).await, market.trader().cash(usd(1_000)).await);
    market.trade(&alice, &bob, BTC, lots(10)).await.unwrap();
    market.pause(Pausable::Trading, 60).await.unwrap();
    assert_error(market.trade(&alice, &bob, BTC, lots(1)).await, BallastError::TradingPaused);
    assert_error(alice.sell(BTC, lots(1)).await, BallastError::TradingPaused);
    market.trade(&bob, &alice, BTC, lots(4)).await.unwrap();
    // from long to short is no reduction
    assert_error(market.trade(&bob, &alice, BTC, lots(7)).await, BallastError::TradingPaused);
}

#[tokio::test]
async fn trade_fails_during_a_margin_call_unless_it_reduces() {
    let market = Market::start().await;
    let alice = market.trader().cash(usd(1_000)).long(BTC, lots(200)).await;
    market.raise_target(BTC, percent(12)).await;
    alice.rebalance().await.unwrap();
    assert_error(alice.buy(BTC, lots(1)).await, BallastError::MarginCallOpen);
    assert_error(alice.buy(ETH, lots(1)).await, BallastError::MarginCallOpen);
    alice.sell(BTC, lots(50)).await.unwrap();
}

#[tokio::test]
async fn trade_fails_in_liquidation_unless_it_reduces_at_mark_or_better() {
    let market = Market::start().await;
    let keeper = market.keeper().await;
    let alice = market.trader().cash(usd(1_000)).long(BTC, lots(300)).await;
    market.pin_scan(BTC, percent(6)).await;
    keeper.liquidate_at_most(&alice, BTC, 0).await.unwrap();
    assert_error(alice.buy(BTC, lots(1)).await, BallastError::InLiquidation);
    let worse = PerLot(market.mark(BTC).await.0 - 1);
    assert_error(alice.sell_at(BTC, lots(10), worse).await, BallastError::ReductionBelowMark);
    let event: Traded = alice.sell(BTC, lots(10)).await.unwrap().event();
    assert_eq!((event.buyer_fee, event.seller_fee), (Usd(250_000), Usd(0)), "who is in liquidation pays none");
    // its owner ends the liquidation by reducing to close-out
    alice.sell(BTC, lots(100)).await.unwrap();
    assert_eq!(alice.state().await.liquidation_at.0, 0);
}

#[tokio::test]
async fn trade_fails_when_a_reduction_lowers_equity_against_maintenance() {
    let market = Market::start().await;
    let alice = market.trader().cash(usd(1_000)).long(BTC, lots(300)).await;
    // between maintenance and initial
    market.price(BTC, 49_000).await;
    assert!(alice.margin_above(INITIAL).await < Usd::ZERO && alice.margin_above(MAINTENANCE).await > Usd::ZERO);
    assert_error(alice.buy(BTC, lots(1)).await, BallastError::BelowInitialMargin);
    alice.sell(BTC, lots(1)).await.unwrap();
    // at E/M near one a percent of a lot's value is less than the margin that it frees; where equity is small it is not
    market.price(BTC, 48_300).await;
    let low = market.off_mark(BTC, -10_000).await;
    let outcome = alice.sell_at(BTC, lots(100), low).await;
    assert!(outcome.is_err() || alice.margin_above(MAINTENANCE).await > Usd::ZERO);
}

#[tokio::test]
async fn trade_fails_above_the_cap_on_open_interest() {
    let market = Market::start().await;
    let perp = market
        .list_perp(ballast_core::state::parameters::ContractTerms {
            open_interest_cap: 10,
            ..terms::perpetual(BTC, ballast_core::units::Key::NONE)
        })
        .await
        .unwrap();
    market.advance(1);
    market.republish().await;
    let alice = market.trader().cash(usd(1_000)).await;
    assert_error(alice.buy(perp, lots(11)).await, BallastError::OpenInterestCap);
    alice.buy(perp, lots(10)).await.unwrap();
    assert_error(alice.buy(perp, lots(1)).await, BallastError::OpenInterestCap);
    let bob = market.trader().cash(usd(1_000)).await;
    // passing a position on is free
    market.trade(&bob, &alice, perp, lots(5)).await.unwrap();
    assert_eq!(market.contract(perp).await.open_interest, 10);
}

#[tokio::test]
async fn trade_fails_when_all_positions_are_in_use() {
    let market = Market::start().await;
    let alice = market.trader().cash(usd(100_000)).await;
    let mut perps = Vec::new();
    for place in 0..=POSITIONS {
        let on = [BTC, ETH, SOL][place % 3];
        perps.push(market.list_perp(terms::perpetual(on, ballast_core::units::Key::NONE)).await.unwrap());
    }
    market.advance(1);
    market.republish().await;
    let last = perps.pop().unwrap();
    for perp in &perps {
        alice.buy(*perp, lots(1)).await.unwrap();
    }
    assert_eq!(usize::from(alice.state().await.position_count), POSITIONS);
    let market_house = market.trader().cash(usd(1_000)).await;
    assert_error(market.trade(&alice, &market_house, last, lots(1)).await, BallastError::PositionsFull);
    // a place is free again once size and basis are zero
    alice.sell(perps[0], lots(1)).await.unwrap();
    market.trade(&alice, &market_house, last, lots(1)).await.unwrap();
}

#[tokio::test]
async fn trade_fails_on_more_than_twelve_underlyings() {
    let market = Market::start().await;
    let alice = market.trader().cash(usd(100_000)).await;
    let mut perps = vec![BTC.perp, ETH.perp, SOL.perp];
    for row in 4..14 {
        let of = Underlying { row, feed: ballast_core::units::Key([row; 32]), ..SOL };
        market.list_underlying(of, terms::underlying(of)).await.unwrap();
        perps.push(market.list_perp(terms::perpetual(of, ballast_core::units::Key::NONE)).await.unwrap());
    }
    market.advance(1);
    market.republish().await;
    let last = perps.pop().unwrap();
    let bob = market.trader().cash(usd(100_000)).await;
    for perp in perps {
        market.trade(&alice, &bob, perp, lots(1)).await.unwrap();
    }
    assert_error(alice.buy(last, lots(1)).await, BallastError::UnderlyingsFull);
}
