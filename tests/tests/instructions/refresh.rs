//! `refresh`.

use anchor_lang::error::ErrorCode;
use ballast::events::Refreshed;
use ballast_core::BallastError;
use ballast_core::units::{Key, Price, Timestamp, Usd};
use ballast_tests::pyth::{PULL_OWNER, VerificationLevel};
use ballast_tests::{BTC, ETH, Edit, Market, QUOTE, SOL, Token, WBTC, WSOL, assert_error, lots, terms, usd};
use solana_signer::Signer;

#[tokio::test]
async fn refresh_writes_price_marks_and_values() {
    let market = Market::start().await;
    market.advance(1);
    market.publish(BTC, 51_000);
    let event: Refreshed = market.try_refresh(&[BTC]).await.unwrap().event();
    assert_eq!((event.underlying, event.price), (BTC.row, Price(5_100_000_000_000)));
    let board = market.board().await;
    assert_eq!(board.underlying(BTC.row).unwrap().published_at, Timestamp(market.now()));
    // 0.001 BTC, in 1e-12 USD; a satoshi, in 1e-15 USD
    assert_eq!(board.contract(0).unwrap().mark.0, 51_000_000_000_000);
    assert_eq!(board.vault(1).unwrap().value.0, 510_000_000_000);
    assert_eq!(board.newest_publish_time, Timestamp(market.now()));
}

#[tokio::test]
async fn refresh_of_several_underlyings_is_all_or_nothing() {
    let market = Market::start().await;
    market.advance(1);
    market.publish(BTC, 51_000);
    market.publish(SOL, 110);
    assert_error(market.try_refresh(&[BTC, SOL, ETH]).await, BallastError::OraclePriceNotNewer);
    assert_eq!(market.row(BTC).await.price, Price(5_000_000_000_000));
    market.refresh(&[BTC, SOL]).await;
}

#[tokio::test]
async fn a_wide_price_reaches_the_board_and_moves_neither_volatility_nor_coverage() {
    let market = Market::start().await;
    let before = market.row(BTC).await;
    market.advance(3_600);
    let mut price = market.publish(BTC, 60_000);
    price.reading.confidence = price.reading.price.unsigned_abs() / 99;
    market.publish_as(BTC, price);
    let event: Refreshed = market.try_refresh(&[BTC]).await.unwrap().event();
    assert!(event.wide && !event.sampled);
    let after = market.row(BTC).await;
    assert_eq!(after.price, Price(6_000_000_000_000));
    assert_eq!((after.volatility, after.coverage, after.ramp), (before.volatility, before.coverage, before.ramp));
    // the next good one makes up for it
    market.price(BTC, 60_000).await;
    let event = market.row(BTC).await;
    assert!(event.ramp.target > before.ramp.target && event.coverage.windows == 1);
}

#[tokio::test]
async fn the_keeper_of_a_sample_is_paid_from_the_budget() {
    let market = Market::start().await;
    let keeper = market.keeper().await;
    market.edit_board(|board| board.underlyings[1].reward_budget = Usd(0)).await;
    let _alice = market.trader().cash(usd(1_000)).long(BTC, lots(100)).await;
    // fees of 5 USD, a quarter of them for rewards
    let admin = market.admin.pubkey();
    let destination = market.give(&admin, usd(0)).await;
    market.as_admin(&[market.deployment.collect_fees(admin, BTC.perp.0, destination)]).await.unwrap();
    assert_eq!(market.row(BTC).await.reward_budget, Usd(1_250_000));
    let before = keeper.cash().await;
    market.advance(1);
    market.publish(BTC, 50_000);
    keeper.refresh(&[BTC]).await.unwrap();
    assert_eq!(keeper.cash().await, before);
    market.advance(300);
    market.publish(BTC, 50_100);
    let event: Refreshed = keeper.refresh(&[BTC]).await.unwrap().event();
    assert!(event.sampled);
    assert_eq!(keeper.cash().await, Usd(before.0 + 2_000));
}

#[tokio::test]
async fn refresh_fails_when_the_publish_time_is_not_later() {
    let market = Market::start().await;
    market.price(BTC, 50_000).await;
    market.advance(5);
    assert_error(market.try_refresh(&[BTC]).await, BallastError::OraclePriceNotNewer);
    let mut price = market.publish(BTC, 50_000);
    price.reading.published_at.0 -= 6;
    market.publish_as(BTC, price);
    assert_error(market.try_refresh(&[BTC]).await, BallastError::OraclePriceNotNewer);
}

#[tokio::test]
async fn refresh_fails_when_the_slot_has_a_price_already() {
    let market = Market::start().await;
    market.price(BTC, 50_000).await;
    market.chain.set_clock(market.now() + 1, market.chain.slot());
    market.publish(BTC, 50_000);
    assert_error(market.try_refresh(&[BTC]).await, BallastError::OracleSameSlot);
    market.chain.set_clock(market.now(), market.chain.slot() + 1);
    market.refresh(&[BTC]).await;
}

#[tokio::test]
async fn refresh_fails_when_the_price_is_more_than_a_day_ahead() {
    let market = Market::start().await;
    market.advance(1);
    let mut price = market.publish(BTC, 50_000);
    price.reading.published_at.0 += 86_401;
    market.publish_as(BTC, price);
    assert_error(market.try_refresh(&[BTC]).await, BallastError::OraclePriceFromFuture);
    price.reading.published_at.0 -= 1;
    market.publish_as(BTC, price);
    market.refresh(&[BTC]).await;
}

#[tokio::test]
async fn refresh_fails_when_the_price_is_not_positive() {
    let market = Market::start().await;
    market.advance(1);
    let good = market.publish(BTC, 50_000);
    for (price, ema) in [(0, 1_000_000), (-1, 1_000_000), (i64::MIN, 1_000_000), (1_000_000, 0), (1_000_000, -1)] {
        let mut bad = good;
        (bad.reading.price, bad.reading.ema) = (price, ema);
        market.publish_as(BTC, bad);
        assert_error(market.try_refresh(&[BTC]).await, BallastError::OraclePriceNotPositive);
    }
}

#[tokio::test]
async fn refresh_fails_when_exponent_or_digits_are_out_of_bounds() {
    let market = Market::start().await;
    market.advance(1);
    let good = market.publish(BTC, 50_000);
    for exponent in [1, -13, i32::MIN, i32::MAX] {
        let mut bad = good;
        bad.reading.exponent = exponent;
        market.publish_as(BTC, bad);
        assert_error(market.try_refresh(&[BTC]).await, BallastError::OracleExponent);
    }
    let mut bad = good;
    (bad.reading.price, bad.reading.ema) = (999, 999);
    market.publish_as(BTC, bad);
    assert_error(market.try_refresh(&[BTC]).await, BallastError::OraclePriceTooSmall);
    (bad.reading.price, bad.reading.ema, bad.reading.exponent) = (i64::MAX, i64::MAX, 0);
    market.publish_as(BTC, bad);
    assert_error(market.try_refresh(&[BTC]).await, BallastError::Overflow);
}

#[tokio::test]
async fn refresh_fails_when_the_update_is_of_another_feed_or_partly_verified() {
    let market = Market::start().await;
    market.advance(1);
    let good = market.publish(BTC, 50_000);
    let mut bad = good;
    bad.feed = ETH.feed;
    market.publish_as(BTC, bad);
    assert_error(market.try_refresh(&[BTC]).await, BallastError::OracleFeed);
    let mut bad = good;
    bad.verification = VerificationLevel::Partial { num_signatures: 12 };
    market.publish_as(BTC, bad);
    assert_error(market.try_refresh(&[BTC]).await, BallastError::OracleUnverified);
}

#[tokio::test]
async fn refresh_fails_when_the_oracle_account_is_wrong() {
    let market = Market::start().await;
    market.advance(1);
    let good = market.publish(BTC, 50_000);
    market.publish(ETH, 2_500);
    let refresh = market.refresh_instruction(&[BTC], None).await;
    let swapped = refresh.clone().with(market.oracle(BTC), market.oracle(ETH));
    assert_error(market.chain.send(&[swapped], &[]).await, BallastError::OracleFeed);
    // same bytes, other owner
    let address = market.chain.keypair().pubkey();
    market.write_oracle(address, good.to_pull_account_data(), market.admin.pubkey());
    let forged = refresh.clone().with(market.oracle(BTC), address);
    assert_error(market.chain.send(&[forged], &[]).await, BallastError::OracleOwner);
    let board = refresh.clone().with(market.oracle(BTC), market.deployment.insurance_fund());
    assert_error(market.chain.send(&[board], &[]).await, BallastError::OracleOwner);
    for data in [Vec::new(), vec![0; 134], good.to_pull_account_data()[..100].to_vec(), good.to_legacy_account_data()] {
        market.write_oracle(market.oracle(BTC), data, PULL_OWNER);
        assert_error(market.try_refresh(&[BTC]).await, BallastError::OracleKind);
    }
}

#[tokio::test]
async fn refresh_fails_when_contracts_are_missing_wrong_or_too_many() {
    let market = Market::start().await;
    let second = market.list_perp(terms::perpetual(BTC, Key::NONE)).await.unwrap();
    market.advance(1);
    market.publish(BTC, 50_000);
    let refresh = market.refresh_instruction(&[BTC], None).await;
    let mut short = refresh.clone();
    short.accounts.truncate(5);
    assert_error(market.chain.send(&[short], &[]).await, BallastError::ContractMissing);
    let mut none = refresh.clone();
    none.accounts.truncate(3);
    assert_error(market.chain.send(&[none], &[]).await, BallastError::OracleKind);
    let contract = |id| market.deployment.contract(id);
    let wrong = refresh.clone().with(contract(second.0), contract(ETH.perp.0));
    assert_error(market.chain.send(&[wrong], &[]).await, BallastError::WrongContract);
    let twice = refresh.clone().with(contract(second.0), contract(BTC.perp.0));
    assert_error(market.chain.send(&[twice], &[]).await, BallastError::WrongContract);
    let other = market.another().await;
    let foreign = refresh.with(contract(BTC.perp.0), other.deployment.contract(BTC.perp.0));
    assert_error(market.chain.send(&[foreign], &[]).await, BallastError::WrongContract);
}

#[tokio::test]
async fn refresh_fails_when_vaults_are_missing_wrong_or_out_of_order() {
    let market = Market::start().await;
    let second = Token::classic(0xD9, 8, Some(2));
    market.chain.set_account(second.mint, second.mint_account());
    market.list_vault(second, terms::collateral_vault(BTC)).await.unwrap();
    market.advance(1);
    market.publish(BTC, 50_000);
    let refresh = market.refresh_instruction(&[BTC], None).await;
    for missing in 1..=2 {
        let mut short = refresh.clone();
        short.accounts.truncate(refresh.accounts.len() - missing);
        assert_error(market.chain.send(&[short], &[]).await, BallastError::VaultMissing);
    }
    let vault = |token: Token| market.deployment.vault(&token.mint);
    let send = async |instruction| market.chain.send(&[instruction], &[]).await;
    let instead = |token| refresh.clone().with(vault(WBTC), vault(token));
    // cash, what another underlying prices, and one twice
    for token in [QUOTE, WSOL, second] {
        assert_error(send(instead(token)).await, BallastError::WrongVault);
    }
    let mut swapped = refresh.clone();
    let last = swapped.accounts.len() - 1;
    swapped.accounts.swap(last - 1, last);
    assert_error(send(swapped).await, BallastError::WrongVault);
    let other = market.another().await;
    let foreign = other.deployment.vault(&WBTC.mint);
    assert_error(send(refresh.clone().with(vault(WBTC), foreign)).await, BallastError::WrongVault);
    let contract = refresh.clone().with(vault(WBTC), market.deployment.contract(ETH.perp.0));
    assert_error(send(contract).await, ErrorCode::AccountDiscriminatorMismatch);
    let mint = refresh.clone().with(vault(WBTC), WBTC.mint);
    assert_error(send(mint).await, ErrorCode::AccountOwnedByWrongProgram);
    send(refresh).await.unwrap();
}

#[tokio::test]
async fn refresh_fails_for_an_unknown_underlying_and_another_exchange() {
    let market = Market::start().await;
    let other = market.another().await;
    market.advance(1);
    market.publish(BTC, 50_000);
    let mut refresh = market.refresh_instruction(&[BTC], None).await;
    let foreign = refresh.clone().with(market.deployment.board, other.deployment.board);
    assert_error(market.chain.send(&[foreign], &[]).await, BallastError::WrongBoard);
    let house = other.house().account;
    let paid = market.refresh_instruction(&[BTC], Some(house)).await;
    assert_error(market.chain.send(&[paid], &[]).await, BallastError::WrongExchange);
    let place = refresh.data.len() - 1;
    refresh.data[place] = 31;
    assert_error(market.chain.send(&[refresh.clone()], &[]).await, BallastError::UnknownUnderlying);
    refresh.data[place] = 255;
    assert_error(market.chain.send(&[refresh], &[]).await, BallastError::UnknownUnderlying);
}
