//! The instructions as the interface description lists them.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use anchor_lang::prelude::Pubkey;
use anchor_lang::solana_program::instruction::Instruction;
use serde::Deserialize;

#[derive(Deserialize)]
struct Interface {
    instructions: Vec<Listed>,
}

/// An instruction of the interface.
#[derive(Deserialize)]
pub struct Listed {
    /// Its name.
    pub name: String,
    discriminator: Vec<u8>,
    accounts: Vec<Place>,
}

#[derive(Deserialize)]
struct Place {
    name: String,
}

static INTERFACE: LazyLock<BTreeMap<Vec<u8>, Listed>> = LazyLock::new(|| {
    let text = include_str!("../../../../idl/ballast.json");
    let interface: Interface = serde_json::from_str(text).expect("the checked-in interface");
    interface.instructions.into_iter().map(|listed| (listed.discriminator.clone(), listed)).collect()
});

/// Names of all instructions.
pub fn names() -> impl Iterator<Item = &'static str> {
    INTERFACE.values().map(|listed| listed.name.as_str())
}

/// What an instruction of the program is.
pub fn listed(instruction: &Instruction) -> Option<&'static Listed> {
    (instruction.program_id == ballast_client::ID).then(|| INTERFACE.get(instruction.data.get(..8)?)).flatten()
}

/// The account of a name in an instruction; none where an optional one is left out.
pub fn account(instruction: &Instruction, name: &str) -> Option<Pubkey> {
    let place = listed(instruction)?.accounts.iter().position(|place| place.name == name)?;
    instruction.accounts.get(place).map(|meta| meta.pubkey).filter(|key| *key != ballast_client::ID)
}
