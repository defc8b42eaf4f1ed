//! Each rule at its edge.

use ballast_core::clearing;
use ballast_core::error::BallastError;
use ballast_core::state::Pausable;
use ballast_core::units::{Shares, Timestamp, Tokens, Usd};

use crate::common::{SOL_VAULT, Snapshot, World, usd};
use crate::{COOLDOWN, THOUSAND, UNSTAKE_WINDOW, earn, insured, leave, lose};

#[test]
fn the_first_contribution_and_all_before_it_is_the_exchanges() {
    let mut world = World::new();
    earn(&mut world, 400);
    world.fund_insurance(600).unwrap();
    assert_eq!((world.fund.shares, world.fund.exchange_shares), (Shares(1_000), Shares(1_000)));
    // and while nobody else is there, income makes no share dear
    earn(&mut world, 5_000);
    world.fund_insurance(4_000).unwrap();
    assert_eq!((world.fund.shares, world.fund.exchange_shares), (Shares(10_000), Shares(10_000)));
    world.assert_books();
}

#[test]
fn a_stake_is_worth_what_was_paid_and_earns_its_part() {
    let (mut world, alice, _) = insured();
    let staked = world.stake(alice, 3 * THOUSAND).unwrap();
    assert_eq!((staked.minted, staked.shares), (Shares(3 * THOUSAND), Shares(3 * THOUSAND)));
    assert_eq!(staked.balance, usd(4_000));
    earn(&mut world, 400_000_000);
    world.assert_books();
    assert_eq!(leave(&mut world, alice, Shares(3 * THOUSAND)), 3_300_000_000);
    assert_eq!((world.fund.balance, world.fund.shares), (usd(1_100), world.fund.exchange_shares));
    assert_eq!(world.stakes[alice].shares, Shares::ZERO);
    world.assert_books();
}

#[test]
fn who_funds_gives_to_the_exchange_at_the_present_price() {
    let (mut world, alice, _) = insured();
    world.stake(alice, THOUSAND).unwrap();
    earn(&mut world, 2 * THOUSAND);
    world.fund_insurance(2 * THOUSAND).unwrap();
    assert_eq!((world.fund.shares.0, world.fund.exchange_shares.0), (3 * THOUSAND, 2 * THOUSAND));
    assert_eq!(leave(&mut world, alice, Shares(THOUSAND)), 2 * THOUSAND, "hers is what it was");
}

#[test]
fn stake_fails_when_the_exchange_owns_less_than_a_thousand_dollars() {
    let mut world = World::new();
    let alice = world.open_stake(1);
    for (given, expected) in
        [(0, BallastError::ExchangeStakeMissing), (THOUSAND - 1, BallastError::ExchangeStakeMissing)]
    {
        if given > 0 {
            world.fund_insurance(given).unwrap();
        }
        let before = Snapshot::of(&world);
        assert_eq!(world.stake(alice, THOUSAND), Err(expected));
        before.assert_unchanged(&world);
    }
    world.fund_insurance(1).unwrap();
    world.stake(alice, 1).unwrap();
}

#[test]
fn stake_fails_when_it_may_not_enter() {
    let (mut world, alice, _) = insured();
    let before = Snapshot::of(&world);
    assert_eq!(world.stake(alice, 0), Err(BallastError::AmountZero));
    let room = world.quote.cap.0 - world.quote.ledger.0;
    assert_eq!(world.stake(alice, room + 1), Err(BallastError::VaultCap));
    let (fund, exchange, sol) = (&mut world.fund, &world.exchange, &mut world.vaults[usize::from(SOL_VAULT)]);
    let bought = (Tokens(1), Shares::ZERO);
    let foreign = clearing::stake(&mut world.stakes[alice], fund, sol, exchange, bought, world.clock);
    assert_eq!(foreign, Err(BallastError::WrongVault));
    before.assert_unchanged(&world);

    let opened_at = world.exchange.opened_at;
    world.exchange.opened_at = Timestamp::ZERO;
    assert_eq!(world.stake(alice, 1), Err(BallastError::ExchangeNotOpen));
    world.exchange.opened_at = opened_at;
    clearing::pause(&mut world.exchange, Pausable::Deposits, 60, world.clock).unwrap();
    assert_eq!(world.stake(alice, 1), Err(BallastError::DepositsPaused));
    world.pass(60);
    world.stake(alice, 1).unwrap();
}

#[test]
fn stake_fails_when_it_mints_fewer_shares_than_asked_for() {
    let (mut world, alice, bob) = insured();
    world.stake(alice, THOUSAND).unwrap();
    earn(&mut world, 2 * THOUSAND);
    let before = Snapshot::of(&world);
    let (stake, fund, quote) = (&mut world.stakes[bob], &mut world.fund, &mut world.quote);
    let fewer = clearing::stake(stake, fund, quote, &world.exchange, (Tokens(101), Shares(51)), world.clock);
    assert_eq!(fewer, Err(BallastError::TooFewShares));
    before.assert_unchanged(&world);
    assert_eq!(world.stake(bob, 1), Err(BallastError::TooFewShares), "half a share");
    before.assert_unchanged(&world);
    assert_eq!(world.stake(bob, 101).unwrap().minted, Shares(50));
}

#[test]
fn unstake_pays_from_the_end_of_the_cooldown_for_two_days() {
    let (mut world, alice, _) = insured();
    world.stake(alice, THOUSAND).unwrap();
    assert_eq!(world.unstake(alice), Err(BallastError::NotLeaving));
    let payable_at = world.request_unstake(alice, Shares(400)).unwrap();
    assert_eq!(payable_at.since(world.clock), COOLDOWN);
    world.pass(COOLDOWN - 1);
    let before = Snapshot::of(&world);
    assert_eq!(world.unstake(alice), Err(BallastError::UnstakeTooEarly));
    before.assert_unchanged(&world);
    let (mut first, mut last, mut late) = (world.clone(), world.clone(), world);
    first.pass(1);
    assert_eq!(first.unstake(alice).unwrap().paid, Tokens(400));
    assert_eq!(first.stakes[alice].shares, Shares(THOUSAND - 400));
    assert_eq!(first.unstake(alice), Err(BallastError::NotLeaving), "once");
    last.pass(UNSTAKE_WINDOW);
    last.unstake(alice).unwrap();
    late.pass(UNSTAKE_WINDOW + 1);
    let before = Snapshot::of(&late);
    assert_eq!(late.unstake(alice), Err(BallastError::UnstakeLapsed));
    before.assert_unchanged(&late);
    late.request_unstake(alice, Shares(400)).unwrap();
    late.pass(COOLDOWN);
    late.unstake(alice).unwrap();
}

#[test]
fn a_second_request_replaces_the_first_and_waits_anew() {
    let (mut world, alice, _) = insured();
    world.stake(alice, THOUSAND).unwrap();
    world.request_unstake(alice, Shares(400)).unwrap();
    world.pass(COOLDOWN);
    world.request_unstake(alice, Shares(300)).unwrap();
    assert_eq!(world.unstake(alice), Err(BallastError::UnstakeTooEarly));
    world.pass(COOLDOWN);
    assert_eq!(world.unstake(alice).unwrap().shares, Shares(300));
}

#[test]
fn request_unstake_fails_when_the_shares_are_not_there() {
    let (mut world, alice, bob) = insured();
    world.stake(alice, THOUSAND).unwrap();
    let before = Snapshot::of(&world);
    assert_eq!(world.request_unstake(alice, Shares::ZERO), Err(BallastError::AmountZero));
    assert_eq!(world.request_unstake(alice, Shares(THOUSAND + 1)), Err(BallastError::NotEnoughShares));
    assert_eq!(world.request_unstake(bob, Shares(1)), Err(BallastError::NotEnoughShares));
    before.assert_unchanged(&world);
}

#[test]
fn unstake_fails_while_withdrawals_or_liquidation_are_paused() {
    let (mut world, alice, _) = insured();
    world.stake(alice, THOUSAND).unwrap();
    world.request_unstake(alice, Shares(THOUSAND)).unwrap();
    world.pass(COOLDOWN);
    for (what, rule) in [
        (Pausable::Withdrawals, BallastError::WithdrawalsPaused),
        (Pausable::Liquidation, BallastError::LiquidationPaused),
    ] {
        clearing::pause(&mut world.exchange, what, 60, world.clock).unwrap();
        let before = Snapshot::of(&world);
        assert_eq!(world.unstake(alice), Err(rule));
        before.assert_unchanged(&world);
        world.pass(60);
    }
    world.unstake(alice).unwrap();
}

#[test]
fn no_pause_outlasts_the_window() {
    let longest = [Pausable::Withdrawals, Pausable::Liquidation].map(Pausable::longest);
    assert!(longest.iter().all(|pause| 2 * pause <= UNSTAKE_WINDOW), "as long must pass before the next");
}

#[test]
fn unstake_fails_when_the_vault_is_not_the_quote_mints() {
    let (mut world, alice, _) = insured();
    world.stake(alice, THOUSAND).unwrap();
    let (fund, exchange, sol) = (&mut world.fund, &world.exchange, &mut world.vaults[usize::from(SOL_VAULT)]);
    let foreign = clearing::unstake(&mut world.stakes[alice], fund, sol, exchange, world.clock);
    assert_eq!(foreign, Err(BallastError::WrongVault));
}

#[test]
fn unstake_fails_when_the_fund_is_empty_at_present() {
    let (mut world, alice, _) = insured();
    world.stake(alice, THOUSAND).unwrap();
    world.request_unstake(alice, Shares(THOUSAND)).unwrap();
    world.pass(COOLDOWN);
    lose(&mut world, 2 * THOUSAND);
    let before = Snapshot::of(&world);
    assert_eq!(world.unstake(alice), Err(BallastError::NothingToUnstake));
    before.assert_unchanged(&world);
}

#[test]
fn a_change_of_the_cooldown_leaves_requests_as_they_are() {
    let (mut world, alice, bob) = insured();
    for stake in [alice, bob] {
        world.stake(stake, THOUSAND).unwrap();
    }
    world.request_unstake(alice, Shares(THOUSAND)).unwrap();
    world.fund.unstake_cooldown = COOLDOWN / 2;
    world.request_unstake(bob, Shares(THOUSAND)).unwrap();
    world.pass(COOLDOWN / 2);
    assert_eq!(world.unstake(alice), Err(BallastError::UnstakeTooEarly));
    world.unstake(bob).unwrap();
}

#[test]
fn losses_in_the_cooldown_are_borne() {
    let (mut world, alice, bob) = insured();
    world.stake(alice, THOUSAND).unwrap();
    world.stake(bob, 2 * THOUSAND).unwrap();
    world.request_unstake(alice, Shares(THOUSAND)).unwrap();
    lose(&mut world, THOUSAND);
    world.pass(COOLDOWN);
    assert_eq!(world.unstake(alice).unwrap().paid, Tokens(THOUSAND * 3 / 4));
    assert_eq!(leave(&mut world, bob, Shares(2 * THOUSAND)), 2 * THOUSAND * 3 / 4);
    world.assert_books();
}

#[test]
fn a_fund_that_lost_all_begins_anew_and_keeps_old_shares_out() {
    let (mut world, alice, bob) = insured();
    world.stake(alice, 9 * THOUSAND).unwrap();
    world.request_unstake(alice, Shares(1)).unwrap();
    // a ten-thousandth of it is left, and one unit more: shares still count
    lose(&mut world, 10 * THOUSAND - 1_000_001);
    world.fund_insurance(1).unwrap();
    assert_eq!(world.fund.generation, 0);
    lose(&mut world, 3);
    world.assert_books();
    world.fund_insurance(THOUSAND).unwrap();
    assert_eq!(world.fund.generation, 1);
    assert_eq!(world.fund.exchange_shares, world.fund.shares);
    assert_eq!(world.fund.shares.0, THOUSAND + 999_999);
    world.assert_books();

    assert_eq!(world.request_unstake(alice, Shares(1)), Err(BallastError::StakeWiped));
    let (mut entering, mut leaving) = (world.clone(), world);
    assert_eq!(entering.stake(alice, 500).unwrap().shares, Shares(500), "old shares are forgotten");
    assert_eq!(entering.stakes[alice].leaving, Shares::ZERO);
    entering.stake(bob, THOUSAND).unwrap();
    entering.assert_books();
    let forgotten = leaving.unstake(alice).unwrap();
    assert_eq!((forgotten.shares, forgotten.paid, forgotten.left), (Shares(9 * THOUSAND), Tokens(0), Shares(0)));
    assert_eq!(leaving.fund.balance, Usd(1_000_999_999));
    leaving.assert_books();
}

#[test]
fn an_empty_fund_takes_contributions_in_any_number_of_generations() {
    let (mut world, alice, _) = insured();
    for generation in 0..5 {
        assert_eq!(world.fund.generation, generation);
        world.stake(alice, THOUSAND << 20).unwrap();
        let balance = world.fund.balance.0 as u64;
        lose(&mut world, balance);
        assert_eq!(world.stake(alice, THOUSAND), Err(BallastError::ExchangeStakeMissing));
        world.fund_insurance(THOUSAND).unwrap();
        world.assert_books();
    }
}
