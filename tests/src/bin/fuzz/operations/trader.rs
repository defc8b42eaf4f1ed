//! What traders send, but for fills.

use anchor_lang::prelude::{AccountMeta, Pubkey};
use anchor_lang::solana_program::instruction::Instruction;
use ballast_core::clearing::Asset;
use ballast_core::state::{DelegateLimits, MarginAccount, Position};
use ballast_core::units::{Ratio, Size, Timestamp, Tokens, Usd};
use ballast_tests::Token;

use crate::draw::Draw;
use crate::listing::{TOKENS, tokens_of};
use crate::people::*;
use crate::step::Arguments;
use crate::world::{World, wallet};

type Sent = Option<Vec<Instruction>>;

fn token(with: Arguments<'_>, place: usize) -> &'static Token {
    &TOKENS[with.at(place).rem_euclid(TOKENS.len() as i64) as usize]
}

/// An exchange, an account and a contract.
pub fn draw_settle(draw: &mut Draw<'_>) -> Option<Vec<i64>> {
    let house = draw.house();
    let number = draw.account(house, |account| account.position_count > 0)?;
    let held: Vec<i64> =
        draw.world.account(house, number)?.positions().iter().map(|held| i64::from(held.contract)).collect();
    let contract = if draw.wild() { draw.contract(house) } else { draw.dice.pick(&held)? };
    Some(vec![house as i64, number, contract])
}

pub fn settle(world: &World, with: Arguments<'_>) -> Sent {
    let house = with.place(0)?;
    Some(vec![world.houses.get(house)?.settle(world.names.account(house, with.at(1)), with.at(2) as u32)])
}

/// An exchange, an account, a settled contract of which it holds a claim, and who signs.
pub fn draw_part(draw: &mut Draw<'_>) -> Option<Vec<i64>> {
    let house = draw.house();
    let board = draw.world.board(house)?;
    let settled = |id: u32| board.contracts.iter().any(|row| row.id == id && row.settled_at != Timestamp::ZERO);
    let claims = |account: &MarginAccount| {
        let claim = |held: &&Position| held.size == Size::ZERO && held.basis > Usd::ZERO && settled(held.contract);
        account.positions().iter().find(claim).map(|held| i64::from(held.contract))
    };
    let number = match draw.account(house, |account| claims(account).is_some()) {
        Some(number) => number,
        None if draw.dice.chance(100) => draw.trader(house)?,
        None => return None,
    };
    let contract = draw.world.account(house, number).and_then(claims).unwrap_or(1);
    Some(vec![house as i64, number, contract, draw.signer(owner_of(number))])
}

pub fn part(world: &World, with: Arguments<'_>) -> Sent {
    let house = with.place(0)?;
    let (account, owner) = (world.names.account(house, with.at(1)), world.person(with.at(3)));
    Some(vec![world.houses.get(house)?.settle_in_part(owner, account, with.at(2) as u32)])
}

/// An exchange, who pays, an account, a mint and an amount.
pub fn draw_deposit(draw: &mut Draw<'_>) -> Option<Vec<i64>> {
    let house = draw.house();
    let called = draw.dice.chance(300).then(|| draw.account(house, |account| account.called_at.0 != 0)).flatten();
    let number = called.or_else(|| draw.trader(house))?;
    let who = if draw.dice.chance(100) { STRANGER } else { owner_of(number) };
    let token = draw.token(house);
    // about five thousand dollars of each
    let worth = [5_000_000_000, 50_000_000_000, 10_000_000, 2_000_000];
    let most = worth[token as usize] * draw.dice.between(1, 20);
    let amount = draw.amount(most);
    Some(vec![house as i64, draw.signer(who), number, token, amount])
}

pub fn deposit(world: &World, with: Arguments<'_>) -> Sent {
    let (house, token) = (with.place(0)?, token(with, 3));
    let (payer, account) = (world.person(with.at(1)), world.names.account(house, with.at(2)));
    let source = wallet(world, with.at(1), token);
    Some(vec![world.houses.get(house)?.deposit(payer, account, token.of(), source, Tokens(with.unsigned(4)))])
}

/// An exchange, who signs, an account, a mint, an amount and whose wallet receives it.
pub fn draw_withdraw(draw: &mut Draw<'_>) -> Option<Vec<i64>> {
    let house = draw.house();
    let number = draw.trader(house)?;
    let (token, most) = held(draw, house, number);
    // a third of what is there stays: who withdraws all that he can trades no more
    let amount = if draw.dice.chance(700) { most / draw.dice.between(4, 40) } else { draw.amount(most) };
    let signer = draw.signer(owner_of(number));
    let to = draw.signer(owner_of(number));
    Some(vec![house as i64, signer, number, token, amount, to])
}

/// A mint that an account holds, mostly, and how much of it.
fn held(draw: &mut Draw<'_>, house: usize, number: Number) -> (i64, i64) {
    let Some(account) = draw.world.account(house, number) else { return (0, 1_000_000) };
    let mut all = vec![(0, account.cash.0)];
    for held in account.collateral.iter().filter(|held| held.amount != Tokens::ZERO) {
        all.push((place_of_vault(draw.world, house, held.vault), held.amount.0 as i64));
    }
    if draw.wild() { (draw.dice.below(4), 1_000_000) } else { draw.dice.pick(&all).unwrap_or((0, 0)) }
}

/// Place among the mints of what a row of the board holds.
fn place_of_vault(world: &World, house: usize, row: u8) -> i64 {
    let mint = world.board(house).and_then(|board| board.vault(row).ok()).map(|row| row.mint.0);
    TOKENS.iter().position(|token| Some(token.mint.to_bytes()) == mint).unwrap_or(0) as i64
}

pub fn withdraw(world: &World, with: Arguments<'_>) -> Sent {
    let (house, token) = (with.place(0)?, token(with, 3));
    let (signer, account) = (world.person(with.at(1)), world.names.account(house, with.at(2)));
    let to = wallet(world, with.at(5), token);
    Some(vec![world.houses.get(house)?.withdraw(signer, account, token.of(), to, Tokens(with.unsigned(4)))])
}

/// An exchange, who signs, two accounts, a row of collateral or -1 for cash, and an amount.
pub fn draw_transfer(draw: &mut Draw<'_>) -> Option<Vec<i64>> {
    let house = draw.house();
    let from = if draw.dice.chance(500) { draw.account(house, |_| true)? } else { draw.trader(house)? };
    let owner = owner_of(from);
    let mut to = first_account(owner) + draw.dice.below(2);
    if to == from {
        to = first_account(owner) + (from + 1) % 2;
    }
    let to = if draw.wild() { draw.trader(house)? } else { to };
    let (token, most) = held(draw, house, from);
    let row = TOKENS[token as usize].row.map_or(-1, i64::from);
    let amount = if draw.dice.chance(500) { most / draw.dice.between(2, 20) } else { draw.amount(most) };
    Some(vec![house as i64, draw.signer(owner), from, to, row, amount])
}

pub fn transfer(world: &World, with: Arguments<'_>) -> Sent {
    let house = with.place(0)?;
    let (from, to) = (world.names.account(house, with.at(2)), world.names.account(house, with.at(3)));
    let asset = if with.at(4) < 0 { Asset::Cash } else { Asset::Collateral(with.row(4)) };
    let of = world.houses.get(house)?;
    Some(vec![of.transfer(world.person(with.at(1)), from, to, asset, Tokens(with.unsigned(5)))])
}

/// An exchange, an owner and an id.
pub fn draw_open(draw: &mut Draw<'_>) -> Option<Vec<i64>> {
    Some(vec![draw.house() as i64, draw.dice.below(PEOPLE), draw.dice.below(ACCOUNTS_EACH)])
}

pub fn open(world: &World, with: Arguments<'_>) -> Sent {
    Some(vec![world.houses.get(with.place(0)?)?.open_account(world.person(with.at(1)), with.at(2) as u16)])
}

/// An exchange, who signs and an account; an empty one, if there is one.
pub fn draw_close(draw: &mut Draw<'_>) -> Option<Vec<i64>> {
    let house = draw.house();
    let number = draw.account(house, MarginAccount::is_empty).or_else(|| draw.trader(house))?;
    Some(vec![house as i64, draw.signer(owner_of(number)), number])
}

pub fn close(world: &World, with: Arguments<'_>) -> Sent {
    let house = with.place(0)?;
    let account = world.names.account(house, with.at(2));
    Some(vec![world.houses.get(house)?.close_account(world.person(with.at(1)), account)])
}

/// An exchange, who signs, an account, a delegate or -1 for none, seconds from now, and limits: a contract or 0, the worst
/// price in millionths, notional and loss of a day.
pub fn draw_delegate(draw: &mut Draw<'_>) -> Option<Vec<i64>> {
    let house = draw.house();
    let number = draw.trader(house)?;
    let delegate = if draw.dice.chance(800) { draw.signer(DELEGATE) } else { -1 };
    let seconds = draw.dice.between(-100, 1_000_000);
    let contract = if draw.dice.chance(300) { draw.contract(house) } else { 0 };
    let worst = if draw.wild() { draw.dice.between(-10, 6_000) } else { draw.dice.between(0, 5_000) };
    let (notional, loss) = (draw.amount(2_000_000_000_000), draw.amount(1_000_000_000));
    Some(vec![house as i64, draw.signer(owner_of(number)), number, delegate, seconds, contract, worst, notional, loss])
}

pub fn delegate(world: &World, with: Arguments<'_>) -> Sent {
    let house = with.place(0)?;
    let account = world.names.account(house, with.at(2));
    let delegate = if with.at(3) < 0 { Pubkey::default() } else { world.person(with.at(3)) };
    let until = Timestamp(world.clock.0.saturating_add(with.at(4)));
    let limits = DelegateLimits {
        contracts: [with.at(5) as u32, 0, 0, 0],
        worst_price: Ratio(with.at(6).saturating_mul(1_000)),
        daily_notional: Usd(with.at(7)),
        daily_loss: Usd(with.at(8)),
    };
    Some(vec![world.houses.get(house)?.set_delegate(world.person(with.at(1)), account, delegate, until, limits)])
}

/// An exchange, who signs, an account, its reserve or -1 for none, a limit and whether it releases.
pub fn draw_top_up(draw: &mut Draw<'_>) -> Option<Vec<i64>> {
    let house = draw.house();
    let number = draw.trader(house)?;
    let reserve = match draw.dice.below(10) {
        0 => -1,
        1 => draw.trader(house)?,
        _ => first_account(owner_of(number)) + 1,
    };
    let limit = draw.amount(50_000_000_000);
    Some(vec![house as i64, draw.signer(owner_of(number)), number, reserve, limit, draw.dice.below(2)])
}

pub fn top_up(world: &World, with: Arguments<'_>) -> Sent {
    let house = with.place(0)?;
    let account = world.names.account(house, with.at(2));
    let reserve = (with.at(3) >= 0).then(|| world.names.account(house, with.at(3)));
    let (limit, releases) = (Usd(with.at(4)), with.at(5) != 0);
    Some(vec![world.houses.get(house)?.set_top_up(world.person(with.at(1)), account, reserve, limit, releases)])
}

/// An exchange, who gives, a mint and an amount: a transfer of the token program, which no exchange sees.
pub fn gift(world: &World, with: Arguments<'_>) -> Sent {
    let token = token(with, 2);
    let vault = tokens_of(world, with.place(0)?, token);
    world.raw.get(&vault)?;
    let accounts = vec![
        AccountMeta::new(wallet(world, with.at(1), token), false),
        AccountMeta::new(vault, false),
        AccountMeta::new_readonly(world.person(with.at(1)), true),
    ];
    let mut data = vec![3];
    data.extend_from_slice(&with.unsigned(3).to_le_bytes());
    Some(vec![Instruction { program_id: token.token_program, accounts, data }])
}
