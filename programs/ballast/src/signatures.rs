//! Orders that owners have signed off chain, read out of the transaction that carries them.
//!
//! The ed25519 program verifies the signature; the instructions sysvar tells what it has verified. That program takes key,
//! signature and message from wherever its offsets point, other instructions included: so only one shape is accepted, in
//! which one signature, its key and its message lie in the instruction itself, one after the other, and nothing else does.

use anchor_lang::prelude::{AccountInfo, Pubkey};
use ballast_core::BallastError;
use ballast_core::clearing::{ORDER_BYTES, Order, SignedOrder};
use ballast_core::units::Key;

/// The sysvar that holds the instructions of the transaction.
pub const INSTRUCTIONS: Pubkey = Pubkey::from_str_const("Sysvar1nstructions1111111111111111111111111");
/// The program that verifies signatures.
pub const ED25519: Pubkey = Pubkey::from_str_const("Ed25519SigVerify111111111111111111111111111");

/// How the data begins: one signature, padding; then signature at 48, key at 16 and message at 112, each with the number
/// that stands for the instruction itself, and the message's length.
pub const HEADER: [u8; 16] = [1, 0, 48, 0, 255, 255, 16, 0, 255, 255, 112, 0, MESSAGE[0], MESSAGE[1], 255, 255];
/// The message's length.
#[expect(clippy::as_conversions, clippy::cast_possible_truncation, reason = "a constant of 95")]
const MESSAGE: [u8; 2] = (ORDER_BYTES as u16).to_le_bytes();
/// Bytes of a key.
const KEY: usize = 32;
/// Bytes of a signature.
const SIGNATURE: usize = 64;

/// The order that the instruction at a place of the transaction, before the present one, has verified.
///
/// # Errors
/// `OrderUnsigned`, `OrderUnreadable`.
pub(crate) fn signed_order(sysvar: &AccountInfo<'_>, place: u8) -> Result<SignedOrder, BallastError> {
    let transaction = sysvar.try_borrow_data().map_err(|_| BallastError::OrderUnsigned)?;
    let data = verified(&transaction, place).ok_or(BallastError::OrderUnsigned)?;
    let (signer, message) = content(data).ok_or(BallastError::OrderUnsigned)?;
    Ok(SignedOrder { order: Order::read(message)?, signer })
}

/// Data of the ed25519 instruction at a place before the present instruction.
fn verified(transaction: &[u8], place: u8) -> Option<&[u8]> {
    let (_, present) = transaction.split_last_chunk()?;
    if u16::from(place) >= u16::from_le_bytes(*present) {
        return None;
    }
    // the number of instructions, the offset of each, then they themselves
    let (count, _) = transaction.split_first_chunk()?;
    if u16::from(place) >= u16::from_le_bytes(*count) {
        return None;
    }
    let entry = transaction.get(usize::from(place).checked_mul(2)?.checked_add(2)?..)?;
    let (offset, _) = entry.split_first_chunk()?;
    let instruction = transaction.get(usize::from(u16::from_le_bytes(*offset))..)?;
    // no accounts, the program, the data's length, the data
    let (accounts, rest) = instruction.split_first_chunk::<2>()?;
    let (program, rest) = rest.split_first_chunk::<KEY>()?;
    if *accounts != [0, 0] || *program != ED25519.to_bytes() {
        return None;
    }
    let (length, rest) = rest.split_first_chunk()?;
    rest.get(..usize::from(u16::from_le_bytes(*length)))
}

/// Key and message of an ed25519 instruction in the one accepted shape.
fn content(data: &[u8]) -> Option<(Key, &[u8])> {
    let (header, rest) = data.split_first_chunk::<16>()?;
    let (key, rest) = rest.split_first_chunk::<KEY>()?;
    let (_, message) = rest.split_first_chunk::<SIGNATURE>()?;
    (*header == HEADER && message.len() == ORDER_BYTES).then_some((Key(*key), message))
}

#[cfg(test)]
#[expect(clippy::arithmetic_side_effects, reason = "tests may panic")]
mod tests {
    use anchor_lang::solana_program::sysvar::instructions::{
        BorrowedAccountMeta, BorrowedInstruction, construct_instructions_data,
    };
    use ballast_core::clearing::OrderSide;
    use ballast_core::units::{PerLot, Timestamp};

    use super::*;

    const ORDER: Order = Order {
        exchange: Key([1; 32]),
        account: 2,
        opened_at: Timestamp(3),
        contract: 4,
        side: OrderSide::Sell,
        limit: PerLot(5),
        lots: 6,
        expires_at: Timestamp(7),
        sequence: 8,
    };

    fn data() -> Vec<u8> {
        [&HEADER[..], &[9; KEY], &[10; SIGNATURE], &ORDER.message()].concat()
    }

    /// A transaction: another instruction, one of a program with data, the present one.
    fn transaction(program: &Pubkey, data: &[u8], accounts: &[Pubkey]) -> Vec<u8> {
        let other = Pubkey::new_from_array([11; 32]);
        let meta = |pubkey| BorrowedAccountMeta { pubkey, is_signer: false, is_writable: true };
        let accounts = accounts.iter().map(meta).collect();
        let mut bytes = construct_instructions_data(&[
            BorrowedInstruction { program_id: &other, accounts: vec![meta(&other)], data: &[1, 2, 3] },
            BorrowedInstruction { program_id: program, accounts, data },
            BorrowedInstruction { program_id: &other, accounts: vec![], data: &[] },
        ]);
        let present = bytes.len() - 2;
        bytes[present..].copy_from_slice(&2_u16.to_le_bytes());
        bytes
    }

    fn read(transaction: &[u8], place: u8) -> Option<(Key, &[u8])> {
        content(verified(transaction, place)?)
    }

    #[test]
    fn an_order_is_found_at_its_place_only() {
        let transaction = transaction(&ED25519, &data(), &[]);
        let (key, message) = read(&transaction, 1).unwrap();
        assert_eq!((key, Order::read(message)), (Key([9; 32]), Ok(ORDER)));
        for place in [0, 2, 3, 4, u8::MAX] {
            assert_eq!(read(&transaction, place), None);
        }
    }

    #[test]
    fn nothing_is_read_before_the_present_instruction_has_come_that_far() {
        let mut transaction = transaction(&ED25519, &data(), &[]);
        let present = transaction.len() - 2;
        for (now, found) in [(0, false), (1, false), (2, true)] {
            transaction[present] = now;
            assert_eq!(read(&transaction, 1).is_some(), found);
        }
    }

    #[test]
    fn another_program_or_accounts_are_refused() {
        let other = Pubkey::new_from_array([12; 32]);
        assert_eq!(read(&transaction(&other, &data(), &[]), 1), None);
        assert_eq!(read(&transaction(&ED25519, &data(), &[other]), 1), None);
    }

    #[test]
    fn every_other_header_and_length_is_refused() {
        for (place, bit) in (0..HEADER.len()).flat_map(|place| (0..8).map(move |bit| (place, bit))) {
            let mut forged = data();
            forged[place] ^= 1 << bit;
            assert_eq!(read(&transaction(&ED25519, &forged, &[]), 1), None, "bit {bit} of byte {place}");
        }
        for length in 0..data().len() {
            assert_eq!(read(&transaction(&ED25519, &data()[..length], &[]), 1), None);
        }
        let longer = [data(), vec![0]].concat();
        assert_eq!(read(&transaction(&ED25519, &longer, &[]), 1), None);
    }

    #[test]
    fn bytes_that_are_no_transaction_are_refused() {
        let sound = transaction(&ED25519, &data(), &[]);
        for length in 0..sound.len() {
            let mut short = sound[..length].to_vec();
            // whatever the end is taken for, the message's last bytes too
            short.extend_from_slice(&[255, 255]);
            let found = read(&short, 1);
            assert!(found.is_none() || length >= sound.len() - 40, "{length}");
        }
        assert_eq!(read(&[], 0), None);
    }
}
