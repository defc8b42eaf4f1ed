//! Pyth's legacy price account, named by its key.

use core::mem::offset_of;

use ballast_core::BallastError;
use ballast_core::clearing::Reading;
use ballast_core::units::Timestamp;
use pyth_sdk_solana::state::{SolanaPriceAccount, load_price_account};

/// Place of the kind of price.
const KIND_AT: usize = offset_of!(SolanaPriceAccount, ptype);
/// `PriceType::Price`, the one kind there is.
const PRICE: u8 = 1;
/// Place of the aggregate's status.
const STATUS_AT: usize = offset_of!(SolanaPriceAccount, agg.status);
/// `PriceStatus::Trading`.
const TRADING: u8 = 1;

/// Reads the aggregate of a trading feed.
///
/// The SDK's loader casts. It panics on misaligned bytes, and its enums may hold what no variant stands for: so
/// alignment is checked first, and enums are compared as bytes.
pub(super) fn read(data: &[u8]) -> Result<Reading, BallastError> {
    if !data.as_ptr().addr().is_multiple_of(align_of::<SolanaPriceAccount>()) {
        return Err(BallastError::OracleKind);
    }
    let account = load_price_account::<32, ()>(data).map_err(|_| BallastError::OracleKind)?;
    if data.get(KIND_AT) != Some(&PRICE) {
        return Err(BallastError::OracleKind);
    }
    if data.get(STATUS_AT) != Some(&TRADING) {
        return Err(BallastError::OracleNotTrading);
    }
    Ok(Reading {
        price: account.agg.price,
        confidence: account.agg.conf,
        ema: account.ema_price.val,
        exponent: account.expo,
        published_at: Timestamp(account.timestamp),
        previous_published_at: Timestamp(account.prev_timestamp),
    })
}

#[cfg(test)]
mod tests {
    use ballast_core::units::Key;
    use pyth_sdk_solana::state::{MAGIC, PriceStatus};

    use super::*;
    use crate::oracle::fixture::PythPrice;

    fn price() -> PythPrice {
        PythPrice {
            reading: Reading {
                price: 6_789_012_345_678,
                confidence: 1_234_567_890,
                ema: 6_780_000_000_001,
                exponent: -8,
                published_at: Timestamp(1_718_000_000),
                previous_published_at: Timestamp(1_717_999_999),
            },
            ..PythPrice::new(Key::NONE, 0, 0)
        }
    }

    #[test]
    fn the_sdk_lays_the_enums_so() {
        assert_eq!((KIND_AT, STATUS_AT), (16, 224));
        let data = price().to_legacy_account_data();
        assert_eq!((data[KIND_AT], data[STATUS_AT]), (PRICE, TRADING));
    }

    #[test]
    fn reads_what_the_sdk_wrote() {
        assert_eq!(read(&price().to_legacy_account_data()), Ok(price().reading));
    }

    #[test]
    fn reads_the_layout_that_is_live() {
        let mut data = vec![0; 3_312];
        data[..4].copy_from_slice(&[0xd4, 0xc3, 0xb2, 0xa1]);
        data[4] = 2;
        data[8] = 3;
        data[16] = 1;
        data[20..24].copy_from_slice(&(-8_i32).to_le_bytes());
        data[48..56].copy_from_slice(&6_780_000_000_001_i64.to_le_bytes());
        data[96..104].copy_from_slice(&1_718_000_000_i64.to_le_bytes());
        data[200..208].copy_from_slice(&1_717_999_999_i64.to_le_bytes());
        data[208..216].copy_from_slice(&6_789_012_345_678_i64.to_le_bytes());
        data[216..224].copy_from_slice(&1_234_567_890_u64.to_le_bytes());
        data[224] = 1;
        assert_eq!(read(&data), Ok(price().reading));
    }

    #[test]
    fn reads_accounts_with_room_for_more_publishers() {
        let mut data = price().to_legacy_account_data();
        data.resize(12_576, 0xff);
        assert_eq!(read(&data), Ok(price().reading));
    }

    #[test]
    fn a_feed_that_does_not_trade_is_refused() {
        use PriceStatus::{Auction, Halted, Ignored, Unknown};
        for status in [Unknown, Halted, Auction, Ignored] {
            let data = PythPrice { status, ..price() }.to_legacy_account_data();
            assert_eq!(read(&data), Err(BallastError::OracleNotTrading));
        }
        let mut data = price().to_legacy_account_data();
        for status in 5..=u8::MAX {
            data[STATUS_AT] = status;
            assert_eq!(read(&data), Err(BallastError::OracleNotTrading));
        }
    }

    #[test]
    fn another_type_of_account_is_refused() {
        // Magic, version, type of account, kind of price.
        for place in [0, 3, 4, 7, 8, 11, KIND_AT] {
            let mut data = price().to_legacy_account_data();
            data[place] ^= 4;
            assert_eq!(read(&data), Err(BallastError::OracleKind), "byte {place}");
        }
        let mut product = price().to_legacy_account_data();
        product[8] = 2;
        assert_eq!(read(&product), Err(BallastError::OracleKind));
        product.fill(0);
        assert_eq!(read(&product), Err(BallastError::OracleKind), "a closed account");
    }

    #[test]
    fn a_cut_account_is_refused() {
        let data = price().to_legacy_account_data();
        for length in 0..data.len() {
            assert_eq!(read(&data[..length]), Err(BallastError::OracleKind));
        }
        assert_eq!(read(&MAGIC.to_le_bytes()), Err(BallastError::OracleKind));
    }

    #[test]
    fn misaligned_bytes_are_refused() {
        let data = price().to_legacy_account_data();
        for shift in 1..8 {
            let mut words = vec![0_u64; data.len().div_ceil(8) + 1];
            let bytes: &mut [u8] = bytemuck::cast_slice_mut(&mut words);
            bytes[shift..shift + data.len()].copy_from_slice(&data);
            assert_eq!(read(&bytes[shift..]), Err(BallastError::OracleKind));
        }
    }
}
