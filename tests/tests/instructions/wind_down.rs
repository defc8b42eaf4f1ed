//! `wind_down` and its proposal, and `settle_in_part`.

use anchor_lang::error::ErrorCode;
use ballast::events::{ChangeExecuted, Liquidated, Settled, SettledInPart, UnderlyingWoundDown};
use ballast_client::Due;
use ballast_core::BallastError;
use ballast_core::state::{Change, InsuranceFund};
use ballast_core::units::{Ratio, Size, Timestamp, Usd};
use ballast_tests::{BTC, ETH, Edit, Failure, Keeper, Market, SOL, Sent, Trader, WSOL, assert_error, lots, usd, wsol};
use solana_signer::Signer;

/// Seconds of a day, of which the feed has been dead when winding down begins, and which is left to users before it goes on.
const DAY: i64 = 86_400;
const CHANGE: Change = Change::WindDown(ETH.row);

async fn wind_down(market: &Market) -> Result<Sent, Failure> {
    market.chain.send(&[market.deployment.wind_down(ETH.row, &[ETH.perp.0])], &[]).await
}

/// A proposal whose timelock has passed in silence.
async fn proposed(market: &Market) -> Due {
    let due = market.propose(&CHANGE).await.unwrap();
    market.wait_for_timelock().await;
    due
}

/// Alice is long, a fifth of the price is gone before the feed dies, and she has half of what she owes; the house is short.
async fn with_a_loser() -> (Market, Trader) {
    let market = Market::start().await;
    let alice = market.trader().cash(usd(300)).long(ETH, lots(100)).await;
    market.price(ETH, 1_900).await;
    (market, alice)
}

/// Settled at 1,900 dollars a coin, and all positions closed.
async fn settled() -> (Market, Trader, Keeper) {
    let (market, alice) = with_a_loser().await;
    let due = proposed(&market).await;
    market.execute(due, &CHANGE).await.unwrap();
    market.advance(DAY);
    wind_down(&market).await.unwrap();
    let house = market.house();
    house.settle(ETH).await.unwrap();
    alice.settle(ETH).await.unwrap();
    let keeper = market.keeper().await;
    let event: Liquidated = keeper.liquidate(&alice, ETH).await.unwrap().event();
    assert!(event.resolved.resolved && event.resolved.deficit > Usd::ZERO, "{:?}", event.resolved);
    (market, alice, keeper)
}

#[tokio::test]
async fn wind_down_ok() {
    let (market, alice) = with_a_loser().await;
    let due = proposed(&market).await;
    let event: ChangeExecuted = market.execute(due, &CHANGE).await.unwrap().event();
    assert_eq!(event.proposal, market.deployment.proposal(due.number));
    assert_eq!(market.row(ETH).await.feed.wound_down_at, Timestamp(market.now()));
    // a day of notice: reductions only
    assert_error(alice.buy(ETH, lots(1)).await, BallastError::ContractReduceOnly);
    market.advance(DAY - 1);
    assert_error(wind_down(&market).await, BallastError::NothingToWindDown);
    market.advance(1);
    // by anybody
    let event: UnderlyingWoundDown = wind_down(&market).await.unwrap().event();
    assert_eq!((event.underlying, event.contracts, event.vaults, event.covered), (ETH.row, 1, 0, Usd::ZERO));
    let row = *market.board().await.contract(market.contract(ETH).await.row).unwrap();
    // a hundredth of a coin at 1,900 dollars
    assert_eq!((row.mark.0, row.settled_at), (19_000_000_000_000, Timestamp(market.now())));
    assert_error(alice.sell(ETH, lots(1)).await, BallastError::ContractSettled);
    assert_error(wind_down(&market).await, BallastError::NothingToWindDown);
    let event: Settled = alice.settle(ETH).await.unwrap().event();
    assert!(event.paid < usd(-298) && alice.cash().await == Usd::ZERO);
    assert_eq!(alice.position(ETH).await.size, Size(0));
    market.publish(ETH, 1_900);
    assert_error(market.try_refresh(&[ETH]).await, BallastError::UnderlyingWoundDown);
}

#[tokio::test]
async fn collateral_of_a_dead_feed_is_given_back() {
    let market = Market::start().await;
    let alice = market.trader().cash(usd(1_000)).collateral(wsol(10)).long(BTC, lots(1)).await;
    let change = Change::WindDown(SOL.row);
    let due = market.propose(&change).await.unwrap();
    market.wait_for_timelock().await;
    market.execute(due, &change).await.unwrap();
    let go_on = async || market.chain.send(&[market.deployment.wind_down(SOL.row, &[])], &[]).await;
    market.advance(DAY);
    let event: UnderlyingWoundDown = go_on().await.unwrap().event();
    assert_eq!((event.contracts, event.vaults), (1, 0), "it has weight still");
    market.price(BTC, 50_000).await;
    assert_error(alice.withdraw(usd(1)).await, BallastError::PriceStale);
    market.advance(100 * DAY);
    let event: UnderlyingWoundDown = go_on().await.unwrap().event();
    assert_eq!((event.contracts, event.vaults), (0, 1));
    market.price(BTC, 50_000).await;
    alice.withdraw(usd(1)).await.unwrap();
    alice.withdraw(wsol(10)).await.unwrap();
    let row = *market.board().await.vault(market.vault(WSOL).await.row).unwrap();
    assert_eq!((row.value.0, row.weight.target), (0, Ratio::ZERO));
}

#[tokio::test]
async fn winding_down_fails_to_begin_for_a_feed_that_lives() {
    let market = Market::start().await;
    let due = market.propose(&CHANGE).await.unwrap();
    market.advance(259_199);
    assert_error(market.execute(due, &CHANGE).await, BallastError::ProposalTooEarly);
    market.advance(1);
    market.republish().await;
    assert_error(market.execute(due, &CHANGE).await, BallastError::FeedAlive);
    market.advance(DAY - 1);
    assert_error(market.execute(due, &CHANGE).await, BallastError::FeedAlive);
    market.advance(1);
    market.execute(due, &CHANGE).await.unwrap();
    let again = proposed(&market).await;
    assert_error(market.execute(again, &CHANGE).await, BallastError::WindingDown);
}

/// A feed that sleeps over the weekend, and the admin's stolen key: the guardian says no, and a price undoes it.
#[tokio::test]
async fn a_sleeping_feed_is_not_wound_down() {
    let market = Market::start().await;
    let thief = market.chain.keypair();
    let by_thief = market.deployment.propose_change(thief.pubkey(), 0, CHANGE);
    assert_error(market.chain.send(&[by_thief], &[&thief]).await, BallastError::NotAdmin);
    let cancelled = proposed(&market).await;
    let no = market.deployment.cancel_change(market.guardian.pubkey(), cancelled);
    market.chain.send(&[no], &[&market.guardian]).await.unwrap();
    assert_error(market.execute(cancelled, &CHANGE).await, ErrorCode::AccountOwnedByWrongProgram);
    assert_error(wind_down(&market).await, BallastError::NothingToWindDown);

    let due = proposed(&market).await;
    market.execute(due, &CHANGE).await.unwrap();
    market.advance(DAY - 2);
    market.price(ETH, 2_500).await;
    market.advance(1);
    assert_error(wind_down(&market).await, BallastError::NothingToWindDown);
    assert_eq!(market.row(ETH).await.feed.wound_down_at, Timestamp::ZERO);
}

#[tokio::test]
async fn wind_down_fails_when_an_account_is_wrong() {
    let (market, ..) = settled().await;
    let other = market.another().await;
    market.insure(usd(1_000)).await;
    let (here, there) = (market.deployment, other.deployment);
    let send = async |instruction| market.chain.send(&[instruction], &[]).await;
    let step = |contracts: &[u32]| here.wind_down(ETH.row, contracts);
    let foreign = step(&[ETH.perp.0]).with(here.insurance_fund(), there.insurance_fund());
    assert_error(send(foreign).await, BallastError::WrongInsuranceFund);
    let foreign = step(&[ETH.perp.0]).with(here.contract(ETH.perp.0), there.contract(ETH.perp.0));
    assert_error(send(foreign).await, BallastError::WrongContract);
    assert_error(send(step(&[BTC.perp.0])).await, BallastError::WrongContract);
    assert_error(send(step(&[ETH.perp.0, ETH.perp.0])).await, BallastError::SameAccount);
    let fund = step(&[ETH.perp.0]).with(here.contract(ETH.perp.0), here.insurance_fund());
    assert_error(send(fund).await, ErrorCode::AccountDiscriminatorMismatch);
    assert_error(send(here.wind_down(9, &[])).await, BallastError::UnknownUnderlying);
    // nothing is covered of a contract that is not passed
    assert_error(send(step(&[])).await, BallastError::NothingToWindDown);
}

/// What the ETH perpetual's claims lack.
async fn lacking(market: &Market) -> Usd {
    let row = market.contract(ETH).await.row;
    market.board().await.contract(row).unwrap().deficit.uncovered().unwrap()
}

#[tokio::test]
async fn a_settled_contracts_deficit_is_covered_within_the_funds_limits() {
    let (market, ..) = settled().await;
    let house = market.house();
    let deficit = lacking(&market).await;
    assert_error(house.settle(ETH).await, BallastError::GainsHeld);
    market.insure(usd(1_000)).await;
    let limit = |limit: Usd| {
        market.chain.edit(market.deployment.insurance_fund(), move |fund: &mut InsuranceFund| {
            fund.draw_per_contract = limit;
        })
    };
    limit(usd(100)).await;
    let event: UnderlyingWoundDown = wind_down(&market).await.unwrap().event();
    assert_eq!((event.contracts, event.covered), (0, usd(100)));
    assert_error(wind_down(&market).await, BallastError::NothingToWindDown);
    assert_error(house.settle(ETH).await, BallastError::GainsHeld);
    limit(usd(500)).await;
    let event: UnderlyingWoundDown = wind_down(&market).await.unwrap().event();
    assert_eq!(event.covered.0, deficit.0 - 100_000_000);
    let event: Settled = house.settle(ETH).await.unwrap().event();
    assert_eq!(event.paid, usd(600));
    assert_eq!(market.contract(ETH).await.holders, 0);
}

/// One account that cannot pay held the winners up for good.
#[tokio::test]
async fn settle_in_part_ok() {
    let (market, ..) = settled().await;
    let house = market.house();
    let (pool, deficit) = (market.contract(ETH).await.pool, lacking(&market).await);
    assert_eq!(pool.0 + deficit.0, usd(600).0);
    market.advance(7 * DAY);
    let cash = house.cash().await;
    let event: SettledInPart = house.settle_in_part(ETH).await.unwrap().event();
    assert_eq!((event.paid, event.given_up), (pool, deficit));
    assert_eq!(house.cash().await.0, cash.0 + pool.0);
    let contract = market.contract(ETH).await;
    assert_eq!((contract.pool, lacking(&market).await, contract.holders), (Usd::ZERO, Usd::ZERO, 0));
    assert_error(house.settle_in_part(ETH).await, BallastError::PositionMissing);
}

#[tokio::test]
async fn settle_in_part_fails_when_it_is_not_due() {
    let (market, ..) = settled().await;
    let house = market.house();
    assert_error(house.settle_in_part(ETH).await, BallastError::PartNotDue);
    market.advance(7 * DAY - 1);
    assert_error(house.settle_in_part(ETH).await, BallastError::PartNotDue);
    market.insure(usd(1_000)).await;
    wind_down(&market).await.unwrap();
    market.advance(1);
    // covered: nothing is given up
    assert_error(house.settle_in_part(ETH).await, BallastError::PartNotDue);
    house.settle(ETH).await.unwrap();
}

#[tokio::test]
async fn settle_in_part_fails_when_an_account_is_wrong() {
    let (market, alice, _) = settled().await;
    let other = market.another().await;
    let (here, there, house) = (market.deployment, other.deployment, market.house());
    market.advance(7 * DAY);
    // nobody gives another's claim up
    let part = || here.settle_in_part(house.address(), house.account, ETH.perp.0);
    let by_alice = here.settle_in_part(alice.address(), house.account, ETH.perp.0);
    assert_error(alice.send(by_alice).await, BallastError::NotOwner);
    assert_error(market.chain.send(&[part().unsigned(house.address())], &[]).await, ErrorCode::AccountNotSigner);
    assert_error(house.send(part().with(here.board, there.board)).await, BallastError::WrongExchange);
    let foreign = part().with(here.contract(ETH.perp.0), there.contract(ETH.perp.0));
    assert_error(house.send(foreign).await, BallastError::WrongContract);
    let unknown = part().with(here.contract(ETH.perp.0), here.contract(BTC.perp.0));
    assert_error(house.send(unknown).await, BallastError::PositionMissing);
    house.send(part()).await.unwrap();
}
