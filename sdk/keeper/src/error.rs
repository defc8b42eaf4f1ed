//! What can go wrong between a keeper and a cluster.

use anchor_lang::prelude::Pubkey;
use ballast_client::Explained;
use ballast_client::read::ReadError;
use ballast_core::BallastError;
use solana_rpc_client_api::client_error::Error as ClientError;
use solana_signature::Signature;
use solana_transaction_error::TransactionError;

/// Why a keeper could not read or send.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeeperError {
    /// The cluster did not answer as asked.
    #[error("the cluster did not answer: {0}")]
    Rpc(#[from] Box<ClientError>),
    /// An account that must exist does not.
    #[error("account {0} does not exist")]
    Missing(Pubkey),
    /// An account's data is not what its address promises.
    #[error("account {address}: {reason}")]
    Unreadable {
        /// The account.
        address: Pubkey,
        /// What is wrong with it.
        reason: ReadError,
    },
    /// A rule of the clearing house, found before anything was sent.
    #[error("{0}")]
    Rule(#[from] BallastError),
    /// The transaction could not be signed.
    #[error("the transaction could not be signed: {0}")]
    Signing(#[from] solana_signer::SignerError),
    /// The transaction was executed and broke a rule of the program.
    #[error("transaction {signature}: {explained}")]
    Refused {
        /// The transaction.
        signature: Signature,
        /// The rule in words.
        explained: Explained,
    },
    /// The transaction failed outside the program's rules.
    #[error("transaction {signature}: {reason}")]
    Failed {
        /// The transaction.
        signature: Signature,
        /// Why.
        reason: TransactionError,
    },
    /// The cluster does not know the transaction after the time that it may take.
    #[error("transaction {0} was not seen by the cluster")]
    Unseen(Signature),
}

impl From<ClientError> for KeeperError {
    fn from(error: ClientError) -> Self {
        Self::Rpc(Box::new(error))
    }
}

impl KeeperError {
    /// Puts the failure of a transaction in words.
    #[must_use]
    pub fn of(signature: Signature, reason: TransactionError) -> Self {
        use solana_instruction_error::InstructionError;
        match &reason {
            TransactionError::InstructionError(_, InstructionError::Custom(code)) => match Explained::code(*code) {
                Some(explained) => Self::Refused { signature, explained },
                None => Self::Failed { signature, reason },
            },
            _ => Self::Failed { signature, reason },
        }
    }
}
