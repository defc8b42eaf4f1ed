//! Changes as bytes: every field in order, little-endian, which is what borsh writes.

use super::OracleKind;
use super::parameters::{CollateralTerms, ContractTerms, ExchangeParameters, UnderlyingTerms, VaultTerms};
use super::proposal::{Change, Roles};
use crate::error::{BallastError, Result};
use crate::model::{DepthTerms, FundingTerms, IndexTerms, WeightTerms};
use crate::units::{Key, Ratio, Tokens, Usd};

/// What can be written to bytes and read back.
pub(super) trait Packed: Sized {
    /// Writes it.
    ///
    /// # Errors
    /// `Overflow` when it does not fit.
    fn pack(&self, to: &mut Writer<'_>) -> Result<()>;

    /// Reads it.
    ///
    /// # Errors
    /// `WrongProposal` for bytes that nothing was written as.
    fn unpack(from: &mut Reader<'_>) -> Result<Self>;
}

/// Bytes still to be written.
pub(super) struct Writer<'a>(pub(super) &'a mut [u8]);

/// Bytes still to be read.
pub(super) struct Reader<'a>(pub(super) &'a [u8]);

impl Writer<'_> {
    fn put(&mut self, bytes: &[u8]) -> Result<()> {
        let (place, rest) =
            core::mem::take(&mut self.0).split_at_mut_checked(bytes.len()).ok_or(BallastError::Overflow)?;
        place.copy_from_slice(bytes);
        self.0 = rest;
        Ok(())
    }
}

impl Reader<'_> {
    fn take<const N: usize>(&mut self) -> Result<[u8; N]> {
        let (bytes, rest) = self.0.split_first_chunk().ok_or(BallastError::WrongProposal)?;
        self.0 = rest;
        Ok(*bytes)
    }
}

macro_rules! packed_integers {
    ($($carrier:ty),+) => {$(
        impl Packed for $carrier {
            fn pack(&self, to: &mut Writer<'_>) -> Result<()> {
                to.put(&self.to_le_bytes())
            }

            fn unpack(from: &mut Reader<'_>) -> Result<Self> {
                from.take().map(Self::from_le_bytes)
            }
        }
    )+};
}

macro_rules! packed_units {
    ($($name:ident),+) => {$(
        impl Packed for $name {
            fn pack(&self, to: &mut Writer<'_>) -> Result<()> {
                self.0.pack(to)
            }

            fn unpack(from: &mut Reader<'_>) -> Result<Self> {
                Packed::unpack(from).map(Self)
            }
        }
    )+};
}

macro_rules! packed_structs {
    ($($name:ident { $($field:ident),+ $(,)? })+) => {$(
        impl Packed for $name {
            fn pack(&self, to: &mut Writer<'_>) -> Result<()> {
                $(self.$field.pack(to)?;)+
                Ok(())
            }

            fn unpack(from: &mut Reader<'_>) -> Result<Self> {
                Ok(Self { $($field: Packed::unpack(from)?),+ })
            }
        }
    )+};
}

/// An enum whose variants are numbered as they stand.
macro_rules! packed_enum {
    ($name:ident { $($number:literal: $variant:ident($($field:ident),*)),+ $(,)? }) => {
        impl Packed for $name {
            fn pack(&self, to: &mut Writer<'_>) -> Result<()> {
                match self {
                    $(Self::$variant($($field),*) => {
                        to.put(&[$number])?;
                        $($field.pack(to)?;)*
                        Ok(())
                    })+
                }
            }

            fn unpack(from: &mut Reader<'_>) -> Result<Self> {
                match u8::unpack(from)? {
                    $($number => {
                        $(let $field = Packed::unpack(from)?;)*
                        Ok(Self::$variant($($field),*))
                    })+
                    _ => Err(BallastError::WrongProposal),
                }
            }
        }
    };
}

packed_integers!(u8, i8, u32, u64, i64);
packed_units!(Ratio, Usd, Tokens, Key);
packed_structs! {
    DepthTerms { quorum, longest_age, half_life, floor }
    IndexTerms { key, source, exponent, weight, longest_age, step }
    FundingTerms { hour_cap, day_cap }
    WeightTerms { base_haircut, k, horizon, fall_per_day, rise_per_day }
    UnderlyingTerms {
        oracle, kind, price_exponent, starting_sigma, sigma_floor, sigma_cap, half_lives, weights, clips, k, horizon,
        scan_minimum, scan_maximum, gamma, learning, up, down, confidence_limit, liquidation_fee, reward, depth,
        open_interest_limit, pace, index, prices_quote,
    }
    ContractTerms { underlying, size_exponent, open_interest_cap, funding, venues }
    CollateralTerms { underlying, weight, concentration_scale, discount }
    VaultTerms { cap, collateral }
    ExchangeParameters {
        timelock, trade_fee, insurance_share, reward_share, auction_seconds, draw_per_contract, draw_per_day,
        unstake_cooldown,
    }
    Roles { risk_manager, guardian, treasury }
}
packed_enum!(Change {
    0: CreateUnderlying(terms),
    1: CreateContract(terms),
    2: CreateVault(mint, terms),
    3: SetUnderlying(row, terms),
    4: SetContract(id, terms),
    5: SetVault(mint, terms),
    6: SetExchange(parameters),
    7: SetOracleOwners(owners),
    8: SetReporters(reporters),
    9: SetRoles(roles),
    10: WindDown(row),
});

impl Packed for bool {
    fn pack(&self, to: &mut Writer<'_>) -> Result<()> {
        to.put(&[u8::from(*self)])
    }

    fn unpack(from: &mut Reader<'_>) -> Result<Self> {
        match u8::unpack(from)? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(BallastError::WrongProposal),
        }
    }
}

impl Packed for OracleKind {
    fn pack(&self, to: &mut Writer<'_>) -> Result<()> {
        (*self == Self::Legacy).pack(to)
    }

    fn unpack(from: &mut Reader<'_>) -> Result<Self> {
        Ok(if bool::unpack(from)? { Self::Legacy } else { Self::Pull })
    }
}

impl<T: Packed> Packed for Option<T> {
    fn pack(&self, to: &mut Writer<'_>) -> Result<()> {
        self.is_some().pack(to)?;
        self.as_ref().map_or(Ok(()), |held| held.pack(to))
    }

    fn unpack(from: &mut Reader<'_>) -> Result<Self> {
        if bool::unpack(from)? { T::unpack(from).map(Some) } else { Ok(None) }
    }
}

impl<T: Packed + Copy + Default, const N: usize> Packed for [T; N] {
    fn pack(&self, to: &mut Writer<'_>) -> Result<()> {
        self.iter().try_for_each(|item| item.pack(to))
    }

    fn unpack(from: &mut Reader<'_>) -> Result<Self> {
        let mut items = [T::default(); N];
        for item in &mut items {
            *item = T::unpack(from)?;
        }
        Ok(items)
    }
}
