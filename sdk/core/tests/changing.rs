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

use ballast_core::clearing::{self, Executing, NewProposal};
use ballast_core::error::Result;
use ballast_core::state::parameters::{ContractTerms, UnderlyingTerms, VaultTerms};
use ballast_core::state::{Change, Proposal};
use bytemuck::Zeroable;
use common::{World, key};

/// Seconds between a proposal and its execution in the fixture.
const TIMELOCK: u64 = 259_200;

impl World {
    /// The admin proposes a change.
    fn propose(&mut self, change: &Change) -> Result<Proposal> {
        let new = NewProposal { exchange: key(100), proposer: key(90), bump: 9 };
        let mut proposal = Proposal::zeroed();
        clearing::propose_change(&mut self.exchange, &mut proposal, &new, change, self.clock)?;
        Ok(proposal)
    }

    /// Somebody executes it, on a contract and a vault by their places.
    fn execute_on(&mut self, proposal: &Proposal, contract: Option<usize>, vault: Option<usize>) -> Result<()> {
        let state = Executing {
            exchange: &mut self.exchange,
            board: &mut self.board,
            fund: &mut self.fund,
            contract: contract.map(|place| &mut self.contracts[place]),
            vault: vault.map(|place| &mut self.vaults[place]),
        };
        clearing::execute_change(proposal, state, self.clock)
    }

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
