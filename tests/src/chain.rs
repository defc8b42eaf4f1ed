//! A validator with the program's artifact on it.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anchor_lang::prelude::{Clock, Pubkey};
use anchor_lang::solana_program::instruction::Instruction;
use anchor_lang::{AnchorDeserialize, Discriminator};
use ballast_client::read;
use ballast_core::clearing::Audit;
use ballast_core::state::{Board, Contract, InsuranceFund, MarginAccount, Stake, Vault};
use ballast_core::units::{Key, Tokens};
use bytemuck::Pod;
use solana_account::{Account, AccountSharedData};
use solana_keypair::Keypair;
use solana_program_test::{BanksClient, ProgramTest, ProgramTestContext};
use solana_signer::Signer;
use solana_transaction::{Message, Transaction};
use solana_transaction_error::TransactionError;

use crate::tokens;

/// Program that grants compute units.
const COMPUTE_BUDGET: Pubkey = Pubkey::from_str_const("ComputeBudget111111111111111111111111111111");
/// Program that runs programs.
const LOADER: Pubkey = Pubkey::from_str_const("BPFLoader2111111111111111111111111111111111");
/// Most that a transaction may be granted.
const MOST_UNITS: u32 = 1_400_000;
/// When every chain begins: ten seconds after a time of the volatility's grid.
const GENESIS: i64 = 1_800_000_010;

/// All accounts that a test has touched, programs and the fee payer aside.
pub type Snapshot = BTreeMap<Pubkey, Account>;

/// A transaction that landed.
#[derive(Debug)]
pub struct Sent {
    /// Its log lines.
    pub logs: Vec<String>,
    /// Compute units that it took.
    pub units: u64,
}

impl Sent {
    /// The one event of a type that it emitted.
    #[must_use]
    pub fn event<E: Discriminator + AnchorDeserialize>(&self) -> E {
        let mut events = ballast_client::events::decode::<E>(&self.logs);
        assert_eq!(events.len(), 1, "events in {:#?}", self.logs);
        events.remove(0)
    }
}

/// A transaction that failed.
#[derive(Debug)]
pub struct Failure {
    /// Why.
    pub error: TransactionError,
    /// Its log lines.
    pub logs: Vec<String>,
}

/// A validator with the program's artifact on it, and a record of every account that a test has touched.
pub struct Chain {
    context: RefCell<ProgramTestContext>,
    client: BanksClient,
    payer: Keypair,
    touched: RefCell<BTreeSet<Pubkey>>,
    transactions: Cell<u32>,
    keys: Cell<u16>,
    clock: Cell<(i64, u64)>,
}

impl Chain {
    /// Starts the validator.
    ///
    /// # Panics
    /// Where the artifact is missing: tests run what ships, nothing else.
    pub async fn start() -> Self {
        let mut test = ProgramTest::default();
        // a failure carries its own log lines
        log::set_max_level(log::LevelFilter::Off);
        test.prefer_bpf(true);
        let data = std::fs::read(artifact()).unwrap();
        test.add_account(ballast::ID, program(data));
        let context = test.start_with_context().await;
        let chain = Self {
            client: context.banks_client.clone(),
            payer: context.payer.insecure_clone(),
            context: RefCell::new(context),
            touched: RefCell::default(),
            transactions: Cell::new(0),
            keys: Cell::new(0),
            clock: Cell::new((GENESIS, 1_000)),
        };
        chain.set_clock(GENESIS, 1_000);
        chain
    }

    /// A key that nobody else on this chain has, the same in every run.
    pub fn keypair(&self) -> Keypair {
        let number = self.keys.get() + 1;
        self.keys.set(number);
        let mut seed = [9; 32];
        seed[..2].copy_from_slice(&number.to_le_bytes());
        let keypair = Keypair::new_from_array(seed);
        self.set_account(keypair.pubkey(), Account { lamports: 100_000_000_000, ..Account::default() });
        keypair
    }

    /// Unix seconds on the chain.
    #[must_use]
    pub fn now(&self) -> i64 {
        self.clock.get().0
    }

    /// Slot on the chain.
    #[must_use]
    pub fn slot(&self) -> u64 {
        self.clock.get().1
    }

    /// Sets the clock.
    pub fn set_clock(&self, unix_timestamp: i64, slot: u64) {
        self.clock.set((unix_timestamp, slot));
        let clock = Clock { slot, unix_timestamp, ..Clock::default() };
        self.context.borrow().set_sysvar(&clock);
    }

    /// Writes an account as no transaction could.
    pub fn set_account(&self, address: Pubkey, account: Account) {
        self.touched.borrow_mut().insert(address);
        self.context.borrow_mut().set_account(&address, &AccountSharedData::from(account));
    }

    /// Sends a transaction, signed by those of `signers` whose signature it needs and by the fee payer.
    ///
    /// # Errors
    /// The transaction's.
    ///
    /// # Panics
    /// When the books are not exact afterwards, or a failed transaction changed something.
    pub async fn send(&self, instructions: &[Instruction], signers: &[&Keypair]) -> Result<Sent, Failure> {
        let mut all = vec![self.unit_limit()];
        all.extend_from_slice(instructions);
        for account in instructions.iter().flat_map(|instruction| &instruction.accounts) {
            self.touched.borrow_mut().insert(account.pubkey);
        }
        let before = self.snapshot().await;
        let message = Message::new(&all, Some(&self.payer.pubkey()));
        let required = &message.account_keys[..usize::from(message.header.num_required_signatures)];
        let mut keys: Vec<&Keypair> = vec![&self.payer];
        for signer in signers {
            let address = signer.pubkey();
            if required.contains(&address) && keys.iter().all(|key| key.pubkey() != address) {
                keys.push(signer);
            }
        }
        let blockhash = self.client.get_latest_blockhash().await.unwrap();
        let transaction = Transaction::new(&keys, message, blockhash);
        let outcome = self.client.process_transaction_with_metadata(transaction).await.unwrap();
        let (logs, units) =
            outcome.metadata.map_or_else(Default::default, |data| (data.log_messages, data.compute_units_consumed));
        let after = self.snapshot().await;
        match outcome.result {
            Ok(()) => {
                audit(&after);
                Ok(Sent { logs, units })
            }
            Err(error) => {
                assert!(before == after, "a failed transaction changed something: {error:?}");
                Err(Failure { error, logs })
            }
        }
    }

    /// The compute budget of a transaction; a different one each time, so that none repeats another.
    fn unit_limit(&self) -> Instruction {
        let number = self.transactions.get() + 1;
        self.transactions.set(number);
        let mut data = vec![2];
        data.extend_from_slice(&(MOST_UNITS - number).to_le_bytes());
        Instruction { program_id: COMPUTE_BUDGET, accounts: Vec::new(), data }
    }

    /// An account, if it exists.
    pub async fn get(&self, address: Pubkey) -> Option<Account> {
        self.client.get_account(address).await.unwrap()
    }

    /// An account of the program.
    ///
    /// # Panics
    /// Where there is none of the type.
    pub async fn read<T: Pod + Discriminator>(&self, address: Pubkey) -> T {
        let account = self.get(address).await.unwrap_or_else(|| panic!("no account {address}"));
        assert_eq!(account.owner, ballast::ID);
        read::account(&account.data).unwrap()
    }

    /// Changes an account of the program as no transaction could.
    pub async fn edit<T: Pod + Discriminator>(&self, address: Pubkey, change: impl FnOnce(&mut T)) {
        let mut account = self.get(address).await.unwrap();
        let mut state = read::account(&account.data).unwrap();
        change(&mut state);
        account.data = read::data_of(&state);
        self.set_account(address, account);
    }

    /// All accounts that the test has touched.
    pub async fn snapshot(&self) -> Snapshot {
        let touched: Vec<Pubkey> = self.touched.borrow().iter().copied().collect();
        let mut snapshot = Snapshot::new();
        for address in touched {
            if let Some(account) = self.get(address).await.filter(|account| !account.executable) {
                snapshot.insert(address, account);
            }
        }
        snapshot
    }
}

/// The program as the loader keeps it.
fn program(data: Vec<u8>) -> Account {
    let owner = LOADER;
    Account { lamports: 10_000_000_000, data, owner, executable: true, rent_epoch: u64::MAX }
}

/// The artifact that ships.
fn artifact() -> PathBuf {
    let folder = std::env::var_os("SBF_OUT_DIR")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/deploy"), Into::into);
    let file = folder.join("ballast.so");
    assert!(file.exists(), "{} is missing: run `cargo xtask build` first", file.display());
    file
}

/// Checks the books of every exchange among the accounts, to the unit.
fn audit(accounts: &Snapshot) {
    let boards = of_type::<Board>(accounts);
    for (_, board) in &boards {
        let exchange = board.exchange;
        let mut audit = Audit::of(board);
        for (_, account) in of_type::<MarginAccount>(accounts).iter().filter(|(_, held)| held.exchange == exchange) {
            audit.margin_account(account).unwrap();
        }
        for (_, contract) in of_type::<Contract>(accounts).iter().filter(|(_, held)| held.exchange == exchange) {
            audit.contract(contract).unwrap();
        }
        for (_, fund) in of_type::<InsuranceFund>(accounts).iter().filter(|(_, held)| held.exchange == exchange) {
            audit.insurance_fund(fund).unwrap();
            let stakes = of_type::<Stake>(accounts);
            audit.stakes(fund, stakes.iter().map(|(_, held)| held).filter(|held| held.exchange == exchange));
        }
        for (_, vault) in of_type::<Vault>(accounts).iter().filter(|(_, held)| held.exchange == exchange) {
            audit.vault(vault, balance(accounts, vault.token_account)).unwrap();
        }
        assert_eq!((audit.discrepancy(), audit.error()), (None, 0), "the books are not exact");
    }
}

/// Accounts of one of the program's types.
fn of_type<T: Pod + Discriminator>(accounts: &Snapshot) -> Vec<(Pubkey, T)> {
    let owned = accounts.iter().filter(|(_, account)| account.owner == ballast::ID);
    owned.filter_map(|(address, account)| Some((*address, read::account(&account.data).ok()?))).collect()
}

/// What a token account holds.
fn balance(accounts: &Snapshot, address: Key) -> Tokens {
    let account = accounts.get(&Pubkey::new_from_array(address.0)).expect("a vault has a token account");
    Tokens(tokens::amount(account))
}
