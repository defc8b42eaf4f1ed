//! Decides what is due, without a chain and without a formula: each step is rehearsed on a copy of the book by the
//! transition that the program will run, and is due when that succeeds.

use std::collections::BTreeMap;

use anchor_lang::prelude::Pubkey;
use anchor_lang::solana_program::instruction::Instruction;
use ballast_core::clearing::{CollateralSold, Deleveraged, Liquidated, Rebalanced, Refreshed, Settled, WoundDown};
use ballast_core::units::{Timestamp, Tokens, Usd};

use crate::book::Book;

/// Steps that one account may take in a plan before the next book is awaited.
const STEPS_AN_ACCOUNT: usize = 24;
/// Contracts that one transaction winds down.
const CONTRACTS_A_STEP: usize = 16;

/// What a keeper may send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Accept newer prices: rows of underlyings and their oracle accounts.
    Refresh(Vec<(u8, Pubkey)>),
    /// Open or close a call, top up, release.
    Rebalance {
        /// The margin account.
        account: Pubkey,
    },
    /// Take lots over.
    Liquidate {
        /// The account below maintenance.
        account: Pubkey,
        /// Id of the contract.
        contract: u32,
        /// Most lots.
        most: u64,
        /// Id of the contract of the hedge that is taken too.
        hedge: Option<u32>,
    },
    /// Close lots of an insolvent account, for which the keeper's margin does not suffice, against one that has gained.
    Deleverage {
        /// The insolvent account.
        account: Pubkey,
        /// The account on the other side.
        opposite: Pubkey,
        /// Id of the contract.
        contract: u32,
    },
    /// Buy collateral, or look at losses that cash does not cover.
    SellCollateral {
        /// The account with a loss.
        account: Pubkey,
        /// Row of the vault.
        vault: u8,
        /// Most tokens.
        most: Tokens,
    },
    /// Settle contracts with a deficit that nobody holds lots of, and have insurance cover what settled ones lack.
    WindDown {
        /// Row of the underlying.
        underlying: u8,
        /// Ids of the contracts.
        contracts: Vec<u32>,
    },
    /// Move a gain or a loss between basis and cash.
    Settle {
        /// The margin account.
        account: Pubkey,
        /// Id of the contract.
        contract: u32,
    },
}

/// What the core foresees.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is the summary of the transition of its name")]
pub enum Outcome {
    Refreshed(Vec<Refreshed>),
    Rebalanced(Rebalanced),
    Liquidated(Liquidated),
    Deleveraged(Deleveraged),
    Sold(CollateralSold),
    WoundDown(WoundDown),
    Settled(Settled),
}

/// A transaction that is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What it does.
    pub action: Action,
    /// Its instruction.
    pub instruction: Instruction,
    /// What it will have done.
    pub outcome: Outcome,
}

/// What is due, in order, and the book as it will stand then.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Transactions, to be sent in this order.
    pub steps: Vec<Step>,
    /// The book after the last of them.
    pub book: Book,
}

/// Who keeps, and what is worth its while.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keeper {
    /// Wallet that owns the keeper's margin account and signs.
    pub owner: Pubkey,
    /// Its margin account: receives rewards, takes positions over, buys collateral.
    pub account: Pubkey,
    /// Least gain or loss that is settled.
    pub least_settled: Usd,
    /// Seconds after the start of a liquidation before it takes lots: the fee grows meanwhile. It does not wait where an
    /// account is below the critical level.
    pub patience: u64,
}

impl Keeper {
    /// Everything that is due on a book: prices, then calls and top-ups, liquidations, contracts whose claims would wait,
    /// settlements of losses, and of gains from what the losses paid.
    ///
    /// What the core refuses is not due; an account that the core cannot value (a price is missing) is left alone.
    #[must_use]
    pub fn plan(&self, book: &Book) -> Plan {
        let mut plan = Plan { steps: Vec::new(), book: book.clone() };
        self.refresh(&mut plan);
        let addresses: Vec<Pubkey> = book.accounts.keys().copied().filter(|address| *address != self.account).collect();
        for address in &addresses {
            self.rebalance(&mut plan, address);
        }
        for address in &addresses {
            for _ in 0..STEPS_AN_ACCOUNT {
                if !self.liquidate(&mut plan, address) {
                    break;
                }
            }
        }
        wind_down(&mut plan);
        for losses in [true, false] {
            for address in book.accounts.keys() {
                self.settle(&mut plan, address, losses);
            }
        }
        plan
    }

    /// One transaction for all prices that are newer than the board's.
    fn refresh(&self, plan: &mut Plan) {
        let (mut prices, mut refreshed) = (Vec::new(), Vec::new());
        let before = plan.book.clone();
        // the transaction lands in a later slot than the one that was read
        plan.book.slot = plan.book.slot.saturating_add(1);
        for published in &before.published {
            let Some(reading) = published.reading else { continue };
            if let Ok(done) = plan.book.refresh(published.underlying, &reading, &self.account) {
                prices.push((published.underlying, published.oracle));
                refreshed.push(done);
            }
        }
        if prices.is_empty() {
            return;
        }
        match before.deployment.refresh(&before.board, Some(self.account), &prices) {
            Ok(instruction) => {
                let (action, outcome) = (Action::Refresh(prices), Outcome::Refreshed(refreshed));
                plan.steps.push(Step { action, instruction, outcome });
            }
            Err(_) => plan.book = before,
        }
    }

    fn rebalance(&self, plan: &mut Plan, address: &Pubkey) {
        let Ok(account) = plan.book.account(address) else { return };
        if account.position_count == 0 && account.called_at == Timestamp::ZERO {
            return;
        }
        let keeper = (account.top_up.reserve.0 != self.account.to_bytes()).then_some(self.account);
        let instruction = plan.book.deployment.rebalance(*address, &account, keeper);
        if let Ok(done) = plan.book.rebalance(address, keeper.as_ref()) {
            let action = Action::Rebalance { account: *address };
            plan.steps.push(Step { action, instruction, outcome: Outcome::Rebalanced(done) });
        }
    }

    fn settle(&self, plan: &mut Plan, address: &Pubkey, losses: bool) {
        let Ok(account) = plan.book.account(address) else { return };
        for position in account.positions() {
            let Ok(contract) = plan.book.contract(position.contract) else { continue };
            let Ok(done) = plan.book.settle(address, position.contract) else { continue };
            let worth = done.paid.0.unsigned_abs() >= self.least_settled.0.unsigned_abs();
            if worth && (done.paid < Usd::ZERO) == losses {
                let instruction = plan.book.deployment.settle(*address, position.contract);
                let action = Action::Settle { account: *address, contract: position.contract };
                plan.steps.push(Step { action, instruction, outcome: Outcome::Settled(done) });
            } else {
                plan.book.accounts.insert(*address, account);
                plan.book.contracts.insert(position.contract, contract);
            }
        }
    }
}

/// Contracts with a deficit that nobody holds lots of are settled; of settled ones the deficit is covered.
fn wind_down(plan: &mut Plan) {
    let mut waiting: BTreeMap<u8, Vec<u32>> = BTreeMap::new();
    for contract in plan.book.contracts.values() {
        let Ok(row) = plan.book.board.contract(contract.row) else { continue };
        let done = row.settled_at != Timestamp::ZERO || contract.open_interest == 0;
        if row.id == contract.id && row.deficit.is_open() && done {
            waiting.entry(row.underlying).or_default().push(contract.id);
        }
    }
    for (underlying, mut contracts) in waiting {
        contracts.truncate(CONTRACTS_A_STEP);
        if let Ok(done) = plan.book.wind_down(underlying, &contracts) {
            let instruction = plan.book.deployment.wind_down(underlying, &contracts);
            let action = Action::WindDown { underlying, contracts };
            plan.steps.push(Step { action, instruction, outcome: Outcome::WoundDown(done) });
        }
    }
}

mod liquidating;
#[cfg(test)]
mod tests;
