//! The error that a test expects, to the exact code.

use anchor_lang::error::ErrorCode;
use anchor_spl::token::spl_token::error::TokenError;
use ballast_core::BallastError;
use solana_transaction::InstructionError;
use solana_transaction_error::TransactionError;

use crate::chain::Failure;

/// An error of the program, of Anchor, of a token program or of the runtime.
#[derive(Clone, Debug, PartialEq)]
pub enum Expected {
    /// By its number.
    Code(u32),
    /// By its name in the runtime.
    Instruction(InstructionError),
}

impl From<BallastError> for Expected {
    fn from(rule: BallastError) -> Self {
        Self::Code(rule.code())
    }
}

impl From<ErrorCode> for Expected {
    fn from(code: ErrorCode) -> Self {
        Self::Code(code.into())
    }
}

impl From<TokenError> for Expected {
    fn from(error: TokenError) -> Self {
        Self::Code(error as u32)
    }
}

impl From<InstructionError> for Expected {
    fn from(error: InstructionError) -> Self {
        Self::Instruction(error)
    }
}

/// Asserts that a transaction failed with exactly this error.
#[track_caller]
pub fn assert_error<T: std::fmt::Debug>(outcome: Result<T, Failure>, expected: impl Into<Expected>) {
    let expected = expected.into();
    let failure = outcome.expect_err("the transaction should have failed");
    let found = match &failure.error {
        TransactionError::InstructionError(_, InstructionError::Custom(code)) => Expected::Code(*code),
        TransactionError::InstructionError(_, error) => Expected::Instruction(error.clone()),
        error => panic!("not an error of an instruction: {error:?}"),
    };
    let name = |error: &Expected| match error {
        Expected::Code(code) => {
            BallastError::from_code(*code).map_or_else(|| code.to_string(), |rule| rule.name().into())
        }
        Expected::Instruction(error) => format!("{error:?}"),
    };
    assert!(found == expected, "expected {}, found {}: {:#?}", name(&expected), name(&found), failure.logs);
}
