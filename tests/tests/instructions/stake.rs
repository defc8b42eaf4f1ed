//! `open_stake`, `stake`, `request_unstake`, `unstake`.

use anchor_lang::error::ErrorCode;
use anchor_lang::prelude::AccountMeta;
use anchor_spl::token::spl_token::error::TokenError;
use ballast::events::{StakeOpened, Staked, UnstakeRequested, Unstaked};
use ballast_core::BallastError;
use ballast_core::state::{Exchange, InsuranceFund, Pausable};
use ballast_core::units::{Shares, Timestamp, Tokens, Usd};
use ballast_tests::{Amount, BTC, Edit, Expected, Market, QUOTE, Staker, WSOL, assert_error, lots, terms, usd, wsol};
use solana_signer::Signer;

/// Seconds of the cooldown.
const COOLDOWN: i64 = 604_800;
/// Seconds after it in which shares are paid.
const WINDOW: i64 = 172_800;

/// Dollars as shares of a fund that begins.
const fn shares(dollars: u64) -> Shares {
    Shares(dollars * 1_000_000)
}

/// A market whose exchange owns 1,000 USD of its fund, and somebody with 500 USD.
async fn insured() -> (Market, Staker) {
    let market = Market::start().await;
    market.insure(usd(1_000)).await;
    let alice = market.staker(usd(500)).await;
    (market, alice)
}

/// The same, 300 of them staked.
async fn staked() -> (Market, Staker) {
    let (market, alice) = insured().await;
    alice.stake(usd(300)).await.unwrap();
    (market, alice)
}

/// The same, asked for and due.
async fn due() -> (Market, Staker) {
    let (market, alice) = staked().await;
    alice.request(shares(300)).await.unwrap();
    market.advance(COOLDOWN);
    (market, alice)
}

#[tokio::test]
async fn stakes_are_opened_filled_asked_for_and_paid() {
    let (market, alice) = insured().await;
    let ledger = market.vault(QUOTE).await.ledger.0;
    let event: Staked = alice.stake(usd(300)).await.unwrap().event();
    assert_eq!((event.amount, event.minted, event.shares), (Tokens(300_000_000), shares(300), shares(300)));
    assert_eq!((event.stake, event.balance), (alice.stake, usd(1_300)));
    assert_eq!(market.vault(QUOTE).await.ledger.0, ledger + 300_000_000);
    assert_eq!(alice.wallet().await, Tokens(200_000_000));

    let event: UnstakeRequested = alice.request(shares(100)).await.unwrap().event();
    assert_eq!((event.shares, event.payable_at), (shares(100), Timestamp(market.now() + COOLDOWN)));
    market.advance(COOLDOWN);
    let event: Unstaked = alice.unstake().await.unwrap().event();
    assert_eq!((event.shares, event.paid, event.left), (shares(100), Tokens(100_000_000), shares(200)));
    assert_eq!((event.balance, alice.wallet().await), (usd(1_200), Tokens(300_000_000)));
    assert_eq!(market.vault(QUOTE).await.ledger.0, ledger + 200_000_000);
    assert_eq!(alice.state().await.leaving, Shares::ZERO);
}

#[tokio::test]
async fn an_empty_stake_is_closed_and_may_be_opened_again() {
    let (market, alice) = due().await;
    let lamports = async || market.chain.get(alice.address()).await.unwrap().lamports;
    let before = lamports().await;
    let event: Unstaked = alice.unstake().await.unwrap().event();
    assert_eq!(event.left, Shares::ZERO);
    assert!(market.chain.get(alice.stake).await.is_none());
    assert!(lamports().await > before, "its rent goes back");
    assert_error(alice.stake(usd(1)).await, ErrorCode::AccountOwnedByWrongProgram);
    let event: StakeOpened = alice.open().await.unwrap().event();
    assert_eq!((event.stake, event.owner), (alice.stake, alice.address()));
    alice.stake(usd(1)).await.unwrap();
    assert_eq!(alice.state().await.shares, shares(1));
}

#[tokio::test]
async fn open_stake_fails_when_it_is_open_or_the_owner_does_not_sign() {
    let (market, alice) = insured().await;
    assert_error(alice.open().await, Expected::Code(0));
    let stranger = market.chain.keypair().pubkey();
    let mut unsigned = market.deployment.open_stake(stranger).unsigned(stranger);
    // somebody else pays
    unsigned.accounts[0] = AccountMeta::new(alice.address(), true);
    assert_error(alice.send(unsigned).await, ErrorCode::AccountNotSigner);
}

#[tokio::test]
async fn stake_fails_when_the_amount_is_zero_or_not_there() {
    let (_, alice) = insured().await;
    assert_error(alice.stake(usd(0)).await, BallastError::AmountZero);
    assert_error(alice.stake(usd(501)).await, TokenError::InsufficientFunds);
}

#[tokio::test]
async fn stake_fails_when_the_exchange_owns_too_little() {
    let market = Market::start().await;
    let alice = market.staker(usd(500)).await;
    assert_error(alice.stake(usd(1)).await, BallastError::ExchangeStakeMissing);
    market.insure(Usd(999_999_999)).await;
    assert_error(alice.stake(usd(1)).await, BallastError::ExchangeStakeMissing);
    market.insure(Usd(1)).await;
    alice.stake(usd(1)).await.unwrap();
}

#[tokio::test]
async fn stake_fails_when_the_exchange_is_not_open_or_deposits_are_paused() {
    let (market, alice) = insured().await;
    let opened_at = market.exchange().await.opened_at;
    let set = async |time| {
        market.chain.edit(market.deployment.exchange, |exchange: &mut Exchange| exchange.opened_at = time).await;
    };
    set(Timestamp::ZERO).await;
    assert_error(alice.stake(usd(1)).await, BallastError::ExchangeNotOpen);
    set(opened_at).await;
    market.pause(Pausable::Deposits, 60).await.unwrap();
    assert_error(alice.stake(usd(1)).await, BallastError::DepositsPaused);
    market.advance(60);
    alice.stake(usd(1)).await.unwrap();
}

#[tokio::test]
async fn stake_fails_when_the_vault_is_full() {
    let (market, alice) = insured().await;
    let room = Usd((terms::quote_vault().cap.0 - market.vault(QUOTE).await.ledger.0).try_into().unwrap());
    market.give(&alice.address(), room).await;
    assert_error(alice.stake(room.plus(Usd(1)).unwrap()).await, BallastError::VaultCap);
    alice.stake(room).await.unwrap();
}

#[tokio::test]
async fn stake_fails_when_it_mints_fewer_shares_than_asked_for() {
    let (market, alice) = staked().await;
    let stake =
        |least| market.deployment.stake(alice.address(), QUOTE.wallet(&alice.address()), Tokens(100), Shares(least));
    assert_error(alice.send(stake(101)).await, BallastError::TooFewShares);
    alice.send(stake(100)).await.unwrap();
}

#[tokio::test]
async fn request_unstake_fails_when_the_shares_are_not_there() {
    let (market, alice) = staked().await;
    assert_error(alice.request(Shares::ZERO).await, BallastError::AmountZero);
    assert_error(alice.request(Shares(300_000_001)).await, BallastError::NotEnoughShares);
    market
        .chain
        .edit(market.deployment.insurance_fund(), |fund: &mut InsuranceFund| {
            (fund.generation, fund.shares) = (1, fund.exchange_shares);
        })
        .await;
    assert_error(alice.request(shares(1)).await, BallastError::StakeWiped);
}

#[tokio::test]
async fn unstake_fails_before_the_cooldown_ends_and_when_it_lapsed() {
    let (market, alice) = staked().await;
    assert_error(alice.unstake().await, BallastError::NotLeaving);
    alice.request(shares(300)).await.unwrap();
    market.advance(COOLDOWN - 1);
    assert_error(alice.unstake().await, BallastError::UnstakeTooEarly);
    market.advance(1 + WINDOW);
    assert_error(alice.unstake().await, BallastError::UnstakeLapsed);
    alice.request(shares(300)).await.unwrap();
    assert_error(alice.unstake().await, BallastError::UnstakeTooEarly);
    market.advance(COOLDOWN + WINDOW - 1);
    alice.unstake().await.unwrap();
}

#[tokio::test]
async fn unstake_fails_while_withdrawals_or_liquidation_are_paused() {
    let (market, alice) = due().await;
    market.pause(Pausable::Withdrawals, 60).await.unwrap();
    assert_error(alice.unstake().await, BallastError::WithdrawalsPaused);
    market.advance(60);
    market.pause(Pausable::Liquidation, 60).await.unwrap();
    assert_error(alice.unstake().await, BallastError::LiquidationPaused);
    market.advance(60);
    alice.unstake().await.unwrap();
}

#[tokio::test]
async fn a_stake_that_losses_took_is_closed_and_pays_nothing() {
    let (market, alice) = staked().await;
    market
        .chain
        .edit(market.deployment.insurance_fund(), |fund: &mut InsuranceFund| {
            (fund.generation, fund.shares) = (1, fund.exchange_shares);
        })
        .await;
    let before = alice.wallet().await;
    let event: Unstaked = alice.unstake().await.unwrap().event();
    assert_eq!((event.shares, event.paid, event.left), (shares(300), Tokens::ZERO, Shares::ZERO));
    assert_eq!(alice.wallet().await, before);
    assert!(market.chain.get(alice.stake).await.is_none());
}

#[tokio::test]
async fn unstake_fails_when_the_fund_is_empty() {
    let (market, alice) = due().await;
    let (fund, vault) = (market.deployment.insurance_fund(), market.deployment.vault(&QUOTE.mint));
    market.chain.edit(fund, |fund: &mut InsuranceFund| fund.balance = Usd::ZERO).await;
    market.chain.edit(vault, |vault: &mut ballast_core::state::Vault| vault.ledger.0 -= 1_300_000_000).await;
    assert_error(alice.unstake().await, BallastError::NothingToUnstake);
}

#[tokio::test]
async fn stakes_fail_when_an_account_is_wrong() {
    let (market, alice) = due().await;
    let other = market.another().await;
    let bob = market.staker(usd(5)).await;
    let (here, there) = (market.deployment, other.deployment);
    let (vault, foreign) = (here.vault(&QUOTE.mint), there.vault(&QUOTE.mint));
    let (tokens, foreign_tokens) = (ballast_client::vault_tokens(&vault), ballast_client::vault_tokens(&foreign));
    for instruction in [alice.stake_instruction(usd(1)), alice.unstake_instruction()] {
        let wrong = [
            (here.exchange, there.exchange, BallastError::WrongInsuranceFund),
            (here.insurance_fund(), there.insurance_fund(), BallastError::WrongInsuranceFund),
            (alice.stake, bob.stake, BallastError::NotOwner),
            (vault, foreign, BallastError::WrongVault),
            (tokens, foreign_tokens, BallastError::WrongTokenAccount),
            (QUOTE.mint, WSOL.mint, BallastError::WrongMint),
        ];
        for (right, instead, rule) in wrong {
            assert_error(alice.send(instruction.clone().with(right, instead)).await, rule);
        }
        assert_error(bob.send(instruction.unsigned(alice.address())).await, ErrorCode::AccountNotSigner);
    }
    let request = alice.request_instruction(shares(1));
    let foreign = request.clone().with(here.insurance_fund(), there.insurance_fund());
    assert_error(alice.send(foreign).await, BallastError::WrongInsuranceFund);
    assert_error(alice.send(request.clone().with(alice.stake, bob.stake)).await, BallastError::NotOwner);
    assert_error(bob.send(request.unsigned(alice.address())).await, ErrorCode::AccountNotSigner);
    // another's wallet does not pay
    let wallets = (QUOTE.wallet(&alice.address()), QUOTE.wallet(&bob.address()));
    let stolen = alice.stake_instruction(usd(1)).with(wallets.0, wallets.1);
    assert_error(alice.send(stolen).await, TokenError::OwnerMismatch);
}

#[tokio::test]
async fn stakes_fail_when_the_vault_is_not_the_quote_mints() {
    let (market, alice) = due().await;
    let Amount { token, .. } = wsol(5);
    market.give(&alice.address(), wsol(5)).await;
    let (quote, sol) = (market.deployment.vault(&QUOTE.mint), market.deployment.vault(&token.mint));
    for instruction in [alice.stake_instruction(usd(1)), alice.unstake_instruction()] {
        let instruction = instruction
            .with(quote, sol)
            .with(ballast_client::vault_tokens(&quote), ballast_client::vault_tokens(&sol))
            .with(QUOTE.mint, WSOL.mint)
            .with(QUOTE.wallet(&alice.address()), WSOL.wallet(&alice.address()));
        assert_error(alice.send(instruction).await, BallastError::WrongVault);
    }
}

/// A gift to the vault changes no price, and a loss in the cooldown is borne by who leaves.
#[tokio::test]
async fn gifts_change_no_price_and_losses_are_borne_in_the_cooldown() {
    let (market, alice) = staked().await;
    market.give(&market.deployment.vault(&QUOTE.mint), usd(0)).await;
    let tokens = ballast_client::vault_tokens(&market.deployment.vault(&QUOTE.mint));
    let mut vault = market.chain.get(tokens).await.unwrap();
    let held = u64::from_le_bytes(vault.data[64..72].try_into().unwrap());
    vault.data[64..72].copy_from_slice(&(held + 1_000_000_000_000).to_le_bytes());
    market.chain.set_account(tokens, vault);
    let bob = market.staker(usd(200)).await;
    let event: Staked = bob.stake(usd(200)).await.unwrap().event();
    assert_eq!(event.minted, shares(200));

    alice.request(shares(300)).await.unwrap();
    let keeper = market.keeper().await;
    let carol = market.trader().cash(usd(1_000)).long(BTC, lots(200)).await;
    market.price(BTC, 44_000).await;
    keeper.liquidate(&carol, BTC).await.unwrap();
    let fund = market.fund().await;
    assert!(fund.drawn_today > usd(200), "{:?}", fund.drawn_today);
    market.advance(COOLDOWN);
    let event: Unstaked = alice.unstake().await.unwrap().event();
    let (all, balance) = (fund.shares.0, u64::try_from(fund.balance.0).unwrap());
    assert_eq!(event.paid.0, balance * 300_000_000 / all);
    assert!(event.paid < Tokens(300_000_000));
}
