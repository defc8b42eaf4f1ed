//! What traders send.

use anchor_lang::prelude::Pubkey;
use ballast_client::{FillBy, FillSide, OrderFill, TradeParties, Wanted, key};
use ballast_core::clearing::{Asset, OrderSide};
use ballast_core::margin::{INITIAL, MAINTENANCE};
use ballast_core::state::DelegateLimits;
use ballast_core::units::{Timestamp, Tokens};
use ballast_tests::{WIDEST, signed_by};
use solana_keypair::Keypair;

use crate::accounts::{Direction, Holder, Shape};
use crate::bench::Bench;
use crate::machine::NOW;
use crate::market::{ADMIN, dollars};
use crate::tokens;

/// A token account of whoever pays or receives.
const WALLET: Pubkey = Pubkey::new_from_array([0xE0; 32]);
/// One dollar.
const AMOUNT: Tokens = Tokens(1_000_000);
/// Lots of a fill.
const FILL: u64 = 1_000;

/// The case by which a margin check is priced: one walk and one level.
pub const CHECK: &str = "meets initial";
/// The same, with all positions on one underlying.
pub const CHECK_ONE: &str = "meets initial; all on one underlying";

/// Measures them all.
///
/// # Errors
/// When one of them fails.
pub fn measure(bench: &mut Bench) -> Result<(), String> {
    open_account(bench)?;
    for shape in Bench::shapes() {
        deposit(bench, shape)?;
    }
    for shape in Bench::shapes() {
        withdraw(bench, CHECK, shape)?;
    }
    for shape in Bench::shapes_on_one() {
        withdraw(bench, CHECK_ONE, shape)?;
    }
    for shape in Bench::shapes() {
        transfer(bench, shape)?;
    }
    for shape in Bench::shapes() {
        add_risk(bench, shape)?;
    }
    for shape in Bench::shapes() {
        reduce_risk(bench, shape)?;
    }
    for shape in Bench::shapes().filter(|shape| shape.collaterals == 0) {
        trade_by_delegates(bench, shape)?;
    }
    for shape in Bench::shapes().filter(|shape| shape.collaterals == 0) {
        trade_by_orders(bench, shape)?;
    }
    for shape in Bench::shapes().filter(|shape| shape.collaterals == 0) {
        settle_loss(bench, shape)?;
    }
    for shape in Bench::shapes().filter(|shape| shape.collaterals == 0) {
        settle_gain(bench, shape)?;
    }
    Ok(())
}

fn open_account(bench: &mut Bench) -> Result<(), String> {
    let owner = Holder::empty(&bench.market, 1, 9).owner;
    bench.machine.wallet(owner)?;
    let instruction = bench.market.deployment.open_account(owner, 9);
    bench.record("open_account", "", (0, 0), &[], instruction)
}

fn deposit(bench: &mut Bench, shape: Shape) -> Result<(), String> {
    let holder = Holder::new(&bench.market, 1, 1, shape, Direction::Long);
    let holder = holder.at(&bench.market, MAINTENANCE, 95).in_liquidation();
    bench.machine.put(WALLET, tokens::PROGRAM, tokens::account(holder.owner))?;
    let deployment = &bench.market.deployment;
    let instruction = deployment.deposit(holder.owner, holder.address, deployment.quote, WALLET, AMOUNT);
    bench.of_shape("deposit", "cash, in liquidation", shape, &[&holder], instruction)
}

fn withdraw(bench: &mut Bench, case: &str, shape: Shape) -> Result<(), String> {
    let holder = Holder::new(&bench.market, 1, 1, shape, Direction::Long).at(&bench.market, INITIAL, 150);
    bench.machine.put(WALLET, tokens::PROGRAM, tokens::account(holder.owner))?;
    let deployment = &bench.market.deployment;
    let instruction = deployment.withdraw(holder.owner, holder.address, deployment.quote, WALLET, AMOUNT);
    bench.of_shape("withdraw", case, shape, &[&holder], instruction)
}

fn transfer(bench: &mut Bench, shape: Shape) -> Result<(), String> {
    let from = Holder::new(&bench.market, 1, 1, shape, Direction::Long).at(&bench.market, INITIAL, 150);
    let to = Holder::new(&bench.market, 1, 2, shape, Direction::Long).at(&bench.market, MAINTENANCE, 95);
    let to = to.in_liquidation();
    let instruction = bench.market.deployment.transfer(from.owner, from.address, to.address, Asset::Cash, AMOUNT);
    bench.of_shape("transfer", "cash, into an account in liquidation", shape, &[&from, &to], instruction)
}

fn parties(buyer: &Holder, seller: &Holder, venue: Option<Pubkey>) -> TradeParties {
    TradeParties {
        buyer: buyer.address,
        buyer_signer: buyer.owner,
        seller: seller.address,
        seller_signer: seller.owner,
        venue,
    }
}

fn add_risk(bench: &mut Bench, shape: Shape) -> Result<(), String> {
    let market = &bench.market;
    let buyer = Holder::new(market, 1, 1, shape, Direction::Long).at(market, INITIAL, 150);
    let seller = Holder::new(market, 2, 1, shape, Direction::Short).at(market, INITIAL, 150);
    let (contract, mark) = (market.contracts[shape.last_contract()].id, market.mark(shape.last_contract()));
    let instruction = market.deployment.trade(parties(&buyer, &seller, Some(ADMIN)), contract, FILL, mark);
    bench.of_shape("trade", "both add risk and meet initial; a venue signs", shape, &[&buyer, &seller], instruction)
}

fn reduce_risk(bench: &mut Bench, shape: Shape) -> Result<(), String> {
    let market = &bench.market;
    let buyer = Holder::new(market, 1, 1, shape, Direction::Short).at(market, MAINTENANCE, 105).in_liquidation();
    let seller = Holder::new(market, 2, 1, shape, Direction::Long).at(market, MAINTENANCE, 105).in_liquidation();
    let (contract, mark) = (market.contracts[shape.last_contract()].id, market.mark(shape.last_contract()));
    let instruction = market.deployment.trade(parties(&buyer, &seller, Some(ADMIN)), contract, FILL, mark);
    let case = "both in liquidation, miss initial and reduce risk; a venue signs";
    bench.of_shape("trade", case, shape, &[&buyer, &seller], instruction)
}

fn trade_by_delegates(bench: &mut Bench, shape: Shape) -> Result<(), String> {
    let market = &bench.market;
    let mut buyer = Holder::new(market, 1, 1, shape, Direction::Long).at(market, INITIAL, 150);
    let mut seller = Holder::new(market, 2, 1, shape, Direction::Short).at(market, INITIAL, 150);
    let (contract, mark) = (market.contracts[shape.last_contract()].id, market.mark(shape.last_contract()));
    for holder in [&mut buyer, &mut seller] {
        holder.account.delegate = key(&ADMIN);
        holder.account.delegate_until = Timestamp(NOW + 1);
        holder.account.delegate_limits = DelegateLimits { contracts: [1_000, 1_001, 1_002, contract], ..WIDEST };
    }
    let by = TradeParties { buyer_signer: ADMIN, seller_signer: ADMIN, ..parties(&buyer, &seller, Some(ADMIN)) };
    let instruction = market.deployment.trade(by, contract, FILL, mark);
    let case = "both add risk and meet initial; a venue signs as delegate of both";
    bench.of_shape("trade", case, shape, &[&buyer, &seller], instruction)
}

fn trade_by_orders(bench: &mut Bench, shape: Shape) -> Result<(), String> {
    let market = &bench.market;
    let owners = [1, 2].map(|owner| Keypair::new_from_array([owner; 32]));
    let buyer = Holder::new(market, 1, 1, shape, Direction::Long).of(market, &owners[0]).at(market, INITIAL, 150);
    let seller = Holder::new(market, 2, 1, shape, Direction::Short).of(market, &owners[1]).at(market, INITIAL, 150);
    let (contract, price) = (market.contracts[shape.last_contract()].id, market.mark(shape.last_contract()));
    let side = |holder: &Holder, owner: &Keypair, side: OrderSide| {
        let wanted = Wanted { contract, side, limit: price, lots: FILL, expires_at: Timestamp(NOW + 1) };
        let order = signed_by(owner, wanted.by(&holder.account));
        FillSide { account: holder.address, by: FillBy::Order(order) }
    };
    let fill = OrderFill {
        contract,
        buyer: side(&buyer, &owners[0], OrderSide::Buy),
        seller: side(&seller, &owners[1], OrderSide::Sell),
        venue: Some(ADMIN),
        lots: FILL,
        price,
        expires_at: Some(Timestamp(NOW + 1)),
    };
    let instructions = market.deployment.trade_by_orders(&fill, 0);
    let case = "both add risk and meet initial by signed orders; a venue signs";
    bench.record_all("trade", case, (shape.positions, shape.collaterals), &[&buyer, &seller], &instructions)
}

fn settle_loss(bench: &mut Bench, shape: Shape) -> Result<(), String> {
    let market = &bench.market;
    let holder = Holder::new(market, 1, 1, shape, Direction::Long).at(market, INITIAL, 150);
    let contract = market.contracts[shape.last_contract()].id;
    let instruction = market.deployment.settle(holder.address, contract);
    bench.of_shape("settle", "a loss", shape, &[&holder], instruction)
}

fn settle_gain(bench: &mut Bench, shape: Shape) -> Result<(), String> {
    let market = &bench.market;
    let mut holder = Holder::new(market, 1, 1, shape, Direction::Long).at(market, INITIAL, 150);
    for position in &mut holder.account.positions {
        position.basis.0 += dollars(1_000_000).0;
    }
    let contract = market.contracts[shape.last_contract()].id;
    let instruction = market.deployment.settle(holder.address, contract);
    bench.of_shape("settle", "a gain", shape, &[&holder], instruction)
}
