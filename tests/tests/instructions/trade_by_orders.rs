//! `trade` by signed orders, and until when.

use anchor_lang::error::ErrorCode;
use ballast::events::Traded;
use ballast_client::OrderFill;
use ballast_core::BallastError;
use ballast_core::clearing::{Order, OrderSide};
use ballast_core::units::{Size, Timestamp};
use ballast_tests::{BTC, Edit, Market, Trader, assert_error, lots, usd};
use solana_signer::Signer;

async fn two() -> (Market, Trader, Trader) {
    let market = Market::start().await;
    let (alice, bob) = (market.trader().cash(usd(1_000)).await, market.trader().cash(usd(1_000)).await);
    (market, alice, bob)
}

#[tokio::test]
async fn an_order_stands_for_a_signature() {
    let (_, alice, _) = two().await;
    let buy = alice.wants(BTC, OrderSide::Buy, lots(10)).await;
    let event: Traded = alice.filled(buy, lots(6)).await.unwrap().event();
    assert_eq!((event.buyer_order, event.seller_order), (Some(buy.sequence), None));
    let state = alice.state().await;
    assert_eq!((state.order_sequence, state.order_filled, alice.position(BTC).await.size), (1, 6, Size(6)));
    // the rest of it, and then the other way
    alice.filled(buy, lots(4)).await.unwrap();
    let sell = alice.wants(BTC, OrderSide::Sell, lots(3)).await;
    let event: Traded = alice.filled(sell, lots(3)).await.unwrap().event();
    assert_eq!((event.buyer_order, event.seller_order), (None, Some(2)));
    assert_eq!(alice.position(BTC).await.size, Size(7));
}

#[tokio::test]
async fn both_sides_come_by_orders_and_a_venue_signs() {
    let (market, alice, bob) = two().await;
    let (buy, sell) =
        (alice.wants(BTC, OrderSide::Buy, lots(10)).await, bob.wants(BTC, OrderSide::Sell, lots(7)).await);
    let fill = OrderFill {
        contract: BTC.perp.0,
        buyer: alice.ordering(buy),
        seller: bob.ordering(sell),
        venue: Some(market.venue.pubkey()),
        lots: lots(7),
        price: buy.limit,
        expires_at: Some(Timestamp(market.now() + 1)),
    };
    let event: Traded = market.fill(&fill, &[&market.venue]).await.unwrap().event();
    assert_eq!((event.buyer_order, event.seller_order), (Some(1), Some(1)));
    assert_eq!((alice.position(BTC).await.size, bob.position(BTC).await.size), (Size(7), Size(-7)));
    assert_eq!(market.contract(BTC).await.premium.lots, 7);
    assert_error(market.fill(&fill, &[&market.venue]).await, BallastError::OrderFilled);
}

#[tokio::test]
async fn orders_of_one_transaction_fill_one_after_the_other() {
    let (market, alice, _) = two().await;
    let buy = alice.wants(BTC, OrderSide::Buy, lots(10)).await;
    let once = alice.filling(buy, lots(5));
    let thrice = [once.clone(), once[1..].to_vec(), once[1..].to_vec()].concat();
    assert_error(market.chain.send(&thrice, &[&market.house().owner]).await, BallastError::OrderFilled);
    market.chain.send(&thrice[..3], &[&market.house().owner]).await.unwrap();
    assert_eq!(alice.state().await.order_filled, 10);
}

#[tokio::test]
async fn trade_fails_when_a_side_has_neither_signature_nor_order() {
    let (market, alice, bob) = two().await;
    let mark = market.mark(BTC).await;
    let mut trade = market.deployment.trade(market.parties(&alice, &bob), BTC.perp.0, lots(1), mark);
    for absent in [0, 1] {
        let present = trade.accounts[absent].clone();
        trade.accounts[absent].pubkey = ballast_client::ID;
        trade.accounts[absent].is_signer = false;
        let outcome = market.chain.send(std::slice::from_ref(&trade), &[&alice.owner, &bob.owner]).await;
        assert_error(outcome, BallastError::NotOwnerOrDelegate);
        trade.accounts[absent] = present;
    }
}

#[tokio::test]
async fn trade_fails_when_the_order_is_worse_than_its_limit() {
    let (market, alice, _) = two().await;
    let (dearer, cheaper) = (market.off_mark(BTC, 1_000).await, market.off_mark(BTC, -1_000).await);
    for (side, limit, price) in [(OrderSide::Buy, cheaper, dearer), (OrderSide::Sell, dearer, cheaper)] {
        let order = Order { limit, ..alice.wants(BTC, side, lots(10)).await };
        let (own, house) = (alice.ordering(order), market.house().signing());
        let (buyer, seller) = if side == OrderSide::Buy { (own, house) } else { (house, own) };
        let contract = BTC.perp.0;
        let fill = OrderFill { contract, buyer, seller, venue: None, lots: 1, price, expires_at: None };
        assert_error(market.fill(&fill, &[&market.house().owner]).await, BallastError::OrderLimit);
        // a better price than the limit is taken
        let price = limit;
        market.fill(&OrderFill { price, ..fill }, &[&market.house().owner]).await.unwrap();
    }
}

#[tokio::test]
async fn trade_fails_when_the_order_has_expired() {
    let (market, alice, _) = two().await;
    let order = Order { expires_at: Timestamp(market.now() + 5), ..alice.wants(BTC, OrderSide::Buy, lots(9)).await };
    market.advance(4);
    alice.filled(order, lots(1)).await.unwrap();
    market.advance(1);
    assert_error(alice.filled(order, lots(1)).await, BallastError::OrderExpired);
}

#[tokio::test]
async fn trade_fails_when_it_comes_too_late() {
    let (market, alice, bob) = two().await;
    let mark = market.mark(BTC).await;
    let until = Timestamp(market.now() + 10);
    let trade = market.deployment.trade_until(market.parties(&alice, &bob), BTC.perp.0, lots(1), mark, until);
    let send = async || market.chain.send(std::slice::from_ref(&trade), &[&alice.owner, &bob.owner]).await;
    market.advance(9);
    send().await.unwrap();
    market.advance(1);
    assert_error(send().await, BallastError::FillExpired);
    market.advance(3_600);
    market.republish().await;
    assert_error(send().await, BallastError::FillExpired);
}

#[tokio::test]
async fn an_order_may_be_brought_by_anybody() {
    let (market, alice, bob) = two().await;
    let (buy, sell) = (alice.wants(BTC, OrderSide::Buy, lots(2)).await, bob.wants(BTC, OrderSide::Sell, lots(2)).await);
    let (contract, price) = (BTC.perp.0, buy.limit);
    let (buyer, seller) = (alice.ordering(buy), bob.ordering(sell));
    let fill = OrderFill { contract, buyer, seller, venue: None, lots: 2, price, expires_at: None };
    // only whoever pays for the transaction signs it
    market.fill(&fill, &[]).await.unwrap();
}

#[tokio::test]
async fn trade_fails_when_the_instructions_are_not_the_sysvars() {
    let (market, alice, _) = two().await;
    let order = alice.wants(BTC, OrderSide::Buy, lots(2)).await;
    let mut instructions = alice.filling(order, lots(1));
    let trade = instructions.pop().unwrap();
    let sysvar = ballast::signatures::INSTRUCTIONS;
    // an account of the thief's own, with what the sysvar would say
    let fake = market.chain.keypair().pubkey();
    let mut account = market.chain.get(alice.account).await.unwrap();
    account.data = vec![0; 512];
    market.chain.set_account(fake, account);
    let send = async |trade| market.chain.send(&[instructions[0].clone(), trade], &[&market.house().owner]).await;
    assert_error(send(trade.clone().with(sysvar, fake)).await, ErrorCode::ConstraintAddress);
    assert_error(send(trade.clone().with(sysvar, ballast_client::ID)).await, BallastError::OrderUnsigned);
    send(trade).await.unwrap();
}
