use ballast_core::clearing::{Executing, execute_change};
use ballast_core::error::BallastError;
use ballast_core::model::{DepthReport, Index, IndexTerms, WeightRamp};
use ballast_core::state::parameters::{ContractTerms, ExchangeParameters, UnderlyingTerms, VaultTerms};
use ballast_core::state::{Change, PROPOSAL_LIFE, Roles};
use ballast_core::units::{DAY, Key, PerLot, Ratio, Timestamp, Tokens, Usd, Variance};

use super::TIMELOCK;
use crate::common::{BTC, BTC_PRICE, SOL, SOL_VAULT, Snapshot, World, key, underlying_terms, usd};

fn looser(world: &World) -> UnderlyingTerms {
    let present = world.terms_of(BTC);
    UnderlyingTerms {
        k: Ratio(4_050_000_000),
        up: Ratio::percent(30),
        down: Ratio::percent(20),
        liquidation_fee: Ratio(6_000_000),
        reward: Usd(3_000),
        ..present
    }
}

#[test]
fn execute_change_ok_for_an_underlying() {
    let mut world = World::new();
    let terms = looser(&world);
    let before = world.board.underlyings[usize::from(BTC)];
    world.change(&Change::SetUnderlying(BTC, terms)).unwrap();
    assert_eq!(world.terms_of(BTC), terms);
    let row = &world.board.underlyings[usize::from(BTC)];
    assert_eq!(row.changed_at, world.clock);
    assert_eq!((row.ramp.target, row.volatility), (before.ramp.target, before.volatility));
    assert_eq!((row.index, row.depth, row.price), (before.index, before.depth, before.price));
    // to the last digit
    assert_eq!(row.volatility_terms, before.volatility_terms);
}

#[test]
fn the_cap_grows_for_a_lot_of_a_cent_and_for_none_that_is_less() {
    for (mark, expected) in [(10_000_000_000, Ok(())), (9_999_999_999, Err(BallastError::LotTooSmall))] {
        let mut world = World::new();
        world.board.contracts[0].mark = PerLot(mark);
        let mut terms = world.terms_of_contract();
        terms.open_interest_cap += 1;
        assert_eq!(world.change(&Change::SetContract(1, terms)), expected);
        terms.open_interest_cap -= 2;
        world.pass(TIMELOCK);
        assert_eq!(world.change(&Change::SetContract(1, terms)), Ok(()), "it may always shrink");
    }
}

/// Floor and cap are held as variances, finer than the sigmas that a change names.
#[test]
fn bounds_of_volatility_stay_to_the_last_digit_unless_they_change() {
    let mut world = World::new();
    let row = &mut world.board.underlyings[usize::from(BTC)];
    row.volatility_terms.floor.0 += 1;
    row.volatility_terms.cap.0 += 1;
    let before = row.volatility_terms;
    let terms = looser(&world);
    world.change(&Change::SetUnderlying(BTC, terms)).unwrap();
    assert_eq!(world.board.underlyings[usize::from(BTC)].volatility_terms, before);
    world.pass(TIMELOCK);
    let terms = UnderlyingTerms { sigma_floor: Ratio::percent(9), ..terms };
    world.change(&Change::SetUnderlying(BTC, terms)).unwrap();
    let after = world.board.underlyings[usize::from(BTC)].volatility_terms;
    assert_eq!((after.floor, after.cap), (Variance::annual(Ratio::percent(9)).unwrap(), Variance(before.cap.0 - 1)));
    assert_eq!(world.terms_of(BTC), terms);
}

/// What prices the quote currency goes on doing so, and nothing else begins to.
#[test]
fn what_prices_the_quote_currency_is_not_changed() {
    for (quote, underlying) in [(BTC, BTC), (SOL, BTC)] {
        let mut world = World::new();
        (world.board.prices_quote, world.board.quote_underlying) = (1, quote);
        let prices_quote = quote == underlying;
        let terms = UnderlyingTerms { prices_quote, ..looser(&world) };
        world.change(&Change::SetUnderlying(underlying, terms)).unwrap();
        let mut world = World::new();
        (world.board.prices_quote, world.board.quote_underlying) = (1, quote);
        let terms = UnderlyingTerms { prices_quote: !prices_quote, ..looser(&world) };
        assert_eq!(world.change(&Change::SetUnderlying(underlying, terms)), Err(BallastError::TermFixed));
    }
}

#[test]
fn execute_change_ok_for_a_contract() {
    let mut world = World::new();
    let mut terms = world.terms_of_contract();
    terms.open_interest_cap = 1_500_000_000;
    terms.funding.day_cap = Ratio(12_000_000);
    terms.venues = [key(71), Key::NONE, key(72), Key::NONE];
    world.change(&Change::SetContract(1, terms)).unwrap();
    assert_eq!(world.terms_of_contract(), terms);
    assert_eq!(world.contracts[0].changed_at, world.clock);
}

#[test]
fn execute_change_ok_for_a_vault() {
    let mut world = World::new();
    world.vaults[usize::from(SOL_VAULT)].cap = Tokens(1 << 40);
    let mut terms = world.terms_of_vault();
    terms.cap = Tokens(1 << 41);
    let collateral = terms.collateral.as_mut().unwrap();
    collateral.weight.base_haircut = Ratio::percent(8);
    collateral.weight.rise_per_day = Ratio::percent(7);
    collateral.concentration_scale = usd(800_000_000);
    collateral.discount = Ratio::percent(6);
    world.change(&Change::SetVault(key(81), terms)).unwrap();
    assert_eq!(world.terms_of_vault(), terms);
    assert_eq!(world.vaults[usize::from(SOL_VAULT)].changed_at, world.clock);
}

#[test]
fn execute_change_ok_for_the_quote_vault() {
    let mut world = World::new();
    world.quote.cap = Tokens(1 << 40);
    let terms = VaultTerms { cap: Tokens(1 << 41), collateral: None };
    let proposal = world.propose(&Change::SetVault(key(80), terms)).unwrap();
    world.pass(TIMELOCK);
    let clock = world.clock;
    let World { exchange, board, fund, quote, .. } = &mut world;
    let state = Executing { exchange, board, fund, contract: None, vault: Some(quote) };
    execute_change(&proposal, state, clock).unwrap();
    assert_eq!(world.quote.cap, Tokens(1 << 41));
}

#[test]
fn execute_change_fails_when_an_account_is_passed_that_it_does_not_touch() {
    let mut world = World::new();
    let vault = Change::SetVault(key(81), world.terms_of_vault());
    let proposals = [Change::SetReporters([key(6); 5]), vault].map(|change| world.propose(&change).unwrap());
    world.pass(TIMELOCK);
    for (place, contract, vault) in [(0, Some(0), None), (0, None, Some(0)), (1, Some(0), Some(0))] {
        assert_eq!(world.execute_on(&proposals[place], contract, vault), Err(BallastError::AccountNotUsed));
    }
}

#[test]
fn execute_change_ok_for_the_exchange() {
    let mut world = World::new();
    let parameters = ExchangeParameters {
        timelock: 345_600,
        trade_fee: Ratio::basis_points(7),
        insurance_share: Ratio::percent(40),
        reward_share: Ratio::percent(10),
        auction_seconds: 700,
        draw_per_contract: usd(1_500_000),
        draw_per_day: usd(700_000),
        unstake_cooldown: 864_000,
    };
    world.change(&Change::SetExchange(parameters)).unwrap();
    assert_eq!(ExchangeParameters::of(&world.exchange, &world.fund), parameters);
    // a longer timelock holds for what is proposed from now on
    let proposal = world.propose(&Change::SetReporters([key(6); 5])).unwrap();
    assert_eq!(proposal.executable_at, world.clock.after(345_600).unwrap());
}

#[test]
fn execute_change_ok_for_roles_and_oracles() {
    let mut world = World::new();
    world.change(&Change::SetOracleOwners([key(5), Key::NONE, Key::NONE, Key::NONE])).unwrap();
    assert!(world.exchange.allows_oracle(key(5)));
    world.change(&Change::SetRoles(Roles { risk_manager: key(1), guardian: key(2), treasury: key(3) })).unwrap();
    let exchange = &world.exchange;
    assert_eq!((exchange.risk_manager, exchange.guardian, exchange.treasury), (key(1), key(2), key(3)));
    assert_eq!(exchange.admin, key(90));
}

#[test]
fn another_reporter_does_not_speak_for_his_predecessor() {
    let mut world = World::new();
    for reporter in 0..5 {
        world.post_depth(BTC, reporter, usd(1_000_000)).unwrap();
    }
    let mut reporters = world.exchange.depth_reporters;
    reporters[2] = key(50);
    world.change(&Change::SetReporters(reporters)).unwrap();
    let depth = &world.board.underlyings[usize::from(BTC)].depth;
    assert_eq!(world.exchange.depth_reporters, reporters);
    assert_eq!(depth.reports[2], DepthReport::default());
    assert!(depth.reports[1].depth == usd(1_000_000) && depth.value > Usd::ZERO);
}

#[test]
fn another_index_forgets_the_last() {
    let mut world = World::new();
    world.post_index(BTC, Ratio::percent(80)).unwrap();
    let mut terms = world.terms_of(BTC);
    world.change(&Change::SetUnderlying(BTC, terms)).unwrap();
    assert_eq!(world.board.underlyings[usize::from(BTC)].index.value, Ratio::percent(80));
    terms.index = IndexTerms { key: key(55), ..terms.index };
    world.change(&Change::SetUnderlying(BTC, terms)).unwrap();
    assert_eq!(world.board.underlyings[usize::from(BTC)].index, Index::default());
}

/// Other rates act from now on: what a ramp has come so far it keeps, whether it rises or falls.
#[test]
fn other_rates_make_no_step() {
    for (from, to) in [(4, 9), (9, 4)] {
        let mut world = World::new();
        let terms = looser(&world);
        let proposal = world.propose(&Change::SetUnderlying(BTC, terms)).unwrap();
        world.pass(TIMELOCK - DAY);
        world.ramp(BTC, Ratio::percent(from), Ratio::percent(to));
        world.pass(DAY);
        let before = world.effective(BTC);
        world.execute_on(&proposal, None, None).unwrap();
        assert_eq!(world.effective(BTC), before);
        assert!(from < to || before.0.abs_diff(76_500_000_000) < 1_000_000, "{before:?}");
    }
    let mut world = World::new();
    let mut terms = world.terms_of_vault();
    terms.collateral.as_mut().unwrap().weight.fall_per_day = Ratio::percent(15);
    let proposal = world.propose(&Change::SetVault(key(81), terms)).unwrap();
    world.pass(TIMELOCK - DAY);
    let now = world.clock;
    world.board.vaults[0].weight = WeightRamp::at(Ratio::percent(90), now);
    let weight_terms = world.board.vaults[0].weight_terms;
    world.board.vaults[0].weight.retarget(&weight_terms, Ratio::percent(50), now).unwrap();
    world.pass(DAY);
    let weight = |world: &World| {
        let row = &world.board.vaults[0];
        row.weight.effective(&row.weight_terms, world.clock).unwrap()
    };
    assert_eq!(weight(&world), Ratio::percent(80));
    world.execute_on(&proposal, None, Some(0)).unwrap();
    assert_eq!(weight(&world), Ratio::percent(80));
    world.pass(DAY);
    assert_eq!(weight(&world), Ratio::percent(65));
}

/// A dearer k is felt through the ramp alone.
#[test]
fn a_dearer_model_raises_nothing_at_once() {
    let mut world = World::new();
    let terms = UnderlyingTerms { k: Ratio(4_950_000_000), scan_minimum: Ratio::percent(3), ..world.terms_of(BTC) };
    let proposal = world.propose(&Change::SetUnderlying(BTC, terms)).unwrap();
    world.pass(TIMELOCK);
    world.price(BTC, BTC_PRICE);
    let before = world.effective(BTC);
    world.execute_on(&proposal, None, None).unwrap();
    assert_eq!(world.effective(BTC), before);
    for _ in 0..12 {
        world.pass(7_200);
        world.price(BTC, BTC_PRICE);
        assert!(u128::from(world.effective(BTC).0) * 4 <= u128::from(before.0) * 5);
    }
}

#[test]
fn execute_change_fails_when_it_is_too_early_or_too_late() {
    let mut world = World::new();
    let proposal = world.propose(&Change::SetReporters([key(6); 5])).unwrap();
    for (wait, rule) in
        [(TIMELOCK - 1, BallastError::ProposalTooEarly), (PROPOSAL_LIFE + 1, BallastError::ProposalExpired)]
    {
        world.pass(wait);
        let before = Snapshot::of(&world);
        assert_eq!(world.execute_on(&proposal, None, None), Err(rule));
        before.assert_unchanged(&world);
    }
    world.clock = Timestamp(world.clock.0 - 1);
    world.execute_on(&proposal, None, None).unwrap();
}

/// Price times run ahead of a clock that lags; a timelock counts by the clock.
#[test]
fn execute_change_fails_when_only_prices_say_that_it_is_time() {
    let mut world = World::new();
    let proposal = world.propose(&Change::SetReporters([key(6); 5])).unwrap();
    world.board.newest_publish_time = proposal.executable_at;
    assert_eq!(world.execute_on(&proposal, None, None), Err(BallastError::ProposalTooEarly));
}

/// Many small steps at once would be a large one.
#[test]
fn execute_change_fails_when_the_same_changed_within_a_timelock() {
    let mut world = World::new();
    let (underlying, contract, vault) = (world.terms_of(BTC), world.terms_of_contract(), world.terms_of_vault());
    let parameters = ExchangeParameters::of(&world.exchange, &world.fund);
    let changes = [
        Change::SetUnderlying(BTC, underlying),
        Change::SetContract(1, contract),
        Change::SetVault(key(81), VaultTerms { cap: Tokens(1 << 61), ..vault }),
        Change::SetExchange(parameters),
    ];
    let twice = [changes, changes].map(|changes| changes.map(|change| world.propose(&change).unwrap()));
    world.pass(TIMELOCK);
    for proposal in &twice[0] {
        world.execute(proposal).unwrap();
    }
    let executed_at = world.clock;
    world.pass(TIMELOCK - 1);
    let before = Snapshot::of(&world);
    for proposal in &twice[1] {
        assert_eq!(world.execute(proposal), Err(BallastError::ChangeTooSoon));
    }
    before.assert_unchanged(&world);
    world.clock = executed_at.after(TIMELOCK).unwrap();
    for proposal in &twice[1] {
        world.execute(proposal).unwrap();
    }
}

/// A step is measured from what is in force when it is taken.
#[test]
fn execute_change_fails_when_a_step_is_too_large_or_a_term_fixed() {
    let mut world = World::new();
    let present = world.terms_of(BTC);
    for (terms, rule) in [
        (UnderlyingTerms { k: Ratio(4_049_999_999), ..present }, BallastError::StepTooLarge),
        (UnderlyingTerms { down: Ratio::percent(21), ..present }, BallastError::StepTooLarge),
        (UnderlyingTerms { oracle: key(9), ..present }, BallastError::TermFixed),
        (UnderlyingTerms { liquidation_fee: Ratio::percent(2), ..present }, BallastError::FeeRaised),
    ] {
        let proposal = world.propose(&Change::SetUnderlying(BTC, terms)).unwrap();
        world.pass(TIMELOCK);
        let before = Snapshot::of(&world);
        assert_eq!(world.execute_on(&proposal, None, None), Err(rule));
        before.assert_unchanged(&world);
    }
    let far = ContractTerms { open_interest_cap: 2_000_000_001, ..world.terms_of_contract() };
    assert_eq!(world.change(&Change::SetContract(1, far)), Err(BallastError::StepTooLarge));
    let mut scale = world.terms_of_vault();
    scale.cap = Tokens(1 << 61);
    scale.collateral.as_mut().unwrap().concentration_scale = usd(1_000_000_000 - 500_000_001);
    assert_eq!(world.change(&Change::SetVault(key(81), scale)), Err(BallastError::StepTooLarge));
    let short = ExchangeParameters { timelock: 2_592_000, ..ExchangeParameters::of(&world.exchange, &world.fund) };
    assert_eq!(world.change(&Change::SetExchange(short)), Err(BallastError::StepTooLarge));
}

#[test]
fn execute_change_fails_when_an_account_is_missing_or_another() {
    let mut world = World::new();
    let contract = world.propose(&Change::SetContract(1, world.terms_of_contract())).unwrap();
    let vault = world.propose(&Change::SetVault(key(81), world.terms_of_vault())).unwrap();
    let unknown = world.propose(&Change::SetUnderlying(9, world.terms_of(BTC))).unwrap();
    let foreign = ballast_core::state::Proposal { exchange: key(99), ..contract };
    world.pass(TIMELOCK);
    let before = Snapshot::of(&world);
    assert_eq!(world.execute_on(&contract, None, None), Err(BallastError::ContractMissing));
    assert_eq!(world.execute_on(&contract, Some(1), None), Err(BallastError::WrongContract));
    assert_eq!(world.execute_on(&vault, None, None), Err(BallastError::VaultMissing));
    assert_eq!(world.execute_on(&vault, None, Some(1)), Err(BallastError::WrongVault));
    assert_eq!(world.execute_on(&unknown, None, None), Err(BallastError::UnknownUnderlying));
    assert_eq!(world.execute_on(&foreign, Some(0), None), Err(BallastError::WrongExchange));
    before.assert_unchanged(&world);
}

#[test]
fn execute_change_fails_when_it_creates() {
    let mut world = World::new();
    let contract = ContractTerms { open_interest_cap: 0, ..world.terms_of_contract() };
    let vault = VaultTerms { cap: Tokens::ZERO, ..world.terms_of_vault() };
    for change in [
        Change::CreateUnderlying(underlying_terms(4)),
        Change::CreateContract(contract),
        Change::CreateVault(key(83), vault),
    ] {
        assert_eq!(world.change(&change), Err(BallastError::ProposalCreates));
    }
}
