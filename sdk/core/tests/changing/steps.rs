use ballast_core::error::{BallastError, Result};
use ballast_core::model::IndexTerms;
use ballast_core::state::parameters::{
    self as bounds, Bounds, CollateralTerms, ContractTerms, ExchangeParameters, UnderlyingTerms, VaultTerms,
};
use ballast_core::units::{Key, Ratio, Tokens, Usd};

use crate::common::{BTC, World, key};

type Field<T> = (Bounds, fn(&mut T) -> &mut i64);

const UNDERLYING: [Field<UnderlyingTerms>; 14] = [
    (bounds::SIGMA_FLOOR, |terms| &mut terms.sigma_floor.0),
    (bounds::SIGMA_CAP, |terms| &mut terms.sigma_cap.0),
    (bounds::K, |terms| &mut terms.k.0),
    (bounds::LEARNING, |terms| &mut terms.learning.0),
    (bounds::SCAN_MINIMUM, |terms| &mut terms.scan_minimum.0),
    (bounds::SCAN_MAXIMUM, |terms| &mut terms.scan_maximum.0),
    (bounds::GAMMA, |terms| &mut terms.gamma.0),
    (bounds::UP, |terms| &mut terms.up.0),
    (bounds::DOWN, |terms| &mut terms.down.0),
    (bounds::CONFIDENCE_LIMIT, |terms| &mut terms.confidence_limit.0),
    (bounds::REWARD, |terms| &mut terms.reward.0),
    (bounds::DEPTH_FLOOR, |terms| &mut terms.depth.floor.0),
    (bounds::INDEX_WEIGHT, |terms| &mut terms.index.weight.0),
    (bounds::INDEX_STEP, |terms| &mut terms.index.step.0),
];

const COLLATERAL: [Field<CollateralTerms>; 6] = [
    (bounds::BASE_HAIRCUT, |terms| &mut terms.weight.base_haircut.0),
    (bounds::WEIGHT_K, |terms| &mut terms.weight.k.0),
    (bounds::WEIGHT_FALL, |terms| &mut terms.weight.fall_per_day.0),
    (bounds::WEIGHT_RISE, |terms| &mut terms.weight.rise_per_day.0),
    (bounds::CONCENTRATION_SCALE, |terms| &mut terms.concentration_scale.0),
    (bounds::DISCOUNT, |terms| &mut terms.discount.0),
];

const EXCHANGE: [Field<ExchangeParameters>; 5] = [
    (bounds::TRADE_FEE, |parameters| &mut parameters.trade_fee.0),
    (bounds::SHARE, |parameters| &mut parameters.insurance_share.0),
    (bounds::SHARE, |parameters| &mut parameters.reward_share.0),
    (bounds::DRAW, |parameters| &mut parameters.draw_per_contract.0),
    (bounds::DRAW, |parameters| &mut parameters.draw_per_day.0),
];

/// Largest step of a present value, computed another way.
fn largest(bounds: &Bounds, present: i64) -> i64 {
    let share = i128::from(present) * i128::from(bounds.step.share) / 1_000_000_000;
    i64::try_from(share).unwrap().max(bounds.step.amount)
}

/// Each field moves by its step either way, and by no unit more.
fn walk<T: Copy>(fields: &[Field<T>], present: &T, check: impl Fn(&T, &T) -> Result<()>) {
    for (bounds, field) in fields {
        let value = *field(&mut present.clone());
        let step = largest(bounds, value);
        assert!(step > 0, "{} never moves", bounds.name);
        for (change, expected) in [(step, Ok(())), (step + 1, Err(BallastError::StepTooLarge))] {
            for next in [value + change, value - change] {
                if (bounds.least..=bounds.greatest).contains(&next) {
                    let mut terms = *present;
                    *field(&mut terms) = next;
                    assert_eq!(check(&terms, present), expected, "{} from {value} to {next}", bounds.name);
                }
            }
        }
    }
}

#[test]
fn every_parameter_moves_by_its_step_and_no_further() {
    let mut world = World::new();
    world.board.underlyings[usize::from(BTC)].depth_terms.floor = Usd(1_000_000_000_000);
    let terms = world.terms_of(BTC);
    walk(&UNDERLYING, &terms, |next, present| next.check_step(present));
    let vault = world.terms_of_vault();
    walk(&COLLATERAL, &vault.collateral.unwrap(), |next, present| {
        let of = |collateral: &CollateralTerms| VaultTerms { collateral: Some(*collateral), ..vault };
        of(next).check_step(&of(present))
    });
    let parameters = ExchangeParameters::of(&world.exchange, &world.fund);
    walk(&EXCHANGE, &parameters, |next, present| next.check_step(present));
}

#[test]
fn counts_move_by_their_steps() {
    let world = World::new();
    let present = world.terms_of(BTC);
    let too_large = Err(BallastError::StepTooLarge);
    for (next, expected) in [
        (UnderlyingTerms { horizon: 5_400, ..present }, Ok(())),
        (UnderlyingTerms { horizon: 5_401, ..present }, too_large),
        (UnderlyingTerms { half_lives: [64_800, present.half_lives[1]], ..present }, Ok(())),
        (UnderlyingTerms { half_lives: [64_801, present.half_lives[1]], ..present }, too_large),
        (UnderlyingTerms { half_lives: [present.half_lives[0], 5_183_999], ..present }, too_large),
        (UnderlyingTerms { clips: [5, 30], ..present }, Ok(())),
        (UnderlyingTerms { clips: [4, 20], ..present }, too_large),
        (UnderlyingTerms { weights: [Ratio::percent(70), Ratio::percent(30)], ..present }, Ok(())),
        (UnderlyingTerms { weights: [Ratio::percent(71), Ratio::percent(29)], ..present }, too_large),
        (with_depth(present, |terms| terms.depth.quorum = 2), Ok(())),
        (with_depth(present, |terms| terms.depth.quorum = 3), too_large),
        (with_depth(present, |terms| terms.depth.longest_age = 1_200), Ok(())),
        (with_depth(present, |terms| terms.depth.longest_age = 1_201), too_large),
        (with_depth(present, |terms| terms.depth.half_life = 43_199), too_large),
        (with_depth(present, |terms| terms.index.longest_age = 14_401), too_large),
        (with_depth(present, |terms| terms.index.exponent = -3), too_large),
    ] {
        assert_eq!(next.check_step(&present), expected, "{next:?}");
    }
    let parameters = ExchangeParameters::of(&world.exchange, &world.fund);
    for (timelock, expected) in [(388_800, Ok(())), (388_801, too_large), (172_800, Ok(()))] {
        assert_eq!(ExchangeParameters { timelock, ..parameters }.check_step(&parameters), expected, "{timelock}");
    }
    let slower = ExchangeParameters { auction_seconds: 901, ..parameters };
    assert_eq!(slower.check_step(&parameters), too_large);
}

fn with_depth(present: UnderlyingTerms, change: fn(&mut UnderlyingTerms)) -> UnderlyingTerms {
    let mut terms = present;
    change(&mut terms);
    terms
}

#[test]
fn caps_fall_as_far_as_they_like_and_at_most_double() {
    let world = World::new();
    let present = ContractTerms { open_interest_cap: 2_000_000, ..world.terms_of_contract() };
    let too_large = Err(BallastError::StepTooLarge);
    for (open_interest_cap, expected) in [(0, Ok(())), (4_000_000, Ok(())), (4_000_001, too_large)] {
        assert_eq!(ContractTerms { open_interest_cap, ..present }.check_step(&present), expected);
    }
    let new = ContractTerms { open_interest_cap: 0, ..present };
    assert_eq!(ContractTerms { open_interest_cap: 1_000_000, ..new }.check_step(&new), Ok(()));
    assert_eq!(ContractTerms { open_interest_cap: 1_000_001, ..new }.check_step(&new), too_large);
    let funding = ballast_core::model::FundingTerms { hour_cap: Ratio(1_500_001), ..present.funding };
    assert_eq!(ContractTerms { funding, ..present }.check_step(&present), too_large);
    let funding = ballast_core::model::FundingTerms { day_cap: Ratio(15_000_001), ..present.funding };
    assert_eq!(ContractTerms { funding, ..present }.check_step(&present), too_large);

    let vault = VaultTerms { cap: Tokens(50), ..world.terms_of_vault() };
    for (cap, expected) in [(0, Ok(())), (100, Ok(())), (101, too_large)] {
        assert_eq!(VaultTerms { cap: Tokens(cap), ..vault }.check_step(&vault), expected, "{cap}");
    }
    // the first is free
    let new = VaultTerms { cap: Tokens::ZERO, ..vault };
    assert_eq!(VaultTerms { cap: Tokens(1 << 60), ..vault }.check_step(&new), Ok(()));
    assert_eq!(VaultTerms { cap: Tokens(u64::MAX), ..vault }.check_step(&new), Err(BallastError::ParameterOutOfBounds));
}

#[test]
fn what_a_row_is_never_changes() {
    let world = World::new();
    let (present, contract, vault) = (world.terms_of(BTC), world.terms_of_contract(), world.terms_of_vault());
    let fixed = Err(BallastError::TermFixed);
    for next in [
        UnderlyingTerms { oracle: key(9), ..present },
        UnderlyingTerms { kind: ballast_core::state::OracleKind::Legacy, ..present },
        UnderlyingTerms { price_exponent: 1, ..present },
        UnderlyingTerms { prices_quote: true, ..present },
    ] {
        assert_eq!(next.check_step(&present), fixed, "{next:?}");
    }
    assert_eq!(ContractTerms { underlying: 1, ..contract }.check_step(&contract), fixed);
    assert_eq!(ContractTerms { size_exponent: -3, ..contract }.check_step(&contract), fixed);
    let collateral = vault.collateral.map(|terms| CollateralTerms { underlying: BTC, ..terms });
    assert_eq!(VaultTerms { collateral, ..vault }.check_step(&vault), fixed);
    assert_eq!(VaultTerms { collateral: None, ..vault }.check_step(&vault), fixed);
    let quote = VaultTerms { collateral: None, ..vault };
    assert_eq!(vault.check_step(&quote), fixed);
}

/// The fee is part of maintenance, and has no ramp.
#[test]
fn the_liquidation_fee_falls_and_never_rises() {
    let present = World::new().terms_of(BTC);
    let raised = UnderlyingTerms { liquidation_fee: Ratio(10_000_001), ..present };
    assert_eq!(raised.check_step(&present), Err(BallastError::FeeRaised));
    let lowered = UnderlyingTerms { liquidation_fee: Ratio(5_000_000), ..present };
    assert_eq!(lowered.check_step(&present), Ok(()));
    let too_far = UnderlyingTerms { liquidation_fee: Ratio(4_999_999), ..present };
    assert_eq!(too_far.check_step(&present), Err(BallastError::StepTooLarge));
}

#[test]
fn an_index_from_elsewhere_starts_on_terms_of_its_own() {
    let present = World::new().terms_of(BTC);
    let other = IndexTerms { key: key(8), weight: Ratio::percent(20), ..present.index };
    assert_eq!(UnderlyingTerms { index: other, ..present }.check_step(&present), Ok(()));
    assert_eq!(UnderlyingTerms { index: IndexTerms::default(), ..present }.check_step(&present), Ok(()));
    let same = IndexTerms { weight: Ratio::percent(20), ..present.index };
    assert_eq!(UnderlyingTerms { index: same, ..present }.check_step(&present), Err(BallastError::StepTooLarge));
    assert!(other.key != Key::NONE);
}

#[test]
fn present_terms_are_the_terms_of_creation() {
    let world = World::new();
    let created =
        UnderlyingTerms { starting_sigma: Ratio(bounds::STARTING_SIGMA.default), ..crate::common::underlying_terms(1) };
    assert_eq!(world.terms_of(BTC), created);
}
