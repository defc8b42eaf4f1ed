//! Which accounts need a look.
//!
//! A walk over ten thousand accounts at every bar would be most of a replay, and nearly all of them are sound. So the
//! screen keeps cash plus basis and size of each, and asks in floats, on the safe side, whether equity could be below
//! target; only those are walked over by the core. It decides nothing.

use ballast_core::margin::accrued_basis;
use ballast_core::state::MarginAccount;
use ballast_core::units::Timestamp;

use crate::SimError;
use crate::house::House;
use crate::numbers::{dollars, fraction, real, signed_real};

/// How far floats may be off: of the requirement, and in USD.
const SLACK: (f64, f64) = (1e-6, 0.01);

/// What the screen keeps of an account.
#[derive(Clone, Copy, Debug, Default)]
struct Line {
    /// Cash and basis, USD.
    funds: f64,
    /// Lots.
    size: f64,
    /// Called or in liquidation: looked at whatever it holds.
    pressed: bool,
}

/// A screen over all accounts.
pub(crate) struct Screen {
    lines: Vec<Line>,
    mark: f64,
    /// Target level's requirement of a dollar of notional.
    required: f64,
    indices: (i64, i64, i64),
}

impl Screen {
    pub(crate) fn new(accounts: usize) -> Self {
        Self { lines: vec![Line::default(); accounts], mark: 0.0, required: 0.0, indices: (0, 0, 0) }
    }

    /// Reads prices and requirement off the board.
    pub(crate) fn read(&mut self, house: &House) -> Result<(), SimError> {
        let (row, terms) = (house.underlying(), house.terms());
        let now = house.now();
        let effective = row.ramp.effective(&row.ramp_terms, now).map_err(SimError::refused("read the ramp", now.0))?;
        self.mark = real(terms.mark.0.unsigned_abs()) / 1e12;
        self.required = fraction(effective.max(row.ramp.target)) + real(row.liquidation_fee.0.unsigned_abs()) / 1e9;
        let indices = (terms.funding.index.0, terms.loss_long.0, terms.loss_short.0);
        if indices != self.indices {
            self.indices = indices;
            self.touch_all(house);
        }
        Ok(())
    }

    /// Takes note of an account that an operation has changed.
    pub(crate) fn touch(&mut self, house: &House, place: usize) {
        if let (Some(line), Some(account)) = (self.lines.get_mut(place), house.accounts.get(place)) {
            *line = Line::of(account, house);
        }
    }

    /// The same of all.
    pub(crate) fn touch_all(&mut self, house: &House) {
        for (line, account) in self.lines.iter_mut().zip(&house.accounts) {
            *line = Line::of(account, house);
        }
    }

    /// Accounts that may be below target, or are called or in liquidation; maker and keeper are not looked at.
    pub(crate) fn due(&self, _house: &House) -> Vec<usize> {
        let (mark, required) = (self.mark, self.required * (1.0 + SLACK.0));
        let lines = self.lines.iter().enumerate().skip(super::FIRST_TRADER);
        lines.filter(|(_, line)| line.is_due(mark, required)).map(|(place, _)| place).collect()
    }
}

impl Line {
    fn of(account: &MarginAccount, house: &House) -> Self {
        let position = account.position(house.contract.id);
        let basis =
            if position.contract == 0 { 0.0 } else { accrued_basis(&position, house.terms()).map_or(0.0, dollars) };
        Self {
            funds: dollars(account.cash) + basis,
            size: signed_real(position.size.0),
            pressed: account.called_at != Timestamp::ZERO || account.liquidation_at != Timestamp::ZERO,
        }
    }

    fn is_due(&self, mark: f64, required: f64) -> bool {
        let value = self.size * mark;
        self.pressed || (self.size != 0.0 && self.funds + value < value.abs() * required + SLACK.1)
    }
}
