//! Drift, April 2026: whoever held the admin's keys listed a worthless mint as collateral, priced by an oracle of their
//! own, raised its limits and borrowed 280 million dollars against it within minutes.
//!
//! Here the thief holds every key of the admin. Before the timelock ends nothing can be taken.

use anchor_lang::error::ErrorCode;
use anchor_lang::prelude::Pubkey;
use anchor_lang::solana_program::instruction::Instruction;
use ballast_client::{Due, key};
use ballast_core::BallastError;
use ballast_core::clearing::{Tightening, VaultTightening};
use ballast_core::model::WeightTerms;
use ballast_core::state::parameters::{
    CollateralTerms, ContractTerms, ExchangeParameters, UnderlyingTerms, VaultTerms,
};
use ballast_core::state::{Change, Pausable, Roles};
use ballast_core::units::{Key, Ratio, Tokens, Usd};
use ballast_tests::{
    BTC, Edit, Market, QUOTE, SOL, Token, Trader, Underlying, WSOL, assert_error, lots, terms, usd, wsol,
};
use solana_keypair::Keypair;
use solana_signer::Signer;

/// The thief's feed, and the row that it would get.
const FAKE: Underlying = Underlying { row: 4, feed: Key([0xFA; 32]), price: 1_000, ..SOL };

/// An exchange with users, and a thief with the admin's keys, a mint of their own and a program that says its price.
struct Robbery {
    market: Market,
    alice: Trader,
    thief: Trader,
    junk: Token,
    oracle_program: Pubkey,
}

impl Robbery {
    async fn planned() -> Self {
        let treasury = Key([0x7E; 32]);
        let market = Market::with(|terms| terms.treasury = treasury).await;
        let alice = market.trader().cash(usd(1_000_000)).collateral(wsol(100)).long(BTC, lots(1_000)).await;
        let thief = market.trader().await;
        let junk = Token::classic(0xDD, 9, None);
        market.chain.set_account(junk.mint, junk.mint_account());
        market.give(&thief.address(), junk.units(1 << 60)).await;
        let oracle_program = market.chain.keypair().pubkey();
        Self { market, alice, thief, junk, oracle_program }
    }

    /// What the thief would change, were there no timelock.
    async fn wishes(&self) -> Vec<Change> {
        let market = &self.market;
        let me = key(&self.thief.address());
        let (exchange, fund) = (market.exchange().await, market.fund().await);
        let row = market.row(BTC).await;
        let present = UnderlyingTerms::of(&row, false).unwrap();
        let contract = market.contract(BTC).await;
        let perp = ContractTerms::of(market.board().await.contract(contract.row).unwrap(), &contract);
        let mut owners = exchange.oracle_owners;
        owners[3] = key(&self.oracle_program);
        vec![
            Change::SetOracleOwners(owners),
            Change::SetRoles(Roles { risk_manager: me, guardian: me, treasury: me }),
            Change::SetReporters([me; 5]),
            Change::SetExchange(ExchangeParameters { timelock: 172_800, ..ExchangeParameters::of(&exchange, &fund) }),
            Change::SetUnderlying(BTC.row, UnderlyingTerms { k: Ratio(present.k.0 / 10 * 9), ..present }),
            Change::SetContract(BTC.perp.0, ContractTerms { open_interest_cap: perp.open_interest_cap * 2, ..perp }),
        ]
    }

    fn fake_underlying(&self) -> UnderlyingTerms {
        terms::underlying(FAKE)
    }

    fn junk_vault(&self) -> VaultTerms {
        let weight =
            WeightTerms { base_haircut: Ratio::ZERO, rise_per_day: Ratio::percent(50), ..WeightTerms::default() };
        let concentration_scale = usd(1_000_000_000);
        // priced by the dearest that the board has
        let collateral = CollateralTerms { underlying: BTC.row, weight, concentration_scale, discount: Ratio::ZERO };
        VaultTerms { cap: Tokens::ZERO, collateral: Some(collateral) }
    }

    fn create(&self, due: Option<(Due, Due)>) -> [Instruction; 2] {
        let (here, admin) = (self.market.deployment, self.market.admin.pubkey());
        match due {
            None => [
                here.create_underlying(admin, self.fake_underlying()),
                here.create_vault(admin, self.junk.of(), self.junk_vault()),
            ],
            Some((underlying, vault)) => [
                here.create_proposed_underlying(admin, underlying, self.fake_underlying()),
                here.create_proposed_vault(admin, vault, self.junk.of(), self.junk_vault()),
            ],
        }
    }

    /// Proposes everything at once: creations first.
    async fn propose_everything(&self) -> (Due, Due, Vec<(Due, Change)>) {
        let market = &self.market;
        let underlying = market.propose(&Change::CreateUnderlying(self.fake_underlying())).await.unwrap();
        let vault = Change::CreateVault(key(&self.junk.mint), self.junk_vault());
        let vault = market.propose(&vault).await.unwrap();
        let mut others = Vec::new();
        for change in self.wishes().await {
            others.push((market.propose(&change).await.unwrap(), change));
        }
        (underlying, vault, others)
    }

    /// Tries whatever needs no waiting. Nothing works.
    async fn try_everything(&self) {
        let Self { market, alice, thief, junk, .. } = self;
        let (here, admin, me) = (market.deployment, market.admin.pubkey(), thief.address());
        for creation in self.create(None) {
            assert_error(market.as_admin(&[creation]).await, BallastError::ExchangeOpen);
        }
        let next = market.exchange().await.next_contract;
        let perp = here.create_contract(admin, next, terms::perpetual(SOL, key(&me)));
        assert_error(market.as_admin(&[perp]).await, BallastError::ExchangeOpen);
        assert_error(market.as_admin(&[here.open_exchange(admin)]).await, BallastError::ExchangeOpen);
        // there is no vault for the mint, and no other takes it
        assert_error(thief.deposit(junk.units(1)).await, ErrorCode::AccountOwnedByWrongProgram);
        // the admin's own program is no oracle
        let address = market.oracle(BTC);
        let real = market.chain.get(address).await.unwrap();
        market.advance(1);
        let price = market.publish(BTC, 5_000_000);
        market.write_oracle(address, price.to_pull_account_data(), self.oracle_program);
        assert_error(market.try_refresh(&[BTC]).await, BallastError::OracleOwner);
        market.chain.set_account(address, real);
        // fees and gifts have one way to go, and users' tokens none
        let wallet = market.give(&me, usd(0)).await;
        let collect = here.collect_fees(admin, BTC.perp.0, wallet);
        assert_error(market.as_admin(&[collect]).await, BallastError::NotTreasury);
        for token in [QUOTE, WSOL] {
            market.give(&me, token.units(0)).await;
            let sweep = here.sweep(admin, token.of(), token.wallet(&me));
            assert_error(market.as_admin(&[sweep]).await, BallastError::NotTreasury);
        }
        let theft = alice.withdraw_instruction(usd(1)).with(alice.address(), admin);
        assert_error(market.as_admin(&[theft]).await, BallastError::NotOwner);
        // nor is the admin anybody else
        assert_error(market.as_admin(&[here.pause(admin, Pausable::Withdrawals, 60)]).await, BallastError::NotGuardian);
        let tighten = Tightening::Vault(VaultTightening { cap: Some(Tokens::ZERO), ..VaultTightening::default() });
        let tighten = here.tighten(admin, Some(QUOTE.mint), tighten);
        assert_error(market.as_admin(&[tighten]).await, BallastError::NotRiskManager);
        assert_error(market.as_admin(&[here.post_depth(admin, BTC.row, usd(1))]).await, BallastError::NotDepthReporter);
    }

    /// What the vaults hold.
    async fn treasure(&self) -> [Tokens; 2] {
        let market = &self.market;
        let held = |token: Token| ballast_client::vault_tokens(&market.deployment.vault(&token.mint));
        [market.tokens_in(held(QUOTE)).await, market.tokens_in(held(WSOL)).await]
    }
}

#[tokio::test]
async fn drift_with_all_keys_of_the_admin_stolen() {
    let robbery = Robbery::planned().await;
    let Robbery { market, alice, thief, .. } = &robbery;
    let (treasure, exchange, fund) = (robbery.treasure().await, market.exchange().await, market.fund().await);
    robbery.try_everything().await;
    let (underlying, vault, others) = robbery.propose_everything().await;
    // until the last second
    let timelock = i64::try_from(exchange.timelock).unwrap();
    for wait in [0, timelock - 60] {
        market.advance(wait);
        robbery.try_everything().await;
        for creation in robbery.create(Some((underlying, vault))) {
            assert_error(market.as_admin(&[creation]).await, BallastError::ProposalTooEarly);
        }
        for (due, change) in &others {
            assert_error(market.execute(*due, change).await, BallastError::ProposalTooEarly);
        }
    }
    assert_eq!(robbery.treasure().await, treasure);
    assert_eq!(thief.state().await.cash, Usd::ZERO);
    // the guardian says no once, however many there are
    let cancel = market.deployment.cancel_all_changes(market.guardian.pubkey());
    market.chain.send(&[cancel], &[&market.guardian]).await.unwrap();
    market.advance(120);
    for (due, change) in &others {
        assert_error(market.execute(*due, change).await, BallastError::ProposalCancelled);
    }
    for creation in robbery.create(Some((underlying, vault))) {
        assert_error(market.as_admin(&[creation]).await, BallastError::ProposalCancelled);
    }
    let after = market.exchange().await;
    assert_eq!(market.fund().await, fund);
    assert_eq!(
        (after.timelock, after.guardian, after.treasury),
        (exchange.timelock, exchange.guardian, exchange.treasury)
    );
    assert_eq!((after.oracle_owners, after.depth_reporters), (exchange.oracle_owners, exchange.depth_reporters));
    // and users come and go as ever
    market.republish().await;
    alice.sell(BTC, lots(1_000)).await.unwrap();
    alice.settle(BTC).await.ok();
    alice.withdraw(wsol(100)).await.unwrap();
    alice.withdraw(usd(900_000)).await.unwrap();
}

/// Where nobody says no, users have the timelock to leave; and a new mint takes a second one before it counts.
#[tokio::test]
async fn drift_unopposed_takes_two_timelocks() {
    let robbery = Robbery::planned().await;
    let Robbery { market, alice, thief, junk, .. } = &robbery;
    let treasure = robbery.treasure().await;
    let (underlying, vault, _) = robbery.propose_everything().await;
    // the users leave
    alice.sell(BTC, lots(1_000)).await.unwrap();
    alice.withdraw(wsol(100)).await.unwrap();
    alice.withdraw(usd(900_000)).await.unwrap();
    market.wait_for_timelock().await;
    for creation in robbery.create(Some((underlying, vault))) {
        market.as_admin(&[creation]).await.unwrap();
    }
    assert_eq!(market.row(FAKE).await.ramp.start, ballast_core::units::SCAN_ONE);
    market.give(&thief.address(), junk.units(1 << 60)).await;
    assert_error(thief.deposit(junk.units(1)).await, BallastError::VaultCap);
    let raise = Change::SetVault(key(&junk.mint), VaultTerms { cap: Tokens(1 << 60), ..robbery.junk_vault() });
    let raise_due = market.propose(&raise).await.unwrap();
    assert_error(market.execute(raise_due, &raise).await, BallastError::ProposalTooEarly);
    assert_error(thief.deposit(junk.units(1)).await, BallastError::VaultCap);
    let left = robbery.treasure().await;
    assert!(left[0] < treasure[0] && left[1] < treasure[1], "the users took theirs");
    assert_eq!(thief.state().await.cash, Usd::ZERO);
}

/// The role itself can be stolen in two signatures, and brings nothing either.
#[tokio::test]
async fn a_stolen_role_brings_nothing() {
    let robbery = Robbery::planned().await;
    let Robbery { market, thief, .. } = &robbery;
    let (here, me) = (market.deployment, thief.address());
    market.as_admin(&[here.nominate_admin(market.admin.pubkey(), me)]).await.unwrap();
    thief.send(here.accept_admin(me)).await.unwrap();
    let owner: &Keypair = &thief.owner;
    for instruction in [
        here.create_underlying(me, robbery.fake_underlying()),
        here.create_vault(me, robbery.junk.of(), robbery.junk_vault()),
    ] {
        assert_error(market.chain.send(&[instruction], &[owner]).await, BallastError::ExchangeOpen);
    }
    let change = Change::SetRoles(Roles { risk_manager: key(&me), guardian: key(&me), treasury: key(&me) });
    thief.send(here.propose_change(me, 0, change)).await.unwrap();
    let due = Due { number: 0, proposer: me };
    assert_error(market.execute(due, &change).await, BallastError::ProposalTooEarly);
    let cancel = here.cancel_change(market.guardian.pubkey(), due);
    market.chain.send(&[cancel], &[&market.guardian]).await.unwrap();
}
