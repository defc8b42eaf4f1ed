//! Builders for what changes an exchange: at once while it is set up, by proposals once it is open.

use super::*;

impl Deployment {
    /// `create_underlying`, by the admin of an exchange that is not open.
    #[must_use]
    pub fn create_underlying(&self, admin: Pubkey, terms: UnderlyingTerms) -> Instruction {
        self.underlying_by(admin, None, terms)
    }

    /// `create_underlying`, by anybody who has a proposal of it that is due.
    #[must_use]
    pub fn create_proposed_underlying(&self, payer: Pubkey, due: Due, terms: UnderlyingTerms) -> Instruction {
        self.underlying_by(payer, Some(due), terms)
    }

    fn underlying_by(&self, payer: Pubkey, due: Option<Due>, terms: UnderlyingTerms) -> Instruction {
        let accounts = accounts::CreateUnderlying {
            payer,
            exchange: self.exchange,
            board: self.board,
            proposal: due.map(|due| self.proposal(due.number)),
            proposer: due.map(|due| due.proposer),
        };
        build(accounts, instruction::CreateUnderlying { terms })
    }

    /// `create_contract`, by the admin of an exchange that is not open, with the id that the exchange gives next.
    #[must_use]
    pub fn create_contract(&self, admin: Pubkey, next_id: u32, terms: ContractTerms) -> Instruction {
        self.contract_by(admin, None, next_id, terms)
    }

    /// `create_contract`, by anybody who has a proposal of it that is due, with the id that the exchange gives next.
    #[must_use]
    pub fn create_proposed_contract(&self, payer: Pubkey, due: Due, next_id: u32, terms: ContractTerms) -> Instruction {
        self.contract_by(payer, Some(due), next_id, terms)
    }

    fn contract_by(&self, payer: Pubkey, due: Option<Due>, next_id: u32, terms: ContractTerms) -> Instruction {
        let accounts = accounts::CreateContract {
            payer,
            exchange: self.exchange,
            board: self.board,
            contract: self.contract(next_id),
            proposal: due.map(|due| self.proposal(due.number)),
            proposer: due.map(|due| due.proposer),
            system_program: SYSTEM_PROGRAM,
        };
        build(accounts, instruction::CreateContract { terms })
    }

    /// `create_vault`, by the admin of an exchange that is not open.
    #[must_use]
    pub fn create_vault(&self, admin: Pubkey, of: MintOf, terms: VaultTerms) -> Instruction {
        self.vault_by(admin, None, of, terms)
    }

    /// `create_vault`, by anybody who has a proposal of it that is due.
    #[must_use]
    pub fn create_proposed_vault(&self, payer: Pubkey, due: Due, of: MintOf, terms: VaultTerms) -> Instruction {
        self.vault_by(payer, Some(due), of, terms)
    }

    fn vault_by(&self, payer: Pubkey, due: Option<Due>, of: MintOf, terms: VaultTerms) -> Instruction {
        let vault = self.vault(&of.mint);
        let accounts = accounts::CreateVault {
            payer,
            exchange: self.exchange,
            board: self.board,
            mint: of.mint,
            vault,
            vault_tokens: addresses::vault_tokens(&vault),
            proposal: due.map(|due| self.proposal(due.number)),
            proposer: due.map(|due| due.proposer),
            token_program: of.token_program,
            system_program: SYSTEM_PROGRAM,
        };
        build(accounts, instruction::CreateVault { terms })
    }

    /// `open_exchange`, for good.
    #[must_use]
    pub fn open_exchange(&self, admin: Pubkey) -> Instruction {
        build(accounts::OpenExchange { admin, exchange: self.exchange }, instruction::OpenExchange {})
    }

    /// `propose_change`, with the number that the exchange gives next.
    #[must_use]
    pub fn propose_change(&self, admin: Pubkey, next_number: u64, change: Change) -> Instruction {
        let proposal = self.proposal(next_number);
        build(
            accounts::ProposeChange { admin, exchange: self.exchange, proposal, system_program: SYSTEM_PROGRAM },
            instruction::ProposeChange { change },
        )
    }

    /// `execute_change`, of a proposal that holds `change`; creations have builders of their own.
    #[must_use]
    pub fn execute_change(&self, due: Due, change: &Change) -> Instruction {
        let (contract, vault) = match change {
            Change::SetContract(id, _) => (Some(self.contract(*id)), None),
            Change::SetVault(mint, _) => (None, Some(self.vault(&Pubkey::new_from_array(mint.0)))),
            _ => (None, None),
        };
        let accounts = accounts::ExecuteChange {
            exchange: self.exchange,
            board: self.board,
            insurance_fund: self.insurance_fund(),
            proposal: self.proposal(due.number),
            proposer: due.proposer,
            contract,
            vault,
        };
        build(accounts, instruction::ExecuteChange {})
    }

    /// `cancel_change`, by the admin or the guardian.
    #[must_use]
    pub fn cancel_change(&self, signer: Pubkey, of: Due) -> Instruction {
        let proposal = self.proposal(of.number);
        build(
            accounts::CancelChange { signer, exchange: self.exchange, proposal, proposer: of.proposer },
            instruction::CancelChange {},
        )
    }

    /// `cancel_all_changes`, by the admin or the guardian.
    #[must_use]
    pub fn cancel_all_changes(&self, signer: Pubkey) -> Instruction {
        build(accounts::CancelAllChanges { signer, exchange: self.exchange }, instruction::CancelAllChanges {})
    }

    /// `tighten`; a vault by its mint.
    #[must_use]
    pub fn tighten(&self, risk_manager: Pubkey, mint: Option<Pubkey>, tightening: Tightening) -> Instruction {
        let vault = mint.map(|mint| self.vault(&mint));
        build(
            accounts::Tighten { risk_manager, exchange: self.exchange, board: self.board, vault },
            instruction::Tighten { tightening },
        )
    }
}

#[cfg(test)]
mod tests {
    use anchor_lang::AnchorSerialize;
    use ballast_core::state::Proposal;
    use bytemuck::Zeroable;

    use super::*;

    /// Whoever reads a proposal needs nothing but the interface description: its bytes are what borsh writes.
    #[test]
    fn a_proposal_holds_a_change_as_borsh_writes_it() {
        let underlying = UnderlyingTerms { oracle: Key([7; 32]), ..UnderlyingTerms::default() };
        let vault = VaultTerms { cap: Tokens(5), collateral: None };
        for change in [
            Change::CreateUnderlying(underlying),
            Change::SetUnderlying(3, underlying),
            Change::SetVault(Key([8; 32]), vault),
            Change::SetReporters([Key([9; 32]); 5]),
        ] {
            let mut proposal = Proposal::zeroed();
            proposal.hold(&change).unwrap();
            let mut bytes = Vec::new();
            change.serialize(&mut bytes).unwrap();
            assert_eq!(proposal.change.get(..bytes.len()), Some(bytes.as_slice()));
        }
    }
}
