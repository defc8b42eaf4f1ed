//! Several accounts of a call at once: a choice of them is another exchange's, each the one that is most like it.

use anchor_lang::prelude::Pubkey;
use anchor_lang::solana_program::instruction::Instruction;
use ballast_tests::Snapshot;

use crate::substitutions::likes;

/// The call with every choice of two or more of the accounts that both exchanges have, but for all of them.
pub fn attempts(valid: &Instruction, state: &Snapshot) -> Vec<Instruction> {
    let mut pairs: Vec<(Pubkey, Pubkey)> = Vec::new();
    for meta in &valid.accounts {
        if pairs.iter().all(|(own, _)| *own != meta.pubkey) {
            let other = counterpart(&meta.pubkey, state, &pairs);
            pairs.extend(other.map(|other| (meta.pubkey, other)));
        }
    }
    let choices = (1_u32..(1 << pairs.len()) - 1).filter(|choice| choice.count_ones() > 1);
    choices.map(|choice| chosen(valid, &pairs, choice)).collect()
}

fn chosen(valid: &Instruction, pairs: &[(Pubkey, Pubkey)], choice: u32) -> Instruction {
    let mut instruction = valid.clone();
    for meta in &mut instruction.accounts {
        let pair = pairs.iter().enumerate().find(|(place, (own, _))| choice >> place & 1 == 1 && *own == meta.pubkey);
        if let Some((_, (_, other))) = pair {
            meta.pubkey = *other;
        }
    }
    instruction
}

/// The account of another exchange that has most bytes in common with one, and is no other's counterpart.
fn counterpart(address: &Pubkey, state: &Snapshot, pairs: &[(Pubkey, Pubkey)]) -> Option<Pubkey> {
    let own = &state.get(address)?.data;
    let common = |other: &Pubkey| own.iter().zip(&state[other].data).filter(|(one, two)| one == two).count();
    let free = |other: &Pubkey| pairs.iter().all(|(_, taken)| taken != other);
    likes(address, state, false).into_iter().map(|(_, other)| other).filter(free).max_by_key(common)
}
