//! Margin accounts of any shape and any health.

use anchor_lang::prelude::Pubkey;
use ballast_client::key;
use ballast_core::margin::{Exposure, Level, Moment};
use ballast_core::state::{CollateralBalance, MarginAccount, Position, TopUpPolicy};
use ballast_core::units::{PerLot, Size, Timestamp, Tokens, Usd};
use bytemuck::Zeroable;
use solana_keypair::Keypair;
use solana_signer::Signer;

use crate::machine::{Machine, NOW};
use crate::market::{Market, Spread, dollars};

/// Lots of every position: about 25 million USD, so that its notional does not fit 64 bits.
pub const LOTS: i64 = 4_000_000;
/// Units of every collateral: about 120,000 USD, likewise.
const COLLATERAL: Tokens = Tokens(2_000_000_000);
/// The same, worth less than 10 USD.
const DUST: Tokens = Tokens(100_000);

/// How much an account holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Positions.
    pub positions: usize,
    /// Kinds of collateral.
    pub collaterals: usize,
    /// On which underlyings.
    pub spread: Spread,
}

impl Shape {
    /// Place of the contract that a case trades: the one whose position is found last.
    #[must_use]
    pub fn last_contract(&self) -> usize {
        *self.spread.contracts(self.positions).last().unwrap()
    }
}

/// Direction of an account's positions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// All long.
    Long,
    /// All short.
    Short,
}

/// A margin account with its addresses.
#[derive(Clone, Copy, Debug)]
pub struct Holder {
    /// Its owner.
    pub owner: Pubkey,
    /// Its address.
    pub address: Pubkey,
    /// Its state.
    pub account: MarginAccount,
}

impl Holder {
    /// An account of an owner, without anything in it.
    #[must_use]
    pub fn empty(market: &Market, owner: u8, id: u16) -> Self {
        let owner = Pubkey::new_from_array([owner; 32]);
        let account = MarginAccount {
            version: 1,
            bump: 255,
            id,
            exchange: key(&market.deployment.exchange),
            owner: key(&owner),
            ..MarginAccount::zeroed()
        };
        Self { owner, address: market.deployment.account(&owner, id), account }
    }

    /// The same account, of an owner who can sign.
    #[must_use]
    pub fn of(mut self, market: &Market, owner: &Keypair) -> Self {
        self.owner = owner.pubkey();
        self.account.owner = key(&self.owner);
        self.address = market.deployment.account(&self.owner, self.account.id);
        self
    }

    /// An account of a shape, with an uncollected loss on every position and indices to catch up with.
    #[must_use]
    pub fn new(market: &Market, owner: u8, id: u16, shape: Shape, direction: Direction) -> Self {
        let mut holder = Self::empty(market, owner, id);
        let account = &mut holder.account;
        for (place, contract) in shape.spread.contracts(shape.positions).into_iter().enumerate() {
            let row = &market.board.contracts[contract];
            let side = if direction == Direction::Long { 1 } else { -1 };
            let paid = Size(LOTS).at(PerLot(row.mark.0 / 10_000 * (10_000 + i64::from(side)))).usd_up().unwrap();
            account.positions[place] = Position {
                contract: row.id,
                row: contract as u8,
                underlying: row.underlying,
                side,
                padding: 0,
                size: Size(LOTS * i64::from(side)),
                basis: Usd(-paid.0 * i64::from(side)),
                funding_index: Usd(row.funding.index.0 - 3),
                loss_index: Usd(row.loss_index(side).0 - 2),
                ..Position::default()
            };
        }
        account.position_count = shape.positions as u8;
        for (place, held) in account.collateral.iter_mut().take(shape.collaterals).enumerate() {
            *held = CollateralBalance { amount: COLLATERAL, vault: place as u8, padding: [0; 7] };
        }
        holder
    }

    /// Gives it the cash with which its equity is so many percent of what a level requires.
    ///
    /// # Panics
    /// When that would be less than none.
    #[must_use]
    pub fn at(mut self, market: &Market, level: Level, percent: i64) -> Self {
        self.account.cash = Usd::ZERO;
        let exposure = Exposure::of(&self.account, &market.board, Moment::at(Timestamp(NOW))).unwrap();
        let wanted = exposure.requirement(level).unwrap().0 / 100 * percent;
        let cash = wanted - exposure.equity(level).unwrap().0;
        assert!(cash >= 0, "cash of {cash}");
        self.account.cash = Usd(cash);
        self
    }

    /// Has each position lose so much more.
    #[must_use]
    pub fn losing(mut self, each: Usd) -> Self {
        for position in self.account.positions.iter_mut().take(usize::from(self.account.position_count)) {
            position.basis.0 -= each.0;
        }
        self
    }

    /// Gives it cash.
    #[must_use]
    pub fn with_cash(mut self, cash: Usd) -> Self {
        self.account.cash = cash;
        self
    }

    /// Has it called and put in liquidation some time ago.
    #[must_use]
    pub fn in_liquidation(mut self) -> Self {
        self.account.called_at = Timestamp(NOW - 5_000);
        self.account.liquidation_at = Timestamp(NOW - 333);
        self
    }

    /// Has it been seen to be insolvent as long ago.
    #[must_use]
    pub fn insolvent(mut self) -> Self {
        self.account.insolvent_at = self.account.liquidation_at;
        self
    }

    /// Names a reserve that tops it up.
    #[must_use]
    pub fn backed_by(mut self, reserve: &Self) -> Self {
        self.account.top_up = TopUpPolicy {
            reserve: key(&reserve.address),
            daily_limit: dollars(1_000_000_000),
            releases: 1,
            ..TopUpPolicy::default()
        };
        self
    }

    /// Leaves size to the last position only, a loss to the others, and of the collateral dust.
    #[must_use]
    pub fn all_but_resolved(mut self) -> Self {
        let last = usize::from(self.account.position_count) - 1;
        for position in self.account.positions.iter_mut().take(last) {
            position.size = Size::ZERO;
            position.basis = dollars(-5_000);
        }
        self.account.positions[last].basis.0 -= dollars(1_000_000).0;
        for held in self.account.collateral.iter_mut().filter(|held| held.amount != Tokens::ZERO) {
            held.amount = DUST;
        }
        self
    }

    /// Writes it and its owner's wallet.
    ///
    /// # Errors
    /// When the chain refuses an account.
    pub fn write(&self, machine: &mut Machine) -> Result<(), String> {
        machine.wallet(self.owner)?;
        machine.state(self.address, &self.account)
    }
}
