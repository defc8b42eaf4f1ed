//! What admin, guardian and owners set, and what the treasury takes.

use super::common::{BTC, BTC_PERP, BTC_VAULT, SOL, Snapshot, World, hold, key, market, usd};
use ballast_core::clearing::{self, Authority, Fill};
use ballast_core::error::BallastError;
use ballast_core::state::{DelegateLimits, Exchange, MarginAccount, Pausable, TopUpPolicy};
use ballast_core::units::{Key, Timestamp, Tokens, Usd};

const PAUSABLE: [Pausable; 4] = [Pausable::Deposits, Pausable::Withdrawals, Pausable::Trading, Pausable::Liquidation];

#[test]
fn the_nominated_accepts_and_nobody_else() {
    let mut exchange = World::new().exchange;
    let admin = exchange.admin;
    assert_eq!(
        clearing::accept_admin(&mut exchange, Key::NONE),
        Err(BallastError::NotPendingAdmin),
        "nobody is nominated"
    );
    clearing::nominate_admin(&mut exchange, key(5));
    assert_eq!(clearing::accept_admin(&mut exchange, key(6)), Err(BallastError::NotPendingAdmin));
    assert_eq!((exchange.admin, exchange.pending_admin), (admin, key(5)));
    clearing::accept_admin(&mut exchange, key(5)).unwrap();
    assert_eq!((exchange.admin, exchange.pending_admin), (key(5), Key::NONE));
    assert_eq!(clearing::accept_admin(&mut exchange, key(5)), Err(BallastError::NotPendingAdmin), "once");
    clearing::nominate_admin(&mut exchange, key(8));
    clearing::nominate_admin(&mut exchange, Key::NONE);
    assert_eq!(clearing::accept_admin(&mut exchange, key(8)), Err(BallastError::NotPendingAdmin), "withdrawn");
}

#[test]
fn a_pause_is_of_one_thing_and_lasts_to_its_second() {
    for what in PAUSABLE {
        let mut world = World::new();
        let (longest, clock) = (what.longest(), world.clock);
        assert_eq!(longest, if what == Pausable::Liquidation { 3_600 } else { 86_400 });
        let too_long = clearing::pause(&mut world.exchange, what, longest + 1, clock);
        assert_eq!(too_long, Err(BallastError::PauseTooLong));
        let until = clearing::pause(&mut world.exchange, what, longest, clock).unwrap();
        assert_eq!(until, clock.after(longest).unwrap());
        for other in PAUSABLE {
            assert_eq!(world.exchange.is_paused(other, clock), other == what);
        }
        assert!(world.exchange.is_paused(what, Timestamp(until.0 - 1)));
        assert!(!world.exchange.is_paused(what, until));
        let errors = [
            BallastError::DepositsPaused,
            BallastError::WithdrawalsPaused,
            BallastError::TradingPaused,
            BallastError::LiquidationPaused,
        ];
        let place = PAUSABLE.iter().position(|other| *other == what).unwrap();
        assert_eq!(what.error(), errors[place]);
    }
}

#[test]
fn no_pause_follows_before_as_long_has_passed() {
    let mut world = World::new();
    let clock = world.clock;
    clearing::pause(&mut world.exchange, Pausable::Trading, 1_000, clock).unwrap();
    let pause = |exchange: &mut Exchange, seconds: u64| {
        clearing::pause(exchange, Pausable::Trading, 60, clock.after(seconds).unwrap())
    };
    for early in [0, 999, 1_000, 1_999] {
        assert_eq!(pause(&mut world.exchange, early), Err(BallastError::PauseTooSoon));
    }
    let mut ended = world.exchange;
    assert_eq!(pause(&mut world.exchange, 2_000), Ok(clock.after(2_060).unwrap()));
    // ended after a tenth it lasted a tenth
    let end = clock.after(100).unwrap();
    assert_eq!(clearing::pause(&mut ended, Pausable::Trading, 0, end), Ok(end));
    assert!(!ended.is_paused(Pausable::Trading, end));
    assert_eq!(pause(&mut ended, 199), Err(BallastError::PauseTooSoon));
    pause(&mut ended, 200).unwrap();
    // to end what has ended does not move its end
    let mut later = world.exchange;
    let until = later.pause_of(Pausable::Trading).until;
    clearing::pause(&mut later, Pausable::Trading, 0, until.after(50).unwrap()).unwrap();
    assert_eq!(later.pause_of(Pausable::Trading).until, until);
}

#[test]
fn a_delegate_trades_until_its_time_and_never_without_a_name() {
    let mut world = World::new();
    let (account, other) = (world.account(1, usd(1_000)), world.account(2, usd(1_000)));
    let (clock, later) = (world.clock, world.clock.after(10).unwrap());
    let limits = DelegateLimits { daily_notional: usd(1_000), daily_loss: usd(10), ..DelegateLimits::default() };
    let set = |world: &mut World, name: Key, until| {
        clearing::set_delegate(&mut world.accounts[account], name, until, &limits, clock)
    };
    let may_trade = |world: &World, name: Key, at| {
        let mut world = world.clone();
        world.clock = at;
        let fill = Fill::new(1, world.mark(BTC_PERP));
        let (by_name, by_owner) = (Authority::Signer(name), Authority::Signer(key(2)));
        let traded = world.trade_as((account, by_name), (other, by_owner), BTC_PERP, fill);
        assert!(matches!(traded, Ok(_) | Err(BallastError::NotOwnerOrDelegate)));
        traded.is_ok()
    };
    assert_eq!(set(&mut world, key(5), clock), Err(BallastError::DelegateExpiry));
    assert!(!may_trade(&world, key(5), clock) && may_trade(&world, key(1), clock));
    set(&mut world, key(5), later).unwrap();
    assert_eq!(world.accounts[account].delegate_limits, limits);
    assert!(may_trade(&world, key(5), Timestamp(later.0 - 1)));
    assert!(!may_trade(&world, key(5), later), "until its time, not at it");
    assert!(!may_trade(&world, key(6), clock) && may_trade(&world, key(1), later));
    set(&mut world, Key::NONE, later).unwrap();
    let held = &world.accounts[account];
    assert_eq!((held.delegate, held.delegate_until), (Key::NONE, Timestamp::ZERO));
    assert_eq!(held.delegate_limits, DelegateLimits::default());
    // the key of nobody is no delegate, whatever an old account says
    (world.accounts[account].delegate_until, world.accounts[account].delegate_limits) = (later, limits);
    assert!(!may_trade(&world, Key::NONE, clock));
}

#[test]
fn a_reserve_is_the_owners_own_and_holds_no_positions() {
    let (mut world, account, other, maker) = market();
    let reserve = world.account(1, usd(5));
    let [held, named, stranger] = world.accounts.get_disjoint_mut([reserve, account, other]).unwrap();
    let unchanged = *named;
    let set = |named: &mut MarginAccount, held: &MarginAccount, limit| {
        clearing::set_top_up(named, Some((held, key(60))), limit, true)
    };
    assert_eq!(set(named, stranger, usd(1)), Err(BallastError::WrongOwner));
    let elsewhere = MarginAccount { exchange: key(9), ..*held };
    assert_eq!(set(named, &elsewhere, usd(1)), Err(BallastError::WrongOwner));
    for limit in [Usd::ZERO, Usd(-1)] {
        assert_eq!(set(named, held, limit), Err(BallastError::TopUpPolicy));
    }
    assert!(*named == unchanged);
    named.top_up.used_today = usd(3);
    named.top_up.day = 8;
    set(named, held, Usd(1)).unwrap();
    let wanted = TopUpPolicy {
        reserve: key(60),
        daily_limit: Usd(1),
        releases: 1,
        used_today: usd(3),
        day: 8,
        ..unchanged.top_up
    };
    assert_eq!(named.top_up, wanted);
    clearing::set_top_up(named, Some((held, key(60))), usd(2), false).unwrap();
    assert_eq!((named.top_up.releases, named.top_up.daily_limit), (0, usd(2)));
    set(named, held, Usd(1)).unwrap();
    clearing::set_top_up(named, None, usd(1), true).unwrap();
    let ended = TopUpPolicy { used_today: usd(3), day: 8, ..unchanged.top_up };
    assert_eq!(named.top_up, ended, "what was used today stays used");
    hold(&mut world, reserve, maker, BTC_PERP, 0);
    world.deposit(reserve, None, 100_000_000).unwrap();
    world.fill(reserve, maker, BTC_PERP, 1).unwrap();
    let [held, named] = world.accounts.get_disjoint_mut([reserve, account]).unwrap();
    assert_eq!(set(named, held, usd(1)), Err(BallastError::ReserveHasPositions));
}

#[test]
fn fees_go_to_rewards_by_their_share_and_out_of_the_quote_vault() {
    let (mut world, account, _, maker) = market();
    hold(&mut world, account, maker, BTC_PERP, 1_000);
    let (due, ledger) = (world.contracts[BTC_PERP].fees_due, world.quote.ledger);
    assert_eq!(due, usd(10), "5 basis points of 10,000 USD of either side");
    let budget = world.board.underlyings[usize::from(BTC)].reward_budget;
    let before = Snapshot::of(&world);
    let contract = &mut world.contracts[BTC_PERP];
    let wrong = clearing::collect_fees(
        &world.exchange,
        contract,
        &mut world.board,
        &mut world.fund,
        &mut world.vaults[usize::from(BTC_VAULT)],
    );
    assert_eq!(wrong, Err(BallastError::WrongVault));
    before.assert_unchanged(&world);
    assert_eq!(world.collect_fees(BTC_PERP), Ok(Tokens(7_500_000)));
    assert_eq!(world.board.underlyings[usize::from(BTC)].reward_budget.0 - budget.0, 2_500_000);
    assert_eq!(world.board.underlyings[usize::from(SOL)].reward_budget, Usd::ZERO);
    assert_eq!(world.quote.ledger.0, ledger.0 - 7_500_000);
    assert_eq!(world.contracts[BTC_PERP].fees_due, Usd::ZERO);
    let before = Snapshot::of(&world);
    assert_eq!(world.collect_fees(BTC_PERP), Err(BallastError::NothingToCollect));
    before.assert_unchanged(&world);
    world.assert_books();
}

/// Without fees it still pays the fund what the contract owes it, if the pool has something.
#[test]
fn what_is_owed_to_the_fund_is_collected_when_the_pool_can_pay() {
    for (deficit, pool, paid) in
        [(-5, 0, None), (0, 5, None), (5, 5, None), (-5, 3, Some(3)), (-3, 5, Some(3)), (-1, 1, Some(1))]
    {
        let mut world = World::new();
        world.lack(BTC_PERP, Usd(i64::max(deficit, 0)));
        world.owe(BTC_PERP, Usd(-i64::min(deficit, 0)));
        world.contracts[BTC_PERP].pool = Usd(pool);
        let before = Snapshot::of(&world);
        let done = world.collect_fees(BTC_PERP);
        let Some(paid) = paid else {
            assert_eq!(done, Err(BallastError::NothingToCollect));
            before.assert_unchanged(&world);
            continue;
        };
        assert_eq!(done, Ok(Tokens::ZERO));
        let (owes, left) = (world.deficit(BTC_PERP).0, world.contracts[BTC_PERP].pool.0);
        assert_eq!((owes, left, world.fund.balance.0), (deficit + paid, pool - paid, paid));
        assert_eq!(world.fund.owed.0, -owes);
    }
}

#[test]
fn gifts_are_what_a_vault_holds_above_its_ledger() {
    let mut world = World::new();
    world.account(1, Usd(100));
    let ledger = world.quote.ledger;
    assert_eq!(clearing::sweep(&world.quote, Tokens(ledger.0 + 1)), Ok(Tokens(1)));
    for held in [ledger.0, ledger.0 - 1] {
        assert_eq!(clearing::sweep(&world.quote, Tokens(held)), Err(BallastError::NothingToSweep));
    }
}

#[test]
fn insurance_is_funded_in_quote_whatever_the_vaults_cap() {
    let mut world = World::new();
    world.fund_insurance(7).unwrap();
    let before = Snapshot::of(&world);
    assert_eq!(world.fund_insurance(0), Err(BallastError::AmountZero));
    let fund = clearing::fund_insurance(&mut world.fund, &mut world.vaults[0], Tokens(1));
    assert_eq!(fund, Err(BallastError::WrongVault));
    before.assert_unchanged(&world);
    world.quote.cap = Tokens(8);
    world.fund_insurance(3).unwrap();
    assert_eq!((world.fund.balance, world.quote.ledger), (Usd(10), Tokens(10)));
    world.assert_books();
}

#[test]
fn nobody_is_a_reporter_a_venue_or_an_oracle_program_without_a_name() {
    let mut world = World::new();
    assert_eq!(world.exchange.reporter(super::common::reporter(3)), Some(3));
    assert_eq!(world.exchange.reporter(key(1)), None);
    world.exchange.depth_reporters[2] = Key::NONE;
    assert_eq!(world.exchange.reporter(Key::NONE), None);
    assert!(!world.exchange.allows_oracle(Key::NONE), "four places are free");
    world.exchange.oracle_owners[1] = key(33);
    assert!(world.exchange.allows_oracle(key(33)) && !world.exchange.allows_oracle(key(34)));
    let contract = &world.contracts[BTC_PERP];
    assert!(contract.lists(key(70)) && !contract.lists(key(71)) && !contract.lists(Key::NONE));
}
