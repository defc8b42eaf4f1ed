//! What a keeper takes, for which fee, and who gets it.

use ballast_core::clearing::{Liquidated, Liquidation, Offer, liquidate};
use ballast_core::error::BallastError;
use ballast_core::model::Depth;
use ballast_core::state::{Board, Contract, Exchange, InsuranceFund, MarginAccount};
use ballast_core::units::Timestamp;

use super::account::{Account, Holding, Level};
use super::build::{self, NOW};
use super::dice::Dice;
use super::units::{UNIT, close, dollars, ratio, seconds, to_usd};

/// Lots and fee rate that a keeper gets.
struct Taking {
    lots: f64,
    fee: f64,
    /// Whether the last lot turns the net around.
    turns: bool,
}

/// The account's own view of what may be taken from one position; nothing when that frees no margin.
///
/// The fee grows with the time in liquidation up to the largest, but is never more than
/// `(E/M) x (margin freed / notional taken)`, never below zero. Lots are the fewest n with
/// `E - fee n mark >= C - (1.1 s_eff + fee_max) n mark`, at most those of the net, to the nearest. A remainder under 100 dollars goes
/// whole, as far as the net does.
/// Without equity all of the position goes, at mark.
fn taking(truth: &Account, holding: &Holding, elapsed: f64, auction_seconds: f64) -> Option<Taking> {
    if truth.equity(Level::Maintenance) < 0.0 {
        return Some(Taking { lots: holding.size.abs(), fee: 0.0, turns: false });
    }
    let net = truth.net(holding.underlying);
    if net * holding.size <= 0.0 {
        return None;
    }
    let range = truth.ranges[holding.underlying];
    let (equity, maintenance) = (truth.equity(Level::Maintenance), truth.requirement(Level::Maintenance));
    let bound = (equity / maintenance).max(0.0) * (range.effective + range.fee);
    let fee = bound.min(range.fee * (elapsed / auction_seconds).min(1.0));
    let missing = truth.requirement(Level::CloseOut) - equity;
    let freed = 1.1 * range.effective + range.fee - fee;
    let enough = (missing / (holding.mark * freed)).ceil();
    let of_net = (net.abs() / holding.mark + 0.5 - 1e-6).floor().min(holding.size.abs());
    if of_net < 1.0 {
        return None;
    }
    let lots = enough.max(1.0).min(of_net);
    let remainder = (holding.size.abs() - lots) * holding.mark;
    let lots = if remainder < 100.0 { of_net } else { lots };
    Some(Taking { lots, fee, turns: lots * holding.mark > net.abs() + 1e-6 * holding.mark })
}

struct Case {
    board: Box<Board>,
    exchange: Exchange,
    account: MarginAccount,
    keeper: MarginAccount,
    contract: Contract,
    fund: InsuranceFund,
}

impl Case {
    fn random(dice: &mut Dice, multiple: f64) -> Option<Self> {
        let mut world = build::world(dice);
        // pacing is another test's
        for row in &mut world.board.underlyings {
            row.depth = Depth::default();
        }
        let mut account = build::account(dice, &world);
        let sized: Vec<usize> =
            (0..usize::from(account.position_count)).filter(|place| account.positions[*place].size.0 != 0).collect();
        let chosen = *sized.get(dice.whole(0, 15) as usize % sized.len().max(1))?;
        build::fund_to(&mut account, &world.board, multiple);
        if dice.chance(0.7) {
            account.liquidation_at = build::ago(dice, 1_500);
        }
        let mut keeper = build::empty_account(2);
        keeper.cash = to_usd(1e9);
        let contract = build::contract_account(&world.board, usize::from(account.positions[chosen].row));
        let exchange = build::exchange(dice);
        Some(Self { board: world.board, exchange, account, keeper, contract, fund: build::insurance(1e6) })
    }

    fn liquidate(&mut self, most: u64) -> Result<Liquidated, BallastError> {
        let accounts = Liquidation {
            account: &mut self.account,
            keeper: &mut self.keeper,
            reserve: None,
            contract: &mut self.contract,
            others: &mut [],
            fund: &mut self.fund,
            board: &mut self.board,
        };
        liquidate(accounts, &self.exchange, Offer::of(most), NOW)
    }

    fn seen(&self) -> Account {
        Account::of(&self.account, &self.board, NOW)
    }
}

/// The part of an insolvent account's lack that goes with the value taken is covered by the fund, then by the lots opposite.
fn shared(seed: u64, before: &Account, value: f64, done: &Liquidated) -> f64 {
    let lack = (-before.equity(Level::Maintenance)).max(0.0);
    let all: f64 = before.holdings.iter().map(|holding| holding.value().abs()).sum();
    let part = lack * value / all;
    let held = 1e6 - dollars(done.from_insurance);
    let by_insurance = dollars(done.resolved.by_insurance);
    close("shared", seed, by_insurance, part.min(held), before.rounding() + 2.0 * UNIT);
    by_insurance + dollars(done.resolved.by_index).min(lack - by_insurance)
}

fn booked(seed: u64, case: &Case, before: &Account, chosen: &Holding, done: &Liquidated) {
    let (after, side) = (case.seen(), chosen.size.signum());
    let (value, fee) = (dollars(done.value), dollars(done.fee));
    let basis = |account: &Account| account.holdings.iter().map(|holding| holding.basis).sum::<f64>();
    let relief = shared(seed, before, value, done);
    close("basis", seed, basis(&after), basis(before) + side * value - fee + relief, before.rounding());
    let keeper = Account::of(&case.keeper, &case.board, NOW);
    close("keeper's basis", seed, basis(&keeper), fee - side * value, 2.0 * UNIT);
    close("keeper's cash", seed, keeper.cash, 1e9 - dollars(done.to_insurance) + dollars(done.from_insurance), UNIT);
    let fund = 1e6 + dollars(done.to_insurance) - dollars(done.from_insurance) - dollars(done.resolved.by_insurance);
    close("fund", seed, dollars(case.fund.balance), fund, UNIT);
    close("insurance's part", seed, dollars(done.to_insurance), ratio(case.exchange.insurance_share) * fee, UNIT);
    let reward = if before.equity(Level::Maintenance) < 0.0 { 0.001 * value } else { 0.0 };
    close("reward", seed, dollars(done.from_insurance), reward, UNIT);
}

#[test]
fn a_keeper_takes_the_fewest_lots_to_close_out_for_the_auctioned_fee() {
    let (mut taken, mut recovered, mut bounded, mut refused, mut turned) = (0, 0, 0, 0, 0);
    for seed in 0..12_000 {
        let mut dice = Dice::new(seed);
        let multiple = if dice.chance(0.1) { dice.between(-0.3, 0.0) } else { dice.between(0.01, 0.999) };
        let Some(mut case) = Case::random(&mut dice, multiple) else { continue };
        let before = case.seen();
        let chosen = *before.holdings.iter().find(|holding| holding.contract == case.contract.id).unwrap();
        let started = case.account.liquidation_at;
        let elapsed = if started == Timestamp(0) { 0.0 } else { seconds(started, NOW) };
        let truth = taking(&before, &chosen, elapsed, case.exchange.auction_seconds as f64);
        let most = if dice.chance(0.2) { dice.whole(1, 1_000) as u64 } else { u64::MAX };

        let done = match case.liquidate(most) {
            Ok(done) => done,
            Err(BallastError::NoMarginFreed) => {
                assert!(truth.is_none(), "seed {seed}: the reference frees margin");
                refused += 1;
                continue;
            }
            // an account without equity that loses its last position is another test's
            Err(BallastError::ContractMissing | BallastError::CollateralRemains) if multiple <= 0.0 => continue,
            Err(error) => panic!("seed {seed}: {error:?}"),
        };
        if done.resolved.resolved {
            continue;
        }
        let truth = truth.unwrap_or_else(|| panic!("seed {seed}: the reference frees no margin, but {done:?}"));
        let lots = truth.lots.min(most as f64);
        let slack = 1.0 + 1e-7 * lots;
        let found = done.taken.0 as f64 * chosen.size.signum();
        assert!((found - lots).abs() <= slack, "seed {seed}: {found} lots taken, the reference takes {lots}");
        close("value", seed, dollars(done.value), found * chosen.mark, UNIT);
        let range = before.ranges[chosen.underlying];
        let bound_rounding = before.rounding() / before.requirement(Level::Maintenance) * (range.effective + range.fee);
        let rounding = 2.0 * UNIT + (1e-9 + bound_rounding) * dollars(done.value);
        let mut fee = truth.fee * found * chosen.mark;
        if truth.turns && found == truth.lots {
            let mut rest = before.clone();
            rest.fill(chosen.contract, &chosen, -chosen.size.signum() * found, chosen.mark, 0.0);
            let maintenance = before.requirement(Level::Maintenance);
            let freed = maintenance - rest.requirement(Level::Maintenance);
            fee = fee.min(before.equity(Level::Maintenance) * freed / maintenance);
            turned += 1;
        }
        close("fee", seed, dollars(done.fee), fee, rounding);
        booked(seed, &case, &before, &chosen, &done);

        let after = case.seen();
        let rounding = 2.0 * before.rounding() + 1e-9 * dollars(done.value);
        let excess = after.excess(Level::CloseOut);
        if excess.abs() > rounding {
            assert_eq!(done.in_liquidation, excess < 0.0, "seed {seed}: {excess} above close-out");
        }
        let (equity, needed) = (before.equity(Level::Maintenance), before.requirement(Level::Maintenance));
        let kept = after.equity(Level::Maintenance) * needed - equity * after.requirement(Level::Maintenance);
        assert!(equity < 0.0 || kept >= -rounding * (needed + equity), "seed {seed}: E/M fell");
        taken += 1;
        recovered += u64::from(!done.in_liquidation);
        bounded += u64::from(truth.fee < 0.999 * before.ranges[chosen.underlying].fee && elapsed > 1_400.0);
    }
    assert!(
        taken > 5_000 && recovered > 1_500 && bounded > 20 && refused > 200 && turned > 50,
        "{taken} {recovered} {bounded} {refused} {turned}"
    );
}

#[test]
fn one_lot_less_does_not_reach_close_out() {
    let mut checked = 0;
    for seed in 0..3_000 {
        let mut dice = Dice::new(seed);
        let multiple = dice.between(0.5, 0.999);
        let Some(mut case) = Case::random(&mut dice, multiple) else { continue };
        let before = case.seen();
        let Ok(done) = case.liquidate(u64::MAX) else { continue };
        let lots = done.taken.0.abs();
        let left = case.account.position(case.contract.id).size.0;
        let holding = before.holdings.iter().find(|holding| holding.contract == case.contract.id).unwrap();
        // a remainder goes with the lots that suffice
        if done.in_liquidation || lots < 2 || (left.unsigned_abs() as f64 * holding.mark) < 100.0 {
            continue;
        }
        let next = dollars(done.value) / lots as f64;
        if holding.size.abs() * holding.mark - dollars(done.value) + next < 100.0 {
            continue;
        }
        let side = holding.size.signum();
        let price = holding.mark * (1.0 - side * dollars(done.fee) / dollars(done.value));
        let excess = |lots: f64| {
            let mut account = before.clone();
            account.fill(holding.contract, holding, -side * lots, price, 0.0);
            account.excess(Level::CloseOut)
        };
        let step = excess(lots as f64) - excess(lots as f64 - 1.0);
        let rounding = 3.0 * before.rounding() + 2e-9 * dollars(done.value) + 0.01 * step;
        assert!(excess(lots as f64) >= -rounding, "seed {seed}");
        assert!(excess(lots as f64 - 1.0) <= rounding, "seed {seed}: {} above close-out", excess(lots as f64 - 1.0));
        checked += 1;
    }
    assert!(checked > 400, "{checked} liquidations");
}
