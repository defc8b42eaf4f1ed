//! Builders for keepers, depth reporters and index authorities.

use super::*;

impl Deployment {
    /// `refresh` of a list of underlyings, each with the oracle account to read. About six fit a legacy transaction.
    ///
    /// # Errors
    /// `UnknownUnderlying`.
    pub fn refresh(&self, board: &Board, keeper: Option<Pubkey>, prices: &[(u8, Pubkey)]) -> Result<Instruction> {
        let mut metas = accounts::Refresh { exchange: self.exchange, board: self.board, keeper }.to_account_metas(None);
        for (underlying, oracle) in prices {
            metas.push(AccountMeta::new_readonly(*oracle, false));
            let mut next = board.underlying(*underlying)?.first_contract;
            while next != NO_ROW {
                let contract = board.contract(next)?;
                metas.push(AccountMeta::new_readonly(self.contract(contract.id), false));
                next = contract.next;
            }
            let mut next = board.underlying(*underlying)?.first_vault;
            while next != NO_ROW {
                let vault = board.vault(next)?;
                metas.push(AccountMeta::new_readonly(self.vault(&Pubkey::new_from_array(vault.mint.0)), false));
                next = vault.next;
            }
        }
        let underlyings = prices.iter().map(|(underlying, _)| *underlying).collect();
        Ok(Instruction { program_id: ballast::ID, accounts: metas, data: instruction::Refresh { underlyings }.data() })
    }

    /// `refresh` of what an action on some accounts needs and the board's prices are too old for; none when all are
    /// fresh. Send it before the action.
    ///
    /// # Errors
    /// `UnknownUnderlying`, `UnknownVault`.
    pub fn refresh_if_stale(
        &self,
        board: &Board,
        touched: &[u8],
        action: Action,
        now: Timestamp,
    ) -> Result<Option<Instruction>> {
        let now = board.time(now);
        let mut prices = Vec::new();
        for underlying in touched {
            let row = board.underlying(*underlying)?;
            if now.since(row.published_at) > action.longest_age() {
                prices.push((*underlying, oracle_account(row.kind(), &row.oracle)));
            }
        }
        if prices.is_empty() { Ok(None) } else { self.refresh(board, None, &prices).map(Some) }
    }

    /// `wind_down` a step further; the insurance fund covers the deficits of `contracts` on the underlying.
    #[must_use]
    pub fn wind_down(&self, underlying: u8, contracts: &[u32]) -> Instruction {
        let accounts = accounts::WindDown { board: self.board, insurance_fund: self.insurance_fund() };
        let mut instruction = build(accounts, instruction::WindDown { underlying });
        instruction.accounts.extend(contracts.iter().map(|id| AccountMeta::new(self.contract(*id), false)));
        instruction
    }

    /// `post_depth`.
    #[must_use]
    pub fn post_depth(&self, reporter: Pubkey, underlying: u8, depth: Usd) -> Instruction {
        build(
            accounts::PostDepth { reporter, exchange: self.exchange, board: self.board },
            instruction::PostDepth { underlying, depth },
        )
    }

    /// `post_index` of a value that the authority signs for.
    #[must_use]
    pub fn post_signed_index(&self, authority: Pubkey, underlying: u8, value: Ratio) -> Instruction {
        self.post_index(authority, underlying, Some(value), None)
    }

    /// `post_index` of a feed's value, by anybody.
    #[must_use]
    pub fn post_feed_index(&self, sender: Pubkey, underlying: u8, oracle: Pubkey) -> Instruction {
        self.post_index(sender, underlying, None, Some(oracle))
    }

    fn post_index(&self, sender: Pubkey, underlying: u8, signed: Option<Ratio>, oracle: Option<Pubkey>) -> Instruction {
        build(
            accounts::PostIndex { sender, exchange: self.exchange, board: self.board, oracle },
            instruction::PostIndex { underlying, signed },
        )
    }

    /// `rebalance`, with the reserve that the account names.
    #[must_use]
    pub fn rebalance(&self, address: Pubkey, account: &MarginAccount, keeper: Option<Pubkey>) -> Instruction {
        build(
            accounts::Rebalance { board: self.board, margin_account: address, reserve: reserve_of(account), keeper },
            instruction::Rebalance {},
        )
    }

    /// `liquidate` of one contract, with the hedge that is offered to be taken too, the reserve that the account names and,
    /// where no other position has lots, the other contracts in which it holds basis.
    #[must_use]
    pub fn liquidate(
        &self,
        keeper: (Pubkey, Pubkey),
        address: Pubkey,
        account: &MarginAccount,
        contract: u32,
        offer: Offer,
    ) -> Instruction {
        let (keeper_owner, keeper) = keeper;
        let mut metas = accounts::Liquidate {
            keeper_owner,
            exchange: self.exchange,
            board: self.board,
            contract: self.contract(contract),
            insurance_fund: self.insurance_fund(),
            margin_account: address,
            keeper,
            reserve: reserve_of(account),
        }
        .to_account_metas(None);
        match offer.hedge {
            Some(hedge) => metas.push(AccountMeta::new(self.contract(hedge), false)),
            None => metas.extend(self.contracts_to_resolve(account, contract)),
        }
        Instruction { program_id: ballast::ID, accounts: metas, data: instruction::Liquidate { offer }.data() }
    }

    /// Contracts in which an account holds basis, if it holds lots of this one only.
    fn contracts_to_resolve(&self, account: &MarginAccount, contract: u32) -> Vec<AccountMeta> {
        let last = account.positions().iter().all(|held| held.contract == contract || held.size == Size::ZERO);
        let others = account.positions().iter().filter(|held| last && held.contract != contract);
        others.map(|held| AccountMeta::new(self.contract(held.contract), false)).collect()
    }

    /// `deleverage` at most `most` lots of one contract against another account, with the reserve that the account names
    /// and, where no other position has lots, the other contracts in which it holds basis.
    #[must_use]
    pub fn deleverage(
        &self,
        address: Pubkey,
        account: &MarginAccount,
        opposite: Pubkey,
        contract: u32,
        most: u64,
    ) -> Instruction {
        let mut metas = accounts::Deleverage {
            exchange: self.exchange,
            board: self.board,
            contract: self.contract(contract),
            insurance_fund: self.insurance_fund(),
            margin_account: address,
            opposite,
            reserve: reserve_of(account),
        }
        .to_account_metas(None);
        metas.extend(self.contracts_to_resolve(account, contract));
        Instruction { program_id: ballast::ID, accounts: metas, data: instruction::Deleverage { most }.data() }
    }

    /// `liquidate_collateral`, with the reserve that the account names.
    #[must_use]
    pub fn liquidate_collateral(
        &self,
        keeper: (Pubkey, Pubkey),
        address: Pubkey,
        account: &MarginAccount,
        offer: CollateralOffer,
    ) -> Instruction {
        let (keeper_owner, keeper) = keeper;
        build(
            accounts::LiquidateCollateral {
                keeper_owner,
                exchange: self.exchange,
                board: self.board,
                margin_account: address,
                keeper,
                reserve: reserve_of(account),
            },
            instruction::LiquidateCollateral { offer },
        )
    }
}
