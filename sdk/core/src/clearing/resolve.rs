//! What becomes of an insolvent account whose last position was taken.
//!
//! Claims on other contracts and dust go to the insurance fund at face; cash pays losses; the fund covers within its
//! limits; of the rest every lot on the opposite side is charged whole units through an index; what remains is the
//! contract's deficit. Collateral that is no dust is sold before, which waits while its feed is bad: until that has a price
//! again, or is wound down.

use super::charge::Charge;
use super::top_up::day_of;
use crate::error::{BallastError, Result};
use crate::margin::is_dust;
use crate::math;
use crate::state::{Board, Contract, ContractRow, Deficit, InsuranceFund, MarginAccount, Position};
use crate::units::{Size, Timestamp, Tokens, Usd};

/// Collateral worth less is dust: 10 USD.
pub(crate) const DUST: Usd = Usd(10_000_000);

/// Who carried the loss of an insolvent account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "anchor", derive(anchor_lang::AnchorSerialize, anchor_lang::AnchorDeserialize))]
pub struct Resolved {
    /// Whether an account was resolved.
    pub resolved: bool,
    /// Covered by the insurance fund.
    pub by_insurance: Usd,
    /// Charged to the opposite side through the index.
    pub by_index: Usd,
    /// Left as the contracts' deficit.
    pub deficit: Usd,
}

/// An account can be resolved when its collateral is sold and all contracts in which it holds basis are at hand.
///
/// # Errors
/// `CollateralRemains`, `ContractMissing`.
pub(crate) fn require_resolvable(
    account: &MarginAccount,
    contract: u32,
    others: &[&mut Contract],
    board: &Board,
) -> Result<()> {
    if worth_selling(account, board)? {
        return Err(BallastError::CollateralRemains);
    }
    let at_hand = |id: u32| id == contract || others.iter().any(|other| other.id == id);
    if account.positions().iter().all(|held| at_hand(held.contract)) {
        Ok(())
    } else {
        Err(BallastError::ContractMissing)
    }
}

/// Resolves an account that holds no size any more and whose equity is below zero.
///
/// `contract` and `others` are the accounts of all contracts in which it holds basis; `opposite` are the lots that stand
/// against it in `contract`, those of the keeper that takes over its last position among them. `require_resolvable` comes
/// before the first write.
///
/// # Errors
/// `ContractMissing`.
pub(crate) fn resolve(
    account: &mut MarginAccount,
    contract: &mut Contract,
    opposite: u64,
    others: &mut [&mut Contract],
    fund: &mut InsuranceFund,
    board: &mut Board,
    now: Timestamp,
) -> Result<Resolved> {
    let main = contract.id;
    let contracts = &mut Involved { contract, others };
    hand_over_dust(account, contracts.contract, fund, board, now)?;
    collect_claims(account, contracts, fund, board, now)?;
    let mut sum = Resolved { resolved: true, ..Resolved::default() };
    // only losses are left; the places move as they are freed, so always take the last
    while let Some(position) = account.positions().last().copied() {
        let contract = contracts.of(&position)?;
        let loss = position.basis.negated()?;
        let from_cash = account.cash.min(loss);
        account.pay(from_cash)?;
        let covered = draw(fund, contract, loss.minus(from_cash)?, now)?;
        contract.pool = contract.pool.plus(from_cash)?.plus(covered)?;
        let rest = loss.minus(from_cash)?.minus(covered)?;
        let lots = match board.contract(contract.row)?.settled_at {
            // of a settled contract some have closed and left: nobody is charged, claims wait
            settled if settled != Timestamp::ZERO => 0,
            _ if contract.id == main => opposite,
            _ => contract.open_interest,
        };
        let charged = charge(board, contract.row, fund, lots, position.side, rest, now)?;
        repay(board, contract, fund)?;
        free(account, contract, position)?;
        sum.by_insurance = sum.by_insurance.plus(covered)?;
        sum.by_index = sum.by_index.plus(charged)?;
        sum.deficit = sum.deficit.plus(rest.minus(charged)?.max(Usd::ZERO))?;
    }
    account.liquidation_at = Timestamp::ZERO;
    account.called_at = Timestamp::ZERO;
    account.loss_since = Timestamp::ZERO;
    account.loss_seen_at = Timestamp::ZERO;
    Ok(sum)
}

/// Whether a kind of collateral is worth selling before.
pub(crate) fn worth_selling(account: &MarginAccount, board: &Board) -> Result<bool> {
    for held in account.collateral.iter().filter(|held| held.amount != Tokens::ZERO) {
        if !is_dust(math::wide_u(held.amount.0, board.vault(held.vault)?.value.0)) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The contracts in which an account holds basis.
struct Involved<'a, 'c> {
    contract: &'a mut Contract,
    others: &'a mut [&'c mut Contract],
}

impl Involved<'_, '_> {
    fn of(&mut self, position: &Position) -> Result<&mut Contract> {
        if self.contract.id == position.contract {
            return Ok(self.contract);
        }
        let found = self.others.iter_mut().find(|contract| contract.id == position.contract);
        found.map(|contract| &mut **contract).ok_or(BallastError::ContractMissing)
    }
}

/// Moves dust to the fund, which pays its face value within its limits: it gets something for it, but no cash.
fn hand_over_dust(
    account: &mut MarginAccount,
    contract: &mut Contract,
    fund: &mut InsuranceFund,
    board: &Board,
    now: Timestamp,
) -> Result<()> {
    let mut worth = Usd::ZERO;
    for held in account.collateral {
        if held.amount == Tokens::ZERO {
            continue;
        }
        worth = worth.plus(held.amount.value_down(board.vault(held.vault)?.value)?)?;
        let store = fund.collateral.get_mut(usize::from(held.vault)).ok_or(BallastError::UnknownVault)?;
        *store = store.plus(held.amount)?;
        account.take_collateral(held.vault, held.amount)?;
    }
    account.receive(draw(fund, contract, worth, now)?)?;
    Ok(())
}

/// Turns claims into cash: from the contract's pool, then from the fund, to which the contract owes the rest thereafter.
///
/// The fund takes all of the rest over and pays for it within its limits: an insolvent account keeps no claim while
/// others carry its loss, and a claim on a contract whose losers are insolvent too does not empty the fund.
fn collect_claims(
    account: &mut MarginAccount,
    contracts: &mut Involved<'_, '_>,
    fund: &mut InsuranceFund,
    board: &mut Board,
    now: Timestamp,
) -> Result<()> {
    for place in (0..usize::from(account.position_count)).rev() {
        let Some(position) = account.positions().get(place).copied().filter(|held| held.basis > Usd::ZERO) else {
            continue;
        };
        let contract = contracts.of(&position)?;
        let deficit = board.contract(contract.row)?.deficit;
        let from_pool = if deficit.is_open() { Usd::ZERO } else { position.basis.min(contract.pool) };
        contract.pool = contract.pool.minus(from_pool)?;
        let rest = position.basis.minus(from_pool)?;
        let from_fund = draw(fund, contract, rest, now)?;
        // whom the claim stood against shall be charged for less
        let opposite = if position.side >= 0 { -1 } else { 1 };
        let (deficit, rest_owed) = deficit.relieved(opposite, rest)?;
        set_deficit(board.contract_mut(contract.row)?, fund, deficit.with_owed(rest_owed)?)?;
        account.receive(from_pool.plus(from_fund)?)?;
        free(account, contract, position)?;
    }
    Ok(())
}

fn free(account: &mut MarginAccount, contract: &mut Contract, position: Position) -> Result<()> {
    account.put(Position { size: Size::ZERO, basis: Usd::ZERO, ..position })?;
    contract.holders = contract.holders.saturating_sub(1);
    Ok(())
}

/// Draws from the fund within the limits of the contract and the day.
pub(crate) fn draw(fund: &mut InsuranceFund, contract: &mut Contract, wanted: Usd, now: Timestamp) -> Result<Usd> {
    let day = day_of(now);
    let of_day = if fund.day == day { fund.drawn_today } else { Usd::ZERO };
    let of_contract = if contract.draw_day == day { contract.drawn_today } else { Usd::ZERO };
    let allowed = fund.draw_per_day.minus(of_day)?.min(fund.draw_per_contract.minus(of_contract)?);
    let drawn = wanted.min(allowed).min(fund.balance).max(Usd::ZERO);
    fund.balance = fund.balance.minus(drawn)?;
    fund.day = day;
    fund.drawn_today = of_day.plus(drawn)?;
    contract.draw_day = day;
    contract.drawn_today = of_contract.plus(drawn)?;
    Ok(drawn)
}

/// Charges the `lots` opposite to `side` for a loss, at once as far as a charge goes; the rest is the contract's deficit.
/// Returns what they pay, which may exceed the loss by less than a unit per lot.
fn charge(
    board: &mut Board,
    contract: u8,
    fund: &mut InsuranceFund,
    lots: u64,
    side: i8,
    loss: Usd,
    now: Timestamp,
) -> Result<Usd> {
    if loss <= Usd::ZERO {
        return Ok(Usd::ZERO);
    }
    let mut row = *board.contract(contract)?;
    super::charge::renew(&mut row, now);
    let underlying = board.underlying(row.underlying)?;
    let effective = underlying.ramp.effective(&underlying.ramp_terms, now)?;
    let charge = Charge::of(loss, lots, (&row, side), effective, underlying.liquidation_fee)?;
    let deficit = if charge.charged < loss {
        row.deficit.with_loss(side, loss.minus(charge.charged)?)?
    } else {
        let (deficit, surplus) = row.deficit.relieved(side, charge.charged.minus(loss)?)?;
        deficit.with_owed(surplus)?
    };
    set_deficit(&mut row, fund, deficit)?;
    charge.write(&mut row, side)?;
    *board.contract_mut(contract)? = row;
    Ok(charge.charged)
}

/// Writes a contract's deficit, and the fund's claim on it.
fn set_deficit(row: &mut ContractRow, fund: &mut InsuranceFund, deficit: Deficit) -> Result<()> {
    fund.owed = fund.owed.plus(deficit.owed_to_fund)?.minus(row.deficit.owed_to_fund)?;
    row.deficit = deficit;
    Ok(())
}

/// Pays the fund what a contract owes it, as far as the pool reaches.
pub(crate) fn repay(board: &mut Board, contract: &mut Contract, fund: &mut InsuranceFund) -> Result<()> {
    let row = board.contract_mut(contract.row)?;
    if row.deficit.owed_to_fund == Usd::ZERO && row.deficit.surplus == Usd::ZERO {
        return Ok(());
    }
    let (deficit, paid) = row.deficit.repaid(contract.pool)?;
    contract.pool = contract.pool.minus(paid)?;
    fund.balance = fund.balance.plus(paid)?;
    set_deficit(row, fund, deficit)
}
