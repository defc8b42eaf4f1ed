use ballast_core::clearing::CollateralOffer;
use ballast_core::error::BallastError;
use ballast_core::margin::MAINTENANCE;
use ballast_core::units::{PerToken, Timestamp, Tokens, Usd};
use proptest::prelude::*;

use crate::ALL;
use crate::common::{BTC, BTC_PERP, BTC_PRICE, SOL, SOL_PRICE, SOL_VAULT, Snapshot, World, hold, market, moved, usd};

/// A sound account with 1,000 SOL, hardly any cash, and a loss of so many parts in ten thousand of 100,000 USD.
fn losing(by: i64) -> (World, usize, usize) {
    let (mut world, _, keeper, maker) = market();
    let account = world.account(4, usd(60));
    world.deposit(account, Some(SOL_VAULT), 1_000_000_000_000).unwrap();
    hold(&mut world, account, maker, BTC_PERP, 10_000);
    world.pass(5);
    world.price(BTC, moved(BTC_PRICE, -by));
    world.price(SOL, SOL_PRICE);
    assert!(world.meets(account, MAINTENANCE));
    (world, account, keeper)
}

fn look(world: &mut World, account: usize, keeper: usize) -> Result<(), BallastError> {
    world.sell_collateral(account, keeper, None, SOL_VAULT, 0).map(|_| ())
}

#[test]
fn a_large_loss_is_covered_by_collateral_whatever_the_margin() {
    // 5 % of 135,000
    let (mut small, account, keeper) = losing(670);
    let before = Snapshot::of(&small);
    assert_eq!(small.sell_collateral(account, keeper, None, SOL_VAULT, ALL), Err(BallastError::LossNotDue));
    before.assert_unchanged(&small);

    let (mut world, account, keeper) = losing(700);
    let equity = world.equity(account);
    let done = world.sell_collateral(account, keeper, None, SOL_VAULT, ALL).unwrap();
    let loss = 7_000_000_000 - (60_000_000 - 50_000_000);
    assert!(done.paid.0 >= loss && done.paid.0 < loss + 1_000, "{:?} of {loss}", done.paid);
    assert!(!done.in_liquidation && world.accounts[account].liquidation_at == Timestamp::ZERO);
    assert!(world.equity(account) >= equity);
    world.settle(account, BTC_PERP).unwrap();
    assert_eq!(world.sell_collateral(account, keeper, None, SOL_VAULT, ALL), Err(BallastError::NotLiquidatable));
    world.assert_books();
}

#[test]
fn a_loss_of_a_day_is_covered_by_collateral() {
    let (mut world, account, keeper) = losing(200);
    look(&mut world, account, keeper).unwrap();
    for hours in 1..=24 {
        assert_eq!(world.sell_collateral(account, keeper, None, SOL_VAULT, ALL), Err(BallastError::LossNotDue));
        world.pass(3_600);
        world.renew();
        if hours % 6 == 0 {
            look(&mut world, account, keeper).unwrap();
        }
    }
    let before = world.clone();
    let done = world.sell_collateral(account, keeper, None, SOL_VAULT, ALL).unwrap();
    assert!(done.paid.0 >= 1_990_000_000 && done.paid.0 < 1_990_001_000);
    // the auction ran since the loss was first seen: five percent off
    let value = i64::try_from(done.tokens.0).unwrap() / 1_000 * 150;
    assert!(done.paid.0 * 100 / value == 95, "{} for {value}", done.paid.0);
    assert_eq!(world.accounts[account].loss_since, Timestamp::ZERO);
    world.assert_books();

    let mut worse = before;
    let fair = CollateralOffer { vault: SOL_VAULT, most: Tokens(ALL), worst: Some(PerToken(142_500_000)) };
    let cheap = CollateralOffer { worst: Some(PerToken(142_490_000)), ..fair };
    let held = Snapshot::of(&worse);
    let refused = worse.sell_collateral_for(account, keeper, None, cheap);
    assert_eq!(refused, Err(BallastError::KeeperPriceWorse));
    held.assert_unchanged(&worse);
    worse.sell_collateral_for(account, keeper, None, fair).unwrap();
}

#[test]
fn a_loss_that_nobody_looked_at_is_not_old() {
    let (mut world, account, keeper) = losing(200);
    look(&mut world, account, keeper).unwrap();
    world.pass(21_601);
    world.renew();
    look(&mut world, account, keeper).unwrap();
    assert_eq!(world.accounts[account].loss_since, world.clock, "the gap was too long");
    // a day in which the loss was gone for an hour
    world.pass(3_600);
    world.price(BTC, BTC_PRICE);
    world.renew();
    look(&mut world, account, keeper).unwrap();
    assert_eq!(world.accounts[account].loss_since, Timestamp::ZERO);
    assert_eq!(look(&mut world, account, keeper), Err(BallastError::NotLiquidatable), "nothing to look at");
}

#[test]
fn a_deposit_forgets_a_loss_that_it_covers() {
    let (mut world, account, keeper) = losing(200);
    look(&mut world, account, keeper).unwrap();
    world.deposit(account, None, 100_000_000).unwrap();
    assert_ne!(world.accounts[account].loss_since, Timestamp::ZERO);
    world.deposit(account, None, 2_000_000_000).unwrap();
    assert_eq!(world.accounts[account].loss_since, Timestamp::ZERO);
}

#[test]
fn a_sale_for_a_loss_waits_for_pauses_and_prices() {
    use ballast_core::clearing;
    use ballast_core::state::Pausable;
    let (mut world, account, keeper) = losing(700);
    let mut paused = world.clone();
    clearing::pause(&mut paused.exchange, Pausable::Deposits, 60, paused.clock).unwrap();
    let refused = paused.sell_collateral(account, keeper, None, SOL_VAULT, ALL);
    assert_eq!(refused, Err(BallastError::LiquidationPaused), "who cannot deposit is not sold out");
    world.pass(61);
    let price = world.board.underlyings[0].price.0 as i64;
    world.price(BTC, price);
    assert_eq!(world.sell_collateral(account, keeper, None, SOL_VAULT, ALL), Err(BallastError::PriceStale));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Whatever looks and prices come, collateral goes only for a large loss or one that every look of a day has seen.
    #[test]
    fn only_old_or_large_losses_are_covered(
        steps in proptest::collection::vec((1..30_000_u64, -900..300_i64, any::<bool>()), 1..14),
    ) {
        let (mut world, account, keeper) = losing(100);
        let mut seen: Vec<(u64, bool)> = Vec::new();
        let start = world.clock.0;
        for (seconds, from_start, sells) in steps {
            world.pass(seconds);
            world.price(BTC, moved(BTC_PRICE, from_start));
            // what ends a silence elsewhere is held for two minutes
            world.pass(121);
            world.renew();
            prop_assume!(world.accounts[account].liquidation_at == Timestamp::ZERO && world.meets(account, MAINTENANCE));
            let exposure = world.exposure(account);
            let loss = -exposure.pnl.usd_down().unwrap().0 - world.accounts[account].cash.0;
            let large = loss > exposure.collateral.usd_down().unwrap().0 / 20;
            let now = (world.clock.0 - start) as u64;
            let mut since = now;
            for (at, had) in seen.iter().rev() {
                let next = seen.iter().map(|look| look.0).filter(|look| look > at).min().unwrap_or(now);
                if !had || next - at > 21_600 {
                    break;
                }
                since = *at;
            }
            let due = loss > 0 && (large || now - since >= 86_400);
            let most = if sells { ALL } else { 0 };
            let done = world.sell_collateral(account, keeper, None, SOL_VAULT, most);
            if sells {
                prop_assert_eq!(done.is_ok(), due, "{:?}, {} since {}", done, now, since);
            }
            if done.is_ok() {
                seen.push((now, loss > 0 && !sells));
            }
            if sells && due {
                break;
            }
            prop_assert!(world.equity(account) > Usd::ZERO);
        }
        world.assert_books();
    }
}
