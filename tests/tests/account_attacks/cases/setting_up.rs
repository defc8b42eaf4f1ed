//! Exchanges that are not open yet.

use anchor_lang::prelude::Pubkey;
use ballast_client::{Deployment, key};
use ballast_core::state::Board;
use ballast_core::state::parameters::ContractTerms;
use ballast_core::units::Key;
use ballast_tests::{BTC, Market, QUOTE, terms};
use solana_account::Account;
use solana_signer::Signer;

use super::Cases;

/// The calls of a creator, in their order.
pub(super) async fn add(cases: &mut Cases, market: &Market) {
    let chain = &market.chain;
    let creator = chain.keypair();
    let terms = terms::exchange(terms::Roles {
        risk_manager: key(&creator.pubkey()),
        guardian: key(&creator.pubkey()),
        treasury: key(&creator.pubkey()),
        depth_reporters: [key(&creator.pubkey()); 3],
    });
    let start = Deployment::initialize_exchange(creator.pubkey(), 7, QUOTE.mint, terms);
    cases.add(market, "initialize_exchange", "", start.clone()).await;
    chain.send(&[start], &[&creator]).await.unwrap();
    let board = Pubkey::new_from_array([0xB7; 32]);
    let data = vec![0; Board::SPACE];
    let fresh = Account { lamports: 1_000_000_000_000, data, owner: ballast::ID, ..Account::default() };
    chain.set_account(board, fresh);
    let exchange = ballast_client::exchange(&creator.pubkey(), 7);
    let deployment = Deployment { exchange, board, quote: QUOTE.of() };
    let initialized = deployment.initialize_board(creator.pubkey());
    cases.add(market, "initialize_board", "", initialized.clone()).await;
    chain.send(&[initialized], &[&creator]).await.unwrap();
    cases.add(market, "open_exchange", "", deployment.open_exchange(creator.pubkey())).await;
    let created = deployment.create_vault(creator.pubkey(), QUOTE.of(), terms::quote_vault());
    cases.add(market, "create_vault", "while set up", created).await;
    let created = deployment.create_underlying(creator.pubkey(), terms::underlying(BTC));
    cases.add(market, "create_underlying", "while set up", created.clone()).await;
    chain.send(&[created], &[&creator]).await.unwrap();
    let perp = ContractTerms { underlying: 0, ..terms::perpetual(BTC, Key::NONE) };
    let created = deployment.create_contract(creator.pubkey(), 1, perp);
    cases.add(market, "create_contract", "while set up", created).await;
}
