//! Attempts that may pass, and why.

use crate::substitutions::Kind;

/// Attempts that pass and hurt nobody.
pub struct Harmless {
    /// Instructions, or cases of one; and the account.
    pub places: &'static [(&'static str, &'static str)],
    /// How it is replaced.
    pub kinds: &'static [Kind],
    /// By what, where a kind has several.
    pub by: &'static [&'static str],
    /// Why that is harmless.
    pub reason: &'static str,
}

/// Stands for every instruction.
pub const ANY: &str = "*";

/// All of them. Each is found.
pub const HARMLESS: &[Harmless] = &[
    Harmless {
        places: &[
            (ANY, "admin"),
            (ANY, "buyer_signer"),
            (ANY, "depositor"),
            (ANY, "guardian"),
            (ANY, "insurer"),
            (ANY, "keeper_owner"),
            (ANY, "nominee"),
            (ANY, "owner"),
            (ANY, "reporter"),
            (ANY, "risk_manager"),
            (ANY, "seller_signer"),
            (ANY, "sender"),
            (ANY, "signer"),
            (ANY, "venue"),
            ("create_underlying", "payer"),
        ],
        kinds: &[Kind::WrongProgram],
        by: &[],
        reason: "a signer is known by its key: a multisignature's wallet belongs to its program",
    },
    Harmless {
        places: &[(ANY, "proposer")],
        kinds: &[Kind::WrongProgram],
        by: &[],
        reason: "the rent goes back to the key that the proposal names, whoever owns its wallet",
    },
    Harmless {
        places: &[("open_account", "payer"), ("open_stake", "payer")],
        kinds: &[Kind::WrongAddress],
        by: &["a stranger", "another"],
        reason: "anybody may pay the rent, who signs; the owner signs too",
    },
    Harmless {
        places: &[
            ("create_contract, proposed", "payer"),
            ("create_underlying, proposed", "payer"),
            ("create_vault, proposed", "payer"),
        ],
        kinds: &[Kind::WrongAddress],
        by: &["a stranger", "another"],
        reason: "anybody may carry out a proposal that is due",
    },
    Harmless {
        places: &[
            ("create_contract, proposed", "payer"),
            ("create_underlying, proposed", "payer"),
            ("create_vault, proposed", "payer"),
        ],
        kinds: &[Kind::Duplicate],
        by: &["proposer"],
        reason: "who proposed it is anybody too",
    },
    Harmless {
        places: &[("create_underlying, proposed", "payer")],
        kinds: &[Kind::Duplicate],
        by: &["board", "exchange", "proposal"],
        reason: "anybody may carry out a proposal that is due, and there is no rent to pay; who can sign for such an address is anybody too",
    },
    Harmless {
        places: &[("create_underlying, proposed", "payer")],
        kinds: &[Kind::Uninitialised, Kind::Absent],
        by: &[],
        reason: "the same",
    },
    Harmless {
        places: &[("post_index, of a feed", "sender")],
        kinds: &[Kind::WrongAddress],
        by: &["a stranger", "another"],
        reason: "anybody may post what a feed says",
    },
    Harmless {
        places: &[("post_index, of a feed", "sender")],
        kinds: &[Kind::Duplicate],
        by: &["board", "exchange", "oracle"],
        reason: "the same; who can sign for such an address is anybody too",
    },
    Harmless {
        places: &[("post_index, of a feed", "sender")],
        kinds: &[Kind::Uninitialised, Kind::Absent],
        by: &[],
        reason: "the same",
    },
    Harmless {
        places: &[("post_depth", "reporter")],
        kinds: &[Kind::WrongAddress],
        by: &["another"],
        reason: "another of the exchange's reporters, whose own report it is then; anybody else's signature fails",
    },
    Harmless {
        places: &[("cancel_change", "signer"), ("cancel_all_changes", "signer")],
        kinds: &[Kind::WrongAddress],
        by: &["another"],
        reason: "the admin, who may cancel as the guardian may; anybody else's signature fails",
    },
    Harmless {
        places: &[("cancel_change", "signer")],
        kinds: &[Kind::Duplicate],
        by: &["proposer"],
        reason: "the proposer is the admin",
    },
    Harmless {
        places: &[("cancel_change", "proposal")],
        kinds: &[Kind::WrongAddress],
        by: &["another"],
        reason: "who may cancel one proposal of the exchange may cancel each",
    },
    Harmless {
        places: &[("close_contract", "contract"), ("collect_fees", "contract")],
        kinds: &[Kind::WrongAddress],
        by: &["another"],
        reason: "another contract of the exchange that fulfils the same conditions; the admin signs",
    },
    Harmless {
        places: &[("tighten, a vault", "vault")],
        kinds: &[Kind::WrongAddress],
        by: &["another"],
        reason: "another vault of the exchange, which the risk manager may tighten too",
    },
    Harmless {
        places: &[("initialize_board", "board")],
        kinds: &[Kind::Revived],
        by: &[],
        reason: "a board begins as an account of zeros that the program owns",
    },
    Harmless {
        places: &[("deposit", "margin_account")],
        kinds: &[Kind::WrongAddress],
        by: &["another", "the owner's other"],
        reason: "anybody may deposit cash for anybody, and a mint that the account holds already",
    },
    Harmless {
        places: &[("withdraw", "destination"), ("unstake", "destination")],
        kinds: &[Kind::WrongAddress],
        by: &["another"],
        reason: "the owner, who signs, may pay anybody",
    },
    Harmless {
        places: &[
            ("cancel_orders", "margin_account"),
            ("set_delegate", "margin_account"),
            ("set_top_up, none", "margin_account"),
            ("withdraw, cash", "margin_account"),
            ("trade, by owners", "buyer"),
            ("trade, by owners", "seller"),
            ("trade, by a delegate", "seller"),
            ("trade, by an order and an owner", "buyer"),
        ],
        kinds: &[Kind::WrongAddress],
        by: &["the owner's other"],
        reason: "the owner, who signs, may do it with each of his accounts",
    },
    Harmless {
        places: &[("set_top_up, none", "reserve")],
        kinds: &[Kind::WrongAddress],
        by: &["another"],
        reason: "another account of the owner, who signs, becomes the reserve; anybody else's fails",
    },
    Harmless {
        places: &[("set_top_up, a reserve", "reserve")],
        kinds: &[Kind::Absent],
        by: &[],
        reason: "the owner, who signs, ends the policy",
    },
    Harmless {
        places: &[
            ("trade, by owners", "buyer_signer"),
            ("trade, by a delegate", "buyer_signer"),
            ("trade, by an order and an owner", "buyer_signer"),
        ],
        kinds: &[Kind::WrongAddress],
        by: &["another"],
        reason: "the owner instead of the delegate or the reverse, within its limits; anybody else's signature fails",
    },
    Harmless {
        places: &[
            ("trade, by orders", "buyer_signer"),
            ("trade, by orders", "seller_signer"),
            ("trade, by an order and an owner", "seller_signer"),
        ],
        kinds: &[Kind::WrongAddress],
        by: &["a stranger"],
        reason: "the owner's order stands for the side; a signature beside it is not looked at",
    },
    Harmless {
        places: &[("trade, by orders", "buyer_signer"), ("trade, by orders", "seller_signer")],
        kinds: &[Kind::Duplicate],
        by: &["venue"],
        reason: "the same",
    },
    Harmless {
        places: &[("trade, by an order and an owner", "seller_signer")],
        kinds: &[Kind::Duplicate],
        by: &["buyer_signer"],
        reason: "the same",
    },
    Harmless {
        places: &[("trade, by owners", "venue"), ("trade, by orders", "venue")],
        kinds: &[Kind::Absent],
        by: &[],
        reason: "without a venue's signature the fill counts for no premium",
    },
    Harmless {
        places: &[("settle", "margin_account")],
        kinds: &[Kind::WrongAddress],
        by: &["another"],
        reason: "anybody may settle any account of the exchange; equity stays as it is",
    },
    Harmless {
        places: &[("refresh", "keeper"), ("rebalance", "keeper")],
        kinds: &[Kind::WrongAddress],
        by: &["another"],
        reason: "who sends it says whom to pay; what is paid stays the same",
    },
    Harmless {
        places: &[("refresh, paid", "keeper"), ("rebalance, with a reserve, paid", "keeper")],
        kinds: &[Kind::Absent],
        by: &[],
        reason: "nobody is paid",
    },
    Harmless {
        places: &[
            ("deleverage, the last position, with a reserve", "reserve"),
            ("liquidate, in part, with a reserve", "reserve"),
            ("liquidate, the last position", "reserve"),
            ("liquidate_collateral, in liquidation, with a reserve", "reserve"),
            ("rebalance, with a reserve, paid", "reserve"),
        ],
        kinds: &[Kind::WrongProgram, Kind::Revived],
        by: &[],
        reason: "the address that the policy names is passed; a reserve that its owner has closed tops nothing up and shields nothing",
    },
    Harmless {
        places: &[("deleverage", "opposite")],
        kinds: &[Kind::WrongAddress],
        by: &["another"],
        reason: "who sends it names the account; only one that stands opposite with a gain, of which it gives up a part, is taken",
    },
];
