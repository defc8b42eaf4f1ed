//! Roundings of the volatility.

use ballast_core::model::{Update, Volatility, VolatilityTerms};
use ballast_core::units::{Price, Ratio, Timestamp, Variance};

#[test]
fn the_mixture_rounds_to_the_nearest_unit() {
    let terms = VolatilityTerms {
        weights: [Ratio::percent(50); 2],
        floor: Variance(0),
        cap: Variance(100),
        ..VolatilityTerms::default()
    };
    for (variances, mixture) in [([0, 0], 0), ([0, 1], 1), ([1, 1], 1), ([1, 2], 2), ([2, 2], 2)] {
        let volatility = Volatility { variances: variances.map(Variance), ..Volatility::default() };
        assert_eq!(volatility.variance(&terms, Variance(0)), Ok(Variance(mixture)));
    }
}

/// A standstill is worth nothing at all once the past is forgotten.
#[test]
fn a_price_that_stands_still_leaves_no_variance() {
    let terms = VolatilityTerms::default();
    let mut volatility = Volatility::starting(Variance(1_000_000_000_000));
    for month in 0..40 {
        let published_at = Timestamp(1_750_075_200 + month * 2_592_000);
        let update = Update { price: Price(5_000), published_at, previous_published_at: Timestamp(published_at.0 - 1) };
        volatility.observe(&terms, update).unwrap();
    }
    assert_eq!(volatility.variances[0], Variance(0));
}
