//! A valid call of every instruction, and the state that it is valid in.

use anchor_lang::prelude::Pubkey;
use anchor_lang::solana_program::instruction::Instruction;
use ballast_client::{Deployment, Due, TradeParties, key};
use ballast_core::clearing::{Tightening, VaultTightening};
use ballast_core::model::{IndexSource, IndexTerms};
use ballast_core::state::parameters::{ContractTerms, UnderlyingTerms, VaultTerms};
use ballast_core::state::{Board, Change, Pausable};
use ballast_core::units::{Key, Shares, Timestamp, Tokens};
use ballast_tests::pyth::{PULL_OWNER, PythPrice};
use ballast_tests::{
    BTC, ETH, GOLD, Keeper, Market, QUOTE, SOL, Snapshot, Staker, Token, Trader, Underlying, WIDEST, WSOL, lots,
    percent, terms, usd, wsol,
};
use solana_account::Account;
use solana_keypair::Keypair;
use solana_signer::Signer;

/// Seconds after which every proposal is due, every stake payable and every feed dead.
const WEEK: i64 = 604_800;
/// Feed and account of gold's volatility index.
const INDEX: Pubkey = Pubkey::new_from_array([0x1D; 32]);
/// A mint without a vault.
const UNLISTED: Token = Token::classic(0xD7, 9, None);
/// Another underlying than those that are listed.
const SILVER: Underlying = Underlying { row: 5, feed: Key([0x51; 32]), price: 30, perp: GOLD.perp, size_exponent: 0 };

/// A valid call.
pub struct Case {
    /// The instruction's name in the interface.
    pub name: &'static str,
    /// What the case is about, where an instruction has several.
    pub about: &'static str,
    /// The instruction.
    pub instruction: Instruction,
    /// The state in which it passes.
    pub state: Snapshot,
    /// Unix seconds and slot.
    pub clock: (i64, u64),
}

/// Cases as they are made.
#[derive(Default)]
struct Cases(Vec<Case>);

impl Cases {
    async fn add(&mut self, market: &Market, name: &'static str, about: &'static str, instruction: Instruction) {
        let (state, clock) = (market.state().await, (market.now(), market.chain.slot()));
        self.0.push(Case { name, about, instruction, state, clock });
    }

    async fn all<const N: usize>(&mut self, market: &Market, cases: [(&'static str, Instruction); N]) {
        for (name, instruction) in cases {
            self.add(market, name, "", instruction).await;
        }
    }
}

/// A valid call of every instruction, each beside another exchange with the same accounts.
pub async fn all() -> Vec<Case> {
    let mut cases = Cases::default();
    let market = Market::start().await;
    let other = market.another().await;
    setting_up(&mut cases, &market).await;
    let here = Begun::on(&market).await;
    let there = Begun::on(&other).await;
    market.advance(WEEK);
    dead_feed(&mut cases, &market).await;
    market.republish().await;
    other.republish().await;
    governance(&mut cases, &market, &here).await;
    let _decoys = Actors::on(&other).await;
    let actors = Actors::on(&market).await;
    admins(&mut cases, &market).await;
    traders(&mut cases, &actors).await;
    insurers(&mut cases, &market, &here.staker).await;
    keepers(&mut cases, &market, &actors).await;
    drop(there);
    defaults(&mut cases, &market, &actors).await;
    cases.0
}

/// What waits for a week.
struct Begun {
    staker: Staker,
    settings: Vec<(Due, Change)>,
    underlying: (Due, UnderlyingTerms),
    contract: (Due, ContractTerms),
    vault: (Due, VaultTerms),
}

impl Begun {
    async fn on(market: &Market) -> Self {
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
        let board = market.board().await;
        let contract = market.contract(BTC).await;
        let perp = ContractTerms::of(board.contract(contract.row).unwrap(), &contract);
        let vault = market.vault(WSOL).await;
        let held = VaultTerms::of(&vault, Some(board.vault(vault.row).unwrap()));
        let mut settings = Vec::new();
        for change in [
            Change::SetContract(BTC.perp.0, ContractTerms { open_interest_cap: 9_000_000, ..perp }),
            Change::SetVault(key(&WSOL.mint), VaultTerms { cap: Tokens(9_000_000_000_000_000), ..held }),
        ] {
            settings.push((market.propose(&change).await.unwrap(), change));
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

/// Exchanges that are not open yet.
async fn setting_up(cases: &mut Cases, market: &Market) {
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

/// No feed has published for a week.
async fn dead_feed(cases: &mut Cases, market: &Market) {
    let wind_down = market.deployment.wind_down(ETH.row, &[ETH.perp.0]);
    cases.add(market, "wind_down", "", wind_down).await;
}

/// Proposals that are due.
async fn governance(cases: &mut Cases, market: &Market, begun: &Begun) {
    let (here, admin, anybody) = (market.deployment, market.admin.pubkey(), market.chain.keypair().pubkey());
    for ((due, change), about) in begun.settings.iter().zip(["of a contract", "of a vault"]) {
        cases.add(market, "execute_change", about, here.execute_change(*due, change)).await;
    }
    let exchange = market.exchange().await;
    let cap = Tightening::Vault(VaultTightening { cap: Some(Tokens(1_000)), base_haircut: None, k: None });
    let roles = Change::SetReporters([Key([6; 32]); 5]);
    cases
        .all(
            market,
            [
                ("create_underlying", here.create_proposed_underlying(anybody, begun.underlying.0, begun.underlying.1)),
                (
                    "create_contract",
                    here.create_proposed_contract(anybody, begun.contract.0, exchange.next_contract, begun.contract.1),
                ),
                ("create_vault", here.create_proposed_vault(anybody, begun.vault.0, UNLISTED.of(), begun.vault.1)),
                ("propose_change", here.propose_change(admin, exchange.next_proposal, roles)),
                ("cancel_change", here.cancel_change(market.guardian.pubkey(), begun.settings[0].0)),
                ("cancel_all_changes", here.cancel_all_changes(admin)),
                ("tighten", here.tighten(market.risk_manager.pubkey(), Some(WSOL.mint), cap)),
                ("pause", here.pause(market.guardian.pubkey(), Pausable::Trading, 60)),
                ("nominate_admin", here.nominate_admin(admin, anybody)),
                ("close_contract", here.close_contract(admin, GOLD.perp.0)),
            ],
        )
        .await;
}

/// Who trades, and who stands beside.
struct Actors {
    market: Market,
    alice: Trader,
    bob: Trader,
    spare: Trader,
    keeper: Keeper,
    broke: Trader,
    pledged: Trader,
}

impl Actors {
    async fn on(market: &Market) -> Self {
        let trader = || market.trader().cash(usd(10_000)).collateral(wsol(10)).reserve(usd(500));
        let alice = trader().long(BTC, lots(10)).long(ETH, lots(10)).await;
        let bob = trader().short(BTC, lots(10)).await;
        let spare = market.trader().await;
        let keeper = market.keeper().await;
        // a loss on ether that was closed and not settled, and a long of bitcoin
        let broke = market.trader().cash(usd(1_000)).reserve(usd(100)).long(ETH, lots(100)).long(BTC, lots(150)).await;
        let pledged = market.trader().cash(usd(1_000)).collateral(wsol(1)).reserve(usd(10)).long(BTC, lots(200)).await;
        Self { market: market.clone(), alice, bob, spare, keeper, broke, pledged }
    }
}

async fn admins(cases: &mut Cases, market: &Market) {
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
    let nominate = here.nominate_admin(admin, heir.pubkey());
    market.as_admin(&[nominate]).await.unwrap();
    cases.add(market, "accept_admin", "", here.accept_admin(heir.pubkey())).await;
    market.as_admin(&[here.nominate_admin(admin, Pubkey::default())]).await.unwrap();
}

async fn traders(cases: &mut Cases, actors: &Actors) {
    let Actors { market, alice, bob, spare, .. } = actors;
    let here = market.deployment;
    market.give(&alice.address(), wsol(1)).await;
    market.give(&alice.address(), usd(1)).await;
    let mark = market.mark(BTC).await;
    let parties = TradeParties { venue: Some(market.venue.pubkey()), ..market.parties(alice, bob) };
    let delegate: Keypair = market.chain.keypair();
    let until = Timestamp(market.now() + 60);
    let reserve = alice.reserve();
    cases.add(market, "deposit", "cash", alice.deposit_instruction(usd(1))).await;
    cases.add(market, "deposit", "collateral", alice.deposit_instruction(wsol(1))).await;
    cases.add(market, "withdraw", "cash", alice.withdraw_instruction(usd(1))).await;
    cases.add(market, "withdraw", "collateral", alice.withdraw_instruction(wsol(1))).await;
    cases
        .all(
            market,
            [
                ("transfer", alice.transfer_instruction(&reserve, usd(1))),
                ("trade", here.trade(parties, BTC.perp.0, 1, mark)),
                ("set_delegate", here.set_delegate(alice.address(), alice.account, delegate.pubkey(), until, WIDEST)),
                ("set_top_up", here.set_top_up(alice.address(), alice.account, Some(reserve.account), usd(5), true)),
                ("open_account", here.open_account(alice.address(), 9)),
                ("close_account", here.close_account(spare.address(), spare.account)),
            ],
        )
        .await;
}

async fn insurers(cases: &mut Cases, market: &Market, staker: &Staker) {
    let fresh = market.chain.keypair().pubkey();
    let fund = market.deployment.fund_insurance(staker.address(), QUOTE.wallet(&staker.address()), Tokens(1));
    cases
        .all(
            market,
            [
                ("fund_insurance", fund),
                ("open_stake", market.deployment.open_stake(fresh)),
                ("stake", staker.stake_instruction(usd(1))),
                ("request_unstake", staker.request_instruction(Shares(1))),
                ("unstake", staker.unstake_instruction()),
            ],
        )
        .await;
}

async fn keepers(cases: &mut Cases, market: &Market, actors: &Actors) {
    let (here, keeper) = (market.deployment, &actors.keeper);
    let reporter = market.depth_reporters[0].pubkey();
    cases.add(market, "post_depth", "", here.post_depth(reporter, BTC.row, usd(1_000_000))).await;
    let mut price = PythPrice::new(Key(INDEX.to_bytes()), 80_000_000, market.now());
    price.reading.exponent = -6;
    market.write_oracle(INDEX, price.to_pull_account_data(), PULL_OWNER);
    cases.add(market, "post_index", "of a feed", here.post_feed_index(reporter, GOLD.row, INDEX)).await;
    market.advance(1);
    for of in [BTC, SOL] {
        market.publish(of, of.price);
    }
    let refresh = market.refresh_instruction(&[BTC, SOL], Some(keeper.account)).await;
    cases.add(market, "refresh", "", refresh).await;
}

/// Prices have fallen.
async fn defaults(cases: &mut Cases, market: &Market, actors: &Actors) {
    let Actors { alice, keeper, broke, pledged, .. } = actors;
    let here = market.deployment;
    market.price(ETH, 2_450).await;
    cases.add(market, "settle", "", here.settle(alice.account, ETH.perp.0)).await;
    broke.sell(ETH, lots(100)).await.unwrap();
    market.tick(1).await;
    market.price(BTC, 45_700).await;
    let rebalance = here.rebalance(pledged.account, &pledged.state().await, Some(keeper.account));
    cases.add(market, "rebalance", "", rebalance).await;
    market.price(BTC, 42_000).await;
    let liquidate = keeper.liquidate_instruction(broke, BTC, u64::MAX).await;
    cases.add(market, "liquidate", "", liquidate).await;
    let sale = keeper.collateral_instruction(pledged, WSOL, Tokens(u64::MAX)).await;
    cases.add(market, "liquidate_collateral", "", sale).await;
}
