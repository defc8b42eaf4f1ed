//! Somebody who insures the exchange for a part of its fees.

use anchor_lang::prelude::Pubkey;
use anchor_lang::solana_program::instruction::Instruction;
use ballast_core::state::Stake;
use ballast_core::units::{Shares, Tokens, Usd};
use solana_keypair::Keypair;
use solana_signer::Signer;

use crate::chain::{Failure, Sent};
use crate::market::Market;
use crate::tokens::QUOTE;

/// Somebody with a stake in the insurance fund.
pub struct Staker {
    /// The exchange.
    pub market: Market,
    /// The owner's key.
    pub owner: Keypair,
    /// The stake.
    pub stake: Pubkey,
}

impl Market {
    /// Somebody with a stake, without shares, and cash in the wallet.
    pub async fn staker(&self, cash: Usd) -> Staker {
        let owner = self.chain.keypair();
        self.give(&owner.pubkey(), cash).await;
        let stake = self.deployment.stake_of(&owner.pubkey());
        let staker = Staker { market: self.clone(), owner, stake };
        staker.open().await.unwrap();
        staker
    }
}

impl Staker {
    /// The owner's address.
    #[must_use]
    pub fn address(&self) -> Pubkey {
        self.owner.pubkey()
    }

    /// Sends an instruction that the owner signs.
    pub async fn send(&self, instruction: Instruction) -> Result<Sent, Failure> {
        self.market.chain.send(&[instruction], &[&self.owner]).await
    }

    /// Opens the stake.
    pub async fn open(&self) -> Result<Sent, Failure> {
        self.send(self.market.deployment.open_stake(self.address())).await
    }

    /// The instruction that stakes.
    #[must_use]
    pub fn stake_instruction(&self, amount: Usd) -> Instruction {
        let (owner, amount) = (self.address(), Tokens(amount.0.try_into().unwrap()));
        self.market.deployment.stake(owner, QUOTE.wallet(&owner), amount, Shares::ZERO)
    }

    /// Stakes from the wallet.
    pub async fn stake(&self, amount: Usd) -> Result<Sent, Failure> {
        self.send(self.stake_instruction(amount)).await
    }

    /// The instruction that asks for shares.
    #[must_use]
    pub fn request_instruction(&self, shares: Shares) -> Instruction {
        self.market.deployment.request_unstake(self.address(), shares)
    }

    /// Asks for shares to be paid.
    pub async fn request(&self, shares: Shares) -> Result<Sent, Failure> {
        self.send(self.request_instruction(shares)).await
    }

    /// The instruction that takes what was asked for.
    #[must_use]
    pub fn unstake_instruction(&self) -> Instruction {
        self.market.deployment.unstake(self.address(), QUOTE.wallet(&self.address()))
    }

    /// Takes what was asked for.
    pub async fn unstake(&self) -> Result<Sent, Failure> {
        self.send(self.unstake_instruction()).await
    }

    /// The stake as it stands.
    pub async fn state(&self) -> Stake {
        self.market.chain.read(self.stake).await
    }

    /// What the wallet holds.
    pub async fn wallet(&self) -> Tokens {
        self.market.tokens_in(QUOTE.wallet(&self.address())).await
    }
}
