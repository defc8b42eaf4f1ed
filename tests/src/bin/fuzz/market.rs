//! Prices and time: calm, jumps, wicks, doubt, silence.

use ballast_core::units::Timestamp;
use ballast_tests::pyth::{PriceStatus, VerificationLevel};

use crate::draw::Draw;
use crate::listing::{INDEX_FEED, PER_DOLLAR, PRICED, RUNNING};
use crate::people::*;
use crate::step::{Arguments, Step};
use crate::world::World;

/// Feeds, that of the index included.
const FEEDS: usize = INDEX_FEED + 1;
/// Arguments that one feed's price takes.
const EACH: usize = 6;
/// The price is not fully verified, or the feed does not trade.
const UNVERIFIED: i64 = 1;
/// The exponent is none that is read.
const BAD_EXPONENT: i64 = 2;

/// What the market is up to. Only draws look at it: a step carries the prices themselves.
#[derive(Clone, Debug, Default)]
pub struct Market {
    /// Until when a feed is silent.
    silent_until: [i64; FEEDS],
}

/// Seconds and slots pass, and feeds publish: each with price, confidence, average, age and flaws.
pub fn happen(world: &mut World, with: Arguments<'_>) {
    let seconds = with.at(0).clamp(0, 400 * 86_400);
    let slots = with.at(1).clamp(0, 1 << 32).cast_unsigned();
    world.set_clock(world.clock.0 + seconds, world.clock.1 + slots);
    for of_feed in with.0.get(2..).unwrap_or_default().chunks_exact(EACH) {
        let [feed, price, confidence, ema, age, flaws] = *of_feed else { continue };
        let Some(held) = usize::try_from(feed).ok().and_then(|feed| world.feeds.get_mut(feed)) else { continue };
        let at = world.clock.0.saturating_sub(age);
        let reading = &mut held.reading;
        reading.previous_published_at = Timestamp(reading.published_at.0.min(at - 1));
        (reading.price, reading.ema) = (price, ema);
        reading.confidence = confidence.unsigned_abs();
        reading.exponent = if flaws & BAD_EXPONENT == 0 { -8 } else { 3 };
        reading.published_at = Timestamp(at);
        let doubted = flaws & UNVERIFIED != 0;
        held.verification =
            if doubted { VerificationLevel::Partial { num_signatures: 5 } } else { VerificationLevel::Full };
        held.status = if doubted { PriceStatus::Halted } else { PriceStatus::Trading };
        world.publish(feed as usize);
    }
}

/// Time passes and prices move; mostly they are refreshed next.
pub fn draw(draw: &mut Draw<'_>) -> Option<Vec<i64>> {
    let seconds = match draw.dice.below(1_000) {
        0..=699 => draw.dice.between(1, 10),
        700..=849 => draw.dice.between(5, 90),
        850..=969 => draw.dice.between(60, 900),
        970..=994 => draw.dice.between(3_600, 20_000),
        995..=998 => draw.dice.between(86_400, 260_000),
        _ => draw.dice.between(600_000, 1_500_000),
    };
    let mut with = pass(draw, seconds);
    // now and then prices follow each other within a slot
    if draw.dice.chance(10) {
        with[1] = 0;
    }
    if draw.dice.chance(900) {
        refresh_all(draw);
    }
    Some(with)
}

/// Arguments of so many seconds and the prices after them.
pub fn pass(draw: &mut Draw<'_>, seconds: i64) -> Vec<i64> {
    let mut with = vec![seconds, seconds * 5 / 2];
    let now = draw.world.clock.0 + seconds;
    for feed in 0..FEEDS {
        if draw.dice.chance(1) {
            draw.market.silent_until[feed] = now + draw.dice.between(60, 2_000);
        }
        if now >= draw.market.silent_until[feed] && draw.dice.chance(980) {
            with.extend(publish(draw, feed, seconds));
        }
    }
    with
}

/// A feed falls silent for so long.
pub fn silence(draw: &mut Draw<'_>, feed: usize, seconds: i64) {
    if let Some(until) = draw.market.silent_until.get_mut(feed) {
        *until = draw.world.clock.0 + seconds;
    }
}

fn publish(draw: &mut Draw<'_>, feed: usize, seconds: i64) -> [i64; EACH] {
    let last = draw.world.feeds[feed].reading;
    let home = PRICED.get(feed).map_or(65, |priced| priced.price) * PER_DOLLAR;
    let last_price = if last.price <= 0 { home } else { last.price };
    let width = (seconds.min(3_600) as f64).sqrt() as i64;
    // in units of 1e-5
    let moved = match draw.dice.below(1_000) {
        0..=1 => draw.dice.between(-45_000, 60_000),
        2..=9 => draw.dice.between(-14_000, 16_000),
        10..=39 => draw.dice.between(-4_000, 4_000),
        40..=59 => 0,
        _ => draw.dice.between(-60 * width, 60 * width),
    };
    // a peg gives and comes back
    let back = if feed == 0 { (home - last_price) / 8 } else { 0 };
    let (moved, last_price) = if feed == 0 { (moved / 40, last_price + back) } else { (moved, last_price) };
    let price = (i128::from(last_price) * i128::from(100_000 + moved) / 100_000) as i64;
    let price = price.clamp(home / if feed == 0 { 2 } else { 8 }, home * if feed == 0 { 1 } else { 8 });
    // one print and back
    if moved.abs() > 2_500 && draw.dice.chance(350) {
        let back = [draw.dice.between(1, 20), 3, feed as i64, last_price, last_price / 5_000, last.ema, 0, 0];
        draw.then("market", &back);
        refresh_all(draw);
    }
    let ema = last.ema + ((price - last.ema) as i128 * i128::from(seconds.min(1_800)) / 3_600) as i64;
    let confidence = if draw.dice.chance(20) { price / 40 } else { price / 5_000 };
    // a time that lies ahead makes every other price old until the clock has caught up
    let age = match draw.dice.below(10_000) {
        0..=99 => draw.dice.between(1, 3_000),
        100..=119 => -draw.dice.between(1, 40),
        120 => -draw.dice.between(1, 100_000),
        _ => 0,
    };
    let (price, flaws) = match draw.dice.below(400) {
        0 => (0, 0),
        1 => (-price, 0),
        2 => (7, 0),
        3 => (price, UNVERIFIED),
        4 => (price, BAD_EXPONENT),
        _ => (price, 0),
    };
    [feed as i64, price, confidence, ema, age, flaws]
}

/// Plans that a keeper refreshes all that is new.
pub fn refresh_all(draw: &mut Draw<'_>) {
    for house in 0..RUNNING {
        if house == 0 || draw.dice.chance(150) {
            let keeper = if draw.dice.chance(500) { draw.keeper(house) } else { -1 };
            // without rows: all that are new when it is sent
            draw.then("refresh", &[house as i64, keeper, -1]);
        }
    }
}

/// A gift of tokens to a vault.
pub fn draw_gift(draw: &mut Draw<'_>) -> Option<Vec<i64>> {
    let house = draw.house();
    let amount = draw.dice.between(1, 5_000_000);
    Some(vec![house as i64, draw.dice.below(PEOPLE), draw.token(house), amount])
}

/// Steps of a market that runs on for some seconds.
pub fn wait(draw: &mut Draw<'_>, seconds: i64) {
    let with = pass(draw, seconds);
    draw.plan.push_back(Step { op: "market".to_owned(), with, twist: None });
    refresh_all(draw);
}
