//! Tops an account up from its owner's reserve. Every liquidation begins with it.

use crate::error::Result;
use crate::margin::Exposure;
use crate::state::MarginAccount;
use crate::units::{DAY, Timestamp, Usd};

/// Day that a time belongs to.
pub(crate) const fn day_of(now: Timestamp) -> i64 {
    match now.since(Timestamp::ZERO).checked_div(DAY) {
        Some(day) => day.cast_signed(),
        None => 0,
    }
}

/// Cash that the reserve gives towards a shortfall: within the policy's daily limit and what it has. Nothing when no
/// reserve is named or passed, or when the reserve holds positions.
pub(crate) fn available(
    account: &MarginAccount,
    reserve: Option<&MarginAccount>,
    shortfall: Usd,
    now: Timestamp,
) -> Result<Usd> {
    let policy = &account.top_up;
    let Some(reserve) = reserve else { return Ok(Usd::ZERO) };
    if reserve.position_count != 0 || reserve.owner != account.owner {
        return Ok(Usd::ZERO);
    }
    let used = if policy.day == day_of(now) { policy.used_today } else { Usd::ZERO };
    let allowed = policy.daily_limit.minus(used)?.max(Usd::ZERO);
    Ok(shortfall.min(allowed).min(reserve.cash).max(Usd::ZERO))
}

/// Moves cash from the reserve, and counts it against the day's limit.
pub(crate) fn write(
    account: &mut MarginAccount,
    reserve: Option<&mut MarginAccount>,
    amount: Usd,
    now: Timestamp,
) -> Result<()> {
    let Some(reserve) = reserve else { return Ok(()) };
    if amount == Usd::ZERO {
        return Ok(());
    }
    reserve.pay(amount)?;
    account.receive(amount)?;
    let policy = &mut account.top_up;
    if policy.day != day_of(now) {
        policy.day = day_of(now);
        policy.used_today = Usd::ZERO;
    }
    policy.used_today = policy.used_today.plus(amount)?;
    Ok(())
}

/// How far an account is below a level; zero when it meets it.
pub(crate) fn shortfall(exposure: &Exposure, level: crate::margin::Level) -> Result<Usd> {
    Ok(exposure.requirement(level)?.minus(exposure.equity(level)?)?.max(Usd::ZERO))
}
