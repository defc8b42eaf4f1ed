//! What is paid out as gains was collected as losses before, in whatever order prices move and accounts settle.
#![allow(
    missing_docs,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::indexing_slicing,
    clippy::integer_division,
    clippy::unwrap_used,
    reason = "tests may panic"
)]

mod common;

use ballast_core::units::Usd;
use common::{BTC, BTC_PERP, BTC_PRICE, Dice, World, moved, usd};
use proptest::prelude::*;

const TRADERS: usize = 5;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn what_is_paid_out_was_collected_before(seed in 1..u64::MAX) {
        let mut dice = Dice(seed);
        let mut world = World::new();
        for owner in 1..=TRADERS {
            let dollars = dice.between(50, 5_000);
            world.account(owner as u8, usd(dollars));
        }
        let (mut collected, mut paid) = (0, 0);
        for _ in 0..120 {
            let (one, other) = (dice.below(TRADERS as u64) as usize, dice.below(TRADERS as u64) as usize);
            match dice.below(4) {
                0 if one != other => {
                    let (lots, off) = (dice.below(300) + 1, dice.between(-60, 60));
                    let _ = world.fill_off(one, other, BTC_PERP, lots, off);
                }
                1 => {
                    world.pass(dice.below(40));
                    let price = moved(BTC_PRICE, dice.between(-900, 900));
                    world.print(BTC, price, moved(price, dice.between(-50, 50)));
                }
                2 => {
                    // whoever takes cash out takes what is its own
                    let cash = world.accounts[one].cash.0 as u64;
                    let amount = dice.below(cash + 1) + 1;
                    let taken = world.withdraw(one, None, amount);
                    prop_assert!(taken.is_err() || amount <= cash);
                }
                _ => {
                    let before = world.accounts[one].cash;
                    if let Ok(settled) = world.settle(one, BTC_PERP) {
                        collected += settled.paid.0.min(0).abs();
                        paid += settled.paid.0.max(0);
                        prop_assert_eq!(world.accounts[one].cash, Usd(before.0 + settled.paid.0));
                    }
                }
            }
            prop_assert!(paid <= collected, "{} of {}", paid, collected);
            prop_assert_eq!(world.contracts[BTC_PERP].pool, Usd(collected - paid), "the rest is in the pool");
        }
        world.assert_books();
    }
}
