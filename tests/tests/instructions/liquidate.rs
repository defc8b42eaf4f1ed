//! `liquidate`.

use anchor_lang::error::ErrorCode;
use ballast::events::Liquidated;
use ballast_core::BallastError;
use ballast_core::clearing::Offer;
use ballast_core::margin::{CLOSE_OUT, Exposure, MAINTENANCE};
use ballast_core::state::Pausable;
use ballast_core::units::{Key, PerLot, Size, Tokens, Usd};
use ballast_tests::{BTC, ETH, Edit, Keeper, Market, Trader, WSOL, assert_error, lots, percent, terms, usd, wsol};

/// A market, a keeper, and a trader below maintenance who is solvent.
async fn pressed() -> (Market, Keeper, Trader) {
    let market = Market::start().await;
    let keeper = market.keeper().await;
    let alice = market.trader().cash(usd(1_000)).long(BTC, lots(300)).await;
    market.pin_scan(BTC, percent(6)).await;
    assert!(alice.margin_above(MAINTENANCE).await < Usd::ZERO);
    (market, keeper, alice)
}

#[tokio::test]
async fn liquidate_takes_the_fewest_lots_to_close_out() {
    let (market, keeper, alice) = pressed().await;
    let event: Liquidated = keeper.liquidate(&alice, BTC).await.unwrap().event();
    assert!(event.taken.0 > 0 && event.taken.0 < 300, "{:?}", event.taken);
    assert_eq!((event.fee, event.in_liquidation), (Usd(0), false));
    assert!(alice.margin_above(CLOSE_OUT).await >= Usd::ZERO);
    assert_eq!(keeper.position(BTC).await.size, event.taken);
    assert_eq!(alice.position(BTC).await.size, Size(300 - event.taken.0));
    // one lot less would not have done
    let per_lot = market.mark(BTC).await.0 / 1_000_000 * 7_600 / 100_000;
    assert!(alice.margin_above(CLOSE_OUT).await.0 < per_lot);
}

#[tokio::test]
async fn the_fee_grows_with_time_and_is_shared_with_insurance() {
    let (market, keeper, alice) = pressed().await;
    keeper.liquidate_at_most(&alice, BTC, 0).await.unwrap();
    assert_eq!(alice.state().await.liquidation_at.0, market.now());
    market.tick(300).await;
    market.pin_scan(BTC, percent(6)).await;
    let event: Liquidated = keeper.liquidate_at_most(&alice, BTC, 10).await.unwrap().event();
    // half of the auction: half a percent of 500 USD
    assert_eq!((event.taken, event.fee), (Size(10), Usd(2_500_000)));
    assert_eq!(market.fund().await.balance, Usd(625_000));
    assert!(event.in_liquidation);
}

#[tokio::test]
async fn liquidate_tops_up_first() {
    let market = Market::start().await;
    let keeper = market.keeper().await;
    let alice = market.trader().cash(usd(1_000)).reserve(usd(1_000)).long(BTC, lots(300)).await;
    market.pin_scan(BTC, percent(6)).await;
    let event: Liquidated = keeper.liquidate(&alice, BTC).await.unwrap().event();
    assert!(event.topped_up > Usd::ZERO);
    assert_eq!((event.taken, event.in_liquidation), (Size(0), false));
    assert_eq!(alice.position(BTC).await.size, Size(300));
}

#[tokio::test]
async fn a_step_of_an_insolvent_account_shares_what_goes_with_its_lots() {
    let market = Market::start().await;
    let keeper = market.keeper().await;
    let alice = market.trader().cash(usd(1_000)).long(BTC, lots(200)).await;
    market.price(BTC, 44_000).await;
    let equity = |exposure: Exposure| exposure.equity(MAINTENANCE).unwrap().0;
    let house = market.house();
    let (lack, houses) = (-equity(alice.exposure().await), equity(house.exposure().await));
    let event: Liquidated = keeper.liquidate_at_most(&alice, BTC, 50).await.unwrap().event();
    assert_eq!((event.taken, event.in_liquidation, event.resolved.resolved), (Size(50), true, false));
    assert_eq!(alice.state().await.insolvent_at.0, market.now());
    let charged = event.resolved.by_index.0;
    assert!((lack / 4..lack / 4 + 201).contains(&charged) && charged % 200 == 0, "a quarter of {lack}: {charged}");
    assert_eq!(equity(house.exposure().await), houses - charged);
    assert_eq!(-equity(alice.exposure().await), lack - charged);
}

#[tokio::test]
async fn a_little_collateral_in_a_silent_feed_does_not_stop_the_last_step() {
    let market = Market::start().await;
    let keeper = market.keeper().await;
    let alice = market.trader().cash(usd(1_000)).collateral(wsol(1)).long(BTC, lots(200)).await;
    market.advance(61);
    market.price(BTC, 42_000).await;
    assert_error(keeper.liquidate_collateral(&alice, WSOL).await, BallastError::PriceStale);
    let event: Liquidated = keeper.liquidate(&alice, BTC).await.unwrap().event();
    assert!(event.resolved.resolved && event.taken == Size(200));
    assert_eq!(alice.state().await.position_count, 0);
    assert!(market.fund().await.collateral.contains(&Tokens(1_000_000_000)));
}

#[tokio::test]
async fn liquidate_fails_when_the_account_is_sound() {
    let market = Market::start().await;
    let keeper = market.keeper().await;
    let alice = market.trader().cash(usd(1_000)).long(BTC, lots(300)).await;
    assert_error(keeper.liquidate(&alice, BTC).await, BallastError::NotLiquidatable);
    assert_error(keeper.liquidate_at_most(&alice, BTC, 0).await, BallastError::NotLiquidatable);
    // called is not liquidatable
    market.raise_target(BTC, percent(7)).await;
    alice.rebalance().await.unwrap();
    assert_error(keeper.liquidate(&alice, BTC).await, BallastError::NotLiquidatable);
    let empty = market.trader().await;
    assert_error(keeper.liquidate(&empty, BTC).await, BallastError::NotLiquidatable);
}

#[tokio::test]
async fn liquidate_fails_when_there_is_no_such_position_or_it_frees_no_margin() {
    let market = Market::start().await;
    let keeper = market.keeper().await;
    let second = market.list_perp(ballast_tests::terms::perpetual(BTC, ballast_core::units::Key::NONE)).await.unwrap();
    market.price(BTC, 50_000).await;
    let alice = market.trader().cash(usd(1_000)).long(BTC, lots(300)).short(second, lots(20)).await;
    market.pin_scan(BTC, percent(7)).await;
    assert_error(keeper.liquidate(&alice, ETH).await, BallastError::PositionMissing);
    assert_error(keeper.liquidate(&alice, second).await, BallastError::NoMarginFreed);
    keeper.liquidate(&alice, BTC).await.unwrap();
}

#[tokio::test]
async fn liquidate_fails_when_the_keeper_would_be_below_initial_margin() {
    let (market, _, alice) = pressed().await;
    let poor = Keeper { trader: market.trader().cash(usd(20)).await };
    assert_error(poor.liquidate(&alice, BTC).await, BallastError::KeeperBelowInitialMargin);
    poor.liquidate_at_most(&alice, BTC, 1).await.unwrap();
}

#[tokio::test]
async fn liquidate_fails_when_a_price_is_older_than_a_minute_or_wide() {
    let (market, keeper, alice) = pressed().await;
    market.advance(61);
    assert_error(keeper.liquidate(&alice, BTC).await, BallastError::PriceStale);
    let mut price = market.publish(BTC, 50_000);
    price.reading.confidence *= 100;
    market.publish_as(BTC, price);
    market.refresh(&[BTC]).await;
    assert_error(keeper.liquidate(&alice, BTC).await, BallastError::PriceWide);
}

#[tokio::test]
async fn liquidate_takes_in_a_minute_what_the_market_does() {
    let (market, keeper, alice) = pressed().await;
    market.edit_board(|board| board.underlyings[usize::from(BTC.row)].depth.value = usd(7_200)).await;
    market.tick(60 - market.now() % 60).await;
    market.pin_scan(BTC, percent(6)).await;
    let event: Liquidated = keeper.liquidate(&alice, BTC).await.unwrap().event();
    // a quarter of 7,200 USD
    assert!(event.in_liquidation && event.value > usd(1_700) && event.value <= usd(1_800), "{:?}", event.value);
    assert_eq!(market.row(BTC).await.pacing.taken, event.value);
    assert_error(keeper.liquidate(&alice, BTC).await, BallastError::PacingSpent);
    market.tick(60).await;
    market.pin_scan(BTC, percent(6)).await;
    let event: Liquidated = keeper.liquidate(&alice, BTC).await.unwrap().event();
    assert!(event.taken.0 > 0);
}

#[tokio::test]
async fn liquidate_takes_a_hedge_with_what_it_hedges() {
    let market = Market::start().await;
    let keeper = market.keeper().await;
    let second = market.list_perp(terms::perpetual(BTC, Key::NONE)).await.unwrap();
    market.tick(5).await;
    let alice = market.trader().cash(usd(1_500)).long(BTC, lots(300)).short(second, lots(290)).await;
    // what is left covers the fees of either leg, until the net of ten lots loses a hundred dollars
    alice.withdraw(usd(1_305)).await.unwrap();
    market.price(BTC, 40_000).await;
    assert!(alice.margin_above(MAINTENANCE).await < Usd::ZERO);
    let unhedged: Liquidated = keeper.liquidate(&alice, BTC).await.unwrap().event();
    assert_eq!((unhedged.taken, unhedged.hedge, unhedged.hedge_taken), (Size(10), None, Size(0)));
    assert_error(keeper.liquidate(&alice, BTC).await, BallastError::NoMarginFreed);
    let offer = Offer { hedge: Some(second.0), ..Offer::of(u64::MAX) };
    let wrong = Offer { hedge: Some(ETH.perp.0), ..offer };
    assert_error(keeper.liquidate_for(&alice, BTC, wrong).await, BallastError::NotAHedge);
    let event: Liquidated = keeper.liquidate_for(&alice, BTC, offer).await.unwrap().event();
    assert!(event.taken.0 > 0 && event.hedge_taken.0 == -event.taken.0 && !event.in_liquidation, "{:?}", event.taken);
    assert_eq!(event.hedge, Some(second.0));
    assert_eq!(keeper.position(second).await.size, event.hedge_taken);
}

#[tokio::test]
async fn liquidate_fails_when_the_price_is_worse_than_the_keepers_worst() {
    let (market, keeper, alice) = pressed().await;
    let mark = market.mark(BTC).await;
    let below = Offer { worst: Some(PerLot(mark.0 - 1_000_000)), ..Offer::of(10) };
    assert_error(keeper.liquidate_for(&alice, BTC, below).await, BallastError::KeeperPriceWorse);
    keeper.liquidate_for(&alice, BTC, Offer { worst: Some(mark), ..below }).await.unwrap();
}

#[tokio::test]
async fn liquidate_fails_while_liquidation_is_paused() {
    let (market, keeper, alice) = pressed().await;
    market.pause(Pausable::Liquidation, 10).await.unwrap();
    assert_error(keeper.liquidate(&alice, BTC).await, BallastError::LiquidationPaused);
    market.advance(10);
    keeper.liquidate(&alice, BTC).await.unwrap();
}

#[tokio::test]
async fn liquidate_fails_when_two_accounts_are_the_same() {
    let market = Market::start().await;
    let keeper = market.keeper().await;
    let alice = market.trader().cash(usd(1_000)).reserve(usd(10)).long(BTC, lots(300)).await;
    let reserve = alice.reserve();
    market.pin_scan(BTC, percent(6)).await;
    let own =
        Keeper { trader: Trader { market: market.clone(), owner: alice.owner.insecure_clone(), ..alice.reserve() } };
    assert_error(own.liquidate(&alice, BTC).await, BallastError::SameAccount);
    let itself = keeper.liquidate_instruction(&alice, BTC, 1).await.with(keeper.account, alice.account);
    assert_error(keeper.send(itself).await, BallastError::NotOwner);
    let itself = own.liquidate_instruction(&alice, BTC, 1).await.with(own.account, alice.account);
    assert_error(alice.send(itself.clone()).await, BallastError::SameAccount);
    let reserved = keeper.liquidate_instruction(&alice, BTC, 1).await.with(reserve.account, alice.account);
    assert_error(keeper.send(reserved).await, BallastError::SameAccount);
}

#[tokio::test]
async fn liquidate_fails_when_the_reserve_is_not_passed_or_another() {
    let market = Market::start().await;
    let (keeper, bob) = (market.keeper().await, market.trader().cash(usd(100)).await);
    let alice = market.trader().cash(usd(1_000)).reserve(usd(10)).long(BTC, lots(300)).await;
    let reserve = alice.reserve().account;
    market.pin_scan(BTC, percent(6)).await;
    let wrong = keeper.liquidate_instruction(&alice, BTC, 1).await.with(reserve, bob.account);
    assert_error(keeper.send(wrong).await, BallastError::WrongReserve);
    // the program's own address stands for none
    let none = keeper.liquidate_instruction(&alice, BTC, 1).await.with(reserve, ballast::ID);
    assert_error(keeper.send(none).await, BallastError::ReserveMissing);
}

#[tokio::test]
async fn liquidate_fails_when_the_keepers_account_is_somebody_elses() {
    let (market, keeper, alice) = pressed().await;
    let bob = market.trader().cash(usd(100_000)).await;
    let theft = keeper.liquidate_instruction(&alice, BTC, 10).await.with(keeper.account, bob.account);
    assert_error(keeper.send(theft).await, BallastError::NotOwner);
    let unsigned = keeper.liquidate_instruction(&alice, BTC, 10).await.unsigned(keeper.address());
    assert_error(bob.send(unsigned).await, ErrorCode::AccountNotSigner);
}

#[tokio::test]
async fn liquidate_fails_when_an_account_is_of_another_exchange() {
    let (market, keeper, alice) = pressed().await;
    let other = market.another().await;
    let (here, there) = (market.deployment, other.deployment);
    let instruction = keeper.liquidate_instruction(&alice, BTC, 10).await;
    let house = other.house().account;
    let contract = here.contract(BTC.perp.0);
    for (own, foreign, rule) in [
        (here.exchange, there.exchange, BallastError::WrongBoard),
        (here.board, there.board, BallastError::WrongBoard),
        (contract, there.contract(BTC.perp.0), BallastError::WrongContract),
        (here.insurance_fund(), there.insurance_fund(), BallastError::WrongInsuranceFund),
        (alice.account, house, BallastError::WrongExchange),
        (keeper.account, house, BallastError::NotOwner),
    ] {
        let outcome = keeper.send(instruction.clone().with(own, foreign)).await;
        // whose the keeper's account is and where it is may be checked in either order
        if rule == BallastError::NotOwner && format!("{outcome:?}").contains("WrongExchange") {
            continue;
        }
        assert_error(outcome, rule);
    }
}
