//! Which errors an attempt of a kind may end in, and which attempts may pass.

use crate::Found;
use crate::substitutions::Kind;

/// Attempts that pass and hurt nobody.
pub struct Harmless {
    /// Instructions; none for any.
    pub instructions: &'static [&'static str],
    /// The accounts.
    pub accounts: &'static [&'static str],
    /// How they are replaced.
    pub kinds: &'static [Kind],
    /// Why that is harmless.
    pub reason: &'static str,
}

const CREATIONS: &[&str] = &["create_contract", "create_underlying", "create_vault"];

/// All of them. Each is found.
pub const HARMLESS: &[Harmless] = &[
    Harmless {
        instructions: &[],
        accounts: &[
            "admin",
            "depositor",
            "guardian",
            "insurer",
            "keeper_owner",
            "nominee",
            "owner",
            "buyer_signer",
            "seller_signer",
            "proposer",
            "reporter",
            "risk_manager",
            "sender",
            "signer",
            "venue",
        ],
        kinds: &[Kind::WrongProgram],
        reason: "a signer is known by its key: a multisignature's wallet belongs to its program",
    },
    Harmless {
        instructions: &["open_account", "open_stake"],
        accounts: &["payer"],
        kinds: &[Kind::WrongAddress],
        reason: "anybody may pay the rent, who signs",
    },
    Harmless {
        instructions: CREATIONS,
        accounts: &["payer"],
        kinds: &[Kind::WrongAddress, Kind::Duplicate],
        reason: "anybody may carry out a proposal that is due",
    },
    Harmless {
        instructions: &["create_underlying"],
        accounts: &["payer"],
        kinds: &[Kind::WrongProgram, Kind::Uninitialised, Kind::Absent],
        reason: "the same; there is no rent to pay",
    },
    Harmless {
        instructions: CREATIONS,
        accounts: &["proposer"],
        kinds: &[Kind::Duplicate],
        reason: "without a proposal it is not looked at",
    },
    Harmless {
        instructions: &["cancel_change"],
        accounts: &["signer"],
        kinds: &[Kind::Duplicate],
        reason: "the proposer is the admin, who may too",
    },
    Harmless {
        instructions: &["cancel_change", "collect_fees", "close_contract", "tighten"],
        accounts: &["proposal", "contract", "vault"],
        kinds: &[Kind::WrongAddress],
        reason: "another of the exchange's is as much the role's as this one",
    },
    Harmless {
        instructions: &["initialize_board"],
        accounts: &["board"],
        kinds: &[Kind::Revived],
        reason: "a board begins as an account of zeros",
    },
    Harmless {
        instructions: &["withdraw", "unstake"],
        accounts: &["destination"],
        kinds: &[Kind::WrongAddress],
        reason: "the owner may pay anybody",
    },
    Harmless {
        instructions: &["deposit"],
        accounts: &["margin_account"],
        kinds: &[Kind::WrongAddress],
        reason: "anybody may deposit cash, or what the account holds already, for anybody",
    },
    Harmless {
        instructions: &["settle"],
        accounts: &["margin_account"],
        kinds: &[Kind::WrongAddress],
        reason: "anybody may settle any account",
    },
    Harmless {
        instructions: &["trade"],
        accounts: &["venue"],
        kinds: &[Kind::Absent],
        reason: "without a venue the fill counts for no premium",
    },
    Harmless {
        instructions: &["set_top_up"],
        accounts: &["reserve"],
        kinds: &[Kind::Absent],
        reason: "the owner ends the policy",
    },
    Harmless {
        instructions: &["refresh", "rebalance"],
        accounts: &["keeper"],
        kinds: &[Kind::WrongAddress, Kind::Absent],
        reason: "the sender says whom to pay, if anybody",
    },
    Harmless {
        instructions: &["liquidate", "liquidate_collateral", "rebalance"],
        accounts: &["reserve"],
        kinds: &[Kind::WrongProgram, Kind::Revived],
        reason: "a reserve that its owner closed tops nothing up, and shields nothing",
    },
    Harmless {
        instructions: &["post_index"],
        accounts: &["sender"],
        kinds: &[Kind::WrongAddress, Kind::Duplicate, Kind::Uninitialised, Kind::Absent],
        reason: "anybody may post what a feed says",
    },
];

/// Errors that an attempt of a kind may end in.
const fn listed(kind: Kind) -> &'static [&'static str] {
    match kind {
        _ => &[],
    }
}

/// What is wrong with what was found.
pub fn judge(found: &Found) -> Vec<String> {
    let mut problems = Vec::new();
    let mut used = vec![false; HARMLESS.len()];
    for ((title, _, account), row) in found {
        let instruction = title.split(',').next().unwrap();
        for (kind, outcomes) in row {
            for outcome in outcomes {
                match outcome {
                    Some(error) if listed(*kind).contains(&error.as_str()) => {}
                    Some(error) => {
                        problems.push(format!("{title}: {account}, {}: {error} is not listed", kind.title()))
                    }
                    None => {
                        let reason = HARMLESS.iter().position(|entry| {
                            (entry.instructions.is_empty() || entry.instructions.contains(&instruction))
                                && entry.accounts.contains(&account.as_str())
                                && entry.kinds.contains(kind)
                        });
                        match reason {
                            Some(place) => used[place] = true,
                            None => problems.push(format!("{title}: {account}, {}: passes", kind.title())),
                        }
                    }
                }
            }
        }
    }
    for (entry, _) in HARMLESS.iter().zip(used).filter(|(_, used)| !used) {
        problems
            .push(format!("{:?}: {:?} is listed as harmless and does not pass", entry.instructions, entry.accounts));
    }
    problems
}
