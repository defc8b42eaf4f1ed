//! What an accepted instruction led to: a run that has not seen all of it proves little.

use ballast_core::state::{Board, Contract, MarginAccount, Position};
use ballast_core::units::Timestamp;

use crate::world::{Left, World};

/// What an instruction led to, by comparison with what was.
pub fn of(world: &World, left: &Left) -> Vec<&'static str> {
    let mut reached = Vec::new();
    for (address, after) in &left.accounts.margin {
        if let Some(before) = world.accounts.margin.get(address) {
            of_account(before, after, &mut reached);
        }
    }
    for (address, after) in &left.accounts.contracts {
        if let Some(before) = world.accounts.contracts.get(address) {
            of_contract(before, after, &mut reached);
        }
    }
    for (address, after) in &left.accounts.funds {
        if world.accounts.funds.get(address).is_some_and(|before| before.generation != after.generation) {
            reached.push("stakes wiped");
        }
    }
    for (address, after) in &left.accounts.boards {
        if let Some(before) = world.accounts.boards.get(address) {
            of_board(before, after, &mut reached);
        }
    }
    reached.sort_unstable();
    reached.dedup();
    reached
}

fn of_account(before: &MarginAccount, after: &MarginAccount, reached: &mut Vec<&'static str>) {
    let begins = |before: Timestamp, after: Timestamp| before == Timestamp::ZERO && after != Timestamp::ZERO;
    let mut note = |holds: bool, what| reached.extend(holds.then_some(what));
    note(begins(before.called_at, after.called_at), "call opened");
    note(begins(after.called_at, before.called_at), "call closed");
    note(begins(before.liquidation_at, after.liquidation_at), "liquidation begun");
    note(begins(after.liquidation_at, before.liquidation_at), "liquidation ended");
    note(after.top_up.used_today > before.top_up.used_today, "topped up");
    note(after.top_up.released_on != before.top_up.released_on, "released");
    let sold = before.collateral.iter().zip(&after.collateral).any(|(was, is)| is.amount < was.amount);
    note(sold && after.liquidation_at != Timestamp::ZERO, "collateral sold");
    note(
        sold && before.loss_since != Timestamp::ZERO && before.liquidation_at == Timestamp::ZERO,
        "loss of a sound account covered",
    );
    let filled = before.sequence != after.sequence;
    note(filled && before.order_filled != after.order_filled, "order filled");
    note(filled && before.delegate_use != after.delegate_use, "filled by a delegate");
    let smaller = |held: &&Position| after.position(held.contract).size.lots() < held.size.lots();
    let reduced: Vec<_> = before.positions().iter().filter(smaller).collect();
    note(!filled && reduced.len() == 2 && reduced[0].underlying == reduced[1].underlying, "hedge taken");
    let paced = |held: &&Position| {
        after.position(held.contract).pace != held.pace && after.position(held.contract).contract != 0
    };
    note(before.positions().iter().any(|held| paced(&held)), "liquidation paced");
}

fn of_contract(before: &Contract, after: &Contract, reached: &mut Vec<&'static str>) {
    let mut note = |holds: bool, what| reached.extend(holds.then_some(what));
    note(after.drawn_today > before.drawn_today, "insurance drawn");
    note(after.open_interest == 0 && before.open_interest > 0, "last position closed");
}

fn of_board(before: &Board, after: &Board, reached: &mut Vec<&'static str>) {
    let mut note = |holds: bool, what| reached.extend(holds.then_some(what));
    note(after.quote_discount.0 > 0, "quote below par");
    for (was, is) in before.contracts.iter().zip(&after.contracts).filter(|(was, is)| was.id == is.id) {
        note(is.loss_long > was.loss_long || is.loss_short > was.loss_short, "loss shared");
        note(is.settled_at != was.settled_at, "contract settled");
        note(is.deficit.is_open() && !was.deficit.is_open(), "deficit left");
        note(was.deficit.is_open() && !is.deficit.is_open(), "deficit gone");
        note(is.deficit.owed_to_fund > was.deficit.owed_to_fund, "claim taken over");
        note(is.deficit.owed_to_fund < was.deficit.owed_to_fund, "fund repaid");
        note(is.charged_at != was.charged_at && was.deficit.is_open(), "deficit charged again");
        note(is.funding.index != was.funding.index, "funding paid");
    }
    for (was, is) in before.underlyings.iter().zip(&after.underlyings) {
        note(is.feed.held_at != was.feed.held_at, "divergence hold");
        note(is.feed.outage_at != was.feed.outage_at, "grace after an outage");
        note(is.feed.wound_down_at != was.feed.wound_down_at, "wound down or revived");
        note(is.reward_budget < was.reward_budget, "refresh rewarded");
    }
}
