//! Funding of perpetuals: what longs pay shorts while fills are above mark.
//!
//! A contract measures its premium by the minute; its row on the board pays for it by the hour.

use crate::error::{BallastError, Result};
use crate::math;
use crate::units::{DAY, ONE, PerLot, Ratio, Timestamp, Usd, magnitude, signed};

/// Seconds of a minute, over which fills are averaged.
const MINUTE: u64 = 60;
/// Seconds between two fundings.
pub const HOUR: u64 = 3_600;
/// Minutes of a day: the premium of a whole day is paid in a day.
const MINUTES_PER_DAY: u64 = 1_440;
/// Units of [`PerLot`] in one of [`Usd`] per lot.
const PER_LOT_PER_USD: u64 = 1_000_000;

/// Premium of the fills of a contract over its mark.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, bytemuck::Pod, bytemuck::Zeroable)]
#[cfg_attr(feature = "anchor", derive(anchor_lang::AnchorSerialize, anchor_lang::AnchorDeserialize))]
pub struct PremiumMeter {
    /// Start of the minute of the last fill.
    pub minute: Timestamp,
    /// Sum over that minute's fills of lots times premium; a premium is a [`Ratio`] of mark.
    pub weighted: i64,
    /// Lots of that minute's fills.
    pub lots: u64,
    /// Sum of the average premiums of all minutes before, in minutes times [`Ratio`].
    pub cumulative: i64,
}

impl PremiumMeter {
    /// Counts a fill of at most `lots_cap` lots. A minute without fills has premium zero.
    ///
    /// Premiums are rounded toward zero and count up to 100 % of mark. Lots that a minute's sum cannot hold (9.2e11
    /// at 1 % of mark) do not count: a trade never fails for it. A time before the last fill counts as its minute.
    ///
    /// # Errors
    /// `PriceNotPositive` if `mark` is not; `Overflow` of the times and prices.
    pub fn record(&mut self, now: Timestamp, lots: u64, price: PerLot, mark: PerLot, lots_cap: u64) -> Result<()> {
        let premium = premium(price, mark)?;
        let mut next = *self;
        let minute = floor_to(now, MINUTE)?;
        if minute > self.minute {
            next = Self { minute, weighted: 0, lots: 0, cumulative: self.with_this_minute()? };
        }
        let counted = lots.min(lots_cap);
        if let Some((weighted, lots)) = next.with_fill(counted, premium) {
            next.weighted = weighted;
            next.lots = lots;
        }
        *self = next;
        Ok(())
    }

    /// Sum of the average premiums of all minutes that are over at `now`, in minutes times [`Ratio`].
    ///
    /// # Errors
    /// `Overflow` of a negative time, or after ten thousand years.
    pub fn cumulative_at(&self, now: Timestamp) -> Result<i64> {
        if floor_to(now, MINUTE)? > self.minute { self.with_this_minute() } else { Ok(self.cumulative) }
    }

    /// The sum once the minute of the last fill is over. Its average is rounded toward zero.
    fn with_this_minute(&self) -> Result<i64> {
        let average = self.weighted.unsigned_abs().checked_div(self.lots).unwrap_or(0);
        self.cumulative.checked_add(with_sign_of(self.weighted, average)?).ok_or(BallastError::Overflow)
    }

    /// This minute's sums with one more fill, if they can hold it.
    fn with_fill(&self, lots: u64, premium: Ratio) -> Option<(i64, u64)> {
        let weighted = i64::try_from(lots).ok()?.checked_mul(premium.0)?;
        Some((self.weighted.checked_add(weighted)?, self.lots.checked_add(lots)?))
    }
}

/// Bounds of funding.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, bytemuck::Pod, bytemuck::Zeroable)]
#[cfg_attr(feature = "anchor", derive(anchor_lang::AnchorSerialize, anchor_lang::AnchorDeserialize))]
pub struct FundingTerms {
    /// Largest rate for an hour, either way.
    pub hour_cap: Ratio,
    /// Largest sum of rates in a calendar day (UTC), either way.
    pub day_cap: Ratio,
}

impl Default for FundingTerms {
    /// 0.1 % an hour and 1 % a day: a day of it takes no more than the smallest scan range.
    fn default() -> Self {
        Self { hour_cap: Ratio::basis_points(10), day_cap: Ratio::percent(1) }
    }
}

/// Funding of a contract so far.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, bytemuck::Pod, bytemuck::Zeroable)]
#[cfg_attr(feature = "anchor", derive(anchor_lang::AnchorSerialize, anchor_lang::AnchorDeserialize))]
pub struct Funding {
    /// What a long lot has paid since the contract began, whole units.
    pub index: Usd,
    /// What a long lot owes beyond whole units, of the sign of what it came from.
    pub remainder: PerLot,
    /// As much of the meter's sum as has been paid for, in minutes times [`Ratio`].
    pub cumulative_seen: i64,
    /// Until when funding is paid; zero before the first time.
    pub funded_at: Timestamp,
    /// Calendar day (UTC) of the last payment, days since 1970.
    pub day: i64,
    /// Sum of that day's rates.
    pub paid_today: Ratio,
}

impl Funding {
    /// Pays for the premium since the last time, if a whole hour has passed: returns what a long lot pays (a short
    /// lot gets), negative if it is the other way round. A position's basis changes by `-size x change`.
    ///
    /// The rate is the average premium of the elapsed minutes, for their share of a day:
    /// `(sum / minutes) x (minutes / 1,440) = sum / 1,440`. It is held within `hour_cap` for each whole hour, and the
    /// day's sum within `day_cap`; what a cap cuts off is never paid. Hours count from whole hours, so that a
    /// late keeper delays no later one. The first call only starts the clock.
    ///
    /// Nothing is lost to rounding: premium below a unit of rate waits for the next time, and so does what is below a
    /// whole unit of the index; a payment itself is rounded toward zero to 1e-12 USD per lot. Changes nothing if it
    /// fails.
    ///
    /// # Errors
    /// `PriceNotPositive` if `mark` is not; `Overflow` of the times, or the index.
    pub fn advance(
        &mut self,
        terms: &FundingTerms,
        cumulative: i64,
        mark: PerLot,
        now: Timestamp,
    ) -> Result<Option<Usd>> {
        if self.funded_at == Timestamp::ZERO {
            self.funded_at = floor_to(now, HOUR)?;
            self.cumulative_seen = cumulative;
            return Ok(None);
        }
        let hours = now.since(self.funded_at).checked_div(HOUR).unwrap_or(0);
        if hours == 0 {
            return Ok(None);
        }
        if mark.0 <= 0 {
            return Err(BallastError::PriceNotPositive);
        }
        let day = signed(magnitude(now.0)?.checked_div(DAY).unwrap_or(0))?;
        let paid_today = if day == self.day { self.paid_today } else { Ratio::ZERO };
        let (wanted, waiting) = self.rate_until(cumulative)?;
        let rate = terms.capped(wanted, hours, paid_today)?;
        let waiting = if rate == wanted { waiting } else { 0 };
        let (change, remainder) = self.whole_units(rate, mark)?;

        *self = Self {
            index: self.index.plus(change)?,
            remainder,
            cumulative_seen: cumulative.checked_sub(waiting).ok_or(BallastError::Overflow)?,
            funded_at: self.funded_at.after(hours.saturating_mul(HOUR))?,
            day,
            paid_today: paid_today.plus(rate)?,
        };
        Ok(Some(change))
    }

    /// Rate before caps: the premium since the last time over the minutes of a day, toward zero; and the premium
    /// that this leaves, in minutes times [`Ratio`].
    fn rate_until(&self, cumulative: i64) -> Result<(Ratio, i64)> {
        let sum = cumulative.checked_sub(self.cumulative_seen).ok_or(BallastError::Overflow)?;
        let (rate, rest) = split(sum.unsigned_abs(), MINUTES_PER_DAY);
        Ok((Ratio(with_sign_of(sum, rate)?), with_sign_of(sum, rest)?))
    }

    /// What a rate makes of mark with what was carried: whole units, and the rest.
    fn whole_units(&self, rate: Ratio, mark: PerLot) -> Result<(Usd, PerLot)> {
        let owed = math::mul_div_floor(magnitude(mark.0)?, rate.0.unsigned_abs(), ONE.0.unsigned_abs())?;
        let owed = PerLot(with_sign_of(rate.0, owed)?).plus(self.remainder)?;
        let (whole, rest) = split(owed.0.unsigned_abs(), PER_LOT_PER_USD);
        Ok((Usd(with_sign_of(owed.0, whole)?), PerLot(with_sign_of(owed.0, rest)?)))
    }
}

impl FundingTerms {
    /// A rate within the caps: of each hour, and of what the day has left in its direction.
    fn capped(&self, wanted: Ratio, hours: u64, paid_today: Ratio) -> Result<Ratio> {
        let day_cap = signed(self.day_cap.unsigned()?)?;
        let hours = signed(self.hour_cap.unsigned()?.saturating_mul(hours).min(i64::MAX.unsigned_abs()))?;
        // If the cap was lowered below what is paid already, nothing is left; nothing is paid back.
        let most = day_cap.saturating_sub(paid_today.0).max(0).min(hours);
        let least = day_cap.saturating_neg().saturating_sub(paid_today.0).min(0).max(hours.saturating_neg());
        Ok(Ratio(wanted.0.min(most).max(least)))
    }
}

/// `(price - mark) / mark`, toward zero, at most one either way.
fn premium(price: PerLot, mark: PerLot) -> Result<Ratio> {
    if mark.0 <= 0 {
        return Err(BallastError::PriceNotPositive);
    }
    let above = price.minus(mark)?;
    let one = ONE.0.unsigned_abs();
    let magnitude =
        math::mul_div_floor(above.0.unsigned_abs(), one, magnitude(mark.0)?).map_or(one, |share| share.min(one));
    with_sign_of(above.0, magnitude).map(Ratio)
}

/// Quotient and remainder of a constant that is not zero.
fn split(number: u64, by: u64) -> (u64, u64) {
    let quotient = number.checked_div(by).unwrap_or(0);
    (quotient, number.wrapping_sub(quotient.wrapping_mul(by)))
}

/// A magnitude with another number's sign.
fn with_sign_of(sign: i64, magnitude: u64) -> Result<i64> {
    let value = signed(magnitude)?;
    Ok(if sign < 0 { value.saturating_neg() } else { value })
}

/// The last whole multiple of `seconds` at or before a time.
fn floor_to(time: Timestamp, seconds: u64) -> Result<Timestamp> {
    let beyond = magnitude(time.0)?.checked_rem(seconds).ok_or(BallastError::Overflow)?;
    time.0.checked_sub_unsigned(beyond).map(Timestamp).ok_or(BallastError::Overflow)
}
