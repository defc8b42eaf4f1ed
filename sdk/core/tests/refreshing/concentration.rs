//! A vault that outgrows its market counts less: for new risk at once, for what is open through its average and its ramp.

use ballast_core::clearing::{self, BoardUse, Deposit};
use ballast_core::error::BallastError;
use ballast_core::margin::{INITIAL, MAINTENANCE, TARGET};
use ballast_core::model::WeightRamp;
use ballast_core::state::VaultRow;
use ballast_core::units::{Ratio, Tokens, Usd};

use crate::common::{BTC_PERP, SOL, SOL_PRICE, SOL_VAULT, World, hold, usd};

const SOL_TOKEN: u64 = 1_000_000_000;

fn row(world: &World) -> &VaultRow {
    &world.board.vaults[usize::from(SOL_VAULT)]
}

/// An account with 15,000 USD of SOL in a vault of this scale, long for 80,000 USD; a stranger with SOL to deposit.
fn pledged(scale: Usd) -> (World, usize, usize) {
    let mut world = World::new();
    let (account, maker) = (world.account(1, usd(3_000)), world.account(2, usd(1_000_000)));
    let stranger = world.account(3, usd(1));
    world.board.vaults[usize::from(SOL_VAULT)].concentration.scale = scale;
    world.deposit(account, Some(SOL_VAULT), 100 * SOL_TOKEN).unwrap();
    hold(&mut world, account, maker, BTC_PERP, 8_000);
    // the weight has arrived where volatility leaves it
    let now = world.clock;
    let row = &mut world.board.vaults[usize::from(SOL_VAULT)];
    row.weight = WeightRamp::at(row.sigma_weight, now);
    world.renew();
    (world, account, stranger)
}

fn equities(world: &World, account: usize) -> [Usd; 3] {
    let exposure = world.exposure(account);
    [INITIAL, TARGET, MAINTENANCE].map(|level| exposure.equity(level).unwrap())
}

#[test]
fn within_its_scale_a_vault_counts_as_volatility_leaves_it() {
    let (mut world, account, stranger) = pledged(usd(75_000));
    let before = equities(&world, account);
    world.deposit(stranger, Some(SOL_VAULT), 400 * SOL_TOKEN).unwrap();
    world.renew();
    assert_eq!(row(&world).initial_weight, row(&world).sigma_weight);
    assert_eq!(equities(&world, account), before, "75,000 USD of 75,000");
    world.deposit(stranger, Some(SOL_VAULT), SOL_TOKEN).unwrap();
    world.renew();
    assert!(row(&world).initial_weight < row(&world).sigma_weight, "and a SOL more is beyond it");
}

#[test]
fn beyond_its_scale_it_counts_less_for_initial_at_once_and_for_the_rest_not_yet() {
    let (mut world, account, stranger) = pledged(usd(20_000));
    let [initial, target, maintenance] = equities(&world, account);
    world.deposit(stranger, Some(SOL_VAULT), 400 * SOL_TOKEN).unwrap();
    assert_eq!(equities(&world, account)[1..], [target, maintenance]);
    assert!(equities(&world, account)[0] < initial, "before any refresh");
    world.renew();
    let weight = row(&world).sigma_weight.0 as f64 * 1e-9;
    let after = equities(&world, account);
    assert_eq!(after[1..], [target, maintenance]);
    let counted = 3_000.0 + 15_000.0 * weight * 20.0 / 75.0;
    // the fees of the fill are paid from cash
    let fee = 40.0;
    assert!((after[0].0 as f64 / 1e6 - counted + fee).abs() < 1.0, "{:?} is not {counted} less {fee}", after[0]);

    // when they leave, the average of thirty days is what counts
    world.withdraw(stranger, Some(SOL_VAULT), 400 * SOL_TOKEN).unwrap();
    world.renew();
    assert_eq!(equities(&world, account), [initial, target, maintenance]);
}

#[test]
fn through_its_average_and_its_ramp_it_counts_less_for_maintenance() {
    let (mut world, account, stranger) = pledged(usd(20_000));
    world.deposit(stranger, Some(SOL_VAULT), 400 * SOL_TOKEN).unwrap();
    // a sample has seen them
    world.pass(3_600);
    world.price(SOL, SOL_PRICE);
    let held = row(&world);
    let (mut average, mut sampled_at) = (held.concentration.deposits.0 as f64 / 1e6, held.concentration.averaged_at);
    let (mut last, mut fell) = (held.sigma_weight.0 as f64 * 1e-9, 0);
    for hour in 0..(60 * 24) {
        world.pass(3_600);
        world.price(SOL, SOL_PRICE);
        let held = row(&world);
        // the average by its exponential, and the target by the average
        let elapsed = held.concentration.averaged_at.since(sampled_at) as f64;
        sampled_at = held.concentration.averaged_at;
        average = 75_000.0 + (average - 75_000.0) * (-elapsed / (30.0 * 86_400.0)).exp();
        let seen = held.concentration.deposits.0 as f64 / 1e6;
        assert!((seen / average - 1.0).abs() < 1e-5, "hour {hour}: {seen} is not {average}");
        let expected = held.sigma_weight.0 as f64 * (20_000.0 / seen).min(1.0);
        assert!(
            (held.weight.target.0 as f64 - expected).abs() < 2e3,
            "hour {hour}: {:?}, not {expected}",
            held.weight.target
        );
        assert!(held.initial_weight.0 <= held.weight.target.0);
        let weight = held.weight.effective(&held.weight_terms, world.clock).unwrap().0 as f64 * 1e-9;
        assert!(weight >= last - 0.1 / 24.0 - 1e-6, "fell from {last} to {weight} in an hour");
        fell += u64::from(weight < last);
        last = weight;
    }
    assert!(fell > 1_000);
    let whole = row(&world).sigma_weight.0 as f64 * 1e-9 * 20.0 / (75.0 * (1.0 - (-2.0_f64).exp()));
    assert!((last / whole - 1.0).abs() < 0.05, "{last} is not {whole} after sixty days");
    assert_eq!(world.accounts[account].collateral_of(SOL_VAULT).0, 100 * SOL_TOKEN);

    // who takes deposits away for the moment of a trade gains nothing by it: then the average counts
    world.withdraw(stranger, Some(SOL_VAULT), 400 * SOL_TOKEN).unwrap();
    world.pass(1);
    world.price(SOL, SOL_PRICE);
    let held = row(&world);
    let expected = held.sigma_weight.0 as f64 * 20_000.0 / (held.concentration.deposits.0 as f64 / 1e6);
    assert!((held.initial_weight.0 as f64 - expected).abs() < 2.0, "{:?} is not {expected}", held.initial_weight);
}

#[test]
fn a_flood_of_deposits_makes_nobody_liquidatable_at_once() {
    let (mut world, account, stranger) = pledged(usd(20_000));
    let spare = usd(100).0 - world.exposure(account).equity(MAINTENANCE).unwrap().0
        + world.exposure(account).requirement(MAINTENANCE).unwrap().0;
    let cash = world.accounts[account].cash.0 + spare;
    assert!(cash < 0, "collateral alone carries more than maintenance");
    // a larger position instead: what is left above maintenance is 100 USD
    let exposure = world.exposure(account);
    let scan = exposure.entries()[0].effective.0 as f64 / 1e12 + 0.01;
    let more = (exposure.equity(MAINTENANCE).unwrap().0 as f64 / 1e6 - 200.0) / scan / 10.0 - 8_000.0;
    let id = world.contracts[BTC_PERP].id;
    let mut position = world.accounts[account].position(id);
    position.size.0 += more as i64;
    position.basis.0 -= more as i64 * 10_000_000;
    world.accounts[account].put(position).unwrap();
    world.renew();
    assert!(world.meets(account, MAINTENANCE));

    world.deposit(stranger, Some(SOL_VAULT), 10_000_000 * SOL_TOKEN).unwrap();
    for _ in 0..12 {
        world.pass(300);
        world.price(SOL, SOL_PRICE);
        assert!(world.meets(account, MAINTENANCE), "an hour in which anybody may act");
    }
    assert!(row(&world).initial_weight < Ratio(1_000_000), "for new risk nothing of it is left");
}

#[test]
fn deposits_beyond_any_number_leave_the_price_accepted_and_the_weight_near_zero() {
    let mut world = World::new();
    let vault = world.add_vault(83, 6, SOL);
    world.vaults.push(vault);
    world.vaults[usize::from(vault.row)].ledger.0 = u64::MAX;
    world.pass(900);
    world.price(SOL, SOL_PRICE);
    let row = &world.board.vaults[usize::from(vault.row)];
    assert_eq!(row.value.0, 150_000_000_000);
    // as 9.2e12 USD, the most that is carried, against a scale of 1e9
    let expected = row.sigma_weight.0 as f64 * 1e15 / i64::MAX as f64;
    assert!((row.initial_weight.0 as f64 - expected).abs() < 2.0, "{:?} is not {expected}", row.initial_weight);
}

#[test]
fn a_deposit_counts_for_initial_before_any_refresh_has_seen_it() {
    let (mut world, account, stranger) = pledged(usd(75_000));
    let before = equities(&world, account);
    // 1.5 million USD of SOL: twenty times what the market takes
    world.deposit(stranger, Some(SOL_VAULT), 10_000 * SOL_TOKEN).unwrap();
    let after = equities(&world, account);
    let [initial, target, maintenance] = [0, 1, 2].map(|level| (before[level], after[level]));
    assert!(initial.1 < initial.0, "{initial:?}");
    assert_eq!((target.0, maintenance.0), (target.1, maintenance.1), "nobody is called or liquidated for it");
    let seen = row(&world).initial_weight;
    world.renew();
    assert_eq!(row(&world).initial_weight, seen, "a refresh finds what the deposit had written");
}

#[test]
fn cash_reads_the_board_and_collateral_writes_it() {
    let (mut world, account, _) = pledged(usd(75_000));
    let deposit = Deposit { amount: Tokens(1), by_owner: true };
    let into = BoardUse::Read(&world.board);
    let vault = &mut world.vaults[usize::from(SOL_VAULT)];
    let done = clearing::deposit(&mut world.accounts[account], vault, into, &world.exchange, deposit, world.clock);
    assert_eq!(done, Err(BallastError::WrongVault));
    let into = BoardUse::Write(&mut world.board);
    let done =
        clearing::deposit(&mut world.accounts[account], &mut world.quote, into, &world.exchange, deposit, world.clock);
    assert_eq!(done, Err(BallastError::WrongVault));
    world.assert_books();
}

/// A loan of an hour's length, in and out around every sample, would otherwise pull the average up.
#[test]
fn deposits_that_come_and_go_within_a_transaction_move_no_average() {
    let (mut world, account, stranger) = pledged(usd(20_000));
    let mut honest = world.clone();
    for _ in 0..200 {
        for lends in [true, false] {
            let world = if lends { &mut world } else { &mut honest };
            world.pass(3_600);
            if lends {
                world.deposit(stranger, Some(SOL_VAULT), 100_000 * SOL_TOKEN).unwrap();
            }
            world.price(SOL, SOL_PRICE);
            if lends {
                world.withdraw(stranger, Some(SOL_VAULT), 100_000 * SOL_TOKEN).unwrap();
            }
        }
        let (lent, spared) = (row(&world), row(&honest));
        assert_eq!(lent.concentration, spared.concentration);
        assert_eq!(lent.weight, spared.weight);
        assert_eq!(lent.initial_weight, spared.initial_weight, "a withdrawal gives back what the deposit took");
    }
    assert_eq!(equities(&world, account), equities(&honest, account));
}
