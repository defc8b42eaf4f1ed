//! Who covers the loss of an insolvent account in a contract: the insurance fund within its limits, then every lot on the
//! opposite side through an index.

use super::charge::Charge;
use super::top_up::day_of;
use crate::error::Result;
use crate::math;
use crate::state::{Board, Contract, ContractRow, Deficit, InsuranceFund, MarginAccount};
use crate::units::{Size, Timestamp, Usd, magnitude, signed};

/// What is to be covered.
#[derive(Clone, Copy, Debug)]
pub(super) struct Loss {
    /// So much.
    pub amount: Usd,
    /// What the account lacks in all: as much of a charge's rounding is covered too, so that small steps charge nothing
    /// twice.
    pub lack: Usd,
    /// Side of the account's position.
    pub side: i8,
    /// Lots on the other side.
    pub opposite: u64,
    /// Whether what remains becomes the contract's deficit; else the account keeps it.
    pub last: bool,
}

/// Who has covered it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Covered {
    /// Paid by the insurance fund into the contract's pool.
    pub by_insurance: Usd,
    /// Charged to the lots opposite; it may exceed what was lacking by less than a unit a lot.
    pub by_index: Usd,
    /// What the account is relieved of.
    pub relief: Usd,
}

impl Loss {
    fn less(self, amount: Usd) -> Result<Self> {
        Ok(Self { amount: self.amount.minus(amount)?, lack: self.lack.minus(amount)?, ..self })
    }
}

/// The part of an account's lack that goes with lots of so much value: that of the value in all of its positions, rounded
/// down.
pub(super) fn part(lack: Usd, value: Usd, account: &MarginAccount, board: &Board) -> Result<Usd> {
    let mut all = Usd::ZERO;
    for held in account.positions() {
        let lots = Size(signed(held.size.lots())?);
        all = all.plus(lots.at(board.contract(held.row)?.mark).usd_up()?)?;
    }
    let all = magnitude(all.max(value).0)?;
    Ok(Usd(signed(math::mul_div_floor(magnitude(lack.0)?, magnitude(value.0)?, all)?)?))
}

/// Covers a loss at once as far as fund and charge go.
///
/// The same whether the account's last position goes or only a part of it: who closes a gain with that part carries as
/// much of the loss as who stays.
pub(super) fn cover(
    loss: Loss,
    contract: &mut Contract,
    fund: &mut InsuranceFund,
    board: &mut Board,
    now: Timestamp,
) -> Result<Covered> {
    let by_insurance = draw(fund, contract, loss.amount, now)?;
    contract.pool = contract.pool.plus(by_insurance)?;
    let rest = loss.less(by_insurance)?;
    let by_index = charge(rest, contract.row, fund, board, now)?;
    Ok(Covered { by_insurance, by_index, relief: by_insurance.plus(by_index.min(rest.lack))? })
}

/// Draws from the fund within the limits of the contract and the day.
pub(super) fn draw(fund: &mut InsuranceFund, contract: &mut Contract, wanted: Usd, now: Timestamp) -> Result<Usd> {
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

/// Charges the lots opposite, as far as a charge goes. Returns what they pay.
fn charge(loss: Loss, contract: u8, fund: &mut InsuranceFund, board: &mut Board, now: Timestamp) -> Result<Usd> {
    if loss.amount <= Usd::ZERO {
        return Ok(Usd::ZERO);
    }
    let mut row = *board.contract(contract)?;
    super::charge::renew(&mut row, now);
    let underlying = board.underlying(row.underlying)?;
    let effective = underlying.ramp.effective(&underlying.ramp_terms, now)?;
    let charge = Charge::of(loss.amount, loss.opposite, (&row, loss.side), effective, underlying.liquidation_fee)?;
    if charge.charged > loss.lack {
        let (deficit, surplus) = row.deficit.relieved(loss.side, charge.charged.minus(loss.lack)?)?;
        set_deficit(&mut row, fund, deficit.with_owed(surplus)?)?;
    } else if loss.last && charge.charged < loss.lack {
        let deficit = row.deficit.with_loss(loss.side, loss.lack.minus(charge.charged)?)?;
        set_deficit(&mut row, fund, deficit)?;
    }
    charge.write(&mut row, loss.side)?;
    *board.contract_mut(contract)? = row;
    Ok(charge.charged)
}

/// Writes a contract's deficit, and the fund's claim on it.
pub(super) fn set_deficit(row: &mut ContractRow, fund: &mut InsuranceFund, deficit: Deficit) -> Result<()> {
    fund.owed = fund.owed.plus(deficit.owed_to_fund)?.minus(row.deficit.owed_to_fund)?;
    row.deficit = deficit;
    Ok(())
}
