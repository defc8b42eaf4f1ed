use ballast_core::clearing::{Tightening, UnderlyingTightening, VaultTightening, tighten};
use ballast_core::error::BallastError;
use ballast_core::model::Ramp;
use ballast_core::state::Change;
use ballast_core::units::{DAY, Ratio, Tokens, Variance};

use super::TIMELOCK;
use crate::common::{BTC, BTC_PRICE, BTC_VAULT, SOL_VAULT, Snapshot, World};

fn all() -> UnderlyingTightening {
    UnderlyingTightening {
        k: Some(Ratio(4_950_000_000)),
        sigma_floor: Some(Ratio::percent(15)),
        scan_minimum: Some(Ratio::percent(3)),
        gamma: Some(Ratio::percent(75)),
        open_interest_limit: Some(Ratio(100_000_000)),
    }
}

fn underlying(world: &mut World, change: UnderlyingTightening) -> Result<(), BallastError> {
    tighten(&mut world.board, None, &Tightening::Underlying(BTC, change), world.clock)
}

fn vault(world: &mut World, row: u8, change: VaultTightening) -> Result<(), BallastError> {
    let vault = &mut world.vaults[usize::from(row)];
    tighten(&mut world.board, Some(vault), &Tightening::Vault(change), world.clock)
}

#[track_caller]
fn refused(change: UnderlyingTightening, rule: BallastError) {
    let mut world = World::new();
    let before = Snapshot::of(&world);
    assert_eq!(underlying(&mut world, change), Err(rule), "{change:?}");
    before.assert_unchanged(&world);
}

#[track_caller]
fn refused_for_a_vault(change: VaultTightening, rule: BallastError) {
    let mut world = World::new();
    let before = Snapshot::of(&world);
    assert_eq!(vault(&mut world, SOL_VAULT, change), Err(rule), "{change:?}");
    before.assert_unchanged(&world);
}

#[test]
fn tighten_ok() {
    let mut world = World::new();
    let before = world.board.underlyings[usize::from(BTC)];
    underlying(&mut world, all()).unwrap();
    let row = &world.board.underlyings[usize::from(BTC)];
    assert_eq!((row.target_terms.k, row.target_terms.gamma), (Ratio(4_950_000_000), Ratio::percent(75)));
    assert_eq!(row.target_terms.minimum, Ratio::percent(3).scan().unwrap());
    assert_eq!(row.volatility_terms.floor, Variance::annual(Ratio::percent(15)).unwrap());
    assert_eq!(row.open_interest_limit, Ratio(100_000_000));
    assert_eq!((row.tightened_at, row.stepped_at), (world.clock, world.clock));
    // nothing that the risk manager has no say in, and nothing at once
    assert_eq!((row.ramp, row.ramp_terms), (before.ramp, before.ramp_terms));
    assert_eq!(row.volatility_terms.cap, before.volatility_terms.cap);
    assert_eq!((row.confidence_limit, row.liquidation_fee), (before.confidence_limit, before.liquidation_fee));
}

/// A minimum may come up to the maximum and a floor to the cap, not beyond.
#[test]
fn tighten_reaches_the_upper_bounds_and_not_beyond() {
    let bounded = |scan: i64, sigma: i64| {
        let mut world = World::new();
        let row = &mut world.board.underlyings[usize::from(BTC)];
        row.target_terms.maximum = Ratio(scan).scan().unwrap();
        row.volatility_terms.cap = Variance::annual(Ratio(sigma)).unwrap();
        world
    };
    underlying(&mut bounded(30_000_000, 150_000_000), all()).unwrap();
    for (scan, sigma) in [(29_999_000, 150_000_000), (30_000_000, 149_999_000)] {
        let mut world = bounded(scan, sigma);
        let before = Snapshot::of(&world);
        assert_eq!(underlying(&mut world, all()), Err(BallastError::ParameterOutOfBounds));
        before.assert_unchanged(&world);
    }
}

#[test]
fn tighten_reaches_positions_through_the_ramp() {
    let mut world = World::new();
    let change = UnderlyingTightening { scan_minimum: Some(Ratio::percent(3)), ..UnderlyingTightening::default() };
    world.board.underlyings[usize::from(BTC)].ramp = Ramp::at(Ratio::percent(2).scan().unwrap(), world.clock);
    underlying(&mut world, change).unwrap();
    assert_eq!(world.effective(BTC), Ratio::percent(2).scan().unwrap());
    // a sample sets the target; the way there takes a quarter a day
    world.pass(1_200);
    world.price(BTC, BTC_PRICE);
    let row = &world.board.underlyings[usize::from(BTC)];
    assert!(row.ramp.target >= Ratio::percent(3).scan().unwrap());
    assert!(world.effective(BTC) <= Ratio(25_000_000).scan().unwrap());
}

#[test]
fn tighten_fails_when_a_parameter_loosens() {
    for change in [
        UnderlyingTightening { k: Some(Ratio(4_499_999_999)), ..all() },
        UnderlyingTightening { sigma_floor: Some(Ratio(99_999_999)), ..all() },
        UnderlyingTightening { scan_minimum: Some(Ratio(19_999_999)), ..all() },
        UnderlyingTightening { gamma: Some(Ratio(1_000_000_001)), ..all() },
        UnderlyingTightening { open_interest_limit: Some(Ratio(1_000_000_000_000)), ..all() },
    ] {
        let loosens = change.open_interest_limit != Some(Ratio(1_000_000_000_000));
        if loosens {
            refused(change, BallastError::Loosens);
        } else {
            // the same is no loosening
            underlying(&mut World::new(), change).unwrap();
        }
    }
    refused_for_a_vault(
        VaultTightening { base_haircut: Some(Ratio(99_999_999)), ..VaultTightening::default() },
        BallastError::Loosens,
    );
    refused_for_a_vault(
        VaultTightening { k: Some(Ratio(4_499_999_999)), ..VaultTightening::default() },
        BallastError::Loosens,
    );
    refused_for_a_vault(
        VaultTightening { cap: Some(Tokens(u64::MAX)), ..VaultTightening::default() },
        BallastError::Loosens,
    );
    let mut world = World::new();
    let before = Snapshot::of(&world);
    let raised = tighten(&mut world.board, None, &Tightening::Contract(0, 1_000_000_001), world.clock);
    assert_eq!(raised, Err(BallastError::Loosens));
    before.assert_unchanged(&world);
}

#[test]
fn tighten_fails_when_a_step_is_too_large() {
    for change in [
        UnderlyingTightening { k: Some(Ratio(4_950_000_001)), ..all() },
        UnderlyingTightening { sigma_floor: Some(Ratio(150_000_001)), ..all() },
        UnderlyingTightening { scan_minimum: Some(Ratio(30_000_001)), ..all() },
        UnderlyingTightening { gamma: Some(Ratio(749_999_999)), ..all() },
    ] {
        refused(change, BallastError::StepTooLarge);
    }
    let haircut = VaultTightening { base_haircut: Some(Ratio(150_000_001)), ..VaultTightening::default() };
    refused_for_a_vault(haircut, BallastError::StepTooLarge);
    let k = VaultTightening { k: Some(Ratio(4_950_000_001)), ..VaultTightening::default() };
    refused_for_a_vault(k, BallastError::StepTooLarge);
}

#[test]
fn tighten_fails_when_a_parameter_leaves_its_bounds() {
    let limit = UnderlyingTightening { open_interest_limit: Some(Ratio(99_999_999)), ..all() };
    refused(limit, BallastError::ParameterOutOfBounds);
    refused(UnderlyingTightening { k: Some(Ratio(10_000_000_001)), ..all() }, BallastError::ParameterOutOfBounds);
    // nor may a floor pass its cap
    let mut world = World::new();
    world.board.underlyings[usize::from(BTC)].target_terms.maximum = Ratio(25_000_000).scan().unwrap();
    assert_eq!(underlying(&mut world, all()), Err(BallastError::ParameterOutOfBounds));
}

#[test]
fn tighten_fails_when_steps_follow_within_a_day() {
    let mut world = World::new();
    underlying(&mut world, all()).unwrap();
    vault(&mut world, SOL_VAULT, VaultTightening { k: Some(Ratio(4_600_000_000)), ..VaultTightening::default() })
        .unwrap();
    world.pass(DAY - 1);
    let again = UnderlyingTightening { k: Some(Ratio(5_000_000_000)), ..UnderlyingTightening::default() };
    let haircut = VaultTightening { base_haircut: Some(Ratio::percent(11)), ..VaultTightening::default() };
    let before = Snapshot::of(&world);
    assert_eq!(underlying(&mut world, again), Err(BallastError::ChangeTooSoon));
    assert_eq!(vault(&mut world, SOL_VAULT, haircut), Err(BallastError::ChangeTooSoon));
    before.assert_unchanged(&world);
    world.pass(1);
    underlying(&mut world, again).unwrap();
    vault(&mut world, SOL_VAULT, haircut).unwrap();
}

#[test]
fn caps_and_limits_fall_as_far_and_as_often_as_they_must() {
    let mut world = World::new();
    underlying(&mut world, UnderlyingTightening { open_interest_limit: None, ..all() }).unwrap();
    for limit in [100_000_001, 100_000_000] {
        let limit = UnderlyingTightening { open_interest_limit: Some(Ratio(limit)), ..UnderlyingTightening::default() };
        underlying(&mut world, limit).unwrap();
    }
    for cap in [7, 0] {
        tighten(&mut world.board, None, &Tightening::Contract(0, cap), world.clock).unwrap();
        vault(&mut world, BTC_VAULT, VaultTightening { cap: Some(Tokens(cap)), ..VaultTightening::default() }).unwrap();
    }
    assert_eq!(world.board.contracts[0].open_interest_cap, 0);
    assert_eq!(world.vaults[usize::from(BTC_VAULT)].cap, Tokens::ZERO);
}

/// Each would outdate all that was proposed before, and change nothing.
#[test]
fn tighten_fails_when_it_changes_nothing() {
    let nothing = UnderlyingTightening::default();
    let mut world = World::new();
    let row = &world.board.underlyings[usize::from(BTC)];
    let same = UnderlyingTightening {
        k: Some(row.target_terms.k),
        sigma_floor: Some(Ratio::percent(10)),
        scan_minimum: Some(Ratio::percent(2)),
        gamma: Some(row.target_terms.gamma),
        open_interest_limit: Some(row.open_interest_limit),
    };
    refused(nothing, BallastError::TightensNothing);
    refused(same, BallastError::TightensNothing);
    refused_for_a_vault(VaultTightening::default(), BallastError::TightensNothing);
    let terms = world.board.vaults[usize::from(SOL_VAULT)].weight_terms;
    let cap = Some(world.vaults[usize::from(SOL_VAULT)].cap);
    let same = VaultTightening { base_haircut: Some(terms.base_haircut), k: Some(terms.k), cap };
    refused_for_a_vault(same, BallastError::TightensNothing);
    let before = Snapshot::of(&world);
    let cap = world.board.contracts[0].open_interest_cap;
    let same = tighten(&mut world.board, None, &Tightening::Contract(0, cap), world.clock);
    assert_eq!(same, Err(BallastError::TightensNothing));
    before.assert_unchanged(&world);
    // so the proposal that waits stays in force
    let proposal = world.propose(&Change::SetUnderlying(BTC, world.terms_of(BTC))).unwrap();
    world.pass(TIMELOCK);
    assert_eq!(underlying(&mut world, nothing), Err(BallastError::TightensNothing));
    world.execute_on(&proposal, None, None).unwrap();
}

#[test]
fn the_quote_vault_has_a_cap_and_no_haircut() {
    let mut world = World::new();
    let cap = Tightening::Vault(VaultTightening { cap: Some(Tokens(5)), ..VaultTightening::default() });
    tighten(&mut world.board, Some(&mut world.quote), &cap, world.clock).unwrap();
    assert_eq!(world.quote.cap, Tokens(5));
    let haircut = VaultTightening { base_haircut: Some(Ratio::percent(11)), ..VaultTightening::default() };
    let refused = tighten(&mut world.board, Some(&mut world.quote), &Tightening::Vault(haircut), world.clock);
    assert_eq!(refused, Err(BallastError::WrongVault));
}

#[test]
fn tighten_fails_when_the_row_or_the_vault_is_unknown() {
    let mut world = World::new();
    let before = Snapshot::of(&world);
    let unknown = tighten(&mut world.board, None, &Tightening::Underlying(9, all()), world.clock);
    assert_eq!(unknown, Err(BallastError::UnknownUnderlying));
    let unknown = tighten(&mut world.board, None, &Tightening::Contract(9, 0), world.clock);
    assert_eq!(unknown, Err(BallastError::UnknownContract));
    let missing = tighten(&mut world.board, None, &Tightening::Vault(VaultTightening::default()), world.clock);
    assert_eq!(missing, Err(BallastError::VaultMissing));
    for other in [Tightening::Underlying(BTC, all()), Tightening::Contract(0, 0)] {
        let unused = tighten(&mut world.board, Some(&mut world.quote), &other, world.clock);
        assert_eq!(unused, Err(BallastError::AccountNotUsed));
    }
    let mut foreign = world.vaults[0];
    foreign.exchange = crate::common::key(7);
    let of_another = Tightening::Vault(VaultTightening::default());
    let refused = tighten(&mut world.board, Some(&mut foreign), &of_another, world.clock);
    assert_eq!(refused, Err(BallastError::WrongVault));
    before.assert_unchanged(&world);
}

/// A change that was proposed before a danger was seen does not undo what was done about it.
#[test]
fn what_was_tightened_outdates_proposals_of_the_same() {
    let mut world = World::new();
    let changes = [
        Change::SetUnderlying(BTC, world.terms_of(BTC)),
        Change::SetContract(1, world.terms_of_contract()),
        Change::SetVault(crate::common::key(81), world.terms_of_vault()),
    ];
    let proposals = changes.map(|change| world.propose(&change).unwrap());
    underlying(&mut world, all()).unwrap();
    tighten(&mut world.board, None, &Tightening::Contract(0, 7), world.clock).unwrap();
    vault(&mut world, SOL_VAULT, VaultTightening { cap: Some(Tokens(5)), ..VaultTightening::default() }).unwrap();
    world.pass(TIMELOCK);
    let before = Snapshot::of(&world);
    for proposal in &proposals {
        assert_eq!(world.execute(proposal), Err(BallastError::ProposalOutdated));
    }
    before.assert_unchanged(&world);
}
