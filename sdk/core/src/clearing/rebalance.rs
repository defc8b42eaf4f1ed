//! Opens and closes margin calls, tops accounts up and releases excess.

use super::{deposit, top_up};
use crate::error::{BallastError, Result};
use crate::margin::{Action, Exposure, INITIAL, MAINTENANCE, Moment, TARGET};
use crate::math;
use crate::state::{Board, MarginAccount};
use crate::units::{Timestamp, Usd, magnitude, signed};

/// Paid to the keeper when a call opens or closes or enough is moved: about ten times what the transaction costs.
const REWARD: Usd = Usd(50_000);
/// Rewards that an account pays in a day.
const REWARDS_A_DAY: u64 = 3;
/// Movement of cash that earns a reward, and the least release: 10 USD.
const WORTH_MOVING: Usd = Usd(10_000_000);

/// The accounts of a rebalancing.
#[derive(Debug)]
pub struct Rebalancing<'a> {
    /// The account that is looked at.
    pub account: &'a mut MarginAccount,
    /// The account that its top-up policy names.
    pub reserve: Option<&'a mut MarginAccount>,
    /// The keeper's account, which is paid.
    pub keeper: Option<&'a mut MarginAccount>,
}

/// What became of the margin call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "anchor", derive(anchor_lang::AnchorSerialize, anchor_lang::AnchorDeserialize))]
pub enum Call {
    /// None was open and none is.
    None,
    /// It was found now.
    Opened,
    /// It stays open; something was moved.
    Updated,
    /// Equity is back at the target level.
    Closed,
}

/// What a rebalancing did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rebalanced {
    /// What became of the call.
    pub call: Call,
    /// Moved from the reserve.
    pub topped_up: Usd,
    /// Moved to the reserve.
    pub released: Usd,
    /// Paid to the keeper.
    pub reward: Usd,
    /// Equity at the target level afterwards, the reward aside.
    pub equity: Usd,
    /// Requirement of the target level.
    pub requirement: Usd,
}

/// Tops up an account below target to initial, as far as policy and reserve reach; opens or closes its call; releases
/// what lies above 1.5 x initial, once a day. With a price that is not Good it only tops up.
///
/// # Errors
/// `NothingToRebalance` when nothing is due.
pub fn rebalance(accounts: Rebalancing<'_>, board: &Board, clock: Timestamp) -> Result<Rebalanced> {
    let now = board.time(clock);
    let Rebalancing { account, mut reserve, keeper } = accounts;
    let mut exposure = Exposure::EMPTY;
    exposure.walk(account, board, Moment::at(now))?;
    let good = exposure.require_good(Action::Rebalance, now);

    let (equity, requirement) = (exposure.equity(TARGET)?, exposure.requirement(TARGET)?);
    let topped_up = if equity >= requirement || reserve.is_none() {
        Usd::ZERO
    } else {
        let wanted = top_up::shortfall(&exposure, INITIAL)?.max(requirement.minus(equity)?);
        top_up::available(account, reserve.as_deref(), wanted, now)?
    };
    exposure.add_cash(topped_up)?;
    let equity = equity.plus(topped_up)?;
    let open = account.called_at != Timestamp::ZERO;
    let call = match (open, equity < requirement) {
        _ if good.is_err() => {
            if open && topped_up != Usd::ZERO {
                Call::Updated
            } else {
                Call::None
            }
        }
        (false, true) => Call::Opened,
        (true, false) => Call::Closed,
        (true, true) if topped_up != Usd::ZERO => Call::Updated,
        _ => Call::None,
    };
    let released = if good.is_ok() && topped_up == Usd::ZERO && equity >= requirement {
        excess(account, reserve.as_deref(), &exposure, now)?
    } else {
        Usd::ZERO
    };
    if call == Call::None && topped_up == Usd::ZERO && released == Usd::ZERO {
        good?;
        return Err(BallastError::NothingToRebalance);
    }
    let earned = matches!(call, Call::Opened | Call::Closed) || topped_up >= WORTH_MOVING || released >= WORTH_MOVING;
    exposure.add_cash(released.negated()?)?;
    // who is above target is above maintenance
    let spare = equity.minus(released)? >= requirement.plus(REWARD)?;
    let reward = if earned { reward(account, keeper.as_deref(), &exposure, spare, now)? } else { Usd::ZERO };
    exposure.add_cash(reward.negated()?)?;

    top_up::write(account, reserve.as_deref_mut(), topped_up, now)?;
    if released != Usd::ZERO {
        account.pay(released)?;
        if let Some(reserve) = reserve {
            reserve.receive(released)?;
        }
        account.top_up.released_on = top_up::day_of(now);
    }
    match call {
        Call::Opened => account.called_at = now,
        Call::Closed => account.called_at = Timestamp::ZERO,
        Call::Updated | Call::None => {}
    }
    pay(account, keeper, reward, now)?;
    deposit::recover_seen(account, &exposure, now);
    Ok(Rebalanced { call, topped_up, released, reward, equity, requirement })
}

/// Cash above 1.5 x initial that the policy releases today.
fn excess(
    account: &MarginAccount,
    reserve: Option<&MarginAccount>,
    exposure: &Exposure,
    now: Timestamp,
) -> Result<Usd> {
    let policy = &account.top_up;
    let releases = policy.releases != 0 && policy.released_on != top_up::day_of(now);
    if !releases || reserve.is_none_or(|reserve| reserve.owner != account.owner) {
        return Ok(Usd::ZERO);
    }
    let kept = magnitude(exposure.requirement(INITIAL)?.0)?;
    let kept = Usd(signed(math::mul_div_ceil(kept, 3, 2)?)?);
    let excess = exposure.equity(INITIAL)?.minus(kept)?.min(account.cash);
    Ok(if excess >= WORTH_MOVING { excess } else { Usd::ZERO })
}

/// What the keeper earns, from the account's cash after the movement. Never what maintenance needs: a reward must not be
/// what makes an account liquidatable.
fn reward(
    account: &MarginAccount,
    keeper: Option<&MarginAccount>,
    exposure: &Exposure,
    spare: bool,
    now: Timestamp,
) -> Result<Usd> {
    let paid = if account.reward_day == top_up::day_of(now) { account.rewards_paid } else { 0 };
    if keeper.is_none() || paid >= REWARDS_A_DAY || exposure.cash < REWARD {
        return Ok(Usd::ZERO);
    }
    if spare {
        return Ok(REWARD);
    }
    let left = exposure.equity(MAINTENANCE)?.minus(REWARD)?;
    Ok(if left >= exposure.requirement(MAINTENANCE)? { REWARD } else { Usd::ZERO })
}

fn pay(account: &mut MarginAccount, keeper: Option<&mut MarginAccount>, reward: Usd, now: Timestamp) -> Result<()> {
    let Some(keeper) = keeper else { return Ok(()) };
    if reward == Usd::ZERO {
        return Ok(());
    }
    account.pay(reward)?;
    keeper.receive(reward)?;
    let day = top_up::day_of(now);
    account.rewards_paid = if account.reward_day == day { account.rewards_paid.saturating_add(1) } else { 1 };
    account.reward_day = day;
    Ok(())
}
