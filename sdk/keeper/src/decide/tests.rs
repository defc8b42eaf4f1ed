//! An exchange in memory, built by the core's own transitions: a long trader, a market maker and a keeper.

#![expect(clippy::arithmetic_side_effects, clippy::integer_division, reason = "figures known beforehand")]

use ballast_client::{Deployment, MintOf, key, oracle_account};
use ballast_core::clearing::{self, BoardUse, Call, Deposit, Fill, NewVault, Reading};
use ballast_core::model::{DepthTerms, FundingTerms, WeightRamp, WeightTerms};
use ballast_core::state::parameters::{CollateralTerms, ContractTerms, UnderlyingTerms, VaultTerms};
use ballast_core::state::{
    Board, CollateralBalance, Contract, Exchange, ExchangeTerms, InsuranceFund, MarginAccount, OracleKind, Vault,
};
use ballast_core::units::{Key, Ratio, Size};
use bytemuck::Zeroable;

use super::*;
use crate::book::Published;

const FEED: Key = Key([7; 32]);
const REPORTER: Key = Key([8; 32]);
const START: i64 = 1_800_000_000;
const TRADER: Pubkey = Pubkey::new_from_array([1; 32]);
const MAKER: Pubkey = Pubkey::new_from_array([2; 32]);
const RESERVE: Pubkey = Pubkey::new_from_array([4; 32]);
const KEEPER: Keeper = Keeper {
    owner: Pubkey::new_from_array([13; 32]),
    account: Pubkey::new_from_array([3; 32]),
    least_settled: Usd(1_000_000),
    patience: 0,
};

/// The trader is long 2 BTC at 10,000 USD with 2,000 USD: ten times.
fn book() -> Book {
    let mut book = exchange();
    for (address, owner, dollars) in [(TRADER, 11, 2_000), (MAKER, 12, 1_000_000), (KEEPER.account, 13, 1_000_000)] {
        open(&mut book, address, owner, dollars);
    }
    publish(&mut book, START, 10_000);
    book = KEEPER.plan(&book).book;
    let mark = book.board.contract(0).unwrap().mark;
    book.trade(&TRADER, &MAKER, 1, Fill::new(20_000, mark)).unwrap();
    book
}

fn exchange() -> Book {
    let address = |byte| Pubkey::new_from_array([byte; 32]);
    let (creator, mint, exchange_at, board_at) = (address(21), address(22), address(23), address(24));
    let deployment =
        Deployment { exchange: exchange_at, board: board_at, quote: MintOf { mint, token_program: address(25) } };
    let now = Timestamp(START);
    let mut exchange = Exchange::zeroed();
    let mut fund = InsuranceFund::zeroed();
    let mut board: Box<Board> = Box::new(Board::zeroed());
    let terms = ExchangeTerms {
        risk_manager: Key::NONE,
        guardian: Key::NONE,
        treasury: Key::NONE,
        depth_reporters: [REPORTER, Key::NONE, Key::NONE, Key::NONE, Key::NONE],
        timelock: 259_200,
        trade_fee: Ratio::ZERO,
        insurance_share: Ratio::percent(25),
        reward_share: Ratio::percent(25),
        auction_seconds: 600,
        draw_per_contract: Usd(1_000_000_000_000),
        draw_per_day: Usd(1_000_000_000_000),
        unstake_cooldown: 604_800,
        oracle_owners: [Key([9; 32]), Key::NONE, Key::NONE, Key::NONE],
    };
    let identity = (key(&creator), 0, key(&mint));
    clearing::initialize_exchange(&mut exchange, &mut fund, identity, (key(&exchange_at), 0, 0), &terms).unwrap();
    clearing::initialize_board(&mut exchange, &mut board, key(&exchange_at), key(&board_at)).unwrap();
    let underlying = UnderlyingTerms {
        oracle: FEED,
        starting_sigma: Ratio::percent(60),
        k: Ratio(4_500_000_000),
        reward: Usd::ZERO,
        depth: DepthTerms { quorum: 1, longest_age: 86_400, ..DepthTerms::default() },
        ..UnderlyingTerms::default()
    };
    clearing::create_underlying(&exchange, &mut board, None, &underlying, now).unwrap();
    clearing::post_depth(&mut board, &exchange, 0, REPORTER, Usd(10_000_000_000_000), now).unwrap();
    let mut contract = Contract::zeroed();
    let perpetual = ContractTerms {
        underlying: 0,
        size_exponent: -4,
        open_interest_cap: 1_000_000_000,
        funding: FundingTerms::default(),
        venues: [Key::NONE; 4],
    };
    clearing::create_contract(&mut exchange, &mut board, &mut contract, None, 0, &perpetual, now).unwrap();
    let mut vault = Vault::zeroed();
    let new = NewVault { mint: key(&mint), decimals: 6, token_account: Key([26; 32]), bump: 0 };
    let terms = VaultTerms { cap: Tokens(u64::MAX), collateral: None };
    clearing::create_vault(&exchange, &mut board, &mut vault, None, &new, &terms, now).unwrap();
    clearing::open_exchange(&mut exchange, now).unwrap();
    let oracle = oracle_account(OracleKind::Pull, &FEED);
    Book {
        deployment,
        exchange,
        board,
        fund,
        contracts: [(1, contract)].into(),
        vaults: [(mint, (vault, Tokens::ZERO))].into(),
        accounts: [].into(),
        published: vec![Published { underlying: 0, oracle, reading: None }],
        clock: now,
        slot: 1,
    }
}

fn open(book: &mut Book, address: Pubkey, owner: u8, dollars: u64) {
    let mut account = MarginAccount::zeroed();
    clearing::open_account(&mut account, key(&book.deployment.exchange), Key([owner; 32]), 0, 0, book.clock);
    let amount = Tokens(dollars * 1_000_000);
    let (vault, held) = book.vaults.get_mut(&book.deployment.quote.mint).unwrap();
    let deposit = Deposit { amount, by_owner: true };
    let into = BoardUse::Read(&book.board);
    clearing::deposit(&mut account, vault, into, &book.exchange, deposit, book.clock).unwrap();
    *held = held.plus(amount).unwrap();
    book.accounts.insert(address, account);
}

/// The oracle publishes a price in USD, and the clock is there.
fn publish(book: &mut Book, at: i64, dollars: i64) {
    let price = dollars * 100_000_000;
    book.clock = Timestamp(at);
    book.slot += 10;
    book.published[0].reading = Some(Reading {
        price,
        confidence: price.unsigned_abs() / 5_000,
        ema: price,
        exponent: -8,
        published_at: Timestamp(at),
        previous_published_at: Timestamp(at - 60),
    });
}

fn kinds(plan: &Plan) -> Vec<&'static str> {
    let kind = |step: &Step| match step.action {
        Action::Refresh(_) => "refresh",
        Action::Rebalance { .. } => "rebalance",
        Action::Liquidate { .. } => "liquidate",
        Action::Deleverage { .. } => "deleverage",
        Action::SellCollateral { .. } => "sell",
        Action::WindDown { .. } => "wind_down",
        Action::Settle { .. } => "settle",
    };
    plan.steps.iter().map(kind).collect()
}

#[test]
fn nothing_is_due_while_the_price_stands() {
    assert_eq!(kinds(&KEEPER.plan(&book())), Vec::<&str>::new());
}

#[test]
fn a_newer_price_is_refreshed_once() {
    let mut book = book();
    publish(&mut book, START + 240, 10_000);
    let plan = KEEPER.plan(&book);
    assert_eq!(kinds(&plan), ["refresh"]);
    assert!(KEEPER.plan(&plan.book).steps.is_empty());
}

#[test]
fn a_fall_below_target_opens_a_call_and_settles_the_loss() {
    let mut book = book();
    // equity of 700 USD on 18,700 is 3.7 %; target is 2.9 % and the fee of 1 %
    publish(&mut book, START + 240, 9_350);
    let plan = KEEPER.plan(&book);
    assert_eq!(kinds(&plan)[..2], ["refresh", "rebalance"]);
    let Outcome::Rebalanced(done) = plan.steps[1].outcome else { panic!("{:?}", plan.steps[1].outcome) };
    assert_eq!(done.call, Call::Opened);
    assert!(kinds(&plan).contains(&"settle"));
    assert_eq!(plan.book.audit().unwrap(), (0, None));
}

#[test]
fn a_reserve_tops_up_instead() {
    let mut book = book();
    open(&mut book, RESERVE, 11, 5_000);
    let reserve = book.account(&RESERVE).unwrap();
    let mut trader = book.account(&TRADER).unwrap();
    clearing::set_top_up(&mut trader, Some((&reserve, key(&RESERVE))), Usd(5_000_000_000), false).unwrap();
    book.accounts.insert(TRADER, trader);
    publish(&mut book, START + 240, 9_350);
    let plan = KEEPER.plan(&book);
    let Outcome::Rebalanced(done) = plan.steps[1].outcome else { panic!("{:?}", plan.steps[1].outcome) };
    assert_eq!(done.call, Call::None);
    assert!(done.topped_up > Usd::ZERO);
    assert!(!kinds(&plan).contains(&"liquidate"));
}

#[test]
fn below_maintenance_lots_are_taken_until_the_account_is_sound() {
    let mut book = book();
    publish(&mut book, START + 240, 9_200);
    let plan = KEEPER.plan(&book);
    assert!(kinds(&plan).contains(&"liquidate"), "{:?}", kinds(&plan));
    let left = plan.book.account(&TRADER).unwrap().position(1).size;
    assert!(left > Size(0) && left < Size(20_000), "{left:?}");
    assert_eq!(plan.book.account(&KEEPER.account).unwrap().position(1).size.0, 20_000 - left.0);
    assert_eq!(plan.book.audit().unwrap(), (0, None));
    assert!(!kinds(&KEEPER.plan(&plan.book)).contains(&"liquidate"));
}

#[test]
fn a_patient_keeper_begins_a_liquidation_and_takes_when_its_time_has_come() {
    let patient = Keeper { patience: 120, ..KEEPER };
    let mut book = book();
    publish(&mut book, START + 240, 9_330);
    let mut book = patient.plan(&book).book;
    assert_eq!(book.account(&TRADER).unwrap().liquidation_at, Timestamp(START + 240));
    assert_eq!(book.account(&TRADER).unwrap().position(1).size, Size(20_000));
    publish(&mut book, START + 300, 9_330);
    assert!(!kinds(&patient.plan(&book)).contains(&"liquidate"));
    publish(&mut book, START + 420, 9_330);
    let plan = patient.plan(&book);
    let fee = plan.steps.iter().find_map(|step| match step.outcome {
        Outcome::Liquidated(done) => Some(done.fee),
        _ => None,
    });
    assert!(fee.unwrap() > Usd::ZERO);
}

#[test]
fn an_insolvent_account_is_resolved() {
    let mut book = book();
    publish(&mut book, START + 240, 8_000);
    let plan = KEEPER.plan(&book);
    let resolved = plan.steps.iter().any(|step| match step.outcome {
        Outcome::Liquidated(done) => done.resolved.resolved && done.resolved.by_index > Usd::ZERO,
        _ => false,
    });
    assert!(resolved, "{:?}", plan.steps);
    assert!(plan.book.account(&TRADER).unwrap().is_empty());
    assert_eq!(plan.book.audit().unwrap(), (0, None));
}

#[test]
fn a_poor_keeper_takes_what_its_margin_carries() {
    let mut book = book();
    let mut keeper = book.account(&KEEPER.account).unwrap();
    keeper.cash = Usd(100_000_000);
    book.accounts.insert(KEEPER.account, keeper);
    publish(&mut book, START + 240, 9_200);
    let plan = KEEPER.plan(&book);
    // initial margin is about 4.8 %: 100 USD carry some 2,080 USD, which are 2,260 lots
    let taken = plan.book.account(&KEEPER.account).unwrap().position(1).size.0;
    assert!((1_500..2_300).contains(&taken), "{taken}");
}

#[test]
fn without_a_newer_price_a_stale_one_moves_nobody() {
    let mut book = book();
    book.published[0].reading = None;
    book.clock = Timestamp(START + 3_600);
    assert!(KEEPER.plan(&book).steps.is_empty());
}

#[test]
fn a_keeper_without_margin_deleverages_after_five_minutes() {
    let mut book = book();
    let mut keeper = book.account(&KEEPER.account).unwrap();
    keeper.cash = Usd::ZERO;
    book.accounts.insert(KEEPER.account, keeper);
    publish(&mut book, START + 240, 8_000);
    let mut book = KEEPER.plan(&book).book;
    assert_eq!(book.account(&TRADER).unwrap().liquidation_at, Timestamp(START + 240), "its five minutes begin");
    publish(&mut book, START + 480, 8_000);
    let mut book = KEEPER.plan(&book).book;
    assert_eq!(book.account(&TRADER).unwrap().position(1).size, Size(20_000));
    publish(&mut book, START + 540, 8_000);
    let plan = KEEPER.plan(&book);
    assert!(kinds(&plan).contains(&"deleverage"), "{:?}", kinds(&plan));
    assert!(plan.book.account(&TRADER).unwrap().is_empty());
}

/// The exchange as it was before it opened, when rows were created at once.
fn set_up(book: &Book) -> Exchange {
    Exchange { opened_at: Timestamp::ZERO, ..book.exchange }
}

#[test]
fn a_hedge_is_taken_with_what_it_hedges() {
    let mut book = book();
    let terms = ContractTerms {
        underlying: 0,
        size_exponent: -4,
        open_interest_cap: 1_000_000_000,
        funding: FundingTerms::default(),
        venues: [Key::NONE; 4],
    };
    let (mut exchange, mut second) = (set_up(&book), Contract::zeroed());
    clearing::create_contract(&mut exchange, &mut book.board, &mut second, None, 0, &terms, book.clock).unwrap();
    book.contracts.insert(2, second);
    publish(&mut book, START + 240, 10_000);
    let mut book = KEEPER.plan(&book).book;
    let price = book.board.contract(1).unwrap().mark;
    book.trade(&MAKER, &TRADER, 2, Fill { lots: 20_000, price, expires_at: None, by_venue: false }).unwrap();
    // less than the fees of either leg
    let mut trader = book.account(&TRADER).unwrap();
    trader.cash = Usd(120_000_000);
    book.accounts.insert(TRADER, trader);
    let plan = KEEPER.plan(&book);
    let hedges = |step: &Step| matches!(step.action, Action::Liquidate { hedge: Some(_), .. });
    assert!(plan.steps.iter().any(hedges), "{:?}", plan.steps);
    assert_eq!(plan.book.account(&TRADER).unwrap().liquidation_at, Timestamp::ZERO);
}

#[test]
fn claims_on_a_contract_that_nobody_holds_do_not_wait() {
    let mut book = book();
    let mut deserted = Contract::zeroed();
    let terms = ContractTerms {
        underlying: 0,
        size_exponent: -4,
        open_interest_cap: 1_000_000_000,
        funding: FundingTerms::default(),
        venues: [Key::NONE; 4],
    };
    let mut exchange = set_up(&book);
    clearing::create_contract(&mut exchange, &mut book.board, &mut deserted, None, 0, &terms, book.clock).unwrap();
    book.contracts.insert(2, deserted);
    assert!(!kinds(&KEEPER.plan(&book)).contains(&"wind_down"), "it lacks nothing");
    book.board.contract_mut(deserted.row).unwrap().deficit.of_longs = Usd(5_000_000);
    let plan = KEEPER.plan(&book);
    let steps = plan.steps.iter().filter(|step| matches!(step.action, Action::WindDown { .. }));
    let settled: Vec<&Outcome> = steps.map(|step| &step.outcome).collect();
    assert!(matches!(settled[..], [Outcome::WoundDown(WoundDown { contracts: 1, .. })]), "{settled:?}");
    // settled it is covered as soon as there is a fund
    let mut book = plan.book;
    assert!(!kinds(&KEEPER.plan(&book)).contains(&"wind_down"), "nobody pays");
    (book.fund.balance, book.fund.draw_per_day, book.fund.draw_per_contract) =
        (Usd(9_000_000), Usd(9_000_000), Usd(9_000_000));
    let book = KEEPER.plan(&book).book;
    assert!(!book.board.contract(deserted.row).unwrap().deficit.is_open());
    assert_eq!(book.fund.balance, Usd(4_000_000));
}

#[test]
fn a_loss_that_cash_does_not_cover_is_looked_at_and_bought_in_time() {
    let mut book = book();
    let (mint, mut vault) = (Pubkey::new_from_array([31; 32]), Vault::zeroed());
    let collateral = CollateralTerms {
        underlying: 0,
        weight: WeightTerms::default(),
        concentration_scale: Usd(1_000_000_000_000_000),
        discount: Ratio::percent(5),
    };
    let terms = VaultTerms { cap: Tokens(1 << 40), collateral: Some(collateral) };
    let new = NewVault { mint: key(&mint), decimals: 8, token_account: Key([32; 32]), bump: 0 };
    clearing::create_vault(&set_up(&book), &mut book.board, &mut vault, None, &new, &terms, book.clock).unwrap();
    book.vaults.insert(mint, (vault, Tokens::ZERO));
    book.board.vaults[0].weight = WeightRamp::at(Ratio::percent(80), book.clock);
    // one token of 10,000 USD, and 100 USD of cash against a loss of 1,000
    let mut trader = book.account(&TRADER).unwrap();
    trader.cash = Usd(100_000_000);
    trader.collateral[0] = CollateralBalance { amount: Tokens(100_000_000), vault: 0, padding: [0; 7] };
    book.accounts.insert(TRADER, trader);
    let patient = Keeper { patience: 120, ..KEEPER };
    publish(&mut book, START + 240, 9_500);
    let plan = patient.plan(&book);
    let sold = |plan: &Plan| {
        plan.steps.iter().find_map(|step| match step.outcome {
            Outcome::Sold(sold) => Some(sold.tokens),
            _ => None,
        })
    };
    assert_eq!(sold(&plan), Some(Tokens::ZERO), "{:?}", kinds(&plan));
    let mut book = plan.book;
    publish(&mut book, START + 300, 9_500);
    assert_eq!(sold(&patient.plan(&book)), None);
    publish(&mut book, START + 420, 9_500);
    let bought = sold(&patient.plan(&book)).unwrap();
    assert!(bought > Tokens(9_000_000) && bought < Tokens(11_000_000), "{bought:?}");
}
