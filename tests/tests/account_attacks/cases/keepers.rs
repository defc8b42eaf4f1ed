//! What keepers, reporters and the index's authority send while all is well.

use ballast_client::key;
use ballast_core::model::IndexSource;
use ballast_core::units::Key;
use ballast_tests::pyth::{PULL_OWNER, PythPrice};
use ballast_tests::{BTC, GOLD, SOL, percent, usd};
use solana_signer::Signer;

use super::trading::Actors;
use super::{Cases, INDEX};

/// Prices, depth and indices.
pub(super) async fn add(cases: &mut Cases, actors: &Actors) {
    let Actors { market, keeper, .. } = actors;
    let here = market.deployment;
    let reporter = market.depth_reporters[0].pubkey();
    cases.add(market, "post_depth", "", here.post_depth(reporter, BTC.row, usd(1_000_000))).await;
    let mut price = PythPrice::new(Key(INDEX.to_bytes()), 80_000_000, market.now());
    price.reading.exponent = -6;
    market.write_oracle(INDEX, price.to_pull_account_data(), PULL_OWNER);
    cases.add(market, "post_index", "of a feed", here.post_feed_index(keeper.address(), GOLD.row, INDEX)).await;
    let authority = market.venue.pubkey();
    let (of_feed, by_feed) = (market.row(GOLD).await.index_terms, GOLD.row);
    market
        .edit_board(|board| {
            let terms = &mut board.underlying_mut(by_feed).unwrap().index_terms;
            terms.key = key(&authority);
            terms.source = IndexSource::Authority.number();
            terms.exponent = 0;
        })
        .await;
    let signed = here.post_signed_index(authority, GOLD.row, percent(80));
    cases.add(market, "post_index", "signed", signed).await;
    market.edit_board(|board| board.underlying_mut(by_feed).unwrap().index_terms = of_feed).await;
    market.advance(1);
    for of in [BTC, SOL] {
        market.publish(of, of.price);
    }
    let refresh = market.refresh_instruction(&[BTC, SOL], Some(keeper.account)).await;
    cases.add(market, "refresh", "paid", refresh).await;
    cases.add(market, "refresh", "unpaid", market.refresh_instruction(&[BTC, SOL], None).await).await;
}
