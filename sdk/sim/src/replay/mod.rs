//! A market of many traders on a history: refreshes, ramps, calls, top-ups, liquidations and insurance, through the
//! transitions of the core.
//!
//! Keepers and traders act on closes: within a bar nobody knows when its extremes came, and those of perpetuals are wicks.
//! A bar is one to five rounds a minute apart. In each the keeper refreshes, opens and closes calls, starts liquidations
//! and takes over what was started before (at once below the critical level), and sells it on; what it sold moves the
//! price of the next round, in which more accounts may fall: a cascade.

mod count;
mod keeper;
mod screen;
mod traders;
mod untouched;

use ballast_core::clearing::Reading;
use ballast_core::state::parameters::UnderlyingTerms;
use ballast_core::units::{PerLot, Price, Scan, Timestamp, Tokens};

use crate::SimError;
use crate::bars::Bar;
use crate::book::Book;
use crate::history::{Moment, Source, require_bars};
use crate::house::{House, HouseTerms};
use crate::impact::Impact;
use crate::model::{Quote, exponent_for, named, quotes};
use crate::numbers::{self, dollars, fraction, real};
use crate::span::{Span, day};
pub use count::Replayed;
use screen::Screen;
use traders::Trader;
use untouched::Untouched;

/// The account that trades with everybody.
pub const MAKER: usize = 0;
/// The keeper's account.
pub const KEEPER: usize = 1;
/// The first trader's.
pub const FIRST_TRADER: usize = 2;
/// Rounds of a bar.
const ROUNDS: u32 = 5;
/// Seconds between two rounds.
const ROUND: i64 = 60;
/// Seconds in which the oracle's moving average forgets half.
const EMA_HALF_LIFE: f64 = 3_600.0;
/// Confidence interval of a price: the middle of what real SOL/USD accounts show, as a part of the price.
const CONFIDENCE: f64 = 0.000_5;

/// Most that a reserve gives in a day, USD.
pub const RESERVE_A_DAY: f64 = 100_000.0;

/// A replay.
#[derive(Clone, Debug)]
pub struct Replay {
    /// The history.
    pub source: Source,
    /// Bars of it.
    pub span: Span,
    /// The underlying's terms.
    pub terms: UnderlyingTerms,
    /// Traders.
    pub traders: usize,
    /// Seed of the book.
    pub seed: u64,
    /// Whether liquidations move the price.
    pub impact: bool,
    /// Depth where the history has none, USD.
    pub depth: f64,
    /// Cash of the insurance fund, USD.
    pub insurance: f64,
}

/// A bar as it went.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BarDone {
    /// The history's bar.
    pub bar: Bar,
    /// The market's close, moved by liquidations.
    pub close: f64,
    /// Effective scan range.
    pub effective: f64,
    /// Target scan range.
    pub target: f64,
    /// Liquidations that started in it.
    pub liquidations: u64,
}

impl Replay {
    /// Runs it; `on_bar` sees the house after every bar.
    ///
    /// # Errors
    /// [`SimError`].
    pub fn run(&self, on_bar: &mut dyn FnMut(&BarDone, &mut House)) -> Result<Replayed, SimError> {
        let mut history = self.source.open()?;
        let period = history.period();
        let mut market: Option<Market> = None;
        let (mut first, mut last) = (None, 0);
        while let Some(moment) = history.advance()? {
            if moment.bar.opened_at >= self.span.to {
                break;
            }
            let market = match &mut market {
                Some(market) => market,
                none => none.insert(Market::new(self, &moment.bar)?),
            };
            if !self.span.contains(moment.bar.opened_at) {
                market.warm_up(&moment.bar, period)?;
                continue;
            }
            let done = market.play(&moment, period)?;
            first = first.or(Some(moment.bar.opened_at));
            last = moment.bar.opened_at;
            on_bar(&done, &mut market.house);
        }
        let count = market.as_ref().map_or(0, |market| market.count.bars);
        require_bars(count, &self.source, self.span)?;
        let Some(market) = market else { return Ok(Replayed::default()) };
        let mut count = market.finish(last)?;
        count.file = self.source.name();
        count.from = day(first.unwrap_or(last));
        count.to = day(last);
        count.quality = history.quality();
        Ok(count)
    }
}

/// A market on its way through a history.
pub struct Market {
    /// What the exchange holds.
    pub house: House,
    pub(crate) traders: Vec<Trader>,
    pub(crate) screen: Screen,
    pub(crate) book: Book,
    pub(crate) count: Replayed,
    untouched: Untouched,
    impact: Option<Impact>,
    ema: f64,
    last_at: i64,
    depth: f64,
    exponent: i8,
    /// Scan range in force when the bar opened.
    range_before: Scan,
    /// Coverage before the first trader came.
    warm_windows: u64,
    warm_breaches: u64,
}

impl Market {
    /// The market before its first bar, made from nothing.
    ///
    /// # Errors
    /// [`SimError`].
    pub fn new(replay: &Replay, first: &Bar) -> Result<Self, SimError> {
        let exponent = exponent_for(&replay.terms, first);
        let underlying = UnderlyingTerms { price_exponent: exponent, ..named(&replay.terms) };
        let mut underlying = underlying;
        // one reporter posts depth with every bar
        underlying.depth.quorum = 1;
        let terms = HouseTerms {
            underlying,
            size_exponent: lot_exponent(first.open),
            insurance: numbers::usd(replay.insurance),
            at: Timestamp(first.opened_at),
        };
        let mut book = Book::new(replay.seed);
        let reserves: Vec<bool> = (0..replay.traders).map(|_| book.has_reserve()).collect();
        let with_reserve = reserves.iter().filter(|has| **has).count();
        let accounts = FIRST_TRADER.saturating_add(replay.traders).saturating_add(with_reserve);
        let refused = SimError::refused("make the exchange", first.opened_at);
        let mut house = House::new(&terms, accounts).map_err(refused)?;
        for (account, reserve) in traders::reserves(&reserves) {
            let named = house.set_reserve(account, reserve, numbers::usd(RESERVE_A_DAY));
            named.map_err(SimError::refused("name a reserve", first.opened_at))?;
        }
        Self::of(house, &reserves, book, replay, first)
    }

    /// The market of a house whose accounts exist: maker, keeper, traders, and reserves of those that have one.
    ///
    /// # Errors
    /// [`SimError`].
    pub fn of(mut house: House, reserves: &[bool], book: Book, replay: &Replay, first: &Bar) -> Result<Self, SimError> {
        house.keeper = KEEPER;
        let traders = traders::seats(reserves);
        let exponent = house.underlying().price_exponent;
        let count = Replayed { traders: real_count(reserves.len()), from: day(first.opened_at), ..Replayed::default() };
        let mut market = Self {
            screen: Screen::new(house.accounts.len()),
            house,
            traders,
            book,
            count,
            untouched: Untouched::default(),
            impact: replay.impact.then(Impact::default),
            ema: first.open,
            last_at: i64::MIN,
            depth: replay.depth,
            exponent,
            range_before: Scan::ZERO,
            warm_windows: 0,
            warm_breaches: 0,
        };
        market.fund_the_house(first.opened_at)?;
        Ok(market)
    }

    /// Takes a bar's prices and nothing else: the model knows the market before the first trader comes.
    ///
    /// # Errors
    /// [`SimError`].
    pub fn warm_up(&mut self, bar: &Bar, period: u64) -> Result<(), SimError> {
        for quote in quotes(bar, period, self.last_at) {
            self.publish(quote)?;
        }
        let coverage = &self.house.underlying().coverage;
        (self.warm_windows, self.warm_breaches) = (coverage.windows, coverage.effective.either);
        Ok(())
    }

    /// Plays one bar.
    ///
    /// # Errors
    /// [`SimError`].
    pub fn play(&mut self, moment: &Moment, period: u64) -> Result<BarDone, SimError> {
        let bar = &moment.bar;
        self.depth = moment.depth.unwrap_or(self.depth);
        let before = self.count.liquidations;
        let row = self.house.underlying();
        let in_force = row.ramp.effective(&row.ramp_terms, self.house.now());
        self.range_before = in_force.map_err(SimError::refused("read the ramp", bar.opened_at))?;
        for quote in quotes(bar, period, self.last_at) {
            self.publish(quote)?;
        }
        let close_at = bar.closed_at(period);
        let refused = SimError::refused("take the depth", close_at);
        self.house.post_depth(numbers::usd(self.depth.max(1.0))).map_err(refused)?;
        if let Some((_, sigma)) = moment.index {
            // one that its step forbids is refused, as on chain
            let _refused = self.house.post_index(ballast_core::units::Ratio(numbers::signed(sigma * 1e9))).is_err();
        }
        self.screen.read(&self.house)?;
        for round in 0..ROUNDS {
            let more = self.keep(close_at)?;
            if !more || round.saturating_add(1) == ROUNDS {
                break;
            }
            let at = self.last_at.saturating_add(ROUND);
            self.publish(Quote { price: bar.close, at })?;
            self.screen.read(&self.house)?;
        }
        self.untouched.judge(&self.house, close_at, &mut self.count)?;
        self.act(close_at)?;
        self.count.bars = self.count.bars.saturating_add(1);
        let started = self.count.liquidations.saturating_sub(before);
        self.count.most_liquidations_in_a_bar = self.count.most_liquidations_in_a_bar.max(started);
        let row = self.house.underlying();
        let effective = row.ramp.effective(&row.ramp_terms, self.house.now());
        let effective = effective.map_err(SimError::refused("read the ramp", close_at))?;
        Ok(BarDone {
            bar: *bar,
            close: self.moved(bar.close, self.last_at),
            effective: fraction(effective),
            target: fraction(row.ramp.target),
            liquidations: started,
        })
    }

    /// Checks the books and hands the counts over.
    ///
    /// # Errors
    /// [`SimError::Books`].
    pub fn finish(mut self, at: i64) -> Result<Replayed, SimError> {
        let refused = SimError::refused("be audited", at);
        if let Some(discrepancy) = self.house.discrepancy().map_err(refused)? {
            return Err(SimError::Books { at, discrepancy });
        }
        let lacks = self.house.terms().deficit;
        self.count.deficit = dollars(lacks.of(1)) + dollars(lacks.of(-1));
        let coverage = &self.house.underlying().coverage;
        self.count.windows = coverage.windows.saturating_sub(self.warm_windows);
        self.count.breaches = coverage.effective.either.saturating_sub(self.warm_breaches);
        Ok(self.count)
    }

    fn moved(&self, price: f64, at: i64) -> f64 {
        self.impact.as_ref().map_or(price, |impact| impact.on(price, at))
    }

    /// Publishes a price and refreshes.
    fn publish(&mut self, quote: Quote) -> Result<(), SimError> {
        let Quote { price: unmoved, at } = quote;
        let price = self.moved(unmoved, at);
        self.count.largest_impact = self.count.largest_impact.max((price / unmoved - 1.0).abs());
        let elapsed = real(at.saturating_sub(self.last_at.max(0)).max(0).unsigned_abs());
        self.ema = price + (self.ema - price) * (-elapsed / EMA_HALF_LIFE).exp2();
        let units = |price: f64| numbers::price(price, self.exponent).ok_or(SimError::Price { price, at });
        let (price, ema) = (units(price)?, units(self.ema)?);
        let reading = Reading {
            // units are 1e-8 USD per 10^n tokens: as a price of 10^n tokens the exponent is -8, of one it is -8 - n
            price: numbers::signed(real(price.0)),
            confidence: numbers::whole(real(price.0) * CONFIDENCE).unwrap_or(0),
            ema: numbers::signed(real(ema.0)),
            exponent: (-8_i32).saturating_sub(i32::from(self.exponent)),
            published_at: Timestamp(at),
            previous_published_at: Timestamp(self.last_at.max(0)),
        };
        let refused = SimError::refused("accept a price", at);
        self.house.refresh(&reading, Timestamp(at)).map_err(refused)?;
        debug_assert_eq!(self.house.underlying().price, Price(price.0));
        self.last_at = at;
        Ok(())
    }

    /// Maker, keeper and reserves get their cash; reserves are named.
    fn fund_the_house(&mut self, at: i64) -> Result<(), SimError> {
        let refused = |error| SimError::Refused { at, action: "take a deposit", error };
        for account in [MAKER, KEEPER] {
            self.house.deposit(account, Tokens(1_000_000_000_000_000)).map_err(refused)?;
        }
        Ok(())
    }
}

/// The exponent of a lot of one to ten dollars.
fn lot_exponent(price: f64) -> i8 {
    let exponent = numbers::signed(-price.max(1e-12).log10().floor());
    i8::try_from(exponent.clamp(-12, 9)).unwrap_or(0)
}

fn real_count(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

/// Lots of a notional at a mark; at least one.
pub(crate) fn lots_of(notional: f64, mark: PerLot) -> u64 {
    numbers::whole(notional / (real(mark.0.unsigned_abs()) / 1e12)).unwrap_or(0).max(1)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::arithmetic_side_effects, reason = "tests may")]
mod tests {
    use ballast_core::margin::{Exposure, Moment as At, TARGET};

    use super::*;
    use crate::synthetic;

    /// The core finds nobody below target whom the screen has passed over.
    pub(super) fn assert_none_missed(house: &House, due: &[usize]) {
        for (place, account) in house.accounts.iter().enumerate().skip(FIRST_TRADER) {
            let exposure = Exposure::of(account, &house.board, At::at(house.now())).unwrap();
            assert!(exposure.meets(TARGET).unwrap() || due.contains(&place), "account {place} was passed over");
        }
    }

    fn replay(traders: usize, impact: bool) -> Replay {
        Replay {
            source: Source::prices("unused.csv"),
            span: Span::ALL,
            terms: UnderlyingTerms::default(),
            traders,
            seed: 3,
            impact,
            depth: 20_000.0,
            insurance: 20.0,
        }
    }

    fn play(bars: &[Bar], replay: &Replay) -> Replayed {
        let [first, ..] = bars else { return Replayed::default() };
        let mut market = Market::new(replay, first).unwrap();
        for bar in bars {
            market.play(&Moment { bar: *bar, index: None, depth: None }, synthetic::PERIOD).unwrap();
            assert_eq!(market.house.discrepancy().unwrap(), None);
        }
        market.finish(0).unwrap()
    }

    /// A made-up market that loses half of its value in three hours.
    fn crash() -> Vec<Bar> {
        let mut bars = synthetic::bars(240, 9);
        let mut level = 1.0;
        for (hour, bar) in bars.iter_mut().enumerate() {
            let before = level;
            level *= if (150..153).contains(&hour) { 0.8 } else { 1.0 };
            bar.open *= before;
            bar.high *= before;
            bar.low *= level;
            bar.close *= level;
        }
        bars
    }

    #[test]
    fn through_a_crash_nobody_is_passed_over_and_the_books_stay_exact() {
        let counted = play(&crash(), &replay(120, true));
        assert!(counted.calls > 20 && counted.liquidations > 20 && counted.insolvent > 0, "{counted:?}");
        assert!(
            counted.by_insurance > 0.0 && counted.by_index > 0.0,
            "20 USD of insurance are not enough: {counted:?}"
        );
        let carried = counted.by_insurance + counted.by_index + counted.deficit;
        assert!((carried / counted.bad_debt - 1.0).abs() < 1e-6, "{counted:?}");
    }

    #[test]
    fn impact_makes_a_crash_worse() {
        let (with, without) = (play(&crash(), &replay(120, true)), play(&crash(), &replay(120, false)));
        assert!(with.largest_impact > 0.01 && without.largest_impact == 0.0);
        assert!(with.liquidations >= without.liquidations && with.bad_debt > without.bad_debt, "{with:?} {without:?}");
    }

    #[test]
    fn a_seed_repeats() {
        assert_eq!(play(&crash(), &replay(40, true)), play(&crash(), &replay(40, true)));
        assert_ne!(play(&crash(), &replay(40, true)), play(&crash(), &Replay { seed: 4, ..replay(40, true) }));
    }
}
