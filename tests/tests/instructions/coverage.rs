//! Coverage, counted on chain and again from the events.

use ballast::events::Refreshed;
use ballast_client::{coverage, events};
use ballast_core::model::Coverage;
use ballast_tests::{GOLD, Market, usd};

/// What refreshes of gold logged, from its first price on.
struct Diary {
    market: Market,
    logs: Vec<String>,
}

impl Diary {
    async fn start() -> Self {
        let market = Market::start().await;
        market.list_gold(|_| {}).await;
        Self { market, logs: Vec::new() }
    }

    /// A price some time after the last.
    async fn price(&mut self, seconds: i64, dollars: i64) -> Coverage {
        self.print(seconds, dollars, false).await
    }

    /// A price whose confidence interval is above the limit.
    async fn wide_price(&mut self, seconds: i64, dollars: i64) -> Coverage {
        self.print(seconds, dollars, true).await
    }

    async fn print(&mut self, seconds: i64, dollars: i64, wide: bool) -> Coverage {
        self.market.advance(seconds);
        let mut price = self.market.publish(GOLD, dollars);
        if wide {
            price.reading.confidence = price.reading.price.unsigned_abs() / 50;
            self.market.publish_as(GOLD, price);
        }
        let sent = self.market.try_refresh(&[GOLD]).await.unwrap();
        assert_eq!(sent.event::<Refreshed>().wide, wide);
        self.logs.extend(sent.logs);
        self.board().await
    }

    async fn board(&self) -> Coverage {
        self.market.row(GOLD).await.coverage
    }

    async fn recounted(&self) -> Coverage {
        let terms = self.market.row(GOLD).await.target_terms;
        coverage::recount(events::decode(&self.logs), &terms).unwrap()
    }
}

#[tokio::test]
async fn coverage_is_recounted_from_events_to_the_last_unit() {
    let mut diary = Diary::start().await;
    diary.price(1, 2_500).await;
    // a quiet hour
    for minute in 0..12 {
        diary.price(300, 2_500 + minute % 3).await;
    }
    assert_eq!(diary.board().await.windows, 1);
    // an hour that falls too far and comes back, then one that rises too far
    diary.price(1_200, 2_300).await;
    diary.price(1_200, 2_500).await;
    let fallen = diary.price(1_200, 2_500).await;
    assert_eq!((fallen.effective.down, fallen.effective.up, fallen.effective.either), (1, 0, 1));
    let risen = diary.price(3_600, 2_800).await;
    assert_eq!((risen.effective.down, risen.effective.up, risen.effective.either), (1, 1, 2));
    // a price about which venues disagree closes no window, however far it is
    let before = diary.board().await;
    assert_eq!(diary.wide_price(3_600, 3_500).await, before);
    // an hour of both
    diary.price(60, 2_800).await;
    diary.price(600, 3_300).await;
    diary.price(600, 2_300).await;
    diary.price(2_400, 2_800).await;
    // a silence of nine hours ends in one window
    let before = diary.board().await.windows;
    let after = diary.price(32_400, 2_900).await;
    assert_eq!(after.windows, before + 1);
    diary.price(500, 2_910).await;

    let (board, recounted) = (diary.board().await, diary.recounted().await);
    assert!(board.lagging_windows > 0 && board.correction.0 > 0 && board.effective.either > 2, "{board:?}");
    assert_eq!(recounted, board);
}

#[tokio::test]
async fn the_events_of_other_underlyings_are_not_needed() {
    let mut diary = Diary::start().await;
    diary.price(1, 2_500).await;
    let _alice = diary.market.trader().cash(usd(100_000)).long(GOLD, 1_000).await;
    for hour in 1..=6 {
        diary.price(3_600, 2_500 + hour * 20).await;
        diary.market.report_depth(0, GOLD, usd(1_000)).await.unwrap();
    }
    assert_eq!(diary.recounted().await, diary.board().await);
}
