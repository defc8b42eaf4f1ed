//! Signed orders: what each term allows to the unit, and that no sequence of fills takes more than was signed.
#![allow(
    missing_docs,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    clippy::indexing_slicing,
    clippy::integer_division,
    clippy::unwrap_used,
    reason = "tests may panic"
)]

mod common;

use ballast_core::clearing::{self, Authority, Fill, ORDER_BYTES, Order, OrderSide, SignedOrder};
use ballast_core::error::{BallastError, Result};
use ballast_core::state::MarginAccount;
use ballast_core::units::{Key, PerLot, Timestamp};
use bytemuck::Zeroable;
use common::{BTC_PERP, Dice, SOL_PERP, Snapshot, World, key, moved, usd};
use proptest::prelude::*;

const OWNER: Key = key(1);
const OTHER: Key = key(2);

fn market() -> (World, usize, usize) {
    let mut world = World::new();
    let (account, other) = (world.account(1, usd(1_000_000)), world.account(2, usd(1_000_000)));
    (world, account, other)
}

/// An order of the first account for a hundred lots at mark.
fn order(world: &World, side: OrderSide) -> Order {
    let account = &world.accounts[0];
    Order {
        exchange: account.exchange,
        account: account.id,
        opened_at: account.opened_at,
        contract: world.contracts[BTC_PERP].id,
        side,
        limit: world.mark(BTC_PERP),
        lots: 100,
        expires_at: world.clock.after(60).unwrap(),
        sequence: 7,
    }
}

/// Fills so many lots of an order at a price, as its side asks; the other side signs.
fn fill_at(world: &mut World, order: Order, contract: usize, lots: u64, price: PerLot) -> Result<()> {
    let signed = SignedOrder { order, signer: OWNER };
    let (own, other) = ((0, Authority::Order(&signed)), (1, Authority::Signer(OTHER)));
    let (buyer, seller) = match order.side {
        OrderSide::Buy => (own, other),
        OrderSide::Sell => (other, own),
    };
    world.trade_as(buyer, seller, contract, Fill::new(lots, price)).map(|_| ())
}

fn fill(world: &mut World, order: Order, lots: u64) -> Result<()> {
    let mark = world.mark(BTC_PERP);
    fill_at(world, order, BTC_PERP, lots, mark)
}

#[track_caller]
fn refused(world: &mut World, order: Order, lots: u64, rule: BallastError) {
    let before = Snapshot::of(world);
    assert_eq!(fill(world, order, lots), Err(rule));
    before.assert_unchanged(world);
}

#[test]
fn an_order_is_filled_in_parts_up_to_its_lots() {
    let (mut world, account, _) = market();
    let order = order(&world, OrderSide::Buy);
    for (lots, filled) in [(30, 30), (69, 99), (1, 100)] {
        fill(&mut world, order, lots).unwrap();
        assert_eq!((world.accounts[account].order_sequence, world.accounts[account].order_filled), (7, filled));
    }
    refused(&mut world, order, 1, BallastError::OrderFilled);
    assert_eq!(world.size(account, BTC_PERP), 100);
    world.assert_books();
}

#[test]
fn both_sides_come_by_orders() {
    let (mut world, account, other) = market();
    let buy = SignedOrder { order: order(&world, OrderSide::Buy), signer: OWNER };
    let held = world.accounts[other];
    let sell = SignedOrder {
        order: Order { account: held.id, opened_at: held.opened_at, side: OrderSide::Sell, sequence: 3, ..buy.order },
        signer: OTHER,
    };
    let fill = Fill::new(40, world.mark(BTC_PERP));
    let sides = ((account, Authority::Order(&buy)), (other, Authority::Order(&sell)));
    world.trade_as(sides.0, sides.1, BTC_PERP, fill).unwrap();
    assert_eq!(world.accounts[account].order_filled, 40);
    assert_eq!((world.accounts[other].order_sequence, world.accounts[other].order_filled), (3, 40));
    // an order of somebody else's account does not do
    let sides = ((account, Authority::Order(&sell)), (other, Authority::Order(&sell)));
    assert_eq!(world.trade_as(sides.0, sides.1, BTC_PERP, fill), Err(BallastError::OrderNotByOwner));
}

#[test]
fn a_limit_to_the_unit() {
    let (mut world, ..) = market();
    let mark = world.mark(BTC_PERP);
    let (buy, sell) = (order(&world, OrderSide::Buy), order(&world, OrderSide::Sell));
    for (order, price, expected) in [
        (buy, mark.0 + 1, Err(BallastError::OrderLimit)),
        (sell, mark.0 - 1, Err(BallastError::OrderLimit)),
        (buy, mark.0 - 1, Ok(())),
        (sell, mark.0 + 1, Ok(())),
    ] {
        assert_eq!(fill_at(&mut world, order, BTC_PERP, 1, PerLot(price)), expected);
    }
}

#[test]
fn an_expiry_to_the_second() {
    let (mut world, ..) = market();
    let order = order(&world, OrderSide::Buy);
    world.pass(59);
    world.renew();
    world.clock = Timestamp(order.expires_at.0 - 1);
    world.board.newest_publish_time = world.clock;
    fill(&mut world, order, 1).unwrap();
    world.pass(1);
    refused(&mut world, order, 1, BallastError::OrderExpired);
    // and by the newest price, where the clock lags
    world.clock = Timestamp(order.expires_at.0 - 1);
    world.board.newest_publish_time = order.expires_at;
    refused(&mut world, order, 1, BallastError::OrderExpired);
}

#[test]
fn an_order_is_for_one_account_and_contract_on_one_exchange() {
    let (mut world, ..) = market();
    let order = order(&world, OrderSide::Buy);
    for forged in [
        Order { exchange: key(99), ..order },
        Order { account: order.account + 1, ..order },
        Order { opened_at: Timestamp(order.opened_at.0 - 1), ..order },
        Order { contract: order.contract + 1, ..order },
    ] {
        refused(&mut world, forged, 1, BallastError::OrderElsewhere);
    }
    let mark = world.mark(SOL_PERP);
    let order = Order { limit: mark, ..order };
    assert_eq!(fill_at(&mut world, order, SOL_PERP, 1, mark), Err(BallastError::OrderElsewhere));
}

#[test]
fn an_order_is_for_its_side() {
    let (mut world, ..) = market();
    let signed = SignedOrder { order: order(&world, OrderSide::Buy), signer: OWNER };
    let fill = Fill::new(1, world.mark(BTC_PERP));
    let sides = ((1, Authority::Signer(OTHER)), (0, Authority::Order(&signed)));
    assert_eq!(world.trade_as(sides.0, sides.1, BTC_PERP, fill), Err(BallastError::OrderSide));
}

#[test]
fn an_order_is_signed_by_the_owner_and_not_by_the_delegate() {
    let (mut world, account, other) = market();
    let until = world.clock.after(60).unwrap();
    let limits = ballast_core::state::DelegateLimits { daily_notional: usd(1_000_000), ..Default::default() };
    clearing::set_delegate(&mut world.accounts[account], key(50), until, &limits, world.clock).unwrap();
    for signer in [key(50), OTHER, Key::NONE] {
        let signed = SignedOrder { order: order(&world, OrderSide::Buy), signer };
        let fill = Fill::new(1, world.mark(BTC_PERP));
        let sides = ((account, Authority::Order(&signed)), (other, Authority::Signer(OTHER)));
        assert_eq!(world.trade_as(sides.0, sides.1, BTC_PERP, fill), Err(BallastError::OrderNotByOwner));
    }
}

#[test]
fn a_higher_sequence_ends_a_lower_one() {
    let (mut world, account, _) = market();
    let first = order(&world, OrderSide::Buy);
    let second = Order { sequence: 8, lots: 10, ..first };
    fill(&mut world, first, 60).unwrap();
    fill(&mut world, second, 10).unwrap();
    refused(&mut world, first, 1, BallastError::OrderReplaced);
    refused(&mut world, second, 1, BallastError::OrderFilled);
    // one sequence shares its lots
    let replaced = Order { lots: 25, side: OrderSide::Sell, ..second };
    fill(&mut world, replaced, 15).unwrap();
    refused(&mut world, replaced, 1, BallastError::OrderFilled);
    assert_eq!(world.size(account, BTC_PERP), 55);
}

#[test]
fn cancelling_ends_all_below() {
    let (mut world, account, _) = market();
    let order = order(&world, OrderSide::Buy);
    fill(&mut world, order, 10).unwrap();
    let cancel = |world: &mut World, sequence| clearing::cancel_orders(&mut world.accounts[account], sequence);
    assert_eq!(cancel(&mut world, 7), Err(BallastError::NothingToCancel));
    cancel(&mut world, 8).unwrap();
    refused(&mut world, order, 1, BallastError::OrderReplaced);
    fill(&mut world, Order { sequence: 8, ..order }, 100).unwrap();
    assert_eq!(cancel(&mut world, 8), Err(BallastError::NothingToCancel));
    cancel(&mut world, u64::MAX).unwrap();
    fill(&mut world, Order { sequence: u64::MAX, ..order }, 1).unwrap();
}

#[test]
fn an_order_does_not_outlive_its_account() {
    let (mut world, account, _) = market();
    let order = order(&world, OrderSide::Buy);
    fill(&mut world, order, 100).unwrap();
    let opened_at = world.clock.after(1).unwrap();
    let mut opened = MarginAccount::zeroed();
    clearing::open_account(&mut opened, order.exchange, OWNER, order.account, 0, opened_at);
    assert_eq!((opened.order_sequence, opened.order_filled), (0, 0));
    world.accounts[account] = opened;
    refused(&mut world, order, 1, BallastError::OrderElsewhere);
}

#[test]
fn a_fill_lands_before_it_expires_or_never() {
    let (mut world, account, other) = market();
    let at = |world: &World, expires_at: i64| Fill {
        expires_at: Some(Timestamp(world.clock.0 + expires_at)),
        ..Fill::new(1, world.mark(BTC_PERP))
    };
    for late in [0, -1, -1_000] {
        let before = Snapshot::of(&world);
        let fill = at(&world, late);
        assert_eq!(world.trade(account, other, BTC_PERP, fill), Err(BallastError::FillExpired));
        before.assert_unchanged(&world);
    }
    let fill = at(&world, 1);
    world.trade(account, other, BTC_PERP, fill).unwrap();
}

fn any_order() -> impl Strategy<Value = Order> {
    let place = (any::<[u8; 32]>(), any::<u16>(), any::<i64>(), any::<u32>(), any::<bool>());
    (place, any::<i64>(), any::<u64>(), any::<i64>(), any::<u64>()).prop_map(
        |((exchange, account, opened_at, contract, buys), limit, lots, expires_at, sequence)| Order {
            exchange: Key(exchange),
            account,
            opened_at: Timestamp(opened_at),
            contract,
            side: if buys { OrderSide::Buy } else { OrderSide::Sell },
            limit: PerLot(limit),
            lots,
            expires_at: Timestamp(expires_at),
            sequence,
        },
    )
}

proptest! {
    #[test]
    fn a_message_reads_as_its_order_and_no_other_bytes_do(order in any_order(), place in 0..ORDER_BYTES, bit in 0..8) {
        let message = order.message();
        prop_assert_eq!(Order::read(&message), Ok(order));
        prop_assert_eq!(Order::read(&message[..place]), Err(BallastError::OrderUnreadable));
        prop_assert_eq!(Order::read(&[&message[..], &[0]].concat()), Err(BallastError::OrderUnreadable));
        let mut altered = message;
        altered[place] ^= 1_u8 << bit;
        match Order::read(&altered) {
            Ok(other) => prop_assert!(other != order && other.message() == altered),
            Err(rule) => prop_assert_eq!(rule, BallastError::OrderUnreadable),
        }
    }

    /// Whoever holds an owner's orders cannot trade more lots of a sequence, or worse, than the owner has signed.
    #[test]
    fn no_fills_take_more_than_was_signed(seed in 1..u64::MAX) {
        let (mut world, ..) = market();
        let mut dice = Dice(seed);
        let mark = world.mark(BTC_PERP).0;
        let signed: Vec<Order> = (0..6)
            .map(|_| Order {
                side: if dice.chance(50) { OrderSide::Buy } else { OrderSide::Sell },
                limit: PerLot(moved(mark, dice.between(-30, 30))),
                lots: dice.below(200),
                sequence: dice.below(4),
                ..order(&world, OrderSide::Buy)
            })
            .collect();
        let mut filled = [0; 4];
        let mut highest = 0;
        for _ in 0..80 {
            let order = signed[dice.below(6) as usize];
            let (lots, price) = (dice.below(90) + 1, PerLot(moved(mark, dice.between(-30, 30))));
            if fill_at(&mut world, order, BTC_PERP, lots, price).is_ok() {
                let sequence = order.sequence as usize;
                prop_assert!(sequence >= highest, "a replaced order was filled");
                highest = sequence;
                filled[sequence] += lots;
                prop_assert!(filled[sequence] <= order.lots, "{filled:?} of {order:?}");
                let within = match order.side {
                    OrderSide::Buy => price <= order.limit,
                    OrderSide::Sell => price >= order.limit,
                };
                prop_assert!(within);
            }
        }
        world.assert_books();
    }
}
