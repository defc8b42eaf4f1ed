//! A chain that holds one state, to which every attempt is made anew.

use std::path::Path;

use anchor_lang::prelude::{Clock, Pubkey};
use anchor_lang::solana_program::instruction::Instruction;
use anchor_spl::token::spl_token::error::TokenError;
use ballast_tests::Snapshot;
use litesvm::LiteSVM;
use solana_account::Account;
use solana_transaction::{InstructionError, Message, Transaction};
use solana_transaction_error::TransactionError;

/// Pays the fees of every transaction, and stands in no instruction.
const PAYER: Pubkey = Pubkey::new_from_array([0xFE; 32]);

/// A chain that holds one state.
pub struct Machine {
    chain: LiteSVM,
    state: Snapshot,
}

impl Machine {
    /// Loads the artifact and a state at a time.
    pub fn holding(state: &Snapshot, (unix_timestamp, slot): (i64, u64)) -> Self {
        let folder = std::env::var_os("SBF_OUT_DIR")
            .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/deploy"), Into::into);
        let mut chain = LiteSVM::new().with_sigverify(false).with_blockhash_check(false).with_transaction_history(0);
        chain.add_program_from_file(ballast::ID, folder.join("ballast.so")).unwrap();
        chain.set_sysvar(&Clock { slot, unix_timestamp, ..Clock::default() });
        let wallet = Account { lamports: 1_000_000_000_000, ..Account::default() };
        chain.set_account(PAYER, wallet).unwrap();
        let mut machine = Self { chain, state: state.clone() };
        machine.restore();
        machine
    }

    /// Writes the state again, after an attempt that changed it.
    fn restore(&mut self) {
        for (address, account) in &self.state {
            self.chain.set_account(*address, account.clone()).unwrap();
        }
    }

    /// Sends an instruction after others while some accounts are other than they were. Returns the name of its error, or
    /// none when it passes; afterwards the state is as before.
    pub fn attempt(
        &mut self,
        before: &[Instruction],
        instruction: Instruction,
        changed: &[(Pubkey, Account)],
    ) -> Option<String> {
        for (address, account) in changed {
            self.chain.set_account(*address, account.clone()).unwrap();
        }
        let all = [before, &[instruction]].concat();
        let message = Message::new(&all, Some(&PAYER));
        let outcome = self.chain.send_transaction(Transaction::new_unsigned(message));
        let error = outcome.err().map(|failure| name_of(&failure.err, &failure.meta.logs));
        if error.is_some() {
            self.assert_unchanged(changed);
        }
        for (address, _) in changed {
            if !self.state.contains_key(address) {
                self.chain.set_account(*address, Account::default()).unwrap();
            }
        }
        if error.is_none() {
            self.restore();
        } else {
            for (address, _) in changed {
                if let Some(account) = self.state.get(address) {
                    self.chain.set_account(*address, account.clone()).unwrap();
                }
            }
        }
        error
    }

    /// Accounts that an instruction made are gone again.
    pub fn forget(&mut self, addresses: &[Pubkey]) {
        for address in addresses.iter().filter(|address| !self.state.contains_key(address)) {
            if self.chain.get_account(address).is_some_and(|account| !account.executable) {
                self.chain.set_account(*address, Account::default()).unwrap();
            }
        }
    }

    fn assert_unchanged(&self, changed: &[(Pubkey, Account)]) {
        for (address, before) in &self.state {
            let before = changed.iter().find(|(at, _)| at == address).map_or(before, |(_, account)| account);
            let after = self.chain.get_account(address).unwrap_or_default();
            let same = after.lamports == before.lamports && after.data == before.data && after.owner == before.owner;
            assert!(same || before.lamports == 0, "a failed instruction changed {address}");
        }
    }
}

/// The name of an error, as whoever raised it calls it.
fn name_of(error: &TransactionError, logs: &[String]) -> String {
    let TransactionError::InstructionError(_, error) = error else {
        return format!("{error:?}");
    };
    let InstructionError::Custom(code) = error else {
        return format!("{error:?}");
    };
    // Anchor says the names of its errors and the program's
    if let Some(name) = logs.iter().rev().find_map(|line| line.split_once("Error Code: ").map(|(_, rest)| rest)) {
        return name.split('.').next().unwrap().to_owned();
    }
    let failed = logs.iter().find_map(|line| line.strip_prefix("Program ")?.split_once(" failed").map(|(id, _)| id));
    match failed {
        Some(id) if id == Pubkey::default().to_string() => format!("System({code})"),
        Some(id) if id == anchor_spl::token::ID.to_string() => format!("Token({})", token_error(*code)),
        _ => format!("Custom({code})"),
    }
}

fn token_error(code: u32) -> String {
    let known = [
        TokenError::InsufficientFunds,
        TokenError::MintMismatch,
        TokenError::OwnerMismatch,
        TokenError::AlreadyInUse,
        TokenError::UninitializedState,
    ];
    known
        .into_iter()
        .find(|error| error.clone() as u32 == code)
        .map_or_else(|| code.to_string(), |error| format!("{error:?}"))
}
