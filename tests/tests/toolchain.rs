//! The toolchain for the chain against the host's: products, quotients, remainders and shifts of 128 bits, memory
//! copies, moves, fills and comparisons, arguments on the stack, and a panic.
//!
//! Both sides run `trials.rs`: here compiled by the host's compiler, in `differential.so` by ours, with the routines of
//! `xtask/sbf/builtins.rs` in the place of the host's.

use std::{ops::Range, path::Path};

use litesvm::{LiteSVM, types::TransactionMetadata};
use rand::{Rng, RngCore, SeedableRng};
use rand_chacha::ChaCha8Rng;
use solana_transaction::{Address, Instruction, Message, Transaction};

#[path = "../../xtask/sbf/differential/src/trials.rs"]
mod trials;

/// Any seed does; a failure prints it with the operands.
const SEED: u64 = 20_261_123;

/// Pairs whose results fill the 1,024 bytes that a program may return.
const PAIRS_A_TRANSACTION: usize = 4;

const RANDOM_PAIRS: usize = 20_000;
const RANDOM_MEMORY_TRIALS: usize = 2_000;

/// Bytes that the memory trials work on: they have to fit a transaction.
const MEMORY: usize = 900;

#[test]
fn arithmetic_on_edges_equals_the_hosts() {
    let machine = Machine::start();
    let edges = edges();
    let pairs: Vec<_> = edges.iter().flat_map(|a| edges.iter().map(|b| (*a, *b))).collect();
    machine.compare_arithmetic(&pairs);
}

#[test]
fn arithmetic_on_random_numbers_equals_the_hosts() {
    let machine = Machine::start();
    let mut random = ChaCha8Rng::seed_from_u64(SEED);
    let pairs: Vec<_> = (0..RANDOM_PAIRS).map(|_| random_pair(&mut random)).collect();
    machine.compare_arithmetic(&pairs);
}

#[test]
fn overlapping_moves_equal_the_hosts() {
    compare_memory(trials::MOVE, |random| {
        let length = random.random_range(0..=MEMORY / 2);
        (random.random_range(0..=MEMORY - length), random.random_range(0..=MEMORY - length), length)
    });
}

#[test]
fn copies_equal_the_hosts() {
    compare_memory(trials::COPY, |random| {
        let length = random.random_range(0..=MEMORY / 2);
        let to = random.random_range(length..=MEMORY - length);
        (random.random_range(0..=to - length), to, length)
    });
}

#[test]
fn fills_equal_the_hosts() {
    compare_memory(trials::FILL, |random| {
        let length = random.random_range(0..=MEMORY);
        (random.random_range(0..=MEMORY - length), random.random_range(0..256), length)
    });
}

#[test]
fn comparisons_equal_the_hosts() {
    compare_memory(trials::COMPARE, |random| {
        let length = random.random_range(0..=40);
        (random.random_range(0..MEMORY - length), random.random_range(0..MEMORY - length), length)
    });
}

#[test]
fn arguments_on_the_stack_arrive() {
    let machine = Machine::start();
    let mut random = ChaCha8Rng::seed_from_u64(SEED);
    for _ in 0..1_000 {
        let (a, b) = random_pair(&mut random);
        let mut data = vec![trials::ARGUMENTS];
        data.extend(a.to_le_bytes());
        data.extend(b.to_le_bytes());
        machine.compare(&data);
    }
}

#[test]
fn a_panic_fails_the_program_and_names_its_place() {
    let failure = Machine::start().run(&[trials::PANIC]).unwrap_err();
    assert!(failure.contains("trials.rs"), "{failure}");
}

/// A chain with the program on it.
struct Machine {
    chain: LiteSVM,
    program: Address,
    payer: Address,
}

impl Machine {
    fn start() -> Self {
        let folder = std::env::var_os("SBF_OUT_DIR")
            .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/deploy"), Into::into);
        let file = folder.join("differential.so");
        let (program, payer) = (Address::new_from_array([7; 32]), Address::new_from_array([8; 32]));
        let mut chain = LiteSVM::new().with_sigverify(false).with_blockhash_check(false);
        chain
            .add_program_from_file(program, &file)
            .unwrap_or_else(|error| panic!("{}: {error}; `cargo xtask test` builds it", file.display()));
        chain.airdrop(&payer, 1_000_000_000).expect("the test's own chain pays");
        Self { chain, program, payer }
    }

    /// What the program returns for `data`, or why it failed.
    fn run(&self, data: &[u8]) -> Result<Vec<u8>, String> {
        let instruction = Instruction::new_with_bytes(self.program, data, vec![]);
        let message = Message::new(&[instruction], Some(&self.payer));
        // A simulation keeps no history, which would refuse a repeated transaction.
        match self.chain.simulate_transaction(Transaction::new_unsigned(message)) {
            Ok(run) => Ok(returned(run.meta)),
            Err(failure) => Err(format!("{:?}: {:#?}", failure.err, failure.meta.logs)),
        }
    }

    fn compare(&self, data: &[u8]) {
        assert_eq!(self.run(data), Ok(host(data)), "seed {SEED}, data {data:?}");
    }

    fn compare_arithmetic(&self, pairs: &[(u128, u128)]) {
        for batch in pairs.chunks(PAIRS_A_TRANSACTION) {
            let mut data = vec![trials::ARITHMETIC];
            for (a, b) in batch {
                data.extend(a.to_le_bytes());
                data.extend(b.to_le_bytes());
            }
            let (expected, found) =
                (host(&data), self.run(&data).unwrap_or_else(|error| panic!("{error}: {batch:x?}")));
            let results = numbers(&expected).zip(numbers(&found));
            for (index, (expected, found)) in results.enumerate() {
                let (a, b) = batch[index / trials::RESULTS];
                let which = index % trials::RESULTS;
                assert_eq!(found, expected, "seed {SEED}, result {which} of {a:#x} and {b:#x}");
            }
            assert_eq!(found, expected);
        }
    }
}

/// The runtime drops zeros at the end of what a program returns.
fn returned(meta: TransactionMetadata) -> Vec<u8> {
    without_zeros(meta.return_data.data)
}

fn host(data: &[u8]) -> Vec<u8> {
    let mut result = vec![0; 1_024];
    let length = trials::run(&mut data.to_vec(), &mut result).expect("the test sends complete data");
    result.truncate(length);
    without_zeros(result)
}

fn without_zeros(mut bytes: Vec<u8>) -> Vec<u8> {
    while bytes.last() == Some(&0) {
        bytes.pop();
    }
    bytes
}

fn numbers(bytes: &[u8]) -> impl Iterator<Item = u128> {
    bytes.chunks(16).map(|chunk| {
        let mut number = [0; 16];
        number[..chunk.len()].copy_from_slice(chunk);
        u128::from_le_bytes(number)
    })
}

fn compare_memory(trial: u8, mut ranges: impl FnMut(&mut ChaCha8Rng) -> (usize, usize, usize)) {
    let machine = Machine::start();
    let mut random = ChaCha8Rng::seed_from_u64(SEED);
    for _ in 0..RANDOM_MEMORY_TRIALS {
        let (from, to, length) = ranges(&mut random);
        let mut data = vec![trial];
        for number in [from, to, length] {
            data.extend(u16::try_from(number).expect("below MEMORY").to_le_bytes());
        }
        // Few values, so that equal stretches occur.
        let values: Range<u8> = if random.random() { 0..2 } else { 1..255 };
        data.extend((0..MEMORY).map(|_| random.random_range(values.clone())));
        machine.compare(&data);
    }
}

/// Limits of every width, powers of two and their neighbours.
fn edges() -> Vec<u128> {
    let mut edges = vec![0, u128::MAX, i128::MAX as u128, i128::MIN as u128];
    for bit in [0, 1, 2, 31, 32, 33, 62, 63, 64, 65, 95, 96, 97, 126, 127] {
        let power = 1u128 << bit;
        edges.extend([power, power - 1, power + 1, power.wrapping_neg(), !power]);
    }
    edges
}

/// Operands of any length, often related: the hard divisions are those of almost equal leading words.
fn random_pair(random: &mut ChaCha8Rng) -> (u128, u128) {
    let a = random_number(random);
    let b = match random.random_range(0..8) {
        0 => a.wrapping_add(u128::from(random.next_u64() % 5)).wrapping_sub(2),
        // The same upper word.
        1 => a & !u128::from(u64::MAX) | u128::from(random.next_u64()),
        // Almost the same upper word.
        2 => {
            (a >> 64).wrapping_sub(1).wrapping_add(u128::from(random.next_u64() % 3)) << 64
                | random_number(random) >> 64
        }
        // A power of ten, as in fixed-point numbers.
        3 => 10u128.pow(random.random_range(0..39)),
        4 => a >> random.random_range(0..128),
        _ => random_number(random),
    };
    if random.random() { (a, b) } else { (b, a) }
}

fn random_number(random: &mut ChaCha8Rng) -> u128 {
    let bits: u128 = random.random();
    let short = bits >> random.random_range(0..128);
    match random.random_range(0..6) {
        0 => short.wrapping_neg(),
        // Long runs of ones and zeros.
        1 => (u128::MAX >> random.random_range(0..128)) ^ (1u128 << random.random_range(0..128)),
        2 => short | u128::MAX << random.random_range(0..128),
        _ => short,
    }
}
