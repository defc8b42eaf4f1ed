//! What a feed has been worth: its last good price, and since when it is in doubt.

use bytemuck::{Pod, Zeroable};

use super::{Ramp, RampTerms};
use crate::error::Result;
use crate::math;
use crate::units::{DAY, ONE, Price, Ratio, SCAN_ONE, Scan, Timestamp};

/// Flaw of a price: its confidence interval is above the limit.
pub const WIDE: u8 = 1;
/// Flaw of a price: it is further than four scan ranges from the moving average.
pub const DIVERGED: u8 = 2;
/// It is the price after an outage, or one of the two minutes that follow: only liquidation minds.
pub const AFTER_OUTAGE: u8 = 4;

/// Seconds for which a divergence holds liquidation, within any hour.
pub const HOLD: u64 = 600;
/// Seconds for which it does where [`AGREEING`] prices agree.
pub const HOLD_AGREED: u64 = 120;
/// Diverged prices in a row, none further than half a scan range from the first, that agree.
pub const AGREEING: u64 = 3;
/// Seconds for which a divergence must have lasted before liquidation believes it, whatever is left of the hour's hold.
pub const BELIEVED: u64 = 60;
/// Seconds without a price that make an outage.
pub const OUTAGE: u64 = 300;
/// Age in seconds up to which a price is young when it is accepted: what a liquidation asks for.
const YOUNG: u64 = 60;
/// Seconds for which liquidation waits after an outage.
pub const GRACE: u64 = 120;
/// Seconds from one hold to the next, and from one grace to the next.
const HOUR: u64 = 3_600;
/// Scan ranges from the moving average beyond which a price is Diverged: with 4 a crash is held once, not at every turn.
const DIVERGENCE: u64 = 4;
/// Scan ranges around the last good price within which the true price of a bad feed is looked for.
const BAND: u64 = 2;
/// Confidence intervals around a Wide price within which the true price is looked for: 98.6 % of a Laplace distribution,
/// which is what Pyth takes its errors for (its 2.12 are 95 %).
const CONFIDENCES: u64 = 3;

/// What refresh remembers of a feed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
#[cfg_attr(feature = "anchor", derive(anchor_lang::AnchorSerialize))]
#[repr(C)]
pub struct Feed {
    /// Last price without a flaw; 0 before the first.
    pub good_price: Price,
    /// Moving average that came with it.
    pub good_ema: Price,
    /// Its publish time.
    pub good_at: Timestamp,
    /// Publish time of the first in an unbroken row of Diverged prices; 0 when the last price is not one.
    pub diverged_at: Timestamp,
    /// Unix seconds at which the last divergence hold began.
    pub held_at: Timestamp,
    /// Unix seconds at which the last grace after an outage began.
    pub outage_at: Timestamp,
    /// Unix seconds since which the underlying is wound down; 0 while it is not.
    pub wound_down_at: Timestamp,
    /// Publish time at which the last divergence began; it goes on over touches of the band.
    pub divergence_at: Timestamp,
    /// Publish time of the last Diverged price.
    pub last_diverged_at: Timestamp,
    /// Publish time of the first price that was not Diverged after one that was.
    pub returned_at: Timestamp,
    /// Last price that was young when it was accepted; 0 before the first.
    pub young_price: Price,
    /// Its publish time.
    pub young_at: Timestamp,
    /// First of the latest Diverged prices that agree.
    pub agreed_price: Price,
    /// How many they are.
    pub agreeing: u64,
}

/// A price as the oracle published it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quote {
    /// Accepted price.
    pub price: Price,
    /// Moving average.
    pub ema: Price,
    /// Publish time.
    pub published_at: Timestamp,
    /// Whether the confidence interval is above the limit.
    pub wide: bool,
}

/// What of the model a price may enter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Enters {
    /// Volatility and coverage.
    Everything,
    /// Coverage: the market may have moved so far, but a false print must not raise the requirement for weeks.
    Coverage,
    /// Neither: venues disagree about it.
    Nothing,
}

impl Feed {
    /// Judges a price: its flaws, and what of the model it may enter.
    ///
    /// A Diverged price enters the volatility once the divergence has lasted ten minutes, or once it is over. An outage
    /// lasts from one young price to the next: old ones, posted late, neither end it nor shorten it.
    ///
    /// # Errors
    /// As [`Ramp::effective`].
    pub fn observe(
        &mut self,
        quote: &Quote,
        (ramp, terms): (&Ramp, &RampTerms),
        now: Timestamp,
    ) -> Result<(u8, Enters)> {
        // the scan range lies between both ends of its ramp: it is worked out only for a price that the lesser lets doubt
        let least = ramp.start.min(ramp.target);
        let young = now.since(quote.published_at) <= YOUNG;
        let (before, last_at) = (self.young_price, self.young_at);
        let silent = young && before != Price::ZERO && quote.published_at.since(last_at) >= OUTAGE;
        let doubtful = is_further(quote.ema, quote.price, times(least, DIVERGENCE))
            || (silent && is_further(before, quote.price, half(least)));
        let effective = if doubtful { ramp.effective(terms, now)? } else { least };
        let mut flaws = if quote.wide { WIDE } else { 0 };
        if doubtful && is_further(quote.ema, quote.price, times(effective, DIVERGENCE)) {
            flaws |= DIVERGED;
            self.diverge(quote, effective);
            if now.since(self.held_at) >= HOUR {
                self.held_at = now;
            }
        } else if self.diverged_at != Timestamp::ZERO {
            self.diverged_at = Timestamp::ZERO;
            self.returned_at = quote.published_at;
        }
        if !quote.wide {
            self.wound_down_at = Timestamp::ZERO;
        }
        let jumped = doubtful && silent && is_further(before, quote.price, half(effective));
        if jumped && now.since(self.outage_at) >= HOUR {
            self.outage_at = now;
        }
        if young {
            self.young_price = quote.price;
            self.young_at = quote.published_at;
        }
        if self.is_after_outage(now) {
            flaws |= AFTER_OUTAGE;
        }
        if flaws == 0 {
            self.good_price = quote.price;
            self.good_ema = quote.ema;
            self.good_at = quote.published_at;
        }
        Ok((flaws, self.enters(flaws, quote.published_at)))
    }

    /// Takes note of a Diverged price. A touch of the band begins no new divergence, a minute within it does.
    fn diverge(&mut self, quote: &Quote, effective: Scan) {
        let published_at = quote.published_at;
        if self.diverged_at == Timestamp::ZERO || is_further(self.agreed_price, quote.price, half(effective)) {
            self.agreed_price = quote.price;
            self.agreeing = 0;
        }
        self.agreeing = self.agreeing.saturating_add(1);
        if self.diverged_at == Timestamp::ZERO {
            self.diverged_at = published_at;
            if published_at.since(self.returned_at) >= BELIEVED {
                self.divergence_at = published_at;
            }
        }
        self.last_diverged_at = published_at;
    }

    const fn enters(&self, flaws: u8, published_at: Timestamp) -> Enters {
        if flaws & WIDE != 0 {
            Enters::Nothing
        } else if flaws & DIVERGED != 0 && published_at.since(self.diverged_at) < HOLD {
            Enters::Coverage
        } else {
            Enters::Everything
        }
    }

    /// Whether liquidation at a Diverged price waits at `now`.
    ///
    /// Holds begin an hour apart, so that in any hour they last ten minutes at most, however often the price touches the
    /// band; two minutes where three prices agree, the latest among them. Once the hour's hold is spent, a divergence still needs two prices a minute apart to be believed, so that no
    /// single print counts; a minute within the band, in which liquidation goes on, comes before every such wait.
    #[must_use]
    pub const fn is_held(&self, now: Timestamp) -> bool {
        let hold = if self.agreeing >= AGREEING { HOLD_AGREED } else { HOLD };
        now.since(self.held_at) < hold || self.last_diverged_at.since(self.divergence_at) < BELIEVED
    }

    /// Whether liquidation waits at `now` because the feed has just come back, somewhere else.
    #[must_use]
    pub const fn is_after_outage(&self, now: Timestamp) -> bool {
        now.since(self.outage_at) < GRACE
    }

    /// Whether there has been no good price for a day.
    #[must_use]
    pub const fn is_dead(&self, now: Timestamp) -> bool {
        now.since(self.good_at) >= DAY
    }

    /// Whether the underlying has been wound down for a day: then it takes no price any more.
    #[must_use]
    pub const fn is_wound_down(&self, now: Timestamp) -> bool {
        self.wound_down_at.0 != 0 && now.since(self.wound_down_at) >= DAY
    }

    /// Where the true price is looked for while the feed is bad: two scan ranges around the last good price, or around
    /// `price` when there has been none. Rounded outwards.
    ///
    /// # Errors
    /// `Overflow`.
    pub fn band(&self, price: Price, effective: Scan) -> Result<(Price, Price)> {
        let middle = if self.good_price == Price::ZERO { price } else { self.good_price };
        let width = Price(math::mul_div_ceil(middle.0, times(effective, BAND).0, SCAN_ONE.0)?);
        Ok((Price(middle.0.saturating_sub(width.0)), middle.plus(width)?))
    }

    /// Where the true price is looked for by a Wide print alone: three confidence intervals around it. Rounded outwards.
    ///
    /// # Errors
    /// `Overflow`.
    pub fn around(price: Price, confidence: Ratio) -> Result<(Price, Price)> {
        let share = confidence.unsigned()?.saturating_mul(CONFIDENCES);
        let width = Price(math::mul_div_ceil(price.0, share, ONE.0.unsigned_abs())?);
        Ok((Price(price.0.saturating_sub(width.0)), price.plus(width)?))
    }
}

/// Whether two prices are further apart than a part of the first.
fn is_further(from: Price, to: Price, part: Scan) -> bool {
    let distance = to.0.abs_diff(from.0);
    // most prices are nearer than any part that is asked about: that needs no product
    if part.0 >= SCAN_ONE.0 >> 4 && distance <= from.0 >> 4 {
        return false;
    }
    math::wide_u(distance, SCAN_ONE.0) > math::wide_u(from.0, part.0)
}

const fn times(scan: Scan, multiple: u64) -> Scan {
    Scan(scan.0.saturating_mul(multiple))
}

const fn half(scan: Scan) -> Scan {
    Scan(scan.0 >> 1)
}
