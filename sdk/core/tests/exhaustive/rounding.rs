//! Whole units of USD, fractions and values: rounded to the side that the name says, by less than a unit.

use super::lattice;
use ballast_core::error::BallastError;
use ballast_core::units::{Fine, Notional, ONE, PerToken, Ratio, Scan, Tokens, Usd};

const NOTIONAL: i128 = 1_000_000;
const FINE: u128 = 1_000_000_000_000_000_000;

/// Both roundings of an amount, or that its carrier does not hold them.
#[track_caller]
fn assert_usd(value: i128, unit: i128, down: Result<Usd, BallastError>, up: Result<Usd, BallastError>) {
    let (floor, ceil) = (value.div_euclid(unit), -(-value).div_euclid(unit));
    assert_eq!(down, i64::try_from(floor).map(Usd).map_err(|_| BallastError::Overflow), "{value} down");
    assert_eq!(up, i64::try_from(ceil).map(Usd).map_err(|_| BallastError::Overflow), "{value} up");
}

/// Every remainder of a unit on either side of zero, and around what the carrier holds at most and at least.
#[test]
fn every_remainder_of_a_notional_is_rounded_to_its_side() {
    let ends = [i128::from(i64::MIN), -1, 0, i128::from(i64::MAX)].map(|end| end * NOTIONAL);
    let mut cases = 0_u64;
    for middle in ends {
        for value in middle - NOTIONAL - 1..=middle + NOTIONAL + 1 {
            assert_usd(value, NOTIONAL, Notional(value).usd_down(), Notional(value).usd_up());
            cases += 1;
        }
    }
    assert_eq!(cases, 4 * 2_000_003);
}

#[test]
fn every_neighbour_of_a_whole_fine_value_is_rounded_to_its_side() {
    let wholes = lattice().into_iter().filter(|whole| *whole <= 1 << 63);
    let mut cases = 0_u64;
    for whole in wholes {
        let middle = u128::from(whole) * FINE;
        for value in middle.saturating_sub(500)..=middle + 500 {
            let exact = value.cast_signed();
            assert_usd(exact, FINE.cast_signed(), Fine(value).usd_down(), Fine(value).usd_up());
            cases += 1;
        }
    }
    assert!(cases > 190_000, "{cases}");
}

#[test]
fn every_fraction_of_an_amount_is_rounded_to_its_side() {
    let ratios: Vec<i64> = lattice().into_iter().filter_map(|ratio| i64::try_from(ratio).ok()).collect();
    let amounts = ratios.iter().copied().chain(0..2_000);
    let one = i128::from(ONE.0);
    let mut cases = 0_u64;
    for amount in amounts {
        for ratio in &ratios {
            let product = i128::from(amount) * i128::from(*ratio);
            let (down, up) = (Usd(amount).fraction_down(Ratio(*ratio)), Usd(amount).fraction_up(Ratio(*ratio)));
            assert_usd(product, one, down, up);
            cases += 1;
        }
        if amount > 0 {
            assert_eq!(Usd(-amount).fraction_down(ONE), Err(BallastError::Overflow));
            assert_eq!(Usd(amount).fraction_up(Ratio(-1)), Err(BallastError::Overflow));
        }
    }
    assert!(cases > 400_000, "{cases}");
}

#[test]
fn every_scan_range_is_converted_up_and_back() {
    for value in lattice().into_iter().chain(0..100_000) {
        let up = Scan(value).ratio_up().unwrap();
        assert!(i128::from(up.0) * 1_000 >= value.into() && (i128::from(up.0) - 1) * 1_000 < value.into());
        match Ratio(value.cast_signed()).scan() {
            Ok(scan) => assert_eq!(u128::from(scan.0), u128::from(value) * 1_000),
            Err(_) => assert!(value > u64::MAX / 1_000),
        }
        for ratio in [0, 1_i64, 500_000_000, 999_999_999, 1_000_000_000, 1_250_000_000] {
            let product = u128::from(value) * u128::from(ratio.cast_unsigned());
            let wanted = u64::try_from(product.div_ceil(1_000_000_000)).map(Scan).map_err(|_| BallastError::Overflow);
            assert_eq!(Scan(value).times_up(Ratio(ratio)), wanted);
        }
    }
}

/// Tokens, their value and a weight multiply without a loss; the value at par is never rounded up.
#[test]
fn every_value_of_tokens_is_exact_before_it_is_rounded_down() {
    let lattice = lattice();
    let mut cases = 0_u64;
    for tokens in &lattice {
        for value in &lattice {
            let at_par = u128::from(*tokens) * u128::from(*value);
            for weight in [0, 1_i64, 900_000_000, 1_000_000_000] {
                let wanted = at_par.checked_mul(weight.unsigned_abs().into());
                assert_eq!(Tokens(*tokens).weighted(PerToken(*value), Ratio(weight)).ok().map(|fine| fine.0), wanted);
                cases += 1;
            }
            let whole = at_par.checked_mul(1_000_000_000).map(|fine| fine / FINE);
            let whole = whole.and_then(|whole| i64::try_from(whole).ok());
            assert_eq!(Tokens(*tokens).value_down(PerToken(*value)).ok().map(|usd| usd.0), whole);
        }
        assert_eq!(Tokens(*tokens).weighted(PerToken(1), Ratio(-1)), Err(BallastError::Overflow));
    }
    assert_eq!(cases, 212 * 212 * 4);
}
