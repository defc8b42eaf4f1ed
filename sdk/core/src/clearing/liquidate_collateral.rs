//! Sells collateral of an account to a keeper, against losses that its cash does not cover.

use super::find::{Found, auction, require_not_paused, seek};
use super::loss::Seen;
use super::resolve::DUST;
use super::top_up;
use crate::error::{BallastError, Result};
use crate::margin::Action;
use crate::math;
use crate::state::{Board, Exchange, MarginAccount, VaultRow};
use crate::units::{Fine, ONE, PerToken, Ratio, Timestamp, Tokens, Usd, magnitude, signed};

/// The accounts of a sale.
#[derive(Debug)]
pub struct CollateralSale<'a> {
    /// The account whose losses are covered.
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

/// What a keeper offers to buy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "anchor", derive(anchor_lang::AnchorSerialize, anchor_lang::AnchorDeserialize))]
pub struct CollateralOffer {
    /// Row of the collateral's vault.
    pub vault: u8,
    /// Most units; with 0 the account is only looked at.
    pub most: Tokens,
    /// The highest price of a unit at which the keeper buys any.
    pub worst: Option<PerToken>,
}

impl CollateralOffer {
    /// At most so many units, at whatever price.
    #[must_use]
    pub const fn of(vault: u8, most: Tokens) -> Self {
        Self { vault, most, worst: None }
    }
}

/// Sells collateral of one kind, as much as covers the uncollected losses beyond cash: of an account in liquidation, or of
/// a sound one whose losses beyond cash exceed 5 % of its collateral or are a day old.
///
/// The discount grows with the time in liquidation, or since the losses were first seen, up to the vault's, but never
/// exceeds what the collateral's weight withholds: so a sale never lowers equity. What would be left under 10 USD goes too.
/// Every look takes note of the losses; with nothing offered that is all it does.
///
/// # Errors
/// `NotLiquidatable` of a sound account without such losses, `LossNotDue`, `LiquidationPaused`, `NotEnoughCollateral`,
/// `CollateralIsDust`, `NoLossToCover`, `KeeperPriceWorse`, `NotEnoughCash` of the keeper, `KeeperBelowInitialMargin`,
/// `CollateralFull`, and those of prices.
pub fn liquidate_collateral(
    accounts: CollateralSale<'_>,
    board: &Board,
    exchange: &Exchange,
    offer: CollateralOffer,
    clock: Timestamp,
) -> Result<CollateralSold> {
    let now = board.time(clock);
    let CollateralSale { account, keeper, reserve } = accounts;
    let row = board.vault(offer.vault)?;
    let taken = (offer.most != Tokens::ZERO).then_some(row.underlying);
    let mut found = seek(account, reserve.as_deref(), board, exchange, taken, now)?;
    let seen = Seen::of(account, &found.exposure, now)?;
    if offer.most == Tokens::ZERO || (found.entered && !found.liquidatable) {
        if !found.entered && seen.loss == Usd::ZERO && account.loss_since == Timestamp::ZERO {
            return Err(BallastError::NotLiquidatable);
        }
        top_up::write(account, reserve, found.topped_up, now)?;
        found.note(account, found.liquidatable, now)?;
        seen.write(account);
        return Ok(CollateralSold::nothing(&found));
    }
    if !found.entered {
        seen.require_due(&found.exposure, now)?;
        require_not_paused(exchange, &found.exposure, now)?;
        found.auction = auction(seen.since, exchange, now)?;
    }
    if seen.loss == Usd::ZERO {
        return Err(BallastError::NoLossToCover);
    }
    let price = discounted(row, found.auction, quote_discount(board, now)?, now)?;
    let (tokens, paid) = sale(account.collateral_of(offer.vault), row, seen.loss, price, offer.most)?;
    if offer.worst.is_some_and(|worst| tokens.weighted(worst, ONE).and_then(Fine::usd_up).is_ok_and(|most| paid > most))
    {
        return Err(BallastError::KeeperPriceWorse);
    }

    let (cash, collateral) = (keeper.cash, keeper.collateral);
    let bought = keeper
        .pay(paid)
        .and_then(|()| keeper.add_collateral(offer.vault, tokens))
        .and_then(|()| keeper_is_sound(keeper, board, now));
    if let Err(rule) = bought {
        keeper.cash = cash;
        keeper.collateral = collateral;
        return Err(rule);
    }
    account.take_collateral(offer.vault, tokens)?;
    account.receive(paid)?;
    top_up::write(account, reserve, found.topped_up, now)?;
    seen.less(paid).write(account);
    if found.entered {
        found.note(account, true, now)?;
    }
    super::deposit::recover(account, board, now);
    let in_liquidation = account.liquidation_at != Timestamp::ZERO;
    Ok(CollateralSold { tokens, paid, in_liquidation, ..CollateralSold::nothing(&found) })
}

impl CollateralSold {
    fn nothing(found: &Found) -> Self {
        Self { topped_up: found.topped_up, in_liquidation: found.liquidatable, ..Self::default() }
    }
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
