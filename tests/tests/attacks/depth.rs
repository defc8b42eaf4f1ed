//! Stolen keys of depth reporters.

use ballast_core::BallastError;
use ballast_core::model::DepthTerms;
use ballast_core::units::{Timestamp, Usd};
use ballast_tests::{GOLD, Market, Trader, assert_error, lots, usd};

/// Posts the depth of every honest reporter.
async fn honest(market: &Market, reporters: &[usize]) {
    for reporter in reporters {
        market.report_depth(*reporter, GOLD, usd(1_000_000)).await.unwrap();
    }
}

/// Gold with a quorum of so many reports, a volatility that stands, as much open interest as depth, and a trader who just
/// meets initial.
async fn market(quorum: u64) -> (Market, Trader) {
    let market = Market::start().await;
    market
        .list_gold(|terms| {
            terms.sigma_floor = terms.starting_sigma;
            terms.depth = DepthTerms { quorum, ..DepthTerms::default() };
        })
        .await;
    market.price(GOLD, GOLD.price).await;
    honest(&market, &[0, 1, 2]).await;
    let alice = market.trader().cash(usd(49_000)).long(GOLD, lots(40_000)).await;
    // open interest is an average of a day
    for _ in 0..144 {
        market.tick(600).await;
        honest(&market, &[0, 1, 2]).await;
    }
    (market, alice)
}

#[tokio::test]
async fn one_stolen_depth_key_of_three_moves_nothing() {
    let (market, alice) = market(3).await;
    let target = market.row(GOLD).await.ramp.target;
    for depth in [Usd(1), Usd(i64::MAX)].repeat(36) {
        honest(&market, &[0, 1]).await;
        market.report_depth(2, GOLD, depth).await.unwrap();
        let row = market.row(GOLD).await;
        assert_eq!(row.depth.in_force(&row.depth_terms, Timestamp(market.now())), Ok(usd(1_000_000)));
        let in_force = row.depth.in_force(&row.depth_terms, Timestamp(market.now())).unwrap();
        assert_eq!(row.depth.for_added_risk(in_force), usd(1_000_000));
        market.tick(600).await;
        assert!(market.row(GOLD).await.ramp.target <= target);
    }
    alice.buy(GOLD, lots(1)).await.unwrap();
}

#[tokio::test]
async fn a_stolen_single_depth_key_raises_the_requirement_by_a_quarter_in_a_day() {
    let (market, alice) = market(1).await;
    let keeper = market.keeper().await;
    let start = market.effective(GOLD).await;
    for _ in 0..48 {
        market.report_depth(0, GOLD, Usd(1)).await.unwrap();
        market.tick(1_799).await;
        let now = market.effective(GOLD).await;
        assert!(now.0 <= start.0 * 5 / 4, "{now:?} from {start:?}");
        assert_error(keeper.liquidate(&alice, GOLD).await, BallastError::NotLiquidatable);
    }
    // the theft is seen: depth has halved, the ramp holds its effect back
    let row = market.row(GOLD).await;
    assert!(row.ramp.target.0 > start.0 * 5 / 4, "{:?} from {start:?}", row.ramp);
    assert!(market.effective(GOLD).await.0 > start.0 * 6 / 5);
    assert_error(alice.buy(GOLD, lots(1)).await, BallastError::OpenInterestDepth);
}

#[tokio::test]
async fn a_stolen_depth_key_of_another_exchange_is_nobodys() {
    let (market, _) = market(1).await;
    let other = market.another().await;
    let before = market.row(GOLD).await.depth;
    let stolen = &other.depth_reporters[0];
    let post = market.deployment.post_depth(solana_signer::Signer::pubkey(stolen), GOLD.row, Usd(1));
    assert_error(market.chain.send(&[post], &[stolen]).await, BallastError::NotDepthReporter);
    assert_eq!(market.row(GOLD).await.depth, before);
}
