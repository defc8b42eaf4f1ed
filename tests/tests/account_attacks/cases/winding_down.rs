//! An underlying whose feed is dead.

use ballast::events::{Liquidated, UnderlyingWoundDown};
use ballast_core::state::Change;
use ballast_core::units::Usd;
use ballast_tests::{ETH, Market, lots, usd};

use super::{Cases, WEEK};

const DAY: i64 = 86_400;

/// A contract is settled, a loser cannot pay, the fund does or the winner takes a part.
pub(super) async fn add(cases: &mut Cases) {
    let market = Market::start().await;
    let other = market.another().await;
    other.insure(usd(1_000)).await;
    let here = market.deployment;
    let alice = market.trader().cash(usd(300)).long(ETH, lots(100)).await;
    let keeper = market.keeper().await;
    market.price(ETH, 1_900).await;
    let change = Change::WindDown(ETH.row);
    let due = market.propose(&change).await.unwrap();
    market.wait_for_timelock().await;
    let begin = here.execute_change(due, &change);
    cases.add(&market, "execute_change", "that winds down", begin).await;
    market.execute(due, &change).await.unwrap();
    market.advance(DAY);
    let step = here.wind_down(ETH.row, &[ETH.perp.0]);
    cases.add(&market, "wind_down", "settles a contract", step.clone()).await;
    keeper.send(step.clone()).await.unwrap();
    let house = market.house();
    cases.add(&market, "settle", "of a settled contract", here.settle(house.account, ETH.perp.0)).await;
    house.settle(ETH).await.unwrap();
    alice.settle(ETH).await.unwrap();
    let resolve = keeper.liquidate_instruction(&alice, ETH, u64::MAX).await;
    cases.add(&market, "liquidate", "a loss without a position", resolve.clone()).await;
    let event: Liquidated = keeper.send(resolve).await.unwrap().event();
    assert!(event.resolved.deficit > Usd::ZERO);
    market.advance(WEEK);
    let part = here.settle_in_part(house.address(), house.account, ETH.perp.0);
    cases.add(&market, "settle_in_part", "", part).await;
    market.insure(usd(1_000)).await;
    cases.add(&market, "wind_down", "covers a deficit", step.clone()).await;
    let event: UnderlyingWoundDown = keeper.send(step).await.unwrap().event();
    assert!(event.covered > Usd::ZERO);
}
