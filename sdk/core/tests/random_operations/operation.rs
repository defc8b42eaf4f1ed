//! What may happen, by whom, with which numbers: all of it random.

use ballast_core::clearing::{self, Asset, Call, CollateralSale, Deposit, Fill, Liquidation, Reading, Rebalancing};
use ballast_core::error::Result;
use ballast_core::margin::{Exposure, INITIAL, MAINTENANCE, Moment};
use ballast_core::state::Contract;
use ballast_core::units::{Key, PerLot, Timestamp, Tokens, Usd};
use rand::Rng;
use rand_chacha::ChaCha8Rng;

use crate::world::{ACCOUNTS, KEEPER, UNDERLYINGS, World};

/// Accounts that trade.
const TRADERS: [usize; 6] = [0, 2, 4, 6, 8, KEEPER];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    Refresh,
    Deposit,
    Withdraw,
    Transfer,
    Trade,
    Settle,
    Rebalance,
    Liquidate,
    LiquidateCollateral,
    SetTopUp,
    FundInsurance,
    CollectFees,
}

impl Operation {
    pub(crate) const ALL: &[Self] = &[
        Self::Refresh,
        Self::Deposit,
        Self::Withdraw,
        Self::Transfer,
        Self::Trade,
        Self::Settle,
        Self::Rebalance,
        Self::Liquidate,
        Self::LiquidateCollateral,
        Self::SetTopUp,
        Self::FundInsurance,
        Self::CollectFees,
    ];

    pub(crate) fn pick(random: &mut ChaCha8Rng) -> Self {
        match random.random_range(0..100) {
            0..25 => Self::Refresh,
            25..29 => Self::Deposit,
            29..33 => Self::Withdraw,
            33..36 => Self::Transfer,
            36..62 => Self::Trade,
            62..70 => Self::Settle,
            70..80 => Self::Rebalance,
            80..92 => Self::Liquidate,
            92..96 => Self::LiquidateCollateral,
            96..97 => Self::SetTopUp,
            97..98 => Self::FundInsurance,
            _ => Self::CollectFees,
        }
    }

    /// How often it must succeed in a run for the run to mean something.
    pub(crate) const fn expected(self) -> usize {
        match self {
            Self::LiquidateCollateral => 50,
            Self::Liquidate | Self::SetTopUp | Self::FundInsurance => 100,
            _ => 200,
        }
    }

    pub(crate) fn perform(self, world: &mut World, random: &mut ChaCha8Rng) -> Result<()> {
        match self {
            Self::Refresh => refresh(world, random),
            Self::Deposit => deposit(world, random),
            Self::Withdraw => withdraw(world, random),
            Self::Transfer => transfer(world, random),
            Self::Trade => trade(world, random),
            Self::Settle => settle(world, random),
            Self::Rebalance => rebalance(world, random),
            Self::Liquidate => liquidate(world, random),
            Self::LiquidateCollateral => liquidate_collateral(world, random),
            Self::SetTopUp => set_top_up(world, random),
            Self::FundInsurance => fund_insurance(world, random),
            Self::CollectFees => collect_fees(world, random),
        }
    }
}

fn account(random: &mut ChaCha8Rng) -> usize {
    random.random_range(0..ACCOUNTS)
}

/// Two different accounts that trade; the others are reserves.
fn traders(random: &mut ChaCha8Rng) -> [usize; 2] {
    let one = random.random_range(0..TRADERS.len());
    [TRADERS[one], TRADERS[(one + random.random_range(1..TRADERS.len())) % TRADERS.len()]]
}

/// Lots that the free equity of an account is worth at initial, roughly.
fn affordable(world: &World, place: usize, contract: &Contract) -> u64 {
    let Ok(exposure) = Exposure::of(&world.accounts[place], &world.board, Moment::at(world.clock)) else { return 0 };
    let (Ok(equity), Ok(requirement)) = (exposure.equity(INITIAL), exposure.requirement(INITIAL)) else { return 0 };
    let row = &world.board.contracts[usize::from(contract.row)];
    let scan = world.board.underlyings[usize::from(row.underlying)].ramp.target.0;
    let per_lot = u128::from(row.mark.0 as u64) * u128::from(scan + scan / 2) / 1_000_000_000_000_000_000;
    ((equity.0 - requirement.0).max(0) as u128 / per_lot.max(1)) as u64
}

/// A new price: mostly a small move, sometimes a jump, seldom one that ruins accounts. Time passes with it.
fn refresh(world: &mut World, random: &mut ChaCha8Rng) -> Result<()> {
    let underlying = random.random_range(0..UNDERLYINGS);
    let step = match random.random_range(0..1_000) {
        0..12 => 250_000,
        12..60 => 50_000,
        _ => 2_000,
    };
    let move_ = random.random_range(-step..=step);
    let anchor = [6_000_000_000_000, 15_000_000_000][underlying];
    let price = (world.prices[underlying] + world.prices[underlying] / 1_000_000 * move_).clamp(anchor / 8, anchor * 8);
    let passed = if random.random_bool(0.02) { random.random_range(60..40_000) } else { random.random_range(0..40) };
    let clock = Timestamp(world.clock.0 + passed);
    let reading = Reading {
        price,
        confidence: (price / if random.random_bool(0.02) { 50 } else { 5_000 }) as u64,
        ema: price + price / 1_000_000 * random.random_range(-5_000..5_000),
        exponent: -8,
        published_at: Timestamp(clock.0 - random.random_range(0..3)),
        previous_published_at: Timestamp(clock.0 - random.random_range(3..20)),
    };
    let contracts = world.contracts_on(underlying as u8);
    let contracts: Vec<&Contract> = contracts.iter().collect();
    let keeper = random.random_bool(0.5).then_some(KEEPER);
    let keeper = keeper.map(|place| &mut world.accounts[place]);
    clearing::refresh(&mut world.board, underlying as u8, &reading, &contracts, keeper, clock, world.slot)?;
    world.prices[underlying] = price;
    world.clock = clock;
    world.slot += 1;
    Ok(())
}

fn deposit(world: &mut World, random: &mut ChaCha8Rng) -> Result<()> {
    let place = account(random);
    let vault = random.random_range(0..3_usize);
    let most = [4_000_000_000, 3_000_000, 10_000_000_000][vault] * if place == KEEPER { 200 } else { 1 };
    let amount = Tokens(random.random_range(0..most));
    let deposit = Deposit { amount, by_owner: random.random_bool(0.8) };
    let account = &mut world.accounts[place];
    clearing::deposit(account, &mut world.vaults[vault], &world.board, &world.exchange, deposit, world.clock)?;
    world.held[vault].0 += amount.0;
    Ok(())
}

fn withdraw(world: &mut World, random: &mut ChaCha8Rng) -> Result<()> {
    let account = &mut world.accounts[random.random_range(0..ACCOUNTS)];
    let vault = random.random_range(0..3_usize);
    let most = if vault == 0 { account.cash.0 as u64 } else { account.collateral_of(world.vaults[vault].row).0 };
    let amount = Tokens(random.random_range(0..=most.saturating_add(most / 20)));
    clearing::withdraw(account, &mut world.vaults[vault], &world.board, &world.exchange, amount, world.clock)?;
    world.held[vault].0 -= amount.0;
    Ok(())
}

fn transfer(world: &mut World, random: &mut ChaCha8Rng) -> Result<()> {
    let from = account(random);
    let [from, to] = if random.random_bool(0.9) { [from, from ^ 1] } else { traders(random) };
    let [from, to] = world.accounts.get_disjoint_mut([from, to]).unwrap();
    let (asset, most) = match random.random_range(0..3_u8) {
        0 => (Asset::Cash, from.cash.0 as u64),
        row => (Asset::Collateral(row - 1), from.collateral_of(row - 1).0),
    };
    let amount = Tokens(random.random_range(0..=most));
    clearing::transfer(from, to, &world.board, &world.exchange, asset, amount, world.clock)
}

/// A fill of up to what both can afford and a little more, beyond the band now and then.
fn trade(world: &mut World, random: &mut ChaCha8Rng) -> Result<()> {
    let places = traders(random);
    let chosen = random.random_range(0..3);
    let free = places.map(|place| affordable(world, place, &world.contracts[chosen]));
    let [buyer, seller] = world.accounts.get_disjoint_mut(places).unwrap();
    let contract = &mut world.contracts[chosen];
    let mark = world.board.contracts[usize::from(contract.row)].mark.0;
    let price = PerLot(mark + mark / 1_000_000 * random.random_range(-9_000..9_000) / 4);
    let held = buyer.position(contract.id).size.lots().max(1);
    let lots = if random.random_bool(0.3) {
        random.random_range(1..=held)
    } else {
        random.random_range(0..=free[0].min(free[1]).saturating_mul(5) / 4)
    };
    let fill = Fill { lots, price, by_venue: random.random_bool(0.5) };
    clearing::trade(buyer, seller, contract, &world.board, &world.exchange, fill, world.clock).map(drop)
}

fn settle(world: &mut World, random: &mut ChaCha8Rng) -> Result<()> {
    let account = &mut world.accounts[random.random_range(0..ACCOUNTS)];
    let contract = &mut world.contracts[random.random_range(0..3)];
    clearing::settle(account, contract, &world.board, world.clock).map(drop)
}

/// Equity and maintenance of an account.
fn standing(world: &World, place: usize) -> Option<(i64, i64)> {
    let exposure = Exposure::of(&world.accounts[place], &world.board, Moment::at(world.clock)).ok()?;
    Some((exposure.equity(MAINTENANCE).ok()?.0, exposure.requirement(MAINTENANCE).ok()?.0))
}

/// The reserve of an account is its owner's other one.
fn set_top_up(world: &mut World, random: &mut ChaCha8Rng) -> Result<()> {
    let place = account(random);
    let [account, reserve] = world.accounts.get_disjoint_mut([place, place ^ 1]).unwrap();
    let limit = Usd(random.random_range(0..50_000_000_000));
    let named = random.random_bool(0.8).then_some((&*reserve, Key([(place ^ 1) as u8 + 1; 32])));
    clearing::set_top_up(account, named, limit, random.random_bool(0.5))
}

fn rebalance(world: &mut World, random: &mut ChaCha8Rng) -> Result<()> {
    let place = account(random);
    let other = if place / 2 == KEEPER / 2 { 0 } else { KEEPER };
    let [account, reserve, keeper] = world.accounts.get_disjoint_mut([place, place ^ 1, other]).unwrap();
    let reserve = account.top_up.reserve.is_some().then_some(reserve);
    let keeper = random.random_bool(0.5).then_some(keeper);
    let done = clearing::rebalance(Rebalancing { account, reserve, keeper }, &world.board, world.clock)?;
    world.seen.opened += u64::from(done.call == Call::Opened);
    world.seen.closed += u64::from(done.call == Call::Closed);
    world.seen.topped_up += u64::from(done.topped_up > Usd::ZERO);
    world.seen.released += u64::from(done.released > Usd::ZERO);
    Ok(())
}

/// Never lowers equity against maintenance, and never makes a solvent account insolvent.
fn liquidate(world: &mut World, random: &mut ChaCha8Rng) -> Result<()> {
    let place = random.random_range(0..KEEPER - 1);
    let before = standing(world, place);
    let resolved = take_over(world, place, random)?;
    if let (Some((equity, maintenance)), Some((equity_after, maintenance_after))) = (before, standing(world, place)) {
        let (was, is) =
            (i128::from(equity) * i128::from(maintenance_after), i128::from(equity_after) * i128::from(maintenance));
        assert!(
            resolved || equity < 0 || is >= was,
            "{equity}/{maintenance} became {equity_after}/{maintenance_after}"
        );
        assert!(equity < 0 || equity_after >= 0, "{equity} became {equity_after}");
    }
    Ok(())
}

/// Whether the account was resolved.
fn take_over(world: &mut World, place: usize, random: &mut ChaCha8Rng) -> Result<bool> {
    let [account, reserve, keeper] = world.accounts.get_disjoint_mut([place, place ^ 1, KEEPER]).unwrap();
    let reserve = account.top_up.reserve.is_some().then_some(reserve);
    let chosen = random.random_range(0..3);
    let [contract, one, two] = world.contracts.get_disjoint_mut([chosen, (chosen + 1) % 3, (chosen + 2) % 3]).unwrap();
    let most = if random.random_bool(0.1) { random.random_range(0..100) } else { u64::MAX };
    let others = &mut [one, two];
    let (fund, board) = (&mut world.fund, &mut *world.board);
    let accounts = Liquidation { account, keeper, reserve, contract, others, fund, board };
    let done = clearing::liquidate(accounts, &world.exchange, most, world.clock)?;
    world.seen.taken += u64::from(done.taken.lots() > 0);
    world.seen.by_insurance += u64::from(done.resolved.by_insurance > Usd::ZERO);
    world.seen.by_index += u64::from(done.resolved.by_index > Usd::ZERO);
    world.seen.deficit += u64::from(done.resolved.deficit > Usd::ZERO);
    Ok(done.resolved.resolved)
}

/// Never lowers equity.
fn liquidate_collateral(world: &mut World, random: &mut ChaCha8Rng) -> Result<()> {
    let place = random.random_range(0..KEEPER - 1);
    let before = standing(world, place);
    let [account, reserve, keeper] = world.accounts.get_disjoint_mut([place, place ^ 1, KEEPER]).unwrap();
    let reserve = account.top_up.reserve.is_some().then_some(reserve);
    let vault = random.random_range(0..2);
    let most = Tokens(if random.random_bool(0.2) { random.random_range(0..10_000_000) } else { u64::MAX });
    let sale = CollateralSale { account, keeper, reserve };
    clearing::liquidate_collateral(sale, &world.board, &world.exchange, vault, most, world.clock)?;
    if let (Some((equity, _)), Some((equity_after, _))) = (before, standing(world, place)) {
        assert!(equity_after >= equity, "a sale took equity from {equity} to {equity_after}");
    }
    Ok(())
}

fn fund_insurance(world: &mut World, random: &mut ChaCha8Rng) -> Result<()> {
    let amount = Tokens(random.random_range(0..500_000_000));
    clearing::fund_insurance(&mut world.fund, &mut world.vaults[0], amount)?;
    world.held[0].0 += amount.0;
    Ok(())
}

fn collect_fees(world: &mut World, random: &mut ChaCha8Rng) -> Result<()> {
    let contract = &mut world.contracts[random.random_range(0..3)];
    let (board, fund) = (&mut *world.board, &mut world.fund);
    let out = clearing::collect_fees(&world.exchange, contract, board, fund, &mut world.vaults[0])?;
    world.held[0].0 -= out.0;
    Ok(())
}
