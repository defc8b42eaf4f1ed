//! One builder per instruction, accounts filled in.

use anchor_lang::prelude::{AccountMeta, Pubkey};
use anchor_lang::solana_program::instruction::Instruction;
use anchor_lang::{InstructionData, ToAccountMetas};
use ballast::{accounts, instruction};
use ballast_core::Result;
use ballast_core::clearing::Asset;
use ballast_core::margin::Action;
use ballast_core::state::parameters::{ContractTerms, UnderlyingTerms, VaultTerms};
use ballast_core::state::{Board, ExchangeTerms, MarginAccount, NO_ROW, OracleKind, Pausable};
use ballast_core::units::{Key, PerLot, Size, Timestamp, Tokens, Usd};

use crate::addresses;

/// System program, which creates accounts.
const SYSTEM_PROGRAM: Pubkey = Pubkey::from_str_const("11111111111111111111111111111111");

/// An exchange as a client sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deployment {
    /// The exchange.
    pub exchange: Pubkey,
    /// Its board.
    pub board: Pubkey,
    /// Mint of cash, and its token program.
    pub quote: MintOf,
}

/// A mint and the token program that it belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MintOf {
    /// The mint.
    pub mint: Pubkey,
    /// Its token program.
    pub token_program: Pubkey,
}

/// The two sides of a fill and who signs for them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TradeParties {
    /// The buyer's margin account.
    pub buyer: Pubkey,
    /// Its owner or delegate.
    pub buyer_signer: Pubkey,
    /// The seller's margin account.
    pub seller: Pubkey,
    /// Its owner or delegate.
    pub seller_signer: Pubkey,
    /// A venue of the contract that signs too, if any.
    pub venue: Option<Pubkey>,
}

fn build(accounts: impl ToAccountMetas, data: impl InstructionData) -> Instruction {
    Instruction { program_id: ballast::ID, accounts: accounts.to_account_metas(None), data: data.data() }
}

/// The core's key of an address.
#[must_use]
pub const fn key(address: &Pubkey) -> Key {
    Key(address.to_bytes())
}

impl Deployment {
    /// The insurance fund.
    #[must_use]
    pub fn insurance_fund(&self) -> Pubkey {
        addresses::insurance_fund(&self.exchange)
    }

    /// A contract's account.
    #[must_use]
    pub fn contract(&self, id: u32) -> Pubkey {
        addresses::contract(&self.exchange, id)
    }

    /// A mint's vault.
    #[must_use]
    pub fn vault(&self, mint: &Pubkey) -> Pubkey {
        addresses::vault(&self.exchange, mint)
    }

    /// An owner's margin account.
    #[must_use]
    pub fn account(&self, owner: &Pubkey, id: u16) -> Pubkey {
        addresses::account(&self.exchange, owner, id)
    }

    // Admin.

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

    /// `create_underlying`.
    #[must_use]
    pub fn create_underlying(&self, admin: Pubkey, terms: UnderlyingTerms) -> Instruction {
        build(
            accounts::CreateUnderlying { admin, exchange: self.exchange, board: self.board },
            instruction::CreateUnderlying { terms },
        )
    }

    /// `create_contract`, with the id that the exchange gives next.
    #[must_use]
    pub fn create_contract(&self, admin: Pubkey, next_id: u32, terms: ContractTerms) -> Instruction {
        build(
            accounts::CreateContract {
                admin,
                exchange: self.exchange,
                board: self.board,
                contract: self.contract(next_id),
                system_program: SYSTEM_PROGRAM,
            },
            instruction::CreateContract { terms },
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

    /// `create_vault`.
    #[must_use]
    pub fn create_vault(&self, admin: Pubkey, of: MintOf, terms: VaultTerms) -> Instruction {
        let vault = self.vault(&of.mint);
        build(
            accounts::CreateVault {
                admin,
                exchange: self.exchange,
                board: self.board,
                mint: of.mint,
                vault,
                vault_tokens: addresses::vault_tokens(&vault),
                token_program: of.token_program,
                system_program: SYSTEM_PROGRAM,
            },
            instruction::CreateVault { terms },
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

    // Trader.

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
    pub fn set_delegate(&self, owner: Pubkey, account: Pubkey, delegate: Pubkey, until: Timestamp) -> Instruction {
        build(
            accounts::SetDelegate { owner, margin_account: account },
            instruction::SetDelegate { delegate: key(&delegate), until },
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
        build(
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
        )
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
        build(
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
        )
    }

    /// `transfer` between two accounts of one owner.
    #[must_use]
    pub fn transfer(&self, owner: Pubkey, from: Pubkey, to: Pubkey, asset: Asset, amount: Tokens) -> Instruction {
        build(
            accounts::Transfer { owner, exchange: self.exchange, board: self.board, from, to },
            instruction::Transfer { asset, amount },
        )
    }

    /// `trade`.
    #[must_use]
    pub fn trade(&self, parties: TradeParties, contract: u32, lots: u64, price: PerLot) -> Instruction {
        let TradeParties { buyer, buyer_signer, seller, seller_signer, venue } = parties;
        build(
            accounts::Trade {
                buyer_signer,
                seller_signer,
                venue,
                exchange: self.exchange,
                board: self.board,
                contract: self.contract(contract),
                buyer,
                seller,
            },
            instruction::Trade { lots, price },
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

    // Keeper.

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

    /// `post_depth`.
    #[must_use]
    pub fn post_depth(&self, reporter: Pubkey, underlying: u8, depth: Usd) -> Instruction {
        build(
            accounts::PostDepth { reporter, exchange: self.exchange, board: self.board },
            instruction::PostDepth { underlying, depth },
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

    /// `liquidate` at most `most` lots of one contract, with the reserve that the account names and the other contracts
    /// in which it holds basis.
    #[must_use]
    pub fn liquidate(
        &self,
        keeper: (Pubkey, Pubkey),
        address: Pubkey,
        account: &MarginAccount,
        contract: u32,
        most: u64,
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
        let last = account.positions().iter().all(|held| held.contract == contract || held.size == Size::ZERO);
        let others = account.positions().iter().filter(|held| last && held.contract != contract);
        metas.extend(others.map(|held| AccountMeta::new(self.contract(held.contract), false)));
        Instruction { program_id: ballast::ID, accounts: metas, data: instruction::Liquidate { most }.data() }
    }

    /// `liquidate_collateral`, with the reserve that the account names.
    #[must_use]
    pub fn liquidate_collateral(
        &self,
        keeper: (Pubkey, Pubkey),
        address: Pubkey,
        account: &MarginAccount,
        vault: u8,
        most: Tokens,
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
            instruction::LiquidateCollateral { vault, most },
        )
    }

    // Insurer.

    /// `fund_insurance` from a token account of the insurer.
    #[must_use]
    pub fn fund_insurance(&self, insurer: Pubkey, source: Pubkey, amount: Tokens) -> Instruction {
        let vault = self.vault(&self.quote.mint);
        build(
            accounts::FundInsurance {
                insurer,
                insurance_fund: self.insurance_fund(),
                vault,
                vault_tokens: addresses::vault_tokens(&vault),
                mint: self.quote.mint,
                source,
                token_program: self.quote.token_program,
            },
            instruction::FundInsurance { amount },
        )
    }
}

/// Where an underlying's price is published: Pyth's sponsored account of the feed, or the legacy account itself.
#[must_use]
pub fn oracle_account(kind: OracleKind, oracle: &Key) -> Pubkey {
    match kind {
        OracleKind::Pull => addresses::feed(0, &oracle.0),
        OracleKind::Legacy => Pubkey::new_from_array(oracle.0),
    }
}

/// Underlyings whose prices a margin check of an account needs.
///
/// # Errors
/// `UnknownVault`.
pub fn underlyings_of(account: &MarginAccount, board: &Board) -> Result<Vec<u8>> {
    let mut touched: Vec<u8> = account.positions().iter().map(|held| held.underlying).collect();
    for held in account.collateral.iter().filter(|held| held.amount != Tokens::ZERO) {
        touched.push(board.vault(held.vault)?.underlying);
    }
    touched.sort_unstable();
    touched.dedup();
    Ok(touched)
}

fn reserve_of(account: &MarginAccount) -> Option<Pubkey> {
    account.top_up.reserve.is_some().then(|| Pubkey::new_from_array(account.top_up.reserve.0))
}
