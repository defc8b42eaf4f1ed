//! What a feed has been worth.

use ballast_core::model::feed::{
    AFTER_OUTAGE, BELIEVED, DIVERGED, Enters, Feed, GRACE, HOLD, HOLD_AGREED, OUTAGE, Quote, WIDE,
};
use ballast_core::model::{Ramp, RampTerms};
use ballast_core::units::{Price, Ratio, Scan, Timestamp};

const NOW: i64 = 1_750_075_200;
const SPOT: u64 = 1_000_000;

/// A feed whose underlying is held to 5 %.
struct Watch {
    feed: Feed,
    ramp: Ramp,
    terms: RampTerms,
}

impl Watch {
    fn new() -> Self {
        let scan = Ratio::percent(5).scan().unwrap();
        let terms = RampTerms::new(Ratio::percent(25), Ratio::percent(15)).unwrap();
        let mut watch = Self { feed: Feed::default(), ramp: Ramp::at(scan, Timestamp(NOW)), terms };
        assert_eq!(watch.see(0, SPOT, SPOT), (0, Enters::Everything));
        watch
    }

    fn see_as(&mut self, at: i64, price: u64, ema: u64, wide: bool) -> (u8, Enters) {
        let quote = Quote { price: Price(price), ema: Price(ema), published_at: Timestamp(NOW + at), wide };
        self.feed.observe(&quote, (&self.ramp, &self.terms), Timestamp(NOW + at)).unwrap()
    }

    /// A price that is posted when it is so many seconds old.
    fn see_late(&mut self, at: i64, price: u64, age: i64) -> u8 {
        let quote =
            Quote { price: Price(price), ema: Price(price), published_at: Timestamp(NOW + at - age), wide: false };
        self.feed.observe(&quote, (&self.ramp, &self.terms), Timestamp(NOW + at)).unwrap().0
    }

    fn see(&mut self, at: i64, price: u64, ema: u64) -> (u8, Enters) {
        self.see_as(at, price, ema, false)
    }

    fn is_held(&self, at: i64) -> bool {
        self.feed.is_held(Timestamp(NOW + at))
    }
}

#[test]
fn a_price_diverges_beyond_four_scan_ranges_of_the_average() {
    for (price, flaws) in [(1_200_000, 0), (1_200_001, DIVERGED), (800_000, 0), (799_999, DIVERGED)] {
        assert_eq!(Watch::new().see(5, price, SPOT).0, flaws, "{price}");
    }
}

#[test]
fn the_scan_range_in_force_decides_not_an_end_of_its_ramp() {
    let mut watch = Watch::new();
    // falls from 10 % to 5 %: a day later it is at 8.5 %
    watch.ramp = Ramp { target: watch.ramp.target, ..Ramp::at(Scan(100_000_000_000), Timestamp(NOW)) };
    watch.feed.young_at = Timestamp(NOW + 86_399);
    assert_eq!(watch.see(86_400, 1_339_000, SPOT).0, 0);
    assert_eq!(watch.see(86_401, 1_341_000, SPOT).0, DIVERGED);
}

#[test]
fn a_wide_price_enters_nothing_and_is_no_good_price() {
    let mut watch = Watch::new();
    assert_eq!(watch.see_as(5, 1_010_000, SPOT, true), (WIDE, Enters::Nothing));
    assert_eq!(watch.feed.good_price, Price(SPOT));
    assert_eq!(watch.see_as(10, 2_000_000, SPOT, true), (WIDE | DIVERGED, Enters::Nothing));
    assert_eq!(watch.see(15, 1_010_000, 1_005_000), (0, Enters::Everything));
    let feed = &watch.feed;
    assert_eq!((feed.good_price, feed.good_ema), (Price(1_010_000), Price(1_005_000)));
    assert_eq!(feed.good_at, Timestamp(NOW + 15));
}

#[test]
fn a_diverged_price_enters_volatility_when_it_is_ten_minutes_old_or_good() {
    let mut watch = Watch::new();
    for at in (10..610).step_by(60) {
        assert_eq!(watch.see(at, 700_000, SPOT), (DIVERGED, Enters::Coverage), "{at}");
    }
    assert_eq!(watch.see(609, 700_000, SPOT), (DIVERGED, Enters::Coverage));
    assert_eq!(watch.see(610, 700_000, SPOT), (DIVERGED, Enters::Everything));
    // over, and the next begins its own ten minutes
    assert_eq!(watch.see(620, 700_000, 750_000), (0, Enters::Everything));
    assert_eq!(watch.see(630, 500_000, 750_000), (DIVERGED, Enters::Coverage));
}

/// Seconds for which liquidation waits in the worst hour, and in the longest stretch once the hour's hold is spent, while a
/// price is now outside the band and now within it. Outside it does not come to rest.
fn waits(outside: impl Fn(i64) -> bool) -> (u64, u64) {
    waits_at(|at| if outside(at) { 700_000 + at as u64 % 2 * 50_000 } else { SPOT })
}

/// The same, at prices.
fn waits_at(price: impl Fn(i64) -> u64) -> (u64, u64) {
    let mut watch = Watch::new();
    let mut held = vec![false; 30_000];
    let mut is_outside = false;
    let (mut longest, mut stretch) = (0, 0);
    for at in 1..30_000 {
        if at % 5 == 0 {
            is_outside = price(at) != SPOT;
            watch.see(at, price(at), SPOT);
        }
        held[at as usize] = is_outside && watch.is_held(at);
        let spent = at - (watch.feed.held_at.0 - NOW) >= HOLD as i64;
        stretch = if spent && held[at as usize] { stretch + 1 } else { 0 };
        longest = longest.max(stretch);
    }
    let hours = held.windows(3_600).map(|hour| hour.iter().filter(|waits| **waits).count() as u64);
    (hours.max().unwrap(), longest)
}

/// Touching the band again arms nothing: from second to second, no hour holds for more than ten minutes, and the minute in
/// which a new divergence is believed.
#[test]
fn holds_last_ten_minutes_in_any_hour() {
    assert_eq!(waits(|_| true), (HOLD, 0));
    // in and out of the band at every turn
    assert!(waits(|at| at % 10 == 0).0 <= HOLD);
    assert!(waits(|at| (at / 30) % 2 == 0).0 <= HOLD);
    // a minute within the band before each: a minute of believing, in which liquidation goes on for as long
    let (hour, stretch) = waits(|at| (at / 65) % 2 == 0);
    assert!(hour <= HOLD + (3_600 - HOLD) / 2, "{hour}");
    assert_eq!(stretch, BELIEVED);
    assert!(waits(|at| (at / 300) % 2 == 0).0 <= HOLD + 6 * BELIEVED);
}

/// Three prices in a row that lie within half a scan range of the first: the market has come to rest elsewhere.
#[test]
fn a_hold_lasts_two_minutes_where_three_prices_agree() {
    assert_eq!(waits_at(|_| 700_000), (HOLD_AGREED, 0));
    let mut watch = Watch::new();
    for (at, price) in [(10, 700_000), (20, 717_500), (100, 682_499)] {
        watch.see(at, price, SPOT);
    }
    assert!(watch.is_held(130), "the third is further than half a scan range");
    watch.see(125, 690_000, SPOT);
    assert!(watch.is_held(130), "two agree");
    watch.see(129, 695_000, SPOT);
    assert!(watch.is_held(129) && !watch.is_held(130), "three agree, and two minutes are over");
    watch.see(140, 760_000, SPOT);
    assert!(watch.is_held(140), "it moves on");
    watch.see(145, 900_000, SPOT);
    for at in [150, 155] {
        watch.see(at, 700_000, SPOT);
    }
    assert!(watch.is_held(155), "those before a price within the band do not count");
    watch.see(160, 700_000, SPOT);
    assert!(!watch.is_held(160));
}

#[test]
fn a_divergence_is_believed_after_a_minute_and_a_second_price() {
    let mut watch = Watch::new();
    watch.see(10, 700_000, SPOT);
    watch.see(15, SPOT, SPOT);
    // the hour's hold is spent, and another divergence begins
    watch.see(700, 700_000, SPOT);
    assert!(watch.is_held(700) && watch.is_held(800), "one print, however long ago");
    watch.see(759, 700_000, SPOT);
    assert!(watch.is_held(759));
    // a touch of the band does not begin it anew
    watch.see(770, SPOT, SPOT);
    watch.see(775, 700_000, SPOT);
    assert!(!watch.is_held(775));
    watch.see(780, SPOT, SPOT);
    watch.see(834, 700_000, SPOT);
    assert!(!watch.is_held(834));
    // a minute does
    watch.see(840, SPOT, SPOT);
    watch.see(899, 700_000, SPOT);
    assert!(!watch.is_held(899));
    watch.see(905, SPOT, SPOT);
    watch.see(965, 700_000, SPOT);
    assert!(watch.is_held(965));
}

#[test]
fn a_wide_print_says_where_the_price_is_to_three_confidence_intervals() {
    assert_eq!(Feed::around(Price(500_000), Ratio::percent(2)), Ok((Price(470_000), Price(530_000))));
    assert_eq!(Feed::around(Price(500_001), Ratio(1)), Ok((Price(500_000), Price(500_002))), "rounded outwards");
    assert_eq!(Feed::around(Price(500_000), Ratio::percent(40)), Ok((Price(0), Price(1_100_000))));
}

#[test]
fn an_outage_that_ends_elsewhere_is_followed_by_two_minutes() {
    for (silence, price, flaws) in [
        (OUTAGE, 1_025_001, AFTER_OUTAGE),
        (OUTAGE, 974_999, AFTER_OUTAGE),
        (OUTAGE - 1, 974_999, 0),
        (OUTAGE, 975_000, 0),
        (OUTAGE, 1_025_000, 0),
        (100_000, 975_000, 0),
    ] {
        assert_eq!(Watch::new().see(silence as i64, price, price).0, flaws, "{silence} {price}");
    }
    let mut watch = Watch::new();
    let end = OUTAGE as i64;
    assert_eq!(watch.see(end, 970_000, SPOT), (AFTER_OUTAGE, Enters::Everything));
    assert_eq!(watch.see(end + GRACE as i64 - 1, 970_000, SPOT).0, AFTER_OUTAGE);
    assert_eq!(watch.feed.good_price, Price(SPOT), "the last good price is that before the outage");
    assert_eq!(watch.see(end + GRACE as i64, 970_000, SPOT).0, 0);
    assert_eq!(watch.feed.good_price, Price(970_000));
    // the next outage within the hour gives no second grace
    assert_eq!(watch.see(end + 1_000, 920_000, SPOT).0, 0);
    assert_eq!(watch.see(end + 3_600, 870_000, SPOT).0, AFTER_OUTAGE);
}

#[test]
fn the_first_price_ends_no_outage() {
    let mut watch = Watch::new();
    watch.feed = Feed::default();
    assert_eq!(watch.see(10_000, 500_000, 500_000).0, 0);
}

#[test]
fn an_outage_lasts_until_a_young_price_whatever_is_posted_late() {
    let mut watch = Watch::new();
    // an hour of silence, retold in steps of less than five minutes, each near the one before
    for step in 1..12 {
        assert_eq!(watch.see_late(3_600, SPOT - step * 5_000, 3_600 - step as i64 * 299), 0);
    }
    assert_eq!(watch.see_late(3_600, 940_000, 61), 0, "a minute and a second is old");
    assert_eq!(watch.see_late(3_600, 940_000, 60), AFTER_OUTAGE);
    assert_eq!(watch.see_late(3_720, 940_000, 0), 0);
}

#[test]
fn the_band_is_two_scan_ranges_around_the_last_good_price() {
    let mut watch = Watch::new();
    let five = Ratio::percent(5).scan().unwrap();
    watch.see_as(5, 500_000, SPOT, true);
    assert_eq!(watch.feed.band(Price(500_000), five), Ok((Price(900_000), Price(1_100_000))));
    assert_eq!(watch.feed.band(Price(1), Scan(1)), Ok((Price(999_999), Price(1_000_001))), "rounded outwards");
    let hundred = Ratio::percent(100).scan().unwrap();
    assert_eq!(watch.feed.band(Price(1), hundred), Ok((Price(0), Price(3_000_000))), "never below zero");
    let never_good = Feed::default();
    assert_eq!(never_good.band(Price(500_000), five), Ok((Price(450_000), Price(550_000))));
}

mod any_numbers {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn are_judged_or_an_error(
            words in proptest::array::uniform14(any::<u64>()), scan in any::<u64>(), now in any::<i64>(),
            published_at in any::<i64>(), prices in proptest::array::uniform2(any::<u64>()), around in any::<i64>(),
            wide in any::<bool>(),
        ) {
            let terms = RampTerms::new(Ratio::percent(25), Ratio::percent(15)).unwrap();
            let mut feed: Feed = bytemuck::cast(words);
            let ramp = Ramp::at(Scan(scan), Timestamp(now));
            let published_at = Timestamp(published_at);
            let quote = Quote { price: Price(prices[0]), ema: Price(prices[1]), published_at, wide };
            let _ = feed.observe(&quote, (&ramp, &terms), Timestamp(now));
            let _ = feed.band(quote.price, Scan(scan));
            let _ = feed.is_held(Timestamp(now));
            let _ = Feed::around(quote.price, Ratio(around));
        }
    }
}
