//! The table of prices and actions, cell by cell, as transitions answer it.
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

use ballast_core::clearing::{self, Asset};
use ballast_core::error::{BallastError, Result};
use ballast_core::margin::{Action, Answer, MAINTENANCE, TARGET, Validity, validity};
use ballast_core::units::Usd;
use common::{
    BTC, BTC_PERP, BTC_PRICE, BTC_VAULT, SOL, SOL_PERP, SOL_PRICE, Snapshot, World, hold, key, market, moved, usd,
};

const ALL: u64 = u64::MAX >> 1;

/// A market whose bitcoin feed is about to go bad; `account` is long bitcoin.
struct Case {
    world: World,
    account: usize,
    keeper: usize,
    maker: usize,
}

impl Case {
    fn new() -> Self {
        let (mut world, account, keeper, maker) = market();
        hold(&mut world, account, maker, BTC_PERP, 10_000);
        Self { world, account, keeper, maker }
    }

    /// The feed goes bad; its price stays where it is, and the other is fresh.
    fn with(mut self, bad: Validity) -> Self {
        let price = self.world.board.underlyings[usize::from(BTC)].price.0 as i64;
        self.world.pass(if bad == Validity::Stale { 61 } else { 5 });
        match bad {
            Validity::Good => self.world.print(BTC, price, price),
            Validity::Wide => drop(self.world.refresh(BTC, price, price, price / 50, None).unwrap()),
            Validity::Diverged => self.world.print(BTC, price, moved(price, -2_500)),
            Validity::Stale => {}
        }
        self.world.price(SOL, SOL_PRICE);
        let row = &self.world.board.underlyings[usize::from(BTC)];
        let now = self.world.board.time(self.world.clock);
        assert_eq!(validity(row, Action::Liquidate, now), Ok(bad));
        self
    }

    /// Equity becomes this part, in a hundred, of maintenance.
    fn standing(mut self, percent: i64) -> Self {
        let needed = self.world.exposure(self.account).requirement(MAINTENANCE).unwrap().0;
        let change = needed * percent / 100 - self.world.equity(self.account).0;
        let cash = self.world.accounts[self.account].cash.0 + change;
        self.world.set_cash(self.account, Usd(cash));
        self
    }

    /// Below target and above maintenance.
    fn called(mut self) -> Self {
        self.world.ramp(BTC, ballast_core::units::Ratio::percent(4), ballast_core::units::Ratio::percent(8));
        let case = self.standing(120);
        assert!(case.world.meets(case.account, MAINTENANCE) && !case.world.meets(case.account, TARGET));
        case
    }

    /// Fails without a trace, or succeeds.
    fn expect<T>(mut self, action: impl FnOnce(&mut Self) -> Result<T>, answer: Result<()>) {
        let before = Snapshot::of(&self.world);
        let done = action(&mut self).map(drop);
        assert_eq!(done, answer);
        if answer.is_err() {
            before.assert_unchanged(&self.world);
        }
        self.world.assert_books();
    }
}

fn reduce(bad: Validity, answer: Result<()>) {
    Case::new().with(bad).expect(|case| case.world.deposit(case.account, None, 1_000_000), answer);
    Case::new().with(bad).expect(|case| case.world.deposit(case.account, Some(BTC_VAULT), 1_000_000), answer);
    Case::new().with(bad).expect(|case| case.world.fill(case.maker, case.account, BTC_PERP, 5_000), answer);
}

fn add_risk(bad: Validity, answer: Result<()>) {
    Case::new().with(bad).expect(|case| case.world.fill(case.account, case.maker, BTC_PERP, 1), answer);
    // in another contract as well: the account holds bitcoin
    Case::new().with(bad).expect(|case| case.world.fill(case.account, case.maker, SOL_PERP, 1), answer);
    Case::new().with(bad).expect(|case| case.world.withdraw(case.account, None, 1_000_000), answer);
    let mut case = Case::new();
    let other = case.world.account(1, usd(1));
    case.with(bad).expect(|case| case.world.transfer(case.account, other, Asset::Cash, 1_000_000), answer);
}

/// Bitcoin stands one percent higher, and the maker has paid its loss into the pool.
fn with_a_gain() -> Case {
    let mut case = Case::new();
    case.world.pass(5);
    case.world.price(BTC, moved(BTC_PRICE, 100));
    case
}

fn settle_gain(bad: Validity, answer: Result<()>) {
    let mut case = with_a_gain();
    case.world.settle(case.maker, BTC_PERP).unwrap();
    case.with(bad).expect(|case| case.world.settle(case.account, BTC_PERP), answer);
}

fn settle_loss(bad: Validity, answer: Result<()>) {
    with_a_gain().with(bad).expect(|case| case.world.settle(case.maker, BTC_PERP), answer);
}

fn top_up(bad: Validity, answer: Result<()>) {
    let mut case = Case::new().called();
    let reserve = case.world.account(1, usd(50_000));
    let [named, held] = case.world.accounts.get_disjoint_mut([case.account, reserve]).unwrap();
    clearing::set_top_up(named, Some((held, key(60))), usd(50_000), false).unwrap();
    let topped_up = |case: &mut Case| {
        let done = case.world.rebalance(case.account, Some(reserve), None)?;
        assert!(done.topped_up > Usd::ZERO);
        Ok(())
    };
    case.with(bad).expect(topped_up, answer);
}

fn rebalance(bad: Validity, answer: Result<()>) {
    let opened = |case: &mut Case| {
        let done = case.world.rebalance(case.account, None, None)?;
        assert_eq!(done.call, clearing::Call::Opened);
        Ok(())
    };
    Case::new().called().with(bad).expect(opened, answer);
}

fn liquidate(bad: Validity, answer: Result<()>) {
    let taken = |case: &mut Case| case.world.liquidate(case.account, case.keeper, None, BTC_PERP, ALL);
    Case::new().standing(70).with(bad).expect(taken, answer);
}

/// A loss in SOL beyond cash, and bitcoin as collateral.
fn sell_collateral(bad: Validity, answer: Result<()>) {
    let (mut world, account, keeper, maker) = market();
    world.deposit(account, Some(BTC_VAULT), 100_000_000).unwrap();
    hold(&mut world, account, maker, SOL_PERP, 48_000);
    world.pass(5);
    // a tenth of 720,000 dollars: below maintenance wherever bitcoin is, and above critical
    world.price(SOL, moved(SOL_PRICE, -1_000));
    world.renew();
    world.set_cash(account, Usd::ZERO);
    let mut case = Case { world, account, keeper, maker }.with(bad);
    case.world.price(SOL, moved(SOL_PRICE, -1_000));
    let sold = |case: &mut Case| case.world.sell_collateral(case.account, case.keeper, None, BTC_VAULT, ALL);
    case.expect(sold, answer);
}

macro_rules! cells {
    ($($action:ident: $good:expr, $wide:expr, $diverged:expr, $stale:expr;)+) => {
        $(mod $action {
            use super::*;

            #[test]
            fn good() {
                super::$action(Validity::Good, $good);
            }

            #[test]
            fn wide() {
                super::$action(Validity::Wide, $wide);
            }

            #[test]
            fn diverged() {
                super::$action(Validity::Diverged, $diverged);
            }

            #[test]
            fn stale() {
                super::$action(Validity::Stale, $stale);
            }
        })+
    };
}

const WIDE: Result<()> = Err(BallastError::PriceWide);
const DIVERGED: Result<()> = Err(BallastError::PriceDiverged);
const STALE: Result<()> = Err(BallastError::PriceStale);

cells! {
    //               Good    Wide  Diverged  Stale
    reduce:          Ok(()), Ok(()), Ok(()), Ok(());
    add_risk:        Ok(()), WIDE, DIVERGED, STALE;
    settle_gain:     Ok(()), WIDE, DIVERGED, STALE;
    settle_loss:     Ok(()), Ok(()), Ok(()), STALE;
    top_up:          Ok(()), Ok(()), Ok(()), Ok(());
    rebalance:       Ok(()), WIDE, DIVERGED, STALE;
    liquidate:       Ok(()), WIDE, DIVERGED, STALE;
    sell_collateral: Ok(()), WIDE, DIVERGED, STALE;
}

#[test]
fn the_table_says_the_same() {
    use Answer::{AtEdge, No, WhileHeld, Yes};
    // Reduce, AddRisk, SettleGain, SettleLoss, TopUp, Rebalance, Liquidate
    let rows = [
        (Validity::Good, [Yes, Yes, Yes, Yes, Yes, Yes, Yes]),
        (Validity::Wide, [Yes, No, No, Yes, Yes, No, AtEdge]),
        (Validity::Diverged, [Yes, No, No, Yes, Yes, No, WhileHeld]),
        (Validity::Stale, [Yes, No, No, No, Yes, No, AtEdge]),
    ];
    for (validity, answers) in rows {
        assert_eq!(Action::ALL.map(|action| validity.serves(action)), answers, "{validity:?}");
    }
}

#[test]
fn a_price_serves_to_the_second() {
    let (mut world, ..) = market();
    world.renew();
    let row = world.board.underlyings[usize::from(BTC)];
    let at = |age: u64, action| validity(&row, action, row.published_at.after(age).unwrap()).unwrap();
    for action in Action::ALL {
        let longest = match action {
            Action::Reduce | Action::TopUp => 100_000_000,
            Action::AddRisk => 30,
            Action::SettleGain | Action::SettleLoss | Action::Rebalance | Action::Liquidate => 60,
        };
        assert_eq!(at(longest, action), Validity::Good, "{action:?}");
        if longest <= 60 {
            assert_eq!(at(longest + 1, action), Validity::Stale, "{action:?}");
        }
    }
}

#[test]
fn a_missing_price_serves_nothing() {
    let (mut world, ..) = market();
    world.board.underlyings[usize::from(BTC)].price = ballast_core::units::Price::ZERO;
    for action in Action::ALL {
        let row = &world.board.underlyings[usize::from(BTC)];
        assert_eq!(validity(row, action, world.clock), Err(BallastError::PriceMissing));
    }
}
