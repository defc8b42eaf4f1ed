//! What becomes of accounts that cannot pay, and of those who stand against them.

use ballast::events::{CollateralSold, Liquidated, Refreshed, Settled};
use ballast_core::BallastError;
use ballast_core::margin::MAINTENANCE;
use ballast_core::units::{Size, Tokens, Usd};
use ballast_tests::{BTC, Market, SOL, Token, WSOL, assert_error, lots, percent, terms, usd, wsol};

#[tokio::test]
async fn an_insolvent_account_sells_its_collateral_before_it_is_resolved() {
    let market = Market::start().await;
    let keeper = market.keeper().await;
    let alice = market.trader().cash(usd(1_000)).collateral(wsol(1)).long(BTC, lots(200)).await;
    market.price(BTC, 42_000).await;
    assert_error(keeper.liquidate(&alice, BTC).await, BallastError::CollateralRemains);
    let sold: CollateralSold = keeper.liquidate_collateral(&alice, WSOL).await.unwrap().event();
    assert_eq!(sold.tokens, wsol(1).tokens);
    assert!(sold.paid > Usd::ZERO);
    let event: Liquidated = keeper.liquidate(&alice, BTC).await.unwrap().event();
    assert!(event.resolved.resolved && event.resolved.by_index > Usd::ZERO);
    assert_eq!(alice.state().await.position_count, 0);
}

#[tokio::test]
async fn a_loss_beyond_half_a_lots_maintenance_leaves_a_deficit_and_the_contract_takes_reductions_only() {
    let market = Market::start().await;
    let keeper = market.keeper().await;
    let alice = market.trader().cash(usd(1_000)).long(BTC, lots(200)).await;
    let bob = market.trader().cash(usd(10_000)).short(BTC, lots(50)).await;
    market.price(BTC, 25_000).await;
    let event: Liquidated = keeper.liquidate(&alice, BTC).await.unwrap().event();
    assert!(event.resolved.deficit > Usd::ZERO, "{:?}", event.resolved);
    assert_eq!(market.board().await.contract(0).unwrap().deficit.of_longs, event.resolved.deficit);
    // nobody is paid a gain, nobody adds risk, reductions go on
    assert_error(bob.settle(BTC).await, BallastError::GainsHeld);
    assert_error(bob.sell(BTC, lots(1)).await, BallastError::ContractReduceOnly);
    market.trade(&bob, &keeper, BTC, lots(1)).await.unwrap();
    assert_eq!(bob.position(BTC).await.size, Size(-49));
}

#[tokio::test]
async fn a_deficit_is_charged_every_hour_and_gains_are_paid_when_it_is_gone() {
    let market = Market::start().await;
    let keeper = market.keeper().await;
    let alice = market.trader().cash(usd(1_000)).long(BTC, lots(200)).await;
    let bob = market.trader().cash(usd(10_000)).short(BTC, lots(50)).await;
    market.price(BTC, 25_000).await;
    keeper.liquidate(&alice, BTC).await.unwrap();
    let deficit = async || market.board().await.contract(0).unwrap().deficit;
    let (mut left, mut hours) = (deficit().await.of_longs, 0);
    while left > Usd::ZERO {
        market.advance(3_600);
        market.publish(BTC, 25_000);
        let sent = market.try_refresh(&[BTC]).await.unwrap();
        let event: Refreshed = sent.event();
        let next = deficit().await.of_longs;
        assert!(event.charged > Usd::ZERO && next < left, "{:?} of {left:?}", event.charged);
        (left, hours) = (next, hours + 1);
        assert!(hours < 100);
    }
    assert!(hours > 1);
    market.tick(1).await;
    bob.settle(BTC).await.unwrap();
}

/// The side that gained is charged whole units a lot, rounded up; what that collects too much goes to the fund.
#[tokio::test]
async fn what_insurance_may_not_pay_is_charged_per_lot() {
    let market = Market::with(|terms| terms.draw_per_contract = usd(60)).await;
    let keeper = market.keeper().await;
    market.insure(usd(1_000)).await;
    let alice = market.trader().cash(usd(1_000)).long(BTC, lots(200)).await;
    let bob = market.trader().cash(usd(10_000)).short(BTC, lots(50)).await;
    market.price(BTC, 44_000).await;
    let before = market.board().await.contract(0).unwrap().loss_short;
    let event: Liquidated = keeper.liquidate(&alice, BTC).await.unwrap().event();
    // the keeper's reward is drawn within the same limit
    assert_eq!(event.resolved.by_insurance.0 + event.value.0 / 1_000, usd(60).0);
    let per_lot = market.board().await.contract(0).unwrap().loss_short.0 - before.0;
    assert_eq!(event.resolved.by_index.0, per_lot * 200);
    assert_eq!(event.resolved.deficit, Usd::ZERO);
    let settled: Settled = bob.settle(BTC).await.unwrap().event();
    assert!(settled.paid > Usd::ZERO);
}

#[tokio::test]
async fn an_account_leaves_liquidation_by_its_owners_deposit() {
    let market = Market::start().await;
    let keeper = market.keeper().await;
    let alice = market.trader().cash(usd(1_000)).long(BTC, lots(300)).await;
    market.pin_scan(BTC, percent(6)).await;
    keeper.liquidate_at_most(&alice, BTC, 0).await.unwrap();
    assert!(alice.state().await.liquidation_at.0 > 0);
    alice.deposit(usd(1_000)).await.unwrap();
    assert_eq!(alice.state().await.liquidation_at.0, 0);
    assert_error(keeper.liquidate(&alice, BTC).await, BallastError::NotLiquidatable);
}

#[tokio::test]
async fn an_account_leaves_liquidation_by_its_owners_reduction_at_mark() {
    let market = Market::start().await;
    let keeper = market.keeper().await;
    let alice = market.trader().cash(usd(1_000)).long(BTC, lots(300)).await;
    market.pin_scan(BTC, percent(6)).await;
    keeper.liquidate_at_most(&alice, BTC, 0).await.unwrap();
    alice.sell(BTC, lots(200)).await.unwrap();
    assert_eq!(alice.state().await.liquidation_at.0, 0);
    assert!(alice.margin_above(MAINTENANCE).await > Usd::ZERO);
}

#[tokio::test]
async fn a_liquidation_takes_what_is_needed_and_no_more() {
    let market = Market::start().await;
    let keeper = market.keeper().await;
    let alice = market.trader().cash(usd(1_000)).long(BTC, lots(300)).await;
    market.pin_scan(BTC, percent(7)).await;
    let event: Liquidated = keeper.liquidate(&alice, BTC).await.unwrap().event();
    assert!(event.taken > Size(0) && event.taken < Size(300), "{:?}", event.taken);
    assert!(!event.in_liquidation);
    assert_error(keeper.liquidate(&alice, BTC).await, BallastError::NotLiquidatable);
}

#[tokio::test]
async fn an_account_holds_at_most_seven_kinds_of_collateral() {
    let market = Market::start().await;
    let alice = market.trader().cash(usd(1)).collateral(wsol(1)).await;
    for n in 0..7_u8 {
        let token = Token::classic(0xC0 + n, 9, Some(2 + n));
        market.chain.set_account(token.mint, token.mint_account());
        market.list_vault(token, terms::collateral_vault(SOL)).await.unwrap();
        let deposited = alice.deposit(token.units(1_000_000_000)).await;
        if n < 6 {
            deposited.unwrap();
        } else {
            assert_error(deposited, BallastError::CollateralFull);
        }
    }
    assert!(alice.state().await.collateral.iter().all(|held| held.amount > Tokens::ZERO));
}
