//! Account bytes to a reading. What the values are worth is judged in core.

#[cfg(test)]
mod fixture;
mod legacy;
mod pull;

use anchor_lang::prelude::AccountInfo;
use ballast_core::BallastError;
use ballast_core::clearing::Reading;
use ballast_core::model::{IndexSource, IndexTerms};
use ballast_core::state::{Exchange, OracleKind, UnderlyingRow};
use ballast_core::units::Key;

use crate::instructions::key_of;

/// Reads the price of an underlying out of its oracle account.
///
/// # Errors
/// `OracleOwner`, `OracleKind`, `OracleFeed`, `OracleUnverified`, `OracleNotTrading`.
pub(crate) fn read(
    account: &AccountInfo<'_>,
    row: &UnderlyingRow,
    exchange: &Exchange,
) -> Result<Reading, BallastError> {
    read_as(account, row.kind(), row.oracle, exchange)
}

/// Reads the volatility index of an underlying out of its oracle account.
///
/// # Errors
/// `IndexMissing` when the underlying names no feed, and as [`read`].
pub(crate) fn read_index(
    account: &AccountInfo<'_>,
    terms: &IndexTerms,
    exchange: &Exchange,
) -> Result<Reading, BallastError> {
    match terms.source() {
        IndexSource::Pull => read_as(account, OracleKind::Pull, terms.key, exchange),
        IndexSource::Legacy => read_as(account, OracleKind::Legacy, terms.key, exchange),
        IndexSource::None | IndexSource::Authority => Err(BallastError::IndexMissing),
    }
}

fn read_as(
    account: &AccountInfo<'_>,
    kind: OracleKind,
    named: Key,
    exchange: &Exchange,
) -> Result<Reading, BallastError> {
    if !exchange.allows_oracle(Key(account.owner.to_bytes())) {
        return Err(BallastError::OracleOwner);
    }
    let data = account.try_borrow_data().map_err(|_| BallastError::OracleKind)?;
    match kind {
        OracleKind::Pull => pull::read(&data, named),
        OracleKind::Legacy if key_of(account) == named => legacy::read(&data),
        OracleKind::Legacy => Err(BallastError::OracleFeed),
    }
}

#[cfg(test)]
mod tests {
    use anchor_lang::prelude::Pubkey;
    use ballast_core::clearing::Reading;
    use bytemuck::Zeroable;

    use super::fixture::{LEGACY_OWNER, PULL_OWNER, PythPrice};
    use super::*;

    const NAME: Key = Key([7; 32]);

    fn exchange(owners: &[Pubkey]) -> Exchange {
        let mut exchange = Exchange::zeroed();
        for (place, owner) in exchange.oracle_owners.iter_mut().zip(owners) {
            *place = Key(owner.to_bytes());
        }
        exchange
    }

    fn row(kind: OracleKind) -> UnderlyingRow {
        let oracle_kind = u8::from(kind == OracleKind::Legacy);
        UnderlyingRow { oracle: NAME, oracle_kind, ..UnderlyingRow::zeroed() }
    }

    fn price() -> PythPrice {
        PythPrice::new(NAME, 6_000_000_000_000, 1_700_000_000)
    }

    /// Reads `data` as that of account `key` of `owner`, on an exchange that allows Pyth's two programs.
    fn read_at(kind: OracleKind, key: Key, owner: Pubkey, data: &mut [u8]) -> Result<Reading, BallastError> {
        let key = Pubkey::new_from_array(key.0);
        let mut lamports = 1;
        let account = AccountInfo::new(&key, false, false, &mut lamports, data, &owner, false);
        read(&account, &row(kind), &exchange(&[PULL_OWNER, LEGACY_OWNER]))
    }

    #[test]
    fn each_kind_is_read() {
        let mut pull = price().to_pull_account_data();
        assert_eq!(read_at(OracleKind::Pull, Key([1; 32]), PULL_OWNER, &mut pull), Ok(price().reading));
        let mut legacy = price().to_legacy_account_data();
        assert_eq!(read_at(OracleKind::Legacy, NAME, LEGACY_OWNER, &mut legacy), Ok(price().reading));
    }

    #[test]
    fn owners_that_the_exchange_does_not_allow_are_refused() {
        let mut pull = price().to_pull_account_data();
        let mut legacy = price().to_legacy_account_data();
        // The system program's address is what unused places of the list hold.
        for owner in [Pubkey::default(), crate::ID, Pubkey::new_from_array([9; 32])] {
            assert_eq!(read_at(OracleKind::Pull, NAME, owner, &mut pull), Err(BallastError::OracleOwner));
            assert_eq!(read_at(OracleKind::Legacy, NAME, owner, &mut legacy), Err(BallastError::OracleOwner));
        }
    }

    #[test]
    fn a_kind_is_not_read_as_the_other() {
        let mut pull = price().to_pull_account_data();
        assert_eq!(read_at(OracleKind::Legacy, NAME, PULL_OWNER, &mut pull), Err(BallastError::OracleKind));
        let mut legacy = price().to_legacy_account_data();
        assert_eq!(read_at(OracleKind::Pull, NAME, LEGACY_OWNER, &mut legacy), Err(BallastError::OracleKind));
    }

    #[test]
    fn another_legacy_account_is_refused() {
        let mut legacy = price().to_legacy_account_data();
        assert_eq!(read_at(OracleKind::Legacy, Key([8; 32]), LEGACY_OWNER, &mut legacy), Err(BallastError::OracleFeed));
    }

    #[test]
    fn a_borrowed_account_is_refused() {
        let key = Pubkey::default();
        let mut lamports = 1;
        let mut data = price().to_pull_account_data();
        let account = AccountInfo::new(&key, false, true, &mut lamports, &mut data, &PULL_OWNER, false);
        let held = account.try_borrow_mut_data().unwrap();
        let refused = read(&account, &row(OracleKind::Pull), &exchange(&[PULL_OWNER]));
        assert_eq!(refused, Err(BallastError::OracleKind));
        drop(held);
    }

    /// Marsaglia's xorshift64.
    fn random(state: &mut u64) -> u64 {
        *state ^= *state << 13;
        *state ^= *state >> 7;
        *state ^= *state << 17;
        *state
    }

    #[test]
    fn no_bytes_panic() {
        let state = &mut 0x9e37_79b9_7f4a_7c15;
        let originals = [price().to_pull_account_data(), price().to_legacy_account_data()];
        let mut read_ones = 0;
        for round in 0..40_000 {
            let mut data = if round % 2 == 0 {
                // Nothing but noise.
                (0..random(state) % 4_000).map(|_| random(state).to_le_bytes()[0]).collect()
            } else {
                // An account with a few bytes changed, now and then cut.
                let mut data = originals[usize::from(round % 4 == 1)].clone();
                for _ in 0..random(state) % 4 {
                    let length = data.len().min(256);
                    data[usize::try_from(random(state)).unwrap() % length] = random(state).to_le_bytes()[0];
                }
                if random(state).is_multiple_of(8) {
                    data.truncate(usize::try_from(random(state)).unwrap() % data.len());
                }
                data
            };
            let shift = usize::try_from(random(state)).unwrap() % 16 % (data.len() + 1);
            for kind in [OracleKind::Pull, OracleKind::Legacy] {
                for start in [0, shift] {
                    read_ones += usize::from(read_at(kind, NAME, PULL_OWNER, &mut data[start..]).is_ok());
                }
            }
        }
        assert!(read_ones > 1_000, "most changed accounts should still reach the end: {read_ones}");
    }
}
