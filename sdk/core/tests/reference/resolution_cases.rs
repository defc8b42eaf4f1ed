//! Who carries the loss of an account without equity whose last position is taken.

use ballast_core::clearing::{Liquidated, Liquidation, Offer, liquidate};
use ballast_core::state::{Board, CollateralBalance, Contract, InsuranceFund, MarginAccount, Position};
use ballast_core::units::{Tokens, Usd};

use super::account::{Account, Holding};
use super::build::{self, NOW};
use super::dice::Dice;
use super::units::{UNIT, agree, close, dollars, per_token, to_usd};

struct Case {
    board: Box<Board>,
    account: MarginAccount,
    keeper: MarginAccount,
    contract: Contract,
    other: Contract,
    fund: InsuranceFund,
}

/// What the reference says of the loss.
#[derive(Debug)]
struct Burden {
    reward: f64,
    dust: f64,
    claim: f64,
    by_insurance: f64,
    /// Charged to each lot of the opposite side.
    per_lot: f64,
    deficit: f64,
    surplus: f64,
}

/// The fund, and what it may still give today.
struct Purse {
    balance: f64,
    today: f64,
}

impl Purse {
    fn draw(&mut self, wanted: f64, limit_of_contract: &mut f64) -> f64 {
        let drawn = wanted.min(self.balance).min(self.today).min(*limit_of_contract);
        self.balance -= drawn;
        self.today -= drawn;
        *limit_of_contract -= drawn;
        drawn
    }
}

impl Case {
    /// An account with one position, a loss beyond its cash, perhaps some dust and a claim on another contract.
    fn random(dice: &mut Dice) -> Option<Self> {
        let world = build::world(dice);
        if world.contracts < 2 {
            return None;
        }
        let mut account = build::empty_account(1);
        let mut position = build::position(dice, &world.board, 0);
        if position.size.0 == 0 {
            return None;
        }
        account.cash = to_usd(dice.scale(0.01, 1e3));
        account.put(position).unwrap();
        if dice.chance(0.5) {
            account.put(claim(dice, &world.board)).unwrap();
        }
        let truth = Account::of(&account, &world.board, NOW);
        let shortage = dice.scale(0.01, 0.3) * truth.holdings[0].value().abs();
        let equity = truth.cash + truth.holdings.iter().map(Holding::pnl).sum::<f64>();
        position.basis.0 -= to_usd(equity + shortage).0;
        account.put(position).unwrap();
        if dice.chance(0.5) {
            let amount = (dice.between(0.1, 9.9) / per_token(world.board.vaults[0].value)) as u64;
            account.collateral[0] = CollateralBalance { amount: Tokens(amount), vault: 0, padding: [0; 7] };
        }
        let mut keeper = build::empty_account(2);
        keeper.cash = to_usd(1e9);
        let mut contract = build::contract_account(&world.board, 0);
        contract.open_interest = (position.size.0.unsigned_abs() as f64 * dice.scale(1.0, 30.0)) as u64;
        contract.pool = to_usd(dice.scale(0.01, 1e5));
        let mut other = build::contract_account(&world.board, 1);
        other.pool = to_usd(dice.scale(0.01, 1e5));
        let mut fund = build::insurance(if dice.chance(0.2) { 0.0 } else { dice.scale(10.0, 1e6) });
        if dice.chance(0.3) {
            fund.draw_per_contract = to_usd(dice.scale(100.0, 1e5));
            fund.draw_per_day = to_usd(dice.scale(100.0, 1e5));
        }
        Some(Self { board: world.board, account, keeper, contract, other, fund })
    }

    fn liquidate(&mut self, dice: &mut Dice) -> Liquidated {
        let accounts = Liquidation {
            account: &mut self.account,
            keeper: &mut self.keeper,
            reserve: None,
            contract: &mut self.contract,
            others: &mut [&mut self.other],
            fund: &mut self.fund,
            board: &mut self.board,
        };
        liquidate(accounts, &build::exchange(dice), Offer::of(u64::MAX), NOW).unwrap()
    }

    /// All quote tokens that somebody owns.
    fn ledger(&self) -> i64 {
        self.account.cash.0 + self.keeper.cash.0 + self.contract.pool.0 + self.other.pool.0 + self.fund.balance.0
    }

    /// Lots are taken at mark. Dust goes to the fund at face, and so does a claim as far as its contract's pool does not
    /// pay it; cash pays the loss; the fund covers within its limits; every lot opposite is charged whole units, at most
    /// half its maintenance; what remains is the contract's deficit.
    fn burden(&self) -> Burden {
        let truth = Account::of(&self.account, &self.board, NOW);
        let holding = truth.holdings.iter().find(|holding| holding.size != 0.0).unwrap();
        let range = truth.ranges[holding.underlying];
        let (mut limit, mut other_limit) = (dollars(self.fund.draw_per_contract), dollars(self.fund.draw_per_contract));
        let mut fund = Purse { balance: dollars(self.fund.balance), today: dollars(self.fund.draw_per_day) };
        let reward = fund.draw(0.001 * holding.value().abs(), &mut limit);
        let dust = fund.draw(truth.pledges.iter().map(|pledge| pledge.spot).sum(), &mut limit);
        let claims = truth.holdings.iter().filter(|held| held.size == 0.0).map(Holding::pnl).sum::<f64>();
        let from_pool = claims.min(dollars(self.other.pool));
        let claim = from_pool + fund.draw(claims - from_pool, &mut other_limit);
        let loss = -holding.pnl() - truth.cash - dust - claim;
        let by_insurance = fund.draw(loss.max(0.0), &mut limit);
        let rest = loss.max(0.0) - by_insurance;
        let lots = self.contract.open_interest as f64;
        let most = (0.5 * holding.mark * (range.effective + range.fee) * 1e6).floor();
        let per_lot = (rest * 1e6 / lots - 1e-9).ceil().max(0.0).min(most) * 1e-6;
        let deficit = (rest - per_lot * lots).max(0.0);
        Burden { reward, dust, claim, by_insurance, per_lot, deficit, surplus: (per_lot * lots - rest).max(0.0) }
    }
}

fn claim(dice: &mut Dice, board: &Board) -> Position {
    let mut claim = build::position(dice, board, 1);
    claim.size.0 = 0;
    claim.basis = to_usd(dice.scale(1.0, 1e4));
    claim
}

#[test]
fn a_loss_is_carried_by_cash_claims_insurance_the_opposite_side_and_the_contract_in_turn() {
    let (mut insured, mut charged, mut short) = (0, 0, 0);
    for seed in 0..8_000 {
        let mut dice = Dice::new(seed);
        let Some(mut case) = Case::random(&mut dice) else { continue };
        let side = case.account.positions().iter().find(|position| position.size.0 != 0).unwrap().side;
        let truth = case.burden();
        let before = (case.ledger(), case.board.contracts[0], case.contract, case.fund.balance);

        let done = case.liquidate(&mut dice);
        assert!(done.resolved.resolved, "seed {seed}");
        assert_eq!(case.ledger(), before.0, "seed {seed}: tokens appeared or vanished");
        assert!(case.account.cash.0 == 0 || truth.by_insurance == 0.0, "seed {seed}");
        assert_eq!((case.account.position_count, case.account.collateral[0].amount), (0, Tokens(0)), "seed {seed}");
        close("reward", seed, dollars(done.from_insurance), truth.reward, UNIT);
        close("by insurance", seed, dollars(done.resolved.by_insurance), truth.by_insurance, 8.0 * UNIT);

        let row = &case.board.contracts[0];
        let (opposite, same) = if side > 0 {
            (row.loss_short.0 - before.1.loss_short.0, row.loss_long.0 - before.1.loss_long.0)
        } else {
            (row.loss_long.0 - before.1.loss_long.0, row.loss_short.0 - before.1.loss_short.0)
        };
        assert_eq!(same, 0, "seed {seed}: the side of the loss is not charged");
        let lots = before.2.open_interest as f64;
        // the loss is rounded by a few units, which the lots share
        let shared = UNIT * (1.0 + 8.0 / lots);
        assert!(
            agree(dollars(Usd(opposite)), truth.per_lot, shared * f64::from(u8::from(truth.per_lot > 0.0))),
            "seed {seed}: {opposite} a lot, the reference charges {truth:?}"
        );
        let index_rounding = (dollars(Usd(opposite)) - truth.per_lot).abs() * lots + 1e-5;
        close("deficit", seed, dollars(done.resolved.deficit), truth.deficit, index_rounding);
        // a surplus of the index is the fund's, as far as the pool can pay it now
        let owed = -dollars(case.board.contracts[0].deficit.net().unwrap());
        let drawn = truth.reward + truth.dust + truth.by_insurance;
        let gained = dollars(case.fund.balance) - dollars(before.3) + drawn;
        if truth.surplus > index_rounding && truth.claim == 0.0 {
            close("surplus", seed, owed + gained, truth.surplus, index_rounding);
        }
        insured += u64::from(truth.by_insurance > 0.0);
        charged += u64::from(truth.per_lot > 0.0);
        short += u64::from(truth.deficit > 1e-3);
    }
    assert!(insured > 1_500 && charged > 1_500 && short > 100, "{insured} {charged} {short}");
}
