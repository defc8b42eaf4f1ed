//! A chain with the program's artifact on it, which tells what an instruction costs.

use std::path::{Path, PathBuf};

use anchor_lang::Discriminator;
use anchor_lang::prelude::{Clock, Pubkey};
use anchor_lang::solana_program::instruction::Instruction;
use ballast_client::read;
use bytemuck::Pod;
use litesvm::LiteSVM;
use solana_account::Account;
use solana_transaction::{Message, Transaction};

const COMPUTE_BUDGET: Pubkey = Pubkey::from_str_const("ComputeBudget111111111111111111111111111111");
/// Compute units that a transaction may ask for; what asking costs.
const LIMIT: u32 = 1_400_000;
const LIMIT_COST: u64 = 150;
/// Unix seconds on this chain: two seconds after a time of the volatility's grid.
pub const NOW: i64 = 1_800_000_002;
/// Slot on this chain.
const SLOT: u64 = 1_000;
/// Lamports of every account: above any rent.
const LAMPORTS: u64 = 10_000_000_000;
/// Pays the fees of every transaction.
const PAYER: Pubkey = Pubkey::new_from_array([0xFE; 32]);

/// Folder with the artifact and the name of its toolchain.
#[must_use]
pub fn deploy_folder() -> PathBuf {
    std::env::var_os("SBF_OUT_DIR")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/deploy"), Into::into)
}

/// A chain whose state is written from outside.
pub struct Machine {
    chain: LiteSVM,
}

impl Machine {
    /// Loads the artifact.
    ///
    /// # Errors
    /// When it is missing or does not load.
    pub fn start() -> Result<Self, String> {
        let file = deploy_folder().join("ballast.so");
        let mut chain = LiteSVM::new().with_sigverify(false).with_blockhash_check(false);
        chain
            .add_program_from_file(ballast_client::ID, &file)
            .map_err(|error| format!("{}: {error}; `cargo xtask build` makes it", file.display()))?;
        chain.set_sysvar(&Clock { slot: SLOT, unix_timestamp: NOW, ..Clock::default() });
        let mut machine = Self { chain };
        machine.wallet(PAYER)?;
        Ok(machine)
    }

    /// Writes an account.
    ///
    /// # Errors
    /// When the chain refuses it.
    pub fn put(&mut self, address: Pubkey, owner: Pubkey, data: Vec<u8>) -> Result<(), String> {
        let account = Account { lamports: LAMPORTS, data, owner, executable: false, rent_epoch: u64::MAX };
        self.chain.set_account(address, account).map_err(|error| format!("{address}: {error}"))
    }

    /// Writes an account of the program.
    ///
    /// # Errors
    /// When the chain refuses it.
    pub fn state<T: Pod + Discriminator>(&mut self, address: Pubkey, state: &T) -> Result<(), String> {
        self.put(address, ballast_client::ID, read::data_of(state))
    }

    /// Writes an account of a person.
    ///
    /// # Errors
    /// When the chain refuses it.
    pub fn wallet(&mut self, address: Pubkey) -> Result<(), String> {
        self.put(address, Pubkey::default(), Vec::new())
    }

    /// Compute units that the instructions of a transaction take. Changes nothing.
    ///
    /// # Errors
    /// When one of them fails.
    pub fn cost(&self, instructions: &[Instruction]) -> Result<u64, String> {
        let mut data = vec![2];
        data.extend_from_slice(&LIMIT.to_le_bytes());
        // last, since orders are found by their place
        let mut sent = instructions.to_vec();
        sent.push(Instruction { program_id: COMPUTE_BUDGET, accounts: vec![], data });
        let message = Message::new(&sent, Some(&PAYER));
        match self.chain.simulate_transaction(Transaction::new_unsigned(message)) {
            Ok(run) => Ok(run.meta.compute_units_consumed - LIMIT_COST),
            Err(failure) => Err(format!("{}: {:#?}", failure.err, failure.meta.logs)),
        }
    }
}
