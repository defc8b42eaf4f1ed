//! What a market lists and changes: at once while it is set up, by proposals once it is open.

use anchor_lang::prelude::Pubkey;
use anchor_lang::solana_program::instruction::Instruction;
use ballast_client::{Due, key};
use ballast_core::clearing::Tightening;
use ballast_core::state::parameters::{ContractTerms, UnderlyingTerms, VaultTerms};
use ballast_core::state::{Change, Exchange};
use ballast_core::units::Timestamp;
use solana_signer::Signer;

use crate::GOLD;
use crate::chain::{Failure, Sent};
use crate::market::Market;
use crate::terms::{self, Perp, Underlying};
use crate::tokens::Token;

impl Market {
    /// Opens the exchange for deposits.
    pub async fn open_exchange(&self) {
        self.as_admin(&[self.deployment.open_exchange(self.admin.pubkey())]).await.unwrap();
    }

    /// Sends instructions of the admin to the exchange as it was before it opened, which no transaction could. Tests that
    /// want another row, and no proposal, get it so.
    pub async fn in_set_up(&self, instructions: &[Instruction]) -> Result<Sent, Failure> {
        let opened_at = self.exchange().await.opened_at;
        self.set_opened_at(Timestamp::ZERO).await;
        let outcome = self.as_admin(instructions).await;
        self.set_opened_at(opened_at).await;
        outcome
    }

    async fn set_opened_at(&self, time: Timestamp) {
        self.chain.edit(self.deployment.exchange, |exchange: &mut Exchange| exchange.opened_at = time).await;
    }

    /// Adds a vault.
    pub async fn list_vault(&self, token: Token, terms: VaultTerms) -> Result<Sent, Failure> {
        self.in_set_up(&[self.deployment.create_vault(self.admin.pubkey(), token.of(), terms)]).await
    }

    /// Adds an underlying in the next row, with a price.
    pub async fn list_underlying(&self, of: Underlying, terms: UnderlyingTerms) -> Result<Sent, Failure> {
        let sent = self.in_set_up(&[self.deployment.create_underlying(self.admin.pubkey(), terms)]).await?;
        self.note(of);
        Ok(sent)
    }

    /// Adds gold and a perpetual on it, without a price.
    pub async fn list_gold(&self, change: impl FnOnce(&mut UnderlyingTerms)) {
        let mut terms = terms::underlying(GOLD);
        change(&mut terms);
        self.list_underlying(GOLD, terms).await.unwrap();
        let perp = self.list_perp(terms::perpetual(GOLD, key(&self.venue.pubkey()))).await.unwrap();
        assert_eq!(perp, GOLD.perp);
    }

    /// Adds a perpetual.
    pub async fn list_perp(&self, terms: ContractTerms) -> Result<Perp, Failure> {
        let id = self.exchange().await.next_contract;
        self.in_set_up(&[self.deployment.create_contract(self.admin.pubkey(), id, terms)]).await?;
        Ok(Perp(id))
    }

    /// The admin proposes a change.
    pub async fn propose(&self, change: &Change) -> Result<Due, Failure> {
        let proposer = self.admin.pubkey();
        let number = self.exchange().await.next_proposal;
        self.as_admin(&[self.deployment.propose_change(proposer, number, *change)]).await?;
        Ok(Due { number, proposer })
    }

    /// The timelock of all proposals of now passes; prices grow old.
    pub async fn wait_for_timelock(&self) {
        let timelock = self.exchange().await.timelock;
        self.advance(i64::try_from(timelock).unwrap());
    }

    /// Somebody executes a proposal.
    pub async fn execute(&self, due: Due, change: &Change) -> Result<Sent, Failure> {
        self.chain.send(&[self.deployment.execute_change(due, change)], &[]).await
    }

    /// A change is proposed, waits and is executed.
    pub async fn change(&self, change: &Change) -> Result<Sent, Failure> {
        let due = self.propose(change).await?;
        self.wait_for_timelock().await;
        self.execute(due, change).await
    }

    /// The risk manager tightens; a vault by its mint.
    pub async fn tighten(&self, mint: Option<Pubkey>, tightening: Tightening) -> Result<Sent, Failure> {
        let instruction = self.deployment.tighten(self.risk_manager.pubkey(), mint, tightening);
        self.chain.send(&[instruction], &[&self.risk_manager]).await
    }
}
