//! Requirement and equity of all five levels.

use ballast_core::margin::{CLOSE_OUT, CRITICAL, Exposure, INITIAL, MAINTENANCE, Moment, TARGET};

use super::account::{Account, LEVELS, Level};
use super::build::{self, NOW};
use super::dice::Dice;
use super::units::{UNIT, close, dollars};

pub fn level(level: Level) -> ballast_core::margin::Level {
    match level {
        Level::Initial => INITIAL,
        Level::Target => TARGET,
        Level::Maintenance => MAINTENANCE,
        Level::CloseOut => CLOSE_OUT,
        Level::Critical => CRITICAL,
    }
}

#[test]
fn requirement_and_equity_of_every_level_follow_the_formulas() {
    let mut most = (0, 0, 0);
    for seed in 0..6_000 {
        let mut dice = Dice::new(seed);
        let world = build::world(&mut dice);
        let account = build::account(&mut dice, &world);
        let exposure = Exposure::of(&account, &world.board, Moment::at(NOW)).unwrap();
        let truth = Account::of(&account, &world.board, NOW);
        for each in LEVELS {
            let (required, equity) = (truth.requirement(each), truth.equity(each));
            let name = format!("requirement of {each:?}");
            close(&name, seed, dollars(exposure.requirement(level(each)).unwrap()), required, UNIT);
            let counted = dollars(exposure.equity(level(each)).unwrap());
            close(&format!("equity of {each:?}"), seed, counted, equity, truth.rounding());
            if (equity - required).abs() > truth.rounding() + 1e-6 * required {
                assert_eq!(exposure.meets(level(each)).unwrap(), equity >= required, "{each:?}, seed {seed}");
            }
        }
        let sides = exposure.entries().len();
        most = (most.0.max(truth.holdings.len()), most.1.max(sides), most.2.max(truth.pledges.len()));
    }
    assert_eq!(most, (16, 12, 7), "positions, underlyings and collaterals of the fullest accounts");
}

#[test]
fn a_single_position_needs_ten_dollars_and_an_empty_account_nothing() {
    for seed in 0..500 {
        let mut dice = Dice::new(seed);
        let world = build::world(&mut dice);
        let mut account = build::empty_account(1);
        let before = Exposure::of(&account, &world.board, Moment::at(NOW)).unwrap();
        assert_eq!(before.requirement(INITIAL).unwrap().0, 0, "seed {seed}");
        let mut position = build::position(&mut dice, &world.board, 0);
        position.size.0 = dice.whole(1, 100) * i64::from(position.side);
        account.put(position).unwrap();
        let exposure = Exposure::of(&account, &world.board, Moment::at(NOW)).unwrap();
        let truth = Account::of(&account, &world.board, NOW);
        let required = truth.requirement(Level::Initial);
        assert!(required >= 10.0);
        close("initial", seed, dollars(exposure.requirement(INITIAL).unwrap()), required, UNIT);
    }
}
