//! Laws of margin, for any account.
#![allow(
    missing_docs,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    clippy::indexing_slicing,
    clippy::integer_division,
    clippy::unwrap_used,
    reason = "tests may panic"
)]

mod common;

use ballast_core::margin::{
    CLOSE_OUT, CRITICAL, Exposure, HORIZON, INITIAL, Level, MAINTENANCE, Moment, TARGET, deadline,
};
use ballast_core::model::{Ramp, RampTerms, WeightRamp};
use ballast_core::state::{MarginAccount, Position};
use ballast_core::units::{Ratio, Size, Timestamp, Usd};
use common::{BTC, BTC_PRICE, BTC_VAULT, SOL, SOL_PRICE, SOL_VAULT, World, moved, usd};
use proptest::prelude::*;

const LEVELS: [Level; 5] = [INITIAL, TARGET, MAINTENANCE, CLOSE_OUT, CRITICAL];

/// Lots in each of the three contracts with the basis of each, cash, collateral.
#[derive(Clone, Debug)]
struct Book {
    lots: [i64; 3],
    basis: [i64; 3],
    cash: i64,
    collateral: [u64; 2],
}

fn books() -> impl Strategy<Value = Book> {
    let lots = prop_oneof![Just(0_i64), -20_000..20_000_i64];
    let basis = -50_000_000_000..50_000_000_000_i64;
    let collateral = (0..3_000_000_000_000_u64, 0..500_000_000_u64);
    ([lots.clone(), lots.clone(), lots], [basis.clone(), basis.clone(), basis], 0..200_000_000_000_i64, collateral)
        .prop_map(|(lots, basis, cash, (sol, btc))| Book { lots, basis, cash, collateral: [sol, btc] })
}

/// Scan ranges now and as they are aimed at, in 1e-9.
fn scans() -> impl Strategy<Value = [i64; 4]> {
    let scan = 1_000_000..1_000_000_000_i64;
    [scan.clone(), scan.clone(), scan.clone(), scan]
}

fn set_scans(world: &mut World, scans: [i64; 4]) {
    world.ramp(BTC, Ratio(scans[0]), Ratio(scans[1]));
    world.ramp(SOL, Ratio(scans[2]), Ratio(scans[3]));
}

fn position(world: &World, contract: usize, size: i64, basis: i64) -> Position {
    let state = &world.contracts[contract];
    let row = &world.board.contracts[usize::from(state.row)];
    let side = if size < 0 { -1 } else { 1 };
    Position {
        contract: state.id,
        row: state.row,
        underlying: row.underlying,
        side,
        padding: 0,
        size: Size(size),
        basis: Usd(basis),
        funding_index: row.funding.index,
        loss_index: row.loss_index(side),
        ..Position::default()
    }
}

/// An account that holds a book, whoever is on the other side.
fn holding(world: &World, book: &Book) -> MarginAccount {
    let mut empty = World::new();
    let place = empty.account(1, Usd::ZERO);
    let mut account = empty.accounts[place];
    account.cash = Usd(book.cash);
    for contract in 0..3 {
        let basis = if book.lots[contract] == 0 { 0 } else { book.basis[contract] };
        account.put(position(world, contract, book.lots[contract], basis)).unwrap();
    }
    for (vault, amount) in [SOL_VAULT, BTC_VAULT].into_iter().zip(book.collateral) {
        if amount > 0 {
            account.add_collateral(vault, ballast_core::units::Tokens(amount)).unwrap();
        }
    }
    account
}

fn seen(world: &World, account: &MarginAccount) -> Exposure {
    Exposure::of(account, &world.board, Moment::at(world.board.time(world.clock))).unwrap()
}

/// A market in which spot and average differ and indices have moved: prices in parts of ten thousand from where they
/// began.
#[derive(Clone, Debug)]
struct Market {
    btc: i64,
    sol: i64,
    lag: i64,
    scans: [i64; 4],
}

impl Market {
    fn world(&self) -> World {
        let mut world = World::new();
        let (btc, sol) = (moved(BTC_PRICE, self.btc), moved(SOL_PRICE, self.sol));
        world.print(BTC, btc, moved(btc, self.lag));
        world.print(SOL, sol, moved(sol, -self.lag));
        world.board.contracts[0].funding.index = Usd(1_234);
        world.board.contracts[2].loss_long = Usd(77);
        set_scans(&mut world, self.scans);
        world
    }
}

fn markets() -> impl Strategy<Value = Market> {
    (-3_000..3_000_i64, -3_000..3_000_i64, -300..300_i64, scans()).prop_map(|(btc, sol, lag, scans)| Market {
        btc,
        sol,
        lag,
        scans,
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn requirements_are_monotone_in_the_scan_range(
        market in markets(), book in books(), wider in [0..500_000_000_i64, 0..500_000_000_i64],
    ) {
        let world = market.world();
        let account = holding(&world, &book);
        let narrow = seen(&world, &account);
        let mut wide = world.clone();
        for (underlying, more) in [BTC, SOL].into_iter().zip(wider) {
            let ramp = &mut wide.board.underlyings[usize::from(underlying)].ramp;
            let more = Ratio(more).scan().unwrap();
            *ramp = Ramp {
                start: ramp.start.plus(more).unwrap(), target: ramp.target.plus(more).unwrap(), ..*ramp
            };
        }
        let wide = seen(&wide, &account);
        for level in LEVELS {
            prop_assert!(wide.requirement(level).unwrap() >= narrow.requirement(level).unwrap());
        }
    }

    #[test]
    fn requirements_are_homogeneous(market in markets(), book in books(), times in 1..50_i64) {
        let world = market.world();
        let once = seen(&world, &holding(&world, &book));
        let larger = Book { lots: book.lots.map(|lots| lots * times), ..book };
        let many = seen(&world, &holding(&world, &larger));
        for level in LEVELS {
            let exact = once.exact_requirement(level).unwrap().0 * times as u128;
            prop_assert_eq!(many.exact_requirement(level).unwrap().0, exact);
            let (one, all) = (once.requirement(level).unwrap().0 * times, many.requirement(level).unwrap().0);
            prop_assert!(all <= one);
            prop_assert!(level == INITIAL || all > one - times, "rounding is less than a unit a time");
        }
    }

    #[test]
    fn requirements_are_never_negative_and_in_order(market in markets(), book in books()) {
        let world = market.world();
        let exposure = seen(&world, &holding(&world, &book));
        let [initial, target, maintenance, close_out, critical] =
            LEVELS.map(|level| exposure.requirement(level).unwrap());
        prop_assert!(critical >= Usd::ZERO);
        prop_assert!(critical <= maintenance && maintenance <= close_out);
        prop_assert!(maintenance <= target && target <= initial);
        prop_assert!(close_out <= initial);
        prop_assert!(exposure.equity(INITIAL).unwrap() <= exposure.equity(TARGET).unwrap());
        prop_assert!(exposure.equity(TARGET).unwrap() <= exposure.equity(MAINTENANCE).unwrap());
    }

    #[test]
    fn an_offset_never_raises_the_loss(market in markets(), book in books(), contract in 0..3_usize, share in 1..=1_000_i64) {
        let world = market.world();
        let mut account = holding(&world, &book);
        let before = seen(&world, &account);
        let held = account.position(world.contracts[contract].id);
        let underlying = world.board.contracts[usize::from(world.contracts[contract].row)].underlying;
        let net = before.entry(underlying).map_or(0, |entry| entry.net.0);
        prop_assume!(net != 0);
        // up to twice the net, the other way round
        let lots = net.unsigned_abs() / world.mark(contract).0.unsigned_abs() as u128;
        let offset = i64::try_from(lots).unwrap() * 2 * share / 1_000 * -net.signum() as i64;
        let after = Position { size: Size(held.size.0 + offset), ..position(&world, contract, held.size.0 + offset, held.basis.0) };
        account.put(after).unwrap();
        let exposure = seen(&world, &account);
        let loss = |exposure: &Exposure, level: Level| -> u128 {
            let of = |entry: &ballast_core::margin::UnderlyingExposure| entry.net.loss(level.scan(entry).unwrap()).unwrap().0;
            exposure.entries().iter().map(of).sum()
        };
        for level in LEVELS {
            prop_assert!(loss(&exposure, level) <= loss(&before, level));
        }
    }

    #[test]
    fn two_accounts_in_one_need_no_more(market in markets(), first in books(), second in books()) {
        let world = market.world();
        let lots = [0, 1, 2].map(|contract| first.lots[contract] + second.lots[contract]);
        let together = seen(&world, &holding(&world, &Book { lots, ..first.clone() }));
        let (first, second) = (seen(&world, &holding(&world, &first)), seen(&world, &holding(&world, &second)));
        for level in LEVELS {
            let apart = first.exact_requirement(level).unwrap().plus(second.exact_requirement(level).unwrap()).unwrap();
            prop_assert!(together.exact_requirement(level).unwrap() <= apart);
        }
    }

    #[test]
    fn replacing_a_position_equals_another_walk(
        market in markets(), book in books(), contract in 0..3_usize, size in -30_000..30_000_i64, basis in -1_000_000_000..1_000_000_000_i64,
    ) {
        let world = market.world();
        let mut account = holding(&world, &book);
        let mut replaced = seen(&world, &account);
        let before = account.position(world.contracts[contract].id);
        let after = position(&world, contract, if size % 5 == 0 { 0 } else { size }, basis);
        replaced.replace(&world.board, &before, &after).unwrap();
        account.put(after).unwrap();
        let walked = seen(&world, &account);
        for level in LEVELS {
            prop_assert_eq!(replaced.requirement(level).unwrap(), walked.requirement(level).unwrap());
            prop_assert_eq!(replaced.exact_requirement(level).unwrap(), walked.exact_requirement(level).unwrap());
            prop_assert_eq!(replaced.equity(level).unwrap(), walked.equity(level).unwrap());
        }
        prop_assert_eq!(replaced.sized, walked.sized);
        for entry in walked.entries() {
            prop_assert_eq!(replaced.entry(entry.underlying), Some(entry));
        }
    }

    #[test]
    fn a_deadline_is_the_first_second_below_maintenance(
        from in 2..20_i64, to in 2..40_i64, other in 2..40_i64, spare in 0..300_i64, lots in 1_000..20_000_i64, sol in 0..20_000_i64,
        weight in 30..90_i64,
    ) {
        let mut world = World::new();
        let percent = |parts: i64| Ratio::percent(parts);
        world.ramp(BTC, percent(from), percent(to));
        world.ramp(SOL, percent(20), percent(other));
        let now = world.clock;
        world.board.vaults[usize::from(SOL_VAULT)].weight =
            WeightRamp { start: percent(90), started_at: now, target: percent(weight) };
        let lots = [lots, 0, sol];
        let collateral = [if sol % 2 == 0 { 0 } else { 20_000_000_000 }, 0];
        let mut account = holding(&world, &Book { lots, basis: [-lots[0] * 10_000_000, 0, -sol * 15_000_000], cash: 0, collateral });
        // a little to much above maintenance
        let exposure = seen(&world, &account);
        let gap = exposure.requirement(MAINTENANCE).unwrap().minus(exposure.equity(MAINTENANCE).unwrap()).unwrap();
        account.cash = Usd((gap.0 + gap.0.abs() / 100 * spare).max(0));
        let found = deadline(&account, &world.board, now).unwrap();
        let sound = |until: Timestamp| Exposure::of(&account, &world.board, Moment { now, until }).unwrap().meets(MAINTENANCE).unwrap();
        match found {
            None => {
                // the ramps have ended there
                prop_assert!(sound(now.after(HORIZON).unwrap()) && sound(now.after(HORIZON / 7).unwrap()));
                let tightest = Exposure::of(&account, &world.board, Moment { now, until: now.after(HORIZON).unwrap() }).unwrap();
                for entry in tightest.entries() {
                    prop_assert!(entry.effective >= world.board.underlyings[usize::from(entry.underlying)].ramp.target);
                }
            }
            Some(time) if time == now => prop_assert!(!sound(now)),
            Some(time) => {
                prop_assert!(time > now && !sound(time), "caught at the deadline");
                prop_assert!(sound(Timestamp(time.0 - 1)), "and not a second before");
            }
        }
        // without anything loosening the notice is exact: the check itself agrees
        if let Some(time) = found.filter(|time| *time != now && to >= from && other >= 20) {
            let at = |time| Exposure::of(&account, &world.board, Moment::at(time)).unwrap().meets(MAINTENANCE).unwrap();
            prop_assert!(!at(time) && at(Timestamp(time.0 - 1)));
        }
    }
}

#[test]
fn there_is_no_deadline_when_the_target_is_reached() {
    let mut world = World::new();
    for underlying in [BTC, SOL] {
        world.scan(underlying, Ratio::percent(5));
    }
    let lots = [10_000, 0, 0];
    let basis = [-100_000_000_000, 0, 0];
    let account = holding(&world, &Book { lots, basis, cash: 6_100_000_000, collateral: [0, 0] });
    assert!(seen(&world, &account).meets(TARGET).unwrap());
    assert_eq!(deadline(&account, &world.board, world.clock), Ok(None));
    let poor = MarginAccount { cash: usd(5_900), ..account };
    assert_eq!(deadline(&poor, &world.board, world.clock), Ok(Some(world.clock)), "and it is now below maintenance");
}

/// Half of a day's rise is in force at once, the other half six to twelve hours later; the next day's comes with the block
/// in which the first step is a day old.
#[test]
fn notice_lasts_until_the_block_in_which_the_next_step_is_due() {
    let mut world = World::new();
    world.ramp(BTC, Ratio::percent(4), Ratio::percent(10));
    world.board.underlyings[0].liquidation_fee = Ratio::ZERO;
    let basis = [-100_000_000_000, 0, 0];
    let lots = [10_000, 0, 0];
    let notice = |cash: i64| {
        let account = holding(&world, &Book { lots, basis, cash, collateral: [0, 0] });
        deadline(&account, &world.board, world.clock).unwrap()
    };
    // 4 % became 4.5 %, then 5, 5.625, 6.25, 7.03125, 7.8125, 8.7890625, 9.765625 and 10
    let block = |number: i64| Some(Timestamp(common::NOON + number * 21_600));
    assert_eq!(notice(4_499_000_000), Some(world.clock));
    assert_eq!(notice(4_500_000_000), block(2));
    assert_eq!(notice(5_000_000_000), block(5));
    assert_eq!(notice(5_624_000_000), block(5));
    assert_eq!(notice(5_625_000_000), block(6));
    assert_eq!(notice(6_250_000_000), block(9));
    assert_eq!(notice(9_999_000_000), block(17));
    assert_eq!(notice(10_000_000_000), None);
    let seconds = block(5).unwrap().since(world.clock);
    assert!(seconds > 86_400, "more than a quarter is never due within a day: {seconds}");
}

/// The bounds of parameters allow a way of 0.1 to 200 percent at 5 % a day, which takes 156 days.
#[test]
fn a_deadline_is_found_wherever_the_slowest_ramp_leads() {
    let mut world = World::new();
    let row = &mut world.board.underlyings[usize::from(BTC)];
    row.ramp_terms = RampTerms::new(Ratio::percent(5), Ratio::percent(5)).unwrap();
    row.liquidation_fee = Ratio::ZERO;
    world.ramp(BTC, Ratio(1_000_000), Ratio::percent(200));
    let now = world.clock;
    // backed to 100 %: below maintenance when the ramp has passed that, and it does
    let basis = [-100_000_000_000, 0, 0];
    let account = holding(&world, &Book { lots: [10_000, 0, 0], basis, cash: 100_000_000_000, collateral: [0, 0] });
    let row = &world.board.underlyings[usize::from(BTC)];
    let arrival = row.ramp.reaches(&row.ramp_terms).unwrap();
    assert!(!Exposure::of(&account, &world.board, Moment::at(arrival)).unwrap().meets(MAINTENANCE).unwrap());
    let found = deadline(&account, &world.board, now).unwrap();
    assert!(found.is_some(), "caught {} days from now, but there is no deadline", arrival.since(now) / 86_400);
}
