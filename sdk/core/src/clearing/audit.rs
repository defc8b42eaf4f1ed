//! Checks the books of a whole exchange, to the unit.

use crate::error::{BallastError, Result};
use crate::margin::accrued_basis;
use crate::state::{Board, CONTRACTS, Contract, InsuranceFund, MarginAccount, Stake, VAULTS, Vault};
use crate::units::{Key, Timestamp, Tokens, Usd};

/// An equality or bound of the books that does not hold, with both sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "fields are the two sides of the equality that the variant names")]
pub enum Discrepancy {
    /// The sizes of a contract's positions do not sum to zero.
    Sizes { contract: u32, sum: i128 },
    /// Long lots differ from the open interest.
    OpenInterest { contract: u32, long: i128, recorded: i128 },
    /// Basis at current indices differs from pool plus deficit.
    Basis { contract: u32, sum: i128, recorded: i128 },
    /// Positions in use differ from the holders.
    Holders { contract: u32, counted: u64, recorded: u64 },
    /// A pool, fee, fund or account is negative.
    Negative { what: Key, amount: Usd },
    /// A vault's ledger differs from what the accounts hold.
    Ledger { mint: Key, sum: i128, recorded: i128 },
    /// A vault's token account holds less than its ledger.
    Tokens { mint: Key, held: Tokens, ledger: Tokens },
    /// What contracts owe the insurance fund differs from what it says.
    Owed { sum: i128, recorded: i128 },
    /// Stakes and the exchange's shares differ from all shares, or more leave than are there.
    Shares { sum: i128, recorded: i128 },
    /// A position is out of order, of an unknown contract, or free and not zero.
    Position { owner: Key, contract: u32 },
}

/// The books of an exchange, gathered account by account.
#[derive(Debug)]
pub struct Audit<'a> {
    board: &'a Board,
    sizes: [i128; CONTRACTS],
    longs: [i128; CONTRACTS],
    basis: [i128; CONTRACTS],
    holders: [u64; CONTRACTS],
    cash: i128,
    owed: i128,
    collateral: [i128; VAULTS],
    first: Option<Discrepancy>,
    worst: i128,
}

impl<'a> Audit<'a> {
    /// Starts with a board, whose reward budgets are owed too.
    #[must_use]
    pub fn of(board: &'a Board) -> Self {
        let budgets =
            board.underlyings.iter().fold(0_i128, |sum, row| sum.saturating_add(i128::from(row.reward_budget.0)));
        Self {
            board,
            sizes: [0; CONTRACTS],
            longs: [0; CONTRACTS],
            basis: [0; CONTRACTS],
            holders: [0; CONTRACTS],
            cash: budgets,
            owed: 0,
            collateral: [0; VAULTS],
            first: None,
            worst: 0,
        }
    }

    fn note(&mut self, difference: i128, discrepancy: Discrepancy) {
        if difference != 0 {
            self.worst = self.worst.max(difference.saturating_abs());
            self.first.get_or_insert(discrepancy);
        }
    }

    /// Adds a margin account.
    ///
    /// # Errors
    /// `UnknownContract`, `UnknownVault`, `Overflow`.
    pub fn margin_account(&mut self, account: &MarginAccount) -> Result<()> {
        self.note(
            i128::from(account.cash.0.min(0)),
            Discrepancy::Negative { what: account.owner, amount: account.cash },
        );
        self.cash = self.cash.saturating_add(i128::from(account.cash.0));
        let mut before = 0;
        for (place, position) in account.positions.iter().enumerate() {
            if place >= usize::from(account.position_count) {
                let used = i128::from(*position != crate::state::Position::default());
                self.note(used, Discrepancy::Position { owner: account.owner, contract: position.contract });
                continue;
            }
            let row = self.board.contract(position.row)?;
            let empty = position.size.0 == 0 && position.basis.0 == 0;
            let wrong = row.id != position.contract
                || row.underlying != position.underlying
                || position.underlying < before
                || empty;
            self.note(i128::from(wrong), Discrepancy::Position { owner: account.owner, contract: position.contract });
            before = position.underlying;
            let row_index = usize::from(position.row);
            if row.settled_at == Timestamp::ZERO {
                add(&mut self.sizes, row_index, i128::from(position.size.0))?;
            } else {
                // positions close one by one: what they are settled at counts as basis already
                add(&mut self.basis, row_index, i128::from(position.size.at(row.mark).usd_down()?.0))?;
            }
            add(&mut self.longs, row_index, i128::from(position.size.0.max(0)))?;
            add(&mut self.basis, row_index, i128::from(accrued_basis(position, row)?.0))?;
            let holders = self.holders.get_mut(row_index).ok_or(BallastError::UnknownContract)?;
            *holders = holders.saturating_add(1);
        }
        for held in &account.collateral {
            if held.amount != Tokens::ZERO {
                add(&mut self.collateral, usize::from(held.vault), i128::from(held.amount.0))?;
            }
        }
        Ok(())
    }

    /// Adds a contract. Every margin account comes before.
    ///
    /// # Errors
    /// `UnknownContract`.
    pub fn contract(&mut self, contract: &Contract) -> Result<()> {
        let place = usize::from(contract.row);
        let get = |sums: &[i128]| sums.get(place).copied().ok_or(BallastError::UnknownContract);
        let (size, long, basis) = (get(&self.sizes)?, get(&self.longs)?, get(&self.basis)?);
        let counted = self.holders.get(place).copied().ok_or(BallastError::UnknownContract)?;
        let id = contract.id;
        self.note(size, Discrepancy::Sizes { contract: id, sum: size });
        let recorded = i128::from(contract.open_interest);
        self.note(long.saturating_sub(recorded), Discrepancy::OpenInterest { contract: id, long, recorded });
        let deficit = self.board.contract(contract.row)?.deficit;
        let recorded = i128::from(contract.pool.0).saturating_add(i128::from(deficit.net()?.0));
        self.note(basis.saturating_sub(recorded), Discrepancy::Basis { contract: id, sum: basis, recorded });
        self.owed = self.owed.saturating_add(i128::from(deficit.owed_to_fund.0));
        let recorded = contract.holders;
        self.note(
            i128::from(counted).saturating_sub(i128::from(recorded)),
            Discrepancy::Holders { contract: id, counted, recorded },
        );
        for amount in [contract.pool, contract.fees_due] {
            self.note(i128::from(amount.0.min(0)), Discrepancy::Negative { what: contract.exchange, amount });
            self.cash = self.cash.saturating_add(i128::from(amount.0));
        }
        Ok(())
    }

    /// Adds the insurance fund. Every contract comes before.
    ///
    /// # Errors
    /// `UnknownVault`.
    pub fn insurance_fund(&mut self, fund: &InsuranceFund) -> Result<()> {
        self.note(
            i128::from(fund.balance.0.min(0)),
            Discrepancy::Negative { what: fund.exchange, amount: fund.balance },
        );
        self.cash = self.cash.saturating_add(i128::from(fund.balance.0));
        for (place, amount) in fund.collateral.iter().enumerate() {
            add(&mut self.collateral, place, i128::from(amount.0))?;
        }
        let (sum, recorded) = (self.owed, i128::from(fund.owed.0));
        self.note(sum.saturating_sub(recorded), Discrepancy::Owed { sum, recorded });
        Ok(())
    }

    /// Adds all stakes in an insurance fund.
    pub fn stakes<'s>(&mut self, fund: &InsuranceFund, stakes: impl IntoIterator<Item = &'s Stake>) {
        let mut sum = i128::from(fund.exchange_shares.0);
        let recorded = i128::from(fund.shares.0);
        for stake in stakes.into_iter().filter(|stake| stake.generation == fund.generation) {
            sum = sum.saturating_add(i128::from(stake.shares.0));
            let beyond = i128::from(stake.leaving.0.saturating_sub(stake.shares.0));
            self.note(
                beyond,
                Discrepancy::Shares { sum: i128::from(stake.shares.0), recorded: i128::from(stake.leaving.0) },
            );
        }
        self.note(sum.saturating_sub(recorded), Discrepancy::Shares { sum, recorded });
    }

    /// Adds a vault and what its token account holds. Everything else comes before.
    ///
    /// # Errors
    /// `UnknownVault`.
    pub fn vault(&mut self, vault: &Vault, held: Tokens) -> Result<()> {
        let sum = if vault.is_quote() {
            self.cash
        } else {
            self.collateral.get(usize::from(vault.row)).copied().ok_or(BallastError::UnknownVault)?
        };
        let recorded = i128::from(vault.ledger.0);
        self.note(sum.saturating_sub(recorded), Discrepancy::Ledger { mint: vault.mint, sum, recorded });
        let missing = i128::from(vault.ledger.0.saturating_sub(held.0));
        self.note(missing, Discrepancy::Tokens { mint: vault.mint, held, ledger: vault.ledger });
        Ok(())
    }

    /// The first discrepancy found; none when the books are exact.
    #[must_use]
    pub const fn discrepancy(&self) -> Option<Discrepancy> {
        self.first
    }

    /// The largest difference found, in units; zero when the books are exact.
    #[must_use]
    pub const fn error(&self) -> i128 {
        self.worst
    }
}

fn add(sums: &mut [i128], place: usize, amount: i128) -> Result<()> {
    let sum = sums.get_mut(place).ok_or(BallastError::Overflow)?;
    *sum = sum.saturating_add(amount);
    Ok(())
}
