//! Fills, by signatures and by orders that owners sign off chain.

use anchor_lang::solana_program::instruction::Instruction;
use ballast_client::{FillBy, FillSide, OrderFill, OwnersOrder, TradeParties, Wanted};
use ballast_core::clearing::OrderSide;
use ballast_core::state::MarginAccount;
use ballast_core::units::{PerLot, Timestamp};
use ballast_tests::{FIRST, signed_by};

use crate::draw::Draw;
use crate::people::*;
use crate::step::Arguments;
use crate::world::World;

type Sent = Option<Vec<Instruction>>;

/// Place of the buyer's order among the arguments of a fill.
const BUYER_ORDER: usize = 10;
/// Arguments that one order takes.
const ORDER: usize = 6;
/// A signature stands for the side.
const SIGNED: i64 = 0;
/// An order of the side stands for it.
const ORDERED: i64 = 1;
/// An order of the other side is brought.
const TURNED: i64 = 2;
/// The order's signature is broken.
const FORGED: i64 = 3;

/// Whoever may trade for an account: mostly its owner, else its delegate or anybody.
fn trades_for(draw: &mut Draw<'_>, house: usize, number: Number) -> i64 {
    let now = draw.world.now();
    let delegate = draw.world.account(house, number).filter(|account| account.delegate_until > now);
    let who = if delegate.is_some() && draw.dice.chance(250) { DELEGATE } else { owner_of(number) };
    draw.signer(who)
}

/// An exchange, two accounts, who signs for each, a venue, a contract, lots, a price, seconds until it expires, and an
/// order for each side.
pub fn draw_trade(draw: &mut Draw<'_>) -> Option<Vec<i64>> {
    let house = draw.house();
    let board = draw.world.board(house)?;
    let contract = draw.contract(house);
    let row = board.contracts.iter().find(|row| i64::from(row.id) == contract);
    let mark = row.map_or(1, |row| row.mark.0).max(1);
    let size = |account: &MarginAccount| account.position(contract as u32).size.0;
    let (buyer, seller, most) = if draw.dice.chance(400) {
        let buyer = draw.account(house, |account| size(account) < 0)?;
        let seller = draw.account(house, |account| size(account) > 0)?;
        let held = |number| draw.world.account(house, number).map_or(0, |account| size(account).unsigned_abs());
        (buyer, seller, held(buyer).min(held(seller)) as i64)
    } else {
        let (buyer, seller) = (draw.trader(house)?, draw.trader(house)?);
        let free = draw.free(house, buyer).min(draw.free(house, seller));
        let leverage = draw.dice.between(1, 26);
        let lots = i128::from(free) * i128::from(leverage) * 1_000_000 / i128::from(mark);
        (buyer, seller, lots.clamp(0, 1 << 40) as i64)
    };
    if (buyer == seller || most == 0) && !draw.wild() {
        return None;
    }
    let lots = if draw.dice.chance(700) { most } else { draw.amount(most) };
    let off = match draw.dice.below(20) {
        0 => draw.dice.between(-20_000, 20_000),
        1..=9 => 0,
        _ => draw.dice.between(-900, 900),
    };
    let price = i128::from(mark) * i128::from(100_000 + off) / 100_000;
    let price = if draw.dice.chance(10) { draw.amount(mark) } else { price as i64 };
    let (buys, sells) = (trades_for(draw, house, buyer), trades_for(draw, house, seller));
    let venue = if draw.dice.chance(400) { draw.signer(VENUE) } else { -1 };
    let expires = if draw.dice.chance(100) { draw.dice.between(-5, 100) } else { 0 };
    let mut with = vec![house as i64, buyer, buys, seller, sells, venue, contract, lots, price, expires];
    // a buyer's limit lies above the price, a seller's below
    with.extend(draw_order(draw, lots, (price, mark / 500), contract));
    with.extend(draw_order(draw, lots, (price, -mark / 500), contract));
    Some(with)
}

/// What stands for a side, and an order's sequence after the account's, lots, limit, seconds until it is dead and contract.
fn draw_order(draw: &mut Draw<'_>, lots: i64, (price, better): (i64, i64), contract: i64) -> [i64; ORDER] {
    if !draw.dice.chance(150) {
        return [0; ORDER];
    }
    let kind = match draw.dice.below(40) {
        0 => TURNED,
        1 => FORGED,
        _ => ORDERED,
    };
    let sequence = [0, 0, 1, 1, 1, 1, 1, 2, -1][draw.dice.below(9) as usize];
    let most = match draw.dice.below(12) {
        0 => lots.saturating_sub(1),
        1 => draw.amount(lots),
        2..=5 => lots.saturating_mul(3),
        _ => lots,
    };
    let limit = if draw.dice.chance(60) {
        price.saturating_sub(better)
    } else {
        price.saturating_add(better / draw.dice.between(1, 50))
    };
    let expires = draw.dice.between(-3, 600);
    let contract = if draw.wild() { draw.dice.between(0, 6) } else { contract };
    [kind, sequence, most, limit, expires, contract]
}

pub fn trade(world: &World, with: Arguments<'_>) -> Sent {
    let house = with.place(0)?;
    let of = world.houses.get(house)?;
    let expires_at = (with.at(9) != 0).then(|| Timestamp(world.clock.0.saturating_add(with.at(9))));
    let (buyer_order, seller_order) = (BUYER_ORDER, BUYER_ORDER + ORDER);
    let venue = (with.at(5) >= 0).then(|| world.person(with.at(5)));
    let (contract, lots, price) = (with.at(6) as u32, with.unsigned(7), PerLot(with.at(8)));
    if with.at(buyer_order) == SIGNED && with.at(seller_order) == SIGNED {
        let parties = TradeParties {
            buyer: world.names.account(house, with.at(1)),
            buyer_signer: world.person(with.at(2)),
            seller: world.names.account(house, with.at(3)),
            seller_signer: world.person(with.at(4)),
            venue,
        };
        return Some(vec![match expires_at {
            Some(expires_at) => of.trade_until(parties, contract, lots, price, expires_at),
            None => of.trade(parties, contract, lots, price),
        }]);
    }
    let side = |place: usize, order: usize, side| {
        let account = world.names.account(house, with.at(place));
        let by = match with.at(order) {
            SIGNED => FillBy::Signer(world.person(with.at(place + 1))),
            _ => FillBy::Order(signed(
                world,
                house,
                (with.at(place), with.at(place + 1)),
                side,
                Arguments(&with.0[order..]),
            )?),
        };
        Some(FillSide { account, by })
    };
    let buyer = side(1, buyer_order, OrderSide::Buy)?;
    let seller = side(3, seller_order, OrderSide::Sell)?;
    Some(of.trade_by_orders(&OrderFill { contract, buyer, seller, venue, lots, price, expires_at }, FIRST))
}

/// An order for an account, which somebody has signed.
fn signed(
    world: &World,
    house: usize,
    (number, by): (Number, Person),
    side: OrderSide,
    with: Arguments<'_>,
) -> Option<OwnersOrder> {
    let account = world.account(house, number)?;
    let side = match (with.at(0), side) {
        (TURNED, OrderSide::Buy) => OrderSide::Sell,
        (TURNED, OrderSide::Sell) => OrderSide::Buy,
        (_, side) => side,
    };
    let sequence = account.order_sequence.saturating_add_signed(with.at(1));
    let expires_at = Timestamp(world.clock.0.saturating_add(with.at(4)));
    let wanted =
        Wanted { contract: with.at(5) as u32, side, limit: PerLot(with.at(3)), lots: with.unsigned(2), expires_at };
    let mut order = signed_by(world.names.keypair(by), wanted.numbered(account, sequence));
    if with.at(0) == FORGED {
        order.order.lots ^= 1;
    }
    Some(order)
}

/// An exchange, who signs, an account and a sequence after its own.
pub fn draw_cancel(draw: &mut Draw<'_>) -> Option<Vec<i64>> {
    let house = draw.house();
    let number = draw.trader(house)?;
    Some(vec![house as i64, draw.signer(owner_of(number)), number, draw.dice.between(-1, 4)])
}

pub fn cancel(world: &World, with: Arguments<'_>) -> Sent {
    let house = with.place(0)?;
    let sequence = world.account(house, with.at(2))?.order_sequence.saturating_add_signed(with.at(3));
    let account = world.names.account(house, with.at(2));
    Some(vec![world.houses[house].cancel_orders(world.person(with.at(1)), account, sequence)])
}
