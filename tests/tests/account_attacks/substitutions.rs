//! Everything that may be put in an account's place.

use anchor_lang::prelude::{AccountMeta, Pubkey};
use anchor_lang::solana_program::instruction::Instruction;
use ballast::signatures::INSTRUCTIONS;
use ballast_core::state::{Board, Contract, Exchange, InsuranceFund, MarginAccount, Proposal, Stake, Vault};
use ballast_tests::Snapshot;
use solana_account::Account;

/// A program that is none of those known.
const STRANGER: Pubkey = Pubkey::new_from_array([0xBD; 32]);
/// An address at which nothing is.
const NOTHING: Pubkey = Pubkey::new_from_array([0xBE; 32]);
/// Somebody who has nothing to do with the instruction.
const SOMEBODY: Pubkey = Pubkey::new_from_array([0xBF; 32]);

/// How an account is replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// By the same bytes, owned by another program.
    WrongProgram,
    /// By an account of its kind with other seeds, on the same exchange; a signer by somebody else.
    WrongAddress,
    /// By its like of another exchange.
    OtherExchange,
    /// By another account of the call.
    Duplicate,
    /// By an address at which nothing is.
    Uninitialised,
    /// By itself, closed and funded again: without data, or with zeros.
    Revived,
    /// By the program's own address, which says that an optional account is not passed.
    Absent,
    /// By itself, read-only.
    ReadOnly,
    /// By itself, without a signature.
    Unsigned,
}

impl Kind {
    /// All of them, in the order of the table.
    pub const ALL: [Self; 9] = [
        Self::WrongProgram,
        Self::WrongAddress,
        Self::OtherExchange,
        Self::Duplicate,
        Self::Uninitialised,
        Self::Revived,
        Self::Absent,
        Self::ReadOnly,
        Self::Unsigned,
    ];

    /// Its column's head.
    pub const fn title(self) -> &'static str {
        match self {
            Self::WrongProgram => "wrong program",
            Self::WrongAddress => "wrong address",
            Self::OtherExchange => "other exchange",
            Self::Duplicate => "duplicate",
            Self::Uninitialised => "uninitialised",
            Self::Revived => "revived",
            Self::Absent => "absent",
            Self::ReadOnly => "read-only",
            Self::Unsigned => "unsigned",
        }
    }
}

/// An instruction with one account replaced, and accounts that are other than in the state.
pub struct Attempt {
    /// The instruction.
    pub instruction: Instruction,
    /// What stands there instead, where a kind has several.
    pub by: By,
    /// Accounts that differ.
    pub changed: Vec<(Pubkey, Account)>,
}

/// What stands in an account's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum By {
    /// The only one of its kind.
    Only,
    /// The account at another place of the instruction.
    Place(usize),
    /// Somebody whom the exchange does not know.
    Stranger,
    /// Another account or person of the state.
    Another,
    /// Another account of the same owner.
    Own,
}

/// What an account is, as far as its like can be found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Nature {
    /// Of the program: its discriminator, and the exchange that it belongs to.
    State([u8; 8], [u8; 32]),
    /// A token account, or a mint.
    Token(usize),
    /// A program, or what the runtime keeps.
    Program,
    /// Of a program that publishes prices.
    Oracle(Pubkey),
    /// Somebody's wallet.
    Wallet,
    /// Not there.
    Nothing,
}

/// Where the exchange stands in an account of the program, by its discriminator.
fn exchange_at(discriminator: [u8; 8]) -> Option<usize> {
    let offset = match discriminator {
        it if it == Board::DISCRIMINATOR => std::mem::offset_of!(Board, exchange),
        it if it == Contract::DISCRIMINATOR => std::mem::offset_of!(Contract, exchange),
        it if it == InsuranceFund::DISCRIMINATOR => std::mem::offset_of!(InsuranceFund, exchange),
        it if it == MarginAccount::DISCRIMINATOR => std::mem::offset_of!(MarginAccount, exchange),
        it if it == Proposal::DISCRIMINATOR => std::mem::offset_of!(Proposal, exchange),
        it if it == Stake::DISCRIMINATOR => std::mem::offset_of!(Stake, exchange),
        it if it == Vault::DISCRIMINATOR => std::mem::offset_of!(Vault, exchange),
        _ => return None,
    };
    Some(8 + offset)
}

fn nature(address: &Pubkey, state: &Snapshot) -> Nature {
    let fixed = [Pubkey::default(), anchor_spl::token::ID, anchor_spl::token_2022::ID, ballast::ID, INSTRUCTIONS];
    if fixed.contains(address) {
        return Nature::Program;
    }
    let Some(account) = state.get(address) else { return Nature::Nothing };
    if account.owner == ballast::ID && account.data.len() > 8 {
        let discriminator: [u8; 8] = account.data[..8].try_into().unwrap();
        let exchange = if discriminator == Exchange::DISCRIMINATOR {
            address.to_bytes()
        } else {
            exchange_at(discriminator).map_or([0; 32], |at| account.data[at..at + 32].try_into().unwrap())
        };
        Nature::State(discriminator, exchange)
    } else if account.owner == anchor_spl::token::ID {
        Nature::Token(account.data.len())
    } else if account.owner == Pubkey::default() {
        Nature::Wallet
    } else {
        Nature::Oracle(account.owner)
    }
}

/// Whose a margin account is.
fn owner_of(address: &Pubkey, state: &Snapshot) -> Option<[u8; 32]> {
    let account = state.get(address)?;
    let at = 8 + std::mem::offset_of!(MarginAccount, owner);
    let is_one = account.owner == ballast::ID && account.data.starts_with(&MarginAccount::DISCRIMINATOR);
    is_one.then(|| account.data[at..at + 32].try_into().unwrap())
}

/// Accounts of the state with the same nature as one, of the same exchange or of another.
pub fn likes(address: &Pubkey, state: &Snapshot, same_exchange: bool) -> Vec<(By, Pubkey)> {
    let of = nature(address, state);
    let alike = |other: &Pubkey| match (of, nature(other, state)) {
        (Nature::State(one, here), Nature::State(two, there)) => one == two && (here == there) == same_exchange,
        (Nature::Token(one), Nature::Token(two)) => one == two && same_exchange,
        (Nature::Oracle(one), Nature::Oracle(two)) => one == two && same_exchange,
        _ => false,
    };
    let owner = owner_of(address, state);
    let by = |other: &Pubkey| match owner {
        Some(_) if owner_of(other, state) == owner => By::Own,
        _ => By::Another,
    };
    let others = state.keys().filter(|other| *other != address && alike(other));
    others.map(|other| (by(other), *other)).collect()
}

/// Every attempt of a kind at one place of an instruction.
pub fn attempts(valid: &Instruction, place: usize, kind: Kind, state: &Snapshot) -> Vec<Attempt> {
    let meta = &valid.accounts[place];
    if meta.pubkey == ballast::ID {
        return filled(valid, place, kind, state);
    }
    let instead = |by: By| move |address: Pubkey| replaced(valid, place, address, by);
    let otherwise = |account: Account| Attempt {
        changed: vec![(meta.pubkey, account)],
        ..replaced(valid, place, meta.pubkey, By::Only)
    };
    let of = nature(&meta.pubkey, state);
    let present = state.get(&meta.pubkey);
    match kind {
        Kind::WrongProgram => match (of, present) {
            (Nature::Program, _) => vec![instead(By::Only)(STRANGER)],
            (_, Some(account)) => vec![otherwise(Account { owner: STRANGER, ..account.clone() })],
            (_, None) => vec![otherwise(Account {
                lamports: 1_000_000_000,
                data: vec![1; 64],
                owner: STRANGER,
                ..Account::default()
            })],
        },
        Kind::WrongAddress => match of {
            Nature::Program => [Pubkey::default(), anchor_spl::token::ID, anchor_spl::token_2022::ID]
                .into_iter()
                .filter(|other| *other != meta.pubkey)
                .map(instead(By::Another))
                .collect(),
            Nature::Nothing => vec![instead(By::Stranger)(NOTHING)],
            Nature::Wallet => {
                let others = wallets(state).filter(|other| *other != meta.pubkey).map(instead(By::Another));
                others.chain([stranger(valid, place)]).collect()
            }
            Nature::State(..) | Nature::Token(_) | Nature::Oracle(_) => {
                likes(&meta.pubkey, state, true).into_iter().map(|(by, at)| instead(by)(at)).collect()
            }
        },
        Kind::OtherExchange => likes(&meta.pubkey, state, false).into_iter().map(|(by, at)| instead(by)(at)).collect(),
        Kind::Duplicate => others(valid, meta).map(|(other, at)| instead(By::Place(other))(at)).collect(),
        Kind::Uninitialised => vec![instead(By::Only)(NOTHING)],
        Kind::Revived => present.map_or_else(Vec::new, |account| {
            if of == Nature::Program || of == Nature::Wallet {
                return Vec::new();
            }
            let funded = Account { lamports: account.lamports, ..Account::default() };
            let zeroed = Account { data: vec![0; account.data.len()], ..account.clone() };
            vec![otherwise(funded), otherwise(zeroed)]
        }),
        Kind::Absent => vec![instead(By::Only)(ballast::ID)],
        Kind::ReadOnly if meta.is_writable => vec![flagged(valid, place, |meta| meta.is_writable = false)],
        Kind::Unsigned if meta.is_signer => vec![flagged(valid, place, |meta| meta.is_signer = false)],
        Kind::ReadOnly | Kind::Unsigned => Vec::new(),
    }
}

/// Where an optional account is left out, anything may be passed: what there is, with every right, and a stranger's signature.
fn filled(valid: &Instruction, place: usize, kind: Kind, state: &Snapshot) -> Vec<Attempt> {
    let writable = |address: Pubkey, by: By| {
        let mut attempt = replaced(valid, place, address, by);
        attempt.instruction.accounts[place].is_writable = true;
        attempt
    };
    let meta = &valid.accounts[place];
    match kind {
        Kind::WrongAddress => {
            let involved = |address: &&Pubkey| valid.accounts.iter().any(|other| other.pubkey == **address);
            let passed =
                state.keys().filter(|address| !involved(address)).map(|address| writable(*address, By::Another));
            passed.chain([signing(stranger(valid, place), place)]).collect()
        }
        Kind::Duplicate => others(valid, meta).map(|(other, at)| writable(at, By::Place(other))).collect(),
        Kind::Uninitialised => vec![writable(NOTHING, By::Only)],
        _ => Vec::new(),
    }
}

fn replaced(valid: &Instruction, place: usize, address: Pubkey, by: By) -> Attempt {
    let mut instruction = valid.clone();
    instruction.accounts[place].pubkey = address;
    Attempt { instruction, by, changed: Vec::new() }
}

/// With somebody's wallet, who signs where a signature is asked for.
fn stranger(valid: &Instruction, place: usize) -> Attempt {
    let changed = vec![(SOMEBODY, Account { lamports: 1 << 40, ..Account::default() })];
    Attempt { changed, ..replaced(valid, place, SOMEBODY, By::Stranger) }
}

fn signing(mut attempt: Attempt, place: usize) -> Attempt {
    attempt.instruction.accounts[place].is_signer = true;
    attempt
}

/// Wallets of everybody that the state knows.
fn wallets(state: &Snapshot) -> impl Iterator<Item = Pubkey> + '_ {
    state.keys().copied().filter(|address| nature(address, state) == Nature::Wallet)
}

/// The other accounts of the call, with their places, each once.
fn others<'a>(valid: &'a Instruction, meta: &'a AccountMeta) -> impl Iterator<Item = (usize, Pubkey)> + 'a {
    let mut seen = vec![meta.pubkey, ballast::ID];
    valid.accounts.iter().map(|other| other.pubkey).enumerate().filter(move |(_, other)| {
        let new = !seen.contains(other);
        seen.push(*other);
        new
    })
}

/// Without a right, wherever the account stands: the rights of an address in a message are the sum of its places'.
fn flagged(valid: &Instruction, place: usize, change: impl Fn(&mut AccountMeta)) -> Attempt {
    let mut instruction = valid.clone();
    let address = valid.accounts[place].pubkey;
    instruction.accounts.iter_mut().filter(|meta| meta.pubkey == address).for_each(change);
    Attempt { instruction, by: By::Only, changed: Vec::new() }
}
