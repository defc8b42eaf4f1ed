//! Units as types. Only products that mean something exist; all of them are checked.
//!
//! | type | carrier | unit |
//! |---|---|---|
//! | [`Price`] | `u64` | 1e-8 USD per 10^n tokens of an underlying |
//! | [`Usd`] | `i64` | 1e-6 USD |
//! | [`Tokens`] | `u64` | smallest unit of a mint |
//! | [`PerLot`] | `i64` | 1e-12 USD per lot |
//! | [`PerToken`] | `u64` | 1e-15 USD per smallest unit of a mint |
//! | [`Size`] | `i64` | lots, signed |
//! | [`Shares`] | `u64` | shares of an insurance fund |
//! | [`Ratio`] | `i64` | 1e-9 |
//! | [`Scan`] | `u64` | 1e-12; a scan range, fine enough for a ramp |
//! | [`Variance`] | `u64` | 1e-18 per second |
//! | [`Timestamp`] | `i64` | Unix seconds |
//! | [`Notional`] | `i128` | 1e-12 USD, never stored |
//! | [`Fine`] | `u128` | 1e-24 USD, never stored |

use crate::error::{BallastError, Result};
use crate::math;

macro_rules! unit {
    ($(#[$doc:meta])* $name:ident($carrier:ty)) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, bytemuck::Pod, bytemuck::Zeroable)]
        #[cfg_attr(feature = "anchor", derive(anchor_lang::prelude::borsh::BorshSerialize, anchor_lang::prelude::borsh::BorshDeserialize))]
        #[cfg_attr(feature = "anchor", borsh(crate = "anchor_lang::prelude::borsh"))]
        #[repr(transparent)]
        pub struct $name(pub $carrier);

        impl $name {
            /// Nothing.
            pub const ZERO: Self = Self(0);

            /// Sum.
            ///
            /// # Errors
            /// `Overflow` outside the carrier.
            pub const fn plus(self, other: Self) -> Result<Self> {
                match self.0.checked_add(other.0) {
                    Some(sum) => Ok(Self(sum)),
                    None => Err(BallastError::Overflow),
                }
            }

            /// Difference.
            ///
            /// # Errors
            /// `Overflow` outside the carrier.
            pub const fn minus(self, other: Self) -> Result<Self> {
                match self.0.checked_sub(other.0) {
                    Some(difference) => Ok(Self(difference)),
                    None => Err(BallastError::Overflow),
                }
            }
        }

        #[cfg(feature = "idl-build")]
        impl anchor_lang::IdlBuild for $name {
            fn create_type() -> Option<anchor_lang::idl::types::IdlTypeDef> {
                use anchor_lang::idl::types::{IdlSerialization, IdlTypeDef, IdlTypeDefTy};
                Some(IdlTypeDef {
                    name: stringify!($name).to_string(),
                    docs: Vec::new(),
                    serialization: IdlSerialization::Borsh,
                    repr: None,
                    generics: Vec::new(),
                    ty: IdlTypeDefTy::Type { alias: stringify!($carrier).parse().ok()? },
                })
            }

            fn get_full_path() -> String {
                stringify!($name).to_string()
            }
        }
    };
}

unit! {
    /// 1e-8 USD per 10^n tokens, n being the underlying's price exponent.
    Price(u64)
}
unit! {
    /// 1e-6 USD, one unit of the quote mint.
    Usd(i64)
}
unit! {
    /// Smallest units of a mint.
    Tokens(u64)
}
unit! {
    /// 1e-12 USD per lot of a contract.
    PerLot(i64)
}
unit! {
    /// 1e-15 USD per smallest unit of a mint.
    PerToken(u64)
}
unit! {
    /// Lots, signed: positive is long.
    Size(i64)
}
unit! {
    /// Shares of an insurance fund; one is worth a unit of USD where a fund begins.
    Shares(u64)
}
unit! {
    /// 1e-9.
    Ratio(i64)
}
unit! {
    /// A scan range, 1e-12: the price move, as a fraction, that margin must survive.
    Scan(u64)
}
unit! {
    /// 1e-18 per second. Its square root over a horizon is a fraction of the price.
    Variance(u64)
}
unit! {
    /// Unix seconds.
    Timestamp(i64)
}

#[cfg(feature = "idl-build")]
impl anchor_lang::IdlBuild for Key {
    fn create_type() -> Option<anchor_lang::idl::types::IdlTypeDef> {
        use anchor_lang::idl::types::{IdlSerialization, IdlType, IdlTypeDef, IdlTypeDefTy};
        Some(IdlTypeDef {
            name: "Key".to_string(),
            docs: Vec::new(),
            serialization: IdlSerialization::Borsh,
            repr: None,
            generics: Vec::new(),
            ty: IdlTypeDefTy::Type { alias: IdlType::Pubkey },
        })
    }

    fn get_full_path() -> String {
        "Key".to_string()
    }
}

/// 32 bytes that name an account, a mint, a wallet or a feed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, bytemuck::Pod, bytemuck::Zeroable)]
#[cfg_attr(
    feature = "anchor",
    derive(anchor_lang::prelude::borsh::BorshSerialize, anchor_lang::prelude::borsh::BorshDeserialize)
)]
#[cfg_attr(feature = "anchor", borsh(crate = "anchor_lang::prelude::borsh"))]
#[repr(transparent)]
pub struct Key(pub [u8; 32]);

impl Key {
    /// The key that names nothing.
    pub const NONE: Self = Self([0; 32]);

    /// Whether this names something.
    #[must_use]
    pub fn is_some(self) -> bool {
        self != Self::NONE
    }
}

/// 1e-12 USD: the product of a size and a value per lot, and sums of such. Never stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Notional(pub i128);

/// 1e-24 USD: the product of a notional and a scan range, or of tokens, their value and a weight. Never stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fine(pub u128);

/// [`Ratio`] of one.
pub const ONE: Ratio = Ratio(1_000_000_000);
/// [`Scan`] of one.
pub const SCAN_ONE: Scan = Scan(1_000_000_000_000);
/// Seconds of a day.
pub const DAY: u64 = 86_400;
/// Units of [`Notional`] in one of [`Usd`].
pub const NOTIONAL_PER_USD: u64 = 1_000_000;
/// Units of [`Fine`] in one of [`Usd`].
pub const FINE_PER_USD: u64 = 1_000_000_000_000_000_000;
/// Units of [`Scan`] in one of [`Ratio`].
const SCAN_PER_RATIO: u64 = 1_000;

impl Usd {
    /// Whole dollars.
    ///
    /// # Errors
    /// `Overflow` beyond 9.2e12 USD.
    pub const fn dollars(dollars: i64) -> Result<Self> {
        match dollars.checked_mul(1_000_000) {
            Some(units) => Ok(Self(units)),
            None => Err(BallastError::Overflow),
        }
    }

    /// The same amount on the other side of a booking.
    ///
    /// # Errors
    /// `Overflow` of the smallest `i64`.
    pub const fn negated(self) -> Result<Self> {
        match self.0.checked_neg() {
            Some(units) => Ok(Self(units)),
            None => Err(BallastError::Overflow),
        }
    }

    /// A fraction of this amount, rounded up (away from the party that receives nothing for it).
    ///
    /// # Errors
    /// `Overflow` outside the carrier; a negative amount or ratio.
    pub fn fraction_up(self, ratio: Ratio) -> Result<Self> {
        Ok(Self(signed(math::mul_div_ceil(magnitude(self.0)?, ratio.unsigned()?, ONE.0.unsigned_abs())?)?))
    }

    /// A fraction of this amount, rounded down.
    ///
    /// # Errors
    /// `Overflow` outside the carrier; a negative amount or ratio.
    pub fn fraction_down(self, ratio: Ratio) -> Result<Self> {
        Ok(Self(signed(math::mul_div_floor(magnitude(self.0)?, ratio.unsigned()?, ONE.0.unsigned_abs())?)?))
    }
}

impl Ratio {
    /// Parts in a hundred.
    #[must_use]
    pub const fn percent(parts: i64) -> Self {
        Self(parts.saturating_mul(10_000_000))
    }

    /// Parts in ten thousand.
    #[must_use]
    pub const fn basis_points(parts: i64) -> Self {
        Self(parts.saturating_mul(100_000))
    }

    /// The ratio as a magnitude.
    ///
    /// # Errors
    /// `Overflow` below zero.
    pub fn unsigned(self) -> Result<u64> {
        magnitude(self.0)
    }

    /// The same fraction in the finer unit.
    ///
    /// # Errors
    /// `Overflow` below zero or above 1.8e7.
    pub fn scan(self) -> Result<Scan> {
        math::times::<SCAN_PER_RATIO>(self.unsigned()?).map(Scan).ok_or(BallastError::Overflow)
    }
}

impl Scan {
    /// The same fraction in the coarser unit, rounded up.
    ///
    /// # Errors
    /// Never within the carrier.
    pub fn ratio_up(self) -> Result<Ratio> {
        signed(self.0.div_ceil(SCAN_PER_RATIO)).map(Ratio)
    }

    /// This scan range times a ratio, rounded up.
    ///
    /// # Errors
    /// `Overflow` outside the carrier.
    pub fn times_up(self, ratio: Ratio) -> Result<Self> {
        math::mul_div_ceil(self.0, ratio.unsigned()?, ONE.0.unsigned_abs()).map(Self)
    }
}

impl Timestamp {
    /// Seconds from `earlier` to this time; 0 when `earlier` lies ahead.
    #[must_use]
    pub const fn since(self, earlier: Self) -> u64 {
        let seconds = self.0.saturating_sub(earlier.0);
        if seconds < 0 { 0 } else { seconds.unsigned_abs() }
    }

    /// This time and `seconds` more.
    ///
    /// # Errors
    /// `Overflow` at the end of time.
    pub fn after(self, seconds: u64) -> Result<Self> {
        self.0.checked_add_unsigned(seconds).map(Self).ok_or(BallastError::Overflow)
    }
}

impl Size {
    /// Lots without direction.
    #[must_use]
    pub const fn lots(self) -> u64 {
        self.0.unsigned_abs()
    }

    /// The opposite position.
    ///
    /// # Errors
    /// `Overflow` of the smallest `i64`.
    pub fn negated(self) -> Result<Self> {
        self.0.checked_neg().map(Self).ok_or(BallastError::Overflow)
    }

    /// Value of this many lots, exactly.
    #[must_use]
    pub fn at(self, value: PerLot) -> Notional {
        Notional(math::wide(self.0, value.0))
    }

    /// Change of an index in whole units of USD per lot, applied to this many lots, exactly.
    ///
    /// # Errors
    /// `Overflow` outside the carrier.
    pub fn times_index(self, change: Usd) -> Result<Usd> {
        math::narrow(self.0, change.0).map(Usd)
    }
}

impl Notional {
    /// Sum.
    ///
    /// # Errors
    /// `Overflow` outside the carrier.
    pub fn plus(self, other: Self) -> Result<Self> {
        self.0.checked_add(other.0).map(Self).ok_or(BallastError::Overflow)
    }

    /// An amount of USD in this unit, exactly.
    #[must_use]
    pub fn of(amount: Usd) -> Self {
        Self(math::wide(amount.0, 1_000_000))
    }

    /// Rounded down to whole units of USD: against the account whose value this is.
    ///
    /// # Errors
    /// `Overflow` outside the carrier.
    pub fn usd_down(self) -> Result<Usd> {
        math::div_floor(self.0, NOTIONAL_PER_USD).map(Usd)
    }

    /// Rounded up to whole units of USD.
    ///
    /// # Errors
    /// `Overflow` outside the carrier.
    pub fn usd_up(self) -> Result<Usd> {
        math::div_ceil(self.0, NOTIONAL_PER_USD).map(Usd)
    }

    /// What a move of `scan` loses on this notional, whichever its direction.
    ///
    /// # Errors
    /// `Overflow` beyond 3.4e14 USD.
    #[inline(always)]
    pub fn loss(self, scan: Scan) -> Result<Fine> {
        math::wide_mul(self.0.unsigned_abs(), scan.0).map(Fine)
    }
}

impl Fine {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// Sum.
    ///
    /// # Errors
    /// `Overflow` outside the carrier.
    pub fn plus(self, other: Self) -> Result<Self> {
        self.0.checked_add(other.0).map(Self).ok_or(BallastError::Overflow)
    }

    /// Rounded up to whole units of USD, as a requirement is.
    ///
    /// # Errors
    /// `Overflow` outside the carrier.
    pub fn usd_up(self) -> Result<Usd> {
        math::udiv_ceil(self.0, FINE_PER_USD).and_then(signed).map(Usd)
    }

    /// Rounded down to whole units of USD, as a credit is.
    ///
    /// # Errors
    /// `Overflow` outside the carrier.
    pub fn usd_down(self) -> Result<Usd> {
        math::udiv_floor(self.0, FINE_PER_USD).and_then(signed).map(Usd)
    }
}

impl Tokens {
    /// Value of these tokens, weighted.
    ///
    /// # Errors
    /// `Overflow` beyond 3.4e14 USD, or a negative weight.
    pub fn weighted(self, value: PerToken, weight: Ratio) -> Result<Fine> {
        math::wide_mul(math::wide_u(self.0, value.0), weight.unsigned()?).map(Fine)
    }

    /// Value of these tokens at par, rounded down.
    ///
    /// # Errors
    /// `Overflow` outside the carrier.
    pub fn value_down(self, value: PerToken) -> Result<Usd> {
        self.weighted(value, ONE)?.usd_down()
    }
}

/// A number that is not negative, as a magnitude.
///
/// # Errors
/// `Overflow` below zero.
pub fn magnitude(value: i64) -> Result<u64> {
    u64::try_from(value).map_err(|_| BallastError::Overflow)
}

/// A magnitude as a signed number.
///
/// # Errors
/// `Overflow` above the largest `i64`.
pub fn signed(value: u64) -> Result<i64> {
    i64::try_from(value).map_err(|_| BallastError::Overflow)
}
