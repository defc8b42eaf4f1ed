//! A stolen key of a venue that is the delegate of its clients.

use ballast_client::TradeParties;
use ballast_core::BallastError;
use ballast_core::margin::MAINTENANCE;
use ballast_core::state::DelegateLimits;
use ballast_core::units::{Ratio, Usd};
use ballast_tests::{BTC, Market, Trader, assert_error, lots, usd};
use solana_keypair::Keypair;
use solana_signer::Signer;

const DAY: i64 = 86_400;
const CLIENTS: usize = 10;
const LIMITS: DelegateLimits = DelegateLimits {
    contracts: [BTC.perp.0, 0, 0, 0],
    worst_price: Ratio::basis_points(50),
    daily_notional: Usd(100_000_000_000),
    daily_loss: Usd(25_000_000),
};
/// Lots of each way there and back that the thief tries in a day: 2,000 USD, 250 USD, 50 USD.
const ROUNDS: [u64; 7] = [lots(40), lots(40), lots(40), lots(40), lots(5), lots(5), lots(1)];
/// What a day of them costs at half a percent and 5 bp of fee: 22 USD four times, 2.75 twice, 0.55.
const UNLIMITED: Usd = Usd(94_050_000);
/// What of it fits into 25 USD: 22 and 2.75.
const LIMITED: Usd = Usd(24_750_000);

/// The client buys at half a percent above mark from the thief and sells at half a percent below; tells what landed.
async fn back_and_forth(market: &Market, client: &Trader, signer: &Keypair, thief: &Trader) -> u32 {
    let (above, below) = (market.off_mark(BTC, 5_000).await, market.off_mark(BTC, -5_000).await);
    let mut landed = 0;
    for lots in ROUNDS {
        let there = TradeParties { buyer_signer: signer.pubkey(), ..market.parties(client, thief) };
        let back = TradeParties { seller_signer: signer.pubkey(), ..market.parties(thief, client) };
        for (parties, price) in [(there, above), (back, below)] {
            let trade = market.deployment.trade(parties, BTC.perp.0, lots, price);
            match market.chain.send(&[trade], &[signer, &thief.owner]).await {
                Ok(_) => landed += 1,
                refused => assert_error(refused, BallastError::DelegateLoss),
            }
        }
    }
    landed
}

async fn equity(trader: &Trader) -> i64 {
    trader.exposure().await.equity(MAINTENANCE).unwrap().0
}

#[tokio::test]
async fn delegate_drains() {
    let market = Market::start().await;
    let venue = market.chain.keypair();
    let thief = market.trader().cash(usd(100_000)).await;
    let careless = market.trader().cash(usd(5_000)).await;
    let mut clients = Vec::new();
    for _ in 0..CLIENTS {
        let client = market.trader().cash(usd(5_000)).await;
        client.delegate_within(venue.pubkey(), market.now() + 30 * DAY, LIMITS).await.unwrap();
        clients.push(client);
    }
    for _ in 0..2 {
        let before = equity(&thief).await;
        for client in &clients {
            let had = equity(client).await;
            assert_eq!(back_and_forth(&market, client, &venue, &thief).await, 4);
            let lost = Usd(had - equity(client).await);
            assert_eq!((lost, client.state().await.delegate_use.loss), (LIMITED, LIMITED));
            assert!(lost <= LIMITS.daily_loss);
        }
        // and the thief has less of it than that, for fees go to the exchange
        assert!(equity(&thief).await - before < LIMITED.0 * CLIENTS as i64);
        // without limits, as by a stolen owner's key, the same fills all land
        let had = equity(&careless).await;
        assert_eq!(back_and_forth(&market, &careless, &careless.owner, &thief).await, 14);
        assert_eq!(Usd(had - equity(&careless).await), UNLIMITED);

        market.advance(DAY);
        market.republish().await;
    }
}

#[tokio::test]
async fn delegate_wants_more_than_to_trade() {
    let market = Market::start().await;
    let alice = market.trader().cash(usd(1_000)).await;
    let mallory = market.trader().await;
    alice.delegate_within(mallory.address(), market.now() + DAY, LIMITS).await.unwrap();
    let here = market.deployment;
    let until = ballast_core::units::Timestamp(market.now() + 30 * DAY);
    let wider = DelegateLimits { daily_loss: usd(1_000_000), ..LIMITS };
    let (me, account) = (mallory.address(), alice.account);
    let wallet = market.give(&me, usd(0)).await;
    let of = here.quote;
    for instruction in [
        here.set_delegate(me, account, me, until, wider),
        here.withdraw(me, account, of, wallet, ballast_core::units::Tokens(1)),
        here.close_account(me, account),
        here.cancel_orders(me, account, 1),
    ] {
        assert_error(mallory.send(instruction).await, BallastError::NotOwner);
    }
}
