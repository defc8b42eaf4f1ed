//! Every small default: who carries how much of it, to the unit.

use super::common::{BTC, BTC_PRICE, SOL, SOL_PERP, SOL_PRICE, World, moved, usd};
use ballast_core::clearing::Resolved;
use ballast_core::margin::MAINTENANCE;
use ballast_core::units::{FINE_PER_USD, Usd};

const ALL: u64 = u64::MAX >> 1;
/// Falls of the price in parts of ten thousand: from a loss just above what the account has to nearly all.
const FALLS: [i64; 6] = [2_001, 2_500, 3_333, 5_000, 7_777, 9_500];
/// What the fund has, in units.
const FUNDS: [u64; 6] = [0, 1, 2, 999_999, 7_000_003, 200_000_000];
/// What it may draw.
const LIMITS: [i64; 3] = [0, 1_000_001, 1_000_000_000];
/// Cash of the account when the price has fallen, in units: as much is taken off its basis.
const CASH: [i64; 3] = [0, 1, 10_000_007];

/// Ways to split lots among those opposite.
fn splits(lots: u64) -> Vec<Vec<u64>> {
    if lots == 0 {
        return vec![Vec::new()];
    }
    let first = |some: u64| splits(lots - some).into_iter().map(move |rest| [vec![some], rest].concat());
    (1..=lots).flat_map(first).collect()
}

/// A long (or short) of some lots against those of a split; the last of the world's accounts takes it over.
fn opposed(split: &[u64], long: bool) -> (World, usize) {
    let mut world = World::new();
    let account = world.account(1, usd(20));
    for (place, lots) in split.iter().enumerate() {
        let other = world.account(2 + place as u8, usd(1_000));
        let (buyer, seller) = if long { (account, other) } else { (other, account) };
        world.fill(buyer, seller, SOL_PERP, *lots).unwrap();
    }
    let keeper = world.account(50, usd(10_000));
    (world, keeper)
}

/// Half of a lot's maintenance, in whole units: what each lot opposite pays at most.
fn most_per_lot(world: &World) -> u64 {
    let row = &world.board.underlyings[usize::from(SOL)];
    let scan = u128::from(world.effective(SOL).0) + row.liquidation_fee.0 as u128 * 1_000;
    (world.mark(SOL_PERP).0 as u128 * scan / u128::from(FINE_PER_USD)) as u64 / 2
}

fn loss_indices(world: &World) -> (i64, i64) {
    let row = &world.board.contracts[usize::from(world.contracts[SOL_PERP].row)];
    (row.loss_long.0, row.loss_short.0)
}

fn check(mut world: World, keeper: usize, long: bool, funded: u64, limit: i64) -> Resolved {
    let id = world.contracts[SOL_PERP].id;
    if funded > 0 {
        world.fund_insurance(funded).unwrap();
    }
    (world.fund.draw_per_contract, world.fund.draw_per_day) = (Usd(limit), usd(1_000));
    let (mark, lots) = (world.mark(SOL_PERP), world.size(0, SOL_PERP).unsigned_abs());
    let deficit_of = |world: &World| -> i64 {
        let held = world.accounts[0].position(id);
        let value = held.size.at(mark);
        // the lots go at mark, rounded in the account's favour
        let value = value.usd_up().unwrap();
        -(held.basis.0 + value.0 + world.accounts[0].cash.0)
    };
    let loss = deficit_of(&world);
    let others: Vec<(usize, i64)> = (1..keeper).map(|place| (place, world.equity(place).0)).collect();
    let reward = (i128::from(lots) * i128::from(mark.0) / 1_000_000_000) as i64;

    let done = world.liquidate(0, keeper, None, SOL_PERP, ALL).unwrap();
    world.assert_books();
    let resolved = done.resolved;
    assert!(resolved.resolved && !done.in_liquidation && world.accounts[0].is_empty());

    let reach = (funded as i64).min(limit);
    let paid = done.from_insurance.0;
    assert!(paid <= reward && paid + 1 >= reward.min(reach), "{paid} of {reward}");
    assert_eq!(resolved.by_insurance.0, loss.min(reach - paid), "the fund pays first");
    let rest = loss - resolved.by_insurance.0;
    let (longs, shorts) = loss_indices(&world);
    let per_lot = if long { shorts } else { longs };
    assert_eq!(if long { longs } else { shorts }, 0, "its own side is not charged");
    let wanted = (rest as u64).div_ceil(lots).min(most_per_lot(&world));
    assert_eq!((per_lot as u64, resolved.by_index.0 as u64), (wanted, wanted * lots), "each lot is charged the same");
    assert_eq!(resolved.deficit.0, (rest - resolved.by_index.0).max(0), "what remains is the contract's");
    let lacks = world.board.contracts[usize::from(world.contracts[SOL_PERP].row)].deficit;
    let (side, other) = if long { (1, -1) } else { (-1, 1) };
    assert_eq!((lacks.of(side), lacks.of(other)), (resolved.deficit, Usd::ZERO), "of the side that lost");
    for (place, equity) in others {
        let share = per_lot * world.size(place, SOL_PERP).abs();
        assert_eq!(world.equity(place).0, equity - share, "nobody opposite pays for another");
        assert!(world.exposure(place).requirement(MAINTENANCE).unwrap().0 * 2 >= share);
    }
    // what rounding took too much is the fund's, at once or when the pool has it
    let surplus = (resolved.by_index.0 - rest).max(0);
    assert!(surplus < lots.max(1) as i64);
    let held = world.fund.balance.0 - (funded as i64 - paid - resolved.by_insurance.0);
    assert_eq!(held - world.deficit(SOL_PERP).0.min(0), surplus);
    resolved
}

#[test]
fn every_small_default_is_carried_in_order_and_to_the_unit() {
    let (mut cases, mut carried) = (0_u64, [0_u64; 3]);
    for split in (1..=4).flat_map(splits) {
        for long in [true, false] {
            let (world, keeper) = opposed(&split, long);
            for fall in FALLS {
                let mut fallen = world.clone();
                fallen.pass(5);
                fallen.price(SOL, moved(SOL_PRICE, if long { -fall } else { fall }));
                fallen.price(BTC, BTC_PRICE);
                for cash in CASH {
                    let mut poor = fallen.clone();
                    let id = poor.contracts[SOL_PERP].id;
                    // the rest of its cash was lost before, to the pool
                    let had = poor.accounts[0].cash.0;
                    poor.accounts[0].cash = Usd(cash);
                    poor.contracts[SOL_PERP].pool.0 += had - cash;
                    let mut held = poor.accounts[0].position(id);
                    held.basis = Usd(held.basis.0 + had - cash);
                    poor.accounts[0].put(held).unwrap();
                    poor.assert_books();
                    if poor.equity(0) >= Usd::ZERO {
                        continue;
                    }
                    for (funded, limit) in FUNDS.iter().flat_map(|funded| LIMITS.map(|limit| (*funded, limit))) {
                        let by = check(poor.clone(), keeper, long, funded, limit);
                        for (count, amount) in carried.iter_mut().zip([by.by_insurance, by.by_index, by.deficit]) {
                            *count += u64::from(amount > Usd::ZERO);
                        }
                        cases += 1;
                    }
                }
            }
        }
    }
    let [insured, charged, left] = carried;
    assert!(cases == 5_184 && insured > 1_000 && charged > 3_000 && left > 1_000, "{cases}, {carried:?}");
}
