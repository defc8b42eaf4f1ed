//! What traders, their delegates and venues send.

use ballast_client::{OrderFill, TradeParties};
use ballast_core::clearing::OrderSide;
use ballast_core::state::DelegateLimits;
use ballast_core::units::Timestamp;
use ballast_tests::{BTC, ETH, Keeper, Market, Trader, WIDEST, lots, usd, wsol};
use solana_keypair::Keypair;
use solana_signer::Signer;

use super::Cases;

/// Who trades, and who stands beside.
pub(super) struct Actors {
    pub(super) market: Market,
    pub(super) keeper: Keeper,
    alice: Trader,
    bob: Trader,
    spare: Trader,
    delegate: Keypair,
}

impl Actors {
    pub(super) async fn on(market: &Market) -> Self {
        let trader = || market.trader().cash(usd(10_000)).collateral(wsol(10)).reserve(usd(500));
        let alice = trader().long(BTC, lots(10)).long(ETH, lots(10)).await;
        let bob = trader().short(BTC, lots(10)).await;
        let delegate = market.chain.keypair();
        alice.delegate_within(delegate.pubkey(), market.now() + 3_600, narrow()).await.unwrap();
        let (spare, keeper) = (market.trader().await, market.keeper().await);
        Self { market: market.clone(), keeper, alice, bob, spare, delegate }
    }
}

fn narrow() -> DelegateLimits {
    DelegateLimits { contracts: [BTC.perp.0, 0, 0, 0], daily_notional: usd(10_000), daily_loss: usd(10), ..WIDEST }
}

/// All of them.
pub(super) async fn add(cases: &mut Cases, actors: &Actors) {
    let Actors { market, alice, bob, spare, delegate, .. } = actors;
    let here = market.deployment;
    market.give(&alice.address(), wsol(1)).await;
    market.give(&alice.address(), usd(1)).await;
    fills(cases, actors).await;
    let until = Timestamp(market.now() + 60);
    let reserve = alice.reserve();
    cases.add(market, "deposit", "cash", alice.deposit_instruction(usd(1))).await;
    cases.add(market, "deposit", "collateral", alice.deposit_instruction(wsol(1))).await;
    cases.add(market, "withdraw", "cash", alice.withdraw_instruction(usd(1))).await;
    cases.add(market, "withdraw", "collateral", alice.withdraw_instruction(wsol(1))).await;
    cases.add(market, "transfer", "cash", alice.transfer_instruction(&reserve, usd(1))).await;
    cases.add(market, "transfer", "collateral", alice.transfer_instruction(&reserve, wsol(1))).await;
    let policy = |reserve| here.set_top_up(alice.address(), alice.account, reserve, usd(5), true);
    cases.add(market, "set_top_up", "a reserve", policy(Some(reserve.account))).await;
    cases.add(market, "set_top_up", "none", policy(None)).await;
    let limits = narrow();
    cases
        .all(
            market,
            [
                ("set_delegate", here.set_delegate(bob.address(), bob.account, delegate.pubkey(), until, limits)),
                ("cancel_orders", here.cancel_orders(alice.address(), alice.account, 9)),
                ("open_account", here.open_account(alice.address(), 9)),
                ("close_account", here.close_account(spare.address(), spare.account)),
            ],
        )
        .await;
}

/// Fills that owners sign, a delegate signs, and orders stand for.
async fn fills(cases: &mut Cases, actors: &Actors) {
    let Actors { market, alice, bob, delegate, .. } = actors;
    let (here, venue, price) = (market.deployment, market.venue.pubkey(), market.mark(BTC).await);
    let parties = TradeParties { venue: Some(venue), ..market.parties(alice, bob) };
    cases.add(market, "trade", "by owners", here.trade(parties, BTC.perp.0, 1, price)).await;
    let parties = TradeParties { buyer_signer: delegate.pubkey(), venue: None, ..parties };
    cases.add(market, "trade", "by a delegate", here.trade(parties, BTC.perp.0, 1, price)).await;
    let buyer = alice.ordering(alice.wants(BTC, OrderSide::Buy, lots(10)).await);
    let seller = bob.ordering(bob.wants(BTC, OrderSide::Sell, lots(10)).await);
    let contract = BTC.perp.0;
    let fill = OrderFill { contract, buyer, seller, venue: Some(venue), lots: 1, price, expires_at: None };
    cases.add_last(market, "trade", "by orders", here.trade_by_orders(&fill, 0)).await;
    let half = OrderFill { buyer: alice.signing(), venue: None, ..fill };
    cases.add_last(market, "trade", "by an order and an owner", here.trade_by_orders(&half, 0)).await;
}
