//! What a fill makes of a position.

use crate::error::{BallastError, Result};
use crate::margin::accrued_basis;
use crate::state::{Contract, ContractRow, MarginAccount, Position};
use crate::units::{Size, Usd};

/// A position before and after a booking that has not been written yet.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Booking {
    /// As it stands; all zero when there is none.
    pub before: Position,
    /// As it will stand.
    pub after: Position,
}

impl Booking {
    /// Adds lots and basis to an account's position, at the contract's present indices.
    pub(crate) fn plan(
        account: &MarginAccount,
        row_index: u8,
        row: &ContractRow,
        size: Size,
        basis: Usd,
    ) -> Result<Self> {
        let before = account.position(row.id);
        let after_size = before.size.plus(size)?;
        let side = match after_size.0.signum() {
            0 => before.side,
            1 => 1,
            _ => -1,
        };
        let after_basis = accrued_basis(&before, row)?.plus(basis)?;
        let after = Position {
            contract: row.id,
            row: row_index,
            underlying: row.underlying,
            side,
            padding: 0,
            size: after_size,
            basis: after_basis,
            funding_index: row.funding.index,
            loss_index: row.loss_index(side),
            pace: before.pace,
        };
        let booking = Self { before, after };
        if before.contract == 0 && !booking.frees() && usize::from(account.position_count) >= crate::state::POSITIONS {
            return Err(BallastError::PositionsFull);
        }
        Ok(booking)
    }

    /// Whether the position only becomes smaller.
    pub(crate) const fn reduces(&self) -> bool {
        let same_side = self.after.size.0 == 0 || (self.after.size.0 < 0) == (self.before.size.0 < 0);
        same_side && self.after.size.lots() < self.before.size.lots()
    }

    const fn frees(&self) -> bool {
        self.after.size.0 == 0 && self.after.basis.0 == 0
    }

    /// Lots that the account adds to the long side; the shorts follow, since sizes sum to zero.
    fn long_lots(&self) -> Result<(u64, u64)> {
        let long = |size: Size| u64::try_from(size.0.max(0)).map_err(|_| BallastError::Overflow);
        Ok((long(self.before.size)?, long(self.after.size)?))
    }

    /// Open interest after this booking.
    pub(crate) fn open_interest(&self, before: u64) -> Result<u64> {
        let (had, has) = self.long_lots()?;
        before.checked_sub(had).and_then(|rest| rest.checked_add(has)).ok_or(BallastError::Overflow)
    }

    /// Holders after this booking.
    fn holders(&self, before: u64) -> u64 {
        match (self.before.contract == 0, self.frees()) {
            (true, false) => before.saturating_add(1),
            (false, true) => before.saturating_sub(1),
            (true, true) | (false, false) => before,
        }
    }

    /// Writes it.
    pub(crate) fn write(&self, account: &mut MarginAccount, contract: &mut Contract) -> Result<()> {
        let open_interest = self.open_interest(contract.open_interest)?;
        account.put(self.after)?;
        contract.open_interest = open_interest;
        contract.holders = self.holders(contract.holders);
        Ok(())
    }
}
