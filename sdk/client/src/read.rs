//! Typed views of account data.

use anchor_lang::Discriminator;
use bytemuck::Pod;

/// Why account data could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The data is shorter or longer than the type.
    #[error("the account has {found} bytes, its type has {expected}")]
    Length {
        /// Bytes found.
        found: usize,
        /// Bytes of the type, discriminator included.
        expected: usize,
    },
    /// The first eight bytes name another type.
    #[error("the account is of another type")]
    Discriminator,
}

/// Copies an account of the program out of its data.
///
/// # Errors
/// [`ReadError`] when length or discriminator are not the type's.
///
/// ```
/// use ballast_client::read::{ReadError, account};
/// use ballast_core::state::Vault;
///
/// let mut data = vec![0; Vault::SPACE];
/// assert_eq!(account::<Vault>(&data), Err(ReadError::Discriminator));
/// data[..8].copy_from_slice(&Vault::DISCRIMINATOR);
/// assert!(account::<Vault>(&data).is_ok());
/// ```
pub fn account<T: Pod + Discriminator>(data: &[u8]) -> Result<T, ReadError> {
    let expected = size_of::<T>().saturating_add(8);
    if data.len() != expected {
        return Err(ReadError::Length { found: data.len(), expected });
    }
    let (discriminator, body) = data.split_at(8);
    if discriminator != T::DISCRIMINATOR {
        return Err(ReadError::Discriminator);
    }
    bytemuck::try_pod_read_unaligned(body).map_err(|_| ReadError::Length { found: data.len(), expected })
}

/// An account of the program as it lies on chain: the reverse of [`account`].
#[must_use]
pub fn data_of<T: Pod + Discriminator>(account: &T) -> Vec<u8> {
    let mut data = T::DISCRIMINATOR.to_vec();
    data.extend_from_slice(bytemuck::bytes_of(account));
    data
}
