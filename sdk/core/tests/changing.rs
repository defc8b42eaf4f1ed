//! Proposals with their timelock, and what the risk manager tightens at once.
#![allow(
    missing_docs,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::indexing_slicing,
    clippy::integer_division,
    clippy::unwrap_used,
    reason = "tests may panic"
)]

mod common;
#[path = "changing/creating.rs"]
mod creating;
#[path = "changing/executing.rs"]
mod executing;
#[path = "changing/proposing.rs"]
mod proposing;
#[path = "changing/steps.rs"]
mod steps;
#[path = "changing/tightening.rs"]
mod tightening;

use ballast_core::error::Result;
use ballast_core::state::Change;
use ballast_core::state::parameters::{ContractTerms, UnderlyingTerms, VaultTerms};
use common::World;

/// Seconds between a proposal and its execution in the fixture.
const TIMELOCK: u64 = 259_200;

impl World {
    /// A change is proposed, waits and is executed.
    fn change(&mut self, change: &Change) -> Result<()> {
        let proposal = self.propose(change)?;
        self.pass(TIMELOCK);
        let contract = matches!(change, Change::SetContract(..)).then_some(0);
        let vault = matches!(change, Change::SetVault(..)).then_some(0);
        self.execute_on(&proposal, contract, vault)
    }

    fn terms_of(&self, underlying: u8) -> UnderlyingTerms {
        UnderlyingTerms::of(&self.board.underlyings[usize::from(underlying)], false).unwrap()
    }

    fn terms_of_contract(&self) -> ContractTerms {
        ContractTerms::of(&self.board.contracts[0], &self.contracts[0])
    }

    fn terms_of_vault(&self) -> VaultTerms {
        VaultTerms::of(&self.vaults[0], Some(&self.board.vaults[0]))
    }
}
