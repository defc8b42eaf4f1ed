//! What the admin, the guardian and the risk manager send, and the changes that anybody executes.

use anchor_lang::prelude::Pubkey;
use ballast_client::{Due, key};
use ballast_core::clearing::{Tightening, UnderlyingTightening, VaultTightening};
use ballast_core::model::{IndexSource, IndexTerms};
use ballast_core::state::parameters::{ContractTerms, UnderlyingTerms, VaultTerms};
use ballast_core::state::{Change, Pausable};
use ballast_core::units::{Key, Ratio, Shares, Tokens};
use ballast_tests::{BTC, ETH, GOLD, Market, SOL, Staker, Token, Underlying, WSOL, percent, terms, usd, wsol};
use solana_signer::Signer;

use super::{Cases, INDEX};

/// A mint without a vault.
const UNLISTED: Token = Token::classic(0xD7, 9, None);
/// Another underlying than those that are listed.
const SILVER: Underlying = Underlying { row: 5, feed: Key([0x51; 32]), price: 30, perp: GOLD.perp, size_exponent: 0 };

/// What waits for a week.
pub(super) struct Begun {
    pub(super) staker: Staker,
    settings: Vec<(&'static str, Due, Change)>,
    underlying: (Due, UnderlyingTerms),
    contract: (Due, ContractTerms),
    vault: (Due, VaultTerms),
}

impl Begun {
    pub(super) async fn on(market: &Market) -> Self {
        market.insure(usd(1_000)).await;
        let staker = market.staker(usd(500)).await;
        staker.stake(usd(300)).await.unwrap();
        staker.request(Shares(200_000_000)).await.unwrap();
        let index = IndexTerms {
            key: Key(INDEX.to_bytes()),
            source: IndexSource::Pull.number(),
            exponent: -2,
            weight: percent(50),
            longest_age: 7_200,
            step: percent(25),
        };
        market.list_gold(|terms| terms.index = index).await;
        market.price(GOLD, GOLD.price).await;
        market.chain.set_account(UNLISTED.mint, UNLISTED.mint_account());
        let mut settings = Vec::new();
        for (about, change) in changes(market).await {
            settings.push((about, market.propose(&change).await.unwrap(), change));
        }
        let underlying = terms::underlying(SILVER);
        let contract = ContractTerms { open_interest_cap: 0, ..terms::perpetual(SOL, Key::NONE) };
        let vault = VaultTerms { cap: Tokens::ZERO, ..terms::collateral_vault(SOL) };
        let created = [
            Change::CreateUnderlying(underlying),
            Change::CreateContract(contract),
            Change::CreateVault(key(&UNLISTED.mint), vault),
        ];
        let mut due = Vec::new();
        for change in created {
            due.push(market.propose(&change).await.unwrap());
        }
        Self {
            staker,
            settings,
            underlying: (due[0], underlying),
            contract: (due[1], contract),
            vault: (due[2], vault),
        }
    }
}

/// A change of a contract, of a vault, and of neither.
async fn changes(market: &Market) -> [(&'static str, Change); 3] {
    let board = market.board().await;
    let contract = market.contract(BTC).await;
    let perp = ContractTerms::of(board.contract(contract.row).unwrap(), &contract);
    let vault = market.vault(WSOL).await;
    let held = VaultTerms::of(&vault, Some(board.vault(vault.row).unwrap()));
    let silver = Key([0xA6; 32]);
    [
        ("of a contract", Change::SetContract(BTC.perp.0, ContractTerms { open_interest_cap: 9_000_000, ..perp })),
        ("of a vault", Change::SetVault(key(&WSOL.mint), VaultTerms { cap: Tokens(9_000_000_000_000_000), ..held })),
        ("of reporters", Change::SetReporters([silver; 5])),
    ]
}

/// Proposals that are due, and what needs none.
pub(super) async fn add(cases: &mut Cases, market: &Market, begun: &Begun) {
    let (here, admin, anybody) = (market.deployment, market.admin.pubkey(), market.chain.keypair().pubkey());
    for (about, due, change) in &begun.settings {
        cases.add(market, "execute_change", about, here.execute_change(*due, change)).await;
    }
    let next = market.exchange().await;
    let created = [
        ("create_underlying", here.create_proposed_underlying(anybody, begun.underlying.0, begun.underlying.1)),
        (
            "create_contract",
            here.create_proposed_contract(anybody, begun.contract.0, next.next_contract, begun.contract.1),
        ),
        ("create_vault", here.create_proposed_vault(anybody, begun.vault.0, UNLISTED.of(), begun.vault.1)),
    ];
    for (name, instruction) in created {
        cases.add(market, name, "proposed", instruction).await;
    }
    let (guardian, risk_manager) = (market.guardian.pubkey(), market.risk_manager.pubkey());
    let cap = Tightening::Vault(VaultTightening { cap: Some(Tokens(1_000)), base_haircut: None, k: None });
    let k = UnderlyingTightening { k: Some(Ratio(4_900_000_000)), ..UnderlyingTightening::default() };
    let roles = Change::SetReporters([Key([6; 32]); 5]);
    let due = begun.settings[0].1;
    cases.add(market, "tighten", "a vault", here.tighten(risk_manager, Some(WSOL.mint), cap)).await;
    let tightened = here.tighten(risk_manager, None, Tightening::Underlying(BTC.row, k));
    cases.add(market, "tighten", "an underlying", tightened).await;
    cases
        .all(
            market,
            [
                ("propose_change", here.propose_change(admin, next.next_proposal, roles)),
                ("cancel_change", here.cancel_change(guardian, due)),
                ("cancel_all_changes", here.cancel_all_changes(guardian)),
                ("pause", here.pause(guardian, Pausable::Trading, 60)),
                ("nominate_admin", here.nominate_admin(admin, anybody)),
                ("close_contract", here.close_contract(admin, GOLD.perp.0)),
            ],
        )
        .await;
}

/// Fees and gifts that are there to be collected, and an heir.
pub(super) async fn add_collecting(cases: &mut Cases, market: &Market) {
    let (here, admin) = (market.deployment, market.admin.pubkey());
    let destination = market.give(&admin, usd(0)).await;
    cases.add(market, "collect_fees", "", here.collect_fees(admin, BTC.perp.0, destination)).await;
    let tokens = ballast_client::vault_tokens(&here.vault(&WSOL.mint));
    let before = market.chain.get(tokens).await.unwrap();
    let held = u64::from_le_bytes(before.data[64..72].try_into().unwrap());
    let mut gifted = before.clone();
    gifted.data[64..72].copy_from_slice(&(held + 5).to_le_bytes());
    market.chain.set_account(tokens, gifted);
    let destination = market.give(&admin, wsol(0)).await;
    cases.add(market, "sweep", "", here.sweep(admin, WSOL.of(), destination)).await;
    market.chain.set_account(tokens, before);
    let heir = market.chain.keypair();
    market.as_admin(&[here.nominate_admin(admin, heir.pubkey())]).await.unwrap();
    cases.add(market, "accept_admin", "", here.accept_admin(heir.pubkey())).await;
    market.as_admin(&[here.nominate_admin(admin, Pubkey::default())]).await.unwrap();
    // elsewhere than on bitcoin there are fees too
    assert!(market.contract(ETH).await.fees_due > ballast_core::units::Usd::ZERO);
}
