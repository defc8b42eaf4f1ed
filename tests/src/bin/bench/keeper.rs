//! What keepers, the depth reporters and the index authority send.

use ballast_client::oracle_account;
use ballast_core::clearing::{CollateralOffer, Offer};
use ballast_core::margin::{INITIAL, MAINTENANCE, TARGET};
use ballast_core::state::{OracleKind, POSITIONS};
use ballast_core::units::{Ratio, Timestamp, Tokens, Usd};
use ballast_tests::pyth::{LEGACY_OWNER, PULL_OWNER, PythPrice};

use crate::accounts::{Direction, Holder, Shape};
use crate::bench::Bench;
use crate::machine::NOW;
use crate::market::{ADMIN, BOTH, CROWDED, INDEX_FEED, INDEXED, LEGACY, dollars, oracle, price};

/// An underlying with one contract.
const SINGLE: u8 = 5;
/// Lots that a liquidation takes at most.
const MOST: u64 = 1_000_000;

/// Measures them all.
///
/// # Errors
/// When one of them fails.
pub fn measure(bench: &mut Bench) -> Result<(), String> {
    refresh(bench, "a perpetual, between samples", SINGLE, (1, 0), false)?;
    refresh(bench, "a perpetual, a sample", SINGLE, (1, 0), true)?;
    refresh(bench, "a perpetual, a sample; legacy oracle", LEGACY, (1, 0), true)?;
    refresh(bench, "a perpetual and a collateral, a sample", BOTH, (1, 1), true)?;
    refresh(bench, "all perpetuals on one underlying, a sample", CROWDED, (16, 0), true)?;
    for shape in Bench::shapes() {
        open_call(bench, shape)?;
    }
    for shape in Bench::shapes() {
        top_up(bench, shape)?;
    }
    for shape in Bench::shapes() {
        release(bench, shape)?;
    }
    for shape in Bench::shapes() {
        liquidate(bench, shape)?;
    }
    liquidate_at_the_edges(bench)?;
    for shape in Bench::shapes() {
        resolve(bench, shape)?;
    }
    for shape in Bench::shapes() {
        deleverage(bench, shape)?;
    }
    for shape in Bench::shapes().filter(|shape| shape.collaterals > 0) {
        liquidate_collateral(bench, shape)?;
    }
    post_depth(bench)?;
    post_signed_index(bench)?;
    post_feed_index(bench)
}

fn refresh(bench: &mut Bench, case: &str, underlying: u8, counts: (usize, usize), sampled: bool) -> Result<(), String> {
    let mut update = PythPrice::new(oracle(underlying), price(underlying) / 1_000 * 1_017, NOW);
    if sampled {
        update.reading.previous_published_at = Timestamp(NOW - 4);
    }
    let kind = bench.market.board.underlyings[usize::from(underlying)].kind();
    let address = oracle_account(kind, &oracle(underlying));
    if underlying == LEGACY {
        bench.machine.put(address, LEGACY_OWNER, update.to_legacy_account_data())?;
    } else {
        bench.machine.put(address, PULL_OWNER, update.to_pull_account_data())?;
    }
    let market = &bench.market;
    let keeper = Holder::empty(market, 3, 1);
    let prices = [(underlying, address)];
    let instruction = market.deployment.refresh(&market.board, Some(keeper.address), &prices);
    let instruction = instruction.map_err(|error| error.to_string())?;
    bench.record("refresh", case, counts, &[&keeper], instruction)
}

/// The reserve of an account.
fn reserve(bench: &Bench, cash: Usd) -> Holder {
    Holder::empty(&bench.market, 1, 2).with_cash(cash)
}

fn open_call(bench: &mut Bench, shape: Shape) -> Result<(), String> {
    let (market, reserve) = (&bench.market, reserve(bench, Usd::ZERO));
    let holder = Holder::new(market, 1, 1, shape, Direction::Long).at(market, TARGET, 98).backed_by(&reserve);
    let keeper = Holder::empty(market, 3, 1);
    let instruction = market.deployment.rebalance(holder.address, &holder.account, Some(keeper.address));
    let case = "opens a call; the reserve is empty";
    bench.of_shape("rebalance", case, shape, &[&holder, &reserve, &keeper], instruction)
}

fn top_up(bench: &mut Bench, shape: Shape) -> Result<(), String> {
    let (market, reserve) = (&bench.market, reserve(bench, dollars(900_000_000)));
    let holder = Holder::new(market, 1, 1, shape, Direction::Long).at(market, MAINTENANCE, 98);
    let holder = holder.in_liquidation().backed_by(&reserve);
    let keeper = Holder::empty(market, 3, 1);
    let instruction = market.deployment.rebalance(holder.address, &holder.account, Some(keeper.address));
    let case = "tops up; ends call and liquidation";
    bench.of_shape("rebalance", case, shape, &[&holder, &reserve, &keeper], instruction)
}

fn release(bench: &mut Bench, shape: Shape) -> Result<(), String> {
    let (market, reserve) = (&bench.market, reserve(bench, Usd::ZERO));
    let holder = Holder::new(market, 1, 1, shape, Direction::Long).at(market, INITIAL, 200).backed_by(&reserve);
    let keeper = Holder::empty(market, 3, 1);
    let instruction = market.deployment.rebalance(holder.address, &holder.account, Some(keeper.address));
    bench.of_shape("rebalance", "releases excess", shape, &[&holder, &reserve, &keeper], instruction)
}

fn liquidate(bench: &mut Bench, shape: Shape) -> Result<(), String> {
    let (market, reserve) = (&bench.market, reserve(bench, dollars(1)));
    let holder = Holder::new(market, 1, 1, shape, Direction::Long).at(market, MAINTENANCE, 98);
    let holder = holder.in_liquidation().backed_by(&reserve);
    let keeper = Holder::new(market, 3, 1, shape, Direction::Long).at(market, INITIAL, 300);
    let contract = market.contracts[shape.last_contract()].id;
    let sides = (keeper.owner, keeper.address);
    let instruction = market.deployment.liquidate(sides, holder.address, &holder.account, contract, Offer::of(MOST));
    bench.of_shape("liquidate", "tops up, takes lots", shape, &[&holder, &reserve, &keeper], instruction)
}

/// Every price is Wide, every second one too Wide to be taken at: what is held is walked over at both edges of each, and
/// at spot, since the account is below critical wherever they lie.
fn liquidate_at_the_edges(bench: &mut Bench) -> Result<(), String> {
    let (good, board) = (bench.market.board.clone(), bench.market.deployment.board);
    bench.market.make_prices_wide();
    bench.machine.state(board, &*bench.market.board)?;
    for shape in Bench::shapes().filter(|shape| shape.positions == POSITIONS) {
        let (market, reserve) = (&bench.market, reserve(bench, dollars(1)));
        let holder = Holder::new(market, 1, 1, shape, Direction::Long).losing(dollars(8_000_000));
        let holder = holder.with_cash(dollars(1)).in_liquidation().backed_by(&reserve);
        let keeper = Holder::new(market, 3, 1, shape, Direction::Long).at(market, INITIAL, 300);
        let contract = market.contracts[0].id;
        let sides = (keeper.owner, keeper.address);
        let instruction =
            market.deployment.liquidate(sides, holder.address, &holder.account, contract, Offer::of(MOST));
        let case = "every price at its edges and at spot; tops up, takes lots";
        bench.of_shape("liquidate", case, shape, &[&holder, &reserve, &keeper], instruction)?;
    }
    bench.market.board = good;
    bench.machine.state(board, &*bench.market.board)
}

fn resolve(bench: &mut Bench, shape: Shape) -> Result<(), String> {
    let (market, reserve) = (&bench.market, reserve(bench, dollars(1)));
    let holder = Holder::new(market, 1, 1, shape, Direction::Long).all_but_resolved();
    let holder = holder.with_cash(dollars(1)).in_liquidation().backed_by(&reserve);
    let keeper = Holder::new(market, 3, 1, shape, Direction::Long).at(market, INITIAL, 300);
    let contract = market.contracts[shape.last_contract()].id;
    let sides = (keeper.owner, keeper.address);
    let instruction =
        market.deployment.liquidate(sides, holder.address, &holder.account, contract, Offer::of(u64::MAX));
    let case = "takes the last position, resolves a loss in every contract";
    bench.of_shape("liquidate", case, shape, &[&holder, &reserve, &keeper], instruction)
}

fn deleverage(bench: &mut Bench, shape: Shape) -> Result<(), String> {
    let (market, reserve) = (&bench.market, reserve(bench, dollars(1)));
    let holder = Holder::new(market, 1, 1, shape, Direction::Long).all_but_resolved();
    let holder = holder.with_cash(dollars(1)).in_liquidation().insolvent().backed_by(&reserve);
    let opposite = Holder::new(market, 3, 1, shape, Direction::Short).at(market, INITIAL, 300);
    let opposite = opposite.losing(dollars(-3_000_000));
    let contract = market.contracts[shape.last_contract()].id;
    let instruction =
        market.deployment.deleverage(holder.address, &holder.account, opposite.address, contract, u64::MAX);
    let case = "closes the last position, resolves a loss in every contract";
    bench.of_shape("deleverage", case, shape, &[&holder, &reserve, &opposite], instruction)
}

fn liquidate_collateral(bench: &mut Bench, shape: Shape) -> Result<(), String> {
    let (market, reserve) = (&bench.market, reserve(bench, dollars(1)));
    let holder = Holder::new(market, 1, 1, shape, Direction::Long).in_liquidation().backed_by(&reserve);
    let keeper = Holder::new(market, 3, 1, shape, Direction::Long).at(market, INITIAL, 300);
    let sides = (keeper.owner, keeper.address);
    let vault = shape.collaterals as u8 - 1;
    let all = CollateralOffer::of(vault, Tokens(u64::MAX));
    let instruction = market.deployment.liquidate_collateral(sides, holder.address, &holder.account, all);
    bench.of_shape("liquidate_collateral", "tops up, sells", shape, &[&holder, &reserve, &keeper], instruction)
}

fn post_depth(bench: &mut Bench) -> Result<(), String> {
    let instruction = bench.market.deployment.post_depth(ADMIN, SINGLE, dollars(1_000_000));
    bench.record("post_depth", "the fifth of five fresh reports", (0, 0), &[], instruction)
}

fn post_signed_index(bench: &mut Bench) -> Result<(), String> {
    let instruction = bench.market.deployment.post_signed_index(ADMIN, SINGLE, Ratio::percent(90));
    bench.record("post_index", "an authority signs", (0, 0), &[], instruction)
}

fn post_feed_index(bench: &mut Bench) -> Result<(), String> {
    // 90 with six decimals
    let mut update = PythPrice::new(oracle(INDEX_FEED), 90_000_000, NOW);
    update.reading.exponent = -6;
    let address = oracle_account(OracleKind::Pull, &oracle(INDEX_FEED));
    bench.machine.put(address, PULL_OWNER, update.to_pull_account_data())?;
    let instruction = bench.market.deployment.post_feed_index(ADMIN, INDEXED, address);
    bench.record("post_index", "a feed is read", (0, 0), &[], instruction)
}
