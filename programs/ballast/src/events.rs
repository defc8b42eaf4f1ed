//! What the program emits: one event an instruction, in plain units.

use anchor_lang::prelude::*;
use ballast_core::clearing::{Asset, Call, Resolved, Tightening};
use ballast_core::state::{Change, DelegateLimits, Pausable};
use ballast_core::units::{PerLot, Price, Ratio, Scan, Shares, Size, Timestamp, Tokens, Usd, Variance};

/// An exchange was initialised.
#[event]
pub struct ExchangeInitialized {
    /// The exchange.
    pub exchange: Pubkey,
    /// Its admin.
    pub admin: Pubkey,
    /// Mint of cash.
    pub quote_mint: Pubkey,
}

/// An exchange got its board.
#[event]
pub struct BoardInitialized {
    /// The exchange.
    pub exchange: Pubkey,
    /// The board.
    pub board: Pubkey,
}

/// An exchange was opened for deposits.
#[event]
pub struct ExchangeOpened {
    /// The exchange.
    pub exchange: Pubkey,
}

/// A change was proposed.
#[event]
pub struct ChangeProposed {
    /// The exchange.
    pub exchange: Pubkey,
    /// The proposal.
    pub proposal: Pubkey,
    /// From when on anybody may execute it.
    pub executable_at: Timestamp,
    /// From when on nobody may.
    pub expires_at: Timestamp,
    /// The change.
    pub change: Change,
}

/// A change was executed.
#[event]
pub struct ChangeExecuted {
    /// The exchange.
    pub exchange: Pubkey,
    /// The proposal, which is used up.
    pub proposal: Pubkey,
}

/// A proposal was given up.
#[event]
pub struct ChangeCancelled {
    /// The exchange.
    pub exchange: Pubkey,
    /// The proposal, which is used up.
    pub proposal: Pubkey,
    /// Who said so.
    pub by: Pubkey,
}

/// Every proposal made so far was given up.
#[event]
pub struct AllChangesCancelled {
    /// The exchange.
    pub exchange: Pubkey,
    /// Number from which on proposals stand.
    pub before: u64,
    /// Who said so.
    pub by: Pubkey,
}

/// The risk manager tightened something.
#[event]
pub struct Tightened {
    /// The exchange.
    pub exchange: Pubkey,
    /// The vault, where it is one.
    pub vault: Option<Pubkey>,
    /// What was tightened.
    pub tightening: Tightening,
}

/// An underlying was added.
#[event]
pub struct UnderlyingCreated {
    /// The exchange.
    pub exchange: Pubkey,
    /// Its row on the board.
    pub underlying: u8,
    /// Feed id, or key of the legacy price account.
    pub oracle: Pubkey,
}

/// A contract was added.
#[event]
pub struct ContractCreated {
    /// The exchange.
    pub exchange: Pubkey,
    /// The contract's account.
    pub contract: Pubkey,
    /// Its id.
    pub id: u32,
    /// Row of its underlying.
    pub underlying: u8,
}

/// A contract was closed.
#[event]
pub struct ContractClosed {
    /// The exchange.
    pub exchange: Pubkey,
    /// The contract's account.
    pub contract: Pubkey,
    /// Its id.
    pub id: u32,
}

/// An underlying whose feed is dead was wound down by a step.
#[event]
pub struct UnderlyingWoundDown {
    /// The board.
    pub board: Pubkey,
    /// Row of the underlying.
    pub underlying: u8,
    /// Contracts that were settled.
    pub contracts: u8,
    /// Kinds of collateral that are priced no longer.
    pub vaults: u8,
    /// Deficits of settled contracts that the insurance fund covered.
    pub covered: Usd,
}

/// A vault was added.
#[event]
pub struct VaultCreated {
    /// The exchange.
    pub exchange: Pubkey,
    /// The vault.
    pub vault: Pubkey,
    /// Its mint.
    pub mint: Pubkey,
}

/// Something was paused, or a pause was ended.
#[event]
pub struct Paused {
    /// The exchange.
    pub exchange: Pubkey,
    /// What.
    pub what: Pausable,
    /// When it ends.
    pub until: Timestamp,
}

/// An admin was nominated.
#[event]
pub struct AdminNominated {
    /// The exchange.
    pub exchange: Pubkey,
    /// Who has to accept.
    pub nominee: Pubkey,
}

/// An admin accepted.
#[event]
pub struct AdminAccepted {
    /// The exchange.
    pub exchange: Pubkey,
    /// The new admin.
    pub admin: Pubkey,
}

/// Fees were collected.
#[event]
pub struct FeesCollected {
    /// The contract.
    pub contract: Pubkey,
    /// What left the quote vault.
    pub amount: Tokens,
}

/// A surplus was swept.
#[event]
pub struct Swept {
    /// The vault.
    pub vault: Pubkey,
    /// The surplus.
    pub amount: Tokens,
}

/// A margin account was opened.
#[event]
pub struct AccountOpened {
    /// The account.
    pub account: Pubkey,
    /// Its owner.
    pub owner: Pubkey,
    /// Its number among the owner's accounts.
    pub id: u16,
}

/// A margin account was closed.
#[event]
pub struct AccountClosed {
    /// The account.
    pub account: Pubkey,
    /// Its owner.
    pub owner: Pubkey,
}

/// A delegate was named or removed.
#[event]
pub struct DelegateSet {
    /// The account.
    pub account: Pubkey,
    /// The delegate; the default key is nobody.
    pub delegate: Pubkey,
    /// End of the right.
    pub until: Timestamp,
    /// What it may do in a day, as it was sent.
    pub limits: DelegateLimits,
}

/// Every signed order of a lower sequence was cancelled.
#[event]
pub struct OrdersCancelled {
    /// The account.
    pub account: Pubkey,
    /// The sequence.
    pub below: u64,
}

/// A top-up policy was set or ended.
#[event]
pub struct TopUpSet {
    /// The account.
    pub account: Pubkey,
    /// Its reserve; the default key is none.
    pub reserve: Pubkey,
    /// Most that is moved in a day.
    pub daily_limit: Usd,
    /// Whether excess is released back.
    pub releases: bool,
}

/// Tokens came in.
#[event]
pub struct Deposited {
    /// The account.
    pub account: Pubkey,
    /// The mint.
    pub mint: Pubkey,
    /// What the vault received.
    pub amount: Tokens,
    /// Balance afterwards.
    pub balance: Tokens,
}

/// Tokens went out.
#[event]
pub struct Withdrawn {
    /// The account.
    pub account: Pubkey,
    /// The mint.
    pub mint: Pubkey,
    /// What left the vault.
    pub amount: Tokens,
    /// Balance afterwards.
    pub balance: Tokens,
}

/// An asset moved between two accounts of one owner.
#[event]
pub struct Transferred {
    /// The giving account.
    pub from: Pubkey,
    /// The receiving account.
    pub to: Pubkey,
    /// What moved.
    pub asset: Asset,
    /// How much.
    pub amount: Tokens,
}

/// A fill was booked.
#[event]
pub struct Traded {
    /// The contract.
    pub contract: Pubkey,
    /// The buyer's account.
    pub buyer: Pubkey,
    /// The seller's account.
    pub seller: Pubkey,
    /// Lots.
    pub lots: u64,
    /// Price of a lot.
    pub price: PerLot,
    /// The buyer's fee.
    pub buyer_fee: Usd,
    /// The seller's fee.
    pub seller_fee: Usd,
    /// Sequence of the buyer's order, where one stood for a signature.
    pub buyer_order: Option<u64>,
    /// Sequence of the seller's order, where one stood for a signature.
    pub seller_order: Option<u64>,
}

/// A gain or loss was settled.
#[event]
pub struct Settled {
    /// The account.
    pub account: Pubkey,
    /// The contract.
    pub contract: Pubkey,
    /// Received by the account; negative when it paid.
    pub paid: Usd,
}

/// A claim on a settled contract with a deficit was paid in part.
#[event]
pub struct SettledInPart {
    /// The account.
    pub account: Pubkey,
    /// The contract.
    pub contract: Pubkey,
    /// Received by the account.
    pub paid: Usd,
    /// Given up.
    pub given_up: Usd,
}

/// A price was accepted.
#[event]
pub struct Refreshed {
    /// The board.
    pub board: Pubkey,
    /// Row of the underlying.
    pub underlying: u8,
    /// Whether it is a sample of the volatility.
    pub sampled: bool,
    /// Whether its confidence interval is above the limit: then it moves neither volatility nor coverage.
    pub wide: bool,
    /// Whether it is further than four scan ranges from the moving average: then volatility waits.
    pub diverged: bool,
    /// Whether it ends an outage somewhere else, two minutes ago at most: then liquidation waits.
    pub after_outage: bool,
    /// The price.
    pub price: Price,
    /// Its publish time.
    pub published_at: Timestamp,
    /// Variance.
    pub variance: Variance,
    /// Target scan range.
    pub target: Scan,
    /// Effective scan range.
    pub effective: Scan,
    /// Charged through loss indices for deficits.
    pub charged: Usd,
}

/// Depth was posted.
#[event]
pub struct DepthPosted {
    /// The board.
    pub board: Pubkey,
    /// Who measured it.
    pub reporter: Pubkey,
    /// Row of the underlying.
    pub underlying: u8,
    /// What was measured.
    pub depth: Usd,
    /// Depth that the target counts with now.
    pub in_force: Usd,
}

/// A volatility index was posted.
#[event]
pub struct IndexPosted {
    /// The board.
    pub board: Pubkey,
    /// Row of the underlying.
    pub underlying: u8,
    /// Yearly volatility.
    pub index: Ratio,
}

/// An account was rebalanced.
#[event]
pub struct Rebalanced {
    /// The account.
    pub account: Pubkey,
    /// What became of the call.
    pub call: Call,
    /// Moved from the reserve.
    pub topped_up: Usd,
    /// Moved to the reserve.
    pub released: Usd,
    /// Equity at the target level.
    pub equity: Usd,
    /// Requirement of the target level.
    pub requirement: Usd,
}

/// Lots of an account below maintenance were taken over.
#[event]
pub struct Liquidated {
    /// The account.
    pub account: Pubkey,
    /// The keeper's account.
    pub keeper: Pubkey,
    /// The contract.
    pub contract: Pubkey,
    /// Lots taken, with the sign of the account's position.
    pub taken: Size,
    /// Id of the contract of the hedge that the keeper named.
    pub hedge: Option<u32>,
    /// Lots of it taken.
    pub hedge_taken: Size,
    /// Value of all of them at mark.
    pub value: Usd,
    /// The account's fee.
    pub fee: Usd,
    /// Moved from the reserve before.
    pub topped_up: Usd,
    /// Whether the account is in liquidation afterwards.
    pub in_liquidation: bool,
    /// Who carried the loss of an insolvent account.
    pub resolved: Resolved,
}

/// Lots of an insolvent account were closed against an account that had gained.
#[event]
pub struct Deleveraged {
    /// The insolvent account.
    pub account: Pubkey,
    /// The account on the other side.
    pub opposite: Pubkey,
    /// The contract.
    pub contract: Pubkey,
    /// Lots closed, with the sign of the insolvent account's position.
    pub closed: Size,
    /// Their value at mark.
    pub value: Usd,
    /// What the opposite account gave up of its gain.
    pub given_up: Usd,
    /// Moved from the reserve before.
    pub topped_up: Usd,
    /// Whether the account is in liquidation afterwards.
    pub in_liquidation: bool,
    /// Who carried what was left of the loss.
    pub resolved: Resolved,
}

/// Collateral was sold for losses that cash did not cover, or such losses were looked at.
#[event]
pub struct CollateralSold {
    /// The account.
    pub account: Pubkey,
    /// The keeper's account.
    pub keeper: Pubkey,
    /// Row of the vault on the board.
    pub vault: u8,
    /// Tokens sold.
    pub tokens: Tokens,
    /// Cash paid for them.
    pub paid: Usd,
    /// Moved from the reserve before.
    pub topped_up: Usd,
}

/// The insurance fund received cash.
#[event]
pub struct InsuranceFunded {
    /// The fund.
    pub fund: Pubkey,
    /// What the quote vault received.
    pub amount: Tokens,
    /// The fund's balance afterwards.
    pub balance: Usd,
    /// The exchange's shares afterwards.
    pub exchange_shares: Shares,
    /// All shares afterwards.
    pub shares: Shares,
}

/// A stake was opened.
#[event]
pub struct StakeOpened {
    /// The stake.
    pub stake: Pubkey,
    /// Its owner.
    pub owner: Pubkey,
}

/// Cash was staked in the insurance fund.
#[event]
pub struct Staked {
    /// The stake.
    pub stake: Pubkey,
    /// What the quote vault received.
    pub amount: Tokens,
    /// Shares minted for it.
    pub minted: Shares,
    /// Shares of the stake afterwards.
    pub shares: Shares,
    /// The fund's balance afterwards.
    pub balance: Usd,
}

/// Shares of the insurance fund were asked to be paid.
#[event]
pub struct UnstakeRequested {
    /// The stake.
    pub stake: Pubkey,
    /// How many.
    pub shares: Shares,
    /// From when on, for two days.
    pub payable_at: Timestamp,
}

/// Shares of the insurance fund were paid, or forgotten where losses took them. A stake without any is closed.
#[event]
pub struct Unstaked {
    /// The stake.
    pub stake: Pubkey,
    /// Shares that are gone.
    pub shares: Shares,
    /// What they were paid.
    pub paid: Tokens,
    /// Shares of the stake afterwards.
    pub left: Shares,
    /// The fund's balance afterwards.
    pub balance: Usd,
}
