//! Liquidation over all small accounts: every step takes the fewest lots, none overshoots, none lowers equity against
//! maintenance.

use super::common::{BTC, BTC_LARGE, BTC_PERP, BTC_PRICE, SOL_PERP, World, market};
use ballast_core::clearing::{self, Liquidated, Liquidation, Offer};
use ballast_core::error::{BallastError, Result};
use ballast_core::margin::{CLOSE_OUT, Exposure, MAINTENANCE, Moment};
use ballast_core::math;
use ballast_core::state::{Contract, MarginAccount, Position};
use ballast_core::units::{Ratio, Size, Timestamp, Usd};

/// Lots of 100 USD that are liquidated, of either sign.
const LOTS: i64 = 40;
/// Lots of 10 USD on the same underlying: hedges, or more of the same.
const HEDGES: [i64; 5] = [-120, -25, 0, 25, 120];
/// Lots of 15 USD on another underlying.
const OTHERS: [i64; 3] = [-40, 0, 40];
/// Equity in so many parts of maintenance.
const PARTS: i64 = 24;
/// Seconds since the liquidation began; the auction's fee is largest after 600.
const SECONDS: [i64; 4] = [0, 150, 450, 600];

struct Market {
    world: World,
    keeper: usize,
    empty: MarginAccount,
}

/// Units that the roundings of requirement, equity, value and fee make up together.
const ROUNDING: i64 = 2;

/// Why a step took what it took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// One lot less does not reach close-out.
    Fewest,
    /// One lot less does, by the roundings.
    Rounded,
    /// A small remainder goes whole.
    Remainder,
    /// All that the net allows does not reach it.
    Flat,
}

/// What a step finds and what it leaves.
struct Step {
    before: MarginAccount,
    after: MarginAccount,
    keeper: MarginAccount,
    contract: Contract,
    done: Liquidated,
}

impl Market {
    fn new(scan: i64) -> Self {
        let (mut world, account, keeper, _) = market();
        world.price(BTC, BTC_PRICE - 3_001_003);
        world.scan(BTC, Ratio::percent(scan));
        for contract in &mut world.contracts {
            contract.open_interest = 1_000_000;
        }
        let empty = MarginAccount { cash: Usd::ZERO, ..world.accounts[account] };
        Self { world, keeper, empty }
    }

    fn position(&self, contract: usize, lots: i64) -> Position {
        let row_index = self.world.contracts[contract].row;
        let row = &self.world.board.contracts[usize::from(row_index)];
        let value = Size(lots).at(row.mark).usd_up().unwrap();
        Position {
            contract: row.id,
            row: row_index,
            underlying: row.underlying,
            side: if lots > 0 { 1 } else { -1 },
            size: Size(lots),
            basis: value.negated().unwrap(),
            funding_index: row.funding.index,
            ..Position::default()
        }
    }

    fn exposure(&self, account: &MarginAccount) -> Exposure {
        let now = self.world.board.time(self.world.clock);
        Exposure::of(account, &self.world.board, Moment::at(now)).unwrap()
    }

    /// An account of three positions, whose equity is cash or an uncollected gain.
    fn account(&self, lots: [i64; 3], part: i64, seconds: i64) -> MarginAccount {
        let mut account = self.empty;
        let [large, hedge, other] = [BTC_LARGE, BTC_PERP, SOL_PERP].map(|contract| contract);
        for (contract, lots) in [(large, lots[0]), (hedge, lots[1]), (other, lots[2])] {
            if lots != 0 {
                account.put(self.position(contract, lots)).unwrap();
            }
        }
        let exposure = self.exposure(&account);
        let maintenance = exposure.requirement(MAINTENANCE).unwrap().0;
        let lacking = maintenance * part / PARTS - exposure.equity(MAINTENANCE).unwrap().0;
        if part % 2 == 0 && lacking >= 0 {
            account.cash = Usd(lacking);
        } else {
            let mut held = account.position(self.world.contracts[large].id);
            held.basis = held.basis.plus(Usd(lacking)).unwrap();
            account.put(held).unwrap();
        }
        account.liquidation_at = Timestamp(self.world.board.time(self.world.clock).0 - seconds);
        account
    }

    fn liquidate(&mut self, account: &MarginAccount, most: u64) -> Result<Step> {
        let (mut after, mut keeper) = (*account, self.world.accounts[self.keeper]);
        let (mut contract, mut fund) = (self.world.contracts[BTC_LARGE], self.world.fund);
        let liquidation = Liquidation {
            account: &mut after,
            keeper: &mut keeper,
            reserve: None,
            contract: &mut contract,
            others: &mut [],
            fund: &mut fund,
            board: &mut self.world.board,
        };
        let done = clearing::liquidate(liquidation, &self.world.exchange, Offer::of(most), self.world.clock)?;
        Ok(Step { before: *account, after, keeper, contract, done })
    }

    /// Lots that can be taken before the net of their underlying is flat.
    fn most(&self, lots: [i64; 3]) -> u64 {
        let [large, hedge] = [BTC_LARGE, BTC_PERP].map(|contract| i128::from(self.world.mark(contract).0));
        let net = i128::from(lots[0]) * large + i128::from(lots[1]) * hedge;
        if net.signum() == i128::from(lots[0].signum()) {
            lots[0].unsigned_abs().min((net.abs() / large) as u64)
        } else {
            0
        }
    }

    /// Each side of the booking is the other's, and the account keeps what it does not give.
    fn assert_conserved(&self, step: &Step) {
        let id = step.contract.id;
        let (had, has) = (step.before.position(id), step.after.position(id));
        let (keeper, taken) = (step.keeper.position(id), step.done.taken);
        assert_eq!(keeper.size, taken);
        assert_eq!(has.size.0 + taken.0, had.size.0);
        assert_eq!(keeper.basis.0 + has.basis.0, had.basis.0);
        assert_eq!(step.after.cash, step.before.cash);
        let paid = self.world.accounts[self.keeper].cash.0 - step.keeper.cash.0;
        assert_eq!(paid, step.done.to_insurance.0);
    }

    /// Equity against maintenance does not fall by a unit of either.
    fn assert_ratio_kept(&self, step: &Step) {
        let standing = |account| {
            let exposure = self.exposure(account);
            (exposure.equity(MAINTENANCE).unwrap().0, exposure.requirement(MAINTENANCE).unwrap().0)
        };
        let ((equity, needed), (left, needs)) = (standing(&step.before), standing(&step.after));
        assert!(left >= 0, "a solvent account became insolvent: {:?}", step.done);
        assert!(needs < needed, "no margin freed: {:?}", step.done);
        assert!(math::wide(left + 1, needed) >= math::wide(equity, needs - 1), "E/M fell: {:?}", step.done);
    }

    /// Above close-out by so many units.
    fn spare(&self, account: &MarginAccount) -> i64 {
        let exposure = self.exposure(account);
        exposure.equity(CLOSE_OUT).unwrap().0 - exposure.requirement(CLOSE_OUT).unwrap().0
    }

    /// It ends at close-out or where the net is flat. One lot less would not have done, but for the units by which each
    /// rounding favours somebody: then it would have been `ROUNDING` above close-out at most.
    fn kind_of(&mut self, step: &Step, most: u64) -> Kind {
        let (taken, held) = (step.done.taken.lots(), step.before.position(step.contract.id).size.lots());
        let recovered = self.spare(&step.after) >= 0;
        assert_eq!(step.done.in_liquidation, !recovered);
        assert!(recovered || taken == most, "stops before close-out: {:?}", step.done);
        assert!(taken <= most && most <= held);
        if !recovered {
            return Kind::Flat;
        }
        if taken == 1 {
            return Kind::Fewest;
        }
        let less = self.liquidate(&step.before, taken - 1).unwrap();
        if less.done.in_liquidation {
            return Kind::Fewest;
        }
        if self.spare(&less.after) <= ROUNDING
            && (taken == 2 || self.liquidate(&step.before, taken - 2).unwrap().done.in_liquidation)
        {
            return Kind::Rounded;
        }
        // all of the net goes where less than 100 USD of the position would be left
        let mut fewer = (1..taken).map(|lots| self.liquidate(&step.before, lots).unwrap());
        let fewest = fewer.find(|step| !step.done.in_liquidation).unwrap();
        let rounded = u64::from(self.spare(&fewest.after) <= ROUNDING);
        let left = i128::from(held - fewest.done.taken.lots() - rounded) * i128::from(self.world.mark(BTC_LARGE).0);
        assert!(taken == most && left < 100_000_000_000_000, "{:?} does: {:?}", fewest.done, step.done);
        Kind::Remainder
    }
}

#[test]
fn every_small_liquidation_takes_the_fewest_lots_and_lowers_nothing() {
    let (mut kinds, mut refused) = ([0_u64; 4], 0_u64);
    for scan in [2, 5, 10] {
        let mut market = Market::new(scan);
        let sizes = (-LOTS..=LOTS).filter(|lots| *lots != 0);
        for lots in sizes.flat_map(|lots| HEDGES.map(|hedge| (lots, hedge))) {
            for lots in OTHERS.map(|other| [lots.0, lots.1, other]) {
                let most = market.most(lots);
                for (part, seconds) in (0..PARTS).flat_map(|part| SECONDS.map(|seconds| (part, seconds))) {
                    let account = market.account(lots, part, seconds);
                    let step = match market.liquidate(&account, u64::MAX) {
                        Ok(step) => step,
                        Err(rule) => {
                            assert_eq!((rule, most), (BallastError::NoMarginFreed, 0), "{lots:?}");
                            refused += 1;
                            continue;
                        }
                    };
                    assert!(step.done.resolved == clearing::Resolved::default());
                    market.assert_conserved(&step);
                    market.assert_ratio_kept(&step);
                    kinds[market.kind_of(&step, most) as usize] += 1;
                }
            }
        }
    }
    assert_eq!((kinds, refused), ([176_167, 1_037, 8_630, 133_846], 25_920));
}
