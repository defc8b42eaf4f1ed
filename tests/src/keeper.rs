//! Somebody who keeps the exchange in order for a reward.

use std::ops::Deref;

use anchor_lang::solana_program::instruction::Instruction;
use ballast_core::clearing::{CollateralOffer, Offer};
use ballast_core::units::Tokens;

use crate::chain::{Failure, Sent};
use crate::terms::{Perp, Underlying};
use crate::tokens::Token;
use crate::trader::Trader;

/// A trader who refreshes, rebalances and liquidates.
pub struct Keeper {
    /// Its margin account, which is paid and takes positions over.
    pub trader: Trader,
}

impl Deref for Keeper {
    type Target = Trader;

    fn deref(&self) -> &Trader {
        &self.trader
    }
}

impl Keeper {
    /// Refreshes prices for a reward.
    pub async fn refresh(&self, underlyings: &[Underlying]) -> Result<Sent, Failure> {
        self.send(self.market.refresh_instruction(underlyings, Some(self.account)).await).await
    }

    /// Rebalances an account for a reward.
    pub async fn rebalance(&self, of: &Trader) -> Result<Sent, Failure> {
        self.send(self.market.deployment.rebalance(of.account, &of.state().await, Some(self.account))).await
    }

    /// Takes over as many lots of an account as brings it to close-out.
    pub async fn liquidate(&self, of: &Trader, perp: impl Into<Perp>) -> Result<Sent, Failure> {
        self.liquidate_at_most(of, perp, u64::MAX).await
    }

    /// Takes over at most so many lots; none only starts the liquidation.
    pub async fn liquidate_at_most(&self, of: &Trader, perp: impl Into<Perp>, most: u64) -> Result<Sent, Failure> {
        self.send(self.liquidate_instruction(of, perp, most).await).await
    }

    /// The instruction that liquidates.
    pub async fn liquidate_instruction(&self, of: &Trader, perp: impl Into<Perp>, most: u64) -> Instruction {
        self.offer_instruction(of, perp, Offer::of(most)).await
    }

    /// Takes over what is offered for.
    pub async fn liquidate_for(&self, of: &Trader, perp: impl Into<Perp>, offer: Offer) -> Result<Sent, Failure> {
        self.send(self.offer_instruction(of, perp, offer).await).await
    }

    async fn offer_instruction(&self, of: &Trader, perp: impl Into<Perp>, offer: Offer) -> Instruction {
        let keeper = (self.address(), self.account);
        self.market.deployment.liquidate(keeper, of.account, &of.state().await, perp.into().0, offer)
    }

    /// Looks at losses that an account's cash does not cover.
    pub async fn look_at_losses(&self, of: &Trader, token: Token) -> Result<Sent, Failure> {
        self.send(self.collateral_instruction(of, token, Tokens::ZERO).await).await
    }

    /// Buys collateral of an account in liquidation, as much as covers its loss.
    pub async fn liquidate_collateral(&self, of: &Trader, token: Token) -> Result<Sent, Failure> {
        self.send(self.collateral_instruction(of, token, Tokens(u64::MAX)).await).await
    }

    /// The instruction that buys collateral.
    pub async fn collateral_instruction(&self, of: &Trader, token: Token, most: Tokens) -> Instruction {
        let keeper = (self.address(), self.account);
        let vault = token.row.expect("cash is not sold");
        self.market.deployment.liquidate_collateral(
            keeper,
            of.account,
            &of.state().await,
            CollateralOffer::of(vault, most),
        )
    }
}
