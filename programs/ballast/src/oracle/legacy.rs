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
    if !data.as_ptr().cast::<SolanaPriceAccount>().is_aligned() {
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
