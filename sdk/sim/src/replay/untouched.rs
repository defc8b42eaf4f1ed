//! Would they have survived? Accounts as they were before their liquidation, looked at again later.

use std::collections::VecDeque;

use ballast_core::margin::{Exposure, MAINTENANCE, Moment};
use ballast_core::state::MarginAccount;

use super::Replayed;
use crate::SimError;
use crate::house::House;

/// Seconds after which an untouched account is looked at first, and last.
const LOOKS: [i64; 2] = [14_400, 86_400];

/// Accounts that are still to be looked at.
#[derive(Default)]
pub(super) struct Untouched {
    early: VecDeque<(i64, MarginAccount)>,
    late: VecDeque<(i64, MarginAccount, bool)>,
}

impl Untouched {
    /// Keeps an account as it was.
    pub(super) fn remember(&mut self, account: MarginAccount, at: i64) {
        self.early.push_back((at, account));
    }

    /// Looks at those whose time has come, at the present prices and requirement.
    pub(super) fn judge(&mut self, house: &House, at: i64, count: &mut Replayed) -> Result<(), SimError> {
        let [first, last] = LOOKS;
        while let Some((since, account)) = self.early.pop_front_if(|(since, _)| at.saturating_sub(*since) >= first) {
            let sound = is_sound(&account, house, at)?;
            count.sound_after_4h = count.sound_after_4h.saturating_add(u64::from(sound));
            self.late.push_back((since, account, sound));
        }
        while let Some((_, account, was)) = self.late.pop_front_if(|(since, ..)| at.saturating_sub(*since) >= last) {
            let sound = is_sound(&account, house, at)?;
            count.sound_after_24h = count.sound_after_24h.saturating_add(u64::from(sound));
            count.unnecessary = count.unnecessary.saturating_add(u64::from(sound && was));
        }
        Ok(())
    }
}

fn is_sound(account: &MarginAccount, house: &House, at: i64) -> Result<bool, SimError> {
    Exposure::of(account, &house.board, Moment::at(house.now()))
        .and_then(|exposure| exposure.meets(MAINTENANCE))
        .map_err(SimError::refused("be walked over", at))
}
