//! What keepers, reporters and index authorities send.

use anchor_lang::solana_program::instruction::Instruction;
use ballast_core::clearing::{CollateralOffer, Offer};
use ballast_core::margin::{MAINTENANCE, TARGET};
use ballast_core::model::IndexSource;
use ballast_core::state::{Board, MarginAccount, Position};
use ballast_core::units::{PerLot, PerToken, Ratio, Tokens, Usd};

use crate::draw::Draw;
use crate::listing::{INDEX_FEED, oracle_of};
use crate::people::*;
use crate::step::Arguments;
use crate::world::World;
use crate::{listing, market};

type Sent = Option<Vec<Instruction>>;

/// An exchange, a keeper's account or -1, and rows as bits; -1 for all that are new.
pub fn draw_refresh(draw: &mut Draw<'_>) -> Option<Vec<i64>> {
    let house = draw.house();
    let keeper = if draw.dice.chance(500) { draw.keeper(house) } else { -1 };
    let rows = if draw.wild() { draw.dice.below(64) } else { 1 << draw.underlying(house).clamp(0, 40) };
    Some(vec![house as i64, keeper, rows])
}

pub fn refresh(world: &World, with: Arguments<'_>) -> Sent {
    let house = with.place(0)?;
    let board = world.board(house)?;
    let rows: Vec<u8> = (0..32)
        .filter(|row| with.at(2) >> row & 1 == 1)
        .filter(|row| with.at(2) != -1 || is_new(world, board, *row))
        .collect();
    if rows.is_empty() {
        return None;
    }
    let keeper = (with.at(1) >= 0).then(|| world.names.account(house, with.at(1)));
    listing::refresh(world, house, keeper, &rows).map(|sent| vec![sent])
}

/// Whether a row has a newer price that it would take.
fn is_new(world: &World, board: &Board, row: u8) -> bool {
    let Ok(row) = board.underlying(row) else { return false };
    let Some(feed) = world.feeds.iter().find(|feed| feed.feed == row.oracle) else { return false };
    let reading = &feed.reading;
    let sound = reading.price > 1_000 && reading.ema > 1_000 && reading.exponent == -8;
    let verified = feed.verification == ballast_tests::pyth::VerificationLevel::Full;
    let ahead = reading.published_at.0 > world.clock.0 + 86_400;
    let in_time = reading.published_at > row.published_at && row.accepted_slot != world.clock.1 && !ahead;
    sound && verified && in_time && !row.feed.is_wound_down(board.time(world.now()))
}

/// An exchange, a reporter, an underlying and its depth.
pub fn draw_depth(draw: &mut Draw<'_>) -> Option<Vec<i64>> {
    let house = draw.house();
    let depth = listing::dollars(match draw.dice.below(10) {
        0 => draw.dice.between(0, 50_000),
        1..=3 => draw.dice.between(100_000, 2_000_000),
        _ => draw.dice.between(10_000_000, 80_000_000),
    });
    let depth = if draw.wild() { draw.amount(1 << 50) } else { depth.0 };
    let reporter = REPORTERS + draw.dice.below(3);
    Some(vec![house as i64, draw.signer(reporter), draw.underlying(house), depth])
}

pub fn depth(world: &World, with: Arguments<'_>) -> Sent {
    let of = world.houses.get(with.place(0)?)?;
    Some(vec![of.post_depth(world.person(with.at(1)), with.row(2), Usd(with.at(3)))])
}

/// An exchange, who sends, an underlying, whether a feed is read, and the value that is signed else.
pub fn draw_index(draw: &mut Draw<'_>) -> Option<Vec<i64>> {
    let house = draw.house();
    let board = draw.world.board(house)?;
    let indexed = |row: &u8| board.underlyings[usize::from(*row)].index_terms.source() != IndexSource::None;
    let rows: Vec<u8> = (0..32).filter(indexed).collect();
    let row = if draw.wild() { draw.underlying(house) } else { i64::from(draw.dice.pick(&rows)?) };
    let held = board.underlying(row as u8).ok();
    let reads = held.is_some_and(|row| row.index_terms.source() == IndexSource::Pull);
    let last = held.map_or(0, |row| row.index.value.0);
    let value = if last == 0 || draw.dice.chance(100) {
        draw.amount(2_000_000_000)
    } else {
        last / 1_000 * draw.dice.between(960, 1_040)
    };
    Some(vec![house as i64, draw.signer(INDEX_AUTHORITY), row, i64::from(reads), value])
}

pub fn index(world: &World, with: Arguments<'_>) -> Sent {
    let of = world.houses.get(with.place(0)?)?;
    let sender = world.person(with.at(1));
    if with.at(3) != 0 {
        let (oracle, _) = oracle_of(INDEX_FEED, world.feeds[INDEX_FEED].feed);
        return Some(vec![of.post_feed_index(sender, with.row(2), oracle)]);
    }
    Some(vec![of.post_signed_index(sender, with.row(2), Ratio(with.at(4)))])
}

/// An exchange, an account and a keeper's or -1; mostly an account below target or in a call.
pub fn draw_rebalance(draw: &mut Draw<'_>) -> Option<Vec<i64>> {
    let house = draw.house();
    let number = match draw.dice.below(10) {
        0..=3 => draw.below(house, TARGET)?,
        4..=6 => draw.account(house, |account| account.called_at.0 != 0)?,
        7..=8 => draw.account(house, |account| account.top_up.releases != 0)?,
        _ => draw.trader(house)?,
    };
    let keeper = if draw.dice.chance(700) { draw.keeper(house) } else { -1 };
    Some(vec![house as i64, number, keeper])
}

pub fn rebalance(world: &World, with: Arguments<'_>) -> Sent {
    let house = with.place(0)?;
    let account = world.account(house, with.at(1))?;
    let keeper = (with.at(2) >= 0).then(|| world.names.account(house, with.at(2)));
    Some(vec![world.houses[house].rebalance(world.names.account(house, with.at(1)), account, keeper)])
}

/// An exchange, a keeper's account, who signs for it, an account, a contract, the most lots, a hedge or -1, and the worst
/// price or -1.
pub fn draw_liquidate(draw: &mut Draw<'_>) -> Option<Vec<i64>> {
    let house = draw.house();
    let number = if draw.dice.chance(30) { draw.trader(house)? } else { draw.below(house, MAINTENANCE)? };
    let held = draw.world.account(house, number)?.positions();
    let sized: Vec<Position> = held.iter().filter(|held| held.size.0 != 0).copied().collect();
    let among = if sized.is_empty() || draw.dice.chance(50) { held } else { &sized };
    let position = draw.dice.pick(among).unwrap_or_default();
    let most = match draw.dice.below(20) {
        0..=12 => -1,
        13 => 0,
        _ => draw.amount(position.size.lots() as i64),
    };
    let hedge = hedge_of(draw, held, &position);
    let mark = draw.world.board(house)?.contract(position.row).map_or(1, |row| row.mark.0);
    let worst = if draw.dice.chance(150) { mark / 1_000 * draw.dice.between(960, 1_040) } else { -1 };
    let keeper = draw.keeper(house);
    let signer = draw.signer(owner_of(keeper));
    if draw.dice.chance(100) {
        let seconds = draw.dice.between(1, 300);
        market::wait(draw, seconds);
    }
    Some(vec![house as i64, keeper, signer, number, i64::from(position.contract), most, hedge, worst])
}

/// The contract of an opposite position, mostly if there is one; now and then any.
fn hedge_of(draw: &mut Draw<'_>, held: &[Position], position: &Position) -> i64 {
    let opposite = held.iter().find(|other| {
        other.underlying == position.underlying
            && other.size.0.signum() == -position.size.0.signum()
            && other.size.0 != 0
    });
    match opposite {
        Some(other) if draw.dice.chance(600) => i64::from(other.contract),
        _ if draw.dice.chance(20) => draw.dice.between(0, 6),
        _ => -1,
    }
}

pub fn liquidate(world: &World, with: Arguments<'_>) -> Sent {
    let house = with.place(0)?;
    let account = world.account(house, with.at(3))?;
    let keeper = (world.person(with.at(2)), world.names.account(house, with.at(1)));
    let address = world.names.account(house, with.at(3));
    let offer = Offer {
        most: with.unsigned(5),
        hedge: (with.at(6) >= 0).then(|| with.at(6) as u32),
        worst: (with.at(7) >= 0).then(|| PerLot(with.at(7))),
    };
    Some(vec![world.houses[house].liquidate(keeper, address, account, with.at(4) as u32, offer)])
}

/// An exchange, an account without equity, one on the other side, a contract and the most lots; liquidation begins, and
/// keepers have had their time, where they have not.
pub fn draw_deleverage(draw: &mut Draw<'_>) -> Option<Vec<i64>> {
    let house = draw.house();
    let world = draw.world;
    let insolvent = |account: &MarginAccount| {
        let sized = account.positions().iter().any(|held| held.size.0 != 0);
        sized
            && world
                .exposure(house, account)
                .is_some_and(|seen| seen.equity(MAINTENANCE).is_ok_and(|equity| equity < Usd::ZERO))
    };
    let number = if draw.dice.chance(20) { draw.trader(house)? } else { draw.account(house, insolvent)? };
    let account = world.account(house, number)?;
    let held: Vec<Position> = account.positions().iter().filter(|held| held.size.0 != 0).copied().collect();
    let position = draw.dice.pick(&held)?;
    let side = position.size.0.signum();
    let opposite = draw.account(house, |other| other.position(position.contract).size.0.signum() == -side)?;
    let opposite = if draw.wild() { draw.trader(house)? } else { opposite };
    let most = if draw.dice.chance(600) { -1 } else { draw.amount(position.size.lots() as i64) };
    let with = vec![house as i64, number, opposite, i64::from(position.contract), most];
    let since = world.now().since(account.liquidation_at);
    if account.liquidation_at.0 != 0 && since >= 300 || draw.dice.chance(100) {
        return Some(with);
    }
    if account.liquidation_at.0 == 0 {
        let keeper = first_account(KEEPERS);
        draw.then("liquidate", &[house as i64, keeper, KEEPERS, number, i64::from(position.contract), 0, -1, -1]);
    }
    market::wait(draw, 301);
    draw.then("deleverage", &with);
    Some(with)
}

pub fn deleverage(world: &World, with: Arguments<'_>) -> Sent {
    let house = with.place(0)?;
    let account = world.account(house, with.at(1))?;
    let (address, opposite) = (world.names.account(house, with.at(1)), world.names.account(house, with.at(2)));
    Some(vec![world.houses[house].deleverage(address, account, opposite, with.at(3) as u32, with.unsigned(4))])
}

/// An exchange, a keeper's account, who signs for it, an account, a row of collateral, the most of it, and the worst price
/// or -1. Sound accounts with losses beyond their cash are looked at too.
pub fn draw_sale(draw: &mut Draw<'_>) -> Option<Vec<i64>> {
    let house = draw.house();
    let world = draw.world;
    let sound = draw.dice.chance(400);
    let pledged = draw.account(house, |account| {
        account.collateral.iter().any(|held| held.amount != Tokens::ZERO)
            && account.position_count > 0
            && world.exposure(house, account).is_some_and(|seen| {
                let loss = -seen.pnl.0 / 1_000_000 > i128::from(account.cash.0);
                seen.meets(MAINTENANCE) == Ok(sound) && (loss || !sound)
            })
    });
    let number = pledged.or_else(|| draw.below(house, MAINTENANCE))?;
    let account = world.account(house, number)?;
    let held: Vec<(i64, i64)> = account
        .collateral
        .iter()
        .filter(|held| held.amount != Tokens::ZERO)
        .map(|held| (i64::from(held.vault), held.amount.0 as i64))
        .collect();
    let (row, most) = match draw.dice.pick(&held) {
        Some(held) => held,
        None if draw.dice.chance(100) => (draw.dice.below(4), 1_000),
        None => return None,
    };
    let most = if draw.dice.chance(700) { -1 } else { draw.amount(most) };
    let value = world.board(house)?.vault(row as u8).map_or(1, |row| row.value.0 as i64);
    let worst = if draw.dice.chance(150) { value / 1_000 * draw.dice.between(900, 1_040) } else { -1 };
    let keeper = draw.keeper(house);
    Some(vec![house as i64, keeper, draw.signer(owner_of(keeper)), number, row, most, worst])
}

pub fn sale(world: &World, with: Arguments<'_>) -> Sent {
    let house = with.place(0)?;
    let account = world.account(house, with.at(3))?;
    let keeper = (world.person(with.at(2)), world.names.account(house, with.at(1)));
    let address = world.names.account(house, with.at(3));
    let worst = (with.at(6) >= 0).then(|| PerToken(with.unsigned(6)));
    let offer = CollateralOffer { vault: with.row(4), most: Tokens(with.unsigned(5)), worst };
    Some(vec![world.houses[house].liquidate_collateral(keeper, address, account, offer)])
}
