//! Which errors an attempt of a kind may end in, and what is wrong with what was found.

use std::collections::BTreeSet;

use crate::harmless::{ANY, HARMLESS};
use crate::substitutions::Kind;
use crate::{Found, Outcome};

/// Errors that an attempt of a kind may end in.
const fn listed(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::WrongProgram => &[
            "AccountOwnedByWrongProgram",
            "ConstraintAddress",
            "ExternalAccountLamportSpend",
            "InvalidProgramId",
            "OracleOwner",
            "System(0)",
        ],
        Kind::WrongAddress => &[
            "AccountDiscriminatorMismatch",
            "AccountNotSigner",
            "AccountNotUsed",
            "AccountOwnedByWrongProgram",
            "CollateralNotHeld",
            "ConstraintAddress",
            "ConstraintDuplicateMutableAccount",
            "ConstraintMut",
            "ConstraintSeeds",
            "ContractMissing",
            "IncorrectProgramId",
            "IndexMissing",
            "InvalidProgramId",
            "NotAdmin",
            "NotAdminOrGuardian",
            "NotDepthReporter",
            "NotEnoughCollateral",
            "NotGuardian",
            "NotIndexAuthority",
            "NotLiquidatable",
            "NotOpposite",
            "NotOwner",
            "NotOwnerOrDelegate",
            "NotPendingAdmin",
            "NotRiskManager",
            "NotTreasury",
            "NotVenue",
            "NothingToCollect",
            "NothingToRebalance",
            "NothingToSettle",
            "OracleFeed",
            "OrderElsewhere",
            "OrderNotByOwner",
            "PositionMissing",
            "PriceOutsideBand",
            "ProposalCreates",
            "QuoteDecimals",
            "ReserveMissing",
            "SameAccount",
            "Token(InsufficientFunds)",
            "Token(MintMismatch)",
            "Token(OwnerMismatch)",
            "VaultMissing",
            "WrongContract",
            "WrongExchange",
            "WrongMint",
            "WrongOwner",
            "WrongProposal",
            "WrongProposer",
            "WrongReserve",
            "WrongTokenAccount",
            "WrongVault",
        ],
        Kind::OtherExchange => &[
            "ConstraintSeeds",
            "NotAdmin",
            "NotAdminOrGuardian",
            "NotGuardian",
            "NotOwner",
            "NotPendingAdmin",
            "NotRiskManager",
            "NotVenue",
            "WrongBoard",
            "WrongContract",
            "WrongExchange",
            "WrongInsuranceFund",
            "WrongOwner",
            "WrongProposer",
            "WrongReserve",
            "WrongVault",
        ],
        Kind::Duplicate => &[
            "AccountBorrowFailed",
            "AccountDidNotDeserialize",
            "AccountDiscriminatorMismatch",
            "AccountNotInitialized",
            "AccountNotSigner",
            "AccountNotUsed",
            "AccountOwnedByWrongProgram",
            "ConstraintAddress",
            "ConstraintClose",
            "ConstraintDuplicateMutableAccount",
            "ConstraintMut",
            "ConstraintSeeds",
            "ConstraintZero",
            "IndexMissing",
            "InvalidAccountData",
            "InvalidArgument",
            "InvalidProgramId",
            "NotAdmin",
            "NotAdminOrGuardian",
            "NotDepthReporter",
            "NotGuardian",
            "NotIndexAuthority",
            "NotOwner",
            "NotOwnerOrDelegate",
            "NotPendingAdmin",
            "NotRiskManager",
            "NotVenue",
            "OracleFeed",
            "OracleOwner",
            "PrivilegeEscalation",
            "SameAccount",
            "System(1)",
            "Token(OwnerMismatch)",
            "WrongContract",
            "WrongProposer",
            "WrongReserve",
            "WrongVault",
        ],
        Kind::Uninitialised => &[
            "AccountDidNotDeserialize",
            "AccountNotInitialized",
            "AccountNotSigner",
            "AccountNotUsed",
            "AccountOwnedByWrongProgram",
            "ConstraintAddress",
            "ConstraintSeeds",
            "IndexMissing",
            "InvalidProgramId",
            "NotAdmin",
            "NotAdminOrGuardian",
            "NotDepthReporter",
            "NotGuardian",
            "NotIndexAuthority",
            "NotOwner",
            "NotOwnerOrDelegate",
            "NotPendingAdmin",
            "NotRiskManager",
            "NotVenue",
            "OracleOwner",
            "System(1)",
            "Token(OwnerMismatch)",
            "WrongProposer",
            "WrongReserve",
        ],
        Kind::Revived => &[
            "AccountDidNotDeserialize",
            "AccountDiscriminatorMismatch",
            "AccountOwnedByWrongProgram",
            "OracleKind",
            "OracleOwner",
            "UninitializedAccount",
        ],
        Kind::Absent => &[
            "AccountOwnedByWrongProgram",
            "ConstraintMut",
            "ConstraintSeeds",
            "ConstraintZero",
            "ContractMissing",
            "IndexMissing",
            "InvalidProgramId",
            "NotAdmin",
            "NotAdminOrGuardian",
            "NotDepthReporter",
            "NotGuardian",
            "NotIndexAuthority",
            "NotOwner",
            "NotOwnerOrDelegate",
            "NotPendingAdmin",
            "NotRiskManager",
            "OracleOwner",
            "OrderUnsigned",
            "PrivilegeEscalation",
            "ReserveMissing",
            "Token(OwnerMismatch)",
            "VaultMissing",
            "WrongProposer",
        ],
        Kind::ReadOnly => &["AccountNotMutable", "ConstraintMut", "PrivilegeEscalation"],
        Kind::Unsigned => &["AccountNotSigner"],
    }
}

/// What is wrong with what was found.
pub fn judge(found: &Found) -> Vec<String> {
    let mut problems = Vec::new();
    let mut seen = BTreeSet::new();
    let mut failed = BTreeSet::new();
    for ((title, _, account), row) in found {
        for (kind, outcome) in row.iter().flat_map(|(kind, outcomes)| outcomes.iter().map(move |it| (*kind, it))) {
            let attempt = format!("{title}: {account}, {}", kind.title());
            match outcome {
                Outcome::Failed(error) if listed(kind).contains(&error.as_str()) => {
                    failed.insert((kind, error.as_str()));
                }
                Outcome::Failed(error) => problems.push(format!("{attempt}: {error} is not listed")),
                Outcome::Passed(by) => {
                    let used: Vec<(&str, &str, Kind, &str)> = excuses(title, account, kind, by).collect();
                    if used.is_empty() {
                        problems.push(format!("{attempt}: {by} passes"));
                    }
                    seen.extend(used);
                }
            }
        }
    }
    for kind in Kind::ALL {
        for error in listed(kind).iter().filter(|error| !failed.contains(&(kind, **error))) {
            problems.push(format!("{}: {error} is listed and does not occur", kind.title()));
        }
    }
    for entry in HARMLESS {
        for (instruction, account) in entry.places {
            for kind in entry.kinds {
                let none: &[&str] = &[""];
                for by in if entry.by.is_empty() { none } else { entry.by } {
                    if !seen.contains(&(*instruction, *account, *kind, *by)) {
                        let attempt = format!("{instruction}: {account}, {}", kind.title());
                        problems.push(format!("{attempt}: {by} is listed as harmless and does not pass"));
                    }
                }
            }
        }
    }
    problems
}

/// Entries of the list that an attempt falls under.
fn excuses<'a>(
    title: &'a str,
    account: &'a str,
    kind: Kind,
    by: &'a str,
) -> impl Iterator<Item = (&'static str, &'static str, Kind, &'a str)> {
    let instruction = title.split(',').next().unwrap();
    let places = HARMLESS
        .iter()
        .filter(move |entry| {
            entry.kinds.contains(&kind) && if by.is_empty() { entry.by.is_empty() } else { entry.by.contains(&by) }
        })
        .flat_map(|entry| entry.places);
    places
        .filter(move |(name, of)| *of == account && [ANY, title, instruction].contains(name))
        .map(move |(name, of)| (*name, *of, kind, by))
}
