//! What insurers send.

use ballast_core::units::{Shares, Tokens};
use ballast_tests::{Market, QUOTE, Staker, usd};
use solana_signer::Signer;

use super::Cases;

/// All of it; the staker's request is due.
pub(super) async fn add(cases: &mut Cases, market: &Market, staker: &Staker) {
    let fresh = market.chain.keypair().pubkey();
    let fund = market.deployment.fund_insurance(staker.address(), QUOTE.wallet(&staker.address()), Tokens(1));
    cases
        .all(
            market,
            [
                ("fund_insurance", fund),
                ("open_stake", market.deployment.open_stake(fresh)),
                ("stake", staker.stake_instruction(usd(1))),
                ("request_unstake", staker.request_instruction(Shares(1))),
                ("unstake", staker.unstake_instruction()),
            ],
        )
        .await;
}
