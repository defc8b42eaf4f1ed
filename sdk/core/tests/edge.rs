//! The edge rule against floats, and its two laws: it never makes liquidatable what is sound at the true prices, and a
//! worse price never makes an account sound.
#![allow(
    missing_docs,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    clippy::indexing_slicing,
    clippy::integer_division,
    clippy::unwrap_used,
    reason = "tests may panic, and compare with floats"
)]

mod common;

use ballast_core::margin::{CRITICAL, Exposure, Level, MAINTENANCE, Moment, TARGET};
use ballast_core::model::WeightRamp;
use ballast_core::model::feed::{AFTER_OUTAGE, DIVERGED, WIDE};
use ballast_core::state::{CollateralBalance, MarginAccount, Position};
use ballast_core::units::{PerLot, PerToken, Price, Ratio, Size, Timestamp, Tokens, Usd};
use common::{BTC, BTC_PRICE, SOL, SOL_PRICE, World, usd};
use proptest::prelude::*;

/// Dollars of a lot at a dollar of price: three contracts on bitcoin, bitcoin and solana.
const LOTS: [(u8, f64); 3] = [(BTC, 1e-4), (BTC, 1e-3), (SOL, 0.1)];
/// Vaults by row: the underlying and the tokens in a unit.
const VAULTS: [(u8, f64); 2] = [(SOL, 1e-9), (BTC, 1e-8)];

/// Confidence of a Wide price, by underlying.
const CONFIDENCE: [i64; 2] = [2, 10];

/// What is bad about a feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Feed {
    Good,
    Wide,
    Silent,
    Held,
    /// Diverged for longer than a hold.
    Diverged,
    AfterOutage,
}

fn any_feed() -> impl Strategy<Value = Feed> {
    prop_oneof![
        Just(Feed::Good),
        Just(Feed::Wide),
        Just(Feed::Silent),
        Just(Feed::Held),
        Just(Feed::Diverged),
        Just(Feed::AfterOutage)
    ]
}

/// What an account holds.
#[derive(Clone, Copy, Debug)]
struct Book {
    lots: [i64; 3],
    basis: [i64; 3],
    cash: i64,
    collateral: [u64; 2],
}

fn any_book() -> impl Strategy<Value = Book> {
    let lots = [-20_000..20_000_i64, -2_000..2_000_i64, -20_000..20_000_i64];
    let basis = [-300_000..300_000_i64, -300_000..300_000_i64, -300_000..300_000_i64];
    let collateral = [0..2_000_000_000_000_u64, 0..200_000_000_u64];
    (lots, basis, 0..200_000_i64, collateral, 0..4_u8).prop_map(|(mut lots, basis, cash, mut collateral, some)| {
        if some == 0 {
            lots[2] = 0;
            collateral = [0, 0];
        }
        Book { lots, basis: basis.map(|dollars| dollars * 1_000_000), cash: cash * 1_000_000, collateral }
    })
}

/// A market with feeds as they are asked for: what the board says now, and where each was good.
struct Scene {
    world: World,
    feeds: [Feed; 2],
    good: [f64; 2],
}

impl Scene {
    /// Spot is so many parts in ten thousand from the last good price of a bad feed, or from the start.
    fn new(feeds: [Feed; 2], spots: [i64; 2], scans: [i64; 2]) -> Self {
        let mut world = World::new();
        let mut good = [BTC_PRICE, SOL_PRICE];
        world.pass(10);
        for row in [BTC, SOL] {
            let place = usize::from(row);
            world.scan(row, Ratio::basis_points(scans[place]));
            let start = good[place];
            let spot = start + start / 10_000 * spots[place];
            set_spot(&mut world, row, spot);
            if feeds[place] == Feed::Good {
                good[place] = spot;
            }
            let now = world.clock;
            let ago = |seconds| Timestamp(now.0 - seconds);
            let held = &mut world.board.underlyings[place];
            held.published_at = if feeds[place] == Feed::Silent { ago(61) } else { now };
            held.feed.good_price = Price(good[place] as u64);
            held.confidence = Ratio::percent(CONFIDENCE[place]);
            (held.feed.divergence_at, held.feed.last_diverged_at) = (ago(65), ago(5));
            (held.flaws, held.feed.held_at, held.feed.outage_at) = match feeds[place] {
                Feed::Good | Feed::Silent => (0, Timestamp::ZERO, Timestamp::ZERO),
                Feed::Wide => (WIDE, Timestamp::ZERO, Timestamp::ZERO),
                Feed::Held => (DIVERGED, ago(599), ago(120)),
                Feed::Diverged => (DIVERGED, ago(600), Timestamp::ZERO),
                Feed::AfterOutage => (AFTER_OUTAGE, ago(5), ago(119)),
            };
        }
        world.board.newest_publish_time = world.clock;
        for vault in world.board.vaults.iter_mut().take(VAULTS.len()) {
            vault.weight = WeightRamp::at(Ratio::percent(90), world.clock);
        }
        Self { world, feeds, good: good.map(|price| price as f64 * 1e-8) }
    }

    fn account(&self, book: &Book) -> MarginAccount {
        let mut account: MarginAccount = bytemuck::Zeroable::zeroed();
        account.cash = Usd(book.cash);
        for (place, (lots, basis)) in book.lots.into_iter().zip(book.basis).enumerate() {
            let contract = &self.world.contracts[place];
            let position = Position {
                contract: contract.id,
                row: contract.row,
                underlying: LOTS[place].0,
                side: if lots < 0 { -1 } else { 1 },
                size: Size(lots),
                basis: Usd(basis),
                ..Position::default()
            };
            account.put(position).unwrap();
        }
        for (vault, amount) in book.collateral.into_iter().enumerate() {
            account.collateral[vault] =
                CollateralBalance { amount: Tokens(amount), vault: vault as u8, padding: [0; 7] };
        }
        account
    }

    fn seen(&self, account: &MarginAccount) -> (Exposure, bool) {
        Exposure::for_liquidation(account, &self.world.board, self.world.clock).unwrap()
    }

    fn at_edge(&self, place: usize, waived: bool) -> bool {
        match self.feeds[place] {
            Feed::Good | Feed::Diverged => false,
            Feed::Wide => !(waived && self.sharp(place)),
            Feed::Silent => true,
            Feed::Held | Feed::AfterOutage => !waived,
        }
    }

    /// Whether it is taken at spot from an account below critical.
    fn is_held(&self, place: usize) -> bool {
        match self.feeds[place] {
            Feed::Held | Feed::AfterOutage => true,
            Feed::Wide => self.sharp(place),
            Feed::Good | Feed::Diverged | Feed::Silent => false,
        }
    }

    /// Whether a Wide price is known better than the band is wide.
    fn sharp(&self, place: usize) -> bool {
        let [least, most] = self.print(place);
        most - least <= 4.0 * self.scan(place) * self.good[place]
    }

    /// Three confidence intervals around the price.
    fn print(&self, place: usize) -> [f64; 2] {
        [-0.03, 0.03].map(|part| self.spot(place) * (1.0 + part * CONFIDENCE[place] as f64))
    }

    fn spot(&self, place: usize) -> f64 {
        self.world.board.underlyings[place].price.0 as f64 * 1e-8
    }

    /// Crossed where a Wide price lies beyond the band.
    fn edges(&self, place: usize) -> [f64; 2] {
        let [low, high] = [-2.0, 2.0].map(|ranges| self.good[place] * (1.0 + ranges * self.scan(place)));
        if self.feeds[place] != Feed::Wide {
            return [low, high];
        }
        let [least, most] = self.print(place);
        [low.max(least), high.min(most)]
    }

    fn scan(&self, place: usize) -> f64 {
        self.world.effective(place as u8).0 as f64 * 1e-12
    }

    /// Equity and maintenance in dollars, worked out from the definition.
    fn expected(&self, book: &Book, waived: bool) -> (f64, f64) {
        let mut equity = book.cash as f64 * 1e-6;
        let mut margin = 0.0;
        for place in 0..2 {
            let worth = |price: f64| worth(book, place, price);
            if self.at_edge(place, waived) {
                let [low, high] = self.edges(place);
                let (low_worth, high_worth) = (worth(low), worth(high));
                equity += if low > high { low_worth.min(high_worth) } else { low_worth.max(high_worth) };
            } else {
                equity += worth(self.spot(place));
                margin += margin_of(book, place, self.spot(place), self.scan(place));
            }
        }
        (equity, margin)
    }
}

fn worth(book: &Book, place: usize, price: f64) -> f64 {
    let mut sum = 0.0;
    for (contract, (underlying, tokens)) in LOTS.into_iter().enumerate() {
        if usize::from(underlying) == place {
            sum += book.lots[contract] as f64 * tokens * price + book.basis[contract] as f64 * 1e-6;
        }
    }
    for (vault, (underlying, tokens)) in VAULTS.into_iter().enumerate() {
        let value = book.collateral[vault] as f64 * tokens * price;
        if usize::from(underlying) == place && value >= 10.0 {
            sum += 0.9 * value;
        }
    }
    sum
}

/// Maintenance of the fixture: the scan range, and a fee of 1 %.
fn margin_of(book: &Book, place: usize, price: f64, scan: f64) -> f64 {
    let (mut net, mut gross) = (0.0_f64, 0.0);
    for (contract, (underlying, tokens)) in LOTS.into_iter().enumerate() {
        if usize::from(underlying) == place {
            let notional = book.lots[contract] as f64 * tokens * price;
            net += notional;
            gross += notional.abs();
        }
    }
    net.abs() * scan + 0.01 * f64::midpoint(gross, net.abs())
}

/// The board at another spot.
fn set_spot(world: &mut World, row: u8, price: i64) {
    let underlying = &mut world.board.underlyings[usize::from(row)];
    underlying.price = Price(price as u64);
    for (contract, (of, tokens)) in LOTS.into_iter().enumerate() {
        if of == row {
            let held = &mut world.board.contracts[contract];
            held.mark = PerLot((price as f64 * 1e4 * tokens).round() as i64);
            held.ema_mark = held.mark;
        }
    }
    for (vault, (of, tokens)) in VAULTS.into_iter().enumerate() {
        if of == row {
            let held = &mut world.board.vaults[vault];
            held.value = PerToken((price as f64 * 1e7 * tokens).floor() as u64);
            held.ema_value = held.value;
        }
    }
}

fn reads(exposure: &Exposure, level: Level) -> (f64, f64) {
    (exposure.equity(level).unwrap().0 as f64 * 1e-6, exposure.requirement(level).unwrap().0 as f64 * 1e-6)
}

#[track_caller]
fn assert_near(ours: f64, expected: f64) {
    assert!((ours - expected).abs() <= 1e-4 + expected.abs() * 1e-9, "{ours} instead of {expected}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn the_edge_valuation_is_that_of_its_definition(
        book in any_book(), feeds in [any_feed(), any_feed()],
        spots in [-4_000..4_000_i64, -4_000..4_000_i64], scans in [100..2_000_i64, 100..2_000_i64],
    ) {
        let scene = Scene::new(feeds, spots, scans);
        let (seen, waived) = scene.seen(&scene.account(&book));
        let (equity, margin) = scene.expected(&book, waived);
        let (ours, needed) = reads(&seen, MAINTENANCE);
        assert_near(ours, equity);
        assert_near(needed, margin);
        if feeds == [Feed::Good; 2] {
            let plain = Exposure::of(&scene.account(&book), &scene.world.board, Moment::at(scene.world.clock)).unwrap();
            prop_assert_eq!(seen, plain);
        }
    }

    /// Holds are waived exactly for accounts below critical at the edges of what is held, which then fail at spot too.
    #[test]
    fn only_accounts_below_critical_at_the_edge_wait_for_nothing(
        book in any_book(), feeds in [any_feed(), any_feed()],
        spots in [-3_000..3_000_i64, -3_000..3_000_i64], scans in [100..2_000_i64, 100..2_000_i64],
    ) {
        let scene = Scene::new(feeds, spots, scans);
        let (_, waived) = scene.seen(&scene.account(&book));
        let (equity, mut half) = (scene.expected(&book, false).0, 0.0);
        for (place, feed) in feeds.into_iter().enumerate() {
            let [low, high] = scene.edges(place);
            let price = if scene.is_held(place) { low.min(high) } else { scene.spot(place) };
            if scene.is_held(place) || !matches!(feed, Feed::Wide | Feed::Silent) {
                half += margin_of(&book, place, price, scene.scan(place) / 2.0);
            }
        }
        let (at_spot, needed) = scene.expected(&book, true);
        let touches = |place: usize| (0..3).any(|held| usize::from(LOTS[held].0) == place && book.lots[held] != 0)
            || (0..2).any(|held| usize::from(VAULTS[held].0) == place && book.collateral[held] != 0);
        let held = (0..2).any(|place| scene.is_held(place) && touches(place));
        prop_assume!((equity - half).abs() > 0.01 && (at_spot - needed).abs() > 0.01);
        prop_assert_eq!(waived, held && equity < half && at_spot < needed);
    }

    /// Whatever the board says of a bad feed: where the true price lies in its band and the account is sound there, it is
    /// not liquidatable.
    #[test]
    fn an_account_that_is_sound_at_true_prices_is_not_liquidatable(
        book in any_book(), bad in [any_feed(), any_feed()],
        spots in [-4_000..4_000_i64, -4_000..4_000_i64], scans in [100..2_000_i64, 100..2_000_i64],
        truths in [-1_000..=1_000_i64, -1_000..=1_000_i64], surplus in 0..100_i64,
    ) {
        // one that counts at spot is true
        let bad = bad.map(|feed| if feed == Feed::Diverged { Feed::Good } else { feed });
        let scene = Scene::new(bad, spots, scans);
        let mut truth = Scene::new([Feed::Good; 2], spots, scans);
        for place in 0..2 {
            if bad[place] != Feed::Good {
                let [low, high] = scene.edges(place);
                prop_assume!(low <= high);
                let price = low + (high - low) * (truths[place] as f64 + 1_000.0) / 2_000.0;
                set_spot(&mut truth.world, place as u8, (price * 1e8) as i64);
            }
        }
        // just sound, to within two units of rounding
        let mut book = book;
        let (equity, needed) = reads(&truth.seen(&truth.account(&book)).0, MAINTENANCE);
        book.cash = (book.cash + ((needed - equity) * 1e6) as i64 + 3 + surplus * 100_000_000).max(book.cash);
        let account = scene.account(&book);
        prop_assume!(truth.seen(&account).0.meets(MAINTENANCE).unwrap());
        let (seen, waived) = scene.seen(&account);
        prop_assert!(seen.meets(MAINTENANCE).unwrap());
        prop_assert!(!waived);
    }

    /// A worse price, good or bad, never makes an account sound.
    #[test]
    fn a_worse_price_never_ends_a_liquidation(
        book in any_book(), feeds in [any_feed(), any_feed()], place in 0..2_usize,
        spots in [-2_000..2_000_i64, -2_000..2_000_i64], scans in [100..2_000_i64, 100..2_000_i64], worse in 1..2_000_i64,
    ) {
        // longs only: then lower is worse; and an account without equity in what falls, whose margin falls with it
        let book = Book { lots: book.lots.map(i64::abs), ..book };
        let scene = Scene::new(feeds, spots, scans);
        let mut lower = spots;
        lower[place] -= worse;
        let fallen = Scene::new(feeds, lower, scans);
        let account = scene.account(&book);
        let (before, after) = (scene.seen(&account).0, fallen.seen(&account).0);
        if !before.meets(MAINTENANCE).unwrap() {
            prop_assert!(!after.meets(MAINTENANCE).unwrap());
        }
    }
}

#[test]
fn a_hedge_inside_a_bad_feed_gains_nothing_at_its_edges() {
    let scene = Scene::new([Feed::Silent, Feed::Good], [0, 0], [500, 500]);
    // a bitcoin of collateral, and short as much as it weighs: whatever the price, they are worth the same
    let book = Book { lots: [-9_000, 0, 0], basis: [90_000_000_000, 0, 0], cash: 0, collateral: [0, 100_000_000] };
    let (seen, _) = scene.seen(&scene.account(&book));
    assert_eq!(seen.equity(MAINTENANCE), Ok(usd(90_000)));
    assert_eq!(seen.requirement(MAINTENANCE), Ok(Usd::ZERO));
    // one edge for all of it, not the better of each
    let long = Book { lots: [9_000, -900, 0], basis: [0; 3], cash: 0, collateral: [0, 100_000_000] };
    let (seen, _) = scene.seen(&scene.account(&long));
    assert_eq!(seen.equity(MAINTENANCE), Ok(usd(99_000)));
}

#[test]
fn what_a_liquidation_tops_up_to_counts_the_edge_too() {
    let scene = Scene::new([Feed::Silent, Feed::Good], [0, 0], [500, 500]);
    let book = Book { lots: [0, 0, 10_000], basis: [0, 0, -150_000_000_000], cash: 0, collateral: [0, 10_000_000] };
    let (seen, _) = scene.seen(&scene.account(&book));
    // a tenth of a bitcoin at 110,000 dollars, weighted
    assert_eq!(seen.equity(TARGET), Ok(usd(9_900)));
    assert_eq!(seen.requirement(TARGET), Ok(usd(9_000)));
    assert_eq!(seen.requirement(CRITICAL), Ok(usd(5_250)));
}
