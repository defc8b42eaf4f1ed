//! What a settlement moves between basis, cash and the pool.

use ballast_core::clearing::settle;
use ballast_core::error::BallastError;
use ballast_core::state::MarginAccount;
use ballast_core::units::Usd;

use super::account::Account;
use super::build::{self, NOW};
use super::dice::Dice;
use super::units::{UNIT, close, dollars, to_usd};

/// A loss moves as far as cash reaches, at spot; a gain as far as the pool reaches, at the worse of spot and average.
fn due(truth: &Account, pool: f64) -> f64 {
    let holding = &truth.holdings[0];
    let (pnl, worse) = (holding.pnl(), holding.worse_pnl());
    if pnl < 0.0 { -(-pnl).min(truth.cash) } else { worse.max(0.0).min(pool) }
}

#[test]
fn losses_go_as_far_as_cash_and_gains_as_far_as_the_pool() {
    let (mut gains, mut losses) = (0, 0);
    for seed in 0..4_000 {
        let mut dice = Dice::new(seed);
        let world = build::world(&mut dice);
        let mut account = build::empty_account(1);
        account.put(build::position(&mut dice, &world.board, 0)).unwrap();
        account.cash = to_usd(dice.scale(0.1, 1e5));
        let mut contract = build::contract_account(&world.board, 0);
        contract.pool = to_usd(dice.scale(0.1, 1e5));
        let truth = Account::of(&account, &world.board, NOW);
        let expected = due(&truth, dollars(contract.pool));
        let before = (account, contract);

        match settle(&mut account, &mut contract, &world.board, NOW) {
            Ok(settled) => {
                close("settled", seed, dollars(settled.paid), expected, UNIT);
                assert_eq!(account.cash.0 - before.0.cash.0, settled.paid.0, "seed {seed}");
                assert_eq!(before.1.pool.0 - contract.pool.0, settled.paid.0, "seed {seed}");
                let after = Account::of(&account, &world.board, NOW);
                let basis: f64 = after.holdings.iter().map(|holding| holding.basis).sum();
                close("basis", seed, basis, truth.holdings[0].basis - dollars(settled.paid), 2.0 * UNIT);
                gains += u64::from(settled.paid.0 > 0);
                losses += u64::from(settled.paid.0 < 0);
            }
            Err(error) => {
                assert_eq!(error, BallastError::NothingToSettle, "seed {seed}");
                assert!(expected.abs() < 2.0 * UNIT, "seed {seed}: the reference settles {expected}");
                assert_eq!((account, contract), before, "seed {seed}");
            }
        }
    }
    assert!(gains > 1_000 && losses > 1_000, "{gains} gains, {losses} losses");
}

#[test]
fn a_deficit_holds_gains_and_takes_losses() {
    for seed in 0..500 {
        let mut dice = Dice::new(seed);
        let mut world = build::world(&mut dice);
        let mut account: MarginAccount = build::empty_account(1);
        account.put(build::position(&mut dice, &world.board, 0)).unwrap();
        account.cash = Usd(1_000_000_000_000);
        let mut contract = build::contract_account(&world.board, 0);
        contract.pool = Usd(1_000_000_000);
        world.board.contracts[0].deficit.of_shorts = Usd(1);
        let expected = due(&Account::of(&account, &world.board, NOW), 1_000.0);
        let settled = settle(&mut account, &mut contract, &world.board, NOW);
        if expected > 1e-3 {
            assert_eq!(settled, Err(BallastError::GainsHeld), "seed {seed}");
        } else if expected < -1e-3 {
            close("settled", seed, dollars(settled.unwrap().paid), expected, UNIT);
        }
    }
}
