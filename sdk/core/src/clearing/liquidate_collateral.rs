//! Sells collateral of an account in liquidation to a keeper, against losses that its cash does not cover.

use super::liquidate::find;
use super::resolve::DUST;
use super::top_up;
use crate::error::{BallastError, Result};
use crate::margin::{Action, Exposure};
use crate::math;
use crate::state::{Board, Exchange, MarginAccount, VaultRow};
use crate::units::{Notional, ONE, Ratio, Timestamp, Tokens, Usd, magnitude, signed};

/// The accounts of a sale.
#[derive(Debug)]
pub struct CollateralSale<'a> {
    /// The account in liquidation.
    pub account: &'a mut MarginAccount,
    /// The keeper's account, which pays cash and gets the collateral.
    pub keeper: &'a mut MarginAccount,
    /// The account that the top-up policy names.
    pub reserve: Option<&'a mut MarginAccount>,
}

/// What a sale did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CollateralSold {
    /// Moved from the reserve.
    pub topped_up: Usd,
    /// Collateral sold.
    pub tokens: Tokens,
    /// Cash paid for it.
    pub paid: Usd,
    /// Whether the account is in liquidation afterwards.
    pub in_liquidation: bool,
}

/// Sells at most `most` units of one collateral, as much as covers the uncollected losses beyond cash.
///
/// The discount grows with the time in liquidation up to the vault's, but never exceeds what the collateral's weight
/// withholds: so a sale never lowers equity. What would be left under 10 USD goes too.
///
/// # Errors
/// `NotLiquidatable`, `LiquidationPaused`, `NotEnoughCollateral`, `CollateralIsDust`, `NoLossToCover`, `NotEnoughCash` of
/// the keeper, `KeeperBelowInitialMargin`, `CollateralFull`, and those of prices.
pub fn liquidate_collateral(
    accounts: CollateralSale<'_>,
    board: &Board,
    exchange: &Exchange,
    vault: u8,
    most: Tokens,
    clock: Timestamp,
) -> Result<CollateralSold> {
    let now = board.time(clock);
    let CollateralSale { account, keeper, mut reserve } = accounts;
    let row = board.vault(vault)?;
    let taken = Some(row.underlying);
    let found = find(account, reserve.as_deref(), board, exchange, taken, now)?;
    let mut sold =
        CollateralSold { topped_up: found.topped_up, in_liquidation: found.liquidatable, ..CollateralSold::default() };
    if !found.liquidatable {
        top_up::write(account, reserve.as_deref_mut(), found.topped_up, now)?;
        account.liquidation_at = Timestamp::ZERO;
        return Ok(sold);
    }
    let loss = uncovered(&found.exposure)?;
    let price = discounted(row, found.auction, quote_discount(board, now)?, now)?;
    let (tokens, paid) = sale(account.collateral_of(vault), row, loss, price, most)?;

    let (cash, collateral) = (keeper.cash, keeper.collateral);
    let bought = keeper
        .pay(paid)
        .and_then(|()| keeper.add_collateral(vault, tokens))
        .and_then(|()| keeper_is_sound(keeper, board, now));
    if let Err(rule) = bought {
        keeper.cash = cash;
        keeper.collateral = collateral;
        return Err(rule);
    }
    account.take_collateral(vault, tokens)?;
    account.receive(paid)?;
    top_up::write(account, reserve, found.topped_up, now)?;
    account.liquidation_at = found.started_at;
    super::deposit::recover(account, board, now);
    sold.tokens = tokens;
    sold.paid = paid;
    sold.in_liquidation = account.liquidation_at != Timestamp::ZERO;
    Ok(sold)
}

/// Uncollected losses beyond cash.
fn uncovered(exposure: &Exposure) -> Result<Usd> {
    let loss = exposure.pnl.min(Notional(0)).usd_down()?.negated()?.minus(exposure.cash)?;
    if loss > Usd::ZERO { Ok(loss) } else { Err(BallastError::NoLossToCover) }
}

/// What the quote currency lacks to a dollar, while its price is as fresh as a liquidation asks for: nobody shall pay by an
/// old one.
fn quote_discount(board: &Board, now: Timestamp) -> Result<Ratio> {
    if board.quote_discount == Ratio::ZERO {
        return Ok(Ratio::ZERO);
    }
    let row = board.underlying(board.quote_underlying)?;
    let fresh = now.since(row.published_at) <= Action::Liquidate.longest_age();
    Ok(if fresh { board.quote_discount } else { Ratio::ZERO })
}

/// Part of the price that a keeper pays: one less the discount that the auction has reached, divided by the quote
/// currency's price, in which it pays, while that is below 0.99.
fn discounted(row: &VaultRow, auction: Ratio, quote_discount: Ratio, now: Timestamp) -> Result<Ratio> {
    let grown = math::mul_div_floor(row.discount.unsigned()?, auction.unsigned()?, ONE.0.unsigned_abs())?;
    let withheld = ONE.minus(row.weight.effective(&row.weight_terms, now)?)?;
    let price = ONE.minus(Ratio(signed(grown)?).min(withheld))?;
    if quote_discount == Ratio::ZERO {
        return Ok(price);
    }
    let quote = ONE.minus(quote_discount)?;
    Ok(Ratio(signed(math::mul_div_ceil(price.unsigned()?, ONE.0.unsigned_abs(), quote.unsigned()?)?)?))
}

/// Tokens that are sold and what they cost, rounded up.
fn sale(held: Tokens, row: &VaultRow, loss: Usd, price: Ratio, most: Tokens) -> Result<(Tokens, Usd)> {
    if held == Tokens::ZERO {
        return Err(BallastError::NotEnoughCollateral);
    }
    let value = held.value_down(row.value)?;
    if value < DUST {
        return Err(BallastError::CollateralIsDust);
    }
    let proceeds = held.weighted(row.value, price)?.usd_up()?;
    let wanted = if loss >= proceeds {
        held
    } else {
        let needed = Tokens(math::mul_div_ceil(held.0, magnitude(loss.0)?, magnitude(proceeds.0)?)?.min(held.0));
        let left = held.minus(needed)?.value_down(row.value)?;
        if left < DUST { held } else { needed }
    };
    let tokens = without_dust(held, wanted.min(most), value, row)?;
    if tokens == Tokens::ZERO {
        return Err(BallastError::AmountZero);
    }
    Ok((tokens, tokens.weighted(row.value, price)?.usd_up()?))
}

/// As many of the tokens as leave nothing or what still counts: what counts zero would be taken from the owner for nothing.
fn without_dust(held: Tokens, tokens: Tokens, value: Usd, row: &VaultRow) -> Result<Tokens> {
    if tokens == held || held.minus(tokens)?.value_down(row.value)? >= DUST {
        return Ok(tokens);
    }
    let kept = math::mul_div_ceil(held.0, magnitude(DUST.plus(Usd(1))?.0)?, magnitude(value.0)?)?;
    Ok(Tokens(held.0.saturating_sub(kept)))
}

fn keeper_is_sound(keeper: &MarginAccount, board: &Board, now: Timestamp) -> Result<()> {
    super::withdraw::require_initial(keeper, board, now).map_err(|rule| match rule {
        BallastError::BelowInitialMargin => BallastError::KeeperBelowInitialMargin,
        other => other,
    })
}
