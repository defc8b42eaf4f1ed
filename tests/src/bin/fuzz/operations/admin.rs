//! What admin and guardian send.

use anchor_lang::solana_program::instruction::Instruction;
use ballast_client::Deployment;
use ballast_core::state::{Exchange, Pausable};
use ballast_core::units::Key;
use ballast_tests::{QUOTE, create_board};

use crate::books::address;
use crate::draw::Draw;
use crate::listing::{self, RUNNING, TOKENS};
use crate::people::*;
use crate::step::Arguments;
use crate::world::{World, wallet};

type Sent = Option<Vec<Instruction>>;

/// Whoever has a role of an exchange.
pub fn role(draw: &mut Draw<'_>, house: usize, of: impl Fn(&Exchange) -> Key) -> i64 {
    let key = draw.world.exchange(house).map(of);
    let who = key.and_then(|key| draw.world.names.who(&address(key))).unwrap_or(ADMIN);
    draw.signer(who)
}

/// An exchange that nobody has created yet, and a plan to set it up.
pub fn draw_exchange(draw: &mut Draw<'_>) -> Option<Vec<i64>> {
    let house = if draw.dice.chance(100) { draw.house() } else { RUNNING + draw.dice.below(2) as usize } as i64;
    draw.then("initialize_board", &[house, ADMIN]);
    draw.then("create_vault", &[house, ADMIN, -1, 0]);
    for row in 0..2 {
        draw.then("create_underlying", &[house, ADMIN, -1, row]);
        draw.then("create_contract", &[house, ADMIN, -1, row]);
    }
    draw.then("create_vault", &[house, ADMIN, -1, draw_mint(draw)]);
    draw.then("close_contract", &[house, ADMIN, 1]);
    draw.then("open_exchange", &[house, ADMIN]);
    Some(vec![house])
}

fn draw_mint(draw: &Draw<'_>) -> i64 {
    1 + draw.world.clock.0 % 3
}

pub fn exchange(world: &World, with: Arguments<'_>) -> Sent {
    let house = with.place(0).filter(|house| *house < world.houses.len())?;
    let terms = listing::exchange_terms(world);
    Some(vec![Deployment::initialize_exchange(world.person(ADMIN), house as u16, QUOTE.mint, terms)])
}

/// An exchange and its admin.
pub fn draw_house(draw: &mut Draw<'_>) -> Option<Vec<i64>> {
    let house = draw.dice.below(draw.world.houses.len() as i64) as usize;
    Some(vec![house as i64, role(draw, house, |exchange| exchange.admin)])
}

pub fn board(world: &World, with: Arguments<'_>) -> Sent {
    let of = world.houses.get(with.place(0)?)?;
    let admin = world.person(with.at(1));
    Some(vec![create_board(admin, of.board), of.initialize_board(admin)])
}

pub fn open(world: &World, with: Arguments<'_>) -> Sent {
    Some(vec![world.houses.get(with.place(0)?)?.open_exchange(world.person(with.at(1)))])
}

/// An exchange, its admin and a contract.
pub fn draw_contract(draw: &mut Draw<'_>) -> Option<Vec<i64>> {
    let house = draw.house();
    Some(vec![house as i64, role(draw, house, |exchange| exchange.admin), draw.contract(house)])
}

pub fn close_contract(world: &World, with: Arguments<'_>) -> Sent {
    let of = world.houses.get(with.place(0)?)?;
    Some(vec![of.close_contract(world.person(with.at(1)), with.at(2) as u32)])
}

pub fn collect_fees(world: &World, with: Arguments<'_>) -> Sent {
    let of = world.houses.get(with.place(0)?)?;
    let to = wallet(world, with.at(1), &QUOTE);
    Some(vec![of.collect_fees(world.person(with.at(1)), with.at(2) as u32, to)])
}

/// An exchange, its admin, a mint and whose wallet receives it.
pub fn draw_sweep(draw: &mut Draw<'_>) -> Option<Vec<i64>> {
    let house = draw.house();
    let admin = role(draw, house, |exchange| exchange.admin);
    Some(vec![house as i64, admin, draw.token(house), role(draw, house, |exchange| exchange.treasury)])
}

pub fn sweep(world: &World, with: Arguments<'_>) -> Sent {
    let of = world.houses.get(with.place(0)?)?;
    let token = TOKENS.get(with.place(2)?)?;
    Some(vec![of.sweep(world.person(with.at(1)), token.of(), wallet(world, with.at(3), token))])
}

/// An exchange, its guardian, what is paused and for how many seconds.
pub fn draw_pause(draw: &mut Draw<'_>) -> Option<Vec<i64>> {
    let house = draw.house();
    let seconds = if draw.wild() { draw.dice.any() } else { draw.dice.between(1, 1_200) };
    Some(vec![house as i64, role(draw, house, |exchange| exchange.guardian), draw.dice.below(4), seconds])
}

pub fn pause(world: &World, with: Arguments<'_>) -> Sent {
    let what = match with.at(2) {
        0 => Pausable::Deposits,
        1 => Pausable::Withdrawals,
        2 => Pausable::Trading,
        _ => Pausable::Liquidation,
    };
    Some(vec![world.houses.get(with.place(0)?)?.pause(world.person(with.at(1)), what, with.unsigned(3))])
}

/// An exchange, its admin and who is nominated; mostly he accepts.
pub fn draw_nominate(draw: &mut Draw<'_>) -> Option<Vec<i64>> {
    let house = draw.house();
    let nominee = if draw.dice.chance(500) { ADMIN } else { NEXT_ADMIN };
    if draw.dice.chance(500) {
        draw.then("accept_admin", &[house as i64, nominee]);
    }
    Some(vec![house as i64, role(draw, house, |exchange| exchange.admin), nominee])
}

pub fn nominate(world: &World, with: Arguments<'_>) -> Sent {
    let of = world.houses.get(with.place(0)?)?;
    Some(vec![of.nominate_admin(world.person(with.at(1)), world.person(with.at(2)))])
}

/// An exchange and who accepts.
pub fn draw_accept(draw: &mut Draw<'_>) -> Option<Vec<i64>> {
    let house = draw.house();
    Some(vec![house as i64, role(draw, house, |exchange| exchange.pending_admin)])
}

pub fn accept(world: &World, with: Arguments<'_>) -> Sent {
    Some(vec![world.houses.get(with.place(0)?)?.accept_admin(world.person(with.at(1)))])
}
