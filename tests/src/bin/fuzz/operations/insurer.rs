//! What insurers send.

use anchor_lang::solana_program::instruction::Instruction;
use ballast_core::state::Stake;
use ballast_core::units::{Shares, Tokens};

use crate::draw::Draw;
use crate::listing::TOKENS;
use crate::market;
use crate::people::*;
use crate::step::Arguments;
use crate::world::{World, wallet};

type Sent = Option<Vec<Instruction>>;

/// An exchange, who pays and an amount.
pub fn draw_insurance(draw: &mut Draw<'_>) -> Option<Vec<i64>> {
    let amount = draw.amount(20_000_000_000);
    Some(vec![draw.house() as i64, draw.signer(INSURER), amount])
}

pub fn insurance(world: &World, with: Arguments<'_>) -> Sent {
    let insurer = world.person(with.at(1));
    let source = wallet(world, with.at(1), &TOKENS[0]);
    Some(vec![world.houses.get(with.place(0)?)?.fund_insurance(insurer, source, Tokens(with.unsigned(2)))])
}

/// An exchange and whose stake it is.
pub fn draw_open(draw: &mut Draw<'_>) -> Option<Vec<i64>> {
    Some(vec![draw.house() as i64, draw.dice.below(PEOPLE)])
}

pub fn open(world: &World, with: Arguments<'_>) -> Sent {
    Some(vec![world.houses.get(with.place(0)?)?.open_stake(world.person(with.at(1)))])
}

/// Somebody whose stake is like that, if there is one; else the insurer or anybody.
fn staker(draw: &mut Draw<'_>, house: usize, like: impl Fn(&Stake) -> bool) -> i64 {
    let world = draw.world;
    let fits = |person: &Person| world.stake(house, *person).is_some_and(&like);
    let all: Vec<Person> = (0..PEOPLE).filter(fits).collect();
    if draw.wild() { draw.dice.below(PEOPLE) } else { draw.dice.pick(&all).unwrap_or(INSURER) }
}

/// An exchange, who stakes, an amount and the least shares.
pub fn draw_stake(draw: &mut Draw<'_>) -> Option<Vec<i64>> {
    let house = draw.house();
    let who = staker(draw, house, |_| true);
    let amount = draw.amount(10_000_000_000);
    let least = if draw.dice.chance(200) { draw.amount(amount) } else { 0 };
    Some(vec![house as i64, who, amount, least])
}

pub fn stake(world: &World, with: Arguments<'_>) -> Sent {
    let source = wallet(world, with.at(1), &TOKENS[0]);
    let (amount, least) = (Tokens(with.unsigned(2)), Shares(with.unsigned(3)));
    Some(vec![world.houses.get(with.place(0)?)?.stake(world.person(with.at(1)), source, amount, least)])
}

/// An exchange, who leaves and how many shares; now and then he waits until they are paid.
pub fn draw_request(draw: &mut Draw<'_>) -> Option<Vec<i64>> {
    let house = draw.house();
    let who = staker(draw, house, |stake| stake.shares != Shares::ZERO);
    let held = draw.world.stake(house, who).map_or(0, |stake| stake.shares.0 as i64);
    let shares = draw.amount(held);
    if draw.dice.chance(150) {
        let cooldown = draw.world.fund(house).map_or(0, |fund| fund.unstake_cooldown as i64);
        let seconds = cooldown + draw.dice.between(-1, 200_000);
        market::wait(draw, seconds);
        draw.then("unstake", &[house as i64, who, who]);
    }
    Some(vec![house as i64, who, shares])
}

pub fn request(world: &World, with: Arguments<'_>) -> Sent {
    let of = world.houses.get(with.place(0)?)?;
    Some(vec![of.request_unstake(world.person(with.at(1)), Shares(with.unsigned(2)))])
}

/// An exchange, who is paid and into whose wallet.
pub fn draw_unstake(draw: &mut Draw<'_>) -> Option<Vec<i64>> {
    let house = draw.house();
    let who = staker(draw, house, |stake| stake.leaving != Shares::ZERO);
    Some(vec![house as i64, who, draw.signer(who)])
}

pub fn unstake(world: &World, with: Arguments<'_>) -> Sent {
    let to = wallet(world, with.at(2), &TOKENS[0]);
    Some(vec![world.houses.get(with.place(0)?)?.unstake(world.person(with.at(1)), to)])
}
