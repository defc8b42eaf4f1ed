//! Sends transactions and tells what became of them.

use std::thread::sleep;
use std::time::Duration;

use anchor_lang::AnchorDeserialize;
use anchor_lang::Discriminator;
use anchor_lang::solana_program::instruction::Instruction;
use ballast_client::events;
use solana_keypair::Keypair;
use solana_rpc_client::rpc_client::RpcClient;
use solana_rpc_client_api::config::RpcSendTransactionConfig;
use solana_signature::Signature;
use solana_signer::Signer;
use solana_transaction::Transaction;
use solana_transaction_status_client_types::UiTransactionEncoding;
use solana_transaction_status_client_types::option_serializer::OptionSerializer;

use crate::error::KeeperError;

/// Times that a status is asked for: half a minute, in which a cluster includes a transaction or drops it.
const ATTEMPTS: usize = 150;
/// Time between two of them.
const PAUSE: Duration = Duration::from_millis(200);

/// Sends transactions that one wallet pays for.
pub struct Sender<'a> {
    rpc: &'a RpcClient,
    payer: &'a Keypair,
}

impl core::fmt::Debug for Sender<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Sender").field("payer", &self.payer.pubkey()).finish_non_exhaustive()
    }
}

impl<'a> Sender<'a> {
    /// Sends through a client, whose commitment decides when a transaction counts as seen.
    #[must_use]
    pub const fn new(rpc: &'a RpcClient, payer: &'a Keypair) -> Self {
        Self { rpc, payer }
    }

    /// Sends one transaction, signed by the payer and others, and waits until it is executed.
    ///
    /// A plan was rehearsed by the core, so preflight would only repeat it. Every transaction carries a fresh blockhash:
    /// two equal ones in a row are two transactions.
    ///
    /// # Errors
    /// [`KeeperError`]: not sent, not seen, or executed and failed.
    pub fn send(&self, instructions: &[Instruction], others: &[&Keypair]) -> Result<Signature, KeeperError> {
        let mut signers = vec![self.payer];
        signers.extend(others.iter().copied().filter(|other| other.pubkey() != self.payer.pubkey()));
        let mut transaction = Transaction::new_with_payer(instructions, Some(&self.payer.pubkey()));
        transaction.try_sign(&signers, self.rpc.get_latest_blockhash()?)?;
        let config = RpcSendTransactionConfig { skip_preflight: true, ..RpcSendTransactionConfig::default() };
        let signature = self.rpc.send_transaction_with_config(&transaction, config)?;
        self.wait(signature)
    }

    fn wait(&self, signature: Signature) -> Result<Signature, KeeperError> {
        for _ in 0..ATTEMPTS {
            if let Some(Some(status)) = self.rpc.get_signature_statuses(&[signature])?.value.pop() {
                return match status.err {
                    Some(reason) => Err(KeeperError::of(signature, reason)),
                    None => Ok(signature),
                };
            }
            sleep(PAUSE);
        }
        Err(KeeperError::Unseen(signature))
    }

    /// Events of one type that a transaction emitted, in order.
    ///
    /// # Errors
    /// [`KeeperError::Rpc`].
    pub fn events<E: Discriminator + AnchorDeserialize>(&self, signature: &Signature) -> Result<Vec<E>, KeeperError> {
        let transaction = self.rpc.get_transaction(signature, UiTransactionEncoding::Base64)?;
        let logs = transaction.transaction.meta.map(|meta| meta.log_messages);
        Ok(match logs {
            Some(OptionSerializer::Some(lines)) => events::decode(&lines),
            _ => Vec::new(),
        })
    }
}
