//! The audit sees every way in which the books can be wrong, names it, and says by how much.

use super::common::{BTC_PERP, SOL_PERP, SOL_VAULT, World, hold, key, usd};
use ballast_core::clearing::{Audit, Discrepancy};
use ballast_core::state::Position;
use ballast_core::units::{Size, Timestamp, Tokens, Usd};

/// Three accounts with positions in two contracts, collateral and insurance.
fn world() -> World {
    let mut world = World::new();
    let (long, maker, _) = (world.account(1, usd(100_000)), world.account(2, usd(100_000)), world.account(3, usd(100)));
    world.deposit(long, Some(SOL_VAULT), 5_000_000_000).unwrap();
    world.fund_insurance(1_000_000).unwrap();
    hold(&mut world, long, maker, BTC_PERP, 100);
    hold(&mut world, long, maker, SOL_PERP, 100);
    world.assert_books();
    world
}

fn audited(world: &World) -> (Option<Discrepancy>, i128) {
    let mut audit = Audit::of(&world.board);
    for account in &world.accounts {
        audit.margin_account(account).unwrap();
    }
    for contract in &world.contracts {
        audit.contract(contract).unwrap();
    }
    audit.insurance_fund(&world.fund).unwrap();
    for (vault, held) in std::iter::once(&world.quote).chain(&world.vaults).zip(&world.tokens) {
        audit.vault(vault, Tokens(*held)).unwrap();
    }
    (audit.discrepancy(), audit.error())
}

/// What the audit says of the books after they were made wrong.
fn after(spoil: impl FnOnce(&mut World)) -> (Discrepancy, i128) {
    let mut world = world();
    spoil(&mut world);
    let (first, worst) = audited(&world);
    (first.unwrap(), worst)
}

fn held(world: &mut World, account: usize, contract: usize) -> &mut Position {
    let id = world.contracts[contract].id;
    let place = world.accounts[account].find(id).unwrap();
    &mut world.accounts[account].positions[place]
}

#[test]
fn exact_books_pass() {
    assert_eq!(audited(&world()), (None, 0));
}

#[test]
fn sizes_sum_to_zero() {
    let (first, worst) = after(|world| held(world, 1, BTC_PERP).size = Size(-97));
    assert_eq!((first, worst), (Discrepancy::Sizes { contract: 1, sum: 3 }, 3));
    let (first, _) = after(|world| held(world, 1, SOL_PERP).size = Size(-103));
    assert_eq!(first, Discrepancy::Sizes { contract: 3, sum: -3 });
}

#[test]
fn longs_are_the_open_interest() {
    let (first, worst) = after(|world| world.contracts[BTC_PERP].open_interest = 98);
    assert_eq!((first, worst), (Discrepancy::OpenInterest { contract: 1, long: 100, recorded: 98 }, 2));
}

#[test]
fn basis_is_pool_and_deficit() {
    let wrong = Discrepancy::Basis { contract: 1, sum: 5, recorded: 0 };
    assert_eq!(after(|world| held(world, 1, BTC_PERP).basis.0 += 5), (wrong, 5));
    let wrong = |recorded| Discrepancy::Basis { contract: 1, sum: 0, recorded };
    assert_eq!(after(|world| world.lack(BTC_PERP, Usd(7))), (wrong(7), 7));
    assert_eq!(after(|world| world.owe(BTC_PERP, Usd(7))), (wrong(-7), 7));
    assert_eq!(after(|world| world.board.contracts[0].deficit.surplus = Usd(7)), (wrong(-7), 7));
    assert_eq!(after(|world| world.board.contracts[0].deficit.of_shorts = Usd(7)), (wrong(7), 7));
    assert_eq!(after(|world| world.contracts[BTC_PERP].pool = Usd(7)).0, wrong(7));
    // an index of funding takes from one side what it gives the other, a loss index is owed by nobody yet
    let (first, _) = after(|world| world.board.contracts[0].loss_short = Usd(2));
    assert_eq!(first, Discrepancy::Basis { contract: 1, sum: -200, recorded: 0 });
    let mut funded = world();
    funded.board.contracts[0].funding.index = Usd(3);
    assert_eq!(audited(&funded), (None, 0));
}

#[test]
fn what_a_contract_is_settled_at_counts_as_basis() {
    let mut world = world();
    world.board.contracts[0].settled_at = Timestamp(1);
    assert_eq!(audited(&world), (None, 0), "long and short at the same price");
    // one side closes before the other
    let mark = world.mark(BTC_PERP).0 / 1_000_000;
    let short = held(&mut world, 1, BTC_PERP);
    (short.size, short.basis.0) = (Size(0), short.basis.0 - 100 * mark + 1);
    let (first, worst) = audited(&world);
    assert_eq!((first, worst), (Some(Discrepancy::Basis { contract: 1, sum: 1, recorded: 0 }), 1));
}

#[test]
fn positions_in_use_are_the_holders() {
    let (first, worst) = after(|world| world.contracts[SOL_PERP].holders = 5);
    assert_eq!((first, worst), (Discrepancy::Holders { contract: 3, counted: 2, recorded: 5 }, 3));
}

#[test]
fn nothing_is_negative() {
    let negative = |what, amount| Discrepancy::Negative { what: key(what), amount: Usd(amount) };
    // the account with 100 USD
    assert_eq!(after(|world| world.accounts[2].cash = Usd(-1)).0, negative(3, -1));
    assert_eq!(after(|world| world.fund.balance = Usd(-2)).0, negative(100, -2));
    assert_eq!(after(|world| world.contracts[BTC_PERP].fees_due = Usd(-3)).0, negative(100, -3));
    let pool = after(|world| {
        world.contracts[1].pool = Usd(-4);
        world.lack(1, Usd(4));
    });
    let pool = pool.0;
    assert_eq!(pool, negative(100, -4));
}

#[test]
fn a_ledger_is_what_the_accounts_hold() {
    let ledger = |spoil: fn(&mut World), mint, difference| {
        let (first, worst) = after(spoil);
        let Discrepancy::Ledger { mint: named, sum, recorded } = first else { panic!("{first:?}") };
        assert_eq!((named, sum - recorded, worst), (key(mint), difference, i128::abs(difference)));
    };
    ledger(|world| world.accounts[2].cash.0 += 2, 80, 2);
    ledger(|world| world.fund.balance.0 -= 2, 80, -2);
    ledger(|world| world.contracts[BTC_PERP].fees_due.0 += 3, 80, 3);
    ledger(|world| world.board.underlyings[0].reward_budget.0 += 4, 80, 4);
    ledger(|world| world.accounts[0].collateral[0].amount.0 += 5, 81, 5);
    ledger(|world| world.fund.collateral[1].0 += 6, 82, 6);
    ledger(|world| (world.vaults[0].ledger.0, world.tokens[1]) = (4_999_999_993, 4_999_999_993), 81, 7);
}

/// Gifts are no error; what is missing is.
#[test]
fn tokens_cover_the_ledger() {
    let mut given = world();
    given.tokens[0] += 1;
    assert_eq!(audited(&given), (None, 0));
    let (first, worst) = after(|world| world.tokens[1] -= 2);
    let wanted = Discrepancy::Tokens { mint: key(81), held: Tokens(4_999_999_998), ledger: Tokens(5_000_000_000) };
    assert_eq!((first, worst), (wanted, 2));
}

#[test]
fn positions_are_in_order_of_their_contract_and_in_use() {
    let position = |contract| Discrepancy::Position { owner: key(1), contract };
    assert_eq!(after(|world| held(world, 0, BTC_PERP).contract = 9), (position(9), 1), "not the contract of its row");
    assert_eq!(after(|world| held(world, 0, SOL_PERP).underlying = 7).0, position(3), "not the contract's underlying");
    assert_eq!(after(|world| world.accounts[0].positions.swap(0, 1)).0, position(1), "out of order");
    let empty = after(|world| {
        let held = held(world, 0, SOL_PERP);
        (held.size, held.basis) = (Size(0), Usd(0));
    });
    assert_eq!(empty.0, position(3), "a place that is free");
    assert_eq!(after(|world| world.accounts[0].positions[9].side = 1).0, position(0), "a free place that is not zero");
}

#[test]
fn what_contracts_owe_the_fund_is_what_it_says() {
    let owed = |recorded, sum| Discrepancy::Owed { sum, recorded };
    assert_eq!(after(|world| world.fund.owed = Usd(9)), (owed(9, 0), 9));
    let (first, worst) = after(|world| {
        for (row, amount) in [(0, 5), (2, 7)] {
            world.board.contracts[row].deficit.owed_to_fund = Usd(amount);
            world.contracts[row].pool = Usd(amount);
        }
        world.tokens[0] += 12;
        world.quote.ledger.0 += 12;
        world.fund.owed = Usd(11);
    });
    assert_eq!((first, worst), (owed(11, 12), 1));
}

#[test]
fn stakes_and_the_exchanges_shares_are_all_shares() {
    let mut world = world();
    world.fund_insurance(1_000_000_000).unwrap();
    let (one, other) = (world.open_stake(8), world.open_stake(9));
    world.stake(one, 700).unwrap();
    world.stake(other, 900).unwrap();
    let audited = |world: &World| {
        let mut audit = Audit::of(&world.board);
        audit.stakes(&world.fund, &world.stakes);
        (audit.discrepancy(), audit.error())
    };
    assert_eq!(audited(&world), (None, 0));
    let all = i128::from(world.fund.shares.0);
    let shares = |sum, recorded| Some(Discrepancy::Shares { sum, recorded });
    let mut wrong = world.clone();
    wrong.stakes[one].shares.0 += 3;
    assert_eq!(audited(&wrong), (shares(all + 3, all), 3));
    let mut wrong = world.clone();
    wrong.fund.exchange_shares.0 -= 2;
    assert_eq!(audited(&wrong), (shares(all - 2, all), 2));
    // no more leave than are there; all may
    let mut leaving = world.clone();
    let held = leaving.stakes[other].shares.0;
    leaving.stakes[other].leaving.0 = held;
    assert_eq!(audited(&leaving), (None, 0));
    leaving.stakes[other].leaving.0 = held + 4;
    assert_eq!(audited(&leaving), (shares(i128::from(held), i128::from(held) + 4), 4));
    // what lost everything in an earlier generation counts nothing
    let lost = world.stakes[one].shares.0;
    world.stakes[one].generation += 1;
    assert_eq!(audited(&world), (shares(all - i128::from(lost), all), i128::from(lost)));
}

/// The first discrepancy is named, the largest counted.
#[test]
fn the_first_is_named_and_the_largest_counted() {
    let (first, worst) = after(|world| {
        world.contracts[BTC_PERP].holders = 3;
        world.contracts[SOL_PERP].holders = 9;
        world.contracts[SOL_PERP].open_interest = 99;
    });
    assert_eq!((first, worst), (Discrepancy::Holders { contract: 1, counted: 2, recorded: 3 }, 7));
}
