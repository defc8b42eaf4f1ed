//! What became of a step, and which errors a program may answer with.

use std::fmt;

use ballast_core::BallastError;
use solana_transaction::InstructionError;
use solana_transaction_error::TransactionError;

/// What became of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing was sent: prices or time moved, or there was nothing to send it to.
    Nothing,
    /// An instruction was accepted, and led to this.
    Accepted(&'static str, Vec<&'static str>),
    /// An instruction was refused, with the name of the error.
    Refused(&'static str, String),
}

/// Something that must never happen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The rule, in a few words that are the same every time.
    pub rule: &'static str,
    /// What was seen.
    pub detail: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.rule, self.detail)
    }
}

/// Fails with a violation unless something holds.
pub fn require(holds: bool, rule: &'static str, detail: impl FnOnce() -> String) -> Result<(), Violation> {
    if holds { Ok(()) } else { Err(Violation { rule, detail: detail() }) }
}

/// The name of an error that may be answered with; anything else is a violation.
pub fn name_of(error: &TransactionError, twisted: bool) -> Result<String, Violation> {
    let unknown = || Violation { rule: "every error is known", detail: format!("{error:?}") };
    let TransactionError::InstructionError(_, error) = error else { return Err(unknown()) };
    match error {
        InstructionError::Custom(code) => custom(*code).ok_or_else(unknown),
        // what the runtime answers where accounts or signatures are not those that the builder filled in
        InstructionError::MissingRequiredSignature
        | InstructionError::PrivilegeEscalation
        | InstructionError::ReadonlyDataModified
        | InstructionError::ReadonlyLamportChange
        | InstructionError::ExternalAccountDataModified
        | InstructionError::ExternalAccountLamportSpend
        | InstructionError::AccountBorrowFailed
        | InstructionError::InvalidAccountData
        | InstructionError::InvalidAccountOwner
        | InstructionError::IncorrectProgramId
        | InstructionError::UninitializedAccount
        | InstructionError::MissingAccount
        | InstructionError::InvalidArgument
        | InstructionError::UnsupportedProgramId
        | InstructionError::AccountNotExecutable
        | InstructionError::IllegalOwner
        | InstructionError::InvalidSeeds
            if twisted =>
        {
            Ok(format!("{error:?}"))
        }
        _ => Err(unknown()),
    }
}

/// Errors of Ballast, of Anchor, and below 100 of the token programs and the system program.
fn custom(code: u32) -> Option<String> {
    match code {
        0..=66 => Some(format!("Token{code}")),
        100..=103 | 1_000..=1_002 | 1_500 | 2_000..=2_042 | 2_500..=2_507 | 3_000..=3_017 | 4_100..=4_102 | 5_000 => {
            Some(format!("Anchor{code}"))
        }
        _ => BallastError::from_code(code).map(|rule| rule.name().to_owned()),
    }
}
