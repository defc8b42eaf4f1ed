//! What the keeper of a replay does: calls, top-ups, liquidations, and selling on what it took over.

use ballast_core::clearing::Call;
use ballast_core::margin::{CRITICAL, Exposure, MAINTENANCE, Moment};
use ballast_core::model::Ramp;
use ballast_core::state::MarginAccount;
use ballast_core::units::{Size, Timestamp};

use super::{KEEPER, MAKER, Market};
use crate::SimError;
use crate::house::House;
use crate::numbers::dollars;

impl Market {
    /// One round of the keeper. Tells whether another is due in this bar.
    pub(super) fn keep(&mut self, bar_at: i64) -> Result<bool, SimError> {
        let mut more = false;
        let mut sold = 0.0;
        let due = self.screen.due(&self.house);
        #[cfg(test)]
        super::tests::assert_none_missed(&self.house, &due);
        for account in due {
            let Some(held) = self.house.accounts.get(account) else { continue };
            let standing = Standing::of(held, &self.house).map_err(SimError::refused("be walked over", bar_at))?;
            if let Ok(done) = self.house.rebalance(account) {
                self.count.topped_up += dollars(done.topped_up);
                match done.call {
                    Call::Opened => {
                        self.count.calls = self.count.calls.saturating_add(1);
                        self.count.collateral_called += dollars(done.requirement) - dollars(done.equity);
                    }
                    Call::Closed => self.count.calls_closed = self.count.calls_closed.saturating_add(1),
                    Call::None | Call::Updated => {}
                }
                self.screen.touch(&self.house, account);
            }
            if standing.sound && !standing.begun {
                continue;
            }
            sold += self.liquidate(account, standing, bar_at)?;
            let still = self.house.accounts.get(account).is_some_and(|held| held.liquidation_at != Timestamp::ZERO);
            more |= still;
        }
        if sold != 0.0 {
            self.unload(bar_at);
            if let Some(impact) = &mut self.impact {
                impact.trade(sold, self.depth, self.last_at);
                more = true;
            }
        }
        Ok(more)
    }

    /// Starts or continues a liquidation; returns the notional that the keeper has to sell (or buy: negative is sold).
    fn liquidate(&mut self, account: usize, standing: Standing, bar_at: i64) -> Result<f64, SimError> {
        let Some(before) = self.house.accounts.get(account).copied() else { return Ok(0.0) };
        let most = if standing.begun || standing.critical { u64::MAX } else { 0 };
        let Ok(done) = self.house.liquidate(account, most) else { return Ok(0.0) };
        let begins = !standing.begun && (done.in_liquidation || done.taken != Size::ZERO || done.resolved.resolved);
        if begins {
            self.count.liquidations = self.count.liquidations.saturating_add(1);
            let called = before.called_at != Timestamp::ZERO && before.called_at.0 < bar_at;
            self.count.called_before = self.count.called_before.saturating_add(u64::from(called));
            let by_ramp =
                self.is_sound_at_range_before(&before).map_err(SimError::refused("be walked over", bar_at))?;
            self.count.by_ramp_alone = self.count.by_ramp_alone.saturating_add(u64::from(by_ramp));
            self.untouched.remember(before, bar_at);
        }
        self.count.topped_up += dollars(done.topped_up);
        self.count.notional_liquidated += dollars(done.value);
        self.count.liquidation_fees += dollars(done.fee);
        if done.resolved.resolved {
            let lost = [done.resolved.by_insurance, done.resolved.by_index, done.resolved.deficit];
            let lost: f64 = lost.into_iter().map(dollars).sum();
            self.count.insolvent = self.count.insolvent.saturating_add(u64::from(lost > 0.0));
            self.count.bad_debt += lost;
            self.count.by_insurance += dollars(done.resolved.by_insurance);
            self.count.by_index += dollars(done.resolved.by_index);
            self.screen.touch_all(&self.house);
        }
        self.screen.touch(&self.house, account);
        // what was long is sold, what was short is bought
        Ok(if done.taken > Size::ZERO { -dollars(done.value) } else { dollars(done.value) })
    }

    /// Whether an account would be sound with the scan range that was in force when the bar opened.
    fn is_sound_at_range_before(&mut self, account: &MarginAccount) -> ballast_core::Result<bool> {
        let now = self.house.now();
        let mut before = Ramp::at(self.range_before, now);
        self.swap_ramp(&mut before);
        let sound = Exposure::of(account, &self.house.board, Moment::at(now)).and_then(|seen| seen.meets(MAINTENANCE));
        self.swap_ramp(&mut before);
        sound
    }

    const fn swap_ramp(&mut self, other: &mut Ramp) {
        let [row, ..] = &mut self.house.board.underlyings;
        std::mem::swap(&mut row.ramp, other);
    }

    /// The keeper trades what it took over with the maker, at mark.
    fn unload(&mut self, _bar_at: i64) {
        let held = self.house.accounts.get(KEEPER).map(|keeper| keeper.position(self.house.contract.id).size);
        let Some(size) = held.filter(|size| *size != Size::ZERO) else { return };
        let (buyer, seller) = if size > Size::ZERO { (MAKER, KEEPER) } else { (KEEPER, MAKER) };
        let mark = self.house.terms().mark;
        if self.house.trade(buyer, seller, size.lots(), mark).is_ok() {
            self.count.fills = self.count.fills.saturating_add(1);
        }
    }
}

/// Where an account stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Standing {
    sound: bool,
    critical: bool,
    begun: bool,
}

impl Standing {
    fn of(account: &MarginAccount, house: &House) -> ballast_core::Result<Self> {
        let exposure = Exposure::of(account, &house.board, Moment::at(house.now()))?;
        Ok(Self {
            sound: exposure.meets(MAINTENANCE)?,
            critical: !exposure.meets(CRITICAL)?,
            begun: account.liquidation_at != Timestamp::ZERO,
        })
    }
}
