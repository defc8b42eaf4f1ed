//! Signed orders that are used for something else than what was signed. Each ends without a fill.

use anchor_lang::solana_program::instruction::Instruction;
use ballast::signatures::{ED25519, HEADER};
use ballast_client::{FillBy, FillSide, OrderFill, OwnersOrder};
use ballast_core::BallastError;
use ballast_core::clearing::{Order, OrderSide};
use ballast_core::units::{PerLot, Timestamp};
use ballast_tests::{BTC, ETH, Expected, Failure, Market, Sent, Trader, assert_error, lots, signed_by, usd};

/// Places of an ed25519 instruction's numbers: which instruction holds signature, key and message.
const HOLDERS: [usize; 3] = [4, 8, 14];

async fn victim() -> (Market, Trader, Order) {
    let market = Market::start().await;
    let alice = market.trader().cash(usd(1_000)).await;
    let order = alice.wants(BTC, OrderSide::Buy, lots(10)).await;
    (market, alice, order)
}

async fn send(market: &Market, instructions: &[Instruction]) -> Result<Sent, Failure> {
    market.chain.send(instructions, &[&market.house().owner]).await
}

/// What the ed25519 program says to a signature that is not one.
const INVALID: Expected = Expected::Code(2);
/// What it says to data that its count does not explain.
const WRONG_SIZE: Expected = Expected::Code(4);

#[tokio::test]
async fn replay() {
    let (market, alice, order) = victim().await;
    let fill = alice.filling(order, lots(10));
    send(&market, &fill).await.unwrap();
    assert_error(send(&market, &fill).await, BallastError::OrderFilled);
    let next = Order { sequence: order.sequence + 1, lots: 1, ..order };
    alice.filled(next, lots(1)).await.unwrap();
    assert_error(send(&market, &fill).await, BallastError::OrderReplaced);
}

#[tokio::test]
async fn replay_on_an_account_that_was_closed_and_opened_again() {
    let market = Market::start().await;
    let alice = market.trader().await;
    let order = alice.wants(BTC, OrderSide::Buy, lots(10)).await;
    alice.close().await.unwrap();
    market.advance(1);
    market.open(&alice.owner, 0).await.unwrap();
    alice.deposit(usd(1_000)).await.unwrap();
    assert_error(alice.filled(order, lots(1)).await, BallastError::OrderElsewhere);
}

#[tokio::test]
async fn order_for_another_exchange() {
    let (market, alice, order) = victim().await;
    let other = market.another().await;
    other.open(&alice.owner, 0).await.unwrap();
    let account = other.deployment.account(&alice.address(), 0);
    let buyer = FillSide { account, by: FillBy::Order(alice.sign(order)) };
    let (seller, contract, price) = (other.house().signing(), order.contract, order.limit);
    let fill = OrderFill { contract, buyer, seller, venue: None, lots: 1, price, expires_at: None };
    assert_error(other.fill(&fill, &[&other.house().owner]).await, BallastError::OrderElsewhere);
}

#[tokio::test]
async fn order_for_another_account() {
    let (market, alice, order) = victim().await;
    let (second, bob) = (alice.second_account(usd(1_000)).await, market.trader().cash(usd(1_000)).await);
    let seller = market.house().signing();
    for (account, rule) in
        [(second.account, BallastError::OrderElsewhere), (bob.account, BallastError::OrderNotByOwner)]
    {
        let buyer = FillSide { account, by: FillBy::Order(alice.sign(order)) };
        let (contract, price) = (order.contract, order.limit);
        let fill = OrderFill { contract, buyer, seller, venue: None, lots: 1, price, expires_at: None };
        assert_error(market.fill(&fill, &[&market.house().owner]).await, rule);
    }
}

#[tokio::test]
async fn order_for_another_contract_or_side() {
    let (market, alice, order) = victim().await;
    let (own, house) = (alice.ordering(order), market.house().signing());
    let eth = market.mark(ETH).await;
    for (contract, (buyer, seller), price, rule) in [
        (ETH.perp.0, (own, house), eth, BallastError::OrderElsewhere),
        (BTC.perp.0, (house, own), order.limit, BallastError::OrderSide),
    ] {
        let fill = OrderFill { contract, buyer, seller, venue: None, lots: 1, price, expires_at: None };
        assert_error(market.fill(&fill, &[&market.house().owner]).await, rule);
    }
}

#[tokio::test]
async fn more_or_dearer_or_later_than_signed() {
    let (market, alice, order) = victim().await;
    assert_error(alice.filled(order, lots(11)).await, BallastError::OrderFilled);
    let (buyer, seller, contract) = (alice.ordering(order), market.house().signing(), order.contract);
    let price = PerLot(order.limit.0 + 1);
    let fill = OrderFill { contract, buyer, seller, venue: None, lots: 1, price, expires_at: None };
    assert_error(market.fill(&fill, &[&market.house().owner]).await, BallastError::OrderLimit);
    market.advance(60);
    market.republish().await;
    assert_error(alice.filled(order, lots(1)).await, BallastError::OrderExpired);
}

#[tokio::test]
async fn a_cancelled_order() {
    let (_, alice, order) = victim().await;
    alice.cancel_orders(order.sequence + 1).await.unwrap();
    assert_error(alice.filled(order, lots(1)).await, BallastError::OrderReplaced);
}

#[tokio::test]
async fn an_altered_message() {
    let (market, alice, order) = victim().await;
    let sound = alice.sign(order);
    for altered in [
        Order { lots: u64::MAX, ..order },
        Order { limit: PerLot(i64::MAX), ..order },
        Order { expires_at: Timestamp(i64::MAX), ..order },
        Order { sequence: u64::MAX, ..order },
        Order { side: OrderSide::Sell, ..order },
    ] {
        let forged = OwnersOrder { order: altered, ..sound };
        let fill = [forged.verification(), alice.filling(order, lots(1)).pop().unwrap()];
        assert_error(send(&market, &fill).await, INVALID);
    }
    // a message that is signed, and no order
    let words = alice.owner_signs(b"what a wallet signs to log in");
    let fill = [words, alice.filling(order, lots(1)).pop().unwrap()];
    assert_error(send(&market, &fill).await, BallastError::OrderUnsigned);
    let mut no_order = order.message();
    no_order[1] ^= 1;
    let fill = [alice.owner_signs(&no_order), alice.filling(order, lots(1)).pop().unwrap()];
    assert_error(send(&market, &fill).await, BallastError::OrderUnreadable);
}

#[tokio::test]
async fn a_signature_by_another_key() {
    let (market, alice, order) = victim().await;
    let mallory = market.chain.keypair();
    let trade = alice.filling(order, lots(1)).pop().unwrap();
    let own = signed_by(&mallory, order);
    assert_error(send(&market, &[own.verification(), trade.clone()]).await, BallastError::OrderNotByOwner);
    let forged = OwnersOrder { owner: alice.address(), ..own };
    assert_error(send(&market, &[forged.verification(), trade]).await, INVALID);
}

#[tokio::test]
async fn offsets_that_point_elsewhere() {
    let (market, alice, order) = victim().await;
    let mallory = market.chain.keypair();
    let trade = alice.filling(order, lots(1)).pop().unwrap();
    // what the thief has signed lies in the second instruction; the first says it is the owner's and takes it from there
    let forged = OwnersOrder { owner: alice.address(), ..signed_by(&mallory, order) };
    let (mut first, second) = (forged.verification(), signed_by(&mallory, order).verification());
    for holder in HOLDERS {
        first.data[holder..holder + 2].copy_from_slice(&2_u16.to_le_bytes());
    }
    let fill = [first.clone(), second.clone(), trade.clone()];
    assert_error(send(&market, &fill).await, BallastError::OrderUnsigned);
    // each of the three alone, where the rest is true
    for holder in HOLDERS {
        let mut first = alice.sign(order).verification();
        first.data[holder..holder + 2].copy_from_slice(&2_u16.to_le_bytes());
        let fill = [first, alice.sign(order).verification(), trade.clone()];
        assert_error(send(&market, &fill).await, BallastError::OrderUnsigned);
    }
    // its own number instead of the one that stands for it is another shape, and refused as well
    let mut named = alice.sign(order).verification();
    for holder in HOLDERS {
        named.data[holder..holder + 2].copy_from_slice(&1_u16.to_le_bytes());
    }
    assert_error(send(&market, &[named, trade]).await, BallastError::OrderUnsigned);
}

#[tokio::test]
async fn signatures_that_were_not_verified() {
    let (market, alice, order) = victim().await;
    let trade = alice.filling(order, lots(1)).pop().unwrap();
    // none of them: a count of zero verifies nothing
    let mut none = alice.sign(order).verification();
    none.data[0] = 0;
    assert_error(send(&market, &[none.clone(), trade.clone()]).await, WRONG_SIZE);
    none.data.truncate(2);
    assert_error(send(&market, &[none, trade.clone()]).await, BallastError::OrderUnsigned);
    // offsets into the header: one signature is verified, another shown
    let mut shown = alice.sign(order).verification();
    shown.data.extend_from_slice(&signed_by(&market.chain.keypair(), order).verification().data[16..]);
    assert_error(send(&market, &[shown, trade]).await, BallastError::OrderUnsigned);
}

#[tokio::test]
async fn no_verification_before_the_fill() {
    let (market, alice, order) = victim().await;
    let mut fill = alice.filling(order, lots(1));
    // none at all: the named place is the fill's own
    assert_error(send(&market, &fill[1..]).await, BallastError::OrderUnsigned);
    // after it
    fill.reverse();
    assert_error(send(&market, &fill).await, BallastError::OrderUnsigned);
    // or at another place than the named one
    fill.reverse();
    let mut later = fill;
    let named = later[1].data.len() - 2;
    for place in [0, 2, 3, u8::MAX] {
        later[1].data[named] = place;
        assert_error(send(&market, &later).await, BallastError::OrderUnsigned);
    }
    later[1].data[named] = 1;
    send(&market, &later).await.unwrap();
}

/// An ed25519 instruction for any message.
trait Signs {
    fn owner_signs(&self, message: &[u8]) -> Instruction;
}

impl Signs for Trader {
    fn owner_signs(&self, message: &[u8]) -> Instruction {
        let signature: [u8; 64] = solana_signer::Signer::sign_message(&self.owner, message).into();
        let mut header = HEADER;
        header[12..14].copy_from_slice(&u16::try_from(message.len()).unwrap().to_le_bytes());
        let data = [&header[..], self.address().as_ref(), &signature, message].concat();
        Instruction { program_id: ED25519, accounts: Vec::new(), data }
    }
}
