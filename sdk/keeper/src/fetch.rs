//! Reads a book over JSON-RPC: once by all accounts of the program, then again by their addresses.

use std::collections::BTreeMap;

use anchor_lang::prelude::Pubkey;
use anchor_lang::{AccountDeserialize, Discriminator};
use ballast_client::{Deployment, addresses, oracle_account, read};
use ballast_core::clearing::Reading;
use ballast_core::state::{Board, Contract, Exchange, InsuranceFund, MarginAccount, OracleKind, Vault};
use ballast_core::units::{Timestamp, Tokens};
use pyth_solana_receiver_sdk::price_update::{PriceUpdateV2, VerificationLevel};
use solana_rpc_client::rpc_client::RpcClient;

use crate::book::{Book, Published};
use crate::error::KeeperError;

/// The cluster's clock.
const CLOCK: Pubkey = Pubkey::from_str_const("SysvarC1ock11111111111111111111111111111111");
/// Accounts that one call of `getMultipleAccounts` may ask for.
const ACCOUNTS_A_CALL: usize = 100;
/// Place of the slot in the clock's account, and its length.
const SLOT: (usize, usize) = (0, 8);
/// Place of Unix seconds in the clock's account, and its length.
const SECONDS: (usize, usize) = (32, 8);
/// Place of the amount in a token account, and its length.
const AMOUNT: (usize, usize) = (64, 8);

impl Book {
    /// Reads all accounts of an exchange.
    ///
    /// # Errors
    /// [`KeeperError::Rpc`], [`KeeperError::Missing`], [`KeeperError::Unreadable`].
    pub fn fetch(rpc: &RpcClient, deployment: Deployment) -> Result<Self, KeeperError> {
        let mut found: BTreeMap<Pubkey, Vec<u8>> =
            rpc.get_program_accounts(&ballast_client::ID)?.into_iter().map(|(at, held)| (at, held.data)).collect();
        let mut take = |address: Pubkey| found.remove(&address).ok_or(KeeperError::Missing(address));
        let exchange = parse::<Exchange>(deployment.exchange, &take(deployment.exchange)?)?;
        let board = Box::new(parse::<Board>(deployment.board, &take(deployment.board)?)?);
        let fund_at = deployment.insurance_fund();
        let fund = parse::<InsuranceFund>(fund_at, &take(fund_at)?)?;
        let mut book = Self {
            deployment,
            exchange,
            board,
            fund,
            contracts: BTreeMap::new(),
            vaults: BTreeMap::new(),
            accounts: BTreeMap::new(),
            published: Vec::new(),
            clock: Timestamp::ZERO,
            slot: 0,
        };
        for (address, data) in found {
            // What is of another type or another exchange is not ours to read.
            if let Ok(account) = read::account::<MarginAccount>(&data) {
                if book.is_ours(account.exchange) {
                    book.accounts.insert(address, account);
                }
            } else if let Ok(contract) = read::account::<Contract>(&data) {
                if book.is_ours(contract.exchange) {
                    book.contracts.insert(contract.id, contract);
                }
            } else if let Ok(vault) = read::account::<Vault>(&data)
                && book.is_ours(vault.exchange)
            {
                book.vaults.insert(Pubkey::new_from_array(vault.mint.0), (vault, Tokens::ZERO));
            }
        }
        book.list_oracles();
        book.update(rpc)?;
        Ok(book)
    }

    /// Reads every account of the book again, and the clock. Accounts opened since [`Book::fetch`] are not seen.
    ///
    /// # Errors
    /// As [`Book::fetch`].
    pub fn update(&mut self, rpc: &RpcClient) -> Result<(), KeeperError> {
        let mut addresses =
            vec![self.deployment.exchange, self.deployment.board, self.deployment.insurance_fund(), CLOCK];
        addresses.extend(self.published.iter().map(|published| published.oracle));
        addresses.extend(self.contracts.keys().map(|id| self.deployment.contract(*id)));
        for mint in self.vaults.keys() {
            let vault = self.deployment.vault(mint);
            addresses.extend([vault, addresses::vault_tokens(&vault)]);
        }
        addresses.extend(self.accounts.keys());
        let mut data = BTreeMap::new();
        for chunk in addresses.chunks(ACCOUNTS_A_CALL) {
            let accounts = rpc.get_multiple_accounts(chunk)?;
            data.extend(chunk.iter().zip(accounts).filter_map(|(at, held)| Some((*at, held?.data))));
        }
        self.take_in(&data)
    }

    /// Replaces what the book holds by account data.
    fn take_in(&mut self, data: &BTreeMap<Pubkey, Vec<u8>>) -> Result<(), KeeperError> {
        let get = |address: Pubkey| data.get(&address).ok_or(KeeperError::Missing(address));
        let deployment = self.deployment;
        self.exchange = parse(deployment.exchange, get(deployment.exchange)?)?;
        *self.board = parse(deployment.board, get(deployment.board)?)?;
        let fund = deployment.insurance_fund();
        self.fund = parse(fund, get(fund)?)?;
        let clock = get(CLOCK)?;
        self.slot = number(clock, SLOT).ok_or(KeeperError::Missing(CLOCK))?;
        self.clock = Timestamp(number(clock, SECONDS).ok_or(KeeperError::Missing(CLOCK))?.cast_signed());
        for (id, contract) in &mut self.contracts {
            let address = deployment.contract(*id);
            *contract = parse(address, get(address)?)?;
        }
        for (mint, (vault, held)) in &mut self.vaults {
            let address = deployment.vault(mint);
            *vault = parse(address, get(address)?)?;
            let tokens = addresses::vault_tokens(&address);
            *held = Tokens(number(get(tokens)?, AMOUNT).ok_or(KeeperError::Missing(tokens))?);
        }
        for published in &mut self.published {
            published.reading = data.get(&published.oracle).and_then(|data| reading(data));
        }
        // an account that its owner has closed is gone
        self.accounts.retain(|address, _| data.contains_key(address));
        for (address, account) in &mut self.accounts {
            *account = parse(*address, get(*address)?)?;
        }
        Ok(())
    }

    /// Lists the oracle accounts that the board's underlyings name. Legacy accounts are frozen where this runs and are
    /// not read.
    fn list_oracles(&mut self) {
        let rows = self.board.underlyings.iter().zip(0_u8..).filter(|(row, _)| row.oracle.is_some());
        self.published = rows
            .filter(|(row, _)| row.kind() == OracleKind::Pull)
            .map(|(row, underlying)| Published {
                underlying,
                oracle: oracle_account(row.kind(), &row.oracle),
                reading: None,
            })
            .collect();
    }
}

fn parse<T: bytemuck::Pod + Discriminator>(address: Pubkey, data: &[u8]) -> Result<T, KeeperError> {
    read::account::<T>(data).map_err(|reason| KeeperError::Unreadable { address, reason })
}

/// Little-endian number at a place.
fn number(data: &[u8], (start, length): (usize, usize)) -> Option<u64> {
    let bytes = data.get(start..start.checked_add(length)?)?;
    Some(u64::from_le_bytes(bytes.try_into().ok()?))
}

/// A fully verified price update.
fn reading(mut data: &[u8]) -> Option<Reading> {
    let update = PriceUpdateV2::try_deserialize(&mut data).ok()?;
    let message = update.price_message;
    (update.verification_level == VerificationLevel::Full).then_some(Reading {
        price: message.price,
        confidence: message.conf,
        ema: message.ema_price,
        exponent: message.exponent,
        published_at: Timestamp(message.publish_time),
        previous_published_at: Timestamp(message.prev_publish_time),
    })
}
