//! Solana, January 2022: the chain was so full that liquidators landed and top-ups did not.

use ballast_core::clearing;
use ballast_core::units::Usd;

use super::common::{BTC, BTC_PERP, BTC_PRICE, key, moved, usd};
use super::{ALL, longs};

/// The price falls by 7 % and comes back. Nobody's `rebalance` or deposit lands, every `liquidate` does; it takes from the
/// reserve before it takes lots.
///
/// Lost where a top-up is a transaction of its own: 10,579 dollars of three accounts of ten.
#[test]
fn solana_2022_01() {
    let (mut world, longs, keeper) = longs();
    let reserves: Vec<usize> = longs.iter().map(|_| world.account(1, usd(20_000))).collect();
    for (long, reserve) in longs.iter().zip(&reserves) {
        let [named, held] = world.accounts.get_disjoint_mut([*long, *reserve]).unwrap();
        clearing::set_top_up(named, Some((held, key(60))), usd(20_000), false).unwrap();
    }
    world.pass(5);
    world.price(BTC, moved(BTC_PRICE, -700));
    let owned = |world: &super::World| {
        let mut back = world.clone();
        back.pass(1);
        back.price(BTC, BTC_PRICE);
        longs.iter().chain(&reserves).map(|account| back.equity(*account).0).sum::<i64>()
    };
    let before = owned(&world);
    let mut crowded = world.clone();
    let (mut topped_up, mut taken) = (0, 0);
    for (long, reserve) in longs.iter().zip(&reserves) {
        if let Ok(done) = world.liquidate(*long, keeper, Some(*reserve), BTC_PERP, ALL) {
            topped_up += u32::from(done.topped_up > Usd::ZERO);
            taken += done.taken.0;
        }
    }
    assert_eq!((topped_up, taken), (3, 0));
    assert_eq!(owned(&world), before);
    world.assert_books();

    let fallen = longs.iter().filter(|long| crowded.liquidate(**long, keeper, None, BTC_PERP, ALL).is_ok()).count();
    assert_eq!((fallen, (before - owned(&crowded)) / 1_000_000), (3, 10_579));
}
