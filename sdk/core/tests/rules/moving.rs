//! Deposits, withdrawals, transfers, top-ups and releases.

use super::common::{
    BTC, BTC_PERP, BTC_VAULT, SOL, SOL_PERP, SOL_PRICE, SOL_VAULT, Snapshot, World, hold, key, market, moved, usd,
};
use super::{ALL, stand_at};
use ballast_core::clearing::{self, Asset, BoardUse, Call, Deposit};
use ballast_core::error::{BallastError, Result};
use ballast_core::margin::{CLOSE_OUT, INITIAL, MAINTENANCE, TARGET};
use ballast_core::state::{MarginAccount, Pausable};
use ballast_core::units::{Ratio, Timestamp, Tokens, Usd};

const REWARD: Usd = Usd(50_000);

fn by_stranger(world: &mut World, account: usize, vault: u8, amount: u64) -> Result<()> {
    let deposit = Deposit { amount: Tokens(amount), by_owner: false };
    let into = BoardUse::Write(&mut world.board);
    let vault = &mut world.vaults[usize::from(vault)];
    clearing::deposit(&mut world.accounts[account], vault, into, &world.exchange, deposit, world.clock).map(drop)
}

/// A long, and a reserve of its owner that tops it up and takes its excess.
fn reserved(limit: Usd) -> (World, usize, usize, usize) {
    let (mut world, account, keeper, maker) = market();
    let reserve = world.account(1, usd(50_000));
    let [named, held] = world.accounts.get_disjoint_mut([account, reserve]).unwrap();
    clearing::set_top_up(named, Some((held, key(60))), limit, true).unwrap();
    hold(&mut world, account, maker, BTC_PERP, 10_000);
    (world, account, keeper, reserve)
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
    let (mut world, account, keeper, reserve) = reserved(usd(1));
    stand_at(&mut world, account, MAINTENANCE, -1);
    world.liquidate(account, keeper, None, BTC_PERP, 0).unwrap();
    stand_at(&mut world, account, CLOSE_OUT, -5);
    world.transfer(reserve, account, Asset::Cash, 4).unwrap();
    assert_ne!(world.accounts[account].liquidation_at, Timestamp::ZERO);
    world.transfer(reserve, account, Asset::Cash, 1).unwrap();
    assert_eq!(world.accounts[account].liquidation_at, Timestamp::ZERO);
}

#[test]
fn a_call_opens_a_unit_below_target_and_closes_at_it() {
    let (mut world, account, keeper, maker) = market();
    hold(&mut world, account, maker, BTC_PERP, 10_000);
    world.ramp(BTC, Ratio::percent(5), Ratio::percent(6));
    stand_at(&mut world, account, TARGET, 0);
    let before = Snapshot::of(&world);
    assert_eq!(world.rebalance(account, None, Some(keeper)), Err(BallastError::NothingToRebalance));
    before.assert_unchanged(&world);
    stand_at(&mut world, account, TARGET, -1);
    let cash = world.accounts[keeper].cash;
    let done = world.rebalance(account, None, Some(keeper)).unwrap();
    assert_eq!((done.call, done.reward, done.topped_up, done.released), (Call::Opened, REWARD, Usd(0), Usd(0)));
    assert_eq!(done.equity.0, done.requirement.0 - 1);
    assert_eq!(world.accounts[account].called_at, world.clock);
    assert_eq!(world.accounts[keeper].cash.0 - cash.0, REWARD.0);
    let before = Snapshot::of(&world);
    assert_eq!(world.rebalance(account, None, Some(keeper)), Err(BallastError::NothingToRebalance), "it is open");
    before.assert_unchanged(&world);
    stand_at(&mut world, account, TARGET, 0);
    let done = world.rebalance(account, None, Some(keeper)).unwrap();
    assert_eq!((done.call, done.reward), (Call::Closed, REWARD));
    assert_eq!(world.accounts[account].called_at, Timestamp::ZERO);
}

#[test]
fn a_keeper_is_paid_three_times_a_day_and_only_what_the_account_has() {
    let (mut world, account, keeper, maker) = market();
    hold(&mut world, account, maker, BTC_PERP, 10_000);
    world.ramp(BTC, Ratio::percent(5), Ratio::percent(6));
    let mut rewards = Vec::new();
    for units in [-1, 0, -1, 0, -1] {
        stand_at(&mut world, account, TARGET, units);
        rewards.push(world.rebalance(account, None, Some(keeper)).unwrap().reward.0);
    }
    assert_eq!(rewards, [50_000, 50_000, 50_000, 0, 0]);
    assert_eq!(world.accounts[account].rewards_paid, 3);
    // another day
    world.pass(86_400);
    world.renew();
    world.ramp(BTC, Ratio::percent(5), Ratio::percent(6));
    stand_at(&mut world, account, TARGET, 0);
    assert_eq!(world.rebalance(account, None, Some(keeper)).unwrap().reward, REWARD);
    assert_eq!(world.accounts[account].rewards_paid, 1);
    // nobody is paid when nobody asks to be
    stand_at(&mut world, account, TARGET, -1);
    assert_eq!(world.rebalance(account, None, None).unwrap().reward, Usd::ZERO);
    // the last unit of cash pays, one less does not
    for (cash, reward) in [(49_999, Usd::ZERO), (50_000, REWARD)] {
        let (mut world, account, keeper, maker) = market();
        world.deposit(account, Some(SOL_VAULT), 100_000_000_000).unwrap();
        hold(&mut world, account, maker, BTC_PERP, 9_000);
        world.set_cash(account, Usd(cash));
        world.ramp(BTC, Ratio::percent(5), Ratio::percent(40));
        assert_eq!(world.rebalance(account, None, Some(keeper)).unwrap().reward, reward);
        assert_eq!(world.accounts[account].cash.0, cash - reward.0);
    }
}

#[test]
fn a_keeper_is_paid_what_maintenance_does_not_need() {
    for (units, reward) in [(REWARD.0, REWARD), (REWARD.0 - 1, Usd::ZERO)] {
        let (mut world, account, keeper, maker) = market();
        hold(&mut world, account, maker, BTC_PERP, 10_000);
        world.ramp(BTC, Ratio::percent(4), Ratio::percent(8));
        stand_at(&mut world, account, MAINTENANCE, units);
        let done = world.rebalance(account, None, Some(keeper)).unwrap();
        assert_eq!((done.call, done.reward), (Call::Opened, reward));
        assert!(world.meets(account, MAINTENANCE));
    }
}

/// Below target it is topped up to initial.
#[test]
fn a_top_up_reaches_initial_within_its_limit_and_the_reserve() {
    let short = |world: &World, account: usize| {
        let exposure = world.exposure(account);
        exposure.requirement(INITIAL).unwrap().0 - exposure.equity(INITIAL).unwrap().0
    };
    let (mut world, account, keeper, reserve) = reserved(usd(40_000));
    world.ramp(BTC, Ratio::percent(5), Ratio::percent(6));
    stand_at(&mut world, account, TARGET, -1);
    let wanted = short(&world, account);
    let mut poor = world.clone();
    let mut bounded = world.clone();
    let done = world.rebalance(account, Some(reserve), Some(keeper)).unwrap();
    assert_eq!((done.topped_up.0, done.call, done.reward), (wanted, Call::None, REWARD));
    assert_eq!(world.accounts[reserve].cash.0, 50_000_000_000 - wanted);
    assert_eq!(world.accounts[account].top_up.used_today.0, wanted);
    assert_eq!(short(&world, account), REWARD.0);
    world.assert_books();

    poor.set_cash(reserve, Usd(7));
    let done = poor.rebalance(account, Some(reserve), Some(keeper)).unwrap();
    assert_eq!((done.topped_up, done.call, done.reward), (Usd(7), Call::None, Usd::ZERO), "too little to be paid for");

    bounded.accounts[account].top_up.daily_limit = Usd(9_999_999);
    bounded.set_cash(account, Usd(bounded.accounts[account].cash.0 - 20_000_000));
    let done = bounded.rebalance(account, Some(reserve), Some(keeper)).unwrap();
    assert_eq!((done.topped_up.0, done.call, done.reward), (9_999_999, Call::Opened, REWARD));
    bounded.accounts[account].top_up.daily_limit = Usd(19_999_998);
    let done = bounded.rebalance(account, Some(reserve), Some(keeper)).unwrap();
    assert_eq!((done.topped_up.0, done.call, done.reward), (9_999_999, Call::Updated, Usd::ZERO));
    bounded.accounts[account].top_up.daily_limit = Usd(29_999_998);
    let done = bounded.rebalance(account, Some(reserve), Some(keeper)).unwrap();
    assert_eq!((done.topped_up.0, done.call, done.reward), (10_000_000, Call::Closed, REWARD));
}

#[test]
fn a_reserve_that_is_not_the_owners_or_holds_positions_gives_and_takes_nothing() {
    let (mut world, account, keeper, reserve) = reserved(usd(40_000));
    stand_at(&mut world, account, TARGET, -1);
    let done = world.clone().rebalance(account, Some(keeper), None).unwrap();
    assert_eq!((done.topped_up, done.call), (Usd::ZERO, Call::Opened));
    world.accounts[reserve].position_count = 1;
    let done = world.clone().rebalance(account, Some(reserve), None);
    assert_eq!(done.map(|done| done.topped_up), Ok(Usd::ZERO));
    world.accounts[reserve].position_count = 0;
    world.set_cash(account, usd(1_000_000));
    assert_eq!(world.rebalance(account, Some(keeper), None), Err(BallastError::NothingToRebalance));
}

/// At a price that is not Good an open call is answered, none is opened or closed, nothing is released.
#[test]
fn at_a_stale_price_it_only_tops_up() {
    let (mut world, account, keeper, reserve) = reserved(usd(40_000));
    stand_at(&mut world, account, TARGET, -20_000_000);
    world.accounts[account].top_up.daily_limit = usd(5);
    world.pass(61);
    for (called, call) in [(Timestamp::ZERO, Call::None), (world.clock, Call::Updated)] {
        let mut world = world.clone();
        world.accounts[account].called_at = called;
        let done = world.rebalance(account, Some(reserve), Some(keeper)).unwrap();
        assert_eq!((done.topped_up, done.call, done.reward), (usd(5), call, Usd::ZERO));
        assert_eq!(world.accounts[account].called_at, called);
    }
    world.set_cash(account, usd(1_000_000));
    let before = Snapshot::of(&world);
    assert_eq!(world.rebalance(account, Some(reserve), Some(keeper)), Err(BallastError::PriceStale));
    before.assert_unchanged(&world);
}

/// What lies above 1.5 x initial is released, if it is worth moving; once a day; never more than the cash.
#[test]
fn excess_of_ten_dollars_is_released_and_less_stays() {
    let (mut world, account, keeper, reserve) = reserved(usd(40_000));
    let kept = |world: &World| (world.exposure(account).requirement(INITIAL).unwrap().0 + 1) / 2;
    let units = kept(&world);
    stand_at(&mut world, account, INITIAL, units + 9_999_999);
    assert_eq!(world.rebalance(account, Some(reserve), Some(keeper)), Err(BallastError::NothingToRebalance));
    stand_at(&mut world, account, INITIAL, units + 10_000_000);
    let mut without = world.clone();
    without.accounts[account].top_up.releases = 0;
    assert_eq!(without.rebalance(account, Some(reserve), Some(keeper)), Err(BallastError::NothingToRebalance));
    assert_eq!(world.clone().rebalance(account, None, Some(keeper)), Err(BallastError::NothingToRebalance));
    let had = world.accounts[reserve].cash.0;
    let done = world.rebalance(account, Some(reserve), Some(keeper)).unwrap();
    assert_eq!((done.released, done.reward, done.call), (usd(10), REWARD, Call::None));
    assert_eq!(world.accounts[reserve].cash.0 - had, 10_000_000);
    world.assert_books();
    stand_at(&mut world, account, INITIAL, units + 50_000_000);
    assert_eq!(world.rebalance(account, Some(reserve), Some(keeper)), Err(BallastError::NothingToRebalance), "today");
    world.pass(86_400);
    world.renew();
    let units = kept(&world);
    stand_at(&mut world, account, INITIAL, units + 50_000_000);
    assert_eq!(world.rebalance(account, Some(reserve), Some(keeper)).unwrap().released, usd(50));
}

#[test]
fn no_more_is_released_than_there_is_cash() {
    let (mut world, account, _, reserve) = reserved(usd(40_000));
    world.deposit(account, Some(SOL_VAULT), 1_000_000_000_000).unwrap();
    world.set_cash(account, usd(25));
    world.board.vaults[usize::from(SOL_VAULT)].initial_weight = Ratio::percent(90);
    let done = world.rebalance(account, Some(reserve), None).unwrap();
    assert_eq!((done.released, world.accounts[account].cash), (usd(25), Usd::ZERO));
}

/// A rebalancing that brings an account in liquidation to close-out ends the liquidation.
#[test]
fn a_top_up_to_close_out_ends_a_liquidation() {
    let (mut world, account, keeper, reserve) = reserved(usd(40_000));
    stand_at(&mut world, account, MAINTENANCE, -1);
    world.liquidate(account, keeper, None, BTC_PERP, 0).unwrap();
    world.rebalance(account, Some(reserve), None).unwrap();
    assert!(world.meets(account, CLOSE_OUT));
    assert_eq!(world.accounts[account].liquidation_at, Timestamp::ZERO);
}

/// Collateral of an account in liquidation, after a fall by a twelfth: the loss is above its cash.
fn in_debt(cash: i64, sol: u64) -> (World, usize, usize) {
    let (mut world, account, keeper, maker) = market();
    world.deposit(account, Some(SOL_VAULT), sol).unwrap();
    hold(&mut world, account, maker, BTC_PERP, 1_000);
    world.pass(5);
    world.price(BTC, moved(super::common::BTC_PRICE, -800));
    world.price(SOL, SOL_PRICE);
    world.set_cash(account, Usd(cash));
    (world, account, keeper)
}

#[test]
fn collateral_is_sold_to_cover_the_loss_and_no_more() {
    let (mut world, account, keeper) = in_debt(0, 8_000_000_000);
    assert!(!world.meets(account, MAINTENANCE));
    let had = world.accounts[keeper].cash.0;
    let done = world.sell_collateral(account, keeper, None, SOL_VAULT, ALL).unwrap();
    // the loss is 800 USD at 150 a coin
    assert_eq!((done.tokens, done.paid), (Tokens(5_333_333_334), Usd(800_000_001)));
    assert_eq!(world.accounts[account].cash.0, 800_000_001);
    assert_eq!(had - world.accounts[keeper].cash.0, 800_000_001);
    assert_eq!(world.accounts[keeper].collateral_of(SOL_VAULT), done.tokens);
    let before = Snapshot::of(&world);
    assert_eq!(world.sell_collateral(account, keeper, None, SOL_VAULT, ALL), Err(BallastError::NoLossToCover));
    before.assert_unchanged(&world);
    world.assert_books();
}

#[test]
fn a_sale_needs_collateral_that_counts_and_a_keeper_that_can_pay() {
    let (mut world, account, keeper) = in_debt(0, 8_000_000_000);
    assert_eq!(world.sell_collateral(account, keeper, None, BTC_VAULT, ALL), Err(BallastError::NotEnoughCollateral));
    let mut looked = world.clone();
    let done = looked.sell_collateral(account, keeper, None, SOL_VAULT, 0).unwrap();
    assert_eq!((done.tokens, done.paid, done.in_liquidation), (Tokens::ZERO, Usd::ZERO, true), "it is only looked at");
    assert_eq!(looked.accounts[keeper], world.accounts[keeper]);
    let mut poor = world.clone();
    poor.set_cash(keeper, Usd(800_000_000));
    let before = Snapshot::of(&poor);
    assert_eq!(poor.sell_collateral(account, keeper, None, SOL_VAULT, ALL), Err(BallastError::NotEnoughCash));
    before.assert_unchanged(&poor);
    poor.set_cash(keeper, Usd(800_000_001));
    poor.sell_collateral(account, keeper, None, SOL_VAULT, ALL).unwrap();
    // what would be left under ten dollars goes too
    let (mut world, account, keeper) = in_debt(0, 5_399_999_000);
    let done = world.sell_collateral(account, keeper, None, SOL_VAULT, ALL).unwrap();
    assert_eq!(done.tokens, Tokens(5_399_999_000));
    let (mut world, account, keeper) = in_debt(0, 5_400_001_000);
    let done = world.sell_collateral(account, keeper, None, SOL_VAULT, ALL).unwrap();
    assert_eq!(done.tokens, Tokens(5_333_333_334), "ten dollars stay");
    // a part leaves what still counts
    let (mut world, account, keeper) = in_debt(0, 6_000_000_000);
    let done = world.sell_collateral(account, keeper, None, SOL_VAULT, 5_950_000_000).unwrap();
    assert_eq!(done.tokens, Tokens(5_333_333_334));
    let (mut world, account, keeper) = in_debt(0, 4_000_000_000);
    let done = world.sell_collateral(account, keeper, None, SOL_VAULT, 3_999_000_000).unwrap();
    let left = world.accounts[account].collateral_of(SOL_VAULT);
    assert_eq!(done.tokens.0 + left.0, 4_000_000_000);
    assert!(left.0 >= 66_666_667 && left.0 < 66_666_700, "{}", left.0);
}

#[test]
fn a_sale_that_reaches_close_out_ends_the_liquidation() {
    let (mut world, account, keeper) = in_debt(0, 8_000_000_000);
    let done = world.sell_collateral(account, keeper, None, SOL_VAULT, ALL).unwrap();
    assert_eq!(done.in_liquidation, !world.meets(account, CLOSE_OUT));
    let (mut world, account, keeper) = in_debt(0, 8_000_000_000);
    world.sell_collateral(account, keeper, None, SOL_VAULT, 1_000_000).unwrap();
    world.set_cash(account, usd(100_000));
    let done = world.sell_collateral(account, keeper, None, SOL_VAULT, ALL).unwrap();
    assert_eq!((done.tokens, done.in_liquidation), (Tokens::ZERO, false));
    assert_eq!(world.accounts[account].liquidation_at, Timestamp::ZERO);
}

#[test]
fn a_sale_that_ends_the_liquidation_says_so() {
    let (mut world, account, keeper) = in_debt(0, 8_000_000_000);
    // 280 USD of equity, 294 of maintenance, 315 to close out; what is sold counted 80 USD less than it brings
    world.scan(BTC, Ratio(22_000_000));
    assert!(world.sell_collateral(account, keeper, None, SOL_VAULT, 0).unwrap().in_liquidation);
    let done = world.sell_collateral(account, keeper, None, SOL_VAULT, ALL).unwrap();
    assert!(done.tokens > Tokens::ZERO && world.meets(account, CLOSE_OUT));
    assert!(!done.in_liquidation && world.accounts[account].liquidation_at == Timestamp::ZERO);
}

#[test]
fn a_sale_tells_what_the_reserve_gave_before() {
    let (mut world, account, keeper) = in_debt(0, 8_000_000_000);
    let reserve = world.account(1, usd(50_000));
    let [named, held] = world.accounts.get_disjoint_mut([account, reserve]).unwrap();
    clearing::set_top_up(named, Some((held, key(60))), usd(7), false).unwrap();
    let done = world.sell_collateral(account, keeper, Some(reserve), SOL_VAULT, 1_000_000_000).unwrap();
    assert_eq!((done.topped_up, done.tokens), (usd(7), Tokens(1_000_000_000)));
    assert_eq!(world.accounts[reserve].cash, usd(49_993));
}

#[test]
fn collateral_of_ten_dollars_is_sold_and_a_unit_less_is_not() {
    // 10,000 of the smallest units of BTC are ten dollars
    for (tokens, sold) in [(10_000, Ok(Tokens(10_000))), (9_999, Err(BallastError::CollateralIsDust))] {
        let (mut world, account, keeper, maker) = market();
        world.deposit(account, Some(BTC_VAULT), tokens).unwrap();
        hold(&mut world, account, maker, SOL_PERP, 1_000);
        world.pass(5);
        world.price(SOL, moved(SOL_PRICE, -800));
        world.price(BTC, super::common::BTC_PRICE);
        world.set_cash(account, Usd::ZERO);
        let done = world.sell_collateral(account, keeper, None, BTC_VAULT, ALL);
        assert_eq!(done.map(|done| done.tokens), sold);
    }
}

#[test]
fn a_keeper_meets_initial_after_it_has_bought() {
    let (mut world, account, _) = in_debt(0, 8_000_000_000);
    let keeper = world.account(9, usd(10_000));
    hold(&mut world, keeper, 1, BTC_PERP, 3_000);
    stand_at(&mut world, keeper, INITIAL, 0);
    world.sell_collateral(account, keeper, None, SOL_VAULT, 0).unwrap();
    let before = Snapshot::of(&world);
    let bought = world.sell_collateral(account, keeper, None, SOL_VAULT, ALL);
    assert_eq!(
        bought,
        Err(BallastError::KeeperBelowInitialMargin),
        "collateral counts less than the cash that it paid"
    );
    before.assert_unchanged(&world);
}

/// Who meets target is not called, and not topped up either, though it lies below initial.
#[test]
fn an_account_at_target_is_not_topped_up() {
    for (units, tops_up) in [(0, false), (-1, true)] {
        let (mut world, account, _, reserve) = reserved(usd(40_000));
        stand_at(&mut world, account, TARGET, units);
        assert!(!world.meets(account, INITIAL));
        let done = world.rebalance(account, Some(reserve), None);
        assert_eq!(done.is_ok_and(|done| done.topped_up > Usd::ZERO), tops_up);
    }
}

/// Long SOL at a loss of 1,200 USD a thousand lots, with so many of the smallest units of BTC, 0.1 cents each.
fn with_bitcoin(lots: i64, tokens: u64, cash: Usd) -> (World, usize, usize) {
    let (mut world, account, keeper, maker) = market();
    world.deposit(account, Some(BTC_VAULT), tokens).unwrap();
    hold(&mut world, account, maker, SOL_PERP, lots);
    world.pass(5);
    world.price(SOL, moved(SOL_PRICE, -800));
    world.price(BTC, super::common::BTC_PRICE);
    world.set_cash(account, cash);
    (world, account, keeper)
}

#[test]
fn a_sale_leaves_ten_dollars_and_nothing_less() {
    for (tokens, sold) in [(1_210_000, 1_200_000), (1_209_999, 1_209_999)] {
        let (mut world, account, keeper) = with_bitcoin(1_000, tokens, Usd::ZERO);
        let done = world.sell_collateral(account, keeper, None, BTC_VAULT, ALL).unwrap();
        assert_eq!(done.tokens, Tokens(sold));
    }
}

/// A loss of a twentieth of the collateral waits its day, one of a unit more does not.
#[test]
fn a_loss_beyond_a_twentieth_of_the_collateral_is_due_at_once() {
    for (units, due) in [(0, false), (1, true)] {
        let (mut world, account, keeper) = with_bitcoin(10_000, 100_000_000, usd(1));
        let seen = world.exposure(account);
        let (loss, collateral) = (-seen.pnl.usd_down().unwrap().0, seen.collateral.usd_down().unwrap().0);
        world.set_cash(account, Usd(loss - collateral / 20 - units));
        assert!(world.meets(account, INITIAL));
        let before = Snapshot::of(&world);
        let done = world.sell_collateral(account, keeper, None, BTC_VAULT, ALL);
        assert_eq!(done.err(), (!due).then_some(BallastError::LossNotDue));
        if !due {
            before.assert_unchanged(&world);
        }
    }
}

/// What a sale has covered is forgotten at once, though another price of the account is too old to judge it.
#[test]
fn a_covered_loss_is_forgotten() {
    let (mut world, account, keeper) = in_debt(1_000_000_000, 20_000_000_000);
    hold(&mut world, account, 2, SOL_PERP, -10);
    world.set_cash(account, Usd::ZERO);
    let mut held = world.accounts[account].position(world.contracts[SOL_PERP].id);
    held.basis = Usd(held.basis.0 - 300_000_000);
    world.accounts[account].put(held).unwrap();
    world.pass(61);
    world.price(SOL, SOL_PRICE);
    world.sell_collateral(account, keeper, None, SOL_VAULT, 0).unwrap();
    assert!(world.accounts[account].loss_since > Timestamp::ZERO);
    let done = world.sell_collateral(account, keeper, None, SOL_VAULT, ALL).unwrap();
    assert!(done.paid > Usd::ZERO);
    assert_eq!(world.accounts[account].loss_since, Timestamp::ZERO);
}
