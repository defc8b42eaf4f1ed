//! A fill: its band, value, fee, and which sides it is granted to.

use ballast_core::clearing::{Fill, Party, trade};
use ballast_core::error::BallastError;
use ballast_core::model::Ramp;
use ballast_core::state::{Board, ContractRow, Exchange, MarginAccount, Position};
use ballast_core::units::{PerLot, Size};

use super::account::{Account, Holding, Level, range};
use super::build::{self, NOW};
use super::dice::Dice;
use super::units::{UNIT, close, dollars, per_lot, ratio, to_per_lot, to_ratio, to_scan, to_usd};

/// What the reference says of one side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Granted,
    Refused,
    /// Too close to a bound for rounding not to matter.
    Close,
}

/// A comparison of two amounts, unless rounding decides it.
fn at_least(amount: f64, bound: f64, rounding: f64) -> Verdict {
    let slack = rounding + 1e-9 * (amount.abs() + bound.abs());
    if (amount - bound).abs() <= slack {
        Verdict::Close
    } else if amount > bound {
        Verdict::Granted
    } else {
        Verdict::Refused
    }
}

fn both(one: Verdict, other: Verdict) -> Verdict {
    match (one, other) {
        (Verdict::Refused, _) | (_, Verdict::Refused) => Verdict::Refused,
        (Verdict::Granted, Verdict::Granted) => Verdict::Granted,
        _ => Verdict::Close,
    }
}

fn either(one: Verdict, other: Verdict) -> Verdict {
    match (one, other) {
        (Verdict::Granted, _) | (_, Verdict::Granted) => Verdict::Granted,
        (Verdict::Refused, Verdict::Refused) => Verdict::Refused,
        _ => Verdict::Close,
    }
}

/// A side meets initial afterwards, or has only reduced risk (the position, and maintenance not up) with `E' M >= E M'`
/// (with E below zero: without lowering E); below maintenance a reduction is at mark or better in any case.
fn side(before: &Account, terms: &Holding, lots: f64, price: f64, fee: f64) -> Verdict {
    let rounding = 2.0 * before.rounding();
    let mut after = before.clone();
    after.fill(terms.contract, terms, lots, price, fee);
    let held = before.holdings.iter().find(|holding| holding.contract == terms.contract).map_or(0.0, |held| held.size);
    let reduces = held * lots < 0.0 && lots.abs() <= held.abs();
    let paid = at_least(before.cash, fee, 2.0 * UNIT);
    let initial = at_least(after.equity(Level::Initial), after.requirement(Level::Initial), rounding);
    if !reduces {
        return both(paid, initial);
    }
    let (equity, maintenance) = (before.equity(Level::Maintenance), before.requirement(Level::Maintenance));
    let (equity_after, maintenance_after) = (after.equity(Level::Maintenance), after.requirement(Level::Maintenance));
    let scale = rounding * (maintenance + maintenance_after + equity.abs());
    let ratio_kept = at_least(equity_after * maintenance, equity * maintenance_after, scale);
    let not_worse = both(at_least(equity, 0.0, rounding), ratio_kept);
    let less_risk = at_least(maintenance, maintenance_after, rounding);
    let at_mark_or_better = if (price - terms.mark) * lots <= 0.0 { Verdict::Granted } else { Verdict::Refused };
    let sound = either(at_least(equity, maintenance, rounding), at_mark_or_better);
    both(paid, both(sound, either(initial, both(less_risk, not_worse))))
}

struct Case {
    board: Box<Board>,
    exchange: Exchange,
    buyer: MarginAccount,
    seller: MarginAccount,
    fill: Fill,
}

fn party(dice: &mut Dice, world: &build::World, owner: u8) -> MarginAccount {
    let mut account = build::account(dice, world);
    account.owner.0 = [owner; 32];
    if account.position_count > 0 {
        let multiple = if dice.chance(0.2) { dice.between(-0.5, 1.0) } else { dice.between(0.8, 6.0) };
        build::fund_to(&mut account, &world.board, multiple);
        // what is left of cash pays fees, most of the time
        if account.cash.0 < 1_000_000_000 && dice.chance(0.8) {
            account.cash.0 += 1_000_000_000;
            account.positions[0].basis.0 -= 1_000_000_000;
        }
    }
    account
}

fn case(dice: &mut Dice) -> Case {
    let world = build::world(dice);
    let mut exchange = build::exchange(dice);
    exchange.trade_fee.0 /= 10;
    let (buyer, seller) = (party(dice, &world, 1), party(dice, &world, 2));
    let mark = per_lot(world.board.contracts[0].mark);
    let price = if dice.chance(0.2) { mark } else { mark * (1.0 + dice.between(-0.004, 0.004)) };
    let held = [&buyer, &seller][dice.whole(0, 1) as usize].position(world.board.contracts[0].id).size.0;
    let lots =
        if dice.chance(0.2) && held != 0 { held.unsigned_abs() } else { (dice.scale(1.0, 3e5) / mark).ceil() as u64 };
    Case { board: world.board, exchange, buyer, seller, fill: Fill::new(lots, to_per_lot(price)) }
}

#[test]
fn fills_are_granted_where_the_reference_grants_them_and_booked_to_the_unit() {
    let (mut granted, mut refused) = (0, 0);
    for seed in 0..12_000 {
        let mut dice = Dice::new(seed);
        let Case { board, exchange, mut buyer, mut seller, fill } = case(&mut dice);
        let mut contract = build::traded_contract(&board, 0);
        let row = &board.contracts[0];
        let terms = Holding {
            contract: row.id,
            underlying: usize::from(row.underlying),
            size: 0.0,
            mark: per_lot(row.mark),
            ema_mark: per_lot(row.ema_mark),
            basis: 0.0,
        };
        let (before, other_before) = (Account::of(&buyer, &board, NOW), Account::of(&seller, &board, NOW));
        let (lots, price) = (fill.lots as f64, per_lot(fill.price));
        let fee = ratio(exchange.trade_fee) * lots * price;
        let band = 0.01_f64.min(range(&board, 0, NOW, NOW).effective / 2.0);
        let in_band = at_least(band * terms.mark, (price - terms.mark).abs(), 1e-9 * terms.mark);
        let sides = both(side(&before, &terms, lots, price, fee), side(&other_before, &terms, -lots, price, fee));
        let expected = both(in_band, sides);

        match trade(Party::owner(&mut buyer), Party::owner(&mut seller), &mut contract, &board, &exchange, fill, NOW) {
            Ok(traded) => {
                assert_ne!(expected, Verdict::Refused, "seed {seed}: granted {fill:?}");
                close("value", seed, dollars(traded.value), lots * price, UNIT);
                close("fee", seed, dollars(traded.buyer_fee), fee, UNIT);
                let bought = Account::of(&buyer, &board, NOW);
                let sold = Account::of(&seller, &board, NOW);
                let basis = |account: &Account| account.holdings.iter().map(|holding| holding.basis).sum::<f64>();
                let rounding = before.rounding() + other_before.rounding();
                close("buyer's basis", seed, basis(&bought), basis(&before) - lots * price, rounding);
                close("seller's basis", seed, basis(&sold), basis(&other_before) + lots * price, rounding);
                close("buyer's cash", seed, bought.cash, before.cash - fee, UNIT);
                close("seller's cash", seed, sold.cash, other_before.cash - fee, UNIT);
                assert_eq!(contract.fees_due.0, traded.buyer_fee.0 + traded.seller_fee.0, "seed {seed}");
                granted += 1;
            }
            Err(error) => {
                let expects = [
                    BallastError::PriceOutsideBand,
                    BallastError::BelowInitialMargin,
                    BallastError::RiskNotReduced,
                    BallastError::ReductionBelowMark,
                    BallastError::FeeUnpaid,
                    BallastError::PositionsFull,
                ];
                assert!(expects.contains(&error), "seed {seed}: {error:?}");
                if error != BallastError::PositionsFull {
                    assert_ne!(expected, Verdict::Granted, "seed {seed}: refused {fill:?} with {error:?}");
                }
                refused += 1;
            }
        }
    }
    assert!(granted > 1_500 && refused > 2_000, "{granted} granted, {refused} refused");
}

/// The rule in its strict reading: the price of a reduction below maintenance counts even if initial is met afterwards.
#[test]
fn below_maintenance_a_whole_position_is_not_closed_at_worse_than_mark() {
    let mut dice = Dice::new(1);
    let mut board = build::world(&mut dice).board;
    (board.underlyings[0].ramp, board.underlyings[0].liquidation_fee) = (Ramp::at(to_scan(0.1), NOW), to_ratio(0.01));
    board.contracts[0] = ContractRow { mark: to_per_lot(1.0), ema_mark: to_per_lot(1.0), ..board.contracts[0] };
    let (id, loss_index) = (board.contracts[0].id, board.contracts[0].loss_long);
    let funding_index = board.contracts[0].funding.index;
    let long = Position { contract: id, side: 1, size: Size(10_000), funding_index, loss_index, ..Position::default() };
    let (mut seller, mut buyer) = (build::empty_account(1), build::empty_account(2));
    // equity 500 against maintenance of 1,100
    seller.put(Position { basis: to_usd(-9_500.0), ..long }).unwrap();
    buyer.cash = to_usd(1e6);
    let fill = Fill::new(10_000, to_per_lot(0.995));
    let exchange = Exchange { trade_fee: to_ratio(0.0), ..build::exchange(&mut dice) };
    let mut contract = build::traded_contract(&board, 0);
    let traded =
        trade(Party::owner(&mut buyer), Party::owner(&mut seller), &mut contract, &board, &exchange, fill, NOW);
    assert_eq!(traded, Err(BallastError::ReductionBelowMark));
}

#[test]
fn the_band_is_a_percent_or_half_the_effective_range() {
    for seed in 0..2_000 {
        let mut dice = Dice::new(seed);
        let world = build::world(&mut dice);
        let board = world.board;
        let (mut buyer, mut seller) = (build::empty_account(1), build::empty_account(2));
        (buyer.cash, seller.cash) = (to_usd(1e9), to_usd(1e9));
        let mut contract = build::traded_contract(&board, 0);
        let mark = per_lot(board.contracts[0].mark);
        let band = 0.01_f64.min(range(&board, 0, NOW, NOW).effective / 2.0);
        let within = dice.chance(0.5);
        let distance = band * if within { 1.0 - 1e-6 } else { 1.0 + 1e-6 } * dice.sign() as f64;
        let fill = Fill::new(10, PerLot((mark * (1.0 + distance) * 1e12) as i64));
        let exchange = build::exchange(&mut dice);
        let traded =
            trade(Party::owner(&mut buyer), Party::owner(&mut seller), &mut contract, &board, &exchange, fill, NOW);
        if within {
            assert!(traded.is_ok(), "seed {seed}: {traded:?}");
        } else {
            assert_eq!(traded, Err(BallastError::PriceOutsideBand), "seed {seed}");
        }
    }
}
