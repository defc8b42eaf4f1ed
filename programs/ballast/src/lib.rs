//! Ballast on chain: the gate in front of the clearing house.
//!
//! Here stands who may do what with which accounts, how oracle bytes are read, how tokens move and what is emitted. No
//! rule of clearing stands here: each instruction calls the transition of `ballast-core` that has its name.

// The accounts derive macro writes the client's account structs without documentation.
#![allow(missing_docs, unreachable_pub, reason = "modules that Anchor's macros generate")]

use anchor_lang::prelude::*;
use ballast_core::clearing::{Asset, CollateralOffer, Offer, Tightening};
use ballast_core::state::parameters::{ContractTerms, UnderlyingTerms, VaultTerms};
use ballast_core::state::{Change, DelegateLimits, ExchangeTerms, Pausable};
use ballast_core::units::{Key, PerLot, Ratio, Shares, Timestamp, Tokens, Usd};

pub mod events;
pub mod instructions;
mod oracle;
pub mod signatures;
mod tokens;

use instructions::*;

declare_id!("5hww1tfMYLd24YvwFrFzoR81aRnKuqcpigjzmcQMfDep");

/// The instructions, grouped by who calls them.
#[program]
pub mod ballast {
    use super::*;

    // Admin.

    /// Creates an exchange and its insurance fund.
    pub fn initialize_exchange(ctx: Context<InitializeExchange>, id: u16, terms: ExchangeTerms) -> Result<()> {
        instructions::initialize_exchange(ctx, id, terms)
    }

    /// Gives an exchange its board.
    pub fn initialize_board(ctx: Context<InitializeBoard>) -> Result<()> {
        instructions::initialize_board(ctx)
    }

    /// Adds an underlying to the board.
    pub fn create_underlying(ctx: Context<CreateUnderlying>, terms: UnderlyingTerms) -> Result<()> {
        instructions::create_underlying(ctx, terms)
    }

    /// Adds a perpetual.
    pub fn create_contract(ctx: Context<CreateContract>, terms: ContractTerms) -> Result<()> {
        instructions::create_contract(ctx, terms)
    }

    /// Frees the row of an empty contract.
    pub fn close_contract(ctx: Context<CloseContract>) -> Result<()> {
        instructions::close_contract(ctx)
    }

    /// Adds the vault of a mint.
    pub fn create_vault(ctx: Context<CreateVault>, terms: VaultTerms) -> Result<()> {
        instructions::create_vault(ctx, terms)
    }

    /// Pauses something for a while.
    pub fn pause(ctx: Context<SetPause>, what: Pausable, seconds: u64) -> Result<()> {
        instructions::pause(ctx, what, seconds)
    }

    /// Nominates an admin.
    pub fn nominate_admin(ctx: Context<NominateAdmin>, nominee: Key) -> Result<()> {
        instructions::nominate_admin(ctx, nominee)
    }

    /// Accepts the nomination.
    pub fn accept_admin(ctx: Context<AcceptAdmin>) -> Result<()> {
        instructions::accept_admin(ctx)
    }

    /// Collects a contract's fees.
    pub fn collect_fees(ctx: Context<CollectFees>) -> Result<()> {
        instructions::collect_fees(ctx)
    }

    /// Takes what a vault holds above its ledger.
    pub fn sweep(ctx: Context<Sweep>) -> Result<()> {
        instructions::sweep(ctx)
    }

    // Trader.

    /// Opens a margin account.
    pub fn open_account(ctx: Context<OpenAccount>, id: u16) -> Result<()> {
        instructions::open_account(ctx, id)
    }

    /// Closes an empty margin account.
    pub fn close_account(ctx: Context<CloseAccount>) -> Result<()> {
        instructions::close_account(ctx)
    }

    /// Names who may trade for the account, and within which limits.
    pub fn set_delegate(
        ctx: Context<SetDelegate>,
        delegate: Key,
        until: Timestamp,
        limits: DelegateLimits,
    ) -> Result<()> {
        instructions::set_delegate(ctx, delegate, until, limits)
    }

    /// Sets or ends the top-up policy.
    pub fn set_top_up(ctx: Context<SetTopUp>, daily_limit: Usd, releases: bool) -> Result<()> {
        instructions::set_top_up(ctx, daily_limit, releases)
    }

    /// Deposits cash or collateral.
    pub fn deposit(ctx: Context<Deposit>, amount: Tokens) -> Result<()> {
        instructions::deposit(ctx, amount)
    }

    /// Withdraws cash or collateral.
    pub fn withdraw(ctx: Context<Withdraw>, amount: Tokens) -> Result<()> {
        instructions::withdraw(ctx, amount)
    }

    /// Moves an asset between two accounts of one owner.
    pub fn transfer(ctx: Context<Transfer>, asset: Asset, amount: Tokens) -> Result<()> {
        instructions::transfer(ctx, asset, amount)
    }

    /// Books a fill.
    pub fn trade(
        ctx: Context<Trade>,
        lots: u64,
        price: PerLot,
        expires_at: Option<Timestamp>,
        buyer_order: Option<u8>,
        seller_order: Option<u8>,
    ) -> Result<()> {
        instructions::trade(ctx, lots, price, expires_at, buyer_order, seller_order)
    }

    /// Settles one contract of an account.
    pub fn settle(ctx: Context<Settle>) -> Result<()> {
        instructions::settle(ctx)
    }

    // Keeper.

    /// Accepts prices of a list of underlyings.
    pub fn refresh<'info>(ctx: Context<'info, Refresh<'info>>, underlyings: Vec<u8>) -> Result<()> {
        instructions::refresh(ctx, underlyings)
    }

    /// Posts the depth of an underlying.
    pub fn post_depth(ctx: Context<PostDepth>, underlying: u8, depth: Usd) -> Result<()> {
        instructions::post_depth(ctx, underlying, depth)
    }

    /// Posts the volatility index of an underlying.
    pub fn post_index(ctx: Context<PostIndex>, underlying: u8, signed: Option<Ratio>) -> Result<()> {
        instructions::post_index(ctx, underlying, signed)
    }

    /// Opens or closes a call, tops up, releases.
    pub fn rebalance<'info>(ctx: Context<'info, Rebalance<'info>>) -> Result<()> {
        instructions::rebalance(ctx)
    }

    /// Takes over lots of an account below maintenance.
    pub fn liquidate<'info>(ctx: Context<'info, Liquidate<'info>>, offer: Offer) -> Result<()> {
        instructions::liquidate(ctx, offer)
    }

    /// Buys collateral against losses that cash does not cover.
    pub fn liquidate_collateral<'info>(
        ctx: Context<'info, LiquidateCollateral<'info>>,
        offer: CollateralOffer,
    ) -> Result<()> {
        instructions::liquidate_collateral(ctx, offer)
    }

    /// Closes lots of an insolvent account against one that has gained.
    pub fn deleverage<'info>(ctx: Context<'info, Deleverage<'info>>, most: u64) -> Result<()> {
        instructions::deleverage(ctx, most)
    }

    // Insurer.

    /// Adds cash to the insurance fund.
    pub fn fund_insurance(ctx: Context<FundInsurance>, amount: Tokens) -> Result<()> {
        instructions::fund_insurance(ctx, amount)
    }

    /// Opens a stake in the insurance fund.
    pub fn open_stake(ctx: Context<OpenStake>) -> Result<()> {
        instructions::open_stake(ctx)
    }

    /// Stakes cash in the insurance fund.
    pub fn stake(ctx: Context<StakeCash>, amount: Tokens, least: Shares) -> Result<()> {
        instructions::stake(ctx, amount, least)
    }

    /// Asks for shares to be paid after the cooldown.
    pub fn request_unstake(ctx: Context<RequestUnstake>, shares: Shares) -> Result<()> {
        instructions::request_unstake(ctx, shares)
    }

    /// Pays the shares that were asked for.
    pub fn unstake(ctx: Context<Unstake>) -> Result<()> {
        instructions::unstake(ctx)
    }

    // What is rare stands last, changes and ends at the very end: every instruction is compared with those before it.

    /// Cancels the signed orders below a sequence.
    pub fn cancel_orders(ctx: Context<CancelOrders>, sequence: u64) -> Result<()> {
        instructions::cancel_orders(ctx, sequence)
    }

    /// Opens the exchange for deposits, for good.
    pub fn open_exchange(ctx: Context<OpenExchange>) -> Result<()> {
        instructions::open_exchange(ctx)
    }

    /// Proposes a change.
    pub fn propose_change(ctx: Context<ProposeChange>, change: Change) -> Result<()> {
        instructions::propose_change(ctx, change)
    }

    /// Executes a change whose time has come.
    pub fn execute_change(ctx: Context<ExecuteChange>) -> Result<()> {
        instructions::execute_change(ctx)
    }

    /// Gives a proposal up.
    pub fn cancel_change(ctx: Context<CancelChange>) -> Result<()> {
        instructions::cancel_change(ctx)
    }

    /// Gives up every proposal made so far.
    pub fn cancel_all_changes(ctx: Context<CancelAllChanges>) -> Result<()> {
        instructions::cancel_all_changes(ctx)
    }

    /// Tightens at once.
    pub fn tighten(ctx: Context<Tighten>, tightening: Tightening) -> Result<()> {
        instructions::tighten(ctx, tightening)
    }

    /// Goes on with winding an underlying down, and covers deficits of its settled contracts.
    pub fn wind_down<'info>(ctx: Context<'info, WindDown<'info>>, underlying: u8) -> Result<()> {
        instructions::wind_down(ctx, underlying)
    }

    /// Pays a claim on a settled contract with a deficit in part.
    pub fn settle_in_part(ctx: Context<SettleInPart>) -> Result<()> {
        instructions::settle_in_part(ctx)
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn core_knows_the_address_of_the_program() {
        assert_eq!(crate::ID.to_bytes(), ballast_core::state::PROGRAM_ID);
    }

    #[test]
    fn anchors_configuration_names_the_address_on_every_cluster() {
        let configuration = include_str!("../../../Anchor.toml");
        let clusters = configuration.matches("[programs.").count();
        let named = configuration.matches(&format!("ballast = \"{}\"", crate::ID)).count();
        assert!(clusters > 0);
        assert_eq!(named, clusters);
    }
}
