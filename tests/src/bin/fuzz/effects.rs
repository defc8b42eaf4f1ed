//! What an instruction may do to whom: everything is compared with what it was, at the same time and prices.

use std::collections::BTreeMap;

use anchor_lang::prelude::Pubkey;
use anchor_lang::solana_program::instruction::Instruction;
use ballast_client::key;
use ballast_core::margin::{Exposure, INITIAL, MAINTENANCE, Moment};
use ballast_core::state::{Board, CollateralBalance, Exchange, MarginAccount};
use ballast_core::units::{Timestamp, Usd};

use crate::books::holding;
use crate::bounds::{require_bounded_shares, require_paced, shared_loss, taken};
use crate::consent::Consent;
use crate::outcome::{Violation, require};
use crate::world::{Left, World, metas};
use crate::{consent, funds, interface};

/// What an instruction may do to accounts whose owners did not agree to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Touches {
    /// Nothing that lowers equity.
    Nothing,
    /// Two accounts whose owners agree: by signature, delegate or order.
    Fill,
    /// Prices, and with them everybody's equity; deficits are charged again; no account but the keeper's, which is paid.
    Prices,
    /// Gains and losses become cash: equity stays, but for a unit of rounding.
    Settlement,
    /// Cash of one owner moves between his accounts; a keeper may be paid five cents.
    Rebalancing,
    /// Lots at mark less a fee within its bound; a loss that nobody covers is shared within its bound.
    Liquidation,
    /// Lots of an account without equity against one that gives up at most its gain on them; a loss is shared as above.
    Deleveraging,
    /// Collateral at no more than its weight withholds.
    Sale,
}

impl Touches {
    /// Whether losses of accounts without equity are resolved, so that insurance and the other side may pay.
    pub const fn resolves(self) -> bool {
        matches!(self, Self::Liquidation | Self::Deleveraging)
    }
}

/// Instructions that take something out of an account or add risk to it, at its owner's word.
const ADDS_RISK: [&str; 3] = ["trade", "withdraw", "transfer"];
/// Reward of a rebalancing.
const REWARD: i128 = 50_000;

/// An account before and after.
pub struct Pair<'a> {
    /// Where it lies.
    pub address: Pubkey,
    /// As it was.
    pub before: &'a MarginAccount,
    /// As it is; none where it was closed.
    pub after: Option<&'a MarginAccount>,
    /// The board as it was.
    pub board: &'a Board,
    /// The board as it is.
    pub board_after: &'a Board,
    /// Time of the comparison.
    pub now: Timestamp,
    /// Who agreed for the account.
    pub consent: Consent,
}

/// Equity and what maintenance asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Equity.
    pub equity: i128,
    /// What maintenance asks.
    pub required: i128,
}

impl Standing {
    const fn is_sound(self) -> bool {
        self.equity >= self.required
    }
}

/// Checks what an accepted transaction did; its last instruction is the program's.
pub fn check(world: &World, left: &Left, sent: &[Instruction], touches: Touches) -> Result<(), Violation> {
    tokens_stay(world, left)?;
    let Some(last) = sent.last() else { return Ok(()) };
    for (address, exchange) in &left.accounts.exchanges {
        if let Some(before) = world.accounts.exchanges.get(address) {
            roles_stay(world, before, exchange, last)?;
        }
    }
    for house in 0..world.houses.len() {
        check_house(world, left, sent, touches, house)?;
        funds::check(world, left, last, touches, house)?;
    }
    Ok(())
}

/// Tokens in wallets and vaults together stay, mint by mint.
fn tokens_stay(world: &World, left: &Left) -> Result<(), Violation> {
    let mut sums = BTreeMap::<Pubkey, i128>::new();
    for (address, account) in &left.raw {
        if let Some((mint, amount)) = account.as_ref().and_then(holding) {
            *sums.entry(mint).or_default() += i128::from(amount);
        }
        if let Some((mint, amount)) = world.raw.get(address).and_then(holding) {
            *sums.entry(mint).or_default() -= i128::from(amount);
        }
    }
    require(sums.values().all(|sum| *sum == 0), "tokens are neither made nor lost", || format!("{sums:?}"))
}

/// Nobody but the admin, the guardian or a proposal that was due changes an exchange.
fn roles_stay(world: &World, before: &Exchange, after: &Exchange, sent: &Instruction) -> Result<(), Violation> {
    let by_proposal =
        interface::account(sent, "proposal").is_some_and(|held| world.accounts.proposals.contains_key(&held));
    let signed = metas(std::slice::from_ref(sent)).filter(|meta| meta.is_signer).any(|meta| {
        let signer = key(&meta.pubkey);
        [before.admin, before.guardian, before.pending_admin].contains(&signer)
    });
    require(before == after || by_proposal || signed, "an exchange changes by its roles and proposals only", || {
        format!("{sent:?}")
    })
}

fn check_house(
    world: &World,
    left: &Left,
    sent: &[Instruction],
    touches: Touches,
    house: usize,
) -> Result<(), Violation> {
    let (Some(board), Some(last)) = (world.board(house), sent.last()) else { return Ok(()) };
    let of = &world.houses[house];
    let written = left.accounts.boards.get(&of.board);
    let board_after = written.map_or(board, |written| &**written);
    let now = board_after.time(world.now());
    if written.is_some() {
        require_bounded_shares(board, board_after, touches, now)?;
    }
    let mut owners = BTreeMap::<_, (i128, i128)>::new();
    for (address, before) in world.accounts.margin.iter().filter(|(_, held)| held.exchange == board.exchange) {
        let changed = left.raw.iter().any(|(written, _)| written == address);
        if !changed && written.is_none() {
            continue;
        }
        let after = if changed { left.accounts.margin.get(address) } else { Some(before) };
        let consent = Consent::of(address, before, sent, world.now());
        let pair = Pair { address: *address, before, after, board, board_after, now, consent };
        authority_stays(&pair)?;
        if touches == Touches::Prices {
            only_paid(&pair)?;
            continue;
        }
        let taken_from = touches.resolves() && interface::account(last, "margin_account") == Some(pair.address);
        let mut standings = standings(&pair)?;
        if taken_from && let Some(judged) = judged(&pair) {
            standings = Some(judged);
        }
        if taken_from && touches == Touches::Liquidation {
            ratio_stays(&pair)?;
            require_paced(&pair)?;
        } else if let Some(standings) = standings {
            stays_sound(&pair, last, touches, standings)?;
        }
        if ADDS_RISK.iter().any(|name| interface::listed(last).is_some_and(|of| of.name == *name)) {
            meets_initial(&pair)?;
        }
        if touches == Touches::Fill && changed {
            consent::check_fill(&pair, standings)?;
        }
        if !pair.consent.covers(last)
            && let Some((before, after)) = standings
        {
            let sums = owners.entry(pair.before.owner).or_default();
            *sums = (sums.0 + before.equity, sums.1 + after.equity);
            keeps_equity(&pair, last, touches, (before, after))?;
        }
    }
    if touches == Touches::Rebalancing || touches == Touches::Sale {
        let most = if touches == Touches::Rebalancing { REWARD } else { 2 };
        for (owner, (before, after)) in owners {
            require(after + most >= before, "an owner's accounts together keep their equity", || {
                format!("{owner:?} from {before} to {after}")
            })?;
        }
    }
    Ok(())
}

/// Equity and requirement, before and after; none where a price is missing. What could be valued can be valued after.
fn standings(pair: &Pair<'_>) -> Result<Option<(Standing, Standing)>, Violation> {
    let Some(after) = pair.after else { return Ok(None) };
    let Some(was) = standing(pair.before, pair.board, pair.now) else { return Ok(None) };
    let is = standing(after, pair.board_after, pair.now);
    require(is.is_some(), "an account can be valued", || format!("{}", pair.address))?;
    Ok(is.map(|is| (was, is)))
}

fn standing(account: &MarginAccount, board: &Board, now: Timestamp) -> Option<Standing> {
    standing_of(&Exposure::of(account, board, Moment::at(now)).ok()?)
}

fn standing_of(exposure: &Exposure) -> Option<Standing> {
    let amount = |of: ballast_core::Result<Usd>| of.ok().map(|of| i128::from(of.0));
    Some(Standing {
        equity: amount(exposure.equity(MAINTENANCE))?,
        required: amount(exposure.requirement(MAINTENANCE))?,
    })
}

/// Only an owner names a delegate, its limits or a reserve, and only he closes an account, which is empty then.
fn authority_stays(pair: &Pair<'_>) -> Result<(), Violation> {
    let (before, consents) = (pair.before, pair.consent == Consent::Owner);
    let Some(after) = pair.after else {
        return require(consents && before.is_empty(), "only an owner closes an account, and an empty one", || {
            format!("{}", pair.address)
        });
    };
    let of = |account: &MarginAccount| {
        let policy = account.top_up;
        let who = (account.owner, account.exchange, account.id, account.opened_at);
        let delegate = (account.delegate, account.delegate_until, account.delegate_limits);
        (who, delegate, policy.reserve, policy.daily_limit, policy.releases)
    };
    require(consents || of(before) == of(after), "only an owner says who may do what with an account", || {
        format!("{}", pair.address)
    })
}

/// A price pays the keeper and changes no account else.
fn only_paid(pair: &Pair<'_>) -> Result<(), Violation> {
    let Some(after) = pair.after else { return Ok(()) };
    let paid = after.cash >= pair.before.cash && MarginAccount { cash: pair.before.cash, ..*after } == *pair.before;
    require(paid, "a price changes nobody's account", || format!("{}", pair.address))
}

/// No account becomes liquidatable or insolvent but by a shared loss.
fn stays_sound(
    pair: &Pair<'_>,
    sent: &Instruction,
    touches: Touches,
    (before, after): (Standing, Standing),
) -> Result<(), Violation> {
    if touches.resolves() && shared_loss(pair) > 0 {
        return Ok(());
    }
    let name =
        || format!("{} by {:?}: {before:?} to {after:?}", pair.address, interface::listed(sent).map(|of| &of.name));
    require(
        !before.is_sound() || after.is_sound(),
        "nothing but price, time and its owner makes an account liquidatable",
        name,
    )?;
    require(before.equity < 0 || after.equity >= 0, "no instruction makes a solvent account insolvent", name)
}

/// How a liquidation sees an account before and after: with bad prices at the edges of their bands. None where a hold ends
/// in between, which counts other prices.
fn judged(pair: &Pair<'_>) -> Option<(Standing, Standing)> {
    let seen = |account, board| {
        let (exposure, waived) = Exposure::for_liquidation(account, board, pair.now).ok()?;
        Some((standing_of(&exposure)?, waived))
    };
    let ((was, held), (is, holds)) = (seen(pair.before, pair.board)?, seen(pair.after?, pair.board_after)?);
    (held == holds).then_some((was, is))
}

/// A liquidation never lowers equity against maintenance, with bad prices at the edges that it counts with; so it makes
/// no solvent account insolvent either.
fn ratio_stays(pair: &Pair<'_>) -> Result<(), Violation> {
    let Some((was, is)) = judged(pair) else { return Ok(()) };
    if was.equity < 0 || shared_loss(pair) != 0 {
        return Ok(());
    }
    let rounding = 2 * (was.equity.abs() + is.equity.abs() + was.required + is.required) + 4;
    let kept = is.equity * was.required + rounding >= was.equity * is.required;
    require(kept, "a liquidation never lowers equity against maintenance", || {
        format!("{} from {was:?} to {is:?}", pair.address)
    })
}

/// Whoever withdraws, or holds more than before, meets initial afterwards.
fn meets_initial(pair: &Pair<'_>) -> Result<(), Violation> {
    let Some(after) = pair.after else { return Ok(()) };
    let (before, board) = (pair.before, pair.board_after);
    let fewer = |was: &CollateralBalance| after.collateral_of(was.vault) < was.amount;
    let takes = before.sequence == after.sequence && (after.cash < before.cash || before.collateral.iter().any(fewer));
    let adds = after.positions().iter().any(|held| {
        let (was, is) = (before.position(held.contract).size, held.size);
        is.lots() > was.lots() || (is.0 < 0) != (was.0 < 0) && is.0 != 0
    });
    if after.position_count == 0 || !takes && !adds {
        return Ok(());
    }
    let met = Exposure::of(after, board, Moment::at(pair.now)).and_then(|seen| seen.meets(INITIAL));
    require(met == Ok(true), "new risk and withdrawals leave initial margin", || format!("{}: {met:?}", pair.address))
}

/// Whoever did not agree keeps his equity, but for what the instruction may take.
fn keeps_equity(
    pair: &Pair<'_>,
    sent: &Instruction,
    touches: Touches,
    (before, after): (Standing, Standing),
) -> Result<(), Violation> {
    let allowed = match touches {
        Touches::Nothing | Touches::Fill => 0,
        Touches::Settlement => 1,
        // the sums over an owner's accounts are checked
        Touches::Prices | Touches::Rebalancing | Touches::Sale => return Ok(()),
        Touches::Liquidation | Touches::Deleveraging => taken(pair, sent),
    };
    require(after.equity + allowed >= before.equity, "nobody lowers another's equity", || {
        let name = interface::listed(sent).map(|of| &of.name);
        let held =
            |account: Option<&MarginAccount>| account.map(|account| (account.cash, account.positions().to_vec()));
        let (was, is) = (held(Some(pair.before)), held(pair.after));
        let (before, after) = (before.equity, after.equity);
        format!("{} from {before} to {after} by {name:?}, {allowed} allowed; {was:?} to {is:?}", pair.address)
    })
}
