//! Random boards and accounts.

use ballast_core::model::{Depth, DepthReport, DepthTerms, Pace, Ramp, RampTerms, WeightRamp, WeightTerms};
use ballast_core::state::{
    Board, CollateralBalance, Contract, ContractRow, Exchange, InsuranceFund, MarginAccount, Pause, Position,
    UnderlyingRow, VaultRow,
};
use ballast_core::units::{Key, PerToken, Price, Ratio, Size, Timestamp, Tokens, Usd};
use bytemuck::Zeroable;

use super::account::{Account, Level};
use super::dice::Dice;
use super::model::BLOCK;
use super::units::{dollars, per_lot, per_token, to_per_lot, to_ratio, to_scan, to_usd};

pub const NOW: Timestamp = Timestamp(1_750_075_234);
const HOME: Key = Key([9; 32]);

/// A board, and which of its rows are in use.
pub struct World {
    pub board: Box<Board>,
    pub contracts: usize,
    pub vaults: usize,
}

pub fn ago(dice: &mut Dice, longest: i64) -> Timestamp {
    Timestamp(NOW.0 - dice.whole(0, longest))
}

pub fn ramp_terms(dice: &mut Dice) -> RampTerms {
    RampTerms::new(to_ratio(dice.between(0.05, 0.3)), to_ratio(dice.between(0.05, 0.5))).unwrap()
}

/// A ramp from anywhere to within four times of it, with the lows of a day that went up and down, or one that has arrived.
pub fn ramp(dice: &mut Dice) -> Ramp {
    let target = dice.scale(0.01, 0.5);
    if dice.chance(0.2) {
        return Ramp::at(to_scan(target), NOW);
    }
    let start = target * dice.scale(0.25, 4.0);
    ramp_from(dice, start, target, 400_000)
}

/// A ramp that was set at most so many seconds ago.
pub fn ramp_from(dice: &mut Dice, start: f64, target: f64, longest: i64) -> Ramp {
    let started_at = ago(dice, longest);
    let mut lows = [0; 5].map(|_| to_scan(start * dice.between(0.8, 1.3)));
    lows[place(started_at.0.div_euclid(BLOCK))] = to_scan(start * dice.between(0.9, 1.0));
    Ramp { start: to_scan(start), started_at, target: to_scan(target), lows }
}

/// Where a ramp keeps the low of a block.
pub fn place(block: i64) -> usize {
    block.rem_euclid(5) as usize
}

pub fn weight_terms(dice: &mut Dice) -> WeightTerms {
    WeightTerms {
        base_haircut: to_ratio(dice.between(0.0, 0.3)),
        k: to_ratio(dice.between(2.0, 6.0)),
        horizon: dice.whole(3_600, 604_800) as u64,
        fall_per_day: to_ratio(dice.between(0.02, 0.5)),
        rise_per_day: to_ratio(dice.between(0.02, 0.5)),
    }
}

/// A depth that somebody has just measured.
fn depth(dice: &mut Dice) -> Depth {
    let value = to_usd(dice.scale(1e5, 1e9));
    let mut depth = Depth { value, median: value, at: NOW, ..Depth::default() };
    depth.reports[0] = DepthReport { depth: value, at: NOW };
    depth
}

fn underlying(dice: &mut Dice, row: usize) -> UnderlyingRow {
    let price = dice.scale(1e5, 1e13);
    UnderlyingRow {
        oracle: Key([row as u8 + 1; 32]),
        price: Price(price as u64),
        ema: Price((price * dice.between(0.9, 1.1)) as u64),
        confidence: to_ratio(dice.between(0.0, 0.009)),
        published_at: ago(dice, 20),
        ramp_terms: ramp_terms(dice),
        ramp: ramp(dice),
        confidence_limit: Ratio::percent(1),
        liquidation_fee: to_ratio(dice.scale(0.001, 0.05)),
        depth: depth(dice),
        depth_terms: DepthTerms { quorum: 1, ..DepthTerms::default() },
        open_interest_limit: Ratio(1_000_000_000_000),
        ..UnderlyingRow::zeroed()
    }
}

fn contract(dice: &mut Dice, row: usize, underlying: usize) -> ContractRow {
    let mark = dice.scale(0.01, 1_000.0);
    let mut terms = ContractRow {
        id: 1_000 + row as u32,
        kind: 1,
        underlying: underlying as u8,
        next: u8::MAX,
        mark: to_per_lot(mark),
        ema_mark: to_per_lot(mark * dice.between(0.95, 1.05)),
        loss_long: to_usd(mark * dice.between(0.0, 0.01)),
        loss_short: to_usd(mark * dice.between(0.0, 0.01)),
        open_interest_cap: 1_000_000_000_000_000,
        ..ContractRow::zeroed()
    };
    terms.funding.index = to_usd(mark * dice.between(-0.1, 0.1));
    terms
}

fn vault(dice: &mut Dice, row: usize, underlying: usize) -> VaultRow {
    let value = dice.scale(1e6, 1e12);
    let (start, target) = (dice.between(0.1, 0.95), dice.between(0.0, 0.95));
    let weight = WeightRamp { start: to_ratio(start), started_at: ago(dice, 300_000), target: to_ratio(target) };
    VaultRow {
        mint: Key([100 + row as u8; 32]),
        underlying: underlying as u8,
        next: u8::MAX,
        decimals: 6,
        value: PerToken(value as u64),
        ema_value: PerToken((value * dice.between(0.9, 1.1)) as u64),
        weight_terms: weight_terms(dice),
        weight: if dice.chance(0.2) { WeightRamp::at(to_ratio(target), NOW) } else { weight },
        discount: to_ratio(dice.between(0.0, 0.2)),
        initial_weight: to_ratio(dice.between(0.0, 0.95)),
        ..VaultRow::zeroed()
    }
}

/// A board with up to twelve underlyings, up to three contracts on each, and up to sixteen vaults.
pub fn world(dice: &mut Dice) -> World {
    let mut board = Box::new(Board::zeroed());
    board.version = 1;
    board.exchange = HOME;
    let underlyings = dice.whole(1, 12) as usize;
    for row in 0..underlyings {
        board.underlyings[row] = underlying(dice, row);
    }
    let mut contracts = 0;
    for row in 0..underlyings {
        for _ in 0..dice.whole(1, 3) {
            board.contracts[contracts] = contract(dice, contracts, row);
            contracts += 1;
        }
    }
    let vaults = dice.whole(1, 16) as usize;
    for row in 0..vaults {
        let priced_by = dice.whole(0, underlyings as i64 - 1) as usize;
        board.vaults[row] = vault(dice, row, priced_by);
    }
    if dice.chance(0.2) {
        board.quote_discount = to_ratio(dice.between(0.01, 0.3));
    }
    World { board, contracts, vaults }
}

pub fn empty_account(owner: u8) -> MarginAccount {
    MarginAccount { version: 1, exchange: HOME, owner: Key([owner; 32]), ..MarginAccount::zeroed() }
}

/// A position worth up to a million dollars, with a basis near its cost and indices of some time ago.
pub fn position(dice: &mut Dice, board: &Board, row: usize) -> Position {
    let terms = &board.contracts[row];
    let mark = per_lot(terms.mark);
    let side = dice.sign();
    let lots = if dice.chance(0.1) { 0 } else { (dice.scale(10.0, 1e6) / mark).ceil() as i64 };
    let cost = -((side * lots) as f64) * mark * dice.between(0.85, 1.15);
    let basis = if lots == 0 { dice.between(-1e4, 1e4) } else { cost };
    let before = |index: Usd, back: f64| Usd(index.0 - (back * mark * 1e6) as i64);
    let losses = if side > 0 { terms.loss_long } else { terms.loss_short };
    Position {
        contract: terms.id,
        row: row as u8,
        underlying: terms.underlying,
        side: side as i8,
        padding: 0,
        size: Size(side * lots),
        basis: to_usd(basis),
        funding_index: before(terms.funding.index, dice.between(-0.01, 0.01)),
        loss_index: before(losses, dice.between(0.0, 0.005)),
        pace: Pace::default(),
    }
}

/// Up to sixteen positions and seven collaterals, some of them dust.
pub fn account(dice: &mut Dice, world: &World) -> MarginAccount {
    let mut account = empty_account(1);
    let share = dice.unit();
    for row in 0..world.contracts {
        if dice.chance(share) && account.position_count < 16 {
            account.put(position(dice, &world.board, row)).unwrap();
        }
    }
    pledge(dice, world, &mut account);
    account.cash = to_usd(dice.scale(1.0, 1e6));
    account
}

pub fn pledge(dice: &mut Dice, world: &World, account: &mut MarginAccount) {
    let mut place = 0;
    for row in 0..world.vaults {
        if dice.chance(0.4) && place < 7 {
            let value = per_token(world.board.vaults[row].value);
            let amount = Tokens((dice.scale(1.0, 1e5) / value).ceil() as u64);
            account.collateral[place] = CollateralBalance { amount, vault: row as u8, padding: [0; 7] };
            place += 1;
        }
    }
}

/// Sets cash so that equity is `multiple` of maintenance; what cash cannot take away goes from a basis.
pub fn fund_to(account: &mut MarginAccount, board: &Board, multiple: f64) {
    let seen = Account::of(account, board, NOW);
    let wanted = multiple * seen.requirement(Level::Maintenance);
    let cash = dollars(account.cash) + wanted - seen.equity(Level::Maintenance);
    account.cash = to_usd(cash.max(0.0));
    if cash < 0.0 {
        account.positions[0].basis = Usd(account.positions[0].basis.0 + to_usd(cash).0);
    }
}

pub fn exchange(dice: &mut Dice) -> Exchange {
    Exchange {
        version: 1,
        trade_fee: to_ratio(dice.between(0.0, 0.005)),
        insurance_share: to_ratio(dice.unit()),
        reward_share: to_ratio(dice.unit()),
        auction_seconds: dice.whole(60, 3_600) as u64,
        pauses: [Pause::default(); 4],
        ..Exchange::zeroed()
    }
}

pub fn contract_account(board: &Board, row: usize) -> Contract {
    Contract {
        version: 1,
        row: row as u8,
        id: board.contracts[row].id,
        exchange: HOME,
        open_interest: 1_000_000_000_000,
        holders: 1_000,
        ..Contract::zeroed()
    }
}

/// A contract with open interest of 20 million dollars, which a thousand depths carry.
pub fn traded_contract(board: &Board, row: usize) -> Contract {
    let lots = (2e7 / per_lot(board.contracts[row].mark)) as u64;
    Contract { open_interest: lots, ..contract_account(board, row) }
}

pub fn insurance(balance: f64) -> InsuranceFund {
    InsuranceFund {
        version: 1,
        exchange: HOME,
        balance: to_usd(balance),
        draw_per_contract: to_usd(1e9),
        draw_per_day: to_usd(1e9),
        unstake_cooldown: 604_800,
        ..InsuranceFund::zeroed()
    }
}
