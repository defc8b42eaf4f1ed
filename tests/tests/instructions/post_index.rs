//! `post_index`.

use anchor_lang::error::ErrorCode;
use anchor_lang::prelude::Pubkey;
use ballast::events::{IndexPosted, Refreshed};
use ballast_client::key;
use ballast_core::BallastError;
use ballast_core::model::{Index, IndexSource, IndexTerms};
use ballast_core::units::{Key, Ratio, Timestamp, Variance};
use ballast_tests::pyth::{LEGACY_OWNER, PULL_OWNER, PythPrice, VerificationLevel};
use ballast_tests::{BTC, Edit, Failure, GOLD, Market, Sent, assert_error, percent};
use solana_signer::Signer;

/// Name of the index's feed.
const FEED: Key = Key([0x1D; 32]);
/// Account that it is read from; a legacy feed's is its name.
const ACCOUNT: Pubkey = Pubkey::new_from_array([0x1D; 32]);

/// Gold with an index of a source, of which half counts; in percent where it is read.
async fn market(source: IndexSource) -> Market {
    let market = Market::start().await;
    let authority = source == IndexSource::Authority;
    let index = IndexTerms {
        key: if authority { key(&market.venue.pubkey()) } else { FEED },
        source: source.number(),
        exponent: if authority { 0 } else { -2 },
        weight: percent(50),
        longest_age: 7_200,
        step: percent(25),
    };
    market.list_gold(|terms| terms.index = index).await;
    market.price(GOLD, GOLD.price).await;
    market
}

/// The authority, whose key is the venue's, posts a value.
async fn sign(market: &Market, value: Ratio) -> Result<Sent, Failure> {
    let instruction = market.deployment.post_signed_index(market.venue.pubkey(), GOLD.row, value);
    market.chain.send(&[instruction], &[&market.venue]).await
}

/// The feed says 80 with six decimals, now.
fn reading(market: &Market) -> PythPrice {
    let mut price = PythPrice::new(FEED, 80_000_000, market.now());
    price.reading.exponent = -6;
    price
}

/// Somebody posts what the index's account says.
async fn post(market: &Market, data: Vec<u8>, owner: Pubkey) -> Result<Sent, Failure> {
    market.write_oracle(ACCOUNT, data, owner);
    let anybody = market.chain.keypair();
    let instruction = market.deployment.post_feed_index(anybody.pubkey(), GOLD.row, ACCOUNT);
    market.chain.send(&[instruction], &[&anybody]).await
}

async fn index(market: &Market) -> Index {
    market.row(GOLD).await.index
}

#[tokio::test]
async fn post_index_of_an_authority_raises_the_next_samples_volatility() {
    let market = market(IndexSource::Authority).await;
    let event: IndexPosted = sign(&market, percent(300)).await.unwrap().event();
    assert_eq!((event.board, event.underlying, event.index), (market.deployment.board, GOLD.row, percent(300)));
    assert_eq!(index(&market).await, Index { value: percent(300), at: Timestamp(market.now()) });
    let before = market.row(GOLD).await.ramp;
    market.advance(300);
    market.publish(GOLD, GOLD.price);
    let event: Refreshed = market.try_refresh(&[GOLD]).await.unwrap().event();
    // half of it
    assert_eq!(event.variance, Variance::annual(percent(150)).unwrap());
    assert!(event.target.0 > before.target.0 * 2);
    assert!(event.effective.0 <= before.target.0 * 5 / 4);
}

#[tokio::test]
async fn post_index_reads_a_pull_feed() {
    let market = market(IndexSource::Pull).await;
    let event: IndexPosted = post(&market, reading(&market).to_pull_account_data(), PULL_OWNER).await.unwrap().event();
    assert_eq!(event.index, percent(80));
    assert_eq!(index(&market).await, Index { value: percent(80), at: Timestamp(market.now()) });
}

#[tokio::test]
async fn post_index_reads_a_legacy_feed() {
    let market = market(IndexSource::Legacy).await;
    let data = reading(&market).to_legacy_account_data();
    let event: IndexPosted = post(&market, data.clone(), LEGACY_OWNER).await.unwrap().event();
    assert_eq!(event.index, percent(80));
    // another account of the same program
    let another = Pubkey::new_from_array([0x1E; 32]);
    market.write_oracle(another, data, LEGACY_OWNER);
    let instruction = market.deployment.post_feed_index(market.admin.pubkey(), GOLD.row, another);
    assert_error(market.as_admin(&[instruction]).await, BallastError::OracleFeed);
}

#[tokio::test]
async fn a_stale_index_counts_as_absent() {
    let market = market(IndexSource::Authority).await;
    let without = market.row(GOLD).await.ramp.target;
    sign(&market, percent(300)).await.unwrap();
    market.tick(7_200).await;
    assert!(market.row(GOLD).await.ramp.target > without);
    market.tick(300).await;
    let fallen = market.row(GOLD).await.ramp.target;
    assert!(fallen <= without, "{fallen:?} above {without:?}");
}

#[tokio::test]
async fn post_index_fails_for_anybody_but_the_authority() {
    let market = market(IndexSource::Authority).await;
    let admin = market.admin.pubkey();
    let instruction = market.deployment.post_signed_index(admin, GOLD.row, percent(80));
    assert_error(market.as_admin(&[instruction]).await, BallastError::NotIndexAuthority);
    let authority = market.venue.pubkey();
    let unsigned = market.deployment.post_signed_index(authority, GOLD.row, percent(80)).unsigned(authority);
    assert_error(market.as_admin(&[unsigned]).await, ErrorCode::AccountNotSigner);
    assert_eq!(index(&market).await, Index::default());
}

#[tokio::test]
async fn post_index_fails_when_the_underlying_has_no_index_of_this_kind() {
    let market = market(IndexSource::Authority).await;
    let data = reading(&market).to_pull_account_data();
    assert_error(post(&market, data, PULL_OWNER).await, BallastError::IndexMissing);
    // none at all
    let none = market.deployment.post_signed_index(market.venue.pubkey(), BTC.row, percent(80));
    assert_error(market.chain.send(&[none], &[&market.venue]).await, BallastError::IndexMissing);
    let unknown = market.deployment.post_signed_index(market.venue.pubkey(), 9, percent(80));
    assert_error(market.chain.send(&[unknown], &[&market.venue]).await, BallastError::UnknownUnderlying);
    // neither a value nor an account
    let mut neither = market.deployment.post_signed_index(market.venue.pubkey(), GOLD.row, percent(80));
    neither.data.truncate(9);
    neither.data.push(0);
    assert_error(market.chain.send(&[neither], &[&market.venue]).await, BallastError::IndexMissing);
    // both a value and an account
    let mut both = market.deployment.post_signed_index(market.venue.pubkey(), GOLD.row, percent(80));
    both.accounts.last_mut().unwrap().pubkey = ACCOUNT;
    assert_error(market.chain.send(&[both], &[&market.venue]).await, BallastError::IndexMissing);
    assert_eq!(index(&market).await, Index::default());
    // a signed value for one that is read
    let market = self::market(IndexSource::Pull).await;
    assert_error(sign(&market, percent(80)).await, BallastError::IndexMissing);
}

#[tokio::test]
async fn post_index_fails_when_the_value_is_out_of_bounds() {
    let market = market(IndexSource::Authority).await;
    for value in [Ratio(i64::MIN), Ratio::ZERO, Ratio(9_999_999), Ratio(20_000_000_001), Ratio(i64::MAX)] {
        assert_error(sign(&market, value).await, BallastError::IndexOutOfBounds);
    }
    sign(&market, percent(2_000)).await.unwrap();
}

#[tokio::test]
async fn post_index_fails_when_the_value_is_not_newer() {
    let market = market(IndexSource::Pull).await;
    let mut price = reading(&market);
    let send = async |price: PythPrice| post(&market, price.to_pull_account_data(), PULL_OWNER).await;
    send(price).await.unwrap();
    assert_error(send(price).await, BallastError::IndexNotNewer);
    price.reading.published_at.0 -= 1;
    assert_error(send(price).await, BallastError::IndexNotNewer);
    let market = self::market(IndexSource::Authority).await;
    sign(&market, percent(80)).await.unwrap();
    assert_error(sign(&market, percent(80)).await, BallastError::IndexNotNewer);
}

#[tokio::test]
async fn post_index_fails_when_the_step_is_too_large() {
    let market = market(IndexSource::Authority).await;
    sign(&market, percent(80)).await.unwrap();
    market.advance(1_800);
    // half an hour allows half of a quarter
    for value in [Ratio(900_000_001), Ratio(699_999_999)] {
        assert_error(sign(&market, value).await, BallastError::IndexStep);
    }
    sign(&market, percent(90)).await.unwrap();
    market.advance(1);
    assert_error(sign(&market, percent(91)).await, BallastError::IndexStep);
}

#[tokio::test]
async fn post_index_fails_when_the_feed_is_not_the_one_that_the_underlying_names() {
    let market = market(IndexSource::Pull).await;
    let good = reading(&market);
    let stranger = market.admin.pubkey();
    assert_error(post(&market, good.to_pull_account_data(), stranger).await, BallastError::OracleOwner);
    assert_error(post(&market, good.to_legacy_account_data(), PULL_OWNER).await, BallastError::OracleKind);
    let another = PythPrice { feed: GOLD.feed, ..good };
    assert_error(post(&market, another.to_pull_account_data(), PULL_OWNER).await, BallastError::OracleFeed);
    let verification = VerificationLevel::Partial { num_signatures: 5 };
    let partial = PythPrice { verification, ..good };
    assert_error(post(&market, partial.to_pull_account_data(), PULL_OWNER).await, BallastError::OracleUnverified);
    assert_eq!(index(&market).await, Index::default());
}

#[tokio::test]
async fn post_index_fails_when_the_feeds_value_is_no_good() {
    let market = market(IndexSource::Pull).await;
    let good = reading(&market);
    let changed = async |change: fn(&mut PythPrice)| {
        let mut price = good;
        change(&mut price);
        post(&market, price.to_pull_account_data(), PULL_OWNER).await
    };
    assert_error(changed(|price| price.reading.price = 0).await, BallastError::OraclePriceNotPositive);
    assert_error(changed(|price| price.reading.price = i64::MIN).await, BallastError::OraclePriceNotPositive);
    assert_error(changed(|price| price.reading.confidence = 8_000_001).await, BallastError::PriceWide);
    let ahead = changed(|price| price.reading.published_at.0 += 86_401).await;
    assert_error(ahead, BallastError::OraclePriceFromFuture);
    assert_error(changed(|price| price.reading.exponent = -9).await, BallastError::IndexOutOfBounds);
    assert_error(changed(|price| price.reading.exponent = i32::MAX).await, BallastError::Overflow);
    assert_error(changed(|price| price.reading.exponent = i32::MIN).await, BallastError::IndexOutOfBounds);
    changed(|price| price.reading.confidence = 8_000_000).await.unwrap();
}
