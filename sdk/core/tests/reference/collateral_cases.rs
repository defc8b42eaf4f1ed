//! How much collateral a keeper buys from an account in liquidation, and at which discount.

use ballast_core::clearing::{CollateralOffer, CollateralSale, liquidate_collateral};
use ballast_core::error::BallastError;
use ballast_core::model::WeightRamp;
use ballast_core::state::MarginAccount;
use ballast_core::units::{Timestamp, Tokens, Usd};

use super::account::{Account, Level, Pledge};
use super::build::{self, NOW, World};
use super::dice::Dice;
use super::units::{close, dollars, per_token, ratio, seconds, to_ratio, to_usd};

/// Losses that are not collected, less gains that are not, beyond cash.
fn uncovered(truth: &Account) -> f64 {
    let pnl: f64 = truth.holdings.iter().map(|holding| holding.pnl()).sum();
    (-pnl - truth.cash).max(0.0)
}

/// What is sold: value at par, and the part of it that a keeper pays.
///
/// The discount grows with the time in liquidation up to the vault's, and is never more than what the weight withholds.
/// A keeper pays in the quote currency, so more of it while it is below par. As much is sold as covers the loss; what would be left under 10 dollars goes too.
fn sale(pledge: &Pledge, largest: f64, auction: f64, loss: f64, quote_discount: f64) -> (f64, f64) {
    let price = (1.0 - (largest * auction.min(1.0)).min(1.0 - pledge.weight)) / (1.0 - quote_discount);
    let needed = (loss / price).min(pledge.spot);
    (if pledge.spot - needed < 10.0 { pledge.spot } else { needed }, price)
}

fn account(dice: &mut Dice, world: &World) -> Option<MarginAccount> {
    let mut account = build::account(dice, world);
    if account.position_count == 0 || account.collateral[0].amount == Tokens(0) {
        return None;
    }
    build::fund_to(&mut account, &world.board, dice.between(0.05, 0.99));
    if dice.chance(0.8) {
        // the same equity, but as gains and losses
        account.positions[0].basis.0 += account.cash.0;
        account.cash = to_usd(0.0);
    }
    if dice.chance(0.5) {
        account.liquidation_at = build::ago(dice, 1_500);
    }
    Some(account)
}

fn offer(vault: u8, most: u64) -> CollateralOffer {
    CollateralOffer { vault, most: Tokens(most), worst: None }
}

#[test]
fn a_sale_covers_the_loss_at_a_discount_that_the_weight_pays_for() {
    let (mut sold, mut none) = (0, 0);
    for seed in 0..8_000 {
        let mut dice = Dice::new(seed);
        let world = build::world(&mut dice);
        let exchange = build::exchange(&mut dice);
        let Some(mut account) = account(&mut dice, &world) else { continue };
        let before = Account::of(&account, &world.board, NOW);
        if before.excess(Level::Maintenance) > -1.0 {
            continue;
        }
        let pledge = before.pledges[0];
        let mut keeper = build::empty_account(2);
        keeper.cash = to_usd(1e9);
        let row = &world.board.vaults[usize::from(pledge.vault)];
        let held = account.collateral[0].amount.0;
        let unit = per_token(row.value);
        let elapsed = if account.liquidation_at == Timestamp(0) { 0.0 } else { seconds(account.liquidation_at, NOW) };
        let most = if dice.chance(0.2) { dice.scale(1.0, held as f64) as u64 } else { u64::MAX };
        let loss = uncovered(&before);
        let (par, price) =
            sale(&pledge, ratio(row.discount), elapsed / exchange.auction_seconds as f64, loss, before.quote_discount);
        let accounts = CollateralSale { account: &mut account, keeper: &mut keeper, reserve: None };

        let done = match liquidate_collateral(accounts, &world.board, &exchange, offer(pledge.vault, most), NOW) {
            Ok(done) => done,
            Err(BallastError::NoLossToCover) => {
                assert!(loss < before.rounding(), "seed {seed}: the reference covers {loss}");
                none += 1;
                continue;
            }
            Err(BallastError::AmountZero) => {
                assert!(pledge.spot < 10.01 && most < held, "seed {seed}: {pledge:?}");
                continue;
            }
            Err(BallastError::CollateralIsDust) => {
                assert!(pledge.spot < 10.0, "seed {seed}: {pledge:?}");
                continue;
            }
            Err(error) => panic!("seed {seed}: {error:?}, {loss} to cover with {pledge:?}"),
        };
        // what stays, stays worth ten dollars
        let limited = (par / unit).min(most as f64);
        let tokens = if pledge.spot - limited * unit < 10.0 && par < pledge.spot - 1e-6 || limited < par / unit {
            limited.min((pledge.spot - 10.0) / unit).max(0.0)
        } else {
            limited
        };
        let slack = 2.0 + 1e-8 * tokens + before.rounding() / unit;
        let found = done.tokens.0 as f64;
        assert!((found - tokens).abs() <= slack, "seed {seed}: {found} tokens sold, the reference sells {tokens}");
        close("paid", seed, dollars(done.paid), found * unit * price, 2e-6 + 2e-9 * found * unit);
        let after = Account::of(&account, &world.board, NOW);
        close("cash", seed, after.cash, before.cash + dollars(done.paid), 1e-6);
        assert_eq!(keeper.collateral_of(pledge.vault), done.tokens, "seed {seed}");
        assert_eq!(keeper.cash, Usd(1_000_000_000_000_000 - done.paid.0), "seed {seed}");
        let fell = before.equity(Level::Maintenance) - after.equity(Level::Maintenance);
        assert!(fell <= 2.0 * before.rounding(), "seed {seed}: equity fell by {fell}");
        sold += 1;
    }
    assert!(sold > 1_500 && none > 100, "{sold} sold, {none} without a loss");
}

/// A keeper who names the amount must not leave what counts nothing: the weight that was lost would be the owner's.
#[test]
fn a_sale_that_leaves_dust_does_not_lower_equity() {
    let mut dice = Dice::new(1);
    let mut world = build::world(&mut dice);
    let row = &mut world.board.vaults[0];
    (row.value.0, row.ema_value.0) = (1_000_000_000, 1_000_000_000);
    (row.weight, row.discount) = (WeightRamp::at(to_ratio(0.9), NOW), to_ratio(0.1));
    let mut account = build::empty_account(1);
    account.liquidation_at = Timestamp(NOW.0 - 10_000);
    let mut position = build::position(&mut dice, &world.board, 0);
    (position.size.0, position.side) = (1_000_000, 1);
    position.loss_index = world.board.contracts[0].loss_long;
    account.put(position).unwrap();
    // 100 dollars of collateral against a loss of 160; all but 9 dollars of it are sold
    account.collateral[0].amount = Tokens(100_000_000);
    let pnl = Account::of(&account, &world.board, NOW).holdings[0].pnl();
    account.positions[0].basis.0 -= to_usd(pnl + 160.0).0;
    let before = Account::of(&account, &world.board, NOW).equity(Level::Maintenance);
    let mut keeper = build::empty_account(2);
    keeper.cash = to_usd(1e6);
    let accounts = CollateralSale { account: &mut account, keeper: &mut keeper, reserve: None };
    let exchange = build::exchange(&mut dice);
    liquidate_collateral(accounts, &world.board, &exchange, offer(0, 91_000_000), NOW).unwrap();
    let after = Account::of(&account, &world.board, NOW).equity(Level::Maintenance);
    assert!(after >= before - 1e-3, "equity fell from {before} to {after}");
}
