//! What a contract lacks: losses that nobody has covered, and what it owes the insurance fund.

use crate::error::Result;
use crate::units::Usd;

/// What a contract lacks. The uncovered losses of the two sides are charged to different lots, so they stand apart.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, bytemuck::Pod, bytemuck::Zeroable)]
#[cfg_attr(feature = "anchor", derive(anchor_lang::AnchorSerialize, anchor_lang::AnchorDeserialize))]
pub struct Deficit {
    /// Losses of insolvent longs that nobody has covered, 1e-6 USD; the shorts are charged for them.
    pub of_longs: Usd,
    /// Losses of insolvent shorts that nobody has covered, 1e-6 USD; the longs are charged for them.
    pub of_shorts: Usd,
    /// What the contract owes the insurance fund, for claims that it took over at face and for rounding of the loss
    /// indices, 1e-6 USD. Zero while a loss is uncovered.
    pub owed_to_fund: Usd,
    /// Rounding of the loss indices in charges without the fund at hand, 1e-6 USD: owed to it from the next repayment on.
    pub surplus: Usd,
}

impl Deficit {
    /// Whether a loss is uncovered: then the contract takes reductions only and pays no gains.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.of_longs > Usd::ZERO || self.of_shorts > Usd::ZERO
    }

    /// Losses that nobody has covered.
    ///
    /// # Errors
    /// `Overflow`.
    pub const fn uncovered(&self) -> Result<Usd> {
        self.of_longs.plus(self.of_shorts)
    }

    /// Losses that nobody has covered less what is owed to the fund.
    ///
    /// # Errors
    /// `Overflow`.
    pub fn net(&self) -> Result<Usd> {
        self.uncovered()?.minus(self.owed_to_fund)?.minus(self.surplus)
    }

    /// Losses of a side that nobody has covered: 1 long, -1 short.
    #[must_use]
    pub const fn of(&self, side: i8) -> Usd {
        if side >= 0 { self.of_longs } else { self.of_shorts }
    }

    const fn of_mut(&mut self, side: i8) -> &mut Usd {
        if side >= 0 { &mut self.of_longs } else { &mut self.of_shorts }
    }

    /// This with a loss of a side more; what the contract has too much, or owes the fund, covers it first.
    ///
    /// # Errors
    /// `Overflow`.
    pub fn with_loss(mut self, side: i8, loss: Usd) -> Result<Self> {
        let by_surplus = loss.min(self.surplus);
        let by_fund = loss.minus(by_surplus)?.min(self.owed_to_fund);
        self.surplus = self.surplus.minus(by_surplus)?;
        self.owed_to_fund = self.owed_to_fund.minus(by_fund)?;
        let open = self.of_mut(side);
        *open = open.plus(loss.minus(by_surplus)?.minus(by_fund)?)?;
        Ok(self)
    }

    /// This with so much less of a side's losses, then of the other's; and what is left of the amount then.
    ///
    /// # Errors
    /// `Overflow`.
    pub fn relieved(mut self, side: i8, mut amount: Usd) -> Result<(Self, Usd)> {
        if !self.is_open() {
            return Ok((self, amount));
        }
        for side in [side, if side >= 0 { -1 } else { 1 }] {
            let open = self.of_mut(side);
            let covered = amount.min(*open);
            *open = open.minus(covered)?;
            amount = amount.minus(covered)?;
        }
        Ok((self, amount))
    }

    /// This with more owed to the fund.
    ///
    /// # Errors
    /// `Overflow`.
    pub fn with_owed(mut self, amount: Usd) -> Result<Self> {
        self.owed_to_fund = self.owed_to_fund.plus(amount)?;
        Ok(self)
    }

    /// This with more of what a charge rounded up.
    ///
    /// # Errors
    /// `Overflow`.
    pub fn with_surplus(mut self, amount: Usd) -> Result<Self> {
        self.surplus = self.surplus.plus(amount)?;
        Ok(self)
    }

    /// This after the fund was paid out of a pool; and what it was paid.
    ///
    /// # Errors
    /// `Overflow`.
    pub fn repaid(mut self, pool: Usd) -> Result<(Self, Usd)> {
        let owed = self.owed_to_fund.plus(self.surplus)?;
        let paid = owed.min(pool);
        self.owed_to_fund = owed.minus(paid)?;
        self.surplus = Usd::ZERO;
        Ok((self, paid))
    }
}
