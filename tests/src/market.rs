//! An exchange on a validator of its own.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::Deref;
use std::rc::Rc;

use anchor_lang::prelude::{AccountMeta, Pubkey};
use anchor_lang::solana_program::instruction::Instruction;
use ballast_client::{Deployment, TradeParties, key};
use ballast_core::state::{Board, Contract, Exchange, ExchangeTerms, InsuranceFund, Pausable, Vault};
use ballast_core::units::{PerLot, Tokens, Usd};
use solana_account::Account;
use solana_keypair::Keypair;
use solana_signer::Signer;

use crate::chain::{Chain, Failure, Sent, Snapshot};
use crate::keeper::Keeper;
use crate::pyth::PythPrice;
use crate::terms::{self, Perp, Roles, Underlying};
use crate::tokens::{self, Amount, QUOTE, Token, WBTC, WSOL};
use crate::trader::{NewTrader, Trader};
use crate::{BTC, ETH, SOL, USDC, usd};

/// System program.
const SYSTEM_PROGRAM: Pubkey = Pubkey::from_str_const("11111111111111111111111111111111");

/// An exchange with four underlyings, a perpetual on BTC, ETH and SOL each, USDC as cash, wrapped SOL and BTC as collateral,
/// good prices and plenty of depth; and a house that takes the other side of every trade that a test does not name.
///
/// A clone is another hand on the same exchange.
#[derive(Clone)]
pub struct Market {
    core: Rc<Core>,
}

/// What all hands on an exchange share.
pub struct Core {
    /// The validator.
    pub chain: Rc<Chain>,
    /// Addresses of the exchange.
    pub deployment: Deployment,
    /// The admin.
    pub admin: Keypair,
    /// The guardian.
    pub guardian: Keypair,
    /// The risk manager.
    pub risk_manager: Keypair,
    /// Who post depth.
    pub depth_reporters: [Keypair; 3],
    /// A venue of every contract.
    pub venue: Keypair,
    /// What oracles last published, by row.
    pub(crate) prices: RefCell<BTreeMap<u8, PythPrice>>,
    listed: RefCell<Vec<Underlying>>,
    house: Keypair,
}

impl Deref for Market {
    type Target = Core;

    fn deref(&self) -> &Core {
        &self.core
    }
}

impl Market {
    /// Starts a validator and an exchange on the terms of [`terms`].
    pub async fn start() -> Self {
        Self::with(|_| {}).await
    }

    /// Starts a validator and an exchange on terms of its own.
    pub async fn with(change: impl FnOnce(&mut ExchangeTerms)) -> Self {
        let chain = Rc::new(Chain::start().await);
        for token in [QUOTE, WSOL, WBTC] {
            chain.set_account(token.mint, token.mint_account());
        }
        Self::on(chain, 0, change).await
    }

    /// Another exchange on the same validator, with the same mints and prices.
    pub async fn another(&self) -> Self {
        Self::on(self.chain.clone(), 1, |_| {}).await
    }

    async fn on(chain: Rc<Chain>, id: u16, change: impl FnOnce(&mut ExchangeTerms)) -> Self {
        let market = Self::empty(chain, id, change).await;
        let admin = market.admin.pubkey();
        let deployment = market.deployment;
        market.list_vault(QUOTE, terms::quote_vault()).await.unwrap();
        let rows = terms::ALL.map(|of| deployment.create_underlying(admin, terms::underlying(of)));
        market.as_admin(&rows).await.unwrap();
        market.listed.borrow_mut().extend(terms::ALL);
        market.list_vault(WSOL, terms::collateral_vault(SOL)).await.unwrap();
        market.list_vault(WBTC, terms::collateral_vault(BTC)).await.unwrap();
        for of in [BTC, ETH, SOL] {
            let perp = market.list_perp(terms::perpetual(of, key(&market.venue.pubkey()))).await.unwrap();
            assert_eq!(perp, of.perp);
            market.post_depth(of, terms::DEPTH).await;
        }
        market.republish().await;
        market.ripen_collateral().await;
        market.open_exchange().await;
        market.open(&market.house, 0).await.unwrap();
        market.house().deposit(usd(100_000_000)).await.unwrap();
        market
    }

    /// An exchange with a board and nothing on it.
    pub async fn empty(chain: Rc<Chain>, id: u16, change: impl FnOnce(&mut ExchangeTerms)) -> Self {
        let [admin, guardian, risk_manager, venue, house, board] = std::array::from_fn(|_| chain.keypair());
        let depth_reporters = std::array::from_fn(|_| chain.keypair());
        let role = |keypair: &Keypair| key(&keypair.pubkey());
        let mut terms = terms::exchange(Roles {
            risk_manager: role(&risk_manager),
            guardian: role(&guardian),
            treasury: role(&admin),
            depth_reporters: depth_reporters.each_ref().map(role),
        });
        change(&mut terms);
        let creator = admin.pubkey();
        let deployment =
            Deployment { exchange: ballast_client::exchange(&creator, id), board: board.pubkey(), quote: QUOTE.of() };
        let (prices, listed) = (RefCell::default(), RefCell::default());
        let core =
            Core { chain, deployment, admin, guardian, risk_manager, depth_reporters, venue, prices, listed, house };
        let market = Self { core: Rc::new(core) };
        // the board's key pays for nothing: the account is created by the system program
        market.chain.set_account(board.pubkey(), Account::default());
        let start = [
            Deployment::initialize_exchange(creator, id, QUOTE.mint, terms),
            create_board(creator, board.pubkey()),
            deployment.initialize_board(creator),
        ];
        market.chain.send(&start, &[&market.admin, &board]).await.unwrap();
        market
    }

    /// Sends instructions that the admin signs.
    pub async fn as_admin(&self, instructions: &[Instruction]) -> Result<Sent, Failure> {
        self.chain.send(instructions, &[&self.admin]).await
    }

    pub(crate) fn note(&self, of: Underlying) {
        self.listed.borrow_mut().push(of);
    }

    /// Underlyings on the board, by row.
    #[must_use]
    pub fn listed(&self) -> Vec<Underlying> {
        self.listed.borrow().clone()
    }

    /// A trader to be set up.
    pub fn trader(&self) -> NewTrader {
        NewTrader::of(self.clone())
    }

    /// A keeper with cash of its own.
    pub async fn keeper(&self) -> Keeper {
        Keeper { trader: self.trader().cash(usd(1_000_000)).await }
    }

    /// The house, which takes the other side.
    #[must_use]
    pub fn house(&self) -> Trader {
        Trader::of(self.clone(), &self.house, 0)
    }

    /// Opens a margin account.
    pub async fn open(&self, owner: &Keypair, id: u16) -> Result<Sent, Failure> {
        self.chain.send(&[self.deployment.open_account(owner.pubkey(), id)], &[owner]).await
    }

    /// Books a fill at mark between two traders.
    pub async fn trade(
        &self,
        buyer: &Trader,
        seller: &Trader,
        perp: impl Into<Perp>,
        lots: u64,
    ) -> Result<Sent, Failure> {
        let perp = perp.into();
        let mark = self.mark(perp).await;
        self.trade_at(buyer, seller, perp, lots, mark).await
    }

    /// Books a fill at a price.
    pub async fn trade_at(
        &self,
        buyer: &Trader,
        seller: &Trader,
        perp: impl Into<Perp>,
        lots: u64,
        price: PerLot,
    ) -> Result<Sent, Failure> {
        let instruction = self.deployment.trade(self.parties(buyer, seller), perp.into().0, lots, price);
        self.chain.send(&[instruction], &[&buyer.owner, &seller.owner]).await
    }

    /// The two sides of a fill, each signed by its owner.
    #[must_use]
    pub fn parties(&self, buyer: &Trader, seller: &Trader) -> TradeParties {
        TradeParties {
            buyer: buyer.account,
            buyer_signer: buyer.owner.pubkey(),
            seller: seller.account,
            seller_signer: seller.owner.pubkey(),
            venue: None,
        }
    }

    /// Refreshes prices without a keeper.
    pub async fn refresh(&self, underlyings: &[Underlying]) {
        self.try_refresh(underlyings).await.unwrap();
    }

    /// Tries to.
    pub async fn try_refresh(&self, underlyings: &[Underlying]) -> Result<Sent, Failure> {
        self.chain.send(&[self.refresh_instruction(underlyings, None).await], &[]).await
    }

    /// The instruction that refreshes.
    pub async fn refresh_instruction(&self, underlyings: &[Underlying], keeper: Option<Pubkey>) -> Instruction {
        let prices: Vec<(u8, Pubkey)> = underlyings.iter().map(|of| (of.row, self.oracle(*of))).collect();
        self.deployment.refresh(&self.board().await, keeper, &prices).unwrap()
    }

    /// The guardian pauses something.
    pub async fn pause(&self, what: Pausable, seconds: u64) -> Result<Sent, Failure> {
        let instruction = self.deployment.pause(self.guardian.pubkey(), what, seconds);
        self.chain.send(&[instruction], &[&self.guardian]).await
    }

    /// Somebody funds the insurance.
    pub async fn insure(&self, amount: Usd) {
        let insurer = self.chain.keypair();
        let Amount { tokens, .. } = amount.into();
        let source = self.give(&insurer.pubkey(), amount).await;
        let instruction = self.deployment.fund_insurance(insurer.pubkey(), source, tokens);
        self.chain.send(&[instruction], &[&insurer]).await.unwrap();
    }

    /// Puts tokens into an owner's wallet, out of nowhere; returns the wallet.
    pub async fn give(&self, owner: &Pubkey, amount: impl Into<Amount>) -> Pubkey {
        let Amount { token, tokens } = amount.into();
        let wallet = token.wallet(owner);
        let held = self.tokens_in(wallet).await;
        self.chain.set_account(wallet, token.wallet_account(*owner, held.0 + tokens.0));
        wallet
    }

    /// What a token account holds.
    pub async fn tokens_in(&self, address: Pubkey) -> Tokens {
        Tokens(self.chain.get(address).await.map_or(0, |account| tokens::amount(&account)))
    }

    /// The exchange's account.
    pub async fn exchange(&self) -> Exchange {
        self.chain.read(self.deployment.exchange).await
    }

    /// A contract's account.
    pub async fn contract(&self, perp: impl Into<Perp>) -> Contract {
        self.chain.read(self.deployment.contract(perp.into().0)).await
    }

    /// The insurance fund.
    pub async fn fund(&self) -> InsuranceFund {
        self.chain.read(self.deployment.insurance_fund()).await
    }

    /// A mint's vault.
    pub async fn vault(&self, token: Token) -> Vault {
        self.chain.read(self.deployment.vault(&token.mint)).await
    }

    /// Every account that the test has touched.
    pub async fn state(&self) -> Snapshot {
        self.chain.snapshot().await
    }
}

/// Creates the board's account, zeroed and owned by the program.
#[must_use]
pub fn create_board(payer: Pubkey, board: Pubkey) -> Instruction {
    let space = u64::try_from(Board::SPACE).unwrap();
    // rent of 3,480 lamports a byte and year, two years, and 128 bytes more
    let lamports = (space + 128) * 6_960;
    let mut data = vec![0; 4];
    data.extend_from_slice(&lamports.to_le_bytes());
    data.extend_from_slice(&space.to_le_bytes());
    data.extend_from_slice(ballast::ID.as_ref());
    let accounts = vec![AccountMeta::new(payer, true), AccountMeta::new(board, true)];
    Instruction { program_id: SYSTEM_PROGRAM, accounts, data }
}

/// Rows that the fixture's own constants name.
const _: () = assert!(USDC.row == 0 && BTC.row == 1 && ETH.row == 2 && SOL.row == 3);
