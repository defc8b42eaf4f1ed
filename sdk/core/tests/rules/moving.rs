//! Deposits, withdrawals and transfers.

use super::common::{BTC_PERP, BTC_VAULT, SOL_VAULT, Snapshot, World, hold, market, usd};
use super::stand_at;
use ballast_core::clearing::{self, Asset, BoardUse, Deposit};
use ballast_core::error::{BallastError, Result};
use ballast_core::margin::{CLOSE_OUT, INITIAL, MAINTENANCE};
use ballast_core::state::{MarginAccount, Pausable};
use ballast_core::units::{Timestamp, Tokens, Usd};

fn by_stranger(world: &mut World, account: usize, vault: u8, amount: u64) -> Result<()> {
    let deposit = Deposit { amount: Tokens(amount), by_owner: false };
    let into = BoardUse::Write(&mut world.board);
    let vault = &mut world.vaults[usize::from(vault)];
    clearing::deposit(&mut world.accounts[account], vault, into, &world.exchange, deposit, world.clock).map(drop)
}

#[test]
fn a_deposit_is_credited_and_owed() {
    let (mut world, account, ..) = market();
    let (cash, ledger) = (world.accounts[account].cash.0, world.quote.ledger.0);
    let deposit = Deposit { amount: Tokens(5), by_owner: false };
    let done = clearing::deposit(
        &mut world.accounts[account],
        &mut world.quote,
        BoardUse::Read(&world.board),
        &world.exchange,
        deposit,
        world.clock,
    )
    .unwrap();
    assert_eq!((done.balance.0, done.ledger.0, done.recovered), ((cash + 5).unsigned_abs(), ledger + 5, false));
    assert_eq!((world.accounts[account].cash.0, world.quote.ledger.0), (cash + 5, ledger + 5));
    assert_eq!(world.deposit(account, None, 0), Err(BallastError::AmountZero));
    assert_eq!(world.deposit(account, Some(SOL_VAULT), 0), Err(BallastError::AmountZero));
}

#[test]
fn nothing_is_deposited_before_the_exchange_opens() {
    let (mut world, account, ..) = market();
    world.exchange = world.set_up();
    let before = Snapshot::of(&world);
    assert_eq!(world.deposit(account, None, 1), Err(BallastError::ExchangeNotOpen));
    before.assert_unchanged(&world);
}

#[test]
fn a_pause_of_deposits_stops_nobody_who_is_pressed() {
    let (mut world, account, ..) = market();
    clearing::pause(&mut world.exchange, Pausable::Deposits, 60, world.clock).unwrap();
    let before = Snapshot::of(&world);
    assert_eq!(world.deposit(account, None, 1), Err(BallastError::DepositsPaused));
    before.assert_unchanged(&world);
    let now = world.clock;
    for (called_at, liquidation_at) in [(now, Timestamp::ZERO), (Timestamp::ZERO, now)] {
        for vault in [None, Some(SOL_VAULT)] {
            let pressed = &mut world.accounts[account];
            (pressed.called_at, pressed.liquidation_at) = (called_at, liquidation_at);
            world.deposit(account, vault, 1).unwrap();
        }
    }
}

#[test]
fn a_cap_holds_to_the_unit_but_not_against_cash_of_the_pressed() {
    let (mut world, account, ..) = market();
    world.quote.cap = Tokens(world.quote.ledger.0 + 5);
    world.vaults[usize::from(SOL_VAULT)].cap = Tokens(5);
    for vault in [None, Some(SOL_VAULT)] {
        assert_eq!(world.deposit(account, vault, 6), Err(BallastError::VaultCap));
        world.deposit(account, vault, 5).unwrap();
    }
    world.accounts[account].called_at = world.clock;
    let before = Snapshot::of(&world);
    assert_eq!(world.deposit(account, Some(SOL_VAULT), 1), Err(BallastError::VaultCap));
    before.assert_unchanged(&world);
    world.deposit(account, None, 1).unwrap();
}

#[test]
fn strangers_add_only_to_what_is_held() {
    let (mut world, account, ..) = market();
    let before = Snapshot::of(&world);
    assert_eq!(by_stranger(&mut world, account, SOL_VAULT, 5), Err(BallastError::CollateralNotHeld));
    before.assert_unchanged(&world);
    world.deposit(account, Some(SOL_VAULT), 5).unwrap();
    by_stranger(&mut world, account, SOL_VAULT, 5).unwrap();
    assert_eq!(by_stranger(&mut world, account, BTC_VAULT, 5), Err(BallastError::CollateralNotHeld));
    assert_eq!(world.accounts[account].collateral_of(SOL_VAULT), Tokens(10));
}

#[test]
fn cash_goes_through_the_quote_vault_and_collateral_through_its_own() {
    let (mut world, account, ..) = market();
    world.deposit(account, Some(SOL_VAULT), 5).unwrap();
    let (mut held, mut sol, mut quote) = (world.accounts[account], world.vaults[0], world.quote);
    let deposit = Deposit { amount: Tokens(1), by_owner: true };
    let (exchange, clock, mut board) = (world.exchange, world.clock, world.board.clone());
    let wrong = Err(BallastError::WrongVault);
    let read = BoardUse::Read(&world.board);
    assert_eq!(clearing::deposit(&mut held, &mut sol, read, &exchange, deposit, clock).map(drop), wrong);
    let write = BoardUse::Write(&mut board);
    assert_eq!(clearing::deposit(&mut held, &mut quote, write, &exchange, deposit, clock).map(drop), wrong);
    let read = BoardUse::Read(&world.board);
    assert_eq!(clearing::withdraw(&mut held, &mut sol, read, &exchange, Tokens(1), clock).map(drop), wrong);
    let write = BoardUse::Write(&mut board);
    assert_eq!(clearing::withdraw(&mut held, &mut quote, write, &exchange, Tokens(1), clock).map(drop), wrong);
    assert!(held == world.accounts[account] && sol == world.vaults[0] && quote == world.quote && board == world.board);
}

/// What all deposits of a mint weigh for new risk follows each deposit and withdrawal at once, and the least that was
/// held since the last sample is remembered.
#[test]
fn a_flood_of_collateral_weighs_less_for_new_risk_at_once() {
    let (mut world, account, ..) = market();
    let row = usize::from(SOL_VAULT);
    world.pass(300);
    world.renew();
    world.board.vaults[row].concentration.scale = usd(15_000);
    world.deposit(account, Some(SOL_VAULT), 100_000_000_000).unwrap();
    let full = world.board.vaults[row].initial_weight;
    world.deposit(account, Some(SOL_VAULT), 100_000_000_000).unwrap();
    assert_eq!(world.board.vaults[row].initial_weight.0, full.0 / 2);
    world.board.vaults[row].least_ledger = Tokens(150_000_000_000);
    world.withdraw(account, Some(SOL_VAULT), 100_000_000_000).unwrap();
    assert_eq!(world.board.vaults[row].initial_weight, full);
    assert_eq!(world.board.vaults[row].least_ledger, Tokens(100_000_000_000));
    world.deposit(account, Some(SOL_VAULT), 1).unwrap();
    world.withdraw(account, Some(SOL_VAULT), 1).unwrap();
    assert_eq!(world.board.vaults[row].least_ledger, Tokens(100_000_000_000), "the least, not the last");
}

#[test]
fn a_deposit_ends_a_liquidation_at_close_out_to_the_unit_and_at_good_prices() {
    for (short, stale, recovered) in [(1, false, true), (2, false, false), (1, true, false)] {
        let (mut world, account, keeper, maker) = market();
        hold(&mut world, account, maker, BTC_PERP, 10_000);
        stand_at(&mut world, account, MAINTENANCE, -1);
        world.liquidate(account, keeper, None, BTC_PERP, 0).unwrap();
        stand_at(&mut world, account, CLOSE_OUT, -short);
        if stale {
            world.pass(61);
        }
        let deposit = Deposit { amount: Tokens(1), by_owner: true };
        let done = clearing::deposit(
            &mut world.accounts[account],
            &mut world.quote,
            BoardUse::Read(&world.board),
            &world.exchange,
            deposit,
            world.clock,
        );
        assert_eq!(done.unwrap().recovered, recovered);
        assert_eq!(world.accounts[account].liquidation_at == Timestamp::ZERO, recovered);
    }
}

#[test]
fn a_withdrawal_leaves_initial_to_the_unit() {
    let (mut world, account, _, maker) = market();
    hold(&mut world, account, maker, BTC_PERP, 1_000);
    let exposure = world.exposure(account);
    let free = (exposure.equity(INITIAL).unwrap().0 - exposure.requirement(INITIAL).unwrap().0).unsigned_abs();
    let before = Snapshot::of(&world);
    assert_eq!(world.withdraw(account, None, free + 1), Err(BallastError::BelowInitialMargin));
    let all = world.accounts[account].cash.0.unsigned_abs();
    assert_eq!(world.withdraw(account, None, all + 1), Err(BallastError::NotEnoughCash));
    assert_eq!(world.withdraw(account, Some(SOL_VAULT), 1), Err(BallastError::NotEnoughCollateral));
    assert_eq!(world.withdraw(account, None, 0), Err(BallastError::AmountZero));
    before.assert_unchanged(&world);
    world.withdraw(account, None, free).unwrap();
    assert!(world.meets(account, INITIAL));
    world.assert_books();
}

#[test]
fn a_withdrawal_says_what_is_left() {
    let mut world = World::new();
    let account = world.account(1, Usd(100));
    world.deposit(account, Some(SOL_VAULT), 50).unwrap();
    let (clock, exchange) = (world.clock, world.exchange);
    let held = &mut world.accounts[account];
    let read = BoardUse::Read(&world.board);
    let done = clearing::withdraw(held, &mut world.quote, read, &exchange, Tokens(30), clock).unwrap();
    assert_eq!((done.balance, done.ledger), (Tokens(70), Tokens(70)));
    let write = BoardUse::Write(&mut world.board);
    let done = clearing::withdraw(held, &mut world.vaults[0], write, &exchange, Tokens(30), clock).unwrap();
    assert_eq!((done.balance, done.ledger, held.collateral_of(SOL_VAULT)), (Tokens(20), Tokens(20), Tokens(20)));
}

#[test]
fn nothing_is_withdrawn_while_paused_called_or_in_liquidation() {
    let (mut world, account, ..) = market();
    let now = world.clock;
    world.accounts[account].called_at = now;
    assert_eq!(world.withdraw(account, None, 1), Err(BallastError::MarginCallOpen));
    world.accounts[account].liquidation_at = now;
    assert_eq!(world.withdraw(account, None, 1), Err(BallastError::InLiquidation));
    let fresh =
        MarginAccount { called_at: Timestamp::ZERO, liquidation_at: Timestamp::ZERO, ..world.accounts[account] };
    world.accounts[account] = fresh;
    clearing::pause(&mut world.exchange, Pausable::Withdrawals, 60, now).unwrap();
    assert_eq!(world.withdraw(account, None, 1), Err(BallastError::WithdrawalsPaused));
    world.pass(60);
    world.withdraw(account, None, 1).unwrap();
}

#[test]
fn an_account_without_positions_withdraws_whatever_prices_are() {
    let (mut world, account, ..) = market();
    world.deposit(account, Some(SOL_VAULT), 5).unwrap();
    world.pass(100_000);
    world.withdraw(account, None, 1).unwrap();
    world.withdraw(account, Some(SOL_VAULT), 5).unwrap();
}

#[test]
fn an_asset_moves_between_accounts_of_one_owner() {
    let (mut world, account, stranger, _) = market();
    let other = world.account(1, usd(1));
    world.deposit(account, Some(SOL_VAULT), 50).unwrap();
    let before = Snapshot::of(&world);
    assert_eq!(world.transfer(account, stranger, Asset::Cash, 1), Err(BallastError::WrongOwner));
    assert_eq!(world.transfer(account, other, Asset::Cash, 0), Err(BallastError::AmountZero));
    assert_eq!(world.transfer(other, account, Asset::Cash, 1_000_001), Err(BallastError::NotEnoughCash));
    assert_eq!(world.transfer(other, account, Asset::Collateral(SOL_VAULT), 1), Err(BallastError::NotEnoughCollateral));
    before.assert_unchanged(&world);
    let cash = world.accounts[account].cash;
    world.transfer(account, other, Asset::Cash, 7).unwrap();
    world.transfer(account, other, Asset::Collateral(SOL_VAULT), 20).unwrap();
    assert_eq!((world.accounts[account].cash.0, world.accounts[other].cash.0), (cash.0 - 7, 1_000_007));
    let collateral = [account, other].map(|place| world.accounts[place].collateral_of(SOL_VAULT).0);
    assert_eq!(collateral, [30, 20]);
    world.assert_books();
}

#[test]
fn a_transfer_ends_the_liquidation_of_who_receives_it() {
    let (mut world, account, keeper, reserve) = super::rebalancing::reserved(usd(1));
    stand_at(&mut world, account, MAINTENANCE, -1);
    world.liquidate(account, keeper, None, BTC_PERP, 0).unwrap();
    stand_at(&mut world, account, CLOSE_OUT, -5);
    world.transfer(reserve, account, Asset::Cash, 4).unwrap();
    assert_ne!(world.accounts[account].liquidation_at, Timestamp::ZERO);
    world.transfer(reserve, account, Asset::Cash, 1).unwrap();
    assert_eq!(world.accounts[account].liquidation_at, Timestamp::ZERO);
}
