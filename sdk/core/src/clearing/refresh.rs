//! Accepts a price and writes what follows from it.

use core::ops::Deref;

use super::charge;
use super::deposit::initial_weight;
use super::measure::{Measured, measure};
use crate::error::{BallastError, Result};
use crate::margin::{Rounding, per_lot, per_token, scaled};
use crate::math;
use crate::model::feed::{AFTER_OUTAGE, DIVERGED};
use crate::model::{Quote, Update, open_interest};
use crate::state::{Board, Contract, MarginAccount, NO_ROW, UnderlyingRow, Vault};
use crate::units::{Fine, ONE, PerLot, Price, Ratio, Scan, Size, Timestamp, Usd, Variance, magnitude, signed};

/// A price is refused further ahead of the cluster's clock, which lags after a halt: a day.
const FURTHEST_AHEAD: u64 = 86_400;
/// Least price in its unit: below it a digit is worth more than 0.1 %.
const LEAST_PRICE: Price = Price(1_000);
/// From this price on cash counts at par: pegs move by less every day.
const QUOTE_AT_PAR: Ratio = Ratio::percent(99);
/// Least exponent that an oracle may publish.
const LEAST_EXPONENT: i32 = -12;

/// What an oracle account says, as published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// Price, times 10^exponent USD a token.
    pub price: i64,
    /// Confidence interval, in the same unit.
    pub confidence: u64,
    /// Moving average, in the same unit.
    pub ema: i64,
    /// Power of ten of the above.
    pub exponent: i32,
    /// Unix seconds.
    pub published_at: Timestamp,
    /// Publish time of the update before, Unix seconds.
    pub previous_published_at: Timestamp,
}

/// The accounts of a refresh.
#[derive(Debug)]
pub struct Refreshing<'a, C, V> {
    /// All contracts on the underlying, in the order of the board's list.
    pub contracts: &'a [C],
    /// All vaults that it prices, in the order of the board's list.
    pub vaults: &'a [V],
    /// The keeper's account, which is paid.
    pub keeper: Option<&'a mut MarginAccount>,
}

/// What a refresh did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refreshed {
    /// Accepted price.
    pub price: Price,
    /// Its publish time.
    pub published_at: Timestamp,
    /// Whether its confidence interval is above the limit: then it moves neither volatility nor coverage.
    pub wide: bool,
    /// Whether it is further than four scan ranges from the moving average: then volatility waits.
    pub diverged: bool,
    /// Whether it ends an outage somewhere else, two minutes ago at most: then liquidation waits.
    pub after_outage: bool,
    /// What it made of the risk model.
    pub measured: Measured,
    /// Paid to the keeper.
    pub reward: Usd,
    /// Charged through loss indices for deficits.
    pub charged: Usd,
}

/// A reading in the underlying's unit.
struct Priced {
    price: Price,
    ema: Price,
    confidence: Ratio,
}

/// Accepts a price of one underlying: writes price, open interest, volatility, target, ramps, coverage, marks and funding.
///
/// A Wide price updates the board, not the volatility, and a Diverged one that only later. The keeper is paid from the budget when its price is a sample.
///
/// # Errors
/// `OraclePriceNotPositive`, `OracleExponent`, `OraclePriceTooSmall`, `OraclePriceNotNewer`, `OracleSameSlot`,
/// `OraclePriceFromFuture`, `UnderlyingWoundDown`, `ContractMissing`, `WrongContract`, `VaultMissing`, `WrongVault`.
pub fn refresh<C: Deref<Target = Contract>, V: Deref<Target = Vault>>(
    board: &mut Board,
    underlying: u8,
    reading: &Reading,
    accounts: Refreshing<'_, C, V>,
    clock: Timestamp,
    slot: u64,
) -> Result<Refreshed> {
    let Refreshing { contracts, vaults, keeper } = accounts;
    let mut row = *board.underlying(underlying)?;
    let priced = accept(&row, reading, clock, slot)?;
    let newest = board.newest_publish_time.max(reading.published_at);
    let now = clock.max(newest);
    if row.feed.is_wound_down(now) {
        return Err(BallastError::UnderlyingWoundDown);
    }
    row.price = priced.price;
    row.ema = priced.ema;
    row.confidence = priced.confidence;
    row.published_at = reading.published_at;
    row.accepted_slot = slot;

    row.open_notional = check_contracts(board, &row, contracts)?;
    check_vaults(board, &row, vaults)?;
    let elapsed = now.since(row.open_interest_at);
    row.open_interest = open_interest::average(row.open_interest, row.open_notional, elapsed)?;
    row.open_interest_at = now;

    let wide = row.confidence > row.confidence_limit;
    let (price, ema, published_at) = (row.price, row.ema, row.published_at);
    let quote = Quote { price, ema, published_at, wide };
    let (flaws, enters) = row.feed.observe(&quote, (&row.ramp, &row.ramp_terms), now)?;
    row.flaws = flaws;
    let update = Update {
        price: row.price,
        published_at: row.published_at,
        previous_published_at: reading.previous_published_at,
    };
    let measured = measure(&mut row, update, enters, now)?;
    let paid = measured.sampled && keeper.is_some();
    let reward = if paid { row.reward.min(row.reward_budget).max(Usd::ZERO) } else { Usd::ZERO };
    row.reward_budget = row.reward_budget.minus(reward)?;
    let cash = match &keeper {
        Some(account) => account.cash.plus(reward)?,
        None => Usd::ZERO,
    };
    // a Wide price says nothing about a peg
    let prices_quote = board.prices_quote != 0 && board.quote_underlying == underlying && !wide;
    let discount = if prices_quote { quote_discount(&row)? } else { board.quote_discount };
    write_vaults(board, &row, vaults, measured.sampled.then_some(measured.variance), now)?;

    let charged = write_contracts(board, &row, contracts, measured.effective, now)?;
    if let Some(account) = keeper {
        account.cash = cash;
    }
    board.quote_discount = discount;
    board.newest_publish_time = newest;
    *board.underlying_mut(underlying)? = row;
    Ok(Refreshed {
        price,
        published_at,
        wide,
        diverged: flaws & DIVERGED != 0,
        after_outage: flaws & AFTER_OUTAGE != 0,
        measured,
        reward,
        charged,
    })
}

/// What the quote currency lacks to a dollar, while its price is below 0.99; cash counts at par above.
fn quote_discount(row: &UnderlyingRow) -> Result<Ratio> {
    // 1e-8 USD per 10^n tokens is 10^(1 - n) of 1e-9 USD a token
    let shift = 1_i32.saturating_sub(i32::from(row.price_exponent));
    let price = Ratio(signed(scaled(row.price.0, shift, Rounding::Down)?)?);
    if price < QUOTE_AT_PAR { ONE.minus(price) } else { Ok(Ratio::ZERO) }
}

/// Checks a reading and brings it to the underlying's unit.
fn accept(row: &UnderlyingRow, reading: &Reading, clock: Timestamp, slot: u64) -> Result<Priced> {
    if reading.price <= 0 || reading.ema <= 0 {
        return Err(BallastError::OraclePriceNotPositive);
    }
    if !(LEAST_EXPONENT..=0).contains(&reading.exponent) {
        return Err(BallastError::OracleExponent);
    }
    if reading.published_at <= row.published_at {
        return Err(BallastError::OraclePriceNotNewer);
    }
    require_not_future(reading, clock)?;
    if row.price != Price::ZERO && slot == row.accepted_slot {
        return Err(BallastError::OracleSameSlot);
    }
    // 10^exponent USD a token is 10^(exponent + 8 + n) in units of 1e-8 USD per 10^n tokens
    let shift = reading.exponent.saturating_add(8).saturating_add(i32::from(row.price_exponent));
    let price = Price(scaled(magnitude(reading.price)?, shift, Rounding::Nearest)?);
    let ema = Price(scaled(magnitude(reading.ema)?, shift, Rounding::Nearest)?);
    if price < LEAST_PRICE || ema < LEAST_PRICE {
        return Err(BallastError::OraclePriceTooSmall);
    }
    let confidence =
        math::mul_div_ceil(reading.confidence, ONE.0.unsigned_abs(), magnitude(reading.price)?).unwrap_or(u64::MAX);
    // a confidence interval above eight times the price is as Wide as any other
    let confidence = Ratio(signed(confidence.min(8_000_000_000))?);
    Ok(Priced { price, ema, confidence })
}

/// Fails for a reading further ahead of the clock than a halt explains.
pub(crate) fn require_not_future(reading: &Reading, clock: Timestamp) -> Result<()> {
    if reading.published_at.since(clock) > FURTHEST_AHEAD {
        return Err(BallastError::OraclePriceFromFuture);
    }
    Ok(())
}

/// `value x 10^shift`, to nearest.
pub(crate) fn scaled_to_nearest(value: u64, shift: i32) -> Result<u64> {
    scaled(value, shift, Rounding::Nearest)
}

/// Checks that the accounts are the contracts on the underlying, all of them in order, and that their values fit; sums
/// one side's open notional.
fn check_contracts<C: Deref<Target = Contract>>(board: &Board, row: &UnderlyingRow, contracts: &[C]) -> Result<Usd> {
    let mut next = row.first_contract;
    let mut accounts = contracts.iter();
    let mut open = Fine::ZERO;
    while next != NO_ROW {
        let contract = board.contract(next)?;
        let account = accounts.next().ok_or(BallastError::ContractMissing)?;
        if account.id != contract.id || account.exchange != board.exchange {
            return Err(BallastError::WrongContract);
        }
        let mark = per_lot(row.price, row, contract)?;
        if mark.min(per_lot(row.ema, row, contract)?) <= PerLot::ZERO {
            return Err(BallastError::OraclePriceTooSmall);
        }
        let side = Size(signed(account.open_interest)?).at(mark);
        open = open.plus(Fine(side.0.unsigned_abs()))?;
        next = contract.next;
    }
    if accounts.next().is_some() {
        return Err(BallastError::WrongContract);
    }
    math::udiv_floor(open.0, crate::units::NOTIONAL_PER_USD).and_then(signed).map(Usd)
}

/// Sets marks and funding. Cannot fail for contracts that were checked: a funding that leaves its range is not paid, since a
/// price must be accepted whatever it makes of one contract.
fn write_contracts<C: Deref<Target = Contract>>(
    board: &mut Board,
    row: &UnderlyingRow,
    contracts: &[C],
    effective: Scan,
    now: Timestamp,
) -> Result<Usd> {
    let (mut next, mut charged) = (row.first_contract, Usd::ZERO);
    for account in contracts {
        let contract = board.contract_mut(next)?;
        let mark = per_lot(row.price, row, contract)?;
        let terms = contract.funding_terms;
        let premium = account.premium.cumulative_at(now);
        premium.and_then(|premium| contract.funding.advance(&terms, premium, mark, now)).ok();
        contract.mark = mark;
        contract.ema_mark = per_lot(row.ema, row, contract)?;
        contract.open_interest = account.open_interest;
        if row.flaws == 0 {
            // a charge that has no place in the books waits: a price must be accepted whatever it makes of a deficit
            let paid = charge::again(contract, account.open_interest, effective, row.liquidation_fee, now);
            charged = charged.plus(paid.unwrap_or(Usd::ZERO)).unwrap_or(charged);
        }
        next = contract.next;
    }
    Ok(charged)
}

/// Checks that the accounts are the vaults that the underlying prices, all of them in order.
fn check_vaults<V: Deref<Target = Vault>>(board: &Board, row: &UnderlyingRow, vaults: &[V]) -> Result<()> {
    let mut next = row.first_vault;
    let mut accounts = vaults.iter();
    while next != NO_ROW {
        let account = accounts.next().ok_or(BallastError::VaultMissing)?;
        if account.row != next || account.exchange != board.exchange {
            return Err(BallastError::WrongVault);
        }
        next = board.vault(next)?.next;
    }
    if accounts.next().is_some() { Err(BallastError::WrongVault) } else { Ok(()) }
}

/// Values collateral and sets its weights; fails for no terms within their bounds. The ramped weight moves with the samples, by volatility and by the average of
/// the deposits; the initial weight moves at once, by the deposits of now where they are more.
fn write_vaults<V: Deref<Target = Vault>>(
    board: &mut Board,
    row: &UnderlyingRow,
    vaults: &[V],
    variance: Option<Variance>,
    now: Timestamp,
) -> Result<()> {
    let mut next = row.first_vault;
    for account in vaults {
        let vault = board.vault_mut(next)?;
        vault.value = per_token(row.price, row, vault);
        vault.ema_value = per_token(row.ema, row, vault);
        if let Some(variance) = variance {
            // what comes and goes around a sample does not count
            let held = account.ledger.min(vault.least_ledger);
            vault.least_ledger = account.ledger;
            let deposits = held.value_down(vault.value).unwrap_or(Usd(i64::MAX));
            vault.concentration.observe(deposits, now)?;
            vault.sigma_weight = vault.weight_terms.target(variance)?;
            let (terms, concentration) = (vault.weight_terms, vault.concentration);
            let weight = concentration.applied(vault.sigma_weight, concentration.deposits)?;
            vault.weight.retarget(&terms, weight, now)?;
        }
        vault.initial_weight = initial_weight(vault, account.ledger)?;
        next = vault.next;
    }
    Ok(())
}
