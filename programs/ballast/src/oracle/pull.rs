//! Pyth's pull oracle: `PriceUpdateV2`, named by its feed id.

use anchor_lang::AccountDeserialize;
use ballast_core::BallastError;
use ballast_core::clearing::Reading;
use ballast_core::units::{Key, Timestamp};
use pyth_solana_receiver_sdk::price_update::{PriceUpdateV2, VerificationLevel};

/// Reads a fully verified update of a feed.
///
/// Whose account it is was checked against the exchange: the owner that the SDK has built in is one of two that are live.
pub(super) fn read(mut data: &[u8], feed: Key) -> Result<Reading, BallastError> {
    let update = PriceUpdateV2::try_deserialize(&mut data).map_err(|_| BallastError::OracleKind)?;
    let message = &update.price_message;
    if message.feed_id != feed.0 {
        return Err(BallastError::OracleFeed);
    }
    if update.verification_level != VerificationLevel::Full {
        return Err(BallastError::OracleUnverified);
    }
    Ok(Reading {
        price: message.price,
        confidence: message.conf,
        ema: message.ema_price,
        exponent: message.exponent,
        published_at: Timestamp(message.publish_time),
        previous_published_at: Timestamp(message.prev_publish_time),
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use anchor_lang::__private::base64::{Engine, engine::general_purpose::STANDARD};

    use super::*;
    use crate::oracle::fixture::{PythPrice, VerificationLevel};

    const FEED: Key = Key([7; 32]);

    fn price() -> PythPrice {
        PythPrice {
            feed: FEED,
            reading: Reading {
                price: 13_393_994_966,
                confidence: 14_356_284,
                ema: 13_449_131_500,
                exponent: -8,
                published_at: Timestamp(1_725_346_989),
                previous_published_at: Timestamp(1_725_346_988),
            },
            ..PythPrice::new(FEED, 0, 0)
        }
    }

    #[test]
    fn reads_what_the_sdk_wrote() {
        assert_eq!(read(&price().to_pull_account_data(), FEED), Ok(price().reading));
    }

    #[test]
    fn extremes_are_passed_on_for_core_to_judge() {
        for (number, exponent) in [(i64::MIN, i32::MIN), (i64::MAX, i32::MAX), (0, 0), (-1, 12)] {
            let mut price = price();
            price.reading = Reading {
                price: number,
                confidence: u64::MAX,
                ema: number,
                exponent,
                published_at: Timestamp(number),
                previous_published_at: Timestamp(number),
            };
            assert_eq!(read(&price.to_pull_account_data(), FEED), Ok(price.reading));
        }
    }

    #[test]
    fn reads_the_layout_that_is_live() {
        let mut data = vec![0; 134];
        data[..8].copy_from_slice(&[0x22, 0xf1, 0x23, 0x63, 0x9d, 0x7e, 0xf4, 0xcd]);
        data[40] = 1;
        data[41..73].copy_from_slice(&FEED.0);
        data[73..81].copy_from_slice(&13_393_994_966_i64.to_le_bytes());
        data[81..89].copy_from_slice(&14_356_284_u64.to_le_bytes());
        data[89..93].copy_from_slice(&(-8_i32).to_le_bytes());
        data[93..101].copy_from_slice(&1_725_346_989_i64.to_le_bytes());
        data[101..109].copy_from_slice(&1_725_346_988_i64.to_le_bytes());
        data[109..117].copy_from_slice(&13_449_131_500_i64.to_le_bytes());
        assert_eq!(read(&data, FEED), Ok(price().reading));
    }

    #[test]
    fn another_feed_is_refused() {
        assert_eq!(read(&price().to_pull_account_data(), Key([8; 32])), Err(BallastError::OracleFeed));
    }

    #[test]
    fn anything_less_than_full_verification_is_refused() {
        for num_signatures in [0, 1, 13, u8::MAX] {
            let partial = PythPrice { verification: VerificationLevel::Partial { num_signatures }, ..price() };
            assert_eq!(read(&partial.to_pull_account_data(), FEED), Err(BallastError::OracleUnverified));
        }
    }

    #[test]
    fn another_type_of_account_is_refused() {
        let data = price().to_pull_account_data();
        for place in 0..8 {
            let mut other = data.clone();
            other[place] ^= 1;
            assert_eq!(read(&other, FEED), Err(BallastError::OracleKind));
        }
        assert_eq!(read(&[0; 134], FEED), Err(BallastError::OracleKind), "a closed account");
    }

    #[test]
    fn an_unknown_verification_level_is_refused() {
        let mut data = price().to_pull_account_data();
        data[40] = 2;
        assert_eq!(read(&data, FEED), Err(BallastError::OracleKind));
    }

    #[test]
    fn a_cut_account_is_refused() {
        let data = price().to_pull_account_data();
        for length in 0..data.len() - 1 {
            assert_eq!(read(&data[..length], FEED), Err(BallastError::OracleKind));
        }
        assert_eq!(read(&data[..data.len() - 1], FEED), Ok(price().reading), "the last byte is spare");
    }

    /// SOL/USD.
    const SOL: Key = Key([
        0xef, 0x0d, 0x8b, 0x6f, 0xda, 0x2c, 0xeb, 0xa4, 0x1d, 0xa1, 0x5d, 0x40, 0x95, 0xd1, 0xda, 0x39, 0x2a, 0x0d,
        0x2f, 0x8e, 0xd0, 0xc6, 0xc7, 0xbc, 0x0f, 0x4c, 0xfa, 0xc8, 0xc2, 0x80, 0xb5, 0x6d,
    ]);

    /// Accounts captured on clusters, with what they were decoded to elsewhere. Where there are none, nothing is tested.
    #[test]
    fn reads_captured_accounts() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../../../shared/data/pyth/sol_usd_price_update_v2_accounts.json");
        let Ok(text) = std::fs::read_to_string(file) else { return };
        let accounts: Vec<&str> = text.split("\"capture_utc\"").skip(1).collect();
        assert!(!accounts.is_empty());
        for account in accounts {
            let after = |name: &str| account.split_once(&format!("\"{name}\":")).unwrap().1.trim_start();
            let number = |name: &str| after(name).split([',', '\n']).next().unwrap().parse::<i64>().unwrap();
            let data = STANDARD.decode(after("data").split('"').nth(1).unwrap()).unwrap();
            let expected = Reading {
                price: number("price"),
                confidence: number("conf").unsigned_abs(),
                ema: number("ema_price"),
                exponent: i32::try_from(number("exponent")).unwrap(),
                published_at: Timestamp(number("publish_time")),
                previous_published_at: Timestamp(number("prev_publish_time")),
            };
            assert_eq!(read(&data, SOL), Ok(expected));
        }
    }
}
