//! What a keeper does with accounts that are in liquidation or ought to be, and with losses that cash does not cover.

use anchor_lang::prelude::Pubkey;
use ballast_core::clearing::{CollateralOffer, Liquidated, Offer};
use ballast_core::margin::{CLOSE_OUT, CRITICAL, Exposure, MAINTENANCE, Moment, accrued_basis};
use ballast_core::state::{MarginAccount, Position};
use ballast_core::units::{Notional, Size, Timestamp, Tokens, Usd};
use ballast_core::{BallastError, Result};

use super::{Action, Keeper, Outcome, Plan, Step};
use crate::book::Book;

/// Seconds between two looks at a loss that cash does not cover: the core allows six hours.
const BETWEEN_LOOKS: u64 = 18_000;

/// What an account calls for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Due {
    Nothing,
    /// Its liquidation should begin, so that the auction runs.
    Beginning,
    /// Lots or collateral should be taken, or the liquidation ended.
    Taking,
    /// A loss that cash does not cover should be looked at, or covered by collateral where it is due.
    Covering(Tokens),
}

impl Keeper {
    /// The next step of an account's liquidation, if there is one.
    ///
    /// Collateral goes first: against losses that cash does not cover its sale raises equity, and without it an
    /// insolvent account cannot be resolved.
    pub(super) fn liquidate(&self, plan: &mut Plan, address: &Pubkey) -> bool {
        let Ok(account) = plan.book.account(address) else { return false };
        if account.top_up.reserve.0 == self.account.to_bytes() {
            return false;
        }
        let step = match self.due(&plan.book, &account) {
            Ok(Due::Taking) => self
                .sell_collateral(&mut plan.book, address, &account)
                .or_else(|| self.take_lots(&mut plan.book, address, &account, u64::MAX))
                .or_else(|| self.take_hedged(&mut plan.book, address, &account))
                .or_else(|| self.begin(&mut plan.book, address, &account))
                .or_else(|| deleverage(&mut plan.book, address, &account)),
            Ok(Due::Beginning) => self.begin(&mut plan.book, address, &account),
            Ok(Due::Covering(most)) => self.cover(&mut plan.book, address, &account, most),
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

    /// Begins a liquidation, so that its auction runs, or notes that the account is insolvent, so that it may be
    /// deleveraged in time.
    fn begin(&self, book: &mut Book, address: &Pubkey, account: &MarginAccount) -> Option<Step> {
        let step = self.take_lots(book, address, account, 0)?;
        let after = book.account(address).ok()?;
        let notes = |held: &MarginAccount| (held.liquidation_at, held.insolvent_at);
        (notes(&after) != notes(account)).then_some(step)
    }

    fn sell_collateral(&self, book: &mut Book, address: &Pubkey, account: &MarginAccount) -> Option<Step> {
        self.cover(book, address, account, Tokens(u64::MAX))
    }

    /// Buys collateral of the first kind that is sold; of nothing it only looks at the account's losses.
    fn cover(&self, book: &mut Book, address: &Pubkey, account: &MarginAccount, most: Tokens) -> Option<Step> {
        let keeper = (self.owner, self.account);
        account.collateral.iter().filter(|held| held.amount != Tokens::ZERO).find_map(|held| {
            let offer = CollateralOffer::of(held.vault, most);
            let sold = book.sell_collateral(address, &self.account, offer).ok()?;
            let instruction = book.deployment.liquidate_collateral(keeper, *address, account, offer);
            let action = Action::SellCollateral { account: *address, vault: held.vault, most };
            Some(Step { action, instruction, outcome: Outcome::Sold(sold) })
        })
    }

    fn take_lots(&self, book: &mut Book, address: &Pubkey, account: &MarginAccount, most: u64) -> Option<Step> {
        account.positions().iter().find_map(|held| self.take(book, address, account, held, Offer::of(most)))
    }

    /// Takes a position together with one that hedges it: neither alone frees margin.
    fn take_hedged(&self, book: &mut Book, address: &Pubkey, account: &MarginAccount) -> Option<Step> {
        account.positions().iter().find_map(|held| {
            account.positions().iter().filter(|other| hedges(held, other)).find_map(|other| {
                let offer = Offer { hedge: Some(other.contract), ..Offer::of(u64::MAX) };
                self.take(book, address, account, held, offer)
            })
        })
    }

    fn take(
        &self,
        book: &mut Book,
        address: &Pubkey,
        account: &MarginAccount,
        held: &Position,
        offer: Offer,
    ) -> Option<Step> {
        let contract = held.contract;
        let (offer, done) = self.most_lots(book, address, contract, held.size, offer)?;
        let keeper = (self.owner, self.account);
        let instruction = book.deployment.liquidate(keeper, *address, account, contract, offer);
        let action = Action::Liquidate { account: *address, contract, most: offer.most, hedge: offer.hedge };
        Some(Step { action, instruction, outcome: Outcome::Liquidated(done) })
    }

    /// The most lots that the keeper's own margin carries, found by halving.
    fn most_lots(
        &self,
        book: &mut Book,
        address: &Pubkey,
        contract: u32,
        size: Size,
        mut offer: Offer,
    ) -> Option<(Offer, Liquidated)> {
        loop {
            match book.liquidate(address, &self.account, contract, offer) {
                Ok(done) => return Some((offer, done)),
                Err(BallastError::KeeperBelowInitialMargin | BallastError::FeeUnpaid) => {
                    offer.most = offer.most.min(size.lots()) >> 1;
                    if offer.most == 0 {
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
                (true, _) => self.due_to_cover(account, &exposure, now),
                (false, 0) => Due::Taking,
                (false, _) => Due::Beginning,
            });
        }
        let waited = now.since(account.liquidation_at) >= self.patience;
        Ok(if waited || exposure.meets(CLOSE_OUT)? { Due::Taking } else { Due::Nothing })
    }

    /// Looks at a loss that cash does not cover keep its age; where it is due and its auction has run long enough, it is
    /// covered.
    fn due_to_cover(&self, account: &MarginAccount, exposure: &Exposure, now: Timestamp) -> Due {
        let lost = exposure.pnl.0 < 0 && Notional::of(account.cash).0 < exposure.pnl.0.saturating_neg();
        let pledged = account.collateral.iter().any(|held| held.amount != Tokens::ZERO);
        if !pledged || (!lost && account.loss_since == Timestamp::ZERO) {
            return Due::Nothing;
        }
        if account.loss_since == Timestamp::ZERO || now.since(account.loss_seen_at) >= BETWEEN_LOOKS {
            return Due::Covering(Tokens::ZERO);
        }
        if now.since(account.loss_since) >= self.patience { Due::Covering(Tokens(u64::MAX)) } else { Due::Nothing }
    }
}

/// Whether two positions of an account stand against each other.
fn hedges(held: &Position, other: &Position) -> bool {
    held.underlying == other.underlying
        && ((held.size.0 > 0 && other.size.0 < 0) || (held.size.0 < 0 && other.size.0 > 0))
}

/// Closes lots of an insolvent account that the keeper cannot take over against the account that has gained most.
fn deleverage(book: &mut Book, address: &Pubkey, account: &MarginAccount) -> Option<Step> {
    account.positions().iter().filter(|held| held.size != Size::ZERO).find_map(|held| {
        let contract = held.contract;
        let row = *book.board.contract(held.row).ok()?;
        let gain = |other: &MarginAccount| -> Option<Usd> {
            let against = other.position(contract);
            let opposite = (against.size.0 > 0 && held.size.0 < 0) || (against.size.0 < 0 && held.size.0 > 0);
            let basis = Notional::of(accrued_basis(&against, &row).ok()?);
            let gain = against.size.at(row.mark).plus(basis).and_then(Notional::usd_down).ok()?;
            (opposite && gain > Usd::ZERO).then_some(gain)
        };
        let winners = book.accounts.iter().filter_map(|(winner, other)| Some((gain(other)?, *winner)));
        let mut winners: Vec<(Usd, Pubkey)> = winners.filter(|(_, winner)| winner != address).collect();
        winners.sort_unstable_by(|one, other| other.cmp(one));
        winners.into_iter().find_map(|(_, opposite)| {
            let done = book.deleverage(address, &opposite, contract, u64::MAX).ok()?;
            let instruction = book.deployment.deleverage(*address, account, opposite, contract, u64::MAX);
            let action = Action::Deleverage { account: *address, opposite, contract };
            Some(Step { action, instruction, outcome: Outcome::Deleveraged(done) })
        })
    })
}
