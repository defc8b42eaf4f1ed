//! What insurers send.

use anchor_lang::prelude::Pubkey;
use ballast_client::key;
use ballast_core::state::{InsuranceFund, Stake};
use ballast_core::units::{Shares, Timestamp, Tokens};
use bytemuck::Zeroable;

use crate::accounts::Holder;
use crate::bench::Bench;
use crate::machine::NOW;
use crate::tokens;

/// A token account of whoever pays or receives.
const WALLET: Pubkey = Pubkey::new_from_array([0xE0; 32]);
/// One dollar.
const AMOUNT: Tokens = Tokens(1_000_000);

/// Measures them all.
///
/// # Errors
/// When one of them fails.
pub fn measure(bench: &mut Bench) -> Result<(), String> {
    let owner = Holder::empty(&bench.market, 1, 1).owner;
    let deployment = bench.market.deployment;
    bench.machine.put(WALLET, tokens::PROGRAM, tokens::account(owner))?;
    bench.machine.wallet(owner)?;
    shared(bench)?;
    bench.record("fund_insurance", "", (0, 0), &[], deployment.fund_insurance(owner, WALLET, AMOUNT))?;
    bench.record("open_stake", "", (0, 0), &[], deployment.open_stake(owner))?;
    let mut stake = Stake {
        exchange: key(&deployment.exchange),
        owner: key(&owner),
        shares: Shares(3_000_000_000),
        ..Stake::zeroed()
    };
    bench.machine.state(deployment.stake_of(&owner), &stake)?;
    let staking = deployment.stake(owner, WALLET, AMOUNT, Shares(1));
    bench.record("stake", "", (0, 0), &[], staking)?;
    bench.record("request_unstake", "", (0, 0), &[], deployment.request_unstake(owner, Shares(1_000_000)))?;
    stake.leaving = Shares(1_000_000);
    stake.payable_at = Timestamp(NOW);
    bench.machine.state(deployment.stake_of(&owner), &stake)?;
    bench.record("unstake", "a part", (0, 0), &[], deployment.unstake(owner, WALLET))?;
    stake.leaving = stake.shares;
    bench.machine.state(deployment.stake_of(&owner), &stake)?;
    bench.record("unstake", "all; the stake is closed", (0, 0), &[], deployment.unstake(owner, WALLET))
}

/// Half of the fund is staked, and a share is worth no whole unit.
fn shared(bench: &mut Bench) -> Result<(), String> {
    let units = bench.market.fund.balance.0.unsigned_abs();
    let shares = Shares(units / 3 * 2);
    let fund = InsuranceFund { shares, exchange_shares: Shares(units / 3), ..bench.market.fund };
    bench.machine.state(bench.market.deployment.insurance_fund(), &fund)
}
