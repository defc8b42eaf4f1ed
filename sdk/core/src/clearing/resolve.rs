//! What becomes of an insolvent account whose last position was taken.
//!
//! Claims on other contracts and dust go to the insurance fund at face; cash pays losses; the fund covers within its
//! limits; of the rest every lot on the opposite side is charged whole units through an index; what remains is the
//! contract's deficit. Collateral that is no dust is sold before. What cannot be sold, because its price is not Good, is
//! waited for only while it may be worth what the account lacks; else the fund takes it over like dust, so that a few
//! dollars in a bad feed shield nobody.

use super::cover::{Loss, cover, draw, set_deficit};
use crate::error::{BallastError, Result};
use crate::margin::{Counts, at_high_edge, counts, is_dust, per_token};
use crate::math;
use crate::state::{Board, Contract, InsuranceFund, MarginAccount, Position};
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

/// What an account's collateral is judged by before its last position goes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Waits {
    /// What the account lacks to equity, with what has no Good price at the edge that favours it.
    pub lack: Usd,
    pub now: Timestamp,
}

/// An account can be resolved when no collateral is waited for and all contracts in which it holds basis are at hand.
///
/// # Errors
/// `CollateralRemains`, `ContractMissing`.
pub(crate) fn require_resolvable(
    account: &MarginAccount,
    contract: u32,
    others: &[&mut Contract],
    board: &Board,
    waits: Waits,
) -> Result<()> {
    if waits.for_collateral(account, board)? {
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
        contract.pool = contract.pool.plus(from_cash)?;
        let lack = loss.minus(from_cash)?;
        let opposite = match board.contract(contract.row)?.settled_at {
            // of a settled contract some have closed and left: nobody is charged, claims wait
            settled if settled != Timestamp::ZERO => 0,
            _ if contract.id == main => opposite,
            _ => contract.open_interest,
        };
        let loss = Loss { amount: lack, lack, side: position.side, opposite, last: true };
        let covered = cover(loss, contract, fund, board, now)?;
        repay(board, contract, fund)?;
        free(account, contract, position)?;
        sum.by_insurance = sum.by_insurance.plus(covered.by_insurance)?;
        sum.by_index = sum.by_index.plus(covered.by_index)?;
        sum.deficit = sum.deficit.plus(lack)?.minus(covered.relief)?;
    }
    account.end_liquidation();
    account.called_at = Timestamp::ZERO;
    account.loss_since = Timestamp::ZERO;
    account.loss_seen_at = Timestamp::ZERO;
    Ok(sum)
}

impl Waits {
    /// Whether the last position waits for collateral. Dust is not waited for; what can be sold is, and what is held, since
    /// a hold ends; what cannot be sold, because its price is not Good, is while all of it is worth at least what the
    /// account lacks, at the edges that favour it.
    fn for_collateral(self, account: &MarginAccount, board: &Board) -> Result<bool> {
        let mut unsold = Usd::ZERO;
        for held in account.collateral.iter().filter(|held| held.amount != Tokens::ZERO) {
            let vault = board.vault(held.vault)?;
            if is_dust(math::wide_u(held.amount.0, vault.value.0)) {
                continue;
            }
            match counts(board.underlying(vault.underlying)?, self.now)?.0 {
                Counts::AtSpot | Counts::Held => return Ok(true),
                Counts::AtEdge => {
                    unsold = unsold.plus(held.amount.value_down(at_high_edge(vault, board, self.now)?)?)?;
                }
            }
        }
        Ok(unsold != Usd::ZERO && unsold >= self.lack)
    }
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

/// Moves what was not sold to the fund, which pays its face within its limits, at the last price or the last Good one,
/// whichever is lower: it gets something for it, but no cash.
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
        let vault = board.vault(held.vault)?;
        let row = board.underlying(vault.underlying)?;
        let good = if row.flaws == 0 { vault.value } else { per_token(row.feed.good_price, row, vault) };
        worth = worth.plus(held.amount.value_down(vault.value.min(good))?)?;
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
