//! Every account of an exchange in the types of the core, and the transitions rehearsed on it.
//!
//! A rehearsal calls the very transition that the program will call, on copies, and writes them back only when it
//! succeeds. So a book that has rehearsed a plan is what the chain will hold after it.

use std::collections::BTreeMap;

use anchor_lang::prelude::Pubkey;
use ballast_client::{Deployment, key};
use ballast_core::clearing::{
    self, Audit, CollateralOffer, CollateralSale, CollateralSold, Deleveraged, Deleveraging, Discrepancy, Fill,
    Liquidated, Liquidation, Offer, Party, Reading, Rebalanced, Rebalancing, Refreshed, Refreshing, Settled, Traded,
    WoundDown,
};
use ballast_core::state::{Board, Contract, Exchange, InsuranceFund, MarginAccount, NO_ROW, Vault};
use ballast_core::units::{Timestamp, Tokens};
use ballast_core::{BallastError, Result};

/// What the oracle account of an underlying says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Published {
    /// Row of the underlying on the board.
    pub underlying: u8,
    /// The oracle account.
    pub oracle: Pubkey,
    /// Its price; none where the account holds none that counts.
    pub reading: Option<Reading>,
}

/// Every account of an exchange.
#[derive(Clone, Debug, PartialEq)]
pub struct Book {
    /// Where the exchange lies.
    pub deployment: Deployment,
    /// The exchange.
    pub exchange: Exchange,
    /// Its board.
    pub board: Box<Board>,
    /// Its insurance fund.
    pub fund: InsuranceFund,
    /// Contracts by id.
    pub contracts: BTreeMap<u32, Contract>,
    /// Vaults by mint, with what their token accounts hold.
    pub vaults: BTreeMap<Pubkey, (Vault, Tokens)>,
    /// Margin accounts by address.
    pub accounts: BTreeMap<Pubkey, MarginAccount>,
    /// What the oracles say.
    pub published: Vec<Published>,
    /// The cluster's clock.
    pub clock: Timestamp,
    /// The cluster's slot.
    pub slot: u64,
}

/// Accounts of a liquidation or a deleveraging.
struct Sides {
    account: (Pubkey, MarginAccount),
    /// Who takes the lots, or holds the other side.
    party: (Pubkey, MarginAccount),
    reserve: Option<(Pubkey, MarginAccount)>,
    contract: Contract,
    others: Vec<Contract>,
}

impl Book {
    /// The time against which the program will count.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.board.time(self.clock)
    }

    /// A margin account.
    ///
    /// # Errors
    /// `WrongExchange` when the book has no such account.
    pub fn account(&self, address: &Pubkey) -> Result<MarginAccount> {
        self.accounts.get(address).copied().ok_or(BallastError::WrongExchange)
    }

    /// A contract.
    ///
    /// # Errors
    /// `UnknownContract`.
    pub fn contract(&self, id: u32) -> Result<Contract> {
        self.contracts.get(&id).copied().ok_or(BallastError::UnknownContract)
    }

    /// Address and copy of the account that a top-up policy names, if the book has it.
    fn reserve_of(&self, account: &MarginAccount) -> Option<(Pubkey, MarginAccount)> {
        let address = Pubkey::new_from_array(account.top_up.reserve.0);
        self.accounts.get(&address).map(|reserve| (address, *reserve))
    }

    /// `refresh` of one underlying.
    ///
    /// # Errors
    /// Those of the transition.
    pub fn refresh(&mut self, underlying: u8, reading: &Reading, keeper: &Pubkey) -> Result<Refreshed> {
        let mut contracts = Vec::new();
        let mut next = self.board.underlying(underlying)?.first_contract;
        while next != NO_ROW {
            let row = self.board.contract(next)?;
            contracts.push(self.contracts.get(&row.id).ok_or(BallastError::UnknownContract)?);
            next = row.next;
        }
        let mut vaults = Vec::new();
        let mut next = self.board.underlying(underlying)?.first_vault;
        while next != NO_ROW {
            let row = self.board.vault(next)?;
            let mint = Pubkey::new_from_array(row.mint.0);
            vaults.push(self.vaults.get(&mint).map(|(vault, _)| vault).ok_or(BallastError::UnknownVault)?);
            next = row.next;
        }
        let accounts = Refreshing { contracts: &contracts, vaults: &vaults, keeper: self.accounts.get_mut(keeper) };
        clearing::refresh(&mut self.board, underlying, reading, accounts, self.clock, self.slot)
    }

    /// `settle`.
    ///
    /// # Errors
    /// Those of the transition.
    pub fn settle(&mut self, address: &Pubkey, contract: u32) -> Result<Settled> {
        let mut account = self.account(address)?;
        let mut held = self.contract(contract)?;
        let settled = clearing::settle(&mut account, &mut held, &self.board, self.clock)?;
        self.accounts.insert(*address, account);
        self.contracts.insert(contract, held);
        Ok(settled)
    }

    /// `rebalance`, for a keeper that is paid unless it is a party itself.
    ///
    /// # Errors
    /// Those of the transition.
    pub fn rebalance(&mut self, address: &Pubkey, keeper: Option<&Pubkey>) -> Result<Rebalanced> {
        let mut account = self.account(address)?;
        let mut reserve = self.reserve_of(&account);
        let mut paid = keeper.and_then(|keeper| self.accounts.get(keeper).map(|account| (*keeper, *account)));
        let done = clearing::rebalance(
            Rebalancing {
                account: &mut account,
                reserve: reserve.as_mut().map(|(_, reserve)| reserve),
                keeper: paid.as_mut().map(|(_, keeper)| keeper),
            },
            &self.board,
            self.clock,
        )?;
        self.accounts.insert(*address, account);
        self.accounts.extend(reserve.into_iter().chain(paid));
        Ok(done)
    }

    /// What a step takes of an account for another, in one contract.
    fn sides(&self, address: &Pubkey, party: &Pubkey, contract: u32) -> Result<Sides> {
        let account = self.account(address)?;
        let elsewhere = account.positions().iter().filter(|position| position.contract != contract);
        Ok(Sides {
            others: elsewhere.map(|position| self.contract(position.contract)).collect::<Result<Vec<Contract>>>()?,
            reserve: self.reserve_of(&account),
            account: (*address, account),
            party: (*party, self.account(party)?),
            contract: self.contract(contract)?,
        })
    }

    fn keep(&mut self, sides: Sides) {
        let contracts = sides.others.into_iter().chain([sides.contract]);
        self.contracts.extend(contracts.map(|contract| (contract.id, contract)));
        self.accounts.extend([sides.account, sides.party].into_iter().chain(sides.reserve));
    }

    /// `liquidate` what is offered for.
    ///
    /// # Errors
    /// Those of the transition.
    pub fn liquidate(&mut self, address: &Pubkey, keeper: &Pubkey, contract: u32, offer: Offer) -> Result<Liquidated> {
        let mut sides = self.sides(address, keeper, contract)?;
        let done = clearing::liquidate(
            Liquidation {
                account: &mut sides.account.1,
                keeper: &mut sides.party.1,
                reserve: sides.reserve.as_mut().map(|(_, reserve)| reserve),
                contract: &mut sides.contract,
                others: &mut sides.others.iter_mut().collect::<Vec<&mut Contract>>(),
                fund: &mut self.fund,
                board: &mut self.board,
            },
            &self.exchange,
            offer,
            self.clock,
        )?;
        self.keep(sides);
        Ok(done)
    }

    /// `deleverage` at most so many lots against another account.
    ///
    /// # Errors
    /// Those of the transition.
    pub fn deleverage(&mut self, address: &Pubkey, opposite: &Pubkey, contract: u32, most: u64) -> Result<Deleveraged> {
        let mut sides = self.sides(address, opposite, contract)?;
        let done = clearing::deleverage(
            Deleveraging {
                account: &mut sides.account.1,
                opposite: &mut sides.party.1,
                reserve: sides.reserve.as_mut().map(|(_, reserve)| reserve),
                contract: &mut sides.contract,
                others: &mut sides.others.iter_mut().collect::<Vec<&mut Contract>>(),
                fund: &mut self.fund,
                board: &mut self.board,
            },
            &self.exchange,
            most,
            self.clock,
        )?;
        self.keep(sides);
        Ok(done)
    }

    /// `wind_down` of contracts on an underlying.
    ///
    /// # Errors
    /// Those of the transition.
    pub fn wind_down(&mut self, underlying: u8, contracts: &[u32]) -> Result<WoundDown> {
        let mut held = contracts.iter().map(|id| self.contract(*id)).collect::<Result<Vec<Contract>>>()?;
        let (mut board, mut fund) = (self.board.clone(), self.fund);
        let mut passed = held.iter_mut().collect::<Vec<&mut Contract>>();
        let done = clearing::wind_down(&mut board, &mut passed, &mut fund, underlying, self.clock)?;
        (self.board, self.fund) = (board, fund);
        self.contracts.extend(held.into_iter().map(|contract| (contract.id, contract)));
        Ok(done)
    }

    /// `liquidate_collateral` of what is offered for.
    ///
    /// # Errors
    /// Those of the transition.
    pub fn sell_collateral(
        &mut self,
        address: &Pubkey,
        keeper: &Pubkey,
        offer: CollateralOffer,
    ) -> Result<CollateralSold> {
        let mut account = self.account(address)?;
        let mut buyer = self.account(keeper)?;
        let mut reserve = self.reserve_of(&account);
        let sold = clearing::liquidate_collateral(
            CollateralSale {
                account: &mut account,
                keeper: &mut buyer,
                reserve: reserve.as_mut().map(|(_, reserve)| reserve),
            },
            &self.board,
            &self.exchange,
            offer,
            self.clock,
        )?;
        self.accounts.insert(*address, account);
        self.accounts.insert(*keeper, buyer);
        self.accounts.extend(reserve);
        Ok(sold)
    }

    /// `trade` between two accounts.
    ///
    /// # Errors
    /// Those of the transition.
    pub fn trade(&mut self, buyer: &Pubkey, seller: &Pubkey, contract: u32, fill: Fill) -> Result<Traded> {
        let (mut buying, mut selling) = (self.account(buyer)?, self.account(seller)?);
        let mut held = self.contract(contract)?;
        let (buyer_side, seller_side) = (Party::owner(&mut buying), Party::owner(&mut selling));
        let traded =
            clearing::trade(buyer_side, seller_side, &mut held, &self.board, &self.exchange, fill, self.clock)?;
        self.accounts.insert(*buyer, buying);
        self.accounts.insert(*seller, selling);
        self.contracts.insert(contract, held);
        Ok(traded)
    }

    /// Largest difference in the books, in smallest units, and the first discrepancy: zero and none when they are exact.
    ///
    /// # Errors
    /// `UnknownContract`, `UnknownVault` when an account names a row that the board does not have.
    pub fn audit(&self) -> Result<(i128, Option<Discrepancy>)> {
        let mut audit = Audit::of(&self.board);
        for account in self.accounts.values() {
            audit.margin_account(account)?;
        }
        for contract in self.contracts.values() {
            audit.contract(contract)?;
        }
        audit.insurance_fund(&self.fund)?;
        for (vault, held) in self.vaults.values() {
            audit.vault(vault, *held)?;
        }
        Ok((audit.error(), audit.discrepancy()))
    }

    /// Whether an account belongs to this exchange.
    pub(crate) fn is_ours(&self, exchange: ballast_core::units::Key) -> bool {
        exchange == key(&self.deployment.exchange)
    }
}
