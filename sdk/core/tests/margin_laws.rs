//! Laws of the margin of an account, for random boards and books.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing,
    reason = "a test may panic"
)]

use ballast_core::margin::{
    CLOSE_OUT, CRITICAL, Exposure, INITIAL, Level, MAINTENANCE, Moment, TARGET, deadline, fee_bound, fewest_lots,
};
use ballast_core::model::{Ramp, RampTerms};
use ballast_core::state::{Board, ContractRow, MarginAccount, Position, UnderlyingRow};
use ballast_core::units::{Key, Notional, PerLot, Price, Ratio, Scan, Size, Timestamp, Usd};
use bytemuck::Zeroable;
use proptest::prelude::*;

const NOW: Timestamp = Timestamp(1_700_000_000);
const LEVELS: [Level; 5] = [INITIAL, TARGET, MAINTENANCE, CLOSE_OUT, CRITICAL];

/// One contract on its own underlying, and a position in it.
#[derive(Clone, Copy, Debug)]
struct Held {
    mark: i64,
    start: u64,
    target: u64,
    size: i64,
    basis: i64,
}

fn held() -> impl Strategy<Value = Held> {
    let scan = 5_000_000_000_u64..600_000_000_000;
    (100_000_000_i64..1_000_000_000_000, scan.clone(), scan, -100_000_i64..100_000, -1_000_000_000_i64..1_000_000_000)
        .prop_map(|(mark, start, target, size, basis)| Held { mark, start, target, size, basis })
}

fn books() -> impl Strategy<Value = Vec<Held>> {
    prop::collection::vec(held(), 1..8)
}

fn board(books: &[Held]) -> Box<Board> {
    let mut board = Box::new(Board::zeroed());
    for (place, held) in books.iter().enumerate() {
        board.underlyings[place] = UnderlyingRow {
            oracle: Key([1; 32]),
            price: Price(1_000_000),
            ema: Price(1_000_000),
            confidence: Ratio::basis_points(3),
            confidence_limit: Ratio::percent(1),
            published_at: NOW,
            liquidation_fee: Ratio::percent(1),
            ramp_terms: RampTerms::default(),
            ramp: Ramp { start: Scan(held.start), started_at: NOW, target: Scan(held.target) },
            ..UnderlyingRow::zeroed()
        };
        board.contracts[place] = ContractRow {
            id: place as u32 + 1,
            kind: 1,
            underlying: place as u8,
            mark: PerLot(held.mark),
            ema_mark: PerLot(held.mark),
            ..ContractRow::zeroed()
        };
    }
    board
}

fn position(place: usize, size: i64, basis: i64) -> Position {
    Position {
        contract: place as u32 + 1,
        row: place as u8,
        underlying: place as u8,
        side: if size < 0 { -1 } else { 1 },
        size: Size(size),
        basis: Usd(basis),
        ..Position::default()
    }
}

fn account(books: &[Held], cash: i64) -> MarginAccount {
    let mut account = MarginAccount { cash: Usd(cash), ..MarginAccount::zeroed() };
    for (place, held) in books.iter().enumerate() {
        account.put(position(place, held.size, held.basis)).unwrap();
    }
    account
}

fn walk(account: &MarginAccount, board: &Board) -> Exposure {
    Exposure::of(account, board, Moment::at(NOW)).unwrap()
}

/// Longest distance that `count` roundings up of one unit each explain.
fn close(one: Usd, other: Usd, count: i64) -> bool {
    (one.0 - other.0).abs() <= count
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn a_requirement_is_never_negative(books in books()) {
        let exposure = walk(&account(&books, 0), &board(&books));
        for level in LEVELS {
            prop_assert!(exposure.requirement(level).unwrap() >= Usd::ZERO);
        }
    }

    #[test]
    fn a_requirement_is_monotone_in_the_scan_range(books in books(), wider in 0_u64..100_000_000_000) {
        let account = account(&books, 0);
        let narrow = walk(&account, &board(&books));
        let wide: Vec<Held> = books.iter().map(|held| Held { start: held.start + wider, target: held.target + wider, ..*held }).collect();
        let wide = walk(&account, &board(&wide));
        for level in LEVELS {
            prop_assert!(wide.requirement(level).unwrap() >= narrow.requirement(level).unwrap());
        }
    }

    #[test]
    fn a_requirement_is_homogeneous(books in books(), times in 2_i64..50) {
        let board = board(&books);
        let one = walk(&account(&books, 0), &board);
        let larger: Vec<Held> = books.iter().map(|held| Held { size: held.size * times, ..*held }).collect();
        let many = walk(&account(&larger, 0), &board);
        for level in [TARGET, MAINTENANCE, CLOSE_OUT, CRITICAL] {
            let scaled = Usd(one.requirement(level).unwrap().0 * times);
            prop_assert!(close(scaled, many.requirement(level).unwrap(), times));
        }
    }

    #[test]
    fn an_offset_never_raises_the_loss(books in books(), place in 0_usize..8, part in 0_i64..=100) {
        let place = place % books.len();
        let board = board(&books);
        let before = walk(&account(&books, 0), &board);
        let mut offset = books.clone();
        offset[place].size -= books[place].size * part / 100;
        let after = walk(&account(&offset, 0), &board);
        for level in LEVELS {
            prop_assert!(after.requirement(level).unwrap() <= before.requirement(level).unwrap());
        }
    }

    /// Long and short on one underlying: the loss part is that of the net, the fee that of the larger side.
    #[test]
    fn long_and_short_on_one_underlying_offset(held in held(), other in -100_000_i64..100_000) {
        let mut board = board(&[held]);
        board.contracts[1] = ContractRow { id: 2, ..board.contracts[0] };
        let mut both = account(&[held], 0);
        both.put(Position { contract: 2, row: 1, ..position(0, other, 1) }).unwrap();
        let both = walk(&both, &board);
        let net = walk(&account(&[Held { size: held.size + other, ..held }], 0), &board);
        let loss = |exposure: &Exposure| exposure.entries().first().map_or(Notional(0), |entry| entry.net);
        prop_assert_eq!(loss(&both), loss(&net));
        let larger = held.size.max(0) + other.max(0);
        let larger = larger.max(-(held.size.min(0) + other.min(0)));
        let side = both.entries().first().map_or(0, |entry| entry.larger_side());
        prop_assert_eq!(side, larger as u128 * held.mark as u128);
    }

    #[test]
    fn a_fill_on_the_exposure_equals_a_fresh_walk(books in books(), place in 0_usize..8, size in -100_000_i64..100_000, basis in -1_000_000_i64..1_000_000) {
        let place = place % books.len();
        let board = board(&books);
        let mut account = account(&books, 5_000_000);
        let mut exposure = walk(&account, &board);
        let before = account.position(place as u32 + 1);
        let after = position(place, size, basis);
        exposure.replace(&board, &before, &after).unwrap();
        account.put(after).unwrap();
        let fresh = walk(&account, &board);
        for level in LEVELS {
            prop_assert_eq!(exposure.requirement(level).unwrap(), fresh.requirement(level).unwrap());
            prop_assert_eq!(exposure.equity(level).unwrap(), fresh.equity(level).unwrap());
        }
        prop_assert_eq!(exposure.sized, fresh.sized);
    }

    /// The lots that liquidation takes bring the account to close-out, and one lot less would not.
    #[test]
    fn a_liquidation_takes_the_fewest_lots(held in held(), short_of in 0_i64..1_000, fee in 0_i64..10_000_000) {
        prop_assume!(held.size.unsigned_abs() > 10);
        let books = [Held { basis: 0, ..held }];
        let board = board(&books);
        let bare = walk(&account(&books, 0), &board);
        let maintenance = bare.requirement(MAINTENANCE).unwrap().0;
        let pnl = bare.equity(MAINTENANCE).unwrap().0;
        let cash = maintenance * (1_000 - short_of) / 1_000 - pnl - 1;
        let exposure = { let mut with = bare; with.add_cash(Usd(cash)).unwrap(); with };
        let (equity, entry) = (exposure.equity(CLOSE_OUT).unwrap(), exposure.entries()[0]);
        prop_assume!(equity > Usd::ZERO);
        let taking = fewest_lots(&exposure, &entry, &position(0, held.size, 0), PerLot(held.mark), Ratio(fee)).unwrap();
        prop_assert!(taking.fee <= fee_bound(&exposure, &entry).unwrap() && taking.fee >= Ratio::ZERO);
        let after = |lots: u64| {
            let left = held.size.signum() * (held.size.abs() - lots as i64);
            let value = Size(lots as i64).at(PerLot(held.mark)).usd_up().unwrap();
            let kept = exposure.equity(CLOSE_OUT).unwrap().minus(value.fraction_up(taking.fee).unwrap()).unwrap();
            let required = walk(&account(&[Held { size: left, basis: 0, ..held }], 0), &board);
            (kept, required.requirement(CLOSE_OUT).unwrap())
        };
        let (kept, required) = after(taking.lots);
        let all = taking.lots == held.size.unsigned_abs();
        // a cent covers the rounding of the value and of the fee's rate
        prop_assert!(all || kept.0 + 10_000 >= required.0, "{kept:?} {required:?}");
        if taking.lots > 2 && !all {
            let (kept, required) = after(taking.lots - 2);
            prop_assert!(kept < required);
        }
    }

    /// At the deadline maintenance exceeds equity, a second before it does not.
    #[test]
    fn a_deadline_is_exact(books in books(), percent in 0_i64..200) {
        let board = board(&books);
        let bare = walk(&account(&books, 0), &board);
        let cash = bare.requirement(MAINTENANCE).unwrap().0 * percent / 100 - bare.equity(MAINTENANCE).unwrap().0;
        let account = account(&books, cash);
        let meets = |until: Timestamp| Exposure::of(&account, &board, Moment { now: NOW, until }).unwrap().meets(MAINTENANCE).unwrap();
        match deadline(&account, &board, NOW).unwrap() {
            Some(NOW) => prop_assert!(!meets(NOW)),
            Some(at) => prop_assert!(!meets(at) && meets(Timestamp(at.0 - 1))),
            None => prop_assert!(meets(Timestamp(NOW.0 + 10 * 365 * 86_400))),
        }
    }
}

#[test]
fn an_account_that_holds_size_needs_ten_dollars_for_initial() {
    let books = [Held { mark: 1_000_000, start: 10_000_000_000, target: 10_000_000_000, size: 1, basis: 0 }];
    assert_eq!(walk(&account(&books, 0), &board(&books)).requirement(INITIAL).unwrap(), Usd(10_000_000));
    assert_eq!(walk(&account(&[], 0), &board(&[])).requirement(INITIAL).unwrap(), Usd::ZERO);
}
