//! A stolen key of a volatility index's authority.

use ballast::events::Refreshed;
use ballast_client::key;
use ballast_core::BallastError;
use ballast_core::model::{IndexSource, IndexTerms};
use ballast_core::units::{Ratio, Variance};
use ballast_tests::{Failure, GOLD, Market, Sent, Trader, assert_error, lots, percent, usd};
use solana_signer::Signer;

/// Gold with an index of which a part counts and which moves by a quarter an hour.
async fn indexed(weight: Ratio) -> Market {
    let market = Market::start().await;
    let index = IndexTerms {
        key: key(&market.venue.pubkey()),
        source: IndexSource::Authority.number(),
        exponent: 0,
        weight,
        longest_age: 7_200,
        step: percent(25),
    };
    market.list_gold(|terms| terms.index = index).await;
    market.price(GOLD, GOLD.price).await;
    market
}

/// An index of 60 % a year that counts in full, and a trader who just meets initial.
async fn market() -> (Market, Trader) {
    let market = indexed(percent(100)).await;
    post(&market, percent(60)).await.unwrap();
    let alice = market.trader().cash(usd(4_900)).long(GOLD, lots(4_000)).await;
    (market, alice)
}

async fn post(market: &Market, value: Ratio) -> Result<Sent, Failure> {
    let instruction = market.deployment.post_signed_index(market.venue.pubkey(), GOLD.row, value);
    market.chain.send(&[instruction], &[&market.venue]).await
}

#[tokio::test]
async fn a_stolen_index_key_moves_no_faster_than_its_step() {
    let (market, _) = market().await;
    market.advance(3_600);
    for value in [percent(2_000), Ratio(750_000_001), Ratio(449_999_999)] {
        assert_error(post(&market, value).await, BallastError::IndexStep);
    }
    // posting often gains little: what sixty steps of a minute compound to
    for _ in 0..60 {
        market.advance(60);
        let last = market.row(GOLD).await.index;
        let passed = market.now() - last.at.0;
        let most = i128::from(last.value.0) * (250_000_000 * i128::from(passed) / 3_600) / 1_000_000_000;
        let most = Ratio(last.value.0 + i64::try_from(most).unwrap());
        assert_error(post(&market, Ratio(most.0 + 1)).await, BallastError::IndexStep);
        post(&market, most).await.unwrap();
    }
    let reached = market.row(GOLD).await.index.value;
    // an hour at once, then e^0.25 within the next
    assert!(reached < percent(97), "{reached:?}");
}

#[tokio::test]
async fn a_stolen_index_key_raises_the_requirement_by_a_quarter_in_a_day() {
    let (market, alice) = market().await;
    let keeper = market.keeper().await;
    let start = market.effective(GOLD).await;
    for _ in 0..23 {
        market.advance(3_599);
        let value = market.row(GOLD).await.index.value.0;
        let value = Ratio((value + value / 1_000 * 249).min(percent(2_000).0));
        post(&market, value).await.unwrap();
        market.tick(1).await;
        let now = market.effective(GOLD).await;
        assert!(now.0 <= start.0 * 5 / 4, "{now:?} from {start:?}");
        assert_error(keeper.liquidate(&alice, GOLD).await, BallastError::NotLiquidatable);
    }
    let row = market.row(GOLD).await;
    assert_eq!(row.index.value, percent(2_000));
    // volatility is capped at 500 % a year, whatever the index says
    let cap = row.volatility_terms.cap;
    assert_eq!(row.volatility.variance(&row.volatility_terms, Variance(u64::MAX)), Ok(cap));
    assert_eq!(cap, Variance::annual(percent(500)).unwrap());
    let most = row.target_terms.target(cap, row.coverage.correction, row.open_interest, usd(50_000_000)).unwrap();
    assert_eq!(row.ramp.target, most);
}

#[tokio::test]
async fn a_stolen_index_key_counts_by_its_weight() {
    let market = indexed(percent(10)).await;
    // the first value is free within the hard bounds
    assert_error(post(&market, percent(2_001)).await, BallastError::IndexOutOfBounds);
    post(&market, percent(2_000)).await.unwrap();
    market.advance(300);
    market.publish(GOLD, GOLD.price);
    let event: Refreshed = market.try_refresh(&[GOLD]).await.unwrap().event();
    assert!(event.sampled);
    assert_eq!(event.variance, Variance::annual(percent(200)).unwrap());
}

#[tokio::test]
async fn a_stolen_index_key_loosens_nothing() {
    let (market, _) = market().await;
    market.tick(300).await;
    let measured = market.row(GOLD).await;
    let at_least = measured.volatility.variance(&measured.volatility_terms, Variance::ZERO).unwrap();
    for _ in 0..12 {
        market.advance(3_599);
        let value = market.row(GOLD).await.index.value.0;
        post(&market, Ratio((value - value / 1_000 * 249).max(10_000_000))).await.unwrap();
        market.tick(1).await;
        let row = market.row(GOLD).await;
        let measured = row.volatility.variance(&row.volatility_terms, Variance::ZERO).unwrap();
        let target = row.target_terms.target(measured, row.coverage.correction, row.open_interest, usd(50_000_000));
        assert!(row.ramp.target >= target.unwrap(), "{:?} below what was measured", row.ramp.target);
    }
    assert!(at_least > Variance::ZERO);
}
