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
