//! What liquidation, deleveraging and shared losses may take of whom.

use anchor_lang::solana_program::instruction::Instruction;
use ballast_core::margin::{CRITICAL, Exposure, MAINTENANCE, accrued_basis};
use ballast_core::state::{Board, ContractRow, MarginAccount, Position};
use ballast_core::units::{SCAN_ONE, Timestamp, Usd};

use crate::effects::{Pair, Touches};
use crate::interface;
use crate::outcome::{Violation, require};

/// What is left of a position under so much goes with the rest, 1e-6 USD.
const REMAINDER: i128 = 100_000_000;
/// Seconds between two charges for a deficit that is left.
const BETWEEN_CHARGES: u64 = 3_600;

/// What the loss indices of an account's positions took from it.
pub fn shared_loss(pair: &Pair<'_>) -> i128 {
    let of_position = |position: &Position| {
        let before = pair.board.contract(position.row).ok()?.loss_index(position.side);
        let after = pair.board_after.contract(position.row).ok()?.loss_index(position.side);
        Some(i128::from(position.size.lots()) * i128::from(after.0 - before.0))
    };
    pair.before.positions().iter().filter_map(of_position).sum()
}

/// What a liquidation or a deleveraging may take of an account: of the one that is liquidated the fee on what was taken, of
/// the opposite one its gain on the lots that were closed, of a reserve what tops up; of all what is shared of a loss.
pub fn taken(pair: &Pair<'_>, sent: &Instruction) -> i128 {
    let Some(after) = pair.after else { return 0 };
    let shared = match shared_loss(pair) {
        0 => 0,
        shared => shared + 1,
    };
    let is = |name| interface::account(sent, name) == Some(pair.address);
    let own = if is("margin_account") {
        fees(pair)
    } else if is("opposite") {
        gains(pair)
    } else if is("reserve") {
        i128::from(pair.before.cash.0 - after.cash.0)
    } else {
        0
    };
    shared + own
}

/// Positions with the lots that are gone of them, and their contracts.
fn gone<'a>(pair: &'a Pair<'_>) -> impl Iterator<Item = (&'a Position, i128, &'a ContractRow)> {
    pair.before.positions().iter().filter_map(|position| {
        let after = pair.after?.position(position.contract);
        let lots = i128::from(position.size.lots().abs_diff(after.size.lots()));
        Some((position, lots, pair.board.contract(position.row).ok()?))
    })
}

/// The largest fee on all that was taken; none where nothing was.
fn fees(pair: &Pair<'_>) -> i128 {
    let fee = |(_, lots, row): (&Position, i128, &ContractRow)| {
        let value = lots * i128::from(row.mark.0) / 1_000_000 + 1;
        let fee = pair.board.underlying(row.underlying).ok()?.liquidation_fee;
        Some(value * i128::from(fee.0) / 1_000_000_000 + 2)
    };
    gone(pair).filter_map(fee).sum()
}

/// The uncollected gain on all lots that were closed.
fn gains(pair: &Pair<'_>) -> i128 {
    let gain = |(position, lots, row): (&Position, i128, &ContractRow)| {
        let basis = i128::from(accrued_basis(position, row).ok()?.0) * 1_000_000;
        let gain = i128::from(position.size.0) * i128::from(row.mark.0) + basis;
        let all = i128::from(position.size.lots()).max(1);
        Some((gain / 1_000_000).max(0) * lots / all + 2 * i128::from(lots != 0))
    };
    gone(pair).filter_map(gain).sum()
}

/// Above critical a step without a hedge takes of a position, in a minute, no more than the market's share of depth or a tenth
/// of it, whichever is more; but a lot in any case, and what would be left under 100 USD.
pub fn require_paced(pair: &Pair<'_>) -> Result<(), Violation> {
    let Some(after) = pair.after else { return Ok(()) };
    let taken: Vec<_> = gone(pair).filter(|(_, lots, _)| *lots != 0).collect();
    let [(position, lots, row)] = taken[..] else { return Ok(()) };
    let topped_up = MarginAccount { cash: after.cash, ..*pair.before };
    let critical = Exposure::for_liquidation(&topped_up, pair.board, pair.now)
        .and_then(|(seen, _)| Ok(!seen.meets(CRITICAL)? || seen.equity(MAINTENANCE)? < Usd::ZERO));
    let Ok(underlying) = pair.board.underlying(row.underlying) else { return Ok(()) };
    if critical != Ok(false) || underlying.depth.at == Timestamp::ZERO {
        return Ok(());
    }
    let depth = underlying.depth.in_force(&underlying.depth_terms, pair.now).map_or(0, |depth| i128::from(depth.0));
    let mark = i128::from(row.mark.0);
    let worth = |lots: i128| lots * mark / 1_000_000 + 1;
    let minute = pair.now.0.div_euclid(60);
    let earlier =
        if i64::from(position.pace.minute) == minute { i128::from(position.pace.taken) * 1_000_000 } else { 0 };
    let all = earlier + worth(lots);
    let own = earlier + worth(i128::from(position.size.lots()));
    let share = depth * i128::from(underlying.pace.0) / 1_000_000_000;
    let most = share.max(own / 10 + 1) + worth(1) + REMAINDER + 2_000_000;
    require(all <= most, "a liquidation keeps the market's pace", || {
        format!("{}: {all} in this minute, {lots} lots now, of {own}; depth {depth}", pair.address)
    })?;
    let counted = after.position(position.contract);
    let counts = counted.contract == 0
        || i64::from(counted.pace.minute) == minute && i128::from(counted.pace.taken) * 1_000_000 >= all - 2_000_000;
    require(counts, "what a liquidation takes counts in its minute", || format!("{}: {counted:?}, {all}", pair.address))
}

/// Losses are shared by resolution, and by prices for what is left of them, an hour later at the earliest; each time within
/// half of what maintenance asks of a lot, and no more than there is to share.
pub fn require_bounded_shares(board: &Board, after: &Board, touches: Touches, now: Timestamp) -> Result<(), Violation> {
    for (was, is) in board.contracts.iter().zip(&after.contracts).filter(|(was, is)| was.id != 0 && was.id == is.id) {
        let (long, short) = (is.loss_long.0 - was.loss_long.0, is.loss_short.0 - was.loss_short.0);
        let detail = || format!("contract {}: {long} a long lot, {short} a short one by {touches:?}", was.id);
        require(long >= 0 && short >= 0, "no loss is given back", detail)?;
        if long == 0 && short == 0 {
            continue;
        }
        require(touches.resolves() || touches == Touches::Prices, "only defaults and deficits are shared", detail)?;
        // prices of one refresh may lie in the future, each further than the last
        let at = if touches == Touches::Prices { is.charged_at } else { now };
        let most = after.underlying(was.underlying).ok().and_then(|row| {
            let effective = row.ramp.effective(&row.ramp_terms, at).ok()?;
            let share = effective.plus(row.liquidation_fee.scan().ok()?).ok()?;
            Some(i128::from(is.mark.0) * i128::from(share.0) / i128::from(SCAN_ONE.0) / 1_000_000 / 2)
        });
        let within = most.is_some_and(|most| i128::from(long.max(short)) <= most);
        require(within, "a loss is shared within half of maintenance", || format!("{}, of {most:?}", detail()))?;
        if touches == Touches::Prices {
            let due = was.deficit.is_open() && at <= now && at.since(was.charged_at) >= BETWEEN_CHARGES;
            require(due, "a deficit is charged again at most once an hour", detail)?;
            let lots = i128::from(is.open_interest);
            let bound = |rise: i64, loss: i64| i128::from(rise) * lots < i128::from(loss) + lots.max(1);
            let (by_long, by_short) = (was.deficit.of_shorts.0, was.deficit.of_longs.0);
            require(bound(long, by_long) && bound(short, by_short), "no more is charged than is lacking", detail)?;
        }
    }
    Ok(())
}
