//! Accounts that prices have left behind.

use ballast::events::{Deleveraged, Liquidated};
use ballast_core::clearing::Offer;
use ballast_core::units::{Key, Size, Tokens};
use ballast_tests::{BTC, ETH, Keeper, Market, Trader, WSOL, lots, percent, terms, usd, wsol};

use super::Cases;

/// An exchange and another with the same accounts, but for those of traders that are not named.
async fn two() -> (Market, Keeper) {
    let market = Market::start().await;
    let other = market.another().await;
    other.trader().cash(usd(1_000)).reserve(usd(10)).long(BTC, lots(1)).await;
    (market.clone(), market.keeper().await)
}

/// Liquidation and what follows it.
pub(super) async fn add(cases: &mut Cases) {
    pressed(cases).await;
    hedged(cases).await;
    insolvent(cases).await;
}

/// A solvent trader below maintenance, with a reserve; another in a call, without.
async fn pressed(cases: &mut Cases) {
    let (market, keeper) = two().await;
    let alice = market.trader().cash(usd(1_000)).reserve(usd(10)).long(BTC, lots(300)).await;
    let bob = market.trader().cash(usd(1_000)).long(BTC, lots(100)).await;
    market.raise_target(BTC, percent(19)).await;
    let here = market.deployment;
    let rebalance = here.rebalance(alice.account, &alice.state().await, Some(keeper.account));
    cases.add(&market, "rebalance", "with a reserve, paid", rebalance).await;
    cases.add(&market, "rebalance", "alone", here.rebalance(bob.account, &bob.state().await, None)).await;
    market.pin_scan(BTC, percent(6)).await;
    let liquidate = keeper.liquidate_instruction(&alice, BTC, u64::MAX).await;
    cases.add(&market, "liquidate", "in part, with a reserve", liquidate.clone()).await;
    let event: Liquidated = keeper.send(liquidate).await.unwrap().event();
    assert!(event.taken.0 > 0 && event.taken.0 < 300 && event.topped_up == usd(10));
}

/// A trader who holds two contracts on bitcoin against each other.
async fn hedged(cases: &mut Cases) {
    let (market, keeper) = two().await;
    let second = market.list_perp(terms::perpetual(BTC, Key::NONE)).await.unwrap();
    market.tick(5).await;
    let alice = market.trader().cash(usd(1_500)).long(BTC, lots(300)).short(second, lots(290)).await;
    alice.withdraw(usd(1_305)).await.unwrap();
    market.price(BTC, 40_000).await;
    keeper.liquidate(&alice, BTC).await.unwrap();
    let offer = Offer { hedge: Some(second.0), ..Offer::of(u64::MAX) };
    let sides = (keeper.address(), keeper.account);
    let liquidate = market.deployment.liquidate(sides, alice.account, &alice.state().await, BTC.perp.0, offer);
    cases.add(&market, "liquidate", "with a hedge", liquidate.clone()).await;
    let event: Liquidated = keeper.send(liquidate).await.unwrap().event();
    assert!(event.hedge_taken.0 < 0 && event.hedge == Some(second.0));
}

/// Two traders who have lost all in bitcoin, and owe on ether; one who has gained by it.
async fn insolvent(cases: &mut Cases) {
    let (market, keeper) = two().await;
    let here = market.deployment;
    let broke = || market.trader().cash(usd(1_000)).reserve(usd(100)).long(ETH, lots(100)).long(BTC, lots(150));
    let (alice, carol) = (broke().await, broke().await);
    let bob = market.trader().cash(usd(10_000)).short(BTC, lots(200)).await;
    let poor = market.trader().cash(usd(1_000)).long(BTC, lots(200)).await;
    market.price(ETH, 2_450).await;
    for trader in [&alice, &carol] {
        trader.sell(ETH, lots(100)).await.unwrap();
    }
    market.price(BTC, 42_000).await;
    let whole = keeper.liquidate_instruction(&alice, BTC, u64::MAX).await;
    cases.add(&market, "liquidate", "the last position", whole.clone()).await;
    for trader in [&carol, &poor] {
        keeper.liquidate_at_most(trader, BTC, 0).await.unwrap();
    }
    let event: Liquidated = keeper.send(whole).await.unwrap().event();
    assert!(event.resolved.resolved && event.taken == Size(150));
    market.tick(300).await;
    let against =
        async |of: &Trader, most| here.deleverage(of.account, &of.state().await, bob.account, BTC.perp.0, most);
    cases.add(&market, "deleverage", "in part", against(&poor, 1).await).await;
    let whole = against(&carol, u64::MAX).await;
    cases.add(&market, "deleverage", "the last position, with a reserve", whole.clone()).await;
    let event: Deleveraged = keeper.send(whole).await.unwrap().event();
    assert!(event.resolved.resolved && event.closed == Size(150));
}

/// Losses beyond cash, with collateral to sell; and a gain that they pay.
pub(super) async fn add_losing(cases: &mut Cases) {
    let (market, keeper) = two().await;
    let here = market.deployment;
    let alice = market.trader().cash(usd(100)).collateral(wsol(30)).reserve(usd(10)).long(BTC, lots(300)).await;
    let sound = market.trader().cash(usd(10)).collateral(wsol(100)).long(BTC, lots(300)).await;
    market.price(BTC, 48_000).await;
    market.tick(1).await;
    let buy = async |of: &Trader| keeper.collateral_instruction(of, WSOL, Tokens(u64::MAX)).await;
    cases.add(&market, "liquidate_collateral", "of a sound account", buy(&sound).await).await;
    cases.add(&market, "settle", "a loss", here.settle(alice.account, BTC.perp.0)).await;
    alice.settle(BTC).await.unwrap();
    cases.add(&market, "settle", "a gain", here.settle(market.house().account, BTC.perp.0)).await;
    market.price(BTC, 41_000).await;
    market.tick(1).await;
    cases.add(&market, "liquidate_collateral", "in liquidation, with a reserve", buy(&alice).await).await;
}
