//! Every parameter of an underlying and of a vault stays within its hard bounds.
#![allow(
    missing_docs,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::unwrap_used,
    reason = "tests may panic"
)]

mod common;

use ballast_core::clearing::{NewVault, create_underlying, create_vault};
use ballast_core::error::BallastError;
use ballast_core::model::{IndexTerms, RampTerms, TargetTerms, VolatilityTerms, WeightTerms};
use ballast_core::state::parameters::{self as bounds, Bounds, CollateralTerms, UnderlyingTerms, VaultTerms};
use ballast_core::state::{NO_ROW, Vault};
use ballast_core::units::{Key, Ratio, Tokens, Usd};
use bytemuck::Zeroable;
use common::{SOL, Snapshot, World, key, usd};

type Set<T> = fn(&mut T, i64);

const UNDERLYING: [(Bounds, Set<UnderlyingTerms>); 31] = [
    (bounds::PRICE_EXPONENT, |terms, value| terms.price_exponent = value as i8),
    (bounds::STARTING_SIGMA, |terms, value| terms.starting_sigma = Ratio(value)),
    (bounds::SIGMA_FLOOR, |terms, value| terms.sigma_floor = Ratio(value)),
    (bounds::SIGMA_CAP, |terms, value| terms.sigma_cap = Ratio(value)),
    (bounds::HALF_LIFE, |terms, value| terms.half_lives[0] = value as u64),
    (bounds::HALF_LIFE, |terms, value| terms.half_lives[1] = value as u64),
    (bounds::MIXTURE_WEIGHT, |terms, value| terms.weights = [Ratio(value), Ratio(1_000_000_000 - value)]),
    (bounds::MIXTURE_WEIGHT, |terms, value| terms.weights = [Ratio(1_000_000_000 - value), Ratio(value)]),
    (bounds::CLIP, |terms, value| terms.clips[0] = value as u64),
    (bounds::CLIP, |terms, value| terms.clips[1] = value as u64),
    (bounds::K, |terms, value| terms.k = Ratio(value)),
    (bounds::LEARNING, |terms, value| terms.learning = Ratio(value)),
    (bounds::HORIZON, |terms, value| terms.horizon = value as u64),
    (bounds::SCAN_MINIMUM, |terms, value| terms.scan_minimum = Ratio(value)),
    (bounds::SCAN_MAXIMUM, |terms, value| terms.scan_maximum = Ratio(value)),
    (bounds::GAMMA, |terms, value| terms.gamma = Ratio(value)),
    (bounds::DEPTH_QUORUM, |terms, value| terms.depth.quorum = value as u64),
    (bounds::DEPTH_AGE, |terms, value| terms.depth.longest_age = value as u64),
    (bounds::DEPTH_HALF_LIFE, |terms, value| terms.depth.half_life = value as u64),
    (bounds::DEPTH_FLOOR, |terms, value| terms.depth.floor = Usd(value)),
    (bounds::OPEN_INTEREST_LIMIT, |terms, value| terms.open_interest_limit = Ratio(value)),
    (bounds::PACE, |terms, value| terms.pace = Ratio(value)),
    (bounds::INDEX_EXPONENT, |terms, value| terms.index.exponent = value),
    (bounds::INDEX_WEIGHT, |terms, value| terms.index.weight = Ratio(value)),
    (bounds::INDEX_AGE, |terms, value| terms.index.longest_age = value as u64),
    (bounds::INDEX_STEP, |terms, value| terms.index.step = Ratio(value)),
    (bounds::UP, |terms, value| terms.up = Ratio(value)),
    (bounds::DOWN, |terms, value| terms.down = Ratio(value)),
    (bounds::CONFIDENCE_LIMIT, |terms, value| terms.confidence_limit = Ratio(value)),
    (bounds::LIQUIDATION_FEE, |terms, value| terms.liquidation_fee = Ratio(value)),
    (bounds::REWARD, |terms, value| terms.reward = Usd(value)),
];

/// The defaults, with an oracle and an index.
fn terms() -> UnderlyingTerms {
    let index = IndexTerms {
        key: key(61),
        source: 2,
        exponent: bounds::INDEX_EXPONENT.default,
        weight: Ratio(bounds::INDEX_WEIGHT.default),
        longest_age: bounds::INDEX_AGE.default as u64,
        step: Ratio(bounds::INDEX_STEP.default),
    };
    UnderlyingTerms { oracle: key(3), index, ..UnderlyingTerms::default() }
}

#[track_caller]
fn refused(terms: &UnderlyingTerms) {
    let mut world = World::new();
    let before = Snapshot::of(&world);
    let created = create_underlying(&world.set_up(), &mut world.board, None, terms, world.clock);
    assert_eq!(created, Err(BallastError::ParameterOutOfBounds), "{terms:?}");
    before.assert_unchanged(&world);
}

#[test]
fn an_underlying_takes_each_bound_and_nothing_beyond() {
    for (bounds, set) in UNDERLYING {
        for edge in [bounds.least, bounds.greatest] {
            let mut terms = terms();
            set(&mut terms, edge);
            let mut world = World::new();
            let created = create_underlying(&world.set_up(), &mut world.board, None, &terms, world.clock);
            assert_eq!(created, Ok(2), "{} at {edge}", bounds.name);
        }
        for beyond in [bounds.least - 1, bounds.greatest + 1] {
            let mut terms = terms();
            set(&mut terms, beyond);
            refused(&terms);
        }
    }
}

#[test]
fn what_must_fit_together_is_checked_together() {
    let good = terms();
    refused(&UnderlyingTerms { oracle: Key::NONE, ..good });
    refused(&UnderlyingTerms { scan_minimum: Ratio::percent(50), scan_maximum: Ratio::percent(49), ..good });
    refused(&UnderlyingTerms { sigma_floor: Ratio::percent(80), sigma_cap: Ratio::percent(79), ..good });
    for (fast, slow) in [(600_000_000, 399_999_999), (600_000_000, 400_000_001), (0, 0), (1_000_000_000, 1)] {
        refused(&UnderlyingTerms { weights: [Ratio(fast), Ratio(slow)], ..good });
    }
    refused(&UnderlyingTerms { index: IndexTerms { source: 4, ..good.index }, ..good });
    refused(&UnderlyingTerms { index: IndexTerms { key: Key::NONE, ..good.index }, ..good });
    // without an index its other terms mean nothing
    refused(&UnderlyingTerms { index: IndexTerms { source: 0, ..good.index }, ..good });
    assert!(UnderlyingTerms { index: IndexTerms::default(), ..good }.check().is_ok());
}

#[test]
fn defaults_are_within_their_bounds_and_make_the_model_s_defaults() {
    for bounds in bounds::ALL {
        assert_eq!(bounds.check(bounds.default), Ok(()), "{}", bounds.name);
        assert_eq!(bounds.check(bounds.least - 1), Err(BallastError::ParameterOutOfBounds), "{}", bounds.name);
        assert_eq!(bounds.check(bounds.greatest + 1), Err(BallastError::ParameterOutOfBounds), "{}", bounds.name);
    }
    let model = terms().check().unwrap();
    assert_eq!((model.volatility, model.ramp), (VolatilityTerms::default(), RampTerms::default()));
    assert_eq!(model.target, TargetTerms::default());
    let weight = WeightTerms {
        base_haircut: Ratio(bounds::BASE_HAIRCUT.default),
        k: Ratio(bounds::WEIGHT_K.default),
        horizon: bounds::WEIGHT_HORIZON.default as u64,
        fall_per_day: Ratio(bounds::WEIGHT_FALL.default),
        rise_per_day: Ratio(bounds::WEIGHT_RISE.default),
    };
    assert_eq!(weight, WeightTerms::default());
    let nameless = UnderlyingTerms { oracle: Key::NONE, ..UnderlyingTerms::default() };
    assert_eq!(UnderlyingTerms::default(), nameless, "a default names no oracle");
    assert_eq!(nameless.check(), Err(BallastError::ParameterOutOfBounds));
}

#[test]
fn a_new_underlying_carries_its_terms_and_starts_at_its_starting_sigma() {
    let mut world = World::new();
    let terms = UnderlyingTerms { starting_sigma: Ratio::percent(80), ..terms() };
    let row = create_underlying(&world.set_up(), &mut world.board, None, &terms, world.clock).unwrap();
    let row = &world.board.underlyings[usize::from(row)];
    let model = terms.check().unwrap();
    assert_eq!((row.volatility_terms, row.target_terms, row.ramp_terms), (model.volatility, model.target, model.ramp));
    assert_eq!((row.depth_terms, row.index_terms), (terms.depth, terms.index));
    assert_eq!((row.open_interest_limit, row.reward), (terms.open_interest_limit, terms.reward));
    assert_eq!((row.first_contract, row.first_vault), (NO_ROW, NO_ROW));
    assert_eq!(world.board.prices_quote, 0);
    let expected = 4.5 * 0.8 * (3_600.0_f64 / 31_536_000.0).sqrt() * 1e12;
    assert!((row.ramp.target.0 as f64 / expected - 1.0).abs() < 1e-8, "{:?}", row.ramp);
    assert_eq!((row.ramp.start, row.ramp.lows), (row.ramp.target, [row.ramp.target; 5]));
}

const COLLATERAL: [(Bounds, Set<CollateralTerms>); 7] = [
    (bounds::BASE_HAIRCUT, |terms, value| terms.weight.base_haircut = Ratio(value)),
    (bounds::WEIGHT_K, |terms, value| terms.weight.k = Ratio(value)),
    (bounds::WEIGHT_HORIZON, |terms, value| terms.weight.horizon = value as u64),
    (bounds::WEIGHT_FALL, |terms, value| terms.weight.fall_per_day = Ratio(value)),
    (bounds::WEIGHT_RISE, |terms, value| terms.weight.rise_per_day = Ratio(value)),
    (bounds::CONCENTRATION_SCALE, |terms, value| terms.concentration_scale = Usd(value)),
    (bounds::DISCOUNT, |terms, value| terms.discount = Ratio(value)),
];

fn collateral() -> CollateralTerms {
    CollateralTerms {
        underlying: SOL,
        weight: WeightTerms::default(),
        concentration_scale: usd(1_000_000),
        discount: Ratio::percent(5),
    }
}

fn create(world: &mut World, collateral: CollateralTerms) -> Result<Vault, BallastError> {
    let new = NewVault { mint: key(83), decimals: 6, token_account: key(84), bump: 1 };
    let terms = VaultTerms { cap: Tokens(5), collateral: Some(collateral) };
    let mut vault = Vault::zeroed();
    create_vault(&world.set_up(), &mut world.board, &mut vault, None, &new, &terms, world.clock).map(|()| vault)
}

#[test]
fn a_vault_takes_each_bound_and_nothing_beyond() {
    for (bounds, set) in COLLATERAL {
        for edge in [bounds.least, bounds.greatest] {
            let mut terms = collateral();
            set(&mut terms, edge);
            assert!(create(&mut World::new(), terms).is_ok(), "{} at {edge}", bounds.name);
        }
        for beyond in [bounds.least - 1, bounds.greatest + 1] {
            let mut terms = collateral();
            set(&mut terms, beyond);
            let mut world = World::new();
            let before = Snapshot::of(&world);
            assert_eq!(create(&mut world, terms), Err(BallastError::ParameterOutOfBounds), "{} {beyond}", bounds.name);
            before.assert_unchanged(&world);
        }
    }
}

#[test]
fn a_new_vault_counts_nothing_until_a_price_comes() {
    let mut world = World::new();
    let vault = create(&mut world, collateral()).unwrap();
    let row = &world.board.vaults[usize::from(vault.row)];
    assert_eq!((row.concentration.scale, row.concentration.deposits), (usd(1_000_000), Usd::ZERO));
    assert_eq!(row.concentration.averaged_at, world.clock);
    assert_eq!((row.initial_weight, row.sigma_weight, row.weight.target), (Ratio::ZERO, Ratio::ZERO, Ratio::ZERO));
    assert_eq!(world.board.underlyings[usize::from(SOL)].first_vault, vault.row);
}
