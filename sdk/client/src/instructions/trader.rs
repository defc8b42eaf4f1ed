//! Builders for traders.

use super::*;

impl Deployment {
    /// `open_account`; the owner pays the rent.
    #[must_use]
    pub fn open_account(&self, owner: Pubkey, id: u16) -> Instruction {
        build(
            accounts::OpenAccount {
                payer: owner,
                owner,
                exchange: self.exchange,
                margin_account: self.account(&owner, id),
                system_program: SYSTEM_PROGRAM,
            },
            instruction::OpenAccount { id },
        )
    }

    /// `close_account`.
    #[must_use]
    pub fn close_account(&self, owner: Pubkey, account: Pubkey) -> Instruction {
        build(accounts::CloseAccount { owner, margin_account: account }, instruction::CloseAccount {})
    }

    /// `set_delegate`; the default key takes the right away.
    #[must_use]
    pub fn set_delegate(
        &self,
        owner: Pubkey,
        account: Pubkey,
        delegate: Pubkey,
        until: Timestamp,
        limits: DelegateLimits,
    ) -> Instruction {
        build(
            accounts::SetDelegate { owner, margin_account: account },
            instruction::SetDelegate { delegate: key(&delegate), until, limits },
        )
    }

    /// `set_top_up`; without a reserve the policy ends.
    #[must_use]
    pub fn set_top_up(
        &self,
        owner: Pubkey,
        account: Pubkey,
        reserve: Option<Pubkey>,
        daily_limit: Usd,
        releases: bool,
    ) -> Instruction {
        build(
            accounts::SetTopUp { owner, margin_account: account, reserve },
            instruction::SetTopUp { daily_limit, releases },
        )
    }

    /// `deposit` from a token account of the depositor.
    #[must_use]
    pub fn deposit(
        &self,
        depositor: Pubkey,
        account: Pubkey,
        of: MintOf,
        source: Pubkey,
        amount: Tokens,
    ) -> Instruction {
        let vault = self.vault(&of.mint);
        let deposit = build(
            accounts::Deposit {
                depositor,
                exchange: self.exchange,
                board: self.board,
                margin_account: account,
                vault,
                vault_tokens: addresses::vault_tokens(&vault),
                mint: of.mint,
                source,
                token_program: of.token_program,
            },
            instruction::Deposit { amount },
        );
        self.with_board_for(of, deposit)
    }

    /// Collateral writes the board; cash reads it, so that an answer to a call waits for nobody.
    fn with_board_for(&self, of: MintOf, mut instruction: Instruction) -> Instruction {
        let board = instruction.accounts.iter_mut().find(|meta| meta.pubkey == self.board);
        if let Some(board) = board.filter(|_| of.mint != self.quote.mint) {
            board.is_writable = true;
        }
        instruction
    }

    /// `withdraw` to a token account.
    #[must_use]
    pub fn withdraw(
        &self,
        owner: Pubkey,
        account: Pubkey,
        of: MintOf,
        destination: Pubkey,
        amount: Tokens,
    ) -> Instruction {
        let vault = self.vault(&of.mint);
        let withdrawal = build(
            accounts::Withdraw {
                owner,
                exchange: self.exchange,
                board: self.board,
                margin_account: account,
                vault,
                vault_tokens: addresses::vault_tokens(&vault),
                mint: of.mint,
                destination,
                token_program: of.token_program,
            },
            instruction::Withdraw { amount },
        );
        self.with_board_for(of, withdrawal)
    }

    /// `transfer` between two accounts of one owner.
    #[must_use]
    pub fn transfer(&self, owner: Pubkey, from: Pubkey, to: Pubkey, asset: Asset, amount: Tokens) -> Instruction {
        build(
            accounts::Transfer { owner, exchange: self.exchange, board: self.board, from, to },
            instruction::Transfer { asset, amount },
        )
    }

    /// `trade` that both sides sign.
    #[must_use]
    pub fn trade(&self, parties: TradeParties, contract: u32, lots: u64, price: PerLot) -> Instruction {
        self.signed_trade(parties, contract, lots, price, None)
    }

    /// `trade` that both sides sign and that must not land at `expires_at` or later.
    #[must_use]
    pub fn trade_until(
        &self,
        parties: TradeParties,
        contract: u32,
        lots: u64,
        price: PerLot,
        expires_at: Timestamp,
    ) -> Instruction {
        self.signed_trade(parties, contract, lots, price, Some(expires_at))
    }

    fn signed_trade(
        &self,
        parties: TradeParties,
        contract: u32,
        lots: u64,
        price: PerLot,
        expires_at: Option<Timestamp>,
    ) -> Instruction {
        let TradeParties { buyer, buyer_signer, seller, seller_signer, venue } = parties;
        build(
            accounts::Trade {
                buyer_signer: Some(buyer_signer),
                seller_signer: Some(seller_signer),
                venue,
                exchange: self.exchange,
                board: self.board,
                contract: self.contract(contract),
                buyer,
                seller,
                instructions: None,
            },
            instruction::Trade { lots, price, expires_at, buyer_order: None, seller_order: None },
        )
    }

    /// `settle`.
    #[must_use]
    pub fn settle(&self, account: Pubkey, contract: u32) -> Instruction {
        build(
            accounts::Settle { board: self.board, contract: self.contract(contract), margin_account: account },
            instruction::Settle {},
        )
    }

    /// `settle_in_part`, by the owner.
    #[must_use]
    pub fn settle_in_part(&self, owner: Pubkey, account: Pubkey, contract: u32) -> Instruction {
        let contract = self.contract(contract);
        build(
            accounts::SettleInPart { owner, board: self.board, contract, margin_account: account },
            instruction::SettleInPart {},
        )
    }
}
