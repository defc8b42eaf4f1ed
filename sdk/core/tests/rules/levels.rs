//! Levels of an account.

use super::common::{BTC_PERP, hold, market};
use ballast_core::error::BallastError;
use ballast_core::margin::{CLOSE_OUT, CRITICAL, INITIAL, MAINTENANCE, TARGET};
use ballast_core::units::Scan;

/// Multiples of the scan range round up, and do not wrap where they leave their carrier.
#[test]
fn a_level_multiplies_the_scan_range_or_says_that_it_cannot() {
    let (mut world, account, _, maker) = market();
    hold(&mut world, account, maker, BTC_PERP, 1);
    let mut entry = world.exposure(account).entries()[0];
    entry.confidence = Scan(7);
    for (range, close_out) in [(10_u64, Ok(Scan(11))), (11, Ok(Scan(13))), (1 << 63, Err(BallastError::Overflow))] {
        (entry.effective, entry.stressed) = (Scan(range), Scan(range));
        assert_eq!(CLOSE_OUT.scan(&entry), close_out);
    }
    let most = Scan((u64::MAX / 13) & !0xf);
    entry.stressed = most;
    assert_eq!(INITIAL.scan(&entry), Ok(Scan((u128::from(most.0) * 13).div_ceil(10) as u64 + 7)));
    entry.stressed = Scan(!0xf);
    assert_eq!(INITIAL.scan(&entry), Err(BallastError::Overflow));
    (entry.effective, entry.stressed) = (Scan(9), Scan(21));
    let scans = [TARGET, MAINTENANCE, CRITICAL].map(|level| level.scan(&entry).unwrap().0);
    assert_eq!(scans, [21, 9, 5]);
}
