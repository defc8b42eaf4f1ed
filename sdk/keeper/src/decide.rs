//! Decides what is due, without a chain and without a formula: each step is rehearsed on a copy of the book by the
//! transition that the program will run, and is due when that succeeds.

use anchor_lang::prelude::Pubkey;
use anchor_lang::solana_program::instruction::Instruction;
use ballast_core::clearing::{CollateralSold, Liquidated, Rebalanced, Refreshed, Settled};
use ballast_core::margin::{CLOSE_OUT, CRITICAL, Exposure, MAINTENANCE, Moment};
use ballast_core::state::MarginAccount;
use ballast_core::units::{Size, Timestamp, Tokens, Usd};
use ballast_core::{BallastError, Result};

use crate::book::Book;

/// Steps that one account may take in a plan before the next book is awaited.
const STEPS_AN_ACCOUNT: usize = 24;

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
    },
    /// Buy collateral.
    SellCollateral {
        /// The account in liquidation.
        account: Pubkey,
        /// Row of the vault.
        vault: u8,
        /// Most tokens.
        most: Tokens,
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
    Sold(CollateralSold),
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

/// What an account calls for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Due {
    Nothing,
    /// Its liquidation should begin, so that the auction runs.
    Beginning,
    /// Lots or collateral should be taken, or the liquidation ended.
    Taking,
}

impl Keeper {
    /// Everything that is due on a book: prices, then calls and top-ups, liquidations, settlements of losses, and of
    /// gains from what the losses paid.
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

    /// The next step of an account's liquidation, if there is one.
    ///
    /// Collateral goes first: against losses that cash does not cover its sale raises equity, and without it an
    /// insolvent account cannot be resolved.
    fn liquidate(&self, plan: &mut Plan, address: &Pubkey) -> bool {
        let Ok(account) = plan.book.account(address) else { return false };
        if account.top_up.reserve.0 == self.account.to_bytes() {
            return false;
        }
        let step = match self.due(&plan.book, &account) {
            Ok(Due::Taking) => self
                .sell_collateral(&mut plan.book, address, &account)
                .or_else(|| self.take_lots(&mut plan.book, address, &account, u64::MAX)),
            Ok(Due::Beginning) => self.take_lots(&mut plan.book, address, &account, 0),
            Ok(Due::Nothing) | Err(_) => None,
        };
        match step {
            Some(step) => {
                plan.steps.push(step);
                true
            }
            None => false,
        }
    }

    fn sell_collateral(&self, book: &mut Book, address: &Pubkey, account: &MarginAccount) -> Option<Step> {
        let (most, keeper) = (Tokens(u64::MAX), (self.owner, self.account));
        account.collateral.iter().filter(|held| held.amount != Tokens::ZERO).find_map(|held| {
            let sold = book.sell_collateral(address, &self.account, held.vault, most).ok()?;
            let instruction = book.deployment.liquidate_collateral(keeper, *address, account, held.vault, most);
            let action = Action::SellCollateral { account: *address, vault: held.vault, most };
            Some(Step { action, instruction, outcome: Outcome::Sold(sold) })
        })
    }

    fn take_lots(&self, book: &mut Book, address: &Pubkey, account: &MarginAccount, most: u64) -> Option<Step> {
        account.positions().iter().find_map(|held| {
            let contract = held.contract;
            let (most, done) = self.most_lots(book, address, contract, held.size, most)?;
            let keeper = (self.owner, self.account);
            let instruction = book.deployment.liquidate(keeper, *address, account, contract, most);
            let action = Action::Liquidate { account: *address, contract, most };
            Some(Step { action, instruction, outcome: Outcome::Liquidated(done) })
        })
    }

    /// The most lots that the keeper's own margin carries, found by halving.
    fn most_lots(
        &self,
        book: &mut Book,
        address: &Pubkey,
        contract: u32,
        size: Size,
        mut most: u64,
    ) -> Option<(u64, Liquidated)> {
        loop {
            match book.liquidate(address, &self.account, contract, most) {
                Ok(done) => return Some((most, done)),
                Err(BallastError::KeeperBelowInitialMargin | BallastError::FeeUnpaid) => {
                    most = most.min(size.lots()) >> 1;
                    if most == 0 {
                        return None;
                    }
                }
                Err(_) => return None,
            }
        }
    }

    /// What an account calls for.
    fn due(&self, book: &Book, account: &MarginAccount) -> Result<Due> {
        if account.position_count == 0 {
            return Ok(Due::Nothing);
        }
        let now = book.now();
        let exposure = Exposure::of(account, &book.board, Moment::at(now))?;
        if !exposure.meets(CRITICAL)? {
            return Ok(Due::Taking);
        }
        if account.liquidation_at == Timestamp::ZERO {
            return Ok(match (exposure.meets(MAINTENANCE)?, self.patience) {
                (true, _) => Due::Nothing,
                (false, 0) => Due::Taking,
                (false, _) => Due::Beginning,
            });
        }
        let waited = now.since(account.liquidation_at) >= self.patience;
        Ok(if waited || exposure.meets(CLOSE_OUT)? { Due::Taking } else { Due::Nothing })
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

#[cfg(test)]
mod tests;
