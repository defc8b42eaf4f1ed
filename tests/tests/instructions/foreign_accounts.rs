//! What moves fees, gifts and terms takes no account of another exchange.

use ballast_core::BallastError;
use ballast_core::units::Usd;
use ballast_tests::{BTC, ETH, Edit, Market, QUOTE, SOL, Token, WSOL, assert_error, lots, percent, terms, usd, wsol};
use solana_signer::Signer;

#[tokio::test]
async fn collect_fees_fails_when_an_account_is_wrong() {
    let market = Market::start().await;
    let other = market.another().await;
    let _alice = market.trader().cash(usd(1_000)).long(BTC, lots(100)).await;
    let (here, there, admin) = (market.deployment, other.deployment, market.admin.pubkey());
    let destination = market.give(&admin, usd(0)).await;
    let collect = || here.collect_fees(admin, BTC.perp.0, destination);
    let (vault, tokens) = (here.vault(&QUOTE.mint), ballast_client::vault_tokens(&here.vault(&QUOTE.mint)));
    let wrong = [
        (here.board, there.board, BallastError::WrongBoard),
        (here.contract(BTC.perp.0), there.contract(BTC.perp.0), BallastError::WrongContract),
        (here.insurance_fund(), there.insurance_fund(), BallastError::WrongInsuranceFund),
        (vault, there.vault(&QUOTE.mint), BallastError::WrongVault),
        (tokens, ballast_client::vault_tokens(&here.vault(&WSOL.mint)), BallastError::WrongTokenAccount),
        (QUOTE.mint, WSOL.mint, BallastError::WrongMint),
    ];
    for (right, instead, rule) in wrong {
        assert_error(market.as_admin(&[collect().with(right, instead)]).await, rule);
    }
}

#[tokio::test]
async fn sweep_fails_when_an_account_is_wrong() {
    let market = Market::start().await;
    let other = market.another().await;
    let (here, there, admin) = (market.deployment, other.deployment, market.admin.pubkey());
    let destination = market.give(&admin, wsol(0)).await;
    let sweep = || here.sweep(admin, WSOL.of(), destination);
    let (vault, tokens) = (here.vault(&WSOL.mint), ballast_client::vault_tokens(&here.vault(&WSOL.mint)));
    let wrong = [
        (vault, there.vault(&WSOL.mint), BallastError::WrongVault),
        (tokens, ballast_client::vault_tokens(&here.vault(&QUOTE.mint)), BallastError::WrongTokenAccount),
        (WSOL.mint, QUOTE.mint, BallastError::WrongMint),
    ];
    for (right, instead, rule) in wrong {
        assert_error(market.as_admin(&[sweep().with(right, instead)]).await, rule);
    }
}

#[tokio::test]
async fn rows_are_not_written_to_another_exchanges_board() {
    let market = Market::start().await;
    let other = market.another().await;
    let (here, there, admin) = (market.deployment, other.deployment, market.admin.pubkey());
    let token = Token::classic(0xD9, 9, Some(2));
    market.chain.set_account(token.mint, token.mint_account());
    let created = [
        here.create_underlying(admin, terms::underlying(BTC)),
        here.create_vault(admin, token.of(), terms::collateral_vault(SOL)),
        here.close_contract(admin, ETH.perp.0),
    ];
    for instruction in created {
        assert_error(market.as_admin(&[instruction.with(here.board, there.board)]).await, BallastError::WrongBoard);
    }
    let reporter = &market.depth_reporters[0];
    let depth = here.post_depth(reporter.pubkey(), BTC.row, Usd(1));
    let depth = [depth.clone().with(here.board, there.board), depth.with(here.exchange, there.exchange)];
    for instruction in depth {
        assert_error(market.chain.send(&[instruction], &[reporter]).await, BallastError::WrongBoard);
    }
    let index = here.post_signed_index(admin, BTC.row, percent(80));
    for instruction in [index.clone().with(here.board, there.board), index.with(here.exchange, there.exchange)] {
        assert_error(market.as_admin(&[instruction]).await, BallastError::WrongBoard);
    }
}

#[tokio::test]
async fn collateral_is_not_sold_by_or_to_an_account_of_another_exchange() {
    let market = Market::start().await;
    let other = market.another().await;
    let keeper = market.keeper().await;
    let alice = market.trader().cash(usd(1_000)).collateral(wsol(1)).long(BTC, lots(300)).await;
    let stranger = other.trader().cash(usd(1_000)).await;
    market.pin_scan(BTC, percent(7)).await;
    let sale = keeper.collateral_instruction(&alice, WSOL, wsol(1).tokens).await;
    let (here, there) = (market.deployment, other.deployment);
    assert_error(keeper.send(sale.clone().with(here.board, there.board)).await, BallastError::WrongBoard);
    let foreign = sale.clone().with(alice.account, stranger.account);
    assert_error(keeper.send(foreign).await, BallastError::WrongExchange);
    let foreign = sale.with(keeper.account, stranger.account);
    assert_error(keeper.send(foreign).await, BallastError::WrongExchange);
}
