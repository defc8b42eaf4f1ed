//! Accounts of Pyth, written by its own types: what an oracle program would have stored for a price.

use anchor_lang::prelude::{AccountSerialize, Pubkey, pubkey};
use ballast_core::clearing::Reading;
use ballast_core::units::{Key, Timestamp};
use pyth_sdk_solana::state::{AccountType, MAGIC, PriceType, SolanaPriceAccount, VERSION_2};
use pyth_solana_receiver_sdk::price_update::{PriceFeedMessage, PriceUpdateV2};

pub use pyth_sdk_solana::state::PriceStatus;
pub use pyth_solana_receiver_sdk::price_update::VerificationLevel;

/// Program that owns the accounts of the pull oracle.
pub const PULL_OWNER: Pubkey = pyth_solana_receiver_sdk::ID;
/// Program that owns legacy price accounts.
pub const LEGACY_OWNER: Pubkey = pubkey!("FsJ3A3u2vn5cTVofAjvy6y5kwABJAqYWpe4975bi2epH");

/// Bytes of a legacy price account.
const LEGACY_SIZE: usize = 3_312;
const _: () = assert!(size_of::<SolanaPriceAccount>() == LEGACY_SIZE);

/// A published price and what decides whether it is read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PythPrice {
    /// Feed id. A legacy account is named by its own key and does not hold it.
    pub feed: Key,
    /// What the account says.
    pub reading: Reading,
    /// How many guardians' signatures were checked; only the pull oracle has it.
    pub verification: VerificationLevel,
    /// Whether the feed trades; only legacy accounts have it.
    pub status: PriceStatus,
}

impl PythPrice {
    /// A good price in 1e-8 USD: fully verified, trading, its moving average the same, its confidence interval two basis
    /// points, a second after the one before.
    #[must_use]
    pub fn new(feed: Key, price: i64, published_at: i64) -> Self {
        let reading = Reading {
            price,
            confidence: price.unsigned_abs().div_ceil(5_000),
            ema: price,
            exponent: -8,
            published_at: Timestamp(published_at),
            previous_published_at: Timestamp(published_at.saturating_sub(1)),
        };
        Self { feed, reading, verification: VerificationLevel::Full, status: PriceStatus::Trading }
    }

    /// Data of a `PriceUpdateV2` account.
    #[must_use]
    pub fn to_pull_account_data(self) -> Vec<u8> {
        let update = PriceUpdateV2 {
            write_authority: Pubkey::default(),
            verification_level: self.verification,
            price_message: PriceFeedMessage {
                feed_id: self.feed.0,
                price: self.reading.price,
                conf: self.reading.confidence,
                exponent: self.reading.exponent,
                publish_time: self.reading.published_at.0,
                prev_publish_time: self.reading.previous_published_at.0,
                ema_price: self.reading.ema,
                ema_conf: self.reading.confidence,
            },
            posted_slot: 0,
        };
        let mut data = Vec::with_capacity(PriceUpdateV2::LEN);
        assert!(update.try_serialize(&mut data).is_ok(), "a vector takes any bytes");
        // The account has room for the longer of the two verification levels.
        data.resize(PriceUpdateV2::LEN, 0);
        data
    }

    /// Data of a legacy price account.
    #[must_use]
    #[expect(clippy::as_conversions, reason = "the account holds its type's discriminant")]
    pub fn to_legacy_account_data(self) -> Vec<u8> {
        // Words, because the type wants their alignment; written in place, so that its padding is zero.
        let mut words = vec![0_u64; LEGACY_SIZE.div_ceil(size_of::<u64>())];
        let account: &mut SolanaPriceAccount = bytemuck::from_bytes_mut(bytemuck::cast_slice_mut(&mut words));
        account.magic = MAGIC;
        account.ver = VERSION_2;
        account.atype = AccountType::Price as u32;
        account.size = 3_312;
        account.ptype = PriceType::Price;
        account.expo = self.reading.exponent;
        account.timestamp = self.reading.published_at.0;
        account.prev_timestamp = self.reading.previous_published_at.0;
        account.ema_price.val = self.reading.ema;
        account.ema_conf.val = self.reading.confidence.cast_signed();
        account.agg.price = self.reading.price;
        account.agg.conf = self.reading.confidence;
        account.agg.status = self.status;
        bytemuck::cast_slice(&words).to_vec()
    }
}
