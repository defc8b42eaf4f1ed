//! Somebody with a key and a margin account.

use std::future::{Future, IntoFuture};
use std::pin::Pin;

use anchor_lang::prelude::Pubkey;
use anchor_lang::solana_program::instruction::Instruction;
use ballast_client::{TradeParties, key};
use ballast_core::clearing::Asset;
use ballast_core::margin::{self, Exposure, Level, Moment};
use ballast_core::state::{DELEGATE_WORST_PRICE, DelegateLimits, MarginAccount, Position};
use ballast_core::units::{PerLot, Timestamp, Tokens, Usd};
use solana_keypair::Keypair;
use solana_signer::Signer;

use crate::chain::{Failure, Sent};
use crate::market::Market;
use crate::terms::Perp;
use crate::tokens::{Amount, Token};

/// The widest limits that a delegate can have.
pub const WIDEST: DelegateLimits = DelegateLimits {
    contracts: [0; 4],
    worst_price: DELEGATE_WORST_PRICE,
    daily_notional: Usd(i64::MAX),
    daily_loss: Usd(i64::MAX),
};

/// Somebody with a key and a margin account.
pub struct Trader {
    /// The exchange.
    pub market: Market,
    /// The owner's key.
    pub owner: Keypair,
    /// The margin account.
    pub account: Pubkey,
    /// Its number among the owner's accounts.
    pub id: u16,
}

impl Trader {
    pub(crate) fn of(market: Market, owner: &Keypair, id: u16) -> Self {
        let account = market.deployment.account(&owner.pubkey(), id);
        Self { market, owner: owner.insecure_clone(), account, id }
    }

    /// The owner's address.
    #[must_use]
    pub fn address(&self) -> Pubkey {
        self.owner.pubkey()
    }

    /// Sends an instruction that the owner signs.
    pub async fn send(&self, instruction: Instruction) -> Result<Sent, Failure> {
        self.market.chain.send(&[instruction], &[&self.owner]).await
    }

    /// The margin account as it stands.
    pub async fn state(&self) -> MarginAccount {
        self.market.chain.read(self.account).await
    }

    /// Its cash.
    pub async fn cash(&self) -> Usd {
        self.state().await.cash
    }

    /// Its position in a contract; all zero when there is none.
    pub async fn position(&self, perp: impl Into<Perp>) -> Position {
        self.state().await.position(perp.into().0)
    }

    /// What its owner's wallet holds.
    pub async fn wallet(&self, token: Token) -> Tokens {
        self.market.tokens_in(token.wallet(&self.address())).await
    }

    /// The account as margin sees it now.
    pub async fn exposure(&self) -> Exposure {
        let board = self.market.board().await;
        let now = board.time(Timestamp(self.market.now()));
        Exposure::of(&self.state().await, &board, Moment::at(now)).unwrap()
    }

    /// Equity less requirement of a level: negative below it.
    pub async fn margin_above(&self, level: Level) -> Usd {
        let exposure = self.exposure().await;
        exposure.equity(level).unwrap().minus(exposure.requirement(level).unwrap()).unwrap()
    }

    /// When the ramp will catch the account.
    pub async fn deadline(&self) -> Option<Timestamp> {
        let board = self.market.board().await;
        margin::deadline(&self.state().await, &board, board.time(Timestamp(self.market.now()))).unwrap()
    }

    /// Another account of the same owner, with cash in it.
    pub async fn second_account(&self, cash: Usd) -> Self {
        let second = Self::of(self.market.clone(), &self.owner, self.id + 1);
        self.market.open(&self.owner, second.id).await.unwrap();
        if cash > Usd::ZERO {
            second.deposit(cash).await.unwrap();
        }
        second
    }

    /// The owner's next account, wherever it is a reserve.
    #[must_use]
    pub fn reserve(&self) -> Self {
        Self::of(self.market.clone(), &self.owner, self.id + 1)
    }

    /// Deposits from the owner's wallet, which is given what it deposits.
    pub async fn deposit(&self, amount: impl Into<Amount>) -> Result<Sent, Failure> {
        let amount = amount.into();
        self.market.give(&self.address(), amount).await;
        self.send(self.deposit_instruction(amount)).await
    }

    /// The instruction that deposits from the owner's wallet.
    pub fn deposit_instruction(&self, amount: impl Into<Amount>) -> Instruction {
        let Amount { token, tokens } = amount.into();
        let source = token.wallet(&self.address());
        self.market.deployment.deposit(self.address(), self.account, token.of(), source, tokens)
    }

    /// Withdraws to the owner's wallet.
    pub async fn withdraw(&self, amount: impl Into<Amount>) -> Result<Sent, Failure> {
        let amount = amount.into();
        self.market.give(&self.address(), amount.token.units(0)).await;
        self.send(self.withdraw_instruction(amount)).await
    }

    /// The instruction that withdraws to the owner's wallet.
    pub fn withdraw_instruction(&self, amount: impl Into<Amount>) -> Instruction {
        let Amount { token, tokens } = amount.into();
        let destination = token.wallet(&self.address());
        self.market.deployment.withdraw(self.address(), self.account, token.of(), destination, tokens)
    }

    /// Transfers to another account of the owner.
    pub async fn transfer(&self, to: &Self, amount: impl Into<Amount>) -> Result<Sent, Failure> {
        self.send(self.transfer_instruction(to, amount)).await
    }

    /// The instruction that transfers.
    pub fn transfer_instruction(&self, to: &Self, amount: impl Into<Amount>) -> Instruction {
        let Amount { token, tokens } = amount.into();
        let asset = token.row.map_or(Asset::Cash, Asset::Collateral);
        self.market.deployment.transfer(self.address(), self.account, to.account, asset, tokens)
    }

    /// Buys at mark from the house.
    pub async fn buy(&self, perp: impl Into<Perp>, lots: u64) -> Result<Sent, Failure> {
        self.market.trade(self, &self.market.house(), perp, lots).await
    }

    /// Sells at mark to the house.
    pub async fn sell(&self, perp: impl Into<Perp>, lots: u64) -> Result<Sent, Failure> {
        self.market.trade(&self.market.house(), self, perp, lots).await
    }

    /// Buys from the house at a price.
    pub async fn buy_at(&self, perp: impl Into<Perp>, lots: u64, price: PerLot) -> Result<Sent, Failure> {
        self.market.trade_at(self, &self.market.house(), perp, lots, price).await
    }

    /// Sells to the house at a price.
    pub async fn sell_at(&self, perp: impl Into<Perp>, lots: u64, price: PerLot) -> Result<Sent, Failure> {
        self.market.trade_at(&self.market.house(), self, perp, lots, price).await
    }

    /// Buys from the house in a fill that somebody else signs for the buyer, and a venue.
    pub async fn buy_by(
        &self,
        delegate: &Keypair,
        venue: Option<&Keypair>,
        perp: impl Into<Perp>,
        (lots, price): (u64, PerLot),
    ) -> Result<Sent, Failure> {
        let house = self.market.house();
        let parties = TradeParties {
            buyer_signer: delegate.pubkey(),
            venue: venue.map(Signer::pubkey),
            ..self.market.parties(self, &house)
        };
        let instruction = self.market.deployment.trade(parties, perp.into().0, lots, price);
        let signers = [&house.owner, delegate, venue.unwrap_or(delegate)];
        self.market.chain.send(&[instruction], &signers).await
    }

    /// Settles one contract.
    pub async fn settle(&self, perp: impl Into<Perp>) -> Result<Sent, Failure> {
        self.send(self.market.deployment.settle(self.account, perp.into().0)).await
    }

    /// Takes a part for a claim on a settled contract.
    pub async fn settle_in_part(&self, perp: impl Into<Perp>) -> Result<Sent, Failure> {
        let to = self.market.deployment;
        self.send(to.settle_in_part(self.address(), self.account, perp.into().0)).await
    }

    /// Rebalances without a keeper.
    pub async fn rebalance(&self) -> Result<Sent, Failure> {
        let state = self.state().await;
        self.send(self.market.deployment.rebalance(self.account, &state, None)).await
    }

    /// Names a delegate until a time, within the widest limits.
    pub async fn delegate_to(&self, delegate: Pubkey, until: i64) -> Result<Sent, Failure> {
        self.delegate_within(delegate, until, WIDEST).await
    }

    /// Names a delegate until a time, within limits.
    pub async fn delegate_within(&self, delegate: Pubkey, until: i64, limits: DelegateLimits) -> Result<Sent, Failure> {
        let until = Timestamp(until);
        self.send(self.market.deployment.set_delegate(self.address(), self.account, delegate, until, limits)).await
    }

    /// Sets the top-up policy.
    pub async fn top_up_from(&self, reserve: &Self, daily_limit: Usd, releases: bool) -> Result<Sent, Failure> {
        let reserve = Some(reserve.account);
        self.send(self.market.deployment.set_top_up(self.address(), self.account, reserve, daily_limit, releases)).await
    }

    /// Closes the account.
    pub async fn close(&self) -> Result<Sent, Failure> {
        self.send(self.market.deployment.close_account(self.address(), self.account)).await
    }
}

/// A trader to be set up; await it.
#[must_use = "a trader is set up when it is awaited"]
pub struct NewTrader {
    market: Market,
    owner: Keypair,
    deposits: Vec<Amount>,
    reserve: Option<(Usd, bool)>,
    fills: Vec<(Perp, bool, u64)>,
}

impl NewTrader {
    pub(crate) fn of(market: Market) -> Self {
        let owner = market.chain.keypair();
        Self { market, owner, deposits: Vec::new(), reserve: None, fills: Vec::new() }
    }

    /// With cash.
    pub fn cash(self, amount: Usd) -> Self {
        self.collateral(amount)
    }

    /// With collateral.
    pub fn collateral(mut self, amount: impl Into<Amount>) -> Self {
        self.deposits.push(amount.into());
        self
    }

    /// With a reserve that holds this much cash and gives at most as much in a day.
    pub fn reserve(mut self, cash: Usd) -> Self {
        self.reserve = Some((cash, false));
        self
    }

    /// With a reserve to which excess is released too.
    pub fn reserve_and_releases(mut self, cash: Usd) -> Self {
        self.reserve = Some((cash, true));
        self
    }

    /// Long a contract, bought from the house at mark.
    pub fn long(mut self, perp: impl Into<Perp>, lots: u64) -> Self {
        self.fills.push((perp.into(), true, lots));
        self
    }

    /// Short a contract, sold to the house at mark.
    pub fn short(mut self, perp: impl Into<Perp>, lots: u64) -> Self {
        self.fills.push((perp.into(), false, lots));
        self
    }

    async fn build(self) -> Trader {
        let trader = Trader::of(self.market.clone(), &self.owner, 0);
        self.market.open(&self.owner, 0).await.unwrap();
        for amount in self.deposits {
            trader.deposit(amount).await.unwrap();
        }
        if let Some((cash, releases)) = self.reserve {
            let reserve = trader.second_account(cash).await;
            trader.top_up_from(&reserve, cash, releases).await.unwrap();
        }
        for (perp, long, lots) in self.fills {
            if long { trader.buy(perp, lots).await } else { trader.sell(perp, lots).await }.unwrap();
        }
        assert_eq!(trader.state().await.owner, key(&trader.address()));
        trader
    }
}

impl IntoFuture for NewTrader {
    type Output = Trader;
    type IntoFuture = Pin<Box<dyn Future<Output = Trader>>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.build())
    }
}
