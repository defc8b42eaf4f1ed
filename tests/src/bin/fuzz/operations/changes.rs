//! What changes an exchange: in its set-up, by proposals, and by the risk manager.

use anchor_lang::prelude::Pubkey;
use anchor_lang::solana_program::instruction::Instruction;
use ballast_client::{Due, key};
use ballast_core::clearing::{Tightening, UnderlyingTightening, VaultTightening};
use ballast_core::state::parameters::{ContractTerms, ExchangeParameters, UnderlyingTerms, VaultTerms};
use ballast_core::state::{Board, Change, Exchange, Proposal, Roles};
use ballast_core::units::{Key, Ratio, Tokens, Usd};
use ballast_tests::pyth::{LEGACY_OWNER, PULL_OWNER};

use crate::books::address;
use crate::draw::Draw;
use crate::listing::{self, PRICED, TOKENS};
use crate::market;
use crate::operations::admin::role;
use crate::people::*;
use crate::step::Arguments;
use crate::world::World;

type Sent = Option<Vec<Instruction>>;

/// Kinds of changes, in the order of [`Change`].
const CHANGES: i64 = 11;
/// The kind that ends an underlying.
pub const WIND_DOWN: i64 = 10;
/// Parameters of an underlying that a proposal is drawn for.
const UNDERLYING_PARAMETERS: i64 = 19;

/// An exchange, who pays, the proposal or -1 during set-up, and a row or mint.
pub fn draw_creation(draw: &mut Draw<'_>) -> Option<Vec<i64>> {
    let house = draw.house();
    let number = if draw.dice.chance(500) { -1 } else { draw_number(draw, house) };
    let payer = if number < 0 { role(draw, house, |exchange| exchange.admin) } else { STRANGER };
    Some(vec![house as i64, payer, number, draw.dice.below(5)])
}

fn draw_number(draw: &mut Draw<'_>, house: usize) -> i64 {
    let next = draw.world.exchange(house).map_or(0, |exchange| exchange.next_proposal as i64);
    let exchange = draw.world.houses[house].exchange.to_bytes();
    let open: Vec<i64> = draw
        .world
        .accounts
        .proposals
        .values()
        .filter(|held| held.exchange.0 == exchange)
        .map(|held| held.number as i64)
        .collect();
    if draw.wild() { draw.dice.between(0, next) } else { draw.dice.pick(&open).unwrap_or(0) }
}

fn proposal(world: &World, house: usize, number: i64) -> Option<(Due, Change)> {
    let number = number.cast_unsigned();
    let held: &Proposal = world.accounts.proposals.get(&world.houses.get(house)?.proposal(number))?;
    Some((Due { number, proposer: address(held.proposer) }, held.held().ok()?))
}

pub fn create_underlying(world: &World, with: Arguments<'_>) -> Sent {
    let house = with.place(0)?;
    let (of, payer) = (world.houses.get(house)?, world.person(with.at(1)));
    if with.at(2) < 0 {
        let terms = listing::underlying_terms(world, *PRICED.get(with.place(3)?)?);
        return Some(vec![of.create_underlying(payer, terms)]);
    }
    let (due, Change::CreateUnderlying(terms)) = proposal(world, house, with.at(2))? else { return None };
    Some(vec![of.create_proposed_underlying(payer, due, terms)])
}

pub fn create_contract(world: &World, with: Arguments<'_>) -> Sent {
    let house = with.place(0)?;
    let (of, payer) = (world.houses.get(house)?, world.person(with.at(1)));
    let next = world.exchange(house)?.next_contract;
    if with.at(2) < 0 {
        let terms = listing::contract_terms(world, *PRICED.get(with.place(3)?)?);
        return Some(vec![of.create_contract(payer, next, terms)]);
    }
    let (due, Change::CreateContract(terms)) = proposal(world, house, with.at(2))? else { return None };
    Some(vec![of.create_proposed_contract(payer, due, next, terms)])
}

pub fn create_vault(world: &World, with: Arguments<'_>) -> Sent {
    let house = with.place(0)?;
    let (of, payer) = (world.houses.get(house)?, world.person(with.at(1)));
    if with.at(2) < 0 {
        let token = TOKENS.get(with.place(3)?)?;
        return Some(vec![of.create_vault(payer, token.of(), new_vault(with.at(3)))]);
    }
    let (due, Change::CreateVault(mint, terms)) = proposal(world, house, with.at(2))? else { return None };
    let token = TOKENS.iter().find(|token| key(&token.mint) == mint)?;
    Some(vec![of.create_proposed_vault(payer, due, token.of(), terms)])
}

fn new_vault(token: i64) -> VaultTerms {
    match token {
        0 => ballast_tests::terms::quote_vault(),
        1 => listing::vault_terms(ballast_tests::SOL),
        2 => listing::vault_terms(ballast_tests::BTC),
        _ => listing::vault_terms(ballast_tests::GOLD),
    }
}

/// An exchange, who proposes, a kind of change, what it is about, a parameter, and a factor in thousandths.
pub fn draw_proposal(draw: &mut Draw<'_>) -> Option<Vec<i64>> {
    let house = draw.house();
    let exchange = draw.world.exchange(house)?;
    let kind = draw.dice.below(CHANGES);
    let about = match kind {
        4 => draw.contract(house),
        1 | 3 | 10 => draw.underlying(house),
        _ => draw.dice.below(5),
    };
    let parameter = draw.dice.below(UNDERLYING_PARAMETERS);
    let factor = if draw.dice.chance(150) { draw.dice.between(0, 3_000) } else { draw.dice.between(910, 1_095) };
    let proposer = role(draw, house, |exchange| exchange.admin);
    if draw.dice.chance(300) {
        let number = exchange.next_proposal as i64;
        market::wait(draw, exchange.timelock as i64 + 1);
        let op = match kind {
            0 => "create_underlying",
            1 => "create_contract",
            2 => "create_vault",
            _ => "execute_change",
        };
        draw.then(op, &[house as i64, STRANGER, number]);
    }
    Some(vec![house as i64, proposer, kind, about, parameter, factor])
}

pub fn propose(world: &World, with: Arguments<'_>) -> Sent {
    let house = with.place(0)?;
    let change = change(world, house, Arguments(with.0.get(2..)?))?;
    let next = world.exchange(house)?.next_proposal;
    Some(vec![world.houses[house].propose_change(world.person(with.at(1)), next, change)])
}

/// A change of one parameter by a factor from what is in force.
fn change(world: &World, house: usize, with: Arguments<'_>) -> Option<Change> {
    let (about, parameter, factor) = (with.at(1), with.at(2), with.at(3));
    let board = world.board(house)?;
    let by = |value: i64| (i128::from(value) * i128::from(factor) / 1_000) as i64;
    let priced = *PRICED.get(about.rem_euclid(5) as usize)?;
    let token = TOKENS[about.rem_euclid(4) as usize];
    Some(match with.at(0) {
        0 => Change::CreateUnderlying(listing::underlying_terms(world, priced)),
        1 => Change::CreateContract(ContractTerms {
            underlying: about as u8,
            open_interest_cap: u64::from(parameter == 0),
            ..listing::contract_terms(world, priced)
        }),
        2 => Change::CreateVault(key(&token.mint), VaultTerms { cap: Tokens(0), ..new_vault(about.rem_euclid(4)) }),
        3 => Change::SetUnderlying(about as u8, underlying(board, about as u8, parameter, by)?),
        4 => {
            let row = board.contracts.iter().find(|row| i64::from(row.id) == about && row.id != 0)?;
            let contract = world.accounts.contracts.get(&world.houses[house].contract(row.id))?;
            let mut terms = ContractTerms::of(row, contract);
            match parameter % 3 {
                0 => terms.open_interest_cap = by(terms.open_interest_cap as i64).cast_unsigned(),
                1 => terms.funding.hour_cap = Ratio(by(terms.funding.hour_cap.0)),
                _ => terms.funding.day_cap = Ratio(by(terms.funding.day_cap.0)),
            }
            Change::SetContract(about as u32, terms)
        }
        5 => Change::SetVault(key(&token.mint), vault(world, house, &token.mint, parameter, by)?),
        6 => Change::SetExchange(exchange(world, house, parameter, by)?),
        7 => Change::SetOracleOwners([key(&PULL_OWNER), key(&LEGACY_OWNER), person(world, parameter), Key::NONE]),
        8 => {
            let [a, b, c] = [0, 1, 2].map(|place| person(world, REPORTERS + place));
            let last = if factor % 2 == 0 { Key::NONE } else { person(world, parameter) };
            Change::SetReporters([a, b, c, last, Key::NONE])
        }
        9 => Change::SetRoles(Roles {
            risk_manager: person(world, RISK_MANAGER),
            guardian: person(world, if parameter < 3 { NEXT_ADMIN } else { GUARDIAN }),
            treasury: person(world, if parameter < 3 { INSURER } else { ADMIN }),
        }),
        _ => Change::WindDown(about as u8),
    })
}

fn person(world: &World, person: Person) -> Key {
    key(&world.person(person))
}

fn underlying(board: &Board, row: u8, parameter: i64, by: impl Fn(i64) -> i64) -> Option<UnderlyingTerms> {
    let quotes = board.prices_quote != 0 && board.quote_underlying == row;
    let mut terms = UnderlyingTerms::of(board.underlying(row).ok()?, quotes).ok()?;
    let count = |value: u64| by(value as i64).cast_unsigned();
    match parameter {
        0 => terms.k = Ratio(by(terms.k.0)),
        1 => terms.sigma_floor = Ratio(by(terms.sigma_floor.0)),
        2 => terms.sigma_cap = Ratio(by(terms.sigma_cap.0)),
        3 => terms.horizon = count(terms.horizon),
        4 => terms.scan_minimum = Ratio(by(terms.scan_minimum.0)),
        5 => terms.scan_maximum = Ratio(by(terms.scan_maximum.0)),
        6 => terms.gamma = Ratio(by(terms.gamma.0)),
        7 => terms.up = Ratio(by(terms.up.0)),
        8 => terms.down = Ratio(by(terms.down.0)),
        9 => terms.confidence_limit = Ratio(by(terms.confidence_limit.0)),
        10 => terms.liquidation_fee = Ratio(by(terms.liquidation_fee.0)),
        11 => terms.open_interest_limit = Ratio(by(terms.open_interest_limit.0)),
        12 => terms.reward = Usd(by(terms.reward.0)),
        13 => terms.half_lives = terms.half_lives.map(count),
        14 => terms.depth.floor = Usd(by(terms.depth.floor.0)),
        15 => terms.depth.half_life = count(terms.depth.half_life),
        17 => terms.pace = Ratio(by(terms.pace.0)),
        16 => terms.learning = Ratio(by(terms.learning.0)),
        _ => terms.index.weight = Ratio(by(terms.index.weight.0)),
    }
    Some(terms)
}

fn vault(world: &World, house: usize, mint: &Pubkey, parameter: i64, by: impl Fn(i64) -> i64) -> Option<VaultTerms> {
    let held = world.accounts.vaults.get(&world.houses[house].vault(mint))?;
    let row = if held.is_quote() { None } else { world.board(house)?.vault(held.row).ok() };
    let mut terms = VaultTerms::of(held, row);
    match (parameter % 7, terms.collateral.as_mut()) {
        (0, _) | (_, None) => terms.cap = Tokens(by(terms.cap.0 as i64).cast_unsigned()),
        (1, Some(of)) => of.weight.base_haircut = Ratio(by(of.weight.base_haircut.0)),
        (2, Some(of)) => of.weight.k = Ratio(by(of.weight.k.0)),
        (3, Some(of)) => of.weight.fall_per_day = Ratio(by(of.weight.fall_per_day.0)),
        (4, Some(of)) => of.weight.rise_per_day = Ratio(by(of.weight.rise_per_day.0)),
        (5, Some(of)) => of.concentration_scale = Usd(by(of.concentration_scale.0)),
        (_, Some(of)) => of.discount = Ratio(by(of.discount.0)),
    }
    Some(terms)
}

fn exchange(world: &World, house: usize, parameter: i64, by: impl Fn(i64) -> i64) -> Option<ExchangeParameters> {
    let fund = world.accounts.funds.get(&world.houses[house].insurance_fund())?;
    let mut terms = ExchangeParameters::of(world.exchange(house)?, fund);
    match parameter % 7 {
        0 => terms.timelock = by(terms.timelock as i64).cast_unsigned(),
        1 => terms.trade_fee = Ratio(by(terms.trade_fee.0)),
        2 => terms.insurance_share = Ratio(by(terms.insurance_share.0)),
        3 => terms.reward_share = Ratio(by(terms.reward_share.0)),
        4 => terms.auction_seconds = by(terms.auction_seconds as i64).cast_unsigned(),
        5 => terms.unstake_cooldown = by(terms.unstake_cooldown as i64).cast_unsigned(),
        _ => terms.draw_per_contract = Usd(by(terms.draw_per_contract.0)),
    }
    Some(terms)
}

/// An exchange, who sends and a proposal.
pub fn draw_due(draw: &mut Draw<'_>) -> Option<Vec<i64>> {
    let house = draw.house();
    let who = role(draw, house, |exchange| exchange.guardian);
    Some(vec![house as i64, who, draw_number(draw, house)])
}

pub fn execute(world: &World, with: Arguments<'_>) -> Sent {
    let house = with.place(0)?;
    let (due, change) = proposal(world, house, with.at(2))?;
    Some(vec![world.houses[house].execute_change(due, &change)])
}

pub fn cancel(world: &World, with: Arguments<'_>) -> Sent {
    let house = with.place(0)?;
    let (due, _) = proposal(world, house, with.at(2))?;
    Some(vec![world.houses[house].cancel_change(world.person(with.at(1)), due)])
}

/// An exchange and its guardian.
pub fn draw_cancel_all(draw: &mut Draw<'_>) -> Option<Vec<i64>> {
    let house = draw.house();
    let of: fn(&Exchange) -> Key = if draw.dice.chance(500) { |held| held.guardian } else { |held| held.admin };
    Some(vec![house as i64, role(draw, house, of)])
}

pub fn cancel_all(world: &World, with: Arguments<'_>) -> Sent {
    Some(vec![world.houses.get(with.place(0)?)?.cancel_all_changes(world.person(with.at(1)))])
}

/// An exchange, its risk manager, what is tightened, which, a parameter and a factor in thousandths.
pub fn draw_tightening(draw: &mut Draw<'_>) -> Option<Vec<i64>> {
    let house = draw.house();
    let what = draw.dice.below(3);
    let which = if what == 2 { draw.token(house) } else { draw.underlying(house) };
    let factor = if draw.wild() { draw.dice.between(0, 3_000) } else { draw.dice.between(950, 1_060) };
    let who = role(draw, house, |exchange| exchange.risk_manager);
    Some(vec![house as i64, who, what, which, draw.dice.below(5), factor])
}

pub fn tighten(world: &World, with: Arguments<'_>) -> Sent {
    let house = with.place(0)?;
    let board = world.board(house)?;
    let by = |value: i64| (i128::from(value) * i128::from(with.at(5)) / 1_000) as i64;
    let (mut mint, row) = (None, with.row(3));
    let tightening = match with.at(2) {
        0 => Tightening::Underlying(row, of_underlying(board, row, with.at(4), by)?),
        1 => Tightening::Contract(row, by(board.contract(row).ok()?.open_interest_cap as i64).cast_unsigned()),
        _ => {
            let token = TOKENS.get(with.place(3)?)?;
            mint = Some(token.mint);
            Tightening::Vault(of_vault(world, house, &token.mint, with.at(4), by)?)
        }
    };
    Some(vec![world.houses[house].tighten(world.person(with.at(1)), mint, tightening)])
}

fn of_underlying(board: &Board, row: u8, parameter: i64, by: impl Fn(i64) -> i64) -> Option<UnderlyingTightening> {
    let terms = UnderlyingTerms::of(board.underlying(row).ok()?, false).ok()?;
    let mut change = UnderlyingTightening::default();
    match parameter {
        0 => change.k = Some(Ratio(by(terms.k.0))),
        1 => change.sigma_floor = Some(Ratio(by(terms.sigma_floor.0))),
        2 => change.scan_minimum = Some(Ratio(by(terms.scan_minimum.0))),
        3 => change.gamma = Some(Ratio(by(terms.gamma.0))),
        _ => change.open_interest_limit = Some(Ratio(by(terms.open_interest_limit.0))),
    }
    Some(change)
}

fn of_vault(
    world: &World,
    house: usize,
    mint: &Pubkey,
    parameter: i64,
    by: impl Fn(i64) -> i64,
) -> Option<VaultTightening> {
    let held = world.accounts.vaults.get(&world.houses[house].vault(mint))?;
    let terms = VaultTerms::of(held, world.board(house)?.vault(held.row).ok());
    let mut change = VaultTightening::default();
    match (parameter, terms.collateral) {
        (0 | 1, Some(of)) => change.base_haircut = Some(Ratio(by(of.weight.base_haircut.0))),
        (2 | 3, Some(of)) => change.k = Some(Ratio(by(of.weight.k.0))),
        // never to less than half: a cap falls for good
        _ => change.cap = Some(Tokens(by(terms.cap.0 as i64).cast_unsigned().max(terms.cap.0 / 2))),
    }
    Some(change)
}
