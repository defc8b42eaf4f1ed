//! One history through the simulator and through the artifact: after every bar all accounts are equal, byte by byte.

use std::rc::Rc;

use ballast_client::key;
use ballast_core::clearing::Offer;
use ballast_core::state::parameters::{ContractTerms, UnderlyingTerms, VaultTerms};
use ballast_core::state::{Board, Contract, Exchange, InsuranceFund, MarginAccount, Vault};
use ballast_core::units::{Key, Timestamp, Tokens, Usd};
use ballast_sim::bars::Bar;
use ballast_sim::book::Book;
use ballast_sim::history::{Moment, Source};
use ballast_sim::house::{House, Operation};
use ballast_sim::replay::{FIRST_TRADER, KEEPER, MAKER, Replay, Replayed};
use ballast_sim::span::Span;
use ballast_sim::{replay, synthetic};
use ballast_tests::pyth::PythPrice;
use ballast_tests::{BTC, Chain, Market, QUOTE, Trader, terms, usd};
use bytemuck::bytes_of;
use solana_signer::Signer;

/// Bars of an hour begin here, an hour after the chain does.
const START: i64 = 1_800_003_600;
/// Seconds of a bar.
const PERIOD: u64 = 3_600;
/// Traders; every third has a reserve.
const TRADERS: usize = 40;

/// An exchange on a chain, the house that mirrors it, and the keys of both.
struct Twins {
    market: Market,
    /// Accounts in the order of the house: maker, keeper, traders, reserves.
    holders: Vec<Trader>,
    replay: Replay,
    reserves: Vec<bool>,
}

impl Twins {
    async fn start(impact: bool) -> Self {
        let chain = Rc::new(Chain::start().await);
        chain.set_account(QUOTE.mint, QUOTE.mint_account());
        let market = Market::empty(chain, 0, |terms| terms.draw_per_contract = usd(100)).await;
        let reporter = market.depth_reporters[0].pubkey();
        assert_eq!(market.exchange().await.depth_reporters[0], key(&reporter));
        let underlying = UnderlyingTerms { oracle: BTC.feed, ..UnderlyingTerms::default() };
        let mut underlying = underlying;
        underlying.depth.quorum = 1;
        let admin = market.admin.pubkey();
        market.as_admin(&[market.deployment.create_underlying(admin, underlying)]).await.unwrap();
        let contract = ContractTerms { underlying: 0, ..terms::perpetual(BTC, key(&market.venue.pubkey())) };
        market.list_perp(contract).await.unwrap();
        let vault = VaultTerms { cap: Tokens(1 << 62), ..terms::quote_vault() };
        market.list_vault(QUOTE, vault).await.unwrap();
        market.open_exchange().await;
        market.insure(usd(20_000)).await;
        let reserves: Vec<bool> = (0..TRADERS).map(|seat| seat % 3 == 0).collect();
        let holders = Self::open(&market, &reserves).await;
        let replay = Replay {
            source: Source::prices("unused.csv"),
            span: Span::ALL,
            terms: underlying,
            traders: TRADERS,
            seed: 5,
            impact,
            depth: 400_000.0,
            insurance: 0.0,
        };
        Self { market, holders, replay, reserves }
    }

    /// Opens all accounts and names the reserves.
    async fn open(market: &Market, reserves: &[bool]) -> Vec<Trader> {
        let mut holders = Vec::new();
        for _ in 0..FIRST_TRADER + reserves.len() {
            holders.push(market.trader().await);
        }
        for seat in (0..reserves.len()).filter(|seat| reserves[*seat]) {
            let trader = &holders[FIRST_TRADER + seat];
            let reserve = trader.second_account(Usd::ZERO).await;
            trader.top_up_from(&reserve, usd(100_000), false).await.unwrap();
            holders.push(reserve);
        }
        holders
    }

    /// The house as it stands on the chain.
    async fn house(&self) -> House {
        let deployment = self.market.deployment;
        let chain = &self.market.chain;
        let mut accounts = Vec::new();
        for holder in &self.holders {
            accounts.push(holder.state().await);
        }
        let names: Vec<Key> = self.holders.iter().map(|holder| key(&holder.account)).collect();
        let mut house = House::of(
            chain.read::<Exchange>(deployment.exchange).await,
            Box::new(chain.read::<Board>(deployment.board).await),
            chain.read::<Contract>(deployment.contract(1)).await,
            self.market.fund().await,
            self.market.vault(QUOTE).await,
            accounts,
            names,
            KEEPER,
        );
        house.set_clock(Timestamp(chain.now()), chain.slot());
        house.keep_log();
        house
    }

    /// Does on the chain what the house has done.
    async fn repeat(&self, operation: Operation) {
        let (market, deployment) = (&self.market, self.market.deployment);
        let keeper = &self.holders[KEEPER];
        match operation {
            Operation::Refresh(reading, clock, slot) => {
                market.chain.set_clock(clock.0, slot);
                let price = PythPrice { reading, ..PythPrice::new(BTC.feed, reading.price, clock.0) };
                market.publish_as(BTC, price);
                let board = market.board().await;
                let prices = [(0, market.oracle(BTC))];
                let refresh = deployment.refresh(&board, Some(keeper.account), &prices).unwrap();
                market.chain.send(&[refresh], &[]).await.unwrap();
            }
            Operation::PostDepth(depth) => {
                let reporter = &market.depth_reporters[0];
                let post = deployment.post_depth(reporter.pubkey(), 0, depth);
                market.chain.send(&[post], &[reporter]).await.unwrap();
            }
            Operation::PostIndex(_) => unreachable!("this history has no index"),
            Operation::Deposit(holder, Tokens(amount)) => {
                self.holders[holder].deposit(QUOTE.units(amount)).await.unwrap();
            }
            Operation::Withdraw(holder, Tokens(amount)) => {
                self.holders[holder].withdraw(QUOTE.units(amount)).await.unwrap();
            }
            Operation::Trade(buyer, seller, lots, price) => {
                let perp = terms::Perp(1);
                market.trade_at(&self.holders[buyer], &self.holders[seller], perp, lots, price).await.unwrap();
            }
            Operation::Settle(holder) => {
                self.holders[holder].settle(terms::Perp(1)).await.unwrap();
            }
            Operation::Rebalance(holder) => {
                let holder = &self.holders[holder];
                let rebalance = deployment.rebalance(holder.account, &holder.state().await, Some(keeper.account));
                market.chain.send(&[rebalance], &[]).await.unwrap();
            }
            Operation::Liquidate(holder, most) => {
                let holder = &self.holders[holder];
                let by = (keeper.address(), keeper.account);
                let liquidate = deployment.liquidate(by, holder.account, &holder.state().await, 1, Offer::of(most));
                keeper.send(liquidate).await.unwrap();
            }
        }
    }

    /// Fails unless every account on the chain is what the house holds.
    async fn assert_equal(&self, house: &House, bar: usize) {
        let chain = &self.market.chain;
        let deployment = self.market.deployment;
        let board = chain.read::<Board>(deployment.board).await;
        assert!(bytes_of(&board) == bytes_of(&*house.board), "bar {bar}: boards differ");
        assert_eq!(chain.read::<Contract>(deployment.contract(1)).await, house.contract, "bar {bar}");
        assert_eq!(chain.read::<InsuranceFund>(deployment.insurance_fund()).await, house.fund, "bar {bar}");
        assert_eq!(chain.read::<Vault>(deployment.vault(&QUOTE.mint)).await, house.quote, "bar {bar}");
        assert_eq!(chain.read::<Exchange>(deployment.exchange).await, house.exchange, "bar {bar}");
        for (place, holder) in self.holders.iter().enumerate() {
            let held = chain.read::<MarginAccount>(holder.account).await;
            assert!(
                bytes_of(&held) == bytes_of(&house.accounts[place]),
                "bar {bar}: account {place} differs: {held:?}"
            );
        }
    }

    /// Plays a history on both.
    async fn play(&self, bars: &[Bar]) -> Replayed {
        let house = self.house().await;
        let book = Book::new(self.replay.seed);
        let mut twin = replay::Market::of(house, &self.reserves, book, &self.replay, &bars[0]).unwrap();
        for (number, bar) in bars.iter().enumerate() {
            twin.play(&Moment { bar: *bar, index: None, depth: None }, PERIOD).unwrap();
            for operation in twin.house.take_log() {
                self.repeat(operation).await;
            }
            self.assert_equal(&twin.house, number).await;
        }
        twin.finish(START).unwrap()
    }
}

/// Five days of a made-up market, which slides on the third and loses a third of its value in three hours of the fourth.
fn crash() -> Vec<Bar> {
    let mut bars = synthetic::bars(120, 11);
    let mut level = 1.0;
    for (hour, bar) in (0..).zip(&mut bars) {
        let before = level;
        level *= match hour {
            48..60 => 0.985,
            80..83 => 0.87,
            _ => 1.0,
        };
        bar.opened_at = START + hour * 3_600;
        bar.open *= before;
        bar.close *= level;
        bar.high *= before;
        bar.low *= level;
    }
    bars
}

#[tokio::test]
async fn simulator_and_artifact_agree_to_the_byte_through_a_crash() {
    let twins = Twins::start(true).await;
    let counted = twins.play(&crash()).await;
    assert_eq!(counted.bars, 120);
    assert!(counted.calls > 0 && counted.calls_closed > 0 && counted.topped_up > 0.0, "{counted:?}");
    assert!(counted.liquidations > counted.insolvent && counted.liquidation_fees > 0.0, "{counted:?}");
    assert!(counted.insolvent > 0 && counted.by_index > 0.0, "insurance was not enough: {counted:?}");
    assert!(counted.largest_impact > 0.001, "liquidations moved the price: {counted:?}");
    let [maker, keeper] = [MAKER, KEEPER].map(|holder| &twins.holders[holder]);
    assert_ne!(maker.address(), keeper.address());
}

#[tokio::test]
async fn they_agree_without_impact_too() {
    let twins = Twins::start(false).await;
    let counted = twins.play(&crash()[..60]).await;
    assert!(counted.liquidations > 0 && counted.largest_impact == 0.0, "{counted:?}");
}
