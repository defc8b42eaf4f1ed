//! The end of an underlying, which anybody sends once it has been proposed and a day has passed.

use anchor_lang::solana_program::instruction::Instruction;
use ballast_core::units::Timestamp;

use crate::draw::Draw;
use crate::market;
use crate::operations::admin::role;
use crate::operations::changes::WIND_DOWN;
use crate::people::*;
use crate::step::Arguments;
use crate::world::World;

type Sent = Option<Vec<Instruction>>;

const DAY: i64 = 86_400;

/// An exchange, an underlying and whether its contracts are passed, or a wrong one; now and then a feed dies for it.
pub fn draw(draw: &mut Draw<'_>) -> Option<Vec<i64>> {
    let house = draw.house();
    let board = draw.world.board(house)?;
    let ending: Vec<i64> =
        (0..5).filter(|row| board.underlyings[*row as usize].feed.wound_down_at != Timestamp::ZERO).collect();
    if draw.dice.chance(120) {
        let feed = if house == 0 { draw.dice.between(1, 4) } else { 1 };
        return Some(die(draw, house, feed));
    }
    let row = draw.dice.pick(&ending).unwrap_or_else(|| draw.underlying(house));
    let passed = if draw.wild() { draw.dice.between(-1, 9) } else { draw.dice.below(2) };
    Some(vec![house as i64, row, passed])
}

/// A feed moves, dies, and its underlying is ended as far as that goes.
fn die(draw: &mut Draw<'_>, house: usize, feed: i64) -> Vec<i64> {
    let world = draw.world;
    let admin = role(draw, house, |exchange| exchange.admin);
    let (exchange, house) = (world.exchange(house), house as i64);
    let (number, timelock) = exchange.map_or((0, 0), |held| (held.next_proposal as i64, held.timelock as i64));
    let last = world.feeds[feed as usize].reading.price.max(1_000);
    let moved = last / 1_000 * draw.dice.between(550, 1_700);
    draw.then("market", &[5, 12, feed, moved, moved / 5_000, moved, 0, 0]);
    draw.then("refresh", &[house, -1, -1]);
    market::silence(draw, feed as usize, 400 * DAY);
    draw.then("propose_change", &[house, admin, WIND_DOWN, feed, 0, 1_000]);
    market::wait(draw, timelock + 1);
    draw.then("execute_change", &[house, STRANGER, number]);
    market::wait(draw, DAY + 1);
    let end = [house, feed, 1];
    draw.then("wind_down", &end);
    let held: Vec<(Number, i64)> = world
        .accounts_of(house as usize)
        .flat_map(|(number, account)| account.positions().iter().map(move |held| (number, held)))
        .filter(|(_, held)| i64::from(held.underlying) == feed)
        .map(|(number, held)| (number, i64::from(held.contract)))
        .collect();
    for (number, contract) in &held {
        draw.then("settle", &[house, *number, *contract]);
    }
    // who owes more than he has closed at a loss: nobody takes it, it is resolved
    for (number, contract) in &held {
        draw.then("liquidate", &[house, first_account(KEEPERS), KEEPERS, *number, *contract, -1, -1, -1]);
    }
    market::wait(draw, 8 * DAY);
    for (number, contract) in &held {
        draw.then("settle", &[house, *number, *contract]);
        draw.then("settle_in_part", &[house, *number, *contract, owner_of(*number)]);
    }
    draw.then("wind_down", &end);
    market::wait(draw, 6 * DAY);
    draw.then("wind_down", &end);
    end.to_vec()
}

pub fn wind_down(world: &World, with: Arguments<'_>) -> Sent {
    let house = with.place(0)?;
    let board = world.board(house)?;
    let on = |row: &u8| *row == with.row(1);
    let contracts: Vec<u32> = match with.at(2) {
        0 => Vec::new(),
        1 => board.contracts.iter().filter(|row| row.id != 0 && on(&row.underlying)).map(|row| row.id).collect(),
        other => vec![other as u32],
    };
    Some(vec![world.houses[house].wind_down(with.row(1), &contracts)])
}
