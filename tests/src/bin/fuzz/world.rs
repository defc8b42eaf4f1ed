//! A chain with the program's artifact on it, and every account of the program as it stands, typed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anchor_lang::Discriminator;
use anchor_lang::prelude::{Clock, Pubkey};
use anchor_lang::solana_program::instruction::{AccountMeta, Instruction};
use ballast_client::{Deployment, read};
use ballast_core::margin::{Exposure, Moment};
use ballast_core::state::{Board, Contract, Exchange, InsuranceFund, MarginAccount, Proposal, Stake, Vault};
use ballast_core::units::Timestamp;
use ballast_tests::Token;
use ballast_tests::pyth::PythPrice;
use bytemuck::Pod;
use litesvm::LiteSVM;
use solana_account::{Account, AccountSharedData, ReadableAccount};
use solana_transaction::{Message, Transaction};
use solana_transaction_error::TransactionError;

use crate::people::{Names, Number, Person};

/// Pays the fees of every transaction.
const PAYER: Pubkey = Pubkey::new_from_array([0xFE; 32]);
/// When every world begins: ten seconds after a time of the volatility's grid.
const GENESIS: i64 = 1_800_000_010;

/// Every account of the program, typed.
#[derive(Clone, Default)]
pub struct Accounts {
    /// By address, as the rest.
    pub exchanges: BTreeMap<Pubkey, Exchange>,
    /// Published risk files.
    pub boards: BTreeMap<Pubkey, Box<Board>>,
    /// What trades write of contracts.
    pub contracts: BTreeMap<Pubkey, Contract>,
    /// Vaults.
    pub vaults: BTreeMap<Pubkey, Vault>,
    /// Insurance funds.
    pub funds: BTreeMap<Pubkey, InsuranceFund>,
    /// Margin accounts.
    pub margin: BTreeMap<Pubkey, MarginAccount>,
    /// Proposals.
    pub proposals: BTreeMap<Pubkey, Proposal>,
    /// Stakes in insurance funds.
    pub stakes: BTreeMap<Pubkey, Stake>,
}

impl Accounts {
    /// Takes note of what lies at an address, and forgets what lay there.
    pub fn note(&mut self, address: Pubkey, account: Option<&AccountSharedData>) {
        let data = account.filter(|account| *account.owner() == ballast_client::ID).map_or(&[][..], |held| held.data());
        keep(&mut self.exchanges, address, data);
        keep(&mut self.contracts, address, data);
        keep(&mut self.vaults, address, data);
        keep(&mut self.funds, address, data);
        keep(&mut self.margin, address, data);
        keep(&mut self.proposals, address, data);
        keep(&mut self.stakes, address, data);
        match of_type::<Board>(data) {
            Some(board) => _ = self.boards.insert(address, Box::new(board)),
            None => _ = self.boards.remove(&address),
        }
    }
}

fn of_type<T: Pod + Discriminator>(data: &[u8]) -> Option<T> {
    if data.get(..8) == Some(T::DISCRIMINATOR) { read::account(data).ok() } else { None }
}

fn keep<T: Pod + Discriminator>(map: &mut BTreeMap<Pubkey, T>, address: Pubkey, data: &[u8]) {
    match of_type(data) {
        Some(state) => _ = map.insert(address, state),
        None => _ = map.remove(&address),
    }
}

/// A chain, who acts on it, and what lies on it.
#[derive(Clone)]
pub struct World {
    chain: LiteSVM,
    /// People and their accounts.
    pub names: Names,
    /// Addresses of the exchanges: two that run, and two that nobody has created yet.
    pub houses: Vec<Deployment>,
    /// Every account that an instruction may take, as it lies on the chain.
    pub raw: BTreeMap<Pubkey, AccountSharedData>,
    /// Those of the program, typed.
    pub accounts: Accounts,
    /// What oracles last published, by feed.
    pub feeds: Vec<PythPrice>,
    /// Unix seconds and slot.
    pub clock: (i64, u64),
}

/// What an instruction would leave behind.
pub struct Left {
    /// Accounts that it wrote; none where there is nothing any more.
    pub raw: Vec<(Pubkey, Option<AccountSharedData>)>,
    /// Those of the program, typed.
    pub accounts: Accounts,
}

impl World {
    /// Loads the artifact.
    pub fn empty(names: Names, houses: Vec<Deployment>) -> Result<Self, String> {
        let file = deploy_folder().join("ballast.so");
        let mut chain = LiteSVM::new()
            .with_sigverify(false)
            .with_blockhash_check(false)
            .with_transaction_history(0)
            .with_log_bytes_limit(Some(0));
        chain
            .add_program_from_file(ballast_client::ID, &file)
            .map_err(|error| format!("{}: {error}; `cargo xtask build` makes it", file.display()))?;
        let (raw, accounts, feeds) = Default::default();
        let mut world = Self { chain, names, houses, raw, accounts, feeds, clock: (GENESIS, 1_000) };
        world.set_clock(GENESIS, 1_000);
        let rich = Account { lamports: 1 << 60, ..Account::default() };
        world.chain.set_account(PAYER, rich.clone()).map_err(|error| error.to_string())?;
        for person in world.names.people().to_vec() {
            world.put(person, Account { lamports: 1 << 50, ..Account::default() });
        }
        Ok(world)
    }

    /// Writes an account as no transaction could.
    pub fn put(&mut self, address: Pubkey, account: Account) {
        self.chain.set_account(address, account).expect("no account of these is a program or a sysvar");
        self.look_at(address);
    }

    /// Writes an account of the program as no transaction could.
    pub fn put_state<T: Pod + Discriminator>(&mut self, address: Pubkey, state: &T) {
        let mut account = Account::from(self.raw[&address].clone());
        account.data = read::data_of(state);
        self.put(address, account);
    }

    fn look_at(&mut self, address: Pubkey) {
        let found = self.chain.accounts_db().get_account_ref(&address).cloned();
        self.accounts.note(address, found.as_ref());
        match found {
            Some(account) => _ = self.raw.insert(address, account),
            None => _ = self.raw.remove(&address),
        }
    }

    /// Sets the clock.
    pub fn set_clock(&mut self, unix_timestamp: i64, slot: u64) {
        self.clock = (unix_timestamp, slot);
        self.chain.set_sysvar(&Clock { slot, unix_timestamp, ..Clock::default() });
    }

    /// Time on the chain.
    pub fn now(&self) -> Timestamp {
        Timestamp(self.clock.0)
    }

    /// Sends instructions in one transaction. Nothing is taken note of yet.
    pub fn send(&mut self, instructions: &[Instruction]) -> Result<Left, TransactionError> {
        let mut all = vec![unit_limit()];
        all.extend_from_slice(instructions);
        let message = Message::new(&all, Some(&PAYER));
        self.chain.send_transaction(Transaction::new_unsigned(message)).map_err(|failed| failed.err)?;
        let (mut raw, mut accounts) = (Vec::new(), Accounts::default());
        for meta in metas(instructions).filter(|meta| meta.is_writable) {
            let found = self.chain.accounts_db().get_account_ref(&meta.pubkey);
            let known = self.raw.get(&meta.pubkey);
            if found != known && raw.iter().all(|(address, _)| *address != meta.pubkey) {
                accounts.note(meta.pubkey, found);
                raw.push((meta.pubkey, found.cloned()));
            }
        }
        Ok(Left { raw, accounts })
    }

    /// Takes note of what an instruction left behind.
    pub fn accept(&mut self, left: &Left) {
        for (address, account) in &left.raw {
            self.accounts.note(*address, account.as_ref());
            match account {
                Some(account) => _ = self.raw.insert(*address, account.clone()),
                None => _ = self.raw.remove(address),
            }
        }
    }

    /// Whether a transaction that failed left all its accounts alone.
    pub fn is_untouched(&self, instructions: &[Instruction]) -> bool {
        metas(instructions).all(|meta| {
            self.raw.get(&meta.pubkey).is_none_or(|known| {
                self.chain.accounts_db().get_account_ref(&meta.pubkey).is_some_and(|found| found == known)
            })
        })
    }

    /// An exchange that exists.
    pub fn exchange(&self, house: usize) -> Option<&Exchange> {
        self.accounts.exchanges.get(&self.houses.get(house)?.exchange)
    }

    /// Its board.
    pub fn board(&self, house: usize) -> Option<&Board> {
        self.accounts.boards.get(&self.houses.get(house)?.board).map(|board| &**board)
    }

    /// An exchange's insurance fund.
    pub fn fund(&self, house: usize) -> Option<&InsuranceFund> {
        self.accounts.funds.get(&self.houses.get(house)?.insurance_fund())
    }

    /// Somebody's stake in it.
    pub fn stake(&self, house: usize, person: Person) -> Option<&Stake> {
        self.accounts.stakes.get(&self.houses.get(house)?.stake_of(&self.person(person)))
    }

    /// Somebody's key.
    pub fn person(&self, person: Person) -> Pubkey {
        self.names.person(person)
    }

    /// A margin account that is open.
    pub fn account(&self, house: usize, number: Number) -> Option<&MarginAccount> {
        self.accounts.margin.get(&self.names.account(house, number))
    }

    /// All margin accounts of an exchange that are open.
    pub fn accounts_of(&self, house: usize) -> impl Iterator<Item = (Number, &MarginAccount)> {
        let found = move |(address, account)| {
            let (place, number) = self.names.number(address)?;
            (place == house).then_some((number, account))
        };
        self.accounts.margin.iter().filter_map(found)
    }

    /// An account as margin sees it now.
    pub fn exposure(&self, house: usize, account: &MarginAccount) -> Option<Exposure> {
        let board = self.board(house)?;
        Exposure::of(account, board, Moment::at(board.time(self.now()))).ok()
    }
}

/// Somebody's wallet.
pub fn wallet(world: &World, person: Person, token: &Token) -> Pubkey {
    token.wallet(&world.person(person))
}

/// Accounts of instructions.
pub fn metas(instructions: &[Instruction]) -> impl Iterator<Item = &AccountMeta> {
    instructions.iter().flat_map(|instruction| &instruction.accounts)
}

/// As many compute units as a transaction may have.
fn unit_limit() -> Instruction {
    let mut data = vec![2];
    data.extend_from_slice(&1_400_000_u32.to_le_bytes());
    let program_id = Pubkey::from_str_const("ComputeBudget111111111111111111111111111111");
    Instruction { program_id, accounts: Vec::new(), data }
}

fn deploy_folder() -> PathBuf {
    std::env::var_os("SBF_OUT_DIR")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/deploy"), Into::into)
}
