//! The transitions, as one line each.

use ballast_core::clearing::{
    self, Authority, BoardUse, CollateralOffer, CollateralSale, CollateralSold, Deleveraged, Deleveraging, Deposit,
    Executing, Fill, Funded, IndexValue, Liquidated, Liquidation, NewProposal, Offer, Party, Reading, Rebalanced,
    Rebalancing, Refreshed, Refreshing, Settled, SettledInPart, Staked, Traded, Unstaked, WoundDown,
};
use ballast_core::error::Result;
use ballast_core::state::{Change, Contract, MarginAccount, NO_ROW, Proposal, Stake, Vault};
use ballast_core::units::{PerLot, Ratio, Shares, Timestamp, Tokens, Usd};
use bytemuck::Zeroable;

use super::{World, key, moved};

impl World {
    pub fn refresh(
        &mut self,
        underlying: u8,
        price: i64,
        ema: i64,
        confidence: i64,
        keeper: Option<usize>,
    ) -> Result<Refreshed> {
        let reading = Reading {
            price,
            confidence: confidence as u64,
            ema,
            exponent: -8,
            published_at: self.clock,
            previous_published_at: Timestamp(self.clock.0 - 1),
        };
        self.read(underlying, &reading, keeper)
    }

    pub fn read(&mut self, underlying: u8, reading: &Reading, keeper: Option<usize>) -> Result<Refreshed> {
        self.slot += 1;
        let mut next = self.board.underlyings[usize::from(underlying)].first_contract;
        let mut contracts = Vec::new();
        while next != NO_ROW {
            let row = &self.board.contracts[usize::from(next)];
            contracts.push(self.contracts.iter().find(|contract| contract.id == row.id).unwrap());
            next = row.next;
        }
        let mut next = self.board.underlyings[usize::from(underlying)].first_vault;
        let mut vaults = Vec::new();
        while next != NO_ROW {
            vaults.push(&self.vaults[usize::from(next)]);
            next = self.board.vaults[usize::from(next)].next;
        }
        let keeper = keeper.map(|keeper| &mut self.accounts[keeper]);
        let accounts = Refreshing { contracts: &contracts, vaults: &vaults, keeper };
        clearing::refresh(&mut self.board, underlying, reading, accounts, self.clock, self.slot)
    }

    /// A depth, by a reporter of the exchange.
    pub fn post_depth(&mut self, underlying: u8, reporter: u8, depth: Usd) -> Result<Usd> {
        let signer = super::reporter(reporter);
        clearing::post_depth(&mut self.board, &self.exchange, underlying, signer, depth, self.clock)
    }

    /// A volatility index, by the authority that the underlying names.
    pub fn post_index(&mut self, underlying: u8, value: Ratio) -> Result<Ratio> {
        let signer = self.board.underlyings[usize::from(underlying)].index_terms.key;
        clearing::post_index(&mut self.board, underlying, IndexValue::Signed(signer, value), self.clock)
    }

    pub fn deposit(&mut self, account: usize, row: Option<u8>, amount: u64) -> Result<()> {
        let (vault, place) = vault_of(&mut self.quote, &mut self.vaults, row);
        let deposit = Deposit { amount: Tokens(amount), by_owner: true };
        let into = match row {
            None => BoardUse::Read(&self.board),
            Some(_) => BoardUse::Write(&mut self.board),
        };
        clearing::deposit(&mut self.accounts[account], vault, into, &self.exchange, deposit, self.clock)?;
        self.tokens[place] += amount;
        Ok(())
    }

    pub fn withdraw(&mut self, account: usize, row: Option<u8>, amount: u64) -> Result<()> {
        let (vault, place) = vault_of(&mut self.quote, &mut self.vaults, row);
        let account = &mut self.accounts[account];
        let from = match row {
            None => BoardUse::Read(&self.board),
            Some(_) => BoardUse::Write(&mut self.board),
        };
        clearing::withdraw(account, vault, from, &self.exchange, Tokens(amount), self.clock)?;
        self.tokens[place] -= amount;
        Ok(())
    }

    pub fn transfer(&mut self, from: usize, to: usize, asset: clearing::Asset, amount: u64) -> Result<()> {
        let [from, to] = self.accounts.get_disjoint_mut([from, to]).unwrap();
        clearing::transfer(from, to, &self.board, &self.exchange, asset, Tokens(amount), self.clock)
    }

    pub fn trade(&mut self, buyer: usize, seller: usize, contract: usize, fill: Fill) -> Result<Traded> {
        let [buyer, seller] = self.accounts.get_disjoint_mut([buyer, seller]).unwrap();
        let contract = &mut self.contracts[contract];
        clearing::trade(
            Party::owner(buyer),
            Party::owner(seller),
            contract,
            &self.board,
            &self.exchange,
            fill,
            self.clock,
        )
    }

    /// A fill on somebody's authority, the buyer's first.
    pub fn trade_as(
        &mut self,
        (buyer, for_buyer): (usize, Authority<'_>),
        (seller, for_seller): (usize, Authority<'_>),
        contract: usize,
        fill: Fill,
    ) -> Result<Traded> {
        let [buyer, seller] = self.accounts.get_disjoint_mut([buyer, seller]).unwrap();
        let buyer = Party { account: buyer, authority: for_buyer };
        let seller = Party { account: seller, authority: for_seller };
        let contract = &mut self.contracts[contract];
        clearing::trade(buyer, seller, contract, &self.board, &self.exchange, fill, self.clock)
    }

    /// A fill at mark.
    pub fn fill(&mut self, buyer: usize, seller: usize, contract: usize, lots: u64) -> Result<Traded> {
        let price = self.mark(contract);
        self.trade(buyer, seller, contract, Fill::new(lots, price))
    }

    /// A fill so many parts in ten thousand from mark.
    pub fn fill_off(
        &mut self,
        buyer: usize,
        seller: usize,
        contract: usize,
        lots: u64,
        basis_points: i64,
    ) -> Result<Traded> {
        let price = PerLot(moved(self.mark(contract).0, basis_points));
        self.trade(buyer, seller, contract, Fill::new(lots, price))
    }

    pub fn settle(&mut self, account: usize, contract: usize) -> Result<Settled> {
        let contract = &mut self.contracts[contract];
        clearing::settle(&mut self.accounts[account], contract, &self.board, self.clock)
    }

    pub fn rebalance(&mut self, account: usize, reserve: Option<usize>, keeper: Option<usize>) -> Result<Rebalanced> {
        let mut accounts: Vec<Option<&mut MarginAccount>> = self.accounts.iter_mut().map(Some).collect();
        let account = accounts[account].take().unwrap();
        let reserve = reserve.map(|reserve| accounts[reserve].take().unwrap());
        let keeper = keeper.map(|keeper| accounts[keeper].take().unwrap());
        clearing::rebalance(Rebalancing { account, reserve, keeper }, &self.board, self.clock)
    }

    pub fn liquidate(
        &mut self,
        account: usize,
        keeper: usize,
        reserve: Option<usize>,
        contract: usize,
        most: u64,
    ) -> Result<Liquidated> {
        self.liquidate_for(account, keeper, reserve, contract, Offer::of(most))
    }

    pub fn liquidate_for(
        &mut self,
        account: usize,
        keeper: usize,
        reserve: Option<usize>,
        contract: usize,
        offer: Offer,
    ) -> Result<Liquidated> {
        let mut accounts: Vec<Option<&mut MarginAccount>> = self.accounts.iter_mut().map(Some).collect();
        let mut contracts: Vec<Option<&mut Contract>> = self.contracts.iter_mut().map(Some).collect();
        let contract = contracts[contract].take().unwrap();
        let mut others: Vec<&mut Contract> = contracts.into_iter().flatten().collect();
        let liquidation = Liquidation {
            account: accounts[account].take().unwrap(),
            keeper: accounts[keeper].take().unwrap(),
            reserve: reserve.map(|reserve| accounts[reserve].take().unwrap()),
            contract,
            others: &mut others,
            fund: &mut self.fund,
            board: &mut self.board,
        };
        clearing::liquidate(liquidation, &self.exchange, offer, self.clock)
    }

    /// Takes a position together with its hedge.
    pub fn liquidate_pair(
        &mut self,
        account: usize,
        keeper: usize,
        contract: usize,
        hedge: usize,
        most: u64,
    ) -> Result<Liquidated> {
        let hedge = Some(self.contracts[hedge].id);
        self.liquidate_for(account, keeper, None, contract, Offer { most, hedge, worst: None })
    }

    /// Closes lots of an insolvent account against another.
    pub fn deleverage(&mut self, account: usize, opposite: usize, contract: usize, most: u64) -> Result<Deleveraged> {
        let mut contracts: Vec<Option<&mut Contract>> = self.contracts.iter_mut().map(Some).collect();
        let contract = contracts[contract].take().unwrap();
        let mut others: Vec<&mut Contract> = contracts.into_iter().flatten().collect();
        let [account, opposite] = self.accounts.get_disjoint_mut([account, opposite]).unwrap();
        let accounts = Deleveraging {
            account,
            opposite,
            reserve: None,
            contract,
            others: &mut others,
            fund: &mut self.fund,
            board: &mut self.board,
        };
        clearing::deleverage(accounts, &self.exchange, most, self.clock)
    }

    pub fn sell_collateral(
        &mut self,
        account: usize,
        keeper: usize,
        reserve: Option<usize>,
        vault: u8,
        most: u64,
    ) -> Result<CollateralSold> {
        let offer = CollateralOffer { vault, most: Tokens(most), worst: None };
        self.sell_collateral_for(account, keeper, reserve, offer)
    }

    pub fn sell_collateral_for(
        &mut self,
        account: usize,
        keeper: usize,
        reserve: Option<usize>,
        offer: CollateralOffer,
    ) -> Result<CollateralSold> {
        let mut accounts: Vec<Option<&mut MarginAccount>> = self.accounts.iter_mut().map(Some).collect();
        let sale = CollateralSale {
            account: accounts[account].take().unwrap(),
            keeper: accounts[keeper].take().unwrap(),
            reserve: reserve.map(|reserve| accounts[reserve].take().unwrap()),
        };
        clearing::liquidate_collateral(sale, &self.board, &self.exchange, offer, self.clock)
    }

    pub fn fund_insurance(&mut self, amount: u64) -> Result<Funded> {
        let funded = clearing::fund_insurance(&mut self.fund, &mut self.quote, Tokens(amount))?;
        self.tokens[0] += amount;
        Ok(funded)
    }

    /// A stake of an owner, without shares.
    pub fn open_stake(&mut self, owner: u8) -> usize {
        let mut stake = Stake::zeroed();
        clearing::open_stake(&mut stake, super::key(100), super::key(owner), 0);
        self.stakes.push(stake);
        self.stakes.len() - 1
    }

    pub fn stake(&mut self, stake: usize, amount: u64) -> Result<Staked> {
        let bought = (Tokens(amount), Shares::ZERO);
        let held = &mut self.stakes[stake];
        let staked = clearing::stake(held, &mut self.fund, &mut self.quote, &self.exchange, bought, self.clock)?;
        self.tokens[0] += amount;
        Ok(staked)
    }

    pub fn request_unstake(&mut self, stake: usize, shares: Shares) -> Result<Timestamp> {
        clearing::request_unstake(&mut self.stakes[stake], &self.fund, shares, self.clock)
    }

    pub fn unstake(&mut self, stake: usize) -> Result<Unstaked> {
        let held = &mut self.stakes[stake];
        let unstaked = clearing::unstake(held, &mut self.fund, &mut self.quote, &self.exchange, self.clock)?;
        self.tokens[0] -= unstaked.paid.0;
        Ok(unstaked)
    }

    pub fn settle_in_part(&mut self, account: usize, contract: usize) -> Result<SettledInPart> {
        let contract = &mut self.contracts[contract];
        clearing::settle_in_part(&mut self.accounts[account], contract, &mut self.board, self.clock)
    }

    /// Anybody goes on with winding down, with all contracts on the underlying.
    pub fn wind_down(&mut self, underlying: u8) -> Result<WoundDown> {
        let board = &mut self.board;
        let on_it = |contract: &&mut Contract| board.contracts[usize::from(contract.row)].underlying == underlying;
        let mut contracts: Vec<&mut Contract> = self.contracts.iter_mut().filter(on_it).collect();
        clearing::wind_down(board, &mut contracts, &mut self.fund, underlying, self.clock)
    }

    /// The admin proposes a change.
    pub fn propose(&mut self, change: &Change) -> Result<Proposal> {
        let new = NewProposal { exchange: key(100), proposer: key(90), bump: 9 };
        let mut proposal = Proposal::zeroed();
        clearing::propose_change(&mut self.exchange, &mut proposal, &new, change, self.clock)?;
        Ok(proposal)
    }

    /// Somebody executes it, on a contract and a vault by their places.
    pub fn execute_on(&mut self, proposal: &Proposal, contract: Option<usize>, vault: Option<usize>) -> Result<()> {
        let state = Executing {
            exchange: &mut self.exchange,
            board: &mut self.board,
            fund: &mut self.fund,
            contract: contract.map(|place| &mut self.contracts[place]),
            vault: vault.map(|place| &mut self.vaults[place]),
        };
        clearing::execute_change(proposal, state, self.clock)
    }

    /// Somebody executes it, on the first contract or vault where it changes one.
    pub fn execute(&mut self, proposal: &Proposal) -> Result<()> {
        let contract = matches!(proposal.held()?, Change::SetContract(..)).then_some(0);
        let vault = matches!(proposal.held()?, Change::SetVault(..)).then_some(0);
        self.execute_on(proposal, contract, vault)
    }

    /// Begins to wind an underlying down, by a proposal that was made a timelock ago.
    pub fn begin_wind_down(&mut self, underlying: u8) -> Result<()> {
        let now = self.clock;
        self.clock = Timestamp(now.0 - self.exchange.timelock as i64);
        let proposal = self.propose(&Change::WindDown(underlying));
        self.clock = now;
        self.execute_on(&proposal?, None, None)
    }

    pub fn collect_fees(&mut self, contract: usize) -> Result<Tokens> {
        let contract = &mut self.contracts[contract];
        let out = clearing::collect_fees(&self.exchange, contract, &mut self.board, &mut self.fund, &mut self.quote)?;
        self.tokens[0] -= out.0;
        Ok(out)
    }
}

fn vault_of<'a>(quote: &'a mut Vault, vaults: &'a mut [Vault], row: Option<u8>) -> (&'a mut Vault, usize) {
    match row {
        None => (quote, 0),
        Some(row) => (&mut vaults[usize::from(row)], usize::from(row) + 1),
    }
}
