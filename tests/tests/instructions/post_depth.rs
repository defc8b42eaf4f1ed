//! `post_depth`.

use anchor_lang::error::ErrorCode;
use ballast::events::{DepthPosted, Refreshed};
use ballast_core::BallastError;
use ballast_core::model::DepthTerms;
use ballast_core::units::{Timestamp, Usd};
use ballast_tests::{BTC, Edit, GOLD, Market, USDC, assert_error, lots, usd};
use solana_signer::Signer;

/// Gold with a quorum of three reports, fresh for ten minutes, and a price.
async fn market() -> Market {
    let market = Market::start().await;
    market.list_gold(|terms| terms.depth = DepthTerms::default()).await;
    market.price(GOLD, GOLD.price).await;
    market
}

/// Posts one report; returns the depth that the target counts with.
async fn report(market: &Market, reporter: usize, dollars: i64) -> Usd {
    let event: DepthPosted = market.report_depth(reporter, GOLD, usd(dollars)).await.unwrap().event();
    assert_eq!((event.board, event.reporter), (market.deployment.board, market.depth_reporters[reporter].pubkey()));
    assert_eq!((event.underlying, event.depth), (GOLD.row, usd(dollars)));
    event.in_force
}

#[tokio::test]
async fn post_depth_takes_the_median_of_three() {
    let market = market().await;
    assert_eq!(report(&market, 0, 9_000_000).await, Usd::ZERO);
    assert_eq!(report(&market, 1, 1_000_000).await, Usd::ZERO);
    assert_eq!(report(&market, 2, 5_000_000).await, usd(5_000_000));
    // a reporter's later report replaces its own
    assert_eq!(report(&market, 1, 6_000_000).await, usd(6_000_000));
    let depth = market.row(GOLD).await.depth;
    assert_eq!((depth.median, depth.at), (usd(6_000_000), Timestamp(market.now())));
    assert_eq!(depth.reports.map(|report| report.depth.0 / 1_000_000), [9_000_000, 6_000_000, 5_000_000, 0, 0]);
}

#[tokio::test]
async fn reports_that_are_no_longer_fresh_make_no_quorum() {
    let market = market().await;
    report(&market, 0, 9_000_000).await;
    report(&market, 1, 1_000_000).await;
    market.advance(601);
    assert_eq!(report(&market, 2, 5_000_000).await, Usd::ZERO);
    assert_eq!(report(&market, 1, 5_500_000).await, Usd::ZERO);
    assert_eq!(report(&market, 0, 6_000_000).await, usd(5_500_000));
}

#[tokio::test]
async fn a_fall_of_depth_reaches_the_target_slowly_and_added_risk_at_once() {
    let market = market().await;
    for reporter in 0..3 {
        report(&market, reporter, 10_000_000).await;
    }
    report(&market, 0, 1_000_000).await;
    let in_force = report(&market, 1, 1_000_000).await;
    assert_eq!(in_force, usd(10_000_000));
    let row = market.row(GOLD).await;
    let in_force = row.depth.in_force(&row.depth_terms, Timestamp(market.now())).unwrap();
    assert_eq!(row.depth.for_added_risk(in_force), usd(1_000_000));
}

#[tokio::test]
async fn silence_halves_depth_in_a_day_and_the_next_sample_asks_for_more() {
    let market = market().await;
    for reporter in 0..3 {
        report(&market, reporter, 100_000).await;
    }
    let posted_at = market.now();
    let _alice = market.trader().cash(usd(100_000)).long(GOLD, lots(40_000)).await;
    market.advance(posted_at + 600 + 86_400 - market.now());
    market.publish(GOLD, GOLD.price);
    let event: Refreshed = market.try_refresh(&[GOLD]).await.unwrap().event();
    let row = market.row(GOLD).await;
    assert!(event.sampled && row.open_interest > usd(500_000), "{:?}", row.open_interest);
    assert_eq!(row.depth.in_force(&row.depth_terms, Timestamp(market.now())), Ok(usd(50_000)));
    let target = |depth| {
        let correction = row.coverage.correction;
        row.target_terms.target(event.variance, correction, row.open_interest, usd(depth)).unwrap()
    };
    assert_eq!(event.target, target(50_000));
    // by the root of two, two fifths
    assert_eq!(event.target.0 * 100 / target(100_000).0, 141);
}

#[tokio::test]
async fn post_depth_fails_for_a_stranger() {
    let market = Market::start().await;
    let admin = market.admin.pubkey();
    let post = market.deployment.post_depth(admin, BTC.row, usd(1));
    assert_error(market.as_admin(&[post]).await, BallastError::NotDepthReporter);
    let thief = market.trader().await;
    let post = market.deployment.post_depth(thief.address(), BTC.row, usd(1));
    assert_error(thief.send(post).await, BallastError::NotDepthReporter);
    // a reporter of another exchange is a stranger here
    let other = market.another().await;
    let reporter = &other.depth_reporters[0];
    let post = market.deployment.post_depth(reporter.pubkey(), BTC.row, usd(1));
    assert_error(market.chain.send(&[post], &[reporter]).await, BallastError::NotDepthReporter);
    // and a reporter's name is not its signature
    let reporter = market.depth_reporters[0].pubkey();
    let post = market.deployment.post_depth(reporter, BTC.row, usd(1)).unsigned(reporter);
    assert_error(market.as_admin(&[post]).await, ErrorCode::AccountNotSigner);
}

#[tokio::test]
async fn post_depth_fails_when_the_depth_is_not_above_zero() {
    let market = Market::start().await;
    let before = market.row(BTC).await.depth;
    for depth in [Usd(0), Usd(-1), Usd(i64::MIN)] {
        assert_error(market.report_depth(1, BTC, depth).await, BallastError::AmountZero);
    }
    assert_eq!(market.row(BTC).await.depth, before);
}

#[tokio::test]
async fn post_depth_fails_when_the_underlying_is_unknown_or_the_board_anothers() {
    let market = Market::start().await;
    assert_error(market.report_depth(1, GOLD, usd(1)).await, BallastError::UnknownUnderlying);
    let other = market.another().await;
    let reporter = &market.depth_reporters[2];
    let post = market.deployment.post_depth(reporter.pubkey(), USDC.row, usd(1));
    let post = post.with(market.deployment.board, other.deployment.board);
    assert_error(market.chain.send(&[post], &[reporter]).await, BallastError::WrongBoard);
}
