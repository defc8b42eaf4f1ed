//! Builders for the admin and the guardian.

use super::*;

impl Deployment {
    /// `initialize_exchange`; the exchange's address follows from creator and id.
    #[must_use]
    pub fn initialize_exchange(creator: Pubkey, id: u16, quote_mint: Pubkey, terms: ExchangeTerms) -> Instruction {
        let exchange = addresses::exchange(&creator, id);
        build(
            accounts::InitializeExchange {
                creator,
                exchange,
                insurance_fund: addresses::insurance_fund(&exchange),
                quote_mint,
                system_program: SYSTEM_PROGRAM,
            },
            instruction::InitializeExchange { id, terms },
        )
    }

    /// `initialize_board`; the board's account is created before, zeroed and owned by the program.
    #[must_use]
    pub fn initialize_board(&self, admin: Pubkey) -> Instruction {
        build(
            accounts::InitializeBoard { admin, exchange: self.exchange, board: self.board },
            instruction::InitializeBoard {},
        )
    }

    /// `close_contract`.
    #[must_use]
    pub fn close_contract(&self, admin: Pubkey, contract: u32) -> Instruction {
        build(
            accounts::CloseContract {
                admin,
                exchange: self.exchange,
                board: self.board,
                contract: self.contract(contract),
            },
            instruction::CloseContract {},
        )
    }

    /// `pause`.
    #[must_use]
    pub fn pause(&self, guardian: Pubkey, what: Pausable, seconds: u64) -> Instruction {
        build(accounts::SetPause { guardian, exchange: self.exchange }, instruction::Pause { what, seconds })
    }

    /// `nominate_admin`.
    #[must_use]
    pub fn nominate_admin(&self, admin: Pubkey, nominee: Pubkey) -> Instruction {
        build(
            accounts::NominateAdmin { admin, exchange: self.exchange },
            instruction::NominateAdmin { nominee: key(&nominee) },
        )
    }

    /// `accept_admin`.
    #[must_use]
    pub fn accept_admin(&self, nominee: Pubkey) -> Instruction {
        build(accounts::AcceptAdmin { nominee, exchange: self.exchange }, instruction::AcceptAdmin {})
    }

    /// `collect_fees`.
    #[must_use]
    pub fn collect_fees(&self, admin: Pubkey, contract: u32, destination: Pubkey) -> Instruction {
        let vault = self.vault(&self.quote.mint);
        build(
            accounts::CollectFees {
                admin,
                exchange: self.exchange,
                board: self.board,
                contract: self.contract(contract),
                insurance_fund: self.insurance_fund(),
                vault,
                vault_tokens: addresses::vault_tokens(&vault),
                mint: self.quote.mint,
                destination,
                token_program: self.quote.token_program,
            },
            instruction::CollectFees {},
        )
    }

    /// `sweep`.
    #[must_use]
    pub fn sweep(&self, admin: Pubkey, of: MintOf, destination: Pubkey) -> Instruction {
        let vault = self.vault(&of.mint);
        build(
            accounts::Sweep {
                admin,
                exchange: self.exchange,
                vault,
                vault_tokens: addresses::vault_tokens(&vault),
                mint: of.mint,
                destination,
                token_program: of.token_program,
            },
            instruction::Sweep {},
        )
    }
}
